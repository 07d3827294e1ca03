#include "mustache.h"

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

struct example {
	const char *label;
	const char *template_text;
	const char *data;     /* JSON with ' for " */
	const char *partials; /* the same: an object of texts; NULL: none */
	const char *expected; /* the text, or the message of the error */
};

#define ROWS(table) (table), sizeof(table) / sizeof((table)[0])

static cJSON *
parse(const char *text)
{
	char *copy = strdup(text);
	cJSON *tree;

	for (char *at = copy; (at = strchr(at, '\'')) != NULL;)
		*at = '"';
	tree = cJSON_Parse(copy);
	if (tree == NULL)
		fail_msg("the test's own JSON is wrong: %s", text);
	free(copy);
	return tree;
}

static void
escape(struct buf *out, const char *text)
{
	for (; *text != '\0'; text++)
		if (*text == '<' || *text == '&')
			buf_puts(out, *text == '<' ? "&lt;" : "&amp;");
		else
			buf_putc(out, *text);
}

static struct span
partial(void *data, const char *name)
{
	const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(data, name));

	return (struct span){text, text != NULL ? strlen(text) : 0};
}

/* Renders from a copy of its own size, so that a read past its end shows. */
static int
render(const char *text, const cJSON *data, cJSON *partials, struct buf *out, struct error *err)
{
	struct mustache mustache = {escape, partial, partials, 0};
	size_t len = strlen(text);
	char *copy = malloc(len != 0 ? len : 1);
	int status;

	memcpy(copy, text, len);
	status = mustache_render(&mustache, (struct span){copy, len}, data, out, err);
	free(copy);
	return status;
}

static void
check(const struct example *examples, size_t count, int status)
{
	for (size_t i = 0; i < count; i++) {
		const struct example *example = &examples[i];
		cJSON *data = parse(example->data);
		cJSON *partials = parse(example->partials != NULL ? example->partials : "{}");
		struct buf out = {0};
		struct error err = {0};
		int got = render(example->template_text, data, partials, &out, &err);
		const char *result = got < 0 ? err.msg : buf_text(&out);

		if (got != status || strcmp(result, example->expected) != 0)
			fail_msg("%s: got %d '%s', not %d '%s'", example->label, got, result,
			    status, example->expected);
		buf_release(&out);
		cJSON_Delete(partials);
		cJSON_Delete(data);
	}
}

static void
test_values(void **state)
{
	static const struct example examples[] = {
	    {"nothing", "", "{}", NULL, ""},
	    {"no tag", "a } b {\n{ c }}\n", "{}", NULL, "a } b {\n{ c }}\n"},
	    {"a text", "[{{host}}]", "{'host':'i-12'}", NULL, "[i-12]"},
	    {"UTF-8", "\xc3\xa4{{\xc3\xb6}}", "{'\xc3\xb6':'\xe2\x96\x88'}", NULL,
		"\xc3\xa4\xe2\x96\x88"},
	    {"escaped", "{{t}}", "{'t':'a<b&c'}", NULL, "a&lt;b&amp;c"},
	    {"three braces", "{{{t}}}|{{{ t }}}", "{'t':'a<b'}", NULL, "a<b|a<b"},
	    {"ampersand", "{{&t}}|{{& t }}", "{'t':'a<b'}", NULL, "a<b|a<b"},
	    {"brace behind", "{{t}}}", "{'t':1}", NULL, "1}"},
	    {"brace in front", "{ {{t}}", "{'t':1}", NULL, "{ 1"},
	    {"blanks in the tag", "{{ t }}{{\tt\n}}{{  #t}}y{{ / t }}", "{'t':1}", NULL, "11y"},
	    {"blanks around stay", "  {{t}}  \n", "{'t':1}", NULL, "  1  \n"},
	    {"alone on its line stays", "a\n {{t}}\nb", "{'t':''}", NULL, "a\n \nb"},
	    {"missing", "[{{no}}|{{{no}}}]", "{}", NULL, "[|]"},
	    {"null", "[{{t}}]", "{'t':null}", NULL, "[]"},
	    {"true and false", "{{t}} {{f}}", "{'t':true,'f':false}", NULL, "true false"},
	    {"list and map", "[{{l}}{{m}}]", "{'l':[1],'m':{'a':1}}", NULL, "[]"},
	    {"case counts", "{{Host}}", "{'host':'a'}", NULL, ""},
	    {"start of a key", "[{{hos}}{{hosts}}]", "{'host':'a'}", NULL, "[]"},
	    {"value with tags", "{{t}}", "{'t':'{{u}}','u':1}", NULL, "{{u}}"},
	    {"no map at the root", "{{.}} {{a}}", "'x<y'", NULL, "x&lt;y "},
	};

	(void)state;
	check(ROWS(examples), 0);
}

