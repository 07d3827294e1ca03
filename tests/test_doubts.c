#include "doubts.h"

#include "builders.h"
#include "facts.h"

/* One process with its figures, worked out but not yet doubted. */
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
doubt(struct fixture *fixture)
{
	figures_of(&fixture->figures, fixture->process);
	doubts_apply(&fixture->figures, &fixture->build.evidence,
	    fixture->build.thresholds.leak_bytes);
}

static void
set_identical(struct fixture *fixture)
{
	build_top(&fixture->build, &fixture->process->tops[PPROF_GROWTH], NULL);
	build_top(&fixture->build, &fixture->process->tops[PPROF_GROWTH_JUDGED], NULL);
}

/* Stats taken after the second snapshot, whose last collection was so long after the first one. */
static void
set_memstats(struct fixture *fixture, int64_t last_gc_ns)
{
	fixture->build.evidence.memstats = (struct memstats){.found = 1,
	    .heap_alloc_bytes = -1,
	    .heap_inuse_bytes = 50 * MB,
	    .num_gc = 9,
	    .last_gc_ns = START + last_gc_ns,
	    .taken_after_ns = START + 40 * SEC};
}

#define BETWEEN (15 * SEC)
#define BEFORE (-30 * SEC)

/* Whether the snapshots tell of growth. */
static const struct {
	int differ, has_memstats;
	int64_t last_gc_ns;
	enum gate_state gate;
	enum figures_validity validity;
	const char *why; /* a part of it; NULL: they do */
} collection_cases[] = {
    {1, 0, 0, GATE_ENDED, FIGURES_VALID, NULL},
    {1, 1, BETWEEN, GATE_ENDED, FIGURES_VALID, NULL},
    {0, 1, BETWEEN, GATE_ENDED, FIGURES_UNCHANGED, NULL},
    {0, 1, BEFORE, GATE_NONE, FIGURES_STALE, "no garbage collection ended between"},
    {1, 1, BEFORE, GATE_NONE, FIGURES_STALE, "no garbage collection ended between"},
    {0, 0, 0, GATE_UNKNOWN, FIGURES_STALE, "identical"},
};

static void
test_collection(void **state)
{
	(void)state;
	for (size_t i = 0; i < BUILD_COUNT(collection_cases); i++) {
		struct fixture fixture;
		const struct figures_heap *heap = &fixture.figures.heap;

		open_fixture(&fixture);
		if (!collection_cases[i].differ)
			set_identical(&fixture);
		if (collection_cases[i].has_memstats)
			set_memstats(&fixture, collection_cases[i].last_gc_ns);
		doubt(&fixture);
		if (heap->gate.state != collection_cases[i].gate ||
		    heap->validity != collection_cases[i].validity)
			fail_msg("row %zu: gate %d, validity %d", i, (int)heap->gate.state,
			    (int)heap->validity);
		if (collection_cases[i].why == NULL)
			assert_null(heap->why);
		else
			assert_non_null(strstr(heap->why, collection_cases[i].why));
		build_close(&fixture.build);
	}
}

/* Before the first collection nothing tells garbage from what is kept, whether the snapshots differ
 * or not: only that next to nothing was allocated can be believed. */
static void
test_never_collected(void **state)
{
	static const struct {
		int differ;
		int64_t heap_alloc;
		enum figures_validity validity;
	} cases[] = {
	    {0, -1, FIGURES_STALE},
	    {1, -1, FIGURES_STALE},
	    {0, 34 * MB, FIGURES_BOUNDED},
	    {1, 34 * MB, FIGURES_BOUNDED},
	    {0, 34 * MB + 1, FIGURES_STALE},
	    {1, 34 * MB + 1, FIGURES_STALE},
	};

	(void)state;
	for (size_t i = 0; i < BUILD_COUNT(cases); i++) {
		struct fixture fixture;
		const struct figures_heap *heap = &fixture.figures.heap;

		open_fixture(&fixture);
		if (!cases[i].differ)
			set_identical(&fixture);
		set_memstats(&fixture, -START);
		fixture.build.evidence.memstats.num_gc = 0;
		fixture.build.evidence.memstats.heap_alloc_bytes = cases[i].heap_alloc;
		doubt(&fixture);
		assert_int_equal(heap->gate.state, GATE_NEVER);
		assert_int_equal(heap->validity, cases[i].validity);
		if (cases[i].validity == FIGURES_STALE)
			assert_non_null(strstr(heap->why, "since the process started"));
		else
			assert_null(heap->why);
		build_close(&fixture.build);
	}
}

