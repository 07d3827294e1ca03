#include "raw.h"

#include "error.h"
#include "pattern.h"
#include "pool.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* A location without functions, as pprof's reports call it when there is no file either. */
#define UNKNOWN "<unknown>"

enum { SAMPLE, LABEL, LOCATION, INLINED, CALL, MAPPING, LINE_PATTERNS };
static const char *const line_patterns[LINE_PATTERNS] = {
    [SAMPLE] = "^([- \\d]+):([ \\d]*)$", /* as many as a stack is deep: nothing to go back to */
    [LABEL] = "^ {16}",
    [LOCATION] = "^ *(\\d+): 0x[0-9a-f]+ (?:M=(\\d+) )?(?:\\[F\\] )?(.*)$",
    [INLINED] = "^ {13}(.*)$",
    /* Name, file, line, column (from Go 1.22 on), where it starts, and its name for linkers. Of
     * files only those with a drive have blanks. */
    [CALL] = "^(.*?) (?:[A-Za-z]:[/\\\\].*|\\S*):-?\\d+(?::-?\\d+)? s=-?\\d+(?:\\(.*\\))?$",
    [MAPPING] = "^(\\d+): 0x[0-9a-f]+/0x[0-9a-f]+/0x[0-9a-f]+ (\\S*) ",
};

struct raw_reader {
	struct pattern *patterns[LINE_PATTERNS];
};

struct sample {
	int64_t value;
	size_t first, count; /* of its locations, then of its functions */
};

struct location {
	int64_t id, mapping; /* mapping 0: none */
	size_t first, count; /* of its functions */
};

struct mapping {
	int64_t id;
	const char *name; /* as pprof's reports call it */
};

enum part { HEAD, TYPES, SAMPLES, LOCATIONS, MAPPINGS };

/* One text while it is read. */
struct reading {
	const struct raw_reader *reader;
	struct pool *names_pool, *own;
	const char *type;
	enum part part;
	size_t column; /* of the type among a sample's values */
	struct sample *samples;
	int64_t *ids; /* of the samples' locations, leaf first */
	struct location *locations;
	const char **calls; /* of the locations' functions, innermost first */
	struct mapping *mappings;
	size_t sample_count, id_count, location_count, call_count, mapping_count;
	const char **names; /* each of the calls once, sorted */
	size_t name_count;
	size_t *frames; /* of the samples, root first: which of the names */
	size_t frame_count;
};

struct raw_reader *
raw_reader_new(struct pool *pool)
{
	struct raw_reader *reader = pool_alloc(pool, sizeof(*reader));

	patterns_open(reader->patterns, line_patterns, LINE_PATTERNS);
	for (int i = 0; i < LINE_PATTERNS; i++)
		pattern_hurry(reader->patterns[i]);
	return reader;
}

void
raw_reader_free(struct raw_reader *reader)
{
	if (reader != NULL)
		patterns_close(reader->patterns, LINE_PATTERNS);
}

/* The next number of a text that holds nothing but numbers and blanks: 1, 0 at its end, or -1
 * when it is too large. */
static int
take_number(struct span *text, int64_t *number)
{
	char digits[24];
	size_t len;

	*text = text_trim(*text);
	for (len = 0; len < text->len && text->at[len] != ' '; len++)
		;
	if (len == 0)
		return 0;
	if (len >= sizeof(digits))
		return -1;
	memcpy(digits, text->at, len);
	digits[len] = '\0';
	text->at += len;
	text->len -= len;
	errno = 0;
	*number = strtoll(digits, NULL, 10);
	return errno == 0 ? 1 : -1;
}

static int
field_number(const struct pattern *pattern, unsigned group, int64_t *number)
{
	struct span field = pattern_group(pattern, group);

	*number = 0;
	return take_number(&field, number);
}

/* "alloc_space/bytes inuse_space/bytes[dflt]": which of them is wanted. */
static int
read_types(struct reading *reading, struct span line)
{
	size_t len = strlen(reading->type), column = 0;

	for (; line.len > 0; column++) {
		size_t end;

		for (end = 0; end < line.len && line.at[end] != ' '; end++)
			;
		if (end >= len && memcmp(line.at, reading->type, len) == 0 &&
		    (end == len || line.at[len] == '[')) {
			reading->column = column;
			return 0;
		}
		line = text_trim((struct span){line.at + end, line.len - end});
	}
	return -1;
}

