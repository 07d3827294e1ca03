/* Text made clean, cut into lines, and quoted for Markdown: it reads as what it was. */
#include "text.h"

#include <ctype.h>

#include "fuzz.h"

#define BROKEN_BAR "\xc2\xa6"

static size_t
count_characters(const char *text)
{
	size_t count = 0;

	for (; *text != '\0'; text += fuzz_character(text))
		count++;
	return count;
}

/* As a table does: it ends a cell at a bare pipe, and takes the backslash off the others. */
static void
read_cell(struct buf *cell, const char *text)
{
	for (; *text != '\0'; text++) {
		must(*text != '|');
		if (text[0] == '\\' && text[1] == '|') {
			text++;
		} else if (text[0] == '\\' && text[1] != '\0') {
			buf_putc(cell, *text++);
		}
		buf_putc(cell, *text);
	}
}

/* The code that a code span shows, which must be all there is; a bar stands for a pipe. */
static void
read_code(struct buf *code, const char *text)
{
	size_t fence = strspn(text, "`"), len = strlen(text);
	const char *at = text + fence, *end = text + len - fence;

	must(fence > 0 && len > 2 * fence && at < end);
	must(strspn(end, "`") == fence && end[-1] != '`');
	for (const char *run = at; run < end; run += strspn(run, "`") + (*run != '`'))
		must(strspn(run, "`") != fence);
	if (*at == ' ' && end[-1] == ' ' && strspn(at, " ") < (size_t)(end - at)) {
		at++;
		end--;
	}
	buf_add(code, at, (size_t)(end - at));
}

/* Equal, but for the bars that stand in code for the pipes that could not. */
static int
shows(const char *shown, const char *text)
{
	while (*text != '\0') {
		if (*text == '|' && strncmp(shown, BROKEN_BAR, 2) == 0)
			shown++;
		else if (*shown != *text)
			return 0;
		shown++;
		text++;
	}
	return *shown == '\0';
}

static void
check_code(const char *clean, struct buf *told)
{
	struct buf code = {0}, cell = {0}, shown = {0};

	text_add_code(&code, clean);
	read_code(&shown, buf_text(&code));
	must(strspn(clean, " ") == strlen(clean) || strcmp(buf_text(&shown), clean) == 0);
	tell_text(told, buf_text(&code));
	code.len = shown.len = 0;
	text_add_cell_code(&code, clean);
	read_cell(&cell, buf_text(&code));
	read_code(&shown, buf_text(&cell));
	must(strspn(clean, " ") == strlen(clean) || shows(buf_text(&shown), clean));
	tell_text(told, buf_text(&code));
	buf_release(&code);
	buf_release(&cell);
	buf_release(&shown);
}

/* One character of prose: an escape, an entity or itself, which must be no markup then. */
static const char *
read_prose(struct buf *shown, const char *at)
{
	static const char *const entities[] = {"&lt;<", "&gt;>", "&amp;&", "&#32; "};

	if (*at == '\\') {
		must(at[1] != '\0' && ispunct((unsigned char)at[1]));
		buf_putc(shown, at[1]);
		return at + 2;
	}
	for (size_t i = 0; i < sizeof(entities) / sizeof(entities[0]); i++) {
		size_t len = strlen(entities[i]) - 1;

		if (strncmp(at, entities[i], len) == 0) {
			buf_putc(shown, entities[i][len]);
			return at + len;
		}
	}
	must(strchr("<>&`*[]|~#", *at) == NULL);
	buf_putc(shown, *at);
	return at + 1;
}

/* As Markdown does: what is no code span is prose. */
static void
read_markdown(struct buf *shown, const char *text)
{
	const char *end, *at = text;

	while (*at != '\0') {
		if (*at != '`') {
			must(*at != '_' || (at > text && isalnum((unsigned char)at[-1]) &&
					       isalnum((unsigned char)at[1])));
			at = read_prose(shown, at);
			continue;
		}
		end = strchr(at + 1, '`');
		must(end != NULL && end > at + 1 && end[1] != '`');
		for (; at <= end; at++) {
			if (at[0] == '\\' && at[1] == '|')
				at++;
			else
				must(*at != '|');
			buf_putc(shown, *at);
		}
	}
}

static void
check_markdown(const char *clean, struct buf *told)
{
	struct buf markdown = {0}, shown = {0}, cell = {0};

	text_add_markdown(&markdown, clean);
	read_markdown(&shown, buf_text(&markdown));
	must(shows(buf_text(&shown), clean));
	read_cell(&cell, buf_text(&markdown));
	tell_text(told, buf_text(&markdown));
	buf_release(&markdown);
	buf_release(&shown);
	buf_release(&cell);
}

static void
check_short(const char *clean, struct buf *told)
{
	static const size_t widths[] = {0, 1, 2, 7, 60};
	struct buf cut = {0};

	for (size_t i = 0; i < sizeof(widths) / sizeof(widths[0]); i++) {
		cut.len = 0;
		text_add_short(&cut, clean, widths[i]);
		tell_text(told, buf_text(&cut));
		must(count_characters(buf_text(&cut)) <= widths[i] + 1);
		if (count_characters(clean) <= widths[i])
			must(strcmp(buf_text(&cut), clean) == 0);
	}
	buf_release(&cut);
}

static void
check_lines(struct span text)
{
	struct span rest = text, line, trimmed;
	const char *next = text.at;

	while (text_line(&rest, &line)) {
		must(line.at == next);
		must(line.len == 0 || memchr(line.at, '\n', line.len) == NULL);
		must(rest.at > line.at + line.len || rest.len == 0);
		trimmed = text_trim(line);
		must(trimmed.len <= line.len);
		next = rest.at;
	}
	must(rest.len == 0 && (text.len == 0 || rest.at == text.at + text.len));
}

static void
read_text(struct buf *told, struct pool *pool, struct span text)
{
	char *clean = text_clean(pool, text), *again;
	struct span span = {clean, strlen(clean)};

	tell_text(told, clean);
	again = text_clean(pool, span);
	must(strcmp(again, clean) == 0);
	must(!text_is_plain(text) || text_is(text, clean));
	check_lines(text);
	check_code(clean, told);
	check_markdown(clean, told);
	check_short(clean, told);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return fuzz_twice(read_text, data, size);
}
