/* raw: the text of pprof's `raw` report -> the stacks of the samples of one type.
 *
 * The text holds the names of a stranger's profile between its own words: whether it says the truth
 * somebody else has to find out (stacks.h). */
#ifndef FLAREPROF_RAW_H
#define FLAREPROF_RAW_H

#include "pool.h"
#include "top.h"

/* A stack, and how much of it there is. */
struct raw_stack {
	const size_t *functions; /* which of the names; the root first */
	size_t count;		 /* 1 at least */
	int64_t value;		 /* never 0 */
};

struct raw {
	const char **names; /* of functions, clean text; each once, sorted */
	struct raw_stack *stacks; /* in no order, and maybe one several times */
	size_t count;
	struct pool pool; /* of all but the names themselves */
};

/* What raw reports are read with. */
struct raw_reader *raw_reader_new(struct pool *pool);
void raw_reader_free(struct raw_reader *reader);

/* Reads the samples of `type`, in the unit, which must be the profile's own. Samples of nothing, and
 * those without a stack, are left out. No sum of values overflows. Fails saying what is wrong; has to
 * be released in any case. */
int raw_parse(struct raw *raw, const struct raw_reader *reader, struct pool *names,
    const char *type, enum top_unit unit, struct span text, struct error *err);
void raw_release(struct raw *raw);

#endif
