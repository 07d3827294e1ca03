#include "profile.h"

#include "buf.h"
#include "error.h"
#include "file.h"
#include "pool.h"
#include "unpack.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum {
	QUOTE = 80, /* characters of an error page that are shown */
	MAPPINGS = 1024,
};

/* Field numbers of profile.proto. */
enum {
	PROFILE_SAMPLE_TYPE = 1,
	PROFILE_SAMPLE = 2,
	PROFILE_MAPPING = 3,
	PROFILE_FUNCTION = 5,
	PROFILE_STRING_TABLE = 6,
	PROFILE_DROP_FRAMES = 7,
	PROFILE_KEEP_FRAMES = 8,
	PROFILE_TIME_NANOS = 9,
	PROFILE_DURATION_NANOS = 10,
	PROFILE_PERIOD = 12,
	SAMPLE_LOCATION = 1,
	SAMPLE_VALUE = 2,
	VALUE_TYPE_TYPE = 1,
	MAPPING_FILENAME = 5,
	MAPPING_BUILD_ID = 6,
	FUNCTION_FILENAME = 4,
};

enum wire { WIRE_VARINT = 0, WIRE_FIXED64 = 1, WIRE_BYTES = 2, WIRE_FIXED32 = 5 };

struct field {
	uint64_t number;
	enum wire wire;
	uint64_t value;	   /* of a varint */
	struct span bytes; /* of a length-delimited field */
};

static int
read_varint(struct span *rest, uint64_t *value)
{
	*value = 0;
	for (unsigned shift = 0; shift < 64 && rest->len > 0; shift += 7) {
		unsigned char byte = (unsigned char)*rest->at++;

		rest->len--;
		*value |= (uint64_t)(byte & 0x7f) << shift;
		if (byte < 0x80)
			return 0;
	}
	return -1;
}

/* Takes the next field off a message. 1: read, 0: at the end, -1: not protobuf. */
static int
read_field(struct span *rest, struct field *field)
{
	uint64_t key, len = 0;

	*field = (struct field){0};
	if (rest->len == 0)
		return 0;
	if (read_varint(rest, &key) < 0)
		return -1;
	field->number = key >> 3;
	field->wire = key & 7;
	if (field->wire == WIRE_VARINT)
		return read_varint(rest, &field->value) < 0 ? -1 : 1;
	if (field->wire == WIRE_BYTES && read_varint(rest, &len) < 0)
		return -1;
	if (field->wire == WIRE_FIXED64 || field->wire == WIRE_FIXED32)
		len = field->wire == WIRE_FIXED64 ? 8 : 4;
	else if (field->wire != WIRE_BYTES)
		return -1;
	if (field->number == 0 || len > rest->len)
		return -1;
	field->bytes = (struct span){rest->at, (size_t)len};
	rest->at += len;
	rest->len -= len;
	return 1;
}

/* The varint of one field of a small message; 0 where it is not there. */
static uint64_t
inner_value(struct span message, uint64_t number)
{
	struct field field;
	uint64_t value = 0;

	while (read_field(&message, &field) > 0) {
		if (field.number == number && field.wire == WIRE_VARINT)
			value = field.value; /* of several the last one counts */
	}
	return value;
}

/* Numbers of strings in the string table, which may stand before or behind their users. */
struct names {
	uint64_t types[PROFILE_TYPES];
	uint64_t build_id, binary; /* of the first mapping */
	size_t mappings;
	uint64_t of_mappings[2 * MAPPINGS]; /* files and build ids of all, sorted in the end */
	size_t of_mappings_count, of_mappings_next;
	struct buf of_files; /* a bit for each string: it names a file */
};

/* What the samples add up to, and what it is that no profile of Go's has. */
struct sums {
	int64_t of_types[PROFILE_TYPES];
	int64_t lost[PROFILE_TYPES]; /* of that, by samples without a stack */
	const char *wrong;
};

static void
mark_file(struct names *names, uint64_t number)
{
	if (number / 8 < names->of_files.len)
		names->of_files.data[number / 8] |= (char)(1 << number % 8);
}

static int
names_file(const struct names *names, uint64_t number)
{
	return number / 8 < names->of_files.len &&
	       (names->of_files.data[number / 8] >> number % 8 & 1) != 0;
}

