#include "locks.h"

#include "pool.h"

#include <stdlib.h>
#include <string.h>

/* "pkg.(*T).method.func1" -> "pkg.(*T)"; "pkg.function.func1" -> "pkg.function". */
static const char *
code_of(struct pool *pool, const char *function)
{
	const char *slash = strrchr(function, '/'), *at = slash != NULL ? slash : function;
	const char *type = strstr(at, ".("), *end;

	if (type != NULL) {
		end = strstr(type, ").");
		end = end != NULL ? end + 1 : NULL;
	} else {
		end = strchr(at, '.');
		end = end != NULL ? strchr(end + 1, '.') : NULL;
	}
	return end != NULL ? pool_strndup(pool, function, (size_t)(end - function)) : function;
}

/* NULL when there are too many. */
static struct locks_site *
site_of(struct locks *locks, struct pool *pool, const char *function)
{
	const char *code = code_of(pool, function);

	for (size_t i = 0; i < locks->count; i++) {
		if (strcmp(locks->sites[i].code, code) == 0)
			return &locks->sites[i];
	}
	if (locks->count == LOCKS_MOST)
		return NULL;
	locks->sites = pool_grow(pool, locks->sites, locks->count, sizeof(*locks->sites));
	locks->sites[locks->count] = (struct locks_site){.code = code, .function = function};
	return &locks->sites[locks->count++];
}

static void
add_held(struct locks_site *site, const struct top_row *row)
{
	site->held_ns += row->flat;
	if (row->flat <= site->most_held_ns)
		return;
	site->most_held_ns = row->flat;
	site->held_by = row->function;
}

static void
add_waited(struct locks_site *site, const struct top_row *row)
{
	site->waited_ns += row->flat;
	if (row->flat <= site->most_waited_ns)
		return;
	site->most_waited_ns = row->flat;
	site->waited_in = row->function;
}

static void
add_rows(struct locks *locks, struct pool *pool, const struct top *top,
    void (*take)(struct locks_site *site, const struct top_row *row))
{
	for (size_t i = 0; top->found && i < top->count; i++) {
		struct locks_site *site =
		    top->rows[i].flat > 0 ? site_of(locks, pool, top->rows[i].function) : NULL;

		if (site != NULL)
			take(site, &top->rows[i]);
	}
}

static void
add_waiting(struct locks *locks, struct pool *pool, const struct goroutine_waiters *waiters)
{
	struct locks_site *site = site_of(locks, pool, waiters->function);

	if (site == NULL)
		return;
	site->waiting += waiters->count;
	if (waiters->longest_minutes > site->longest_minutes)
		site->longest_minutes = waiters->longest_minutes;
	if (waiters->count <= site->most_waiting)
		return;
	site->most_waiting = waiters->count;
	site->waiting_in = waiters->function;
}

static int64_t
delay_of(const struct locks_site *site)
{
	return site->held_ns > site->waited_ns ? site->held_ns : site->waited_ns;
}

static int
worst_first(const void *left, const void *right)
{
	const struct locks_site *a = left, *b = right;

	if (delay_of(a) != delay_of(b))
		return delay_of(a) > delay_of(b) ? -1 : 1;
	if (a->waiting != b->waiting)
		return a->waiting > b->waiting ? -1 : 1;
	return strcmp(a->code, b->code);
}

void
locks_join(struct locks *locks, struct pool *pool, const struct pprof_process *process,
    const struct goroutines *goroutines)
{
	*locks = (struct locks){0};
	add_rows(locks, pool, &process->tops[PPROF_MUTEX_AGENT], add_held);
	add_rows(locks, pool, &process->tops[PPROF_BLOCK_AGENT], add_waited);
	for (size_t i = 0; goroutines != NULL && i < goroutines->waiting_count; i++)
		add_waiting(locks, pool, &goroutines->waiting[i]);
	if (locks->count > 1)
		qsort(locks->sites, locks->count, sizeof(*locks->sites), worst_first);
}
