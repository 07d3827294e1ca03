/* facts: what a flare tells of one of its processes besides the profiles. Pure. */
#ifndef FLAREPROF_FACTS_H
#define FLAREPROF_FACTS_H

#include "evidence.h"

/* The process whose profiles' names begin with `prefix`: its memory stats, or NULL. Borrowed. */
const struct memstats *facts_memstats(const struct evidence *evidence, const char *prefix);

/* When the flare was made, how long it had run; -1: unknown. */
int64_t facts_uptime_seconds(const struct evidence *evidence, const char *prefix);

/* Its Go heap, as the status tells it; -1: unknown. */
int64_t facts_heap_bytes(const struct evidence *evidence, const char *prefix);

#endif
