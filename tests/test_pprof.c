#include "pprof.h"

#include "error.h"
#include "gap.h"
#include "pool.h"
#include "proc.h"
#include "toolchain.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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

/* ---- parsing ---- */

struct parsed {
	struct pool pool;
	struct pprof_top top;
	struct error err;
	int status;
};

/* Parses a copy of its own size, so that a read past its end shows. */
static void
parse(struct parsed *parsed, enum pprof_unit unit, const char *text, size_t len)
{
	char *copy = malloc(len != 0 ? len : 1);

	memset(parsed, 0, sizeof(*parsed));
	if (len != 0)
		memcpy(copy, text, len);
	parsed->status =
	    pprof_parse(&parsed->top, &parsed->pool, unit, (struct span){copy, len}, &parsed->err);
	free(copy);
}

static const char *
rows_text(struct parsed *parsed)
{
	const char *text = "";

	for (size_t i = 0; i < parsed->top.count; i++) {
		const struct pprof_row *row = &parsed->top.rows[i];

		text = pool_printf(&parsed->pool, "%s%" PRId64 "/%" PRId64 " %s\n", text, row->flat,
		    row->cum, row->function);
	}
	return text;
}

static const struct {
	enum pprof_unit unit;
	const char *text;
	size_t len;
	int64_t shown, total;
	const char *rows; /* "FLAT/CUM NAME\n" each */
} good[] = {
    {PPROF_BYTES,
	BYTES(SHOWING("23594344B", "23594344B") COLUMNS
	    ROW("20000000B", "20000000B", "main.leak") ROW("3594344B", "23594344B", "main.main")
		ZERO_ROW("23594344B", "runtime.main")),
	23594344, 23594344,
	"20000000/20000000 main.leak\n3594344/23594344 main.main\n0/23594344 runtime.main\n"},
    {PPROF_NANOSECONDS,
	BYTES(SHOWING("80000000ns", "80000000ns") COLUMNS
	    ROW("80000000ns", "80000000ns", "runtime.cgocall")),
	80000000, 80000000, "80000000/80000000 runtime.cgocall\n"},
    {PPROF_COUNT,
	BYTES(SHOWING("7nanosecond", "7nanosecond") COLUMNS
	    ROW("7nanosecond", "7nanosecond", "test")),
	7, 7, "7/7 test\n"},
    /* nothing at all, and rows of zeros */
    {PPROF_BYTES, BYTES(SHOWING("0", "0") COLUMNS), 0, 0, ""},
    {PPROF_BYTES, BYTES("Showing nodes accounting for 0, 0% of 0 total\n" COLUMNS), 0, 0, ""},
    {PPROF_NANOSECONDS,
	BYTES(SHOWING("0", "9ns") COLUMNS "         0     0%     0%          0     0%  main.f\n"),
	0, 9, "0/0 main.f\n"},
    /* a diff: values are negative, percentages never; the shown is not the total */
    {PPROF_BYTES,
	BYTES("Showing nodes accounting for -717B, 6.27% of 11445B total\n" COLUMNS
	    "     -717B  6.27%  6.27%      -717B  6.27%  main.shrunk\n"),
	-717, 11445, "-717/-717 main.shrunk\n"},
    {PPROF_BYTES,
	BYTES("Showing nodes accounting for 100B, 1.00% of 10000B total\n" COLUMNS
	    "     1100B 11.00% 11.00%       100B  1.00%  a\n"
	    "    -1000B 10.00%  1.00%     -1000B 10.00%  b\n"),
	100, 10000, "1100/100 a\n-1000/-1000 b\n"},
    /* filters in front */
    {PPROF_NANOSECONDS,
	BYTES("Active filters:\n   focus=^(sync\\.|x)$\n   ignore=^runtime\\.\n   hide=a b=c\n"
	    SHOWING("5ns", "9ns") COLUMNS ROW("5ns", "5ns", "main.f")),
	5, 9, "5/5 main.f\n"},
    {PPROF_BYTES, BYTES("Active filters:\n   ignore=x\n" SHOWING("0", "9B") COLUMNS), 0, 9, ""},
    /* odd percentages */
    {PPROF_BYTES,
	BYTES("Showing nodes accounting for 1B, 8.5e-06% of 11764705B total\n" COLUMNS
	    "        1B 8.5e-06% 8.5e-06%         1B 0.041%  a\n"),
	1, 11764705, "1/1 a\n"},
    {PPROF_BYTES,
	BYTES("Showing nodes accounting for 10060B, 10060.00% of 100B total\n" COLUMNS
	    "    10060B 10060.00% 10060.00% 922337203685B 922337203685477580800.00%  a\n"),
	10060, 100, "10060/922337203685 a\n"},
    /* values wider than their columns */
    {PPROF_BYTES,
	BYTES(SHOWING("1152921504606846976B", "1152921504606846976B") COLUMNS
	    "1152921504606846976B   100%   100% 1152921504606846976B   100%  a\n"),
	1152921504606846976, 1152921504606846976, "1152921504606846976/1152921504606846976 a\n"},
    /* the marks of inlining are no part of the name, but once */
    {PPROF_BYTES,
	BYTES(SHOWING("6B", "6B") COLUMNS ROW("1B", "1B", "sync.(*Mutex).Lock (inline)")
		ROW("2B", "2B", "sync.(*Mutex).Unlock (partial-inline)")
		    ROW("3B", "3B", "f (inline) (inline)") ZERO_ROW("1B", " (inline)")
			ZERO_ROW("1B", "(inline)")),
	6, 6,
	"1/1 sync.(*Mutex).Lock\n2/2 sync.(*Mutex).Unlock\n3/3 f (inline)\n0/1  (inline)\n"
	"0/1 (inline)\n"},
    /* names may be anything but a line end */
    {PPROF_BYTES,
	BYTES(SHOWING("8B", "8B") COLUMNS ROW("1B", "1B", "main.F[go.shape.int,go.shape.string]")
		ROW("1B", "1B", "std::map<a, b>::f(int, char const*)") ROW("1B", "1B", "  a  b  ")
		    ROW("1B", "1B", "") ROW("1B", "1B", "<unknown>") ROW("1B", "1B", "[agent]")
			ROW("1B", "1B", "a\tb") ROW("1B", "1B", "5B 50.00% 50.00% 5B 5%  x")),
	8, 8,
	"1/1 main.F[go.shape.int,go.shape.string]\n1/1 std::map<a, b>::f(int, char const*)\n"
	"1/1   a  b  \n1/1 \n1/1 <unknown>\n1/1 [agent]\n1/1 a b\n1/1 5B 50.00% 50.00% 5B 5%  x\n"},
    {PPROF_BYTES,
	BYTES(SHOWING("5B", "5B") COLUMNS ROW("1B", "1B", "a\0b")
		ROW("1B", "1B", "\033[31mred\033[0m")
		ROW("1B", "1B", "\033]0;x\007") ROW("1B", "1B", "caf\xc3\xa9 \xff\xfe")
		    ROW("1B", "1B", "a\rb")),
	5, 5,
	"1/1 a" BAD "b\n1/1 red\n1/1 " BAD "]0;x" BAD "\n1/1 caf\xc3\xa9 " BAD BAD "\n"
	"1/1 a" BAD "b\n"},
    /* beyond 2^53 pprof itself rounds */
    {PPROF_BYTES,
	BYTES(SHOWING("18014398509481985B", "18014398509481985B") COLUMNS
	    ROW("9007199254740992B", "9007199254740992B", "a")
		ROW("9007199254740992B", "9007199254740992B", "b")),
	18014398509481985, 18014398509481985,
	"9007199254740992/9007199254740992 a\n9007199254740992/9007199254740992 b\n"},
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

static const struct {
	const char *text;
	const char *why;
} bad[] = {
    {"", NO_COLUMNS},
    {SHOWING("1B", "1B"), NO_COLUMNS},
    {"Active filters:\n   ignore=x\n", NO_COLUMNS},
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
};

static void
test_bad(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		struct parsed parsed;

		parse(&parsed, PPROF_BYTES, bad[i].text, strlen(bad[i].text));
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

			parse(&again, PPROF_BYTES, text, strlen(text));
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

		parse(&parsed, PPROF_BYTES, texts[i], strlen(texts[i]));
		if (parsed.status == 0)
			fail_msg("accepted: %s", texts[i]);
		pool_release(&parsed.pool);
	}
}

