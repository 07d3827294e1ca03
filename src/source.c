#include "source.h"

#include "error.h"
#include "signals.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	MOST_FILTERS = 2, /* a compression, and none */
	TAR_BLOCK = 512,
};

int
source_open(struct source *source, struct error *err)
{
	char magic[4] = "";
	struct stat st;

	source->fd = open(source->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (source->fd < 0 || fstat(source->fd, &st) < 0)
		return fail(err, "cannot open '%s': %s", source->path, strerror(errno));
	source->size_bytes = st.st_size;
	source->zip = pread(source->fd, magic, sizeof(magic), 0) == (ssize_t)sizeof(magic) &&
		      (memcmp(magic, "PK\3\4", 4) == 0 || memcmp(magic, "PK\5\6", 4) == 0);
	return 0;
}

void
source_close(struct source *source)
{
	archive_read_free(source->packed);
	if (source->fd > 0)
		close(source->fd);
}

/* 1 when nobody waits for more. */
static int
is_over(struct source *source)
{
	source->signal = signals_pending();
	source->overflow =
	    source->bytes > source->most_bytes || source->read_bytes > source->most_bytes;
	return source->signal != 0 || source->overflow;
}

static la_ssize_t
read_chunk(struct archive *archive, void *data, const void **block)
{
	struct source *source = data;
	ssize_t got = read(source->fd, source->chunk, sizeof(source->chunk));

	if (is_over(source))
		return ARCHIVE_FATAL;
	if (got < 0) {
		archive_set_error(archive, errno, "%s", strerror(errno));
		return ARCHIVE_FATAL;
	}
	source->read_bytes += got;
	*block = source->chunk;
	return got;
}

static la_int64_t
seek_to(struct archive *archive, void *data, la_int64_t offset, int whence)
{
	const struct source *source = data;

	(void)archive;
	return lseek(source->fd, offset, whence);
}

/* Also called while libarchive passes over what nobody wants, which may be endless. */
static la_ssize_t
read_unpacked(struct archive *archive, void *data, const void **block)
{
	struct source *source = data;
	const char *bytes;
	la_int64_t offset;
	size_t len = 0, busy;
	int got = archive_read_data_block(source->packed, block, &len, &offset);

	if (got == ARCHIVE_EOF)
		return 0;
	if (got != ARCHIVE_OK) {
		archive_set_error(archive, archive_errno(source->packed), "%s",
		    archive_error_string(source->packed));
		return ARCHIVE_FATAL;
	}
	bytes = *block;
	for (busy = len; busy > 0 && bytes[busy - 1] == '\0';)
		busy--;
	if (busy > 0)
		source->busy_bytes = source->bytes + (int64_t)busy;
	source->bytes += (int64_t)len;
	return is_over(source) ? ARCHIVE_FATAL : (la_ssize_t)len;
}

static int
fail_start(struct archive *archive, struct error *err)
{
	return fail(err, "cannot start libarchive: %s",
	    archive != NULL ? archive_error_string(archive) : "out of memory");
}

/* Opens what takes the packing off; a file that is not packed stays as it is. */
static int
open_packed(struct source *source, struct error *err)
{
	struct archive *packed = archive_read_new();
	struct archive_entry *entry;

	source->packed = packed;
	if (packed == NULL || archive_read_support_format_raw(packed) != ARCHIVE_OK ||
	    archive_read_support_filter_gzip(packed) != ARCHIVE_OK ||
	    archive_read_support_filter_zstd(packed) != ARCHIVE_OK ||
	    archive_read_set_callback_data(packed, source) != ARCHIVE_OK ||
	    archive_read_set_read_callback(packed, read_chunk) != ARCHIVE_OK)
		return fail_start(packed, err);
	/* What cannot be opened cannot be read either, and that is told of then. */
	if (archive_read_open1(packed) != ARCHIVE_OK)
		return 0;
	if (archive_filter_count(packed) > MOST_FILTERS)
		return fail(err, "cannot read '%s': it is compressed more than once", source->path);
	archive_read_next_header(packed, &entry);
	return 0;
}

int
source_attach(struct source *source, struct archive *archive, struct error *err)
{
	if (archive == NULL || archive_read_set_callback_data(archive, source) != ARCHIVE_OK)
		return fail_start(archive, err);
	/* Only a zip's own directory tells which of its entries count. */
	if (source->zip && (archive_read_support_format_zip_seekable(archive) != ARCHIVE_OK ||
			       archive_read_set_read_callback(archive, read_chunk) != ARCHIVE_OK ||
			       archive_read_set_seek_callback(archive, seek_to) != ARCHIVE_OK))
		return fail_start(archive, err);
	if (source->zip)
		return 0;
	if (archive_read_support_format_tar(archive) != ARCHIVE_OK ||
	    archive_read_set_read_callback(archive, read_unpacked) != ARCHIVE_OK)
		return fail_start(archive, err);
	return open_packed(source, err);
}

int
source_drain(struct source *source, struct archive *archive)
{
	const void *block;
	la_ssize_t got;

	do
		got = source->zip ? 0 : read_unpacked(archive, source, &block);
	while (got > 0);
	return (int)got;
}

int
source_check_end(const struct source *source, int64_t last_header, struct error *err)
{
	if (source->zip)
		return 0;
	if (source->bytes < last_header + TAR_BLOCK)
		return fail(err,
		    "cannot read '%s': the archive is cut: it has no end (transfer it again)",
		    source->path);
	if (source->busy_bytes > last_header ||
	    archive_filter_bytes(source->packed, -1) != source->size_bytes)
		return fail(err,
		    "cannot read '%s': the archive is cut or damaged: there is more behind its end "
		    "(transfer it again)",
		    source->path);
	return 0;
}
