#include "status.h"

#include "gap.h"
#include "pattern.h"
#include "pool.h"

#include <stdlib.h>
#include <string.h>

#define LENGTH(table) (sizeof(table) / sizeof((table)[0]))
#define MEMBER(name) offsetof(struct status, name)

enum { QUOTED = 80 }; /* bytes of a text that is no status that its gap shows */

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
	LINE_RENDER_ERROR,
	LINE_SETTING,
	LINE_TITLE,
	LINE_RUNNING,
	LINE_NAME,
	LINE_AFTER_INSTANCE,
	LINE_POINT,
	VALUE_NUMBER,
	VALUE_DURATION,
	PATTERNS,
};

/* Lines come without colours and without blanks at their end. */
static const char *const expressions[PATTERNS] = {
    [LINE_RULE] = "^=+$",
    [LINE_UNDERLINE] = "^ {2}=+$",
    [LINE_DASHES] = "^ {4}-+$",
    [LINE_INSTANCE] = "^ {6}Instance ID: .*\\[(?<state>[^][]*)\\]$",
    [LINE_LONG_RUNNING] = "^ {6}Long Running Check: true$",
    [LINE_RUNS] = "^ {6}Total Runs: (?<runs>.*)$",
    [LINE_AVERAGE] = "^ {6}Average Execution Time ?: (?<average>.+)$",
    [LINE_MESSAGE] = "^ {6}(?:(?<error>Error)|Warning):(?: (?<text>.*))?$",
    [LINE_NO_CHECKS] = "^ {4}No checks have run yet$",
    [LINE_RENDER_ERROR] = "^ {2}- (?<error>.*)$",
    [LINE_SETTING] = "^ {2}(?<key>[^ :][^:]*): (?<value>.*)$",
    [LINE_TITLE] = "^(?<title>.+?) \\(v(?<version>.*)\\)$",
    [LINE_RUNNING] = "^ {2}Running Checks$",
    [LINE_NAME] = "^ {4}(?<name>\\S.*?)(?: \\((?<version>[^()]+)\\))?$",
    [LINE_AFTER_INSTANCE] = "^ {6}(?:Long Running Check|Configuration Source|Total Runs):",
    [LINE_POINT] = "^\\s+\\* (?<point>.*)$",
    /* A number, or a date: only the epoch number at its end is without a time zone. */
    [VALUE_NUMBER] = "(?|^(?<number>[0-9][0-9,.e+]{0,30})$|\\((?<number>[0-9]{1,31})\\)$)",
    [VALUE_DURATION] = "^(?:(?<hours>[0-9]{1,9})h)?(?:(?<minutes>[0-9]{1,9})m)?"
		       "(?:(?<seconds>[0-9.]{1,20})s|(?<ms>[0-9.]{1,20})ms|[0-9.]+\\D{1,2}s)?$",
};

enum kind { KIND_TEXT, KIND_NUMBER };

/* Of the rows for one member the first one that has a value counts: Metadata is the fall-back
 * for the header. A member without a value is a gap where there is a `why`. */
static const struct {
	const char *block;
	const char *key;
	enum kind kind;
	size_t member;
	const char *why;
} settings[] = {
    {"header", "Status date", KIND_NUMBER, MEMBER(status_date_ms),
	"no status date: the uptime is unknown"},
    {"header", "Agent start", KIND_NUMBER, MEMBER(agent_start_ms), NULL},
    {"header", "Pid", KIND_NUMBER, MEMBER(pid), NULL},
    {"header", "Go Version", KIND_TEXT, MEMBER(go_version), NULL},
    {"header", "Python Version", KIND_TEXT, MEMBER(python_version), NULL},
    {"header", "Agent flavor", KIND_TEXT, MEMBER(flavor), NULL},
    {"Hostname", "hostname", KIND_TEXT, MEMBER(hostname), "no hostname"},
    {"Metadata", "agent_version", KIND_TEXT, MEMBER(version), "no version"},
    {"Metadata", "agent_startup_time_ms", KIND_NUMBER, MEMBER(agent_start_ms),
	"no start of the Agent: the uptime is unknown"},
    {"Metadata", "flavor", KIND_TEXT, MEMBER(flavor), NULL},
    {"Metadata", "install_method_tool", KIND_TEXT, MEMBER(install_tool), NULL},
    {"Metadata", "install_method_tool_version", KIND_TEXT, MEMBER(install_tool_version), NULL},
    {"Metadata", "install_method_installer_version", KIND_TEXT, MEMBER(installer_version),
	NULL},
};

