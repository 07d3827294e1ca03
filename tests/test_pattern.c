#include "pattern.h"

#include "buf.h"
#include "error.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define BYTES(text) text, sizeof(text) - 1

static void
test_matches(void **state)
{
	static const struct {
		const char *expression, *text;
		size_t len;
		int matches;
	} cases[] = {
	    {"^main\\.", BYTES("main.run"), 1},
	    {"^main\\.", BYTES("xmain.run"), 0},
	    {"run", BYTES("main.run()"), 1},
	    {"", BYTES(""), 1},
	    {"^$", BYTES(""), 1},
	    {"^.$", BYTES(""), 0},
	    /* bytes: a dot is any one, $ is the very end, and case counts */
	    {"^.$", BYTES("\n"), 1},
	    {"^.$", BYTES("\0"), 1},
	    {"^.$", BYTES("\xff"), 1},
	    {"^..$", BYTES("\xc3\xa9"), 1},
	    {"^a$", BYTES("a\n"), 0},
	    {"^b", BYTES("a\nb"), 0},
	    {"^A$", BYTES("a"), 0},
	    {"^a.*z$", BYTES("a\0\r\n\xff\xfez"), 1},
	    /* no more than the span is read */
	    {"ab", "ab", 1, 0},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct error err = {0};
		struct pattern *pattern = pattern_new(cases[i].expression, &err);

		assert_non_null(pattern);
		if (pattern_matches(pattern, (struct span){cases[i].text, cases[i].len}) !=
		    cases[i].matches)
			fail_msg("%s on %s", cases[i].expression, cases[i].text);
		pattern_free(pattern);
	}
}

static void
test_nothing(void **state)
{
	struct error err = {0};
	struct pattern *pattern = pattern_new("^$", &err);

	(void)state;
	assert_int_equal(pattern_matches(pattern, (struct span){0}), 1);
	pattern_free(pattern);
	pattern_free(NULL);
}

static void
assert_field(const struct pattern *pattern, const char *name, const char *text)
{
	struct span field = pattern_field(pattern, name);

	if (text == NULL) {
		assert_null(field.at);
		assert_int_equal(field.len, 0);
		return;
	}
	assert_non_null(field.at);
	assert_int_equal(field.len, strlen(text));
	assert_memory_equal(field.at, text, field.len);
}

static void
test_fields(void **state)
{
	static const struct {
		const char *text, *key, *value, *rest; /* NULL: took no part */
	} cases[] = {
	    {"a=b", "a", "b", NULL},
	    {"a=", "a", "", NULL},
	    {"a", "a", NULL, NULL},
	    {"a=b;c", "a", "b", "c"},
	    {"a;c", "a", NULL, "c"},
	    {"a;", "a", NULL, ""},
	};
	struct error err = {0};
	struct pattern *pattern =
	    pattern_new("^(?<key>[a-z]+)(?:=(?<value>[a-z]*))?(?:;(?<rest>.*))?$", &err);

	(void)state;
	assert_non_null(pattern);
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct span text = {cases[i].text, strlen(cases[i].text)};

		assert_int_equal(pattern_matches(pattern, text), 1);
		assert_field(pattern, "key", cases[i].key);
		assert_field(pattern, "value", cases[i].value);
		assert_field(pattern, "rest", cases[i].rest);
		assert_ptr_equal(pattern_field(pattern, "key").at, text.at);
	}
	pattern_free(pattern);
}

static void
test_wrong(void **state)
{
	static const struct {
		const char *expression, *message; /* how it begins */
	} cases[] = {
	    {"(", "wrong pattern '(' at 1: "},
	    {"a(b", "wrong pattern 'a(b' at 3: "},
	    {"a)b", "wrong pattern 'a)b' at 1: "},
	    {"[a", "wrong pattern '[a' at 2: "},
	    {"*", "wrong pattern '*' at 0: "},
	    {"(?<1>a)", "wrong pattern '(?<1>a)' at 3: "},
	    {"\\", "wrong pattern '\\' at 1: "},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct error err = {0};
		size_t len = strlen(cases[i].message);

		assert_null(pattern_new(cases[i].expression, &err));
		if (strncmp(err.msg, cases[i].message, len) != 0)
			assert_string_equal(err.msg, cases[i].message);
		assert_true(strlen(err.msg) > len);
	}
}

