#include "extract.h"

#include "error.h"
#include "pool.h"
#include "signals.h"
#include "text.h"
#include "units.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	CHUNK = 65536,
	READ_CHUNK = 16384,    /* may inflate to a thousand times as much before we are asked */
	HEAD = 4096,	       /* bytes of a file that is only looked at */
	DIRECTORY_BYTES = 256, /* of a zip's own directory for each entry, before it is read */
	MOST_PARTS = 8,	       /* of a path */
	MOST_FILTERS = 2,      /* a compression, and none */
	STREAM_FACTOR = 4,     /* what is passed over may be more than what is taken */
	FREE_BYTES = 16 << 20, /* before the ratio counts */
	TAR_BLOCK = 512,
	LONGEST_PATH = 1024,
	MOST_REFUSED = 100, /* that are told of one by one */
};

/* Why the archive itself cannot be read. */
static const char not_ours[] =
    "is no archive that flareprof reads (.zip, .tar, .tar.gz, .tgz, .tar.zst)";

struct reader {
	struct extract *extract;
	struct pool *pool;
	struct archive *archive;
	int fd;
	int directory; /* descriptor of extract->directory */
	int64_t size_bytes, read_bytes, taken_bytes;
	size_t entries, unsafe, untold;
	char path[LONGEST_PATH]; /* of the entry, made of checked parts */
	int signal;	    /* that ended us */
	int overflow;	    /* more is passed over than can be sound */
	int crowded;	    /* a zip's own directory is larger than that */
	char chunk[READ_CHUNK];
};

/* ---- what libarchive reads ---- */

/* Also called while it passes over what nobody wants, which may be endless. */
static la_ssize_t
read_chunk(struct archive *archive, void *data, const void **block)
{
	struct reader *reader = data;
	const struct extract_limits *limits = &reader->extract->limits;
	ssize_t got = read(reader->fd, reader->chunk, sizeof(reader->chunk));

	reader->signal = signals_pending();
	reader->overflow =
	    archive_filter_bytes(archive, 0) / STREAM_FACTOR > limits->total_bytes;
	reader->crowded = reader->entries == 0 &&
			  reader->read_bytes / DIRECTORY_BYTES > (int64_t)limits->entries + CHUNK;
	if (reader->signal != 0 || reader->overflow || reader->crowded)
		return ARCHIVE_FATAL;
	if (got < 0) {
		archive_set_error(archive, errno, "%s", strerror(errno));
		return ARCHIVE_FATAL;
	}
	reader->read_bytes += got;
	*block = reader->chunk;
	return got;
}

static la_int64_t
seek_to(struct archive *archive, void *data, la_int64_t offset, int whence)
{
	const struct reader *reader = data;

	(void)archive;
	return lseek(reader->fd, offset, whence);
}

static int
start(struct reader *reader, struct error *err)
{
	struct archive *archive = reader->archive;

	if (archive == NULL)
		return fail(err, "out of memory for libarchive");
	/* Only a zip's own directory tells which of its entries count. */
	if (archive_read_support_format_zip_seekable(archive) != ARCHIVE_OK ||
	    archive_read_support_format_tar(archive) != ARCHIVE_OK ||
	    archive_read_support_filter_gzip(archive) != ARCHIVE_OK ||
	    archive_read_support_filter_zstd(archive) != ARCHIVE_OK ||
	    archive_read_set_callback_data(archive, reader) != ARCHIVE_OK ||
	    archive_read_set_read_callback(archive, read_chunk) != ARCHIVE_OK ||
	    archive_read_set_seek_callback(archive, seek_to) != ARCHIVE_OK)
		return fail(err, "cannot start libarchive: %s", archive_error_string(archive));
	return 0;
}

/* ---- why it fails ---- */

static int
fail_limit(struct reader *reader, const char *what, int64_t bytes, const char *option,
    struct error *err)
{
	char text[UNITS_TEXT];

	units_bytes(text, bytes);
	return fail(err, "cannot read '%s': %s %s (%s allows more)", reader->extract->archive, what,
	    text, option);
}

static const char *
last_words(const struct reader *reader)
{
	const char *words = archive_error_string(reader->archive);

	return words != NULL ? words : "unknown error";
}

