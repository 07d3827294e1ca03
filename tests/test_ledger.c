#include "ledger.h"

#include "builders.h"

#include <math.h>

#define HUGE_BYTES ((int64_t)9e18)
#define LARGEST ((int64_t)1 << 52) /* that any figure counts for */

struct fixture {
	struct build build;
	struct pprof_process *process;
	struct ledgers ledgers;
};

/* A process without memory stats, whose second snapshot has 32 MB. */
static void
open_fixture(struct fixture *fixture)
{
	build_open(&fixture->build);
	fixture->process = build_process(&fixture->build, "core");
	memset(&fixture->ledgers, 0xa5, sizeof(fixture->ledgers));
}

/* Rows are in order, none is empty, and they add up to the whole. */
static void
check_sums(const struct ledger *ledger, size_t row)
{
	int64_t sum = 0;
	double percent = 0, most = 0;

	assert_true(ledger->count > 0 && ledger->count <= LEDGER_KINDS);
	for (size_t i = 0; i < ledger->count; i++) {
		const struct ledger_row *part = &ledger->rows[i];

		assert_int_not_equal(part->bytes, 0);
		assert_true(part->bytes > 0 || part->kind == LEDGER_UNTOUCHED);
		assert_true(i == 0 || part->kind > ledger->rows[i - 1].kind);
		sum += part->bytes;
		percent += part->percent;
		most = fmax(most, fabs(part->percent));
	}
	if (sum != ledger->whole_bytes || ledger->whole_bytes <= 0)
		fail_msg("row %zu: %lld is not %lld", row, (long long)sum,
		    (long long)ledger->whole_bytes);
	if (fabs(percent - 100) > 1e-6 + 1e-12 * most)
		fail_msg("row %zu: %f%%", row, percent);
}

static void
make(struct fixture *fixture, size_t row)
{
	ledgers_make(&fixture->ledgers, &fixture->build.pool, &fixture->build.evidence);
	for (size_t i = 0; i < fixture->ledgers.count; i++)
		check_sums(&fixture->ledgers.items[i], row);
}

#define LIVE LEDGER_LIVE
#define GARBAGE LEDGER_GARBAGE
#define HEAP LEDGER_HEAP
#define FREE LEDGER_IDLE
#define STACKS LEDGER_STACKS
#define GO LEDGER_RUNTIME
#define PYTHON LEDGER_PYTHON
#define RTLOADER LEDGER_RTLOADER
#define REST LEDGER_UNEXPLAINED
#define UNTOUCHED LEDGER_UNTOUCHED

