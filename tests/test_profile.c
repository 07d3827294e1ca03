#include "profile.h"

#include "buf.h"
#include "error.h"
#include "file.h"
#include "pool.h"

#include <archive.h>
#include <archive_entry.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define BYTES(text) text, sizeof(text) - 1

/* Field numbers of profile.proto. */
enum {
	SAMPLE_TYPE = 1, SAMPLE = 2, MAPPING = 3, FUNCTION = 5, STRING = 6, DROP_FRAMES = 7,
	KEEP_FRAMES = 8, TIME = 9, DURATION = 10, PERIOD = 12,
	TYPE = 1, LOCATION = 1, VALUE = 2, FUNCTION_NAME = 2, FUNCTION_FILE = 4, FILENAME = 5,
	BUILD_ID = 6,
};

/* ---- an encoder of protobuf ---- */

static void
put_varint(struct buf *out, uint64_t value)
{
	for (; value >= 0x80; value >>= 7)
		buf_putc(out, (char)(value | 0x80));
	buf_putc(out, (char)value);
}

static void
put_number(struct buf *out, unsigned field, uint64_t value)
{
	put_varint(out, field << 3);
	put_varint(out, value);
}

static void
put_bytes(struct buf *out, unsigned field, const char *bytes, size_t len)
{
	put_varint(out, field << 3 | 2);
	put_varint(out, len);
	buf_add(out, bytes, len);
}

static void
put_string(struct buf *out, const char *text)
{
	put_bytes(out, STRING, text, strlen(text));
}

/* A message with one number in it. */
static void
put_message(struct buf *out, unsigned field, unsigned inner, uint64_t value)
{
	struct buf message = {0};

	put_number(&message, inner, value);
	put_bytes(out, field, message.data, message.len);
	buf_release(&message);
}

/* A heap profile as Go writes it. Strings: 1 and 3 types, 2 and 4 units, 5 the build id. */
static void
put_strings(struct buf *out)
{
	static const char *const strings[] = {"", "alloc_objects", "count", "inuse_space", "bytes",
	    "0123abcd"};

	for (size_t i = 0; i < COUNT(strings); i++)
		put_string(out, strings[i]);
}

static void
put_head(struct buf *out)
{
	put_message(out, SAMPLE_TYPE, TYPE, 1);
	put_message(out, SAMPLE_TYPE, TYPE, 3);
	for (int i = 0; i < 3; i++)
		put_message(out, SAMPLE, 1, 7);
	put_message(out, MAPPING, BUILD_ID, 5);
	put_message(out, MAPPING, BUILD_ID, 4);
	put_number(out, TIME, 1700000000000000000);
	put_number(out, DURATION, 30000000000);
	put_number(out, PERIOD, 524288);
}

static void
pack(struct buf *packed, const struct buf *plain)
{
	struct archive *archive = archive_write_new();
	struct archive_entry *entry = archive_entry_new();
	size_t used = 0, room = plain->len + 4096;
	char *data = malloc(room);

	assert_int_equal(archive_write_add_filter_gzip(archive), ARCHIVE_OK);
	assert_int_equal(archive_write_set_format_raw(archive), ARCHIVE_OK);
	assert_int_equal(archive_write_set_bytes_in_last_block(archive, 1), ARCHIVE_OK);
	assert_int_equal(archive_write_open_memory(archive, data, room, &used), ARCHIVE_OK);
	archive_entry_set_filetype(entry, AE_IFREG);
	archive_entry_set_pathname(entry, "data");
	assert_int_equal(archive_write_header(archive, entry), ARCHIVE_OK);
	assert_int_equal(archive_write_data(archive, buf_text(plain), plain->len), plain->len);
	assert_int_equal(archive_write_close(archive), ARCHIVE_OK);
	buf_add(packed, data, used);
	archive_entry_free(entry);
	archive_write_free(archive);
	free(data);
}

/* ---- parsing ---- */

struct parsed {
	struct pool pool;
	struct profile profile;
};

/* Parses a copy of its own size, so that a read past its end shows. */
static void
parse(struct parsed *parsed, const char *bytes, size_t len)
{
	char *copy = malloc(len != 0 ? len : 1);

	*parsed = (struct parsed){.profile = {.limit_bytes = 64 << 20}};
	if (len != 0)
		memcpy(copy, bytes, len);
	profile_parse(&parsed->profile, &parsed->pool, (struct span){copy, len});
	free(copy);
}

static void
assert_whole(const struct profile *profile)
{
	if (profile->state != PROFILE_READ)
		fail_msg("%s", profile->why);
	assert_null(profile->why);
	assert_int_equal(profile->type_count, 2);
	assert_string_equal(profile->types[0], "alloc_objects");
	assert_string_equal(profile->types[1], "inuse_space");
	assert_int_equal(profile->sample_count, 3);
	assert_int_equal(profile->period, 524288);
	assert_int_equal(profile->time_ns, 1700000000000000000);
	assert_int_equal(profile->duration_ns, 30000000000);
	assert_string_equal(profile->build_id, "0123abcd");
}

