#include "figures.h"

#include "builders.h"

/* One healthy process whose figures are worked out. */
struct fixture {
	struct build build;
	struct pprof_process *process;
	struct figures figures;
};

static void
open_fixture(struct fixture *fixture)
{
	build_open(&fixture->build);
	fixture->process = build_process(&fixture->build, "core");
}

static void
work_out(struct fixture *fixture)
{
	memset(&fixture->figures, 0xa5, sizeof(fixture->figures));
	figures_of(&fixture->figures, fixture->process);
	assert_ptr_equal(fixture->figures.process, fixture->process);
}

static void
test_runtime_functions(void **state)
{
	static const struct {
		const char *function;
		int is_runtime;
	} cases[] = {
	    {"runtime.mallocgc", 1},
	    {"runtime.(*mheap).alloc", 1},
	    {"internal/runtime/maps.(*Map).grow", 1},
	    {"internal/runtime/atomic.Load", 1},
	    {"runtime/internal/atomic.(*Uint32).CompareAndSwap", 1},
	    {"runtime/internals.New", 0},
	    {"runtimes.New", 0},
	    {"github.com/x/runtime.New", 0},
	    {AGENT "pkg/runtime.SetMaxProcs", 0},
	    {"internal/sync.(*HashTrieMap).Load", 0},
	    {"internal/runtimes.New", 0},
	    {"main.runtime", 0},
	    {"", 0},
	};

	(void)state;
	for (size_t i = 0; i < BUILD_COUNT(cases); i++) {
		if (figures_is_runtime(cases[i].function) != cases[i].is_runtime)
			fail_msg("'%s'", cases[i].function);
	}
}

static const struct heap_case {
	struct top_row rows[5];
	int64_t net, growth, shrinkage, runtime;
	const char *top;
} heap_cases[] = {
    {{{0}}, 0, 0, 0, 0, NULL},
    {{{"a.A", 5, 5}}, 5, 5, 0, 0, "a.A"},
    {{{"a.A", -5, -5}}, -5, 0, 5, 0, NULL},
    {{{"a.A", 64, 64}, {"b.B", -64, 0}}, 0, 64, 64, 0, "a.A"},
    {{{"b.B", -64, 0}, {"a.A", 9, 9}, {"c.C", 8, 8}}, -47, 17, 64, 0, "a.A"},
    {{{"runtime.malg", 70, 70}, {"a.A", 3, 3}}, 3, 3, 0, 70, "a.A"},
    {{{"runtime.malg", -70, 0}, {"a.A", 3, 3}}, 3, 3, 0, -70, "a.A"},
    {{{"internal/runtime/maps.newTable", 70, 70}}, 0, 0, 0, 70, NULL},
    {{{"runtime/debug.SetGCPercent", 4, 4}, {"a.A", 0, 70}}, 4, 4, 0, 0,
	"runtime/debug.SetGCPercent"},
};

static void
test_heap_sums(void **state)
{
	(void)state;
	for (size_t i = 0; i < BUILD_COUNT(heap_cases); i++) {
		const struct heap_case *row = &heap_cases[i];
		struct fixture fixture;
		const struct figures_heap *heap = &fixture.figures.heap;

		open_fixture(&fixture);
		build_top(&fixture.build, &fixture.process->tops[PPROF_GROWTH], row->rows);
		build_top(&fixture.build, &fixture.process->tops[PPROF_GROWTH_JUDGED], row->rows);
		work_out(&fixture);
		assert_null(heap->why);
		assert_int_equal(heap->net_bytes, row->net);
		assert_int_equal(heap->growth_bytes, row->growth);
		assert_int_equal(heap->shrinkage_bytes, row->shrinkage);
		assert_int_equal(heap->runtime_bytes, row->runtime);
		assert_int_equal(heap->per_30s_bytes, row->net);
		assert_int_equal(heap->profiling_bytes, 0);
		assert_int_equal(heap->unchanged, i == 0);
		if (row->top == NULL)
			assert_null(heap->top);
		else
			assert_string_equal(heap->top->function, row->top);
		build_close(&fixture.build);
	}
}

