#include "top.h"

#include "buf.h"
#include "error.h"
#include "pool.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define BYTES(text) text, sizeof(text) - 1
#define BAD "\xef\xbf\xbd"
#define COLUMNS "      flat  flat%   sum%        cum   cum%\n"
#define SHOWING(shown, total) "Showing nodes accounting for " shown ", 100% of " total " total\n"
#define ROW(flat, cum, name) "      " flat " 50.00% 50.00%       " cum " 50.00%  " name "\n"
#define ZERO_ROW(cum, name) "         0     0% 50.00%       " cum " 50.00%  " name "\n"

struct parsed {
	struct pool pool;
	struct top top;
	struct error err;
	int status;
};

/* Parses a copy of its own size, so that a read past its end shows. */
static void
parse(struct parsed *parsed, enum top_unit unit, const char *text, size_t len)
{
	char *copy = malloc(len != 0 ? len : 1);
	struct top_reader *reader;

	memset(parsed, 0, sizeof(*parsed));
	if (len != 0)
		memcpy(copy, text, len);
	reader = top_reader_new(&parsed->pool);
	parsed->top.unit = unit;
	parsed->status = top_parse(
	    &parsed->top, reader, &parsed->pool, (struct span){copy, len}, &parsed->err);
	top_reader_free(reader);
	free(copy);
}

static const char *
rows_text(struct parsed *parsed)
{
	const char *text = "";

	for (size_t i = 0; i < parsed->top.count; i++) {
		const struct top_row *row = &parsed->top.rows[i];

		text = pool_printf(&parsed->pool, "%s%" PRId64 "/%" PRId64 " %s\n", text, row->flat,
		    row->cum, row->function);
	}
	return text;
}

