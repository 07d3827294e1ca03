#include "context.h"

#include "buf.h"
#include "component.h"
#include "evidence.h"
#include "figures.h"
#include "pool.h"

#include <string.h>
#include <strings.h>

/* All limits. */
#define UPGRADE_SECONDS (48 * 3600) /* at most */
#define CONTEXTS 100000		    /* more than; the defaults suit some ten thousand */
#define RETRY_QUEUE 10		    /* at least; a few wait after any hiccup */
#define SEND_ERROR_SHARE 0.05	    /* more than */
#define RUNNER_SHARE 0.8	    /* at least */
#define GC_SHARE 0.1		    /* at least; usual is a hundredth */

enum {
	SEND_ERRORS = 100,  /* fewer say nothing about the share */
	NAMES = 5,	    /* of unhealthy components that are named */
};

static const char forwarder_file[] = "expvar/forwarder";

static const char *
status_file(const struct evidence *evidence)
{
	return evidence->flare->kind == FLARE_CLUSTER_AGENT ? "cluster-agent-status.log"
							    : "status.log";
}

/* Takes a number that is known (not negative) as the item's value. Returns 0 when it is not. */
static int
take(struct context_item *item, double value, const char *source)
{
	if (!(value >= 0))
		return 0;
	item->value = value;
	item->source = source;
	return 1;
}

static int
find_upgrade(struct context_item *item, struct pool *pool, const struct evidence *evidence)
{
	const struct vitals *vitals = &evidence->vitals;
	int64_t age_ms = evidence->status.status_date_ms - vitals->version_change_ms;

	if (vitals->version_from == NULL || vitals->version_change_ms <= 0 ||
	    evidence->status.status_date_ms <= 0 ||
	    !take(item, (double)age_ms / 1000, "version-history.json"))
		return 0;
	item->detail = pool_printf(pool, "%s to %s", vitals->version_from, vitals->version_to);
	return item->value <= item->limit;
}

static int
find_young(struct context_item *item, struct pool *pool, const struct evidence *evidence)
{
	const struct status *status = &evidence->status;
	int64_t age_ms = status->status_date_ms - status->agent_start_ms;

	(void)pool;
	return status->status_date_ms > 0 && status->agent_start_ms > 0 &&
	       take(item, (double)age_ms / 1000, status_file(evidence)) &&
	       item->value < item->limit;
}

static int
find_unhealthy(struct context_item *item, struct pool *pool, const struct evidence *evidence)
{
	const struct vitals *vitals = &evidence->vitals;
	struct buf names = {0};

	if (vitals->unhealthy_count == 0)
		return 0;
	take(item, (double)vitals->unhealthy_count, "health.yaml");
	for (size_t i = 0; i < vitals->unhealthy_count && i < NAMES; i++) {
		buf_puts(&names, i > 0 ? ", " : "");
		buf_puts(&names, vitals->unhealthy[i]);
	}
	buf_puts(&names, vitals->unhealthy_count > NAMES ? ", ..." : "");
	item->detail = pool_strdup(pool, buf_text(&names));
	buf_release(&names);
	return 1;
}

static int
find_contexts(struct context_item *item, struct pool *pool, const struct evidence *evidence)
{
	(void)pool;
	return (take(item, (double)evidence->vitals.contexts, "expvar/aggregator") ||
		   take(item, (double)evidence->telemetry.contexts, "telemetry.log")) &&
	       item->value > item->limit;
}

static int
find_retry_queue(struct context_item *item, struct pool *pool, const struct evidence *evidence)
{
	(void)pool;
	return (take(item, (double)evidence->vitals.forwarder.retry_queue_size, forwarder_file) ||
		   take(item, (double)evidence->sections.forwarder.retry_queue_size,
		       status_file(evidence))) &&
	       item->value >= item->limit;
}

static int
find_dropped(struct context_item *item, struct pool *pool, const struct evidence *evidence)
{
	(void)pool;
	return (take(item, (double)evidence->vitals.forwarder.dropped, forwarder_file) ||
		   take(item, (double)evidence->sections.forwarder.dropped,
		       status_file(evidence))) &&
	       item->value > item->limit;
}

