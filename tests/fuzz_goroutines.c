/* A go-routine-dump.log. */
#include "goroutines.h"

#include "fuzz.h"

static void
tell_states(struct buf *told, const struct goroutines *goroutines)
{
	int64_t sum = 0;

	for (size_t i = 0; i < goroutines->state_count; i++) {
		const struct goroutine_state *state = &goroutines->states[i];

		must(state->count > 0);
		/* All that are too many to name come last, together. */
		must(i == 0 || state[-1].count >= state->count ||
		     (i == GOROUTINES_STATES - 1 && strcmp(state->name, "other") == 0));
		sum += state->count;
		tell_text(told, state->name);
		tell_number(told, state->count);
	}
	must(sum == goroutines->count);
}

static void
tell_longest(struct buf *told, const struct goroutines *goroutines)
{
	must(goroutines->longest_count <= GOROUTINES_LONGEST);
	must((int64_t)goroutines->longest_count <= goroutines->count);
	for (size_t i = 0; i < goroutines->longest_count; i++) {
		const struct goroutine_wait *wait = &goroutines->longest[i];

		must(wait->id >= 0 && wait->minutes >= 1);
		must(i == 0 || wait[-1].minutes > wait->minutes ||
		     (wait[-1].minutes == wait->minutes && wait[-1].id <= wait->id));
		must(wait->state != NULL && wait->function != NULL);
		tell_number(told, wait->id);
		tell_number(told, wait->minutes);
		tell_text(told, wait->state);
		tell_text(told, wait->function);
	}
}

static void
tell_groups(struct buf *told, const struct goroutines *goroutines)
{
	int64_t sum = 0;

	must(goroutines->group_count <= GOROUTINE_GROUPS);
	must((goroutines->group_count > 0) == goroutines->found);
	for (size_t i = 0; i < goroutines->group_count; i++) {
		const struct goroutine_group *group = &goroutines->groups[i];

		must(group->count > 0 && group->longest_minutes >= 0);
		must(i == 0 || group[-1].count >= group->count);
		must(group->stack_count <= GOROUTINE_STACK_FRAMES);
		must(group->agent_function == NULL || group->agent_function[0] == 'g');
		sum += group->count;
		tell_number(told, group->count);
		tell_number(told, group->longest_minutes);
		tell_number(told, group->is_idle);
		tell_text(told, group->function);
		tell_text(told, group->agent_function);
		tell_text(told, group->creator);
		tell_text(told, group->state);
		for (size_t k = 0; k < group->stack_count; k++)
			tell_text(told, group->stack[k]);
		must(strcmp(group->top, group->stack_count > 0 ? group->stack[0] : "") == 0);
	}
	must(sum <= goroutines->count);
}

static void
tell_waiting(struct buf *told, const struct goroutines *goroutines)
{
	int64_t sum = 0;

	must(goroutines->waiting_count <= GOROUTINE_WAITERS);
	for (size_t i = 0; i < goroutines->waiting_count; i++) {
		const struct goroutine_waiters *waiters = &goroutines->waiting[i];

		must(waiters->count > 0 && waiters->longest_minutes >= 0);
		must(i == 0 || waiters[-1].count >= waiters->count);
		sum += waiters->count;
		tell_number(told, waiters->count);
		tell_number(told, waiters->longest_minutes);
		tell_text(told, waiters->function);
		tell_text(told, waiters->state);
	}
	must(sum <= goroutines->count);
}

static void
read_dump(struct buf *told, struct pool *pool, struct span text)
{
	struct goroutines goroutines;
	struct gaps gaps = {0};

	goroutines_parse(&goroutines, pool, "go-routine-dump.log", text, &gaps);
	must(goroutines.found == (goroutines.count > 0));
	must(goroutines.found || gaps.count == 1);
	tell_number(told, goroutines.count);
	tell_states(told, &goroutines);
	tell_longest(told, &goroutines);
	tell_groups(told, &goroutines);
	tell_waiting(told, &goroutines);
	tell_gaps(told, &gaps);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return fuzz_twice(read_dump, data, size);
}
