#include "text.h"

#include "buf.h"
#include "pool.h"

#include <ctype.h>
#include <stdint.h>
#include <string.h>

enum { LONGEST_KEY = 128 }; /* of those that are told by their form */

#define REPLACEMENT "\xef\xbf\xbd"
#define BROKEN_BAR "\xc2\xa6" /* looks like a pipe */

int
text_line(struct span *rest, struct span *line)
{
	const char *end;

	if (rest->len == 0)
		return 0;
	end = memchr(rest->at, '\n', rest->len);
	line->at = rest->at;
	line->len = end != NULL ? (size_t)(end - rest->at) : rest->len;
	rest->at += line->len + (end != NULL);
	rest->len -= line->len + (end != NULL);
	if (line->len > 0 && line->at[line->len - 1] == '\r')
		line->len--;
	return 1;
}

int
text_is(struct span text, const char *other)
{
	return text.len == strlen(other) &&
	       (text.len == 0 || memcmp(text.at, other, text.len) == 0);
}

struct span
text_trim(struct span text)
{
	while (text.len > 0 && isspace((unsigned char)text.at[0])) {
		text.at++;
		text.len--;
	}
	while (text.len > 0 && isspace((unsigned char)text.at[text.len - 1]))
		text.len--;
	return text;
}

static int
is_inside_character(char c)
{
	return ((unsigned char)c & 0xc0) == 0x80;
}

struct span
text_start(struct span text, size_t most)
{
	size_t blank = most, edge = most;

	if (text.len <= most)
		return text;
	while (blank > 0 && most - blank < LONGEST_KEY && !isspace((unsigned char)text.at[blank]))
		blank--;
	while (edge > 0 && most - edge < LONGEST_KEY && isalnum((unsigned char)text.at[edge]))
		edge--;
	text.len = most - blank < LONGEST_KEY ? blank : most - edge < LONGEST_KEY ? edge : most;
	while (text.len > 0 && is_inside_character(text.at[text.len]))
		text.len--;
	return text_trim(text);
}

/* The length of the UTF-8 character at `at` and its code point, or 0 where there is none. */
static size_t
decode(const unsigned char *at, size_t len, uint32_t *point)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t size = at[0] < 0x80	    ? 1
		      : (at[0] >> 5) == 0x6 ? 2
		      : (at[0] >> 4) == 0xe ? 3
		      : (at[0] >> 3) == 0x1e ? 4
					    : 0;

	if (size == 0 || size > len)
		return 0;
	*point = size == 1 ? at[0] : at[0] & (0xffu >> (size + 1));
	for (size_t i = 1; i < size; i++) {
		if ((at[i] & 0xc0) != 0x80)
			return 0;
		*point = *point << 6 | (at[i] & 0x3fu);
	}
	if (*point < least[size] || *point > 0x10ffff || (*point >= 0xd800 && *point < 0xe000))
		return 0;
	return size;
}

/* What moves, turns or joins what stands around it, or is not seen at all; in order. */
static const struct {
	uint32_t first, last;
} controls[] = {
    {0x0, 0x1f},	/* C0 */
    {0x7f, 0x9f},	/* C1 */
    {0xad, 0xad},	/* soft hyphen */
    {0x34f, 0x34f},	/* grapheme joiner */
    {0x61c, 0x61c},	/* Arabic letter mark */
    {0x115f, 0x1160},	/* Hangul fillers */
    {0x17b4, 0x17b5},	/* Khmer vowels that are not shown */
    {0x180b, 0x180f},	/* Mongolian selectors and separator */
    {0x200b, 0x200f},	/* blanks of no width, direction marks */
    {0x2028, 0x202e},	/* line and paragraph separators, direction */
    {0x2060, 0x206f},	/* joiners, isolates */
    {0x3164, 0x3164},	/* Hangul filler */
    {0xfdd0, 0xfdef},	/* no characters */
    {0xfeff, 0xfeff},	/* byte order mark */
    {0xffa0, 0xffa0},	/* Hangul filler */
    {0xfff0, 0xfffb},	/* annotation */
    {0xfffe, 0xffff},	/* no characters */
    {0x1d173, 0x1d17a}, /* of music */
    {0xe0000, 0xe0fff}, /* tags, selectors */
};

static int
is_control(uint32_t point)
{
	size_t i = 0;

	while (i < sizeof(controls) / sizeof(controls[0]) && controls[i].last < point)
		i++;
	return i < sizeof(controls) / sizeof(controls[0]) && controls[i].first <= point;
}

