#include "model_process.h"

#include "fields.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SHRINKAGE_ROWS = 3 };

/* Which rows of a report a table takes, and in which order. */
enum order {
	BY_SIZE,       /* largest flat first, as pprof has them */
	BY_GROWTH,     /* those that grew, most first */
	BY_SHRINKAGE,  /* those that shrank, most first */
	BY_CUMULATIVE, /* largest cum first, without the runtime */
};

static int
compare_cum(const void *a, const void *b)
{
	const struct top_row *const *left = a, *const *right = b;

	if ((*left)->cum != (*right)->cum)
		return (*left)->cum > (*right)->cum ? -1 : 1;
	return strcmp((*left)->function, (*right)->function);
}

static int
belongs(const struct top_row *row, enum order order)
{
	switch (order) {
	case BY_GROWTH:
		return row->flat > 0;
	case BY_SHRINKAGE:
		return row->flat < 0;
	case BY_CUMULATIVE:
		return row->cum > 0 && !figures_is_runtime(row->function);
	case BY_SIZE:
	default:
		return row->flat != 0;
	}
}

/* The rows of a table, in its order; the caller frees the array. */
static const struct top_row **
choose(const struct top *top, enum order order, size_t *count)
{
	const struct top_row **rows = calloc(top->count + 1, sizeof(const struct top_row *));

	*count = 0;
	for (size_t i = 0; rows != NULL && i < top->count; i++) {
		if (belongs(&top->rows[i], order))
			rows[(*count)++] = &top->rows[i];
	}
	if (*count > 1 && order == BY_CUMULATIVE)
		qsort(rows, *count, sizeof(const struct top_row *), compare_cum);
	return rows;
}

/* A table of one process. */
struct table {
	const struct model_tables *tables;
	const struct pprof_process *process;
	enum pprof_report report;
	enum order order;
};

/* Who has a function (the Agent's, else its caller when that is known), and how: the library. */
static void
add_owner(cJSON *row, const struct table *table, const char *function)
{
	int own = callers_is_agent(function);
	const struct caller *caller =
	    own ? NULL : pprof_caller(table->process, table->report, function);
	int called = caller != NULL && caller->caller != NULL;
	const struct component *itself = components_find(table->tables->components, function);
	const struct component *owner =
	    called && caller->share >= CALLERS_KNOWN
		? components_find(table->tables->components, caller->caller)
		: itself;

	fields_add_text(row, "component", owner != NULL ? owner->name : NULL);
	fields_add_text(row, "team", component_has_team(owner) ? owner->team : NULL);
	fields_add_text(row, "agent_function", own ? function : called ? caller->caller : NULL);
	fields_add_number(
	    row, "agent_percent", own ? 100 : called ? fields_rounded(100 * caller->share) : 0, own || called);
	fields_add_text(row, "library", own || itself == NULL ? NULL : itself->name);
}

/* Percent are of `whole`: the profile's total, or the gross growth of a diff. */
static void
add_rows(cJSON *object, const char *key, const struct table *table, size_t most)
{
	cJSON *array = cJSON_AddArrayToObject(object, key);
	const struct top *top = &table->process->tops[table->report];
	enum order order = table->order;
	const struct top_row **rows;
	int64_t whole = top->total;
	size_t count;

	rows = choose(top, order, &count);
	if (order == BY_GROWTH || order == BY_SHRINKAGE) {
		whole = 0;
		for (size_t i = 0; i < count; i++)
			whole += llabs(rows[i]->flat);
	}
	for (size_t i = 0; i < count && i < most; i++) {
		cJSON *row = cJSON_CreateObject();

		fields_add_text(row, "function", rows[i]->function);
		fields_add_integer(row, "flat", rows[i]->flat, 1);
		fields_add_number(row, "flat_percent",
		    fields_rounded(100.0 * (double)llabs(rows[i]->flat) / (double)whole), whole > 0);
		fields_add_integer(row, "cum", rows[i]->cum, 1);
		fields_add_number(row, "cum_percent",
		    fields_rounded(100.0 * (double)llabs(rows[i]->cum) / (double)whole), whole > 0);
		add_owner(row, table, rows[i]->function);
		cJSON_AddItemToArray(array, row);
	}
	free(rows);
}

/* Of a function: what it allocated between the snapshots, and how much of that it kept. */
static void
add_kept(cJSON *row, const struct pprof_process *process)
{
	const char *function =
	    cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(row, "function"));
	const struct top_row *grown = top_find(&process->tops[PPROF_GROWTH], function);
	const struct top_row *allocated = top_find(&process->tops[PPROF_ALLOCATED], function);
	const struct top_row none = {.function = function};
	double kept = figures_kept_percent(process, grown != NULL ? grown : &none);

	fields_add_integer(row, "allocated_bytes", allocated != NULL ? allocated->flat : 0,
	    allocated != NULL && allocated->flat > 0);
	fields_add_number(row, "kept_percent", fields_rounded(kept), kept >= 0);
}

