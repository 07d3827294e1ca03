#include "ask.h"

#include "builders.h"

/* A flare with two processes that were judged and found in order, with lock profiles. */
struct fixture {
	struct build build;
	struct verdict_process processes[2];
	struct verdict_finding finding;
	struct verdict verdict;
	struct ask ask;
};

static void
open_fixture(struct fixture *fixture)
{
	memset(fixture, 0, sizeof(*fixture));
	build_open(&fixture->build);
	fixture->build.evidence.status.version = "7.65.2";
	build_process(&fixture->build, "core");
	build_process(&fixture->build, "trace");
	for (int i = 0; i < 2; i++)
		fixture->processes[i] = (struct verdict_process){
		    .figures.process = &fixture->build.processes[i],
		    .heap = VERDICT_WITHIN,
		    .cpu = VERDICT_WITHIN,
		    .locks = VERDICT_WITHIN};
	fixture->verdict = (struct verdict){
	    .main_process = "core", .processes = fixture->processes, .process_count = 2};
	fixture->finding.figures = &fixture->processes[0].figures;
}

static void
set_finding(struct fixture *fixture, enum verdict_name type)
{
	fixture->finding.type = type;
	fixture->verdict.findings = &fixture->finding;
	fixture->verdict.finding_count = 1;
	fixture->verdict.name = type;
}

static void
plan(struct fixture *fixture)
{
	memset(&fixture->ask, 0xa5, sizeof(fixture->ask));
	ask_plan(&fixture->ask, &fixture->build.pool, &fixture->verdict, &fixture->build.evidence);
}

/* What is the matter with the flare. */
enum { NO_HEAP = 1, STALE = 2, NO_CPU = 4, NO_LOCKS = 8, NO_MAIN = 16, OTHER = 32, CLUSTER = 64 };

static void
spoil(struct fixture *fixture, int what)
{
	struct verdict_process *first = &fixture->processes[0];

	if (what & CLUSTER)
		fixture->build.flare.kind = FLARE_CLUSTER_AGENT;
	if (what & (NO_HEAP | STALE)) {
		first->figures.heap.why = "it is gone";
		first->heap = VERDICT_UNKNOWN;
	}
	if (what & STALE)
		first->figures.heap.validity = FIGURES_STALE;
	if (what & NO_CPU) {
		first->figures.cpu.why = "it is gone";
		first->cpu = VERDICT_UNKNOWN;
	}
	if (what & NO_LOCKS) {
		first->figures.block.why = first->figures.mutex.why = "it was not on";
		first->locks = VERDICT_UNKNOWN;
	}
	if (what & (NO_HEAP | STALE | NO_CPU))
		fixture->verdict.name = first->name = VERDICT_INCONCLUSIVE;
	if (what & OTHER)
		fixture->processes[1].name = VERDICT_INCONCLUSIVE;
	if (what & NO_MAIN) {
		fixture->verdict.main_process = "process";
		fixture->verdict.name = VERDICT_INCONCLUSIVE;
	}
}

#define NONE VERDICT_NORMAL
#define LEAK VERDICT_MEMORY_LEAK
#define SPIKE VERDICT_CPU_SPIKE
#define LOCKS VERDICT_CONTENTION
#define WANT(want) (1 << ASK_##want)

static const struct {
	int what;
	enum verdict_name finding;
	int wants, seconds;
} want_cases[] = {
    {0, NONE, 0, 60},
    {CLUSTER, NONE, 0, 60},
    {NO_HEAP, NONE, WANT(MISSING), 60},
    {NO_CPU, NONE, WANT(MISSING), 60},
    {STALE, NONE, WANT(STALE), 120},
    {STALE | NO_CPU, NONE, WANT(STALE) | WANT(MISSING), 120},
    {NO_LOCKS, NONE, WANT(LOCKS), 60},
    {NO_LOCKS | CLUSTER, NONE, 0, 60},
    {NO_LOCKS | STALE, NONE, WANT(LOCKS) | WANT(STALE), 120},
    {OTHER, NONE, WANT(UNJUDGED), 60},
    {NO_MAIN, NONE, WANT(MISSING), 60},
    {NO_MAIN | OTHER, NONE, WANT(MISSING) | WANT(UNJUDGED), 60},
    /* A finding is to be seen again, and what is missing is wanted besides. */
    {0, LEAK, WANT(CONFIRM_LEAK), 60},
    {0, SPIKE, WANT(CONFIRM), 60},
    {0, LOCKS, WANT(CONFIRM), 60},
    {CLUSTER, SPIKE, WANT(CONFIRM), 60},
    {NO_LOCKS, SPIKE, WANT(CONFIRM) | WANT(LOCKS), 60},
    {NO_LOCKS | CLUSTER, SPIKE, WANT(CONFIRM), 60},
    {NO_HEAP, SPIKE, WANT(CONFIRM) | WANT(MISSING), 60},
    {NO_CPU | OTHER, LEAK, WANT(CONFIRM_LEAK) | WANT(MISSING) | WANT(UNJUDGED), 60},
    {STALE, SPIKE, WANT(CONFIRM) | WANT(STALE), 120},
};

