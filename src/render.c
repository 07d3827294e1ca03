#include "render.h"

#include "buf.h"
#include "error.h"
#include "file.h"
#include "html.h"
#include "output.h"
#include "pool.h"
#include "secret.h"
#include "sink.h"
#include "templates.h"
#include "wrap.h"

#include <cjson/cJSON.h>
#include <ctype.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { LONGEST_HOSTNAME = 128, LEAST_FENCE = 3 };

#define LONG_INTEGER 1e15

char *
render_report_path(struct pool *pool, const char *hostname, size_t number)
{
	struct secrets secrets = {0};
	struct buf path = {0};
	char *text;

	hostname = secrets_masked(&secrets, pool, hostname);
	secrets_close(&secrets);
	buf_puts(&path, "investigations/flare-profiling-");
	for (size_t i = 0; i < LONGEST_HOSTNAME && hostname[i] != '\0'; i++) {
		unsigned char c = (unsigned char)hostname[i];
		int fits = (c < 0x80 && isalnum(c)) || c == '_' || c == '-' || (c == '.' && i > 0);

		buf_putc(&path, fits ? (char)c : '_');
	}
	if (hostname[0] == '\0')
		buf_puts(&path, "unknown");
	text = number > 1 ? pool_printf(pool, "%s-%zu.md", path.data, number)
			  : pool_printf(pool, "%s.md", path.data);
	buf_release(&path);
	return text;
}

char *
render_html_path(struct pool *pool, const char *html, const char *report, size_t flares)
{
	const char *slash = strrchr(report, '/'), *name = slash != NULL ? slash + 1 : report;
	size_t len = strlen(name), end = strlen(html);
	int in_directory = flares > 1 || (end > 0 && html[end - 1] == '/') ||
			   file_is_directory(html);

	if (!in_directory)
		return pool_strdup(pool, html);
	if (len > 3 && strcmp(name + len - 3, ".md") == 0)
		len -= 3;
	return pool_printf(pool, "%s%s%.*s.html", html,
	    end > 0 && html[end - 1] == '/' ? "" : "/", (int)len, name);
}

/* cJSON would print 1000000000000000 as 1e+15. */
static void
spell_integers(cJSON *tree)
{
	char digits[32];

	for (cJSON *child = tree->child; child != NULL; child = child->next) {
		spell_integers(child);
		if (!cJSON_IsNumber(child) || fabs(child->valuedouble) < LONG_INTEGER ||
		    fabs(child->valuedouble) >= 0x1p63 ||
		    child->valuedouble != trunc(child->valuedouble))
			continue;
		snprintf(digits, sizeof(digits), "%" PRId64, (int64_t)child->valuedouble);
		child->valuestring = cJSON_malloc(sizeof(digits));
		if (child->valuestring == NULL)
			continue;
		memcpy(child->valuestring, digits, sizeof(digits));
		child->type = (child->type & ~0xff) | cJSON_Raw;
	}
}

/* The model as text: for people, or as one line. */
static int
add_json(const cJSON *model, int one_line, struct buf *json, struct error *err)
{
	cJSON *spelled = cJSON_Duplicate(model, 1);
	char *text;

	spell_integers(spelled);
	text = one_line ? cJSON_PrintUnformatted(spelled) : cJSON_Print(spelled);
	cJSON_Delete(spelled);
	if (text == NULL)
		return fail(err, "cannot write the JSON model: out of memory");
	buf_puts(json, text);
	buf_putc(json, '\n');
	cJSON_free(text);
	return 0;
}

/* The model, where somebody wants it. */
static int
add_model(const cJSON *model, const struct render_outputs *outputs, struct buf *json,
    struct error *err)
{
	if (outputs->json == NULL && outputs->models == NULL)
		return 0;
	return add_json(model, outputs->models != NULL, json, err);
}

static int
is_stdout(const char *path)
{
	return path != NULL && strcmp(path, "-") == 0;
}

/* One text and where it goes. */
struct output {
	const char *path; /* NULL: nowhere */
	struct buf text;
};

/* Files come first: nothing is printed when one of them cannot be written. */
static int
write_all(const struct output *outputs, size_t count, struct error *err)
{
	for (int printed = 0; printed < 2; printed++) {
		for (size_t i = 0; i < count; i++) {
			const struct output *output = &outputs[i];

			if (output->path != NULL && is_stdout(output->path) == printed &&
			    output_write(output->path, buf_text(&output->text), output->text.len,
				err) < 0)
				return -1;
		}
	}
	return 0;
}

/* Goes into itself as deep as a model is. */
static size_t
longest_backticks(const cJSON *tree)
{
	size_t longest = cJSON_IsString(tree) ? text_backticks(tree->valuestring) : 0, inner;

	for (const cJSON *child = tree->child; child != NULL; child = child->next) {
		inner = longest_backticks(child);
		longest = inner > longest ? inner : longest;
	}
	return longest;
}

/* No text of the model can close a block between two of them. */
static void
put_fence(cJSON *view, const cJSON *model)
{
	size_t longest = longest_backticks(model);
	struct buf fence = {0};

	while (fence.len < LEAST_FENCE || fence.len <= longest)
		buf_putc(&fence, '`');
	cJSON_AddStringToObject(view, "fence", buf_text(&fence));
	buf_release(&fence);
}

/* A path to be told; none where there is no file. */
static void
put_path(cJSON *view, const char *key, const char *path)
{
	struct buf shown = {0};

	if (path == NULL)
		return;
	text_add_clean(&shown, (struct span){path, strlen(path)});
	cJSON_AddStringToObject(view, key, buf_text(&shown));
	buf_release(&shown);
}

/* The summary, in lines that fit where it is read. */
static int
add_summary(const cJSON *view, const struct templates *templates, size_t width, struct buf *out,
    struct error *err)
{
	struct buf text = {0};
	int status = templates_render_plain(templates, "summary", view, &text, err);

	if (status == 0)
		wrap_add(out, (struct span){buf_text(&text), text.len}, width);
	buf_release(&text);
	return status;
}

int
render_outputs(const cJSON *model, cJSON *view, const struct templates *templates,
    const struct render_outputs *outputs, struct error *err)
{
	enum { REPORT, JSON, HTML, SUMMARY, OUTPUTS };
	struct output all[OUTPUTS] = {
	    {.path = outputs->report}, {.path = outputs->json}, {.path = outputs->html}};
	int status = -1;

	if (outputs->summary && !is_stdout(outputs->report) && !is_stdout(outputs->json) &&
	    !is_stdout(outputs->html))
		all[SUMMARY].path = "-";
	put_path(view, "report_path", outputs->report);
	put_path(view, "html_path", outputs->html);
	cJSON_AddBoolToObject(view, "colour", outputs->colour);
	cJSON_AddBoolToObject(view, "terminal", outputs->width > 0);
	put_fence(view, model);
	if (templates_render_markdown(templates, "report", view, &all[REPORT].text, err) == 0 &&
	    (all[SUMMARY].path == NULL ||
		add_summary(view, templates, outputs->width, &all[SUMMARY].text, err) == 0) &&
	    add_model(model, outputs, &all[JSON].text, err) == 0 &&
	    (outputs->html == NULL ||
		html_render(view, templates, &all[HTML].text, err) == 0))
		status = write_all(all, OUTPUTS, err);
	if (status == 0 && outputs->models != NULL)
		status = sink_put(
		    outputs->models, buf_text(&all[JSON].text), all[JSON].text.len, err);
	for (size_t i = 0; i < OUTPUTS; i++)
		buf_release(&all[i].text);
	return status;
}
