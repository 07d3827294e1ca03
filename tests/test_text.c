#include "text.h"

#include "buf.h"
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
#define BAD "\xef\xbf\xbd"
#define DOTS "\xe2\x80\xa6"

/* A piece of foreign text with its length: it may hold NULs. */
#define BYTES(text) text, sizeof(text) - 1

static const struct {
	const char *from;
	size_t len;
	const char *clean;
} clean_cases[] = {
    {BYTES(""), ""},
    {BYTES("main.(*T[go.shape.int]).run"), "main.(*T[go.shape.int]).run"},
    {BYTES("a\tb\t"), "a b "},
    /* joiner, Mongolian separator, Hangul filler, annotation, no character, selector */
    {BYTES("a\xcd\x8f" "b\xe1\xa0\x8e" "c\xe3\x85\xa4"), "a" BAD "b" BAD "c" BAD},
    {BYTES("a\xef\xbf\xb9" "b\xef\xbf\xbf" "c\xf3\xa0\x87\xaf"), "a" BAD "b" BAD "c" BAD},
    /* What is seen stays. */
    {BYTES("\xc3\xa9 \xe4\xbd\xa0 \xf0\x9f\x98\x80 " BAD), "\xc3\xa9 \xe4\xbd\xa0 \xf0\x9f\x98\x80 " BAD},
    {BYTES("a\0b"), "a" BAD "b"},
    {BYTES("a\nb\rc"), "a" BAD "b" BAD "c"},
    {BYTES("\x01\x07\x08\x1f\x7f"), BAD BAD BAD BAD BAD},
    {BYTES("\x20\x7e"), " ~"},
    /* terminal colours are dropped, any other escape shows */
    {BYTES("\x1b[31mred\x1b[0m"), "red"},
    {BYTES("\x1b[1;38;5;196mred\x1b[m."), "red."},
    {BYTES("\x1b[31"), BAD "[31"},
    {BYTES("a\x1b[2Jb\x1b[?25lc"), "abc"},
    {BYTES("\x1b[31 a"), BAD "[31 a"},
    {BYTES("\x1b["), BAD "["},
    {BYTES("\x1b"), BAD},
    {BYTES("\x1b[\x1b[0mm"), BAD "[m"},
    {BYTES("\x1b]0;title\x07"), BAD "]0;title" BAD},
    {BYTES("\x1b[31\nm"), BAD "[31" BAD "m"},
    /* C1 controls, also the one-byte CSI */
    {BYTES("\xc2\x80\xc2\x9b"
	   "31m\xc2\x9f\xc2\xa0"), BAD BAD "31m" BAD "\xc2\xa0"},
    {BYTES("\x9b"), BAD},
    /* direction, zero width and line separators */
    {BYTES("a\xe2\x80\xae" "b\xe2\x80\xac"), "a" BAD "b" BAD},
    {BYTES("\xe2\x80\xaa\xe2\x80\xab\xe2\x80\xad"), BAD BAD BAD},
    {BYTES("\xe2\x81\xa6\xe2\x81\xa7\xe2\x81\xa8\xe2\x81\xa9"), BAD BAD BAD BAD},
    {BYTES("\xe2\x80\x8b\xe2\x80\x8e\xe2\x80\x8f\xd8\x9c"), BAD BAD BAD BAD},
    {BYTES("\xe2\x80\xa8\xe2\x80\xa9\xef\xbb\xbf\xe2\x81\xa0"), BAD BAD BAD BAD},
    {BYTES("\xe2\x80\x8a\xe2\x80\x90\xe2\x80\xa7\xe2\x80\xaf"),
	"\xe2\x80\x8a\xe2\x80\x90\xe2\x80\xa7\xe2\x80\xaf"},
    /* valid UTF-8 of each length */
    {BYTES("\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80 \xf4\x8f\xbf\xbf"),
	"\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80 \xf4\x8f\xbf\xbf"},
    {BYTES("\xed\x9f\xbf\xee\x80\x80"), "\xed\x9f\xbf\xee\x80\x80"},
    {BYTES(BAD), BAD},
    /* cut, too long, out of range, surrogates */
    {BYTES("\xc3"), BAD},
    {BYTES("\xe2\x82"), BAD BAD},
    {BYTES("\xf0\x9f\x98"), BAD BAD BAD},
    {BYTES("\xe2\x82z"), BAD BAD "z"},
    {BYTES("\x80z\xbf"), BAD "z" BAD},
    {BYTES("\xc0\x80\xc1\xbf"), BAD BAD BAD BAD},
    {BYTES("\xe0\x80\xaf"), BAD BAD BAD},
    {BYTES("\xe0\x9f\xbf\xe0\xa0\x80"), BAD BAD BAD "\xe0\xa0\x80"},
    {BYTES("\xf0\x8f\xbf\xbf"), BAD BAD BAD BAD},
    {BYTES("\xed\xa0\x80"), BAD BAD BAD},
    {BYTES("\xf4\x90\x80\x80"), BAD BAD BAD BAD},
    {BYTES("\xf8\x88\x80\x80\x80"), BAD BAD BAD BAD BAD},
    {BYTES("\xfe\xff"), BAD BAD},
};