static int
fail_entries(struct reader *reader, struct error *err)
{
	return fail(err,
	    "cannot read '%s': it holds more than %zu entries (--max-entries allows more)",
	    reader->extract->archive, reader->extract->limits.entries);
}

/* What libarchive says of a broken archive, or what we know of it. */
static int
fail_archive(struct reader *reader, struct error *err)
{
	const char *archive = reader->extract->archive;
	char magic[4] = "";
	int known;

	err->signal = reader->signal;
	if (reader->signal != 0)
		return fail(err, "interrupted by signal %d", reader->signal);
	if (reader->overflow)
		return fail_limit(reader, "with what is passed over it unpacks to several times",
		    reader->extract->limits.total_bytes, "--max-flare", err);
	if (reader->crowded)
		return fail_entries(reader, err);
	if (reader->size_bytes == 0)
		return fail(err, "cannot read '%s': it is empty (0 bytes)", archive);
	if (reader->entries > 0)
		return fail(err, "cannot read '%s': the archive is cut or damaged: %s", archive,
		    last_words(reader));
	known = pread(reader->fd, magic, sizeof(magic), 0) == (ssize_t)sizeof(magic);
	if (known && memcmp(magic, "PK", 2) == 0)
		return fail(err, "cannot read '%s': the zip archive is cut or damaged: it has no "
				 "directory at its end", archive);
	if (known && (memcmp(magic, "\x1f\x8b", 2) == 0 ||
			 memcmp(magic, "\x28\xb5\x2f\xfd", 4) == 0))
		return fail(err, "cannot read '%s': it is cut or damaged, or there is no tar in it",
		    archive);
	return fail(err, "cannot read '%s': it %s", archive, not_ours);
}

/* ---- what an entry is ---- */

static int
is_sound_part(struct span part)
{
	if (part.len == 0 || part.len > NAME_MAX || text_is(part, "..") || text_is(part, "."))
		return 0;
	for (size_t i = 0; i < part.len; i++) {
		unsigned char byte = (unsigned char)part.at[i];

		if (byte < 0x20 || byte == 0x7f || byte == '\\')
			return 0;
	}
	return 1;
}

/* Makes the path of an entry anew, of checked parts: 0, or -1 where it cannot be trusted. */
static int
make_path(struct reader *reader, const char *name)
{
	char *end = reader->path;
	size_t parts = 0;

	while (name != NULL && strncmp(name, "./", 2) == 0)
		name += 2;
	if (name == NULL || name[0] == '\0' || strlen(name) >= sizeof(reader->path))
		return -1;
	for (;;) {
		struct span part = {name, strcspn(name, "/")};

		if (parts++ == MOST_PARTS || !is_sound_part(part))
			return -1;
		memcpy(end, part.at, part.len);
		end += part.len;
		name += part.len;
		*end = '\0';
		/* A slash at the end marks a directory. */
		if (name[0] == '\0' || name[1] == '\0')
			return 0;
		*end++ = *name++;
	}
}

static void
refuse(struct reader *reader, const char *why)
{
	if (reader->extract->refused.count < MOST_REFUSED)
		gap_add(&reader->extract->refused, reader->pool, reader->path, "%s", why);
	else
		reader->untold++;
}

/* Why a file that was wanted is not taken as it is, or NULL. */
static const char *
unfit(struct archive_entry *entry)
{
	if (archive_entry_hardlink(entry) != NULL)
		return "is a link in the archive, which is not followed";
	if (archive_entry_filetype(entry) == AE_IFLNK)
		return "is a symbolic link in the archive, which is not followed";
	if (archive_entry_filetype(entry) != AE_IFREG)
		return "is no regular file in the archive";
	return NULL;
}

/* ---- taking a file ---- */

/* Makes the file of the entry, and the directories above it: a descriptor, or -1 with errno. All
 * below our directory is of our making, and there are no links. */
