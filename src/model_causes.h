/* model_causes: whose CPU time, locks and memory it is, and what is out of the ordinary -> its
 * parts of the JSON model. Pure. */
#ifndef FLAREPROF_MODEL_CAUSES_H
#define FLAREPROF_MODEL_CAUSES_H

#include "context.h"
#include "ledger.h"
#include "model_process.h"
#include "verdict.h"

struct cJSON;

/* Adds labels to a process's cpu, and locks. */
void model_causes_add_process(struct cJSON *process, const struct verdict_process *judged,
    const struct model_tables *tables);

/* Adds ledgers and context to the model. */
void model_causes_add_flare(struct cJSON *model, const struct ledgers *ledgers,
    const struct context *context);

/* Fills in component and team of the groups of goroutines. */
void model_causes_own_groups(struct cJSON *model, struct components *components);

/* One share of CPU time, as in a process's labels. */
void model_causes_fill_share(struct cJSON *object, const struct labels_share *share);

void model_causes_fill_ledger(struct cJSON *object, const struct ledger *ledger);

/* One item of context. */
void model_causes_fill_sign(struct cJSON *object, const struct context_item *sign);

#endif