static void
add_value(struct sums *sums, size_t type, uint64_t bits, int has_stack)
{
	int64_t value = (int64_t)bits;

	if (sums->wrong != NULL)
		return;
	if (value < 0 || (type < PROFILE_TYPES && __builtin_add_overflow(sums->of_types[type],
						      value, &sums->of_types[type])))
		sums->wrong = "holds values that cannot be: below zero, or too large to add up";
	else if (type < PROFILE_TYPES && !has_stack)
		sums->lost[type] += value;
}

/* Go writes the stack first: no more than the first field is read. */
static int
has_location(struct span sample)
{
	struct field field;

	while (read_field(&sample, &field) > 0) {
		if (field.number == SAMPLE_LOCATION &&
		    (field.wire == WIRE_VARINT || field.bytes.len > 0))
			return 1;
	}
	return 0;
}

/* What Go counts is never less than nothing; and pprof's own sums wrap around unseen, so that a
 * profile could take back what another function has. */
static void
take_sample(struct sums *sums, struct span sample)
{
	struct field field;
	uint64_t value;
	size_t type = 0;
	int has_stack = has_location(sample);

	while (read_field(&sample, &field) > 0) {
		if (field.number != SAMPLE_VALUE)
			continue;
		if (field.wire == WIRE_VARINT)
			add_value(sums, type++, field.value, has_stack);
		while (field.wire == WIRE_BYTES && field.bytes.len > 0 &&
		       read_varint(&field.bytes, &value) == 0)
			add_value(sums, type++, value, has_stack);
	}
}

static void
take_mapping(struct names *names, struct span mapping)
{
	uint64_t binary = inner_value(mapping, MAPPING_FILENAME);
	uint64_t build_id = inner_value(mapping, MAPPING_BUILD_ID);

	mark_file(names, binary);
	if (names->mappings++ == 0) {
		names->binary = binary;
		names->build_id = build_id;
	}
	if (names->mappings > MAPPINGS)
		return;
	names->of_mappings[names->of_mappings_count++] = binary;
	names->of_mappings[names->of_mappings_count++] = build_id;
}

static void
take_type(struct profile *profile, struct names *names, struct sums *sums, struct span type)
{
	if (profile->type_count < PROFILE_TYPES)
		names->types[profile->type_count++] = inner_value(type, VALUE_TYPE_TYPE);
	else
		sums->wrong = "holds more sample types than any profile of Go's";
}

static void
take_field(struct profile *profile, struct names *names, struct sums *sums,
    const struct field *field)
{
	switch (field->number) {
	case PROFILE_SAMPLE_TYPE:
		if (field->wire == WIRE_BYTES)
			take_type(profile, names, sums, field->bytes);
		break;
	case PROFILE_SAMPLE:
		profile->sample_count++;
		if (field->wire == WIRE_BYTES)
			take_sample(sums, field->bytes);
		break;
	case PROFILE_MAPPING:
		take_mapping(names, field->bytes);
		break;
	case PROFILE_FUNCTION:
		mark_file(names, inner_value(field->bytes, FUNCTION_FILENAME));
		break;
	case PROFILE_DROP_FRAMES:
	case PROFILE_KEEP_FRAMES:
		if (field->value != 0)
			sums->wrong = "has frames cut out of its stacks, which Go never does";
		break;
	case PROFILE_TIME_NANOS:
		profile->time_ns = (int64_t)field->value;
		break;
	case PROFILE_DURATION_NANOS:
		profile->duration_ns = (int64_t)field->value;
		break;
	case PROFILE_PERIOD:
		profile->period = (int64_t)field->value;
		break;
	default:
		break;
	}
}

static int
by_number(const void *left, const void *right)
{
	uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;

	return (a > b) - (a < b);
}

/* pprof joins these names to the path of a directory, and takes build ids for patterns of file
 * names, whatever it is asked for. What is no file, such as "[vdso]", is harmless. */
static int
leads_astray(struct span name)
{
	static const char pattern[] = "*?[\\";

	if (memmem(name.at, name.len, "..", 2) != NULL)
		return 1;
	if (name.len > 2 && name.at[0] == '[' && name.at[name.len - 1] == ']') {
		name.at++;
		name.len -= 2;
	}
	for (size_t i = 0; i < strlen(pattern); i++) {
		if (memchr(name.at, pattern[i], name.len) != NULL)
			return 1;
	}
	return 0;
}