/* In MB; -1: unknown. What is expected ends in a row of 0. */
static const struct whole_case {
	int64_t sys, heap_sys, inuse, idle, released, stacks, live, resident, python, rtloader;
	struct {
		enum ledger_kind kind;
		int64_t mb;
	} rows[LEDGER_KINDS];
	int64_t go, outside;
} whole_cases[] = {
    /* All is known. */
    {95, 80, 50, 30, 10, 5, 32, 300, 90, 7,
	{{LIVE, 32}, {GARBAGE, 18}, {FREE, 20}, {STACKS, 5}, {GO, 10}, {PYTHON, 90}, {RTLOADER, 7},
	    {REST, 118}},
	85, 215},
    /* Go has more than is there. */
    {95, 80, 50, 30, 10, 5, 32, 70, -1, -1,
	{{LIVE, 32}, {GARBAGE, 18}, {FREE, 20}, {STACKS, 5}, {GO, 10}, {UNTOUCHED, -15}}, 85, 0},
    /* Python says more than is outside. */
    {95, 80, 50, 30, 10, 5, 32, 100, 40, 0,
	{{LIVE, 32}, {GARBAGE, 18}, {FREE, 20}, {STACKS, 5}, {GO, 10}, {PYTHON, 40},
	    {UNTOUCHED, -25}},
	85, 15},
    /* It comes out even. */
    {95, 80, 50, 30, 10, 5, 32, 85, -1, -1,
	{{LIVE, 32}, {GARBAGE, 18}, {FREE, 20}, {STACKS, 5}, {GO, 10}}, 85, 0},
    /* Live and garbage cannot be told apart. */
    {95, 80, 50, 30, 10, 5, -1, 85, -1, -1, {{HEAP, 50}, {FREE, 20}, {STACKS, 5}, {GO, 10}}, 85, 0},
    {95, 80, 50, 30, 10, 5, 0, 85, -1, -1, {{HEAP, 50}, {FREE, 20}, {STACKS, 5}, {GO, 10}}, 85, 0},
    /* The estimate of what is live is over what is in use. */
    {95, 80, 50, 30, 10, 5, 60, 85, -1, -1, {{LIVE, 50}, {FREE, 20}, {STACKS, 5}, {GO, 10}}, 85, 0},
    /* Unknown parts are in what is left. */
    {-1, -1, 50, -1, -1, -1, 32, 85, -1, -1, {{LIVE, 32}, {GARBAGE, 18}, {REST, 35}}, 50, 35},
    {95, -1, 50, 30, -1, 5, 32, 85, -1, -1,
	{{LIVE, 32}, {GARBAGE, 18}, {STACKS, 5}, {REST, 30}}, 55, 30},
    {95, 80, -1, 30, 30, 0, -1, 85, -1, -1, {{GO, 15}, {REST, 70}}, 15, 70},
    /* More given back than was free, and less in all than in parts. */
    {60, 80, 50, 30, 40, 5, 32, 85, -1, -1,
	{{LIVE, 32}, {GARBAGE, 18}, {STACKS, 5}, {REST, 30}}, 55, 30},
    /* Without the RSS, the whole is Go's. */
    {95, 80, 50, 30, 10, 5, 32, -1, 90, 7,
	{{LIVE, 32}, {GARBAGE, 18}, {FREE, 20}, {STACKS, 5}, {GO, 10}}, 85, -1},
    {95, 80, 50, 30, 10, 5, 32, 0, 90, 7,
	{{LIVE, 32}, {GARBAGE, 18}, {FREE, 20}, {STACKS, 5}, {GO, 10}}, 85, -1},
};

static int64_t
of_mb(int64_t mb)
{
	return mb < 0 ? -1 : mb * MB;
}

static void
set_whole(struct fixture *fixture, const struct whole_case *row)
{
	struct telemetry *telemetry = &fixture->build.evidence.telemetry;
	struct memstats *memstats = &telemetry->memstats;
	struct top *live = &fixture->process->tops[PPROF_HEAP];

	telemetry->found = memstats->found = 1;
	memstats->sys_bytes = of_mb(row->sys);
	memstats->heap_sys_bytes = of_mb(row->heap_sys);
	memstats->heap_inuse_bytes = of_mb(row->inuse);
	memstats->heap_idle_bytes = of_mb(row->idle);
	memstats->heap_released_bytes = of_mb(row->released);
	memstats->stack_sys_bytes = of_mb(row->stacks);
	live->found = row->live >= 0;
	live->total = of_mb(row->live);
	telemetry->resident_bytes = of_mb(row->resident);
	telemetry->python_bytes = of_mb(row->python);
	telemetry->rtloader_bytes = of_mb(row->rtloader);
}

static void
test_whole(void **state)
{
	(void)state;
	for (size_t i = 0; i < BUILD_COUNT(whole_cases); i++) {
		const struct whole_case *row = &whole_cases[i];
		struct fixture fixture;
		const struct ledger *ledger;
		size_t count = 0;

		open_fixture(&fixture);
		set_whole(&fixture, row);
		make(&fixture, i);
		assert_int_equal(fixture.ledgers.count, 1);
		ledger = fixture.ledgers.items;
		for (; row->rows[count].mb != 0; count++) {
			if (ledger->rows[count].kind != row->rows[count].kind ||
			    ledger->rows[count].bytes != row->rows[count].mb * MB)
				fail_msg("row %zu: part %zu is %lld of kind %d", i, count,
				    (long long)ledger->rows[count].bytes,
				    (int)ledger->rows[count].kind);
		}
		assert_int_equal(ledger->count, count);
		assert_ptr_equal(ledger->process, fixture.process);
		assert_string_equal(ledger->source, "telemetry.log");
		assert_int_equal(ledger->go_bytes, row->go * MB);
		assert_int_equal(ledger->outside_bytes, of_mb(row->outside));
		assert_int_equal(
		    ledger->resident_bytes, row->resident > 0 ? row->resident * MB : -1);
		build_close(&fixture.build);
	}
}

