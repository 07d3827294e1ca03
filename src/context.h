/* context: what is out of the ordinary around the profiles. Pure.
 *
 * A table of rules over what the flare's other files tell of the core Agent (or Cluster Agent).
 * Only what is beyond its limit is listed, with the file it stands in; what is unknown is not.
 * What the items mean in words is not said here. */
#ifndef FLAREPROF_CONTEXT_H
#define FLAREPROF_CONTEXT_H

#include <stddef.h>
#include <stdint.h>

struct component;
struct evidence;
struct pool;

enum context_kind {
	CONTEXT_UPGRADE,      /* value, limit: seconds from the change to the flare */
	CONTEXT_YOUNG,	      /* seconds since the start: caches still fill */
	CONTEXT_UNHEALTHY,    /* components that do not answer their health check */
	CONTEXT_CONTEXTS,     /* of DogStatsD */
	CONTEXT_RETRY_QUEUE,  /* transactions that wait to be sent again */
	CONTEXT_DROPPED,      /* transactions, since the start */
	CONTEXT_SEND_ERRORS,  /* share of the attempts that failed, since the start */
	CONTEXT_RUNNERS_BUSY, /* mean utilization of the check runners, 0..1 */
	CONTEXT_LOG_LEVEL,    /* value and limit are 0 */
	CONTEXT_GC_SHARE,     /* of the CPU time, since the start, 0..1 */
	CONTEXT_GC_OFF,	      /* the collector is switched off; value and limit are 0 */
	CONTEXT_KINDS,
};

struct context_item {
	enum context_kind kind;
	const char *name;   /* "retry_queue": of components.json's signs, and for the model */
	const char *source; /* the file of the flare */
	double value, limit; /* in the same unit, which the kind tells */
	int64_t count;	    /* of send_errors the errors, of runners_busy the runners; else -1 */
	const char *detail; /* "7.75.2 to 7.76.0", the unhealthy ones, "DNSErrors", "debug"; NULL */
};

struct context {
	struct context_item items[CONTEXT_KINDS]; /* in the order of the kinds */
	size_t count;
};

void context_find(struct context *context, struct pool *pool, const struct evidence *evidence);

/* 1 when the item bears on this component, which may be NULL. */
int context_matches(const struct context_item *item, const struct component *component);

#endif
