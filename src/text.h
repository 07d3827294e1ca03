/* text: bytes from a stranger made into one line of printable UTF-8, and quoted for Markdown.
 *
 * Alone knows what is printable and what Markdown takes for markup. */
#ifndef FLAREPROF_TEXT_H
#define FLAREPROF_TEXT_H

#include <stddef.h>

struct buf;
struct pool;

/* A piece of somebody else's text, not NUL-terminated; at is NULL where there is none. */
struct span {
	const char *at;
	size_t len;
};

/* The next line of *rest without its end (LF or CRLF), which is taken off *rest.
 * Returns 0 when nothing is left. */
int text_line(struct span *rest, struct span *line);

int text_is(struct span text, const char *other);

/* Without blanks at both ends. */
struct span text_trim(struct span text);

/* The beginning of a text, of at most `most` bytes. It does not end within a word that
 * may be a key: half of one could not be told for one, and masked. */
struct span text_start(struct span text, size_t most);

/* That, clean, to be quoted: "one long word" where no part of it may be. */
const char *text_quote(struct pool *pool, struct span text, size_t most);

/* 1 when all of it is printable ASCII, which is clean as it is. */
int text_is_plain(struct span text);

/* One line of valid UTF-8: colours and other control sequences of terminals are dropped, tabs
 * become blanks, and all other control and direction characters and invalid bytes become U+FFFD. */
char *text_clean(struct pool *pool, struct span text);
void text_add_clean(struct buf *buf, struct span text);

/* Appends clean text so that Markdown shows it as it is, in prose and in table cells. A piece
 * between two backticks becomes a code span. */
void text_add_markdown(struct buf *buf, const char *text);

/* Appends a text so that HTML shows it as it is, in prose and in an attribute. */
void text_add_html(struct buf *buf, const char *text);

/* The same, and a piece between two backticks becomes code. */
void text_add_html_prose(struct buf *buf, const char *text);

/* Appends clean text as a code span, whatever it holds: in prose, and in a table's cell, where
 * even code must not hold a bare `|`. */
void text_add_code(struct buf *buf, const char *text);
void text_add_cell_code(struct buf *buf, const char *text);

/* The longest run of backticks: a fence around the text has to be longer. */
size_t text_backticks(const char *text);

/* Characters of a text in UTF-8. */
size_t text_width(const char *text);

/* Appends clean text with the middle of its longest [...] left out when it is longer than
 * `width` characters: for tables, where generic Go names run to pages. */
void text_add_short(struct buf *buf, const char *text, size_t width);

#endif