static int
read_sample(struct reading *reading)
{
	struct pattern *pattern = reading->reader->patterns[SAMPLE];
	struct span values = pattern_group(pattern, 1), ids = pattern_group(pattern, 2);
	struct sample sample = {.first = reading->id_count};
	int64_t id;
	int taken;

	for (size_t i = 0; i <= reading->column; i++) {
		if (take_number(&values, &sample.value) != 1)
			return -1;
	}
	if (sample.value == 0)
		return 0;
	while ((taken = take_number(&ids, &id)) == 1) {
		reading->ids =
		    pool_grow(reading->own, reading->ids, reading->id_count, sizeof(id));
		reading->ids[reading->id_count++] = id;
		sample.count++;
	}
	if (taken < 0 || sample.count == 0)
		return taken;
	reading->samples = pool_grow(
	    reading->own, reading->samples, reading->sample_count, sizeof(sample));
	reading->samples[reading->sample_count++] = sample;
	return 0;
}

static void
add_call(struct reading *reading, struct location *location, const char *name)
{
	reading->calls =
	    pool_grow(reading->own, reading->calls, reading->call_count, sizeof(name));
	reading->calls[reading->call_count++] = name;
	location->count++;
}

/* A function of the last location. What is behind the address may be empty: then it has none. */
static int
read_call(struct reading *reading, struct span text)
{
	struct pattern *pattern = reading->reader->patterns[CALL];
	struct location *location = &reading->locations[reading->location_count - 1];

	if (text_trim(text).len == 0)
		return 0;
	if (!pattern_matches(pattern, text))
		return -1;
	add_call(reading, location, text_clean(reading->names_pool, pattern_group(pattern, 1)));
	return 0;
}

static int
read_location(struct reading *reading, struct span line)
{
	struct pattern *const *patterns = reading->reader->patterns;
	struct location *location;

	if (pattern_matches(patterns[INLINED], line))
		return reading->location_count > 0
			   ? read_call(reading, pattern_group(patterns[INLINED], 1))
			   : -1;
	if (!pattern_matches(patterns[LOCATION], line))
		return -1;
	reading->locations = pool_grow(
	    reading->own, reading->locations, reading->location_count, sizeof(*location));
	location = &reading->locations[reading->location_count++];
	location->first = reading->call_count;
	if (field_number(patterns[LOCATION], 1, &location->id) != 1 ||
	    field_number(patterns[LOCATION], 2, &location->mapping) < 0)
		return -1;
	return read_call(reading, pattern_group(patterns[LOCATION], 3));
}

static int
read_mapping(struct reading *reading, struct span line)
{
	struct pattern *pattern = reading->reader->patterns[MAPPING];
	struct mapping mapping;
	struct span file;
	const char *clean, *slash;

	if (!pattern_matches(pattern, line) || field_number(pattern, 1, &mapping.id) != 1)
		return -1;
	file = pattern_group(pattern, 2);
	clean = text_clean(reading->names_pool, file);
	slash = strrchr(clean, '/');
	mapping.name = file.len > 0 ? pool_printf(reading->names_pool, "[%s]",
					   slash != NULL ? slash + 1 : clean)
				     : UNKNOWN;
	reading->mappings = pool_grow(
	    reading->own, reading->mappings, reading->mapping_count, sizeof(mapping));
	reading->mappings[reading->mapping_count++] = mapping;
	return 0;
}

/* Takes one line: 0, or -1 when it does not belong there. */
static int
read_line(struct reading *reading, struct span line)
{
	struct pattern *const *patterns = reading->reader->patterns;

	switch (reading->part) {
	case HEAD: /* period, time, and whatever a comment says */
		if (text_is(line, "Samples:"))
			reading->part = TYPES;
		return 0;
	case TYPES:
		reading->part = SAMPLES;
		return read_types(reading, line);
	case SAMPLES:
		if (text_is(line, "Locations")) {
			reading->part = LOCATIONS;
			return 0;
		}
		if (pattern_matches(patterns[SAMPLE], line))
			return read_sample(reading);
		return pattern_matches(patterns[LABEL], line) ? 0 : -1;
	case LOCATIONS:
		if (!text_is(line, "Mappings"))
			return read_location(reading, line);
		reading->part = MAPPINGS;
		return 0;
	case MAPPINGS:
	default:
		return read_mapping(reading, line);
	}
}

/* Locations without a function go by the file that they are in. */
static void
name_unnamed(struct reading *reading)
{
	for (size_t i = 0; i < reading->location_count; i++) {
		struct location *location = &reading->locations[i];
		const char *name = UNKNOWN;

		if (location->count > 0)
			continue;
		for (size_t k = 0; k < reading->mapping_count; k++) {
			if (reading->mappings[k].id == location->mapping)
				name = reading->mappings[k].name;
		}
		location->first = reading->call_count;
		add_call(reading, location, name);
	}
}

