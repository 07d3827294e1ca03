#include "gate.h"

#include "expvar.h"

#include <math.h>

/* Go's default: one allocation in 512 KiB is sampled. */
#define USUAL_PERIOD 524288.0

/* All that was allocated since the last collection, which was before the first snapshot, is in the
 * heap still: it cannot have grown by more than that. What is live is an estimate; two of its
 * standard errors are added. */
static int64_t
most_growth(const struct pprof_process *process, const struct memstats *memstats)
{
	const struct profile *second = &process->profiles[FLARE_HEAP_2ND];
	const struct top *live = &process->tops[PPROF_HEAP];
	double period = second->period > 0 ? (double)second->period : USUAL_PERIOD, most;

	if (memstats->heap_alloc_bytes < 0 || !live->found || live->total < 0 ||
	    memstats->last_gc_ns < 0 ||
	    memstats->last_gc_ns >= process->profiles[FLARE_HEAP_1ST].time_ns)
		return -1;
	most = (double)memstats->heap_alloc_bytes - (double)live->total +
	       2 * sqrt((double)live->total * period);
	return most < 9e18 ? (int64_t)fmax(most, 0) : INT64_MAX;
}

void
gate_of(struct gate *gate, const struct pprof_process *process, const struct memstats *memstats)
{
	int64_t first = process->profiles[FLARE_HEAP_1ST].time_ns,
		second = process->profiles[FLARE_HEAP_2ND].time_ns;
	int ended = -1;

	*gate = (struct gate){.most_bytes = -1};
	if (memstats != NULL && memstats->found && first > 0 && second > first)
		ended = memstats_gc_between(memstats, first, second);
	gate->from_memstats = ended >= 0;
	if (ended == 0)
		gate->state = memstats->num_gc == 0 ? GATE_NEVER : GATE_NONE;
	else if (ended > 0 || process->tops[PPROF_GROWTH].count > 0)
		gate->state = GATE_ENDED;
	if (ended == 0)
		gate->most_bytes = most_growth(process, memstats);
}
