#include "figures.h"

#include "pattern.h"
#include "sampling.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define USUAL_CPU_PERIOD 10000000
#define SECOND 1e9
/* Snapshots nearer than this, or shorter profiles, say nothing about a rate. */
#define SHORTEST_INTERVAL 1.0
#define USUAL_INTERVAL 30.0
#define LONGEST_INTERVAL (24 * 3600.0)

/* What a blocked stack's leaf says about why it waited. First match wins. */
enum wait { WAIT_LOCK, WAIT_SEND, WAIT_IDLE, WAITS };
static const char *const wait_patterns[WAITS] = {
    [WAIT_LOCK] = "^(?:" PPROF_LOCKS ")",
    [WAIT_SEND] = "^(?:" PPROF_SENDS ")",
    [WAIT_IDLE] = "^(?:(?:runtime|reflect)\\.(?:selectgo|rselect|Select|chanrecv|netpoll|block$)|"
		  "sync\\.\\(\\*Cond\\)\\.Wait|sync\\.\\(\\*WaitGroup\\)\\.Wait|"
		  "sync\\.runtime_(?:notifyListWait|Semacquire$|SemacquireWaitGroup)|time\\.Sleep)",
};

static const char runtime_lock_pattern[] = "^runtime\\.(?:_LostContendedRuntimeLock|unlock)";

int
figures_is_runtime(const char *function)
{
	/* The second is what the third was called before Go 1.23. */
	static const char *const prefixes[] = {
	    "runtime.", "runtime/internal/", "internal/runtime/"};

	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
		if (strncmp(function, prefixes[i], strlen(prefixes[i])) == 0)
			return 1;
	}
	return 0;
}

int
figures_mostly_sends(const struct figures_block *block)
{
	return block->send_ns > block->lock_ns;
}

int
figures_is_averaged(int since_start, int64_t seconds)
{
	return since_start && (double)seconds > USUAL_INTERVAL;
}

int
figures_is_young(const struct figures *figures)
{
	return figures->uptime_seconds >= 0 && figures->uptime_seconds < FIGURES_YOUNG;
}

int64_t
figures_judged_ns(int64_t delay_ns, int since_start, int64_t seconds)
{
	if (!figures_is_averaged(since_start, seconds))
		return delay_ns;
	return (int64_t)((double)delay_ns * USUAL_INTERVAL / (double)seconds);
}

/* The first report that is needed and is not there tells why. */
static const char *
missing(const struct pprof_process *process, const enum pprof_report *reports, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (!process->tops[reports[i]].found)
			return process->tops[reports[i]].why;
	}
	return NULL;
}

static void
measure_interval(struct figures_heap *heap, const struct profile *profiles)
{
	int64_t first = profiles[FLARE_HEAP_1ST].time_ns, second = profiles[FLARE_HEAP_2ND].time_ns;
	int64_t duration = profiles[FLARE_CPU].duration_ns;

	heap->interval_seconds = USUAL_INTERVAL;
	heap->interval_source = FIGURES_ASSUMED;
	if (first > 0 && second > first) {
		heap->interval_seconds = (double)(second - first) / SECOND;
		heap->interval_source = FIGURES_PROFILE_TIMES;
	} else if (profiles[FLARE_CPU].state == PROFILE_READ && duration > 0) {
		heap->interval_seconds = (double)duration / SECOND;
		heap->interval_source = FIGURES_CPU_DURATION;
	}
	if (heap->interval_seconds < SHORTEST_INTERVAL)
		heap->why = "the two heap snapshots are less than a second apart";
	else if (heap->interval_seconds > LONGEST_INTERVAL)
		heap->why = "the two heap snapshots are more than a day apart";
}

/* Adds up what counts. */
static void
sum_growth(struct figures_heap *heap, const struct top *judged, struct sampling *sampling)
{
	for (size_t i = 0; i < judged->count; i++) {
		const struct top_row *row = &judged->rows[i];

		if (figures_is_runtime(row->function)) {
			heap->runtime_bytes += row->flat;
			continue;
		}
		sampling_add(sampling, row);
		heap->net_bytes += row->flat;
		heap->growth_bytes += row->flat > 0 ? row->flat : 0;
		heap->shrinkage_bytes -= row->flat < 0 ? row->flat : 0;
		if (row->flat > 0 && (heap->top == NULL || row->flat > heap->top->flat))
			heap->top = row;
	}
	heap->error_bytes = sampling_error(sampling);
}

