#include "notes.h"

#include "builders.h"

#define MUTED (-1) /* no note */

/* One healthy core process, of which a collection is known to have ended between the snapshots. */
struct fixture {
	struct build build;
	struct pprof_process *process;
};

static void
open_fixture(struct fixture *fixture)
{
	build_open(&fixture->build);
	fixture->process = build_process(&fixture->build, "core");
	fixture->build.evidence.memstats = (struct memstats){.found = 1,
	    .heap_alloc_bytes = -1,
	    .heap_inuse_bytes = 50 * MB,
	    .num_gc = 9,
	    .last_gc_ns = START + SEC,
	    .taken_after_ns = START + 40 * SEC};
}

/* Asserts which note alone was made, and of which function (NULL: none). */
static void
check_note(struct fixture *fixture, size_t row, int kind, const char *function)
{
	const struct notes *notes = &fixture->build.notes;
	int seen;

	build_judge(&fixture->build);
	seen = notes->count > 0 ? (int)notes->items[0].kind : MUTED;
	if (notes->count > 1 || seen != kind)
		fail_msg("row %zu: %zu notes, first of kind %d", row, notes->count, seen);
	if (kind == MUTED)
		return;
	assert_ptr_equal(notes->items[0].process, &fixture->build.verdict.processes[0]);
	if (function == NULL)
		assert_null(notes->items[0].function);
	else
		assert_string_equal(notes->items[0].function, function);
}

/* One sample stands for half a megabyte, so that the error of 10 MB is 2.2 MB. */
static const struct heap_case {
	int64_t seconds;
	struct top_row rows[4];
	int kind;
	const char *function;
} heap_cases[] = {
    {30, {{"a.A", 10 * MB, 0}}, NOTE_CLOSE, NULL},
    {30, {{"a.A", 7 * MB, 0}}, NOTE_CLOSE, NULL},
    {30, {{"a.A", 6 * MB, 0}}, MUTED, NULL},
    {30, {{"a.A", 10 * MB + 1, 0}}, MUTED, NULL},
    {30, {{"a.A", -90 * MB, 0}}, MUTED, NULL},
    /* Over the threshold in 30 s, of which less than half was seen. */
    {4, {{"a.A", 5 * MB, 0}}, MUTED, NULL},
    {4, {{"a.A", 5 * MB - 1, 0}}, NOTE_NEAR, NULL},
    {4, {{"a.A", MB, 0}}, NOTE_CLOSE, NULL},
    {4, {{"a.A", MB / 2, 0}}, MUTED, NULL},
    {15, {{"a.A", 5 * MB - 1, 0}}, NOTE_CLOSE, NULL},
    /* The runtime's own. */
    {30, {{"runtime.malg", 20 * MB, 0}}, NOTE_RUNTIME, NULL},
    {30, {{"runtime.malg", 10 * MB + 1, 0}}, NOTE_RUNTIME, NULL},
    {30, {{"runtime.malg", 10 * MB, 0}}, MUTED, NULL},
    {30, {{"internal/runtime/maps.newTable", 20 * MB, 0}}, NOTE_RUNTIME, NULL},
    {30, {{"runtime.malg", 9 * MB, 0}, {"a.A", 5 * MB, 0}}, MUTED, NULL},
    {30, {{"runtime.malg", 9 * MB, 0}, {"a.A", 9 * MB, 0}}, NOTE_CLOSE, NULL},
    {30, {{"runtime.malg", -40 * MB, 0}, {"a.A", 11 * MB, 0}}, MUTED, NULL},
    {4, {{"runtime.malg", 5 * MB - 1, 0}}, MUTED, NULL},
    {4, {{"runtime.malg", 5 * MB, 0}}, NOTE_RUNTIME, NULL},
    /* What moves from one function to another. */
    {30, {{"a.A", 64 * MB, 0}, {"b.B", -64 * MB, 0}}, NOTE_MOVED, "a.A"},
    {30, {{"a.A", 10 * MB, 0}, {"b.B", -64 * MB, 0}}, MUTED, NULL},
    {30, {{"a.A", 10 * MB + 1, 0}, {"b.B", -8 * MB, 0}}, NOTE_MOVED, "a.A"},
    {30, {{"a.A", 30 * MB, 0}, {"b.B", -25 * MB, 0}}, NOTE_MOVED, "a.A"},
    /* That is no leak is not said where it is close to one. */
    {30, {{"a.A", 10 * MB + 1, 0}, {"b.B", -MB, 0}}, NOTE_CLOSE, NULL},
    {30, {{"a.A", 30 * MB, 0}, {"b.B", -20 * MB, 0}}, NOTE_CLOSE, NULL},
    {30, {{"a.A", 30 * MB + 1, 0}, {"b.B", -20 * MB, 0}}, MUTED, NULL},
    {4, {{"a.A", 5 * MB, 0}, {"b.B", -5 * MB, 0}}, NOTE_MOVED, "a.A"},
    {4, {{"a.A", 5 * MB - 1, 0}, {"b.B", -5 * MB, 0}}, MUTED, NULL},
    {30, {{0}}, NOTE_UNCHANGED, NULL},
};

