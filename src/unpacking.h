/* unpacking: extract in a process of its own, since libarchive reads what strangers made: with
 * limits of memory and time, able to write below one directory alone, and killed by signals. */
#ifndef FLAREPROF_UNPACKING_H
#define FLAREPROF_UNPACKING_H

#include <stdint.h>

struct error;
struct extract;
struct pool;
struct sandbox;

struct unpacking_place {
	const struct sandbox *sandbox; /* borrowed */
	int64_t timeout_ns;
};

/* As extract_archive (extract.h), which it runs. */
int unpacking_run(struct extract *extract, struct pool *pool, const struct unpacking_place *place,
    struct error *err);

#endif
