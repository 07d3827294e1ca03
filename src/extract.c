#include "extract.h"

#include "error.h"
#include "pool.h"
#include "source.h"
#include "text.h"
#include "units.h"
#include "zip.h"

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
	HEAD = 4096,	       /* bytes of a file that is only looked at */
	MOST_PARTS = 8,	       /* of a path */
	STREAM_FACTOR = 4,
	FREE_BYTES = 16 << 20, /* before the ratio counts, and before the factor does */
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
	struct source source;
	int directory; /* descriptor of extract->directory */
	int64_t taken_bytes;
	size_t entries, unsafe, untold;
	char path[LONGEST_PATH]; /* of the entry, made of checked parts */
};

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

	err->signal = reader->source.signal;
	if (reader->source.signal != 0)
		return fail(err, "interrupted by signal %d", reader->source.signal);
	if (reader->source.overflow)
		return fail_limit(reader, "with what is passed over it unpacks to several times",
		    reader->extract->limits.total_bytes, "--max-flare", err);
	if (reader->source.size_bytes == 0)
		return fail(
		    err, "cannot read '%s': it is empty (0 bytes): transfer it again", archive);
	if (reader->entries > 0)
		return fail(err,
		    "cannot read '%s': the archive is cut or damaged: %s (transfer it again)",
		    archive, last_words(reader));
	known = pread(reader->source.fd, magic, sizeof(magic), 0) == (ssize_t)sizeof(magic);
	if (reader->source.zip)
		return fail(err,
		    "cannot read '%s': the zip archive is cut or damaged: %s (transfer it again)",
		    archive, last_words(reader));
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
	    reader->taken_bytes / (int64_t)limits->ratio > reader->source.read_bytes)
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

static int
start(struct reader *reader, struct error *err)
{
	const struct extract *extract = reader->extract;
	struct source *source = &reader->source;

	if (source_open(source, err) < 0)
		return -1;
	if (source->zip && zip_check(source->fd, source->size_bytes, extract->limits.entries,
			       reader->pool, err) < 0)
		return fail_while(err, "cannot read '%s'", extract->archive);
	reader->archive = archive_read_new();
	return source_attach(source, reader->archive, err);
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
	while ((got = archive_read_next_header(reader->archive, &entry)) != ARCHIVE_EOF) {
		if (got == ARCHIVE_FATAL || got == ARCHIVE_FAILED || got == ARCHIVE_RETRY)
			return fail_archive(reader, err);
		if (take_entry(reader, entry, err) < 0)
			return -1;
	}
	/* libarchive takes nothing for an empty archive. */
	if (reader->entries == 0 || source_drain(&reader->source, reader->archive) < 0)
		return fail_archive(reader, err);
	return source_check_end(
	    &reader->source, archive_read_header_position(reader->archive), err);
}

/* What is passed over may be more than what is taken, and it is read in large pieces. */
static int64_t
stream_limit(int64_t bytes)
{
	return bytes < INT64_MAX / STREAM_FACTOR - FREE_BYTES ? bytes * STREAM_FACTOR + FREE_BYTES
							      : INT64_MAX;
}

int
extract_archive(struct extract *extract, struct pool *pool, struct error *err)
{
	struct reader *reader = pool_alloc(pool, sizeof(*reader));
	int status = -1;

	*reader = (struct reader){.extract = extract, .pool = pool};
	reader->source.path = extract->archive;
	reader->source.most_bytes = stream_limit(extract->limits.total_bytes);
	reader->directory = open(extract->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (reader->directory < 0) {
		fail(err, "cannot open '%s': %s", extract->directory, strerror(errno));
		goto out;
	}
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
	source_close(&reader->source);
	if (reader->directory >= 0)
		close(reader->directory);
	return status;
}