/* Most of it, and 100 MB at least; most of that is Python's. */
static void
test_outside(void **state)
{
	static const struct {
		int64_t go, resident, python; /* bytes */
		int is_outside, is_python;
	} cases[] = {
	    {90 * MB, 300 * MB, 150 * MB, 1, 1},
	    {90 * MB, 300 * MB, 105 * MB, 1, 0},
	    {90 * MB, 300 * MB, 105 * MB + 1, 1, 1},
	    {90 * MB, 300 * MB, -1, 1, 0},
	    {90 * MB, 190 * MB, -1, 1, 0},
	    {90 * MB, 190 * MB - 1, -1, 0, 0},
	    {150 * MB, 300 * MB, -1, 0, 0},
	    {150 * MB - 1, 300 * MB, -1, 1, 0},
	    {300 * MB, 90 * MB, -1, 0, 0},
	};

	(void)state;
	for (size_t i = 0; i < BUILD_COUNT(cases); i++) {
		struct fixture fixture;
		struct telemetry *telemetry = &fixture.build.evidence.telemetry;

		open_fixture(&fixture);
		telemetry->found = telemetry->memstats.found = 1;
		telemetry->memstats.heap_inuse_bytes = cases[i].go;
		telemetry->resident_bytes = cases[i].resident;
		telemetry->python_bytes = cases[i].python;
		make(&fixture, i);
		if (fixture.ledgers.items[0].is_outside != cases[i].is_outside ||
		    fixture.ledgers.items[0].is_python != cases[i].is_python)
			fail_msg("row %zu: outside %d, Python %d", i,
			    fixture.ledgers.items[0].is_outside,
			    fixture.ledgers.items[0].is_python);
		assert_int_equal(fixture.ledgers.items[0].python_bytes, cases[i].python);
		build_close(&fixture.build);
	}
}

/* Where the Go part comes from: what is of the RSS's moment first. Nothing makes no ledger. */
static void
test_sources(void **state)
{
	static const struct {
		const char *prefix;
		int telemetry, memstats, trace_memstats;
		int64_t status; /* the heap that it tells of the trace-agent */
		const char *source; /* NULL: no ledger */
		int64_t whole;
	} cases[] = {
	    {"core", 1, 1, 1, MB, "telemetry.log", 300 * MB},
	    {"core", 0, 1, 1, MB, "expvar/memstats", 300 * MB},
	    {"core", 0, 0, 1, MB, NULL, 0},
	    {"trace", 1, 1, 1, MB, "expvar/trace-agent", 30 * MB},
	    {"trace", 1, 1, 0, MB, "status.log", MB},
	    {"trace", 1, 1, 0, HUGE_BYTES, "status.log", LARGEST},
	    {"trace", 1, 1, 0, 0, NULL, 0},
	    {"trace", 1, 1, 0, -1, NULL, 0},
	    {"process", 1, 1, 1, MB, NULL, 0},
	    {"other", 1, 1, 1, MB, NULL, 0},
	};

	(void)state;
	for (size_t i = 0; i < BUILD_COUNT(cases); i++) {
		struct fixture fixture;
		struct evidence *evidence = &fixture.build.evidence;

		open_fixture(&fixture);
		fixture.build.files[0].prefix = cases[i].prefix;
		evidence->telemetry.found = 1;
		evidence->telemetry.resident_bytes = 300 * MB;
		evidence->telemetry.memstats.found = cases[i].telemetry;
		evidence->telemetry.memstats.heap_inuse_bytes = 10 * MB;
		evidence->memstats = (struct memstats){
		    .found = cases[i].memstats, .heap_inuse_bytes = 20 * MB};
		evidence->trace_memstats = (struct memstats){
		    .found = cases[i].trace_memstats, .heap_inuse_bytes = 30 * MB};
		evidence->status.found = 1;
		evidence->sections.trace.alloc_bytes = cases[i].status;
		make(&fixture, i);
		assert_int_equal(fixture.ledgers.count, cases[i].source != NULL);
		if (cases[i].source != NULL) {
			assert_string_equal(fixture.ledgers.items[0].source, cases[i].source);
			assert_int_equal(fixture.ledgers.items[0].whole_bytes, cases[i].whole);
		}
		build_close(&fixture.build);
	}
}

