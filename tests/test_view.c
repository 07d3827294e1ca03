#include "view.h"

#include "builders.h"

/* The least that a model can be, around the object `x`. */
#define AROUND(x)                                                                              \
	"{\"verdict\": {\"name\": \"Normal\", \"processes\": [], \"findings\": []},"          \
	"\"flare\": {\"main_process\": \"core\"}, \"processes\": [], \"x\": {" x "}}"

static cJSON *
view_of(const char *text)
{
	cJSON *model = cJSON_Parse(text), *view;

	assert_non_null(model);
	view = view_build(model);
	cJSON_Delete(model);
	return view;
}

/* The view of a full, finished model; the model is put into *model. */
static cJSON *
full_view(struct build *build, cJSON **model)
{
	build_open(build);
	build_surroundings(build);
	BUILD_GROWTH(build, build_process(build, "core"), {SAMPLER, 90 * MB, 90 * MB},
	    {FLUSH, 9 * MB, 9 * MB}, {"a.A", 100, 100}, {"b.B", -MB, 0});
	build_process(build, "trace");
	build_process(build, "process");
	*model = build_model(build);
	return view_build(*model);
}

static void
close_full(struct build *build, cJSON *model, cJSON *view)
{
	cJSON_Delete(view);
	cJSON_Delete(model);
	build_close(build);
}

static void
test_units(void **state)
{
	static const struct {
		const char *json, *path, *text;
	} cases[] = {
	    {AROUND("\"net_growth_bytes\": 8493466"), "x.net_growth_human", "8.1 MB"},
	    {AROUND("\"net_growth_bytes\": 8493466"), "x.net_growth_signed", "+8.1 MB"},
	    {AROUND("\"net_growth_bytes\": -8493466"), "x.net_growth_human", "-8.1 MB"},
	    {AROUND("\"net_growth_bytes\": -8493466"), "x.net_growth_signed", "-8.1 MB"},
	    {AROUND("\"net_growth_bytes\": 0"), "x.net_growth_human", "0 B"},
	    {AROUND("\"net_growth_bytes\": 0"), "x.net_growth_signed", "0 B"},
	    {AROUND("\"delay_ns\": 1240000000"), "x.delay_human", "1.24 s"},
	    {AROUND("\"delay_ns\": 0"), "x.delay_human", "0 s"},
	    {AROUND("\"average_ms\": 12"), "x.average_human", "12.0 ms"},
	    {AROUND("\"interval_seconds\": 30"), "x.interval_human", "30.0 s"},
	    {AROUND("\"interval_seconds\": 4.5"), "x.interval_human", "4.50 s"},
	    {AROUND("\"uptime_seconds\": 273600"), "x.uptime_human", "3 d 4 h"},
	    {AROUND("\"flat_percent\": 73.2"), "x.flat_percent_human", "73.2%"},
	    {AROUND("\"gc_cpu_fraction\": 0.0125"), "x.gc_cpu_fraction_human", "1.25%"},
	    {AROUND("\"core_use\": 0.3"), "x.core_use_human", "0.30"},
	    {AROUND("\"heap_objects\": 345678"), "x.heap_objects_human", "345,678"},
	    {AROUND("\"num_gc\": 1200"), "x.num_gc_human", "1,200"},
	    {AROUND("\"contentions\": 17281"), "x.contentions_human", "17,281"},
	    {AROUND("\"count\": 77"), "x.count_human", "77"},
	    {AROUND("\"pid\": 4711"), "x.pid_human", "(none)"},
	    {AROUND("\"heap_alloc_bytes\": null"), "x.heap_alloc_human", "(none)"},
	    {AROUND("\"heap_alloc_bytes\": \"12\""), "x.heap_alloc_human", "(none)"},
	    {AROUND("\"y\": {\"sys_bytes\": 1024}"), "x.y.sys_human", "1.0 kB"},
	    {AROUND("\"y\": [{\"sys_bytes\": 1024}]"), "x.y.0.sys_human", "1.0 kB"},
	};

	(void)state;
	for (size_t i = 0; i < BUILD_COUNT(cases); i++) {
		cJSON *view = view_of(cases[i].json);

		if (strcmp(build_text_at(view, cases[i].path), cases[i].text) != 0)
			fail_msg("'%s' of %s is '%s'", cases[i].path, cases[i].json,
			    build_text_at(view, cases[i].path));
		cJSON_Delete(view);
	}
}

