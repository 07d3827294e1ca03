#include "view.h"

#include "buf.h"
#include "customer.h"
#include "decorate.h"
#include "fields.h"
#include "roster.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <string.h>

enum { PYTHON_CHECKS = 5, GROUPS = 5 };

/* The share of its threshold that a column of the verdict table used. */
static void
put_judged_bars(cJSON *process)
{
	const cJSON *judged = fields_get(process, "judged"), *heap = fields_get(process, "heap");

	decorate_bar(fields_get(judged, "heap"), "",
	    fields_number(heap, "growth_per_30s_bytes") / fields_number(judged, "heap_threshold_bytes"));
	decorate_bar(fields_get(judged, "cpu"), "",
	    cJSON_IsTrue(fields_get(fields_get(judged, "cpu"), "idle")) ? 0
	    : cJSON_IsTrue(fields_get(fields_get(judged, "cpu"), "whole_core"))
		? 1
		: fields_number(judged, "top_function_percent") /
		      fields_number(judged, "cpu_threshold_percent"));
	decorate_bar(fields_get(judged, "locks"), "",
	    fields_number(judged, "lock_delay_ns") / fields_number(judged, "lock_threshold_ns"));
}

/* The main process, the trace-agent and the rest have sections of their own. */
static void
sort_processes(cJSON *view)
{
	cJSON *processes = fields_get(view, "processes"), *process;
	const char *main_process = cJSON_GetStringValue(fields_get(fields_get(view, "flare"), "main_process"));
	cJSON *others = cJSON_AddArrayToObject(view, "others");

	cJSON_ArrayForEach(process, processes)
	{
		const char *name = cJSON_GetStringValue(fields_get(process, "name"));

		put_judged_bars(process);
		if (main_process != NULL && strcmp(name, main_process) == 0)
			cJSON_AddItemReferenceToObject(view, "main", process);
		else if (strcmp(name, "trace") == 0)
			cJSON_AddItemReferenceToObject(view, "trace", process);
		else
			cJSON_AddItemReferenceToArray(others, process);
	}
	cJSON_AddBoolToObject(view, "any_others", cJSON_GetArraySize(others) > 0);
}

/* {"select": 3} -> [{name: select, count: 3, bar}], in the same order. */
static void
list_states(cJSON *goroutines)
{
	const cJSON *state, *states = fields_get(goroutines, "states");
	cJSON *list;

	if (!cJSON_IsObject(goroutines))
		return;
	list = cJSON_CreateArray();
	for (state = states->child; state != NULL; state = state->next) {
		cJSON *row = cJSON_CreateObject();

		if (!cJSON_IsNumber(state)) {
			cJSON_Delete(row);
			continue;
		}
		cJSON_AddStringToObject(row, "name", state->string);
		cJSON_AddNumberToObject(row, "count", state->valuedouble);
		cJSON_AddItemToArray(list, row);
	}
	cJSON_AddItemToObject(goroutines, "state_rows", list);
	decorate_array(goroutines, "state_rows", list);
}

/* The largest groups, of which a goroutine alone is none, and the first that is a crowd. */
static void
list_groups(cJSON *goroutines)
{
	cJSON *group, *list;

	if (!cJSON_IsObject(goroutines))
		return;
	list = cJSON_AddArrayToObject(goroutines, "group_rows");
	cJSON_ArrayForEach(group, fields_get(goroutines, "groups"))
	{
		if (cJSON_IsTrue(fields_get(group, "crowd")) && fields_get(goroutines, "largest_crowd") == NULL)
			cJSON_AddItemReferenceToObject(goroutines, "largest_crowd", group);
		if (fields_number(group, "count") > 1 && cJSON_GetArraySize(list) < GROUPS)
			cJSON_AddItemReferenceToArray(list, group);
	}
	cJSON_AddBoolToObject(goroutines, "any_group_rows", cJSON_GetArraySize(list) > 0);
}

/* Amounts of memory are shown as shares of Sys, all that Go has from the system. */
static void
put_memory_bars(cJSON *memstats)
{
	static const char *const keys[] = {"alloc", "heap_alloc", "heap_sys", "heap_inuse",
	    "heap_idle", "heap_released", "next_gc", "sys"};
	double sys = fields_number(memstats, "sys_bytes");

	for (size_t i = 0; sys > 0 && i < sizeof(keys) / sizeof(keys[0]); i++) {
		char key[32], stem[32];

		snprintf(key, sizeof(key), "%s_bytes", keys[i]);
		snprintf(stem, sizeof(stem), "%s_", keys[i]);
		decorate_bar(memstats, stem, fields_number(memstats, key) / sys);
	}
}

/* A leak needs a later flare, anything else one while it happens; the trace-agent's is short in any
 * case. */
