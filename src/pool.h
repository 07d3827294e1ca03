/* pool: the memory of one run; everything in it is freed together.
 *
 * Each block is a malloc of its own, so that the sanitizers keep its edges.
 * Running out of memory ends the program: no caller could go on. */
#ifndef FLAREPROF_POOL_H
#define FLAREPROF_POOL_H

#include <stddef.h>

struct pool_block;
struct pool {
	struct pool_block *blocks;
};

void pool_release(struct pool *pool);

/* Zeroed memory. */
void *pool_alloc(struct pool *pool, size_t size);
char *pool_strdup(struct pool *pool, const char *text);
char *pool_strndup(struct pool *pool, const char *text, size_t len);
char *pool_printf(struct pool *pool, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Room for one more item of `size` bytes behind the `count` items of `items`: returns the
 * array, perhaps moved, with the new item zeroed. The array must grow by this call alone. */
void *pool_grow(struct pool *pool, void *items, size_t count, size_t size);

#endif
