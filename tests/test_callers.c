#include "callers.h"

#include "buf.h"
#include "error.h"
#include "pool.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define AGENT "github.com/DataDog/datadog-agent/"

static void
test_is_agent(void **state)
{
	static const char *const own[] = {AGENT "pkg/a.F", AGENT "comp/b.(*T).F.func1",
	    AGENT "internal/c.F", AGENT "cmd/agent/d.F"};
	static const char *const others[] = {"", "main.main", "runtime.mallocgc",
	    "github.com/DataDog/sketches-go/ddsketch.F", AGENT "vendor/golang.org/x/net.F",
	    "github.com/DataDog/datadog-agent", "x/" AGENT "pkg/a.F"};

	(void)state;
	for (size_t i = 0; i < COUNT(own); i++)
		assert_true(callers_is_agent(own[i]));
	for (size_t i = 0; i < COUNT(others); i++)
		assert_false(callers_is_agent(others[i]));
}

/* Whatever a name holds, the expression has no blank in it, and means the name. */
static void
test_ask(void **state)
{
	static const struct {
		const char *function, *expression; /* NULL: is not asked for */
	} cases[] = {
	    {"runtime.mallocgc", "runtime\\.mallocgc"},
	    {"a.(*T[...]).F", "a\\.\\(\\*T\\[\\.\\.\\.\\]\\)\\.F"},
	    {"a|b", "a\\|b"},
	    {"{1}+?^$\\", "\\{1\\}\\+\\?\\^\\$\\\\"},
	    {"a b //:c = >f", "a.b.//:c.=.>f"},
	    {AGENT "pkg/a.F", NULL},
	    {"", NULL},
	    {"[libc.so.6]", NULL},
	    {"<unknown>", NULL},
	    {"a\tb", NULL},
	    {"a\nb", NULL},
	    {"a\x7f", NULL},
	    {"\xc3\xa4.F", NULL},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct callers_asked asked = {0};
		struct buf expression = {0};
		int taken = callers_ask(&asked, cases[i].function);

		assert_int_equal(taken, cases[i].expression != NULL);
		assert_int_equal(asked.count, taken);
		assert_int_equal(callers_ask(&asked, cases[i].function), taken);
		assert_int_equal(asked.count, taken);
		callers_expression(&asked, &expression);
		assert_string_equal(buf_text(&expression), taken ? cases[i].expression : "");
		buf_release(&expression);
	}
}

/* So many, so long, and all together. */
static void
test_ask_limits(void **state)
{
	struct callers_asked asked = {0};
	struct buf expression = {0};
	struct pool pool = {0};
	char name[302];

	(void)state;
	memset(name, 'a', sizeof(name));
	name[301] = '\0';
	assert_false(callers_ask(&asked, name));
	name[300] = '\0';
	assert_true(callers_ask(&asked, name));
	for (int i = 0; i < 200; i++)
		callers_ask(&asked, pool_printf(&pool, "f%d", i));
	assert_int_equal(asked.count, CALLERS_MOST);
	asked = (struct callers_asked){0};
	for (int i = 0; i < 200; i++)
		callers_ask(&asked, pool_printf(&pool, "%.250s.%d", name, i));
	callers_expression(&asked, &expression);
	callers_expression(&asked, &expression);
	assert_in_range(expression.len, CALLERS_LENGTH, 2 * CALLERS_LENGTH);
	buf_release(&expression);
	pool_release(&pool);
}

static void
assert_asked(const struct callers_asked *asked, const char *functions)
{
	struct buf got = {0};

	callers_expression(asked, &got);
	assert_string_equal(buf_text(&got), functions);
	buf_release(&got);
}

static void
test_tables(void **state)
{
	static struct top_row rows[] = {{"a", 90, 90}, {AGENT "pkg/a.F", 80, 800},
	    {"b", -70, -70}, {"c", 60, 70}, {"d", -50, -50}, {"runtime.e", 40, 900}, {"f", 0, 500},
	    {"g", 0, 0}};
	static const struct top top = {.rows = rows, .count = COUNT(rows)};
	static const struct {
		size_t rows;
		const char *grown, *cumulative;
	} cases[] = {{0, "", ""}, {1, "a|b", ""}, {2, "a|b|d", "f"}, {3, "a|b|c|d", "f|a"},
	    {1000, "a|b|c|d|runtime\\.e", "f|a|c"}};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct callers_asked grown = {0}, cumulative = {0};

		callers_ask_table(&grown, &top, cases[i].rows);
		assert_asked(&grown, cases[i].grown);
		callers_ask_cumulative(&cumulative, &top, cases[i].rows);
		assert_asked(&cumulative, cases[i].cumulative);
	}
}

