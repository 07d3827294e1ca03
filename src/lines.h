/* lines: a text's lines, asked one after the other what kind they are, and for their fields. */
#ifndef FLAREPROF_LINES_H
#define FLAREPROF_LINES_H

#include "text.h"

#include <stddef.h>

struct pattern;
struct pool;

struct lines {
	struct pool *pool;	   /* borrowed */
	struct span *items;	   /* in the pool or in the text */
	size_t count;
	struct pattern **patterns; /* one for each kind of line; the owner opens and closes them */
};

/* Takes the lines that hold something: how many blank ones stand between them means nothing.
 * Colours and blanks at the end are taken off. */
void lines_split(struct lines *lines, struct pool *pool, struct span text);

/* 1 when there is a line `at`, and it is of this kind; its fields can be asked for then. */
int lines_match(const struct lines *lines, int kind, size_t at);

/* A field of the last line that was of this kind: as it is, or as clean text. */
struct span lines_field(const struct lines *lines, int kind, const char *name);
char *lines_clean_field(const struct lines *lines, int kind, const char *name);

#endif