enum message { MESSAGE_NONE, MESSAGE_WARNING, MESSAGE_ERROR };

struct reader {
	struct status *status;
	struct pool *pool;
	struct gaps *gaps;
	const char *file;
	struct pattern *patterns[PATTERNS];
	struct span *lines; /* those that are not blank */
	size_t count;
	size_t at;	      /* the line that is read */
	struct span block;    /* its title; "header" in the first one */
	struct check *check;  /* whose instance's fields may follow, or NULL */
	enum message state;   /* of this instance */
	enum message message; /* what the message of the last check is */
	int in_message;	      /* free text that can look like anything may follow */
};

static int
line_is(struct reader *reader, enum line kind, size_t at)
{
	return at < reader->count && pattern_matches(reader->patterns[kind], reader->lines[at]);
}

static struct span
field(const struct reader *reader, enum line kind, const char *name)
{
	return pattern_field(reader->patterns[kind], name);
}

static char *
clean_field(const struct reader *reader, enum line kind, const char *name)
{
	return text_clean(reader->pool, field(reader, kind, name));
}

static int
is_text(struct span text, const char *other)
{
	return text.len == strlen(other) && memcmp(text.at, other, text.len) == 0;
}

/* -1 for what is no number, or too large for one of ours. */
static int64_t
read_number(struct reader *reader, struct span text)
{
	char digits[32] = "";
	struct span number;
	double value;
	size_t len = 0;

	if (!pattern_matches(reader->patterns[VALUE_NUMBER], text))
		return -1;
	number = field(reader, VALUE_NUMBER, "number");
	for (size_t i = 0; i < number.len; i++) {
		if (number.at[i] != ',')
			digits[len++] = number.at[i];
	}
	value = strtod(digits, NULL);
	return value < 9e15 ? (int64_t)value : -1;
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
		if (field(reader, VALUE_DURATION, parts[i].name).at != NULL)
			total_ms +=
			    parts[i].ms *
			    strtod(clean_field(reader, VALUE_DURATION, parts[i].name), NULL);
	}
	return total_ms < 1e12 ? (int64_t)(total_ms + 0.5) : -1;
}

static void
set_text(struct reader *reader, const char **member, struct span value)
{
	/* The Agent's own words for nothing are nothing too. */
	if (*member == NULL && value.len != 0 && !is_text(value, "n/a") &&
	    !is_text(value, "undefined"))
		*member = text_clean(reader->pool, value);
}

static void
read_setting(struct reader *reader)
{
	struct span key = field(reader, LINE_SETTING, "key");
	struct span value = field(reader, LINE_SETTING, "value");

	for (size_t i = 0; i < LENGTH(settings); i++) {
		void *member = (char *)reader->status + settings[i].member;
		int64_t *number = member;

		if (!is_text(reader->block, settings[i].block) ||
		    !is_text(key, settings[i].key))
			continue;
		if (settings[i].kind == KIND_TEXT)
			set_text(reader, member, value);
		else if (*number < 0)
			*number = read_number(reader, value);
	}
}

