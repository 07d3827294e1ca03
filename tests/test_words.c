#include "words.h"

#include "builders.h"

#include <ctype.h>

#define STRANGER "github.com/stranger/x.Do"
#define COMMAND "datadog-agent flare <CASE_ID> --profile 60 -M -B"

static size_t
count_of(const char *text, char c)
{
	size_t count = 0;

	for (; *text != '\0'; text++)
		count += *text == c;
	return count;
}

/* One sentence: a single line of text that is ready to be put between a colon and a stop. */
static void
check_sentence(const char *what, const char *text)
{
	static const char *const never[] = {"{{", "}}", "  ", "\n", "\t", "``", "()", "( ", " )",
	    " ,", ": ;", "(null)", "nan"};
	size_t len = text != NULL ? strlen(text) : 0;

	if (len < 10)
		fail_msg("%s: '%s' is no sentence", what, text);
	if (isspace((unsigned char)text[0]) || isspace((unsigned char)text[len - 1]))
		fail_msg("%s: '%s' has blanks around it", what, text);
	if (strchr(".:;,", text[len - 1]) != NULL)
		fail_msg("%s: '%s' ends in a stop", what, text);
	if (count_of(text, '`') % 2 != 0)
		fail_msg("%s: '%s' has a backtick too many", what, text);
	for (size_t i = 0; i < BUILD_COUNT(never); i++) {
		if (strstr(text, never[i]) != NULL)
			fail_msg("%s: '%s' has '%s' in it", what, text, never[i]);
	}
}

/* A flare whose verdict is filled in by hand, to have what cannot be had together. */
static void
open_written(struct build *build)
{
	build_open(build);
	build_surroundings(build);
	build_process(build, "core");
	build_process(build, "trace");
	build_judge(build);
	assert_int_equal(build->verdict.finding_count, 0);
	build_components(build);
	build->advice.verdict = &build->verdict;
	build->advice.context = &build->context;
	build->advice.ask.command = COMMAND;
}

static cJSON *
fill(struct build *build)
{
	struct templates templates = build_templates(build);
	cJSON *model = build_bare_model(build);

	build_words(model, &templates);
	return model;
}

static const struct rule_case {
	enum verdict_rule rule;
	enum verdict_name type, name;
	const char *unit;
	double measured;
	const char *expected; /* in the reason */
} rule_cases[] = {
    {VERDICT_HEAP_GROWTH, VERDICT_MEMORY_LEAK, VERDICT_MEMORY_LEAK, "bytes_per_30s", 94371840,
	"90.0 MB in 30 s against a threshold of 10.0 MB"},
    {VERDICT_CPU_FUNCTION, VERDICT_CPU_SPIKE, VERDICT_CPU_SPIKE, "percent", 71.25,
	"71.2% of the CPU time of core"},
    {VERDICT_CPU_TOTAL, VERDICT_CPU_SPIKE, VERDICT_CPU_SPIKE, "cores", 2.5, "2.50 cores"},
    {VERDICT_BLOCK_DELAY, VERDICT_CONTENTION, VERDICT_CONTENTION, "ns", 40e9, "40.0 s in all"},
    {VERDICT_MUTEX_DELAY, VERDICT_CONTENTION, VERDICT_CONTENTION, "ns", 40e9,
	"wait 40.0 s in all"},
};

static const double thresholds[VERDICT_RULES] = {10485760, 50, 1, 1e9, 1e9};

/* Adds a finding, and its owner, to the process with this number. */
static void
add_finding(struct build *build, const struct rule_case *row, const char *function, size_t process)
{
	struct verdict *verdict = &build->verdict;
	struct owner owner = {0};

	if (function != NULL)
		owner.component = components_find(&build->components, function);
	if (function != NULL && strncmp(function, AGENT, strlen(AGENT)) == 0)
		owner.function = function;
	verdict->findings = pool_grow(&build->pool, verdict->findings, verdict->finding_count,
	    sizeof(*verdict->findings));
	build->advice.owners = pool_grow(&build->pool, build->advice.owners,
	    verdict->finding_count, sizeof(*build->advice.owners));
	build->advice.owners[verdict->finding_count] = owner;
	verdict->findings[verdict->finding_count++] = (struct verdict_finding){
	    .rule = row->rule,
	    .type = row->type,
	    .figures = &verdict->processes[process].figures,
	    .function = function,
	    .measured = row->measured,
	    .threshold = thresholds[row->rule],
	    .unit = row->unit,
	    .confidence = VERDICT_HIGH,
	};
	verdict->name = verdict->finding_count > 1 ? VERDICT_MULTIPLE_ISSUES : row->name;
}

