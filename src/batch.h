/* batch: all flares of a call through one pool of programs, each to its report.
 *
 * Flares are opened one ahead of what runs and let go as soon as they have their report, so
 * that a hundred need no more memory than a few. */
#ifndef FLAREPROF_BATCH_H
#define FLAREPROF_BATCH_H

#include "conclusion.h"
#include "outcome.h"
#include "pool.h"

struct error;
struct options;

struct batch {
	struct pool pool; /* what outlives a flare */
	struct knowledge knowledge;
	struct outcome *outcomes; /* as options->flares */
	size_t count;
};

/* Fails when there is no usable Go, no templates, no place for the models, or when the run was
 * interrupted. What is wrong with a flare stands in its outcome. */
int batch_run(struct batch *batch, const struct options *options, struct error *err);

void batch_close(struct batch *batch);

#endif