static void
add_kept_to_rows(cJSON *object, const char *key, const struct pprof_process *process)
{
	cJSON *row;

	cJSON_ArrayForEach(row, cJSON_GetObjectItemCaseSensitive(object, key))
	{
		add_kept(row, process);
	}
}

/* Whether the snapshots can tell of growth, and how that is known. */
static void
add_gate(cJSON *object, const struct figures_heap *heap, int known)
{
	static const char *const states[] = {"unknown", "ended", "none", "never"};
	static const char *const validities[] = {"valid", "unchanged", "bounded", "stale"};
	int judged = known || heap->validity == FIGURES_STALE;

	fields_add_text(object, "validity", judged ? validities[heap->validity] : NULL);
	fields_add_text(object, "gc_state", judged ? states[heap->gate.state] : NULL);
	fields_add_text(object, "gc_source",
	    !judged ? NULL : heap->gate.from_memstats ? "memstats" : "snapshots");
	fields_add_integer(object, "most_growth_bytes", heap->gate.most_bytes,
	    judged && heap->gate.most_bytes >= 0);
}

/* Delays and contentions come from two reports of one profile. */
static void
add_delay_rows(cJSON *object, const struct table *table, const struct top *counts)
{
	const struct top *delays = &table->process->tops[table->report];
	size_t most = table->tables->rows;
	cJSON *array = cJSON_AddArrayToObject(object, "rows");

	for (size_t i = 0; i < delays->count && i < most && delays->rows[i].flat > 0; i++) {
		const struct top_row *delay = &delays->rows[i];
		int64_t contentions = 0;
		cJSON *row = cJSON_CreateObject();

		for (size_t k = 0; k < counts->count; k++) {
			if (strcmp(counts->rows[k].function, delay->function) == 0)
				contentions += counts->rows[k].flat;
		}
		fields_add_text(row, "function", delay->function);
		fields_add_integer(row, "contentions", contentions, 1);
		fields_add_integer(row, "delay_ns", delay->flat, 1);
		add_owner(row, table, delay->function);
		cJSON_AddItemToArray(array, row);
	}
}

static void
add_heap(cJSON *parent, const struct figures_heap *heap, const struct pprof_process *process,
    const struct model_tables *tables)
{
	const struct table growth = {tables, process, PPROF_GROWTH, BY_GROWTH};
	const struct table shrinkage = {tables, process, PPROF_GROWTH, BY_SHRINKAGE};
	const struct table objects = {tables, process, PPROF_GROWTH_OBJECTS, BY_GROWTH};
	const struct table allocated = {tables, process, PPROF_ALLOCATED, BY_GROWTH};
	const struct table in_use = {tables, process, PPROF_HEAP, BY_SIZE};
	static const char *const sources[] = {"profile_times", "cpu_duration", "assumed"};
	cJSON *object = cJSON_AddObjectToObject(parent, "heap");
	const struct top *tops = process->tops, *current = &tops[PPROF_HEAP];
	int second_read = process->profiles[FLARE_HEAP_2ND].state == PROFILE_READ;
	int known = heap->why == NULL, timed = known || heap->validity == FIGURES_STALE;
	size_t rows = tables->rows;

	fields_add_text(object, "why", heap->why);
	add_gate(object, heap, known);
	fields_add_number(object, "interval_seconds", fields_rounded(heap->interval_seconds), timed);
	fields_add_text(object, "interval_source", timed ? sources[heap->interval_source] : NULL);
	cJSON_AddBoolToObject(object, "unchanged", known && heap->unchanged);
	fields_add_integer(object, "net_growth_bytes", heap->net_bytes, known);
	fields_add_integer(object, "growth_bytes", heap->growth_bytes, known);
	fields_add_integer(object, "shrinkage_bytes", heap->shrinkage_bytes, known);
	fields_add_integer(object, "error_bytes", heap->error_bytes, known);
	fields_add_integer(object, "growth_per_30s_bytes", heap->per_30s_bytes, known);
	fields_add_integer(object, "runtime_growth_bytes", heap->runtime_bytes, known);
	fields_add_integer(object, "profiling_growth_bytes", heap->profiling_bytes, known);
	fields_add_integer(object, "period_bytes", process->profiles[FLARE_HEAP_2ND].period,
	    process->profiles[FLARE_HEAP_2ND].period > 0);
	fields_add_integer(
	    object, "allocated_bytes", heap->allocated_bytes, known && heap->allocated_bytes >= 0);
	fields_add_number(object, "top_kept_percent", fields_rounded(heap->top_kept_percent),
	    known && heap->top_kept_percent >= 0);
	cJSON_AddBoolToObject(object, "shrank", known && heap->net_bytes < 0);
	fields_add_integer(
	    object, "net_shrunk_bytes", -heap->net_bytes, known && heap->net_bytes < 0);
	cJSON_AddBoolToObject(object, "flat", known && heap->net_bytes == 0);
	cJSON_AddBoolToObject(object, "churns", known && verdict_is_churn(heap));
	fields_add_integer(object, "total_bytes", current->total, current->found);
	fields_add_number(object, "age_seconds",
	    fields_rounded((double)current->total / (double)heap->net_bytes * heap->interval_seconds),
	    known && current->found && heap->net_bytes > 0);
	fields_add_text(object, "current_snapshot",
	    !current->found ? NULL : second_read ? "second" : "first");
	add_rows(object, "growth_rows", &growth, rows);
	add_rows(object, "shrinkage_rows", &shrinkage,
	    rows < SHRINKAGE_ROWS ? rows : SHRINKAGE_ROWS);
	add_rows(object, "object_rows", &objects, rows);
	add_rows(object, "allocated_rows", &allocated, rows);
	add_kept_to_rows(object, "growth_rows", process);
	add_kept_to_rows(object, "allocated_rows", process);
	add_rows(object, "current_rows", &in_use, rows);
	fields_add_text(object, "growth_command", tops[PPROF_GROWTH].command);
	fields_add_text(object, "judged_command", tops[PPROF_GROWTH_JUDGED].command);
	fields_add_text(object, "object_command", tops[PPROF_GROWTH_OBJECTS].command);
	fields_add_text(object, "allocated_command", tops[PPROF_ALLOCATED].command);
	fields_add_text(object, "current_command", current->command);
}

