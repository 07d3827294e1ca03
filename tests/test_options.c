#include "options.h"

#include "error.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define MB ((int64_t)1 << 20)
#define SEC ((int64_t)1000000000)

enum { MOST_WORDS = 16 };

struct parsed {
	char line[512];
	char *argv[MOST_WORDS + 1];
	struct options options;
	struct error err;
	int status;
};

/* Splits a line at '|', as words may hold blanks or be empty. */
static void
parse(struct parsed *parsed, const char *line)
{
	int argc = 0;

	memset(parsed, 0, sizeof(*parsed));
	memset(&parsed->options, 0xa5, sizeof(parsed->options));
	snprintf(parsed->line, sizeof(parsed->line), "flareprof%s%s", line[0] != '\0' ? "|" : "",
	    line);
	for (char *rest = parsed->line; rest != NULL;) {
		assert_true(argc < MOST_WORDS);
		parsed->argv[argc++] = strsep(&rest, "|");
	}
	optind = 0; /* starts glibc's getopt anew */
	parsed->status = options_parse(&parsed->options, argc, parsed->argv, &parsed->err);
}

static void
must_parse(struct parsed *parsed, const char *line)
{
	parse(parsed, line);
	if (parsed->status < 0)
		fail_msg("%s: %s", line, parsed->err.msg);
	assert_int_equal(parsed->err.exit_code, 0);
}

static void
test_defaults(void **state)
{
	struct parsed parsed;

	(void)state;
	unsetenv("SOURCE_DATE_EPOCH");
	must_parse(&parsed, "the flare");
	assert_int_equal(parsed.options.mode, OPTIONS_RUN);
	assert_string_equal(parsed.options.flares[0], "the flare");
	assert_null(parsed.options.output);
	assert_null(parsed.options.json);
	assert_null(parsed.options.go);
	assert_null(parsed.options.templates);
	assert_null(parsed.options.components);
	assert_null(parsed.options.customer);
	assert_null(parsed.options.ticket);
	assert_int_equal(parsed.options.top, 10);
	assert_in_range(parsed.options.jobs, 1, 256);
	assert_int_equal(parsed.options.thresholds.leak_bytes, 10 * MB);
	assert_true(parsed.options.thresholds.cpu_percent == 50);
	assert_int_equal(parsed.options.thresholds.contention_ns, SEC);
	assert_int_equal(parsed.options.timeout_ns, 60 * SEC);
	assert_in_range(parsed.options.now, time(NULL) - 5, time(NULL));
	assert_int_equal(parsed.options.exit_code, 0);
	assert_int_equal(parsed.options.quiet, 0);
	assert_int_equal(parsed.options.verbose, 0);
}

static void
test_now(void **state)
{
	struct parsed parsed;

	(void)state;
	setenv("SOURCE_DATE_EPOCH", "1771041612", 1);
	must_parse(&parsed, "f");
	assert_int_equal(parsed.options.now, 1771041612);
	unsetenv("SOURCE_DATE_EPOCH");
}

