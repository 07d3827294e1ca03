#include "wrap.h"

#include "buf.h"

#include <locale.h>
#include <string.h>
#include <wchar.h>

enum { USUAL_INDENT = 4, LEAST_ROOM = 8, SEQUENCE_START = 2 };

/* The length of a colour sequence, ESC [ ... m, that a text begins with, or 0. */
static size_t
sequence(struct span text)
{
	if (text.len < SEQUENCE_START || text.at[0] != '\033' || text.at[1] != '[')
		return 0;
	for (size_t i = SEQUENCE_START; i < text.len; i++) {
		if (text.at[i] == 'm')
			return i + 1;
	}
	return 0;
}

/* The bytes of the character that a text begins with, and the columns that it takes. */
static size_t
character(struct span text, size_t *columns)
{
	mbstate_t state = {0};
	wchar_t wide;
	size_t len = mbrtowc(&wide, text.at, text.len, &state);
	int width;

	*columns = 1;
	/* Where no locale knows UTF-8. */
	if (len == 0 || len > text.len) {
		for (len = 1; len < text.len && ((unsigned char)text.at[len] & 0xc0) == 0x80; len++)
			;
		return len;
	}
	width = wcwidth(wide);
	*columns = width >= 0 ? (size_t)width : 1;
	return len;
}

/* The same for a piece that cannot be broken. */
static size_t
piece(struct span text, size_t *columns)
{
	size_t len = sequence(text);

	*columns = 0;
	return len > 0 ? len : character(text, columns);
}

static size_t
width_of(struct span text)
{
	size_t width = 0, columns;

	for (size_t i = 0; i < text.len; width += columns)
		i += piece((struct span){text.at + i, text.len - i}, &columns);
	return width;
}

/* With a locale in which UTF-8 is known, whatever the user's is. */
static locale_t
enter(locale_t *before)
{
	locale_t utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);

	if (utf8 != (locale_t)0)
		*before = uselocale(utf8);
	return utf8;
}

static void
leave(locale_t utf8, locale_t before)
{
	if (utf8 == (locale_t)0)
		return;
	uselocale(before);
	freelocale(utf8);
}

size_t
wrap_width(struct span line)
{
	locale_t before = (locale_t)0, utf8 = enter(&before);
	size_t width = width_of(line);

	leave(utf8, before);
	return width;
}

/* A line while it is broken. */
struct line {
	struct buf *out;
	size_t width, indent;
	size_t column;	/* that is taken */
	int begun;	/* a word is on it */
};

static void
begin_next(struct line *line)
{
	buf_putc(line->out, '\n');
	for (size_t i = 0; i < line->indent; i++)
		buf_putc(line->out, ' ');
	line->column = line->indent;
	line->begun = 0;
}

/* The bytes of a word's beginning that fit into so many columns: to behind its last '/' or '.' there,
 * else as many as there is room for. */
static size_t
breakable(struct span word, size_t room)
{
	size_t used = 0, len = 0, good = 0, columns;

	while (len < word.len) {
		size_t bytes = piece((struct span){word.at + len, word.len - len}, &columns);

		if (used + columns > room)
			break;
		used += columns;
		len += bytes;
		if (word.at[len - 1] == '/' || word.at[len - 1] == '.')
			good = len;
	}
	return good > 0 ? good : len;
}

static void
put(struct line *line, struct span word)
{
	buf_add(line->out, word.at, word.len);
	line->column += width_of(word);
	line->begun = 1;
}

/* A word, and how many blanks are in front of it. */
static void
add_word(struct line *line, struct span word, size_t blanks, int whole)
{
	size_t width = width_of(word), room = line->width - line->indent;

	if (line->begun && line->column + blanks + width > line->width) {
		begin_next(line);
	} else if (line->begun) {
		for (size_t i = 0; i < blanks; i++)
			buf_putc(line->out, ' ');
		line->column += blanks;
	}
	while (!whole && width > room) {
		size_t len = breakable(word, room);

		put(line, (struct span){word.at, len});
		begin_next(line);
		word.at += len;
		word.len -= len;
		width = width_of(word);
	}
	put(line, word);
}

static size_t
leading_blanks(struct span text)
{
	size_t count = 0;

	while (count < text.len && text.at[count] == ' ')
		count++;
	return count;
}

/* How far a line's other lines are indented: as it is itself, else to below its second column, which two
 * blanks part from the first. */
static size_t
indent_of(struct span text)
{
	size_t blanks = leading_blanks(text);

	for (size_t i = 0; blanks == 0 && i + 1 < text.len; i++) {
		if (text.at[i] == ' ' && text.at[i + 1] == ' ')
			return width_of((struct span){text.at, i}) +
			       leading_blanks((struct span){text.at + i, text.len - i});
	}
	return blanks > 0 ? blanks : USUAL_INDENT;
}

static void
add_broken(struct buf *out, struct span text, size_t width)
{
	size_t blanks = leading_blanks(text), end;
	struct line line = {out, width, indent_of(text), blanks, 0};

	if (line.indent + LEAST_ROOM > width)
		line.indent = 0;
	buf_add(out, text.at, blanks);
	for (size_t i = blanks; i < text.len; i = end + blanks) {
		int whole = i > 0 && text.at[i - 1] == '\t';

		for (end = i; end < text.len && (whole || (text.at[end] != ' ' && text.at[end] != '\t'));
		     end++)
			;
		add_word(&line, (struct span){text.at + i, end - i}, whole ? 1 : blanks, whole);
		blanks = end < text.len && text.at[end] == '\t'
			     ? 1
			     : leading_blanks((struct span){text.at + end, text.len - end});
	}
}

void
wrap_add(struct buf *out, struct span text, size_t width)
{
	locale_t before = (locale_t)0, utf8 = enter(&before);
	struct span line;

	while (text_line(&text, &line)) {
		if (width > 0 && width_of(line) > width) {
			add_broken(out, line, width);
		} else {
			for (size_t i = 0; i < line.len; i++)
				buf_putc(out, line.at[i] == '\t' ? ' ' : line.at[i]);
		}
		buf_putc(out, '\n');
	}
	leave(utf8, before);
}