/* What profiling itself allocated is in the one diff and not in the other. */
static void
test_profiling_is_left_out(void **state)
{
	struct fixture fixture;

	(void)state;
	open_fixture(&fixture);
	BUILD_TOP(&fixture.build, &fixture.process->tops[PPROF_GROWTH], {"a.A", 7 * MB, 7 * MB},
	    {"runtime/pprof.StartCPUProfile", 2 * MB, 2 * MB});
	BUILD_TOP(&fixture.build, &fixture.process->tops[PPROF_GROWTH_JUDGED],
	    {"a.A", 7 * MB, 7 * MB});
	work_out(&fixture);
	assert_int_equal(fixture.figures.heap.net_bytes, 7 * MB);
	assert_int_equal(fixture.figures.heap.profiling_bytes, 2 * MB);
	assert_int_equal(fixture.figures.heap.profiling_grown_bytes, 2 * MB);

	/* What shrank does not make up for what grew. */
	BUILD_TOP(&fixture.build, &fixture.process->tops[PPROF_GROWTH], {"b.B", 9 * MB, 9 * MB},
	    {"a.A", 7 * MB, 7 * MB}, {"c.C", -9 * MB, -9 * MB});
	work_out(&fixture);
	assert_int_equal(fixture.figures.heap.profiling_bytes, 0);
	assert_int_equal(fixture.figures.heap.profiling_grown_bytes, 9 * MB);
	build_close(&fixture.build);
}

/* √(moved × period); √(n / 2) MB of n MB at Go's usual period. */
static void
test_heap_error(void **state)
{
	static const struct {
		int64_t grown, shrunk, runtime, period, error;
	} cases[] = {
	    {8 * MB, 0, 0, 524288, 2 * MB},
	    {8 * MB, 0, 0, 0, 2 * MB},
	    {8 * MB, 0, 0, -3, 2 * MB},
	    {4 * MB, 4 * MB, 0, 524288, 2 * MB},
	    {0, 8 * MB, 0, 524288, 2 * MB},
	    {8 * MB, 0, 90 * MB, 524288, 2 * MB},
	    {4 * MB, 0, 0, 1, 2048},
	    {16 * MB, 0, 0, MB, 4 * MB},
	    {0, 0, 0, 524288, 0},
	    {(int64_t)1 << 60, 0, 0, (int64_t)1 << 60, (int64_t)1 << 60},
	};

	(void)state;
	for (size_t i = 0; i < BUILD_COUNT(cases); i++) {
		struct fixture fixture;

		open_fixture(&fixture);
		fixture.process->profiles[FLARE_HEAP_2ND].period = cases[i].period;
		BUILD_GROWTH(&fixture.build, fixture.process, {"a.A", cases[i].grown, 0},
		    {"b.B", -cases[i].shrunk, 0}, {"runtime.malg", cases[i].runtime, 0});
		work_out(&fixture);
		if (fixture.figures.heap.error_bytes != cases[i].error)
			fail_msg("case %zu: %lld", i, (long long)fixture.figures.heap.error_bytes);
		build_close(&fixture.build);
	}
}

/* Of large objects the error is less. */
static void
test_error_by_size(void **state)
{
	struct fixture fixture;

	(void)state;
	open_fixture(&fixture);
	BUILD_GROWTH(&fixture.build, fixture.process, {"a.A", 80 * MB, 0},
	    {"runtime.x", 9 * MB, 0});
	BUILD_TOP(&fixture.build, &fixture.process->tops[PPROF_GROWTH_OBJECTS], {"a.A", 80, 0});
	work_out(&fixture);
	assert_in_range(fixture.figures.heap.error_bytes, 3.53 * MB, 3.55 * MB);
	build_missing(fixture.process, PPROF_GROWTH_OBJECTS, "it is gone");
	work_out(&fixture);
	assert_in_range(fixture.figures.heap.error_bytes, 6.32 * MB, 6.33 * MB);
	build_close(&fixture.build);
}

