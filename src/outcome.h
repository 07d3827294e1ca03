/* outcome: what came of each flare of a call, and the table of them, worst first. */
#ifndef FLAREPROF_OUTCOME_H
#define FLAREPROF_OUTCOME_H

#include "verdict.h"

#include <stddef.h>

struct buf;
struct error;
struct templates;

struct outcome {
	int exit_code;	      /* 0: there is a report; else finding says why not */
	const char *flare;    /* as it was given; clean texts all */
	const char *hostname; /* NULL: unknown */
	const char *report;   /* the path of its own; NULL: none was chosen */
	const char *version;  /* of the Agent; NULL: unknown */
	enum verdict_name verdict;
	const char *finding;  /* in one line; NULL: none */
	double excess;	      /* measured over threshold, of the finding furthest over; 0: none */
};

/* Where the table is looked at. */
struct outcome_look {
	size_t width; /* columns of a terminal; 0: somewhere else, where lines are as long as they are */
	int colour;
};

/* Sorts the outcomes and appends the table; fails when its template cannot be used. */
int outcome_table(struct outcome *outcomes, size_t count, const struct templates *templates,
    const struct outcome_look *look, struct buf *out, struct error *err);

#endif
