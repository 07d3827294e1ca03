#include "advice.h"

#include "pool.h"

#include <string.h>

#define AGENT "github.com/DataDog/datadog-agent/"

enum {
	STEPS_OF_ONE = 3, /* finding; of several, each gets fewer */
	STEPS_OF_SEVERAL = 2,
	CHECKS_NAMED = 3,
	SLOW_CHECK_MS = 5000, /* a third of the usual 15 s between two runs */
};

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

static struct advice_owner
owner_of(const struct verdict_finding *finding, struct components *components)
{
	const struct top *top = &finding->figures->process->tops[agent_reports[finding->rule]];
	struct advice_owner owner = {0};

	/* No single part is to blame: the busiest one is named, but nobody is to own it. */
	if (finding->function == NULL && finding->rule == VERDICT_CPU_TOTAL) {
		owner.function = agent_function(top, 0);
		return owner;
	}
	if (finding->function == NULL)
		return owner;
	if (begins_with(finding->function, AGENT))
		owner.function = finding->function;
	else
		owner.function = caller_of(finding, top);
	if (owner.function != NULL)
		owner.component = components_find(components, owner.function);
	if (owner.component == NULL && finding->function != NULL)
		owner.component = components_find(components, finding->function);
	return owner;
}

/* Two findings of one owner need one escalation; all else is once enough in any case. */
static int
is_same(const struct advice_list *list, const struct advice *a, const struct advice *b)
{
	const struct verdict_finding *findings = list->verdict->findings;
	const struct component *owner;

	if (a->kind != b->kind || a->check != b->check || a->step != b->step)
		return 0;
	if (a->kind != ADVICE_ESCALATE)
		return 1;
	owner = list->owners[a->finding - findings].component;
	if (owner != list->owners[b->finding - findings].component)
		return 0;
	return owner != NULL || (a->finding->function != NULL && b->finding->function != NULL &&
				    strcmp(a->finding->function, b->finding->function) == 0);
}

static void
add(struct advice_list *list, struct pool *pool, const struct advice *advice)
{
	for (size_t i = 0; i < list->count; i++) {
		if (is_same(list, &list->items[i], advice))
			return;
	}
	list->items = pool_grow(pool, list->items, list->count, sizeof(*list->items));
	list->items[list->count++] = *advice;
}

static int
runs_python(const struct verdict_finding *finding)
{
	return finding->function != NULL && strcmp(finding->function, "runtime.cgocall") == 0 &&
	       strcmp(finding->figures->process->files->prefix, "core") == 0;
}

static void
advise_steps(struct advice_list *list, struct pool *pool, const struct verdict_finding *finding,
    const struct component *component)
{
	size_t steps = list->verdict->finding_count > 1 ? STEPS_OF_SEVERAL : STEPS_OF_ONE;
	struct advice advice = {.kind = ADVICE_STEP, .finding = finding};

	for (size_t i = 0; component != NULL && i < component->next_step_count && i < steps; i++) {
		advice.step = component->next_steps[i];
		advice.first_step = i == 0;
		add(list, pool, &advice);
	}
}

static void
advise_on_finding(struct advice_list *list, struct pool *pool,
    const struct verdict_finding *finding)
{
	struct advice advice = {.finding = finding};

	if (runs_python(finding)) {
		advice.kind = ADVICE_PYTHON;
		add(list, pool, &advice);
	}
	if (finding->rule == VERDICT_CPU_TOTAL) {
		advice.kind = ADVICE_COMPARE;
		add(list, pool, &advice);
	}
	if (finding->rule == VERDICT_BLOCK_DELAY && figures_mostly_sends(&finding->figures->block)) {
		advice.kind = ADVICE_RECEIVER;
		add(list, pool, &advice);
	}
	advise_steps(list, pool, finding,
	    list->owners[finding - list->verdict->findings].component);
	advice.kind =
	    finding->rule == VERDICT_HEAP_GROWTH ? ADVICE_CONFIRM_LEAK : ADVICE_CONFIRM;
	advice.asks = 1;
	add(list, pool, &advice);
	advice.asks = 0;
	advice.kind = ADVICE_ESCALATE;
	if (finding->rule != VERDICT_CPU_TOTAL)
		add(list, pool, &advice);
}

