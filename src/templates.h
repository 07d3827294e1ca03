/* templates: the directory that every sentence of the report lives in. */
#ifndef FLAREPROF_TEMPLATES_H
#define FLAREPROF_TEMPLATES_H

#include "text.h"

struct buf;
struct cJSON;
struct error;
struct pool;

enum templates_escape {
	TEMPLATES_MARKDOWN, /* {{values}} are made harmless in Markdown */
	TEMPLATES_PLAIN,    /* for text that is no Markdown: only backticks are taken out */
};

struct templates {
	struct pool *pool; /* borrowed; what was read stays there */
	const char *directory;
};

/* Finds the directory: `asked` (--templates), $FLAREPROF_TEMPLATES, ../templates or
 * ../share/flareprof/templates beside the program, or where it was installed. */
int templates_find(struct templates *templates, struct pool *pool, const char *asked,
    struct error *err);

/* The text of a file in the directory. */
int templates_read(const struct templates *templates, const char *file, struct span *text,
    struct error *err);

/* Appends NAME.mustache filled in from a tree. */
int templates_render(const struct templates *templates, const char *name,
    enum templates_escape escape, const struct cJSON *context, struct buf *out, struct error *err);

#endif
