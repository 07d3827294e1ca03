#include "labels.h"

#include "pool.h"

#include <stdlib.h>
#include <string.h>

static const struct {
	enum pprof_report report;
	const char *label;
	int is_check;
} kinds[] = {
    {PPROF_CPU_CHECKS, "check_id", 1},
    {PPROF_CPU_MODULES, "module", 0},
};

/* The name of a check is what its id begins with: "postgres:2d1f0c6e55a2b9aa". */
static const char *
name_of(struct pool *pool, const char *value, int is_check)
{
	return is_check ? pool_strndup(pool, value, strcspn(value, ":")) : value;
}

static struct labels_share *
find_share(struct labels *labels, const char *name)
{
	for (size_t i = 0; i < labels->count; i++) {
		if (strcmp(labels->shares[i].name, name) == 0)
			return &labels->shares[i];
	}
	return NULL;
}

/* Of too many the last ones are taken together. */
static struct labels_share *
share_named(struct labels *labels, struct pool *pool, const char *name)
{
	struct labels_share *share = find_share(labels, name);

	if (share == NULL && labels->count >= LABELS_MOST - 1) {
		name = "other";
		share = labels->count == LABELS_MOST ? &labels->shares[LABELS_MOST - 1]
						     : find_share(labels, name);
	}
	if (share != NULL)
		return share;
	labels->shares =
	    pool_grow(pool, labels->shares, labels->count, sizeof(*labels->shares));
	labels->shares[labels->count].name = name;
	return &labels->shares[labels->count++];
}

static const struct check *
check_named(const struct checks *checks, const char *name)
{
	for (size_t i = 0; i < checks->count; i++) {
		if (strcmp(checks->items[i].name, name) == 0)
			return &checks->items[i];
	}
	return NULL;
}

static int
by_time(const void *left, const void *right)
{
	const struct labels_share *a = left, *b = right;

	if (a->cpu_ns != b->cpu_ns)
		return a->cpu_ns > b->cpu_ns ? -1 : 1;
	return strcmp(a->name, b->name);
}

/* Each stack ends in its label's value, which therefore has all of its time. */
static int
has_labels(const struct top *top)
{
	for (size_t i = 0; top->found && i < top->count; i++) {
		if (top->rows[i].flat > 0 && strcmp(top->rows[i].function, PPROF_UNLABELLED) != 0)
			return 1;
	}
	return 0;
}

static void
add_row(struct labels *labels, struct pool *pool, const struct top_row *row, int is_check)
{
	double percent = 100.0 * (double)row->flat / (double)labels->total_ns;
	struct labels_share *share;

	if (row->flat <= 0 || strcmp(row->function, PPROF_UNLABELLED) == 0)
		return;
	labels->unlabelled_ns -= row->flat;
	share = share_named(labels, pool, name_of(pool, row->function, is_check));
	share->cpu_ns += row->flat;
	share->percent += percent;
	share->labelled++;
	if (share->busiest == NULL || percent > share->busiest_percent) {
		share->busiest = row->function;
		share->busiest_percent = percent;
	}
}

void
labels_of(struct labels *labels, struct pool *pool, const struct pprof_process *process,
    const struct checks *checks)
{
	*labels = (struct labels){0};
	for (size_t kind = 0; kind < sizeof(kinds) / sizeof(kinds[0]); kind++) {
		const struct top *top = &process->tops[kinds[kind].report];

		if (labels->label != NULL || !has_labels(top))
			continue;
		labels->label = kinds[kind].label;
		labels->command = top->command;
		labels->total_ns = labels->unlabelled_ns = top->total;
		for (size_t i = 0; i < top->count; i++)
			add_row(labels, pool, &top->rows[i], kinds[kind].is_check);
		for (size_t i = 0; kinds[kind].is_check && i < labels->count; i++)
			labels->shares[i].check = check_named(checks, labels->shares[i].name);
	}
	if (labels->total_ns > 0)
		labels->unlabelled_percent =
		    100.0 * (double)labels->unlabelled_ns / (double)labels->total_ns;
	if (labels->count > 1)
		qsort(labels->shares, labels->count, sizeof(*labels->shares), by_time);
}

int
labels_are_checks(const struct labels *labels)
{
	return labels->label != NULL && strcmp(labels->label, kinds[0].label) == 0;
}

const struct labels_share *
labels_dominating(const struct labels *labels, double percent)
{
	return labels->count > 0 && labels->shares[0].percent > percent ? &labels->shares[0] : NULL;
}
