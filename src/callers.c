#include "callers.h"

#include "buf.h"
#include "error.h"
#include "pattern.h"
#include "pool.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LONGEST_NAME = 300 };

#define NUMBER "(-?\\d{1,19})([a-z]*|B)" /* two groups */
#define PERCENT " *\\d+(?:\\.\\d+)?(?:e-\\d+)?%"
enum { SHOWING, COLUMNS, SEPARATOR, EDGE, FUNCTION, LINE_PATTERNS };
static const char *const line_patterns[LINE_PATTERNS] = {
    [SHOWING] = "^Showing nodes accounting for ",
    [COLUMNS] = "^ {6}flat {2}flat% {3}sum% {8}cum {3}cum% {3}calls calls% \\+ context[ \\t]*$",
    [SEPARATOR] = "^-{20,}\\+-{5,}$",
    [EDGE] = "^ *" NUMBER " " PERCENT " \\|   (.*)$",
    [FUNCTION] = "^ *" NUMBER " " PERCENT " " PERCENT " +" NUMBER " " PERCENT " +\\| (.*)$",
};
/* The groups of the last two: numbers, each with its unit behind it, and the name. */
enum { EDGE_NUMBER = 1, EDGE_NAME = 3, CUM_NUMBER = 3, FUNCTION_NAME = 5 };

struct callers_reader {
	struct pattern *patterns[LINE_PATTERNS];
};

int
callers_is_agent(const char *function)
{
	static const char agent[] = "github.com/DataDog/datadog-agent/";
	static const char *const below[] = {"comp/", "pkg/", "internal/", "cmd/"};

	if (strncmp(function, agent, strlen(agent)) != 0)
		return 0;
	for (size_t i = 0; i < sizeof(below) / sizeof(below[0]); i++) {
		if (strncmp(function + strlen(agent), below[i], strlen(below[i])) == 0)
			return 1;
	}
	return 0;
}

/* Puts a backslash before what means something in RE2. A dot stands for a blank, at which pprof
 * would end the expression. */
static void
add_quoted(struct buf *expression, const char *name)
{
	for (; *name != '\0'; name++) {
		if (strchr("\\.+*?()|[]{}^$", *name) != NULL)
			buf_putc(expression, '\\');
		buf_putc(expression, *name == ' ' ? '.' : *name);
	}
}

/* pprof puts what has no name in brackets. */
static int
can_be_asked(const char *function)
{
	size_t length = strlen(function);

	return length > 0 && length <= LONGEST_NAME && function[0] != '[' && function[0] != '<' &&
	       text_is_plain((struct span){function, length});
}

static int
is_asked(const struct callers_asked *asked, const char *function)
{
	for (size_t i = 0; i < asked->count; i++) {
		if (strcmp(asked->functions[i], function) == 0)
			return 1;
	}
	return 0;
}

int
callers_ask(struct callers_asked *asked, const char *function)
{
	struct buf quoted = {0};
	size_t length;

	if (is_asked(asked, function))
		return 1;
	if (asked->count == CALLERS_MOST || callers_is_agent(function) || !can_be_asked(function))
		return 0;
	add_quoted(&quoted, function);
	length = asked->length + quoted.len + 1;
	buf_release(&quoted);
	if (length > CALLERS_LENGTH)
		return 0;
	asked->length = length;
	asked->functions[asked->count++] = function;
	return 1;
}

void
callers_ask_cumulative(struct callers_asked *asked, const struct top *top, size_t most)
{
	const struct top_row *rows[CALLERS_ROWS];
	size_t count = 0, at;

	most = most < CALLERS_ROWS ? most : CALLERS_ROWS;

	for (size_t i = 0; i < top->count; i++) {
		const struct top_row *row = &top->rows[i];

		if (row->cum <= 0 || strncmp(row->function, "runtime.", strlen("runtime.")) == 0 ||
		    (count == most && (most == 0 || row->cum <= rows[count - 1]->cum)))
			continue;
		at = count < most ? count++ : count - 1;
		for (; at > 0 && rows[at - 1]->cum < row->cum; at--)
			rows[at] = rows[at - 1];
		rows[at] = row;
	}
	for (size_t i = 0; i < count; i++)
		callers_ask(asked, rows[i]->function);
}

void
callers_ask_table(struct callers_asked *asked, const struct top *top, size_t rows)
{
	size_t most = rows < CALLERS_ROWS ? rows : CALLERS_ROWS, grown = 0, shrunk = 0;

	for (size_t i = 0; i < top->count && (grown < most || shrunk < most); i++) {
		const struct top_row *row = &top->rows[i];

		if ((row->flat > 0 && grown++ < most) || (row->flat < 0 && shrunk++ < most))
			callers_ask(asked, row->function);
	}
}

void
callers_expression(const struct callers_asked *asked, struct buf *expression)
{
	for (size_t i = 0; i < asked->count; i++) {
		if (i > 0)
			buf_putc(expression, '|');
		add_quoted(expression, asked->functions[i]);
	}
}

struct callers_reader *
callers_reader_new(struct pool *pool)
{
	struct callers_reader *reader = pool_alloc(pool, sizeof(*reader));

	patterns_open(reader->patterns, line_patterns, LINE_PATTERNS);
	return reader;
}

void
callers_reader_free(struct callers_reader *reader)
{
	if (reader != NULL)
		patterns_close(reader->patterns, LINE_PATTERNS);
}

/* A function's caller so far. */
struct edge {
	const char *name; /* clean */
	int64_t value;
};

/* What a report says of one function: the part between two separators. */
struct block {
	struct edge *callers;
	size_t count;
	const char *function; /* NULL: its line is still to come */
	int64_t cum;
};

