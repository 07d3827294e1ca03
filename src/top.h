/* top: the text of one `pprof -top` report -> rows of exact integers.
 *
 * A report is accepted only whole: the column line is there, every line behind it is a row,
 * and the rows add up to the total shown. Percentages of pprof are never used. */
#ifndef FLAREPROF_TOP_H
#define FLAREPROF_TOP_H

#include "text.h"

#include <stddef.h>
#include <stdint.h>

struct error;
struct pool;

enum top_unit { TOP_BYTES, TOP_NANOSECONDS, TOP_COUNT };

struct top_row {
	const char *function; /* clean text (text.h), whole */
	int64_t flat, cum;
};

struct top {
	int found;	   /* the report could be made and was accepted */
	const char *why;   /* not NULL where it was not */
	struct top_row *rows; /* largest |flat| first, as pprof prints them */
	size_t count;
	int64_t shown;	   /* the sum of all flat values */
	int64_t total;	   /* of the profile; of a diff, of its base */
	const char *command; /* for people: shows the same numbers, run in the flare */
};

/* Reads the text of one `pprof -top` with TOOLCHAIN_TOP_FLAGS. Fails saying what is wrong. */
int top_parse(struct top *top, struct pool *pool, enum top_unit unit, struct span text,
    struct error *err);

#endif
