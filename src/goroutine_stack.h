/* goroutine_stack: the functions of one goroutine in a dump, read line by line.
 *
 * All its texts point into the dump. Alone knows the frames' form, which packages are Go's own,
 * and by what a wait for work is told from one for a lock. */
#ifndef FLAREPROF_GOROUTINE_STACK_H
#define FLAREPROF_GOROUTINE_STACK_H

#include "text.h"

#include <stddef.h>
#include <stdint.h>

enum { GOROUTINE_STACK_FRAMES = 12 }; /* that are kept */

/* The zero value is the stack of which nothing is read yet. Functions are without arguments. */
struct goroutine_stack {
	uint64_t hash; /* of all its functions and the creator; not of arguments and lines */
	struct span frames[GOROUTINE_STACK_FRAMES]; /* topmost first */
	size_t frame_count;
	struct span entry;	    /* the lowest one, where the goroutine began */
	struct span function;	    /* the topmost one that is not Go's own */
	struct span agent_function; /* the topmost one of the Agent's code */
	struct span creator;	    /* who started it; at is NULL for main's and the runtime's */
	int has_ended;		    /* what follows are frames of others */
};

enum goroutine_wait_kind {
	GOROUTINE_WAIT_NONE, /* runs, or waits for something else, such as for ever */
	GOROUTINE_WAIT_WORK, /* as the loops of workers do */
	GOROUTINE_WAIT_HELD, /* by another goroutine: for a lock, or to send on a channel */
};

/* Takes a line of a goroutine's block, neither its header nor indented. */
void goroutine_stack_add(struct goroutine_stack *stack, struct span line);

/* `state` is the header's, without its marks. Go before 1.20 calls a wait for a Mutex
 * semacquire, like one for a WaitGroup: then the stack tells. */
enum goroutine_wait_kind goroutine_stack_wait(
    const struct goroutine_stack *stack, struct span state);

/* Adds to a hash (FNV-1a) a text and its end. */
uint64_t goroutine_hash(uint64_t hash, struct span text);

#endif