/* Rows are in the unit of their table, and a finding in its own. */
static void
test_units_of_tables(void **state)
{
	static const struct {
		const char *json, *path, *text;
	} cases[] = {
	    {"\"growth_rows\": [{\"flat\": 1048576, \"cum\": 2097152}]", "flat_signed", "+1.0 MB"},
	    {"\"shrinkage_rows\": [{\"flat\": -1048576}]", "flat_human", "-1.0 MB"},
	    {"\"object_rows\": [{\"flat\": 17281}]", "flat_signed", "+17,281"},
	    {"\"current_rows\": [{\"flat\": 0, \"cum\": 1048576}]", "cum_human", "1.0 MB"},
	    {"\"rows\": [{\"flat\": 1240000000}]", "flat_human", "1.24 s"},
	    {"\"cumulative_rows\": [{\"flat\": 0, \"cum\": 1240000000}]", "cum_human", "1.24 s"},
	    {"\"f\": [{\"unit\": \"bytes_per_30s\", \"measured\": 1048576}]", "measured_human",
		"1.0 MB"},
	    {"\"f\": [{\"unit\": \"percent\", \"threshold\": 50}]", "threshold_human", "50.0%"},
	    {"\"f\": [{\"unit\": \"cores\", \"measured\": 2.5}]", "measured_human", "2.50 cores"},
	    {"\"f\": [{\"unit\": \"ns\", \"measured\": 1240000000}]", "measured_human", "1.24 s"},
	    {"\"f\": [{\"unit\": \"parsec\", \"measured\": 1}]", "measured_human", "(none)"},
	};

	(void)state;
	for (size_t i = 0; i < BUILD_COUNT(cases); i++) {
		char text[512];
		cJSON *view;
		const cJSON *row;

		snprintf(text, sizeof(text), AROUND("%s"), cases[i].json);
		view = view_of(text);
		row = build_at(view, "x")->child->child;
		assert_string_equal(build_text_at(row, cases[i].path), cases[i].text);
		cJSON_Delete(view);
	}
}

static void
test_switches(void **state)
{
	static const struct {
		const char *json, *path;
		int is_true;
	} cases[] = {
	    {AROUND("\"type\": \"cpu_spike\""), "x.type_is_cpu_spike", 1},
	    {AROUND("\"type\": \"cpu_spike\""), "x.type_is_memory_leak", 0},
	    {AROUND("\"rule\": \"heap_growth\""), "x.rule_is_heap_growth", 1},
	    {AROUND("\"kind\": \"cluster_agent\""), "x.kind_is_cluster_agent", 1},
	    {AROUND("\"confidence\": \"low\""), "x.confidence_is_low", 1},
	    {AROUND("\"interval_source\": \"assumed\""), "x.interval_source_is_assumed", 1},
	    {AROUND("\"interval_source\": null"), "x.interval_source_is_assumed", 0},
	    {AROUND("\"state\": \"within\""), "x.state_is_within", 1},
	    {AROUND("\"verdict\": \"Memory Leak\""), "x.verdict_is_memory_leak", 1},
	    {AROUND("\"other\": \"assumed\""), "x.other_is_assumed", 0},
	    {AROUND("\"process\": \"core\""), "x.process_is_core", 1},
	    {AROUND("\"process\": \"core\""), "x.process_is_other", 0},
	    {AROUND("\"process\": \"datadog-cluster-agent\""), "x.process_is_datadog_cluster_agent",
		1},
	    {AROUND("\"process\": \"system-probe\""), "x.process_is_other", 1},
	    {AROUND("\"process\": \"system-probe\""), "x.process_is_system_probe", 0},
	    {AROUND(""), "verdict.name_is_normal", 1},
	    {AROUND(""), "verdict.any_findings", 0},
	    {AROUND("\"gaps\": [{}]"), "x.any_gaps", 1},
	    {AROUND("\"gaps\": []"), "x.any_gaps", 0},
	};

	(void)state;
	for (size_t i = 0; i < BUILD_COUNT(cases); i++) {
		cJSON *view = view_of(cases[i].json);
		int is_true = cJSON_IsTrue(build_at(view, cases[i].path));

		if (is_true != cases[i].is_true)
			fail_msg("'%s' of %s", cases[i].path, cases[i].json);
		cJSON_Delete(view);
	}
}

