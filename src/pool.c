#include "pool.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct pool_block {
	struct pool_block *next;
	max_align_t bytes[];
};

void
pool_release(struct pool *pool)
{
	struct pool_block *block = pool->blocks, *next;

	for (; block != NULL; block = next) {
		next = block->next;
		free(block);
	}
	pool->blocks = NULL;
}

void *
pool_alloc(struct pool *pool, size_t size)
{
	struct pool_block *block = NULL;

	if (size < SIZE_MAX / 2)
		block = calloc(1, sizeof(*block) + size);
	if (block == NULL) {
		fputs("flareprof: out of memory\n", stderr);
		exit(1);
	}
	block->next = pool->blocks;
	pool->blocks = block;
	return block->bytes;
}

char *
pool_strndup(struct pool *pool, const char *text, size_t len)
{
	char *copy = pool_alloc(pool, len + 1);

	memcpy(copy, text, len);
	return copy;
}

char *
pool_strdup(struct pool *pool, const char *text)
{
	return pool_strndup(pool, text, strlen(text));
}

char *
pool_printf(struct pool *pool, const char *fmt, ...)
{
	va_list ap, again;
	char *text;
	int len;

	va_start(ap, fmt);
	va_copy(again, ap);
	len = vsnprintf(NULL, 0, fmt, ap);
	text = pool_alloc(pool, (size_t)(len < 0 ? 0 : len) + 1);
	if (len > 0)
		vsnprintf(text, (size_t)len + 1, fmt, again);
	va_end(again);
	va_end(ap);
	return text;
}

void *
pool_grow(struct pool *pool, void *items, size_t count, size_t size)
{
	size_t room = 8;
	void *moved;

	if (count != 0 && (count < 8 || (count & (count - 1)) != 0))
		return items;
	if (count >= 8)
		room = count * 2;
	moved = pool_alloc(pool, room * size);
	if (count != 0)
		memcpy(moved, items, count * size);
	return moved;
}
