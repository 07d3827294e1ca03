#include "stacks.h"

#include "buf.h"
#include "error.h"
#include "pool.h"
#include "raw.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define HEAD                                                                                   \
	"PeriodType: cpu nanoseconds\nPeriod: 10000000\nTime: 2026-11-23 15:54:37 +0000 UTC\n" \
	"Duration: 5.00\nSamples:\nsamples/count cpu/nanoseconds\n"
#define MAPPINGS "Mappings\n1: 0x400000/0x7a1000/0x0 /opt/agent/bin/agent 3963ba [FN]\n"
#define TEXT                                                                                   \
	HEAD "          8   80000000: 1 2 3 \n"                                               \
	     "          1   10000000: 2 3 \n"                                                   \
	     "                check_id:[cpu:1]\n"                                               \
	     "          1   20000000: 4 3 \n"                                                   \
	     "          0          0: 1 3 \n"                                                   \
	     "          3    5000000: \n"                                                       \
	     "Locations\n"                                                                     \
	     "     1: 0x42245d M=1 runtime.pageIndexOf runtime/mheap.go:696 s=0\n"             \
	     "             runtime.greyobject runtime/mgcmark.go:1489 s=0\n"                   \
	     "     2: 0x421f71 M=1 a.(*T[go.shape.struct { a int }]).f C:/Program Files/a.go:1:7 s=3\n" \
	     "     3: 0x421793 M=1 [F] main.main main.go:1103 s=0(main.main.linker)\n"         \
	     "     4: 0x41de4c M=1 \n" MAPPINGS

struct place {
	struct pool pool;
	struct raw_reader *reader;
	struct stacks stacks;
	struct error err;
};

static int
parse(struct place *place, const char *type, enum top_unit unit, const char *text, size_t len)
{
	char *copy = malloc(len + 1);
	int status;

	*place = (struct place){0};
	place->reader = raw_reader_new(&place->pool);
	memcpy(copy, text, len);
	status = stacks_parse(&place->stacks, place->reader, &place->pool, type, unit,
	    (struct span){copy, len}, &place->err);
	free(copy);
	return status;
}

static void
close_place(struct place *place)
{
	raw_reader_free(place->reader);
	pool_release(&place->pool);
}

/* The tree, a node a line: depth by blanks, function, self, grew, shrank. */
static char *
drawn(struct place *place)
{
	struct buf text = {0};
	char *copy;

	for (size_t i = 0; i < place->stacks.count; i++) {
		const struct stacks_node *node = &place->stacks.nodes[i];
		char line[256];

		for (size_t k = i; k != 0; k = place->stacks.nodes[k].parent) {
			assert_true(place->stacks.nodes[k].parent < k);
			buf_putc(&text, ' ');
		}
		snprintf(line, sizeof(line), "%s %d %d %d\n",
		    node->function != NULL ? node->function : "ALL", (int)node->self,
		    (int)node->grew, (int)node->shrank);
		buf_puts(&text, line);
	}
	copy = pool_strdup(&place->pool, buf_text(&text));
	buf_release(&text);
	return copy;
}

static void
test_tree(void **state)
{
	struct place place;

	(void)state;
	assert_int_equal(parse(&place, "cpu", TOP_NANOSECONDS, TEXT, strlen(TEXT)), 0);
	assert_true(place.stacks.found);
	assert_string_equal(drawn(&place),
	    "ALL 0 110000000 0\n"
	    " main.main 0 110000000 0\n"
	    "  [agent] 20000000 20000000 0\n"
	    "  a.(*T[go.shape.struct { a int }]).f 10000000 90000000 0\n"
	    "   runtime.greyobject 0 80000000 0\n"
	    "    runtime.pageIndexOf 80000000 80000000 0\n");
	close_place(&place);
}

