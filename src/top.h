/* top: the text of one `top` report of pprof -> rows of exact integers.
 *
 * A report is accepted only whole: the column line is there, every line behind it is a row,
 * the rows add up to what is shown of the total, and neither they nor a cumulative value are more
 * than it. Percentages of pprof are never used. */
#ifndef FLAREPROF_TOP_H
#define FLAREPROF_TOP_H

#include "text.h"

#include <stddef.h>
#include <stdint.h>

struct error;
struct pattern;
struct pool;

enum top_unit { TOP_BYTES, TOP_NANOSECONDS, TOP_COUNT };

struct top_row {
	const char *function; /* clean text (text.h), whole */
	int64_t flat, cum;
};

struct top {
	enum top_unit unit;
	int asked;	   /* of pprof; all else is known without */
	int found;	   /* the report could be made and was accepted */
	const char *why;   /* not NULL where it was not */
	struct top_row *rows; /* largest |flat| first, as pprof prints them */
	size_t count;
	int64_t shown;	   /* the sum of all flat values */
	int64_t total;	   /* of the profile's samples; of a diff, of their absolute values */
	const char *command; /* for people: shows the same numbers, run in the flare */
};

/* The row of a function; NULL where there is none. */
const struct top_row *top_find(const struct top *top, const char *function);

/* What reports are read with. */
struct top_reader *top_reader_new(struct pool *pool);
void top_reader_free(struct top_reader *reader);

/* Reads a number that pprof printed, out of a pattern's last match: its group, and its unit's in
 * the next one, which must be this one ("0" has none). Returns 0, or -1 where it is none. */
int top_number(
    const struct pattern *pattern, unsigned group, enum top_unit unit, int64_t *number);

/* A name without the mark that pprof puts behind inlined functions. */
struct span top_unmarked(struct span name);

/* Reads the text of one report of a session (session.h), whose numbers must be in top->unit.
 * Fails saying what is wrong. */
int top_parse(struct top *top, const struct top_reader *reader, struct pool *pool,
    struct span text, struct error *err);

#endif
