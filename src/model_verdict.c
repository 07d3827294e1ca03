#include "model_verdict.h"

#include "fields.h"
#include "model_causes.h"
#include "model_process.h"

#include <cjson/cJSON.h>

static const char *const types[] = {
    [VERDICT_MEMORY_LEAK] = "memory_leak",
    [VERDICT_CPU_SPIKE] = "cpu_spike",
    [VERDICT_CONTENTION] = "contention",
};
static const char *const rules[VERDICT_RULES] = {
    [VERDICT_HEAP_GROWTH] = "heap_growth", [VERDICT_CPU_FUNCTION] = "cpu_function",
    [VERDICT_CPU_TOTAL] = "cpu_total",	   [VERDICT_BLOCK_DELAY] = "block_delay",
    [VERDICT_MUTEX_DELAY] = "mutex_delay",
};
static const char *const confidences[] = {"low", "medium", "high"};
static const char *const note_kinds[NOTE_KINDS] = {
    [NOTE_INTERVAL] = "interval",
    [NOTE_UNCHANGED] = "unchanged",
    [NOTE_BOUNDED] = "bounded",
    [NOTE_CHURN] = "churn",
    [NOTE_RUNTIME] = "runtime",
    [NOTE_CLOSE] = "close",
    [NOTE_RECENT] = "recent",
    [NOTE_NEAR] = "near",
    [NOTE_MOVED] = "moved",
    [NOTE_IDLE_CPU] = "idle_cpu",
    [NOTE_CHECK] = "check",
    [NOTE_COLLECTION] = "collection",
    [NOTE_SINCE_START] = "since_start",
    [NOTE_MUTEX_ALONE] = "mutex_alone",
    [NOTE_UNCLASSIFIED] = "unclassified",
};
static const char *const actions[] = {
    [ADVICE_ESCALATE] = "escalate",
    [ADVICE_STEP] = "step",
    [ADVICE_SIGN] = "sign",
    [ADVICE_RECEIVER] = "receiver",
    [ADVICE_COMPARE] = "compare",
    [ADVICE_CHECK] = "check",
    [ADVICE_PYTHON] = "python",
    [ADVICE_COLLECTION] = "collection",
    [ADVICE_OUTSIDE] = "outside",
    [ADVICE_FAILING_CHECK] = "failing_check",
    [ADVICE_SLOW_CHECK] = "slow_check",
    [ADVICE_GOROUTINES] = "goroutines",
    [ADVICE_ASK] = "ask",
    [ADVICE_WATCH] = "watch",
};
static const char *const wants[ASK_WANTS] = {
    [ASK_MISSING] = "missing",
    [ASK_STALE] = "stale",
    [ASK_CONFIRM_LEAK] = "confirm_leak",
    [ASK_CONFIRM] = "confirm",
    [ASK_LOCKS] = "locks",
    [ASK_UNJUDGED] = "unjudged",
};

static void
add_component(cJSON *object, const struct owner *owner)
{
	const struct component *component = owner->component;

	fields_add_text(object, "agent_function", owner->function);
	fields_add_text(object, "library", owner->library != NULL ? owner->library->name : NULL);
	fields_add_text(object, "component", component != NULL ? component->name : NULL);
	fields_add_text(object, "team",
	    component != NULL && component_has_team(component) ? component->team : NULL);
	fields_add_text(object, "about", component != NULL ? component->about : NULL);
}

static const char *
process_name(const struct figures *figures)
{
	return figures->process->files->name;
}

/* The check, or module, that is to blame. */
static void
add_share(cJSON *object, int is_module, const struct labels_share *share)
{
	cJSON *item = cJSON_AddObjectToObject(object, "share");

	model_causes_fill_share(item, share);
	cJSON_AddBoolToObject(item, "is_module", is_module);
}

static void
fill_finding(cJSON *object, const struct verdict_finding *finding,
    const struct owner *owner)
{
	fields_add_text(object, "type", types[finding->type]);
	fields_add_text(object, "rule", rules[finding->rule]);
	fields_add_text(object, "process", process_name(finding->figures));
	fields_add_text(object, "function", finding->function);
	fields_add_number(object, "measured", finding->measured, 1);
	fields_add_number(object, "threshold", finding->threshold, 1);
	fields_add_text(object, "unit", finding->unit);
	fields_add_text(object, "confidence", confidences[finding->confidence]);
	fields_add_text(object, "mostly",
	    finding->rule != VERDICT_BLOCK_DELAY		    ? NULL
	    : figures_mostly_sends(&finding->figures->block) ? "sends"
								     : "locks");
	if (finding->share != NULL)
		add_share(object, finding->is_module, finding->share);
	else
		cJSON_AddNullToObject(object, "share");
	add_component(object, owner);
}

