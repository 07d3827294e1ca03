#include "tree.h"

#include "buf.h"
#include "error.h"

#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#define ROWS(table) (table), sizeof(table) / sizeof((table)[0])
#define MANY "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["
#define BAD "\xef\xbf\xbd" /* what an unprintable character becomes */

struct example {
	const char *label;
	const char *text;
	const char *expected; /* the tree as JSON, or the message of the error */
};

/* Parses a copy of its own size, so that a read past its end shows. */
static cJSON *
parse(const char *text, size_t len, struct error *err)
{
	char *copy = malloc(len != 0 ? len : 1);
	cJSON *tree;

	memcpy(copy, text, len);
	tree = tree_parse((struct span){copy, len}, err);
	free(copy);
	return tree;
}

static void
check(const struct example *examples, size_t count, int is_error)
{
	for (size_t i = 0; i < count; i++) {
		struct error err = {0};
		cJSON *tree = parse(examples[i].text, strlen(examples[i].text), &err);
		char *printed = tree != NULL ? cJSON_PrintUnformatted(tree) : NULL;
		const char *got = tree != NULL ? printed : err.msg;

		if (is_error != (tree == NULL) || strcmp(got, examples[i].expected) != 0)
			fail_msg("%s: '%s', not '%s'", examples[i].label, got,
			    examples[i].expected);
		if (tree != NULL)
			assert_string_equal(err.msg, "");
		cJSON_free(printed);
		cJSON_Delete(tree);
	}
}

static void
test_yaml(void **state)
{
	static const struct example examples[] = {
	    {"map", "a: 1\nb: x\n", "{\"a\":1,\"b\":\"x\"}"},
	    {"map in a map", "a:\n  b:\n    c: 1\n  d: 2\n",
		"{\"a\":{\"b\":{\"c\":1},\"d\":2}}"},
	    {"list in the key's column", "a:\n- 1\n- b: 2\n  c: 3\nd: 4\n",
		"{\"a\":[1,{\"b\":2,\"c\":3}],\"d\":4}"},
	    {"list of lists", "- - 1\n  - 2\n- - 3\n", "[[1,2],[3]]"},
	    {"empty ones", "a: {}\nb: []\n", "{\"a\":{},\"b\":[]}"},
	    {"flow", "a: {b: [1, x], c: {}}\n", "{\"a\":{\"b\":[1,\"x\"],\"c\":{}}}"},
	    {"flow at the start", "{a: 1, 'b': [x]}", "{\"a\":1,\"b\":[\"x\"]}"},
	    {"expvar of no object", "{}\n", "{}"},
	    {"scalar", "hello\n", "\"hello\""},
	    {"list", "- a\n- b\n", "[\"a\",\"b\"]"},
	    {"comments", "# one\na: 1 # two\n", "{\"a\":1}"},
	    {"first document", "---\na: 1\n---\nb: 2\n...\n", "{\"a\":1}"},
	    {"no end of line", "a: 1", "{\"a\":1}"},
	    {"CRLF", "a: 1\r\nb: x\r\n", "{\"a\":1,\"b\":\"x\"}"},
	    {"byte order mark", "\xef\xbb\xbf" "a: 1\n", "{\"a\":1}"},
	    {"keys stay text", "1: a\ntrue: b\n~: c\n",
		"{\"1\":\"a\",\"true\":\"b\",\"~\":\"c\"}"},
	    {"a key with '<<' is a key", "<<: {a: 1}\n", "{\"<<\":{\"a\":1}}"},
	    {"core tags", "a: !!str 1\nb: !!int 2\nc: !!map {}\n",
		"{\"a\":\"1\",\"b\":2,\"c\":{}}"},
	    {"empty key", "?\n: 1\n", "{\"\":1}"},
	};

	(void)state;
	check(ROWS(examples), 0);
}