static void
add_cpu(cJSON *parent, const struct figures_cpu *cpu, const struct pprof_process *process,
    const struct model_tables *tables)
{
	const struct table flat = {tables, process, PPROF_CPU, BY_SIZE};
	const struct table cumulative = {tables, process, PPROF_CPU, BY_CUMULATIVE};
	cJSON *object = cJSON_AddObjectToObject(parent, "cpu");
	int known = cpu->why == NULL;

	fields_add_text(object, "why", cpu->why);
	fields_add_number(object, "duration_seconds", fields_rounded(cpu->duration_seconds), known);
	fields_add_number(object, "samples_seconds", fields_rounded((double)cpu->samples_ns / 1e9), known);
	fields_add_number(object, "core_use", fields_rounded(cpu->core_use), known);
	fields_add_number(object, "gc_percent",
	    fields_rounded(100.0 * (double)cpu->gc_ns / (double)cpu->samples_ns),
	    known && cpu->samples_ns > 0);
	add_rows(object, "rows", &flat, tables->rows);
	add_rows(object, "cumulative_rows", &cumulative, tables->rows);
	fields_add_text(object, "command", process->tops[PPROF_CPU].command);
}

/* Over which time a lock profile counted; what that is for 30 s is what is judged. */
static void
add_since(cJSON *object, int64_t delay_ns, int since_start, int64_t seconds, int known)
{
	int counted = known && since_start && seconds > 0;
	int averaged = counted && figures_is_averaged(since_start, seconds);

	fields_add_text(object, "since", !known ? NULL : since_start ? "start" : "flare");
	fields_add_integer(object, "counted_seconds", seconds, counted);
	fields_add_number(object, "per_hour_ns",
	    averaged ? round((double)delay_ns * 3600 / (double)seconds) : 0, averaged);
	fields_add_integer(
	    object, "judged_ns", figures_judged_ns(delay_ns, since_start, seconds), known);
}

static void
add_block(cJSON *parent, const struct verdict_process *process, int64_t limit_ns,
    const struct model_tables *tables)
{
	const struct table delays = {
	    tables, process->figures.process, PPROF_BLOCK_DELAY, BY_SIZE};
	const struct figures_block *block = &process->figures.block;
	const struct top *tops = process->figures.process->tops;
	cJSON *object = cJSON_AddObjectToObject(parent, "block");
	int64_t waited_ns = block->lock_ns + block->send_ns;
	int64_t judged_ns = figures_judged_ns(waited_ns, block->since_start, block->seconds);
	int known = block->why == NULL;

	fields_add_text(object, "why", block->why);
	fields_add_integer(object, "contentions", block->contentions,
	    known && (block->contentions > 0 || waited_ns == 0));
	fields_add_integer(object, "lock_delay_ns", waited_ns, known);
	fields_add_integer(object, "send_delay_ns", block->send_ns, known);
	fields_add_text(object, "mostly",
	    !known ? NULL : figures_mostly_sends(block) ? "sends" : "locks");
	cJSON_AddBoolToObject(object, "over", known && judged_ns > limit_ns);
	fields_add_integer(object, "idle_delay_ns", block->idle_ns, known);
	fields_add_integer(object, "other_delay_ns", block->other_ns, known);
	add_since(object, waited_ns, block->since_start, block->seconds, known);
	add_delay_rows(object, &delays, &tops[PPROF_BLOCK_COUNT]);
	fields_add_text(object, "command", tops[PPROF_BLOCK_DELAY].command);
	fields_add_text(object, "leaf_command", tops[PPROF_BLOCK_LEAF].command);
}