static const char *const functions[] = {SAMPLER, STRANGER, AGENT "test/x.Do",
    "runtime.cgocall", NULL, "x`y", "a`b`c``d", "`", "{{verdict.name}}", "a  b", "x|<b>&",
    "main.f[go.shape.int]", "f."};

/* Each rule's reason, with and without a function that stands out, and the verdict's summary. */
static void
test_reasons(void **state)
{
	(void)state;
	for (size_t i = 0; i < BUILD_COUNT(rule_cases) * BUILD_COUNT(functions); i++) {
		const struct rule_case *row = &rule_cases[i / BUILD_COUNT(functions)];
		const char *function = functions[i % BUILD_COUNT(functions)];
		struct build build;
		cJSON *model;
		const char *reason;

		/* One function that dominates is always known, and braces may stay. */
		if (row->rule == VERDICT_CPU_FUNCTION && function == NULL)
			continue;
		if (function != NULL && strstr(function, "{{") != NULL)
			continue;
		open_written(&build);
		add_finding(&build, row, function, 0);
		model = fill(&build);
		reason = build_text_at(model, "verdict.findings.0.reason");
		check_sentence("reason", reason);
		check_sentence("summary", build_text_at(model, "verdict.summary"));
		if (strstr(reason, row->expected) == NULL)
			fail_msg("rule %d: '%s'", (int)row->rule, reason);
		cJSON_Delete(model);
		build_close(&build);
	}
}

/* What looks like a tag in a name is not filled in. */
static void
test_tags_in_names(void **state)
{
	struct build build;
	cJSON *model;

	(void)state;
	open_written(&build);
	add_finding(&build, &rule_cases[0], "x.{{verdict.name}}", 0);
	model = fill(&build);
	assert_non_null(strstr(build_text_at(model, "verdict.findings.0.reason"),
	    "x.{{verdict.name}}"));
	cJSON_Delete(model);
	build_close(&build);
}

/* The function's own backticks do not end the code that it is in. */
static void
test_backticks_in_names(void **state)
{
	static const struct {
		const char *function, *shown;
	} cases[] = {{"x`y", "`x'y`"}, {"`", "`'`"}, {"a``b", "`a''b`"}};

	(void)state;
	for (size_t i = 0; i < BUILD_COUNT(cases); i++) {
		struct build build;
		cJSON *model;

		open_written(&build);
		add_finding(&build, &rule_cases[0], cases[i].function, 0);
		model = fill(&build);
		assert_non_null(strstr(
		    build_text_at(model, "verdict.findings.0.reason"), cases[i].shown));
		assert_non_null(
		    strstr(build_text_at(model, "verdict.summary"), cases[i].shown));
		assert_string_equal(build_text_at(model, "verdict.findings.0.function"),
		    cases[i].function);
		cJSON_Delete(model);
		build_close(&build);
	}
}

/* Several findings are one summary, and each finding speaks of its own process. */
static void
test_several_findings(void **state)
{
	struct build build;
	cJSON *model;
	char path[64];

	(void)state;
	open_written(&build);
	for (size_t i = 0; i < BUILD_COUNT(rule_cases); i++)
		add_finding(&build, &rule_cases[i], SAMPLER, i % 2);
	model = fill(&build);
	check_sentence("summary", build_text_at(model, "verdict.summary"));
	assert_int_equal(count_of(build_text_at(model, "verdict.summary"), ';'), 4);
	for (size_t i = 0; i < BUILD_COUNT(rule_cases); i++) {
		const char *reason;

		snprintf(path, sizeof(path), "verdict.findings.%zu.reason", i);
		reason = build_text_at(model, path);
		check_sentence(path, reason);
		assert_non_null(strstr(reason, i % 2 == 0 ? "core" : "trace"));
		if (i % 2 == 0)
			assert_null(strstr(reason, "trace"));
	}
	cJSON_Delete(model);
	build_close(&build);
}

