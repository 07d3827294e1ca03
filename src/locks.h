/* locks: who holds, who waited, who waits now, for the same piece of the Agent's code. Pure.
 *
 * The mutex profile names the function that let go of a lock, the block profile the one that waited
 * for it, the goroutine dump those that wait at this moment: methods of one type, mostly. */
#ifndef FLAREPROF_LOCKS_H
#define FLAREPROF_LOCKS_H

#include "goroutines.h"
#include "pprof.h"

struct pool;

enum { LOCKS_MOST = 100 }; /* sites that are told apart */

/* A type, or a function that is no method. */
struct locks_site {
	const char *code;      /* ".../comp/core/x.(*store)", ".../pkg/y.function" */
	const char *function;  /* one of the Agent's functions there */
	const char *held_by;   /* the function that held most; NULL: none did */
	const char *waited_in; /* the function that waited most */
	const char *waiting_in; /* the function in which most wait now */
	int64_t held_ns, waited_ns;
	int64_t waiting, longest_minutes; /* goroutines that wait now, and how long */
	int64_t most_held_ns, most_waited_ns, most_waiting; /* of those three functions */
};

struct locks {
	struct locks_site *sites; /* the longest delay first, then the most that wait */
	size_t count;
};

/* `goroutines` are those of the process, or NULL. */
void locks_join(struct locks *locks, struct pool *pool, const struct pprof_process *process,
    const struct goroutines *goroutines);

#endif