static void
check_whole(const struct buf *bytes)
{
	struct parsed parsed;

	parse(&parsed, bytes->data, bytes->len);
	assert_whole(&parsed.profile);
	assert_true(profile_has_type(&parsed.profile, "inuse_space"));
	assert_false(profile_has_type(&parsed.profile, "inuse_spac"));
	assert_false(profile_has_type(&parsed.profile, "bytes"));
	assert_false(profile_has_type(&parsed.profile, ""));
	pool_release(&parsed.pool);
}

/* The string table may stand on either side of those who use it. */
static void
test_whole(void **state)
{
	struct buf head_first = {0}, strings_first = {0}, packed = {0};

	(void)state;
	put_head(&head_first);
	put_strings(&head_first);
	check_whole(&head_first);
	put_strings(&strings_first);
	put_head(&strings_first);
	check_whole(&strings_first);
	pack(&packed, &strings_first);
	check_whole(&packed);
	buf_release(&packed);
	buf_release(&strings_first);
	buf_release(&head_first);
}

/* Fields that we do not know, of every wire type, also inside of messages. */
static void
test_unknown_fields(void **state)
{
	struct buf bytes = {0}, message = {0};

	(void)state;
	put_number(&bytes, 99, UINT64_MAX);
	put_bytes(&bytes, 1000, "anything", 8);
	put_varint(&bytes, 77 << 3 | 1);
	buf_add(&bytes, "12345678", 8);
	put_varint(&bytes, 78 << 3 | 5);
	buf_add(&bytes, "1234", 4);
	put_number(&message, 9, 4);
	put_number(&message, 2, 2);
	put_number(&message, TYPE, 1);
	put_bytes(&bytes, SAMPLE_TYPE, message.data, message.len);
	put_message(&bytes, SAMPLE_TYPE, TYPE, 3);
	for (int i = 0; i < 3; i++)
		put_bytes(&bytes, SAMPLE, "", 0);
	put_message(&bytes, MAPPING, BUILD_ID, 5);
	put_number(&bytes, TIME, 1700000000000000000);
	put_number(&bytes, DURATION, 30000000000);
	put_number(&bytes, PERIOD, 524288);
	put_number(&bytes, 14, 3);
	put_strings(&bytes);
	check_whole(&bytes);
	buf_release(&message);
	buf_release(&bytes);
}

/* Of a profile that has the types alone, the rest is unknown. */
static void
test_defaults(void **state)
{
	struct buf bytes = {0};
	struct parsed parsed;

	(void)state;
	put_message(&bytes, SAMPLE_TYPE, TYPE, 1);
	put_string(&bytes, "");
	put_string(&bytes, "cpu");
	parse(&parsed, bytes.data, bytes.len);
	assert_int_equal(parsed.profile.state, PROFILE_READ);
	assert_int_equal(parsed.profile.type_count, 1);
	assert_string_equal(parsed.profile.types[0], "cpu");
	assert_int_equal(parsed.profile.sample_count, 0);
	assert_int_equal(parsed.profile.period, 0);
	assert_int_equal(parsed.profile.time_ns, 0);
	assert_int_equal(parsed.profile.duration_ns, 0);
	assert_string_equal(parsed.profile.build_id, "");
	pool_release(&parsed.pool);
	buf_release(&bytes);
}

static void
test_negative(void **state)
{
	struct buf bytes = {0};
	struct parsed parsed;

	(void)state;
	put_message(&bytes, SAMPLE_TYPE, TYPE, 1);
	put_number(&bytes, DURATION, (uint64_t)-5);
	put_number(&bytes, TIME, (uint64_t)INT64_MIN);
	put_string(&bytes, "");
	put_string(&bytes, "cpu");
	parse(&parsed, bytes.data, bytes.len);
	assert_int_equal(parsed.profile.state, PROFILE_READ);
	assert_int_equal(parsed.profile.duration_ns, -5);
	assert_int_equal(parsed.profile.time_ns, INT64_MIN);
	pool_release(&parsed.pool);
	buf_release(&bytes);
}

