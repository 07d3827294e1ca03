/* vitals: the small files that tell how the Agent fares -> numbers.
 *
 * Reads health.yaml, version-history.json and of expvar/ the aggregator's, the forwarder's, the
 * check runner's and the logs Agent's. Names and meanings are those of the Agent's
 * pkg/aggregator, comp/forwarder/defaultforwarder, pkg/collector/runner/expvars,
 * pkg/logs/metrics and pkg/util/installinfo. Judges nothing. */
#ifndef FLAREPROF_VITALS_H
#define FLAREPROF_VITALS_H

#include "text.h"

#include <stddef.h>
#include <stdint.h>

struct gaps;
struct pool;

enum { VITALS_UNHEALTHY = 100 }; /* names that are kept at most */

/* Counts since the Agent's start; the queue is that of this moment. */
struct vitals_forwarder {
	int64_t success, errors, http_errors, dropped, retried, requeued, retry_queue_size,
	    high_priority_queue_full;
	const char *most_errors; /* "DNSErrors", "HTTP 503": what there is most of; NULL */
	int64_t most_error_count;
};

struct vitals_runner {
	int64_t workers;
	double mean_utilization, highest_utilization; /* 0..1, of the workers that are listed */
	const char *busiest;			      /* "worker_3" */
	int64_t newest_check_ms; /* epoch: when the last check ended before the file was made */
};

struct vitals_logs {
	int64_t processed, sent, retries, destination_errors, missed_bytes;
};

/* What is unknown is NULL, or -1 for numbers. */
struct vitals {
	int health_known;
	const char **unhealthy; /* clean names of components */
	size_t unhealthy_count;
	const char *version_from, *version_to; /* of the last change of version */
	int64_t version_change_ms;	       /* epoch */
	int64_t contexts;		       /* of DogStatsD */
	struct vitals_forwarder forwarder;
	struct vitals_runner runner;
	struct vitals_logs logs;
};

/* Sets all to unknown, before the first file is read. */
void vitals_init(struct vitals *vitals);

/* Adds what one of the files tells. Never fails: what is no YAML or JSON is a gap; that something
 * is not in it is none. */
void vitals_parse(struct vitals *vitals, struct pool *pool, const char *file, struct span text,
    struct gaps *gaps);

#endif