double
figures_kept_percent(const struct pprof_process *process, const struct top_row *growth)
{
	const struct top *all = &process->tops[PPROF_ALLOCATED];
	const struct top_row *row = all->found ? top_find(all, growth->function) : NULL;

	if (row == NULL || row->flat <= 0)
		return -1;
	return growth->flat <= 0 ? 0 : fmin(100.0 * (double)growth->flat / (double)row->flat, 100);
}

static int64_t
sum_grown(const struct top *top)
{
	int64_t sum = 0;

	for (size_t i = 0; i < top->count; i++)
		sum += top->rows[i].flat > 0 ? top->rows[i].flat : 0;
	return sum;
}

static void
heap_figures(struct figures_heap *heap, const struct pprof_process *process)
{
	static const enum pprof_report needed[] = {PPROF_GROWTH, PPROF_GROWTH_JUDGED};
	const struct top *all = &process->tops[PPROF_GROWTH];
	const struct top *judged = &process->tops[PPROF_GROWTH_JUDGED];
	const struct top *allocated = &process->tops[PPROF_ALLOCATED];
	struct sampling sampling;
	double per_30s;

	heap->why = missing(process, needed, 2);
	if (heap->why != NULL)
		return;
	measure_interval(heap, process->profiles);
	sampling_open(&sampling, &process->tops[PPROF_GROWTH_OBJECTS],
	    process->profiles[FLARE_HEAP_2ND].period);
	sum_growth(heap, judged, &sampling);
	sampling_close(&sampling);
	heap->allocated_bytes = allocated->found ? allocated->shown : -1;
	heap->top_kept_percent =
	    heap->top != NULL ? figures_kept_percent(process, heap->top) : -1;
	heap->unchanged = all->count == 0;
	heap->from_blank = process->profiles[FLARE_HEAP_1ST].sample_count == 0;
	heap->profiling_bytes = all->shown - judged->shown;
	heap->profiling_grown_bytes = sum_grown(all) - sum_grown(judged);
	per_30s = (double)heap->net_bytes * USUAL_INTERVAL / heap->interval_seconds;
	heap->per_30s_bytes = fabs(per_30s) < 9e18 ? llround(per_30s) : heap->net_bytes;
}

/* 1 for a CPU profile that cannot have been taken between these heap snapshots. */
static int
is_of_another(const struct profile *cpu, const struct profile *profiles)
{
	for (int i = FLARE_HEAP_1ST; i <= FLARE_HEAP_2ND; i++) {
		const struct profile *heap = &profiles[i];

		if (heap->state != PROFILE_READ)
			continue;
		if (!profile_same_program(cpu, heap))
			return 1;
		if (cpu->time_ns > 0 && heap->time_ns > 0 &&
		    fabs((double)cpu->time_ns - (double)heap->time_ns) >
			LONGEST_INTERVAL * SECOND)
			return 1;
	}
	return 0;
}

/* Of these no two are on one stack. A worker's own frame may be missing below its loop. */
static int64_t
collector_time(const struct top *top)
{
	static const char *const functions[] = {"runtime.gcBgMarkWorker", "runtime.gcDrain",
	    "runtime.gcAssistAlloc", "runtime.bgsweep", "runtime.bgscavenge"};
	int64_t times[sizeof(functions) / sizeof(functions[0])] = {0}, worker;

	for (size_t i = 0; i < top->count; i++) {
		for (size_t k = 0; k < sizeof(functions) / sizeof(functions[0]); k++) {
			if (strcmp(top->rows[i].function, functions[k]) == 0)
				times[k] = top->rows[i].cum;
		}
	}
	worker = times[0] > times[1] ? times[0] : times[1];
	return worker + times[2] + times[3] + times[4];
}

