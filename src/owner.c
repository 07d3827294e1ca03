#include "owner.h"

#include <string.h>

#define AGENT "github.com/DataDog/datadog-agent/"

/* The reports by the Agent's functions, with what they call. */
static const enum pprof_report agent_reports[VERDICT_RULES] = {
    [VERDICT_HEAP_GROWTH] = PPROF_GROWTH_AGENT, [VERDICT_CPU_FUNCTION] = PPROF_CPU_AGENT,
    [VERDICT_CPU_TOTAL] = PPROF_CPU_AGENT,	[VERDICT_BLOCK_DELAY] = PPROF_BLOCK_AGENT,
    [VERDICT_MUTEX_DELAY] = PPROF_MUTEX_AGENT,
};

static int
begins_with(const char *text, const char *start)
{
	return strncmp(text, start, strlen(start)) == 0;
}

/* The reports that findings are made of. */
static const enum pprof_report judged_reports[VERDICT_RULES] = {
    [VERDICT_HEAP_GROWTH] = PPROF_GROWTH_JUDGED,   [VERDICT_CPU_FUNCTION] = PPROF_CPU,
    [VERDICT_CPU_TOTAL] = PPROF_CPU,		   [VERDICT_BLOCK_DELAY] = PPROF_BLOCK_DELAY,
    [VERDICT_MUTEX_DELAY] = PPROF_MUTEX_DELAY,
};

/* The Agent's function that has most of a library's doing below it: it must have had at least
 * half of what the library's function has. */
static const char *
agent_function(const struct top *top, int64_t least)
{
	for (size_t i = 0; i < top->count; i++) {
		const struct top_row *row = &top->rows[i];

		if (begins_with(row->function, AGENT) && row->flat > 0)
			return row->flat >= least ? row->function : NULL;
	}
	return NULL;
}

/* The flat value of a finding's function. */
static int64_t
flat_of(const struct verdict_finding *finding)
{
	const struct figures *figures = finding->figures;
	const struct top_row *tops[VERDICT_RULES] = {
	    [VERDICT_HEAP_GROWTH] = figures->heap.top,
	    [VERDICT_CPU_FUNCTION] = figures->cpu.top,
	    [VERDICT_BLOCK_DELAY] = figures->block.top,
	    [VERDICT_MUTEX_DELAY] = figures->mutex.top,
	};

	return tops[finding->rule] != NULL ? tops[finding->rule]->flat : 0;
}

/* The Agent's function above a library's. Where pprof did not tell, one that has enough below it is
 * the likely one. */
static const char *
caller_of(const struct verdict_finding *finding, const struct top *by_agent)
{
	const struct caller *caller = pprof_caller(
	    finding->figures->process, judged_reports[finding->rule], finding->function);

	if (caller == NULL)
		return agent_function(by_agent, flat_of(finding) / 2);
	return caller->share >= CALLERS_KNOWN ? caller->caller : NULL;
}

void
owner_of(struct owner *owner, const struct verdict_finding *finding,
    struct components *components)
{
	const struct top *top = &finding->figures->process->tops[agent_reports[finding->rule]];

	*owner = (struct owner){0};
	/* No single part is to blame: the busiest one is named, but nobody is to own it. */
	if (finding->function == NULL) {
		if (finding->rule == VERDICT_CPU_TOTAL)
			owner->function = agent_function(top, 0);
		return;
	}
	if (begins_with(finding->function, AGENT)) {
		owner->function = finding->function;
	} else {
		owner->function = caller_of(finding, top);
		owner->library = components_find(components, finding->function);
	}
	if (owner->function != NULL)
		owner->component = components_find(components, owner->function);
	if (owner->component == NULL)
		owner->component = components_find(components, finding->function);
}
