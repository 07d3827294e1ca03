/* places: where a go command may be on this machine, and how to get one.
 *
 * Alone knows where Go is installed to. Nothing is run here. */
#ifndef FLAREPROF_PLACES_H
#define FLAREPROF_PLACES_H

#include <stddef.h>

struct pool;

struct places {
	struct pool *pool;  /* borrowed */
	const char **paths; /* absolute, of executable files; the best first */
	size_t count;
};

/* The one that was asked for (a path, or a name in PATH), or with NULL all that there are:
 * GOROOT's, those in PATH, and those in the usual places. */
void places_find(struct places *places, struct pool *pool, const char *asked);

/* A command that installs Go on this platform, or where to look for one. */
const char *places_advice(void);

#endif