/* The largest row has 8 whole cells, the least one still shows. */
static void
test_bars(void **state)
{
	static const struct {
		const char *json;
		const char *bars[3];
	} cases[] = {
	    {"\"rows\": [{\"delay_ns\": 800}, {\"delay_ns\": 400}, {\"delay_ns\": 1}]",
		{"████████", "████", "▏"}},
	    {"\"rows\": [{\"flat\": -800}, {\"flat\": 450}, {\"flat\": 0}]",
		{"████████", "████▌", ""}},
	    {"\"cumulative_rows\": [{\"flat\": 0, \"cum\": 100}, {\"flat\": 50, \"cum\": 50},"
	     "{\"flat\": 0, \"cum\": 1}]",
		{"████████", "████", "▏"}},
	    {"\"checks\": [{\"average_ms\": 9}, {\"average_ms\": null}, {\"average_ms\": 0}]",
		{"████████", "", ""}},
	    {"\"traces\": [{\"size_bytes\": 1}, {\"size_bytes\": 900719925474099},"
	     "{\"size_bytes\": 0}]",
		{"▏", "████████", ""}},
	    {"\"long_waits\": [{\"minutes\": 8}, {\"minutes\": 4}, {\"minutes\": 1}]",
		{"████████", "████", "█"}},
	    {"\"rows\": [{\"flat\": 0}, {\"flat\": 0}, {\"flat\": 0}]", {"", "", ""}},
	    {"\"gaps\": [{\"what\": \"a\"}, {\"what\": \"b\"}, {\"what\": \"c\"}]", {"", "", ""}},
	};

	(void)state;
	for (size_t i = 0; i < BUILD_COUNT(cases); i++) {
		char text[512];
		cJSON *view;
		const cJSON *row;

		snprintf(text, sizeof(text), AROUND("%s"), cases[i].json);
		view = view_of(text);
		row = build_at(view, "x")->child->child;
		for (size_t k = 0; k < 3; k++, row = row->next) {
			if (strcmp(build_text_at(row, "bar"), cases[i].bars[k]) != 0)
				fail_msg("%s: bar %zu is '%s'", cases[i].json, k,
				    build_text_at(row, "bar"));
		}
		cJSON_Delete(view);
	}
}

static void
test_rows_are_numbered(void **state)
{
	cJSON *view = view_of(AROUND("\"rows\": [{}, {}, {}, {}, {}, {}]"));
	const cJSON *row = build_at(view, "x.rows")->child;

	(void)state;
	for (int number = 1; row != NULL; row = row->next, number++) {
		assert_int_equal(build_at(row, "number")->valueint, number);
		assert_int_equal(cJSON_IsTrue(build_at(row, "first")), number == 1);
		assert_int_equal(cJSON_IsTrue(build_at(row, "last")), number == 6);
		assert_int_equal(cJSON_IsTrue(build_at(row, "top5")), number <= 5);
	}
	cJSON_Delete(view);
}

/* Functions: as Markdown code, and short for prose. */
static void
test_functions(void **state)
{
	static const struct {
		const char *function, *code, *name;
	} cases[] = {
	    {SAMPLER, "`" SAMPLER "`", "aggregator.(*TimeSampler).sample"},
	    {"main.main", "`main.main`", "main.main"},
	    {"runtime.cgocall", "`runtime.cgocall`", "runtime.cgocall"},
	    {"a/b.F[c/d.T]", "`a/b.F[c/d.T]`", "b.F[c/d.T]"},
	    {"a/b.(*T[c/d.E]).m", "`a/b.(*T[c/d.E]).m`", "b.(*T[c/d.E]).m"},
	    {"x|y", "`x\\|y`", "x|y"},
	    {"x`y", "``x`y``", "x`y"},
	    {"<script>", "`<script>`", "<script>"},
	};

	(void)state;
	for (size_t i = 0; i < BUILD_COUNT(cases); i++) {
		char text[512];
		cJSON *view;

		snprintf(text, sizeof(text), AROUND("\"function\": \"%s\""), cases[i].function);
		view = view_of(text);
		assert_string_equal(build_text_at(view, "x.function_code"), cases[i].code);
		assert_string_equal(build_text_at(view, "x.function_short"), cases[i].name);
		cJSON_Delete(view);
	}
}

