/* goroutines: go-routine-dump.log (debug=2) -> how many, in which state, who waits longest,
 * and which have the same stack. */
#ifndef FLAREPROF_GOROUTINES_H
#define FLAREPROF_GOROUTINES_H

#include "goroutine_groups.h"
#include "text.h"

#include <stddef.h>
#include <stdint.h>

struct gaps;
struct pool;

enum {
	GOROUTINES_LONGEST = 10, /* waits that are kept */
	GOROUTINES_STATES = 20,	 /* that are kept; the rarest of more are one, "other" */
	GOROUTINES_MANY = 500,	 /* more than this is unusual for an Agent */
	GOROUTINES_CROWD = 100,	 /* more than this with one stack are a crowd; or more than half */
	GOROUTINES_HALF_OF = 20, /* of at least so many */
};

struct goroutine_state {
	const char *name; /* "chan receive", "IO wait", ... */
	int64_t count;
};

struct goroutine_wait {
	int64_t id;
	int64_t minutes;
	const char *state;
	const char *function; /* the topmost frame that is not Go's own runtime, sync, time, net,
			       * os, io, syscall, internal/...; else the topmost; "" without */
};

struct goroutines {
	int found; /* the text is a dump */
	int64_t count;
	struct goroutine_state *states; /* largest first, then by name */
	size_t state_count;
	struct goroutine_wait longest[GOROUTINES_LONGEST]; /* longest first, 1 minute at least */
	size_t longest_count;
	struct goroutine_group *groups; /* those with the same stack; largest first */
	size_t group_count;		/* GOROUTINE_GROUPS at most */
	struct goroutine_waiters *waiting; /* for locks and to send; largest first */
	size_t waiting_count;		   /* GOROUTINE_WAITERS at most */
};

/* Never fails: what is no dump, or is cut in the middle of a block, is a gap, named after
 * `file`. */
void goroutines_parse(struct goroutines *goroutines, struct pool *pool, const char *file,
    struct span text, struct gaps *gaps);

/* 1 when so many goroutines have this stack that it should be told. Whether they wait for work
 * makes no difference: so many workers can be a leak too. */
int goroutines_is_crowd(
    const struct goroutines *goroutines, const struct goroutine_group *group);

/* The largest crowd; NULL: none. Borrowed. */
const struct goroutine_group *goroutines_crowd(const struct goroutines *goroutines);

#endif
