#include "model.h"

#include "buf.h"
#include "fields.h"
#include "model_causes.h"
#include "model_flames.h"
#include "model_goroutines.h"
#include "model_verdict.h"
#include "toolchain.h"

#include <cjson/cJSON.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { SCHEMA_VERSION = 1 };

/* 2026-02-14T04:00:12Z; null where it is unknown. */
static void
add_time(cJSON *object, const char *key, int64_t seconds, int known)
{
	char text[48] = "";
	time_t when = (time_t)seconds;
	struct tm tm;

	if (known && gmtime_r(&when, &tm) != NULL)
		strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm);
	fields_add_text(object, key, text[0] != '\0' ? text : NULL);
}

static void
add_flare(cJSON *model, const struct evidence *evidence)
{
	const struct flare *flare = evidence->flare;
	cJSON *object = cJSON_AddObjectToObject(model, "flare");

	fields_add_text(object, "path", flare->path);
	fields_add_text(object, "file", flare->file);
	fields_add_text(object, "hostname", evidence_hostname(evidence));
	fields_add_text(
	    object, "kind", flare->kind == FLARE_CLUSTER_AGENT ? "cluster_agent" : "node");
	cJSON_AddBoolToObject(object, "local", flare->local);
	fields_add_text(object, "main_process", flare->main_process);
}

/* Before which Go 1.x this is; 0 where it is unknown. */
static int
go_is_before(const char *version, int minor)
{
	int found;

	return version != NULL && sscanf(version, "go1.%4d", &found) == 1 && found < minor;
}

static void
add_agent(cJSON *model, const struct evidence *evidence)
{
	const struct status *status = &evidence->status;
	int dated = status->found && status->status_date_ms > 0;
	int started = status->found && status->agent_start_ms > 0;
	cJSON *object = cJSON_AddObjectToObject(model, "agent"), *method;

	fields_add_text(object, "version", status->version);
	fields_add_text(object, "flavor", status->flavor);
	fields_add_text(object, "hostname", status->hostname);
	fields_add_integer(object, "pid", status->pid, status->found && status->pid >= 0);
	fields_add_text(object, "go_version", status->go_version);
	fields_add_text(object, "python_version", status->python_version);
	cJSON_AddBoolToObject(object, "block_is_biased", go_is_before(status->go_version, 17));
	cJSON_AddBoolToObject(object, "mutex_is_unscaled", go_is_before(status->go_version, 22));
	add_time(object, "status_date", status->status_date_ms / 1000, dated);
	add_time(object, "agent_start", status->agent_start_ms / 1000, started);
	fields_add_integer(object, "uptime_seconds",
	    (status->status_date_ms - status->agent_start_ms) / 1000,
	    dated && started && status->status_date_ms >= status->agent_start_ms);
	method = cJSON_AddObjectToObject(object, "install_method");
	fields_add_text(method, "tool", evidence->install.tool);
	fields_add_text(method, "tool_version", evidence->install.tool_version);
	fields_add_text(method, "installer_version", evidence->install.installer_version);
}

#define FIELD(key, member) {key, offsetof(struct memstats, member)}
static const struct {
	const char *key;
	size_t offset;
} memstats_fields[] = {
    FIELD("alloc_bytes", alloc_bytes),
    FIELD("total_alloc_bytes", total_alloc_bytes),
    FIELD("sys_bytes", sys_bytes),
    FIELD("heap_alloc_bytes", heap_alloc_bytes),
    FIELD("heap_sys_bytes", heap_sys_bytes),
    FIELD("heap_inuse_bytes", heap_inuse_bytes),
    FIELD("heap_idle_bytes", heap_idle_bytes),
    FIELD("heap_released_bytes", heap_released_bytes),
    FIELD("heap_objects", heap_objects),
    FIELD("num_gc", num_gc),
    FIELD("pause_total_ns", pause_total_ns),
    FIELD("next_gc_bytes", next_gc_bytes),
};

static void
add_memstats(cJSON *model, const struct memstats *memstats)
{
	cJSON *object;
	int paused = memstats->pause_total_ns >= 0 && memstats->num_gc > 0;

	if (!memstats->found) {
		cJSON_AddNullToObject(model, "memstats");
		return;
	}
	object = cJSON_AddObjectToObject(model, "memstats");
	for (size_t i = 0; i < sizeof(memstats_fields) / sizeof(memstats_fields[0]); i++) {
		int64_t value;

		memcpy(&value, (const char *)memstats + memstats_fields[i].offset, sizeof(value));
		fields_add_integer(object, memstats_fields[i].key, value, value >= 0);
	}
	fields_add_integer(object, "pause_mean_ns",
	    paused ? memstats->pause_total_ns / memstats->num_gc : 0, paused);
	add_time(object, "last_gc", memstats->last_gc_ns / 1000000000, memstats->last_gc_ns > 0);
	fields_add_number(object, "gc_cpu_fraction", memstats->gc_cpu_fraction,
	    memstats->gc_cpu_fraction >= 0);
}