/* Tables may shorten a generic type; the lines of the escalation block may not. */
static void
test_long_functions(void **state)
{
	struct build build;
	char name[400] = "pkg.F[";
	cJSON *model, *view;

	(void)state;
	memset(name + 6, 'x', 300);
	strcpy(name + 306, "].run");
	build_open(&build);
	BUILD_GROWTH(&build, build_process(&build, "core"), {name, 90 * MB, 0});
	model = build_model(&build);
	view = view_build(model);
	assert_string_equal(build_text_at(view, "main.heap.growth_rows.0.function_code"),
	    "`pkg.F[…].run`");
	assert_non_null(
	    strstr(build_text_at(view, "main.heap.growth_rows.0.pprof_line"), name));
	close_full(&build, model, view);
}

static void
test_pprof_lines(void **state)
{
	static const struct {
		const char *path, *line;
	} cases[] = {
	    {"main.cpu.rows.0.pprof_line", "    4.00 s  44.4%  44.4%     4.00 s  44.4%  " SAMPLER},
	    {"main.cpu.rows.1.pprof_line", "    3.00 s  33.3%  77.8%     3.00 s  33.3%  " FLUSH},
	    {"main.cpu.rows.2.pprof_line",
		"    2.00 s  22.2% 100.0%     2.00 s  22.2%  runtime.mallocgc"},
	    {"main.block.rows.0.pprof_line", "    100 ms            12  " FLUSH},
	};
	struct build build;
	cJSON *model, *view = full_view(&build, &model);

	(void)state;
	for (size_t i = 0; i < BUILD_COUNT(cases); i++)
		assert_string_equal(build_text_at(view, cases[i].path), cases[i].line);
	close_full(&build, model, view);
}

static void
test_called_by(void **state)
{
	static const struct {
		const char *json;
		int called;
	} cases[] = {
	    {"\"function\": \"a.A\", \"agent_function\": \"b.B\"", 1},
	    {"\"function\": \"a.A\", \"agent_function\": \"a.A\"", 0},
	    {"\"function\": \"a.A\", \"agent_function\": null", 0},
	    {"\"function\": null, \"agent_function\": \"b.B\"", 0},
	    {"\"function\": null, \"agent_function\": null", 0},
	};

	(void)state;
	for (size_t i = 0; i < BUILD_COUNT(cases); i++) {
		char text[512];
		cJSON *view;

		snprintf(text, sizeof(text), AROUND("\"unit\": \"ns\", %s"), cases[i].json);
		view = view_of(text);
		assert_int_equal(cJSON_IsTrue(build_at(view, "x.called_by")), cases[i].called);
		cJSON_Delete(view);
	}
}

/* Which process has which section. */
static void
test_sections(void **state)
{
	static const struct {
		const char *main_process, *names[4];
		const char *main, *trace;
		int others;
	} cases[] = {
	    {"core", {"core", "trace", "process", "security-agent"}, "core", "trace", 2},
	    {"core", {"core"}, "core", "(none)", 0},
	    {"core", {"process"}, "(none)", "(none)", 1},
	    {"core", {"trace"}, "(none)", "trace", 0},
	    {"datadog-cluster-agent", {"datadog-cluster-agent", "core"}, "datadog-cluster-agent",
		"(none)", 1},
	    {"core", {NULL}, "(none)", "(none)", 0},
	};

	(void)state;
	for (size_t i = 0; i < BUILD_COUNT(cases); i++) {
		struct build build;
		cJSON *model, *view;

		build_open(&build);
		build.flare.main_process = cases[i].main_process;
		for (size_t k = 0; k < 4 && cases[i].names[k] != NULL; k++)
			build_process(&build, cases[i].names[k]);
		model = build_model(&build);
		view = view_build(model);
		assert_string_equal(build_text_at(view, "main.name"), cases[i].main);
		assert_string_equal(build_text_at(view, "trace.name"), cases[i].trace);
		assert_int_equal(cJSON_GetArraySize(build_at(view, "others")), cases[i].others);
		assert_int_equal(
		    cJSON_IsTrue(build_at(view, "any_others")), cases[i].others > 0);
		close_full(&build, model, view);
	}
}

static void
test_goroutine_states(void **state)
{
	static const struct {
		const char *name, *bar;
		int count;
	} expected[] = {
	    {"select", "████████", 40}, {"chan receive", "██████", 30}, {"IO wait", "█▍", 7}};
	struct build build;
	cJSON *model, *view = full_view(&build, &model), *row;

	(void)state;
	row = build_at(view, "goroutines.state_rows")->child;
	for (size_t i = 0; i < BUILD_COUNT(expected); i++, row = row->next) {
		assert_string_equal(build_text_at(row, "name"), expected[i].name);
		assert_string_equal(build_text_at(row, "bar"), expected[i].bar);
		assert_int_equal(build_at(row, "count")->valueint, expected[i].count);
	}
	assert_null(row);
	close_full(&build, model, view);
}