/* Hands out a copy of its own size, so that a read past the end shows. */
static char *
copy_of(const char *text, size_t len)
{
	char *copy = malloc(len != 0 ? len : 1);

	if (len != 0)
		memcpy(copy, text, len);
	return copy;
}

static void
test_clean(void **state)
{
	struct pool pool = {0};

	(void)state;
	for (size_t i = 0; i < COUNT(clean_cases); i++) {
		char *copy = copy_of(clean_cases[i].from, clean_cases[i].len);

		assert_string_equal(text_clean(&pool, (struct span){copy, clean_cases[i].len}),
		    clean_cases[i].clean);
		free(copy);
	}
	pool_release(&pool);
}

/* Whatever the bytes are, clean text stays as it is when it is cleaned again. */
static void
test_clean_is_final(void **state)
{
	struct pool pool = {0};
	uint32_t random = 7;

	(void)state;
	for (int i = 0; i < 500; i++) {
		char bytes[40];
		const char *once;

		for (size_t k = 0; k < sizeof(bytes); k++) {
			random = random * 1664525 + 1013904223;
			bytes[k] = (char)(random >> 24);
		}
		once = text_clean(&pool, (struct span){bytes, sizeof(bytes)});
		assert_string_equal(text_clean(&pool, (struct span){once, strlen(once)}), once);
	}
	pool_release(&pool);
}

static void
test_clean_nothing(void **state)
{
	struct pool pool = {0};
	struct buf buf = {0};

	(void)state;
	assert_string_equal(text_clean(&pool, (struct span){0}), "");
	buf_puts(&buf, "before ");
	text_add_clean(&buf, (struct span){0});
	text_add_clean(&buf, (struct span){"a\nb", 3});
	assert_string_equal(buf.data, "before a" BAD "b");
	buf_release(&buf);
	pool_release(&pool);
}