static void
add_traces(cJSON *model, const struct flare *flare)
{
	cJSON *array = cJSON_AddArrayToObject(model, "traces");

	for (size_t i = 0; i < flare->trace_count; i++) {
		cJSON *object = fields_append(array);

		fields_add_text(object, "file", flare->traces[i].file);
		fields_add_integer(object, "size_bytes", flare->traces[i].size_bytes, 1);
	}
}

static void
add_checks(cJSON *model, const struct status *status)
{
	cJSON *array = cJSON_AddArrayToObject(model, "checks");

	for (size_t i = 0; i < status->checks.count; i++) {
		cJSON *object = fields_append(array);

		model_verdict_fill_check(object, &status->checks.items[i]);
	}
}

static void
add_gaps(cJSON *model, const struct gaps *gaps)
{
	cJSON *array = cJSON_AddArrayToObject(model, "gaps");

	for (size_t i = 0; i < gaps->count; i++) {
		cJSON *object = fields_append(array);

		fields_add_text(object, "what", gaps->items[i].what);
		fields_add_text(object, "why", gaps->items[i].why);
	}
}

static void
add_commands(cJSON *model, const struct evidence *evidence)
{
	cJSON *array = cJSON_AddArrayToObject(model, "commands");

	for (size_t i = 0; i < evidence->process_count; i++) {
		for (int report = 0; report < PPROF_REPORTS; report++) {
			const struct top *top = &evidence->processes[i].tops[report];

			if (top->found && top->command != NULL)
				cJSON_AddItemToArray(array, cJSON_CreateString(top->command));
		}
	}
}

/* What was typed on the command line, as one line of text. */
static const char *
clean(struct pool *pool, const char *text)
{
	return text != NULL ? text_clean(pool, (struct span){text, strlen(text)}) : NULL;
}

/* Whose case it is; the command that asks for another flare has the ticket's number in it. */
static void
add_case(cJSON *model, const struct model_input *input)
{
	static const char placeholder[] = "<CASE_ID>";
	const char *command = input->advice->ask.command, *hole = strstr(command, placeholder);
	cJSON *object = cJSON_AddObjectToObject(model, "case");
	struct buf text = {0};

	fields_add_text(object, "customer", clean(input->pool, input->customer));
	fields_add_text(object, "ticket", clean(input->pool, input->ticket));
	if (input->ticket != NULL && hole != NULL) {
		buf_add(&text, command, (size_t)(hole - command));
		buf_puts(&text, clean(input->pool, input->ticket));
		command = hole + strlen(placeholder);
	}
	buf_puts(&text, command);
	fields_add_text(object, "flare_command", buf_text(&text));
	buf_release(&text);
}

cJSON *
model_build(const struct model_input *input)
{
	const struct evidence *evidence = input->evidence;
	cJSON *model = cJSON_CreateObject(), *object;

	fields_add_integer(model, "schema_version", SCHEMA_VERSION, 1);
	object = cJSON_AddObjectToObject(model, "generator");
	fields_add_text(object, "name", "flareprof");
	fields_add_text(object, "version", VERSION);
	fields_add_text(object, "go_version", evidence->toolchain->version);
	add_time(object, "date", input->now, 1);
	add_case(model, input);
	add_flare(model, evidence);
	object = cJSON_AddObjectToObject(model, "thresholds");
	fields_add_integer(object, "leak_bytes", input->verdict->thresholds.leak_bytes, 1);
	fields_add_number(object, "cpu_percent", input->verdict->thresholds.cpu_percent, 1);
	fields_add_integer(object, "contention_ns", input->verdict->thresholds.contention_ns, 1);
	fields_add_number(object, "idle_core_use", VERDICT_IDLE_CORE_USE, 1);
	fields_add_number(object, "whole_core_use", VERDICT_WHOLE_CORE, 1);
	model_verdict_add(model, input->verdict, input->notes, input->advice);
	add_agent(model, evidence);
	add_memstats(model, &evidence->memstats);
	object = cJSON_AddArrayToObject(model, "processes");
	for (size_t i = 0; i < input->verdict->process_count; i++) {
		const struct verdict_process *process = &input->verdict->processes[i];

		model_process_add(object, input->verdict, process, &input->tables);
		model_causes_add_process(
		    cJSON_GetArrayItem(object, (int)i), process, &input->tables);
		model_flames_add_process(
		    cJSON_GetArrayItem(object, (int)i), process->figures.process);
	}
	add_traces(model, evidence->flare);
	model_goroutines_add(model, &evidence->goroutines);
	model_causes_own_groups(model, input->tables.components);
	cJSON_AddBoolToObject(
	    model, "gc_off", evidence->memstats.found && evidence->memstats.gc_off);
	model_causes_add_flare(model, input->ledgers, input->context);
	add_checks(model, &evidence->status);
	model_verdict_add_recommendations(model, input->advice);
	add_gaps(model, &evidence->gaps);
	add_commands(model, evidence);
	return model;
}