/* Called for all strings, in the order of their numbers. */
static void
check_mapping(struct profile *profile, struct pool *pool, struct names *names, uint64_t number,
    struct span text)
{
	size_t i = names->of_mappings_next;

	if (i == names->of_mappings_count || names->of_mappings[i] != number)
		return;
	while (i < names->of_mappings_count && names->of_mappings[i] == number)
		i++;
	names->of_mappings_next = i;
	if (profile->escape == NULL && leads_astray(text))
		profile->escape = text_clean(pool, text_start(text, QUOTE));
}

/* pprof leaves out by the names of files what it is asked to leave out by the names of
 * functions (pprof.c). No file is called like the functions of a package. */
static int
poses_as_function(struct span file)
{
	static const char *const packages[] = {"net/http/pprof.", "runtime/pprof."};

	for (size_t i = 0; i < sizeof(packages) / sizeof(packages[0]); i++) {
		size_t len = strlen(packages[i]);

		if (file.len >= len && memcmp(file.at, packages[i], len) == 0)
			return 1;
	}
	return 0;
}

/* pprof looks for a type without its "inuse_" too, and takes the first that fits. */
static int
are_twins(const char *a, const char *b)
{
	static const char prefix[] = "inuse_";
	size_t len = strlen(prefix);

	a += strncmp(a, prefix, len) == 0 ? len : 0;
	b += strncmp(b, prefix, len) == 0 ? len : 0;
	return strcmp(a, b) == 0;
}

static int
has_twins(const struct profile *profile)
{
	for (size_t i = 0; i < profile->type_count; i++) {
		for (size_t k = 0; k < i; k++) {
			if (are_twins(profile->types[i], profile->types[k]))
				return 1;
		}
	}
	return 0;
}

/* A value without a stack is in pprof's total and in no row of it. A thread that is caught as it
 * starts may leave such a sample of CPU time; memory and waiting always have a place. */
static int
has_lost(const struct profile *profile, const struct sums *sums)
{
	int is_cpu = profile_has_type(profile, "cpu");

	for (size_t i = 0; i < profile->type_count; i++) {
		if (sums->lost[i] > (is_cpu ? sums->of_types[i] / 100 : 0))
			return 1;
	}
	return 0;
}

static void
take_string(struct profile *profile, struct pool *pool, const struct names *names,
    uint64_t number, struct span text)
{
	for (size_t i = 0; i < profile->type_count; i++) {
		if (names->types[i] == number)
			profile->types[i] = text_clean(pool, text);
	}
	if (names->mappings > 0 && names->build_id == number)
		profile->build_id = text_clean(pool, text);
	if (names->mappings > 0 && names->binary == number)
		profile->binary = text_clean(pool, text);
}

/* The strings, by what was found to name them. Returns 0, or -1 when there are none. */
static int
read_strings(struct profile *profile, struct pool *pool, struct span bytes, struct names *names,
    struct sums *sums)
{
	struct field field;
	uint64_t strings = 0;
	int sound = 1;

	while (read_field(&bytes, &field) > 0) {
		if (field.number != PROFILE_STRING_TABLE || field.wire != WIRE_BYTES)
			continue;
		/* The first string is the empty one. */
		sound &= strings > 0 || field.bytes.len == 0;
		if (names_file(names, strings) && poses_as_function(field.bytes))
			sums->wrong = "names a file as if it were one of Go's own functions";
		check_mapping(profile, pool, names, strings, field.bytes);
		take_string(profile, pool, names, strings++, field.bytes);
	}
	return sound && strings > 0 ? 0 : -1;
}

/* Returns 0, or -1 when the bytes are no profile. */
static int
read_head(struct profile *profile, struct pool *pool, struct span bytes, struct names *names,
    struct sums *sums)
{
	struct span rest = bytes;
	struct field field;
	size_t most_strings = bytes.len / 2; /* each takes two bytes at the least */
	int got;

	memset(buf_reserve(&names->of_files, most_strings / 8 + 1), 0, most_strings / 8 + 1);
	names->of_files.len = most_strings / 8 + 1;
	while ((got = read_field(&rest, &field)) > 0)
		take_field(profile, names, sums, &field);
	if (got < 0 || profile->type_count == 0)
		return -1;
	for (size_t i = 0; i < profile->type_count; i++)
		profile->types[i] = "";
	qsort(names->of_mappings, names->of_mappings_count, sizeof(*names->of_mappings),
	    by_number);
	if (names->mappings > MAPPINGS)
		profile->escape = "more of them than can be checked";
	if (read_strings(profile, pool, bytes, names, sums) < 0)
		return -1;
	if (has_twins(profile))
		sums->wrong = "holds two sample types that pprof takes for the same";
	else if (sums->wrong == NULL && has_lost(profile, sums))
		sums->wrong = "holds values without a stack, which no function would have";
	return 0;
}