/* As many types as we keep, and names that are no clean text. */
static void
test_hostile_strings(void **state)
{
	struct buf bytes = {0};
	struct parsed parsed;

	(void)state;
	for (uint64_t i = 1; i <= PROFILE_TYPES; i++)
		put_message(&bytes, SAMPLE_TYPE, TYPE, i);
	put_message(&bytes, MAPPING, BUILD_ID, 2);
	put_string(&bytes, "");
	put_bytes(&bytes, STRING, "a\0b\n\xff", 5);
	put_string(&bytes, "\033[31mid\033[0m\r\n");
	for (char name[] = "c"; name[0] < 'c' + PROFILE_TYPES - 2; name[0]++)
		put_string(&bytes, name);
	parse(&parsed, bytes.data, bytes.len);
	assert_int_equal(parsed.profile.state, PROFILE_READ);
	assert_int_equal(parsed.profile.type_count, PROFILE_TYPES);
	assert_string_equal(parsed.profile.types[0], "a\xef\xbf\xbd" "b\xef\xbf\xbd\xef\xbf\xbd");
	assert_string_equal(parsed.profile.build_id, "id\xef\xbf\xbd\xef\xbf\xbd");
	pool_release(&parsed.pool);
	buf_release(&bytes);
}

/* ---- what is no profile ---- */

#define UNKNOWN "holds no profile: its format is unknown"
#define TEXT(quote) "holds a text instead of a profile: \"" quote "\""

static const struct {
	const char *bytes;
	size_t len;
	const char *why; /* how it begins */
} junk[] = {
    {BYTES(""), "is empty (0 bytes)"},
    {BYTES("\n \t\r\n"), "holds nothing but blanks"},
    {BYTES("<!DOCTYPE html>\n<html><body>502</body></html>"), TEXT("<!DOCTYPE html>")},
    {BYTES("\r\n<html>\r\n"), TEXT("<html>")},
    {BYTES("404 page not found\n"), TEXT("404 page not found")},
    {BYTES("Profile unavailable"), TEXT("Profile unavailable")},
    {BYTES("{\"error\": \"no \\\"token\\\"\"}\n"), TEXT("{\"error\": \"no \\\"token\\\"\"}")},
    {BYTES("goroutine 1 [running]:\nmain.main()\n"), TEXT("goroutine 1 [running]:")},
    {BYTES("heap profile: 1: 2 [3: 4] @ heap/1048576\n"),
	TEXT("heap profile: 1: 2 [3: 4] @ heap/1048576")},
    {BYTES("caf\xc3\xa9 \xff!"), TEXT("caf\xc3\xa9 \xef\xbf\xbd!")},
    {BYTES("0123456789012345678901234567890123456789012345678901234567890123456789"
	   "0123456789XYZ"),
	"holds a text instead of a profile"},
    {BYTES("0123456789012345678901234567890123456789012345678901234567890123456789 "
	   "is what comes before the end"),
	TEXT("0123456789012345678901234567890123456789012345678901234567890123456789 is what")},
    {BYTES("PERFILE2"), "holds a Linux perf recording, not a Go profile"},
    {BYTES("PERFILE2\x68\0\0\0\0\0\0\0"), "holds a Linux perf recording, not a Go profile"},
    {BYTES("\0\0\0\0\0\0\0\0"), UNKNOWN},
    {BYTES("\0\0\0\0\0\0\0"), UNKNOWN},
    {BYTES("text \033[31m"), UNKNOWN},
    {BYTES("\x7f" "ELF\2\1\1"), UNKNOWN},
    {BYTES("PK\3\4"), UNKNOWN},
    {BYTES("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"), "holds "},
    /* gzip that is cut, damaged, or packs junk */
    {BYTES("\x1f\x8b"), "cannot be decompressed: "},
    {BYTES("\x1f\x8b\x08\0\0\0\0\0\2\3"), "cannot be decompressed: "},
    {BYTES("\x1f\x8b\x08\0\0\0\0\0\2\3\3\0\0\0\0\0\0\0\0\0"), "holds nothing but blanks"},
    /* protobuf: cut in a varint, in a string, too long a varint, groups, no sample type */
    {BYTES("\x0a\x02\x08\x01\x48"), UNKNOWN},
    {BYTES("\x0a\x02\x08\x01\x48\x80"), UNKNOWN},
    {BYTES("\x0a\x02\x08\x01\x32\x05" "cpu"), UNKNOWN},
    {BYTES("\x0a\x02\x08\x01\x32"), UNKNOWN},
    {BYTES("\x0a\x02\x08\x01\x32\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"), UNKNOWN},
    {BYTES("\x0a\x02\x08\x01\x32\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"), UNKNOWN},
    {BYTES("\x0a\x02\x08\x01\x0b\x0c"), UNKNOWN},
    {BYTES("\x0a\x02\x08\x01\x49\x01\x02"), UNKNOWN},
    {BYTES("\x0a\x02\x08\x01\x4d\x01\x02"), UNKNOWN},
    {BYTES("\x0a\x02\x08\x01\x02\x00"), UNKNOWN},
    {BYTES("\x48\x01\x32\x00\x32\x03" "cpu"), UNKNOWN},
    /* a sample type that is no message; no string table; one that does not begin with "" */
    {BYTES("\x08\x01\x32\x00\x32\x03" "cpu"), UNKNOWN},
    {BYTES("\x0d\1\1\1\1\x32\x00\x32\x03" "cpu"), UNKNOWN},
    {BYTES("\x0a\x02\x08\x01"), UNKNOWN},
    {BYTES("\x0a\x02\x08\x01\x32\x03" "cpu"), UNKNOWN},
};

