/* notes: what is worth a sentence though it is no finding. Pure.
 *
 * A table of rules, each applied to each process. */
#ifndef FLAREPROF_NOTES_H
#define FLAREPROF_NOTES_H

#include "verdict.h"

enum note_kind {
	NOTE_INTERVAL,	   /* the snapshots' times do not fit the CPU profile between */
	NOTE_UNCHANGED,	   /* the heap did not change though a collection ended */
	NOTE_BOUNDED,	   /* no collection ended, but hardly anything was allocated */
	NOTE_CHURN,	   /* what grew keeps next to nothing of what it allocates */
	NOTE_RUNTIME,	   /* the runtime's own memory grew over the threshold */
	NOTE_CLOSE,	   /* growth is below the threshold, but not by more than its error */
	NOTE_RECENT,	   /* at this rate all of the heap is much younger than the process */
	NOTE_NEAR,	   /* growth is over the threshold in 30 s, but little was measured */
	NOTE_MOVED,	   /* one function grew over the threshold, the net did not */
	NOTE_IDLE_CPU,	   /* one function dominates an idle process */
	NOTE_CHECK,	   /* one check dominates the CPU time, which is no finding */
	NOTE_COLLECTION,   /* the garbage collector takes much of the CPU time */
	NOTE_SINCE_START,  /* the lock profiles count since the process started */
	NOTE_MUTEX_ALONE,  /* the mutex profile's estimate is not borne out by waiting */
	NOTE_UNCLASSIFIED, /* blocked over the threshold, in what we do not know */
	NOTE_KINDS,
};

struct note {
	enum note_kind kind;
	const struct verdict_process *process;
	const char *function;		  /* NULL: none */
	const struct labels_share *share; /* NULL: none */
};

struct notes {
	struct note *items; /* by process, then by kind */
	size_t count;
};

void notes_take(struct notes *notes, struct pool *pool, const struct verdict *verdict);

#endif
