/* advice: findings and component knowledge -> who owns it, and what to do next. Pure.
 *
 * Says which actions there are, in which order, and with which names; their sentences are
 * made of the templates (words.h). */
#ifndef FLAREPROF_ADVICE_H
#define FLAREPROF_ADVICE_H

#include "ask.h"
#include "context.h"
#include "evidence.h"
#include "ledger.h"
#include "notes.h"
#include "owner.h"
#include "verdict.h"

enum advice_kind {
	ADVICE_ESCALATE,      /* hand the case to the owning team */
	ADVICE_STEP,	      /* one of the component's own next steps */
	ADVICE_SIGN,	      /* what is out of the ordinary around the profiles */
	ADVICE_RECEIVER,      /* waits to send: the receiver is slow */
	ADVICE_COMPARE,	      /* no function dominates: look at the busiest ones */
	ADVICE_CHECK,	      /* one check, or module, burns the CPU */
	ADVICE_PYTHON,	      /* C code burns, and no label tells which check */
	ADVICE_COLLECTION,    /* garbage is made so fast that collecting it burns the CPU */
	ADVICE_OUTSIDE,	      /* most memory is outside the Go heap */
	ADVICE_FAILING_CHECK, /* a check that fails */
	ADVICE_SLOW_CHECK,    /* a check that runs long */
	ADVICE_GOROUTINES,    /* very many, or many with one stack */
	ADVICE_ASK,	      /* another flare, for all that is wanted of it (ask.h) */
	ADVICE_WATCH,	      /* what comes and goes, or grows slower than one window shows */
};

struct advice {
	enum advice_kind kind;
	const struct verdict_finding *finding; /* NULL: about the flare */
	const struct verdict_process *process; /* of a finding or note; NULL */
	const struct check *check;	       /* NULL: not about a check */
	const struct labels_share *share;      /* of ADVICE_CHECK */
	unsigned signs; /* of ADVICE_SIGN: a bit for each item of the context */
	const struct ledger *ledger;	       /* of ADVICE_OUTSIDE */
	const char *step;		       /* of ADVICE_STEP */
	int first_step;			       /* of this finding */
};

struct advice_list {
	const struct verdict *verdict; /* borrowed */
	struct advice *items; /* what settles the case soonest first */
	size_t count;
	struct owner *owners; /* one for each finding of the verdict */
	const struct context *context;
	struct ask ask;
};

/* What advice is given on; all borrowed. */
struct advice_input {
	const struct evidence *evidence;
	const struct verdict *verdict;
	const struct notes *notes;
	const struct context *context;
	const struct ledgers *ledgers;
	struct components *components;
};

void advice_give(struct advice_list *list, struct pool *pool, const struct advice_input *input);

#endif