static void
add_mutex(cJSON *parent, const struct figures_mutex *mutex, const struct pprof_process *process,
    const struct model_tables *tables)
{
	const struct table delays = {tables, process, PPROF_MUTEX_DELAY, BY_SIZE};
	const struct top *tops = process->tops;
	cJSON *object = cJSON_AddObjectToObject(parent, "mutex");
	int known = mutex->why == NULL;

	fields_add_text(object, "why", mutex->why);
	fields_add_integer(object, "contentions", mutex->contentions, known);
	fields_add_integer(object, "delay_ns", mutex->delay_ns, known);
	fields_add_integer(object, "runtime_delay_ns", mutex->runtime_ns, known);
	add_since(object, mutex->delay_ns, mutex->since_start, mutex->seconds, known);
	add_delay_rows(object, &delays, &tops[PPROF_MUTEX_COUNT]);
	fields_add_text(object, "command", tops[PPROF_MUTEX_DELAY].command);
	fields_add_text(object, "leaf_command", tops[PPROF_MUTEX_LEAF].command);
}

/* How much of a threshold was used, as the verdict table shows it. */
static void
add_judged(cJSON *judged, const char *key, enum verdict_state state, const char *why)
{
	static const char *const states[] = {"unknown", "within", "over"};
	cJSON *object = cJSON_AddObjectToObject(judged, key);

	fields_add_text(object, "state", states[state]);
	fields_add_text(object, "why", state == VERDICT_UNKNOWN ? why : NULL);
}

void
model_process_add(cJSON *processes, const struct verdict *verdict,
    const struct verdict_process *process, const struct model_tables *tables)
{
	const struct figures *figures = &process->figures;
	const struct verdict_thresholds *limits = &verdict->thresholds;
	int64_t waited = figures_judged_ns(figures->block.lock_ns + figures->block.send_ns,
	    figures->block.since_start, figures->block.seconds);
	int64_t held = figures_judged_ns(
	    figures->mutex.delay_ns, figures->mutex.since_start, figures->mutex.seconds);
	int refuted = process->locks == VERDICT_WITHIN && figures->block.why == NULL;
	int64_t worst = waited > held || refuted ? waited : held;
	cJSON *object = cJSON_CreateObject(), *judged;

	cJSON_AddItemToArray(processes, object);
	fields_add_text(object, "name", figures->process->files->name);
	fields_add_text(object, "verdict", verdict_text(process->name));
	judged = cJSON_AddObjectToObject(object, "judged");
	add_judged(judged, "heap", process->heap, figures->heap.why);
	add_judged(judged, "cpu", process->cpu, figures->cpu.why);
	cJSON_AddBoolToObject(cJSON_GetObjectItemCaseSensitive(judged, "heap"), "too_little",
	    process->heap == VERDICT_WITHIN && figures->heap.per_30s_bytes > limits->leak_bytes);
	cJSON_AddBoolToObject(cJSON_GetObjectItemCaseSensitive(judged, "cpu"), "idle",
	    verdict_is_idle(&figures->cpu));
	cJSON_AddBoolToObject(cJSON_GetObjectItemCaseSensitive(judged, "cpu"), "whole_core",
	    figures->cpu.why == NULL && figures->cpu.core_use > VERDICT_WHOLE_CORE);
	add_judged(judged, "locks", process->locks, figures->block.why);
	fields_add_text(cJSON_GetObjectItemCaseSensitive(judged, "locks"), "unmeasured",
	    process->locks == VERDICT_UNKNOWN || (!figures->block.why && !figures->mutex.why)
		? NULL
	    : figures->block.why != NULL ? "block"
					 : "mutex");
	fields_add_integer(judged, "heap_threshold_bytes", limits->leak_bytes, 1);
	fields_add_number(judged, "cpu_threshold_percent", limits->cpu_percent, 1);
	fields_add_integer(judged, "lock_threshold_ns", limits->contention_ns, 1);
	fields_add_integer(judged, "lock_delay_ns", worst, process->locks != VERDICT_UNKNOWN);
	fields_add_number(judged, "top_function_percent", fields_rounded(figures->cpu.top_percent),
	    figures->cpu.why == NULL);
	add_heap(object, &figures->heap, figures->process, tables);
	add_cpu(object, &figures->cpu, figures->process, tables);
	add_block(object, process, limits->contention_ns, tables);
	add_mutex(object, &figures->mutex, figures->process, tables);
}