/* How much of what was allocated between the snapshots is kept. */
static void
test_kept(void **state)
{
	static const struct {
		int64_t grown, allocated; /* allocated -1: not to be had; of the function */
		double percent;
	} cases[] = {
	    {5, 50, 10}, {50, 50, 100}, {60, 50, 100}, {0, 50, 0}, {-5, 50, 0}, {5, 0, -1},
	    {5, -50, -1}, {5, -1, -1}, {INT64_MAX, 1, 100}, {1, INT64_MAX, 0},
	};

	(void)state;
	for (size_t i = 0; i < BUILD_COUNT(cases); i++) {
		const struct top_row row = {"a.A", cases[i].grown, 0};
		struct fixture fixture;
		struct top *allocated;
		double percent;

		open_fixture(&fixture);
		allocated = &fixture.process->tops[PPROF_ALLOCATED];
		BUILD_TOP(&fixture.build, allocated, {"b.B", 0, 0}, {"a.A", cases[i].allocated, 0});
		allocated->found = cases[i].allocated != -1;
		percent = figures_kept_percent(fixture.process, &row);
		if (percent < cases[i].percent - 1e-9 || percent > cases[i].percent + 1e-9)
			fail_msg("case %zu: %f", i, percent);
		build_close(&fixture.build);
	}
}

/* The sum over all functions, and the share that the one that grew most has kept. */
static void
test_allocated(void **state)
{
	struct fixture fixture;
	const struct figures_heap *heap = &fixture.figures.heap;

	(void)state;
	open_fixture(&fixture);
	BUILD_GROWTH(&fixture.build, fixture.process, {"a.A", MB, 0}, {"b.B", 3 * MB, 0});
	BUILD_TOP(&fixture.build, &fixture.process->tops[PPROF_ALLOCATED], {"b.B", 12 * MB, 0},
	    {"a.A", MB, 0});
	work_out(&fixture);
	assert_int_equal(heap->allocated_bytes, 13 * MB);
	assert_true(heap->top_kept_percent == 25);

	/* None grew. */
	BUILD_GROWTH(&fixture.build, fixture.process, {"a.A", -MB, 0});
	work_out(&fixture);
	assert_true(heap->top_kept_percent == -1);

	build_missing(fixture.process, PPROF_ALLOCATED, "it is gone");
	BUILD_GROWTH(&fixture.build, fixture.process, {"a.A", MB, 0});
	work_out(&fixture);
	assert_null(heap->why);
	assert_int_equal(heap->allocated_bytes, -1);
	assert_true(heap->top_kept_percent == -1);
	build_close(&fixture.build);
}

/* A worker's frame may be missing below its loop, or be there with it: it counts once. */
static void
test_collector(void **state)
{
	static const struct {
		struct top_row rows[4];
		int64_t gc_ns;
	} cases[] = {
	    {{{"a.A", 9, 9}}, 0},
	    {{{"runtime.gcBgMarkWorker", 1, 7}}, 7},
	    {{{"runtime.gcDrain", 1, 7}}, 7},
	    {{{"runtime.gcDrain", 1, 5}, {"runtime.gcBgMarkWorker", 0, 7}}, 7},
	    {{{"runtime.gcDrain", 1, 8}, {"runtime.gcBgMarkWorker", 0, 7}}, 8},
	    {{{"runtime.gcBgMarkWorker", 1, 7}, {"runtime.gcAssistAlloc", 2, 3},
		 {"runtime.bgsweep", 0, 4}, {"runtime.bgscavenge", 0, 5}},
		19},
	    {{{"x/runtime.gcDrain", 1, 7}, {"runtime.gcDrainN", 1, 7}, {"runtime.mallocgc", 1, 7}},
		0},
	};

	(void)state;
	for (size_t i = 0; i < BUILD_COUNT(cases); i++) {
		struct top_row rows[5] = {{0}};
		struct fixture fixture;

		memcpy(rows, cases[i].rows, sizeof(cases[i].rows));
		open_fixture(&fixture);
		build_top(&fixture.build, &fixture.process->tops[PPROF_CPU], rows);
		work_out(&fixture);
		assert_int_equal(fixture.figures.cpu.gc_ns, cases[i].gc_ns);
		build_close(&fixture.build);
	}
}