/* The column is that of the type, whichever the profile's own one is. */
static void
test_difference(void **state)
{
	static const char text[] =
	    "Samples:\ninuse_objects/count inuse_space/bytes[dflt] x/bytes\n"
	    "  5  64: 1 2\n -5 -64: 3 2\n  1   9: 1 2\n -9 -1: 1 2\n 2 2: 2 2 2\n"
	    "Locations\n 1: 0x1 M=1 f f.go:1 s=0\n 2: 0x2 M=1 m m.go:1 s=0\n"
	    " 3: 0x3 M=1 g :0 s=0\n" MAPPINGS;
	struct place place;

	(void)state;
	assert_int_equal(parse(&place, "inuse_space", TOP_BYTES, text, strlen(text)), 0);
	assert_string_equal(drawn(&place),
	    "ALL 0 74 64\n m 0 74 64\n  f 72 72 0\n  g -64 0 64\n  m 0 2 0\n   m 2 2 0\n");
	close_place(&place);
	assert_int_equal(parse(&place, "inuse_objects", TOP_COUNT, text, strlen(text)), 0);
	assert_string_equal(drawn(&place),
	    "ALL 0 2 8\n m 0 2 8\n  f -3 0 3\n  g -5 0 5\n  m 0 2 0\n   m 2 2 0\n");
	close_place(&place);
}

static void
test_nothing(void **state)
{
	static const char text[] = "Samples:\ncpu/nanoseconds\nLocations\nMappings\n";
	struct place place;

	(void)state;
	assert_int_equal(parse(&place, "cpu", TOP_NANOSECONDS, text, strlen(text)), 0);
	assert_string_equal(drawn(&place), "ALL 0 0 0\n");
	assert_true(stacks_agree(&place.stacks, &(struct top){0}));
	close_place(&place);
}

#define BEGIN "Samples:\ncpu/nanoseconds\n"
#define F "Locations\n 1: 0x1 M=1 f f.go:1 s=0\n"