static void
test_heap_notes(void **state)
{
	(void)state;
	for (size_t i = 0; i < BUILD_COUNT(heap_cases); i++) {
		struct fixture fixture;
		struct top *tops;

		open_fixture(&fixture);
		tops = fixture.process->tops;
		fixture.process->profiles[FLARE_HEAP_2ND].time_ns =
		    START + heap_cases[i].seconds * SEC;
		build_top(&fixture.build, &tops[PPROF_GROWTH], heap_cases[i].rows);
		build_top(&fixture.build, &tops[PPROF_GROWTH_JUDGED], heap_cases[i].rows);
		check_note(&fixture, i, heap_cases[i].kind, heap_cases[i].function);
		build_close(&fixture.build);
	}
}

/* Growth that could not be measured, or tells nothing, makes no note. */
static void
test_unknown_heap(void **state)
{
	(void)state;
	for (size_t i = 0; i < BUILD_COUNT(heap_cases) * 2; i++) {
		const struct heap_case *row = &heap_cases[i / 2];
		struct fixture fixture;
		struct top *tops;

		open_fixture(&fixture);
		tops = fixture.process->tops;
		build_top(&fixture.build, &tops[PPROF_GROWTH], row->rows);
		build_top(&fixture.build, &tops[PPROF_GROWTH_JUDGED], row->rows);
		if (i % 2 == 0)
			build_missing(fixture.process, PPROF_GROWTH_JUDGED, "it is gone");
		else
			fixture.build.evidence.memstats.last_gc_ns = START - 30 * SEC;
		check_note(&fixture, i / 2, MUTED, NULL);
		build_close(&fixture.build);
	}
}

/* No collection ended, but next to nothing was allocated. */
static void
test_bounded(void **state)
{
	static const struct {
		int64_t heap_alloc;
		int kind;
	} cases[] = {{34 * MB, NOTE_BOUNDED}, {34 * MB + 1, MUTED}, {-1, MUTED}};

	(void)state;
	for (size_t i = 0; i < BUILD_COUNT(cases); i++) {
		struct fixture fixture;
		struct top *tops;

		open_fixture(&fixture);
		tops = fixture.process->tops;
		build_top(&fixture.build, &tops[PPROF_GROWTH], NULL);
		build_top(&fixture.build, &tops[PPROF_GROWTH_JUDGED], NULL);
		fixture.build.evidence.memstats.last_gc_ns = START - 30 * SEC;
		fixture.build.evidence.memstats.heap_alloc_bytes = cases[i].heap_alloc;
		check_note(&fixture, i, cases[i].kind, NULL);
		build_close(&fixture.build);
	}
}

/* What leaks keeps less than a tenth of what it allocates. */
static void
test_churn(void **state)
{
	static const struct {
		int64_t grown, allocated; /* 0: unknown */
		int kind;
	} cases[] = {
	    {40 * MB, 400 * MB, MUTED},
	    {40 * MB, 400 * MB + 1, NOTE_CHURN},
	    {40 * MB, 40 * MB, MUTED},
	    {40 * MB, 20 * MB, MUTED},
	    {40 * MB, 0, MUTED},
	    /* Without a leak it is no matter. */
	    {6 * MB, 400 * MB, MUTED},
	    {40 * MB, (int64_t)9e18, NOTE_CHURN},
	};

	(void)state;
	for (size_t i = 0; i < BUILD_COUNT(cases); i++) {
		struct fixture fixture;
		struct top *allocated;

		open_fixture(&fixture);
		allocated = &fixture.process->tops[PPROF_ALLOCATED];
		BUILD_GROWTH(&fixture.build, fixture.process, {"a.A", cases[i].grown, 0});
		build_top(&fixture.build, allocated, NULL);
		if (cases[i].allocated > 0)
			BUILD_TOP(&fixture.build, allocated, {"a.A", cases[i].allocated, 0});
		check_note(&fixture, i, cases[i].kind, cases[i].kind == MUTED ? NULL : "a.A");
		build_close(&fixture.build);
	}
}

