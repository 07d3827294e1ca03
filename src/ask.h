/* ask: what to ask the customer for, once: one command that collects all that is missing. Pure. */
#ifndef FLAREPROF_ASK_H
#define FLAREPROF_ASK_H

#include "verdict.h"

struct evidence;
struct pool;

/* What another flare is wanted for. */
enum ask_want {
	ASK_MISSING,	  /* what the verdict cannot do without is missing */
	ASK_STALE,	  /* no garbage collection ended between the main process's snapshots */
	ASK_CONFIRM_LEAK, /* later, to tell a leak from a cache that fills */
	ASK_CONFIRM,	  /* while the problem is there, to tell it from a busy moment */
	ASK_LOCKS,	  /* waiting for locks was not measured */
	ASK_UNJUDGED,	  /* another process could not be judged */
	ASK_WANTS,
};

struct ask {
	int wants[ASK_WANTS];
	int is_needed;	      /* any of them */
	int seconds;	      /* of profiling */
	const char *command;  /* to be run by the customer; has <CASE_ID> in it */
	int can_watch;	      /* the Agent's agentprofiling check is there to take it by itself */
};

void ask_plan(struct ask *ask, struct pool *pool, const struct verdict *verdict,
    const struct evidence *evidence);

#endif
