/* secret: what looks like a key or a password in a text, masked by a run of asterisks.
 *
 * The Agent scrubs most of a flare itself, but neither its profiles nor the names of its files.
 * Works on clean text (text.h): what a colour code broke in two is whole again there. Rather
 * masks too much than too little: a text that cannot be searched to its end is masked as a
 * whole. */
#ifndef FLAREPROF_SECRET_H
#define FLAREPROF_SECRET_H

struct buf;
struct pattern;
struct pool;

/* Takes the zero value. What it looks for is compiled when a text first may hold it, which in
 * a usual flare none does. */
enum { SECRET_RULES = 15 };
struct secrets {
	struct pattern *patterns[SECRET_RULES]; /* NULL: not yet needed */
};

void secrets_close(struct secrets *secrets);

/* Appends the text with all keys and passwords masked, and returns 1; of Datadog's own keys the
 * last five characters stay, which tell the customer which one it was. Leaves `out` alone and
 * returns 0 where there is nothing to mask. What is masked already stays as it is. */
int secrets_mask(struct secrets *secrets, const char *text, struct buf *out);

/* The text itself where there is nothing to mask, else a copy in the pool. */
const char *secrets_masked(struct secrets *secrets, struct pool *pool, const char *text);

#endif
