#include "sections.h"

#include "lines.h"
#include "pattern.h"
#include "pool.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define LENGTH(table) (sizeof(table) / sizeof((table)[0]))
#define MEMBER(name) offsetof(struct sections, name)

#define LARGEST 9e15 /* number that a double holds exactly */

enum { QUOTED = 160 }; /* bytes of an error */

enum line {
	LINE_RULE,
	LINE_UNDERLINE,
	LINE_AGENT,
	LINE_VALUE,
	VALUE_NUMBER,
	VALUE_DURATION,
	PATTERNS,
};

static const char *const expressions[PATTERNS] = {
    [LINE_RULE] = "^=+$",
    [LINE_UNDERLINE] = "^ {2}=+$",
    [LINE_AGENT] = "^.+? \\(v.*\\)$",
    [LINE_VALUE] = "^(?<indent> {2}| {4})(?<key>[^ :][^:]*?) ?: (?<value>.*)$",
    [VALUE_NUMBER] = "^(?<number>[0-9][0-9,]{0,30}(?:\\.[0-9]{1,30})?(?:e\\+?[0-9]{1,3})?)"
		     "(?:%| seconds| bytes)?$",
    /* Go's: 72h0m1.5s. What is less than a second is none. */
    [VALUE_DURATION] = "^(?=.)(?:(?<hours>[0-9]{1,9})h)?(?:(?<minutes>[0-9]{1,9})m(?!s))?"
		       "(?:(?<seconds>[0-9]{1,9})(?:\\.[0-9]{1,30})?s|[0-9.]{1,30}(?:[mnu]|\xc2\xb5)s)?$",
};

enum kind {
	KIND_TEXT,
	KIND_ERROR,
	KIND_COUNT,    /* with commas, behind it perhaps what is counted */
	KIND_PERCENT,  /* a share of 0..1 */
	KIND_DURATION, /* of Go, in seconds */
	KIND_RUNNING,  /* "Running", or a word for the opposite */
};

/* Where each stands: the block, what is underlined in it ("" before anything is), and the blanks
 * before the key. Of the rows for one member, and of their lines, the first with a value counts. */
static const struct {
	const char *block;
	const char *part;
	size_t indent;
	const char *key;
	enum kind kind;
	size_t member;
} settings[] = {
    {"header", "", 2, "Log Level", KIND_TEXT, MEMBER(log_level)},
    {"APM Agent", "", 2, "Status", KIND_RUNNING, MEMBER(trace.running)},
    {"APM Agent", "", 2, "Pid", KIND_COUNT, MEMBER(trace.pid)},
    {"APM Agent", "", 2, "Uptime", KIND_COUNT, MEMBER(trace.uptime_seconds)},
    {"APM Agent", "", 2, "Mem alloc", KIND_COUNT, MEMBER(trace.alloc_bytes)},
    {"APM Agent", "", 2, "Error", KIND_ERROR, MEMBER(trace.why)},
    {"Process Agent", "", 2, "Status", KIND_RUNNING, MEMBER(process.running)},
    {"Process Agent", "", 2, "Pid", KIND_COUNT, MEMBER(process.pid)},
    {"Process Agent", "", 2, "Allocated Memory", KIND_COUNT, MEMBER(process.alloc_bytes)},
    {"System Probe", "", 2, "Status", KIND_RUNNING, MEMBER(system_probe.running)},
    {"System Probe", "", 2, "Uptime", KIND_DURATION, MEMBER(system_probe.uptime_seconds)},
    {"System Probe", "", 2, "Error", KIND_ERROR, MEMBER(system_probe.why)},
    {"Collector", "Check Worker Utilization", 4, "Total Workers", KIND_COUNT, MEMBER(workers)},
    {"Collector", "Check Worker Utilization", 4, "Average Utilization", KIND_PERCENT,
	MEMBER(mean_utilization)},
    {"Forwarder", "Transactions", 4, "Dropped", KIND_COUNT, MEMBER(forwarder.dropped)},
    {"Forwarder", "Transactions", 4, "Retried", KIND_COUNT, MEMBER(forwarder.retried)},
    {"Forwarder", "Transactions", 4, "Requeued", KIND_COUNT, MEMBER(forwarder.requeued)},
    {"Forwarder", "Transactions", 4, "RetryQueueSize", KIND_COUNT,
	MEMBER(forwarder.retry_queue_size)},
    {"Forwarder", "Transactions", 4, "Success", KIND_COUNT, MEMBER(forwarder.success)},
    {"Forwarder", "Transactions", 4, "Errors", KIND_COUNT, MEMBER(forwarder.errors)},
    {"Forwarder", "Transaction Successes", 4, "Total number", KIND_COUNT,
	MEMBER(forwarder.success)},
    {"Forwarder", "Transaction Errors", 4, "Total number", KIND_COUNT,
	MEMBER(forwarder.errors)},
};

struct reader {
	struct sections *sections;
	struct pattern *patterns[PATTERNS];
	struct lines lines;
	size_t at;	   /* the line that is read */
	struct span block; /* its title; "header" in the first one */
	struct span part;  /* what was underlined last in it */
};