static void
test_numbers(void **state)
{
	static const struct example examples[] = {
	    {"zero", "{{n}}", "{'n':0}", NULL, "0"},
	    {"less than zero", "{{n}}", "{'n':-17}", NULL, "-17"},
	    {"minus zero", "{{n}}", "{'n':-0.0}", NULL, "0"},
	    {"more than 2^31", "{{n}}", "{'n':1.36e+10}", NULL, "13600000000"},
	    {"nearly 2^63", "{{n}}", "{'n':9223372036854774784}", NULL, "9223372036854774784"},
	    {"nearly -2^63", "{{n}}", "{'n':-9223372036854774784}", NULL, "-9223372036854774784"},
	    {"2^63", "{{n}}", "{'n':9223372036854775808}", NULL, "9.2233720368547758e+18"},
	    {"fraction", "{{n}} {{{n}}}", "{'n':0.1}", NULL, "0.1 0.1"},
	    {"third", "{{n}}", "{'n':0.3333333333333333}", NULL, "0.33333333333333331"},
	    {"small", "{{n}}", "{'n':1.5e-9}", NULL, "1.5e-09"},
	};

	(void)state;
	check(ROWS(examples), 0);
}

static void
test_raw_json(void **state)
{
	cJSON *data = cJSON_CreateObject();
	struct buf out = {0};
	struct error err = {0};

	(void)state;
	cJSON_AddRawToObject(data, "n", "18446744073709551615");
	cJSON_AddRawToObject(data, "t", "<");
	cJSON_AddRawToObject(data, "empty", "");
	assert_int_equal(render("{{n}} {{t}} {{{t}}} {{#n}}y{{/n}}{{^empty}}n{{/empty}}", data,
			     NULL, &out, &err),
	    0);
	assert_string_equal(buf_text(&out), "18446744073709551615 &lt; < yn");
	buf_release(&out);
	cJSON_Delete(data);
}

static void
test_names(void **state)
{
	static const struct example examples[] = {
	    {"dotted", "{{a.b.c}}", "{'a':{'b':{'c':'x'}}}", NULL, "x"},
	    {"dotted, not escaped", "{{{a.b}}}{{&a.b}}", "{'a':{'b':'<'}}", NULL, "<<"},
	    {"chain that breaks", "[{{a.x.c}}]", "{'a':{'b':1}}", NULL, "[]"},
	    {"chain through a text", "[{{a.b}}]", "{'a':'b'}", NULL, "[]"},
	    {"only its start is looked for outside", "{{#a}}{{b.c}}{{/a}}",
		"{'a':{'x':1},'b':{'c':'y'}}", NULL, "y"},
	    {"its rest is not looked for outside", "{{#a}}[{{b.c}}]{{/a}}",
		"{'a':{'b':{}},'b':{'c':'wrong'}}", NULL, "[]"},
	    {"nor a last part", "[{{a.b}}]", "{'a':{},'b':'wrong'}", NULL, "[]"},
	    {"empty parts", "[{{a..b}}{{a.}}{{.a}}]", "{'a':{'b':1}}", NULL, "[]"},
	    {"null inside hides", "{{#a}}[{{b}}]{{/a}}", "{'a':{'b':null},'b':'wrong'}", NULL,
		"[]"},
	    {"false inside hides", "{{#a}}{{#b}}wrong{{/b}}{{/a}}", "{'a':{'b':false},'b':1}",
		NULL, ""},
	    {"inside first", "{{#a}}{{b}}{{/a}}{{b}}", "{'a':{'b':1},'b':2}", NULL, "12"},
	    {"key with a dot is not reached", "[{{a.b}}]", "{'a.b':'wrong'}", NULL, "[]"},
	};

	(void)state;
	check(ROWS(examples), 0);
}

