/* model_flames: the stacks of a process -> the call trees in its part of the JSON model. Pure. */
#ifndef FLAREPROF_MODEL_FLAMES_H
#define FLAREPROF_MODEL_FLAMES_H

struct cJSON;
struct pprof_process;

/* Adds heap.flame and cpu.flame to a process of the model; null where there are no stacks. */
void model_flames_add_process(struct cJSON *object, const struct pprof_process *process);

#endif
