#include "session.h"

#include "buf.h"
#include "error.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct session_key key = {"k1f", 1234567890};

/* Each line is one that no profile can know; what stays as it was is not set again. */
static void
test_ask(void **state)
{
	static const struct session_report all = {"delay", "^a|b$", "c", "d", "e", "f"};
	static const struct session_report other = {"delay", "^a|b$", "c", NULL, "x", NULL};
	static const struct session_report plain = {.sample_type = "cpu"};
	struct buf commands = {0};

	(void)state;
	session_ask(&commands, &key, 3, &all, NULL);
	session_ask(&commands, &key, 4, &other, &all);
	session_ask(&commands, &key, 5, &other, &other);
	session_ask(&commands, &key, 12, &plain, &other);
	assert_string_equal(buf_text(&commands),
	    "sample_index=delay //:k1f\nfocus=^a|b$ //:k1f\nignore=c //:k1f\nhide=d //:k1f\n"
	    "show=e //:k1f\ntagleaf=f //:k1f\ntaghide=k1f-3|.\ntop1234567890\n"
	    "hide= //:k1f\nshow=x //:k1f\ntagleaf= //:k1f\ntaghide=k1f-4|.\ntop1234567890\n"
	    "taghide=k1f-5|.\ntop1234567890\n"
	    "sample_index=cpu //:k1f\nfocus= //:k1f\nignore= //:k1f\nshow= //:k1f\n"
	    "taghide=k1f-12|.\ntop1234567890\n");
	buf_release(&commands);
}

static void
test_peek(void **state)
{
	static const struct session_report like = {"delay", "^a|b$", "c", NULL, "^d", NULL};
	static const struct session_report before = {"delay", "^a|b$", NULL, "x", NULL, "l"};
	struct buf commands = {0};

	(void)state;
	session_peek(&commands, &key, 20, &like, &before, "f\\.g|h.i");
	session_peek(&commands, &key, 21, &(struct session_report){.sample_type = "cpu"}, &like, "f");
	assert_string_equal(buf_text(&commands),
	    "ignore=c //:k1f\nhide= //:k1f\nshow=^d|^(?:f\\.g|h.i)$ //:k1f\n"
	    "tagleaf= //:k1f\ntaghide=k1f-20|.\npeek ^(?:f\\.g|h.i|k1f)$\n"
	    "sample_index=cpu //:k1f\nfocus= //:k1f\nignore= //:k1f\n"
	    "show=^(?:f)$ //:k1f\ntaghide=k1f-21|.\npeek ^(?:f|k1f)$\n");
	buf_release(&commands);
}

/* A mark in front and one behind; no line is one that a sample type could be called. */
static void
test_raw(void **state)
{
	static const struct session_report before = {"delay", "^a|b$", NULL, "x", "y", "l"};
	struct buf commands = {0};

	(void)state;
	session_raw(
	    &commands, &key, 30, &(struct session_report){.sample_type = "cpu"}, &before);
	assert_string_equal(buf_text(&commands),
	    "sample_index=cpu //:k1f\nfocus= //:k1f\nhide= //:k1f\nshow= //:k1f\n"
	    "tagleaf= //:k1f\ntaghide=k1f-30|.\ntop ^(?:k1f)$\nraw 1234567890\n"
	    "taghide=k1f-31|.\ntop ^(?:k1f)$\n");
	buf_release(&commands);
}

/* A prompt before each command, and one more when all are done; it may come in pieces. */
static void
test_waits(void **state)
{
	static const char text[] = "(pprof) (pprof) a (pprof) b\n(pprof) c\n(pprof) ";
	struct session_prompts prompts = {0};

	(void)state;
	assert_false(session_waits(&prompts, (struct span){NULL, 0}, 0));
	for (size_t len = 1; len <= strlen(text); len++) {
		char *copy = malloc(len);
		int waits;

		memcpy(copy, text, len);
		waits = session_waits(&prompts, (struct span){copy, len}, 3);
		assert_int_equal(waits, len == strlen("(pprof) (pprof) a (pprof) b\n(pprof) ") ||
					    len == strlen(text));
		free(copy);
	}
	assert_int_equal(prompts.count, 5);
	assert_true(session_waits(&prompts, (struct span){text, strlen(text)}, 4));
	assert_false(session_waits(&prompts, (struct span){text, strlen(text)}, 5));
	assert_int_equal(prompts.count, 5);
}

/* The number of rows is one that pprof takes, whatever the key. */
static void
test_number(void **state)
{
	static const uint32_t numbers[] = {0, 1, 999999999, 1000000000, 2000000000, UINT32_MAX};
	static const struct session_report plain = {.sample_type = "cpu"};

	(void)state;
	for (size_t i = 0; i < COUNT(numbers); i++) {
		struct session_key made = {"k", numbers[i]};
		struct buf commands = {0};
		long number;

		session_ask(&commands, &made, 0, &plain, NULL);
		number = atol(strstr(commands.data, "\ntop") + 4);
		assert_in_range(number, 1000000000, INT32_MAX);
		buf_release(&commands);
	}
}

static void
test_keys_differ(void **state)
{
	struct session_key keys[20];
	struct error err = {0};

	(void)state;
	for (size_t i = 0; i < COUNT(keys); i++) {
		assert_int_equal(session_key_make(&keys[i], &err), 0);
		assert_int_equal(strlen(keys[i].text), 16);
		assert_int_equal(strspn(keys[i].text, "k0123456789abcdef"), 16);
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(keys[i].text, keys[k].text);
	}
}

#define HEAD(number) "(pprof) (pprof) Active filters:\n   focus=x\n   taghide=k1f-" number "|.\n"
#define ROWS "Showing\n     flat\n 1 f\n"

