#include "html.h"

#include "buf.h"
#include "charts.h"
#include "fields.h"
#include "flame.h"
#include "page.h"
#include "templates.h"

#include <cjson/cJSON.h>
#include <stdlib.h>

/* Where figures are: the part of a process, and the template that draws it. */
static const struct {
	const char *part, *template_name;
} places[] = {{"heap", "html_heap"}, {"cpu", "html_cpu"}};

enum { PLACES = sizeof(places) / sizeof(places[0]) };

/* The figures of a page, by their number; NULL where there is nothing to draw. */
struct figures {
	char **html;
	size_t count;
};

static int
has_figure(const cJSON *part)
{
	return cJSON_IsObject(fields_get(part, "chart")) || cJSON_IsObject(fields_get(part, "flame"));
}

/* Draws a part of a process, and leaves it the place where the figure goes. */
static int
draw(cJSON *view, cJSON *process, size_t place, struct figures *figures,
    const struct templates *templates, struct error *err)
{
	cJSON *part = fields_get(process, places[place].part), *context;
	struct buf html = {0}, slot = {0};
	int status;

	if (!has_figure(part))
		return 0;
	context = cJSON_CreateObject();
	cJSON_AddItemReferenceToObject(context, "process", process);
	cJSON_AddItemReferenceToObject(context, "thresholds", fields_get(view, "thresholds"));
	status = templates_render_html(templates, places[place].template_name, context, &html, err);
	cJSON_Delete(context);
	page_add_slot(&slot, (int)figures->count);
	cJSON_AddStringToObject(part, "figure_slot", buf_text(&slot));
	figures->html[figures->count++] = html.data;
	buf_release(&slot);
	return status;
}

static int
draw_all(cJSON *view, struct figures *figures, const struct templates *templates,
    struct error *err)
{
	cJSON *processes = fields_get(view, "processes"), *process;
	int status = 0;

	figures->html =
	    calloc((size_t)cJSON_GetArraySize(processes) * PLACES + 1, sizeof(*figures->html));
	cJSON_ArrayForEach(process, processes)
	{
		flame_lay_out(fields_get(fields_get(process, "heap"), "flame"));
		flame_lay_out(fields_get(fields_get(process, "cpu"), "flame"));
		charts_lay_out(process);
		for (size_t i = 0; i < PLACES && status == 0; i++)
			status = draw(view, process, i, figures, templates, err);
	}
	return status;
}

/* The report's Markdown as HTML, with its figures. */
static int
put_body(cJSON *view, const struct figures *figures, const struct templates *templates,
    struct error *err)
{
	cJSON *sections = cJSON_AddArrayToObject(view, "sections");
	struct buf markdown = {0}, html = {0};
	int status = templates_render_markdown(templates, "body", view, &markdown, err);

	if (status == 0)
		status = page_make((struct span){buf_text(&markdown), markdown.len},
		    (const char *const *)figures->html, figures->count, sections, &html, err);
	cJSON_AddStringToObject(view, "body", buf_text(&html));
	buf_release(&html);
	buf_release(&markdown);
	return status;
}

/* A style or script that stands in the page, and the name that alone is allowed there. */
static int
put_inline(cJSON *view, const char *key, const char *digest_key, const char *file,
    const struct templates *templates, struct error *err)
{
	char digest[PAGE_DIGEST];
	struct span text;

	if (templates_read(templates, file, &text, err) < 0)
		return -1;
	page_digest(digest, text);
	cJSON_AddStringToObject(view, key, text.at);
	cJSON_AddStringToObject(view, digest_key, digest);
	return 0;
}

/* KEY_html: a sentence with what is code in it. */
static void
put_prose(cJSON *object, const char *key, const char *html_key)
{
	struct buf html = {0};

	text_add_html_prose(&html, fields_text(object, key));
	cJSON_AddStringToObject(object, html_key, buf_text(&html));
	buf_release(&html);
}

static void
put_sentences(cJSON *view)
{
	cJSON *verdict = fields_get(view, "verdict"), *finding;

	put_prose(verdict, "summary", "summary_html");
	cJSON_ArrayForEach(finding, fields_get(verdict, "findings"))
	{
		put_prose(finding, "reason", "reason_html");
	}
}

int
html_render(cJSON *view, const struct templates *templates, struct buf *out, struct error *err)
{
	struct figures figures = {0};
	int status = draw_all(view, &figures, templates, err);

	put_sentences(view);
	if (status == 0)
		status = put_body(view, &figures, templates, err);
	if (status == 0)
		status = put_inline(view, "style", "style_digest", "html.css", templates, err);
	if (status == 0)
		status = put_inline(view, "script", "script_digest", "html.js", templates, err);
	if (status == 0)
		status = templates_render_html(templates, "html", view, out, err);
	for (size_t i = 0; i < figures.count; i++)
		free(figures.html[i]);
	free(figures.html);
	return status;
}