static void
cpu_figures(struct figures_cpu *cpu, const struct pprof_process *process)
{
	static const enum pprof_report needed[] = {PPROF_CPU};
	const struct profile *profile = &process->profiles[FLARE_CPU];
	const struct top *top = &process->tops[PPROF_CPU];

	cpu->why = missing(process, needed, 1);
	if (cpu->why == NULL && profile->duration_ns <= 0)
		cpu->why = "the CPU profile does not say how long it took";
	if (cpu->why == NULL && (double)profile->duration_ns < SHORTEST_INTERVAL * SECOND)
		cpu->why = "the CPU profile covers less than a second";
	if (cpu->why == NULL && is_of_another(profile, process->profiles))
		cpu->why = "the CPU profile is of another program or time than the heap profile";
	if (cpu->why == NULL && top->total < 0)
		cpu->why = "the CPU profile holds impossible values";
	if (cpu->why != NULL)
		return;
	cpu->duration_seconds = (double)profile->duration_ns / SECOND;
	cpu->samples_ns = top->total;
	cpu->core_use = (double)top->total / (double)profile->duration_ns;
	cpu->sample_count = (double)top->total /
			    (double)(profile->period > 0 ? profile->period : USUAL_CPU_PERIOD);
	cpu->gc_ns = collector_time(top);
	if (top->count > 0 && top->total > 0 && top->rows[0].flat > 0) {
		cpu->top = &top->rows[0];
		cpu->top_percent = 100.0 * (double)cpu->top->flat / (double)top->total;
	}
}

/* Lock profiles that nobody switched on are sound and empty. */
static const char *
unmeasured(const struct profile *profile, const char *why)
{
	return profile->state == PROFILE_READ && profile->sample_count == 0 ? why : NULL;
}

static void
block_figures(struct figures_block *block, const struct pprof_process *process)
{
	static const enum pprof_report needed[] = {
	    PPROF_BLOCK_LEAF, PPROF_BLOCK_DELAY, PPROF_BLOCK_COUNT};
	const struct top *leaves = &process->tops[PPROF_BLOCK_LEAF];
	const struct top *delay = &process->tops[PPROF_BLOCK_DELAY];
	int64_t *const sums[WAITS] = {&block->lock_ns, &block->send_ns, &block->idle_ns};
	struct pattern *patterns[WAITS];

	block->why = missing(process, needed, 3);
	if (block->why == NULL)
		block->why = unmeasured(&process->profiles[FLARE_BLOCK],
		    "block profiling was not switched on");
	if (block->why != NULL)
		return;
	patterns_open(patterns, wait_patterns, WAITS);
	for (size_t i = 0; i < leaves->count; i++) {
		const struct top_row *row = &leaves->rows[i];
		struct span name = {row->function, strlen(row->function)};
		int wait = 0;

		while (row->flat != 0 && wait < WAITS && !pattern_matches(patterns[wait], name))
			wait++;
		*(wait < WAITS ? sums[wait] : &block->other_ns) += row->flat;
	}
	patterns_close(patterns, WAITS);
	block->contentions = process->tops[PPROF_BLOCK_COUNT].shown;
	block->top = delay->count > 0 && delay->rows[0].flat > 0 ? &delay->rows[0] : NULL;
}

static void
mutex_figures(struct figures_mutex *mutex, const struct pprof_process *process)
{
	static const enum pprof_report needed[] = {
	    PPROF_MUTEX_LEAF, PPROF_MUTEX_DELAY, PPROF_MUTEX_COUNT};
	static const char *const expression[] = {runtime_lock_pattern};
	const struct top *leaves = &process->tops[PPROF_MUTEX_LEAF];
	const struct top *delay = &process->tops[PPROF_MUTEX_DELAY];
	struct pattern *runtime_lock;

	mutex->why = missing(process, needed, 3);
	if (mutex->why == NULL)
		mutex->why = unmeasured(&process->profiles[FLARE_MUTEX],
		    "mutex profiling was not switched on");
	if (mutex->why != NULL)
		return;
	patterns_open(&runtime_lock, expression, 1);
	for (size_t i = 0; i < leaves->count; i++) {
		const struct top_row *row = &leaves->rows[i];
		struct span name = {row->function, strlen(row->function)};

		if (pattern_matches(runtime_lock, name))
			mutex->runtime_ns += row->flat;
		else
			mutex->delay_ns += row->flat;
	}
	patterns_close(&runtime_lock, 1);
	mutex->contentions = process->tops[PPROF_MUTEX_COUNT].shown;
	mutex->top = delay->count > 0 && delay->rows[0].flat > 0 ? &delay->rows[0] : NULL;
}

void
figures_of(struct figures *figures, const struct pprof_process *process)
{
	*figures = (struct figures){.process = process, .uptime_seconds = -1};
	heap_figures(&figures->heap, process);
	cpu_figures(&figures->cpu, process);
	block_figures(&figures->block, process);
	mutex_figures(&figures->mutex, process);
}
