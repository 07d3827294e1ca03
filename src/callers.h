/* callers: who of the Agent is above a library's function: which functions to ask pprof for, and
 * the text of its `peek` report -> the nearest Agent function above each.
 *
 * In such a report only the Agent's functions and those that are asked for are shown, so that
 * what is printed above one of these is the Agent's, or another of them. A report is accepted
 * only whole, as in top.h. */
#ifndef FLAREPROF_CALLERS_H
#define FLAREPROF_CALLERS_H

#include "top.h"

#include <stddef.h>

struct buf;

/* The Agent's own packages, for pprof (RE2). Not its commands, which are above everything. */
#define CALLERS_AGENT "^github\\.com/DataDog/datadog-agent/(comp|pkg|internal)/"

/* From this share on a caller is taken for the one; below it, it is only the largest. */
#define CALLERS_KNOWN 0.5

/* At most: functions at a time, of one table, and bytes of an expression. */
enum { CALLERS_MOST = 64, CALLERS_ROWS = 20, CALLERS_LENGTH = 7 << 10 };

/* Functions to ask for. */
struct callers_asked {
	const char *functions[CALLERS_MOST]; /* borrowed */
	size_t count;
	size_t length; /* of their expression */
};

struct caller {
	const char *function; /* that was asked for; borrowed */
	const char *caller;   /* the Agent's; NULL: none of it is above */
	double share;	      /* of what the function has with its callees; 0 to 1 */
	int direct;	      /* no other function that was asked for is in between */
};

/* In no order, each function once. */
struct callers {
	struct caller *items;
	size_t count;
};

/* 1 for a function of the Agent's own packages or commands. */
int callers_is_agent(const char *function);

/* Adds a function, unless it is the Agent's, is there already, is more than pprof could be asked
 * for, or there is no room. Returns 1 when it is among the functions then. */
int callers_ask(struct callers_asked *asked, const char *function);

/* Adds those in the first rows of what grew, and of what shrank, in a report. */
void callers_ask_table(struct callers_asked *asked, const struct top *top, size_t rows);

/* Adds those that have most with their callees, of all that are not the Go runtime's. */
void callers_ask_cumulative(struct callers_asked *asked, const struct top *top, size_t rows);

/* Appends an expression (RE2, to be anchored by who uses it) that matches their names: no blank
 * in it, whatever the names. */
void callers_expression(const struct callers_asked *asked, struct buf *expression);

/* What reports are read with. */
struct callers_reader *callers_reader_new(struct pool *pool);
void callers_reader_free(struct callers_reader *reader);

/* Reads the text of one report of a session (session.h) about the functions asked for, whose
 * numbers must be in the unit. What it says of a function takes the place of what was known of
 * it; functions that it does not name are left out. Fails leaving *callers alone. */
int callers_parse(struct callers *callers, const struct callers_reader *reader, struct pool *pool,
    const struct callers_asked *asked, enum top_unit unit, struct span text, struct error *err);

/* NULL where nothing is known of the function. */
const struct caller *callers_find(const struct callers *callers, const char *function);

#endif