#define LINE "----------------------------------------------------------+-------------\n"
#define SHOWING "Showing nodes accounting for 9ns, 100% of 9ns total\n"
#define COLUMNS "      flat  flat%   sum%        cum   cum%   calls calls% + context \t \t \n"
#define HEAD SHOWING LINE COLUMNS LINE
#define EDGE(value, name) "         " value "   100% |   " name "\n"
#define SELF(cum, name) "        0     0%     0% " cum "   100%                | " name "\n"
#define ONE AGENT "pkg/one.F"
#define TWO AGENT "comp/two.(*T).F"

/* "a", "b", "c" and "x y" are asked for. */
static const struct {
	const char *text;
	const char *function, *caller;
	int percent, direct;
} good[] = {
    {HEAD EDGE("9ns", ONE) SELF("9ns", "a") LINE, "a", ONE, 100, 1},
    {HEAD EDGE("9ns", ONE " (inline)") SELF("9ns", "a (inline)") EDGE("2ns", "b") LINE, "a", ONE,
	100, 1},
    {HEAD EDGE("6ns", ONE) EDGE("3ns", TWO) SELF("12ns", "a") LINE, "a", ONE, 50, 1},
    {HEAD EDGE("2ns", ONE) EDGE("6ns", TWO) SELF("8ns", "a") LINE, "a", TWO, 75, 1},
    /* nobody is above */
    {HEAD SELF("9ns", "a") LINE, "a", NULL, 0, 1},
    {HEAD SELF("9ns", "a") EDGE("9ns", ONE) LINE, "a", NULL, 0, 1},
    {HEAD EDGE("0", ONE) SELF("0", "a") LINE, "a", NULL, 0, 1},
    /* another one is in between */
    {HEAD EDGE("8ns", "b") SELF("8ns", "a") LINE EDGE("5ns", ONE) SELF("10ns", "b") LINE, "a", ONE,
	50, 0},
    {HEAD EDGE("8ns", "b") SELF("8ns", "a") LINE EDGE("8ns", "c") SELF("8ns", "b") LINE
		EDGE("8ns", TWO) SELF("8ns", "c") LINE,
	"a", TWO, 100, 0},
    {HEAD EDGE("8ns", "b") SELF("8ns", "a") LINE SELF("8ns", "b") LINE, "a", NULL, 0, 0},
    {HEAD EDGE("8ns", "b") SELF("8ns", "a") LINE EDGE("8ns", "a") SELF("8ns", "b") LINE, "a", NULL,
	0, 0},
    {HEAD EDGE("8ns", "other") SELF("8ns", "a") LINE, "a", NULL, 0, 0},
    /* what shrank, and what did both */
    {HEAD EDGE("2ns", ONE) EDGE("-6ns", TWO) SELF("-4ns", "a") LINE, "a", TWO, 75, 1},
    {HEAD EDGE("6ns", ONE) EDGE("-6ns", TWO) SELF("0", "a") LINE, "a", ONE, 50, 1},
    /* a name with a blank, and another that its expression fits */
    {HEAD EDGE("9ns", TWO) SELF("9ns", "xzy") LINE EDGE("9ns", ONE) SELF("9ns", "x y") LINE, "x y",
	ONE, 100, 1},
    {HEAD EDGE("9ns", TWO) SELF("9ns", "xzy") LINE, "xzy", "not known", 0, 0},
    {HEAD, "a", "not known", 0, 0},
};

static int
parse(struct callers *callers, struct pool *pool, const char *text, size_t len, struct error *err)
{
	static const struct callers_asked asked = {{"a", "b", "c", "x y"}, 4, 0};
	struct callers_reader *reader = callers_reader_new(pool);
	char *copy = malloc(len + 1);
	int status;

	memcpy(copy, text, len);
	status = callers_parse(
	    callers, reader, pool, &asked, TOP_NANOSECONDS, (struct span){copy, len}, err);
	free(copy);
	callers_reader_free(reader);
	return status;
}

