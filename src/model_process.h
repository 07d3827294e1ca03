/* model_process: one process's figures and tables -> its part of the JSON model. Pure. */
#ifndef FLAREPROF_MODEL_PROCESS_H
#define FLAREPROF_MODEL_PROCESS_H

#include "verdict.h"

struct cJSON;

/* Adds {name, verdict, judged, heap, cpu, block, mutex} to an array. */
void model_process_add(struct cJSON *processes, const struct verdict *verdict,
    const struct verdict_process *process, size_t rows);

/* A number that is not known is null. */
void model_add_integer(struct cJSON *object, const char *key, int64_t value, int known);
void model_add_number(struct cJSON *object, const char *key, double value, int known);
/* NULL is null. */
void model_add_text(struct cJSON *object, const char *key, const char *text);

#endif