struct reading {
	const struct callers_reader *reader;
	const struct callers_asked *asked;
	struct pool *pool;
	enum top_unit unit;
	size_t separators;
	int shown, columns;
	struct block block;
	struct callers found;
};

static const char *
read_name(const struct reading *reading, const struct pattern *pattern, unsigned group)
{
	return text_clean(reading->pool, top_unmarked(pattern_group(pattern, group)));
}

/* Above the function's line are its callers, below it its callees. */
static int
read_edge(struct reading *reading)
{
	const struct pattern *pattern = reading->reader->patterns[EDGE];
	struct block *block = &reading->block;
	int64_t value;

	if (top_number(pattern, EDGE_NUMBER, reading->unit, &value) < 0)
		return -1;
	if (block->function != NULL)
		return 0;
	block->callers =
	    pool_grow(reading->pool, block->callers, block->count, sizeof(*block->callers));
	block->callers[block->count].value = value;
	block->callers[block->count++].name = read_name(reading, pattern, EDGE_NAME);
	return 0;
}

static int
read_function(struct reading *reading)
{
	const struct pattern *pattern = reading->reader->patterns[FUNCTION];
	struct block *block = &reading->block;

	if (block->function != NULL)
		return -1;
	block->function = read_name(reading, pattern, FUNCTION_NAME);
	return top_number(pattern, CUM_NUMBER, reading->unit, &block->cum);
}

/* The caller that has most of what the function has: of what shrank, the one that shrank most. What
 * comes from several callers of both signs is told with a small share. */
static struct caller
largest_caller(const struct block *block)
{
	struct caller found = {.function = block->function, .direct = 1};
	double sum = 0, whole = fabs((double)block->cum), most = 0;

	for (size_t i = 0; i < block->count; i++) {
		double value = (double)block->callers[i].value;

		sum += fabs(value);
		if (block->cum < 0)
			value = -value;
		if (value <= most)
			continue;
		most = value;
		found.caller = block->callers[i].name;
	}
	found.share = most > 0 ? most / fmax(sum, whole) : 0;
	return found;
}

static void
end_block(struct reading *reading)
{
	struct callers *found = &reading->found;
	struct block *block = &reading->block;

	/* What stands for a blank in a name fits others. */
	if (is_asked(reading->asked, block->function) &&
	    callers_find(found, block->function) == NULL) {
		found->items = pool_grow(
		    reading->pool, found->items, found->count, sizeof(*found->items));
		found->items[found->count++] = largest_caller(block);
	}
	*block = (struct block){0};
}

/* Separators are around the column line, and behind each block. */
static int
read_separator(struct reading *reading)
{
	reading->separators++;
	if (reading->separators <= 2)
		return reading->columns == (reading->separators == 2) ? 0 : -1;
	if (reading->block.function == NULL)
		return -1;
	end_block(reading);
	return 0;
}

/* Takes one line: 0, or -1 when it does not belong into a report. */
static int
read_line(struct reading *reading, struct span line)
{
	struct pattern *const *patterns = reading->reader->patterns;

	if (!reading->shown) {
		reading->shown = pattern_matches(patterns[SHOWING], line);
		return reading->shown ? 0 : -1;
	}
	if (pattern_matches(patterns[SEPARATOR], line))
		return read_separator(reading);
	if (!reading->columns) {
		reading->columns =
		    reading->separators == 1 && pattern_matches(patterns[COLUMNS], line);
		return reading->columns ? 0 : -1;
	}
	if (reading->separators < 2)
		return -1;
	if (pattern_matches(patterns[EDGE], line))
		return read_edge(reading);
	return pattern_matches(patterns[FUNCTION], line) ? read_function(reading) : -1;
}

/* Goes up from one function asked for to the next, until it is the Agent's. A circle of them is
 * nobody's. */
static struct caller
go_up(const struct callers *found, const struct caller *from)
{
	struct caller up = *from;

	for (size_t steps = 0; up.caller != NULL && !callers_is_agent(up.caller); steps++) {
		const struct caller *next = callers_find(found, up.caller);

		if (next == NULL || steps == found->count)
			return (struct caller){.function = from->function};
		up.caller = next->caller;
		up.share *= next->share;
		up.direct = 0;
	}
	return up;
}

static void
keep(struct callers *callers, struct pool *pool, const struct caller *item)
{
	for (size_t i = 0; i < callers->count; i++) {
		if (strcmp(callers->items[i].function, item->function) == 0) {
			callers->items[i] = *item;
			return;
		}
	}
	callers->items =
	    pool_grow(pool, callers->items, callers->count, sizeof(*callers->items));
	callers->items[callers->count++] = *item;
}

int
callers_parse(struct callers *callers, const struct callers_reader *reader, struct pool *pool,
    const struct callers_asked *asked, enum top_unit unit, struct span text, struct error *err)
{
	struct reading reading = {.reader = reader, .asked = asked, .pool = pool, .unit = unit};
	struct span line;
	size_t number = 0;

	if (text.len != 0 && text.at[text.len - 1] != '\n')
		return fail(err, "its callers are cut");
	while (text_line(&text, &line)) {
		number++;
		if (read_line(&reading, line) < 0)
			return fail(err, "its callers have an unexpected line %zu", number);
	}
	if (reading.separators < 2 || reading.block.count > 0 || reading.block.function != NULL)
		return fail(err, "its callers are not whole");
	for (size_t i = 0; i < reading.found.count; i++) {
		struct caller item = go_up(&reading.found, &reading.found.items[i]);

		keep(callers, pool, &item);
	}
	return 0;
}

const struct caller *
callers_find(const struct callers *callers, const char *function)
{
	for (size_t i = 0; i < callers->count; i++) {
		if (strcmp(callers->items[i].function, function) == 0)
			return &callers->items[i];
	}
	return NULL;
}