/* What ends too early is refused, wherever it ends. */
static void
test_cut(void **state)
{
	static const char text[] = "Active filters:\n   ignore=x\n" SHOWING("6B", "9B") COLUMNS
	    ROW("3B", "5B", "main.first") ROW("2B", "2B", "main.second (inline)")
		ROW("1B", "1B", "main.last  word");
	struct parsed parsed;

	(void)state;
	parse(&parsed, PPROF_BYTES, text, strlen(text));
	assert_int_equal(parsed.status, 0);
	pool_release(&parsed.pool);
	for (size_t len = 0; len < strlen(text); len++) {
		parse(&parsed, PPROF_BYTES, text, len);
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
	parse(&parsed, PPROF_BYTES, text.data, text.len);
	if (parsed.status < 0)
		fail_msg("%s", parsed.err.msg);
	assert_int_equal(parsed.top.count, 20001);
	assert_int_equal(strlen(parsed.top.rows[0].function), 1 << 20);
	pool_release(&parsed.pool);
	buf_release(&text);
}

/* ---- profiles by hand ---- */

static const char *const suffixes[FLARE_PROFILES] = {
    [FLARE_HEAP_1ST] = "1st-heap", [FLARE_HEAP_2ND] = "2nd-heap", [FLARE_CPU] = "cpu",
    [FLARE_BLOCK] = "block", [FLARE_MUTEX] = "mutex"};

/* A profile: its sample type, how many samples, its time in ns, its build id of 4 bytes. */
struct made {
	const char *type; /* NULL: no file; "": an empty one */
	int samples;
	char time;
	const char *build;
};

static void
make_profile(const char *path, const struct made *made)
{
	FILE *file;

	if (made->type == NULL)
		return;
	file = fopen(path, "w");
	assert_non_null(file);
	if (made->type[0] != '\0') {
		fwrite("\x0a\x02\x08\x01\x1a\x02\x30\x02", 1, 8, file);
		for (int i = 0; i < made->samples; i++)
			fwrite("\x12\x02\x10\x07", 1, 4, file);
		fprintf(file, "%c%c%c%c", 0x48, made->time, 0x32, 0);
		fprintf(file, "%c%c%s", 0x32, (int)strlen(made->type), made->type);
		fprintf(file, "%c%c%s", 0x32, (int)strlen(made->build), made->build);
	}
	fclose(file);
}

struct place {
	struct pool pool;
	struct gaps gaps;
	char directory[64];
	struct flare_process files;
	struct pprof_process process;
	struct proc_job jobs[PPROF_REPORTS];
	size_t count;
};

static const char *const command[] = {"/usr/bin/go", "tool", "pprof", NULL};
static const char *const env[] = {"A=1", NULL};
static const struct toolchain toolchain = {
    .command = command, .env = env, .directory = "/private"};

static void
describe(struct place *place, const struct made made[FLARE_PROFILES])
{
	*place = (struct place){.directory = "/tmp/test_pprof.XXXXXX", .files = {.name = "core"}};
	assert_non_null(mkdtemp(place->directory));
	for (int i = 0; i < FLARE_PROFILES; i++) {
		place->files.files[i] =
		    pool_printf(&place->pool, "profiles/core-%s.pprof", suffixes[i]);
		place->files.paths[i] =
		    pool_printf(&place->pool, "%s/core-%s.pprof", place->directory, suffixes[i]);
		make_profile(place->files.paths[i], &made[i]);
	}
	pprof_open(&place->process, &place->pool, &place->files, &place->gaps);
	place->count =
	    pprof_describe(&place->process, &place->pool, &toolchain, 77, place->jobs);
}

static void
place_close(struct place *place)
{
	for (int i = 0; i < FLARE_PROFILES; i++)
		unlink(place->files.paths[i]);
	assert_int_equal(rmdir(place->directory), 0);
	proc_release(place->jobs, place->count);
	pool_release(&place->pool);
}

#define WHOLE                                                                                  \
	{                                                                                      \
		{"inuse_space", 2, 1, "aaaa"}, {"inuse_space", 2, 9, "aaaa"},                  \
		    {"cpu", 2, 1, "aaaa"}, {"delay", 2, 9, "aaaa"}, {"delay", 2, 9, "aaaa"},   \
	}

/* Which reports need a program ('j'), are known without ('f'), or cannot be made ('-'). */
static void
assert_reports(const struct place *place, const char *expected)
{
	char got[PPROF_REPORTS + 1] = "";
	int next = 0;

	for (int i = 0; i < PPROF_REPORTS; i++) {
		const struct pprof_top *top = &place->process.tops[i];

		got[i] = place->process.job_of[i] >= 0 ? 'j' : top->found ? 'f' : '-';
		assert_int_equal(top->why != NULL, got[i] == '-');
		assert_int_equal(top->command != NULL, got[i] != '-');
		assert_int_equal(top->count, 0);
		if (got[i] == 'j')
			assert_int_equal(place->process.job_of[i], next++);
	}
	if (strcmp(got, expected) != 0)
		fail_msg("%s is wanted, %s is got: %s", expected, got,
		    place->process.tops[PPROF_GROWTH].why);
	assert_int_equal(place->count, next);
	assert_ptr_equal(place->process.jobs, place->jobs);
}

static const struct {
	int changed; /* enum flare_profile, -1: none */
	struct made made;
	const char *reports;
	enum pprof_report report; /* one that cannot be made, and why */
	const char *why;
} described[] = {
    {-1, {0}, "jj-jjjj-jj-", PPROF_BLOCK_COUNT,
	"profiles/core-block.pprof holds no contentions samples"},
    {FLARE_CPU, {0}, "jj-j-jj-jj-", PPROF_CPU, "profiles/core-cpu.pprof is not in the flare"},
    {FLARE_CPU, {"", 0, 0, ""}, "jj-j-jj-jj-", PPROF_CPU,
	"profiles/core-cpu.pprof is empty (0 bytes)"},
    {FLARE_CPU, {"delay", 1, 1, "aaaa"}, "jj-j-jj-jj-", PPROF_CPU,
	"profiles/core-cpu.pprof holds no cpu samples"},
    {FLARE_CPU, {"cpu", 0, 1, "aaaa"}, "jj-jfjj-jj-", PPROF_GROWTH_OBJECTS,
	"profiles/core-2nd-heap.pprof holds no inuse_objects samples"},
    {FLARE_BLOCK, {"delay", 0, 1, "aaaa"}, "jj-jjff-jj-", PPROF_MUTEX_COUNT,
	"profiles/core-mutex.pprof holds no contentions samples"},
    {FLARE_BLOCK, {"contentions", 1, 1, "aaaa"}, "jj-jj--jjj-", PPROF_BLOCK_LEAF,
	"profiles/core-block.pprof holds no delay samples"},
    {FLARE_MUTEX, {"contentions", 0, 1, "aaaa"}, "jj-jjjj---f", PPROF_MUTEX_LEAF,
	"profiles/core-mutex.pprof holds no delay samples"},
    {FLARE_HEAP_1ST, {0}, "---jjjj-jj-", PPROF_GROWTH,
	"profiles/core-1st-heap.pprof is not in the flare"},
    {FLARE_HEAP_2ND, {0}, "---jjjj-jj-", PPROF_GROWTH_JUDGED,
	"profiles/core-2nd-heap.pprof is not in the flare"},
    {FLARE_HEAP_1ST, {"cpu", 1, 1, "aaaa"}, "---jjjj-jj-", PPROF_GROWTH,
	"profiles/core-1st-heap.pprof holds no inuse_space samples"},
    /* to and from nothing is growth too */
    {FLARE_HEAP_1ST, {"inuse_space", 0, 1, "aaaa"}, "jj-jjjj-jj-", PPROF_GROWTH_OBJECTS,
	"profiles/core-2nd-heap.pprof holds no inuse_objects samples"},
    {FLARE_HEAP_2ND, {"inuse_space", 0, 9, "aaaa"}, "jj-fjjj-jj-", PPROF_GROWTH_OBJECTS,
	"profiles/core-2nd-heap.pprof holds no inuse_objects samples"},
    {FLARE_HEAP_1ST, {"inuse_space", 1, 9, "aaaa"}, "---jjjj-jj-", PPROF_GROWTH,
	"the two heap snapshots are one and the same"},
    {FLARE_HEAP_1ST, {"inuse_space", 1, 10, "aaaa"}, "---jjjj-jj-", PPROF_GROWTH,
	"by their own time the second heap snapshot is older than the first"},
    {FLARE_HEAP_1ST, {"inuse_space", 1, 1, "bbbb"}, "---jjjj-jj-", PPROF_GROWTH_JUDGED,
	"the two heap snapshots are of different programs"},
    /* what is unknown is no difference */
    {FLARE_HEAP_1ST, {"inuse_space", 1, 0, "aaaa"}, "jj-jjjj-jj-", PPROF_GROWTH_OBJECTS,
	"profiles/core-2nd-heap.pprof holds no inuse_objects samples"},
    {FLARE_HEAP_1ST, {"inuse_space", 1, 1, ""}, "jj-jjjj-jj-", PPROF_GROWTH_OBJECTS,
	"profiles/core-2nd-heap.pprof holds no inuse_objects samples"},
};

static void
test_describe(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(described); i++) {
		struct made made[FLARE_PROFILES] = WHOLE;
		struct place place;
		const char *why;

		if (described[i].changed >= 0)
			made[described[i].changed] = described[i].made;
		describe(&place, made);
		assert_reports(&place, described[i].reports);
		why = place.process.tops[described[i].report].why;
		if (strncmp(why, described[i].why, strlen(described[i].why)) != 0)
			assert_string_equal(why, described[i].why);
		place_close(&place);
	}
}