/* Growth of 16 MB, of which one sample stands for `period`: more than half of the threshold, and
 * less than two standard errors below it. */
static void
test_close(void **state)
{
	static const struct {
		int64_t seconds, period, threshold;
		int kind;
	} cases[] = {
	    {30, MB, 24 * MB, MUTED}, /* 16 + 2 * 4, and not over */
	    {30, MB, 24 * MB - 1, NOTE_CLOSE},
	    {30, MB, 16 * MB, NOTE_CLOSE},
	    {30, MB, 16 * MB - 1, MUTED}, /* a leak */
	    {60, MB, 12 * MB, MUTED},
	    {60, MB, 12 * MB - 1, NOTE_CLOSE},
	    {15, MB, 48 * MB, MUTED},
	    {15, MB, 48 * MB - 1, NOTE_CLOSE},
	    /* However large the error is. */
	    {30, 16 * MB, 32 * MB, MUTED},
	    {30, 16 * MB, 32 * MB - 1, NOTE_CLOSE},
	    {30, INT64_MAX, 32 * MB, MUTED},
	    {30, INT64_MAX, 32 * MB - 1, NOTE_CLOSE},
	};

	(void)state;
	for (size_t i = 0; i < BUILD_COUNT(cases); i++) {
		struct fixture fixture;
		struct profile *second;

		open_fixture(&fixture);
		second = &fixture.process->profiles[FLARE_HEAP_2ND];
		second->time_ns = START + cases[i].seconds * SEC;
		second->period = cases[i].period;
		fixture.build.thresholds.leak_bytes = cases[i].threshold;
		BUILD_GROWTH(&fixture.build, fixture.process, {"a.A", 16 * MB, 0});
		check_note(&fixture, i, cases[i].kind, NULL);
		build_close(&fixture.build);
	}
}

/* A leak that would have made all of the heap in less than a tenth of the time that the process has
 * run: 32 MB of it, of which 40 MB are made in 30 s, in 24 s. */
static void
test_recent(void **state)
{
	static const struct {
		int64_t grown, seconds, uptime; /* uptime -1: unknown */
		int is_heap_known, kind;
	} cases[] = {
	    {40 * MB, 30, 240, 1, MUTED},
	    {40 * MB, 30, 241, 1, NOTE_RECENT},
	    {40 * MB, 30, 86400, 1, NOTE_RECENT},
	    {80 * MB, 60, 240, 1, MUTED},
	    {80 * MB, 60, 241, 1, NOTE_RECENT},
	    {40 * MB, 30, 0, 1, MUTED},
	    {40 * MB, 30, -1, 1, MUTED},
	    {40 * MB, 30, 86400, 0, MUTED},
	    /* Without a leak it is no matter. */
	    {6 * MB, 30, 86400, 1, MUTED},
	    {9 * MB, 30, 86400, 1, NOTE_CLOSE},
	    {-40 * MB, 30, 86400, 1, MUTED},
	};

	(void)state;
	for (size_t i = 0; i < BUILD_COUNT(cases); i++) {
		struct fixture fixture;
		struct status *status = &fixture.build.evidence.status;

		open_fixture(&fixture);
		status->status_date_ms = START / 1000000;
		status->agent_start_ms =
		    cases[i].uptime >= 0 ? START / 1000000 - cases[i].uptime * 1000 : -1;
		fixture.process->profiles[FLARE_HEAP_2ND].time_ns = START + cases[i].seconds * SEC;
		BUILD_GROWTH(&fixture.build, fixture.process, {"a.A", cases[i].grown, 0});
		if (!cases[i].is_heap_known)
			build_missing(fixture.process, PPROF_HEAP, "it is gone");
		check_note(&fixture, i, cases[i].kind, NULL);
		build_close(&fixture.build);
	}
}

