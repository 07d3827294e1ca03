#include "notes.h"

#include "pool.h"

/* More than this of a process's CPU time is much for the garbage collector. */
#define MUCH_COLLECTION 0.25
/* By so many times a heap has to be younger than its process, for a leak to have begun lately. */
#define MUCH_YOUNGER 10.0
/* Fewer samples of the CPU time say nothing about shares. */
#define FEW_SAMPLES 10

/* What a rule looks at. */
struct view {
	const struct verdict *verdict;
	const struct verdict_process *process;
	const struct figures_heap *heap;
	const struct figures_cpu *cpu;
	const struct figures_block *block;
	const struct figures_mutex *mutex;
};

static double
in_30s(const struct figures_heap *heap, int64_t bytes)
{
	return (double)bytes * 30 / heap->interval_seconds;
}

static int
times_do_not_fit(const struct view *view, struct note *note)
{
	(void)note;
	return view->heap->why == NULL && view->cpu->why == NULL &&
	       view->heap->interval_source == FIGURES_PROFILE_TIMES &&
	       view->heap->interval_seconds > 10 * view->cpu->duration_seconds + 300;
}

static int
is_unchanged(const struct view *view, struct note *note)
{
	(void)note;
	return view->heap->why == NULL && view->heap->validity == FIGURES_UNCHANGED;
}

static int
is_bounded(const struct view *view, struct note *note)
{
	(void)note;
	return view->heap->why == NULL && view->heap->validity == FIGURES_BOUNDED;
}

/* 1 when the heap's growth is a figure. */
static int
has_growth(const struct view *view)
{
	return view->heap->why == NULL && view->heap->validity == FIGURES_VALID;
}

static int
is_churn(const struct view *view, struct note *note)
{
	if (!has_growth(view) || !verdict_is_churn(view->heap) ||
	    !verdict_has(view->verdict, &view->process->figures, VERDICT_MEMORY_LEAK))
		return 0;
	note->function = view->heap->top->function;
	return 1;
}

static int
runtime_grew(const struct view *view, struct note *note)
{
	int64_t limit = view->verdict->thresholds.leak_bytes;

	(void)note;
	return has_growth(view) &&
	       in_30s(view->heap, view->heap->runtime_bytes) > (double)limit &&
	       view->heap->runtime_bytes >= limit / 2;
}

static int
is_near(const struct view *view, struct note *note)
{
	int64_t limit = view->verdict->thresholds.leak_bytes;

	(void)note;
	return has_growth(view) && view->heap->per_30s_bytes > limit &&
	       view->heap->net_bytes < limit / 2;
}

static int
is_close(const struct view *view, struct note *note)
{
	const struct figures_heap *heap = view->heap;
	double limit = (double)view->verdict->thresholds.leak_bytes;

	(void)note;
	return has_growth(view) && (double)heap->per_30s_bytes <= limit &&
	       (double)heap->per_30s_bytes > limit / 2 &&
	       in_30s(heap, heap->net_bytes) + 2 * in_30s(heap, heap->error_bytes) > limit;
}

/* What leaked for as long as the process runs would be much more by now. */
static int
is_recent(const struct view *view, struct note *note)
{
	const struct figures *figures = &view->process->figures;
	const struct top *live = &figures->process->tops[PPROF_HEAP];

	(void)note;
	return figures->uptime_seconds > 0 && live->found && view->heap->net_bytes > 0 &&
	       verdict_has(view->verdict, figures, VERDICT_MEMORY_LEAK) &&
	       MUCH_YOUNGER * (double)live->total / (double)view->heap->net_bytes *
		       view->heap->interval_seconds <
		   (double)figures->uptime_seconds;
}

static int
memory_moved(const struct view *view, struct note *note)
{
	int64_t limit = view->verdict->thresholds.leak_bytes;
	const struct top_row *top = view->heap->top;

	/* That it is no leak is not sure where the net is close to one. */
	if (!has_growth(view) || view->heap->per_30s_bytes > limit || top == NULL ||
	    is_close(view, note) ||
	    in_30s(view->heap, top->flat) <= (double)limit || top->flat < limit / 2)
		return 0;
	note->function = top->function;
	return 1;
}