/* All reports are known to be empty when no profile holds a sample. */
static void
test_describe_empty(void **state)
{
	struct made made[FLARE_PROFILES] = WHOLE;
	struct place place;

	(void)state;
	for (int i = 0; i < FLARE_PROFILES; i++)
		made[i].samples = 0;
	describe(&place, made);
	assert_reports(&place, "ff-ffff-ff-");
	place_close(&place);
}

static const char *
joined(struct pool *pool, const char *const *argv)
{
	const char *text = "";

	for (; *argv != NULL; argv++)
		text = pool_printf(pool, "%s%s\n", text, *argv);
	return text;
}

static void
test_argv(void **state)
{
	struct made made[FLARE_PROFILES] = WHOLE;
	struct place place;
	const struct proc_job *growth, *judged, *heap;

	(void)state;
	describe(&place, made);
	growth = &place.jobs[place.process.job_of[PPROF_GROWTH]];
	judged = &place.jobs[place.process.job_of[PPROF_GROWTH_JUDGED]];
	heap = &place.jobs[place.process.job_of[PPROF_HEAP]];
	assert_string_equal(joined(&place.pool, growth->argv),
	    pool_printf(&place.pool,
		"/usr/bin/go\ntool\npprof\n-top\n-symbolize=none\n-compact_labels\n-trim=false\n"
		"-unit=nanosecond\n-sample_index=inuse_space\n-diff_base=%s/core-1st-heap.pprof\n"
		"%s/core-2nd-heap.pprof\n", place.directory, place.directory));
	assert_string_equal(joined(&place.pool, heap->argv),
	    pool_printf(&place.pool,
		"/usr/bin/go\ntool\npprof\n-top\n-symbolize=none\n-compact_labels\n-trim=false\n"
		"-unit=nanosecond\n-sample_index=inuse_space\n%s/core-2nd-heap.pprof\n",
		place.directory));
	assert_non_null(strstr(joined(&place.pool, judged->argv), "\n-ignore=^net/http/pprof\\.|"));
	assert_ptr_equal(growth->env, env);
	assert_string_equal(growth->directory, "/private");
	assert_int_equal(growth->timeout_ns, 77);
	assert_true(growth->output_limit > 1 << 20);
	place_close(&place);
}