/* The slowest check that does not fail and is not yet advised on; NULL when none is slow. */
static const struct check *
next_slow_check(const struct checks *checks, const struct check *last)
{
	const struct check *slowest = NULL;

	for (size_t i = 0; i < checks->count; i++) {
		const struct check *check = &checks->items[i];

		if (check->errors > 0 || check->slowest_ms < SLOW_CHECK_MS || check == last ||
		    (last != NULL && check->slowest_ms > last->slowest_ms) ||
		    (last != NULL && check->slowest_ms == last->slowest_ms && check < last))
			continue;
		if (slowest == NULL || check->slowest_ms > slowest->slowest_ms)
			slowest = check;
	}
	return slowest;
}

static void
advise_on_checks(struct advice_list *list, struct pool *pool, const struct checks *checks)
{
	const struct check *slow = NULL;

	for (size_t i = 0, named = 0; i < checks->count && named < CHECKS_NAMED; i++) {
		if (checks->items[i].errors == 0)
			continue;
		add(list, pool,
		    &(struct advice){.kind = ADVICE_FAILING_CHECK, .check = &checks->items[i]});
		named++;
	}
	for (int named = 0; named < CHECKS_NAMED; named++) {
		slow = next_slow_check(checks, slow);
		if (slow == NULL)
			break;
		add(list, pool, &(struct advice){.kind = ADVICE_SLOW_CHECK, .check = slow});
	}
}

/* 1 when no process of the flare has lock profiles with anything in them. */
static int
locks_unknown(const struct verdict *verdict)
{
	for (size_t i = 0; i < verdict->process_count; i++) {
		if (verdict->processes[i].locks != VERDICT_UNKNOWN)
			return 0;
	}
	return 1;
}

/* 1 when a process other than the main one could not be judged. */
static int
some_unjudged(const struct verdict *verdict)
{
	for (size_t i = 0; i < verdict->process_count; i++) {
		const struct verdict_process *process = &verdict->processes[i];

		if (process->name == VERDICT_INCONCLUSIVE &&
		    strcmp(process->figures.process->files->prefix, verdict->main_process) != 0)
			return 1;
	}
	return 0;
}

static void
advise_on_rest(struct advice_list *list, struct pool *pool, const struct evidence *evidence)
{
	const struct verdict *verdict = list->verdict;
	int node = evidence->flare->kind == FLARE_NODE;
	const struct {
		int holds;
		struct advice advice;
	} rest[] = {
	    {verdict->name == VERDICT_INCONCLUSIVE, {.kind = ADVICE_ASK_AGAIN, .asks = 1}},
	    {evidence->goroutines.count > GOROUTINES_MANY ||
		    goroutines_crowd(&evidence->goroutines) != NULL,
		{.kind = ADVICE_GOROUTINES}},
	    {verdict->name == VERDICT_NORMAL && some_unjudged(verdict),
		{.kind = ADVICE_ASK_UNJUDGED, .asks = 1}},
	    {verdict->name == VERDICT_NORMAL, {.kind = ADVICE_SLOW_LEAK, .asks = 1}},
	    /* The Cluster Agent has no switch for its lock profiles. */
	    {verdict->name == VERDICT_NORMAL && node && locks_unknown(verdict),
		{.kind = ADVICE_ASK_LOCKS, .asks = 1}},
	};

	for (size_t i = 0; i < sizeof(rest) / sizeof(rest[0]); i++) {
		if (rest[i].holds)
			add(list, pool, &rest[i].advice);
		if (i == 0)
			advise_on_checks(list, pool, &evidence->status.checks);
	}
}

void
advice_give(struct advice_list *list, struct pool *pool, const struct verdict *verdict,
    const struct evidence *evidence, struct components *components)
{
	list->verdict = verdict;
	list->command = evidence->flare->kind == FLARE_CLUSTER_AGENT
			    ? "datadog-cluster-agent flare <CASE_ID> --profile 60"
			    : "datadog-agent flare <CASE_ID> --profile 60 -M -B";
	list->owners = pool_alloc(pool, verdict->finding_count * sizeof(*list->owners));
	for (size_t i = 0; i < verdict->finding_count; i++) {
		const struct verdict_finding *finding = &verdict->findings[i];

		list->owners[i] = owner_of(finding, components);
		advise_on_finding(list, pool, finding);
	}
	advise_on_rest(list, pool, evidence);
}
