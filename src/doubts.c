#include "doubts.h"

#include "facts.h"

#include <math.h>
#include <string.h>

/* A heap of this size has samples, one for each 512 KiB. */
#define BLANK_HEAP ((int64_t)16 << 20)
/* More than profiling itself takes: of real Agents 2 MB were measured. */
#define MOST_FOR_PROFILING ((int64_t)16 << 20)

/* A heap profile without a sample looks as if nothing were there. It is believed only of a
 * process whose memstats tell of a heap that is too small to have samples. */
static void
doubt_blank_heap(struct figures *figures, const struct memstats *memstats)
{
	const struct top *heap = &figures->process->tops[PPROF_HEAP];
	int is_small = memstats != NULL && memstats->found && memstats->heap_inuse_bytes >= 0 &&
		       memstats->heap_inuse_bytes <= BLANK_HEAP;

	if (heap->found && heap->total == 0 && !is_small)
		figures->heap.why = "the heap profile holds no samples";
}

/* What is left out as profiling's own goes by names that a profile may give to anything. Where
 * that is too much to be true, it may be the leak. */
static void
doubt_profiling(struct figures_heap *heap, int64_t leak_bytes)
{
	double left_out = fmax((double)heap->profiling_bytes, (double)heap->profiling_grown_bytes);

	if (left_out <= (double)MOST_FOR_PROFILING || heap->per_30s_bytes > leak_bytes)
		return;
	if ((double)heap->per_30s_bytes + left_out * 30 / heap->interval_seconds >
	    (double)leak_bytes)
		heap->why = "more memory grew than profiling can need where profiling itself "
			    "allocates, and would hide a leak";
}

/* Without a collection between them the snapshots tell nothing, unless so little was allocated
 * meanwhile that it cannot have been a leak. */
static void
doubt_collection(struct figures_heap *heap, int64_t leak_bytes)
{
	const struct gate *gate = &heap->gate;
	int is_bounded = gate->most_bytes >= 0 && (double)gate->most_bytes * 30 <=
						      (double)leak_bytes * heap->interval_seconds;

	if (gate->state == GATE_ENDED) {
		heap->validity = heap->unchanged ? FIGURES_UNCHANGED : FIGURES_VALID;
		return;
	}
	heap->validity = is_bounded ? FIGURES_BOUNDED : FIGURES_STALE;
	if (is_bounded)
		return;
	heap->why = gate->state == GATE_NEVER
			? "stale: no garbage collection has ended since the process started, so "
			  "the heap snapshots cannot tell garbage from what is kept"
		    : gate->state == GATE_NONE
			? "stale: no garbage collection ended between the heap snapshots"
			: "the heap snapshots are identical: no garbage collection ended between "
			  "them, or nothing changed";
}

/* Lock profiles that are always on have counted since the process started. */
static void
doubt_locks(struct figures *figures, const struct evidence *evidence)
{
	static const char unknown[] = "it counts since the process started, as internal_profiling "
				      "is set, and when that was is unknown";
	const char *prefix = figures->process->files->prefix;
	const struct settings_profiling *profiling =
	    settings_profiling(&evidence->settings, prefix);
	int64_t seconds = figures->uptime_seconds;

	if (profiling == NULL || !profiling->known)
		return;
	figures->block.since_start = profiling->block_rate_ns > 0;
	figures->mutex.since_start = profiling->mutex_fraction > 0;
	figures->block.seconds = figures->mutex.seconds = seconds > 0 ? seconds : 0;
	if (figures->block.since_start && seconds <= 0 && figures->block.why == NULL)
		figures->block.why = unknown;
	if (figures->mutex.since_start && seconds <= 0 && figures->mutex.why == NULL)
		figures->mutex.why = unknown;
}

void
doubts_apply(struct figures *figures, const struct evidence *evidence, int64_t leak_bytes)
{
	const struct memstats *memstats =
	    facts_memstats(evidence, figures->process->files->prefix);
	struct figures_heap *heap = &figures->heap;

	figures->uptime_seconds =
	    facts_uptime_seconds(evidence, figures->process->files->prefix);
	if (heap->why == NULL)
		doubt_blank_heap(figures, memstats);
	if (heap->why == NULL)
		doubt_profiling(heap, leak_bytes);
	if (heap->why == NULL) {
		gate_of(&heap->gate, figures->process, memstats);
		doubt_collection(heap, leak_bytes);
	}
	doubt_locks(figures, evidence);
}
