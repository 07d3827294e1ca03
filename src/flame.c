#include "flame.h"

#include "callers.h"
#include "fields.h"
#include "units.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROW = 18, SHADES = 4 };

/* A node while it is laid out. */
struct box {
	cJSON *node;
	size_t number, parent; /* of the root, itself */
	int depth;
	double grew, shrank; /* in the unit of the profile */
	double x, width;     /* shares of the whole */
	double taken;	     /* of its width, by those below that have their place */
};

static double
weight(const struct box *box)
{
	return box->grew + box->shrank;
}

/* Children of one parent are together, the largest first; parents come before their children. */
static int
compare_boxes(const void *a, const void *b)
{
	const struct box *left = *(struct box *const *)a, *right = *(struct box *const *)b;

	if (left->depth != right->depth)
		return left->depth < right->depth ? -1 : 1;
	if (left->parent != right->parent)
		return left->parent < right->parent ? -1 : 1;
	if (weight(left) != weight(right))
		return weight(left) > weight(right) ? -1 : 1;
	return left->number < right->number ? -1 : 1;
}

static int
read_boxes(cJSON *nodes, struct box *boxes, struct box **order)
{
	size_t i = 0;
	int deepest = 0;
	cJSON *node;

	cJSON_ArrayForEach(node, nodes)
	{
		struct box *box = &boxes[i];
		double cpu = fields_number(node, "cpu_ns");

		*box = (struct box){.node = node, .number = i};
		box->parent = i > 0 ? (size_t)fields_number(node, "parent") : 0;
		box->depth = i > 0 ? boxes[box->parent].depth + 1 : 0;
		box->grew = cpu + fields_number(node, "growth_bytes");
		box->shrank = fields_number(node, "shrinkage_bytes");
		deepest = box->depth > deepest ? box->depth : deepest;
		order[i++] = box;
	}
	return deepest;
}

static void
put_share(cJSON *node, const char *key, double share)
{
	char text[32];

	snprintf(text, sizeof(text), "%.4f", 100 * share);
	cJSON_AddStringToObject(node, key, text);
}

/* What it is painted as: of a difference, how much of it is growth (redder) or shrinkage (bluer);
 * else whose code it is. */
static void
put_fill(const struct box *box, int differs)
{
	const char *function = fields_text(box->node, "function");
	double balance = (box->grew - box->shrank) / weight(box);
	char fill[32];

	if (!differs) {
		snprintf(fill, sizeof(fill), "%s",
		    box->number == 0			   ? "root"
		    : callers_is_agent(function)	   ? "agent"
		    : strncmp(function, "runtime.", 8) == 0 ? "runtime"
							   : "library");
	} else {
		int shade = (int)lround(fabs(balance) * SHADES);

		snprintf(fill, sizeof(fill), shade == 0 ? "even" : balance > 0 ? "grew%d" : "shrank%d",
		    shade);
	}
	cJSON_AddStringToObject(box->node, "fill", fill);
}

static void
place(struct box *boxes, struct box *box)
{
	struct box *parent = &boxes[box->parent];

	box->width = weight(box) / weight(&boxes[0]);
	if (box->number > 0) {
		box->x = parent->x + parent->taken;
		parent->taken += box->width;
	}
}

static void
describe(const struct box *box, int differs)
{
	char share[UNITS_TEXT];

	put_share(box->node, "x_percent", box->x);
	put_share(box->node, "width_percent", box->width);
	cJSON_AddNumberToObject(box->node, "y", box->depth * ROW);
	cJSON_AddBoolToObject(box->node, "root", box->number == 0);
	units_percent(share, 100 * box->width);
	cJSON_AddStringToObject(box->node, "share_human", share);
	put_fill(box, differs);
}

void
flame_lay_out(cJSON *flame)
{
	cJSON *nodes = fields_get(flame, "nodes");
	size_t count = nodes != NULL ? (size_t)cJSON_GetArraySize(nodes) : 0;
	struct box *boxes = calloc(count + 1, sizeof(*boxes));
	struct box **order = calloc(count + 1, sizeof(struct box *));
	int differs, deepest;

	if (boxes == NULL || order == NULL || count == 0)
		goto out;
	differs = fields_get(nodes->child, "growth_bytes") != NULL;
	deepest = read_boxes(nodes, boxes, order);
	qsort(order, count, sizeof(struct box *), compare_boxes);
	for (size_t i = 0; i < count; i++)
		place(boxes, order[i]);
	for (size_t i = 0; i < count; i++)
		describe(&boxes[i], differs);
	cJSON_AddNumberToObject(flame, "height", (deepest + 1) * ROW);
	cJSON_AddBoolToObject(flame, "any_shrinkage", boxes[0].shrank > 0);
	cJSON_AddItemReferenceToObject(flame, "root", nodes->child);
out:
	free(order);
	free(boxes);
}