static void
assert_unreadable(const struct profile *profile, const char *why)
{
	if (profile->state != PROFILE_UNREADABLE)
		fail_msg("read as a profile, which %s", why);
	assert_non_null(profile->why);
	if (strncmp(profile->why, why, strlen(why)) != 0)
		assert_string_equal(profile->why, why);
	assert_null(strchr(profile->why, '\n'));
	assert_non_null(profile->build_id);
}

static void
test_junk(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(junk); i++) {
		struct parsed parsed;

		parse(&parsed, junk[i].bytes, junk[i].len);
		assert_unreadable(&parsed.profile, junk[i].why);
		pool_release(&parsed.pool);
	}
}

/* The same junk, but its gzip is sound: an Agent packs an error page too. */
static void
test_packed_junk(void **state)
{
	(void)state;
	for (size_t i = 1; i < COUNT(junk); i++) {
		struct buf plain = {0}, packed = {0};
		struct parsed parsed;

		buf_add(&plain, junk[i].bytes, junk[i].len);
		pack(&packed, &plain);
		parse(&parsed, packed.data, packed.len);
		assert_unreadable(&parsed.profile, plain.data[0] == '\x1f' ? UNKNOWN : junk[i].why);
		pool_release(&parsed.pool);
		buf_release(&packed);
		buf_release(&plain);
	}
}

/* What could not be read has no types, whatever was read of it before that showed. */
static void
test_unreadable_is_void(void **state)
{
	struct buf bytes = {0};
	struct parsed parsed;

	(void)state;
	put_strings(&bytes);
	put_head(&bytes);
	buf_putc(&bytes, '\x32');
	parse(&parsed, bytes.data, bytes.len);
	assert_int_equal(parsed.profile.state, PROFILE_UNREADABLE);
	assert_int_equal(parsed.profile.type_count, 0);
	assert_int_equal(parsed.profile.sample_count, 0);
	assert_int_equal(parsed.profile.time_ns, 0);
	assert_false(profile_has_type(&parsed.profile, "inuse_space"));
	pool_release(&parsed.pool);
	buf_release(&bytes);
}

static void
test_cut(void **state)
{
	struct buf plain = {0}, packed = {0};

	(void)state;
	put_head(&plain);
	put_strings(&plain);
	pack(&packed, &plain);
	for (size_t len = 0; len < packed.len; len++) {
		struct parsed parsed;

		parse(&parsed, packed.data, len);
		assert_int_equal(parsed.profile.state, PROFILE_UNREADABLE);
		pool_release(&parsed.pool);
	}
	/* Without gzip only what is cut inside of a field can be told. */
	for (size_t len = 0; len < plain.len; len++) {
		struct parsed parsed;

		parse(&parsed, plain.data, len);
		assert_in_range(parsed.profile.state, PROFILE_UNREADABLE, PROFILE_READ);
		pool_release(&parsed.pool);
	}
	buf_release(&packed);
	buf_release(&plain);
}

/* One wrong bit anywhere, and bytes by chance: any answer but a crash. */
static void
test_random(void **state)
{
	struct buf plain = {0};
	uint32_t random = 3;
	char bytes[64];

	(void)state;
	put_head(&plain);
	put_strings(&plain);
	for (size_t bit = 0; bit < 8 * plain.len + 2000; bit++) {
		struct parsed parsed;

		for (size_t k = 0; k < sizeof(bytes); k++) {
			random = random * 1664525 + 1013904223;
			bytes[k] = (char)(random >> 24);
		}
		if (bit < 8 * plain.len)
			plain.data[bit / 8] = (char)(plain.data[bit / 8] ^ 1 << bit % 8);
		if (bit < 8 * plain.len)
			parse(&parsed, plain.data, plain.len);
		else
			parse(&parsed, bytes, random % sizeof(bytes));
		assert_in_range(parsed.profile.state, PROFILE_UNREADABLE, PROFILE_READ);
		assert_int_equal(parsed.profile.state == PROFILE_READ, parsed.profile.why == NULL);
		if (bit < 8 * plain.len)
			plain.data[bit / 8] = (char)(plain.data[bit / 8] ^ 1 << bit % 8);
		pool_release(&parsed.pool);
	}
	buf_release(&plain);
}

