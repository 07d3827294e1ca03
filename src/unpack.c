#include "unpack.h"

#include "buf.h"
#include "error.h"

#include <archive.h>
#include <stdint.h>
#include <string.h>
#include <zlib.h>

enum {
	CHUNK = 65536,
	HEADER = 10,
	TRAILER = 8, /* CRC-32 and size modulo 2^32 of the plain bytes, little endian */
};

static const char magic[] = "\x1f\x8b\x08";

/* A member of the one byte 'x', put in front of each text: before the first byte comes out,
 * libarchive does not tell a text of nothing from a broken one, and where that byte begins
 * another gzip text it would unpack that too, layer by layer without a limit. */
static const unsigned char primer[] = {0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff, 0xab, 0, 0, 0x83,
    0x16, 0xdc, 0x8c, 1, 0, 0, 0};

struct feed {
	struct span parts[2]; /* borrowed */
	size_t next;
};

static uint32_t
little_endian(const char *at)
{
	const unsigned char *byte = (const unsigned char *)at;

	return byte[0] | (uint32_t)byte[1] << 8 | (uint32_t)byte[2] << 16 | (uint32_t)byte[3] << 24;
}

/* libarchive 3.6 skips the trailer unread, so a text with wrong bytes in it would pass. The
 * trailer tells about one member alone, so a text with what could be the start of another
 * member is taken as it is. */
static int
check_trailer(struct span packed, struct span plain, struct error *err)
{
	const char *trailer = packed.at + packed.len - TRAILER;

	if (little_endian(trailer + 4) == (uint32_t)plain.len &&
	    little_endian(trailer) == crc32_z(0, (const Bytef *)plain.at, plain.len))
		return 0;
	if (memmem(packed.at + HEADER, packed.len - HEADER, magic, strlen(magic)) != NULL)
		return 0;
	return fail(err, "gzip text is cut or damaged: wrong checksum");
}

static la_ssize_t
feed_part(struct archive *archive, void *data, const void **block)
{
	struct feed *feed = data;

	(void)archive;
	if (feed->next == sizeof(feed->parts) / sizeof(feed->parts[0]))
		return 0;
	*block = feed->parts[feed->next].at;
	return (la_ssize_t)feed->parts[feed->next++].len;
}

static int
read_all(struct archive *archive, size_t limit, struct buf *plain, struct error *err)
{
	size_t start = plain->len;
	la_ssize_t got;

	do {
		got = archive_read_data(archive, buf_reserve(plain, CHUNK), CHUNK);
		if (got < 0)
			return fail(err, "gzip text is cut or damaged");
		plain->len += (size_t)got;
		if (plain->len - start > limit)
			return fail(err, "gzip text is larger than %zu bytes when unpacked", limit);
	} while (got != 0);
	return 0;
}

static int
inflate_all(struct archive *archive, struct span packed, size_t limit, struct buf *plain,
    struct error *err)
{
	struct feed feed = {.parts = {{(const char *)primer, sizeof(primer)}, packed}};
	struct archive_entry *entry;
	char primed;

	if (archive_read_support_filter_gzip(archive) != ARCHIVE_OK ||
	    archive_read_support_format_raw(archive) != ARCHIVE_OK)
		return fail(err, "cannot start libarchive: %s", archive_error_string(archive));
	if (archive_read_open(archive, &feed, NULL, feed_part, NULL) != ARCHIVE_OK ||
	    archive_read_next_header(archive, &entry) != ARCHIVE_OK ||
	    archive_read_data(archive, &primed, 1) != 1)
		return fail(err, "gzip text is cut or damaged");
	if (read_all(archive, limit, plain, err) < 0)
		return -1;
	if (archive_filter_bytes(archive, -1) != (la_int64_t)(sizeof(primer) + packed.len))
		return fail(err, "gzip text is cut or damaged: no gzip in its last bytes");
	return 0;
}

int
unpack_gzip(struct span packed, size_t limit, struct buf *plain, struct error *err)
{
	struct archive *archive = NULL;
	size_t start = plain->len;
	int status = -1;

	if (packed.len < strlen(magic) || memcmp(packed.at, magic, strlen(magic)) != 0)
		return fail(err, "not gzip");
	if (packed.len < HEADER + TRAILER)
		return fail(err, "gzip text is cut");
	archive = archive_read_new();
	if (archive == NULL)
		return fail(err, "out of memory for libarchive");
	if (inflate_all(archive, packed, limit, plain, err) < 0)
		goto out;
	status = check_trailer(packed,
	    (struct span){buf_text(plain) + start, plain->len - start}, err);
out:
	if (status < 0)
		plain->len = start;
	buf_reserve(plain, 0);
	archive_read_free(archive);
	return status;
}
