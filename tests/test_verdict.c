#include "verdict.h"

#include "builders.h"

#include <math.h>

#define MUTED (-1) /* no finding */

/* One healthy core process that is judged. */
struct fixture {
	struct build build;
	struct pprof_process *process;
};

static void
open_fixture(struct fixture *fixture)
{
	build_open(&fixture->build);
	fixture->process = build_process(&fixture->build, "core");
}

/* Asserts which rule alone fired (MUTED: none). */
static void
check_outcome(const struct verdict *verdict, size_t row, int rule)
{
	int seen = verdict->finding_count > 0 ? (int)verdict->findings[0].rule : MUTED;

	if (verdict->finding_count > 1 || seen != rule)
		fail_msg("row %zu: %zu findings, first of rule %d", row, verdict->finding_count,
		    seen);
}

#define LEAK VERDICT_HEAP_GROWTH

static const struct heap_case {
	int64_t seconds;
	struct top_row rows[4];
	int rule;
} heap_cases[] = {
    {30, {{"a.A", 10 * MB, 0}}, MUTED},
    {30, {{"a.A", 10 * MB + 1, 0}}, LEAK},
    {30, {{"a.A", -90 * MB, 0}}, MUTED},
    {60, {{"a.A", 20 * MB, 0}}, MUTED},
    {60, {{"a.A", 20 * MB + 2, 0}}, LEAK},
    {4, {{"a.A", 5 * MB, 0}}, LEAK},
    {4, {{"a.A", 5 * MB - 1, 0}}, MUTED},
    {4, {{"a.A", MB, 0}}, MUTED},
    {15, {{"a.A", 5 * MB, 0}}, MUTED},
    {15, {{"a.A", 5 * MB + 1, 0}}, LEAK},
    /* Of many small growths only the sum is over. */
    {30, {{"a.A", 4 * MB, 0}, {"b.B", 4 * MB, 0}, {"c.C", 3 * MB, 0}}, LEAK},
    /* The runtime's own is left out, whether it grows or shrinks. */
    {30, {{"runtime.malg", 20 * MB, 0}}, MUTED},
    {30, {{"runtime.malg", 10 * MB, 0}}, MUTED},
    {30, {{"internal/runtime/maps.newTable", 20 * MB, 0}}, MUTED},
    {30, {{"runtime.malg", 9 * MB, 0}, {"a.A", 9 * MB, 0}}, MUTED},
    {30, {{"runtime.malg", -40 * MB, 0}, {"a.A", 11 * MB, 0}}, LEAK},
    {4, {{"runtime.malg", 4 * MB, 0}}, MUTED},
    {4, {{"runtime.malg", 5 * MB, 0}}, MUTED},
    /* Memory that moves is no leak. */
    {30, {{"a.A", 64 * MB, 0}, {"b.B", -64 * MB, 0}}, MUTED},
    {30, {{"a.A", 10 * MB, 0}, {"b.B", -64 * MB, 0}}, MUTED},
    {30, {{"a.A", 10 * MB + 1, 0}, {"b.B", -MB, 0}}, MUTED},
    {30, {{"a.A", 30 * MB, 0}, {"b.B", -20 * MB, 0}}, MUTED},
    {30, {{"a.A", 30 * MB + 1, 0}, {"b.B", -20 * MB, 0}}, LEAK},
};

static void
test_heap_rule(void **state)
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
		build_judge(&fixture.build);
		check_outcome(&fixture.build.verdict, i, heap_cases[i].rule);
		assert_int_equal(fixture.build.verdict.processes[0].heap,
		    heap_cases[i].rule == LEAK ? VERDICT_OVER : VERDICT_WITHIN);
		assert_int_equal(fixture.build.verdict.name,
		    heap_cases[i].rule == LEAK ? VERDICT_MEMORY_LEAK : VERDICT_NORMAL);
		build_close(&fixture.build);
	}
}

/* What is left out as profiling's own must be little enough to be that, or it could be the leak. */
static void
test_profiling_hides(void **state)
{
	static const struct {
		int64_t seconds, profiling, shrunk, other;
		enum verdict_state heap;
	} cases[] = {
	    {30, 2 * MB, 0, MB, VERDICT_WITHIN},
	    {30, 16 * MB, 0, MB, VERDICT_WITHIN},
	    {30, 16 * MB + 1, 0, MB, VERDICT_UNKNOWN},
	    {30, 90 * MB, -90 * MB, MB, VERDICT_UNKNOWN},
	    /* What is a leak without it is one, and what is none with it is none. */
	    {30, 90 * MB, 0, 11 * MB, VERDICT_OVER},
	    {30, 17 * MB, 0, -8 * MB, VERDICT_WITHIN},
	    {60, 17 * MB, 0, MB, VERDICT_WITHIN},
	};

	(void)state;
	for (size_t i = 0; i < BUILD_COUNT(cases); i++) {
		struct fixture fixture;
		struct top *tops;

		open_fixture(&fixture);
		tops = fixture.process->tops;
		fixture.process->profiles[FLARE_HEAP_2ND].time_ns = START + cases[i].seconds * SEC;
		BUILD_TOP(&fixture.build, &tops[PPROF_GROWTH], {"b.B", cases[i].profiling, 0},
		    {"c.C", cases[i].shrunk, 0}, {"a.A", cases[i].other, 0});
		BUILD_TOP(&fixture.build, &tops[PPROF_GROWTH_JUDGED], {"a.A", cases[i].other, 0});
		build_judge(&fixture.build);
		if (fixture.build.verdict.processes[0].heap != cases[i].heap)
			fail_msg("row %zu", i);
		if (cases[i].heap == VERDICT_UNKNOWN)
			assert_int_equal(fixture.build.verdict.name, VERDICT_INCONCLUSIVE);
		build_close(&fixture.build);
	}
}

