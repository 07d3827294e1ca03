/* gzip: bytes packed and unpacked by zlib itself, to compare with. */
#ifndef FLAREPROF_TEST_GZIP_H
#define FLAREPROF_TEST_GZIP_H

#include "fuzz.h"

#include <zlib.h>

enum { GZIP_WINDOW = 16 /* zlib's own way to say gzip */, GZIP_CHUNK = 4096 };

/* Appends `plain` as one member. Small windows: they are made anew each time. */
static inline void
gzip_pack(struct buf *packed, struct span plain)
{
	z_stream stream = {.next_in = (Bytef *)plain.at, .avail_in = (uInt)plain.len};
	int status;

	must(deflateInit2(&stream, 1, Z_DEFLATED, GZIP_WINDOW + 9, 1, Z_DEFAULT_STRATEGY) == Z_OK);
	do {
		stream.next_out = (Bytef *)buf_reserve(packed, GZIP_CHUNK);
		stream.avail_out = GZIP_CHUNK;
		status = deflate(&stream, Z_FINISH);
		packed->len += GZIP_CHUNK - stream.avail_out;
	} while (status == Z_OK);
	must(status == Z_STREAM_END);
	deflateEnd(&stream);
}

/* Appends what one whole member holds: 1, or 0 where `packed` is something else, or holds more
 * than `limit` bytes. */
static inline int
gzip_unpack(struct buf *plain, struct span packed, size_t limit)
{
	z_stream stream = {.next_in = (Bytef *)packed.at, .avail_in = (uInt)packed.len};
	size_t start = plain->len;
	int status;

	must(inflateInit2(&stream, GZIP_WINDOW + MAX_WBITS) == Z_OK);
	do {
		stream.next_out = (Bytef *)buf_reserve(plain, GZIP_CHUNK);
		stream.avail_out = GZIP_CHUNK;
		status = inflate(&stream, Z_NO_FLUSH);
		plain->len += GZIP_CHUNK - stream.avail_out;
	} while (status == Z_OK && plain->len - start <= limit);
	inflateEnd(&stream);
	return status == Z_STREAM_END && stream.avail_in == 0 && plain->len - start <= limit;
}

#endif