/* Snapshots an hour apart, with a CPU profile of seconds in between: told, and taken as it is. */
static void
test_interval(void **state)
{
	static const struct {
		int64_t seconds, duration; /* duration 0: no CPU profile */
		int kind;
	} cases[] = {
	    {600, 30, MUTED}, {601, 30, NOTE_INTERVAL}, {3600, 30, NOTE_INTERVAL},
	    {310, 1, MUTED}, {311, 1, NOTE_INTERVAL}, {3600, 0, MUTED},
	};

	(void)state;
	for (size_t i = 0; i < BUILD_COUNT(cases); i++) {
		struct fixture fixture;

		open_fixture(&fixture);
		fixture.process->profiles[FLARE_HEAP_2ND].time_ns = START + cases[i].seconds * SEC;
		fixture.process->profiles[FLARE_CPU].duration_ns = cases[i].duration * SEC;
		BUILD_TOP(&fixture.build, &fixture.process->tops[PPROF_CPU], {FLUSH, SEC / 10, 0},
		    {SAMPLER, SEC / 10, 0});
		check_note(&fixture, i, cases[i].kind, NULL);
		build_close(&fixture.build);
	}
}

#define CENTI (SEC / 100) /* one sample */

/* One function that dominates a process below 0.2 of a core. */
static void
test_idle_cpu(void **state)
{
	static const struct {
		int64_t seconds, top, rest; /* samples */
		int kind;
	} cases[] = {
	    {30, 400, 199, NOTE_IDLE_CPU},
	    {30, 400, 200, MUTED},
	    /* Of few samples nothing is said. */
	    {5, 10, 0, NOTE_IDLE_CPU},
	    {5, 9, 0, MUTED},
	    {5, 8, 1, MUTED},
	    {5, 8, 2, NOTE_IDLE_CPU},
	    {30, 299, 299, MUTED},
	    {30, 300, 299, NOTE_IDLE_CPU},
	    {30, 0, 0, MUTED},
	    {0, 10, 0, MUTED},
	};

	(void)state;
	for (size_t i = 0; i < BUILD_COUNT(cases); i++) {
		struct fixture fixture;

		open_fixture(&fixture);
		fixture.process->profiles[FLARE_CPU].duration_ns = cases[i].seconds * SEC;
		BUILD_TOP(&fixture.build, &fixture.process->tops[PPROF_CPU],
		    {FLUSH, cases[i].top * CENTI, 0}, {"a.A", cases[i].rest * CENTI, 0});
		check_note(
		    &fixture, i, cases[i].kind, cases[i].kind == MUTED ? NULL : FLUSH);
		build_close(&fixture.build);
	}
}

/* A check that has most of the CPU time of a process that is neither idle nor burns. */
static void
test_check(void **state)
{
	static const struct {
		int64_t samples, others; /* of one function, and of three more each */
		int64_t check;		 /* percent of them all */
		int kind;
	} cases[] = {
	    {300, 200, 51, NOTE_CHECK},
	    {300, 200, 50, MUTED},
	    {150, 149, 51, MUTED},
	    {150, 150, 51, NOTE_CHECK},
	    {1500, 100, 51, MUTED},
	    {1000, 900, 51, MUTED},
	};

	(void)state;
	for (size_t i = 0; i < BUILD_COUNT(cases); i++) {
		struct fixture fixture;
		struct top *tops;
		int64_t each = cases[i].others * CENTI;

		open_fixture(&fixture);
		tops = fixture.process->tops;
		BUILD_TOP(&fixture.build, &tops[PPROF_CPU], {FLUSH, cases[i].samples * CENTI, 0},
		    {"a.A", each, 0}, {"b.B", each, 0}, {"c.C", each, 0});
		BUILD_TOP(&fixture.build, &tops[PPROF_CPU_CHECKS], {"disk:1", cases[i].check, 0},
		    {PPROF_UNLABELLED, 100 - cases[i].check, 0});
		check_note(&fixture, i, cases[i].kind, NULL);
		if (cases[i].kind == NOTE_CHECK)
			assert_string_equal(fixture.build.notes.items[0].share->name, "disk");
		build_close(&fixture.build);
	}
}

