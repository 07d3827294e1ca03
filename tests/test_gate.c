#include "gate.h"

#include "builders.h"

/* One process with snapshots at START and 30 s later, and the memory stats of its flare. */
struct fixture {
	struct build build;
	struct pprof_process *process;
	struct memstats memstats;
	struct gate gate;
};

/* Stats that have every collection of a minute, and were taken after the second snapshot. */
static void
open_fixture(struct fixture *fixture)
{
	build_open(&fixture->build);
	fixture->process = build_process(&fixture->build, "core");
	build_top(&fixture->build, &fixture->process->tops[PPROF_GROWTH], NULL);
	fixture->memstats = (struct memstats){.found = 1,
	    .heap_alloc_bytes = 40 * MB,
	    .num_gc = 1,
	    .last_gc_ns = START - 30 * SEC,
	    .pause_ends_ns = {START - 30 * SEC},
	    .pause_end_count = 1,
	    .taken_after_ns = START + 40 * SEC};
	memset(&fixture->gate, 0xa5, sizeof(fixture->gate));
}

static void
set_end(struct fixture *fixture, int64_t end_ns)
{
	fixture->memstats.last_gc_ns = fixture->memstats.pause_ends_ns[0] = end_ns;
}

#define UNKNOWN GATE_UNKNOWN
#define ENDED GATE_ENDED
#define NONE GATE_NONE

static const struct {
	int64_t end_ns, taken_after_ns; /* than the first snapshot */
	int differ;			/* the snapshots do */
	enum gate_state state;
	int from_memstats;
} end_cases[] = {
    /* Between the snapshots, both instants included. */
    {15 * SEC, 40 * SEC, 0, ENDED, 1},
    {0, 40 * SEC, 0, ENDED, 1},
    {30 * SEC, 40 * SEC, 0, ENDED, 1},
    {15 * SEC, 40 * SEC, 1, ENDED, 1},
    {15 * SEC, 0, 0, ENDED, 1},
    /* Before them, and the stats are younger than both. */
    {-30 * SEC, 40 * SEC, 0, NONE, 1},
    {-30 * SEC, 40 * SEC, 1, NONE, 1},
    {-30 * SEC, 30 * SEC + 1, 0, NONE, 1},
    /* Older stats do not know. */
    {-30 * SEC, 30 * SEC, 0, UNKNOWN, 0},
    {-30 * SEC, 0, 0, UNKNOWN, 0},
    {-30 * SEC, 0, 1, ENDED, 0},
    /* So close that the snapshot's time may have been noted later. */
    {-SEC / 100, 40 * SEC, 0, UNKNOWN, 0},
    {-SEC / 100, 40 * SEC, 1, ENDED, 0},
    {-SEC / 5, 40 * SEC, 0, NONE, 1},
    {30 * SEC + SEC / 100, 40 * SEC, 0, UNKNOWN, 0},
};

static void
test_ends(void **state)
{
	(void)state;
	for (size_t i = 0; i < BUILD_COUNT(end_cases); i++) {
		struct fixture fixture;

		open_fixture(&fixture);
		set_end(&fixture, START + end_cases[i].end_ns);
		fixture.memstats.taken_after_ns =
		    end_cases[i].taken_after_ns > 0 ? START + end_cases[i].taken_after_ns : 0;
		if (end_cases[i].differ)
			BUILD_TOP(&fixture.build, &fixture.process->tops[PPROF_GROWTH],
			    {SAMPLER, MB, MB});
		gate_of(&fixture.gate, fixture.process, &fixture.memstats);
		if (fixture.gate.state != end_cases[i].state ||
		    fixture.gate.from_memstats != end_cases[i].from_memstats)
			fail_msg("row %zu: state %d, from memstats %d", i, (int)fixture.gate.state,
			    fixture.gate.from_memstats);
		assert_int_equal(fixture.gate.most_bytes >= 0, end_cases[i].state == NONE);
		build_close(&fixture.build);
	}
}

/* The process has made no collection at all, and its stats know it. */
static void
test_never(void **state)
{
	static const struct {
		int64_t num_gc, last_gc_ns;
		int differ;
		enum gate_state state;
	} cases[] = {
	    {0, 0, 0, GATE_NEVER},
	    {0, 0, 1, GATE_NEVER},
	    {-1, 0, 0, NONE},
	    {-1, -1, 0, UNKNOWN},
	    {-1, -1, 1, ENDED},
	};

	(void)state;
	for (size_t i = 0; i < BUILD_COUNT(cases); i++) {
		struct fixture fixture;

		open_fixture(&fixture);
		fixture.memstats.num_gc = cases[i].num_gc;
		fixture.memstats.last_gc_ns = cases[i].last_gc_ns;
		fixture.memstats.pause_end_count = 0;
		if (cases[i].differ)
			BUILD_TOP(&fixture.build, &fixture.process->tops[PPROF_GROWTH],
			    {SAMPLER, MB, MB});
		gate_of(&fixture.gate, fixture.process, &fixture.memstats);
		if (fixture.gate.state != cases[i].state)
			fail_msg("row %zu: state %d", i, (int)fixture.gate.state);
		/* What was allocated since the start is in the heap still, too. */
		if (cases[i].state == GATE_NEVER)
			assert_int_equal(fixture.gate.most_bytes, 16 * MB);
		build_close(&fixture.build);
	}
}