static const char *const note_cases[NOTE_KINDS] = {
    [NOTE_INTERVAL] = "not of one flare",
    [NOTE_UNCHANGED] = "do not differ",
    [NOTE_BOUNDED] = "below the threshold",
    [NOTE_CHURN] = "churn",
    [NOTE_RUNTIME] = "runtime",
    [NOTE_CLOSE] = "not by more than the error",
    [NOTE_RECENT] = "made in the last ",
    [NOTE_NEAR] = "sampling noise",
    [NOTE_MOVED] = "no leak",
    [NOTE_IDLE_CPU] = "idle",
    [NOTE_CHECK] = "postgres",
    [NOTE_COLLECTION] = "garbage collector",
    [NOTE_SINCE_START] = "since the process started",
    [NOTE_MUTEX_ALONE] = "no contention",
    [NOTE_UNCLASSIFIED] = "not counted",
};

static const struct labels_share share = {.name = "postgres",
    .cpu_ns = 6 * SEC,
    .percent = 60,
    .labelled = 2,
    .busiest = "postgres:2d1f",
    .busiest_percent = 40};

static void
test_notes(void **state)
{
	struct note notes[NOTE_KINDS];
	struct build build;
	cJSON *model;

	(void)state;
	open_written(&build);
	for (int kind = 0; kind < NOTE_KINDS; kind++)
		notes[kind] = (struct note){.kind = kind,
		    .process = &build.verdict.processes[1],
		    .function = "x`y",
		    .share = kind == NOTE_CHECK ? &share : NULL};
	build.notes = (struct notes){notes, NOTE_KINDS};
	build.verdict.processes[1].figures.block.since_start = 1;
	build.verdict.processes[1].figures.block.seconds = 3600;
	model = fill(&build);
	assert_int_equal(cJSON_GetArraySize(build_at(model, "verdict.notes")), NOTE_KINDS);
	for (int kind = 0; kind < NOTE_KINDS; kind++) {
		char path[64];

		snprintf(path, sizeof(path), "verdict.notes.%d", kind);
		check_sentence(path, build_text_at(model, path));
		assert_int_equal(strncmp(build_text_at(model, path), "trace: ", 7), 0);
		if (strstr(build_text_at(model, path), note_cases[kind]) == NULL)
			fail_msg("'%s'", build_text_at(model, path));
	}
	cJSON_Delete(model);
	build_close(&build);
}

/* Fills in what a recommendation of its kind is about. */
static void
set_subject(struct build *build, struct advice *advice)
{
	static const char step[] = "Run `agent status`; it may take `5 s`";

	if (advice->kind <= ADVICE_PYTHON && advice->kind != ADVICE_SIGN)
		advice->finding = build->verdict.findings;
	if (advice->kind == ADVICE_STEP) {
		advice->step = step;
		build->advice.owners[0].component = build->components.items;
	}
	if (advice->kind == ADVICE_SIGN) {
		build->context.items[0] = (struct context_item){.kind = CONTEXT_CONTEXTS,
		    .name = "contexts",
		    .source = "telemetry.log",
		    .value = 200000,
		    .limit = 100000,
		    .count = -1};
		build->context.count = advice->signs = 1;
	}
	if (advice->kind == ADVICE_CHECK)
		advice->share = &share;
	if (advice->kind == ADVICE_COLLECTION)
		advice->process = build->verdict.processes;
	if (advice->kind == ADVICE_OUTSIDE) {
		build->evidence.telemetry.found = 1;
		build->evidence.telemetry.resident_bytes = 300 * MB;
		ledgers_make(&build->ledgers, &build->pool, &build->evidence);
		advice->ledger = build->ledgers.items;
	}
	if (advice->kind == ADVICE_FAILING_CHECK || advice->kind == ADVICE_SLOW_CHECK)
		advice->check = build->evidence.status.checks.items;
}