/* Without a collection, what the heap can have grown by at most may be no leak all the same. The
 * snapshot's 32 MB may be off by 8. */
static void
test_bound(void **state)
{
	static const struct {
		int64_t heap_alloc, seconds, threshold;
		enum figures_validity validity;
	} cases[] = {
	    {34 * MB, 30, 10 * MB, FIGURES_BOUNDED},
	    {34 * MB + 1, 30, 10 * MB, FIGURES_STALE},
	    {34 * MB, 30, 10 * MB - 1, FIGURES_STALE},
	    {44 * MB, 60, 10 * MB, FIGURES_BOUNDED},
	    {44 * MB + 1, 60, 10 * MB, FIGURES_STALE},
	    {29 * MB, 15, 10 * MB, FIGURES_BOUNDED},
	    {30 * MB, 15, 10 * MB, FIGURES_STALE},
	    {0, 30, 10 * MB, FIGURES_BOUNDED},
	    {-1, 30, 10 * MB, FIGURES_STALE},
	    {(int64_t)9e18, 30, INT64_MAX, FIGURES_BOUNDED},
	    {(int64_t)9e18, 30, 1, FIGURES_STALE},
	};

	(void)state;
	for (size_t i = 0; i < BUILD_COUNT(cases); i++) {
		struct fixture fixture;
		const struct figures_heap *heap = &fixture.figures.heap;

		open_fixture(&fixture);
		set_identical(&fixture);
		set_memstats(&fixture, BEFORE);
		fixture.build.evidence.memstats.heap_alloc_bytes = cases[i].heap_alloc;
		fixture.build.evidence.memstats.taken_after_ns = START + 100 * SEC;
		fixture.process->profiles[FLARE_HEAP_2ND].time_ns = START + cases[i].seconds * SEC;
		fixture.build.thresholds.leak_bytes = cases[i].threshold;
		doubt(&fixture);
		assert_int_equal(heap->gate.state, GATE_NONE);
		if (heap->validity != cases[i].validity ||
		    (heap->why == NULL) != (cases[i].validity == FIGURES_BOUNDED))
			fail_msg("row %zu: validity %d", i, (int)heap->validity);
		build_judge(&fixture.build);
		assert_int_equal(fixture.build.verdict.processes[0].heap,
		    cases[i].validity == FIGURES_BOUNDED ? VERDICT_WITHIN : VERDICT_UNKNOWN);
		build_close(&fixture.build);
	}
}

/* A heap profile without a sample is believed only of a heap that is known to be small. */
static void
test_blank_heap(void **state)
{
	static const struct {
		const char *prefix;
		int found;
		int64_t inuse;
		int is_known;
	} cases[] = {
	    {"core", 0, 2 * MB, 0}, {"core", 1, 2 * MB, 1}, {"core", 1, 16 * MB, 1},
	    {"core", 1, 16 * MB + 1, 0}, {"core", 1, 0, 1}, {"core", 1, -1, 0},
	    {"process", 1, 2 * MB, 0},
	};

	(void)state;
	for (size_t i = 0; i < BUILD_COUNT(cases); i++) {
		struct fixture fixture;

		open_fixture(&fixture);
		fixture.build.files[0].prefix = cases[i].prefix;
		build_top(&fixture.build, &fixture.process->tops[PPROF_HEAP], NULL);
		set_memstats(&fixture, BETWEEN);
		fixture.build.evidence.memstats.found = cases[i].found;
		fixture.build.evidence.memstats.heap_inuse_bytes = cases[i].inuse;
		doubt(&fixture);
		if ((fixture.figures.heap.why == NULL) != cases[i].is_known)
			fail_msg("row %zu: %s", i, fixture.figures.heap.why);
		if (!cases[i].is_known)
			assert_non_null(strstr(fixture.figures.heap.why, "no samples"));
		build_close(&fixture.build);
	}
}