static const struct {
	enum top_unit unit;
	const char *text;
	size_t len;
	int64_t shown, total;
	const char *rows; /* "FLAT/CUM NAME\n" each */
} good[] = {
    {TOP_BYTES,
	BYTES(SHOWING("23594344B", "23594344B") COLUMNS
	    ROW("20000000B", "20000000B", "main.leak") ROW("3594344B", "23594344B", "main.main")
		ZERO_ROW("23594344B", "runtime.main")),
	23594344, 23594344,
	"20000000/20000000 main.leak\n3594344/23594344 main.main\n0/23594344 runtime.main\n"},
    {TOP_NANOSECONDS,
	BYTES(SHOWING("80000000ns", "80000000ns") COLUMNS
	    ROW("80000000ns", "80000000ns", "runtime.cgocall")),
	80000000, 80000000, "80000000/80000000 runtime.cgocall\n"},
    {TOP_COUNT,
	BYTES(SHOWING("7nanosecond", "7nanosecond") COLUMNS
	    ROW("7nanosecond", "7nanosecond", "test")),
	7, 7, "7/7 test\n"},
    /* nothing at all, and rows of zeros */
    {TOP_BYTES, BYTES(SHOWING("0", "0") COLUMNS), 0, 0, ""},
    {TOP_BYTES, BYTES("Showing nodes accounting for 0, 0% of 0 total\n" COLUMNS), 0, 0, ""},
    {TOP_NANOSECONDS,
	BYTES(SHOWING("0", "9ns") COLUMNS "         0     0%     0%          0     0%  main.f\n"),
	0, 9, "0/0 main.f\n"},
    /* a diff: values are negative, percentages never; the shown is not the total */
    {TOP_BYTES,
	BYTES("Showing nodes accounting for -717B, 6.27% of 11445B total\n" COLUMNS
	    "     -717B  6.27%  6.27%      -717B  6.27%  main.shrunk\n"),
	-717, 11445, "-717/-717 main.shrunk\n"},
    {TOP_BYTES,
	BYTES("Showing nodes accounting for 100B, 1.00% of 10000B total\n" COLUMNS
	    "     1100B 11.00% 11.00%       100B  1.00%  a\n"
	    "    -1000B 10.00%  1.00%     -1000B 10.00%  b\n"),
	100, 10000, "1100/100 a\n-1000/-1000 b\n"},
    {TOP_BYTES, BYTES(SHOWING("0", "9B") COLUMNS), 0, 9, ""},
    /* odd percentages */
    {TOP_BYTES,
	BYTES("Showing nodes accounting for 1B, 8.5e-06% of 11764705B total\n" COLUMNS
	    "        1B 8.5e-06% 8.5e-06%         1B 0.041%  a\n"),
	1, 11764705, "1/1 a\n"},
    {TOP_BYTES,
	BYTES("Showing nodes accounting for 10060B, 10060.00% of 922337203685B total\n" COLUMNS
	    "    10060B 10060.00% 10060.00% 922337203685B 922337203685477580800.00%  a\n"),
	10060, 922337203685, "10060/922337203685 a\n"},
    /* values wider than their columns */
    {TOP_BYTES,
	BYTES(SHOWING("1152921504606846976B", "1152921504606846976B") COLUMNS
	    "1152921504606846976B   100%   100% 1152921504606846976B   100%  a\n"),
	1152921504606846976, 1152921504606846976, "1152921504606846976/1152921504606846976 a\n"},
    /* the marks of inlining are no part of the name, but once */
    {TOP_BYTES,
	BYTES(SHOWING("6B", "6B") COLUMNS ROW("1B", "1B", "sync.(*Mutex).Lock (inline)")
		ROW("2B", "2B", "sync.(*Mutex).Unlock (partial-inline)")
		    ROW("3B", "3B", "f (inline) (inline)") ZERO_ROW("1B", " (inline)")
			ZERO_ROW("1B", "(inline)")),
	6, 6,
	"1/1 sync.(*Mutex).Lock\n2/2 sync.(*Mutex).Unlock\n3/3 f (inline)\n0/1  (inline)\n"
	"0/1 (inline)\n"},
    /* names may be anything but a line end */
    {TOP_BYTES,
	BYTES(SHOWING("8B", "8B") COLUMNS ROW("1B", "1B", "main.F[go.shape.int,go.shape.string]")
		ROW("1B", "1B", "std::map<a, b>::f(int, char const*)") ROW("1B", "1B", "  a  b  ")
		    ROW("1B", "1B", "") ROW("1B", "1B", "<unknown>") ROW("1B", "1B", "[agent]")
			ROW("1B", "1B", "a\tb") ROW("1B", "1B", "5B 50.00% 50.00% 5B 5%  x")),
	8, 8,
	"1/1 main.F[go.shape.int,go.shape.string]\n1/1 std::map<a, b>::f(int, char const*)\n"
	"1/1   a  b  \n1/1 \n1/1 <unknown>\n1/1 [agent]\n1/1 a b\n1/1 5B 50.00% 50.00% 5B 5%  x\n"},
    {TOP_BYTES,
	BYTES(SHOWING("5B", "5B") COLUMNS ROW("1B", "1B", "a\0b")
		ROW("1B", "1B", "\033[31mred\033[0m")
		ROW("1B", "1B", "\033]0;x\007") ROW("1B", "1B", "caf\xc3\xa9 \xff\xfe")
		    ROW("1B", "1B", "a\rb")),
	5, 5,
	"1/1 a" BAD "b\n1/1 red\n1/1 " BAD "]0;x" BAD "\n1/1 caf\xc3\xa9 " BAD BAD "\n"
	"1/1 a" BAD "b\n"},
    /* beyond 2^53 pprof itself rounds */
    {TOP_BYTES,
	BYTES(SHOWING("18014398509481985B", "18014398509481985B") COLUMNS
	    ROW("9007199254740992B", "9007199254740992B", "a")
		ROW("9007199254740992B", "9007199254740992B", "b")),
	18014398509481985, 18014398509481985,
	"9007199254740992/9007199254740992 a\n9007199254740992/9007199254740992 b\n"},
    {TOP_BYTES,
	BYTES(SHOWING("18014398509481984B", "18014398509481983B") COLUMNS
	    ROW("18014398509481984B", "18014398509481984B", "a")),
	18014398509481984, 18014398509481983, "18014398509481984/18014398509481984 a\n"},
};

static void
test_good(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(good); i++) {
		struct parsed parsed;

		parse(&parsed, good[i].unit, good[i].text, good[i].len);
		if (parsed.status < 0)
			fail_msg("%s: %s", parsed.err.msg, good[i].text);
		assert_int_equal(parsed.top.shown, good[i].shown);
		assert_int_equal(parsed.top.total, good[i].total);
		assert_string_equal(rows_text(&parsed), good[i].rows);
		pool_release(&parsed.pool);
	}
}