static void
test_leak_finding(void **state)
{
	struct fixture fixture;
	const struct verdict_finding *finding;

	(void)state;
	open_fixture(&fixture);
	fixture.process->profiles[FLARE_HEAP_2ND].time_ns = START + 4 * SEC;
	BUILD_GROWTH(&fixture.build, fixture.process, {"b.B", -MB, 0}, {SAMPLER, 8 * MB, 8 * MB},
	    {"a.A", MB, MB}, {"runtime.malg", 9 * MB, 9 * MB});
	build_judge(&fixture.build);
	assert_int_equal(fixture.build.verdict.finding_count, 1);
	finding = fixture.build.verdict.findings;
	assert_int_equal(finding->type, VERDICT_MEMORY_LEAK);
	assert_string_equal(finding->function, SAMPLER);
	assert_string_equal(finding->unit, "bytes_per_30s");
	assert_true(finding->measured == (double)(60 * MB));
	assert_true(finding->threshold == (double)(10 * MB));
	assert_ptr_equal(finding->figures, &fixture.build.verdict.processes[0].figures);
	build_close(&fixture.build);
}

/* High: growth less two standard errors is still over. Low: the interval is assumed. */
static void
test_leak_confidence(void **state)
{
	static const struct {
		int64_t net, shrunk, period, seconds, threshold; /* seconds 0: assumed */
		enum verdict_confidence confidence;
	} cases[] = {
	    {25 * MB, 0, MB, 30, 15 * MB, VERDICT_MEDIUM}, /* 25 - 2 * 5, and not over */
	    {25 * MB, 0, MB, 30, 15 * MB - 2, VERDICT_HIGH},
	    {25 * MB, 0, MB, 60, 15 * MB / 2, VERDICT_MEDIUM},
	    {25 * MB, 0, MB, 60, 15 * MB / 2 - 2, VERDICT_HIGH},
	    {25 * MB, 0, MB, 15, 30 * MB, VERDICT_MEDIUM},
	    {25 * MB, 0, MB, 15, 30 * MB - 4, VERDICT_HIGH},
	    {25 * MB, 75 * MB, MB, 30, 14 * MB, VERDICT_MEDIUM}, /* 100 + 75 MB moved */
	    {11 * MB, 0, 524288, 30, 10 * MB, VERDICT_MEDIUM},
	    {11 * MB, 0, 1, 30, 10 * MB, VERDICT_HIGH},
	    {40 * MB, 0, 0, 30, 10 * MB, VERDICT_HIGH},
	    {400 * MB, 0, 524288, 0, 10 * MB, VERDICT_LOW},
	};

	(void)state;
	for (size_t i = 0; i < BUILD_COUNT(cases); i++) {
		struct fixture fixture;
		struct profile *profiles;

		open_fixture(&fixture);
		profiles = fixture.process->profiles;
		profiles[FLARE_HEAP_2ND].time_ns =
		    cases[i].seconds > 0 ? START + cases[i].seconds * SEC : 0;
		profiles[FLARE_HEAP_2ND].period = cases[i].period;
		if (cases[i].seconds == 0)
			profiles[FLARE_CPU].state = PROFILE_MISSING;
		fixture.build.thresholds.leak_bytes = cases[i].threshold;
		BUILD_GROWTH(&fixture.build, fixture.process,
		    {"a.A", cases[i].net + cases[i].shrunk, 0}, {"b.B", -cases[i].shrunk, 0});
		build_judge(&fixture.build);
		check_outcome(&fixture.build.verdict, i, LEAK);
		if (fixture.build.verdict.findings[0].confidence != cases[i].confidence)
			fail_msg("row %zu: confidence %d", i,
			    (int)fixture.build.verdict.findings[0].confidence);
		build_close(&fixture.build);
	}
}

/* What was just started still fills its caches; that is no matter for its CPU time. */
static void
test_young_process(void **state)
{
	static const struct {
		int64_t uptime; /* in seconds; -1: unknown */
		enum verdict_confidence leak;
	} cases[] = {{0, VERDICT_LOW}, {899, VERDICT_LOW}, {900, VERDICT_HIGH},
	    {86400, VERDICT_HIGH}, {-1, VERDICT_HIGH}};

	(void)state;
	for (size_t i = 0; i < BUILD_COUNT(cases); i++) {
		struct fixture fixture;
		const struct verdict *verdict = &fixture.build.verdict;
		struct status *status = &fixture.build.evidence.status;

		open_fixture(&fixture);
		status->status_date_ms = START / 1000000;
		status->agent_start_ms =
		    cases[i].uptime >= 0 ? START / 1000000 - cases[i].uptime * 1000 : -1;
		BUILD_GROWTH(&fixture.build, fixture.process, {"a.A", 90 * MB, 0});
		BUILD_TOP(&fixture.build, &fixture.process->tops[PPROF_CPU],
		    {FLUSH, 29 * SEC, 0});
		build_judge(&fixture.build);
		assert_int_equal(verdict->finding_count, 2);
		for (size_t k = 0; k < 2; k++) {
			const struct verdict_finding *finding = &verdict->findings[k];

			if (finding->confidence !=
			    (finding->rule == LEAK ? cases[i].leak : VERDICT_HIGH))
				fail_msg("row %zu: confidence %d", i, (int)finding->confidence);
		}
		build_close(&fixture.build);
	}
}

/* Snapshots that do not differ tell of no growth only when a collection ended between them. */
static void
test_identical_snapshots(void **state)
{
	static const struct {
		int found;
		int64_t last_gc_ns; /* after the first snapshot */
		enum verdict_state heap;
		enum verdict_name name;
	} cases[] = {
	    {1, 15 * SEC, VERDICT_WITHIN, VERDICT_NORMAL},
	    {1, -15 * SEC, VERDICT_UNKNOWN, VERDICT_INCONCLUSIVE},
	    {0, 0, VERDICT_UNKNOWN, VERDICT_INCONCLUSIVE},
	};

	(void)state;
	for (size_t i = 0; i < BUILD_COUNT(cases); i++) {
		struct fixture fixture;
		struct top *tops;

		open_fixture(&fixture);
		tops = fixture.process->tops;
		build_top(&fixture.build, &tops[PPROF_GROWTH], NULL);
		build_top(&fixture.build, &tops[PPROF_GROWTH_JUDGED], NULL);
		fixture.build.evidence.memstats = (struct memstats){.found = cases[i].found,
		    .heap_alloc_bytes = -1,
		    .heap_inuse_bytes = 50 * MB,
		    .num_gc = 9,
		    .last_gc_ns = START + cases[i].last_gc_ns,
		    .taken_after_ns = START + 40 * SEC};
		build_judge(&fixture.build);
		check_outcome(&fixture.build.verdict, i, MUTED);
		assert_int_equal(fixture.build.verdict.processes[0].heap, cases[i].heap);
		assert_int_equal(fixture.build.verdict.name, cases[i].name);
		build_close(&fixture.build);
	}
}

