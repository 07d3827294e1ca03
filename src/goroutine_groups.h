/* goroutine_groups: goroutines with the same stack counted together, and those that wait for a
 * lock or to send counted by function.
 *
 * A dump's size bounds neither memory nor time: only so many different stacks are told apart,
 * and a stack is the same when its hash is. */
#ifndef FLAREPROF_GOROUTINE_GROUPS_H
#define FLAREPROF_GOROUTINE_GROUPS_H

#include "goroutine_stack.h"
#include "pool.h"

#include <stdint.h>

enum {
	GOROUTINE_GROUPS = 10,	/* largest ones, that are kept */
	GOROUTINE_WAITERS = 20, /* the same */
};

/* Clean texts; functions are without arguments. */
struct goroutine_group {
	const char *function;	    /* the topmost that is not Go's own; where all are, the lowest,
				     * where the goroutines began; "" without a stack */
	const char *agent_function; /* the topmost of the Agent's code; NULL: none */
	const char *top;	    /* "" without a stack */
	const char *creator;	    /* NULL: none */
	const char *state;	    /* most frequent */
	int64_t count;
	int64_t longest_minutes; /* 0: nobody has waited for a minute */
	const char **stack;	 /* topmost first */
	size_t stack_count;	 /* GOROUTINE_STACK_FRAMES at most */
	int is_idle;		 /* they wait for work, as the loops of workers do */
};

/* Those that wait, now, for a lock or to send on a channel. */
struct goroutine_waiters {
	const char *function; /* the Agent's, else as a group's */
	const char *state;    /* most frequent */
	int64_t count;
	int64_t longest_minutes;
};

/* The goroutines of a dump, by stack and state. Its texts point into the dump, which has to live
 * as long. The zero value is empty. */
struct goroutine_table {
	struct pool pool;
	struct goroutine_entry *entries;
	size_t count;
	uint32_t *slots;  /* number of an entry, from 1 on; 0: free */
	int64_t untold;	  /* goroutines whose stacks were one too many */
};

void goroutine_table_add(struct goroutine_table *table, const struct goroutine_stack *stack,
    struct span state, int64_t minutes);
void goroutine_table_release(struct goroutine_table *table);

/* Both lists are in the pool, largest first, then by name; they return how many there are. */
size_t goroutine_groups_list(
    const struct goroutine_table *table, struct pool *pool, struct goroutine_group **groups);
size_t goroutine_waiters_list(
    const struct goroutine_table *table, struct pool *pool, struct goroutine_waiters **waiters);

#endif
