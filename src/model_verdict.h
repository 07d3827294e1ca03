/* model_verdict: the verdict with its findings and notes, and the recommendations -> their parts of
 * the JSON model. Pure. */
#ifndef FLAREPROF_MODEL_VERDICT_H
#define FLAREPROF_MODEL_VERDICT_H

#include "advice.h"

struct cJSON;

/* Adds verdict: {name, processes, findings, notes}; sentences are not yet in it. */
void model_verdict_add(struct cJSON *model, const struct verdict *verdict,
    const struct notes *notes, const struct advice_list *advice);

/* Adds recommendations. The model's case must be there: their command is its. */
void model_verdict_add_recommendations(struct cJSON *model, const struct advice_list *advice);

/* One of the running checks. */
void model_verdict_fill_check(struct cJSON *object, const struct check *check);

#endif