static const struct {
	const char *sample_index, *source;
	int diff, focus, ignore, hide;
} all_arguments[PPROF_REPORTS] = {
    [PPROF_GROWTH] = {"inuse_space", "2nd-heap", 1, 0, 0, 0},
    [PPROF_GROWTH_JUDGED] = {"inuse_space", "2nd-heap", 1, 0, 1, 0},
    [PPROF_GROWTH_OBJECTS] = {"inuse_objects", "2nd-heap", 1, 0, 0, 0},
    [PPROF_HEAP] = {"inuse_space", "2nd-heap", 0, 0, 0, 0},
    [PPROF_CPU] = {"cpu", "cpu", 0, 0, 0, 0},
    [PPROF_BLOCK_LEAF] = {"delay", "block", 0, 0, 0, 0},
    [PPROF_BLOCK_DELAY] = {"delay", "block", 0, 1, 1, 1},
    [PPROF_BLOCK_COUNT] = {"contentions", "block", 0, 1, 1, 1},
    [PPROF_MUTEX_LEAF] = {"delay", "mutex", 0, 0, 0, 0},
    [PPROF_MUTEX_DELAY] = {"delay", "mutex", 0, 0, 1, 1},
    [PPROF_MUTEX_COUNT] = {"contentions", "mutex", 0, 0, 1, 1},
};

