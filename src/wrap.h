/* wrap: lines of text broken to the width of a terminal. Pure.
 *
 * Colour sequences take no room, wide characters take two columns. */
#ifndef FLAREPROF_WRAP_H
#define FLAREPROF_WRAP_H

#include "text.h"

struct buf;

/* Columns that a line of valid UTF-8 takes. */
size_t wrap_width(struct span line);

/* Appends the lines of a text; those that are wider than `width` columns (0: none is) are broken
 * between words, and go on as far to the right as they began, or below their second column, which two
 * blanks part from the first, or else four columns in. A word
 * that is wider than that by itself is broken behind a '/' or '.'. What is behind a tab, which becomes a
 * blank, is not broken: it can be clicked on or copied, however wide it is. */
void wrap_add(struct buf *out, struct span text, size_t width);

#endif
