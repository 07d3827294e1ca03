/* model_goroutines: the goroutines of a dump -> their part of the JSON model. Pure. */
#ifndef FLAREPROF_MODEL_GOROUTINES_H
#define FLAREPROF_MODEL_GOROUTINES_H

#include "goroutines.h"

struct cJSON;

/* Adds goroutines: {count, many, usual_count, states, long_waits, groups, waiting}, or null
 * without a dump. The component and team of a group are null until somebody fills them. */
void model_goroutines_add(struct cJSON *model, const struct goroutines *goroutines);

#endif
