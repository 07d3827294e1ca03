#include "advice.h"

#include "builders.h"

#define PYTHON AGENT "pkg/collector/python.(*PythonCheck).runCheck"
#define CHECK_WORKER AGENT "pkg/collector/worker.(*Worker).Run"
#define COMMAND AGENT "cmd/agent/subcommands/run.run"
#define AGGREGATOR "Metrics aggregator (time samplers, check samplers, flush)"
#define NODE_COMMAND "datadog-agent flare <CASE_ID> --profile 60 -M -B"
#define CLUSTER_COMMAND "datadog-cluster-agent flare <CASE_ID> --profile 60"

static size_t
count_kind(const struct build *build, enum advice_kind kind)
{
	size_t count = 0;

	for (size_t i = 0; i < build->advice.count; i++)
		count += build->advice.items[i].kind == kind;
	return count;
}

static const struct advice *
first_of(const struct build *build, enum advice_kind kind)
{
	for (size_t i = 0; i < build->advice.count; i++) {
		if (build->advice.items[i].kind == kind)
			return &build->advice.items[i];
	}
	fail_msg("no advice of kind %d", (int)kind);
	return NULL;
}

/* Nobody is to read the same advice twice: what it says differs in kind, step, check, command
 * or in the part of the Agent that it is about. */
static void
check_all_differ(const struct build *build)
{
	const struct advice *items = build->advice.items;

	for (size_t i = 0; i < build->advice.count; i++) {
		for (size_t k = 0; k < i; k++) {
			if (items[i].kind != items[k].kind || items[i].check != items[k].check)
				continue;
			if (items[i].kind == ADVICE_STEP)
				assert_string_not_equal(items[i].step, items[k].step);
			else if (items[i].kind != ADVICE_ESCALATE && items[i].check == NULL)
				fail_msg("advice %zu is advice %zu again", i, k);
		}
	}
}

static void
check_text(const char *text, const char *expected)
{
	if (expected == NULL)
		assert_null(text);
	else
		assert_string_equal(text != NULL ? text : "(null)", expected);
}

/* Who owns a CPU finding: the function that dominates with 20 s, and the report by the Agent's
 * functions, busiest first. */
static const struct owner_case {
	const char *leaf;
	struct top_row agent[3];
	const char *function, *component;
} owner_cases[] = {
    /* The Agent's own. */
    {SAMPLER, {{SAMPLER, 20, 20}, {CHECK_WORKER, 0, 20}}, SAMPLER, AGGREGATOR},
    /* A library: the one of its callers that has most of it below. */
    {"regexp.(*machine).run", {{SAMPLER, 21, 21}, {CHECK_WORKER, 1, 22}}, SAMPLER, AGGREGATOR},
    {"encoding/json.Marshal", {{SAMPLER, 10, 20}, {FLUSH, 9, 9}}, SAMPLER, AGGREGATOR},
    /* One with less below it than half of the library's time is not its caller. */
    {"regexp.(*machine).run", {{SAMPLER, 9, 9}}, NULL, "Regular expressions"},
    {"regexp.(*machine).run", {{NULL, 0, 0}}, NULL, "Regular expressions"},
    {"runtime.cgocall", {{PYTHON, 20, 20}, {CHECK_WORKER, 0, 21}}, PYTHON,
	"Python checks through rtloader (cgo)"},
    {"runtime.cgocall", {{NULL, 0, 0}}, NULL,
	"C code called through cgo (Python checks first of all, also zstd, systemd journal, NVML)"},
    {"runtime.gcBgMarkWorker", {{NULL, 0, 0}}, NULL, "Go garbage collector and allocator"},
    {AGENT "pkg/nobody/knows.This", {{NULL, 0, 0}}, AGENT "pkg/nobody/knows.This",
	"Other Datadog Agent code"},
    {"github.com/stranger/x.Do", {{NULL, 0, 0}}, NULL, NULL},
    {"main.burn", {{NULL, 0, 0}}, NULL, NULL},
    {"", {{NULL, 0, 0}}, NULL, NULL},
};

