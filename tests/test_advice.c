#include "advice.h"

#include "builders.h"

#define PYTHON AGENT "pkg/collector/python.(*PythonCheck).runCheck"
#define CHECK_WORKER AGENT "pkg/collector/worker.(*Worker).Run"
#define COMMAND AGENT "cmd/agent/subcommands/run.run"
#define CENTI (SEC / 100) /* one sample */
#define AGGREGATOR "Metrics aggregator (time samplers, check samplers, flush)"
#define NODE_COMMAND "datadog-agent flare <CASE_ID> --profile 60"
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
    {"github.com/stranger/x.Do", {{NULL, 0, 0}}, NULL, "Third-party library"},
    {"bufio.(*Reader).Read", {{NULL, 0, 0}}, NULL, "Network, HTTP, gRPC and TLS"},
    {"math/big.nat.mul", {{NULL, 0, 0}}, NULL, "Go standard library"},
    {"main.burn", {{NULL, 0, 0}}, NULL, "Start-up of the program"},
    {"<unknown>", {{NULL, 0, 0}}, NULL, NULL},
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
		const struct owner *owner;

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
		process->callers[PPROF_PEEK_CPU] = (struct callers){&caller, 1};
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
			assert_int_equal(build.advice.items[k].first_step, k == 0);
		}
		assert_int_equal(build.advice.items[3].kind, ADVICE_ASK);
		assert_true(build.advice.ask.wants[ASK_CONFIRM_LEAK]);
		check_text(build.advice.ask.command, cases[i].command);
		assert_int_equal(build.advice.items[4].kind, ADVICE_ESCALATE);
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
	    {SAMPLER, "github.com/stranger/x.Do", 3, 2},
	    {"github.com/stranger/x.Do", "github.com/stranger/x.Do", 1, 1},
	    /* Both of owners that are not known: they need not be one. */
	    {"github.com/stranger/x.Do", "github.com/other/y.Do", 1, 2},
	    {AGENT "pkg/nobody/knows.This", AGENT "pkg/nobody/knows.That", 2, 2},
	    {AGENT "pkg/nobody/knows.This", AGENT "pkg/nobody/knows.This", 2, 1},
	    {"<unknown>", "<other>", 0, 2},
	    {"<unknown>", "<unknown>", 0, 1},
	    /* The same step of two components. */
	    {"github.com/stranger/x.Do", "math/big.nat.mul", 1, 2},
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
	assert_int_equal(count_kind(&build, ADVICE_ASK), 1);
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

/* One function's check, or module, is looked at first; what no label tells of is Python's. */
static void
test_check_advice(void **state)
{
	static const struct {
		int64_t samples; /* of one function; three others have 200 each */
		int64_t percent; /* of the check */
		enum advice_kind kind;
		int has_finding, has_process;
	} cases[] = {
	    {1500, 60, ADVICE_CHECK, 1, 0},
	    {1500, 40, ADVICE_PYTHON, 1, 0},
	    /* No finding, but a note. */
	    {500, 60, ADVICE_CHECK, 0, 1},
	    {500, 40, ADVICE_WATCH, 0, 0},
	};

	(void)state;
	for (size_t i = 0; i < BUILD_COUNT(cases); i++) {
		int64_t others = 2 * SEC;
		const struct advice *advice;
		struct build build;
		struct top *tops;

		build_open(&build);
		tops = build_process(&build, "core")->tops;
		BUILD_TOP(&build, &tops[PPROF_CPU],
		    {"runtime.cgocall", cases[i].samples * CENTI, 0},
		    {"a.A", others, 0}, {"b.B", others, 0}, {"c.C", others, 0});
		BUILD_TOP(&build, &tops[PPROF_CPU_CHECKS], {"disk:1", cases[i].percent, 0},
		    {PPROF_UNLABELLED, 100 - cases[i].percent, 0});
		build_judge(&build);
		build_advise(&build);
		advice = &build.advice.items[0];
		if (advice->kind != cases[i].kind)
			fail_msg("row %zu: kind %d", i, (int)advice->kind);
		assert_int_equal(advice->finding != NULL, cases[i].has_finding);
		assert_int_equal(advice->process != NULL, cases[i].has_process);
		assert_int_equal(advice->share != NULL, advice->kind == ADVICE_CHECK);
		assert_int_equal(
		    count_kind(&build, ADVICE_CHECK), cases[i].kind == ADVICE_CHECK);
		build_close(&build);
	}
}

