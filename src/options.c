#include "options.h"

#include "buf.h"
#include "error.h"
#include "suggest.h"
#include "units.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

enum { LEAST_WIDTH = 40, USUAL_WIDTH = 80, MOST_WIDTH = 100 };
enum { MOST_ROWS = 1000, MOST_JOBS = 256, MOST_ENTRIES = 10000000, MOST_RATIO = 1000000 };

#define MEBIBYTE ((int64_t)1 << 20)
#define LEAST_MEMORY (400 * MEBIBYTE)
#define MEMORY_PER_JOB (200 * MEBIBYTE)
#define SECOND ((int64_t)1000000000)

enum kind { TEXT, COUNT, BYTES, DURATION, PERCENT, SWITCH, MODE, COLOUR };

/* An option: how its argument is read, what is allowed, and where it goes. */
static const struct {
	const char *name;
	int letter; /* 0: none */
	enum kind kind;
	size_t offset;
	size_t most; /* of a count; the mode of a MODE */
	const char *allowed;
} table[] = {
    {"output", 'o', TEXT, offsetof(struct options, output), 0, "a path"},
    {"json", 0, TEXT, offsetof(struct options, json), 0, "a path"},
    {"html", 0, TEXT, offsetof(struct options, html), 0, "a path"},
    {"top", 'n', COUNT, offsetof(struct options, top), MOST_ROWS, "a number from 1 to 1000"},
    {"jobs", 'j', COUNT, offsetof(struct options, jobs), MOST_JOBS, "a number from 1 to 256"},
    {"leak-threshold", 0, BYTES, offsetof(struct options, thresholds.leak_bytes), 0,
	"a size such as 10MB, 500kB or 1.5GB"},
    {"cpu-threshold", 0, PERCENT, offsetof(struct options, thresholds.cpu_percent), 0,
	"a percentage above 0 and up to 100, such as 50%"},
    {"contention-threshold", 0, DURATION, offsetof(struct options, thresholds.contention_ns), 0,
	"a time such as 1s, 500ms or 2min"},
    {"go", 0, TEXT, offsetof(struct options, go), 0, "the path of a go command"},
    {"timeout", 0, DURATION, offsetof(struct options, timeout_ns), 0,
	"a time such as 60s, 500ms or 2min"},
    {"memory", 0, BYTES, offsetof(struct options, memory_bytes), 0,
	"a size such as 400MB or 1GB"},
    {"max-entries", 0, COUNT, offsetof(struct options, limits.entries), MOST_ENTRIES,
	"a number from 1 to 10000000"},
    {"max-file", 0, BYTES, offsetof(struct options, limits.file_bytes), 0,
	"a size such as 64MB"},
    {"max-flare", 0, BYTES, offsetof(struct options, limits.total_bytes), 0,
	"a size such as 512MB"},
    {"max-ratio", 0, COUNT, offsetof(struct options, limits.ratio), MOST_RATIO,
	"a number from 1 to 1000000"},
    {"templates", 0, TEXT, offsetof(struct options, templates), 0, "a directory"},
    {"components", 0, TEXT, offsetof(struct options, components), 0, "a path"},
    {"customer", 0, TEXT, offsetof(struct options, customer), 0, "a name"},
    {"ticket", 0, TEXT, offsetof(struct options, ticket), 0, "an id"},
    {"exit-code", 0, SWITCH, offsetof(struct options, exit_code), 0, NULL},
    {"color", 0, COLOUR, offsetof(struct options, colour), 0, "always, never or auto"},
    {"quiet", 'q', SWITCH, offsetof(struct options, quiet), 0, NULL},
    {"verbose", 'v', SWITCH, offsetof(struct options, verbose), 0, NULL},
    {"help", 'h', MODE, offsetof(struct options, mode), OPTIONS_HELP, NULL},
    {"version", 'V', MODE, offsetof(struct options, mode), OPTIONS_VERSION, NULL},
};

static const char *const colours[] = {"always", "never", "auto"};

enum { OPTION_ROOM = 64 };
enum { OPTIONS = sizeof(table) / sizeof(table[0]), UNKNOWN = '?', MISSING = ':', FIRST = 1000 };

