#include "goroutine_groups.h"

#include <stdlib.h>
#include <string.h>

enum {
	ENTRIES = 8192,	     /* pairs of a stack and a state; an Agent has some hundreds */
	SLOT_BITS = 15,	     /* four slots for each, so that few have to be looked at */
	PROBES = 64,	     /* slots that are looked at, whatever a dump was made for */
	NAME_MOST = 4 * 4096, /* bytes of a function's name */
};

/* Goroutines with the same stack in the same state. */
struct goroutine_entry {
	struct goroutine_stack stack;
	struct span state;
	int64_t count;
	int64_t longest_minutes;
};

/* Entries that are told together. */
struct sum {
	const struct goroutine_entry *first;
	struct span name;
	struct span state;   /* most frequent */
	int64_t state_count; /* of that one */
	int64_t count;
	int64_t longest_minutes;
};

/* How entries are told together, and under which name. */
struct sorting {
	int (*compare)(const void *left, const void *right); /* of two struct goroutine_entry * */
	int (*differ)(const struct goroutine_entry *a, const struct goroutine_entry *b);
	struct span (*name)(const struct goroutine_entry *entry);
};

static int
compare_texts(struct span a, struct span b)
{
	size_t len = a.len < b.len ? a.len : b.len;
	int order = len != 0 ? memcmp(a.at, b.at, len) : 0;

	return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

/* NULL where there are too many others already. */
static struct goroutine_entry *
find_entry(struct goroutine_table *table, const struct goroutine_stack *stack, struct span state)
{
	static const uint64_t spread = 0x9e3779b97f4a7c15; /* 2^64 / golden ratio */
	uint64_t at = (goroutine_hash(stack->hash, state) * spread) >> (64 - SLOT_BITS);
	struct goroutine_entry *entry;

	for (int probe = 0; probe < PROBES; probe++, at = (at + 1) % (1 << SLOT_BITS)) {
		if (table->slots[at] == 0)
			break;
		entry = &table->entries[table->slots[at] - 1];
		if (entry->stack.hash == stack->hash && compare_texts(entry->state, state) == 0)
			return entry;
	}
	if (table->slots[at] != 0 || table->count == ENTRIES)
		return NULL;
	table->entries =
	    pool_grow(&table->pool, table->entries, table->count, sizeof(*table->entries));
	entry = &table->entries[table->count++];
	table->slots[at] = (uint32_t)table->count;
	entry->stack = *stack;
	entry->state = state;
	return entry;
}

void
goroutine_table_add(struct goroutine_table *table, const struct goroutine_stack *stack,
    struct span state, int64_t minutes)
{
	struct goroutine_entry *entry;

	if (table->slots == NULL)
		table->slots =
		    pool_alloc(&table->pool, ((size_t)1 << SLOT_BITS) * sizeof(*table->slots));
	entry = find_entry(table, stack, state);
	if (entry == NULL) {
		table->untold++;
		return;
	}
	entry->count++;
	if (entry->longest_minutes < minutes)
		entry->longest_minutes = minutes;
}

void
goroutine_table_release(struct goroutine_table *table)
{
	pool_release(&table->pool);
	*table = (struct goroutine_table){0};
}

static struct span
name_of_group(const struct goroutine_entry *entry)
{
	return entry->stack.function.at != NULL ? entry->stack.function : entry->stack.entry;
}

static struct span
name_of_waiters(const struct goroutine_entry *entry)
{
	return entry->stack.agent_function.at != NULL ? entry->stack.agent_function
						      : name_of_group(entry);
}

static int
differ_in_stack(const struct goroutine_entry *a, const struct goroutine_entry *b)
{
	return (a->stack.hash > b->stack.hash) - (a->stack.hash < b->stack.hash);
}

static int
differ_in_waiter(const struct goroutine_entry *a, const struct goroutine_entry *b)
{
	return compare_texts(name_of_waiters(a), name_of_waiters(b));
}

static int
compare_stacks(const void *left, const void *right)
{
	const struct goroutine_entry *const *a = left, *const *b = right;
	int order = differ_in_stack(*a, *b);

	return order != 0 ? order : compare_texts((*a)->state, (*b)->state);
}

static int
compare_waiters(const void *left, const void *right)
{
	const struct goroutine_entry *const *a = left, *const *b = right;
	int order = differ_in_waiter(*a, *b);

	if (order == 0)
		order = compare_texts((*a)->state, (*b)->state);
	return order != 0 ? order : differ_in_stack(*a, *b);
}

static int
compare_sums(const void *left, const void *right)
{
	const struct sum *a = left, *b = right;
	int order = compare_texts(a->name, b->name);

	if (a->count != b->count)
		return a->count > b->count ? -1 : 1;
	if (order == 0)
		order = compare_texts(a->first->stack.creator, b->first->stack.creator);
	return order != 0 ? order : compare_stacks(&a->first, &b->first);
}

static void
add_to_sum(struct sum *sum, const struct goroutine_entry *entry, int64_t same_state)
{
	sum->count += entry->count;
	if (sum->longest_minutes < entry->longest_minutes)
		sum->longest_minutes = entry->longest_minutes;
	if (sum->state_count < same_state) {
		sum->state_count = same_state;
		sum->state = entry->state;
	}
}

/* Returns how many sums there are, which come largest first. */
static size_t
sum_up(struct sum *sums, const struct goroutine_entry **entries, size_t count,
    const struct sorting *sorting)
{
	size_t sum_count = 0;
	int64_t same_state = 0;

	qsort(entries, count, sizeof(*entries), sorting->compare);
	for (size_t i = 0; i < count; i++) {
		const struct goroutine_entry *entry = entries[i];
		int is_other = i == 0 || sorting->differ(entries[i - 1], entry) != 0;

		if (is_other)
			sums[sum_count++] =
			    (struct sum){.first = entry, .name = sorting->name(entry)};
		if (is_other || compare_texts(entries[i - 1]->state, entry->state) != 0)
			same_state = 0;
		same_state += entry->count;
		add_to_sum(&sums[sum_count - 1], entry, same_state);
	}
	qsort(sums, sum_count, sizeof(*sums), compare_sums);
	return sum_count;
}

/* Longer names than any real one would cost memory that a dump could multiply. */
static const char *
clean_name(struct pool *pool, struct span name)
{
	return text_clean(pool, text_start(name, NAME_MOST));
}

static void
fill_group(struct goroutine_group *group, struct pool *pool, const struct sum *sum)
{
	const struct goroutine_stack *stack = &sum->first->stack;

	group->stack = pool_alloc(pool, stack->frame_count * sizeof(*group->stack));
	group->stack_count = stack->frame_count;
	for (size_t i = 0; i < stack->frame_count; i++)
		group->stack[i] = clean_name(pool, stack->frames[i]);
	group->top = stack->frame_count != 0 ? group->stack[0] : "";
	group->function = clean_name(pool, sum->name);
	if (stack->agent_function.at != NULL)
		group->agent_function = clean_name(pool, stack->agent_function);
	if (stack->creator.at != NULL)
		group->creator = clean_name(pool, stack->creator);
	group->state = clean_name(pool, sum->state);
	group->count = sum->count;
	group->longest_minutes = sum->longest_minutes;
	group->is_idle = goroutine_stack_wait(stack, sum->state) == GOROUTINE_WAIT_WORK;
}

size_t
goroutine_groups_list(
    const struct goroutine_table *table, struct pool *pool, struct goroutine_group **groups)
{
	static const struct sorting sorting = {compare_stacks, differ_in_stack, name_of_group};
	struct pool scratch = {0};
	const struct goroutine_entry **entries =
	    pool_alloc(&scratch, table->count * sizeof(*entries));
	struct sum *sums = pool_alloc(&scratch, table->count * sizeof(*sums));
	size_t count;

	for (size_t i = 0; i < table->count; i++)
		entries[i] = &table->entries[i];
	count = sum_up(sums, entries, table->count, &sorting);
	if (count > GOROUTINE_GROUPS)
		count = GOROUTINE_GROUPS;
	*groups = pool_alloc(pool, count * sizeof(**groups));
	for (size_t i = 0; i < count; i++)
		fill_group(&(*groups)[i], pool, &sums[i]);
	pool_release(&scratch);
	return count;
}

size_t
goroutine_waiters_list(
    const struct goroutine_table *table, struct pool *pool, struct goroutine_waiters **waiters)
{
	static const struct sorting sorting = {
	    compare_waiters, differ_in_waiter, name_of_waiters};
	struct pool scratch = {0};
	const struct goroutine_entry **entries =
	    pool_alloc(&scratch, table->count * sizeof(*entries));
	struct sum *sums = pool_alloc(&scratch, table->count * sizeof(*sums));
	size_t count = 0;

	for (size_t i = 0; i < table->count; i++) {
		const struct goroutine_entry *entry = &table->entries[i];

		if (goroutine_stack_wait(&entry->stack, entry->state) == GOROUTINE_WAIT_HELD)
			entries[count++] = entry;
	}
	count = sum_up(sums, entries, count, &sorting);
	if (count > GOROUTINE_WAITERS)
		count = GOROUTINE_WAITERS;
	*waiters = pool_alloc(pool, count * sizeof(**waiters));
	for (size_t i = 0; i < count; i++)
		(*waiters)[i] = (struct goroutine_waiters){clean_name(pool, sums[i].name),
		    clean_name(pool, sums[i].state), sums[i].count, sums[i].longest_minutes};
	pool_release(&scratch);
	return count;
}