/* Of many groups five are shown, of few those that are more than one goroutine; the first crowd
 * is known by a name of its own. */
static void
test_goroutine_groups(void **state)
{
	static const struct {
		const char *groups;
		int rows;
		const char *crowd;
	} cases[] = {
	    {"", 0, "(none)"},
	    {"{\"count\": 1, \"function\": \"a\"}", 0, "(none)"},
	    {"{\"count\": 1, \"function\": \"a\", \"crowd\": true}", 0, "`a`"},
	    {"{\"count\": 3, \"crowd\": false}, {\"count\": 2}, {\"count\": 1}", 2, "(none)"},
	    {"{\"count\": 9, \"function\": \"a\", \"crowd\": true}, {\"count\": 8, \"function\":"
	     "\"b\", \"crowd\": true}, {\"count\": 7}, {\"count\": 6}, {\"count\": 5}, {\"count\": 4}",
		5, "`a`"},
	};

	(void)state;
	for (size_t i = 0; i < BUILD_COUNT(cases); i++) {
		char text[1024];
		cJSON *view;

		snprintf(text, sizeof(text), "{\"verdict\": {\"name\": \"Normal\", \"processes\":"
		    "[], \"findings\": []}, \"flare\": {}, \"processes\": [], \"goroutines\":"
		    "{\"states\": {}, \"groups\": [%s]}}", cases[i].groups);
		view = view_of(text);
		assert_int_equal(cJSON_GetArraySize(build_at(view, "goroutines.group_rows")),
		    cases[i].rows);
		assert_int_equal(cJSON_IsTrue(build_at(view, "goroutines.any_group_rows")),
		    cases[i].rows > 0);
		assert_string_equal(
		    build_text_at(view, "goroutines.largest_crowd.function_code"), cases[i].crowd);
		cJSON_Delete(view);
	}
}

/* A creator is shown as code, as functions are; the largest group has the longest bar. */
static void
test_decorated_groups(void **state)
{
	cJSON *view = view_of("{\"verdict\": {\"name\": \"Normal\", \"processes\": [],"
			      "\"findings\": []}, \"flare\": {}, \"processes\": [], \"goroutines\":"
			      "{\"states\": {}, \"groups\": [{\"count\": 1800, \"creator\": \"a|b\","
			      "\"share_percent\": 66.667}, {\"count\": 900, \"creator\": null}]}}");
	const cJSON *row = build_at(view, "goroutines.group_rows.0");

	(void)state;
	assert_string_equal(build_text_at(row, "bar"), "████████");
	assert_string_equal(build_text_at(row, "count_human"), "1,800");
	assert_string_equal(build_text_at(row, "share_percent_human"), "66.7%");
	assert_string_equal(build_text_at(row, "creator_code"), "`a\\|b`");
	row = build_at(view, "goroutines.group_rows.1");
	assert_string_equal(build_text_at(row, "bar"), "████");
	assert_null(build_at(row, "creator_code"));
	cJSON_Delete(view);
}

/* States are names out of a file: whatever they are, each stays one row of its own. */
static void
test_odd_states(void **state)
{
	static const char text[] =
	    "{\"verdict\": {\"name\": \"Normal\", \"processes\": [], \"findings\": []},"
	    "\"flare\": {}, \"processes\": [], \"goroutines\": {\"count\": 6, \"states\":"
	    "{\"x_bytes\": 3, \"count\": 2, \"\": 1}, \"long_waits\": []}}";
	cJSON *view = view_of(text);

	(void)state;
	assert_int_equal(cJSON_GetArraySize(build_at(view, "goroutines.state_rows")), 3);
	assert_string_equal(build_text_at(view, "goroutines.state_rows.0.name"), "x_bytes");
	assert_string_equal(build_text_at(view, "goroutines.state_rows.1.name"), "count");
	assert_string_equal(build_text_at(view, "goroutines.state_rows.2.count_human"), "1");
	cJSON_Delete(view);
}

