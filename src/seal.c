#include "seal.h"

#include "buf.h"
#include "secret.h"
#include "text.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SHORT = 100, HOSTNAME = 253, NAME = 200, MESSAGE = 500, LONG = 4096, SEARCHED = 4 * LONG };

/* How many characters of a text are kept, by its key. */
static const struct limit {
	const char *key;  /* NULL: any other */
	const char *what; /* the gap's */
	size_t most;
} limits[] = {
    {"hostname", "hostname", HOSTNAME},
    {"version", "versions", SHORT},
    {"flavor", "flavor of the Agent", SHORT},
    {"go_version", "version of Go", SHORT},
    {"python_version", "version of Python", SHORT},
    {"tool", "install method", SHORT},
    {"tool_version", "install method", SHORT},
    {"installer_version", "install method", SHORT},
    {"state", "states of goroutines", SHORT},
    {"states", "states of goroutines", SHORT},
    {"name", "names of checks", NAME},
    {"message", "messages of checks", MESSAGE},
    {"function", "names of functions", LONG},
    {"agent_function", "names of functions", LONG},
    {"creator", "names of functions", LONG},
    {"held_by", "names of functions", LONG},
    {"waited_in", "names of functions", LONG},
    {"waiting_in", "names of functions", LONG},
    {"code", "names of functions", LONG},
    {"busiest", "names of checks", NAME},
    {"detail", "context", MESSAGE},
    {"stack", "names of functions", LONG},
    {NULL, "texts of the flare", LONG},
};
enum { LIMITS = sizeof(limits) / sizeof(limits[0]) };

struct sealing {
	struct secrets *secrets;
	int cut[LIMITS];
};

static const struct limit *
find_limit(const char *key)
{
	const struct limit *limit = limits;

	while (limit->key != NULL && (key == NULL || strcmp(limit->key, key) != 0))
		limit++;
	return limit;
}

static void
replace(char **string, const struct buf *text)
{
	char *copy = cJSON_malloc(text->len + 1);

	if (copy == NULL)
		abort();
	memcpy(copy, buf_text(text), text->len + 1);
	cJSON_free(*string);
	*string = copy;
}

/* A string that cJSON owns. */
static void
mask(struct sealing *sealing, char **string)
{
	struct buf masked = {0};

	if (secrets_mask(sealing->secrets, *string, &masked))
		replace(string, &masked);
	buf_release(&masked);
}

/* Masked before it is cut: of half a key nobody could tell that it is one. What is searched is
 * bounded too, and does not end within a key. */
static void
mask_and_cut(struct sealing *sealing, char **string, const char *key)
{
	const struct limit *limit = find_limit(key);
	struct buf cut = {0};

	sealing->cut[limit - limits] |= text_width(*string) > limit->most;
	(*string)[text_start((struct span){*string, strlen(*string)}, SEARCHED).len] = '\0';
	mask(sealing, string);
	if (text_width(*string) > limit->most) {
		text_add_short(&cut, *string, limit->most);
		replace(string, &cut);
	}
	buf_release(&cut);
}

/* `key` is that of what the string belongs to. */
static void
seal_string(struct sealing *sealing, char **string, const char *key)
{
	struct span text = {*string, strlen(*string)};
	struct buf clean = {0};

	if (!text_is_plain(text)) {
		text_add_clean(&clean, text);
		replace(string, &clean);
		text.len = clean.len;
	}
	if (text.len > SHORT)
		mask_and_cut(sealing, string, key);
	else
		mask(sealing, string);
	buf_release(&clean);
}

/* An item whose key became that of an earlier one is taken for the same. */
static void
merge(cJSON *object, cJSON *item)
{
	cJSON *first = cJSON_GetObjectItemCaseSensitive(object, item->string);

	if (first == item)
		return;
	if (cJSON_IsNumber(first) && cJSON_IsNumber(item))
		cJSON_SetNumberValue(first, first->valuedouble + item->valuedouble);
	cJSON_Delete(cJSON_DetachItemViaPointer(object, item));
}

/* Goes into itself as deep as a model is. */
static void
seal_tree(struct sealing *sealing, cJSON *tree, const char *key)
{
	cJSON *item = tree->child, *next;

	if (cJSON_IsString(tree))
		seal_string(sealing, &tree->valuestring, key);
	for (; item != NULL; item = next) {
		next = item->next;
		if (item->string != NULL)
			seal_string(sealing, &item->string, key);
		seal_tree(sealing, item, item->string != NULL ? item->string : key);
		if (item->string != NULL)
			merge(tree, item);
	}
}

static void
add_gap(cJSON *gaps, const struct limit *limit)
{
	cJSON *gap = cJSON_CreateObject();
	char why[80];

	snprintf(why, sizeof(why), "longer than %zu characters: cut",
	    limit->most);
	cJSON_AddStringToObject(gap, "what", limit->what);
	cJSON_AddStringToObject(gap, "why", why);
	cJSON_AddItemToArray(gaps, gap);
}

void
seal(cJSON *model, struct secrets *secrets)
{
	struct sealing sealing = {.secrets = secrets};
	cJSON *gaps = cJSON_GetObjectItemCaseSensitive(model, "gaps"), *part;

	cJSON_ArrayForEach(part, model)
	{
		if (strcmp(part->string, "case") != 0)
			seal_tree(&sealing, part, part->string);
	}
	for (size_t i = 0; i < LIMITS; i++) {
		/* What has several keys is told once. */
		if (i + 1 < LIMITS && strcmp(limits[i].what, limits[i + 1].what) == 0)
			sealing.cut[i + 1] |= sealing.cut[i];
		else if (sealing.cut[i])
			add_gap(gaps, &limits[i]);
	}
}