/* More than a quarter of the CPU time is the garbage collector's. */
static void
test_collection(void **state)
{
	static const struct {
		const char *function;
		int64_t collector, all; /* samples, in 30 s */
		int kind;
	} cases[] = {
	    {"runtime.gcBgMarkWorker", 250, 1000, MUTED},
	    {"runtime.gcBgMarkWorker", 251, 1000, NOTE_COLLECTION},
	    {"runtime.gcDrain", 251, 1000, NOTE_COLLECTION},
	    {"runtime.gcAssistAlloc", 251, 1000, NOTE_COLLECTION},
	    {"runtime.mallocgc", 900, 1000, MUTED},
	    {"runtime.gcBgMarkWorker", 599, 599, MUTED},
	    {"runtime.gcBgMarkWorker", 600, 600, NOTE_COLLECTION},
	};

	(void)state;
	for (size_t i = 0; i < BUILD_COUNT(cases); i++) {
		struct fixture fixture;
		int64_t part = cases[i].all * CENTI / 4;

		open_fixture(&fixture);
		BUILD_TOP(&fixture.build, &fixture.process->tops[PPROF_CPU], {FLUSH, part, 0},
		    {"a.A", part, 0}, {"b.B", part, 0},
		    {"c.C", cases[i].all * CENTI - 3 * part, 0},
		    {cases[i].function, 0, cases[i].collector * CENTI});
		check_note(&fixture, i, cases[i].kind, NULL);
		build_close(&fixture.build);
	}
}

static const struct lock_case {
	struct top_row blocked[4], held[3]; /* none blocked: not measured */
	int kind;
} lock_cases[] = {
    {{{"sync.(*Mutex).Lock", 40 * SEC, 0}}, {{0}}, MUTED},
    {{{"runtime.selectgo", 230 * SEC, 0}, {"time.Sleep", 90 * SEC, 0}}, {{0}}, MUTED},
    /* What is in no class. */
    {{{"x.Y", SEC, 0}}, {{0}}, MUTED},
    {{{"x.Y", SEC + 1, 0}}, {{0}}, NOTE_UNCLASSIFIED},
    {{{"x.Y", SEC + 1, 0}}, {{"sync.(*Mutex).Unlock", 40 * SEC, 0}}, NOTE_UNCLASSIFIED},
    /* Who waited was seen waiting: that is the truth. */
    {{{0}}, {{"sync.(*Mutex).Unlock", 40 * SEC, 0}}, MUTED},
    {{{"sync.(*Mutex).Lock", SEC + 1, 0}}, {{"sync.(*Mutex).Unlock", 40 * SEC, 0}}, MUTED},
    {{{"sync.(*Mutex).Lock", SEC, 0}}, {{"sync.(*Mutex).Unlock", 40 * SEC, 0}},
	NOTE_MUTEX_ALONE},
    {{{"runtime.selectgo", 90 * SEC, 0}}, {{"sync.(*Mutex).Unlock", SEC + 1, 0}},
	NOTE_MUTEX_ALONE},
    {{{"runtime.selectgo", 90 * SEC, 0}}, {{"sync.(*Mutex).Unlock", SEC, 0}}, MUTED},
    {{{"runtime.selectgo", 90 * SEC, 0}}, {{"runtime.unlock2", 40 * SEC, 0}}, MUTED},
};

static void
test_lock_notes(void **state)
{
	(void)state;
	for (size_t i = 0; i < BUILD_COUNT(lock_cases); i++) {
		const struct lock_case *row = &lock_cases[i];
		struct fixture fixture;
		struct top *tops;

		open_fixture(&fixture);
		tops = fixture.process->tops;
		build_top(&fixture.build, &tops[PPROF_BLOCK_LEAF], row->blocked);
		build_top(&fixture.build, &tops[PPROF_MUTEX_LEAF], row->held);
		if (row->blocked[0].function == NULL)
			fixture.process->profiles[FLARE_BLOCK].sample_count = 0;
		tops[PPROF_MUTEX_COUNT].shown = 99999;
		check_note(&fixture, i, row->kind, NULL);
		build_close(&fixture.build);
	}
}

