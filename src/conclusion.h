/* conclusion: from the evidence of one flare to its written files: verdict, advice, model, words,
 * rendering. */
#ifndef FLAREPROF_CONCLUSION_H
#define FLAREPROF_CONCLUSION_H

#include "component.h"
#include "options.h"
#include "outcome.h"
#include "render.h"
#include "secret.h"
#include "templates.h"

struct error;
struct evidence;
struct pool;

/* What is the same for all flares of a run. */
struct knowledge {
	struct templates templates;
	struct components components; /* no items: not needed so far */
	struct secrets secrets;
};

/* Finds what --templates names, or the usual templates, and reads what --components names.
 * knowledge_close takes the zero value. */
int knowledge_find(struct knowledge *knowledge, struct pool *pool, const struct options *options,
    struct error *err);
void knowledge_close(struct knowledge *knowledge);

/* How a flare is to be concluded; all borrowed. */
struct conclusion {
	struct knowledge *knowledge; /* is read as far as it is needed */
	const struct options *options;
	struct render_outputs outputs;
	struct pool *pool; /* for the texts of the outcome, which outlive the flare */
};

/* Writes the outputs, and fills in the outcome's verdict and what there is to say of it. Fails
 * when a template cannot be used or an output not be written; the outcome is left alone then. */
int conclude(const struct conclusion *conclusion, const struct evidence *evidence,
    struct outcome *outcome, struct error *err);

#endif