static int
compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void
sort_names(struct reading *reading)
{
	size_t count = 0;

	if (reading->call_count == 0)
		return;
	reading->names =
	    pool_alloc(reading->own, reading->call_count * sizeof(*reading->names));
	memcpy(reading->names, reading->calls, reading->call_count * sizeof(*reading->names));
	qsort(reading->names, reading->call_count, sizeof(*reading->names), compare_names);
	for (size_t i = 0; i < reading->call_count; i++) {
		if (count == 0 || strcmp(reading->names[count - 1], reading->names[i]) != 0)
			reading->names[count++] = reading->names[i];
	}
	reading->name_count = count;
}

static int
compare_locations(const void *a, const void *b)
{
	const struct location *left = a, *right = b;

	return (left->id > right->id) - (left->id < right->id);
}

static void
add_frame(struct reading *reading, const char *call)
{
	const char **name = bsearch(&call, reading->names, reading->name_count,
	    sizeof(*reading->names), compare_names);

	reading->frames =
	    pool_grow(reading->own, reading->frames, reading->frame_count, sizeof(size_t));
	reading->frames[reading->frame_count++] = (size_t)(name - reading->names);
}

/* From a sample's locations to its functions, root first. */
static int
resolve_sample(struct reading *reading, struct sample *sample)
{
	size_t first = reading->frame_count;

	for (size_t i = sample->count; i > 0; i--) {
		struct location wanted = {.id = reading->ids[sample->first + i - 1]};
		const struct location *location = bsearch(&wanted, reading->locations,
		    reading->location_count, sizeof(wanted), compare_locations);

		if (location == NULL)
			return -1;
		for (size_t k = location->count; k > 0; k--)
			add_frame(reading, reading->calls[location->first + k - 1]);
	}
	sample->first = first;
	sample->count = reading->frame_count - first;
	return 0;
}

static int
resolve(struct reading *reading)
{
	name_unnamed(reading);
	sort_names(reading);
	if (reading->location_count > 1)
		qsort(reading->locations, reading->location_count, sizeof(*reading->locations),
		    compare_locations);
	for (size_t i = 0; i < reading->sample_count; i++) {
		if (resolve_sample(reading, &reading->samples[i]) < 0)
			return -1;
	}
	return 0;
}

/* No sum of so many values overflows, whichever of them are added up. */
static int
can_be_summed(const struct reading *reading)
{
	int64_t most = INT64_MAX, sum = 0;

	for (size_t i = 0; i < reading->sample_count; i++) {
		int64_t value = reading->samples[i].value;

		if (value == INT64_MIN || llabs(value) > most - sum)
			return 0;
		sum += llabs(value);
	}
	return 1;
}

static int
read_all(struct reading *reading, struct span text, struct error *err)
{
	struct span line;
	size_t number = 0;

	while (text_line(&text, &line)) {
		number++;
		if (read_line(reading, line) < 0)
			return fail(err, "its stacks have an unexpected line %zu", number);
	}
	if (reading->part != MAPPINGS)
		return fail(err, "its stacks are cut");
	if (!can_be_summed(reading))
		return fail(err, "its stacks have more than can be added up");
	if (resolve(reading) < 0)
		return fail(err, "its stacks are of locations that it does not have");
	return 0;
}

/* What was read, for whoever asked. */
static void
give(struct raw *raw, const struct reading *reading)
{
	raw->names = reading->names;
	raw->count = reading->sample_count;
	raw->stacks = pool_alloc(&raw->pool, (raw->count + 1) * sizeof(*raw->stacks));
	for (size_t i = 0; i < raw->count; i++) {
		const struct sample *sample = &reading->samples[i];

		raw->stacks[i] = (struct raw_stack){
		    reading->frames + sample->first, sample->count, sample->value};
	}
}

int
raw_parse(struct raw *raw, const struct raw_reader *reader, struct pool *names, const char *type,
    enum top_unit unit, struct span text, struct error *err)
{
	static const char *const units[] = {
	    [TOP_BYTES] = "bytes", [TOP_NANOSECONDS] = "nanoseconds", [TOP_COUNT] = "count"};
	struct reading reading = {.reader = reader, .names_pool = names, .own = &raw->pool};

	reading.type = pool_printf(&raw->pool, "%s/%s", type, units[unit]);
	if (read_all(&reading, text, err) < 0)
		return -1;
	give(raw, &reading);
	return 0;
}

void
raw_release(struct raw *raw)
{
	pool_release(&raw->pool);
	*raw = (struct raw){0};
}
