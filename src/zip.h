/* zip: whether a zip means the same to everybody who reads it.
 *
 * A zip tells everything twice: in its directory, and in front of each file. Some programs believe
 * the one, some the other, and libarchive a little of both; what would be another flare to another
 * program is refused. Unpacks nothing. */
#ifndef FLAREPROF_ZIP_H
#define FLAREPROF_ZIP_H

#include <stddef.h>
#include <stdint.h>

struct error;
struct pool;

/* Fails for a zip that contradicts itself, has more than so many entries, or numbers of 64 bits,
 * which no flare needs. */
int zip_check(int fd, int64_t size_bytes, size_t most_entries, struct pool *pool,
    struct error *err);

#endif