#define LINE(number) "its report has an unexpected line " number
#define NO_COLUMNS "its report has no column line"
#define SUM "its rows do not add up to the total it shows"
#define MORE "its rows are more than its total"

static const struct {
	const char *text;
	const char *why;
} bad[] = {
    {"", NO_COLUMNS},
    {SHOWING("1B", "1B"), NO_COLUMNS},
    {"Active filters:\n   ignore=x\n", LINE("1")},
    {SHOWING("1B", "1B") COLUMNS, SUM},
    /* text where none belongs */
    {COLUMNS, LINE("1")},
    {"\n", LINE("1")},
    {"File: agent\n" SHOWING("1B", "1B") COLUMNS ROW("1B", "1B", "a"), LINE("1")},
    {COLUMNS ROW("1B", "1B", "fake") SHOWING("1B", "1B") COLUMNS ROW("1B", "1B", "a"), LINE("1")},
    {SHOWING("1B", "1B") SHOWING("1B", "1B") COLUMNS ROW("1B", "1B", "a"), LINE("2")},
    {SHOWING("1B", "1B") "Active filters:\n" COLUMNS ROW("1B", "1B", "a"), LINE("2")},
    {SHOWING("1B", "1B") "   ignore=x\n" COLUMNS ROW("1B", "1B", "a"), LINE("2")},
    {SHOWING("1B", "1B") "Dropped 2 nodes (cum <= 5B)\n" COLUMNS ROW("1B", "1B", "a"), LINE("2")},
    {SHOWING("1B", "1B") "Showing top 1 nodes out of 36\n" COLUMNS ROW("1B", "1B", "a"), LINE("2")},
    {SHOWING("1B", "1B") "\n" COLUMNS ROW("1B", "1B", "a"), LINE("2")},
    {SHOWING("1B", "1B") COLUMNS COLUMNS ROW("1B", "1B", "a"), LINE("3")},
    {SHOWING("1B", "1B") " " COLUMNS ROW("1B", "1B", "a"), LINE("2")},
    {SHOWING("1B", "1B") COLUMNS ROW("1B", "1B", "a") "\n", LINE("4")},
    {SHOWING("1B", "1B") COLUMNS ROW("1B", "1B", "a") "(pprof) \n", LINE("4")},
    {SHOWING("1B", "1B") COLUMNS ROW("1B", "1B", "a\nb"), LINE("4")},
    {SHOWING("1B", "1B") COLUMNS ROW("1B", "1B", "a") COLUMNS, LINE("4")},
    {SHOWING("1B", "1B") COLUMNS ROW("1B", "1B", "a") SHOWING("1B", "1B"), LINE("4")},
    /* a line end in a name that makes a fine row of its own */
    {SHOWING("1B", "1B") COLUMNS ROW("1B", "1B", "a\n 9B 50% 50%  9B 50%  fake"), SUM},
    /* rows that are none */
    {SHOWING("1B", "1B") COLUMNS "1B\n", LINE("3")},
    {SHOWING("1B", "1B") COLUMNS "        1B   100%   100%         1B   100% a\n", LINE("3")},
    {SHOWING("1B", "1B") COLUMNS "        1B   100%   100%         1B   100\n", LINE("3")},
    {SHOWING("1B", "1B") COLUMNS "        1B   100         1B   100%  a\n", LINE("3")},
    {SHOWING("1B", "1B") COLUMNS "        1B  -100%   100%         1B   100%  a\n", LINE("3")},
    {SHOWING("1B", "1B") COLUMNS "        1B   NaN%   100%         1B   100%  a\n", LINE("3")},
    {SHOWING("1B", "1B") COLUMNS "      1.5B   100%   100%         1B   100%  a\n", LINE("3")},
    {SHOWING("1B", "1B") COLUMNS "       +1B   100%   100%         1B   100%  a\n", LINE("3")},
    {SHOWING("1B", "1B") COLUMNS "      0x1B   100%   100%         1B   100%  a\n", LINE("3")},
    {SHOWING("1B", "1B") COLUMNS "       1 B   100%   100%         1B   100%  a\n", LINE("3")},
    /* units other than the report's */
    {SHOWING("1B", "1B") COLUMNS ROW("1ns", "1B", "a"), LINE("3")},
    {SHOWING("1B", "1B") COLUMNS ROW("1B", "1ns", "a"), LINE("3")},
    {SHOWING("1B", "1B") COLUMNS ROW("1", "1B", "a"), LINE("3")},
    {SHOWING("1B", "1B") COLUMNS ROW("1B", "1", "a"), LINE("3")},
    {SHOWING("1B", "1B") COLUMNS ROW("1b", "1B", "a"), LINE("3")},
    {SHOWING("1B", "1B") COLUMNS ROW("1kB", "1kB", "a"), LINE("3")},
    {SHOWING("1B", "1B") COLUMNS ROW("1nanosecond", "1B", "a"), LINE("3")},
    {SHOWING("1ns", "1B") COLUMNS ROW("1B", "1B", "a"), LINE("1")},
    {SHOWING("1B", "1ns") COLUMNS ROW("1B", "1B", "a"), LINE("1")},
    {SHOWING("1", "1B") COLUMNS ROW("1B", "1B", "a"), LINE("1")},
    {SHOWING("1.50kB", "1.50kB") COLUMNS ROW("1B", "1B", "a"), LINE("1")},
    {"Showing nodes accounting for 1B, 100% of 1B\n" COLUMNS ROW("1B", "1B", "a"), LINE("1")},
    {"Showing nodes accounting for 1B of 1B total\n" COLUMNS ROW("1B", "1B", "a"), LINE("1")},
    {" " SHOWING("1B", "1B") COLUMNS ROW("1B", "1B", "a"), LINE("1")},
    /* sums */
    {SHOWING("2B", "2B") COLUMNS ROW("1B", "1B", "a"), SUM},
    {SHOWING("1B", "1B") COLUMNS ROW("1B", "1B", "a") ROW("-1B", "-1B", "b"), SUM},
    {SHOWING("0", "1B") COLUMNS ROW("1B", "1B", "a"), SUM},
    {SHOWING("-1B", "1B") COLUMNS ROW("1B", "1B", "a"), SUM},
    {SHOWING("9007199254740991B", "1B") COLUMNS ROW("9007199254740990B", "1B", "a"), SUM},
    {SHOWING("9107199254740992B", "1B") COLUMNS ROW("9007199254740992B", "1B", "a"), SUM},
    /* more than there is: lines in a name, sums that went round in pprof */
    {SHOWING("1B", "1B") COLUMNS
	    ROW("1B", "1B", "a\n 9B 50% 50%  9B 50%  fake\n -9B 50% 50%  -9B 50%  fake"), MORE},
    {SHOWING("2B", "1B") COLUMNS ROW("2B", "1B", "a"), MORE},
    {SHOWING("1B", "0") COLUMNS ROW("1B", "0", "a"), MORE},
    {SHOWING("1B", "-1B") COLUMNS ROW("1B", "1B", "a"), MORE},
    {SHOWING("0", "-1B") COLUMNS, MORE},
    {SHOWING("1B", "1B") COLUMNS ROW("1B", "2B", "a"), MORE},
    {SHOWING("1B", "1B") COLUMNS ROW("1B", "-2B", "a"), MORE},
    {SHOWING("9007199254740991B", "9007199254740990B") COLUMNS
	    ROW("9007199254740991B", "1B", "a"), MORE},
    {SHOWING("9107199254740992B", "9007199254740992B") COLUMNS
	    ROW("9107199254740992B", "1B", "a"), MORE},
};

