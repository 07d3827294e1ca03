#include "ledger.h"

#include "facts.h"
#include "pool.h"

#include <string.h>

/* Less than this outside the Go heap is usual: code, mapped files, a small Python. */
#define MUCH_OUTSIDE ((int64_t)100 << 20)

/* More memory than any machine has, so that no sum of a few overflows. */
#define MOST ((int64_t)1 << 52)

static void
add(struct ledger *ledger, enum ledger_kind kind, int64_t bytes)
{
	if (bytes != 0)
		ledger->rows[ledger->count++] = (struct ledger_row){.kind = kind, .bytes = bytes};
}

/* A figure that can be: 0 where it is unknown or negative. */
static int64_t
at_least_0(int64_t bytes)
{
	return bytes > MOST ? MOST : bytes > 0 ? bytes : 0;
}

static int64_t
sum_of(const struct ledger *ledger)
{
	int64_t sum = 0;

	for (size_t i = 0; i < ledger->count; i++)
		sum += ledger->rows[i].bytes;
	return sum;
}

/* The parts of what Go has from the system. */
static void
add_go(struct ledger *ledger, const struct memstats *memstats)
{
	const struct top *snapshot = &ledger->process->tops[PPROF_HEAP];
	int is_second = ledger->process->profiles[FLARE_HEAP_2ND].state == PROFILE_READ;
	int64_t inuse = at_least_0(memstats->heap_inuse_bytes >= 0 ? memstats->heap_inuse_bytes
								   : memstats->heap_alloc_bytes);
	int64_t heap = at_least_0(memstats->heap_sys_bytes);
	int64_t stacks = at_least_0(memstats->stack_sys_bytes);
	int64_t live = snapshot->total < inuse ? snapshot->total : inuse;

	if (snapshot->found && is_second && live > 0) {
		add(ledger, LEDGER_LIVE, live);
		add(ledger, LEDGER_GARBAGE, inuse - live);
	} else {
		add(ledger, LEDGER_HEAP, inuse);
	}
	if (memstats->heap_idle_bytes >= 0 && memstats->heap_released_bytes >= 0)
		add(ledger, LEDGER_IDLE,
		    at_least_0(memstats->heap_idle_bytes - memstats->heap_released_bytes));
	add(ledger, LEDGER_STACKS, stacks);
	if (memstats->sys_bytes >= 0 && memstats->heap_sys_bytes >= 0)
		add(ledger, memstats->stack_sys_bytes >= 0 ? LEDGER_RUNTIME : LEDGER_OVERHEAD,
		    at_least_0(at_least_0(memstats->sys_bytes) - heap - stacks));
	ledger->go_bytes = sum_of(ledger);
}

/* What is left of the whole, or what of Go's memory cannot be in it. */
static void
add_rest(struct ledger *ledger, const struct telemetry *telemetry)
{
	int64_t resident = at_least_0(telemetry->resident_bytes), left;

	add(ledger, LEDGER_PYTHON, at_least_0(telemetry->python_bytes));
	add(ledger, LEDGER_RTLOADER, at_least_0(telemetry->rtloader_bytes));
	left = resident - sum_of(ledger);
	add(ledger, left > 0 ? LEDGER_UNEXPLAINED : LEDGER_UNTOUCHED, left);
	ledger->resident_bytes = resident;
	ledger->outside_bytes = at_least_0(resident - ledger->go_bytes);
	ledger->is_outside =
	    ledger->outside_bytes >= MUCH_OUTSIDE && ledger->outside_bytes > resident / 2;
	ledger->python_bytes = telemetry->python_bytes;
	ledger->is_python = telemetry->python_bytes > ledger->outside_bytes / 2;
}

/* Where a process's memory stats come from: those of telemetry.log are of the same moment as its
 * RSS. What the status says of an agent is its heap alone. */
static void
add_parts(struct ledger *ledger, const struct evidence *evidence)
{
	const char *prefix = ledger->process->files->prefix;
	const struct telemetry *telemetry = &evidence->telemetry;
	const struct memstats *memstats = facts_memstats(evidence, prefix);
	int is_main = strcmp(prefix, evidence->flare->main_process) == 0;
	int64_t heap = facts_heap_bytes(evidence, prefix);

	if (is_main && telemetry->found && telemetry->memstats.found) {
		ledger->source = "telemetry.log";
		add_go(ledger, &telemetry->memstats);
	} else if (memstats != NULL && memstats->found) {
		ledger->source = is_main ? "expvar/memstats" : "expvar/trace-agent";
		add_go(ledger, memstats);
	} else if (heap > 0) {
		ledger->source = "status.log";
		add(ledger, LEDGER_HEAP, at_least_0(heap));
	}
	if (is_main && ledger->source != NULL && telemetry->found && telemetry->resident_bytes > 0)
		add_rest(ledger, telemetry);
}

void
ledgers_make(struct ledgers *ledgers, struct pool *pool, const struct evidence *evidence)
{
	*ledgers = (struct ledgers){0};
	ledgers->items = pool_alloc(pool, evidence->process_count * sizeof(*ledgers->items));
	for (size_t i = 0; i < evidence->process_count; i++) {
		struct ledger *ledger = &ledgers->items[ledgers->count];

		*ledger = (struct ledger){.process = &evidence->processes[i],
		    .resident_bytes = -1, .go_bytes = -1, .outside_bytes = -1, .python_bytes = -1};
		add_parts(ledger, evidence);
		if (ledger->count == 0)
			continue;
		ledger->whole_bytes =
		    ledger->resident_bytes > 0 ? ledger->resident_bytes : sum_of(ledger);
		for (size_t k = 0; k < ledger->count; k++)
			ledger->rows[k].percent = 100.0 * (double)ledger->rows[k].bytes /
						  (double)ledger->whole_bytes;
		ledgers->count++;
	}
}