static const char usage[] =
    "Usage: flareprof [options] FLARE...\n"
    "Judge the profiles of Datadog Agent flares and write a report for each.\n"
    "\n"
    "  FLARE                 a flare: its .zip, .tar, .tar.gz or .tar.zst; extracted,\n"
    "                        its hostname directory, one around it, or its profiles/.\n"
    "                        Of several each gets its report, and a table is printed,\n"
    "                        the worst first\n"
    "  -o, --output PATH     report file, - for standard output (default\n"
    "                        investigations/flare-profiling-{hostname}.md)\n"
    "      --json PATH       also write the report's model as JSON, - for standard\n"
    "                        output; of several flares one model a line\n"
    "      --html PATH       also write one self-contained HTML file, - for standard\n"
    "                        output; of several flares a directory, for one file each\n"
    "  -n, --top N           rows a table shows (10)\n"
    "  -j, --jobs N          pprof programs at a time (number of processors)\n"
    "      --leak-threshold SIZE        heap growth in 30 s (10MB)\n"
    "      --cpu-threshold PERCENT      one function's share of the CPU time (50%)\n"
    "      --contention-threshold TIME  cumulative delay in locks (1s)\n"
    "      --go PATH         the go command to use\n"
    "      --timeout TIME    for one pprof run (60s); ten times that for a flare\n"
    "      --memory SIZE     for all pprof programs at a time (400MB, 200MB for each\n"
    "                        job)\n"
    "      --max-file SIZE   one file of a flare, when unpacked (64MB)\n"
    "      --max-flare SIZE  all that is unpacked of an archive (512MB)\n"
    "      --max-entries N   entries of an archive (100000)\n"
    "      --max-ratio N     unpacked bytes to packed ones (200)\n"
    "      --templates DIR   use these templates (also FLAREPROF_TEMPLATES)\n"
    "      --components FILE  components and teams, instead of the templates'\n"
    "      --customer NAME   fill in the customer message and the escalation\n"
    "      --ticket ID       the same\n"
    "      --exit-code       exit with 4 when the verdict is not Normal\n"
    "      --color WHEN      colour the summary: always, never, auto\n"
    "  -q, --quiet           print nothing but errors\n"
    "  -v, --verbose         tell which Go and sandbox are used, and what runs took\n"
    "  -h, --help            print this\n"
    "  -V, --version         print the version\n"
    "\n"
    "Exit status: 0 a report was written, whatever the verdict; 1 no report could be\n"
    "written; 2 wrong usage; 3 no usable Go; 4 with --exit-code only, the verdict is\n"
    "not Normal.\n"
    "\n"
    "Example: flareprof datadog-agent-2026-02-14T04-00-12Z-info.zip --ticket 123456\n";

const char *
options_usage(void)
{
	return usage;
}

static const char *
environment(const char *name)
{
	const char *value = getenv(name);

	return value != NULL ? value : "";
}

/* As no-color.org has it: whatever NO_COLOR is, unless it is empty. */
static int
usual_colour(void)
{
	return isatty(STDOUT_FILENO) && environment("NO_COLOR")[0] == '\0' &&
	       strcmp(environment("TERM"), "dumb") != 0;
}

/* What is narrower cannot be read, and wide lines are not read either. A serial line does not know
 * its width; who sits there may say it. */
static size_t
usual_width(void)
{
	struct winsize size = {0};
	long width;

	if (!isatty(STDOUT_FILENO))
		return 0;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
		width = size.ws_col;
	else
		width = strtol(environment("COLUMNS"), NULL, 10);
	if (width <= 0)
		width = USUAL_WIDTH;
	return width < LEAST_WIDTH ? LEAST_WIDTH : width > MOST_WIDTH ? MOST_WIDTH : (size_t)width;
}

/* $SOURCE_DATE_EPOCH stands in for the present, for reports that are the same each time. */
static int
take_now(int64_t *now, struct error *err)
{
	const char *epoch = getenv("SOURCE_DATE_EPOCH");
	char *end;

	*now = (int64_t)time(NULL);
	if (epoch == NULL || epoch[0] == '\0')
		return 0;
	errno = 0;
	*now = strtoll(epoch, &end, 10);
	if (errno != 0 || *end != '\0' || *now < 0)
		return fail(
		    err, "wrong SOURCE_DATE_EPOCH '%s': it takes seconds since 1970", epoch);
	return 0;
}

/* Two large runs at a time fit into the least. */
static int64_t
usual_memory(size_t jobs)
{
	int64_t memory = (int64_t)jobs * MEMORY_PER_JOB;

	return memory > LEAST_MEMORY ? memory : LEAST_MEMORY;
}