static void
test_sections(void **state)
{
	static const struct example examples[] = {
	    {"true", "{{#t}}yes{{/t}}", "{'t':true}", NULL, "yes"},
	    {"false", "{{#t}}yes{{/t}}", "{'t':false}", NULL, ""},
	    {"null", "{{#t}}yes{{/t}}", "{'t':null}", NULL, ""},
	    {"missing", "{{#t}}yes{{/t}}", "{}", NULL, ""},
	    {"empty list", "{{#t}}yes{{/t}}", "{'t':[]}", NULL, ""},
	    {"empty text", "{{#t}}yes{{/t}}", "{'t':''}", NULL, ""},
	    {"zero", "{{#t}}{{.}}{{/t}}", "{'t':0}", NULL, ""},
	    {"text", "{{#t}}{{.}}!{{/t}}", "{'t':'a'}", NULL, "a!"},
	    {"empty map", "{{#t}}yes{{/t}}", "{'t':{}}", NULL, "yes"},
	    {"map", "{{#m}}{{a}}{{b}}{{/m}}", "{'m':{'a':1,'b':2},'z':3}", NULL, "12"},
	    {"map once, not its neighbours", "{{#m}}x{{/m}}", "{'m':{'a':1},'n':{},'o':1}", NULL,
		"x"},
	    {"list of maps", "{{#l}}{{n}},{{/l}}", "{'l':[{'n':1},{'n':2},{'n':3}]}", NULL,
		"1,2,3,"},
	    {"list of values", "{{#l}}<{{.}}>{{/l}}", "{'l':['a',1,1.5,true,null]}", NULL,
		"<a><1><1.5><true><>"},
	    {"dot is escaped", "{{#l}}{{.}}{{{.}}}{{&.}}{{/l}}", "{'l':['<']}", NULL, "&lt;<<"},
	    {"lists in a list", "{{#l}}({{#.}}{{.}}{{/.}}){{/l}}", "{'l':[[1,2],[],[3]]}", NULL,
		"(12)()(3)"},
	    {"list at the root", "{{#.}}{{n}}{{/.}}", "[{'n':1},{'n':2}]", NULL, "12"},
	    {"dotted", "{{#a.b}}yes{{/a.b}}{{#a.c}}no{{/a.c}}", "{'a':{'b':1}}", NULL, "yes"},
	    {"in each other", "{{#a}}{{#b}}{{x}}{{y}}{{z}}{{/b}}{{/a}}",
		"{'z':3,'a':{'y':2,'b':{'x':1}}}", NULL, "123"},
	    {"the same name inside", "{{#a}}{{#a}}{{x}}{{/a}}{{/a}}", "{'a':{'x':1}}", NULL, "1"},
	    {"twice", "{{#a}}1{{/a}}-{{#a}}2{{/a}}", "{'a':1}", NULL, "1-2"},
	    {"list in a list", "{{#g}}{{n}}:{{#m}} {{n}}{{o}}{{/m}};{{/g}}",
		"{'o':0,'g':[{'n':1,'m':[{'n':2},{'o':9}]},{'n':3,'m':[]}]}", NULL,
		"1: 20 19;3:;"},
	    {"scope ends", "{{#a}}{{x}}{{/a}}[{{x}}]", "{'a':{'x':1}}", NULL, "1[]"},
	    {"inverted true", "{{^t}}no{{/t}}", "{'t':1}", NULL, ""},
	    {"inverted false", "{{^t}}no{{/t}}", "{'t':false}", NULL, "no"},
	    {"inverted null", "{{^t}}no{{/t}}", "{'t':null}", NULL, "no"},
	    {"inverted missing", "{{^t}}no{{/t}}", "{}", NULL, "no"},
	    {"inverted empty list", "{{^t}}no{{/t}}", "{'t':[]}", NULL, "no"},
	    {"inverted empty text", "{{^t}}no{{/t}}", "{'t':''}", NULL, "no"},
	    {"inverted zero", "{{^t}}no{{/t}}", "{'t':0}", NULL, "no"},
	    {"inverted list", "{{^t}}no{{/t}}", "{'t':[null]}", NULL, ""},
	    {"inverted, broken chain", "{{^a.b.c}}no{{/a.b.c}}", "{'a':{}}", NULL, "no"},
	    {"inverted keeps the scope", "{{#m}}{{^no}}{{a}}{{/no}}{{/m}}", "{'m':{'a':1}}", NULL,
		"1"},
	    {"either or", "{{#l}}x{{/l}}{{^l}}none{{/l}}", "{'l':[]}", NULL, "none"},
	};

	(void)state;
	check(ROWS(examples), 0);
}

