/* status: status.log (or cluster-agent-status.log) -> who the Agent is, and its checks (checks.h).
 *
 * Reads the text that the Agent's own status templates make; see the Agent's
 * comp/core/status and pkg/status/collector. */
#ifndef FLAREPROF_STATUS_H
#define FLAREPROF_STATUS_H

#include "checks.h"
#include "text.h"

#include <stdint.h>

struct gaps;
struct pool;

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
	struct checks checks;
};

/* Never fails: what is not there is a gap, named after `file`. */
void status_parse(struct status *status, struct pool *pool, const char *file, struct span text,
    struct gaps *gaps);

#endif