/* The processes that have findings, in the order of the report. */
static void
add_processes_with_findings(cJSON *object, const struct verdict *verdict)
{
	cJSON *array = cJSON_AddArrayToObject(object, "processes");

	for (size_t i = 0; i < verdict->process_count; i++) {
		for (size_t k = 0; k < verdict->finding_count; k++) {
			if (verdict->findings[k].figures != &verdict->processes[i].figures)
				continue;
			cJSON_AddItemToArray(array, cJSON_CreateString(process_name(
							&verdict->processes[i].figures)));
			break;
		}
	}
}

void
model_verdict_add(cJSON *model, const struct verdict *verdict, const struct notes *notes,
    const struct advice_list *advice)
{
	cJSON *object = cJSON_AddObjectToObject(model, "verdict"), *array;

	fields_add_text(object, "name", verdict_text(verdict->name));
	add_processes_with_findings(object, verdict);
	array = cJSON_AddArrayToObject(object, "findings");
	for (size_t i = 0; i < verdict->finding_count; i++)
		fill_finding(fields_append(array), &verdict->findings[i], &advice->owners[i]);
	array = cJSON_AddArrayToObject(object, "notes");
	for (size_t i = 0; i < notes->count; i++) {
		const struct note *note = &notes->items[i];
		cJSON *item = fields_append(array);

		fields_add_text(item, "kind", note_kinds[note->kind]);
		fields_add_text(item, "process", process_name(&note->process->figures));
		fields_add_text(item, "function", note->function);
		if (note->share != NULL)
			add_share(item, !labels_are_checks(&note->process->labels), note->share);
	}
}

void
model_verdict_fill_check(cJSON *object, const struct check *check)
{
	fields_add_text(object, "name", check->name);
	fields_add_text(object, "version", check->version);
	fields_add_integer(object, "instances", check->instances, 1);
	fields_add_integer(object, "errors", check->errors, 1);
	fields_add_integer(object, "warnings", check->warnings, 1);
	cJSON_AddBoolToObject(object, "long_running", check->long_running > 0);
	fields_add_integer(object, "average_ms", check->average_ms, check->timed > 0);
	fields_add_integer(object, "slowest_ms", check->slowest_ms, check->timed > 0);
	fields_add_integer(object, "total_runs", check->total_runs, check->timed > 0);
	fields_add_text(object, "message", check->message);
}

/* What another flare is wanted for. */
static void
add_wants(cJSON *object, const struct ask *ask)
{
	cJSON *array = cJSON_AddArrayToObject(object, "wants");

	for (int want = 0; want < ASK_WANTS; want++) {
		if (ask->wants[want])
			cJSON_AddItemToArray(array, cJSON_CreateString(wants[want]));
	}
}

static void
add_signs(cJSON *object, unsigned signs, const struct context *context)
{
	cJSON *array = cJSON_AddArrayToObject(object, "signs");

	for (size_t i = 0; i < context->count; i++) {
		if ((signs & 1u << i) != 0)
			model_causes_fill_sign(fields_append(array), &context->items[i]);
	}
}

/* What the sentences of a recommendation are made of. */
static void
add_subject(cJSON *object, const struct advice *item, const struct advice_list *advice)
{
	const struct verdict *verdict = advice->verdict;
	const struct verdict_process *process = item->process;

	if (item->finding != NULL)
		fill_finding(cJSON_AddObjectToObject(object, "finding"), item->finding,
		    &advice->owners[item->finding - verdict->findings]);
	else if (process != NULL)
		fields_add_text(object, "process", process_name(&process->figures));
	if (item->check != NULL)
		model_verdict_fill_check(cJSON_AddObjectToObject(object, "check"), item->check);
	if (item->share != NULL)
		add_share(object,
		    item->finding != NULL ? item->finding->is_module
					  : !labels_are_checks(&process->labels),
		    item->share);
	if (item->kind == ADVICE_SIGN)
		add_signs(object, item->signs, advice->context);
	if (item->ledger != NULL)
		model_causes_fill_ledger(cJSON_AddObjectToObject(object, "ledger"), item->ledger);
	if (item->kind == ADVICE_ASK)
		add_wants(object, &advice->ask);
	if (item->kind == ADVICE_WATCH)
		cJSON_AddBoolToObject(object, "can_watch", advice->ask.can_watch);
}

void
model_verdict_add_recommendations(cJSON *model, const struct advice_list *advice)
{
	const char *command = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(
	    cJSON_GetObjectItemCaseSensitive(model, "case"), "flare_command"));
	cJSON *array = cJSON_AddArrayToObject(model, "recommendations");

	for (size_t i = 0; i < advice->count; i++) {
		const struct advice *item = &advice->items[i];
		cJSON *object = fields_append(array);

		fields_add_integer(object, "priority", (int64_t)i + 1, 1);
		fields_add_text(object, "kind", actions[item->kind]);
		fields_add_text(object, "step", item->step);
		cJSON_AddBoolToObject(object, "first_step", item->first_step);
		fields_add_text(object, "command", item->kind == ADVICE_ASK ? command : NULL);
		add_subject(object, item, advice);
	}
}
