#include "model_causes.h"

#include "fields.h"

#include <cjson/cJSON.h>

static const char *const parts[LEDGER_KINDS] = {
    [LEDGER_LIVE] = "live",
    [LEDGER_GARBAGE] = "garbage",
    [LEDGER_HEAP] = "heap",
    [LEDGER_IDLE] = "idle",
    [LEDGER_STACKS] = "stacks",
    [LEDGER_RUNTIME] = "runtime",
    [LEDGER_OVERHEAD] = "overhead",
    [LEDGER_PYTHON] = "python",
    [LEDGER_RTLOADER] = "rtloader",
    [LEDGER_UNEXPLAINED] = "unexplained",
    [LEDGER_UNTOUCHED] = "untouched",
};

void
model_causes_fill_share(cJSON *object, const struct labels_share *share)
{
	const struct check *check = share->check;

	fields_add_text(object, "name", share->name);
	fields_add_integer(object, "cpu_ns", share->cpu_ns, 1);
	fields_add_number(object, "percent", fields_rounded(share->percent), 1);
	fields_add_integer(object, "labelled", share->labelled, 1);
	fields_add_text(object, "busiest", share->busiest);
	fields_add_number(object, "busiest_percent", fields_rounded(share->busiest_percent), 1);
	cJSON_AddBoolToObject(object, "is_known", check != NULL);
	fields_add_integer(object, "instances", check != NULL ? check->instances : 0, check != NULL);
	fields_add_integer(object, "errors", check != NULL ? check->errors : 0, check != NULL);
	fields_add_integer(object, "warnings", check != NULL ? check->warnings : 0, check != NULL);
	fields_add_integer(object, "average_ms", check != NULL ? check->average_ms : 0,
	    check != NULL && check->timed > 0);
}

static void
add_labels(cJSON *process, const struct labels *labels, size_t rows)
{
	cJSON *cpu = cJSON_GetObjectItemCaseSensitive(process, "cpu"), *object, *array;
	int64_t rest_ns = 0;
	double rest = 0;

	if (labels->label == NULL) {
		cJSON_AddNullToObject(cpu, "labels");
		return;
	}
	object = cJSON_AddObjectToObject(cpu, "labels");
	fields_add_text(object, "label", labels->label);
	array = cJSON_AddArrayToObject(object, "shares");
	for (size_t i = 0; i < labels->count; i++) {
		if (i < rows) {
			model_causes_fill_share(fields_append(array), &labels->shares[i]);
			continue;
		}
		rest += labels->shares[i].percent;
		rest_ns += labels->shares[i].cpu_ns;
	}
	fields_add_integer(object, "others_ns", rest_ns, labels->count > rows);
	fields_add_number(object, "others_percent", fields_rounded(rest), labels->count > rows);
	fields_add_integer(object, "unlabelled_ns", labels->unlabelled_ns, 1);
	fields_add_number(object, "unlabelled_percent", fields_rounded(labels->unlabelled_percent), 1);
	fields_add_text(object, "command", labels->command);
}

static void
add_locks(cJSON *process, const struct locks *locks, struct components *components, size_t rows)
{
	cJSON *array = cJSON_AddArrayToObject(process, "locks");

	for (size_t i = 0; i < locks->count && i < rows; i++) {
		const struct locks_site *site = &locks->sites[i];
		const struct component *component = components_find(components, site->function);
		cJSON *object = fields_append(array);

		fields_add_text(object, "code", site->code);
		fields_add_text(object, "held_by", site->held_by);
		fields_add_integer(object, "held_ns", site->held_ns, site->held_by != NULL);
		fields_add_text(object, "waited_in", site->waited_in);
		fields_add_integer(object, "waited_ns", site->waited_ns, site->waited_in != NULL);
		fields_add_text(object, "waiting_in", site->waiting_in);
		fields_add_integer(object, "waiting", site->waiting, 1);
		fields_add_integer(object, "longest_minutes", site->longest_minutes, 1);
		fields_add_text(object, "component", component != NULL ? component->name : NULL);
		fields_add_text(object, "team",
		    component_has_team(component) ? component->team : NULL);
	}
}

void
model_causes_add_process(cJSON *process, const struct verdict_process *judged,
    const struct model_tables *tables)
{
	add_labels(process, &judged->labels, tables->rows);
	add_locks(process, &judged->sites, tables->components, tables->rows);
}