/* Thresholds are for 30 s: of what was counted for longer, so much is taken on average. */
static void
test_judged_delay(void **state)
{
	static const struct {
		int64_t delay;
		int since_start;
		int64_t seconds, judged;
	} cases[] = {
	    {600, 0, 0, 600}, {600, 0, 3600, 600}, {600, 1, 30, 600}, {600, 1, 31, 580},
	    {600, 1, 60, 300}, {600, 1, 3600, 5}, {600, 1, 0, 600}, {600, 1, -5, 600},
	    {0, 1, 3600, 0}, {600, 1, INT64_MAX, 0}, {INT64_MAX, 1, 1, INT64_MAX},
	    {INT64_MIN, 0, 0, INT64_MIN},
	};
	static const struct {
		int since_start;
		int64_t seconds;
		int is_averaged;
	} averages[] = {
	    {1, 31, 1}, {1, INT64_MAX, 1}, {1, 30, 0}, {1, 0, 0}, {1, -5, 0}, {0, 3600, 0},
	};

	(void)state;
	for (size_t i = 0; i < BUILD_COUNT(cases); i++)
		assert_int_equal(figures_judged_ns(cases[i].delay, cases[i].since_start,
				     cases[i].seconds),
		    cases[i].judged);
	for (size_t i = 0; i < BUILD_COUNT(averages); i++)
		assert_int_equal(
		    figures_is_averaged(averages[i].since_start, averages[i].seconds),
		    averages[i].is_averaged);
	assert_int_equal(figures_mostly_sends(&(struct figures_block){.send_ns = 5}), 1);
	assert_int_equal(
	    figures_mostly_sends(&(struct figures_block){.send_ns = 5, .lock_ns = 5}), 0);
}

/* For a quarter of an hour; of what nothing is known, that is not said. */
static void
test_young(void **state)
{
	static const struct {
		int64_t uptime;
		int is_young;
	} cases[] = {{0, 1}, {899, 1}, {900, 0}, {INT64_MAX, 0}, {-1, 0}, {INT64_MIN, 0}};
	struct build build;
	struct figures figures;

	(void)state;
	for (size_t i = 0; i < BUILD_COUNT(cases); i++)
		assert_int_equal(
		    figures_is_young(&(struct figures){.uptime_seconds = cases[i].uptime}),
		    cases[i].is_young);
	build_open(&build);
	figures_of(&figures, build_process(&build, "core"));
	assert_int_equal(figures.uptime_seconds, -1);
	build_close(&build);
}

#define DAY (24 * 3600 * SEC)
static const struct interval_case {
	int64_t first, second;
	enum profile_state cpu;
	int64_t duration;
	double seconds; /* 0: not judged */
	enum figures_interval source;
} interval_cases[] = {
    {START, START + 30 * SEC, PROFILE_READ, 30 * SEC, 30, FIGURES_PROFILE_TIMES},
    {START, START + 60 * SEC, PROFILE_READ, 30 * SEC, 60, FIGURES_PROFILE_TIMES},
    {START, START + 4 * SEC, PROFILE_MISSING, 0, 4, FIGURES_PROFILE_TIMES},
    {START, START + 4 * SEC + SEC / 2, PROFILE_READ, 30 * SEC, 4.5, FIGURES_PROFILE_TIMES},
    {START, START + SEC, PROFILE_READ, 30 * SEC, 1, FIGURES_PROFILE_TIMES},
    {START, START + SEC - 1, PROFILE_MISSING, 0, 0, 0},
    {START, START + DAY, PROFILE_READ, 30 * SEC, 86400, FIGURES_PROFILE_TIMES},
    {START, START + DAY + SEC, PROFILE_READ, 30 * SEC, 0, 0},
    {0, START, PROFILE_READ, 4 * SEC, 4, FIGURES_CPU_DURATION},
    {START, 0, PROFILE_READ, 4 * SEC, 4, FIGURES_CPU_DURATION},
    {0, 0, PROFILE_READ, 60 * SEC, 60, FIGURES_CPU_DURATION},
    {0, 0, PROFILE_READ, SEC, 1, FIGURES_CPU_DURATION},
    {0, 0, PROFILE_READ, SEC - 1, 0, 0},
    {0, 0, PROFILE_READ, DAY + SEC, 0, 0},
    {0, 0, PROFILE_READ, 0, 30, FIGURES_ASSUMED},
    {0, 0, PROFILE_READ, -5 * SEC, 30, FIGURES_ASSUMED},
    {0, 0, PROFILE_MISSING, 60 * SEC, 30, FIGURES_ASSUMED},
    {0, 0, PROFILE_UNREADABLE, 60 * SEC, 30, FIGURES_ASSUMED},
};

