#include "view.h"

#include "buf.h"
#include "decorate.h"
#include "discreet.h"
#include "roster.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <string.h>

enum { PYTHON_CHECKS = 5, GROUPS = 5 };

static cJSON *
get(const cJSON *object, const char *key)
{
	return cJSON_GetObjectItemCaseSensitive(object, key);
}

/* "" where there is no text. */
static const char *
text_of(const cJSON *object, const char *key)
{
	const char *text = cJSON_GetStringValue(get(object, key));

	return text != NULL ? text : "";
}

static double
number_of(const cJSON *object, const char *key)
{
	const cJSON *value = get(object, key);

	return cJSON_IsNumber(value) ? value->valuedouble : 0;
}

/* The share of its threshold that a column of the verdict table used. */
static void
put_judged_bars(cJSON *process)
{
	const cJSON *judged = get(process, "judged"), *heap = get(process, "heap");

	decorate_bar(get(judged, "heap"), "",
	    number_of(heap, "growth_per_30s_bytes") / number_of(judged, "heap_threshold_bytes"));
	decorate_bar(get(judged, "cpu"), "",
	    cJSON_IsTrue(get(get(judged, "cpu"), "idle")) ? 0
	    : cJSON_IsTrue(get(get(judged, "cpu"), "whole_core"))
		? 1
		: number_of(judged, "top_function_percent") /
		      number_of(judged, "cpu_threshold_percent"));
	decorate_bar(get(judged, "locks"), "",
	    number_of(judged, "lock_delay_ns") / number_of(judged, "lock_threshold_ns"));
}