/* Without stats, or without two times in order, only a difference tells. */
static void
test_snapshots_alone(void **state)
{
	static const struct {
		int has_memstats, found;
		int64_t first, second;
	} cases[] = {
	    {0, 0, START, START + 30 * SEC},
	    {1, 0, START, START + 30 * SEC},
	    {1, 1, 0, START + 30 * SEC},
	    {1, 1, START, 0},
	    {1, 1, START, START},
	    {1, 1, START + 1, START},
	    {1, 1, -5, INT64_MAX},
	};

	(void)state;
	for (size_t i = 0; i < BUILD_COUNT(cases) * 2; i++) {
		size_t row = i / 2;
		struct fixture fixture;

		open_fixture(&fixture);
		fixture.memstats.found = cases[row].found;
		fixture.process->profiles[FLARE_HEAP_1ST].time_ns = cases[row].first;
		fixture.process->profiles[FLARE_HEAP_2ND].time_ns = cases[row].second;
		if (i % 2 != 0)
			BUILD_TOP(&fixture.build, &fixture.process->tops[PPROF_GROWTH],
			    {SAMPLER, -MB, -MB});
		gate_of(&fixture.gate, fixture.process,
		    cases[row].has_memstats ? &fixture.memstats : NULL);
		if (fixture.gate.state != (i % 2 != 0 ? ENDED : UNKNOWN))
			fail_msg("row %zu: state %d", row, (int)fixture.gate.state);
		assert_int_equal(fixture.gate.from_memstats, 0);
		assert_int_equal(fixture.gate.most_bytes, -1);
		build_close(&fixture.build);
	}
}

/* What was allocated since a collection before the first snapshot is in the heap still. */
static const struct {
	int64_t heap_alloc, live, period, most; /* live -1: not to be had */
} bound_cases[] = {
    {40 * MB, 32 * MB, 524288, 16 * MB}, /* 8, and 2 * √(32 / 2) */
    {40 * MB, 32 * MB, 0, 16 * MB},
    {40 * MB, 32 * MB, -7, 16 * MB},
    {40 * MB, 36 * MB, 4 * MB, 28 * MB},
    {40 * MB, 0, 524288, 40 * MB},
    {0, 0, 524288, 0},
    /* The estimate of what is live may be over what is allocated. */
    {20 * MB, 32 * MB, 524288, 0},
    {25 * MB, 32 * MB, 524288, MB},
    {-1, 32 * MB, 524288, -1},
    {40 * MB, -1, 524288, -1},
    {40 * MB, -MB, 524288, -1},
    /* Absurd, but no overflow. */
    {(int64_t)8e18, 0, 524288, (int64_t)8e18},
    {(int64_t)9e18, (int64_t)9e18, 1, (int64_t)6e9},
    {(int64_t)9e18, (int64_t)4e18, INT64_MAX, INT64_MAX},
    {0, INT64_MAX, INT64_MAX, INT64_MAX},
};

static void
test_bound(void **state)
{
	(void)state;
	for (size_t i = 0; i < BUILD_COUNT(bound_cases); i++) {
		struct fixture fixture;
		struct top *live;

		open_fixture(&fixture);
		live = &fixture.process->tops[PPROF_HEAP];
		fixture.memstats.heap_alloc_bytes = bound_cases[i].heap_alloc;
		live->found = bound_cases[i].live != -1;
		live->total = bound_cases[i].live;
		fixture.process->profiles[FLARE_HEAP_2ND].period = bound_cases[i].period;
		gate_of(&fixture.gate, fixture.process, &fixture.memstats);
		assert_int_equal(fixture.gate.state, NONE);
		if (fixture.gate.most_bytes != bound_cases[i].most)
			fail_msg("row %zu: %lld", i, (long long)fixture.gate.most_bytes);
		build_close(&fixture.build);
	}
}

/* A collection behind the second snapshot has freed what might tell. */
static void
test_no_bound_behind_a_collection(void **state)
{
	static const int64_t last_gc[] = {START + 35 * SEC, -1};

	(void)state;
	for (size_t i = 0; i < BUILD_COUNT(last_gc); i++) {
		struct fixture fixture;

		open_fixture(&fixture);
		fixture.memstats.num_gc = fixture.memstats.pause_end_count = 2;
		fixture.memstats.pause_ends_ns[1] = START + 35 * SEC;
		fixture.memstats.last_gc_ns = last_gc[i];
		gate_of(&fixture.gate, fixture.process, &fixture.memstats);
		assert_int_equal(fixture.gate.state, NONE);
		assert_int_equal(fixture.gate.most_bytes, -1);
		build_close(&fixture.build);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_ends),
	    cmocka_unit_test(test_never),
	    cmocka_unit_test(test_snapshots_alone),
	    cmocka_unit_test(test_bound),
	    cmocka_unit_test(test_no_bound_behind_a_collection),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