/* Each kind of advice has an action and a reason. */
static void
test_recommendations(void **state)
{
	enum { KINDS = ADVICE_WATCH + 1 };

	(void)state;
	for (size_t i = 0; i < KINDS * BUILD_COUNT(functions); i++) {
		const char *function = functions[i / KINDS];
		struct build build;
		struct advice advice = {.kind = (enum advice_kind)(i % KINDS)};
		cJSON *model;

		if (function != NULL && strstr(function, "{{") != NULL)
			continue;
		open_written(&build);
		add_finding(&build, &rule_cases[0], function, 0);
		build.advice.ask.wants[ASK_CONFIRM_LEAK] = 1;
		set_subject(&build, &advice);
		build.advice.items = &advice;
		build.advice.count = 1;
		model = fill(&build);
		check_sentence("action", build_text_at(model, "recommendations.0.action"));
		check_sentence("reason", build_text_at(model, "recommendations.0.reason"));
		cJSON_Delete(model);
		build_close(&build);
	}
}

/* Whatever another flare is wanted for, it is said, and the command is there. */
static void
test_asking(void **state)
{
	static const char *const expected[ASK_WANTS] = {
	    [ASK_MISSING] = "Data Quality",
	    [ASK_STALE] = "No garbage collection",
	    [ASK_CONFIRM_LEAK] = "cannot tell a leak",
	    [ASK_CONFIRM] = "busy moment",
	    [ASK_LOCKS] = "not measured",
	    [ASK_UNJUDGED] = "Not judged: the heap of trace",
	};

	(void)state;
	for (unsigned wants = 1; wants < 1u << ASK_WANTS; wants++) {
		struct advice advice = {.kind = ADVICE_ASK};
		struct build build;
		const char *action, *reason;
		cJSON *model;

		open_written(&build);
		build.verdict.processes[1].name = VERDICT_INCONCLUSIVE;
		build.advice.items = &advice;
		build.advice.count = 1;
		for (int want = 0; want < ASK_WANTS; want++)
			build.advice.ask.wants[want] = (wants >> want) & 1;
		model = fill(&build);
		action = build_text_at(model, "recommendations.0.action");
		reason = build_text_at(model, "recommendations.0.reason");
		check_sentence("action", action);
		check_sentence("reason", reason);
		assert_non_null(strstr(action, "`" COMMAND "`"));
		for (int want = 0; want < ASK_WANTS; want++) {
			if ((strstr(reason, expected[want]) != NULL) != ((wants >> want) & 1))
				fail_msg("%#x: '%s'", wants, reason);
		}
		cJSON_Delete(model);
		build_close(&build);
	}
}

/* Where nothing is collected, that is the reason, and not the length of the window. */
static void
test_asking_without_collection(void **state)
{
	(void)state;
	for (int gc_off = 0; gc_off < 2; gc_off++) {
		struct advice advice = {.kind = ADVICE_ASK};
		struct build build;
		const char *reason;
		cJSON *model;

		open_written(&build);
		build.evidence.memstats.gc_off = gc_off;
		build.advice.items = &advice;
		build.advice.count = 1;
		build.advice.ask.wants[ASK_STALE] = 1;
		model = fill(&build);
		reason = build_text_at(model, "recommendations.0.reason");
		check_sentence("reason", reason);
		assert_int_equal(strstr(reason, "is switched off in core") != NULL, gc_off);
		assert_int_equal(strstr(reason, "two minutes at the latest") != NULL, !gc_off);
		cJSON_Delete(model);
		build_close(&build);
	}
}