static void
test_lines(void **state)
{
	static const struct example examples[] = {
	    {"section", "a\n{{#t}}\nb\n{{/t}}\nc\n", "{'t':1}", NULL, "a\nb\nc\n"},
	    {"section, indented", "a\n  {{#t}}\n  b\n\t{{/t}}\nc\n", "{'t':1}", NULL,
		"a\n  b\nc\n"},
	    {"blanks behind", "a\n{{#t}} \t\nb\n{{/t}}  \nc", "{'t':1}", NULL, "a\nb\nc"},
	    {"CRLF", "a\r\n{{#t}}\r\nb\r\n{{/t}}\r\nc\r\n", "{'t':1}", NULL, "a\r\nb\r\nc\r\n"},
	    {"bare CR is no end of line", "{{#t}}\rb{{/t}}", "{'t':1}", NULL, "\rb"},
	    {"first line", "{{#t}}\nb{{/t}}", "{'t':1}", NULL, "b"},
	    {"last line without end", "a\n {{#t}}\n {{/t}}", "{'t':1}", NULL, "a\n"},
	    {"list", "{{#l}}\n- {{.}}\n{{/l}}\n", "{'l':[1,2]}", NULL, "- 1\n- 2\n"},
	    {"inverted", "a\n{{^t}}\nb\n{{/t}}\nc", "{}", NULL, "a\nb\nc"},
	    {"two tags on a line", " {{#t}}{{/t}} \n", "{'t':1}", NULL, "  \n"},
	    {"two tags with a blank", "{{#t}} {{/t}}\nb", "{'t':1}", NULL, " \nb"},
	    {"text in front", "x {{#t}}\ny\n{{/t}}\n", "{'t':1}", NULL, "x \ny\n"},
	    {"text behind", "{{#t}} x\n{{/t}}\n", "{'t':1}", NULL, " x\n"},
	    {"value behind", "{{#t}} {{t}}\n{{/t}}\n", "{'t':1}", NULL, " 1\n"},
	    {"empty lines stay", "\n{{#t}}\n\n{{/t}}\n\n", "{'t':1}", NULL, "\n\n\n"},
	    {"one after the other", "{{#a}}\n{{#b}}\nx\n{{/b}}\n{{/a}}\n", "{'a':1,'b':1}", NULL,
		"x\n"},
	    {"comment", "a\n  {{! b }}\nc", "{}", NULL, "a\nc"},
	    {"comment of several lines", "a\n {{! b\n c\n}} \nd", "{}", NULL, "a\nd"},
	    {"tag behind such a comment", "a{{!\n}} {{#t}}\nb{{/t}}", "{'t':1}", NULL, "a \nb"},
	    {"delimiters", "a\n  {{=| |=}}\n|t|", "{'t':1}", NULL, "a\n1"},
	};

	(void)state;
	check(ROWS(examples), 0);
}