static void
test_interval(void **state)
{
	(void)state;
	for (size_t i = 0; i < BUILD_COUNT(interval_cases); i++) {
		const struct interval_case *row = &interval_cases[i];
		struct fixture fixture;
		struct profile *profiles;

		open_fixture(&fixture);
		profiles = fixture.process->profiles;
		profiles[FLARE_HEAP_1ST].time_ns = row->first;
		profiles[FLARE_HEAP_2ND].time_ns = row->second;
		profiles[FLARE_CPU].state = row->cpu;
		profiles[FLARE_CPU].duration_ns = row->duration;
		work_out(&fixture);
		if ((fixture.figures.heap.why != NULL) != (row->seconds == 0))
			fail_msg("case %zu: %s", i, fixture.figures.heap.why);
		if (row->seconds > 0) {
			assert_true(fixture.figures.heap.interval_seconds == row->seconds);
			assert_int_equal(fixture.figures.heap.interval_source, row->source);
		}
		build_close(&fixture.build);
	}
}

static void
test_rate_for_30_seconds(void **state)
{
	static const struct {
		int64_t net, seconds, per_30s;
	} cases[] = {
	    {10 * MB, 30, 10 * MB}, {10 * MB, 4, 75 * MB},	 {10 * MB, 60, 5 * MB},
	    {-4 * MB, 4, -30 * MB}, {10 * MB, 86400, 10 * MB / 2880 + 1},
	    {0, 4, 0},
	};

	(void)state;
	for (size_t i = 0; i < BUILD_COUNT(cases); i++) {
		struct fixture fixture;

		open_fixture(&fixture);
		fixture.process->profiles[FLARE_HEAP_2ND].time_ns = START + cases[i].seconds * SEC;
		BUILD_GROWTH(&fixture.build, fixture.process, {"a.A", cases[i].net, 0});
		work_out(&fixture);
		assert_int_equal(fixture.figures.heap.net_bytes, cases[i].net);
		if (fixture.figures.heap.per_30s_bytes != cases[i].per_30s)
			fail_msg("case %zu: %lld", i,
			    (long long)fixture.figures.heap.per_30s_bytes);
		build_close(&fixture.build);
	}
}