/* The length of a terminal's control sequence (ESC [ digits letter; a colour's letter is m),
 * or 0. */
static size_t
control_sequence(const unsigned char *at, size_t len)
{
	size_t i = 2;

	if (len < 3 || at[0] != 0x1b || at[1] != '[')
		return 0;
	while (i < len && (isdigit(at[i]) || at[i] == ';' || at[i] == '?'))
		i++;
	return i < len && isalpha(at[i]) ? i + 1 : 0;
}

/* How many bytes from `at` on are printable ASCII, which stays as it is. */
static size_t
plain_run(const unsigned char *at, size_t len)
{
	size_t run = 0;

	while (run < len && at[run] >= 0x20 && at[run] < 0x7f)
		run++;
	return run;
}

int
text_is_plain(struct span text)
{
	return plain_run((const unsigned char *)text.at, text.len) == text.len;
}

void
text_add_clean(struct buf *buf, struct span text)
{
	const unsigned char *at = (const unsigned char *)text.at;
	size_t size, skip;
	uint32_t point;

	buf_reserve(buf, text.len);
	for (size_t i = 0; i < text.len; i += size) {
		size = plain_run(at + i, text.len - i);
		if (size > 0) {
			buf_add(buf, at + i, size);
			continue;
		}
		skip = control_sequence(at + i, text.len - i);
		size = skip != 0 ? skip : decode(at + i, text.len - i, &point);
		if (skip != 0)
			continue;
		if (size == 0 || (point != '\t' && is_control(point))) {
			buf_puts(buf, REPLACEMENT);
			size = size == 0 ? 1 : size;
		} else if (point == '\t') {
			buf_putc(buf, ' ');
		} else {
			buf_add(buf, at + i, size);
		}
	}
}

char *
text_clean(struct pool *pool, struct span text)
{
	struct buf buf = {0};
	char *clean;

	if (text_is_plain(text))
		return pool_strndup(pool, text.len != 0 ? text.at : "", text.len);
	text_add_clean(&buf, text);
	clean = pool_strndup(pool, buf_text(&buf), buf.len);
	buf_release(&buf);
	return clean;
}

const char *
text_quote(struct pool *pool, struct span text, size_t most)
{
	struct span start = text_start(text, most);

	return start.len == 0 && text.len > 0 ? "one long word" : text_clean(pool, start);
}

/* The length of a piece between two backticks, with them, or 0. */
static size_t
code_span(const char *text)
{
	const char *end = text[0] == '`' ? strchr(text + 1, '`') : NULL;

	return end != NULL && end > text + 1 && end[1] != '`' ? (size_t)(end - text) + 1 : 0;
}

/* What Markdown must not see as it is, or NULL. */
static const char *
escaped(char c)
{
	static const char *const escapes[] = {"<&lt;", ">&gt;", "&&amp;", "\\\\\\", "`\\`", "*\\*",
	    "[\\[", "]\\]", "|\\|", "~\\~", "#\\#", "_\\_", ":\\:", ".\\.", ")\\)", "+\\+", "-\\-"};

	for (size_t i = 0; i < sizeof(escapes) / sizeof(escapes[0]); i++) {
		if (escapes[i][0] == c)
			return escapes[i] + 1;
	}
	return NULL;
}

/* Where some Markdown makes a link of a bare address, "http://x" or "www.x". */
static int
begins_link(const char *text, size_t i)
{
	return (text[i] == ':' && strncmp(text + i, "://", 3) == 0) ||
	       (text[i] == '.' && i >= 3 && strncasecmp(text + i - 3, "www", 3) == 0);
}

/* Where a text would begin a list of its own within an item of ours: the mark in front of its
 * first blank. */
static int
begins_list(const char *text, size_t i)
{
	size_t mark = strspn(text, "0123456789");

	return i == mark && strchr(mark > 0 ? ".)" : "+-", text[i]) != NULL &&
	       (text[i + 1] == ' ' || text[i + 1] == '\0');
}

/* What stands for the character in prose, or NULL where it may stand for itself. */
static const char *
in_prose(const char *text, size_t i)
{
	int in_word = i > 0 && isalnum((unsigned char)text[i - 1]) &&
		      isalnum((unsigned char)text[i + 1]);

	if (text[i] == '_' && in_word)
		return NULL;
	if (i == 0 && text[i] == ' ')
		return "&#32;"; /* four of them would make code of the item */
	if (strchr(":.)+-", text[i]) != NULL && !begins_link(text, i) && !begins_list(text, i))
		return NULL;
	return escaped(text[i]);
}