/* How much of each threshold was used. */
static void
test_judged_bars(void **state)
{
	static const struct {
		const char *path, *bar;
	} cases[] = {
	    {"main.judged.heap.bar", "████████"},     /* 99 MB of 10 */
	    {"main.judged.cpu.bar", "███████▏"},     /* 44.4 of 50 % */
	    {"main.judged.locks.bar", "▊"},	      /* 0.1 of 1 s */
	    {"trace.judged.heap.bar", "▊"},	      /* 1 MB of 10 */
	};
	struct build build;
	cJSON *model, *view = full_view(&build, &model);

	(void)state;
	for (size_t i = 0; i < BUILD_COUNT(cases); i++)
		assert_string_equal(build_text_at(view, cases[i].path), cases[i].bar);
	close_full(&build, model, view);
}

static void
test_memory_bars(void **state)
{
	struct build build;
	cJSON *model, *view = full_view(&build, &model);

	(void)state;
	assert_string_equal(build_text_at(view, "memstats.sys_bar"), "████████");
	assert_string_equal(
	    build_text_at(view, "memstats.heap_alloc_bar"), "███▌"); /* 40 of 90 */
	assert_string_equal(build_text_at(view, "memstats.heap_released_bar"), "▉");
	cJSON_Delete(view);
	cJSON_ReplaceItemInObject(build_at(model, "memstats"), "sys_bytes", cJSON_CreateNull());
	view = view_build(model);
	assert_string_equal(build_text_at(view, "memstats.heap_alloc_bar"), "(none)");
	close_full(&build, model, view);
}

/* All that is in the model is in the view, as it was. */
static void
check_kept(const cJSON *model, const cJSON *view)
{
	const cJSON *child, *twin;

	if (view == NULL || (model->type & 0xff) != (view->type & 0xff))
		fail_msg("'%s' is not as it was", model->string != NULL ? model->string : "item");
	if (cJSON_IsNumber(model))
		assert_true(model->valuedouble == view->valuedouble);
	if (cJSON_IsString(model))
		assert_string_equal(model->valuestring, view->valuestring);
	if (cJSON_IsArray(model))
		assert_int_equal(cJSON_GetArraySize(model), cJSON_GetArraySize(view));
	twin = view->child;
	cJSON_ArrayForEach(child, model)
	{
		if (cJSON_IsObject(model)) {
			check_kept(child,
			    cJSON_GetObjectItemCaseSensitive(view, child->string));
		} else {
			check_kept(child, twin);
			twin = twin->next;
		}
	}
}

static void
test_the_model_is_kept(void **state)
{
	struct build build;
	cJSON *model, *view = full_view(&build, &model), *copy = cJSON_Duplicate(model, 1);

	(void)state;
	check_kept(model, view);
	cJSON_Delete(view);
	view = view_build(model);
	assert_true(cJSON_Compare(model, copy, 1));
	cJSON_Delete(copy);
	close_full(&build, model, view);
}

/* What the customer message has from the flare: names that may be said, and no others. */
static void
test_for_customer(void **state)
{
	static const struct {
		const char *hostname, *version, *process;
		const char *said[4]; /* hostname, version, unjudged_names, process_plain */
	} cases[] = {
	    {"web-1", "7.76.0", "trace", {"web-1", "7.76.0", "trace", "trace"}},
	    {"", "7.76.0", "trace", {NULL, "7.76.0", "trace", "trace"}},
	    {"ip-10-1-2-3", "7.76.0", "10.1.2.3", {NULL, "7.76.0", "another process", NULL}},
	    {"/var/lib", "10.1.2.3", "a b (cleaned)", {NULL, NULL, "another process", NULL}},
	    {"********abcde", "env:prod", "team=a", {NULL, NULL, "another process", NULL}},
	    {"fe80::1", "", "a/b", {NULL, NULL, "another process", NULL}},
	};
	static const char *const paths[] = {"for_customer.hostname", "for_customer.version",
	    "for_customer.unjudged_names", "x.process_plain"};

	(void)state;
	for (size_t i = 0; i < BUILD_COUNT(cases); i++) {
		struct pool pool = {0};
		cJSON *view = view_of(pool_printf(&pool,
		    "{\"verdict\": {\"name\": \"Normal\", \"processes\": [], \"findings\": []},"
		    "\"flare\": {\"main_process\": \"core\", \"hostname\": \"folder\"},"
		    "\"agent\": {\"hostname\": \"%s\", \"version\": \"%s\"},"
		    "\"x\": {\"process\": \"%s\"},"
		    "\"processes\": [{\"name\": \"%s\", \"verdict\": \"Inconclusive\"}]}",
		    cases[i].hostname, cases[i].version, cases[i].process, cases[i].process));

		for (size_t k = 0; k < BUILD_COUNT(paths); k++) {
			const char *said = cJSON_GetStringValue(build_at(view, paths[k]));

			if (cases[i].said[k] == NULL)
				assert_null(said);
			else
				assert_string_equal(said, cases[i].said[k]);
		}
		cJSON_Delete(view);
		pool_release(&pool);
	}
}