static void
read_title(struct reader *reader)
{
	struct status *status = reader->status;
	struct span *line = &reader->lines[reader->at];

	if (reader->at + 2 >= reader->count || line[0].len != line[2].len ||
	    !line_is(reader, LINE_RULE, reader->at + 2) || line[1].at[0] == ' ' ||
	    line_is(reader, LINE_RULE, reader->at + 1))
		return;
	reader->at += 2;
	reader->check = NULL;
	reader->block = line[1];
	if (status->title == NULL && line_is(reader, LINE_TITLE, reader->at - 1)) {
		reader->block = (struct span){"header", strlen("header")};
		status->title = clean_field(reader, LINE_TITLE, "title");
		set_text(reader, &status->version, field(reader, LINE_TITLE, "version"));
	}
}

static void
read_underline(struct reader *reader)
{
	reader->check = NULL;
	if (reader->at > 0 && line_is(reader, LINE_RUNNING, reader->at - 1))
		reader->status->collector_found = 1;
}

static void
read_no_checks(struct reader *reader)
{
	if (reader->status->collector_found && reader->status->check_count == 0)
		reader->status->no_checks = 1;
}

/* Dashes make the line above them a check when an instance follows: the lists of errors and
 * tracebacks have such lines too. */
static void
read_check(struct reader *reader)
{
	struct status *status = reader->status;
	struct check *check;

	if (!status->collector_found || reader->at == 0 ||
	    !line_is(reader, LINE_INSTANCE, reader->at + 1) ||
	    !line_is(reader, LINE_NAME, reader->at - 1))
		return;
	status->checks = pool_grow(
	    reader->pool, status->checks, status->check_count, sizeof(*status->checks));
	check = &status->checks[status->check_count++];
	check->name = clean_field(reader, LINE_NAME, "name");
	set_text(reader, &check->version, field(reader, LINE_NAME, "version"));
	reader->message = MESSAGE_NONE;
	reader->in_message = 0;
}

static void
read_instance(struct reader *reader)
{
	struct status *status = reader->status;
	struct span state = field(reader, LINE_INSTANCE, "state");

	/* A traceback may quote such a line; a real one has its fields below it. */
	if (status->check_count == 0 ||
	    (reader->in_message && reader->at + 2 < reader->count &&
		!line_is(reader, LINE_AFTER_INSTANCE, reader->at + 1)))
		return;
	reader->check = &status->checks[status->check_count - 1];
	reader->state = is_text(state, "ERROR")	    ? MESSAGE_ERROR
			: is_text(state, "WARNING") ? MESSAGE_WARNING
						    : MESSAGE_NONE;
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
	int64_t runs = read_number(reader, field(reader, LINE_RUNS, "runs"));

	if (reader->check != NULL && runs > 0 && runs <= INT64_MAX - reader->check->total_runs)
		reader->check->total_runs += runs;
}

/* average_ms is the sum of the averages until finish_checks. */
static void
read_average(struct reader *reader)
{
	int64_t average_ms = read_duration(reader, field(reader, LINE_AVERAGE, "average"));
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
	enum message message =
	    field(reader, LINE_MESSAGE, "error").at != NULL ? MESSAGE_ERROR : MESSAGE_WARNING;

	if (check == NULL || message != reader->state)
		return;
	/* The Agent's own fields end here: up to the next instance all is free text. */
	reader->check = NULL;
	reader->in_message = 1;
	if (reader->message >= message)
		return;
	reader->message = message;
	check->message = clean_field(reader, LINE_MESSAGE, "text");
	/* Several Go errors in one: this line only counts them, the points below tell. */
	if (line_is(reader, LINE_POINT, reader->at + 1))
		check->message = pool_printf(reader->pool, "%s %s", check->message,
		    clean_field(reader, LINE_POINT, "point"));
}

static void
read_render_error(struct reader *reader)
{
	if (!is_text(reader->block, "Status render errors"))
		return;
	gap_add(reader->gaps, reader->pool, reader->file,
	    "the Agent could not make all of it: %s",
	    clean_field(reader, LINE_RENDER_ERROR, "error"));
	reader->block.len = 0; /* one tells enough, and there may be very many */
}

