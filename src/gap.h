/* gap: what we looked for in a flare and could not have, and why.
 *
 * A gap is data: it is shown in the report, never lost, never fatal, and never read as
 * "normal". */
#ifndef FLAREPROF_GAP_H
#define FLAREPROF_GAP_H

#include "text.h"

#include <stddef.h>

struct error;
struct pool;

struct gap {
	const char *what; /* a file of the flare, or a figure */
	const char *why;
};

enum { GAPS_MOST = 1000 }; /* the last one says that there are more */

struct gaps {
	struct gap *items;
	size_t count;
};

/* Both texts are copied, cleaned to one line of printable text. A gap that is there already
 * is not added again. A reason of pages is cut between two words. */
void gap_add(struct gaps *gaps, struct pool *pool, const char *what, const char *why, ...)
    __attribute__((format(printf, 4, 5)));

/* The gap of a file that has nothing of what was looked for: tells its beginning, since where a flare
 * has no data it often has a sentence that says why. `err` may say why it could not be read at all. */
void gap_add_useless(struct gaps *gaps, struct pool *pool, const char *file, const char *wanted,
    struct span text, const struct error *err);

#endif