/* Of a process whose CPU use is known only the heap could not be judged. */
static void
test_unjudged_names(void **state)
{
	static const struct {
		const char *processes, *names, *said;
	} cases[] = {
	    {"{\"name\": \"trace\", \"verdict\": \"Normal\", \"cpu\": {\"why\": null}}", "", ""},
	    {"{\"name\": \"core\", \"verdict\": \"Inconclusive\", \"cpu\": {\"why\": null}}", "",
		""},
	    {"{\"name\": \"trace\", \"verdict\": \"Inconclusive\", \"cpu\": {\"why\": null}}",
		"the heap of trace", "the heap of trace"},
	    {"{\"name\": \"trace\", \"verdict\": \"Inconclusive\", \"cpu\": {\"why\": \"cut\"}}",
		"trace", "trace"},
	    {"{\"name\": \"a/b\", \"verdict\": \"Inconclusive\", \"cpu\": {\"why\": null}},"
	     "{\"name\": \"trace\", \"verdict\": \"Inconclusive\"}",
		"the heap of a/b, trace", "the heap of another process, trace"},
	};

	(void)state;
	for (size_t i = 0; i < BUILD_COUNT(cases); i++) {
		char text[1024];
		cJSON *view;

		snprintf(text, sizeof(text),
		    "{\"verdict\": {\"name\": \"Normal\", \"processes\": [], \"findings\": []},"
		    "\"flare\": {\"main_process\": \"core\"}, \"processes\": [%s]}",
		    cases[i].processes);
		view = view_of(text);
		assert_string_equal(build_text_at(view, "unjudged_names"), cases[i].names);
		assert_string_equal(
		    build_text_at(view, "for_customer.unjudged_names"), cases[i].said);
		cJSON_Delete(view);
	}
}

/* Leaks are confirmed by a later flare, all else by one that is taken meanwhile. */
static void
test_finding_switches(void **state)
{
	static const struct {
		const char *types[2];
		int any_leak, any_other;
	} cases[] = {
	    {{"memory_leak", "memory_leak"}, 1, 0},
	    {{"memory_leak", "contention"}, 1, 1},
	    {{"cpu_spike", "contention"}, 0, 1},
	};

	(void)state;
	for (size_t i = 0; i < BUILD_COUNT(cases); i++) {
		char text[512];
		cJSON *view;

		snprintf(text, sizeof(text),
		    "{\"verdict\": {\"name\": \"Multiple Issues\", \"processes\": [],"
		    "\"findings\": [{\"type\": \"%s\"}, {\"type\": \"%s\"}]},"
		    "\"flare\": {\"main_process\": \"core\"}, \"processes\": []}",
		    cases[i].types[0], cases[i].types[1]);
		view = view_of(text);
		assert_int_equal(
		    cJSON_IsTrue(build_at(view, "verdict.any_leak")), cases[i].any_leak);
		assert_int_equal(
		    cJSON_IsTrue(build_at(view, "verdict.any_other")), cases[i].any_other);
		cJSON_Delete(view);
	}
}

/* Nothing out of the ordinary is only said where there is nothing at all to look into. */
static void
test_quiet(void **state)
{
	static const struct {
		const char *notes, *checks, *context;
		int quiet, upgraded;
	} cases[] = {
	    {"", "", "", 1, 0},
	    {"{\"kind\": \"unchanged\"}", "", "", 1, 0},
	    {"{\"kind\": \"near\"}", "", "", 0, 0},
	    {"{\"kind\": \"close\"}", "", "", 0, 0},
	    {"", "{\"errors\": 1, \"warnings\": 0}", "", 0, 0},
	    {"", "{\"errors\": 0, \"warnings\": 1}", "", 1, 0},
	    {"", "", "{\"kind\": \"gc_off\"}", 0, 0},
	    {"", "", "{\"kind\": \"upgrade\"}", 0, 1},
	};

	(void)state;
	for (size_t i = 0; i < BUILD_COUNT(cases); i++) {
		char text[512];
		cJSON *view;

		snprintf(text, sizeof(text),
		    "{\"verdict\": {\"name\": \"Normal\", \"processes\": [], \"findings\": [],"
		    "\"notes\": [%s]}, \"checks\": [%s], \"context\": [%s],"
		    "\"flare\": {\"main_process\": \"core\"}, \"processes\": []}",
		    cases[i].notes, cases[i].checks, cases[i].context);
		view = view_of(text);
		if (cJSON_IsTrue(build_at(view, "quiet")) != cases[i].quiet ||
		    cJSON_IsTrue(build_at(view, "upgraded")) != cases[i].upgraded)
			fail_msg("row %zu", i);
		cJSON_Delete(view);
	}
}

