#include "conclusion.h"

#include "advice.h"
#include "context.h"
#include "buf.h"
#include "error.h"
#include "evidence.h"
#include "file.h"
#include "model.h"
#include "pool.h"
#include "seal.h"
#include "view.h"
#include "words.h"

#include <cjson/cJSON.h>
#include <string.h>

enum { COMPONENTS_LIMIT = 4 << 20 };

/* A file of the user's is checked to its last pattern, before anything is done with it. */
static int
read_components(struct knowledge *knowledge, struct pool *pool, const char *file,
    struct error *err)
{
	struct buf text = {0};
	int status = file_read(file, COMPONENTS_LIMIT, &text, err);

	if (status == 0)
		status = components_open(&knowledge->components, pool,
		    (struct span){buf_text(&text), text.len}, err);
	if (status == 0)
		status = components_compile(&knowledge->components, err);
	buf_release(&text);
	if (status < 0) {
		components_close(&knowledge->components);
		return fail_while(err, "cannot use '%s'", file);
	}
	return 0;
}

int
knowledge_find(struct knowledge *knowledge, struct pool *pool, const struct options *options,
    struct error *err)
{
	if (templates_find(&knowledge->templates, pool, options->templates, err) < 0)
		return -1;
	if (options->components == NULL)
		return 0;
	return read_components(knowledge, pool, options->components, err);
}

static int
complete(struct knowledge *knowledge, struct error *err)
{
	struct span text = {0};

	if (knowledge->components.items != NULL)
		return 0;
	if (templates_read(&knowledge->templates, "components.json", &text, err) < 0)
		return -1;
	if (components_open(&knowledge->components, knowledge->templates.pool, text, err) < 0) {
		components_close(&knowledge->components);
		return fail_while(
		    err, "cannot use '%s/components.json'", knowledge->templates.directory);
	}
	return 0;
}

void
knowledge_close(struct knowledge *knowledge)
{
	components_close(&knowledge->components);
	secrets_close(&knowledge->secrets);
}

/* How far over its threshold the worst finding is. */
static double
excess_of(const struct verdict *verdict)
{
	double most = 0;

	for (size_t i = 0; i < verdict->finding_count; i++) {
		const struct verdict_finding *finding = &verdict->findings[i];
		double excess = finding->measured / finding->threshold;

		most = excess > most ? excess : most;
	}
	return most;
}

static void
fill_outcome(struct outcome *outcome, struct pool *pool, const struct verdict *verdict,
    const cJSON *model)
{
	const cJSON *object = cJSON_GetObjectItemCaseSensitive(model, "verdict");
	const char *finding = cJSON_GetStringValue(
	    cJSON_GetObjectItemCaseSensitive(object, "top_finding"));

	/* Why nothing can be said is worth the place of a finding. */
	if (verdict->name == VERDICT_INCONCLUSIVE)
		finding =
		    cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, "summary"));
	outcome->verdict = verdict->name;
	outcome->excess = excess_of(verdict);
	outcome->finding = finding != NULL ? pool_strdup(pool, finding) : NULL;
}

int
conclude(const struct conclusion *conclusion, const struct evidence *evidence,
    struct outcome *outcome, struct error *err)
{
	struct knowledge *knowledge = conclusion->knowledge;
	const struct options *options = conclusion->options;
	struct pool pool = {0};
	struct verdict verdict = {0};
	struct notes notes = {0};
	struct context context = {0};
	struct ledgers ledgers = {0};
	struct advice_list advice = {0};
	cJSON *model = NULL, *view = NULL;
	int status = -1;

	if (complete(knowledge, err) < 0)
		goto out;
	verdict_judge(&verdict, &pool, evidence, &options->thresholds);
	notes_take(&notes, &pool, &verdict);
	context_find(&context, &pool, evidence);
	ledgers_make(&ledgers, &pool, evidence);
	advice_give(&advice, &pool,
	    &(struct advice_input){evidence, &verdict, &notes, &context, &ledgers,
		&knowledge->components});
	model = model_build(&(struct model_input){&pool, evidence, &verdict, &notes, &context,
	    &ledgers, &advice, {options->top, &knowledge->components}, options->customer,
	    options->ticket, options->now});
	if (components_check(&knowledge->components, err) < 0) {
		fail_while(
		    err, "cannot use '%s/components.json'", knowledge->templates.directory);
		goto out;
	}
	seal(model, &knowledge->secrets);
	view = view_build(model);
	status = words_fill(model, view, &knowledge->templates, err);
	if (status == 0)
		status = render_outputs(
		    model, view, &knowledge->templates, &conclusion->outputs, err);
	if (status == 0)
		fill_outcome(outcome, conclusion->pool, &verdict, model);
out:
	cJSON_Delete(view);
	cJSON_Delete(model);
	pool_release(&pool);
	return status;
}