static void
test_lines(void **state)
{
	static const struct {
		const char *text;
		size_t len;
		const char *lines; /* each ends in '$' */
	} cases[] = {
	    {BYTES(""), ""},
	    {BYTES("a"), "a$"},
	    {BYTES("a\n"), "a$"},
	    {BYTES("a\nb"), "a$b$"},
	    {BYTES("\n\n"), "$$"},
	    {BYTES("a\r\nb\r\n"), "a$b$"},
	    {BYTES("a\r"), "a$"},
	    {BYTES("\r\n"), "$"},
	    {BYTES("\r"), "$"},
	    {BYTES("a\rb\n"), "a\rb$"},
	    {BYTES("a\r\r\n"), "a\r$"},
	    {BYTES(" a \n\n b"), " a $$ b$"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		char *copy = copy_of(cases[i].text, cases[i].len);
		struct span rest = {copy, cases[i].len}, line;
		struct buf lines = {0};

		while (text_line(&rest, &line)) {
			buf_add(&lines, line.at, line.len);
			buf_putc(&lines, '$');
		}
		assert_string_equal(buf_text(&lines), cases[i].lines);
		assert_int_equal(rest.len, 0);
		buf_release(&lines);
		free(copy);
	}
}

static void
test_lines_with_nul(void **state)
{
	struct span rest = {"a\0b\nc", 5}, line;

	(void)state;
	assert_int_equal(text_line(&rest, &line), 1);
	assert_int_equal(line.len, 3);
	assert_memory_equal(line.at, "a\0b", 3);
	assert_int_equal(text_line(&rest, &line), 1);
	assert_int_equal(line.len, 1);
	assert_int_equal(text_line(&rest, &line), 0);
}

static void
test_trim(void **state)
{
	static const struct {
		const char *text, *trimmed;
	} cases[] = {
	    {"", ""}, {"a", "a"}, {"  a", "a"}, {"a  ", "a"}, {" \t\r\n a b \n\v\f", "a b"},
	    {"   ", ""}, {"\xc2\xa0", "\xc2\xa0"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct span text = text_trim((struct span){cases[i].text, strlen(cases[i].text)});

		assert_int_equal(text.len, strlen(cases[i].trimmed));
		assert_memory_equal(text.at, cases[i].trimmed, text.len);
	}
}

struct quote_case {
	const char *text, *quoted;
};

static void
check_quotes(const struct quote_case *cases, size_t count, void (*add)(struct buf *, const char *))
{
	for (size_t i = 0; i < count; i++) {
		struct buf buf = {0};

		buf_puts(&buf, ">");
		add(&buf, cases[i].text);
		assert_int_equal(buf.data[0], '>');
		assert_string_equal(buf.data + 1, cases[i].quoted);
		buf_release(&buf);
	}
}

static void
test_markdown(void **state)
{
	static const struct quote_case cases[] = {
	    {"", ""},
	    {"plain text, 12.5% (of it)", "plain text, 12.5% (of it)"},
	    {"*bold* **b**", "\\*bold\\* \\*\\*b\\*\\*"},
	    {"a|b", "a\\|b"},
	    {"| a | b |", "\\| a \\| b \\|"},
	    {"<b>&amp;</b>", "&lt;b&gt;&amp;amp;&lt;/b&gt;"},
	    {"<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"},
	    {"<!-- x -->", "&lt;!-- x --&gt;"},
	    {"[text](http://x)", "\\[text\\](http\\://x)"},
	    {"https://x www.x WWW.x awww", "https\\://x www\\.x WWW\\.x awww"},
	    {"a: b // c", "a: b // c"},
	    /* what would begin a list or code within an item of ours */
	    {"- a - b", "\\- a - b"},
	    {"+ a", "\\+ a"},
	    {"-", "\\-"},
	    {"-1 +2", "-1 +2"},
	    {"1. a 2. b", "1\\. a 2. b"},
	    {"12) a", "12\\) a"},
	    {"1.5 a", "1.5 a"},
	    {"    a  b", "&#32;   a  b"},
	    {"![img](x)", "!\\[img\\](x)"},
	    {"a\\b", "a\\\\b"},
	    {"\\|", "\\\\\\|"},
	    {"~~gone~~", "\\~\\~gone\\~\\~"},
	    {"# head", "\\# head"},
	    /* an underscore between letters or digits is no markup */
	    {"heap_alloc_bytes", "heap_alloc_bytes"},
	    {"_em_", "\\_em\\_"},
	    {"a_ _b", "a\\_ \\_b"},
	    {"__init__", "\\_\\_init\\_\\_"},
	    {"v1_2", "v1_2"},
	    {"_", "\\_"},
	    {"caf\xc3\xa9", "caf\xc3\xa9"},
	};

	(void)state;
	check_quotes(cases, COUNT(cases), text_add_markdown);
}

/* Backticks in pairs stay code, and any other shows as a backtick. */
static void
test_markdown_backticks(void **state)
{
	static const struct quote_case cases[] = {
	    {"`main.*T`", "`main.*T`"},
	    {"see `a_b_` and *c*", "see `a_b_` and \\*c\\*"},
	    {"`<b>` <b>", "`<b>` &lt;b&gt;"},
	    {"`a|b`", "`a\\|b`"},
	    {"`a\\|b`", "`a\\\xc2\xa6" "b`"},
	    {"`a\\`", "`a\\`"},
	    {"`a` `b`", "`a` `b`"},
	    {"`a`b`c`", "`a`b`c`"},
	    {"`", "\\`"},
	    {"``", "\\`\\`"},
	    {"```", "\\`\\`\\`"},
	    {"a ` b", "a \\` b"},
	    {"`a` ` <b>", "`a` \\` &lt;b&gt;"},
	    {"``a`", "\\``a`"},
	    {"`a``", "\\`a\\`\\`"},
	    {"``a``", "\\`\\`a\\`\\`"},
	    {"``<b>``", "\\`\\`&lt;b&gt;\\`\\`"},
	    {"``` <b>", "\\`\\`\\` &lt;b&gt;"},
	    {"\\`a`", "\\\\`a`"},
	    {"`http://x`", "`http://x`"},
	};

	(void)state;
	check_quotes(cases, COUNT(cases), text_add_markdown);
}

static void
test_code(void **state)
{
	static const struct quote_case cases[] = {
	    {"main.run", "`main.run`"},
	    {"a|b", "`a|b`"},
	    {"<b>*[x]_\\", "`<b>*[x]_\\`"},
	    {"", "`  `"},
	    {"a`b", "``a`b``"},
	    {"a``b`c", "```a``b`c```"},
	    {"`a", "`` `a ``"},
	    {"a`", "`` a` ``"},
	    {"`", "`` ` ``"},
	    {"```", "```` ``` ````"},
	    {"a b", "`a b`"},
	    {" a", "` a`"},
	    {"a  ", "`a  `"},
	    /* Markdown takes one blank off both ends when there is one at both */
	    {" a ", "`  a  `"},
	};

	(void)state;
	check_quotes(cases, COUNT(cases), text_add_code);
}

static void
test_cell_code(void **state)
{
	static const struct quote_case cases[] = {
	    {"a", "`a`"},
	    {"a|b", "`a\\|b`"},
	    {"||", "`\\|\\|`"},
	    {"a\\b", "`a\\b`"},
	    /* a pipe behind a backslash cannot be escaped */
	    {"a\\|b", "`a\\\xc2\xa6" "b`"},
	};

	(void)state;
	check_quotes(cases, COUNT(cases), text_add_cell_code);
}

#define E_ACUTE_5 "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9"
#define E_ACUTE_10 E_ACUTE_5 E_ACUTE_5

static void
test_short(void **state)
{
	static const struct {
		const char *text;
		size_t width;
		const char *shortened;
	} cases[] = {
	    {"", 10, ""},
	    {"main.run", 8, "main.run"},
	    {"main.run", 40, "main.run"},
	    {"main.F[go.shape.int].func1", 40, "main.F[go.shape.int].func1"},
	    {"main.F[go.shape.int,go.shape.string].func1", 20, "main.F[" DOTS "].func1"},
	    {"main.(*T[int]).M[struct { a int }]", 20, "main.(*T[" DOTS "]"},
	    {"main.T[[]int,map[string]int].f", 20, "main.T[" DOTS "].f"},
	    {"abcdefghijklmnopqrstuvwxyz", 10, "abcde" DOTS "vwxyz"},
	    {"]abcdefghijklmnopqrstuvwxyz[", 10, "]abcd" DOTS "wxyz["},
	    {"abcdefghijklmnopqrstuvwxyz[ab]", 10, "abcde" DOTS "z[ab]"},
	    /* not even without what is in brackets */
	    {"abcdefghijkl[0123456789]mnopqrstuvwxyz", 10, "abcde" DOTS "vwxyz"},
	    {"[abcdefghijkl", 10, "[abcd" DOTS "hijkl"},
	    /* width counts characters, not bytes */
	    {E_ACUTE_10 E_ACUTE_10, 20, E_ACUTE_10 E_ACUTE_10},
	    {"F[" E_ACUTE_5 "]", 8, "F[" E_ACUTE_5 "]"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct buf buf = {0};

		text_add_short(&buf, cases[i].text, cases[i].width);
		assert_string_equal(buf_text(&buf), cases[i].shortened);
		buf_release(&buf);
	}
}

/* No character is cut in two, at any width, and what comes out is not longer. */
static void
test_short_borders(void **state)
{
	static const char *const texts[] = {
	    E_ACUTE_10 "a" E_ACUTE_10 "bc" E_ACUTE_10,
	    "\xf0\x9f\x98\x80\xe2\x82\xac\xf0\x9f\x98\x80" E_ACUTE_10
	    "\xf0\x9f\x98\x80\xf0\x9f\x98\x80",
	    "m.F[\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac].\xe2\x82\xac\xe2\x82\xac",
	};
	struct pool pool = {0};

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++) {
		for (size_t width = 0; width < 60; width++) {
			struct buf buf = {0};
			const char *clean;

			text_add_short(&buf, texts[i], width);
			clean = text_clean(&pool, (struct span){buf_text(&buf), buf.len});
			assert_string_equal(buf_text(&buf), clean);
			assert_null(strstr(buf_text(&buf), BAD));
			assert_true(buf.len <= strlen(texts[i]) + strlen(DOTS));
			buf_release(&buf);
		}
	}
	pool_release(&pool);
}

static void
test_is(void **state)
{
	(void)state;
	assert_true(text_is((struct span){"abc", 2}, "ab"));
	assert_false(text_is((struct span){"abc", 3}, "ab"));
	assert_false(text_is((struct span){"abc", 1}, "ab"));
	assert_true(text_is((struct span){"abc", 0}, ""));
	/* A text that is not there is the empty one. */
	assert_true(text_is((struct span){0}, ""));
	assert_false(text_is((struct span){0}, "a"));
}

/* The beginning of a text ends behind a word, and never within what may be a key. */
static void
test_start(void **state)
{
	static const struct {
		const char *text;
		size_t most;
		const char *start;
	} cases[] = {
	    {"", 0, ""},
	    {"a b", 3, "a b"},
	    {"one two three", 12, "one two"},
	    {"one two three", 7, "one two"},
	    {"one two three", 3, "one"},
	    {"one two", 2, ""},
	    {"key: 0123456789abcdef0123456789abcdef", 36, "key:"},
	};
	char word[400], path[400];
	struct pool pool = {0};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct span start = text_start(
		    (struct span){cases[i].text, strlen(cases[i].text)}, cases[i].most);

		assert_true(text_is(start, cases[i].start));
	}
	assert_string_equal(text_quote(&pool, (struct span){"one two", 7}, 3), "one");
	assert_string_equal(text_quote(&pool, (struct span){"one two", 7}, 2), "one long word");
	assert_string_equal(text_quote(&pool, (struct span){"", 0}, 2), "");
	/* No key is as long as that, and a path is cut between its parts. */
	memset(word, 'x', sizeof(word));
	assert_int_equal(text_start((struct span){word, sizeof(word)}, 300).len, 300);
	memset(path, 'x', sizeof(path));
	path[290] = '/';
	assert_int_equal(text_start((struct span){path, sizeof(path)}, 300).len, 290);
	pool_release(&pool);
	/* Nor within a character. */
	for (size_t i = 0; i < sizeof(path); i++)
		path[i] = i % 2 == 0 ? '\xc3' : '\xa9';
	assert_int_equal(text_start((struct span){path, sizeof(path)}, 301).len, 300);
}

static void
test_backticks(void **state)
{
	(void)state;
	assert_int_equal(text_backticks(""), 0);
	assert_int_equal(text_backticks("a ` b `` c"), 2);
	assert_int_equal(text_backticks("```` ```"), 4);
}

static void
test_html(void **state)
{
	static const struct {
		const char *text, *html, *prose;
	} cases[] = {
	    {"", "", ""},
	    {"a ä ✘", "a ä ✘", "a ä ✘"},
	    {"<b>&\"'", "&lt;b&gt;&amp;&quot;&#39;", "&lt;b&gt;&amp;&quot;&#39;"},
	    {"in `f.(*T).<g>` now", "in `f.(*T).&lt;g&gt;` now",
		"in <code>f.(*T).&lt;g&gt;</code> now"},
	    {"`a` `b`", "`a` `b`", "<code>a</code> <code>b</code>"},
	    {"`a", "`a", "`a"},
	    {"a``b", "a``b", "a``b"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct buf html = {0}, prose = {0};

		text_add_html(&html, cases[i].text);
		text_add_html_prose(&prose, cases[i].text);
		assert_string_equal(buf_text(&html), cases[i].html);
		assert_string_equal(buf_text(&prose), cases[i].prose);
		buf_release(&html);
		buf_release(&prose);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_html),
	    cmocka_unit_test(test_clean),
	    cmocka_unit_test(test_clean_is_final),
	    cmocka_unit_test(test_clean_nothing),
	    cmocka_unit_test(test_lines),
	    cmocka_unit_test(test_lines_with_nul),
	    cmocka_unit_test(test_trim),
	    cmocka_unit_test(test_is),
	    cmocka_unit_test(test_markdown),
	    cmocka_unit_test(test_markdown_backticks),
	    cmocka_unit_test(test_code),
	    cmocka_unit_test(test_cell_code),
	    cmocka_unit_test(test_short),
	    cmocka_unit_test(test_short_borders),
	    cmocka_unit_test(test_start),
	    cmocka_unit_test(test_backticks),
	};

	return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