/* What would take for ever is no match, and soon. */
static void
test_catastrophic(void **state)
{
	static const char *const expressions[] = {
	    "^(a+)+$", "^(a|a)*$", "^(a|aa)+$", "^(.*a){12}$", "^((?:a?){30}a{30})*b$"};
	char text[5000];

	(void)state;
	memset(text, 'a', sizeof(text));
	text[sizeof(text) - 1] = 'x';
	for (size_t i = 0; i < COUNT(expressions); i++) {
		struct error err = {0};
		struct pattern *pattern = pattern_new(expressions[i], &err);
		clock_t start = clock();

		assert_non_null(pattern);
		assert_int_equal(pattern_matches(pattern, (struct span){text, sizeof(text)}), 0);
		assert_in_range(clock() - start, 0, CLOCKS_PER_SEC / 2);
		pattern_free(pattern);
	}
}

/* Nor may many short texts, each of which takes its square. */
static void
test_square(void **state)
{
	struct error err = {0};
	struct pattern *pattern = pattern_new("^.+? \\(v.*\\)$", &err);
	struct buf text = {0};
	clock_t start = clock();

	(void)state;
	for (int i = 0; i < 300; i++)
		buf_puts(&text, "x (v");
	buf_puts(&text, ")x");
	for (int i = 0; i < 4000; i++)
		assert_int_equal(pattern_matches(pattern, (struct span){text.data, text.len}), 0);
	assert_in_range(clock() - start, 0, 2 * CLOCKS_PER_SEC);
	assert_int_equal(pattern_matches(pattern, (struct span){text.data, text.len - 1}), 1);
	buf_release(&text);
	pattern_free(pattern);
}

/* A match after one that ran into its limits is a match again. */
static void
test_limits_are_for_one_match(void **state)
{
	struct error err = {0};
	struct pattern *pattern = pattern_new("^(?<as>a+)+$", &err);

	(void)state;
	assert_int_equal(pattern_matches(pattern, (struct span){BYTES(
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaax")}), 0);
	assert_int_equal(pattern_matches(pattern, (struct span){BYTES("aaa")}), 1);
	assert_field(pattern, "as", "aaa");
	pattern_free(pattern);
}

/* A line of 10 MB is no reason not to match. */
static void
test_long(void **state)
{
	size_t len = 10 << 20;
	char *text = malloc(len);
	struct error err = {0};
	struct pattern *pattern = pattern_new("^ *\\d+%  (?<name>.*)$", &err);

	(void)state;
	memset(text, 'x', len);
	memcpy(text, " 50%  ", 6);
	assert_int_equal(pattern_matches(pattern, (struct span){text, len}), 1);
	assert_int_equal(pattern_field(pattern, "name").len, len - 6);
	pattern_free(pattern);
	free(text);
}

static void
test_sets(void **state)
{
	static const char *const expressions[] = {"^a$", "^(?<b>b)$", "c"};
	struct pattern *patterns[COUNT(expressions)];

	(void)state;
	patterns_open(patterns, expressions, COUNT(expressions));
	assert_int_equal(pattern_matches(patterns[0], (struct span){BYTES("a")}), 1);
	assert_int_equal(pattern_matches(patterns[1], (struct span){BYTES("b")}), 1);
	assert_int_equal(pattern_matches(patterns[2], (struct span){BYTES("a")}), 0);
	assert_field(patterns[1], "b", "b");
	patterns_close(patterns, COUNT(expressions));
	for (size_t i = 0; i < COUNT(expressions); i++)
		assert_null(patterns[i]);
	patterns_close(patterns, COUNT(expressions));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_matches),
	    cmocka_unit_test(test_nothing),
	    cmocka_unit_test(test_fields),
	    cmocka_unit_test(test_wrong),
	    cmocka_unit_test(test_catastrophic),
	    cmocka_unit_test(test_square),
	    cmocka_unit_test(test_limits_are_for_one_match),
	    cmocka_unit_test(test_long),
	    cmocka_unit_test(test_sets),
	};

	return cmocka_run_group_tests_name("pattern", tests, NULL, NULL);
}
