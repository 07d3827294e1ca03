#include "wrap.h"

#include "buf.h"

#include <stdlib.h>
#include <string.h>

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define RED "\033[1;31m"
#define OFF "\033[0m"

static const struct {
	const char *text;
	size_t width;
	const char *wrapped;
} cases[] = {
    {"", 20, ""},
    {"a b", 0, "a b\n"},
    {"one two three\n\nfour\n", 20, "one two three\n\nfour\n"},
    {"one two three four five", 12, "one two\n    three\n    four\n    five\n"},
    {"one two three", 13, "one two three\n"},
    {"one two three", 12, "one two\n    three\n"},
    {"  one two three", 10, "  one two\n  three\n"},
    {"  one two three\nand", 10, "  one two\n  three\nand\n"},
    /* as many words on a line as there is room for */
    {"    aa bb cc dd", 12, "    aa bb cc\n    dd\n"},
    /* long names are broken where they may be */
    {"  in github.com/DataDog/agent/pkg.F now", 20, "  in\n  github.com/\n  DataDog/agent/pkg.\n  F now\n"},
    {"  abcdefghijklmnopqrstuvwxyz", 12, "  abcdefghij\n  klmnopqrst\n  uvwxyz\n"},
    /* what is behind a tab is not */
    {"Report:\tinvestigations/flare-profiling-x.md", 0, "Report: investigations/flare-profiling-x.md\n"},
    {"Report:\tinvestigations/flare-profiling-x.md", 60, "Report: investigations/flare-profiling-x.md\n"},
    {"Report:\tinvestigations/flare profiling-x.md", 20,
	"Report:\n    investigations/flare profiling-x.md\n"},
    /* colours take no room, wide characters take two columns */
    {RED "one two" OFF " three", 13, RED "one two" OFF " three\n"},
    {RED "one two" OFF " three", 12, RED "one two" OFF "\n    three\n"},
    {"± ⚠ ✘ é", 7, "± ⚠ ✘ é\n"},
    {"日本 日本 x", 11, "日本 日本 x\n"},
    {"  日本 日本 x", 12, "  日本 日本\n  x\n"},
    /* two columns */
    {"Normal        host (1), path/name", 24, "Normal        host (1),\n              path/name\n"},
    {RED "Normal" OFF "        host (1), path/name", 24,
	RED "Normal" OFF "        host (1),\n              path/name\n"},
    {"  aaa  b ccccc", 10, "  aaa  b\n  ccccc\n"},
    {"aaaa bbbb cccc ", 14, "aaaa bbbb cccc\n"},
    /* where there is hardly any room, there is no indentation */
    {"          one two three", 14, "          one\ntwo three\n"},
};

static void
test_wrap(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		size_t len = strlen(cases[i].text);
		char *copy = malloc(len + 1);
		struct buf out = {0};

		memcpy(copy, cases[i].text, len);
		wrap_add(&out, (struct span){copy, len}, cases[i].width);
		if (strcmp(buf_text(&out), cases[i].wrapped) != 0)
			fail_msg("case %zu: '%s'", i, buf_text(&out));
		buf_release(&out);
		free(copy);
	}
}

/* Whatever the width, all words are there in their order, and no line is wider but for one word. */
static void
test_any_width(void **state)
{
	static const char text[] = "  core: the Go heap of core grew by 35.5 MB ± 4.2 MB in "
				   "github.com/DataDog/datadog-agent/pkg/aggregator.(*T).f and more";

	(void)state;
	for (size_t width = 12; width < 140; width++) {
		struct buf out = {0};
		struct span rest, line;
		size_t k = 0;

		wrap_add(&out, (struct span){text, strlen(text)}, width);
		rest = (struct span){buf_text(&out), out.len};
		while (text_line(&rest, &line))
			assert_true(wrap_width(line) <= width);
		for (size_t i = 0; i < out.len; i++) {
			if (out.data[i] == ' ' || out.data[i] == '\n')
				continue;
			while (text[k] == ' ')
				k++;
			assert_int_equal(out.data[i], text[k++]);
		}
		assert_int_equal(k, strlen(text));
		buf_release(&out);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_wrap),
	    cmocka_unit_test(test_any_width),
	};

	return cmocka_run_group_tests_name("wrap", tests, NULL, NULL);
}