static void
test_wants(void **state)
{
	(void)state;
	for (size_t i = 0; i < BUILD_COUNT(want_cases); i++) {
		struct fixture fixture;
		int wants = 0;

		open_fixture(&fixture);
		spoil(&fixture, want_cases[i].what);
		if (want_cases[i].finding != NONE)
			set_finding(&fixture, want_cases[i].finding);
		plan(&fixture);
		for (int want = 0; want < ASK_WANTS; want++)
			wants |= fixture.ask.wants[want] << want;
		if (wants != want_cases[i].wants || fixture.ask.seconds != want_cases[i].seconds)
			fail_msg("row %zu: %#x, %d s", i, (unsigned)wants, fixture.ask.seconds);
		assert_int_equal(fixture.ask.is_needed, wants != 0);
		assert_non_null(strstr(fixture.ask.command, "<CASE_ID>"));
		build_close(&fixture.build);
	}
}

/* Where nothing is ever collected, a longer window shows no more. */
static void
test_collection_is_off(void **state)
{
	static const struct {
		int what, gc_off, seconds;
	} cases[] = {{STALE, 0, 120}, {STALE, 1, 60}, {0, 1, 60}};

	(void)state;
	for (size_t i = 0; i < BUILD_COUNT(cases); i++) {
		struct fixture fixture;

		open_fixture(&fixture);
		spoil(&fixture, cases[i].what);
		fixture.build.evidence.memstats.gc_off = cases[i].gc_off;
		plan(&fixture);
		assert_int_equal(fixture.ask.seconds, cases[i].seconds);
		assert_int_equal(fixture.ask.wants[ASK_STALE], cases[i].what == STALE);
		build_close(&fixture.build);
	}
}

/* Findings of two kinds want both. */
static void
test_two_findings(void **state)
{
	struct fixture fixture;
	struct verdict_finding findings[2] = {
	    {.type = VERDICT_MEMORY_LEAK}, {.type = VERDICT_CONTENTION}};

	(void)state;
	open_fixture(&fixture);
	fixture.verdict.findings = findings;
	fixture.verdict.finding_count = 2;
	fixture.verdict.name = VERDICT_MULTIPLE_ISSUES;
	plan(&fixture);
	assert_true(fixture.ask.wants[ASK_CONFIRM_LEAK] && fixture.ask.wants[ASK_CONFIRM]);
	assert_string_equal(
	    fixture.ask.command, "datadog-agent flare <CASE_ID> --profile 60 -M -B");
	build_close(&fixture.build);
}

/* Both lock profiles are asked for where either was not there, or a contention is to be seen again;
 * what is on by configuration needs no asking. */