static void
test_scalars(void **state)
{
	static const struct example examples[] = {
	    {"integers", "[0, -3, +4, 999999, 007]", "[0,-3,4,999999,7]"},
	    {"large", "- 1e+06\n- 1.36e+07\n- 1.234567e+06\n", "[1000000,13600000,1234567]"},
	    {"larger", "- 1.6e+18\n", "[1.6e+18]"},
	    {"fractions", "[0.5, .5, 5., 1e-05, -2.5E3]", "[0.5,0.5,5,1e-05,-2500]"},
	    {"quoted numbers", "- \"123\"\n- '1e+06'\n- \"0\"\n", "[\"123\",\"1e+06\",\"0\"]"},
	    {"no numbers", "[1.2.3, 12:30:00, 2026-01-01, '-', +, ., e, 1e, 1 2, 1_000]",
		"[\"1.2.3\",\"12:30:00\",\"2026-01-01\",\"-\",\"+\",\".\",\"e\",\"1e\",\"1 2\","
		"\"1_000\"]"},
	    {"numbers to strtod alone", "[0x10, inf, -INF, nan, .inf, .nan, infinity, 0x1p3]",
		"[\"0x10\",\"inf\",\"-INF\",\"nan\",\".inf\",\".nan\",\"infinity\",\"0x1p3\"]"},
	    {"too large", "- 1e999\n- -1e999\n", "[\"1e999\",\"-1e999\"]"},
	    {"words", "[true, True, TRUE, false, null, ~, Null]",
		"[true,true,true,false,null,null,null]"},
	    {"nothing", "a:\nb: ''\n", "{\"a\":null,\"b\":\"\"}"},
	    {"quoted words", "[\"true\", 'null', \"~\"]", "[\"true\",\"null\",\"~\"]"},
	    {"words that are text", "[yes, no, on, tRue, nil]",
		"[\"yes\",\"no\",\"on\",\"tRue\",\"nil\"]"},
	    {"quotes in quotes", "- 'it''s: x'\n- \"a\\\"b\"\n", "[\"it's: x\",\"a\\\"b\"]"},
	    {"literal block", "a: |-\n  one\n  two\nb: 1\n", "{\"a\":\"one" BAD "two\",\"b\":1}"},
	    {"block that is a number", "a: |-\n  12\n", "{\"a\":\"12\"}"},
	    {"folded", "a: one\n  two\nb: >-\n  three\n  four\n",
		"{\"a\":\"one two\",\"b\":\"three four\"}"},
	    {"cleaned", "\"a\\e[31mb\\0\\tc\": \"\\e[0md\\x07\"\n",
		"{\"ab" BAD " c\":\"d" BAD "\"}"},
	    {"UTF-8", "a: \xc3\xa4\xe2\x96\x88\n", "{\"a\":\"\xc3\xa4\xe2\x96\x88\"}"},
	};

	(void)state;
	check(ROWS(examples), 0);
}

static void
test_json(void **state)
{
	static const struct example examples[] = {
	    {"object", " {\"a\": {\"b\": [1, 2.5, \"x\", true, null]}}\n",
		"{\"a\":{\"b\":[1,2.5,\"x\",true,null]}}"},
	    {"list", "[\n1,\n[]\n]", "[1,[]]"},
	    {"surrogates and slash", "{\"a\":\"\\ud83d\\ude00\\/\"}",
		"{\"a\":\"\xf0\x9f\x98\x80/\"}"},
	    {"tabs", "{\n\t\"a\":\t1\n}", "{\"a\":1}"},
	    {"brackets in text are no depth", "[\"\\\"" MANY "\\\\\", 1]",
		"[\"\\\"" MANY "\\\\\",1]"},
	    {"cleaned", "{\"a\\u001b[1mb\":\"x\\u0007\\n\xff\"}", "{\"ab\":\"x" BAD BAD BAD "\"}"},
	    {"comma too many, as YAML", "{\"a\": 1,}", "{\"a\":1}"},
	    {"quoted number", "{\"a\":\"1\"}", "{\"a\":\"1\"}"},
	};

	(void)state;
	check(ROWS(examples), 0);
}

static void
test_errors(void **state)
{
	static const struct example examples[] = {
	    {"empty", "", "empty, or nothing but comments"},
	    {"blanks", " \n\n\t", "empty, or nothing but comments"},
	    {"comments", "# a\n\n# b\n", "empty, or nothing but comments"},
	    {"anchor of a scalar", "a: 1\nb: &x 2\n", "line 2: anchors are refused"},
	    {"anchor of a map", "a: &x\n  b: 1\n", "line 1: anchors are refused"},
	    {"anchor of a list", "\n- &x [1]\n", "line 2: anchors are refused"},
	    {"anchor of a key", "&x a: 1\n", "line 1: anchors are refused"},
	    {"alias", "a: 1\nb: *x\n", "line 2: aliases are refused"},
	    {"alias bomb", "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n",
		"line 1: anchors are refused"},
	    {"alias in a flow", "[*a, *a]", "line 1: aliases are refused"},
	    {"tag", "a: !!binary aGk=\n", "line 1: tags are refused"},
	    {"tag of its own", "a: 1\nb: !x {c: 1}\n", "line 2: tags are refused"},
	    {"tag of a list", "!!set [a]\n", "line 1: tags are refused"},
	    {"map as key", "? {a: 1}\n: 2\n", "line 1: a key is a list or a map"},
	    {"list as key", "a: 1\n[b]: 2\n", "line 2: a key is a list or a map"},
	    {"unclosed quote", "a: 1\nb: \"x\n", "line 3: found unexpected end of stream"},
	    {"unclosed list", "a: [1,\n  2\n", "line 3: did not find expected ',' or ']'"},
	    {"unclosed object", "{\"a\": 1,\n\"b\": ",
		"line 3: did not find expected node content"},
	    {"wrong column", "a:\n  b: 1\n c: 2\n", "line 3: did not find expected key"},
	    {"colon too many", "a: b: c\n",
		"line 1: mapping values are not allowed in this context"},
	    {"tab", "a:\n\tb: 1\n", "line 2: found character that cannot start any token"},
	    {"behind the object", "{\"a\": 1}\n\n}",
		"line 3: did not find expected <document start>"},
	    {"two objects", "{\"a\": 1}\n{\"b\": 2}\n",
		"line 2: did not find expected <document start>"},
	    {"control character", "a: 1\nb: x\x01y\n",
		"line 2: control characters are not allowed"},
	    {"no UTF-8", "a: 1\n\nb: \xff\n", "line 3: invalid leading UTF-8 octet"},
	    {"UTF-8 cut", "a: \xc3", "line 1: incomplete UTF-8 octet sequence"},
	};

	(void)state;
	check(ROWS(examples), 1);
}