static void
test_refused(void **state)
{
	static const struct {
		const char *text, *why;
	} cases[] = {
	    {"", "cut"},
	    {"404 page not found\n", "cut"},
	    {BEGIN " 1: 1\n" F, "cut"},
	    {"Samples:\nsamples/count\nLocations\n" MAPPINGS, "unexpected line 2"},
	    {"Samples:\ncpu/microseconds\nLocations\n" MAPPINGS, "unexpected line 2"},
	    {"Samples:\ncpu/nanosecondsx\nLocations\n" MAPPINGS, "unexpected line 2"},
	    {"Samples:\n x/a 1\nLocations\n" MAPPINGS, "unexpected line 2"},
	    {BEGIN "nonsense\n" F MAPPINGS, "unexpected line 3"},
	    {BEGIN " 1 x\n" F MAPPINGS, "unexpected line 3"},
	    {"Samples:\na/count cpu/nanoseconds\n 1: 1\n" F MAPPINGS, "unexpected line 3"},
	    {BEGIN " 99999999999999999999: 1\n" F MAPPINGS, "unexpected line 3"},
	    {BEGIN " 1: 99999999999999999999\n" F MAPPINGS, "unexpected line 3"},
	    {BEGIN " 9223372036854775807: 1\n 1: 1\n" F MAPPINGS, "added up"},
	    {BEGIN " -9223372036854775808: 1\n" F MAPPINGS, "added up"},
	    {BEGIN " 1: 2\n" F MAPPINGS, "does not have"},
	    {BEGIN " 1: 1\nLocations\n             f f.go:1 s=0\n" MAPPINGS, "unexpected line 5"},
	    {BEGIN " 1: 1\nLocations\n 1: 0x1 M=1 f f.go s=0\n" MAPPINGS, "unexpected line 5"},
	    {BEGIN " 1: 1\nLocations\n 1: 0x1 M=1 f\n" MAPPINGS, "unexpected line 5"},
	    {BEGIN " 1: 1\n" F "Mappings\nx\n", "unexpected line 7"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct place place;

		if (parse(&place, "cpu", TOP_NANOSECONDS, cases[i].text, strlen(cases[i].text)) == 0)
			fail_msg("case %zu was read", i);
		if (strstr(place.err.msg, cases[i].why) == NULL)
			fail_msg("case %zu: %s", i, place.err.msg);
		assert_false(place.stacks.found);
		assert_int_equal(place.stacks.count, 0);
		close_place(&place);
	}
}

/* Wherever the text ends, nothing is read beyond, and what is taken for whole says the same. */
static void
test_cut_anywhere(void **state)
{
	struct place place;

	(void)state;
	for (size_t len = 0; len < strlen(TEXT); len++) {
		int status = parse(&place, "cpu", TOP_NANOSECONDS, TEXT, len);

		assert_int_equal(status == 0, len >= strlen(TEXT) - strlen(MAPPINGS) + 8 &&
						  place.err.msg[0] == '\0');
		if (status == 0)
			assert_int_equal(place.stacks.nodes[0].grew, 110000000);
		close_place(&place);
	}
}

static void
test_agree(void **state)
{
	static const struct {
		struct top_row rows[5];
		int agree;
	} cases[] = {
	    {{{"main.main", 0, 110000000}, {"[agent]", 20000000, 0},
		 {"a.(*T[go.shape.struct { a int }]).f", 10000000, 0},
		 {"runtime.greyobject", 0, 0}, {"runtime.pageIndexOf", 80000000, 0}}, 1},
	    /* two rows of one name */
	    {{{"[agent]", 15000000, 0}, {"[agent]", 5000000, 0},
		 {"a.(*T[go.shape.struct { a int }]).f", 10000000, 0},
		 {"runtime.pageIndexOf", 80000000, 0}, {"x", 0, 0}}, 1},
	    {{{"main.main", 1, 0}, {"[agent]", 20000000, 0},
		 {"a.(*T[go.shape.struct { a int }]).f", 10000000, 0},
		 {"runtime.pageIndexOf", 80000000, 0}, {"x", 0, 0}}, 0},
	    {{{"main.main", 0, 0}, {"[agent]", 20000000, 0},
		 {"a.(*T[go.shape.struct { a int }]).f", 10000000, 0},
		 {"runtime.pageIndexOf", 80000001, 0}, {"x", 0, 0}}, 0},
	    {{{"main.main", 0, 0}, {"agent", 20000000, 0},
		 {"a.(*T[go.shape.struct { a int }]).f", 10000000, 0},
		 {"runtime.pageIndexOf", 80000000, 0}, {"x", 0, 0}}, 0},
	    {{{"main.main", 0, 0}, {"[agent]", 20000000, 0}, {"y", 0, 0},
		 {"runtime.pageIndexOf", 80000000, 0}, {"x", 0, 0}}, 0},
	};
	struct place place;

	(void)state;
	assert_int_equal(parse(&place, "cpu", TOP_NANOSECONDS, TEXT, strlen(TEXT)), 0);
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct top_row rows[5];
		struct top top = {.found = 1, .rows = rows, .count = 5};

		memcpy(rows, cases[i].rows, sizeof(rows));
		if (stacks_agree(&place.stacks, &top) != cases[i].agree)
			fail_msg("case %zu", i);
	}
	close_place(&place);
}

/* A stack may be deep, and a text long. */
static void
test_deep(void **state)
{
	enum { DEEP = 100000 };
	struct buf text = {0};
	struct place place;

	(void)state;
	buf_puts(&text, BEGIN " 7:");
	for (int i = 0; i < DEEP; i++)
		buf_puts(&text, " 1");
	buf_puts(&text, "\n" F MAPPINGS);
	assert_int_equal(parse(&place, "cpu", TOP_NANOSECONDS, text.data, text.len), 0);
	assert_int_equal(place.stacks.count, DEEP + 1);
	assert_int_equal(place.stacks.nodes[0].grew, 7);
	assert_int_equal(place.stacks.nodes[DEEP].self, 7);
	close_place(&place);
	buf_release(&text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_tree),
	    cmocka_unit_test(test_difference),
	    cmocka_unit_test(test_nothing),
	    cmocka_unit_test(test_refused),
	    cmocka_unit_test(test_cut_anywhere),
	    cmocka_unit_test(test_agree),
	    cmocka_unit_test(test_deep),
	};

	return cmocka_run_group_tests_name("stacks", tests, NULL, NULL);
}
