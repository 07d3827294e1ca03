#include "status.h"

#include "gap.h"
#include "lines.h"
#include "pattern.h"
#include "pool.h"

#include <stdlib.h>
#include <string.h>

#define LENGTH(table) (sizeof(table) / sizeof((table)[0]))
#define MEMBER(name) offsetof(struct status, name)

enum { QUOTED = 80 }; /* bytes of a text that is no status that its gap shows */

#define LARGEST 9e15 /* number that a double holds exactly */

enum line {
	LINE_RULE,
	LINE_RENDER_ERROR,
	LINE_SETTING,
	LINE_TITLE,
	VALUE_NUMBER,
	PATTERNS,
};

/* Lines come without colours and without blanks at their end. */
static const char *const expressions[PATTERNS] = {
    [LINE_RULE] = "^=+$",
    [LINE_RENDER_ERROR] = "^ {2}- (?<error>.*)$",
    [LINE_SETTING] = "^ {2}(?<key>[^ :][^:]*): (?<value>.*)$",
    [LINE_TITLE] = "^(?<title>.+?) \\(v(?<version>.*)\\)$",
    /* A number, also 1.77e+12, or a date: only the epoch number at its end has no time zone. */
    [VALUE_NUMBER] = "(?|^(?<number>[0-9][0-9.e+]{0,30})$|\\((?<number>[0-9]{1,31})\\)$)",
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

struct reader {
	struct status *status;
	struct gaps *gaps;
	const char *file;
	struct pattern *patterns[PATTERNS];
	struct lines lines;
	size_t at;	   /* the line that is read */
	struct span block; /* its title; "header" in the first one */
};

/* -1 for what is no number, or too large for one of ours. */
static int64_t
read_number(struct reader *reader, struct span text)
{
	double value;

	if (!pattern_matches(reader->patterns[VALUE_NUMBER], text))
		return -1;
	value = strtod(lines_clean_field(&reader->lines, VALUE_NUMBER, "number"), NULL);
	return value < LARGEST ? (int64_t)value : -1;
}

static void
set_text(struct reader *reader, const char **member, struct span value)
{
	/* The Agent's own words for nothing are nothing too. */
	if (*member == NULL && value.len != 0 && !text_is(value, "n/a") &&
	    !text_is(value, "undefined"))
		*member = text_clean(reader->lines.pool, value);
}

static void
read_setting(struct reader *reader)
{
	struct span key = lines_field(&reader->lines, LINE_SETTING, "key");
	struct span value = lines_field(&reader->lines, LINE_SETTING, "value");

	for (size_t i = 0; i < LENGTH(settings); i++) {
		void *member = (char *)reader->status + settings[i].member;
		int64_t *number = member;

		if (!text_is(reader->block, settings[i].block) ||
		    !text_is(key, settings[i].key))
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
	const struct span *line = &reader->lines.items[reader->at];

	if (reader->at + 2 >= reader->lines.count || line[0].len != line[2].len ||
	    !lines_match(&reader->lines, LINE_RULE, reader->at + 2) || line[1].at[0] == ' ' ||
	    lines_match(&reader->lines, LINE_RULE, reader->at + 1))
		return;
	reader->at += 2;
	reader->block = line[1];
	if (status->title == NULL && lines_match(&reader->lines, LINE_TITLE, reader->at - 1)) {
		reader->block = (struct span){"header", strlen("header")};
		status->title = lines_clean_field(&reader->lines, LINE_TITLE, "title");
		set_text(reader, &status->version,
		    lines_field(&reader->lines, LINE_TITLE, "version"));
	}
}

static void
read_render_error(struct reader *reader)
{
	if (!text_is(reader->block, "Status render errors"))
		return;
	gap_add(reader->gaps, reader->lines.pool, reader->file,
	    "the Agent could not make all of it: %s",
	    lines_clean_field(&reader->lines, LINE_RENDER_ERROR, "error"));
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
	    {LINE_RENDER_ERROR, read_render_error},
	    {LINE_SETTING, read_setting},
	};

	patterns_open(reader->patterns, expressions, PATTERNS);
	for (reader->at = 0; reader->at < reader->lines.count; reader->at++) {
		for (size_t i = 0; i < LENGTH(readers); i++) {
			if (lines_match(&reader->lines, readers[i].kind, reader->at)) {
				readers[i].read(reader);
				break;
			}
		}
	}
	patterns_close(reader->patterns, PATTERNS);
}

static void
add_gaps(struct reader *reader)
{
	const struct status *status = reader->status;
	struct pool *pool = reader->lines.pool;

	if (!status->found) {
		gap_add(reader->gaps, pool, reader->file,
		    reader->lines.count == 0 ? "is empty" : "holds no Agent status but: %s",
		    reader->lines.count == 0
			? ""
			: text_quote(pool, reader->lines.items[0], QUOTED));
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
	if (text_is(reader->block, "Collector"))
		gap_add(reader->gaps, pool, reader->file,
		    "ends within its Collector section: it may have been cut");
	if (status->checks.left_out > 0)
		gap_add(reader->gaps, pool,
		    pool_printf(pool, "%s: Running Checks", reader->file),
		    "more than %d checks, of which %zu are left out", CHECKS_MOST,
		    status->checks.left_out);
	if (!status->checks.found || (status->checks.count == 0 && !status->checks.none_yet))
		gap_add(reader->gaps, pool,
		    pool_printf(pool, "%s: Running Checks", reader->file), "%s",
		    status->checks.found ? "no check is listed" : "no such block");
}

void
status_parse(struct status *status, struct pool *pool, const char *file, struct span text,
    struct gaps *gaps)
{
	struct reader reader = {.status = status, .gaps = gaps, .file = file};

	*status = (struct status){.pid = -1, .status_date_ms = -1, .agent_start_ms = -1};
	lines_split(&reader.lines, pool, text);
	reader.lines.patterns = reader.patterns;
	read_lines(&reader);
	checks_parse(&status->checks, &reader.lines);
	status->found = status->title != NULL || status->checks.found;
	add_gaps(&reader);
}