void
model_causes_fill_ledger(cJSON *object, const struct ledger *ledger)
{
	cJSON *array;

	fields_add_text(object, "process", ledger->process->files->name);
	fields_add_integer(
	    object, "resident_bytes", ledger->resident_bytes, ledger->resident_bytes >= 0);
	fields_add_integer(object, "whole_bytes", ledger->whole_bytes, 1);
	fields_add_integer(object, "go_bytes", ledger->go_bytes, ledger->go_bytes >= 0);
	fields_add_integer(
	    object, "outside_bytes", ledger->outside_bytes, ledger->outside_bytes >= 0);
	fields_add_number(object, "outside_percent",
	    fields_rounded(100.0 * (double)ledger->outside_bytes / (double)ledger->whole_bytes),
	    ledger->outside_bytes >= 0);
	fields_add_integer(object, "python_bytes", ledger->python_bytes, ledger->python_bytes >= 0);
	cJSON_AddBoolToObject(object, "outside", ledger->is_outside);
	cJSON_AddBoolToObject(object, "python", ledger->is_python);
	fields_add_text(object, "source", ledger->source);
	array = cJSON_AddArrayToObject(object, "parts");
	for (size_t i = 0; i < ledger->count; i++) {
		cJSON *row = fields_append(array);

		fields_add_text(row, "kind", parts[ledger->rows[i].kind]);
		fields_add_integer(row, "part_bytes", ledger->rows[i].bytes, 1);
		fields_add_number(row, "percent", fields_rounded(ledger->rows[i].percent), 1);
	}
}

void
model_causes_fill_sign(cJSON *object, const struct context_item *sign)
{
	static const char *const units[CONTEXT_KINDS] = {
	    [CONTEXT_UPGRADE] = "seconds",
	    [CONTEXT_YOUNG] = "seconds",
	    [CONTEXT_UNHEALTHY] = "count",
	    [CONTEXT_CONTEXTS] = "count",
	    [CONTEXT_RETRY_QUEUE] = "count",
	    [CONTEXT_DROPPED] = "count",
	    [CONTEXT_SEND_ERRORS] = "fraction",
	    [CONTEXT_RUNNERS_BUSY] = "fraction",
	    [CONTEXT_GC_SHARE] = "fraction",
	};
	int has_value = units[sign->kind] != NULL;

	fields_add_text(object, "kind", sign->name);
	fields_add_text(object, "source", sign->source);
	fields_add_number(object, "value", fields_rounded(sign->value), has_value);
	fields_add_number(object, "limit", fields_rounded(sign->limit), has_value);
	fields_add_text(object, "unit", units[sign->kind]);
	fields_add_integer(object, "count", sign->count, sign->count >= 0);
	fields_add_text(object, "detail", sign->detail);
}

void
model_causes_add_flare(cJSON *model, const struct ledgers *ledgers, const struct context *context)
{
	cJSON *array = cJSON_AddArrayToObject(model, "ledgers");

	for (size_t i = 0; i < ledgers->count; i++)
		model_causes_fill_ledger(fields_append(array), &ledgers->items[i]);
	array = cJSON_AddArrayToObject(model, "context");
	for (size_t i = 0; i < context->count; i++)
		model_causes_fill_sign(fields_append(array), &context->items[i]);
}

void
model_causes_own_groups(cJSON *model, struct components *components)
{
	const cJSON *goroutines = cJSON_GetObjectItemCaseSensitive(model, "goroutines");
	cJSON *group;

	cJSON_ArrayForEach(group, cJSON_GetObjectItemCaseSensitive(goroutines, "groups"))
	{
		const char *function = cJSON_GetStringValue(
		    cJSON_GetObjectItemCaseSensitive(group, "agent_function"));
		const struct component *component =
		    function != NULL ? components_find(components, function) : NULL;

		cJSON_DeleteItemFromObjectCaseSensitive(group, "component");
		cJSON_DeleteItemFromObjectCaseSensitive(group, "team");
		fields_add_text(group, "component", component != NULL ? component->name : NULL);
		fields_add_text(
		    group, "team", component_has_team(component) ? component->team : NULL);
	}
}
