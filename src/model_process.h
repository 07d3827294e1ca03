/* model_process: one process's figures and tables -> its part of the JSON model. Pure. */
#ifndef FLAREPROF_MODEL_PROCESS_H
#define FLAREPROF_MODEL_PROCESS_H

#include "component.h"
#include "verdict.h"

struct cJSON;

/* How the tables are made. */
struct model_tables {
	size_t rows;			/* at most */
	struct components *components;	/* borrowed */
};

/* Adds {name, verdict, judged, heap, cpu, block, mutex} to an array. */
void model_process_add(struct cJSON *processes, const struct verdict *verdict,
    const struct verdict_process *process, const struct model_tables *tables);

#endif