static void
test_comments(void **state)
{
	static const struct example examples[] = {
	    {"inside a line", "a{{! no }}b", "{}", NULL, "ab"},
	    {"blanks around stay", "a {{!no}} b\n", "{}", NULL, "a  b\n"},
	    {"with other signs", "a{{!#x {{y} =}}b", "{'y':1}", NULL, "ab"},
	    {"empty", "a{{!}}b", "{}", NULL, "ab"},
	    {"is no name", "[{{!t}}{{! t}}]", "{'!t':1,'! t':1,'t':1}", NULL, "[]"},
	    {"over lines", "a{{! 1\n2\n3 }}b\n", "{}", NULL, "ab\n"},
	};

	(void)state;
	check(ROWS(examples), 0);
}

static void
test_partials(void **state)
{
	static const struct example examples[] = {
	    {"text", "[{{>p}}]", "{}", "{'p':'from p'}", "[from p]"},
	    {"empty", "[{{>p}}]", "{}", "{'p':''}", "[]"},
	    {"blanks in the tag", "{{> p }}", "{}", "{'p':'x'}", "x"},
	    {"sees the scope", "{{#m}}{{>p}}{{/m}}", "{'m':{'a':1},'b':2}", "{'p':'{{a}}{{b}}'}",
		"12"},
	    {"name with a dot", "{{>a.b}}", "{}", "{'a.b':'x'}", "x"},
	    {"in a list", "{{#l}}{{>p}}{{/l}}", "{'l':[1,2]}", "{'p':'<{{.}}>'}", "<1><2>"},
	    {"in partials", "{{>a}}", "{'x':1}", "{'a':'a{{>b}}a','b':'b{{x}}b'}", "ab1ba"},
	    {"into itself until the data ends", "{{>n}}", "{'v':1,'c':[{'v':2,'c':[]}]}",
		"{'n':'{{v}}({{#c}}{{>n}}{{/c}})'}", "1(2())"},
	    {"not asked for where not written", "{{#no}}{{>p}}{{/no}}", "{}", NULL, ""},
	    {"blanks around stay", "a {{>p}} b", "{}", "{'p':'x'}", "a x b"},
	    {"inside a line is not indented", "  {{t}} {{>p}}\n", "{'t':1}", "{'p':'a\\nb'}",
		"  1 a\nb\n"},
	    {"alone on its line", "a\n{{>p}}\nb", "{}", "{'p':'x\\n'}", "a\nx\nb"},
	    {"its end of line is lost", "a\n{{>p}}\nb", "{}", "{'p':'x'}", "a\nxb"},
	    {"CRLF", "a\r\n{{>p}}\r\nb", "{}", "{'p':'x'}", "a\r\nxb"},
	    {"indented", "a\n  {{>p}}\nb", "{}", "{'p':'1\\n2\\n'}", "a\n  1\n  2\nb"},
	    {"indented, last line", "a\n \t{{>p}}", "{}", "{'p':'1\\n2'}", "a\n \t1\n \t2"},
	    {"values are not indented", " {{>p}}\n", "{'t':'1\\n2'}", "{'p':'{{t}}\\n.\\n'}",
		" 1\n2\n .\n"},
	    {"indents add up", " {{>a}}\n", "{}", "{'a':'a\\n  {{>b}}\\n','b':'b\\nc\\n'}",
		" a\n   b\n   c\n"},
	    {"section in an indented one", "  {{>p}}\n", "{'l':[1,2]}",
		"{'p':'{{#l}}\\n- {{.}}\\n{{/l}}\\n'}", "  - 1\n  - 2\n"},
	    {"indent of the last line only", "x\n   \n {{>p}}", "{}", "{'p':'y'}", "x\n   \n y"},
	};

	(void)state;
	check(ROWS(examples), 0);
}