static int
create(struct reader *reader)
{
	for (char *slash = reader->path; (slash = strchr(slash, '/')) != NULL; slash++) {
		int made;

		*slash = '\0';
		made = mkdirat(reader->directory, reader->path, 0700);
		*slash = '/';
		if (made < 0 && errno != EEXIST)
			return -1;
	}
	return openat(reader->directory, reader->path,
	    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
}

static int
write_all(int fd, const char *data, size_t len)
{
	while (len > 0) {
		ssize_t put = write(fd, data, len);

		if (put < 0 && errno != EINTR)
			return -1;
		data += put > 0 ? put : 0;
		len -= put > 0 ? (size_t)put : 0;
	}
	return 0;
}

/* Checks the limits that hold for the whole archive. */
static int
check_total(struct reader *reader, struct error *err)
{
	const struct extract_limits *limits = &reader->extract->limits;

	if (reader->taken_bytes > limits->total_bytes)
		return fail_limit(reader, "its files unpack to more than", limits->total_bytes,
		    "--max-flare", err);
	if (reader->taken_bytes > FREE_BYTES &&
	    reader->taken_bytes / (int64_t)limits->ratio > reader->read_bytes)
		return fail(err,
		    "cannot read '%s': it unpacks to more than %zu times its size (--max-ratio "
		    "allows more)",
		    reader->extract->archive, limits->ratio);
	return 0;
}

/* Writes the data of an entry. 1: whole, 0: refused for *why, -1: the archive is at its end. */
static int
copy(struct reader *reader, int fd, const char **why, struct error *err)
{
	const struct extract_limits *limits = &reader->extract->limits;
	char data[CHUNK], limit[UNITS_TEXT];
	int64_t bytes = 0;
	la_ssize_t got;

	while ((got = archive_read_data(reader->archive, data, sizeof(data))) > 0) {
		bytes += got;
		reader->taken_bytes += got;
		if (check_total(reader, err) < 0)
			return -1;
		if (bytes > limits->file_bytes) {
			units_bytes(limit, limits->file_bytes);
			*why = pool_printf(reader->pool,
			    "is larger than %s (--max-file allows more)", limit);
			return 0;
		}
		if (write_all(fd, data, (size_t)got) < 0)
			return fail(err, "cannot write to '%s': %s", reader->extract->directory,
			    strerror(errno));
	}
	if (got == ARCHIVE_FATAL)
		return fail_archive(reader, err);
	if (got < 0)
		*why = pool_printf(reader->pool, "cannot be unpacked: %s", last_words(reader));
	return got == 0;
}

/* Writes the first bytes, and leaves a hole for the rest. Returns as copy does. */
static int
copy_head(struct reader *reader, struct archive_entry *entry, int fd, const char **why,
    struct error *err)
{
	char data[HEAD];
	la_ssize_t got = archive_read_data(reader->archive, data, sizeof(data));

	if (got == ARCHIVE_FATAL)
		return fail_archive(reader, err);
	if (got < 0)
		*why = pool_printf(reader->pool, "cannot be unpacked: %s", last_words(reader));
	else if (write_all(fd, data, (size_t)got) < 0)
		return fail(err, "cannot write to '%s': %s", reader->extract->directory,
		    strerror(errno));
	else if (archive_entry_size_is_set(entry) && archive_entry_size(entry) > got &&
		 ftruncate(fd, archive_entry_size(entry)) < 0)
		*why = pool_printf(reader->pool, "cannot be that large: %s", strerror(errno));
	return *why == NULL;
}

static int
take_file(struct reader *reader, struct archive_entry *entry, enum extract_part part,
    struct error *err)
{
	int fd = create(reader), status;
	const char *why = NULL;

	if (fd < 0 && (errno == EEXIST || errno == ENOTDIR || errno == EISDIR)) {
		refuse(reader, "is in the archive more than once: nobody knows which one counts");
		return 0;
	}
	if (fd < 0)
		return fail(err, "cannot write to '%s': %s", reader->extract->directory,
		    strerror(errno));
	status = part == EXTRACT_WHOLE ? copy(reader, fd, &why, err)
				       : copy_head(reader, entry, fd, &why, err);
	if (close(fd) < 0 && status > 0)
		status = fail(err, "cannot write to '%s': %s", reader->extract->directory,
		    strerror(errno));
	if (status == 0) {
		unlinkat(reader->directory, reader->path, 0);
		refuse(reader, why);
	}
	return status < 0 ? -1 : 0;
}

static int
take_entry(struct reader *reader, struct archive_entry *entry, struct error *err)
{
	const struct extract *extract = reader->extract;
	const char *name = archive_entry_pathname_utf8(entry), *why;
	enum extract_part part;

	if (name == NULL)
		name = archive_entry_pathname(entry);
	if (++reader->entries > extract->limits.entries)
		return fail_entries(reader, err);
	/* Those that are wanted are made as files need them. */
	if (archive_entry_filetype(entry) == AE_IFDIR)
		return 0;
	if (make_path(reader, name) < 0) {
		reader->unsafe++;
		return 0;
	}
	part = extract->wanted(reader->path);
	if (part == EXTRACT_NOTHING)
		return 0;
	if (archive_entry_is_encrypted(entry))
		return fail(err,
		    "cannot read '%s': it is encrypted: extract it with its password, and name the "
		    "directory",
		    extract->archive);
	why = unfit(entry);
	if (why == NULL)
		return take_file(reader, entry, part, err);
	refuse(reader, why);
	return 0;
}

/* A tar that is not compressed can be cut between two files: it ends in blocks of zeros. */
static int
check_end(struct reader *reader, struct error *err)
{
	static const char zeros[TAR_BLOCK];
	char last[TAR_BLOCK];

	if ((archive_format(reader->archive) & ARCHIVE_FORMAT_BASE_MASK) != ARCHIVE_FORMAT_TAR ||
	    archive_filter_count(reader->archive) > 1 || reader->size_bytes < TAR_BLOCK)
		return 0;
	if (pread(reader->fd, last, sizeof(last), reader->size_bytes - TAR_BLOCK) ==
		(ssize_t)sizeof(last) &&
	    memcmp(last, zeros, sizeof(last)) == 0)
		return 0;
	return fail(err, "cannot read '%s': the archive is cut: it has no end",
	    reader->extract->archive);
}

static int
take_all(struct reader *reader, struct error *err)
{
	struct archive_entry *entry;
	int got;

	if (start(reader, err) < 0)
		return -1;
	if (archive_read_open1(reader->archive) != ARCHIVE_OK)
		return fail_archive(reader, err);
	if (archive_filter_count(reader->archive) > MOST_FILTERS)
		return fail(err, "cannot read '%s': it is compressed more than once",
		    reader->extract->archive);
	while ((got = archive_read_next_header(reader->archive, &entry)) != ARCHIVE_EOF) {
		if (got == ARCHIVE_FATAL || got == ARCHIVE_FAILED || got == ARCHIVE_RETRY)
			return fail_archive(reader, err);
		if (take_entry(reader, entry, err) < 0)
			return -1;
	}
	/* libarchive takes nothing for an empty archive. */
	if (reader->entries == 0)
		return fail_archive(reader, err);
	return check_end(reader, err);
}

int
extract_archive(struct extract *extract, struct pool *pool, struct error *err)
{
	struct reader *reader = pool_alloc(pool, sizeof(*reader));
	struct stat st;
	int status = -1;

	*reader = (struct reader){.extract = extract, .pool = pool, .fd = -1};
	reader->directory = open(extract->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	reader->fd = open(extract->archive, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (reader->directory < 0) {
		fail(err, "cannot open '%s': %s", extract->directory, strerror(errno));
		goto out;
	}
	if (reader->fd < 0 || fstat(reader->fd, &st) < 0) {
		fail(err, "cannot open '%s': %s", extract->archive, strerror(errno));
		goto out;
	}
	reader->size_bytes = st.st_size;
	reader->archive = archive_read_new();
	status = take_all(reader, err);
	if (status == 0 && reader->unsafe > 0)
		gap_add(&extract->refused, pool, "archive",
		    "holds %zu entries whose names cannot be trusted, which are not unpacked",
		    reader->unsafe);
	if (status == 0 && reader->untold > 0)
		gap_add(&extract->refused, pool, "archive", "holds %zu more such files",
		    reader->untold);
out:
	archive_read_free(reader->archive);
	if (reader->fd >= 0)
		close(reader->fd);
	if (reader->directory >= 0)
		close(reader->directory);
	return status;
}