static void
test_parse(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(good); i++) {
		struct callers callers = {0};
		struct pool pool = {0};
		struct error err = {0};
		const struct caller *found;

		if (parse(&callers, &pool, good[i].text, strlen(good[i].text), &err) < 0)
			fail_msg("case %zu: %s", i, err.msg);
		found = callers_find(&callers, good[i].function);
		if (good[i].caller != NULL && strcmp(good[i].caller, "not known") == 0) {
			assert_null(found);
		} else if (found == NULL || (found->caller == NULL) != (good[i].caller == NULL) ||
			   (found->caller != NULL && strcmp(found->caller, good[i].caller) != 0)) {
			fail_msg("case %zu: %s", i, found != NULL ? found->caller : "none");
		} else {
			assert_int_equal((int)(100 * found->share + 0.5), good[i].percent);
			assert_int_equal(found->direct, good[i].direct);
		}
		pool_release(&pool);
	}
}

static const char *const bad[] = {
    "",
    SHOWING,
    SHOWING LINE COLUMNS,
    "Type: x\n" HEAD,
    LINE COLUMNS LINE,
    SHOWING COLUMNS LINE,
    SHOWING LINE LINE,
    SHOWING LINE COLUMNS LINE LINE,
    HEAD "x\n",
    HEAD EDGE("9ns", ONE),
    HEAD EDGE("9ns", ONE) SELF("9ns", "a"),
    HEAD EDGE("9ns", ONE) LINE,
    HEAD SELF("9ns", "a") SELF("9ns", "b") LINE,
    HEAD EDGE("9B", ONE) SELF("9ns", "a") LINE,
    HEAD EDGE("9ns", ONE) SELF("9B", "a") LINE,
    HEAD EDGE("9999999999999999999ns", ONE) SELF("9ns", "a") LINE,
    HEAD EDGE("9ns", ONE) SELF("9ns", "a\nb") LINE,
    HEAD "      10   1% 1% 1   1%  main.main\n",
};

static void
test_bad(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		struct callers callers = {0};
		struct pool pool = {0};
		struct error err = {0};

		if (parse(&callers, &pool, bad[i], strlen(bad[i]), &err) == 0)
			fail_msg("case %zu is accepted", i);
		assert_int_equal(callers.count, 0);
		assert_memory_equal(err.msg, "its callers ", strlen("its callers "));
		pool_release(&pool);
	}
}

/* Wherever a report ends, what it says is whole or nothing; what is behind a block is not lost. */
static void
test_cut(void **state)
{
	static const char text[] = HEAD EDGE("9ns", ONE) SELF("9ns", "a") LINE;

	(void)state;
	for (size_t len = 0; len < strlen(text); len++) {
		struct callers callers = {0};
		struct pool pool = {0};
		struct error err = {0};

		if (parse(&callers, &pool, text, len, &err) == 0)
			assert_int_equal(len, strlen(HEAD));
		assert_int_equal(callers.count, 0);
		pool_release(&pool);
	}
}

/* A later report knows better. */
static void
test_replaced(void **state)
{
	static const char *const texts[] = {
	    HEAD EDGE("9ns", ONE) SELF("9ns", "a") LINE EDGE("9ns", ONE) SELF("9ns", "b") LINE,
	    HEAD EDGE("9ns", TWO) SELF("9ns", "a") LINE, "bad\n"};
	struct callers callers = {0};
	struct pool pool = {0};
	struct error err = {0};

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++)
		parse(&callers, &pool, texts[i], strlen(texts[i]), &err);
	assert_int_equal(callers.count, 2);
	assert_string_equal(callers_find(&callers, "a")->caller, TWO);
	assert_string_equal(callers_find(&callers, "b")->caller, ONE);
	assert_null(callers_find(&callers, "c"));
	pool_release(&pool);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_is_agent),
	    cmocka_unit_test(test_ask),
	    cmocka_unit_test(test_ask_limits),
	    cmocka_unit_test(test_tables),
	    cmocka_unit_test(test_parse),
	    cmocka_unit_test(test_bad),
	    cmocka_unit_test(test_cut),
	    cmocka_unit_test(test_replaced),
	};

	return cmocka_run_group_tests_name("callers", tests, NULL, NULL);
}