/* What is left out as profiling's own is too much to be that, and would be a leak. */
static void
test_profiling(void **state)
{
	static const struct {
		int64_t grown, shrunk, net, seconds;
		int is_known;
	} cases[] = {
	    {16 * MB, 0, MB, 30, 1},
	    {16 * MB + 1, 0, MB, 30, 0},
	    {17 * MB, -17 * MB, MB, 30, 0},
	    {17 * MB, 0, MB, 60, 1},
	    {18 * MB, 0, MB + 1, 60, 1},
	    {20 * MB, 0, 0, 60, 1},
	    {20 * MB + 2, 0, 0, 60, 0},
	    /* A leak without it is one with it. */
	    {90 * MB, 0, 11 * MB, 30, 1},
	    {INT64_MAX / 4, 0, MB, 30, 0},
	};

	(void)state;
	for (size_t i = 0; i < BUILD_COUNT(cases); i++) {
		struct fixture fixture;
		struct top *tops;

		open_fixture(&fixture);
		tops = fixture.process->tops;
		fixture.process->profiles[FLARE_HEAP_2ND].time_ns = START + cases[i].seconds * SEC;
		BUILD_TOP(&fixture.build, &tops[PPROF_GROWTH], {"b.B", cases[i].grown, 0},
		    {"c.C", cases[i].shrunk, 0}, {"a.A", cases[i].net, 0});
		BUILD_TOP(&fixture.build, &tops[PPROF_GROWTH_JUDGED], {"a.A", cases[i].net, 0});
		doubt(&fixture);
		if ((fixture.figures.heap.why == NULL) != cases[i].is_known)
			fail_msg("row %zu: %s", i, fixture.figures.heap.why);
		build_close(&fixture.build);
	}
}

/* What could not be measured keeps its reason, and nothing else is asked. */
static void
test_first_reason_stays(void **state)
{
	static const char why[] = "it is gone";
	struct fixture fixture;

	(void)state;
	open_fixture(&fixture);
	build_missing(fixture.process, PPROF_GROWTH, why);
	build_missing(fixture.process, PPROF_BLOCK_LEAF, why);
	build_missing(fixture.process, PPROF_MUTEX_LEAF, why);
	build_top(&fixture.build, &fixture.process->tops[PPROF_HEAP], NULL);
	fixture.build.evidence.settings.profiling[0] = (struct settings_profiling){1, 1, 100, 100};
	set_memstats(&fixture, BEFORE);
	doubt(&fixture);
	assert_ptr_equal(fixture.figures.heap.why, why);
	assert_ptr_equal(fixture.figures.block.why, why);
	assert_ptr_equal(fixture.figures.mutex.why, why);
	assert_int_equal(fixture.figures.heap.gate.state, GATE_UNKNOWN);
	build_close(&fixture.build);
}

