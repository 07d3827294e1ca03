/* sections: what status.log tells of the other processes, the check workers and the forwarder.
 *
 * Reads the text that the Agent's comp/trace, comp/process, pkg/status/systemprobe,
 * pkg/status/collector and comp/forwarder make. Who the Agent itself is, is status's. */
#ifndef FLAREPROF_SECTIONS_H
#define FLAREPROF_SECTIONS_H

#include "text.h"

#include <stdint.h>

struct pool;

/* What is unknown is NULL, or -1 for numbers. */
struct sections_process {
	int running; /* 1, 0, or -1 */
	int64_t pid;
	int64_t uptime_seconds;
	int64_t alloc_bytes; /* of its Go heap */
	const char *why;     /* it does not run: its error, clean */
};

/* Counts since the Agent's start; the queue is that of the moment. One that is 0 is often left
 * out. */
struct sections_forwarder {
	int64_t success, errors, dropped, retried, requeued, retry_queue_size;
};

struct sections {
	const char *log_level; /* of the Agent, as it is written there */
	struct sections_process trace, process, system_probe;
	int64_t workers; /* that run checks */
	double mean_utilization; /* of them, 0..1 */
	struct sections_forwarder forwarder;
};

/* Sets all to unknown: for a flare without a status. */
void sections_init(struct sections *sections);

/* Never fails; what is not there is no gap. */
void sections_parse(struct sections *sections, struct pool *pool, struct span text);

#endif
