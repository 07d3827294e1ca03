/* advice: findings and component knowledge -> who owns it, and what to do next. Pure.
 *
 * Says which actions there are, in which order, and with which names; their sentences are
 * made of the templates (words.h). */
#ifndef FLAREPROF_ADVICE_H
#define FLAREPROF_ADVICE_H

#include "component.h"
#include "evidence.h"
#include "verdict.h"

/* Who a finding points at. */
struct advice_owner {
	const char *function;		    /* nearest Agent function; NULL: not to be told */
	const struct component *component;  /* NULL: unknown */
};

enum advice_kind {
	ADVICE_ESCALATE,	 /* hand the case to the owning team */
	ADVICE_STEP,		 /* one of the component's own next steps */
	ADVICE_CONFIRM_LEAK,	 /* a later flare shows whether growth goes on */
	ADVICE_CONFIRM,		 /* another flare, while the problem is there */
	ADVICE_RECEIVER,	 /* waits to send: the receiver is slow */
	ADVICE_COMPARE,		 /* no function dominates: look at the busiest ones */
	ADVICE_PYTHON,		 /* C code burns: look at the Python checks */
	ADVICE_FAILING_CHECK,	 /* a check that fails */
	ADVICE_SLOW_CHECK,	 /* a check that runs long */
	ADVICE_ASK_AGAIN,	 /* the evidence is not there: a new flare */
	ADVICE_ASK_UNJUDGED,	 /* the same for a process that is not the main one */
	ADVICE_ASK_LOCKS,	 /* lock profiles were not switched on */
	ADVICE_GOROUTINES,	 /* very many, or many with one stack */
	ADVICE_SLOW_LEAK,	 /* what a Normal flare cannot see */
};

struct advice {
	enum advice_kind kind;
	const struct verdict_finding *finding; /* NULL: about the flare */
	const struct check *check;	       /* NULL: not about a check */
	const char *step;		       /* of ADVICE_STEP */
	int first_step;			       /* of this finding */
	int asks;			       /* for the flare that list->command makes */
};

struct advice_list {
	const struct verdict *verdict; /* borrowed */
	struct advice *items; /* most important first */
	size_t count;
	struct advice_owner *owners; /* one for each finding of the verdict */
	const char *command; /* to be run by the customer; has <CASE_ID> in it */
};

void advice_give(struct advice_list *list, struct pool *pool, const struct verdict *verdict,
    const struct evidence *evidence, struct components *components);

#endif
