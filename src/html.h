/* html: the model's view and the templates -> the report as one HTML file that needs no other. */
#ifndef FLAREPROF_HTML_H
#define FLAREPROF_HTML_H

struct buf;
struct cJSON;
struct error;
struct templates;

/* Appends the page: the report's Markdown with figures in it. What they need is added to the view
 * (view.h), which is of no use for Markdown then. */
int html_render(struct cJSON *view, const struct templates *templates, struct buf *out,
    struct error *err);

#endif
