/* words: the model's sentences, made of the templates.
 *
 * Fills in verdict.summary, verdict.top_finding, each finding's reason, the notes, and each
 * recommendation's action and reason. */
#ifndef FLAREPROF_WORDS_H
#define FLAREPROF_WORDS_H

struct cJSON;
struct error;
struct templates;

/* `view` is that of the model (view.h), and gets the same sentences. */
int words_fill(struct cJSON *model, struct cJSON *view, const struct templates *templates,
    struct error *err);

#endif
