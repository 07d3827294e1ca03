#include "model_goroutines.h"

#include "fields.h"
#include "model_process.h"

#include <cjson/cJSON.h>
#include <math.h>

static void
add_states(cJSON *object, const struct goroutines *goroutines)
{
	cJSON *states = cJSON_AddObjectToObject(object, "states");

	for (size_t i = 0; i < goroutines->state_count; i++) {
		const struct goroutine_state *state = &goroutines->states[i];
		cJSON *same = cJSON_GetObjectItemCaseSensitive(states, state->name);

		/* Two that were cleaned may be the same now. */
		if (same != NULL)
			cJSON_SetNumberValue(same, same->valuedouble + (double)state->count);
		else
			fields_add_integer(states, state->name, state->count, 1);
	}
}

static void
add_long_waits(cJSON *object, const struct goroutines *goroutines)
{
	cJSON *waits = cJSON_AddArrayToObject(object, "long_waits");

	for (size_t i = 0; i < goroutines->longest_count; i++) {
		cJSON *wait = fields_append(waits);

		fields_add_integer(wait, "goroutine", goroutines->longest[i].id, 1);
		fields_add_integer(wait, "minutes", goroutines->longest[i].minutes, 1);
		fields_add_text(wait, "state", goroutines->longest[i].state);
		fields_add_text(wait, "function", goroutines->longest[i].function);
	}
}

static void
fill_group(cJSON *object, const struct goroutines *goroutines, const struct goroutine_group *group)
{
	double share = (double)group->count / (double)goroutines->count;
	cJSON *stack;

	fields_add_text(object, "function", group->function);
	fields_add_text(object, "agent_function", group->agent_function);
	fields_add_text(object, "component", NULL);
	fields_add_text(object, "team", NULL);
	fields_add_text(object, "creator", group->creator);
	fields_add_text(object, "state", group->state);
	fields_add_integer(object, "count", group->count, 1);
	/* To a thousandth, so that the figure is as short as it is sure. */
	fields_add_number(object, "share_percent", round(share * 100000) / 1000, 1);
	fields_add_integer(object, "longest_minutes", group->longest_minutes, 1);
	cJSON_AddBoolToObject(object, "idle", group->is_idle);
	cJSON_AddBoolToObject(object, "crowd", goroutines_is_crowd(goroutines, group));
	stack = cJSON_AddArrayToObject(object, "stack");
	for (size_t i = 0; i < group->stack_count; i++)
		cJSON_AddItemToArray(stack, cJSON_CreateString(group->stack[i]));
}

static void
add_waiting(cJSON *object, const struct goroutines *goroutines)
{
	cJSON *array = cJSON_AddArrayToObject(object, "waiting");

	for (size_t i = 0; i < goroutines->waiting_count; i++) {
		const struct goroutine_waiters *waiters = &goroutines->waiting[i];
		cJSON *item = fields_append(array);

		fields_add_text(item, "function", waiters->function);
		fields_add_text(item, "state", waiters->state);
		fields_add_integer(item, "count", waiters->count, 1);
		fields_add_integer(item, "longest_minutes", waiters->longest_minutes, 1);
	}
}

void
model_goroutines_add(cJSON *model, const struct goroutines *goroutines)
{
	cJSON *object, *groups;

	if (!goroutines->found) {
		cJSON_AddNullToObject(model, "goroutines");
		return;
	}
	object = cJSON_AddObjectToObject(model, "goroutines");
	fields_add_integer(object, "count", goroutines->count, 1);
	cJSON_AddBoolToObject(object, "many", goroutines->count > GOROUTINES_MANY);
	fields_add_integer(object, "usual_count", GOROUTINES_MANY, 1);
	add_states(object, goroutines);
	add_long_waits(object, goroutines);
	groups = cJSON_AddArrayToObject(object, "groups");
	for (size_t i = 0; i < goroutines->group_count; i++)
		fill_group(fields_append(groups), goroutines, &goroutines->groups[i]);
	add_waiting(object, goroutines);
}
