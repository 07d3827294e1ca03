/* status: status.log (or cluster-agent-status.log) -> who the Agent is, and its checks.
 *
 * Reads the text that the Agent's own status templates make; see the Agent's
 * comp/core/status and pkg/status/collector. */
#ifndef FLAREPROF_STATUS_H
#define FLAREPROF_STATUS_H

#include "text.h"

#include <stddef.h>
#include <stdint.h>

struct gaps;
struct pool;

/* One check of Running Checks, its instances taken together. */
struct check {
	const char *name;
	const char *version; /* NULL: a Go check, which has none */
	int instances;
	int errors;	      /* instances whose state is ERROR */
	int warnings;	      /* instances whose state is WARNING */
	int long_running;     /* instances without runs and averages */
	int timed;	      /* instances that have an average execution time */
	int64_t average_ms;   /* mean of those averages; 0 without any */
	int64_t slowest_ms;   /* largest of those averages */
	const char *message;  /* first error, else first warning; NULL */
	int64_t total_runs;   /* of all instances */
};

/* What is unknown is NULL, or -1 for numbers. Times are epoch milliseconds. */
struct status {
	int found;	      /* the text is an Agent's status */
	const char *title;    /* "Agent", "Cluster Agent", ... */
	const char *version;
	const char *flavor;   /* "agent", "cluster_agent", ... */
	const char *hostname;
	const char *go_version;
	const char *python_version;
	const char *install_tool;
	const char *install_tool_version;
	const char *installer_version;
	int64_t pid;
	int64_t status_date_ms;
	int64_t agent_start_ms;
	int collector_found;  /* the Running Checks block is there */
	int no_checks;	      /* "No checks have run yet" */
	struct check *checks; /* failing ones first, then by name */
	size_t check_count;
};

/* Never fails: what is not there is a gap, named after `file`. */
void status_parse(struct status *status, struct pool *pool, const char *file, struct span text,
    struct gaps *gaps);

#endif