static void
set_defaults(struct options *options)
{
	long processors = sysconf(_SC_NPROCESSORS_ONLN);

	*options = (struct options){
	    .top = 10,
	    .jobs = processors < 1 ? 1 : processors < MOST_JOBS ? (size_t)processors : MOST_JOBS,
	    .thresholds = {.leak_bytes = 10 * MEBIBYTE, .cpu_percent = 50, .contention_ns = SECOND},
	    .timeout_ns = 60 * SECOND,
	    .limits = {.entries = 100000, .file_bytes = 64 * MEBIBYTE,
		.total_bytes = 512 * MEBIBYTE, .ratio = 200},
	    .colour = usual_colour(),
	    .width = usual_width(),
	};
}

static int
parse_count(const char *text, size_t most, size_t *count)
{
	char *end;
	unsigned long value;

	if (text[0] < '0' || text[0] > '9')
		return -1;
	errno = 0;
	value = strtoul(text, &end, 10);
	if (errno != 0 || *end != '\0' || value < 1 || value > most)
		return -1;
	*count = value;
	return 0;
}

static int
parse_colour(const char *text, int *colour)
{
	if (strcmp(text, "auto") == 0) {
		*colour = usual_colour();
		return 0;
	}
	*colour = strcmp(text, "always") == 0;
	return *colour || strcmp(text, "never") == 0 ? 0 : -1;
}

/* Sets the option's field from its argument: 0, or -1 when it is not allowed. */
static int
set_field(struct options *options, int which, const char *argument)
{
	void *field = (char *)options + table[which].offset;

	switch (table[which].kind) {
	case TEXT:
		*(const char **)field = argument;
		return argument[0] != '\0' ? 0 : -1;
	case COUNT:
		return parse_count(argument, table[which].most, field);
	case BYTES:
		return units_parse_bytes(argument, field);
	case DURATION:
		return units_parse_duration(argument, field);
	case PERCENT:
		return units_parse_percent(argument, field);
	case COLOUR:
		return parse_colour(argument, field);
	case MODE:
		*(enum options_mode *)field = (enum options_mode)table[which].most;
		return 0;
	case SWITCH:
	default:
		*(int *)field = 1;
		return 0;
	}
}

static int
which_option(int found)
{
	if (found >= FIRST)
		return found - FIRST;
	for (int i = 0; i < OPTIONS; i++) {
		if (table[i].letter == found)
			return i;
	}
	return -1;
}

/* getopt's two tables, made of ours. */
static void
fill_getopt(struct option *longs, char *letters)
{
	*letters++ = ':';
	for (int i = 0; i < OPTIONS; i++) {
		int takes = table[i].allowed != NULL;

		longs[i] = (struct option){
		    table[i].name, takes ? required_argument : no_argument, NULL, FIRST + i};
		if (table[i].letter == 0)
			continue;
		*letters++ = (char)table[i].letter;
		if (takes)
			*letters++ = ':';
	}
	*letters = '\0';
	longs[OPTIONS] = (struct option){0};
}

/* "--co" of several: which they are. */
static int
fail_ambiguous(const char *word, size_t len, struct error *err)
{
	struct buf names = {0};
	int status;

	for (int i = 0; i < OPTIONS; i++) {
		if (strncmp(table[i].name, word, len) != 0)
			continue;
		buf_puts(&names, names.len > 0 ? ", --" : "--");
		buf_puts(&names, table[i].name);
	}
	status = fail(err, "option '--%.*s' could be any of %s", (int)len, word, buf_text(&names));
	buf_release(&names);
	return status;
}

/* A long option that getopt does not know, with the dashes it was given. */
static int
fail_unknown(const char *word, struct error *err)
{
	const char *names[OPTIONS], *nearest, *plain = word + strspn(word, "-");
	size_t len = strcspn(plain, "="), same = 0;
	char name[OPTION_ROOM];

	snprintf(name, sizeof(name), "%.*s", (int)len, plain);
	for (int i = 0; i < OPTIONS; i++) {
		names[i] = table[i].name;
		same += strncmp(names[i], name, strlen(name)) == 0;
	}
	if (same > 1 && len > 0)
		return fail_ambiguous(plain, len, err);
	nearest = suggest_nearest(name, names, OPTIONS);
	if (nearest != NULL)
		return fail(err, "unknown option '%s': did you mean '--%s'?", word, nearest);
	return fail(err, "unknown option '%s': see flareprof --help", word);
}

