#include "model_flames.h"

#include "fields.h"
#include "pprof.h"

#include <cjson/cJSON.h>
#include <stdlib.h>

/* What is narrower than a pixel or two nobody sees, and what is deeper nobody reads. */
enum { SHARES = 1000, MOST_DEPTH = 128, MOST_NODES = 5000 };

/* Where each of the stacks, whose samples are of what, goes in a process. */
static const struct {
	const char *object, *grew, *shrank; /* shrank NULL: nothing ever does */
} places[PPROF_STACKS] = {
    [PPROF_STACKS_GROWTH] = {"heap", "growth_bytes", "shrinkage_bytes"},
    [PPROF_STACKS_CPU] = {"cpu", "cpu_ns", NULL},
};

/* What becomes of a node: its place among those that are kept, -1: none. */
struct fate {
	int place, depth;
};

static int
is_kept(const struct stacks *stacks, size_t which, const struct fate *fates, int count)
{
	const struct stacks_node *root = &stacks->nodes[0], *node = &stacks->nodes[which];
	double whole = (double)root->grew + (double)root->shrank;

	return which == 0 ||
	       (fates[node->parent].place >= 0 && fates[node->parent].depth < MOST_DEPTH &&
		   count < MOST_NODES &&
		   ((double)node->grew + (double)node->shrank) * SHARES >= whole);
}

static void
add_nodes(cJSON *flame, enum pprof_stacks which, const struct stacks *stacks)
{
	cJSON *array = cJSON_AddArrayToObject(flame, "nodes");
	struct fate *fates = calloc(stacks->count, sizeof(*fates));
	int count = 0;

	for (size_t i = 0; fates != NULL && i < stacks->count; i++) {
		const struct stacks_node *node = &stacks->nodes[i];
		cJSON *object;

		fates[i].place = -1;
		if (!is_kept(stacks, i, fates, count))
			continue;
		fates[i].place = count++;
		fates[i].depth = i > 0 ? fates[node->parent].depth + 1 : 0;
		object = fields_append(array);
		fields_add_text(object, "function", node->function);
		fields_add_integer(object, "parent", fates[node->parent].place, i > 0);
		fields_add_integer(object, places[which].grew, node->grew, 1);
		if (places[which].shrank != NULL)
			fields_add_integer(object, places[which].shrank, node->shrank, 1);
	}
	free(fates);
	fields_add_integer(flame, "left_out_count", (int64_t)stacks->count - count, 1);
}

static void
add_flame(cJSON *object, enum pprof_stacks which, const struct stacks *stacks)
{
	if (!stacks->found || stacks->nodes[0].grew + stacks->nodes[0].shrank == 0)
		cJSON_AddNullToObject(object, "flame");
	else
		add_nodes(cJSON_AddObjectToObject(object, "flame"), which, stacks);
}

void
model_flames_add_process(cJSON *object, const struct pprof_process *process)
{
	for (int i = 0; i < PPROF_STACKS; i++)
		add_flame(fields_get(object, places[i].object), i, &process->stacks[i]);
}
