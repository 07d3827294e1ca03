#include "templates.h"

#include "buf.h"
#include "error.h"
#include "file.h"
#include "mustache.h"
#include "pool.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TEMPLATE_LIMIT = 1 << 20, RENDER_LIMIT = 256 << 20, PATH_ROOM = 4096, NAME_ROOM = 128 };

/* Each file is read once. */
struct templates_cache {
	struct entry {
		const char *file;
		struct span text;
	} *entries;
	size_t count;
};

/* A directory of templates has this file. */
#define MAIN_TEMPLATE "report.mustache"

static int
is_templates(struct pool *pool, const char *directory)
{
	return access(pool_printf(pool, "%s/" MAIN_TEMPLATE, directory), R_OK) == 0;
}

/* The directory of the running program, or NULL where the system does not tell. */
static const char *
program_directory(struct pool *pool)
{
	char *path = pool_alloc(pool, PATH_ROOM);
	ssize_t len = readlink("/proc/self/exe", path, PATH_ROOM - 1);
	char *slash;

	if (len <= 0)
		return NULL;
	path[len] = '\0';
	slash = strrchr(path, '/');
	if (slash == NULL)
		return NULL;
	*slash = '\0';
	return path;
}

int
templates_find(struct templates *templates, struct pool *pool, const char *asked,
    struct error *err)
{
	static const char *const places[] = {"../templates", "../share/flareprof/templates"};
	const char *program = program_directory(pool);

	templates->pool = pool;
	templates->cache = pool_alloc(pool, sizeof(*templates->cache));
	if (asked == NULL)
		asked = getenv("FLAREPROF_TEMPLATES");
	if (asked != NULL && asked[0] != '\0') {
		templates->directory = pool_strdup(pool, asked);
		if (!is_templates(pool, asked))
			return fail(err, "no templates in '%s': it has no " MAIN_TEMPLATE, asked);
		return 0;
	}
	for (size_t i = 0; program != NULL && i < sizeof(places) / sizeof(places[0]); i++) {
		templates->directory = pool_printf(pool, "%s/%s", program, places[i]);
		if (is_templates(pool, templates->directory))
			return 0;
	}
	templates->directory = TEMPLATES;
	if (!is_templates(pool, templates->directory))
		return fail(err,
		    "cannot find the templates, not even in '%s': name their directory with "
		    "--templates DIR",
		    templates->directory);
	return 0;
}

static int
read_file(const struct templates *templates, const char *file, struct span *text,
    struct error *err)
{
	const char *path = pool_printf(templates->pool, "%s/%s", templates->directory, file);
	struct buf content = {0};
	int status = file_read(path, TEMPLATE_LIMIT, &content, err);

	if (status == 0) {
		text->at = pool_strndup(templates->pool, buf_text(&content), content.len);
		text->len = content.len;
	}
	buf_release(&content);
	return status;
}

int
templates_read(const struct templates *templates, const char *file, struct span *text,
    struct error *err)
{
	struct templates_cache *cache = templates->cache;

	for (size_t i = 0; i < cache->count; i++) {
		if (strcmp(cache->entries[i].file, file) == 0) {
			*text = cache->entries[i].text;
			return 0;
		}
	}
	if (read_file(templates, file, text, err) < 0)
		return -1;
	cache->entries = pool_grow(
	    templates->pool, cache->entries, cache->count, sizeof(*cache->entries));
	cache->entries[cache->count++] =
	    (struct entry){pool_strdup(templates->pool, file), *text};
	return 0;
}

/* -1 for a name that no template has. */
static int
name_file(char file[NAME_ROOM], const char *name)
{
	int len = snprintf(file, NAME_ROOM, "%s.mustache", name);

	return len > 0 && len < NAME_ROOM ? 0 : -1;
}

static struct span
read_partial(void *data, const char *name)
{
	const struct templates *templates = data;
	struct error ignored = {0};
	struct span text = {0};

	char file[NAME_ROOM];

	if (strchr(name, '/') == NULL && name_file(file, name) == 0)
		templates_read(templates, file, &text, &ignored);
	return text;
}

/* Our sentences mark code with backticks; a value must not. */
static void
add_plain(struct buf *out, const char *text)
{
	for (; *text != '\0'; text++)
		buf_putc(out, *text == '`' ? '\'' : *text);
}

static int
render(const struct templates *templates, void (*escape)(struct buf *, const char *),
    const char *name, const struct cJSON *context, struct buf *out, struct error *err)
{
	struct mustache mustache = {.escape = escape,
	    .partial = read_partial,
	    .data = (void *)(uintptr_t)templates,
	    .limit = RENDER_LIMIT};
	char file[NAME_ROOM];
	struct span text;

	if (name_file(file, name) < 0)
		return fail(err, "no template '%s'", name);
	if (templates_read(templates, file, &text, err) < 0)
		return -1;
	if (mustache_render(&mustache, text, context, out, err) < 0)
		return fail_while(err, "template '%s/%s'", templates->directory, file);
	return 0;
}

int
templates_render_markdown(const struct templates *templates, const char *name,
    const struct cJSON *context, struct buf *out, struct error *err)
{
	return render(templates, text_add_markdown, name, context, out, err);
}

int
templates_render_html(const struct templates *templates, const char *name,
    const struct cJSON *context, struct buf *out, struct error *err)
{
	return render(templates, text_add_html, name, context, out, err);
}

int
templates_render_plain(const struct templates *templates, const char *name,
    const struct cJSON *context, struct buf *out, struct error *err)
{
	return render(templates, add_plain, name, context, out, err);
}