/* For each report: its sample type, its base, its filters; the profile stands last. */
static void
test_all_argv(void **state)
{
	const char *fixtures = getenv("FIXTURES");
	struct pool pool = {0};
	struct gaps gaps = {0};
	struct error err = {0};
	struct flare flare = {0};
	struct pprof_process process = {0};
	struct proc_job jobs[PPROF_REPORTS];

	(void)state;
	assert_int_equal(flare_open(&flare, &pool, pool_printf(&pool, "%s/flares/contention",
		fixtures != NULL ? fixtures : "fixtures"), &gaps, &err), 0);
	pprof_open(&process, &pool, &flare.processes[0], &gaps);
	assert_int_equal(pprof_describe(&process, &pool, &toolchain, 1, jobs), PPROF_REPORTS);
	for (int i = 0; i < PPROF_REPORTS; i++) {
		const char *argv = joined(&pool, jobs[i].argv);
		const char *end = pool_printf(&pool, "\n%s/profiles/core-%s.pprof\n", flare.root,
		    all_arguments[i].source);

		assert_non_null(strstr(argv, pool_printf(&pool, "\n-sample_index=%s\n",
		    all_arguments[i].sample_index)));
		assert_string_equal(argv + strlen(argv) - strlen(end), end);
		assert_int_equal(strstr(argv, "\n-diff_base=/") != NULL, all_arguments[i].diff);
		assert_int_equal(strstr(argv, "\n-focus=^") != NULL, all_arguments[i].focus);
		assert_int_equal(strstr(argv, "\n-ignore=^") != NULL, all_arguments[i].ignore);
		assert_int_equal(strstr(argv, "\n-hide=^") != NULL, all_arguments[i].hide);
	}
	pool_release(&pool);
}