static int
idle_dominates(const struct view *view, struct note *note)
{
	if (view->cpu->why != NULL || view->cpu->top == NULL || !verdict_is_idle(view->cpu) ||
	    view->cpu->sample_count < FEW_SAMPLES ||
	    view->cpu->top_percent <= view->verdict->thresholds.cpu_percent)
		return 0;
	note->function = view->cpu->top->function;
	return 1;
}

static int
check_dominates(const struct view *view, struct note *note)
{
	note->share = labels_dominating(
	    &view->process->labels, view->verdict->thresholds.cpu_percent);
	return view->cpu->why == NULL && note->share != NULL && !verdict_is_idle(view->cpu) &&
	       !verdict_has(view->verdict, &view->process->figures, VERDICT_CPU_SPIKE);
}

static int
collector_burns(const struct view *view, struct note *note)
{
	(void)note;
	return view->cpu->why == NULL && !verdict_is_idle(view->cpu) &&
	       (double)view->cpu->gc_ns > MUCH_COLLECTION * (double)view->cpu->samples_ns;
}

static int
counts_since_start(const struct view *view, struct note *note)
{
	const struct figures_block *block = view->block;
	const struct figures_mutex *mutex = view->mutex;
	int64_t limit = view->verdict->thresholds.contention_ns;

	(void)note;
	return (block->why == NULL && figures_is_averaged(block->since_start, block->seconds) &&
		   block->lock_ns + block->send_ns > limit) ||
	       (mutex->why == NULL && figures_is_averaged(mutex->since_start, mutex->seconds) &&
		   mutex->delay_ns > limit);
}

static int
mutex_is_alone(const struct view *view, struct note *note)
{
	const struct figures_mutex *mutex = view->mutex;

	(void)note;
	return mutex->why == NULL &&
	       figures_judged_ns(mutex->delay_ns, mutex->since_start, mutex->seconds) >
		   view->verdict->thresholds.contention_ns &&
	       verdict_refutes(&view->process->figures, &view->verdict->thresholds);
}

static int
is_unclassified(const struct view *view, struct note *note)
{
	const struct figures_block *block = view->block;

	(void)note;
	return block->why == NULL &&
	       figures_judged_ns(block->other_ns, block->since_start, block->seconds) >
		   view->verdict->thresholds.contention_ns;
}

static int (*const rules[NOTE_KINDS])(const struct view *view, struct note *note) = {
    [NOTE_INTERVAL] = times_do_not_fit,
    [NOTE_UNCHANGED] = is_unchanged,
    [NOTE_BOUNDED] = is_bounded,
    [NOTE_CHURN] = is_churn,
    [NOTE_RUNTIME] = runtime_grew,
    [NOTE_CLOSE] = is_close,
    [NOTE_RECENT] = is_recent,
    [NOTE_NEAR] = is_near,
    [NOTE_MOVED] = memory_moved,
    [NOTE_IDLE_CPU] = idle_dominates,
    [NOTE_CHECK] = check_dominates,
    [NOTE_COLLECTION] = collector_burns,
    [NOTE_SINCE_START] = counts_since_start,
    [NOTE_MUTEX_ALONE] = mutex_is_alone,
    [NOTE_UNCLASSIFIED] = is_unclassified,
};

void
notes_take(struct notes *notes, struct pool *pool, const struct verdict *verdict)
{
	for (size_t i = 0; i < verdict->process_count; i++) {
		const struct verdict_process *process = &verdict->processes[i];
		const struct figures *figures = &process->figures;
		struct view view = {verdict, process, &figures->heap, &figures->cpu,
		    &figures->block, &figures->mutex};

		for (int kind = 0; kind < NOTE_KINDS; kind++) {
			struct note note = {.kind = kind, .process = process};

			if (!rules[kind](&view, &note))
				continue;
			notes->items =
			    pool_grow(pool, notes->items, notes->count, sizeof(*notes->items));
			notes->items[notes->count++] = note;
		}
	}
}