/* What grew, but keeps less than a tenth of what it allocates, may be a heap that is not yet
 * collected. */
static void
test_churn(void **state)
{
	static const struct {
		int64_t allocated; /* 0: unknown */
		enum verdict_confidence confidence;
	} cases[] = {{400 * MB, VERDICT_HIGH}, {400 * MB + 1, VERDICT_LOW}, {40 * MB, VERDICT_HIGH},
	    {0, VERDICT_HIGH}};

	(void)state;
	for (size_t i = 0; i < BUILD_COUNT(cases); i++) {
		struct fixture fixture;
		struct top *allocated;

		open_fixture(&fixture);
		allocated = &fixture.process->tops[PPROF_ALLOCATED];
		BUILD_GROWTH(&fixture.build, fixture.process, {"a.A", 40 * MB, 0});
		build_top(&fixture.build, allocated, NULL);
		if (cases[i].allocated > 0)
			BUILD_TOP(&fixture.build, allocated, {"a.A", cases[i].allocated, 0});
		build_judge(&fixture.build);
		check_outcome(&fixture.build.verdict, i, LEAK);
		assert_int_equal(
		    fixture.build.verdict.findings[0].confidence, cases[i].confidence);
		build_close(&fixture.build);
	}
}

/* Snapshots that are too near or too far apart are not judged, however much grew. */
static void
test_absurd_intervals(void **state)
{
	static const int64_t ns[] = {1, SEC - 1, 25 * 3600 * SEC};

	(void)state;
	for (size_t i = 0; i < BUILD_COUNT(ns); i++) {
		struct fixture fixture;

		open_fixture(&fixture);
		fixture.process->profiles[FLARE_HEAP_2ND].time_ns = START + ns[i];
		BUILD_GROWTH(&fixture.build, fixture.process, {"a.A", 9000000 * MB, 0});
		build_judge(&fixture.build);
		check_outcome(&fixture.build.verdict, i, MUTED);
		assert_int_equal(fixture.build.verdict.processes[0].heap, VERDICT_UNKNOWN);
		assert_int_equal(fixture.build.verdict.name, VERDICT_INCONCLUSIVE);
		build_close(&fixture.build);
	}
}

#define ONE VERDICT_CPU_FUNCTION
#define ALL VERDICT_CPU_TOTAL
#define CENTI (SEC / 100) /* one sample */

static const struct cpu_case {
	int64_t duration;
	int64_t top, rest; /* samples of the busiest function, and of all others */
	int rule;
	enum verdict_confidence confidence;
} cpu_cases[] = {
    /* The share. */
    {30 * SEC, 1500, 1500, MUTED, 0},
    {30 * SEC, 1501, 1499, ONE, VERDICT_MEDIUM},
    {30 * SEC, 3000, 0, ONE, VERDICT_HIGH},
    /* The floor: 0.2 of a core. */
    {30 * SEC, 400, 200, ONE, VERDICT_HIGH},
    {30 * SEC, 400, 199, MUTED, 0},
    {5 * SEC, 8, 0, MUTED, 0},
    {30 * SEC, 299, 299, MUTED, 0},
    /* More than one core, spread out: three functions in turn share the rest. */
    {30 * SEC, 1000, 2000, MUTED, 0},
    {30 * SEC, 1000, 2001, ALL, VERDICT_MEDIUM},
    {30 * SEC, 2000, 4000, ALL, VERDICT_HIGH},
    {30 * SEC, 2000, 2000, ALL, VERDICT_HIGH},
    {SEC, 60, 80, ALL, VERDICT_HIGH},
    {SEC, 40, 59, MUTED, 0},
    /* One function that dominates is one finding, also on many cores. */
    {30 * SEC, 9000, 3000, ONE, VERDICT_HIGH},
    /* Few samples. */
    {2 * SEC, 99, 0, ONE, VERDICT_LOW},
    {2 * SEC, 100, 0, ONE, VERDICT_HIGH},
    {2 * SEC, 52, 47, ONE, VERDICT_LOW},
    {2 * SEC, 104, 96, ONE, VERDICT_MEDIUM},
    /* Nothing at all. */
    {30 * SEC, 0, 0, MUTED, 0},
};

static void
set_cpu(struct fixture *fixture, const struct cpu_case *row)
{
	int64_t part = row->rest / 4;

	fixture->process->profiles[FLARE_CPU].duration_ns = row->duration;
	BUILD_TOP(&fixture->build, &fixture->process->tops[PPROF_CPU],
	    {FLUSH, row->top * CENTI, row->top * CENTI}, {"a.A", part * CENTI, 0},
	    {"b.B", part * CENTI, 0}, {"c.C", part * CENTI, 0},
	    {"d.D", (row->rest - 3 * part) * CENTI, 0}, {"main.main", 0, 9 * SEC});
}

static void
test_cpu_rules(void **state)
{
	(void)state;
	for (size_t i = 0; i < BUILD_COUNT(cpu_cases); i++) {
		const struct cpu_case *row = &cpu_cases[i];
		struct fixture fixture;
		const struct verdict *verdict = &fixture.build.verdict;

		open_fixture(&fixture);
		set_cpu(&fixture, row);
		build_judge(&fixture.build);
		check_outcome(verdict, i, row->rule);
		assert_int_equal(verdict->processes[0].cpu,
		    row->rule == MUTED ? VERDICT_WITHIN : VERDICT_OVER);
		assert_int_equal(
		    verdict->name, row->rule == MUTED ? VERDICT_NORMAL : VERDICT_CPU_SPIKE);
		if (row->rule != MUTED && verdict->findings[0].confidence != row->confidence)
			fail_msg("row %zu: confidence %d", i, (int)verdict->findings[0].confidence);
		if (row->rule == ONE)
			assert_string_equal(verdict->findings[0].function, FLUSH);
		if (row->rule == ALL)
			assert_null(verdict->findings[0].function);
		build_close(&fixture.build);
	}
}