static void
test_owners(void **state)
{
	(void)state;
	for (size_t i = 0; i < BUILD_COUNT(owner_cases); i++) {
		struct top_row agent[4] = {{0}};
		struct build build;
		struct pprof_process *process;
		const struct advice_owner *owner;

		memcpy(agent, owner_cases[i].agent, sizeof(owner_cases[i].agent));
		for (size_t k = 0; k < 3; k++) {
			agent[k].flat *= SEC;
			agent[k].cum *= SEC;
		}
		build_open(&build);
		process = build_process(&build, "core");
		BUILD_TOP(&build, &process->tops[PPROF_CPU],
		    {owner_cases[i].leaf, 20 * SEC, 20 * SEC});
		build_top(&build, &process->tops[PPROF_CPU_AGENT], agent);
		build_judge(&build);
		build_advise(&build);
		assert_int_equal(build.verdict.finding_count, 1);
		owner = build.advice.owners;
		check_text(owner->function, owner_cases[i].function);
		check_text(owner->component != NULL ? owner->component->name : NULL,
		    owner_cases[i].component);
		build_close(&build);
	}
}

/* What pprof said of a function's callers counts, and not who else is busy. */
static void
test_owner_is_the_caller(void **state)
{
	static const struct {
		const char *caller;
		double share;
		const char *owner;
	} cases[] = {{SAMPLER, 1, SAMPLER}, {SAMPLER, .5, SAMPLER}, {SAMPLER, .49, NULL},
	    {NULL, 0, NULL}};

	(void)state;
	for (size_t i = 0; i < BUILD_COUNT(cases); i++) {
		struct caller caller = {"lib.Burn", cases[i].caller, cases[i].share, 1};
		struct pprof_process *process;
		struct build build;

		build_open(&build);
		process = build_process(&build, "core");
		BUILD_TOP(&build, &process->tops[PPROF_CPU], {"lib.Burn", 20 * SEC, 20 * SEC});
		BUILD_TOP(&build, &process->tops[PPROF_CPU_AGENT],
		    {AGENT "pkg/logs/x.Busy", 20 * SEC, 20 * SEC});
		process->callers[PPROF_SESSION_CPU] = (struct callers){&caller, 1};
		build_judge(&build);
		build_advise(&build);
		check_text(build.advice.owners[0].function, cases[i].owner);
		build_close(&build);
	}
}

/* Where no function dominates, an Agent function still tells whom to ask. */
static void
test_owner_of_spread_cpu(void **state)
{
	struct build build;
	struct pprof_process *process;

	(void)state;
	build_open(&build);
	process = build_process(&build, "core");
	BUILD_TOP(&build, &process->tops[PPROF_CPU], {"a.A", 20 * SEC, 20 * SEC},
	    {SAMPLER, 15 * SEC, 30 * SEC}, {FLUSH, 10 * SEC, 12 * SEC});
	BUILD_TOP(&build, &process->tops[PPROF_CPU_AGENT], {SAMPLER, 30 * SEC, 30 * SEC},
	    {FLUSH, 12 * SEC, 12 * SEC});
	build_judge(&build);
	build_advise(&build);
	assert_int_equal(build.verdict.findings[0].rule, VERDICT_CPU_TOTAL);
	check_text(build.advice.owners[0].function, SAMPLER);
	build_close(&build);
}

