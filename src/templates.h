/* templates: the directory that every sentence of the report lives in. */
#ifndef FLAREPROF_TEMPLATES_H
#define FLAREPROF_TEMPLATES_H

#include "text.h"

struct buf;
struct cJSON;
struct error;
struct pool;

struct templates {
	struct pool *pool; /* borrowed; what was read stays there */
	const char *directory;
	struct templates_cache *cache; /* of what was read */
};

/* Finds the directory: `asked` (--templates), $FLAREPROF_TEMPLATES, ../templates or
 * ../share/flareprof/templates beside the program, or where it was installed. */
int templates_find(struct templates *templates, struct pool *pool, const char *asked,
    struct error *err);

/* The text of a file in the directory. */
int templates_read(const struct templates *templates, const char *file, struct span *text,
    struct error *err);

/* Append NAME.mustache filled in from a tree: as Markdown or HTML, in which {{values}} are made
 * harmless, or as plain text, in which they only lose their backticks. */
int templates_render_markdown(const struct templates *templates, const char *name,
    const struct cJSON *context, struct buf *out, struct error *err);
int templates_render_html(const struct templates *templates, const char *name,
    const struct cJSON *context, struct buf *out, struct error *err);
int templates_render_plain(const struct templates *templates, const char *name,
    const struct cJSON *context, struct buf *out, struct error *err);

#endif