/* Each sign has its words, and what to do about it. */
static void
test_signs(void **state)
{
	static const struct {
		const char *name, *action, *words; /* parts of them */
	} cases[CONTEXT_KINDS] = {
	    [CONTEXT_UPGRADE] = {"upgrade", "before the upgrade", "was upgraded"},
	    [CONTEXT_YOUNG] = {"young", "only just started", "caches are still filling"},
	    [CONTEXT_UNHEALTHY] = {"unhealthy", "blocks it", "unhealthy"},
	    [CONTEXT_CONTEXTS] = {"contexts", "agent dogstatsd top", "high cardinality"},
	    [CONTEXT_RETRY_QUEUE] = {"retry_queue", "agent diagnose", "retry queue"},
	    [CONTEXT_DROPPED] = {"dropped", "agent diagnose", "dropped"},
	    [CONTEXT_SEND_ERRORS] = {"send_errors", "agent diagnose", "attempts to send"},
	    [CONTEXT_RUNNERS_BUSY] = {"runners_busy", "check_runners", "check runners are busy"},
	    [CONTEXT_LOG_LEVEL] = {"log_level", "Set the log level", "costs CPU time"},
	    [CONTEXT_GC_SHARE] = {"gc_share", "allocates most", "of the CPU time"},
	    [CONTEXT_GC_OFF] = {"gc_off", "GOGC", "is switched off"},
	};

	(void)state;
	for (int kind = 0; kind < CONTEXT_KINDS; kind++) {
		struct advice advice = {.kind = ADVICE_SIGN, .signs = 1};
		struct build build;
		const char *action, *reason;
		cJSON *model;

		open_written(&build);
		build.context.items[0] = (struct context_item){.kind = (enum context_kind)kind,
		    .name = cases[kind].name,
		    .source = "expvar/x",
		    .detail = "it",
		    .value = 0.5,
		    .count = 5};
		build.context.count = 1;
		build.advice.items = &advice;
		build.advice.count = 1;
		model = fill(&build);
		action = build_text_at(model, "recommendations.0.action");
		reason = build_text_at(model, "recommendations.0.reason");
		check_sentence("action", action);
		check_sentence("reason", reason);
		if (strstr(action, cases[kind].action) == NULL ||
		    strstr(reason, cases[kind].words) == NULL)
			fail_msg("'%s', '%s'", action, reason);
		cJSON_Delete(model);
		build_close(&build);
	}
}

static const struct crowd_case {
	struct goroutine_group group;
	const char *action, *reason; /* parts of them */
	const char *never;	     /* in the reason */
} crowd_cases[] = {
    {{.function = SAMPLER, .creator = FLUSH, .state = "chan receive", .count = 300,
	 .longest_minutes = 90, .is_idle = 1},
	"why 300 of 600 goroutines are in `" SAMPLER "`, started by `" FLUSH "`",
	"wait for work (chan receive, up to 90 min)", "look at"},
    {{.function = SAMPLER, .state = "chan send", .count = 101},
	"why 101 of 600 goroutines are in `" SAMPLER "`", "look at who receives", "min"},
    {{.function = "", .state = "sync.Mutex.Lock", .count = 101, .longest_minutes = 7},
	"are at the same place", "up to 7 min, which is not waiting for work: look at who holds",
	"receives"},
    {{.function = STRANGER, .state = "sync.RWMutex.RLock", .count = 101}, STRANGER,
	"look at who holds", "receives"},
    {{.function = STRANGER, .state = "semacquire", .count = 101}, STRANGER,
	"look at who holds", "receives"},
    {{.function = STRANGER, .state = "runnable", .count = 101}, STRANGER,
	"in state runnable", "look at"},
    {{.function = STRANGER, .state = "chan send", .count = 100}, "go-routine-dump.log",
	"600 goroutines are far more", "chan send"},
};

/* A crowd is named: where it is, who started it and what it waits for. */
static void
test_crowds(void **state)
{
	(void)state;
	for (size_t i = 0; i < BUILD_COUNT(crowd_cases); i++) {
		const struct crowd_case *crowd = &crowd_cases[i];
		struct goroutine_group group = crowd->group;
		struct advice advice = {.kind = ADVICE_GOROUTINES};
		struct build build;
		const char *action, *reason;
		cJSON *model;

		open_written(&build);
		build.evidence.goroutines.count = 600;
		build.evidence.goroutines.groups = &group;
		build.evidence.goroutines.group_count = 1;
		build.advice.items = &advice;
		build.advice.count = 1;
		model = fill(&build);
		action = build_text_at(model, "recommendations.0.action");
		reason = build_text_at(model, "recommendations.0.reason");
		check_sentence("action", action);
		check_sentence("reason", reason);
		assert_non_null(strstr(action, crowd->action));
		assert_non_null(strstr(reason, crowd->reason));
		assert_null(strstr(reason, crowd->never));
		cJSON_Delete(model);
		build_close(&build);
	}
}

/* A component's next steps are whole sentences in components.json; as actions they are like all
 * others, without the stop. */
static void
test_real_steps(void **state)
{
	struct build build;
	cJSON *model, *item;

	(void)state;
	build_open(&build);
	BUILD_GROWTH(&build, build_process(&build, "core"), {SAMPLER, 90 * MB, 90 * MB});
	model = build_model(&build);
	cJSON_ArrayForEach(item, build_at(model, "recommendations"))
	{
		check_sentence("action", build_text_at(item, "action"));
		check_sentence("reason", build_text_at(item, "reason"));
	}
	cJSON_Delete(model);
	build_close(&build);
}