/* Errors and successes are of the same file: those of two were counted at two times. */
static int
find_send_errors(struct context_item *item, struct pool *pool, const struct evidence *evidence)
{
	const struct vitals_forwarder *first = &evidence->vitals.forwarder;
	const struct sections_forwarder *second = &evidence->sections.forwarder;
	int in_expvar = first->errors >= 0 && first->success >= 0;
	int64_t errors = in_expvar ? first->errors : second->errors;
	int64_t success = in_expvar ? first->success : second->success;

	(void)pool;
	if (errors < SEND_ERRORS || success < 0)
		return 0;
	item->count = errors;
	item->detail = first->most_errors;
	return take(item, (double)errors / ((double)errors + (double)success),
		   in_expvar ? forwarder_file : status_file(evidence)) &&
	       item->value > item->limit;
}

static int
find_runners_busy(struct context_item *item, struct pool *pool, const struct evidence *evidence)
{
	const struct vitals_runner *runner = &evidence->vitals.runner;
	const struct sections *sections = &evidence->sections;

	(void)pool;
	if (take(item, runner->mean_utilization, "expvar/runner"))
		item->count = runner->workers;
	else if (take(item, sections->mean_utilization, status_file(evidence)))
		item->count = sections->workers;
	return item->source != NULL && item->value >= item->limit;
}

static int
find_log_level(struct context_item *item, struct pool *pool, const struct evidence *evidence)
{
	const char *level = evidence->sections.log_level;

	(void)pool;
	if (level == NULL || (strcasecmp(level, "debug") != 0 && strcasecmp(level, "trace") != 0))
		return 0;
	item->detail = level;
	item->source = status_file(evidence);
	return 1;
}

static int
find_gc_off(struct context_item *item, struct pool *pool, const struct evidence *evidence)
{
	(void)pool;
	return evidence->memstats.found && evidence->memstats.gc_off &&
	       take(item, 0, "expvar/memstats");
}

static int
find_gc_share(struct context_item *item, struct pool *pool, const struct evidence *evidence)
{
	const struct memstats *first = &evidence->memstats;
	const struct memstats *second = &evidence->telemetry.memstats;

	(void)pool;
	return ((first->found && take(item, first->gc_cpu_fraction, "expvar/memstats")) ||
		   (second->found && take(item, second->gc_cpu_fraction, "telemetry.log"))) &&
	       item->value >= item->limit;
}

static const struct {
	const char *name;
	double limit;
	int (*find)(
	    struct context_item *item, struct pool *pool, const struct evidence *evidence);
} rules[CONTEXT_KINDS] = {
    [CONTEXT_UPGRADE] = {"upgrade", UPGRADE_SECONDS, find_upgrade},
    [CONTEXT_YOUNG] = {"young", FIGURES_YOUNG, find_young},
    [CONTEXT_UNHEALTHY] = {"unhealthy", 0, find_unhealthy},
    [CONTEXT_CONTEXTS] = {"contexts", CONTEXTS, find_contexts},
    [CONTEXT_RETRY_QUEUE] = {"retry_queue", RETRY_QUEUE, find_retry_queue},
    [CONTEXT_DROPPED] = {"dropped", 0, find_dropped},
    [CONTEXT_SEND_ERRORS] = {"send_errors", SEND_ERROR_SHARE, find_send_errors},
    [CONTEXT_RUNNERS_BUSY] = {"runners_busy", RUNNER_SHARE, find_runners_busy},
    [CONTEXT_LOG_LEVEL] = {"log_level", 0, find_log_level},
    [CONTEXT_GC_SHARE] = {"gc_share", GC_SHARE, find_gc_share},
    [CONTEXT_GC_OFF] = {"gc_off", 0, find_gc_off},
};

void
context_find(struct context *context, struct pool *pool, const struct evidence *evidence)
{
	*context = (struct context){0};
	for (int kind = 0; kind < CONTEXT_KINDS; kind++) {
		struct context_item item = {.kind = (enum context_kind)kind,
		    .name = rules[kind].name,
		    .limit = rules[kind].limit,
		    .count = -1};

		if (rules[kind].find(&item, pool, evidence))
			context->items[context->count++] = item;
	}
}

int
context_matches(const struct context_item *item, const struct component *component)
{
	for (size_t i = 0; component != NULL && i < component->sign_count; i++) {
		if (strcmp(component->signs[i], item->name) == 0)
			return 1;
	}
	return 0;
}