/* What people are told to run names the files inside of the flare. */
static void
test_commands(void **state)
{
	static const struct {
		enum pprof_report report;
		const char *command;
	} cases[] = {
	    {PPROF_GROWTH,
		"go tool pprof -top -trim=false -symbolize=none -sample_index=inuse_space "
		"-diff_base=profiles/core-1st-heap.pprof profiles/core-2nd-heap.pprof"},
	    {PPROF_CPU,
		"go tool pprof -top -trim=false -symbolize=none -sample_index=cpu "
		"profiles/core-cpu.pprof"},
	    {PPROF_MUTEX_DELAY,
		"go tool pprof -top -trim=false -symbolize=none -sample_index=delay "
		"-ignore='^runtime\\.(_LostContendedRuntimeLock|unlock)' "
		"-hide='^(runtime|sync|internal/sync)\\.' profiles/core-mutex.pprof"},
	};
	struct made made[FLARE_PROFILES] = WHOLE;
	struct place place;

	(void)state;
	describe(&place, made);
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_string_equal(place.process.tops[cases[i].report].command, cases[i].command);
	place_close(&place);
}

/* The first snapshot stands in for a second one that is not there. */
static void
test_heap_of_the_first(void **state)
{
	struct made made[FLARE_PROFILES] = WHOLE;
	struct place place;
	const struct proc_job *heap;

	(void)state;
	made[FLARE_HEAP_2ND].type = NULL;
	describe(&place, made);
	heap = &place.jobs[place.process.job_of[PPROF_HEAP]];
	assert_non_null(strstr(joined(&place.pool, heap->argv), "/core-1st-heap.pprof\n"));
	assert_int_equal(place.gaps.count, 1);
	assert_string_equal(place.gaps.items[0].what, "profiles/core-2nd-heap.pprof");
	assert_string_equal(place.gaps.items[0].why, "is not in the flare");
	place_close(&place);
}