/* A profile of less than a second says nothing, however much it holds. */
static void
test_short_cpu_profile(void **state)
{
	static const struct cpu_case row = {SEC - 1, 60, 80, MUTED, 0};
	struct fixture fixture;

	(void)state;
	open_fixture(&fixture);
	set_cpu(&fixture, &row);
	build_judge(&fixture.build);
	assert_int_equal(fixture.build.verdict.processes[0].cpu, VERDICT_UNKNOWN);
	assert_int_equal(fixture.build.verdict.name, VERDICT_INCONCLUSIVE);
	build_close(&fixture.build);
}

static void
test_cpu_findings(void **state)
{
	static const struct {
		struct cpu_case cpu;
		const char *unit;
		double measured, threshold;
	} cases[] = {
	    {{30 * SEC, 2250, 750, ONE, 0}, "percent", 75, 60},
	    {{30 * SEC, 3000, 3000, ALL, 0}, "cores", 2, 1},
	};

	(void)state;
	for (size_t i = 0; i < BUILD_COUNT(cases); i++) {
		struct fixture fixture;
		const struct verdict_finding *finding;

		open_fixture(&fixture);
		fixture.build.thresholds.cpu_percent = 60;
		set_cpu(&fixture, &cases[i].cpu);
		build_judge(&fixture.build);
		check_outcome(&fixture.build.verdict, i, cases[i].cpu.rule);
		finding = fixture.build.verdict.findings;
		assert_int_equal(finding->type, VERDICT_CPU_SPIKE);
		assert_string_equal(finding->unit, cases[i].unit);
		assert_true(finding->measured == cases[i].measured);
		assert_true(finding->threshold == cases[i].threshold);
		build_close(&fixture.build);
	}
}

static void
test_idleness(void **state)
{
	static const struct {
		struct figures_cpu cpu;
		int idle;
	} cases[] = {
	    {{.core_use = 0.2}, 0},
	    {{.core_use = 0.1999}, 1},
	    {{.core_use = 0}, 1},
	    {{.core_use = 3}, 0},
	    {{.why = "unknown", .core_use = 0}, 0},
	};

	(void)state;
	for (size_t i = 0; i < BUILD_COUNT(cases); i++)
		assert_int_equal(verdict_is_idle(&cases[i].cpu), cases[i].idle);
}

/* The check, or module, that has most of the time is named; without a finding nothing is. */
static void
test_shares(void **state)
{
	static const struct {
		enum pprof_report report;
		const char *label;
		int64_t percent;
		const char *name; /* NULL: none dominates */
		int is_module;
	} cases[] = {
	    {PPROF_CPU_CHECKS, "postgres:1", 51, "postgres", 0},
	    {PPROF_CPU_CHECKS, "postgres:1", 50, NULL, 0},
	    {PPROF_CPU_MODULES, "network_tracer", 51, "network_tracer", 1},
	    {PPROF_CPU_MODULES, "network_tracer", 50, NULL, 1},
	};

	(void)state;
	for (size_t i = 0; i < BUILD_COUNT(cases); i++) {
		static const struct cpu_case cpu = {30 * SEC, 2500, 500, ONE, 0};
		struct fixture fixture;
		const struct verdict_finding *finding;

		open_fixture(&fixture);
		set_cpu(&fixture, &cpu);
		BUILD_TOP(&fixture.build, &fixture.process->tops[cases[i].report],
		    {cases[i].label, cases[i].percent, 0},
		    {PPROF_UNLABELLED, 100 - cases[i].percent, 0});
		BUILD_GROWTH(&fixture.build, fixture.process, {"a.A", 90 * MB, 0});
		build_judge(&fixture.build);
		assert_int_equal(fixture.build.verdict.finding_count, 2);
		finding = fixture.build.verdict.findings;
		assert_int_equal(finding[0].rule, LEAK);
		assert_null(finding[0].share);
		assert_int_equal(finding[1].is_module, cases[i].is_module);
		if (cases[i].name == NULL)
			assert_null(finding[1].share);
		else
			assert_string_equal(finding[1].share->name, cases[i].name);
		build_close(&fixture.build);
	}
}

#define WAIT VERDICT_BLOCK_DELAY
#define HOLD VERDICT_MUTEX_DELAY

