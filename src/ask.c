#include "ask.h"

#include "evidence.h"
#include "pool.h"

#include <stdio.h>
#include <string.h>

enum {
	USUAL_SECONDS = 60,
	LONG_SECONDS = 120, /* Go collects every two minutes, whatever happens */
	WATCH_MAJOR = 7,    /* the first Agent with the check agentprofiling */
	WATCH_MINOR = 66,
};

static const struct verdict_process *
main_process(const struct verdict *verdict)
{
	for (size_t i = 0; i < verdict->process_count; i++) {
		const struct verdict_process *process = &verdict->processes[i];

		if (strcmp(process->figures.process->files->prefix, verdict->main_process) == 0)
			return process;
	}
	return NULL;
}

static int
some_unjudged(const struct verdict *verdict)
{
	const struct verdict_process *first = main_process(verdict);

	for (size_t i = 0; i < verdict->process_count; i++) {
		const struct verdict_process *process = &verdict->processes[i];

		if (process != first && process->name == VERDICT_INCONCLUSIVE)
			return 1;
	}
	return 0;
}

static int
any_finding(const struct verdict *verdict, int is_leak)
{
	for (size_t i = 0; i < verdict->finding_count; i++) {
		if ((verdict->findings[i].type == VERDICT_MEMORY_LEAK) == is_leak)
			return 1;
	}
	return 0;
}

/* "7.76.0-rc.1" is 7.66 or newer. */
static int
can_watch(const struct evidence *evidence)
{
	int major = 0, minor = 0;

	if (evidence->flare->kind != FLARE_NODE || evidence->status.version == NULL ||
	    sscanf(evidence->status.version, "%4d.%4d", &major, &minor) != 2)
		return 0;
	return major > WATCH_MAJOR || (major == WATCH_MAJOR && minor >= WATCH_MINOR);
}

/* Lock profiling is asked for where it is not there, or where it is to be seen again; what is on by
 * configuration is on in any flare. The Cluster Agent has no switch for it. */
static void
write_command(struct ask *ask, struct pool *pool, const struct verdict *verdict,
    const struct evidence *evidence)
{
	const struct verdict_process *first = main_process(verdict);
	int again = 0, mutex = 1, block = 1;

	for (size_t i = 0; i < verdict->finding_count; i++)
		again |= verdict->findings[i].type == VERDICT_CONTENTION;
	if (first != NULL) {
		const struct figures *figures = &first->figures;

		/* Who needs one of them reads it beside the other. */
		again |= figures->mutex.why != NULL || figures->block.why != NULL;
		mutex = !figures->mutex.since_start && again;
		block = !figures->block.since_start && again;
	}
	if (evidence->flare->kind == FLARE_CLUSTER_AGENT)
		ask->command = pool_printf(
		    pool, "datadog-cluster-agent flare <CASE_ID> --profile %d", ask->seconds);
	else
		ask->command = pool_printf(pool, "datadog-agent flare <CASE_ID> --profile %d%s%s",
		    ask->seconds, mutex ? " -M" : "", block ? " -B" : "");
}

void
ask_plan(struct ask *ask, struct pool *pool, const struct verdict *verdict,
    const struct evidence *evidence)
{
	const struct verdict_process *first = main_process(verdict);
	int is_node = evidence->flare->kind == FLARE_NODE;
	int is_stale = first != NULL && first->figures.heap.validity == FIGURES_STALE;

	*ask = (struct ask){.can_watch = can_watch(evidence)};
	ask->wants[ASK_STALE] = is_stale;
	ask->wants[ASK_MISSING] = first == NULL || first->figures.cpu.why != NULL ||
				  (first->figures.heap.why != NULL && !is_stale);
	ask->wants[ASK_CONFIRM_LEAK] = any_finding(verdict, 1);
	ask->wants[ASK_CONFIRM] = any_finding(verdict, 0);
	ask->wants[ASK_LOCKS] = is_node && first != NULL && first->locks == VERDICT_UNKNOWN;
	ask->wants[ASK_UNJUDGED] = some_unjudged(verdict);
	for (int want = 0; want < ASK_WANTS; want++)
		ask->is_needed |= ask->wants[want];
	ask->seconds = is_stale && !evidence->memstats.gc_off ? LONG_SECONDS : USUAL_SECONDS;
	write_command(ask, pool, verdict, evidence);
}
