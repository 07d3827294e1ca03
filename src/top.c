#include "top.h"

#include "error.h"
#include "pattern.h"
#include "pool.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Beyond this pprof's numbers went through a float64 and were rounded. */
#define EXACT ((int64_t)1 << 53)
/* Beyond this (146 years of delay) sums and differences could overflow. */
#define POSSIBLE (((int64_t)1 << 62) - 1)

/* The word that the unit "nanosecond" puts behind a number that is not 0. */
static const char *const unit_suffixes[] = {
    [TOP_BYTES] = "B", [TOP_NANOSECONDS] = "ns", [TOP_COUNT] = "nanosecond"};

enum { SHOWING, COLUMNS, ROW, PREAMBLE, LINE_PATTERNS };
#define NUMBER(name) "(?<" name ">-?\\d{1,19})(?<" name "_unit>[a-z]*|B)"
#define PERCENT " *\\d+(?:\\.\\d+)?(?:e-\\d+)?%"
static const char *const line_patterns[LINE_PATTERNS] = {
    [SHOWING] = "^Showing nodes accounting for " NUMBER("shown") "," PERCENT " of " NUMBER(
	"total") " total$",
    [COLUMNS] = "^ {6}flat {2}flat% {3}sum% {8}cum {3}cum%$",
    [ROW] = "^ *" NUMBER("flat") " " PERCENT " " PERCENT " +" NUMBER("cum") " " PERCENT
	    "  (?<name>.*)$",
    [PREAMBLE] = "^(?:Active filters:|   [a-z_]+=.*)$",
};

/* Reads a number of the last match; its unit must be the report's ("0" has none). */
static int
read_number(struct pattern *pattern, const char *name, enum top_unit unit, int64_t *number)
{
	char unit_name[16] = "";
	struct span digits = pattern_field(pattern, name), suffix;

	strcat(strcat(unit_name, name), "_unit");
	suffix = pattern_field(pattern, unit_name);
	errno = 0;
	*number = strtoll(digits.at, NULL, 10);
	if (errno != 0 || *number > POSSIBLE || *number < -POSSIBLE)
		return -1;
	if (*number == 0 && suffix.len == 0)
		return 0;
	return suffix.len == strlen(unit_suffixes[unit]) &&
		       memcmp(suffix.at, unit_suffixes[unit], suffix.len) == 0
		   ? 0
		   : -1;
}

/* pprof marks inlined functions behind the name. */
static struct span
without_mark(struct span name)
{
	static const char *const marks[] = {" (inline)", " (partial-inline)"};

	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		size_t len = strlen(marks[i]);

		if (name.len > len && memcmp(name.at + name.len - len, marks[i], len) == 0) {
			name.len -= len;
			return name;
		}
	}
	return name;
}

struct reader {
	struct pattern *patterns[LINE_PATTERNS];
	struct top *top;
	struct pool *pool;
	enum top_unit unit;
	int shown, columns; /* these lines were seen */
	int64_t sum;	    /* of the rows' flat values */
	int64_t magnitude;  /* of their absolute values */
};

static int
read_row(struct reader *reader)
{
	struct pattern *pattern = reader->patterns[ROW];
	struct top *top = reader->top;
	struct top_row *row;

	top->rows = pool_grow(reader->pool, top->rows, top->count, sizeof(*top->rows));
	row = &top->rows[top->count];
	if (read_number(pattern, "flat", reader->unit, &row->flat) < 0 ||
	    read_number(pattern, "cum", reader->unit, &row->cum) < 0 ||
	    __builtin_add_overflow(reader->magnitude, llabs(row->flat), &reader->magnitude) ||
	    reader->magnitude > POSSIBLE)
		return -1;
	reader->sum += row->flat;
	row->function = text_clean(reader->pool, without_mark(pattern_field(pattern, "name")));
	top->count++;
	return 0;
}

static int
read_showing(struct reader *reader)
{
	struct pattern *pattern = reader->patterns[SHOWING];
	struct top *top = reader->top;

	reader->shown = 1;
	return read_number(pattern, "shown", reader->unit, &top->shown) < 0 ||
		       read_number(pattern, "total", reader->unit, &top->total) < 0
		   ? -1
		   : 0;
}

/* Takes one line: 0, or -1 when it does not belong into a report. */
static int
read_line(struct reader *reader, struct span line)
{
	struct pattern **patterns = reader->patterns;

	if (reader->columns)
		return pattern_matches(patterns[ROW], line) ? read_row(reader) : -1;
	if (!reader->shown && pattern_matches(patterns[SHOWING], line)) {
		return read_showing(reader);
	}
	if (reader->shown && pattern_matches(patterns[COLUMNS], line)) {
		reader->columns = 1;
		return 0;
	}
	return !reader->shown && pattern_matches(patterns[PREAMBLE], line) ? 0 : -1;
}

/* Rows and total agree: exactly, but for what float64 rounds in very large numbers. */
static int
adds_up(const struct reader *reader)
{
	int64_t difference = llabs(reader->sum - reader->top->shown);

	return difference == 0 ||
	       (reader->magnitude >= EXACT && difference <= reader->magnitude >> 40);
}

int
top_parse(struct top *top, struct pool *pool, enum top_unit unit, struct span text,
    struct error *err)
{
	struct reader reader = {.top = top, .pool = pool, .unit = unit};
	struct span line;
	size_t number = 0;
	int status = 0;

	patterns_open(reader.patterns, line_patterns, LINE_PATTERNS);
	if (text.len != 0 && text.at[text.len - 1] != '\n')
		status = fail(err, "its report is cut");
	while (status == 0 && text_line(&text, &line)) {
		number++;
		if (read_line(&reader, line) < 0)
			status = fail(err, "its report has an unexpected line %zu", number);
	}
	if (status == 0 && !reader.columns)
		status = fail(err, "its report has no column line");
	if (status == 0 && !adds_up(&reader))
		status = fail(err, "its rows do not add up to the total it shows");
	patterns_close(reader.patterns, LINE_PATTERNS);
	return status;
}