static void
test_delimiters(void **state)
{
	static const struct example examples[] = {
	    {"changed", "{{=<% %>=}}<%t%>{{t}}", "{'t':1}", NULL, "1{{t}}"},
	    {"of one sign", "{{=| |=}}|t|", "{'t':1}", NULL, "1"},
	    {"blanks", "{{= \t<%\n %> =}}<% t %>", "{'t':1}", NULL, "1"},
	    {"and back", "{{=[ ]=}}[t][={{ }}=]{{t}}[t]", "{'t':1}", NULL, "11[t]"},
	    {"other tags", "{{=[ ]=}}[#l][.][/l][^no]n[/no][&t][{t}][!c][>p]",
		"{'l':[1],'t':'<'}", "{'p':'p{{t}}[t]'}", "1n<<p&lt;[t]"},
	    {"not left to the caller", "{{>p}}{{t}}|t|", "{'t':1}", "{'p':'{{=| |=}}|t|'}",
		"11|t|"},
	    {"in a section, once for all rounds", "{{#l}}{{=| |=}}|.|{{.}}|/l|", "{'l':[1,2]}",
		NULL, "1{{.}}2{{.}}"},
	    {"blanks around stay", "a {{=| |=}} b", "{}", NULL, "a  b"},
	};

	(void)state;
	check(ROWS(examples), 0);
}

static void
test_errors(void **state)
{
	static const struct example examples[] = {
	    {"section", "a\n{{#t}}\n\n", "{}", NULL, "line 2: '{{#t}}' is not closed"},
	    {"inner section", "{{#a}}\n{{^b}}\n", "{}", NULL, "line 2: '{{^b}}' is not closed"},
	    {"outer section", "{{#a}}\n{{^b}}{{/b}}", "{}", NULL,
		"line 1: '{{#a}}' is not closed"},
	    {"wrong end", "{{#a}}\n\n{{/b}}", "{}", NULL,
		"line 3: '{{/b}}' stands where 'a' of line 1 should close"},
	    {"crossed ends", "{{#a}}{{#b}}{{/a}}{{/b}}", "{}", NULL,
		"line 1: '{{/a}}' stands where 'b' of line 1 should close"},
	    {"end alone", "\n\n{{/ x }}", "{}", NULL, "line 3: '{{/ x }}' closes no section"},
	    {"end twice", "{{#x}}{{/x}}\n{{/x}}", "{}", NULL, "line 2: '{{/x}}' closes no section"},
	    {"tag", "a\nb {{name\nc", "{}", NULL, "line 2: '{{name' is not closed"},
	    {"tag, next one is closed", "a\n{{name} b {{c}}\n", "{}", NULL,
		"line 2: '{{name} b {{c}}' is not closed"},
	    {"tag at the end", "{{", "{}", NULL, "line 1: '{{' is not closed"},
	    {"three braces", "\n{{{t}}", "{}", NULL, "line 2: '{{{t}}' is not closed"},
	    {"comment", "{{! a\nb\n", "{}", NULL, "line 1: '{{! a' is not closed"},
	    {"other delimiters", "{{=| |=}}\n|t\n", "{}", NULL, "line 2: '|t' is not closed"},
	    {"no name", "{{ }}", "{}", NULL, "line 1: '{{ }}' has no name"},
	    {"section without name", "{{#}}{{/}}", "{}", NULL, "line 1: '{{#}}' has no name"},
	    {"delimiters not closed", "{{=<% %>}}", "{}", NULL,
		"line 1: '{{=<% %>}}' is not closed"},
	    {"one delimiter", "{{=|=}}", "{}", NULL,
		"line 1: '{{=|=}}' does not name two delimiters"},
	    {"three delimiters", "{{=a b c=}}", "{}", NULL,
		"line 1: '{{=a b c=}}' does not name two delimiters"},
	    {"= as delimiter", "{{=<= =>=}}", "{}", NULL,
		"line 1: '{{=<= =>=}}' does not name two delimiters"},
	    {"no delimiters", "{{==}}", "{}", NULL,
		"line 1: '{{==}}' does not name two delimiters"},
	    {"one equal sign", "{{=}}", "{}", NULL, "line 1: '{{=}}' is not closed"},
	    {"partial", "a\n  {{>no}}\n", "{}", NULL,
		"line 2: '{{>no}}' is a partial that is not there"},
	    {"partial of a partial", "\n\n{{>p}}", "{}", "{'p':'x\\n{{>q}}'}",
		"partial 'p', line 2: '{{>q}}' is a partial that is not there"},
	    {"inside a partial", "{{>p}}", "{}", "{'p':'{{#x}}'}",
		"partial 'p', line 1: '{{#x}}' is not closed"},
	    {"section over a partial's end", "{{#x}}{{>p}}{{/x}}", "{'x':1}", "{'p':'{{/x}}'}",
		"partial 'p', line 1: '{{/x}}' closes no section"},
	    {"partial without end", "{{>p}}", "{}", "{'p':'x\\n{{>p}}'}",
		"partial 'p', line 2: '{{>p}}' is nested more than 64 deep"},
	    {"partials without end", "{{>p}}", "{}", "{'p':' {{>q}}','q':'\\n{{>p}}'}",
		"partial 'q', line 2: '{{>p}}' is nested more than 64 deep"},
	    {"partial and section without end", "{{>p}}", "{'a':{}}",
		"{'p':'{{#a}}\\n{{>p}}\\n{{/a}}'}",
		"partial 'p', line 2: '{{>p}}' is nested more than 64 deep"},
	    {"control characters", "{{#a\x1b]0;b}}", "{}", NULL,
		"line 1: '{{#a\xef\xbf\xbd]0;b}}' is not closed"},
	    {"long tag", "{{#0123456789012345678901234567890123456789012345678901234567890123}}",
		"{}", NULL,
		"line 1: '{{#012345678901234567890123456789012345678901234567890123456' is not "
		"closed"},
	};

	(void)state;
	check(ROWS(examples), -1);
}