static void
test_texts(void **state)
{
	static const struct {
		const char *line;
		size_t offset;
		const char *value;
	} cases[] = {
	    {"-o|a b|f", offsetof(struct options, output), "a b"},
	    {"-oa|f", offsetof(struct options, output), "a"},
	    {"-o|-|f", offsetof(struct options, output), "-"},
	    {"--output|a|f", offsetof(struct options, output), "a"},
	    {"--output=a|f", offsetof(struct options, output), "a"},
	    {"--output=a|--output=b|f", offsetof(struct options, output), "b"},
	    {"--json|a|f", offsetof(struct options, json), "a"},
	    {"--json=-|f", offsetof(struct options, json), "-"},
	    {"--go=/usr/bin/go|f", offsetof(struct options, go), "/usr/bin/go"},
	    {"--templates=t|f", offsetof(struct options, templates), "t"},
    {"--components=c.json|f", offsetof(struct options, components), "c.json"},
	    {"--customer=ACME & Sons|f", offsetof(struct options, customer), "ACME & Sons"},
	    {"--ticket=123|f", offsetof(struct options, ticket), "123"},
	    {"f|--ticket|123", offsetof(struct options, ticket), "123"},
	    {"-o|-|--json=x|f", offsetof(struct options, json), "x"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct parsed parsed;
		const char *value;

		must_parse(&parsed, cases[i].line);
		memcpy(&value, (const char *)&parsed.options + cases[i].offset, sizeof(value));
		assert_string_equal(value, cases[i].value);
	}
}

static void
test_flares(void **state)
{
	static const struct {
		const char *line, *flares[4];
	} cases[] = {
	    {"--|-f", {"-f"}},
	    {"-", {"-"}},
	    {"-q|f|-v", {"f"}},
	    {"f|-q|g|-n|3|h", {"f", "g", "h"}},
	    {"f|--|g|-q", {"f", "g", "-q"}},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct parsed parsed;
		size_t count = 0;

		must_parse(&parsed, cases[i].line);
		for (; cases[i].flares[count] != NULL; count++)
			assert_string_equal(parsed.options.flares[count], cases[i].flares[count]);
		assert_int_equal(parsed.options.flare_count, count);
	}
}

static void
test_numbers(void **state)
{
	static const struct {
		const char *line;
		size_t offset;
		int64_t value;
	} cases[] = {
	    {"-n|1|f", offsetof(struct options, top), 1},
	    {"-n25|f", offsetof(struct options, top), 25},
	    {"--top=1000|f", offsetof(struct options, top), 1000},
	    {"-j|1|f", offsetof(struct options, jobs), 1},
	    {"--jobs=256|f", offsetof(struct options, jobs), 256},
	    {"--leak-threshold=5MB|f", offsetof(struct options, thresholds.leak_bytes), 5 * MB},
	    {"--leak-threshold|1.5 GiB|f", offsetof(struct options, thresholds.leak_bytes),
		1536 * MB},
	    {"--contention-threshold=500ms|f", offsetof(struct options, thresholds.contention_ns),
		SEC / 2},
	    {"--contention-threshold=2m|f", offsetof(struct options, thresholds.contention_ns),
		120 * SEC},
	    {"--timeout=5|f", offsetof(struct options, timeout_ns), 5 * SEC},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct parsed parsed;
		int64_t value;

		must_parse(&parsed, cases[i].line);
		memcpy(&value, (const char *)&parsed.options + cases[i].offset, sizeof(value));
		assert_int_equal(value, cases[i].value);
	}
}

static void
test_percent(void **state)
{
	struct parsed parsed;

	(void)state;
	must_parse(&parsed, "--cpu-threshold=62.5%|f");
	assert_true(parsed.options.thresholds.cpu_percent == 62.5);
	must_parse(&parsed, "--cpu-threshold|100|f");
	assert_true(parsed.options.thresholds.cpu_percent == 100);
}

static void
test_switches(void **state)
{
	static const struct {
		const char *line;
		int exit_code, quiet, verbose;
		int colour; /* -1: not looked at */
	} cases[] = {
	    {"f", 0, 0, 0, -1},
	    {"--exit-code|f", 1, 0, 0, -1},
	    {"-q|f", 0, 1, 0, -1},
	    {"--quiet|f", 0, 1, 0, -1},
	    {"-v|f", 0, 0, 1, -1},
	    {"--verbose|f", 0, 0, 1, -1},
	    {"-qv|f|--exit-code", 1, 1, 1, -1},
	    {"--color=always|f", 0, 0, 0, 1},
	    {"--color|never|f", 0, 0, 0, 0},
	    {"--color=auto|f", 0, 0, 0, -1},
	    {"--color=always|--color=never|f", 0, 0, 0, 0},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct parsed parsed;

		must_parse(&parsed, cases[i].line);
		assert_int_equal(parsed.options.exit_code, cases[i].exit_code);
		assert_int_equal(parsed.options.quiet, cases[i].quiet);
		assert_int_equal(parsed.options.verbose, cases[i].verbose);
		if (cases[i].colour >= 0)
			assert_int_equal(parsed.options.colour, cases[i].colour);
	}
}

/* Without a terminal there are no colours by themselves, nor with NO_COLOR. */
static void
test_no_color(void **state)
{
	struct parsed parsed;

	(void)state;
	setenv("NO_COLOR", "1", 1);
	must_parse(&parsed, "f");
	assert_int_equal(parsed.options.colour, 0);
	must_parse(&parsed, "--color=auto|f");
	assert_int_equal(parsed.options.colour, 0);
	must_parse(&parsed, "--color=always|f");
	assert_int_equal(parsed.options.colour, 1);
	unsetenv("NO_COLOR");
}

/* Help and version need no flare, and nothing behind them counts. */
static void
test_modes(void **state)
{
	static const struct {
		const char *line;
		enum options_mode mode;
	} cases[] = {
	    {"-h", OPTIONS_HELP}, {"--help", OPTIONS_HELP}, {"-V", OPTIONS_VERSION},
	    {"--version", OPTIONS_VERSION}, {"f|--help", OPTIONS_HELP}, {"-q|-h|f|g", OPTIONS_HELP},
	    {"-h|--nonsense", OPTIONS_HELP}, {"-V|-h", OPTIONS_VERSION}, {"-h|-V", OPTIONS_HELP},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct parsed parsed;

		must_parse(&parsed, cases[i].line);
		assert_int_equal(parsed.options.mode, cases[i].mode);
	}
}

#define HELP ": see flareprof --help"
#define LEAK ": it takes a size such as 10MB, 500kB or 1.5GB"
#define CPU ": it takes a percentage above 0 and up to 100, such as 50%"
#define CONTENTION ": it takes a time such as 1s, 500ms or 2min"

static const struct {
	const char *line, *message;
} wrong[] = {
    {"", "no flare given" HELP},
    {"-q", "no flare given" HELP},
    {"--", "no flare given" HELP},
    {"-ox|f|g", "--output takes one flare: each of several has a report of its own in "
	"investigations/"},
    {"f|", "the flare's path is empty" HELP},
    {"-q||-v", "the flare's path is empty" HELP},
    {"-x|f", "unknown option '-x'" HELP},
    {"-qx|f", "unknown option '-x'" HELP},
    {"--nonsense|f", "unknown option '--nonsense'" HELP},
    {"--nonsense=1|f", "unknown option '--nonsense=1'" HELP},
    {"f|--nonsense", "unknown option '--nonsense'" HELP},
    {"--top", "option '--top' needs a number from 1 to 1000"},
    {"f|-n", "option '--top' needs a number from 1 to 1000"},
    {"f|-o", "option '--output' needs a path"},
    {"f|--output", "option '--output' needs a path"},
    {"f|--json", "option '--json' needs a path"},
    {"f|--go", "option '--go' needs the path of a go command"},
    {"f|--templates", "option '--templates' needs a directory"},
    {"f|--components", "option '--components' needs a path"},
    {"f|--components=", "wrong value '' for --components: it takes a path"},
    {"f|--customer", "option '--customer' needs a name"},
    {"f|--ticket", "option '--ticket' needs an id"},
    {"f|-j", "option '--jobs' needs a number from 1 to 256"},
    {"f|--timeout", "option '--timeout' needs a time such as 60s, 500ms or 2min"},
    {"f|--color", "option '--color' needs always, never or auto"},
    {"--top=0|f", "wrong value '0' for --top: it takes a number from 1 to 1000"},
    {"--top=1001|f", "wrong value '1001' for --top: it takes a number from 1 to 1000"},
    {"-n|-1|f", "wrong value '-1' for --top: it takes a number from 1 to 1000"},
    {"-n|+5|f", "wrong value '+5' for --top: it takes a number from 1 to 1000"},
    {"-n| 5|f", "wrong value ' 5' for --top: it takes a number from 1 to 1000"},
    {"-n|5x|f", "wrong value '5x' for --top: it takes a number from 1 to 1000"},
    {"-n|1e3|f", "wrong value '1e3' for --top: it takes a number from 1 to 1000"},
    {"-n||f", "wrong value '' for --top: it takes a number from 1 to 1000"},
    {"-n|18446744073709551617|f",
	"wrong value '18446744073709551617' for --top: it takes a number from 1 to 1000"},
    {"-j|257|f", "wrong value '257' for --jobs: it takes a number from 1 to 256"},
    {"-j|all|f", "wrong value 'all' for --jobs: it takes a number from 1 to 256"},
    {"--leak-threshold=ten|f", "wrong value 'ten' for --leak-threshold" LEAK},
    {"--leak-threshold=-1MB|f", "wrong value '-1MB' for --leak-threshold" LEAK},
    {"--leak-threshold=0|f", "wrong value '0' for --leak-threshold" LEAK},
    {"--leak-threshold=1s|f", "wrong value '1s' for --leak-threshold" LEAK},
    {"--cpu-threshold=0|f", "wrong value '0' for --cpu-threshold" CPU},
    {"--cpu-threshold=101|f", "wrong value '101' for --cpu-threshold" CPU},
    {"--cpu-threshold=50s|f", "wrong value '50s' for --cpu-threshold" CPU},
    {"--contention-threshold=0s|f", "wrong value '0s' for --contention-threshold" CONTENTION},
    {"--contention-threshold=1MB|f", "wrong value '1MB' for --contention-threshold" CONTENTION},
    {"--timeout=never|f",
	"wrong value 'never' for --timeout: it takes a time such as 60s, 500ms or 2min"},
    {"--color=yes|f", "wrong value 'yes' for --color: it takes always, never or auto"},
    {"--color=|f", "wrong value '' for --color: it takes always, never or auto"},
    {"--output=|f", "wrong value '' for --output: it takes a path"},
    {"--json=|f", "wrong value '' for --json: it takes a path"},
    {"--go=|f", "wrong value '' for --go: it takes the path of a go command"},
    {"--html=-|f|g",
	"--html takes a directory when there are several flares: each has a file of its own there"},
    {"--html=-|--json=-|f", "--json and --html cannot both go to standard output"},
    {"-o|x|--html=x|f", "--output and --html name the same file 'x'"},
    {"--jsn|x", "unknown option '--jsn': did you mean '--json'?"},
    {"--jsn=x|f", "unknown option '--jsn=x': did you mean '--json'?"},
    {"--colour|f", "unknown option '--colour': did you mean '--color'?"},
    {"-output|x|f", "unknown option '-output': did you mean '--output'?"},
    {"--max|1|f",
	"option '--max' could be any of --max-entries, --max-file, --max-flare, --max-ratio"},
    {"--color=allways|f",
	"wrong value 'allways' for --color: it takes always, never or auto: did you mean 'always'?"},
    {"--html=|f", "wrong value '' for --html: it takes a path"},
    {"-o|-|--json|-|f", "--output and --json cannot both go to standard output"},
    /* a switch takes no value, which is not the same as being unknown */
    {"--quiet=yes|f", "option '--quiet' takes no value"},
};

static void
test_wrong(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(wrong); i++) {
		struct parsed parsed;

		parse(&parsed, wrong[i].line);
		if (parsed.status != -1)
			fail_msg("'%s' is taken", wrong[i].line);
		assert_string_equal(parsed.err.msg, wrong[i].message);
		assert_int_equal(parsed.err.exit_code, ERROR_EXIT_USAGE);
	}
}

