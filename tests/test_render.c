#include "render.h"

#include "builders.h"
#include "sink.h"
#include "text.h"

#include <ctype.h>
#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

/* A working directory of one's own, and a finished model. */
struct place {
	struct build build;
	struct templates templates;
	struct error err;
	cJSON *model;
	char before[4096]; /* the directory to go back to */
	char root[64];
};

static int
setup(void **state)
{
	struct place *place = calloc(1, sizeof(*place));
	char *templates = realpath("templates", NULL);

	if (place == NULL || templates == NULL || getcwd(place->before, 4096) == NULL)
		return -1;
	strcpy(place->root, "/tmp/flareprof-test-XXXXXX");
	if (mkdtemp(place->root) == NULL)
		return -1;
	build_open(&place->build);
	build_surroundings(&place->build);
	BUILD_GROWTH(&place->build, build_process(&place->build, "core"),
	    {SAMPLER, 90 * MB, 90 * MB}, {FLUSH, -MB, -MB});
	build_process(&place->build, "trace");
	place->model = build_model(&place->build);
	if (templates_find(&place->templates, &place->build.pool, templates, &place->err) < 0)
		return -1;
	free(templates);
	*state = place;
	return chdir(place->root);
}

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *where)
{
	(void)st;
	(void)type;
	(void)where;
	return remove(path);
}