/* The main process, the trace-agent and the rest have sections of their own. */
static void
sort_processes(cJSON *view)
{
	cJSON *processes = get(view, "processes"), *process;
	const char *main_process = cJSON_GetStringValue(get(get(view, "flare"), "main_process"));
	cJSON *others = cJSON_AddArrayToObject(view, "others");

	cJSON_ArrayForEach(process, processes)
	{
		const char *name = cJSON_GetStringValue(get(process, "name"));

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
	const cJSON *state, *states = get(goroutines, "states");
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
	cJSON_ArrayForEach(group, get(goroutines, "groups"))
	{
		if (cJSON_IsTrue(get(group, "crowd")) && get(goroutines, "largest_crowd") == NULL)
			cJSON_AddItemReferenceToObject(goroutines, "largest_crowd", group);
		if (number_of(group, "count") > 1 && cJSON_GetArraySize(list) < GROUPS)
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
	double sys = number_of(memstats, "sys_bytes");

	for (size_t i = 0; sys > 0 && i < sizeof(keys) / sizeof(keys[0]); i++) {
		char key[32], stem[32];

		snprintf(key, sizeof(key), "%s_bytes", keys[i]);
		snprintf(stem, sizeof(stem), "%s_", keys[i]);
		decorate_bar(memstats, stem, number_of(memstats, key) / sys);
	}
}

/* A leak needs a later flare, anything else one while it happens; the trace-agent's is short in any
 * case. */
static void
put_finding_switches(cJSON *verdict)
{
	const cJSON *finding;
	int leaks = 0, traces = 0, others = 0;

	cJSON_ArrayForEach(finding, get(verdict, "findings"))
	{
		leaks |= strcmp(text_of(finding, "type"), "memory_leak") == 0;
		others |= strcmp(text_of(finding, "type"), "memory_leak") != 0;
		traces |= strcmp(text_of(finding, "process"), "trace") == 0;
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

	cJSON_ArrayForEach(process, get(verdict, "processes"))
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

	cJSON_ArrayForEach(check, get(view, "checks"))
	{
		if (cJSON_IsString(get(check, "version")))
			cJSON_AddItemReferenceToArray(checks, check);
	}
	for (int named = 0; named < PYTHON_CHECKS && checks->child != NULL; named++) {
		slowest = checks->child;
		cJSON_ArrayForEach(check, checks)
		{
			if (number_of(check, "slowest_ms") > number_of(slowest, "slowest_ms"))
				slowest = check;
		}
		buf_puts(&names, names.len > 0 ? ", " : "");
		buf_puts(&names, text_of(slowest, "name"));
		if (cJSON_IsString(get(slowest, "slowest_human"))) {
			buf_puts(&names, " ");
			buf_puts(&names, text_of(slowest, "slowest_human"));
		}
		cJSON_Delete(cJSON_DetachItemViaPointer(checks, slowest));
	}
	cJSON_AddStringToObject(view, "python_checks", buf_text(&names));
	cJSON_Delete(checks);
	buf_release(&names);
}

/* "trace", or "the heap of trace" where the CPU use is known. */
static void
add_unjudged(struct buf *names, const cJSON *process, int named)
{
	buf_puts(names, names->len > 0 ? ", " : "");
	buf_puts(names, cJSON_IsNull(get(get(process, "cpu"), "why")) ? "the heap of " : "");
	buf_puts(names, named ? text_of(process, "name") : "another process");
}

/* The other processes of a flare that nothing can be said of, for engineers and for customers. */
static void
put_unjudged_names(cJSON *view, cJSON *for_customer)
{
	const char *main_process = text_of(get(view, "flare"), "main_process");
	struct buf names = {0}, said = {0};
	const cJSON *process;

	cJSON_ArrayForEach(process, get(view, "processes"))
	{
		if (strcmp(text_of(process, "name"), main_process) == 0 ||
		    strcmp(text_of(process, "verdict"), "Inconclusive") != 0)
			continue;
		add_unjudged(&names, process, 1);
		add_unjudged(&said, process, discreet(text_of(process, "name")));
	}
	cJSON_AddStringToObject(view, "unjudged_names", buf_text(&names));
	cJSON_AddStringToObject(for_customer, "unjudged_names", buf_text(&said));
	buf_release(&names);
	buf_release(&said);
}

/* Besides names of processes, told likewise, the customer message has nothing else from the flare
 * but numbers. */
static void
put_for_customer(cJSON *view)
{
	cJSON *for_customer = cJSON_AddObjectToObject(view, "for_customer");
	const char *hostname = text_of(get(view, "agent"), "hostname");
	const char *version = text_of(get(view, "agent"), "version");

	if (hostname[0] != '\0' && discreet(hostname))
		cJSON_AddStringToObject(for_customer, "hostname", hostname);
	if (discreet(version))
		cJSON_AddStringToObject(for_customer, "version", version);
	put_unjudged_names(view, for_customer);
}

/* 1 when one of an array's items says this of itself. */
static int
any_is(const cJSON *array, const char *key, const char *text)
{
	const cJSON *item;

	cJSON_ArrayForEach(item, array)
	{
		if (strcmp(text_of(item, key), text) == 0)
			return 1;
	}
	return 0;
}

static int
any_outside(const cJSON *ledgers)
{
	const cJSON *ledger;

	cJSON_ArrayForEach(ledger, ledgers)
	{
		if (cJSON_IsTrue(get(ledger, "outside")))
			return 1;
	}
	return 0;
}

/* Nothing at all is out of the ordinary: most notes say that something is not. */
static int
is_quiet(const cJSON *view)
{
	static const char *const loud[] = {
	    "check", "collection", "unclassified", "runtime", "near", "close"};
	const cJSON *notes = get(get(view, "verdict"), "notes"), *check;

	for (size_t i = 0; i < sizeof(loud) / sizeof(loud[0]); i++) {
		if (any_is(notes, "kind", loud[i]))
			return 0;
	}
	cJSON_ArrayForEach(check, get(view, "checks"))
	{
		if (number_of(check, "errors") > 0)
			return 0;
	}
	return !any_outside(get(view, "ledgers")) &&
	       cJSON_GetArraySize(get(view, "context")) == 0 &&
	       get(get(view, "goroutines"), "largest_crowd") == NULL;
}

/* What is out of the ordinary and for customers, the most telling first; of what is not sent one
 * thing is enough. */
static void
put_customer_signs(cJSON *view)
{
	static const char *const kinds[] = {"retry_queue", "dropped", "send_errors", "contexts",
	    "gc_share", "runners_busy", "log_level", "young"};
	enum { SENDING = 3, MOST = 3 };
	cJSON *signs = cJSON_AddArrayToObject(view, "customer_signs"), *sign;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (i > 0 && i < SENDING && cJSON_GetArraySize(signs) > 0)
			continue;
		cJSON_ArrayForEach(sign, get(view, "context"))
		{
			if (strcmp(text_of(sign, "kind"), kinds[i]) != 0 ||
			    cJSON_GetArraySize(signs) >= MOST)
				continue;
			cJSON_AddBoolToObject(sign, "is_sending", i < SENDING);
			cJSON_AddItemReferenceToArray(signs, sign);
		}
	}
	cJSON_AddBoolToObject(view, "any_customer_signs", cJSON_GetArraySize(signs) > 0);
}

static void
put_counts(cJSON *view)
{
	const cJSON *check, *checks = get(view, "checks");
	int bad = 0;

	cJSON_ArrayForEach(check, checks)
	{
		bad += number_of(check, "errors") + number_of(check, "warnings") > 0;
	}
	cJSON_AddBoolToObject(view, "quiet", is_quiet(view));
	cJSON_AddNumberToObject(view, "notable_count",
	    cJSON_GetArraySize(get(view, "context")) + any_outside(get(view, "ledgers")) +
		(get(get(view, "goroutines"), "largest_crowd") != NULL));
	cJSON_AddBoolToObject(
	    view, "upgraded", any_is(get(view, "context"), "kind", "upgrade"));
	put_customer_signs(view);
	cJSON_AddBoolToObject(view, "any_bad_checks", bad > 0);
	cJSON_AddNumberToObject(view, "check_count", cJSON_GetArraySize(checks));
	cJSON_AddNumberToObject(view, "gap_count", cJSON_GetArraySize(get(view, "gaps")));
}

/* Of what a flare is asked for, wants: ["locks"], wants_locks is set; it is optional when all that
 * is wanted is to know more. */
static void
put_wants(cJSON *view)
{
	cJSON *item;
	const cJSON *want;

	cJSON_ArrayForEach(item, get(view, "recommendations"))
	{
		int needed = 0;

		cJSON_ArrayForEach(want, get(item, "wants"))
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
	cJSON *owners = roster_of(get(model, "processes"));

	cJSON_AddItemToObject(view, "owners", owners);
	decorate_array(view, "owners", owners);
}

cJSON *
view_build(const cJSON *model)
{
	cJSON *view = cJSON_Duplicate(model, 1);
	cJSON *verdict = get(view, "verdict");

	decorate(view);
	decorate_switch(verdict, "name", cJSON_GetStringValue(get(verdict, "name")));
	put_process_names(verdict);
	put_finding_switches(verdict);
	sort_processes(view);
	list_states(get(view, "goroutines"));
	list_groups(get(view, "goroutines"));
	if (cJSON_IsObject(get(view, "memstats")))
		put_memory_bars(get(view, "memstats"));
	put_owners(view, model);
	put_counts(view);
	put_wants(view);
	put_python_checks(view);
	put_for_customer(view);
	return view;
}