static void
put_finding_switches(cJSON *verdict)
{
	const cJSON *finding;
	int leaks = 0, traces = 0, others = 0;

	cJSON_ArrayForEach(finding, fields_get(verdict, "findings"))
	{
		leaks |= strcmp(fields_text(finding, "type"), "memory_leak") == 0;
		others |= strcmp(fields_text(finding, "type"), "memory_leak") != 0;
		traces |= strcmp(fields_text(finding, "process"), "trace") == 0;
	}
	cJSON_AddBoolToObject(verdict, "any_leak", leaks);
	cJSON_AddBoolToObject(verdict, "any_trace", traces);
	cJSON_AddBoolToObject(verdict, "any_other", others);
}

/* "core, trace". */
static void
put_process_names(cJSON *verdict)
{
	struct buf names = {0};
	const cJSON *process;

	cJSON_ArrayForEach(process, fields_get(verdict, "processes"))
	{
		buf_puts(&names, names.len > 0 ? ", " : "");
		buf_puts(&names, process->valuestring);
	}
	cJSON_AddStringToObject(verdict, "process_names", buf_text(&names));
	buf_release(&names);
}

/* The checks that are written in Python have a version: the slowest ones, with their times. */
static void
put_python_checks(cJSON *view)
{
	struct buf names = {0};
	cJSON *check, *slowest;
	cJSON *checks = cJSON_CreateArray();

	cJSON_ArrayForEach(check, fields_get(view, "checks"))
	{
		if (cJSON_IsString(fields_get(check, "version")))
			cJSON_AddItemReferenceToArray(checks, check);
	}
	for (int named = 0; named < PYTHON_CHECKS && checks->child != NULL; named++) {
		slowest = checks->child;
		cJSON_ArrayForEach(check, checks)
		{
			if (fields_number(check, "slowest_ms") > fields_number(slowest, "slowest_ms"))
				slowest = check;
		}
		buf_puts(&names, names.len > 0 ? ", " : "");
		buf_puts(&names, fields_text(slowest, "name"));
		if (cJSON_IsString(fields_get(slowest, "slowest_human"))) {
			buf_puts(&names, " ");
			buf_puts(&names, fields_text(slowest, "slowest_human"));
		}
		cJSON_Delete(cJSON_DetachItemViaPointer(checks, slowest));
	}
	cJSON_AddStringToObject(view, "python_checks", buf_text(&names));
	cJSON_Delete(checks);
	buf_release(&names);
}

static void
put_counts(cJSON *view)
{
	const cJSON *check, *checks = fields_get(view, "checks");
	int bad = 0;

	cJSON_ArrayForEach(check, checks)
	{
		bad += fields_number(check, "errors") + fields_number(check, "warnings") > 0;
	}
	cJSON_AddBoolToObject(view, "any_bad_checks", bad > 0);
	cJSON_AddNumberToObject(view, "check_count", cJSON_GetArraySize(checks));
	cJSON_AddNumberToObject(view, "gap_count", cJSON_GetArraySize(fields_get(view, "gaps")));
}

/* Of what a flare is asked for, wants: ["locks"], wants_locks is set; it is optional when all that
 * is wanted is to know more. */
static void
put_wants(cJSON *view)
{
	cJSON *item;
	const cJSON *want;

	cJSON_ArrayForEach(item, fields_get(view, "recommendations"))
	{
		int needed = 0;

		cJSON_ArrayForEach(want, fields_get(item, "wants"))
		{
			char key[64];

			snprintf(key, sizeof(key), "wants_%s", want->valuestring);
			cJSON_AddTrueToObject(item, key);
			needed |= strcmp(want->valuestring, "locks") != 0 &&
				  strcmp(want->valuestring, "unjudged") != 0;
		}
		cJSON_AddBoolToObject(item, "optional", !needed);
	}
}

/* Whose the functions in the tables are. */
static void
put_owners(cJSON *view, const cJSON *model)
{
	cJSON *owners = roster_of(fields_get(model, "processes"));

	cJSON_AddItemToObject(view, "owners", owners);
	decorate_array(view, "owners", owners);
}

cJSON *
view_build(const cJSON *model)
{
	cJSON *view = cJSON_Duplicate(model, 1);
	cJSON *verdict = fields_get(view, "verdict");

	decorate(view);
	decorate_switch(verdict, "name", cJSON_GetStringValue(fields_get(verdict, "name")));
	put_process_names(verdict);
	put_finding_switches(verdict);
	sort_processes(view);
	list_states(fields_get(view, "goroutines"));
	list_groups(fields_get(view, "goroutines"));
	if (cJSON_IsObject(fields_get(view, "memstats")))
		put_memory_bars(fields_get(view, "memstats"));
	put_owners(view, model);
	put_counts(view);
	put_wants(view);
	put_python_checks(view);
	customer_put(view);
	return view;
}