static void
read_lines(struct reader *reader)
{
	static const struct {
		enum line kind;
		void (*read)(struct reader *reader);
	} readers[] = {
	    {LINE_RULE, read_title},
	    {LINE_UNDERLINE, read_underline},
	    {LINE_DASHES, read_check},
	    {LINE_INSTANCE, read_instance},
	    {LINE_LONG_RUNNING, read_long_running},
	    {LINE_RUNS, read_runs},
	    {LINE_AVERAGE, read_average},
	    {LINE_MESSAGE, read_message},
	    {LINE_NO_CHECKS, read_no_checks},
	    {LINE_RENDER_ERROR, read_render_error},
	    {LINE_SETTING, read_setting},
	};

	patterns_open(reader->patterns, expressions, PATTERNS);
	for (reader->at = 0; reader->at < reader->count; reader->at++) {
		for (size_t i = 0; i < LENGTH(readers); i++) {
			if (line_is(reader, readers[i].kind, reader->at)) {
				readers[i].read(reader);
				break;
			}
		}
	}
	patterns_close(reader->patterns, PATTERNS);
}

/* Keeps the lines that hold something: how many blank ones stand between them means nothing. */
static void
split_lines(struct reader *reader, struct span text)
{
	struct span line;

	while (text_line(&text, &line)) {
		if (line.len != 0 && memchr(line.at, '\x1b', line.len) != NULL) {
			line.at = text_clean(reader->pool, line);
			line.len = strlen(line.at);
		}
		while (line.len > 0 &&
		       (line.at[line.len - 1] == ' ' || line.at[line.len - 1] == '\t'))
			line.len--;
		if (line.len == 0)
			continue;
		reader->lines = pool_grow(
		    reader->pool, reader->lines, reader->count, sizeof(*reader->lines));
		reader->lines[reader->count++] = line;
	}
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
finish_checks(struct status *status)
{
	for (size_t i = 0; i < status->check_count; i++) {
		if (status->checks[i].timed > 0)
			status->checks[i].average_ms /= status->checks[i].timed;
	}
	if (status->check_count > 1)
		qsort(status->checks, status->check_count, sizeof(*status->checks),
		    compare_checks);
}

static void
add_gaps(struct reader *reader)
{
	const struct status *status = reader->status;
	struct pool *pool = reader->pool;

	if (!status->found) {
		gap_add(reader->gaps, pool, reader->file,
		    reader->count == 0 ? "is empty" : "holds no Agent status but: %.*s", QUOTED,
		    reader->count == 0 ? "" : text_clean(pool, reader->lines[0]));
		return;
	}
	for (size_t i = 0; i < LENGTH(settings); i++) {
		const void *member = (const char *)status + settings[i].member;
		const char *const *text = member;
		const int64_t *number = member;

		if (settings[i].why != NULL &&
		    (settings[i].kind == KIND_TEXT ? *text == NULL : *number < 0))
			gap_add(reader->gaps, pool, reader->file, "%s", settings[i].why);
	}
	if (is_text(reader->block, "Collector"))
		gap_add(reader->gaps, pool, reader->file,
		    "ends within its Collector section: it may have been cut");
	if (!status->collector_found || (status->check_count == 0 && !status->no_checks))
		gap_add(reader->gaps, pool,
		    pool_printf(pool, "%s: Running Checks", reader->file), "%s",
		    status->collector_found ? "no check is listed" : "no such block");
}

void
status_parse(struct status *status, struct pool *pool, const char *file, struct span text,
    struct gaps *gaps)
{
	struct reader reader = {.status = status, .pool = pool, .gaps = gaps, .file = file};

	*status = (struct status){.pid = -1, .status_date_ms = -1, .agent_start_ms = -1};
	split_lines(&reader, text);
	read_lines(&reader);
	status->found = status->title != NULL || status->collector_found;
	finish_checks(status);
	add_gaps(&reader);
}