/* Each report that a figure needs: its reason is the figure's reason, and no other's. */
static void
test_missing_reports(void **state)
{
	static const struct {
		enum pprof_report report;
		const char *kind; /* of the figures without it; "" where none needs it */
	} cases[] = {
	    {PPROF_GROWTH, "heap"},	  {PPROF_GROWTH_JUDGED, "heap"},
	    {PPROF_GROWTH_OBJECTS, ""},	  {PPROF_HEAP, ""},
	    {PPROF_CPU, "cpu"},		  {PPROF_BLOCK_LEAF, "block"},
	    {PPROF_BLOCK_DELAY, "block"}, {PPROF_BLOCK_COUNT, "block"},
	    {PPROF_MUTEX_LEAF, "mutex"},  {PPROF_MUTEX_DELAY, "mutex"},
	    {PPROF_MUTEX_COUNT, "mutex"},
	};
	static const char why[] = "it is gone";

	(void)state;
	for (size_t i = 0; i < BUILD_COUNT(cases); i++) {
		struct fixture fixture;
		const struct figures *figures = &fixture.figures;
		const char *kind = cases[i].kind;

		open_fixture(&fixture);
		build_missing(fixture.process, cases[i].report, why);
		work_out(&fixture);
		assert_ptr_equal(figures->heap.why, strcmp(kind, "heap") == 0 ? why : NULL);
		assert_ptr_equal(figures->cpu.why, strcmp(kind, "cpu") == 0 ? why : NULL);
		assert_ptr_equal(figures->block.why, strcmp(kind, "block") == 0 ? why : NULL);
		assert_ptr_equal(figures->mutex.why, strcmp(kind, "mutex") == 0 ? why : NULL);
		build_close(&fixture.build);
	}
}

static const struct cpu_case {
	struct top_row rows[3];
	int64_t duration, period;
	int known;
	double core_use, samples, percent;
	const char *top;
} cpu_cases[] = {
    {{{"a.A", 6 * SEC, 0}, {"b.B", 4 * SEC, 0}}, 20 * SEC, 10000000, 1, 0.5, 1000, 60, "a.A"},
    {{{"a.A", 6 * SEC, 0}, {"b.B", 4 * SEC, 0}}, 20 * SEC, 0, 1, 0.5, 1000, 60, "a.A"},
    {{{"a.A", 6 * SEC, 0}, {"b.B", 4 * SEC, 0}}, 20 * SEC, 1000000, 1, 0.5, 10000, 60, "a.A"},
    {{{"a.A", 40 * SEC, 0}}, 4 * SEC, 10000000, 1, 10, 4000, 100, "a.A"},
    {{{0}}, 20 * SEC, 10000000, 1, 0, 0, 0, NULL},
    {{{"a.A", 0, 0}}, 20 * SEC, 10000000, 1, 0, 0, 0, NULL},
    {{{"a.A", 6 * SEC, 0}}, 0, 10000000, 0, 0, 0, 0, NULL},
    {{{"a.A", 6 * SEC, 0}}, -SEC, 10000000, 0, 0, 0, 0, NULL},
    {{{"a.A", -6 * SEC, 0}}, 20 * SEC, 10000000, 0, 0, 0, 0, NULL},
};

static void
test_cpu(void **state)
{
	(void)state;
	for (size_t i = 0; i < BUILD_COUNT(cpu_cases); i++) {
		const struct cpu_case *row = &cpu_cases[i];
		struct fixture fixture;
		const struct figures_cpu *cpu = &fixture.figures.cpu;

		open_fixture(&fixture);
		fixture.process->profiles[FLARE_CPU].duration_ns = row->duration;
		fixture.process->profiles[FLARE_CPU].period = row->period;
		build_top(&fixture.build, &fixture.process->tops[PPROF_CPU], row->rows);
		work_out(&fixture);
		if ((cpu->why == NULL) != row->known)
			fail_msg("case %zu: %s", i, cpu->why);
		assert_true(cpu->core_use == row->core_use);
		assert_true(cpu->sample_count == row->samples);
		assert_true(cpu->top_percent == row->percent);
		if (row->top == NULL)
			assert_null(cpu->top);
		else
			assert_string_equal(cpu->top->function, row->top);
		build_close(&fixture.build);
	}
}

enum { LOCK, SEND, IDLE, OTHER };