/* -1 for what is no number of ours. */
static double
read_number(struct reader *reader, struct span text)
{
	char number[80];
	struct span field;
	size_t len = 0;
	double value;

	if (!pattern_matches(reader->patterns[VALUE_NUMBER], text))
		return -1;
	field = lines_field(&reader->lines, VALUE_NUMBER, "number");
	for (size_t i = 0; i < field.len && len + 1 < sizeof(number); i++) {
		if (field.at[i] != ',')
			number[len++] = field.at[i];
	}
	number[len] = '\0';
	value = strtod(number, NULL);
	return value <= LARGEST ? value : -1;
}

/* Whole seconds, or -1. */
static int64_t
read_duration(struct reader *reader, struct span text)
{
	static const struct {
		const char *name;
		int64_t seconds;
	} parts[] = {{"hours", 3600}, {"minutes", 60}, {"seconds", 1}};
	int64_t total = 0;

	if (!pattern_matches(reader->patterns[VALUE_DURATION], text))
		return -1;
	for (size_t i = 0; i < LENGTH(parts); i++) {
		struct span field = lines_field(&reader->lines, VALUE_DURATION, parts[i].name);
		int64_t count = 0;

		for (size_t k = 0; field.at != NULL && k < field.len; k++)
			count = count * 10 + (field.at[k] - '0');
		total += count * parts[i].seconds;
	}
	return total;
}

static void
set_member(struct reader *reader, enum kind kind, void *member, struct span value)
{
	const char **text = member;
	int64_t *count = member;
	double *share = member;
	int *running = member;
	double number;

	switch (kind) {
	case KIND_TEXT:
	case KIND_ERROR:
		if (*text == NULL && value.len != 0)
			*text = kind == KIND_TEXT ? text_clean(reader->lines.pool, value)
						  : text_quote(reader->lines.pool, value, QUOTED);
		break;
	case KIND_COUNT:
		if (*count < 0)
			*count = (int64_t)read_number(reader, value);
		break;
	case KIND_PERCENT:
		number = read_number(reader, value);
		if (*share < 0 && number >= 0 && number <= 100)
			*share = number / 100;
		break;
	case KIND_DURATION:
		if (*count < 0)
			*count = read_duration(reader, value);
		break;
	case KIND_RUNNING:
		if (*running < 0)
			*running = text_is(value, "Running");
		break;
	}
}

static void
read_value(struct reader *reader)
{
	struct span indent = lines_field(&reader->lines, LINE_VALUE, "indent");
	struct span key = lines_field(&reader->lines, LINE_VALUE, "key");
	struct span value = lines_field(&reader->lines, LINE_VALUE, "value");

	for (size_t i = 0; i < LENGTH(settings); i++) {
		if (indent.len == settings[i].indent && text_is(key, settings[i].key) &&
		    text_is(reader->block, settings[i].block) &&
		    text_is(reader->part, settings[i].part))
			set_member(reader, settings[i].kind,
			    (char *)reader->sections + settings[i].member, value);
	}
}

static void
read_underline(struct reader *reader)
{
	reader->part = text_trim(reader->lines.items[reader->at - 1]);
}

/* A block's title has a rule above it and one below, both as long as it is. */
static void
read_title(struct reader *reader)
{
	const struct span *line = &reader->lines.items[reader->at];

	if (reader->at + 2 >= reader->lines.count || line[0].len != line[2].len ||
	    !lines_match(&reader->lines, LINE_RULE, reader->at + 2) || line[1].at[0] == ' ' ||
	    lines_match(&reader->lines, LINE_RULE, reader->at + 1))
		return;
	reader->at += 2;
	if (reader->block.at == NULL && lines_match(&reader->lines, LINE_AGENT, reader->at - 1))
		reader->block = (struct span){"header", strlen("header")};
	else
		reader->block = line[1];
	reader->part = (struct span){"", 0};
}

static void
read_lines(struct reader *reader)
{
	patterns_open(reader->patterns, expressions, PATTERNS);
	for (reader->at = 0; reader->at < reader->lines.count; reader->at++) {
		if (lines_match(&reader->lines, LINE_RULE, reader->at))
			read_title(reader);
		else if (reader->at > 0 && lines_match(&reader->lines, LINE_UNDERLINE, reader->at))
			read_underline(reader);
		else if (lines_match(&reader->lines, LINE_VALUE, reader->at))
			read_value(reader);
	}
	patterns_close(reader->patterns, PATTERNS);
}

void
sections_init(struct sections *sections)
{
	static const struct sections_process process = {-1, -1, -1, -1, NULL};

	*sections = (struct sections){.trace = process,
	    .process = process,
	    .system_probe = process,
	    .workers = -1,
	    .mean_utilization = -1,
	    .forwarder = {-1, -1, -1, -1, -1, -1}};
}

void
sections_parse(struct sections *sections, struct pool *pool, struct span text)
{
	struct reader reader = {.sections = sections};

	sections_init(sections);
	lines_split(&reader.lines, pool, text);
	reader.lines.patterns = reader.patterns;
	read_lines(&reader);
	/* Of the Process Agent only that it does not run is said in so many words. */
	if (sections->process.running < 0 && sections->process.pid >= 0)
		sections->process.running = 1;
}