static const struct lock_case {
	struct top_row blocked[4], held[3]; /* none blocked: not measured */
	int rule;
	enum verdict_confidence confidence;
	int64_t contentions; /* 0: very many */
} lock_cases[] = {
    {{{"sync.(*Mutex).Lock", SEC, 0}}, {{0}}, MUTED, 0, 0},
    {{{"sync.(*Mutex).Lock", SEC + 1, 0}}, {{0}}, WAIT, VERDICT_MEDIUM, 0},
    {{{"internal/sync.(*Mutex).Lock", 40 * SEC, 0}}, {{0}}, WAIT, VERDICT_HIGH, 0},
    {{{"runtime.chansend1", SEC, 0}}, {{0}}, MUTED, 0, 0},
    {{{"runtime.chansend1", 40 * SEC, 0}}, {{0}}, WAIT, VERDICT_HIGH, 0},
    {{{"sync.(*RWMutex).RLock", SEC / 2, 0}, {"runtime.chansend1", SEC / 2, 0}}, {{0}},
	MUTED, 0, 0},
    {{{"sync.(*RWMutex).RLock", SEC / 2 + 1, 0}, {"runtime.chansend1", SEC / 2, 0}}, {{0}},
	WAIT, VERDICT_MEDIUM, 0},
    /* Waiting for work never counts. */
    {{{"runtime.selectgo", 230 * SEC, 0}, {"runtime.chanrecv2", 90 * SEC, 0},
	 {"sync.(*Cond).Wait", 90 * SEC, 0}, {"time.Sleep", 90 * SEC, 0}},
	{{0}}, MUTED, 0, 0},
    {{{"sync.(*WaitGroup).Wait", 90 * SEC, 0}, {"runtime.netpollblock", 90 * SEC, 0},
	 {"sync.(*Mutex).Lock", SEC, 0}},
	{{0}}, MUTED, 0, 0},
    /* Nor does what is not known. */
    {{{"x.Y", SEC, 0}}, {{0}}, MUTED, 0, 0},
    {{{"x.Y", SEC + 1, 0}}, {{0}}, MUTED, 0, 0},
    /* Who holds a lock. */
    {{{0}}, {{"sync.(*Mutex).Unlock", SEC, 0}}, MUTED, 0, 0},
    {{{0}}, {{"sync.(*Mutex).Unlock", SEC + 1, 0}}, HOLD, VERDICT_MEDIUM, 0},
    {{{0}}, {{"sync.(*RWMutex).Unlock", 40 * SEC, 0}}, HOLD, VERDICT_HIGH, 0},
    {{{0}}, {{"runtime._LostContendedRuntimeLock", 40 * SEC, 0}, {"runtime.unlock2", 40 * SEC, 0}},
	MUTED, 0, 0},
    {{{0}}, {{"runtime.unlock", 40 * SEC, 0}, {"sync.(*Mutex).Unlock", SEC + 1, 0}}, HOLD,
	VERDICT_MEDIUM, 0},
    /* Of few sampled events the estimate is not sure. */
    {{{0}}, {{"sync.(*Mutex).Unlock", 40 * SEC, 0}}, HOLD, VERDICT_LOW, 999},
    {{{0}}, {{"sync.(*Mutex).Unlock", 40 * SEC, 0}}, HOLD, VERDICT_HIGH, 1000},
    /* What is in no class may have been locks: it speaks against nothing. */
    {{{"x.Y", SEC + 1, 0}}, {{"sync.(*Mutex).Unlock", 40 * SEC, 0}}, HOLD,
	VERDICT_HIGH, 0},
    /* Who waited was seen waiting: that is the truth. */
    {{{"sync.(*Mutex).Lock", SEC, 0}}, {{"sync.(*Mutex).Unlock", 40 * SEC, 0}}, MUTED, 0, 0},
    {{{"runtime.selectgo", 90 * SEC, 0}}, {{"sync.(*Mutex).Unlock", SEC + 1, 0}}, MUTED, 0, 0},
};

static void
test_lock_rules(void **state)
{
	(void)state;
	for (size_t i = 0; i < BUILD_COUNT(lock_cases); i++) {
		const struct lock_case *row = &lock_cases[i];
		struct fixture fixture;
		const struct verdict *verdict = &fixture.build.verdict;
		struct top *tops;

		open_fixture(&fixture);
		tops = fixture.process->tops;
		build_top(&fixture.build, &tops[PPROF_BLOCK_LEAF], row->blocked);
		build_top(&fixture.build, &tops[PPROF_MUTEX_LEAF], row->held);
		if (row->blocked[0].function == NULL)
			fixture.process->profiles[FLARE_BLOCK].sample_count = 0;
		tops[PPROF_MUTEX_COUNT].shown = row->contentions > 0 ? row->contentions : 99999;
		build_judge(&fixture.build);
		check_outcome(verdict, i, row->rule);
		assert_int_equal(verdict->processes[0].locks,
		    row->rule == MUTED ? VERDICT_WITHIN : VERDICT_OVER);
		if (row->rule != MUTED) {
			assert_int_equal(verdict->name, VERDICT_CONTENTION);
			assert_int_equal(verdict->findings[0].type, VERDICT_CONTENTION);
			assert_int_equal(verdict->findings[0].confidence, row->confidence);
			assert_string_equal(verdict->findings[0].function, FLUSH);
			assert_string_equal(verdict->findings[0].unit, "ns");
		}
		build_close(&fixture.build);
	}
}

/* Delay that was counted since the start is judged by what there is of it in 30 s. */
static void
test_locks_since_start(void **state)
{
	static const struct {
		int64_t uptime, blocked, held; /* in seconds; 0 blocked: not measured */
		int rule;
		double measured;
	} cases[] = {
	    {3600, 120, 0, MUTED, 0},
	    {3600, 121, 0, WAIT, 121e9 / 120},
	    {3600, 0, 120, MUTED, 0},
	    {3600, 0, 240, HOLD, 2e9},
	    {30, 2, 0, WAIT, 2e9},
	    {31, 2, 0, WAIT, 60e9 / 31},
	    {31, 0, 2, HOLD, 60e9 / 31},
	    {10, 2, 0, WAIT, 2e9},
	    {15, 0, 2, HOLD, 2e9},
	};

	(void)state;
	for (size_t i = 0; i < BUILD_COUNT(cases); i++) {
		struct fixture fixture;
		const struct verdict *verdict = &fixture.build.verdict;
		struct top *tops;

		open_fixture(&fixture);
		tops = fixture.process->tops;
		fixture.build.evidence.settings.profiling[0] =
		    (struct settings_profiling){1, 1, 100, 100};
		fixture.build.evidence.status.status_date_ms = START / 1000000;
		fixture.build.evidence.status.agent_start_ms =
		    START / 1000000 - cases[i].uptime * 1000;
		BUILD_TOP(&fixture.build, &tops[PPROF_BLOCK_LEAF],
		    {"sync.(*Mutex).Lock", cases[i].blocked * SEC, 0});
		BUILD_TOP(&fixture.build, &tops[PPROF_MUTEX_LEAF],
		    {"sync.(*Mutex).Unlock", cases[i].held * SEC, 0});
		tops[PPROF_MUTEX_COUNT].shown = 99999;
		if (cases[i].blocked == 0)
			fixture.process->profiles[FLARE_BLOCK].sample_count = 0;
		build_judge(&fixture.build);
		check_outcome(verdict, i, cases[i].rule);
		if (cases[i].rule != MUTED) {
			assert_string_equal(verdict->findings[0].unit,
			    cases[i].uptime > 30 ? "ns_per_30s" : "ns");
			assert_true(
			    verdict->findings[0].measured == floor(cases[i].measured));
		}
		build_close(&fixture.build);
	}
}