static void
nested(struct buf *text, int depth)
{
	for (int i = 0; i < depth; i++)
		buf_puts(text, "{{#.}}");
	buf_puts(text, "x");
	for (int i = 0; i < depth; i++)
		buf_puts(text, "{{/.}}");
}

static void
test_nesting(void **state)
{
	struct buf text = {0}, out = {0};
	struct error err = {0};
	cJSON *data = cJSON_CreateObject();

	(void)state;
	nested(&text, 64);
	assert_int_equal(render(text.data, data, NULL, &out, &err), 0);
	assert_string_equal(out.data, "x");
	buf_release(&text);
	nested(&text, 65);
	assert_int_equal(render(text.data, data, NULL, &out, &err), -1);
	assert_string_equal(err.msg, "line 1: '{{#.}}' is nested more than 64 deep");
	buf_release(&text);
	nested(&text, 100000);
	assert_int_equal(render(text.data, data, NULL, &out, &err), -1);
	buf_release(&text);
	buf_release(&out);
	cJSON_Delete(data);
}

/* Each of these short templates asks for more than there is time for. */
static void
test_limit(void **state)
{
	static const char *const endless[] = {
	    "{{#l}}{{#l}}{{#l}}{{#l}}{{#l}}{{#l}}{{#l}}x{{/l}}{{/l}}{{/l}}{{/l}}{{/l}}{{/l}}{{/l}}",
	    "{{#l}}{{#l}}{{#l}}{{#l}}{{#l}}{{#l}}{{#l}}{{/l}}{{/l}}{{/l}}{{/l}}{{/l}}{{/l}}{{/l}}",
	    "{{>a}}{{>a}}{{>a}}{{>a}}",
	};
	cJSON *data = parse("{'l':[1,2,3,4]}");
	cJSON *partials = parse("{'a':'{{>b}}{{>b}}{{>b}}{{>b}}','b':'{{>c}}{{>c}}{{>c}}{{>c}}',"
				"'c':'{{#no}}as long as this{{/no}}'}");
	struct mustache mustache = {escape, partial, partials, 1000};
	struct buf out = {0};
	struct error err = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(endless) / sizeof(endless[0]); i++) {
		struct span text = {endless[i], strlen(endless[i])};

		out.len = 0;
		assert_int_equal(mustache_render(&mustache, text, data, &out, &err), -1);
		assert_non_null(strstr(err.msg, "makes it more than 1000 bytes and tags"));
		assert_in_range(out.len, 0, 1000);
	}
	/* What was there before does not count. */
	for (int i = 0; i < 2000; i++)
		buf_putc(&out, '-');
	assert_int_equal(
	    mustache_render(&mustache, (struct span){"{{l}}.", 6}, data, &out, &err), 0);
	buf_release(&out);
	cJSON_Delete(partials);
	cJSON_Delete(data);
}