/* The collector that burns, in a process that is not named by any finding. */
static void
test_collection_advice(void **state)
{
	(void)state;
	for (size_t much = 0; much < 2; much++) {
		struct build build;
		struct pprof_process *process;

		build_open(&build);
		process = build_process(&build, "core");
		BUILD_TOP(&build, &process->tops[PPROF_CPU], {"a.A", 4 * SEC, 0},
		    {"b.B", 4 * SEC, 0}, {"runtime.gcBgMarkWorker", 0, (2 + (int)much) * SEC});
		build_judge(&build);
		build_advise(&build);
		assert_int_equal(count_kind(&build, ADVICE_COLLECTION), much);
		if (much)
			assert_ptr_equal(first_of(&build, ADVICE_COLLECTION)->process,
			    build.verdict.processes);
		build_close(&build);
	}
}

/* Memory that the profiles cannot show. */
static void
test_outside_advice(void **state)
{
	(void)state;
	for (size_t much = 0; much < 2; much++) {
		struct build build;
		struct telemetry *telemetry = &build.evidence.telemetry;

		build_open(&build);
		build_process(&build, "core");
		telemetry->found = telemetry->memstats.found = 1;
		telemetry->memstats.heap_inuse_bytes = 90 * MB;
		telemetry->resident_bytes = much ? 300 * MB : 170 * MB;
		build_judge(&build);
		build_advise(&build);
		assert_int_equal(count_kind(&build, ADVICE_OUTSIDE), much);
		if (much)
			assert_ptr_equal(first_of(&build, ADVICE_OUTSIDE)->ledger,
			    build.ledgers.items);
		build_close(&build);
	}
}

/* Waits to send, more than for locks, are the receiver's: the sender has no steps to take. */
static void
test_receiver_advice(void **state)
{
	static const struct {
		int64_t locks, sends;
		size_t count, steps;
	} cases[] = {{0, 9, 1, 0}, {4, 5, 1, 0}, {5, 5, 0, 2}, {9, 0, 0, 2}, {0, 0, 0, 0}};

	(void)state;
	for (size_t i = 0; i < BUILD_COUNT(cases); i++) {
		struct build build;

		build_open(&build);
		BUILD_TOP(&build, &build_process(&build, "core")->tops[PPROF_BLOCK_LEAF],
		    {"sync.(*Mutex).Lock", cases[i].locks * SEC, 0},
		    {"runtime.chansend1", cases[i].sends * SEC, 0});
		build_judge(&build);
		build_advise(&build);
		if (count_kind(&build, ADVICE_RECEIVER) != cases[i].count ||
		    count_kind(&build, ADVICE_STEP) != cases[i].steps)
			fail_msg("row %zu: %zu steps", i, count_kind(&build, ADVICE_STEP));
		build_close(&build);
	}
}

/* Many functions burn: they are compared, and nobody is handed the case. */
static void
test_compare_advice(void **state)
{
	struct build build;

	(void)state;
	build_open(&build);
	BUILD_TOP(&build, &build_process(&build, "core")->tops[PPROF_CPU], {"a.A", 20 * SEC, 0},
	    {"b.B", 20 * SEC, 0});
	build_judge(&build);
	build_advise(&build);
	assert_int_equal(build.advice.items[0].kind, ADVICE_COMPARE);
	assert_int_equal(count_kind(&build, ADVICE_ASK), 1);
	assert_int_equal(count_kind(&build, ADVICE_ESCALATE), 0);
	assert_int_equal(count_kind(&build, ADVICE_WATCH), 0);
	build_close(&build);
}

/* What is out of the ordinary around the profiles: each sign once; those that a finding's component
 * has to do with come right after it, the others behind all findings. */
static const struct sign_case {
	const char *function; /* that leaks; NULL: none */
	enum context_kind kinds[3];
	unsigned signs[3]; /* of the advice, in order; ends in 0 */
} sign_cases[] = {
    {NULL, {CONTEXT_YOUNG, CONTEXT_LOG_LEVEL, CONTEXT_GC_SHARE}, {1, 2, 4}},
    {"<leak>", {CONTEXT_YOUNG, CONTEXT_LOG_LEVEL, CONTEXT_GC_SHARE}, {1, 2, 4}},
    /* The queue, what was dropped and what could not be sent are one story. */
    {NULL, {CONTEXT_YOUNG, CONTEXT_RETRY_QUEUE, CONTEXT_SEND_ERRORS}, {1, 6, 0}},
    {SAMPLER, {CONTEXT_YOUNG, CONTEXT_CONTEXTS, CONTEXT_GC_SHARE}, {2, 1, 4}},
};