/* 300 MiB of zeros in a small file are not unpacked to the end. */
static void
test_bomb(void **state)
{
	/* a gzip member of 1 MiB of zeros, many times */
	struct buf zeros = {0}, member = {0}, bomb = {0};
	struct parsed parsed;

	(void)state;
	memset(buf_reserve(&zeros, 1 << 20), 0, 1 << 20);
	zeros.len = 1 << 20;
	pack(&member, &zeros);
	for (int i = 0; i < 300; i++)
		buf_add(&bomb, member.data, member.len);
	parse(&parsed, bomb.data, bomb.len);
	assert_unreadable(&parsed.profile, "cannot be decompressed: gzip text is larger than");
	pool_release(&parsed.pool);
	buf_release(&bomb);
	buf_release(&member);
	buf_release(&zeros);
}

/* ---- files ---- */

struct place {
	char directory[64], path[128];
};

static void
place_open(struct place *place)
{
	strcpy(place->directory, "/tmp/test_profile.XXXXXX");
	assert_non_null(mkdtemp(place->directory));
	snprintf(place->path, sizeof(place->path), "%s/core-cpu.pprof", place->directory);
}

static void
place_close(struct place *place)
{
	unlink(place->path);
	rmdir(place->path);
	assert_int_equal(rmdir(place->directory), 0);
}

static void
open_profile(struct parsed *parsed, const char *path)
{
	*parsed = (struct parsed){.profile = {.file = "profiles/core-cpu.pprof",
				      .path = path, .limit_bytes = 64 << 20}};
	profile_open(&parsed->profile, &parsed->pool);
}

static void
make_nothing(const char *path)
{
	(void)path;
}

static void
make_empty(const char *path)
{
	fclose(fopen(path, "w"));
}

static void
make_page(const char *path)
{
	FILE *file = fopen(path, "w");

	fputs("404 page not found\n", file);
	fclose(file);
}

static void
make_directory(const char *path)
{
	assert_int_equal(mkdir(path, 0700), 0);
}

static void
make_fifo(const char *path)
{
	assert_int_equal(mkfifo(path, 0600), 0);
}

static void
make_link(const char *path)
{
	assert_int_equal(symlink("/etc/passwd", path), 0);
}

static void
make_dangling(const char *path)
{
	assert_int_equal(symlink("/nonexistent/x", path), 0);
}

static void
make_huge(const char *path)
{
	make_empty(path);
	assert_int_equal(truncate(path, ((off_t)64 << 20) + 1), 0);
}

static void
test_files(void **state)
{
	static const struct {
		void (*make)(const char *path);
		enum profile_state state;
		const char *why; /* a part of it */
	} cases[] = {
	    {make_nothing, PROFILE_MISSING, "is not in the flare"},
	    {make_empty, PROFILE_UNREADABLE, "is empty (0 bytes)"},
	    {make_page, PROFILE_UNREADABLE, "404 page not found"},
	    {make_directory, PROFILE_UNREADABLE, "not a regular file"},
	    {make_fifo, PROFILE_UNREADABLE, "not a regular file"},
	    {make_link, PROFILE_UNREADABLE, "a symbolic link is not followed"},
	    {make_dangling, PROFILE_UNREADABLE, "a symbolic link is not followed"},
	    {make_huge, PROFILE_UNREADABLE, "larger than 67108864 bytes"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct place place;
		struct parsed parsed;

		place_open(&place);
		cases[i].make(place.path);
		open_profile(&parsed, place.path);
		assert_int_equal(parsed.profile.state, cases[i].state);
		if (strstr(parsed.profile.why, cases[i].why) == NULL)
			assert_string_equal(parsed.profile.why, cases[i].why);
		pool_release(&parsed.pool);
		place_close(&place);
	}
}

static const char *
type_of(const char *path)
{
	if (strstr(path, "-heap.pprof") != NULL)
		return "inuse_space";
	return strstr(path, "-cpu.pprof") != NULL ? "cpu" : "delay";
}

/* What real Go programs wrote. */
static void
test_fixtures(void **state)
{
	const char *fixtures = getenv("FIXTURES");
	char pattern[512];
	size_t read = 0;
	glob_t found;

	(void)state;
	snprintf(pattern, sizeof(pattern), "%s/flares*/*/*/profiles/*.pprof",
	    fixtures != NULL ? fixtures : "fixtures");
	assert_int_equal(glob(pattern, 0, NULL, &found), 0);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		struct parsed parsed;
		int partial = strstr(found.gl_pathv[i], "/partial/") != NULL;

		open_profile(&parsed, found.gl_pathv[i]);
		if (parsed.profile.state != PROFILE_READ && !partial)
			fail_msg("%s %s", found.gl_pathv[i], parsed.profile.why);
		if (parsed.profile.state == PROFILE_READ) {
			read++;
			assert_true(profile_has_type(&parsed.profile, type_of(found.gl_pathv[i])));
			assert_true(parsed.profile.time_ns > 1600000000 * (int64_t)1000000000);
			assert_true(parsed.profile.period > 0);
		}
		pool_release(&parsed.pool);
	}
	globfree(&found);
	assert_true(read > 50);
}