/* All five thresholds' borders can be moved. */
static void
test_thresholds_are_settable(void **state)
{
	struct fixture fixture;

	(void)state;
	open_fixture(&fixture);
	fixture.build.thresholds = (struct verdict_thresholds){MB - 1, 40, SEC / 10 - 1};
	build_judge(&fixture.build);
	assert_int_equal(fixture.build.verdict.finding_count, 4);
	assert_int_equal(fixture.build.verdict.name, VERDICT_MULTIPLE_ISSUES);
	build_close(&fixture.build);

	open_fixture(&fixture);
	fixture.build.thresholds = (struct verdict_thresholds){MB, 45, SEC / 10};
	build_judge(&fixture.build);
	assert_int_equal(fixture.build.verdict.finding_count, 0);
	build_close(&fixture.build);
}

/* What is the matter with a process, for the cases of joining. */
enum {
	LEAKS = 1,
	BURNS = 2,
	SPREADS = 4,
	WAITS = 8,
	HOLDS = 16,
	NO_HEAP = 32,
	NO_CPU = 64,
	NO_BLOCK = 128,
	NO_MUTEX = 256,
	NO_LOCKS = NO_BLOCK | NO_MUTEX,
	ABSENT = 512,
};

static void
spoil(struct build *build, struct pprof_process *process, int what)
{
	struct top *tops = process->tops;

	if (what & LEAKS)
		BUILD_GROWTH(build, process, {SAMPLER, 90 * MB, 90 * MB});
	if (what & BURNS)
		BUILD_TOP(build, &tops[PPROF_CPU], {FLUSH, 29 * SEC, 29 * SEC});
	if (what & SPREADS)
		BUILD_TOP(build, &tops[PPROF_CPU], {FLUSH, 29 * SEC, 0}, {SAMPLER, 29 * SEC, 0});
	if (what & WAITS)
		BUILD_TOP(build, &tops[PPROF_BLOCK_LEAF], {"sync.(*Mutex).Lock", 40 * SEC, 0});
	if (what & HOLDS) {
		BUILD_TOP(build, &tops[PPROF_MUTEX_LEAF], {"sync.(*Mutex).Unlock", 40 * SEC, 0});
		/* So that nothing speaks against it, and enough for it. */
		if (!(what & WAITS))
			process->profiles[FLARE_BLOCK].sample_count = 0;
		tops[PPROF_MUTEX_COUNT].shown = 99999;
	}
	if (what & NO_HEAP)
		build_missing(process, PPROF_GROWTH, "no heap");
	if (what & NO_CPU)
		build_missing(process, PPROF_CPU, "no CPU");
	if (what & NO_BLOCK)
		process->profiles[FLARE_BLOCK].sample_count = 0;
	if (what & NO_MUTEX)
		process->profiles[FLARE_MUTEX].sample_count = 0;
}

#define NORMAL VERDICT_NORMAL
#define INCONCLUSIVE VERDICT_INCONCLUSIVE
#define MEMORY VERDICT_MEMORY_LEAK
#define SPIKE VERDICT_CPU_SPIKE
#define CONTENTION VERDICT_CONTENTION
#define MULTIPLE VERDICT_MULTIPLE_ISSUES

static const struct join_case {
	int core, trace; /* what is the matter */
	enum verdict_name name, core_name, trace_name;
	size_t findings;
} join_cases[] = {
    {0, 0, NORMAL, NORMAL, NORMAL, 0},
    {NO_LOCKS, NO_LOCKS, NORMAL, NORMAL, NORMAL, 0},
    {LEAKS, 0, MEMORY, MEMORY, NORMAL, 1},
    {0, LEAKS, MEMORY, NORMAL, MEMORY, 1},
    {LEAKS, LEAKS, MEMORY, MEMORY, MEMORY, 2},
    {BURNS, SPREADS, SPIKE, SPIKE, SPIKE, 2},
    {WAITS, HOLDS, CONTENTION, CONTENTION, CONTENTION, 2},
    {WAITS | HOLDS, 0, CONTENTION, CONTENTION, NORMAL, 2},
    {LEAKS | BURNS, 0, MULTIPLE, MULTIPLE, NORMAL, 2},
    {LEAKS, BURNS, MULTIPLE, MEMORY, SPIKE, 2},
    {HOLDS, LEAKS, MULTIPLE, CONTENTION, MEMORY, 2},
    {LEAKS | BURNS | WAITS | HOLDS, SPREADS, MULTIPLE, MULTIPLE, SPIKE, 5},
    /* Without findings, core's heap and CPU must both be known. */
    {NO_HEAP, 0, INCONCLUSIVE, INCONCLUSIVE, NORMAL, 0},
    {NO_CPU, 0, INCONCLUSIVE, INCONCLUSIVE, NORMAL, 0},
    {NO_HEAP | NO_CPU, 0, INCONCLUSIVE, INCONCLUSIVE, NORMAL, 0},
    {0, NO_HEAP, NORMAL, NORMAL, INCONCLUSIVE, 0},
    {0, NO_HEAP | NO_CPU | NO_LOCKS, NORMAL, NORMAL, INCONCLUSIVE, 0},
    {0, ABSENT, NORMAL, NORMAL, 0, 0},
    {ABSENT, 0, INCONCLUSIVE, 0, NORMAL, 0},
    {ABSENT, ABSENT, INCONCLUSIVE, 0, 0, 0},
    /* What was found stays found. */
    {NO_HEAP, BURNS, SPIKE, INCONCLUSIVE, SPIKE, 1},
    {NO_HEAP | NO_CPU, LEAKS, MEMORY, INCONCLUSIVE, MEMORY, 1},
    {NO_CPU | LEAKS, 0, MEMORY, MEMORY, NORMAL, 1},
    {ABSENT, WAITS, CONTENTION, 0, CONTENTION, 1},
    {NO_BLOCK | HOLDS, 0, CONTENTION, CONTENTION, NORMAL, 1},
    {NO_MUTEX | WAITS, 0, CONTENTION, CONTENTION, NORMAL, 1},
    {NO_LOCKS | WAITS | HOLDS, 0, NORMAL, NORMAL, NORMAL, 0},
};

