/* stacks: the stacks of a profile (raw.h) as a call tree.
 *
 * A tree is accepted only when it says the same as the `top` report of these samples, to the byte
 * (stacks_agree). */
#ifndef FLAREPROF_STACKS_H
#define FLAREPROF_STACKS_H

#include "top.h"

struct raw_reader;

/* A function below all its callers. */
struct stacks_node {
	const char *function; /* clean text; NULL for the root, which is above all */
	size_t parent;	      /* is in front of it in the array; the root's own is 0 */
	int64_t self;	      /* of the stacks that end in it */
	/* Of it and all below: what stacks grew by, and shrank by. Without a difference of
	 * profiles nothing shrank. */
	int64_t grew, shrank;
};

struct stacks {
	int found;
	const char *why; /* it was asked for, and could not be had; else NULL */
	struct stacks_node *nodes; /* each in front of all below it; the root first */
	size_t count;	 /* 1 at least, once found */
};

/* Reads a text as raw_parse does. Fills in nothing when it fails. */
int stacks_parse(struct stacks *stacks, const struct raw_reader *reader, struct pool *pool,
    const char *type, enum top_unit unit, struct span text, struct error *err);

/* 1 when what ends in each function is what the report says of it. */
int stacks_agree(const struct stacks *stacks, const struct top *top);

#endif