/* Several processes: those of which nothing is known are left out, the others stay in order. */
static void
test_processes(void **state)
{
	struct fixture fixture;
	struct evidence *evidence = &fixture.build.evidence;

	(void)state;
	open_fixture(&fixture);
	build_process(&fixture.build, "process");
	build_process(&fixture.build, "trace");
	evidence->memstats = (struct memstats){.found = 1, .heap_inuse_bytes = 20 * MB};
	evidence->trace_memstats = (struct memstats){.found = 1, .heap_inuse_bytes = 30 * MB};
	make(&fixture, 0);
	assert_int_equal(fixture.ledgers.count, 2);
	assert_string_equal(fixture.ledgers.items[0].process->files->prefix, "core");
	assert_string_equal(fixture.ledgers.items[1].process->files->prefix, "trace");
	assert_int_equal(fixture.ledgers.items[0].resident_bytes, -1);

	/* The RSS is the main process's. */
	evidence->telemetry.found = 1;
	evidence->telemetry.resident_bytes = 300 * MB;
	make(&fixture, 1);
	assert_int_equal(fixture.ledgers.items[0].resident_bytes, 300 * MB);
	assert_int_equal(fixture.ledgers.items[1].resident_bytes, -1);
	build_close(&fixture.build);
}

/* A snapshot that is the first one tells nothing of what is live at the end. */
static void
test_first_snapshot(void **state)
{
	struct fixture fixture;

	(void)state;
	open_fixture(&fixture);
	fixture.build.evidence.memstats =
	    (struct memstats){.found = 1, .heap_inuse_bytes = 50 * MB};
	fixture.process->profiles[FLARE_HEAP_2ND].state = PROFILE_MISSING;
	make(&fixture, 0);
	assert_int_equal(fixture.ledgers.items[0].count, 1);
	assert_int_equal(fixture.ledgers.items[0].rows[0].kind, HEAP);

	fixture.process->profiles[FLARE_HEAP_2ND].state = PROFILE_READ;
	make(&fixture, 1);
	assert_int_equal(fixture.ledgers.items[0].rows[0].kind, LIVE);

	/* Where what is in use is unknown, what is allocated is next to it. */
	fixture.build.evidence.memstats =
	    (struct memstats){.found = 1, .heap_inuse_bytes = -1, .heap_alloc_bytes = 40 * MB};
	make(&fixture, 2);
	assert_int_equal(fixture.ledgers.items[0].go_bytes, 40 * MB);
	build_close(&fixture.build);
}

/* Any of the figures may be absurd, or unknown, or nothing. */
static void
test_odd_values(void **state)
{
	static const int64_t values[] = {-1, 0, 1, 50 * MB, HUGE_BYTES, INT64_MAX};
	enum { FIGURES = 10 };
	uint32_t seed = 5;

	(void)state;
	for (size_t i = 0; i < 400; i++) {
		struct fixture fixture;
		struct telemetry *telemetry = &fixture.build.evidence.telemetry;
		struct memstats *memstats = &telemetry->memstats;
		int64_t *const figures[FIGURES] = {&memstats->sys_bytes, &memstats->heap_sys_bytes,
		    &memstats->heap_inuse_bytes, &memstats->heap_alloc_bytes,
		    &memstats->heap_idle_bytes, &memstats->heap_released_bytes,
		    &memstats->stack_sys_bytes, &telemetry->resident_bytes,
		    &telemetry->python_bytes, &telemetry->rtloader_bytes};

		open_fixture(&fixture);
		telemetry->found = memstats->found = 1;
		for (int k = 0; k < FIGURES; k++) {
			seed = seed * 1664525 + 1013904223;
			*figures[k] = values[(seed >> 16) % BUILD_COUNT(values)];
		}
		fixture.process->tops[PPROF_HEAP].total = values[i % BUILD_COUNT(values)];
		make(&fixture, i);
		build_close(&fixture.build);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_whole),
	    cmocka_unit_test(test_outside),
	    cmocka_unit_test(test_sources),
	    cmocka_unit_test(test_processes),
	    cmocka_unit_test(test_first_snapshot),
	    cmocka_unit_test(test_odd_values),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