/* ---- the process as it is found in real flares ---- */

static void
test_fixtures(void **state)
{
	static const struct {
		const char *flare, *process;
		size_t jobs;
		size_t found, gaps;
	} cases[] = {
	    {"contention", "core", 11, 0, 0},
	    {"partial", "core", 5, 6, 0},
	    {"partial", "trace", 1, 0, 4},
	    {"partial", "process", 5, 3, 1},
	    {"partial", "system-probe", 0, 0, 5},
	    {"cluster-agent", "datadog-cluster-agent", 4, 7, 0},
	};
	const char *fixtures = getenv("FIXTURES");

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct pool pool = {0};
		struct gaps gaps = {0};
		struct error err = {0};
		struct flare flare = {0};
		struct pprof_process process = {0};
		struct proc_job jobs[PPROF_REPORTS];
		size_t which = 0, found = 0;

		assert_int_equal(flare_open(&flare, &pool, pool_printf(&pool, "%s/flares/%s",
			fixtures != NULL ? fixtures : "fixtures", cases[i].flare), &gaps, &err), 0);
		while (strcmp(flare.processes[which].name, cases[i].process) != 0)
			assert_true(++which < flare.process_count);
		pprof_open(&process, &pool, &flare.processes[which], &gaps);
		assert_int_equal(
		    pprof_describe(&process, &pool, &toolchain, 1, jobs), cases[i].jobs);
		for (int k = 0; k < PPROF_REPORTS; k++)
			found += (size_t)process.tops[k].found;
		assert_int_equal(found, cases[i].found);
		assert_int_equal(gaps.count, cases[i].gaps);
		pool_release(&pool);
	}
}

/* ---- what the programs printed ---- */

