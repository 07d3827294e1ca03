#include "stacks.h"

#include "pool.h"
#include "raw.h"

#include <stdlib.h>
#include <string.h>

static int
compare_stacks(const void *a, const void *b)
{
	const struct raw_stack *left = a, *right = b;
	size_t shorter = left->count < right->count ? left->count : right->count;

	for (size_t i = 0; i < shorter; i++) {
		if (left->functions[i] != right->functions[i])
			return left->functions[i] < right->functions[i] ? -1 : 1;
	}
	return (left->count > right->count) - (left->count < right->count);
}

static size_t
add_node(struct stacks *stacks, struct pool *pool, const char *function, size_t parent)
{
	stacks->nodes = pool_grow(pool, stacks->nodes, stacks->count, sizeof(*stacks->nodes));
	stacks->nodes[stacks->count] =
	    (struct stacks_node){.function = function, .parent = parent};
	return stacks->count++;
}

/* Sorted stacks that begin alike are neighbours: `path` is the way to the last one's leaf. */
static void
grow_tree(struct stacks *stacks, struct pool *pool, struct raw *raw)
{
	struct raw_stack last = {0};
	size_t deepest = 0, *path;

	if (raw->count > 1)
		qsort(raw->stacks, raw->count, sizeof(*raw->stacks), compare_stacks);
	for (size_t i = 0; i < raw->count; i++)
		deepest = raw->stacks[i].count > deepest ? raw->stacks[i].count : deepest;
	path = pool_alloc(&raw->pool, (deepest + 1) * sizeof(*path));
	path[0] = add_node(stacks, pool, NULL, 0);
	for (size_t i = 0; i < raw->count; i++) {
		const struct raw_stack *stack = &raw->stacks[i];
		size_t same = 0;

		while (same < last.count && same < stack->count &&
		       last.functions[same] == stack->functions[same])
			same++;
		for (size_t k = same; k < stack->count; k++)
			path[k + 1] =
			    add_node(stacks, pool, raw->names[stack->functions[k]], path[k]);
		stacks->nodes[path[stack->count]].self += stack->value;
		last = *stack;
	}
}

static void
sum_up(struct stacks *stacks)
{
	for (size_t i = stacks->count; i > 0; i--) {
		struct stacks_node *node = &stacks->nodes[i - 1];

		node->grew += node->self > 0 ? node->self : 0;
		node->shrank -= node->self < 0 ? node->self : 0;
		if (i == 1)
			break;
		stacks->nodes[node->parent].grew += node->grew;
		stacks->nodes[node->parent].shrank += node->shrank;
	}
}

int
stacks_parse(struct stacks *stacks, const struct raw_reader *reader, struct pool *pool,
    const char *type, enum top_unit unit, struct span text, struct error *err)
{
	struct raw raw = {0};
	int status = raw_parse(&raw, reader, pool, type, unit, text, err);

	if (status == 0) {
		grow_tree(stacks, pool, &raw);
		sum_up(stacks);
		stacks->found = 1;
	}
	raw_release(&raw);
	return status;
}

/* What a function has by the stacks, less what it has by the report. */
struct difference {
	const char *function;
	int64_t value;
};

static int
compare_differences(const void *a, const void *b)
{
	const struct difference *left = a, *right = b;

	return strcmp(left->function, right->function);
}

int
stacks_agree(const struct stacks *stacks, const struct top *top)
{
	struct pool pool = {0};
	struct difference *all =
	    pool_alloc(&pool, (stacks->count + top->count) * sizeof(*all));
	size_t count = 0;
	int agree = 1;

	for (size_t i = 1; i < stacks->count; i++)
		all[count++] =
		    (struct difference){stacks->nodes[i].function, stacks->nodes[i].self};
	for (size_t i = 0; i < top->count; i++)
		all[count++] = (struct difference){top->rows[i].function, -top->rows[i].flat};
	if (count > 1)
		qsort(all, count, sizeof(*all), compare_differences);
	for (size_t i = 0; i < count && agree; i++) {
		if (i + 1 < count && strcmp(all[i].function, all[i + 1].function) == 0)
			all[i + 1].value += all[i].value;
		else
			agree = all[i].value == 0;
	}
	pool_release(&pool);
	return agree;
}