/* The heads of one flare, as `go tool pprof` shows them. */
static void
test_known_fixture(void **state)
{
	static const struct {
		const char *name;
		size_t type_count;
		int64_t period;
		int has_duration;
	} cases[] = {{"core-1st-heap", 4, 524288, 0}, {"core-cpu", 2, 10000000, 1},
	    {"core-block", 2, 1, 0}, {"core-mutex", 2, 1, 0}};
	const char *fixtures = getenv("FIXTURES");

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct parsed parsed;
		char path[512];

		snprintf(path, sizeof(path), "%s/flares/leak/leak-01_example_com/profiles/%s.pprof",
		    fixtures != NULL ? fixtures : "fixtures", cases[i].name);
		open_profile(&parsed, path);
		assert_int_equal(parsed.profile.state, PROFILE_READ);
		assert_int_equal(parsed.profile.type_count, cases[i].type_count);
		assert_int_equal(parsed.profile.period, cases[i].period);
		assert_int_equal(parsed.profile.duration_ns > 0, cases[i].has_duration);
		pool_release(&parsed.pool);
	}
}

/* What pprof would take for a path or a pattern is told of; what real programs have is not. */
static void
test_mappings(void **state)
{
	static const struct {
		const char *file, *build_id, *escape;
	} cases[] = {
	    {"/opt/datadog-agent/bin/agent/agent", "0123abcd", NULL},
	    {"[vdso]", "", NULL},
	    {"[heap]", "", NULL},
	    {"http://127.0.0.1/x", "go/id_x-y", NULL},
	    {"../../etc/passwd", "", "../../etc/passwd"},
	    {"/a", "../../*/*", "../../*/*"},
	    {"/a", "*", "*"},
	    {"/a", "x?", "x?"},
	    {"/a[1]", "", "/a[1]"},
	    {"[[x]]", "", "[[x]]"},
	    {"/a\\b", "", "/a\\b"},
	    {"..\x01x", "", "..\xef\xbf\xbdx"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct buf bytes = {0}, mapping = {0};
		struct parsed parsed;

		put_message(&bytes, SAMPLE_TYPE, TYPE, 1);
		/* The second of two, and its names in the other order. */
		put_message(&bytes, MAPPING, BUILD_ID, 1);
		put_number(&mapping, FILENAME, 3);
		put_number(&mapping, BUILD_ID, 2);
		put_bytes(&bytes, MAPPING, mapping.data, mapping.len);
		put_string(&bytes, "");
		put_string(&bytes, "cpu");
		put_string(&bytes, cases[i].build_id);
		put_string(&bytes, cases[i].file);
		put_string(&bytes, "a.(*T[...]).f*?..");
		parse(&parsed, bytes.data, bytes.len);
		assert_int_equal(parsed.profile.state, PROFILE_READ);
		assert_int_equal(parsed.profile.plain_bytes, bytes.len);
		if (cases[i].escape == NULL)
			assert_null(parsed.profile.escape);
		else
			assert_string_equal(parsed.profile.escape, cases[i].escape);
		buf_release(&mapping);
		buf_release(&bytes);
		pool_release(&parsed.pool);
	}
}

static void
test_many_mappings(void **state)
{
	struct buf bytes = {0};
	struct parsed parsed;

	(void)state;
	put_message(&bytes, SAMPLE_TYPE, TYPE, 1);
	for (int i = 0; i < 1025; i++) {
		if (i == 1024) {
			struct buf before = {0};

			buf_add(&before, bytes.data, bytes.len);
			put_string(&before, "");
			put_string(&before, "cpu");
			parse(&parsed, before.data, before.len);
			assert_null(parsed.profile.escape);
			pool_release(&parsed.pool);
			buf_release(&before);
		}
		put_message(&bytes, MAPPING, BUILD_ID, 1);
	}
	put_string(&bytes, "");
	put_string(&bytes, "cpu");
	parse(&parsed, bytes.data, bytes.len);
	assert_int_equal(parsed.profile.state, PROFILE_READ);
	assert_non_null(parsed.profile.escape);
	pool_release(&parsed.pool);
	buf_release(&bytes);
}

/* pprof's own sums wrap around unseen: such a profile could hide what leaks. */
static void
test_impossible_values(void **state)
{
	static const struct {
		int64_t values[2][2]; /* of each sample, of two types */
		int sound;
	} cases[] = {
	    {{{1, 2}, {3, 4}}, 1},
	    {{{0, 0}, {0, 0}}, 1},
	    {{{INT64_MAX, INT64_MAX}, {0, 0}}, 1},
	    {{{1, 0}, {0, INT64_MAX}}, 1},
	    {{{1, 2}, {3, -4}}, 0},
	    {{{-1, 2}, {1, 2}}, 0},
	    {{{1, INT64_MAX}, {1, 1}}, 0},
	    {{{INT64_MAX / 2 + 1, 0}, {INT64_MAX / 2 + 1, 0}}, 0},
	};

	(void)state;
	for (size_t i = 0; i < 2 * COUNT(cases); i++) {
		struct buf bytes = {0};
		struct parsed parsed;

		put_message(&bytes, SAMPLE_TYPE, TYPE, 1);
		put_message(&bytes, SAMPLE_TYPE, TYPE, 2);
		for (int k = 0; k < 2; k++) {
			struct buf sample = {0}, values = {0};
			uint64_t first = (uint64_t)cases[i / 2].values[k][0];
			uint64_t second = (uint64_t)cases[i / 2].values[k][1];

			/* Packed, as Go has it, and one by one, as is allowed too. */
			put_varint(&values, first);
			put_varint(&values, second);
			put_number(&sample, LOCATION, 1);
			if (i % 2 == 0) {
				put_bytes(&sample, 2, values.data, values.len);
			} else {
				put_number(&sample, 2, first);
				put_number(&sample, 2, second);
			}
			put_bytes(&bytes, SAMPLE, sample.data, sample.len);
			buf_release(&values);
			buf_release(&sample);
		}
		put_string(&bytes, "");
		put_string(&bytes, "samples");
		put_string(&bytes, "cpu");
		parse(&parsed, bytes.data, bytes.len);
		if (cases[i / 2].sound)
			assert_int_equal(parsed.profile.state, PROFILE_READ);
		else
			assert_unreadable(&parsed.profile, "holds values that cannot be: ");
		pool_release(&parsed.pool);
		buf_release(&bytes);
	}
}

/* What pprof could take for another: the first that fits, with "inuse_" or without. */
static void
test_types(void **state)
{
	static const struct {
		const char *types[9], *why; /* NULL: it is read */
	} cases[] = {
	    {{"alloc_objects", "alloc_space", "inuse_objects", "inuse_space"}, NULL},
	    {{"space"}, NULL},
	    {{"a", "b", "c", "d", "e", "f", "g", "h"}, NULL},
	    {{"a", "b", "c", "d", "e", "f", "g", "h", "space"}, "holds more sample types"},
	    {{"space", "inuse_space"}, "holds two sample types"},
	    {{"inuse_space", "cpu", "space"}, "holds two sample types"},
	    {{"delay", "delay"}, "holds two sample types"},
	    {{"a", "b", "c", "d", "e", "f", "g", "g"}, "holds two sample types"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct buf bytes = {0};
		struct parsed parsed;

		put_string(&bytes, "");
		for (size_t k = 0; k < COUNT(cases[i].types) && cases[i].types[k] != NULL; k++) {
			/* Strings of their own, though they may read the same. */
			put_message(&bytes, SAMPLE_TYPE, TYPE, k + 1);
			put_string(&bytes, cases[i].types[k]);
		}
		parse(&parsed, bytes.data, bytes.len);
		if (cases[i].why == NULL)
			assert_int_equal(parsed.profile.state, PROFILE_READ);
		else
			assert_unreadable(&parsed.profile, cases[i].why);
		pool_release(&parsed.pool);
		buf_release(&bytes);
	}
}

static void
put_sample(struct buf *out, int has_stack, uint64_t value)
{
	struct buf sample = {0};

	/* Behind the value, where it may stand too. */
	put_number(&sample, VALUE, value);
	if (has_stack)
		put_bytes(&sample, LOCATION, "\1\2", 2);
	else
		put_bytes(&sample, LOCATION, "", 0);
	put_bytes(out, SAMPLE, sample.data, sample.len);
	buf_release(&sample);
}

/* In pprof's total and in no row: nothing of memory, and next to nothing of CPU time. */
static void
test_without_stack(void **state)
{
	static const struct {
		const char *type;
		uint64_t with, without;
		int sound;
	} cases[] = {
	    {"inuse_space", 1000, 0, 1},
	    {"inuse_space", 1000, 1, 0},
	    {"inuse_space", 0, 1, 0},
	    {"delay", 1000, 1, 0},
	    {"cpu", 990, 10, 1},
	    {"cpu", 989, 11, 0},
	    {"cpu", 0, 1, 0},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct buf bytes = {0};
		struct parsed parsed;

		put_message(&bytes, SAMPLE_TYPE, TYPE, 1);
		put_sample(&bytes, 0, cases[i].without);
		put_sample(&bytes, 1, cases[i].with);
		put_string(&bytes, "");
		put_string(&bytes, cases[i].type);
		parse(&parsed, bytes.data, bytes.len);
		if (cases[i].sound)
			assert_int_equal(parsed.profile.state, PROFILE_READ);
		else
			assert_unreadable(&parsed.profile, "holds values without a stack");
		pool_release(&parsed.pool);
		buf_release(&bytes);
	}
}

static void
test_cut_frames(void **state)
{
	static const struct {
		unsigned field;
		uint64_t string;
		int sound;
	} cases[] = {{DROP_FRAMES, 0, 1}, {DROP_FRAMES, 1, 0}, {KEEP_FRAMES, 0, 1},
	    {KEEP_FRAMES, 1, 0}};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct buf bytes = {0};
		struct parsed parsed;

		put_message(&bytes, SAMPLE_TYPE, TYPE, 1);
		put_number(&bytes, cases[i].field, cases[i].string);
		put_string(&bytes, "");
		put_string(&bytes, "cpu");
		parse(&parsed, bytes.data, bytes.len);
		if (cases[i].sound)
			assert_int_equal(parsed.profile.state, PROFILE_READ);
		else
			assert_unreadable(&parsed.profile, "has frames cut out");
		pool_release(&parsed.pool);
		buf_release(&bytes);
	}
}

/* A file that is called like a function that is left out; the function itself may be. */
static void
test_file_names(void **state)
{
	static const struct {
		unsigned message, field;
		const char *name;
		int sound;
	} cases[] = {
	    {FUNCTION, FUNCTION_FILE, "net/http/pprof.go", 0},
	    {FUNCTION, FUNCTION_FILE, "runtime/pprof.WriteHeapProfile", 0},
	    {FUNCTION, FUNCTION_FILE, "net/http/pprof/pprof.go", 1},
	    {FUNCTION, FUNCTION_FILE, "/x/net/http/pprof.go", 1},
	    {FUNCTION, FUNCTION_NAME, "net/http/pprof.Index", 1},
	    {MAPPING, FILENAME, "net/http/pprof.so", 0},
	    {MAPPING, FILENAME, "/opt/net/http/pprof.so", 1},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct buf bytes = {0};
		struct parsed parsed;

		put_message(&bytes, SAMPLE_TYPE, TYPE, 1);
		put_message(&bytes, cases[i].message, cases[i].field, UINT64_MAX);
		put_message(&bytes, cases[i].message, cases[i].field, 2);
		put_string(&bytes, "");
		put_string(&bytes, "cpu");
		put_string(&bytes, cases[i].name);
		parse(&parsed, bytes.data, bytes.len);
		if (cases[i].sound)
			assert_int_equal(parsed.profile.state, PROFILE_READ);
		else
			assert_unreadable(&parsed.profile, "names a file as if");
		pool_release(&parsed.pool);
		buf_release(&bytes);
	}
}

/* Sums that are too large once are not added to any more. */
static void
test_large_values_without_stack(void **state)
{
	struct buf bytes = {0};
	struct parsed parsed;

	(void)state;
	put_message(&bytes, SAMPLE_TYPE, TYPE, 1);
	for (int i = 0; i < 4; i++)
		put_message(&bytes, SAMPLE, 2, INT64_MAX);
	put_string(&bytes, "");
	put_string(&bytes, "cpu");
	parse(&parsed, bytes.data, bytes.len);
	assert_unreadable(&parsed.profile, "holds values that cannot be: ");
	pool_release(&parsed.pool);
	buf_release(&bytes);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_whole),
	    cmocka_unit_test(test_unknown_fields),
	    cmocka_unit_test(test_defaults),
	    cmocka_unit_test(test_negative),
	    cmocka_unit_test(test_hostile_strings),
	    cmocka_unit_test(test_junk),
	    cmocka_unit_test(test_packed_junk),
	    cmocka_unit_test(test_unreadable_is_void),
	    cmocka_unit_test(test_cut),
	    cmocka_unit_test(test_random),
	    cmocka_unit_test(test_bomb),
	    cmocka_unit_test(test_files),
	    cmocka_unit_test(test_fixtures),
	    cmocka_unit_test(test_known_fixture),
	    cmocka_unit_test(test_impossible_values),
	    cmocka_unit_test(test_large_values_without_stack),
	    cmocka_unit_test(test_types),
	    cmocka_unit_test(test_without_stack),
	    cmocka_unit_test(test_cut_frames),
	    cmocka_unit_test(test_file_names),
	    cmocka_unit_test(test_mappings),
	    cmocka_unit_test(test_many_mappings),
	};

	return cmocka_run_group_tests_name("profile", tests, NULL, NULL);
}