static void
test_signs(void **state)
{
	static const char *const names[CONTEXT_KINDS] = {[CONTEXT_CONTEXTS] = "contexts"};

	(void)state;
	for (size_t i = 0; i < BUILD_COUNT(sign_cases); i++) {
		const struct sign_case *row = &sign_cases[i];
		struct build build;
		struct pprof_process *process;
		size_t seen = 0;

		build_open(&build);
		process = build_process(&build, "core");
		if (row->function != NULL)
			BUILD_GROWTH(&build, process, {row->function, 90 * MB, 0});
		build_judge(&build);
		build.context.count = 3;
		for (size_t k = 0; k < 3; k++) {
			const char *name = names[row->kinds[k]];

			build.context.items[k] = (struct context_item){
			    .kind = row->kinds[k], .name = name != NULL ? name : "other"};
		}
		build_advise(&build);
		assert_int_equal(build.advice.items[0].kind, ADVICE_SIGN);
		for (size_t k = 0; k < build.advice.count; k++) {
			if (build.advice.items[k].kind != ADVICE_SIGN)
				continue;
			if (seen == 3 || build.advice.items[k].signs != row->signs[seen++])
				fail_msg("row %zu: %#x", i, build.advice.items[k].signs);
		}
		assert_true(seen == 3 || row->signs[seen] == 0);
		build_close(&build);
	}
}

#define FORWARDER AGENT "comp/forwarder/defaultforwarder.(*worker).process"

/* A step is left out where a sign of the finding's own component was told with its command. */
static const struct told_case {
	const char *function;
	enum context_kind kind;
	const char *name, *command;
	int told; /* by the sign, and by no step */
} told_cases[] = {
    {FORWARDER, CONTEXT_RETRY_QUEUE, "retry_queue", "`agent diagnose`", 1},
    {FORWARDER, CONTEXT_DROPPED, "dropped", "`agent diagnose`", 1},
    {FORWARDER, CONTEXT_SEND_ERRORS, "send_errors", "`agent diagnose`", 1},
    {FORWARDER, CONTEXT_CONTEXTS, "contexts", "`agent diagnose`", 0},
    {FORWARDER, CONTEXT_YOUNG, "young", "`agent diagnose`", 0},
    {SAMPLER, CONTEXT_CONTEXTS, "contexts", "`agent dogstatsd top`", 1},
    {SAMPLER, CONTEXT_RETRY_QUEUE, "retry_queue", "`agent dogstatsd top`", 0},
};

static void
test_told_steps(void **state)
{
	(void)state;
	for (size_t i = 0; i < BUILD_COUNT(told_cases); i++) {
		const struct told_case *row = &told_cases[i];
		struct build build;
		size_t with_command = 0;

		build_open(&build);
		BUILD_GROWTH(&build, build_process(&build, "core"), {row->function, 90 * MB, 0});
		build_judge(&build);
		build.context = (struct context){.count = 1,
		    .items = {{.kind = row->kind, .name = row->name}}};
		build_advise(&build);
		for (size_t k = 0; k < build.advice.count; k++) {
			if (build.advice.items[k].kind == ADVICE_STEP)
				with_command +=
				    strstr(build.advice.items[k].step, row->command) != NULL;
		}
		if (with_command != (size_t)!row->told ||
		    count_kind(&build, ADVICE_STEP) != (row->told ? 2 : 3))
			fail_msg("row %zu: %zu of %zu steps", i, with_command,
			    count_kind(&build, ADVICE_STEP));
		assert_true(first_of(&build, ADVICE_STEP)->first_step);
		build_close(&build);
	}
}

