/* mustache: template text and a cJSON tree in, text out; knows nothing of flares.
 *
 * What the public Mustache specification calls the core: variables, sections, inverted
 * sections, comments, partials (with indentation), set delimiters, dotted names, implicit
 * iterators and standalone lines. No lambdas, no inheritance. False are null, false, 0, the
 * empty text and the empty array. */
#ifndef FLAREPROF_MUSTACHE_H
#define FLAREPROF_MUSTACHE_H

#include "text.h"

struct buf;
struct cJSON;
struct error;

struct mustache {
	/* Appends a value that a {{name}} tag asked for. */
	void (*escape)(struct buf *out, const char *text);
	/* The text of a partial; at is NULL for one that is not there (which is an error).
	 * The text must live until mustache_render returns. */
	struct span (*partial)(void *data, const char *name);
	void *data;
	/* How many bytes, tags and rounds of sections one call may come to; 0: any number.
	 * A short template can ask for very much: sections and partials multiply. */
	size_t limit;
};

/* Appends what the template makes of the context. A template that is wrong (a section that
 * is not closed, a partial that is missing or that includes itself for ever) fails, naming
 * the tag and its line. A name that is not in the context is the empty text. Numbers are
 * written as cJSON prints them, integers without a fraction or exponent. */
int mustache_render(const struct mustache *mustache, struct span template_text,
    const struct cJSON *context, struct buf *out, struct error *err);

#endif