/* Every option is in the usage, with its default where it has one. */
static void
test_usage(void **state)
{
	static const char *const parts[] = {
	    "Usage: flareprof [options] FLARE...\n", "-o, --output PATH", "--json PATH", "-n, --top N",
	    "-j, --jobs N", "--leak-threshold SIZE", "(10MB)", "--cpu-threshold PERCENT", "(50%)",
	    "--contention-threshold TIME", "(1s)", "--go PATH", "--timeout TIME", "(60s)",
	    "--memory SIZE", "(400MB, ", "--max-file SIZE", "(64MB)", "--max-flare SIZE", "(512MB)",
	    "--max-entries N", "(100000)", "--max-ratio N", "(200)",
	    "--templates DIR", "--components FILE", "--customer NAME", "--ticket ID", "--exit-code", "--color WHEN",
	    "-q, --quiet", "-v, --verbose", "-h, --help", "-V, --version", "Exit status",
	};
	const char *usage = options_usage();

	(void)state;
	for (size_t i = 0; i < COUNT(parts); i++) {
		if (strstr(usage, parts[i]) == NULL)
			fail_msg("'%s' is not in the usage", parts[i]);
	}
	for (const char *line = usage; *line != '\0'; line = strchr(line, '\n') + 1)
		assert_true(strchr(line, '\n') - line <= 90);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_defaults),
	    cmocka_unit_test(test_now),
	    cmocka_unit_test(test_texts),
	    cmocka_unit_test(test_flares),
	    cmocka_unit_test(test_numbers),
	    cmocka_unit_test(test_percent),
	    cmocka_unit_test(test_switches),
	    cmocka_unit_test(test_no_color),
	    cmocka_unit_test(test_modes),
	    cmocka_unit_test(test_wrong),
	    cmocka_unit_test(test_usage),
	};

	return cmocka_run_group_tests_name("options", tests, NULL, NULL);
}
