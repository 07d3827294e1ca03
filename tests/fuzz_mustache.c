/* A template, its model and its partials, with a NUL behind each. */
#include "mustache.h"

#include "error.h"
#include "tree.h"

#include <cjson/cJSON.h>

#include "fuzz.h"

enum { TEMPLATE, MODEL, PARTIALS, PARTS = 6, LIMIT = 1 << 16 };

static void
split(struct span text, struct span parts[PARTS])
{
	for (size_t i = 0; i < PARTS && text.at != NULL; i++) {
		const char *end = memchr(text.at, '\0', text.len);

		parts[i] =
		    (struct span){text.at, end != NULL ? (size_t)(end - text.at) : text.len};
		text.len -= parts[i].len + (end != NULL);
		text.at = end != NULL ? end + 1 : NULL;
	}
}

/* A partial's number is the length of its name, so that most names have one. */
static struct span
find_partial(void *data, const char *name)
{
	const struct span *parts = data;

	return parts[PARTIALS + strlen(name) % (PARTS - PARTIALS)];
}

static void
add_value(struct buf *out, const char *text)
{
	must_be_clean(text);
	text_add_markdown(out, text);
}

static void
render(struct buf *told, struct pool *pool, struct span text)
{
	struct span parts[PARTS] = {0};
	struct mustache mustache = {add_value, find_partial, parts, LIMIT};
	struct error err = {0};
	size_t start = told->len;
	cJSON *model;
	int status;

	(void)pool;
	split(text, parts);
	model = tree_parse(parts[MODEL], &err);
	err = (struct error){0};
	status = mustache_render(&mustache, parts[TEMPLATE], model, told, &err);
	must((status == 0) == (err.msg[0] == '\0'));
	/* One tag may go beyond the limit, by its value or by the text around it. */
	must(told->len - start <= LIMIT + 8 * text.len);
	if (parts[TEMPLATE].len != 0 &&
	    memmem(parts[TEMPLATE].at, parts[TEMPLATE].len, "{{", 2) == NULL)
		must(status == 0 && text_is(parts[TEMPLATE], buf_text(told)));
	buf_puts(told, err.msg);
	cJSON_Delete(model);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return fuzz_twice(render, data, size);
}