static void
test_bad(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		struct parsed parsed;

		parse(&parsed, TOP_BYTES, bad[i].text, strlen(bad[i].text));
		if (parsed.status == 0)
			fail_msg("accepted: %s", bad[i].text);
		assert_string_equal(parsed.err.msg, bad[i].why);
		pool_release(&parsed.pool);
	}
}

/* A number that no sum may be made of, in each place where one stands. */
static void
test_overflow(void **state)
{
	static const char *const formats[] = {
	    SHOWING("%s", "1B") COLUMNS ROW("1B", "1B", "a"),
	    SHOWING("1B", "%s") COLUMNS ROW("1B", "1B", "a"),
	    SHOWING("1B", "1B") COLUMNS ROW("%s", "1B", "a"),
	    SHOWING("1B", "1B") COLUMNS ROW("1B", "%s", "a"),
	};
	static const char *const numbers[] = {
	    "9223372036854775807B", "-9223372036854775807B", "-9223372036854775808B",
	    "9223372036854775808B", "9999999999999999999B", "-9999999999999999999B",
	    "10000000000000000000B", "99999999999999999999999999B", "4611686018427387905B",
	    "-4611686018427387905B",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(formats); i++) {
		const char *mark = strstr(formats[i], "%s");

		for (size_t k = 0; k < COUNT(numbers); k++) {
			struct parsed parsed = {0};
			const char *text = pool_printf(&parsed.pool, "%.*s%s%s",
			    (int)(mark - formats[i]), formats[i], numbers[k], mark + 2);
			struct parsed again;

			parse(&again, TOP_BYTES, text, strlen(text));
			if (again.status == 0)
				fail_msg("accepted: %s", text);
			pool_release(&again.pool);
			pool_release(&parsed.pool);
		}
	}
}