/* Lock profiles that the settings switched on count since the process was started. */
static const struct {
	struct settings_profiling profiling;
	int64_t uptime; /* 0: unknown */
	int block_since_start, mutex_since_start;
	int64_t seconds;
	int block_known, mutex_known;
} lock_cases[] = {
    {{0, 0, 0, 0}, 3600, 0, 0, 0, 1, 1},
    {{0, 1, 100, 100}, 3600, 0, 0, 0, 1, 1},
    {{1, 1, 0, 0}, 3600, 0, 0, 3600, 1, 1},
    {{1, 1, 100, 100}, 3600, 1, 1, 3600, 1, 1},
    {{1, 1, 100, 0}, 3600, 1, 0, 3600, 1, 1},
    {{1, 1, 0, 100}, 3600, 0, 1, 3600, 1, 1},
    {{1, 0, 1, 1}, 3600, 1, 1, 3600, 1, 1},
    {{1, 1, 100, 100}, 0, 1, 1, 0, 0, 0},
    {{1, 1, 100, 0}, 0, 1, 0, 0, 0, 1},
    {{1, 1, 0, 100}, 0, 0, 1, 0, 1, 0},
    {{1, 1, 0, 0}, 0, 0, 0, 0, 1, 1},
};

static void
test_locks(void **state)
{
	(void)state;
	for (size_t i = 0; i < BUILD_COUNT(lock_cases); i++) {
		struct fixture fixture;
		const struct figures_block *block = &fixture.figures.block;
		const struct figures_mutex *mutex = &fixture.figures.mutex;
		int64_t uptime = lock_cases[i].uptime;

		open_fixture(&fixture);
		fixture.build.evidence.settings.profiling[0] = lock_cases[i].profiling;
		fixture.build.evidence.status.status_date_ms = START / 1000000;
		fixture.build.evidence.status.agent_start_ms =
		    uptime > 0 ? START / 1000000 - uptime * 1000 : -1;
		doubt(&fixture);
		if (block->since_start != lock_cases[i].block_since_start ||
		    mutex->since_start != lock_cases[i].mutex_since_start ||
		    (block->why == NULL) != lock_cases[i].block_known ||
		    (mutex->why == NULL) != lock_cases[i].mutex_known)
			fail_msg("row %zu: since start %d, %d; %s, %s", i, block->since_start,
			    mutex->since_start, block->why, mutex->why);
		assert_int_equal(block->seconds, lock_cases[i].seconds);
		assert_int_equal(mutex->seconds, lock_cases[i].seconds);
		assert_int_equal(fixture.figures.uptime_seconds, uptime > 0 ? uptime : -1);
		build_close(&fixture.build);
	}
}

/* A process has the settings of its own, and the uptime too. */
static void
test_locks_of_another(void **state)
{
	static const char dump[] =
	    "apm_config:\n  internal_profiling: {enabled: true}\n"
	    "internal_profiling: {block_profile_rate: 5, mutex_profile_fraction: 5}\n";
	struct fixture fixture;

	(void)state;
	open_fixture(&fixture);
	fixture.build.files[0].prefix = "trace";
	fixture.build.evidence.settings.profiling[0] = (struct settings_profiling){1, 1, 100, 100};
	fixture.build.evidence.status.found = 1;
	fixture.build.evidence.sections.trace.uptime_seconds = 90;
	doubt(&fixture);
	assert_int_equal(fixture.figures.block.since_start, 0);
	settings_parse(&fixture.build.evidence.settings, &fixture.build.pool,
	    "runtime_config_dump.yaml", (struct span){dump, sizeof(dump) - 1},
	    &fixture.build.evidence.gaps);
	doubt(&fixture);
	assert_int_equal(fixture.figures.block.since_start, 1);
	assert_int_equal(fixture.figures.mutex.seconds, 90);
	assert_int_equal(fixture.figures.uptime_seconds, 90);

	/* One that no settings are known of. */
	fixture.build.files[0].prefix = "process-discovery";
	doubt(&fixture);
	assert_int_equal(fixture.figures.block.since_start, 0);
	assert_null(fixture.figures.block.why);
	build_close(&fixture.build);
}