static const struct {
	const char *leaf;
	int kind;
} leaves[] = {
    {"sync.(*Mutex).Lock", LOCK},
    {"sync.(*Mutex).lockSlow", LOCK},
    {"internal/sync.(*Mutex).Lock", LOCK},
    {"internal/sync.(*Mutex).lockSlow", LOCK},
    {"internal/sync.runtime_SemacquireMutex", LOCK},
    {"sync.(*RWMutex).Lock", LOCK},
    {"sync.(*RWMutex).RLock", LOCK},
    {"sync.runtime_SemacquireMutex", LOCK},
    {"sync.runtime_SemacquireRWMutex", LOCK},
    {"sync.runtime_SemacquireRWMutexR", LOCK},
    {"runtime.semacquire", LOCK},
    {"runtime.semacquire1", LOCK},
    {"runtime.semacquireRWMutex", LOCK},
    {"runtime.chansend", SEND},
    {"runtime.chansend1", SEND},
    {"runtime.selectgo", IDLE},
    {"runtime.chanrecv", IDLE},
    {"runtime.chanrecv1", IDLE},
    {"runtime.chanrecv2", IDLE},
    {"sync.(*Cond).Wait", IDLE},
    {"sync.(*WaitGroup).Wait", IDLE},
    {"sync.runtime_notifyListWait", IDLE},
    {"sync.runtime_Semacquire", IDLE},
    {"sync.runtime_SemacquireWaitGroup", IDLE},
    {"time.Sleep", IDLE},
    {"runtime.netpoll", IDLE},
    {"runtime.netpollblock", IDLE},
    {"runtime.gopark", OTHER},
    {"internal/poll.runtime_pollWait", OTHER},
    {"syscall.Syscall", OTHER},
    {"sync.(*Pool).Get", OTHER},
    {"time.Now", OTHER},
    {"github.com/x/sync.(*Mutex).Lock", OTHER},
    {"github.com/x/runtime.chansend", OTHER},
    {"github.com/x/internal/sync.Lock", OTHER},
    {"main.runtime.selectgo", OTHER},
    {"", OTHER},
};

static void
test_block_leaves(void **state)
{
	(void)state;
	for (size_t i = 0; i < BUILD_COUNT(leaves); i++) {
		struct fixture fixture;
		const struct figures_block *block = &fixture.figures.block;
		int64_t sums[4];

		open_fixture(&fixture);
		BUILD_TOP(&fixture.build, &fixture.process->tops[PPROF_BLOCK_LEAF],
		    {leaves[i].leaf, 3 * SEC, 3 * SEC});
		work_out(&fixture);
		assert_null(block->why);
		sums[LOCK] = block->lock_ns;
		sums[SEND] = block->send_ns;
		sums[IDLE] = block->idle_ns;
		sums[OTHER] = block->other_ns;
		for (int kind = 0; kind < 4; kind++) {
			if (sums[kind] != (kind == leaves[i].kind ? 3 * SEC : 0))
				fail_msg("'%s': %lld ns of kind %d", leaves[i].leaf,
				    (long long)sums[kind], kind);
		}
		build_close(&fixture.build);
	}
}

static void
test_block_sums(void **state)
{
	struct fixture fixture;
	const struct figures_block *block = &fixture.figures.block;

	(void)state;
	open_fixture(&fixture);
	BUILD_TOP(&fixture.build, &fixture.process->tops[PPROF_BLOCK_LEAF],
	    {"runtime.selectgo", 230, 230}, {"sync.(*Mutex).Lock", 20, 20},
	    {"runtime.semacquire1", 3, 3}, {"runtime.chansend1", 7, 7}, {"x.Y", 1, 1},
	    {"main.main", 0, 261}, {"time.Sleep", 40, 40});
	BUILD_TOP(&fixture.build, &fixture.process->tops[PPROF_BLOCK_DELAY], {FLUSH, 30, 30},
	    {"main.main", 0, 30});
	BUILD_TOP(&fixture.build, &fixture.process->tops[PPROF_BLOCK_COUNT], {FLUSH, 4, 4},
	    {"a.A", 5, 5});
	work_out(&fixture);
	assert_int_equal(block->lock_ns, 23);
	assert_int_equal(block->send_ns, 7);
	assert_int_equal(block->idle_ns, 270);
	assert_int_equal(block->other_ns, 1);
	assert_int_equal(block->contentions, 9);
	assert_string_equal(block->top->function, FLUSH);
	build_close(&fixture.build);
}