/* What a customer is told of: three things at most, and of what is not sent only one. */
static void
test_customer_signs(void **state)
{
	static const struct {
		const char *context, *said[4]; /* kinds; ends in NULL */
	} cases[] = {
	    {"{\"kind\": \"upgrade\"}, {\"kind\": \"unhealthy\"}, {\"kind\": \"gc_off\"}", {NULL}},
	    {"{\"kind\": \"gc_share\"}", {"gc_share"}},
	    {"{\"kind\": \"retry_queue\"}, {\"kind\": \"dropped\"}, {\"kind\": \"young\"}",
		{"retry_queue", "young"}},
	    {"{\"kind\": \"young\"}, {\"kind\": \"log_level\"}, {\"kind\": \"contexts\"},"
	     "{\"kind\": \"gc_share\"}",
		{"contexts", "gc_share", "log_level"}},
	};

	(void)state;
	for (size_t i = 0; i < BUILD_COUNT(cases); i++) {
		char text[512], path[64];
		cJSON *view;

		snprintf(text, sizeof(text),
		    "{\"verdict\": {\"name\": \"Normal\", \"processes\": [], \"findings\": []},"
		    "\"flare\": {\"main_process\": \"core\"}, \"processes\": [],"
		    "\"context\": [%s]}", cases[i].context);
		view = view_of(text);
		for (int k = 0; k < 4; k++) {
			const char *said = cases[i].said[k] != NULL ? cases[i].said[k] : "(none)";

			snprintf(path, sizeof(path), "customer_signs.%d.kind", k);
			assert_string_equal(build_text_at(view, path), said);
		}
		cJSON_Delete(view);
	}
}

static void
test_counts(void **state)
{
	struct build build;
	cJSON *model, *view = full_view(&build, &model);

	(void)state;
	assert_int_equal(build_at(view, "check_count")->valueint, 2);
	assert_int_equal(build_at(view, "gap_count")->valueint, 1);
	assert_true(cJSON_IsTrue(build_at(view, "any_bad_checks")));
	assert_string_equal(build_text_at(view, "verdict.process_names"), "core");
	cJSON_SetNumberValue(build_at(model, "checks.0.errors"), 0);
	cJSON_Delete(view);
	view = view_build(model);
	assert_false(cJSON_IsTrue(build_at(view, "any_bad_checks")));
	cJSON_SetNumberValue(build_at(model, "checks.1.warnings"), 1);
	cJSON_Delete(view);
	view = view_build(model);
	assert_true(cJSON_IsTrue(build_at(view, "any_bad_checks")));
	close_full(&build, model, view);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_units),
	    cmocka_unit_test(test_units_of_tables),
	    cmocka_unit_test(test_switches),
	    cmocka_unit_test(test_bars),
	    cmocka_unit_test(test_rows_are_numbered),
	    cmocka_unit_test(test_functions),
	    cmocka_unit_test(test_long_functions),
	    cmocka_unit_test(test_pprof_lines),
	    cmocka_unit_test(test_called_by),
	    cmocka_unit_test(test_sections),
	    cmocka_unit_test(test_goroutine_states),
	    cmocka_unit_test(test_goroutine_groups),
	    cmocka_unit_test(test_decorated_groups),
	    cmocka_unit_test(test_odd_states),
	    cmocka_unit_test(test_judged_bars),
	    cmocka_unit_test(test_memory_bars),
	    cmocka_unit_test(test_the_model_is_kept),
	    cmocka_unit_test(test_for_customer),
	    cmocka_unit_test(test_unjudged_names),
	    cmocka_unit_test(test_finding_switches),
	    cmocka_unit_test(test_quiet),
	    cmocka_unit_test(test_customer_signs),
	    cmocka_unit_test(test_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
