/* render: the finished model and the templates -> the report, the JSON and the summary. */
#ifndef FLAREPROF_RENDER_H
#define FLAREPROF_RENDER_H

#include <stddef.h>

struct cJSON;
struct error;
struct pool;
struct sink;
struct templates;

struct render_outputs {
	const char *report;  /* - is stdout */
	const char *json;    /* NULL: none; - is stdout */
	struct sink *models; /* NULL: none; takes the model as one line of JSON */
	int summary;	     /* print the summary, unless stdout is taken */
	int colour;	     /* of the summary */
	const char *html;    /* NULL: none; - is stdout */
	size_t width;	     /* of the terminal that the summary is printed to; 0: it is not */
};

/* investigations/flare-profiling-{hostname}.md, of what of the hostname may be in a file's name;
 * from the second flare of that hostname on with -2, -3 and so on behind it. */
char *render_report_path(struct pool *pool, const char *hostname, size_t number);

/* Where the HTML file of a report goes whose own path (or one that it could have) that is: to `html`
 * itself, or as NAME.html into it where it is a directory, or there is one for each of `flares`. */
char *render_html_path(struct pool *pool, const char *html, const char *report, size_t flares);

/* Each file is written whole or not at all; nothing is printed before all are written. To the
 * model's view (view.h) is added what is told of the outputs themselves. */
int render_outputs(const struct cJSON *model, struct cJSON *view,
    const struct templates *templates, const struct render_outputs *outputs, struct error *err);

#endif