/* Sound and empty means not switched on: unknown, never "no contention". */
static void
test_unmeasured_locks(void **state)
{
	static const enum pprof_report reports[] = {PPROF_BLOCK_LEAF, PPROF_BLOCK_DELAY,
	    PPROF_BLOCK_COUNT, PPROF_MUTEX_LEAF, PPROF_MUTEX_DELAY, PPROF_MUTEX_COUNT};
	struct fixture fixture;

	(void)state;
	open_fixture(&fixture);
	fixture.process->profiles[FLARE_BLOCK].sample_count = 0;
	fixture.process->profiles[FLARE_MUTEX].sample_count = 0;
	for (size_t i = 0; i < BUILD_COUNT(reports); i++)
		build_top(&fixture.build, &fixture.process->tops[reports[i]], NULL);
	work_out(&fixture);
	assert_non_null(strstr(fixture.figures.block.why, "not switched on"));
	assert_non_null(strstr(fixture.figures.mutex.why, "not switched on"));
	assert_null(fixture.figures.block.top);
	assert_null(fixture.figures.mutex.top);

	/* One sample, and it was measured. */
	fixture.process->profiles[FLARE_BLOCK].sample_count = 1;
	fixture.process->profiles[FLARE_MUTEX].sample_count = 1;
	work_out(&fixture);
	assert_null(fixture.figures.block.why);
	assert_null(fixture.figures.mutex.why);
	assert_int_equal(fixture.figures.block.lock_ns, 0);
	assert_int_equal(fixture.figures.mutex.delay_ns, 0);
	build_close(&fixture.build);
}

static void
test_mutex(void **state)
{
	static const struct {
		const char *leaf;
		int is_runtime;
	} cases[] = {
	    {"runtime._LostContendedRuntimeLock", 1},
	    {"runtime.unlock", 1},
	    {"runtime.unlock2", 1},
	    {"runtime.unlockWithRank", 1},
	    {"sync.(*Mutex).Unlock", 0},
	    {"sync.(*RWMutex).RUnlock", 0},
	    {"internal/sync.(*Mutex).Unlock", 0},
	    {"runtime.semrelease", 0},
	    {AGENT "pkg/x.unlock", 0},
	    {"github.com/x/runtime.unlock", 0},
	};

	(void)state;
	for (size_t i = 0; i < BUILD_COUNT(cases); i++) {
		struct fixture fixture;

		open_fixture(&fixture);
		BUILD_TOP(&fixture.build, &fixture.process->tops[PPROF_MUTEX_LEAF],
		    {cases[i].leaf, 5, 5}, {"sync.(*Mutex).Unlock", 2, 2});
		work_out(&fixture);
		assert_null(fixture.figures.mutex.why);
		if (fixture.figures.mutex.runtime_ns != (cases[i].is_runtime ? 5 : 0))
			fail_msg("'%s'", cases[i].leaf);
		assert_int_equal(fixture.figures.mutex.delay_ns, cases[i].is_runtime ? 2 : 7);
		assert_int_equal(fixture.figures.mutex.contentions, 7);
		assert_string_equal(fixture.figures.mutex.top->function, FLUSH);
		build_close(&fixture.build);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_runtime_functions),
	    cmocka_unit_test(test_heap_sums),
	    cmocka_unit_test(test_profiling_is_left_out),
	    cmocka_unit_test(test_heap_error),
	    cmocka_unit_test(test_error_by_size),
	    cmocka_unit_test(test_kept),
	    cmocka_unit_test(test_allocated),
	    cmocka_unit_test(test_interval),
	    cmocka_unit_test(test_rate_for_30_seconds),
	    cmocka_unit_test(test_missing_reports),
	    cmocka_unit_test(test_cpu),
	    cmocka_unit_test(test_collector),
	    cmocka_unit_test(test_judged_delay),
	    cmocka_unit_test(test_young),
	    cmocka_unit_test(test_block_leaves),
	    cmocka_unit_test(test_block_sums),
	    cmocka_unit_test(test_unmeasured_locks),
	    cmocka_unit_test(test_mutex),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