static int
teardown(void **state)
{
	struct place *place = *state;

	if (chdir(place->before) < 0)
		return -1;
	nftw(place->root, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	cJSON_Delete(place->model);
	build_close(&place->build);
	free(place);
	return 0;
}

/* Renders with standard output in the file "stdout"; returns what render_outputs did. */
static int
render(struct place *place, struct render_outputs outputs)
{
	FILE *file = fopen("stdout", "w");
	int kept = dup(STDOUT_FILENO), status;
	cJSON *view;

	assert_non_null(file);
	assert_true(kept >= 0);
	fflush(stdout);
	dup2(fileno(file), STDOUT_FILENO);
	place->err = (struct error){0};
	view = view_build(place->model);
	status = render_outputs(place->model, view, &place->templates, &outputs, &place->err);
	cJSON_Delete(view);
	fflush(stdout);
	dup2(kept, STDOUT_FILENO);
	close(kept);
	fclose(file);
	return status;
}

/* The text of a file in the working directory, in the pool; NULL where there is none. */
static char *
content(struct place *place, const char *path)
{
	struct buf text = {0};
	struct error err = {0};
	char *copy = NULL;

	if (file_read(path, 1 << 24, &text, &err) == 0)
		copy = pool_strdup(&place->build.pool, buf_text(&text));
	buf_release(&text);
	return copy;
}

static void
rename_host(struct place *place, const char *hostname)
{
	cJSON_ReplaceItemInObject(build_at(place->model, "flare"), "hostname",
	    hostname != NULL ? cJSON_CreateString(hostname) : cJSON_CreateNull());
}

static void
test_report_paths(void **state)
{
	static const struct {
		const char *hostname, *name;
	} cases[] = {
	    {"web-1.example.com", "web-1.example.com"},
	    {"A_b-9.z", "A_b-9.z"},
	    {"a/b", "a_b"},
	    {"../../etc/passwd", "_._.._etc_passwd"},
	    {".hidden", "_hidden"},
	    {"..", "_."},
	    {"", "unknown"},
	    {"a b\\c:d*e", "a_b_c_d_e"},
	    {"$(reboot);`x`", "__reboot___x_"},
	    {"b\xc3\xbc""cher", "b__cher"},
	    {"\xf0\x9f\x94\xa5", "____"},
	    {"-rf", "-rf"},
	    {"0123456789abcdef0123456789abcdef", "________bcdef"},
	    {"password=hunter2", "password_________"},
	};
	struct place *place = *state;
	struct pool *pool = &place->build.pool;

	for (size_t i = 0; i < BUILD_COUNT(cases); i++)
		assert_string_equal(render_report_path(pool, cases[i].hostname, 1),
		    pool_printf(pool, "investigations/flare-profiling-%s.md", cases[i].name));
	assert_string_equal(render_report_path(pool, "web-1", 0),
	    "investigations/flare-profiling-web-1.md");
	assert_string_equal(render_report_path(pool, "web-1", 2),
	    "investigations/flare-profiling-web-1-2.md");
	assert_string_equal(render_report_path(pool, "", 13),
	    "investigations/flare-profiling-unknown-13.md");
}

static void
test_long_hostname(void **state)
{
	struct place *place = *state;
	char hostname[5001];
	const char *path;

	memset(hostname, 'h', 5000);
	hostname[5000] = '\0';
	path = render_report_path(&place->build.pool, hostname, 100);
	assert_true(strlen(path) < 255);
	assert_int_equal(strncmp(path, "investigations/flare-profiling-hhh", 34), 0);
}

/* The report's directory is made, and the summary names the report. */
static void
test_report_directory(void **state)
{
	struct place *place = *state;

	assert_int_equal(render(place,
	    (struct render_outputs){.report = "investigations/a.md", .summary = 1}), 0);
	assert_non_null(content(place, "investigations/a.md"));
	assert_non_null(strstr(content(place, "stdout"), "Report: investigations/a.md\n"));
}

/* One line of JSON for each model, and nothing on standard output. */
static void
test_models(void **state)
{
	struct place *place = *state;
	struct sink sink = {0};
	struct render_outputs outputs = {.report = "r.md", .models = &sink};
	struct span rest, line;
	const char *text;
	int lines = 0;

	assert_int_equal(sink_open(&sink, &place->build.pool, "m.jsonl", &place->err), 0);
	assert_int_equal(render(place, outputs), 0);
	assert_int_equal(render(place, outputs), 0);
	assert_null(content(place, "m.jsonl"));
	assert_int_equal(sink_close(&sink, &place->err), 0);
	sink_drop(&sink);
	text = content(place, "m.jsonl");
	rest = (struct span){text, strlen(text)};
	while (text_line(&rest, &line)) {
		cJSON *parsed = cJSON_ParseWithLength(line.at, line.len);

		assert_true(cJSON_Compare(parsed, place->model, 1));
		cJSON_Delete(parsed);
		lines++;
	}
	assert_int_equal(lines, 2);
	assert_string_equal(content(place, "stdout"), "");
}

/* What goes where; "-" is standard output, and then nothing else is there. */
static void
test_outputs(void **state)
{
	static const struct {
		struct render_outputs outputs;
		const char *printed; /* how standard output begins; NULL: it is empty */
	} cases[] = {
	    {{"r.md", NULL, NULL, 1, 0, NULL, 0}, "web-1: Memory Leak (core)\n"},
	    {{"r.md", NULL, NULL, 1, 1, NULL, 0}, "web-1: \033[1;31mMemory Leak\033[0m (core)\n"},
	    {{"r.md", NULL, NULL, 0, 0, NULL, 0}, NULL},
	    {{"r.md", "m.json", NULL, 0, 0, NULL, 0}, NULL},
	    {{"-", NULL, NULL, 1, 1, NULL, 0}, "# Flare Profiling Analysis: web-1\n"},
	    {{"r.md", "-", NULL, 1, 1, NULL, 0}, "{\n\t\"schema_version\":\t1,"},
	    {{"r.md", NULL, NULL, 1, 1, "-", 0}, "<!DOCTYPE html>\n<html lang=\"en\">\n"},
	    {{"r.md", NULL, NULL, 0, 0, "r.html", 0}, NULL},
	};
	struct place *place = *state;

	for (size_t i = 0; i < BUILD_COUNT(cases); i++) {
		const char *printed;

		assert_int_equal(render(place, cases[i].outputs), 0);
		printed = content(place, "stdout");
		if (cases[i].printed == NULL)
			assert_string_equal(printed, "");
		else if (strncmp(printed, cases[i].printed, strlen(cases[i].printed)) != 0)
			fail_msg("case %zu prints '%.60s'", i, printed);
		if (strcmp(cases[i].outputs.report, "r.md") == 0)
			assert_non_null(content(place, "r.md"));
		if (strcmp(cases[i].outputs.report, "-") == 0)
			assert_null(strstr(printed, "Report: "));
		if (cases[i].outputs.html != NULL && strcmp(cases[i].outputs.html, "-") != 0)
			assert_non_null(strstr(content(place, cases[i].outputs.html), "</html>"));
	}
}

static void
test_html_path(void **state)
{
	static const struct {
		const char *html, *report;
		size_t flares;
		const char *path;
	} cases[] = {
	    {"a.html", "investigations/flare-profiling-h.md", 1, "a.html"},
	    {"a", "investigations/flare-profiling-h.md", 1, "a"},
	    {"a/b.html", "r.md", 1, "a/b.html"},
	    {"-", "r.md", 1, "-"},
	    /* a directory, which is there, is to be one, or has to be one */
	    {"there", "investigations/flare-profiling-h.md", 1, "there/flare-profiling-h.html"},
	    {"there/", "investigations/flare-profiling-h.md", 1, "there/flare-profiling-h.html"},
	    {"new/", "investigations/flare-profiling-h-2.md", 1, "new/flare-profiling-h-2.html"},
	    {"new", "investigations/flare-profiling-h-2.md", 2, "new/flare-profiling-h-2.html"},
	    {"new", "md", 2, "new/md.html"},
	    {"new", ".md", 2, "new/.md.html"},
	};
	struct pool pool = {0};

	(void)state;
	mkdir("there", 0700);
	for (size_t i = 0; i < BUILD_COUNT(cases); i++)
		assert_string_equal(render_html_path(&pool, cases[i].html, cases[i].report,
					cases[i].flares), cases[i].path);
	rmdir("there");
	pool_release(&pool);
}

/* The JSON on standard output is JSON to its end, and the very model. */
static void
test_json_is_the_model(void **state)
{
	static const char *const paths[] = {"m.json", "-"};
	struct place *place = *state;

	for (size_t i = 0; i < 2; i++) {
		const char *end = NULL, *text;
		cJSON *parsed;

		assert_int_equal(render(place, (struct render_outputs){"r.md", paths[i], NULL, 1, 0, NULL, 0}), 0);
		text = content(place, i == 0 ? "m.json" : "stdout");
		parsed = cJSON_ParseWithOpts(text, &end, 0);
		assert_non_null(parsed);
		assert_string_equal(end, "\n");
		assert_true(cJSON_Compare(parsed, place->model, 1));
		cJSON_Delete(parsed);
	}
}

/* Bytes and nanoseconds are written as whole numbers, also where %g would give an exponent. */
static void
test_large_integers(void **state)
{
	static const struct {
		double value;
		const char *text;
	} cases[] = {
	    {230e9, "230000000000"},
	    {1e15, "1000000000000000"},
	    {1234567890123450.0, "1234567890123450"},
	    {9007199254740991.0, "9007199254740991"},
	    {4e18, "4000000000000000000"},
	    {-1e15, "-1000000000000000"},
	};
	struct place *place = *state;

	for (size_t i = 0; i < BUILD_COUNT(cases); i++) {
		char line[128];

		cJSON_SetNumberValue(
		    build_at(place->model, "processes.0.block.idle_delay_ns"), cases[i].value);
		snprintf(line, sizeof(line), "\"idle_delay_ns\":\t%s,", cases[i].text);
		assert_int_equal(render(place, (struct render_outputs){"r.md", "m.json", NULL, 0, 0, NULL, 0}), 0);
		if (strstr(content(place, "m.json"), line) == NULL)
			fail_msg("not as %s: %.60s", line,
			    strstr(content(place, "m.json"), "\"idle_delay_ns\""));
	}
}

static void
test_backup(void **state)
{
	struct place *place = *state;
	const char *first;

	assert_int_equal(render(place, (struct render_outputs){.report = "r.md"}), 0);
	first = content(place, "r.md");
	rename_host(place, "web-2");
	assert_int_equal(render(place, (struct render_outputs){.report = "r.md"}), 0);
	assert_string_equal(content(place, "r.md~"), first);
	assert_non_null(strstr(content(place, "r.md"), "web-2"));
}

/* Nothing is printed before all files are written, so that a failure leaves no half output. */
static void
test_failures(void **state)
{
	static const struct {
		struct render_outputs outputs;
		const char *named;
	} cases[] = {
	    {{"blocked/r.md", NULL, NULL, 1, 0, NULL, 0}, "blocked"},
	    {{"r.md", "blocked/m.json", NULL, 1, 0, NULL, 0}, "blocked"},
	    {{"directory", NULL, NULL, 1, 0, NULL, 0}, "is a directory"},
	    {{"-", "blocked/m.json", NULL, 1, 0, NULL, 0}, "blocked"},
	    {{"blocked/r.md", "-", NULL, 1, 0, NULL, 0}, "blocked"},
	};
	struct place *place = *state;
	FILE *file = fopen("blocked", "w");

	assert_non_null(file);
	fclose(file);
	assert_int_equal(mkdir("directory", 0755), 0);
	for (size_t i = 0; i < BUILD_COUNT(cases); i++) {
		assert_int_equal(render(place, cases[i].outputs), -1);
		if (strstr(place->err.msg, cases[i].named) == NULL)
			fail_msg("case %zu: '%s'", i, place->err.msg);
		if (strcmp(content(place, "stdout"), "") != 0)
			fail_msg("case %zu prints '%.60s'", i, content(place, "stdout"));
	}
}

static void
test_missing_templates(void **state)
{
	struct place *place = *state;

	place->templates.directory = place->root;
	assert_int_equal(render(place, (struct render_outputs){.report = "r.md"}), -1);
	assert_non_null(strstr(place->err.msg, "report.mustache"));
	assert_null(content(place, "r.md"));
}

/* The number of cells' edges in a line: `|` without a backslash before it. */
static int
edges(struct span line)
{
	int count = 0;

	for (size_t i = 0; i < line.len; i++)
		count += line.at[i] == '|' && (i == 0 || line.at[i - 1] != '\\');
	return count;
}

static int
begins_with(struct span line, const char *start)
{
	return line.len >= strlen(start) && memcmp(line.at, start, strlen(start)) == 0;
}

/* 1 for a line that opens a code fence, or closes an open one, as CommonMark has it: behind the
 * backticks there is no other one, and nothing at all where it closes. */
static int
is_fence(struct span line, int open)
{
	size_t at = 0, ticks = 0;

	while (at < line.len && at < 3 && line.at[at] == ' ')
		at++;
	while (at + ticks < line.len && line.at[at + ticks] == '`')
		ticks++;
	line = text_trim((struct span){line.at + at + ticks, line.len - at - ticks});
	return ticks >= 3 && (open ? line.len == 0 : memchr(line.at, '`', line.len) == NULL);
}

static int
count_fences(const char *report)
{
	struct span rest = {report, strlen(report)}, line;
	int count = 0;

	while (text_line(&rest, &line))
		count += is_fence(line, count % 2);
	return count;
}

/* Every line of a table has as many cells as its header; returns how many lines there are. */
static int
check_tables(const char *report)
{
	struct span rest = {report, strlen(report)}, line;
	int fenced = 0, expected = 0, lines = 0;

	while (text_line(&rest, &line)) {
		fenced ^= is_fence(line, fenced);
		if (fenced || !begins_with(line, "|")) {
			expected = 0;
			continue;
		}
		lines++;
		if (expected == 0)
			expected = edges(line);
		if (edges(line) != expected || line.at[line.len - 1] != '|')
			fail_msg("%d cells, not %d: %.*s", edges(line), expected, (int)line.len,
			    line.at);
	}
	assert_false(fenced);
	return lines;
}

/* The length of the code span that begins at `at`, 0 where none does. */
static size_t
code_span(const char *at, const char *end)
{
	size_t ticks = 0, run = 0;

	while (at + ticks < end && at[ticks] == '`')
		ticks++;
	for (const char *p = at + ticks; ticks > 0 && p < end; p++) {
		run = *p == '`' ? run + 1 : 0;
		if (run == ticks && (p + 1 == end || p[1] != '`'))
			return (size_t)(p + 1 - at);
	}
	return 0;
}

/* Outside of code there is no HTML: no `<` and no `>` at all. */
static void
check_no_html(const char *report)
{
	struct span rest = {report, strlen(report)}, line;
	int fenced = 0;

	while (text_line(&rest, &line)) {
		const char *end = line.at + line.len;

		fenced ^= is_fence(line, fenced);
		for (const char *p = line.at; !fenced && p < end;) {
			size_t code = code_span(p, end);

			if (*p == '<' || *p == '>')
				fail_msg("HTML in: %.*s", (int)line.len, line.at);
			p += code > 0 ? code : *p == '\\' ? 2 : 1;
		}
	}
}

static int
count_lines(const char *report, const char *start)
{
	struct span rest = {report, strlen(report)}, line;
	int count = 0;

	while (text_line(&rest, &line))
		count += begins_with(line, start);
	return count;
}

/* All that the flare's own text can name, named with this. */
static void
open_hostile(struct build *build, const char *raw)
{
	const char *name;
	struct pprof_process *process;
	struct goroutine_state *states;
	struct goroutine_group *group;
	struct check *check;

	build_open(build);
	build_surroundings(build);
	name = text_clean(&build->pool, (struct span){raw, strlen(raw)});
	build->flare.name = build->flare.path = name;
	process = build_process(build, "core");
	for (int i = 0; i < PPROF_REPORTS; i++)
		BUILD_TOP(build, &process->tops[i], {name, 90 * SEC, 90 * SEC}, {"a.A", -SEC, 0});
	BUILD_TOP(build, &process->tops[PPROF_BLOCK_LEAF], {"sync.(*Mutex).Lock", 90 * SEC, 0});
	build_process(build, name);
	build_missing(build_process(build, "trace"), PPROF_GROWTH, name);
	build->evidence.status.hostname = build->evidence.status.version = name;
	build->evidence.status.flavor = build->evidence.status.python_version = name;
	build->evidence.install.tool = build->evidence.install.tool_version = name;
	check = pool_alloc(&build->pool, sizeof(*check));
	*check = (struct check){name, name, 1, 1, 1, 0, 1, 9000, 9000, name, 3};
	build->evidence.status.checks.items = check;
	build->evidence.status.checks.count = 1;
	states = pool_alloc(&build->pool, sizeof(*states));
	*states = (struct goroutine_state){name, 600};
	build->evidence.goroutines.states = states;
	build->evidence.goroutines.state_count = 1;
	build->evidence.goroutines.longest[0] = (struct goroutine_wait){1, 9, name, name};
	group = pool_alloc(&build->pool, sizeof(*group));
	*group = (struct goroutine_group){.function = name, .creator = name, .state = name,
	    .agent_function = name, .top = name, .count = 600};
	build->evidence.goroutines.groups = group;
	build->evidence.goroutines.group_count = 1;
	build->flare.traces = pool_alloc(&build->pool, sizeof(*build->flare.traces));
	build->flare.traces[0] = (struct flare_trace){name, name, 5};
	gap_add(&build->evidence.gaps, &build->pool, name, "%s", name);
}

static const char *const hostile[] = {
    "x|y`<script>alert(1)</script>\nz",
    "x\\|y",
    "x\\",
    "|",
    "``|``",
    "`",
    "```",
    "\n```\n",
    "~~~",
    "<!-- ",
    "<img src=x onerror=y>",
    "a`b|c`d<i>`e|f`",
    "`a|b`",
    "`<i>",
    "a\\`<i>\\`",
    "# h",
    "| a | b |",
    "\r| a |\r\n",
    "\033[31mred\033[0m\007",
    "{{verdict.name}} {{> report}}",
    "[x](javascript:y)",
    "\xff\xfe\xe2\x80\xae",
};

static void
test_hostile_text(void **state)
{
	struct place *place = *state;
	int healthy;

	assert_int_equal(render(place, (struct render_outputs){.report = "r.md"}), 0);
	healthy = check_tables(content(place, "r.md"));
	assert_true(healthy > 40);
	check_no_html(content(place, "r.md"));
	for (size_t i = 0; i < BUILD_COUNT(hostile); i++) {
		const char *report;

		cJSON_Delete(place->model);
		place->model = NULL;
		build_close(&place->build);
		assert_int_equal(chdir(place->before), 0);
		open_hostile(&place->build, hostile[i]);
		place->model = build_model(&place->build);
		assert_int_equal(templates_find(&place->templates, &place->build.pool,
		    realpath("templates", (char[4096]){0}), &place->err), 0);
		assert_int_equal(chdir(place->root), 0);
		assert_int_equal(
		    render(place, (struct render_outputs){"r.md", "m.json", NULL, 1, 0, NULL, 0}), 0);
		report = content(place, "r.md");
		assert_true(check_tables(report) > 40);
		check_no_html(report);
		assert_int_equal(count_fences(report), 4);
		assert_int_equal(count_lines(report, "# "), 1);
		assert_null(strchr(report, '\033'));
		assert_null(strchr(content(place, "stdout"), '\033'));
		assert_null(strchr(report, '\r'));
	}
}

/* The blocks to paste are fenced by more backticks than any text of the model has in a row. */
static void
test_fences(void **state)
{
	static const char *const names[] = {"a", "``", "```", "`````", "a```````b"};
	static const char *const fences[] = {"```", "```", "````", "``````", "````````"};
	struct place *place = *state;

	for (size_t i = 0; i < BUILD_COUNT(names); i++) {
		const char *report, *fence;

		rename_host(place, names[i]);
		assert_int_equal(render(place, (struct render_outputs){.report = "r.md"}), 0);
		report = content(place, "r.md");
		fence = pool_printf(&place->build.pool, "\n\n%stext\n", fences[i]);
		assert_non_null(strstr(report, fence));
		fence = pool_printf(&place->build.pool, "\n%s\n\n## Data Quality", fences[i]);
		assert_non_null(strstr(report, fence));
		assert_int_equal(count_fences(report), 4);
	}
}

/* The sections, in the order of the contract, each once. */
static void
test_sections(void **state)
{
	static const char *const sections[] = {"# Flare Profiling Analysis: web-1\n",
	    "**Verdict: Memory Leak (core)**", "## Agent Context\n", "## Memory Stats\n",
	    "## Heap Diff Analysis\n", "## CPU Profile\n", "## Block Profile\n",
	    "## Mutex Profile\n", "## Trace-Agent Profiles\n", "## Trace Files\n",
	    "## Goroutine Dump\n", "## Running Checks\n", "## Verdict\n", "## Recommendations\n",
	    "## Customer Message\n", "## Escalation Summary\n", "## Data Quality\n"};
	struct place *place = *state;
	const char *report, *at;

	assert_int_equal(render(place, (struct render_outputs){.report = "r.md"}), 0);
	report = at = content(place, "r.md");
	for (size_t i = 0; i < BUILD_COUNT(sections); i++) {
		at = strstr(at, sections[i]);
		if (at == NULL)
			fail_msg("'%s' is not in its place", sections[i]);
		at += strlen(sections[i]);
	}
	assert_int_equal(count_lines(report, "## "), BUILD_COUNT(sections) - 2);
	assert_null(strstr(report, "\n\n\n"));
	assert_null(strstr(report, "{{"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_report_paths, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_long_hostname, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_report_directory, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_models, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_outputs, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_html_path, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_json_is_the_model, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_large_integers, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_backup, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_failures, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_missing_templates, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_hostile_text, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_fences, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_sections, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