/* What is over does not count as nesting. */
static void
test_many(void **state)
{
	struct buf out = {0};
	struct error err = {0};
	cJSON *data = cJSON_CreateArray(), *partials = parse("{'p':'{{^.}}-{{/.}}'}");

	(void)state;
	for (int i = 0; i < 200; i++)
		cJSON_AddItemToArray(data, cJSON_CreateBool(i % 2));
	assert_int_equal(render("{{#.}}{{#.}}+{{/.}}{{>p}}{{/.}}", data, partials, &out, &err), 0);
	assert_int_equal(out.len, 200);
	assert_memory_equal(out.data, "-+-+", 4);
	buf_release(&out);
	cJSON_Delete(partials);
	cJSON_Delete(data);
}

/* A template that is cut is refused when the cut is in its section or in a tag. */
static void
test_cut(void **state)
{
	static const char text[] =
	    "a\r\n  {{#l}}\r\n{{=<% %>=}}\n<%{t}%> <% .  %>\n<%/l%> \n<%>p%>";
	size_t open = (size_t)(strstr(text, "#l") - text);
	size_t close = (size_t)(strstr(text, "/l%>") + 4 - text);
	size_t last = (size_t)(strstr(text, ">p") - text);
	cJSON *data = parse("{'l':[1,2],'t':'x'}"), *partials = parse("{'p':'{{t}}'}");

	(void)state;
	for (size_t len = 0; len < sizeof(text); len++) {
		int wrong = (len >= open && len < close) || (len >= last && text[len] != '\0');
		struct buf out = {0};
		struct error err = {0};
		char *cut = strndup(text, len);

		assert_int_equal(render(cut, data, partials, &out, &err), wrong ? -1 : 0);
		buf_release(&out);
		free(cut);
	}
	cJSON_Delete(partials);
	cJSON_Delete(data);
}

/* What was there before stays, and the text goes behind it. */
static void
test_appends(void **state)
{
	struct buf out = {0};
	struct error err = {.msg = "old"};
	cJSON *data = parse("{'a':1}");

	(void)state;
	buf_puts(&out, "before ");
	assert_int_equal(render("{{a}}", data, NULL, &out, &err), 0);
	assert_string_equal(out.data, "before 1");
	assert_string_equal(err.msg, "old");
	buf_release(&out);
	cJSON_Delete(data);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_values),
	    cmocka_unit_test(test_numbers),
	    cmocka_unit_test(test_raw_json),
	    cmocka_unit_test(test_names),
	    cmocka_unit_test(test_sections),
	    cmocka_unit_test(test_lines),
	    cmocka_unit_test(test_comments),
	    cmocka_unit_test(test_partials),
	    cmocka_unit_test(test_delimiters),
	    cmocka_unit_test(test_errors),
	    cmocka_unit_test(test_nesting),
	    cmocka_unit_test(test_limit),
	    cmocka_unit_test(test_many),
	    cmocka_unit_test(test_cut),
	    cmocka_unit_test(test_appends),
	};

	return cmocka_run_group_tests_name("mustache", tests, NULL, NULL);
}