/* The callers of each kind of finding are looked for in its own report. */
static void
test_owners_of_other_findings(void **state)
{
	static const struct {
		enum verdict_rule rule;
		enum pprof_report leaves, callers, agent;
	} cases[] = {
	    {VERDICT_HEAP_GROWTH, PPROF_GROWTH, PPROF_GROWTH_JUDGED, PPROF_GROWTH_AGENT},
	    {VERDICT_BLOCK_DELAY, PPROF_BLOCK_LEAF, PPROF_BLOCK_DELAY, PPROF_BLOCK_AGENT},
	    {VERDICT_MUTEX_DELAY, PPROF_MUTEX_LEAF, PPROF_MUTEX_DELAY, PPROF_MUTEX_AGENT},
	};

	(void)state;
	for (size_t i = 0; i < BUILD_COUNT(cases); i++) {
		struct build build;
		struct top *tops;

		build_open(&build);
		tops = build_process(&build, "core")->tops;
		BUILD_TOP(&build, &tops[cases[i].leaves], {"sync.(*Mutex).Lock", 9 * SEC, 0});
		BUILD_TOP(&build, &tops[cases[i].callers], {"bytes.makeSlice", 9 * SEC, 9 * SEC});
		BUILD_TOP(&build, &tops[cases[i].agent], {SAMPLER, 9 * SEC, 9 * SEC});
		if (cases[i].rule == VERDICT_MUTEX_DELAY)
			build.evidence.processes[0].profiles[FLARE_BLOCK].sample_count = 0;
		build_judge(&build);
		build_advise(&build);
		assert_int_equal(build.verdict.finding_count, 1);
		assert_int_equal(build.verdict.findings[0].rule, cases[i].rule);
		check_text(build.advice.owners[0].function, SAMPLER);
		build_close(&build);
	}
}

/* Of one finding three steps, of several two each; then the question, then who gets it. */
static void
test_leak_advice(void **state)
{
	static const struct {
		enum flare_kind kind;
		const char *command;
	} cases[] = {{FLARE_NODE, NODE_COMMAND}, {FLARE_CLUSTER_AGENT, CLUSTER_COMMAND}};

	(void)state;
	for (size_t i = 0; i < BUILD_COUNT(cases); i++) {
		struct build build;

		build_open(&build);
		build.flare.kind = cases[i].kind;
		BUILD_GROWTH(&build, build_process(&build, "core"), {SAMPLER, 90 * MB, 90 * MB});
		build_judge(&build);
		build_advise(&build);
		assert_int_equal(build.advice.count, 5);
		for (size_t k = 0; k < 3; k++) {
			assert_int_equal(build.advice.items[k].kind, ADVICE_STEP);
			assert_false(build.advice.items[k].asks);
		}
		assert_int_equal(build.advice.items[3].kind, ADVICE_CONFIRM_LEAK);
		assert_true(build.advice.items[3].asks);
		check_text(build.advice.command, cases[i].command);
		assert_int_equal(build.advice.items[4].kind, ADVICE_ESCALATE);
		assert_false(build.advice.items[4].asks);
		assert_ptr_equal(build.advice.items[4].finding, build.verdict.findings);
		build_close(&build);
	}
}

static void
test_python_advice(void **state)
{
	static const struct {
		const char *function;
		size_t count;
	} cases[] = {{"runtime.cgocall", 1}, {"runtime.cgocallback", 0}, {PYTHON, 0},
	    {"x/runtime.cgocall", 0}};

	(void)state;
	for (size_t i = 0; i < BUILD_COUNT(cases); i++) {
		struct build build;
		struct pprof_process *process;

		build_open(&build);
		process = build_process(&build, "core");
		BUILD_TOP(&build, &process->tops[PPROF_CPU],
		    {cases[i].function, 20 * SEC, 20 * SEC},
		    {PYTHON, 0, 20 * SEC});
		build_judge(&build);
		build_advise(&build);
		assert_int_equal(count_kind(&build, ADVICE_PYTHON), cases[i].count);
		if (cases[i].count > 0)
			assert_int_equal(build.advice.items[0].kind, ADVICE_PYTHON);
		build_close(&build);
	}
}

static void
make_two_leaks(struct build *build, const char *one, const char *other)
{
	build_open(build);
	BUILD_GROWTH(build, build_process(build, "core"), {one, 90 * MB, 90 * MB});
	BUILD_GROWTH(build, build_process(build, "trace"), {other, 90 * MB, 90 * MB});
	build_judge(build);
	build_advise(build);
	assert_int_equal(build->verdict.finding_count, 2);
}

