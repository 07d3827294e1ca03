#include "advice.h"

#include "pool.h"

#include <string.h>

enum {
	STEPS_OF_ONE = 3, /* finding; of several, each gets fewer */
	STEPS_OF_SEVERAL = 2,
	CHECKS_NAMED = 3,
	SLOW_CHECK_MS = 5000, /* a third of the usual 15 s between two runs */
};

static int
is_same_text(const char *a, const char *b)
{
	return a != NULL && b != NULL && strcmp(a, b) == 0;
}

/* 1 when one escalation does for two findings. What has no team, such as the row for all libraries,
 * is many people's: there the functions have to be the same. */
static int
is_same_owner(const struct advice_list *list, const struct verdict_finding *a,
    const struct verdict_finding *b)
{
	const struct owner *one = &list->owners[a - list->verdict->findings];
	const struct owner *other = &list->owners[b - list->verdict->findings];

	if (one->component != other->component)
		return 0;
	if (component_has_team(one->component))
		return 1;
	return is_same_text(one->function != NULL ? one->function : a->function,
	    other->function != NULL ? other->function : b->function);
}

/* Two components may have the same step; all else but an escalation is once enough in any case. */
static int
is_same(const struct advice_list *list, const struct advice *a, const struct advice *b)
{
	if (a->kind != b->kind || a->check != b->check || a->share != b->share ||
	    a->signs != b->signs || a->process != b->process ||
	    (a->step != b->step && !is_same_text(a->step, b->step)))
		return 0;
	return a->kind != ADVICE_ESCALATE || is_same_owner(list, a->finding, b->finding);
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

/* 1 when a step is what a sign that was told already says to do. */
static int
is_told(const struct advice_list *list, const char *step)
{
	static const char *const commands[CONTEXT_KINDS] = {
	    [CONTEXT_RETRY_QUEUE] = "`agent diagnose`",
	    [CONTEXT_DROPPED] = "`agent diagnose`",
	    [CONTEXT_SEND_ERRORS] = "`agent diagnose`",
	    [CONTEXT_CONTEXTS] = "`agent dogstatsd top`",
	};

	for (size_t i = 0; i < list->count; i++) {
		for (size_t k = 0; k < list->context->count; k++) {
			const char *command = commands[list->context->items[k].kind];

			if ((list->items[i].signs & 1u << k) != 0 && command != NULL &&
			    strstr(step, command) != NULL)
				return 1;
		}
	}
	return 0;
}

static void
advise_steps(struct advice_list *list, struct pool *pool, const struct verdict_finding *finding,
    const struct component *component)
{
	size_t steps = list->verdict->finding_count > 1 ? STEPS_OF_SEVERAL : STEPS_OF_ONE;
	struct advice advice = {.kind = ADVICE_STEP, .finding = finding};
	int first = 1;

	for (size_t i = 0; component != NULL && i < component->next_step_count && i < steps; i++) {
		advice.step = component->next_steps[i];
		if (is_told(list, advice.step))
			continue;
		advice.first_step = first;
		first = 0;
		add(list, pool, &advice);
	}
}

/* What the same answer is given to: that payloads cannot be sent has more than one sign. */
static int
is_family(enum context_kind one, enum context_kind other)
{
	static const int sending[CONTEXT_KINDS] = {
	    [CONTEXT_RETRY_QUEUE] = 1, [CONTEXT_DROPPED] = 1, [CONTEXT_SEND_ERRORS] = 1};

	return one == other || (sending[one] && sending[other]);
}

/* What is out of the ordinary in the very part of the Agent that a finding is about; without a
 * component, all that was not told yet. */
static void
advise_on_signs(struct advice_list *list, struct pool *pool, const struct component *component)
{
	const struct context *context = list->context;
	unsigned told = 0;

	for (size_t i = 0; i < list->count; i++)
		told |= list->items[i].signs;
	for (size_t i = 0; i < context->count; i++) {
		struct advice advice = {.kind = ADVICE_SIGN};

		if ((told & 1u << i) != 0 ||
		    (component != NULL && !context_matches(&context->items[i], component)))
			continue;
		for (size_t k = i; k < context->count; k++) {
			if (is_family(context->items[i].kind, context->items[k].kind))
				advice.signs |= 1u << k;
		}
		told |= advice.signs;
		add(list, pool, &advice);
	}
}

static int
waits_to_send(const struct verdict_finding *finding)
{
	return finding->rule == VERDICT_BLOCK_DELAY &&
	       figures_mostly_sends(&finding->figures->block);
}

static void
advise_on_finding(struct advice_list *list, struct pool *pool,
    const struct verdict_finding *finding)
{
	const struct component *component =
	    list->owners[finding - list->verdict->findings].component;
	struct advice advice = {.finding = finding};

	if (finding->share != NULL) {
		advice.kind = ADVICE_CHECK;
		advice.share = finding->share;
		add(list, pool, &advice);
		advice.share = NULL;
	} else if (runs_python(finding)) {
		advice.kind = ADVICE_PYTHON;
		add(list, pool, &advice);
	}
	if (finding->rule == VERDICT_CPU_TOTAL) {
		advice.kind = ADVICE_COMPARE;
		add(list, pool, &advice);
	}
	if (waits_to_send(finding)) {
		advice.kind = ADVICE_RECEIVER;
		add(list, pool, &advice);
	}
	if (component != NULL)
		advise_on_signs(list, pool, component);
	/* Which check it is need not be found any more; and who sends too much is not who is slow to
	 * receive. */
	if ((finding->share == NULL || !runs_python(finding)) && !waits_to_send(finding))
		advise_steps(list, pool, finding, component);
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

static void
advise_on_notes(struct advice_list *list, struct pool *pool, const struct notes *notes)
{
	for (size_t i = 0; i < notes->count; i++) {
		const struct note *note = &notes->items[i];

		if (note->kind == NOTE_CHECK)
			add(list, pool,
			    &(struct advice){.kind = ADVICE_CHECK,
				.process = note->process,
				.share = note->share});
		if (note->kind == NOTE_COLLECTION)
			add(list, pool,
			    &(struct advice){
				.kind = ADVICE_COLLECTION, .process = note->process});
	}
}

static void
advise_on_memory(struct advice_list *list, struct pool *pool, const struct ledgers *ledgers)
{
	for (size_t i = 0; i < ledgers->count; i++) {
		if (ledgers->items[i].is_outside)
			add(list, pool,
			    &(struct advice){
				.kind = ADVICE_OUTSIDE, .ledger = &ledgers->items[i]});
	}
}

/* What this flare has comes first, then another one, then other people. Where nothing can be said
 * for want of data, that is asked for before all else. */
static void
advise(struct advice_list *list, struct pool *pool, const struct advice_input *input)
{
	const struct verdict *verdict = list->verdict;
	const struct advice ask = {.kind = ADVICE_ASK};

	if (verdict->name == VERDICT_INCONCLUSIVE)
		add(list, pool, &ask);
	for (size_t i = 0; i < verdict->finding_count; i++)
		advise_on_finding(list, pool, &verdict->findings[i]);
	advise_on_signs(list, pool, NULL);
	advise_on_memory(list, pool, input->ledgers);
	advise_on_notes(list, pool, input->notes);
	if (input->evidence->goroutines.count > GOROUTINES_MANY ||
	    goroutines_crowd(&input->evidence->goroutines) != NULL)
		add(list, pool, &(struct advice){.kind = ADVICE_GOROUTINES});
	advise_on_checks(list, pool, &input->evidence->status.checks);
	if (list->ask.is_needed)
		add(list, pool, &ask);
	for (size_t i = 0; i < verdict->finding_count; i++) {
		if (verdict->findings[i].rule != VERDICT_CPU_TOTAL)
			add(list, pool,
			    &(struct advice){
				.kind = ADVICE_ESCALATE, .finding = &verdict->findings[i]});
	}
	if (verdict->name == VERDICT_NORMAL)
		add(list, pool, &(struct advice){.kind = ADVICE_WATCH});
}

void
advice_give(struct advice_list *list, struct pool *pool, const struct advice_input *input)
{
	const struct verdict *verdict = input->verdict;

	list->verdict = verdict;
	list->context = input->context;
	ask_plan(&list->ask, pool, verdict, input->evidence);
	list->owners = pool_alloc(pool, verdict->finding_count * sizeof(*list->owners));
	for (size_t i = 0; i < verdict->finding_count; i++)
		owner_of(&list->owners[i], &verdict->findings[i], input->components);
	advise(list, pool, input);
}
