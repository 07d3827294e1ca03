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

enum { SHOWING, COLUMNS, ROW, LINE_PATTERNS };
#define NUMBER "(-?\\d{1,19})([a-z]*|B)" /* two groups */
#define PERCENT " *\\d+(?:\\.\\d+)?(?:e-\\d+)?%"
static const char *const line_patterns[LINE_PATTERNS] = {
    [SHOWING] = "^Showing nodes accounting for " NUMBER "," PERCENT " of " NUMBER " total$",
    [COLUMNS] = "^ {6}flat {2}flat% {3}sum% {8}cum {3}cum%$",
    [ROW] = "^ *" NUMBER " " PERCENT " " PERCENT " +" NUMBER " " PERCENT "  (.*)$",
};
/* The groups of these patterns: numbers, each with its unit behind it, and the name. */
enum { FIRST_NUMBER = 1, SECOND_NUMBER = 3, NAME = 5 };

struct top_reader {
	struct pattern *patterns[LINE_PATTERNS];
};

struct top_reader *
top_reader_new(struct pool *pool)
{
	struct top_reader *reader = pool_alloc(pool, sizeof(*reader));

	patterns_open(reader->patterns, line_patterns, LINE_PATTERNS);
	pattern_hurry(reader->patterns[ROW]);
	return reader;
}

void
top_reader_free(struct top_reader *reader)
{
	if (reader != NULL)
		patterns_close(reader->patterns, LINE_PATTERNS);
}

int
top_number(const struct pattern *pattern, unsigned group, enum top_unit unit, int64_t *number)
{
	struct span digits = pattern_group(pattern, group);
	struct span suffix = pattern_group(pattern, group + 1);

	errno = 0;
	*number = strtoll(digits.at, NULL, 10);
	if (errno != 0 || *number > POSSIBLE || *number < -POSSIBLE)
		return -1;
	if (*number == 0 && suffix.len == 0)
		return 0;
	return text_is(suffix, unit_suffixes[unit]) ? 0 : -1;
}

struct span
top_unmarked(struct span name)
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

struct reading {
	struct pattern *const *patterns;
	struct top *top;
	struct pool *pool;
	int shown, columns; /* these lines were seen */
	int64_t sum;	    /* of the rows' flat values */
	int64_t magnitude;  /* of their absolute values */
	int64_t largest;    /* absolute cumulative value */
};

static int
read_row(struct reading *reading)
{
	struct pattern *pattern = reading->patterns[ROW];
	struct top *top = reading->top;
	struct top_row *row;

	top->rows = pool_grow(reading->pool, top->rows, top->count, sizeof(*top->rows));
	row = &top->rows[top->count];
	if (top_number(pattern, FIRST_NUMBER, reading->top->unit, &row->flat) < 0 ||
	    top_number(pattern, SECOND_NUMBER, reading->top->unit, &row->cum) < 0 ||
	    __builtin_add_overflow(reading->magnitude, llabs(row->flat), &reading->magnitude) ||
	    reading->magnitude > POSSIBLE)
		return -1;
	reading->sum += row->flat;
	if (llabs(row->cum) > reading->largest)
		reading->largest = llabs(row->cum);
	row->function = text_clean(reading->pool, top_unmarked(pattern_group(pattern, NAME)));
	top->count++;
	return 0;
}

static int
read_showing(struct reading *reading)
{
	struct pattern *pattern = reading->patterns[SHOWING];
	struct top *top = reading->top;

	reading->shown = 1;
	return top_number(pattern, FIRST_NUMBER, reading->top->unit, &top->shown) < 0 ||
		       top_number(pattern, SECOND_NUMBER, reading->top->unit, &top->total) < 0
		   ? -1
		   : 0;
}

/* Takes one line: 0, or -1 when it does not belong into a report. */
static int
read_line(struct reading *reading, struct span line)
{
	struct pattern *const *patterns = reading->patterns;

	if (reading->columns)
		return pattern_matches(patterns[ROW], line) ? read_row(reading) : -1;
	if (!reading->shown)
		return pattern_matches(patterns[SHOWING], line) ? read_showing(reading) : -1;
	reading->columns = pattern_matches(patterns[COLUMNS], line);
	return reading->columns ? 0 : -1;
}

/* Rows and total agree: exactly, but for what float64 rounds in very large numbers. */
static int
adds_up(const struct reading *reading)
{
	int64_t difference = llabs(reading->sum - reading->top->shown);

	return difference == 0 ||
	       (reading->magnitude >= EXACT && difference <= reading->magnitude >> 40);
}

/* Of the whole: but for what float64 rounds, again. */
static int
is_part(int64_t part, int64_t whole)
{
	return part <= whole || (part >= EXACT && part - whole <= part >> 40);
}

const struct top_row *
top_find(const struct top *top, const char *function)
{
	for (size_t i = 0; i < top->count; i++) {
		if (strcmp(top->rows[i].function, function) == 0)
			return &top->rows[i];
	}
	return NULL;
}

int
top_parse(struct top *top, const struct top_reader *reader, struct pool *pool, struct span text,
    struct error *err)
{
	struct reading reading = {.patterns = reader->patterns, .top = top, .pool = pool};
	struct span line;
	size_t number = 0;

	if (text.len != 0 && text.at[text.len - 1] != '\n')
		return fail(err, "its report is cut");
	while (text_line(&text, &line)) {
		number++;
		if (read_line(&reading, line) < 0)
			return fail(err, "its report has an unexpected line %zu", number);
	}
	if (!reading.columns)
		return fail(err, "its report has no column line");
	if (!adds_up(&reading))
		return fail(err, "its rows do not add up to the total it shows");
	if (!is_part(reading.magnitude, top->total) || !is_part(reading.largest, top->total))
		return fail(err, "its rows are more than its total");
	return 0;
}