static void
check_join(struct build *build, const struct join_case *row, size_t number)
{
	const struct verdict *verdict = &build->verdict;

	if (verdict->name != row->name || verdict->finding_count != row->findings)
		fail_msg("row %zu: %s with %zu findings", number, verdict_text(verdict->name),
		    verdict->finding_count);
	assert_int_equal(verdict->process_count, build->evidence.process_count);
	for (size_t i = 0; i < verdict->process_count; i++) {
		const struct verdict_process *process = &verdict->processes[i];
		int is_trace = strcmp(process->figures.process->files->name, "trace") == 0;

		if (process->name != (is_trace ? row->trace_name : row->core_name))
			fail_msg("row %zu: process %zu is %s", number, i,
			    verdict_text(process->name));
	}
}

/* The same with the Cluster Agent as the one that the verdict cannot do without. */
static void
test_joins(void **state)
{
	static const char *const mains[] = {"core", "datadog-cluster-agent"};

	(void)state;
	for (size_t i = 0; i < BUILD_COUNT(mains) * BUILD_COUNT(join_cases); i++) {
		const struct join_case *row = &join_cases[i / BUILD_COUNT(mains)];
		const char *name = mains[i % BUILD_COUNT(mains)];
		struct build build;

		build_open(&build);
		build.flare.main_process = name;
		if (!(row->core & ABSENT))
			spoil(&build, build_process(&build, name), row->core);
		if (!(row->trace & ABSENT))
			spoil(&build, build_process(&build, "trace"), row->trace);
		build_judge(&build);
		check_join(&build, row, i / BUILD_COUNT(mains));
		build_close(&build);
	}
}

/* A sound core does not stand in for a Cluster Agent that is unknown. */
static void
test_the_main_process_decides(void **state)
{
	static const struct {
		int cluster, core;
		enum verdict_name name;
	} cases[] = {
	    {0, 0, NORMAL},	      {NO_CPU, 0, INCONCLUSIVE}, {0, NO_CPU, NORMAL},
	    {ABSENT, 0, INCONCLUSIVE}, {0, ABSENT, NORMAL},
	};

	(void)state;
	for (size_t i = 0; i < BUILD_COUNT(cases); i++) {
		struct build build;

		build_open(&build);
		build.flare.kind = FLARE_CLUSTER_AGENT;
		build.flare.main_process = "datadog-cluster-agent";
		if (!(cases[i].core & ABSENT))
			spoil(&build, build_process(&build, "core"), cases[i].core);
		if (!(cases[i].cluster & ABSENT))
			spoil(&build, build_process(&build, "datadog-cluster-agent"),
			    cases[i].cluster);
		build_judge(&build);
		assert_int_equal(build.verdict.name, cases[i].name);
		build_close(&build);
	}
}

static void
test_states(void **state)
{
	static const struct {
		int what;
		enum verdict_state heap, cpu, locks;
	} cases[] = {
	    {0, VERDICT_WITHIN, VERDICT_WITHIN, VERDICT_WITHIN},
	    {NO_HEAP, VERDICT_UNKNOWN, VERDICT_WITHIN, VERDICT_WITHIN},
	    {NO_CPU, VERDICT_WITHIN, VERDICT_UNKNOWN, VERDICT_WITHIN},
	    {NO_LOCKS, VERDICT_WITHIN, VERDICT_WITHIN, VERDICT_UNKNOWN},
	    {NO_BLOCK, VERDICT_WITHIN, VERDICT_WITHIN, VERDICT_WITHIN},
	    {NO_MUTEX, VERDICT_WITHIN, VERDICT_WITHIN, VERDICT_WITHIN},
	    {LEAKS, VERDICT_OVER, VERDICT_WITHIN, VERDICT_WITHIN},
	    {SPREADS, VERDICT_WITHIN, VERDICT_OVER, VERDICT_WITHIN},
	    {NO_BLOCK | HOLDS, VERDICT_WITHIN, VERDICT_WITHIN, VERDICT_OVER},
	};

	(void)state;
	for (size_t i = 0; i < BUILD_COUNT(cases); i++) {
		struct fixture fixture;
		const struct verdict_process *process;

		open_fixture(&fixture);
		spoil(&fixture.build, fixture.process, cases[i].what);
		build_judge(&fixture.build);
		process = fixture.build.verdict.processes;
		assert_int_equal(process->heap, cases[i].heap);
		assert_int_equal(process->cpu, cases[i].cpu);
		assert_int_equal(process->locks, cases[i].locks);
		build_close(&fixture.build);
	}
}

/* The surest first, then by type, then by how far over; else in the order of the processes. */
static void
test_order_of_findings(void **state)
{
	static const struct {
		const char *process;
		enum verdict_rule rule;
	} expected[] = {{"trace", LEAK}, {"core", LEAK}, {"trace", ONE}, {"process", WAIT},
	    {"core", HOLD}, {"core", WAIT}, {"process", LEAK}, {"core", ONE}};
	struct build build;
	struct pprof_process *core, *trace, *process;

	(void)state;
	build_open(&build);
	core = build_process(&build, "core");
	trace = build_process(&build, "trace");
	process = build_process(&build, "process");
	spoil(&build, core, LEAKS | WAITS | HOLDS | BURNS);
	core->profiles[FLARE_CPU].period = SEC;
	BUILD_TOP(&build, &core->tops[PPROF_BLOCK_LEAF], {"sync.(*Mutex).Lock", 30 * SEC, 0});
	spoil(&build, trace, BURNS);
	BUILD_GROWTH(&build, trace, {SAMPLER, 91 * MB, 0});
	BUILD_TOP(&build, &process->tops[PPROF_BLOCK_LEAF], {"sync.(*Mutex).Lock", 41 * SEC, 0});
	BUILD_GROWTH(&build, process, {SAMPLER, 11 * MB, 0});
	build_judge(&build);
	assert_int_equal(build.verdict.finding_count, BUILD_COUNT(expected));
	for (size_t i = 0; i < BUILD_COUNT(expected); i++) {
		const struct verdict_finding *finding = &build.verdict.findings[i];

		if (finding->rule != expected[i].rule ||
		    strcmp(finding->figures->process->files->name, expected[i].process) != 0)
			fail_msg("finding %zu: rule %d of %s", i, (int)finding->rule,
			    finding->figures->process->files->name);
	}
	build_close(&build);
}