/* Where the first step was told, the next one is the first. */
static void
test_first_untold_step(void **state)
{
	static const char item[] =
	    "[{\"pattern\": \"^x\", \"component\": \"X\", \"team\": \"@t\", \"about\": \"A.\","
	    "\"signs\": [\"dropped\"], \"next_steps\": [\"Run `agent diagnose`.\", \"Wait.\"]}]";
	struct error err = {0};
	struct build build;

	(void)state;
	build_open(&build);
	assert_int_equal(components_open(&build.components, &build.pool,
			     (struct span){item, sizeof(item) - 1}, &err), 0);
	BUILD_GROWTH(&build, build_process(&build, "core"), {"x.X", 90 * MB, 0});
	build_judge(&build);
	build.context = (struct context){.count = 1,
	    .items = {{.kind = CONTEXT_DROPPED, .name = "dropped"}}};
	build_advise(&build);
	assert_int_equal(count_kind(&build, ADVICE_STEP), 1);
	assert_string_equal(first_of(&build, ADVICE_STEP)->step, "Wait.");
	assert_true(first_of(&build, ADVICE_STEP)->first_step);
	build_close(&build);
}

/* The same is told of two processes, and once of each. */
static void
test_collection_of_two(void **state)
{
	struct note notes[3];
	struct build build;

	(void)state;
	build_open(&build);
	build_process(&build, "core");
	build_process(&build, "trace");
	build_judge(&build);
	for (size_t i = 0; i < BUILD_COUNT(notes); i++)
		notes[i] = (struct note){.kind = NOTE_COLLECTION,
		    .process = &build.verdict.processes[i % 2]};
	build.notes = (struct notes){notes, BUILD_COUNT(notes)};
	build_advise(&build);
	assert_int_equal(count_kind(&build, ADVICE_COLLECTION), 2);
	build_close(&build);
}

/* What is asked for when nothing was found. Where nothing can be said, that comes first. */
static const struct quiet_case {
	enum flare_kind kind;
	int heap_missing, locks_empty;
	size_t ask, watch;
	const char *command;
} quiet_cases[] = {
    {FLARE_NODE, 0, 0, 0, 1, NODE_COMMAND},
    {FLARE_NODE, 0, 1, 1, 1, NODE_COMMAND " -M -B"},
    {FLARE_NODE, 1, 0, 1, 0, NODE_COMMAND},
    {FLARE_NODE, 1, 1, 1, 0, NODE_COMMAND " -M -B"},
    {FLARE_CLUSTER_AGENT, 0, 0, 0, 1, CLUSTER_COMMAND},
    {FLARE_CLUSTER_AGENT, 1, 1, 1, 0, CLUSTER_COMMAND},
    /* A Cluster Agent's flare cannot have lock profiles: nobody is to ask for them. */
    {FLARE_CLUSTER_AGENT, 0, 1, 0, 1, CLUSTER_COMMAND},
};

static void
test_quiet_flares(void **state)
{
	static struct check failing = {.name = "broken", .instances = 1, .errors = 1};

	(void)state;
	for (size_t i = 0; i < BUILD_COUNT(quiet_cases); i++) {
		const struct quiet_case *row = &quiet_cases[i];
		struct build build;
		struct pprof_process *process;

		build_open(&build);
		build.flare.kind = row->kind;
		build.evidence.status.checks.items = &failing;
		build.evidence.status.checks.count = 1;
		process = build_process(&build, "core");
		if (row->heap_missing)
			build_missing(process, PPROF_GROWTH, "gone");
		if (row->locks_empty)
			process->profiles[FLARE_BLOCK].sample_count =
			    process->profiles[FLARE_MUTEX].sample_count = 0;
		build_judge(&build);
		build_advise(&build);
		check_all_differ(&build);
		if (count_kind(&build, ADVICE_ASK) != row->ask ||
		    count_kind(&build, ADVICE_WATCH) != row->watch ||
		    count_kind(&build, ADVICE_ESCALATE) != 0)
			fail_msg("row %zu", i);
		assert_int_equal(build.advice.items[0].kind,
		    row->heap_missing ? ADVICE_ASK : ADVICE_FAILING_CHECK);
		check_text(build.advice.ask.command, row->command);
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
	    cmocka_unit_test(test_check_advice),
	    cmocka_unit_test(test_collection_advice),
	    cmocka_unit_test(test_outside_advice),
	    cmocka_unit_test(test_receiver_advice),
	    cmocka_unit_test(test_compare_advice),
	    cmocka_unit_test(test_signs),
	    cmocka_unit_test(test_told_steps),
	    cmocka_unit_test(test_first_untold_step),
	    cmocka_unit_test(test_collection_of_two),
	    cmocka_unit_test(test_many_goroutines),
	    cmocka_unit_test(test_quiet_flares),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
