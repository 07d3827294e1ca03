/* render: the finished model and the templates -> the report, the JSON and the summary. */
#ifndef FLAREPROF_RENDER_H
#define FLAREPROF_RENDER_H

struct cJSON;
struct error;
struct templates;

struct render_outputs {
	const char *report; /* NULL: investigations/flare-profiling-{hostname}.md; - is stdout */
	const char *json;   /* NULL: none; - is stdout */
	int summary;	    /* print the summary, unless stdout is taken */
	int colour;	    /* of the summary */
};

/* Each file is written whole or not at all; nothing is printed before all are written. */
int render_outputs(const struct cJSON *model, const struct templates *templates,
    const struct render_outputs *outputs, struct error *err);

#endif
