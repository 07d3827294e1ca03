/* checks: the Running Checks block of a status -> what checks run, and how they fare.
 *
 * Reads the text that the Agent's pkg/status/collector makes. Its traps: messages and
 * tracebacks may look like anything, and the lists of errors behind it have entries that look
 * like checks and are none. */
#ifndef FLAREPROF_CHECKS_H
#define FLAREPROF_CHECKS_H

#include <stddef.h>
#include <stdint.h>

struct lines;

/* One check of Running Checks, its instances taken together. */
struct check {
	const char *name;
	const char *version; /* NULL: a Go check, which has none */
	int instances;
	int errors;	      /* instances whose state is ERROR */
	int warnings;	      /* instances whose state is WARNING, or one we do not know */
	int long_running;     /* instances without runs and averages */
	int timed;	      /* instances that have an average execution time */
	int64_t average_ms;   /* mean of those averages; 0 without any */
	int64_t slowest_ms;   /* largest of those averages */
	const char *message;  /* first error, else first warning; NULL */
	int64_t total_runs;   /* of all instances */
};

enum { CHECKS_MOST = 500 };

struct checks {
	int found;	      /* the Running Checks block is there */
	int none_yet;	      /* "No checks have run yet" */
	struct check *items; /* failing ones first, then those with warnings, then by name */
	size_t count;
	size_t left_out; /* the last ones, where there were more than CHECKS_MOST */
};

/* Reads the lines of a whole status. */
void checks_parse(struct checks *checks, const struct lines *lines);

#endif