/* Heap profiles without a sample are believed only when memstats tells of a small heap. */
static void
test_blank_heaps(void **state)
{
	static const struct {
		const char *process;
		int64_t heap_inuse; /* 0: no memstats */
		enum verdict_state heap;
	} cases[] = {
	    {"core", 0, VERDICT_UNKNOWN},
	    {"core", 2 * MB, VERDICT_WITHIN},
	    {"core", 16 * MB, VERDICT_WITHIN},
	    {"core", 16 * MB + 1, VERDICT_UNKNOWN},
	    {"trace", 2 * MB, VERDICT_UNKNOWN},
	};

	(void)state;
	for (size_t i = 0; i < BUILD_COUNT(cases); i++) {
		struct build build;
		struct pprof_process *process;

		build_open(&build);
		build.evidence.memstats = (struct memstats){.found = cases[i].heap_inuse > 0,
		    .heap_inuse_bytes = cases[i].heap_inuse,
		    .last_gc_ns = START + 15 * SEC};
		process = build_process(&build, cases[i].process);
		build_top(&build, &process->tops[PPROF_HEAP], NULL);
		build_top(&build, &process->tops[PPROF_GROWTH], NULL);
		build_top(&build, &process->tops[PPROF_GROWTH_JUDGED], NULL);
		build_judge(&build);
		assert_int_equal(build.verdict.processes[0].heap, cases[i].heap);
		build_close(&build);
	}
}

/* A second snapshot without a sample is no empty heap, whatever the first one had. */
static void
test_blank_second_heap(void **state)
{
	struct fixture fixture;

	(void)state;
	open_fixture(&fixture);
	fixture.build.evidence.memstats =
	    (struct memstats){.found = 1, .heap_inuse_bytes = 76 * MB};
	build_top(&fixture.build, &fixture.process->tops[PPROF_HEAP], NULL);
	BUILD_GROWTH(&fixture.build, fixture.process, {"a.A", -60 * MB, 0});
	build_judge(&fixture.build);
	assert_int_equal(fixture.build.verdict.processes[0].heap, VERDICT_UNKNOWN);
	assert_int_equal(fixture.build.verdict.name, VERDICT_INCONCLUSIVE);
	build_close(&fixture.build);
}

/* Heap and CPU profiles that do not belong together are not judged together. */
static void
test_profiles_of_another(void **state)
{
	static const struct {
		const char *build_id, *binary;
		int64_t later_ns; /* the CPU profile, than the heap's */
		enum verdict_state cpu;
	} cases[] = {
	    {"aa", "", 0, VERDICT_WITHIN}, {"bb", "", 0, VERDICT_UNKNOWN},
	    {"", "/bin/a", 0, VERDICT_WITHIN}, {"", "/bin/b", 0, VERDICT_UNKNOWN},
	    {"aa", "/bin/b", 0, VERDICT_WITHIN}, {"aa", "", 23 * 3600 * SEC, VERDICT_WITHIN},
	    {"aa", "", 25 * 3600 * SEC, VERDICT_UNKNOWN},
	};

	(void)state;
	for (size_t i = 0; i < BUILD_COUNT(cases); i++) {
		struct fixture fixture;
		struct profile *profiles;

		open_fixture(&fixture);
		profiles = fixture.process->profiles;
		for (int k = FLARE_HEAP_1ST; k <= FLARE_HEAP_2ND; k++) {
			profiles[k].build_id = cases[i].build_id[0] != '\0' ? "aa" : "";
			profiles[k].binary = "/bin/a";
		}
		profiles[FLARE_CPU].build_id = cases[i].build_id;
		profiles[FLARE_CPU].binary = cases[i].binary;
		profiles[FLARE_CPU].time_ns = START + cases[i].later_ns;
		build_judge(&fixture.build);
		if (fixture.build.verdict.processes[0].cpu != cases[i].cpu)
			fail_msg("row %zu: %s", i, fixture.build.verdict.processes[0].figures.cpu.why);
		build_close(&fixture.build);
	}
}

/* From a first snapshot without a sample, growth is not sure. */
static void
test_growth_from_blank(void **state)
{
	struct fixture fixture;

	(void)state;
	open_fixture(&fixture);
	spoil(&fixture.build, fixture.process, LEAKS);
	fixture.process->profiles[FLARE_HEAP_1ST].sample_count = 0;
	build_judge(&fixture.build);
	check_outcome(&fixture.build.verdict, 0, LEAK);
	assert_int_equal(fixture.build.verdict.findings[0].confidence, VERDICT_LOW);
	build_close(&fixture.build);
}

static void
test_names(void **state)
{
	static const char *const names[] = {"Normal", "Inconclusive", "Memory Leak", "CPU Spike",
	    "Contention", "Multiple Issues"};

	(void)state;
	for (int i = 0; i < 6; i++)
		assert_string_equal(verdict_text((enum verdict_name)i), names[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_heap_rule),
	    cmocka_unit_test(test_profiling_hides),
	    cmocka_unit_test(test_leak_finding),
	    cmocka_unit_test(test_leak_confidence),
	    cmocka_unit_test(test_young_process),
	    cmocka_unit_test(test_identical_snapshots),
	    cmocka_unit_test(test_churn),
	    cmocka_unit_test(test_absurd_intervals),
	    cmocka_unit_test(test_cpu_rules),
	    cmocka_unit_test(test_short_cpu_profile),
	    cmocka_unit_test(test_cpu_findings),
	    cmocka_unit_test(test_idleness),
	    cmocka_unit_test(test_shares),
	    cmocka_unit_test(test_lock_rules),
	    cmocka_unit_test(test_locks_since_start),
	    cmocka_unit_test(test_thresholds_are_settable),
	    cmocka_unit_test(test_joins),
	    cmocka_unit_test(test_the_main_process_decides),
	    cmocka_unit_test(test_states),
	    cmocka_unit_test(test_order_of_findings),
	    cmocka_unit_test(test_blank_heaps),
	    cmocka_unit_test(test_blank_second_heap),
	    cmocka_unit_test(test_profiles_of_another),
	    cmocka_unit_test(test_growth_from_blank),
	    cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