/* Says what a file that is no profile holds instead. */
static const char *
describe(struct pool *pool, struct span bytes)
{
	struct span quote = text_trim(bytes), line = {0};

	if (bytes.len >= 8 && memcmp(bytes.at, "PERFILE2", 8) == 0)
		return "holds a Linux perf recording, not a Go profile";
	for (size_t i = 0; i < bytes.len && i < 512; i++) {
		unsigned char byte = (unsigned char)bytes.at[i];

		if (!isprint(byte) && !isspace(byte) && byte < 0x80)
			return "holds no profile: its format is unknown";
	}
	if (!text_line(&quote, &line))
		return "holds nothing but blanks";
	line = text_start(line, QUOTE);
	if (line.len == 0)
		return "holds a text instead of a profile";
	return pool_printf(
	    pool, "holds a text instead of a profile: \"%s\"", text_clean(pool, line));
}

/* Nothing that was read so far counts. */
static void
unreadable(struct profile *profile, const char *why)
{
	*profile = (struct profile){
	    .file = profile->file,
	    .path = profile->path,
	    .size_bytes = profile->size_bytes,
	    .limit_bytes = profile->limit_bytes,
	    .state = PROFILE_UNREADABLE,
	    .why = why,
	    .build_id = "",
	    .binary = "",
	};
}

void
profile_refuse(struct profile *profile, const char *why)
{
	unreadable(profile, why);
}

void
profile_parse(struct profile *profile, struct pool *pool, struct span bytes)
{
	struct buf plain = {0};
	struct error err = {0};
	struct names names = {0};
	struct sums sums = {0};
	int packed = bytes.len >= 2 && memcmp(bytes.at, "\x1f\x8b", 2) == 0;

	profile->build_id = "";
	profile->binary = "";
	if (bytes.len == 0) {
		unreadable(profile, "is empty (0 bytes)");
		return;
	}
	if (packed && unpack_gzip(bytes, (size_t)profile->limit_bytes, &plain, &err) < 0) {
		unreadable(profile, pool_printf(pool, "cannot be decompressed: %s", err.msg));
		goto out;
	}
	if (packed)
		bytes = (struct span){buf_text(&plain), plain.len};
	profile->plain_bytes = (int64_t)bytes.len;
	if (read_head(profile, pool, bytes, &names, &sums) < 0) {
		unreadable(profile, describe(pool, bytes));
		goto out;
	}
	if (sums.wrong != NULL) {
		unreadable(profile, sums.wrong);
		goto out;
	}
	profile->state = PROFILE_READ;
out:
	buf_release(&names.of_files);
	buf_release(&plain);
}

void
profile_open(struct profile *profile, struct pool *pool)
{
	struct buf content = {0};
	struct error err = {0};
	struct stat st;

	if (profile->state != PROFILE_CLOSED)
		return;
	if (lstat(profile->path, &st) < 0 && errno == ENOENT) {
		profile->state = PROFILE_MISSING;
		profile->why = "is not in the flare";
		return;
	}
	if (file_read_untrusted(profile->path, (size_t)profile->limit_bytes, &content, &err) < 0)
		unreadable(profile, text_clean(pool, (struct span){err.msg, strlen(err.msg)}));
	else
		profile_parse(profile, pool, (struct span){buf_text(&content), content.len});
	buf_release(&content);
}

int
profile_same_program(const struct profile *a, const struct profile *b)
{
	if (a->build_id[0] != '\0' && b->build_id[0] != '\0')
		return strcmp(a->build_id, b->build_id) == 0;
	return a->binary[0] == '\0' || b->binary[0] == '\0' || strcmp(a->binary, b->binary) == 0;
}

int
profile_has_type(const struct profile *profile, const char *type)
{
	for (size_t i = 0; i < profile->type_count; i++) {
		if (strcmp(profile->types[i], type) == 0)
			return 1;
	}
	return 0;
}
