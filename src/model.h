/* model: evidence, verdict and advice -> the JSON model of the report. Pure.
 *
 * The names of the JSON keys live only here and in the other model_*.c; see
 * templates/report.schema.json. Keys carry their unit; what is unknown is null. The sentences
 * (reasons, notes, actions) are not yet in it: words_fill adds them. */
#ifndef FLAREPROF_MODEL_H
#define FLAREPROF_MODEL_H

#include "advice.h"
#include "model_process.h"

#include <stdint.h>

struct cJSON;
struct toolchain;

struct model_input {
	struct pool *pool;	/* borrowed; for texts that have to be cleaned */
	const struct evidence *evidence;
	const struct verdict *verdict;
	const struct notes *notes;
	const struct context *context;
	const struct ledgers *ledgers;
	const struct advice_list *advice;
	struct model_tables tables;
	const char *customer;	/* NULL: not given */
	const char *ticket;	/* NULL: not given */
	int64_t now;		/* epoch seconds */
};

/* Returns a tree for the caller to delete. */
struct cJSON *model_build(const struct model_input *input);

#endif