static const struct {
	enum proc_ending ending;
	int code;
	const char *output, *complaint;
	int found;
	const char *why;
} answers[] = {
    {PROC_EXITED, 0, SHOWING("5ns", "5ns") COLUMNS ROW("5ns", "5ns", "f"), "", 1, NULL},
    {PROC_EXITED, 0, SHOWING("5ns", "5ns") COLUMNS ROW("5ns", "5ns", "f"), "a warning\n", 1, NULL},
    {PROC_EXITED, 0, "", "", 0, "pprof could not report its cpu: its report has no column line"},
    {PROC_EXITED, 0, SHOWING("5B", "5B") COLUMNS ROW("5B", "5B", "f"), "", 0,
	"pprof could not report its cpu: its report has an unexpected line 1"},
    {PROC_EXITED, 0, SHOWING("6ns", "6ns") COLUMNS ROW("5ns", "5ns", "f"), "", 0,
	"pprof could not report its cpu: its rows do not add up to the total it shows"},
    {PROC_EXITED, 2, SHOWING("5ns", "5ns") COLUMNS ROW("5ns", "5ns", "f"), "x: parsing profile\n",
	0, "pprof could not report its cpu: ended with exit status 2: x: parsing profile"},
    {PROC_KILLED, 9, "", "", 0, "pprof could not report its cpu: was killed by signal 9"},
    {PROC_TIMED_OUT, 0, "", "", 0, "pprof could not report its cpu: did not end within 77 ns"},
    {PROC_FLOODED, 0, "", "", 0, "pprof could not report its cpu: printed more than 64.0 MB"},
    {PROC_NOT_FOUND, 2, "", "", 0,
	"pprof could not report its cpu: could not be started: No such file or directory"},
    {PROC_NOT_RUN, 0, "", "", 0, "pprof could not report its cpu: was not run"},
};

static void
test_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(answers); i++) {
		struct made made[FLARE_PROFILES] = {[FLARE_CPU] = {"cpu", 2, 1, "aaaa"}};
		struct place place;
		const struct pprof_top *top = &place.process.tops[PPROF_CPU];

		describe(&place, made);
		assert_int_equal(place.count, 1);
		assert_int_equal(place.gaps.count, 4);
		place.jobs[0].ending = answers[i].ending;
		place.jobs[0].code = answers[i].code;
		buf_puts(&place.jobs[0].output, answers[i].output);
		buf_puts(&place.jobs[0].complaint, answers[i].complaint);
		pprof_read(&place.process, &place.pool, &place.gaps);
		assert_int_equal(top->found, answers[i].found);
		assert_int_equal(top->count, answers[i].found);
		assert_int_equal(place.gaps.count, answers[i].found ? 4 : 5);
		if (answers[i].found) {
			assert_null(top->why);
			assert_int_equal(top->shown, 5);
		} else {
			assert_string_equal(top->why, answers[i].why);
			assert_string_equal(place.gaps.items[4].what, "profiles/core-cpu.pprof");
			assert_string_equal(place.gaps.items[4].why, answers[i].why);
		}
		place_close(&place);
	}
}

/* A pair that cannot be compared is one gap, not one for every report of it. */
static void
test_read_gaps(void **state)
{
	struct made made[FLARE_PROFILES] = WHOLE;
	struct place place;
	size_t of_heap = 0;

	(void)state;
	made[FLARE_HEAP_1ST].build = "bbbb";
	describe(&place, made);
	pprof_read(&place.process, &place.pool, &place.gaps);
	for (size_t i = 0; i < place.gaps.count; i++)
		of_heap += strstr(place.gaps.items[i].why, "different programs") != NULL;
	assert_int_equal(of_heap, 1);
	place_close(&place);
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
	    cmocka_unit_test(test_describe),
	    cmocka_unit_test(test_describe_empty),
	    cmocka_unit_test(test_argv),
	    cmocka_unit_test(test_all_argv),
	    cmocka_unit_test(test_commands),
	    cmocka_unit_test(test_heap_of_the_first),
	    cmocka_unit_test(test_fixtures),
	    cmocka_unit_test(test_read),
	    cmocka_unit_test(test_read_gaps),
	};

	return cmocka_run_group_tests_name("pprof", tests, NULL, NULL);
}
