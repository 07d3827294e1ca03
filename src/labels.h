/* labels: whose CPU time it is, by the label that the Agent puts on its samples. Pure.
 *
 * Python checks run with the label check_id (the Agent's pkg/collector/python), the modules of
 * system-probe with the label module. The instances of a check are taken together, as in Running
 * Checks. */
#ifndef FLAREPROF_LABELS_H
#define FLAREPROF_LABELS_H

#include "checks.h"
#include "pprof.h"

struct pool;

enum { LABELS_MOST = 200 }; /* names; a real Agent has some dozens */

/* One check, or one module. */
struct labels_share {
	const char *name;	   /* "postgres", "network_tracer" */
	int64_t cpu_ns;
	double percent;		   /* of the process's CPU time */
	int labelled;		   /* instances that have samples */
	const char *busiest;	   /* label of the one with most of them */
	double busiest_percent;	   /* of the process's CPU time */
	const struct check *check; /* as the status has it; NULL: not there, or a module */
};

struct labels {
	const char *label; /* "check_id" or "module"; NULL: no sample has one */
	struct labels_share *shares; /* most first */
	size_t count;
	int64_t total_ns, unlabelled_ns;
	double unlabelled_percent;
	const char *command; /* for people */
};

void labels_of(struct labels *labels, struct pool *pool, const struct pprof_process *process,
    const struct checks *checks);

/* 0 where they are modules. */
int labels_are_checks(const struct labels *labels);

/* The share that is over a limit in percent; NULL where none is. */
const struct labels_share *labels_dominating(const struct labels *labels, double percent);

#endif