/* Two findings: each component's steps once, each owner one escalation, each question once. */
static void
test_no_duplicates(void **state)
{
	static const struct {
		const char *one, *other;
		size_t steps, escalations;
	} cases[] = {
	    {SAMPLER, SAMPLER, 2, 1},
	    {SAMPLER, AGENT "pkg/aggregator.(*Other).grow", 2, 1},
	    {SAMPLER, AGENT "pkg/trace/writer.(*Writer).add", 4, 2},
	    {SAMPLER, "github.com/stranger/x.Do", 2, 2},
	    {"github.com/stranger/x.Do", "github.com/stranger/x.Do", 0, 1},
	    /* Both of owners that are not known: they need not be one. */
	    {"github.com/stranger/x.Do", "github.com/other/y.Do", 0, 2},
	};

	(void)state;
	for (size_t i = 0; i < BUILD_COUNT(cases); i++) {
		struct build build;

		make_two_leaks(&build, cases[i].one, cases[i].other);
		if (count_kind(&build, ADVICE_STEP) != cases[i].steps ||
		    count_kind(&build, ADVICE_ESCALATE) != cases[i].escalations)
			fail_msg("row %zu: %zu steps, %zu escalations", i,
			    count_kind(&build, ADVICE_STEP), count_kind(&build, ADVICE_ESCALATE));
		build_close(&build);
	}
}

/* However many leaks there are, one second flare shows whether they go on. */
static void
test_one_question_for_all_leaks(void **state)
{
	struct build build;

	(void)state;
	make_two_leaks(&build, SAMPLER, AGENT "pkg/trace/writer.(*Writer).add");
	check_all_differ(&build);
	assert_int_equal(count_kind(&build, ADVICE_CONFIRM_LEAK), 1);
	build_close(&build);
}

/* Python burns in two processes: one and the same advice. */
static void
test_one_python_advice(void **state)
{
	struct build build;

	(void)state;
	build_open(&build);
	BUILD_TOP(&build, &build_process(&build, "core")->tops[PPROF_CPU],
	    {"runtime.cgocall", 20 * SEC, 20 * SEC}, {PYTHON, 0, 20 * SEC});
	BUILD_TOP(&build, &build_process(&build, "process")->tops[PPROF_CPU],
	    {"runtime.cgocall", 20 * SEC, 20 * SEC});
	build_judge(&build);
	build_advise(&build);
	assert_int_equal(count_kind(&build, ADVICE_PYTHON), 1);
	build_close(&build);
}

static void
test_checks(void **state)
{
	static struct check checks[] = {
	    {.name = "broken", .instances = 2, .errors = 1, .slowest_ms = 9000},
	    {.name = "fine", .instances = 1, .slowest_ms = 4999},
	    {.name = "warns", .instances = 1, .warnings = 1},
	    {.name = "slow", .instances = 1, .slowest_ms = 5000},
	    {.name = "slower", .instances = 1, .slowest_ms = 60000},
	    {.name = "slowest", .instances = 1, .slowest_ms = 70000},
	    {.name = "as slow", .instances = 1, .slowest_ms = 70000},
	};
	static const struct {
		enum advice_kind kind;
		const char *name;
	} expected[] = {{ADVICE_FAILING_CHECK, "broken"}, {ADVICE_SLOW_CHECK, "slowest"},
	    {ADVICE_SLOW_CHECK, "as slow"}, {ADVICE_SLOW_CHECK, "slower"}};
	struct build build;

	(void)state;
	build_open(&build);
	build_process(&build, "core");
	build.evidence.status.checks.items = checks;
	build.evidence.status.checks.count = BUILD_COUNT(checks);
	build_judge(&build);
	build_advise(&build);
	for (size_t i = 0; i < BUILD_COUNT(expected); i++) {
		assert_int_equal(build.advice.items[i].kind, expected[i].kind);
		assert_string_equal(build.advice.items[i].check->name, expected[i].name);
		assert_null(build.advice.items[i].finding);
	}
	assert_int_equal(count_kind(&build, ADVICE_SLOW_CHECK), 3);
	build_close(&build);
}