static const struct {
	int what;
	enum verdict_name finding;
	int no_mutex, no_block, mutex_since_start, block_since_start;
	const char *command;
} command_cases[] = {
    {0, NONE, 0, 0, 0, 0, "datadog-agent flare <CASE_ID> --profile 60"},
    {0, NONE, 1, 0, 0, 0, "datadog-agent flare <CASE_ID> --profile 60 -M -B"},
    {0, NONE, 0, 1, 0, 0, "datadog-agent flare <CASE_ID> --profile 60 -M -B"},
    {0, NONE, 1, 1, 0, 0, "datadog-agent flare <CASE_ID> --profile 60 -M -B"},
    {0, NONE, 1, 1, 1, 0, "datadog-agent flare <CASE_ID> --profile 60 -B"},
    {0, NONE, 1, 1, 0, 1, "datadog-agent flare <CASE_ID> --profile 60 -M"},
    {0, NONE, 0, 1, 1, 0, "datadog-agent flare <CASE_ID> --profile 60 -B"},
    {0, NONE, 1, 0, 1, 1, "datadog-agent flare <CASE_ID> --profile 60"},
    {0, SPIKE, 0, 1, 0, 0, "datadog-agent flare <CASE_ID> --profile 60 -M -B"},
    {0, SPIKE, 0, 0, 0, 0, "datadog-agent flare <CASE_ID> --profile 60"},
    {0, LOCKS, 0, 0, 0, 0, "datadog-agent flare <CASE_ID> --profile 60 -M -B"},
    {0, LOCKS, 0, 0, 1, 1, "datadog-agent flare <CASE_ID> --profile 60"},
    {0, LOCKS, 0, 0, 1, 0, "datadog-agent flare <CASE_ID> --profile 60 -B"},
    {STALE, NONE, 1, 0, 0, 0, "datadog-agent flare <CASE_ID> --profile 120 -M -B"},
    {NO_MAIN, NONE, 0, 0, 0, 0, "datadog-agent flare <CASE_ID> --profile 60 -M -B"},
    {CLUSTER, NONE, 1, 1, 0, 0, "datadog-cluster-agent flare <CASE_ID> --profile 60"},
    {CLUSTER | STALE, LOCKS, 0, 0, 0, 0, "datadog-cluster-agent flare <CASE_ID> --profile 120"},
};

static void
test_commands(void **state)
{
	(void)state;
	for (size_t i = 0; i < BUILD_COUNT(command_cases); i++) {
		struct fixture fixture;
		struct figures *figures = &fixture.processes[0].figures;

		open_fixture(&fixture);
		spoil(&fixture, command_cases[i].what);
		if (command_cases[i].finding != NONE)
			set_finding(&fixture, command_cases[i].finding);
		figures->mutex.why = command_cases[i].no_mutex ? "it was not on" : NULL;
		figures->block.why = command_cases[i].no_block ? "it was not on" : NULL;
		figures->mutex.since_start = command_cases[i].mutex_since_start;
		figures->block.since_start = command_cases[i].block_since_start;
		plan(&fixture);
		if (strcmp(fixture.ask.command, command_cases[i].command) != 0)
			fail_msg("row %zu: %s", i, fixture.ask.command);
		build_close(&fixture.build);
	}
}

/* The check agentprofiling came with 7.66, in the Agent of a node. */
static void
test_can_watch(void **state)
{
	static const struct {
		const char *version;
		int can;
	} cases[] = {
	    {"7.66.0", 1}, {"7.66", 1}, {"7.65.9", 0}, {"7.76.0-rc.1", 1}, {"8.0.0", 1},
	    {"6.99.0", 0}, {"7", 0}, {"", 0}, {"x", 0}, {NULL, 0}, {"-7.66", 0}, {"7.-66", 0},
	    {"7.99999999999999999999", 1}, {"99999999999999999999.1", 0},
	};

	(void)state;
	for (size_t i = 0; i < BUILD_COUNT(cases); i++) {
		struct fixture fixture;

		open_fixture(&fixture);
		fixture.build.evidence.status.version = cases[i].version;
		plan(&fixture);
		if (fixture.ask.can_watch != cases[i].can)
			fail_msg("row %zu", i);
		fixture.build.flare.kind = FLARE_CLUSTER_AGENT;
		plan(&fixture);
		assert_int_equal(fixture.ask.can_watch, 0);
		build_close(&fixture.build);
	}
}

/* A flare without any process that was profiled. */
static void
test_no_process(void **state)
{
	struct fixture fixture;

	(void)state;
	open_fixture(&fixture);
	fixture.verdict.process_count = 0;
	fixture.verdict.name = VERDICT_INCONCLUSIVE;
	plan(&fixture);
	assert_true(fixture.ask.wants[ASK_MISSING]);
	assert_int_equal(fixture.ask.wants[ASK_LOCKS], 0);
	build_close(&fixture.build);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_wants),
	    cmocka_unit_test(test_collection_is_off),
	    cmocka_unit_test(test_two_findings),
	    cmocka_unit_test(test_commands),
	    cmocka_unit_test(test_can_watch),
	    cmocka_unit_test(test_no_process),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