/* Delay over the threshold, which has been counted since the start: told, finding or not. */
static const struct {
	int64_t uptime, waited, held, other; /* in tenths of a second; uptime in seconds */
	int block_on, mutex_on;
	int kind;
} since_cases[] = {
    {3600, 10, 0, 0, 1, 1, MUTED},
    {3600, 11, 0, 0, 1, 1, NOTE_SINCE_START},
    {3600, 2000, 0, 0, 1, 1, NOTE_SINCE_START},
    {3600, 11, 0, 0, 0, 1, MUTED},
    {30, 11, 0, 0, 1, 1, MUTED}, /* it is judged by all of it */
    {31, 11, 0, 0, 1, 1, NOTE_SINCE_START},
    {30, 0, 11, 0, 1, 1, NOTE_MUTEX_ALONE},
    {3600, 0, 10, 0, 1, 1, MUTED},
    {3600, 0, 11, 0, 1, 1, NOTE_SINCE_START},
    {3600, 0, 11, 0, 0, 1, NOTE_SINCE_START},
    {0, 2000, 0, 0, 1, 1, MUTED}, /* it is not even known since when */
    {3600, 0, 0, 1200, 1, 1, MUTED},
    {3600, 0, 0, 1201, 1, 1, NOTE_UNCLASSIFIED},
};

static void
test_since_start(void **state)
{
	(void)state;
	for (size_t i = 0; i < BUILD_COUNT(since_cases); i++) {
		struct fixture fixture;
		struct top *tops;
		int64_t tenth = SEC / 10, uptime = since_cases[i].uptime;

		open_fixture(&fixture);
		tops = fixture.process->tops;
		fixture.build.evidence.settings.profiling[0] = (struct settings_profiling){
		    1, 1, since_cases[i].block_on, since_cases[i].mutex_on};
		fixture.build.evidence.status.status_date_ms = START / 1000000;
		fixture.build.evidence.status.agent_start_ms =
		    uptime > 0 ? START / 1000000 - uptime * 1000 : -1;
		BUILD_TOP(&fixture.build, &tops[PPROF_BLOCK_LEAF],
		    {"sync.(*Mutex).Lock", since_cases[i].waited * tenth, 0},
		    {"x.Y", since_cases[i].other * tenth, 0});
		BUILD_TOP(&fixture.build, &tops[PPROF_MUTEX_LEAF],
		    {"sync.(*Mutex).Unlock", since_cases[i].held * tenth, 0});
		check_note(&fixture, i, since_cases[i].kind, NULL);
		build_close(&fixture.build);
	}
}

/* By process, then by kind. */
static void
test_order(void **state)
{
	static const struct {
		size_t process;
		enum note_kind kind;
	} order[] = {{0, NOTE_MOVED}, {0, NOTE_IDLE_CPU}, {0, NOTE_UNCLASSIFIED},
	    {1, NOTE_RUNTIME}};
	struct fixture fixture;
	struct build *build = &fixture.build;
	struct pprof_process *trace;

	(void)state;
	open_fixture(&fixture);
	trace = build_process(build, "trace");
	BUILD_GROWTH(build, trace, {"runtime.malg", 20 * MB, 0});
	BUILD_TOP(build, &fixture.process->tops[PPROF_BLOCK_LEAF], {"x.Y", 2 * SEC, 0});
	BUILD_TOP(build, &fixture.process->tops[PPROF_CPU], {FLUSH, SEC, 0});
	BUILD_GROWTH(build, fixture.process, {"a.A", 64 * MB, 0}, {"b.B", -64 * MB, 0});
	build_judge(build);
	assert_int_equal(build->notes.count, BUILD_COUNT(order));
	for (size_t i = 0; i < BUILD_COUNT(order); i++) {
		assert_ptr_equal(build->notes.items[i].process,
		    &build->verdict.processes[order[i].process]);
		assert_int_equal(build->notes.items[i].kind, order[i].kind);
	}
	build_close(build);
}

/* A flare without any process. */
static void
test_none(void **state)
{
	struct build build;

	(void)state;
	build_open(&build);
	build_judge(&build);
	assert_int_equal(build.notes.count, 0);
	build_close(&build);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_heap_notes),
	    cmocka_unit_test(test_unknown_heap),
	    cmocka_unit_test(test_bounded),
	    cmocka_unit_test(test_churn),
	    cmocka_unit_test(test_close),
	    cmocka_unit_test(test_recent),
	    cmocka_unit_test(test_interval),
	    cmocka_unit_test(test_idle_cpu),
	    cmocka_unit_test(test_check),
	    cmocka_unit_test(test_collection),
	    cmocka_unit_test(test_lock_notes),
	    cmocka_unit_test(test_since_start),
	    cmocka_unit_test(test_order),
	    cmocka_unit_test(test_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
