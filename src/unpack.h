/* unpack: compressed bytes -> plain bytes, within limits. With extract the only user of
 * libarchive. */
#ifndef FLAREPROF_UNPACK_H
#define FLAREPROF_UNPACK_H

#include "text.h"

struct buf;
struct error;

/* Appends what a gzip text inflates to; fails when it is cut, damaged, or larger than
 * `limit` bytes. */
int unpack_gzip(struct span packed, size_t limit, struct buf *plain, struct error *err);

#endif