static void
fill(struct buf *text, const char *piece, int count)
{
	for (int i = 0; i < count; i++)
		buf_puts(text, piece);
}

static void
test_depth(void **state)
{
	static const struct {
		const char *open, *inner, *close, *error;
	} examples[] = {
	    {"[", "1", "]", "line 1: nested too deep"},
	    {"{\"a\":", "1", "}", "line 1: nested too deep"},
	    {"[", "x", "]", "line 1: nested too deep"},
	    {"{a: ", "x", "}", "line 1: nested too deep"},
	    {"- ", "x", "", "line 1: nested too deep"},
	    {"\n[", "1", "]", "line 66: nested too deep"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(examples) / sizeof(examples[0]); i++) {
		for (int depth = 64; depth < 100000; depth = depth == 64 ? 65 : depth * 30) {
			struct buf text = {0};
			struct error err = {0};
			cJSON *tree;

			fill(&text, examples[i].open, depth);
			buf_puts(&text, examples[i].inner);
			fill(&text, examples[i].close, depth);
			tree = parse(text.data, text.len, &err);
			assert_string_equal(err.msg, depth == 64 ? "" : examples[i].error);
			assert_true((tree != NULL) == (depth == 64));
			cJSON_Delete(tree);
			buf_release(&text);
		}
	}
}

static void
test_nodes(void **state)
{
	static const struct {
		const char *start, *piece, *end, *error;
	} examples[] = {
	    {"[0", ",0", "]", "line 1: too many values"},
	    {"[x", ",x", "]", "line 1: too many values"},
	    {"- x\n", "- x\n", "", "line 200000: too many values"},
	    {"a: 1\n", "a: 1\n", "", "line 200000: too many values"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(examples) / sizeof(examples[0]); i++) {
		for (int extra = 0; extra < 2; extra++) {
			struct buf text = {0};
			struct error err = {0};
			cJSON *tree;

			/* With its list or map that makes 200000 values, or one more. */
			buf_puts(&text, examples[i].start);
			fill(&text, examples[i].piece, 200000 - 2 + extra);
			buf_puts(&text, examples[i].end);
			tree = parse(text.data, text.len, &err);
			assert_string_equal(err.msg, extra == 0 ? "" : examples[i].error);
			assert_true((tree != NULL) == (extra == 0));
			cJSON_Delete(tree);
			buf_release(&text);
		}
	}
}

static const char memstats[] = "Alloc: 8.6204312e+07\n"
			       "BySize:\n"
			       "- Frees: 0\n"
			       "  Size: 0\n"
			       "- Frees: 4.118213e+06\n"
			       "  Size: 8\n"
			       "EnableGC: true\n"
			       "GCCPUFraction: 0.0034187\n"
			       "LastGC: 1.7710416059014339e+18\n"
			       "Sys: 1.61617928e+08\n"
			       "pid: \"1502\"\n"
			       "watchdog:\n"
			       "  CPU:\n"
			       "    UserAvg: 0.0213\n"
			       "  Name: x\n"
			       "  none: null\n"
			       "Sys: 2\n";

static void
test_numbers(void **state)
{
	static const struct {
		const char *path;
		double number;
	} examples[] = {
	    {"Alloc", 86204312}, {"GCCPUFraction", 0.0034187}, {"LastGC", 1771041605901433900.0},
	    {"Sys", 2}, {"watchdog.CPU.UserAvg", 0.0213},
	};
	static const char *const none[] = {"alloc", "Allo", "Alloc.x", "pid", "BySize", "EnableGC",
	    "BySize.Frees", "watchdog.CPU", "watchdog.cpu.UserAvg", "watchdog.CPU.UserAvg.",
	    "watchdog.none", "CPU.UserAvg", "", ".", ".Alloc"};
	struct error err = {0};
	cJSON *tree = parse(memstats, strlen(memstats), &err);

	(void)state;
	assert_non_null(tree);
	for (size_t i = 0; i < sizeof(examples) / sizeof(examples[0]); i++) {
		const cJSON *item = tree_number(tree, examples[i].path);

		assert_non_null(item);
		assert_true(item->valuedouble == examples[i].number);
	}
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		if (tree_number(tree, none[i]) != NULL)
			fail_msg("'%s' has a number", none[i]);
	assert_null(tree_number(NULL, "Alloc"));
	cJSON_Delete(tree);
}

static void
test_strings(void **state)
{
	static const char *const none[] = {"Alloc", "watchdog", "watchdog.name", "watchdog.none",
	    "watchdog.Name.x", "watchdogs.Name", ""};
	struct error err = {0};
	cJSON *tree = parse(memstats, strlen(memstats), &err);

	(void)state;
	assert_non_null(tree);
	assert_true(cJSON_IsObject(tree_item(tree, "watchdog")));
	assert_null(tree_item(tree, "watchdog.None"));
	assert_null(tree_item(NULL, "watchdog"));
	assert_string_equal(tree_string(tree, "pid"), "1502");
	assert_string_equal(tree_string(tree, "watchdog.Name"), "x");
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		if (tree_string(tree, none[i]) != NULL)
			fail_msg("'%s' has a text", none[i]);
	assert_null(tree_string(NULL, "pid"));
	cJSON_Delete(tree);
}

/* The last of a key's values counts, even where it is of another type. */
static void
test_twice(void **state)
{
	static const char *const texts[] = {"a: 1\nb: x\na: {c: 2}\nb: 3\n",
	    "{\"a\":1,\"b\":\"x\",\"a\":{\"c\":2},\"b\":3}"};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct error err = {0};
		cJSON *tree = parse(texts[i], strlen(texts[i]), &err);

		assert_non_null(tree_number(tree, "a.c"));
		assert_null(tree_number(tree, "a"));
		assert_null(tree_string(tree, "b"));
		assert_non_null(tree_number(tree, "b"));
		cJSON_Delete(tree);
	}
}

static void
test_utf16(void **state)
{
	struct error err = {0};

	(void)state;
	assert_null(parse("\xff\xfe" "a\0:\0 \0" "1\0", 10, &err));
	assert_string_equal(err.msg, "line 1: invalid leading UTF-8 octet");
}

/* JSON's numbers have no limit; an infinite one is none. */
static void
test_infinite(void **state)
{
	static const char text[] = "{\"a\":1e999,\"b\":1e300}";
	struct error err = {0};
	cJSON *tree = parse(text, strlen(text), &err);

	(void)state;
	assert_null(tree_number(tree, "a"));
	assert_non_null(tree_number(tree, "b"));
	cJSON_Delete(tree);
}

/* Wherever a text is cut there is a tree or a reason, and no byte behind it is read. */
static void
test_cut(void **state)
{
	static const char *const texts[] = {memstats,
	    "{\"a\":[1,{\"b\":\"\\u00e4\\ud83d\\ude00\xc3\xa4\"},true,null],\"c\":-1.5e+3}",
	    "{a: [x, 'y', \"z\\x41\"], ? b : |-\n}"};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		for (size_t len = 0; len < strlen(texts[i]); len++) {
			struct error err = {0};
			cJSON *tree = parse(texts[i], len, &err);

			assert_true((tree == NULL) == (err.msg[0] != '\0'));
			assert_true(i == 0 || tree == NULL);
			cJSON_Delete(tree);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_yaml),
	    cmocka_unit_test(test_scalars),
	    cmocka_unit_test(test_json),
	    cmocka_unit_test(test_errors),
	    cmocka_unit_test(test_depth),
	    cmocka_unit_test(test_nodes),
	    cmocka_unit_test(test_numbers),
	    cmocka_unit_test(test_strings),
	    cmocka_unit_test(test_twice),
	    cmocka_unit_test(test_utf16),
	    cmocka_unit_test(test_infinite),
	    cmocka_unit_test(test_cut),
	};

	return cmocka_run_group_tests_name("tree", tests, NULL, NULL);
}
