#include "checks.h"

#include "lines.h"
#include "pattern.h"
#include "pool.h"

#include <stdlib.h>
#include <string.h>

#define LENGTH(table) (sizeof(table) / sizeof((table)[0]))

enum line {
	LINE_RULE,
	LINE_UNDERLINE,
	LINE_DASHES,
	LINE_INSTANCE,
	LINE_LONG_RUNNING,
	LINE_RUNS,
	LINE_AVERAGE,
	LINE_MESSAGE,
	LINE_NO_CHECKS,
	LINE_RUNNING,
	LINE_NAME,
	LINE_AFTER_INSTANCE,
	LINE_POINT,
	VALUE_DURATION,
	PATTERNS,
};

static const char *const expressions[PATTERNS] = {
    [LINE_RULE] = "^=+$",
    [LINE_UNDERLINE] = "^ {2}=+$",
    [LINE_DASHES] = "^ {4}-+$",
    [LINE_INSTANCE] = "^ {6}Instance ID: .*\\[(?<state>[^][]*)\\]$",
    [LINE_LONG_RUNNING] = "^ {6}Long Running Check: true$",
    [LINE_RUNS] = "^ {6}Total Runs: (?<runs>[0-9][0-9,]{0,23})$",
    [LINE_AVERAGE] = "^ {6}Average Execution Time ?: (?<average>.+)$",
    [LINE_MESSAGE] = "^ {6}(?:(?<error>Error)|Warning):(?: (?<text>.*))?$",
    [LINE_NO_CHECKS] = "^ {4}No checks have run yet$",
    [LINE_RUNNING] = "^ {2}Running Checks$",
    [LINE_NAME] = "^ {4}(?<name>\\S.*?)(?: \\((?<version>[^()]+)\\))?$",
    [LINE_AFTER_INSTANCE] = "^ {6}(?:Long Running Check|Configuration Source|Total Runs):",
    [LINE_POINT] = "^\\s+\\* (?<point>.*)$",
    [VALUE_DURATION] = "^(?:(?<hours>[0-9]{1,9})h)?(?:(?<minutes>[0-9]{1,9})m)?"
		       "(?:(?<seconds>[0-9.]{1,20})s|(?<ms>[0-9.]{1,20})ms|[0-9.]+\\D{1,2}s)?$",
};

enum message { MESSAGE_NONE, MESSAGE_WARNING, MESSAGE_ERROR };

struct reader {
	struct checks *checks;
	struct pattern *patterns[PATTERNS];
	struct lines lines;
	size_t at;	      /* the line that is read */
	struct check *check;  /* whose instance's fields may follow, or NULL */
	enum message state;   /* of this instance */
	enum message message; /* what the message of the last check is */
	int in_message;	      /* free text that can look like anything may follow */
};

/* "17,281" -> 17281; at most 18 digits count. */
static int64_t
read_count(struct span text)
{
	int64_t count = 0;

	for (size_t i = 0, digits = 0; i < text.len && digits < 18; i++) {
		if (text.at[i] == ',')
			continue;
		count = count * 10 + (text.at[i] - '0');
		digits++;
	}
	return count;
}

/* A Go duration, such as 1m5.25s, in milliseconds; -1 for anything else. */
static int64_t
read_duration(struct reader *reader, struct span text)
{
	static const struct {
		const char *name;
		double ms;
	} parts[] = {{"hours", 3.6e6}, {"minutes", 6e4}, {"seconds", 1e3}, {"ms", 1}};
	double total_ms = 0;

	if (!pattern_matches(reader->patterns[VALUE_DURATION], text))
		return -1;
	for (size_t i = 0; i < LENGTH(parts); i++) {
		if (lines_field(&reader->lines, VALUE_DURATION, parts[i].name).at != NULL)
			total_ms += parts[i].ms * strtod(lines_clean_field(&reader->lines,
							     VALUE_DURATION, parts[i].name),
						      NULL);
	}
	return total_ms < 1e12 ? (int64_t)(total_ms + 0.5) : -1;
}

static void
read_rule(struct reader *reader)
{
	reader->check = NULL;
}

static void
read_underline(struct reader *reader)
{
	reader->check = NULL;
	if (reader->at > 0 && lines_match(&reader->lines, LINE_RUNNING, reader->at - 1))
		reader->checks->found = 1;
}

static void
read_no_checks(struct reader *reader)
{
	if (reader->checks->found && reader->checks->count == 0)
		reader->checks->none_yet = 1;
}

/* Dashes make the line above them a check when an instance follows: the lists of errors and
 * tracebacks have such lines too. */
static void
read_check(struct reader *reader)
{
	struct checks *checks = reader->checks;
	struct check *check;

	if (!checks->found || reader->at == 0 ||
	    !lines_match(&reader->lines, LINE_INSTANCE, reader->at + 1) ||
	    !lines_match(&reader->lines, LINE_NAME, reader->at - 1))
		return;
	checks->items =
	    pool_grow(reader->lines.pool, checks->items, checks->count, sizeof(*checks->items));
	check = &checks->items[checks->count++];
	check->name = lines_clean_field(&reader->lines, LINE_NAME, "name");
	if (lines_field(&reader->lines, LINE_NAME, "version").at != NULL)
		check->version = lines_clean_field(&reader->lines, LINE_NAME, "version");
	reader->message = MESSAGE_NONE;
	reader->in_message = 0;
}