static const struct {
	const char *printed;
	size_t number;
	const char *report; /* NULL: not there, or not whole */
} cut[] = {
    {HEAD("0") ROWS "(pprof) ", 0, ROWS},
    {HEAD("0") ROWS HEAD("1") "other\n(pprof) ", 0, ROWS},
    {HEAD("0") ROWS HEAD("1") "other\n(pprof) ", 1, "other\n"},
    {HEAD("0") ROWS HEAD("7") "other\n(pprof) (pprof) ", 7, "other\n"},
    {HEAD("0") "(pprof) ", 0, ""},
    {HEAD("1") ROWS HEAD("10") "ten\n(pprof) ", 10, "ten\n"},
    {HEAD("1") ROWS HEAD("10") "ten\n(pprof) ", 1, ROWS},
    /* a name that looks like the prompt does not end a report */
    {HEAD("0") "Showing\n 1 f\n(pprof) x\n 2 g\n(pprof) ", 0, "Showing\n 1 f\n(pprof) x\n 2 g\n"},
    /* a mark of another run is none */
    {"   taghide=k2f-0|.\n" HEAD("0") ROWS "(pprof) ", 0, ROWS},
    /* what is not there */
    {"", 0, NULL},
    {"(pprof) (pprof) ", 0, NULL},
    {HEAD("0") ROWS "(pprof) ", 1, NULL},
    {HEAD("10") ROWS "(pprof) ", 1, NULL},
    {"   taghide=k2f-0|.\n" ROWS "(pprof) ", 0, NULL},
    {" taghide=k1f-0|.\n" ROWS "(pprof) ", 0, NULL},
    /* without a prompt behind it, it may be cut */
    {HEAD("0") ROWS, 0, NULL},
    {HEAD("0") "Showing\n 1 f\n 2", 0, NULL},
    {HEAD("0"), 0, NULL},
    {HEAD("0") "Showing (pprof) ", 0, NULL},
};

static void
test_cut(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(cut); i++) {
		size_t len = strlen(cut[i].printed);
		char *copy = malloc(len + 1);
		struct span report = {0};
		int found;

		memcpy(copy, cut[i].printed, len);
		found = session_cut((struct span){copy, len}, &key, cut[i].number, 1, &report);
		if (found != (cut[i].report != NULL))
			fail_msg("case %zu: found %d", i, found);
		if (found && (report.len != strlen(cut[i].report) ||
				 memcmp(report.at, cut[i].report, report.len) != 0))
			fail_msg("case %zu: '%.*s'", i, (int)report.len, report.at);
		free(copy);
	}
}

/* Of a pprof that was killed only what another report follows is whole. */
static void
test_cut_of_the_killed(void **state)
{
	static const char text[] = HEAD("0") ROWS HEAD("1") "other\n(pprof) ";
	struct span printed = {text, strlen(text)}, report;

	(void)state;
	assert_true(session_cut(printed, &key, 0, 0, &report));
	assert_true(text_is(report, ROWS));
	assert_false(session_cut(printed, &key, 1, 0, &report));
	assert_true(session_cut(printed, &key, 1, 1, &report));
}

/* Wherever the output ends, a report is there whole or not at all. */
static void
test_cut_anywhere(void **state)
{
	static const char text[] = HEAD("0") ROWS HEAD("1") "other\n(pprof) ";

	(void)state;
	for (size_t len = 0; len <= strlen(text); len++) {
		char *copy = malloc(len + 1);
		struct span report;

		memcpy(copy, text, len);
		if (session_cut((struct span){copy, len}, &key, 0, 1, &report))
			assert_true(text_is(report, ROWS));
		if (session_cut((struct span){copy, len}, &key, 1, 1, &report))
			assert_true(text_is(report, "other\n"));
		free(copy);
	}
	assert_false(session_cut((struct span){NULL, 0}, &key, 0, 1, &(struct span){0}));
}

#define NOTHING "Showing\n     flat\n(pprof) "
#define STACKS "PeriodType: x\nSamples:\n(pprof) \nMappings\n"

static const struct {
	const char *printed, *stacks;
} raws[] = {
    {HEAD("5") NOTHING STACKS HEAD("6") NOTHING, STACKS},
    {HEAD("5") NOTHING STACKS "(pprof) " HEAD("6") NOTHING, STACKS},
    /* it could not be made */
    {HEAD("5") NOTHING HEAD("6") NOTHING, NULL},
    /* it may be cut */
    {HEAD("5") NOTHING STACKS, NULL},
    {HEAD("5") NOTHING STACKS "(pprof) ", NULL},
    {HEAD("6") NOTHING STACKS "(pprof) ", NULL},
    {HEAD("5") "Showing\n" HEAD("6") NOTHING, NULL},
    {"", NULL},
};

static void
test_cut_raw(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(raws); i++) {
		struct span printed = {raws[i].printed, strlen(raws[i].printed)}, stacks = {0};
		int found = session_cut_raw(printed, &key, 5, &stacks);

		if (found != (raws[i].stacks != NULL))
			fail_msg("case %zu: found %d", i, found);
		if (found && !text_is(stacks, raws[i].stacks))
			fail_msg("case %zu: '%.*s'", i, (int)stacks.len, stacks.at);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_ask),
	    cmocka_unit_test(test_peek),
	    cmocka_unit_test(test_raw),
	    cmocka_unit_test(test_waits),
	    cmocka_unit_test(test_number),
	    cmocka_unit_test(test_keys_differ),
	    cmocka_unit_test(test_cut),
	    cmocka_unit_test(test_cut_of_the_killed),
	    cmocka_unit_test(test_cut_anywhere),
	    cmocka_unit_test(test_cut_raw),
	};

	return cmocka_run_group_tests_name("session", tests, NULL, NULL);
}