/* What is no team (a library, "see CODEOWNERS") is nobody to hand a case to. */
static void
test_cases_go_to_teams(void **state)
{
	static const struct {
		const char *function, *never;
	} cases[] = {
	    {"runtime.gcBgMarkWorker", "Hand the case to Go runtime"},
	    {"regexp.(*machine).run", "Hand the case to Go standard library"},
	    {"google.golang.org/grpc.x", "Hand the case to standard or"},
	    {AGENT "pkg/nobody/knows.This", "Hand the case to see "},
	};

	(void)state;
	for (size_t i = 0; i < BUILD_COUNT(cases); i++) {
		struct build build;
		struct pprof_process *process;
		cJSON *model, *item;

		build_open(&build);
		process = build_process(&build, "core");
		BUILD_TOP(&build, &process->tops[PPROF_CPU],
		    {cases[i].function, 20 * SEC, 20 * SEC});
		model = build_model(&build);
		cJSON_ArrayForEach(item, build_at(model, "recommendations"))
		{
			if (strstr(build_text_at(item, "action"), cases[i].never) != NULL)
				fail_msg("'%s'", build_text_at(item, "action"));
		}
		cJSON_Delete(model);
		build_close(&build);
	}
}

/* A check's message is a stranger's text. */
static void
test_check_messages(void **state)
{
	static const char *const messages[] = {NULL, "it failed", "it `failed", "100 % {{x}"};

	(void)state;
	for (size_t i = 0; i < BUILD_COUNT(messages); i++) {
		struct check check = {.name = "di`sk", .instances = 2, .errors = 1,
		    .message = messages[i]};
		struct advice advice = {.kind = ADVICE_FAILING_CHECK, .check = &check};
		struct build build;
		cJSON *model;

		open_written(&build);
		build.advice.items = &advice;
		build.advice.count = 1;
		model = fill(&build);
		assert_int_equal(
		    count_of(build_text_at(model, "recommendations.0.action"), '`'), 0);
		assert_non_null(
		    strstr(build_text_at(model, "recommendations.0.action"), "1 of 2"));
		assert_int_equal(strstr(build_text_at(model, "recommendations.0.action"),
				     "with \"") != NULL, messages[i] != NULL);
		cJSON_Delete(model);
		build_close(&build);
	}
}

/* The summary of what is Normal or Inconclusive, however much of it is known. */
static const struct summary_case {
	const char *main_process;
	int absent, unchanged, no_heap, no_cpu, no_locks;
	int collected; /* between the snapshots */
	const char *name, *expected;
} summary_cases[] = {
    {"core", 0, 0, 0, 0, 0, 0, "Normal", "busiest function took 44.4%"},
    {"core", 0, 1, 0, 0, 0, 1, "Normal", "snapshots are identical"},
    {"core", 0, 1, 0, 0, 0, 0, "Inconclusive", "heap snapshots are identical"},
    {"core", 0, 0, 0, 0, 1, 0, "Normal", "not measured"},
    {"core", 0, 0, 1, 0, 0, 0, "Inconclusive", "it is cut"},
    {"core", 0, 0, 0, 1, 0, 0, "Inconclusive", "it is cut"},
    {"core", 0, 0, 1, 1, 1, 0, "Inconclusive", "heap growth is unknown (it is cut); CPU"},
    {"core", 1, 0, 0, 0, 0, 0, "Inconclusive", "no profile of the core process"},
    {"datadog-cluster-agent", 0, 0, 0, 0, 0, 0, "Normal", "datadog-cluster-agent"},
    {"datadog-cluster-agent", 1, 0, 0, 0, 0, 0, "Inconclusive",
	"no profile of the datadog-cluster"},
};