static void
test_fact_memstats(void **state)
{
	struct build build;
	struct evidence *evidence = &build.evidence;

	(void)state;
	build_open(&build);
	assert_null(facts_memstats(evidence, "core"));
	assert_null(facts_memstats(evidence, "trace"));
	evidence->memstats.found = evidence->trace_memstats.found = 1;
	assert_ptr_equal(facts_memstats(evidence, "core"), &evidence->memstats);
	assert_ptr_equal(facts_memstats(evidence, "trace"), &evidence->trace_memstats);
	assert_null(facts_memstats(evidence, "process"));
	assert_null(facts_memstats(evidence, "datadog-cluster-agent"));
	assert_null(facts_memstats(evidence, ""));
	build.flare.main_process = "datadog-cluster-agent";
	assert_null(facts_memstats(evidence, "core"));
	assert_ptr_equal(
	    facts_memstats(evidence, "datadog-cluster-agent"), &evidence->memstats);
	build_close(&build);
}

/* Of the main process the status tells when it started, of others for how long they have run. */
static void
test_fact_uptime(void **state)
{
	static const struct {
		const char *prefix;
		int found;
		int64_t date_ms, start_ms, section;
		int64_t seconds;
	} cases[] = {
	    {"core", 1, 1000000, 10000, 7, 990},
	    {"core", 1, 1000999, 1000000, 7, 0},
	    {"core", 1, 1000000, 1000000, 7, 0},
	    {"core", 1, 1000000, 1000001, 7, -1},
	    {"core", 1, 1000000, 0, 7, -1},
	    {"core", 1, 1000000, -1, 7, -1},
	    {"core", 1, -1, 10000, 7, -1},
	    {"core", 1, 0, 0, 7, -1},
	    {"core", 1, INT64_MAX, 1, 7, INT64_MAX / 1000},
	    {"trace", 1, 1000000, 10000, 7, 7},
	    {"trace", 1, 1000000, 10000, -1, -1},
	    {"trace", 0, 1000000, 10000, 7, -1},
	    {"process", 1, 1000000, 10000, 7, 7},
	    {"system-probe", 1, 1000000, 10000, 7, 7},
	    {"security-agent", 1, 1000000, 10000, 7, -1},
	    {"", 1, 1000000, 10000, 7, -1},
	};

	(void)state;
	for (size_t i = 0; i < BUILD_COUNT(cases); i++) {
		struct build build;
		struct sections *sections = &build.evidence.sections;

		build_open(&build);
		build.evidence.status.found = cases[i].found;
		build.evidence.status.status_date_ms = cases[i].date_ms;
		build.evidence.status.agent_start_ms = cases[i].start_ms;
		sections->trace.uptime_seconds = sections->process.uptime_seconds =
		    sections->system_probe.uptime_seconds = cases[i].section;
		if (facts_uptime_seconds(&build.evidence, cases[i].prefix) != cases[i].seconds)
			fail_msg("row %zu", i);
		build_close(&build);
	}
}

static void
test_fact_heap(void **state)
{
	struct build build;
	struct sections *sections = &build.evidence.sections;

	(void)state;
	build_open(&build);
	assert_int_equal(facts_heap_bytes(&build.evidence, "trace"), -1);
	sections->trace.alloc_bytes = 5;
	sections->process.alloc_bytes = 6;
	assert_int_equal(facts_heap_bytes(&build.evidence, "trace"), -1);
	build.evidence.status.found = 1;
	assert_int_equal(facts_heap_bytes(&build.evidence, "trace"), 5);
	assert_int_equal(facts_heap_bytes(&build.evidence, "process"), 6);
	assert_int_equal(facts_heap_bytes(&build.evidence, "system-probe"), -1);
	assert_int_equal(facts_heap_bytes(&build.evidence, "core"), -1);
	build_close(&build);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_collection),
	    cmocka_unit_test(test_never_collected),
	    cmocka_unit_test(test_bound),
	    cmocka_unit_test(test_blank_heap),
	    cmocka_unit_test(test_profiling),
	    cmocka_unit_test(test_first_reason_stays),
	    cmocka_unit_test(test_locks),
	    cmocka_unit_test(test_locks_of_another),
	    cmocka_unit_test(test_fact_memstats),
	    cmocka_unit_test(test_fact_uptime),
	    cmocka_unit_test(test_fact_heap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