static void
test_many_goroutines(void **state)
{
	static const struct {
		int64_t goroutines, same; /* same: with one stack */
		size_t count;
	} cases[] = {{0, 0, 0}, {500, 0, 0}, {501, 0, 1}, {500, 100, 0}, {500, 101, 1},
	    {501, 101, 1}, {20, 11, 1}, {20, 10, 0}};

	(void)state;
	for (size_t i = 0; i < BUILD_COUNT(cases); i++) {
		struct goroutine_group group = {.count = cases[i].same};
		struct build build;

		build_open(&build);
		build_process(&build, "core");
		build.evidence.goroutines.count = cases[i].goroutines;
		build.evidence.goroutines.groups = &group;
		build.evidence.goroutines.group_count = cases[i].same > 0;
		build_judge(&build);
		build_advise(&build);
		assert_int_equal(count_kind(&build, ADVICE_GOROUTINES), cases[i].count);
		build_close(&build);
	}
}

/* What is asked for when nothing was found. */
static const struct quiet_case {
	enum flare_kind kind;
	int heap_missing, locks_empty;
	size_t ask_again, slow_leak, ask_locks;
	const char *command;
} quiet_cases[] = {
    {FLARE_NODE, 0, 0, 0, 1, 0, NODE_COMMAND},
    {FLARE_NODE, 0, 1, 0, 1, 1, NODE_COMMAND},
    {FLARE_NODE, 1, 0, 1, 0, 0, NODE_COMMAND},
    {FLARE_NODE, 1, 1, 1, 0, 0, NODE_COMMAND},
    {FLARE_CLUSTER_AGENT, 0, 0, 0, 1, 0, CLUSTER_COMMAND},
    {FLARE_CLUSTER_AGENT, 1, 1, 1, 0, 0, CLUSTER_COMMAND},
    /* A Cluster Agent's flare cannot have lock profiles: nobody is to ask for them. */
    {FLARE_CLUSTER_AGENT, 0, 1, 0, 1, 0, CLUSTER_COMMAND},
};

static void
test_quiet_flares(void **state)
{
	(void)state;
	for (size_t i = 0; i < BUILD_COUNT(quiet_cases); i++) {
		const struct quiet_case *row = &quiet_cases[i];
		struct build build;
		struct pprof_process *process;

		build_open(&build);
		build.flare.kind = row->kind;
		process = build_process(&build, "core");
		if (row->heap_missing)
			build_missing(process, PPROF_GROWTH, "gone");
		if (row->locks_empty)
			process->profiles[FLARE_BLOCK].sample_count =
			    process->profiles[FLARE_MUTEX].sample_count = 0;
		build_judge(&build);
		build_advise(&build);
		check_all_differ(&build);
		if (count_kind(&build, ADVICE_ASK_AGAIN) != row->ask_again ||
		    count_kind(&build, ADVICE_SLOW_LEAK) != row->slow_leak ||
		    count_kind(&build, ADVICE_ASK_LOCKS) != row->ask_locks ||
		    count_kind(&build, ADVICE_ESCALATE) != 0)
			fail_msg("row %zu", i);
		assert_true(
		    first_of(&build, row->ask_again ? ADVICE_ASK_AGAIN : ADVICE_SLOW_LEAK)->asks);
		check_text(build.advice.command, row->command);
		build_close(&build);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_owners),
	    cmocka_unit_test(test_owner_is_the_caller),
	    cmocka_unit_test(test_owner_of_spread_cpu),
	    cmocka_unit_test(test_owners_of_other_findings),
	    cmocka_unit_test(test_leak_advice),
	    cmocka_unit_test(test_python_advice),
	    cmocka_unit_test(test_no_duplicates),
	    cmocka_unit_test(test_one_question_for_all_leaks),
	    cmocka_unit_test(test_one_python_advice),
	    cmocka_unit_test(test_checks),
	    cmocka_unit_test(test_many_goroutines),
	    cmocka_unit_test(test_quiet_flares),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