static void
test_summaries(void **state)
{
	(void)state;
	for (size_t i = 0; i < BUILD_COUNT(summary_cases); i++) {
		const struct summary_case *row = &summary_cases[i];
		struct build build;
		struct pprof_process *process;
		cJSON *model;

		build_open(&build);
		build.flare.main_process = row->main_process;
		process = build_process(&build, row->absent ? "process" : row->main_process);
		if (row->unchanged) {
			build_top(&build, &process->tops[PPROF_GROWTH], NULL);
			build_top(&build, &process->tops[PPROF_GROWTH_JUDGED], NULL);
		}
		if (row->collected)
			build.evidence.memstats = (struct memstats){.found = 1,
			    .heap_inuse_bytes = 50 * MB,
			    .num_gc = 9,
			    .last_gc_ns = START + SEC};
		if (row->no_heap)
			build_missing(process, PPROF_GROWTH, "it is cut");
		if (row->no_cpu)
			build_missing(process, PPROF_CPU, "it is cut");
		if (row->no_locks)
			process->profiles[FLARE_BLOCK].sample_count =
			    process->profiles[FLARE_MUTEX].sample_count = 0;
		model = build_model(&build);
		assert_string_equal(build_text_at(model, "verdict.name"), row->name);
		check_sentence("summary", build_text_at(model, "verdict.summary"));
		if (strstr(build_text_at(model, "verdict.summary"), row->expected) == NULL)
			fail_msg("row %zu: '%s'", i, build_text_at(model, "verdict.summary"));
		cJSON_Delete(model);
		build_close(&build);
	}
}

/* What was only there to make sentences of is gone, but for the names. */
static void
test_scaffolding_is_taken_down(void **state)
{
	static const char *const gone[] = {"finding", "check", "step"};
	struct build build;
	cJSON *model, *item;

	(void)state;
	build_open(&build);
	build_surroundings(&build);
	BUILD_GROWTH(&build, build_process(&build, "core"), {SAMPLER, 90 * MB, 90 * MB});
	model = build_model(&build);
	cJSON_ArrayForEach(item, build_at(model, "recommendations"))
	{
		for (size_t i = 0; i < BUILD_COUNT(gone); i++)
			assert_null(build_at(item, gone[i]));
	}
	assert_string_equal(build_text_at(model, "recommendations.0.process"), "core");
	assert_string_equal(
	    build_text_at(model, "recommendations.0.team"), "@DataDog/agent-metric-pipelines");
	cJSON_Delete(model);
	build_close(&build);
}

/* The view has the sentences that a view of the finished model has. */
static void
test_view_keeps_up(void **state)
{
	struct templates templates;
	struct build build;
	struct error err = {0};
	cJSON *model, *view, *anew;

	(void)state;
	open_written(&build);
	add_finding(&build, &rule_cases[0], SAMPLER, 0);
	templates = build_templates(&build);
	model = build_bare_model(&build);
	view = view_build(model);
	assert_int_equal(words_fill(model, view, &templates, &err), 0);
	anew = view_build(model);
	assert_true(cJSON_Compare(view, anew, 1));
	cJSON_Delete(anew);
	cJSON_Delete(view);
	cJSON_Delete(model);
	build_close(&build);
}

static void
test_missing_templates(void **state)
{
	struct templates templates;
	struct build build;
	struct error err = {0};
	cJSON *model, *view;

	(void)state;
	open_written(&build);
	add_finding(&build, &rule_cases[0], SAMPLER, 0);
	model = build_bare_model(&build);
	templates = build_templates(&build);
	templates.directory = "/nonexistent/templates";
	view = view_build(model);
	assert_int_equal(words_fill(model, view, &templates, &err), -1);
	assert_non_null(strstr(err.msg, "/nonexistent/templates/"));
	cJSON_Delete(view);
	cJSON_Delete(model);
	build_close(&build);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_reasons),
	    cmocka_unit_test(test_tags_in_names),
	    cmocka_unit_test(test_backticks_in_names),
	    cmocka_unit_test(test_several_findings),
	    cmocka_unit_test(test_notes),
	    cmocka_unit_test(test_recommendations),
	    cmocka_unit_test(test_asking),
	    cmocka_unit_test(test_asking_without_collection),
	    cmocka_unit_test(test_signs),
	    cmocka_unit_test(test_crowds),
	    cmocka_unit_test(test_real_steps),
	    cmocka_unit_test(test_cases_go_to_teams),
	    cmocka_unit_test(test_check_messages),
	    cmocka_unit_test(test_summaries),
	    cmocka_unit_test(test_scaffolding_is_taken_down),
	    cmocka_unit_test(test_view_keeps_up),
	    cmocka_unit_test(test_missing_templates),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