static void
read_instance(struct reader *reader)
{
	struct checks *checks = reader->checks;
	struct span state = lines_field(&reader->lines, LINE_INSTANCE, "state");

	/* A traceback may quote such a line; a real one has its fields below it. */
	if (checks->count == 0 ||
	    (reader->in_message && reader->at + 2 < reader->lines.count &&
		!lines_match(&reader->lines, LINE_AFTER_INSTANCE, reader->at + 1)))
		return;
	reader->check = &checks->items[checks->count - 1];
	reader->state = text_is(state, "ERROR") ? MESSAGE_ERROR
			: text_is(state, "OK")	? MESSAGE_NONE
						: MESSAGE_WARNING;
	reader->check->instances++;
	reader->check->errors += reader->state == MESSAGE_ERROR;
	reader->check->warnings += reader->state == MESSAGE_WARNING;
	reader->in_message = 0;
}

static void
read_long_running(struct reader *reader)
{
	if (reader->check != NULL)
		reader->check->long_running++;
}

static void
read_runs(struct reader *reader)
{
	int64_t runs = read_count(lines_field(&reader->lines, LINE_RUNS, "runs"));

	if (reader->check != NULL && runs > 0 && runs <= INT64_MAX - reader->check->total_runs)
		reader->check->total_runs += runs;
}

/* average_ms is the sum of the averages until finish. */
static void
read_average(struct reader *reader)
{
	int64_t average_ms =
	    read_duration(reader, lines_field(&reader->lines, LINE_AVERAGE, "average"));
	struct check *check = reader->check;

	if (check == NULL || average_ms < 0 || average_ms > INT64_MAX - check->average_ms)
		return;
	check->timed++;
	check->average_ms += average_ms;
	if (average_ms > check->slowest_ms)
		check->slowest_ms = average_ms;
}

static void
read_message(struct reader *reader)
{
	struct check *check = reader->check;
	enum message message = lines_field(&reader->lines, LINE_MESSAGE, "error").at != NULL
				   ? MESSAGE_ERROR
				   : MESSAGE_WARNING;

	if (check == NULL || message != reader->state)
		return;
	/* The Agent's own fields end here: up to the next instance all is free text. */
	reader->check = NULL;
	reader->in_message = 1;
	if (reader->message >= message)
		return;
	reader->message = message;
	check->message = lines_clean_field(&reader->lines, LINE_MESSAGE, "text");
	/* Several Go errors in one: this line only counts them, the points below tell. */
	if (lines_match(&reader->lines, LINE_POINT, reader->at + 1))
		check->message = pool_printf(reader->lines.pool, "%s %s", check->message,
		    lines_clean_field(&reader->lines, LINE_POINT, "point"));
}

static int
compare_checks(const void *left, const void *right)
{
	const struct check *a = left, *b = right;

	if ((a->errors > 0) != (b->errors > 0))
		return a->errors > 0 ? -1 : 1;
	if ((a->warnings > 0) != (b->warnings > 0))
		return a->warnings > 0 ? -1 : 1;
	return strcmp(a->name, b->name);
}

static void
finish(struct checks *checks)
{
	for (size_t i = 0; i < checks->count; i++) {
		if (checks->items[i].timed > 0)
			checks->items[i].average_ms /= checks->items[i].timed;
	}
	if (checks->count > 1)
		qsort(checks->items, checks->count, sizeof(*checks->items), compare_checks);
	if (checks->count > CHECKS_MOST) {
		checks->left_out = checks->count - CHECKS_MOST;
		checks->count = CHECKS_MOST;
	}
}

void
checks_parse(struct checks *checks, const struct lines *lines)
{
	static const struct {
		enum line kind;
		void (*read)(struct reader *reader);
	} readers[] = {
	    {LINE_RULE, read_rule},
	    {LINE_UNDERLINE, read_underline},
	    {LINE_DASHES, read_check},
	    {LINE_INSTANCE, read_instance},
	    {LINE_LONG_RUNNING, read_long_running},
	    {LINE_RUNS, read_runs},
	    {LINE_AVERAGE, read_average},
	    {LINE_MESSAGE, read_message},
	    {LINE_NO_CHECKS, read_no_checks},
	};
	struct reader reader = {.checks = checks, .lines = *lines};

	reader.lines.patterns = reader.patterns;
	patterns_open(reader.patterns, expressions, PATTERNS);
	for (; reader.at < lines->count; reader.at++) {
		for (size_t i = 0; i < LENGTH(readers); i++) {
			if (lines_match(&reader.lines, readers[i].kind, reader.at)) {
				readers[i].read(&reader);
				break;
			}
		}
	}
	patterns_close(reader.patterns, PATTERNS);
	finish(checks);
}