static int
fail_value(int which, const char *value, struct error *err)
{
	const char *nearest = table[which].kind == COLOUR
				  ? suggest_nearest(value, colours, sizeof(colours) / sizeof(colours[0]))
				  : NULL;

	if (nearest != NULL)
		return fail(err, "wrong value '%s' for --%s: it takes %s: did you mean '%s'?",
		    value, table[which].name, table[which].allowed, nearest);
	return fail(err, "wrong value '%s' for --%s: it takes %s", value, table[which].name,
	    table[which].allowed);
}

static int
take_option(struct options *options, int found, char **argv, struct error *err)
{
	int which = found == UNKNOWN ? -1 : which_option(found == MISSING ? optopt : found);

	if (found == UNKNOWN && optopt >= FIRST)
		return fail(err, "option '--%s' takes no value", table[optopt - FIRST].name);
	if (which < 0 && optopt > 0)
		return fail(err, "unknown option '-%c': see flareprof --help", optopt);
	if (which < 0)
		return fail_unknown(argv[optind - 1], err);
	if (found == MISSING)
		return fail(err, "option '--%s' needs %s", table[which].name, table[which].allowed);
	return set_field(options, which, optarg) < 0 ? fail_value(which, optarg, err) : 0;
}

/* What other programs would take for a long option, getopt takes for letters: -output would write to
 * "utput". -help does what is meant. */
static int
check_dashes(int argc, char **argv, struct error *err)
{
	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
		if (argv[i][0] != '-' || argv[i][1] == '-')
			continue;
		for (int k = 0; k < OPTIONS; k++) {
			if (strcmp(argv[i] + 1, table[k].name) == 0 && table[k].letter != 'h')
				return fail_unknown(argv[i], err);
		}
	}
	return 0;
}

/* No two outputs go to one place. */
static int
check_outputs(const struct options *options, struct error *err)
{
	const struct {
		const char *name, *path;
	} outputs[] = {{"--output", options->output}, {"--json", options->json},
	    {"--html", options->html}};

	for (size_t i = 0; i < 3; i++) {
		for (size_t k = i + 1; k < 3; k++) {
			const char *path = outputs[i].path, *other = outputs[k].path;

			if (path == NULL || other == NULL || strcmp(path, other) != 0)
				continue;
			if (strcmp(path, "-") == 0)
				return fail(err, "%s and %s cannot both go to standard output",
				    outputs[i].name, outputs[k].name);
			return fail(err, "%s and %s name the same file '%s'", outputs[i].name,
			    outputs[k].name, path);
		}
	}
	return 0;
}

/* What cannot be seen in one option alone. */
static int
check(struct options *options, int argc, char **argv, struct error *err)
{
	if (optind >= argc)
		return fail(err, "no flare given: see flareprof --help");
	options->flares = (const char *const *)(argv + optind);
	options->flare_count = (size_t)(argc - optind);
	for (size_t i = 0; i < options->flare_count; i++) {
		if (options->flares[i][0] == '\0')
			return fail(err, "the flare's path is empty: see flareprof --help");
	}
	if (options->flare_count > 1 && options->output != NULL)
		return fail(err,
		    "--output takes one flare: each of several has a report of its own in "
		    "investigations/");
	if (options->flare_count > 1 && options->html != NULL && strcmp(options->html, "-") == 0)
		return fail(err,
		    "--html takes a directory when there are several flares: each has a file of "
		    "its own there");
	return check_outputs(options, err);
}

int
options_parse(struct options *options, int argc, char **argv, struct error *err)
{
	struct option longs[OPTIONS + 1];
	char letters[2 * OPTIONS + 2];
	int found, status;

	set_defaults(options);
	status = take_now(&options->now, err);
	if (status == 0)
		status = check_dashes(argc, argv, err);
	fill_getopt(longs, letters);
	opterr = 0;
	while (status == 0 && options->mode == OPTIONS_RUN &&
	       (found = getopt_long(argc, argv, letters, longs, NULL)) != -1)
		status = take_option(options, found, argv, err);
	if (status == 0 && options->mode == OPTIONS_RUN)
		status = check(options, argc, argv, err);
	if (options->memory_bytes == 0)
		options->memory_bytes = usual_memory(options->jobs);
	if (status < 0)
		err->exit_code = ERROR_EXIT_USAGE;
	return status;
}