/* Rows whose sum does not fit, though each does. */
static void
test_sum_overflow(void **state)
{
	static const char *const texts[] = {
	    SHOWING("1B", "1B") COLUMNS ROW("4611686018427387904B", "1B", "a")
		ROW("4611686018427387904B", "1B", "b"),
	    SHOWING("-4611686018427387904B", "1B") COLUMNS ROW("4611686018427387904B", "1B", "a"),
	    SHOWING("4611686018427387904B", "1B") COLUMNS ROW("-4611686018427387904B", "1B", "a"),
	    SHOWING("-9223372036854775808B", "1B") COLUMNS,
	};

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++) {
		struct parsed parsed;

		parse(&parsed, TOP_BYTES, texts[i], strlen(texts[i]));
		if (parsed.status == 0)
			fail_msg("accepted: %s", texts[i]);
		pool_release(&parsed.pool);
	}
}

/* What ends too early is refused, wherever it ends. */
static void
test_cut(void **state)
{
	static const char text[] = SHOWING("6B", "9B") COLUMNS
	    ROW("3B", "5B", "main.first") ROW("2B", "2B", "main.second (inline)")
		ROW("1B", "1B", "main.last  word");
	struct parsed parsed;

	(void)state;
	parse(&parsed, TOP_BYTES, text, strlen(text));
	assert_int_equal(parsed.status, 0);
	pool_release(&parsed.pool);
	for (size_t len = 0; len < strlen(text); len++) {
		parse(&parsed, TOP_BYTES, text, len);
		if (parsed.status == 0)
			fail_msg("accepted when cut at %zu: %s", len, rows_text(&parsed));
		pool_release(&parsed.pool);
	}
}

/* A name of 1 MB, and 20,000 rows: no limit of the pattern is met. */
static void
test_large(void **state)
{
	struct buf text = {0};
	struct parsed parsed;

	(void)state;
	buf_puts(&text, SHOWING("20001B", "20001B") COLUMNS "1B 1% 1% 1B 1%  ");
	for (int i = 0; i < 1 << 20; i++)
		buf_putc(&text, i % 7 == 0 ? ' ' : 'x');
	buf_puts(&text, " (inline)\n");
	for (int i = 0; i < 20000; i++)
		buf_puts(&text, ROW("1B", "1B", "f"));
	parse(&parsed, TOP_BYTES, text.data, text.len);
	if (parsed.status < 0)
		fail_msg("%s", parsed.err.msg);
	assert_int_equal(parsed.top.count, 20001);
	assert_int_equal(strlen(parsed.top.rows[0].function), 1 << 20);
	pool_release(&parsed.pool);
	buf_release(&text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_good),
	    cmocka_unit_test(test_bad),
	    cmocka_unit_test(test_overflow),
	    cmocka_unit_test(test_sum_overflow),
	    cmocka_unit_test(test_cut),
	    cmocka_unit_test(test_large),
	};

	return cmocka_run_group_tests_name("top", tests, NULL, NULL);
}
