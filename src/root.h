/* root: which directory is the flare: the one that has profiles/, at a place or below it.
 *
 * There must be one alone, for nobody could tell which of two was meant. Follows no link. */
#ifndef FLAREPROF_ROOT_H
#define FLAREPROF_ROOT_H

struct error;
struct pool;

struct root_place {
	const char *path;   /* absolute */
	const char *shown;  /* what people know it as */
	const char *advice; /* what they can do where there are several: "name one" */
};

/* The directory that holds profiles/ and status.log: the place itself, the one around it where
 * the place is profiles/, or the only one below, some levels down at most. NULL with a message
 * when there is none or, *several, more than one. */
const char *root_find(
    struct pool *pool, const struct root_place *place, int *several, struct error *err);

#endif