void
text_add_markdown(struct buf *buf, const char *text)
{
	for (size_t i = 0, span = 0; text[i] != '\0'; i++) {
		const char *escape;

		if (span == 0)
			span = code_span(text + i);
		if (span == 0)
			escape = in_prose(text, i);
		else
			escape = text[i] == '|' ? escaped('|') : NULL;
		/* Behind a backslash within code a pipe cannot be escaped. */
		if (span > 0 && text[i] == '|' && text[i - 1] == '\\')
			buf_puts(buf, BROKEN_BAR);
		else if (escape != NULL)
			buf_puts(buf, escape);
		else
			buf_putc(buf, text[i]);
		span -= span > 0;
	}
}

static void
add_html(struct buf *buf, char c)
{
	static const char special[] = "&<>\"'";
	static const char *const entities[] = {"&amp;", "&lt;", "&gt;", "&quot;", "&#39;"};
	const char *found = strchr(special, c);

	if (found != NULL)
		buf_puts(buf, entities[found - special]);
	else
		buf_putc(buf, c);
}

void
text_add_html(struct buf *buf, const char *text)
{
	for (; *text != '\0'; text++)
		add_html(buf, *text);
}

void
text_add_html_prose(struct buf *buf, const char *text)
{
	while (*text != '\0') {
		size_t len = code_span(text);

		if (len == 0) {
			add_html(buf, *text++);
			continue;
		}
		buf_puts(buf, "<code>");
		for (size_t i = 1; i + 1 < len; i++)
			add_html(buf, text[i]);
		buf_puts(buf, "</code>");
		text += len;
	}
}

size_t
text_backticks(const char *text)
{
	size_t longest = 0, run = 0;

	for (; *text != '\0'; text++) {
		run = *text == '`' ? run + 1 : 0;
		longest = run > longest ? run : longest;
	}
	return longest;
}

static void
add_code(struct buf *buf, const char *text, const char *pipe)
{
	size_t longest = text_backticks(text), len = strlen(text);
	/* Markdown takes a blank off both ends when there is one at both. */
	int pad = len == 0 || text[0] == '`' || text[len - 1] == '`' ||
		  (text[0] == ' ' && text[len - 1] == ' ');

	for (size_t i = 0; i <= longest; i++)
		buf_putc(buf, '`');
	buf_puts(buf, pad ? " " : "");
	for (size_t i = 0; i < len; i++) {
		/* Behind a backslash of its own a pipe cannot be escaped. */
		if (text[i] == '|' && pipe[0] == '\\' && i > 0 && text[i - 1] == '\\')
			buf_puts(buf, BROKEN_BAR);
		else if (text[i] == '|')
			buf_puts(buf, pipe);
		else
			buf_putc(buf, text[i]);
	}
	buf_puts(buf, pad ? " " : "");
	for (size_t i = 0; i <= longest; i++)
		buf_putc(buf, '`');
}

void
text_add_code(struct buf *buf, const char *text)
{
	add_code(buf, text, "|");
}

void
text_add_cell_code(struct buf *buf, const char *text)
{
	add_code(buf, text, "\\|");
}

static size_t
count_characters(const char *text, size_t len)
{
	size_t count = 0;

	for (size_t i = 0; i < len; i++)
		count += !is_inside_character(text[i]);
	return count;
}

size_t
text_width(const char *text)
{
	return count_characters(text, strlen(text));
}

/* Where the character of this number begins. */
static size_t
character_at(const char *text, size_t number)
{
	size_t at = 0;

	for (; text[at] != '\0'; at++) {
		if (!is_inside_character(text[at]) && number-- == 0)
			break;
	}
	return at;
}

void
text_add_short(struct buf *buf, const char *text, size_t width)
{
	const char *open = strchr(text, '['), *close = strrchr(text, ']');
	size_t len = strlen(text), count = count_characters(text, len), head, tail;

	if (count <= width) {
		buf_puts(buf, text);
		return;
	}
	head = character_at(text, width / 2);
	tail = character_at(text, count - width / 2);
	if (open != NULL && close > open + 1) {
		size_t before = (size_t)(open - text) + 1, behind = (size_t)(close - text);

		if (count_characters(text, before) + count_characters(close, len - behind) <
		    width) {
			head = before;
			tail = behind;
		}
	}
	buf_add(buf, text, head);
	buf_puts(buf, "\xe2\x80\xa6");
	buf_puts(buf, text + tail);
}
