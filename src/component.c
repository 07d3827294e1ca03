#include "component.h"

#include "error.h"
#include "pattern.h"
#include "pool.h"
#include "tree.h"

#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

/* Names that are remembered, and how long they may be. */
enum { MOST_FOUND = 1024, LONGEST_NAME = 1024 };

static const char *
copy_string(struct pool *pool, const cJSON *object, const char *key)
{
	const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, key));

	return text != NULL ? pool_strdup(pool, text) : NULL;
}

/* The texts of a list; none where there is no list. */
static const char **
copy_list(struct pool *pool, const cJSON *object, const char *key, size_t *count)
{
	const cJSON *list = cJSON_GetObjectItemCaseSensitive(object, key), *item;
	const char **texts = pool_alloc(pool, (size_t)cJSON_GetArraySize(list) * sizeof(*texts));

	cJSON_ArrayForEach(item, list)
	{
		if (cJSON_IsString(item))
			texts[(*count)++] = pool_strdup(pool, item->valuestring);
	}
	return texts;
}

static int
read_component(struct component *component, struct pool *pool, const cJSON *object,
    struct error *err)
{
	component->expression = copy_string(pool, object, "pattern");
	component->name = copy_string(pool, object, "component");
	component->team = copy_string(pool, object, "team");
	component->about = copy_string(pool, object, "about");
	if (component->expression == NULL || component->name == NULL || component->team == NULL ||
	    component->about == NULL)
		return fail(err, "'pattern', 'component', 'team' or 'about' is missing");
	component->next_steps = copy_list(pool, object, "next_steps", &component->next_step_count);
	component->signs = copy_list(pool, object, "signs", &component->sign_count);
	return 0;
}

int
components_open(struct components *components, struct pool *pool, struct span text,
    struct error *err)
{
	cJSON *tree = tree_parse(text, err);
	const cJSON *object;
	int status = 0;

	if (tree == NULL)
		return -1;
	if (!cJSON_IsArray(tree))
		status = fail(err, "not a list of components");
	components->items =
	    pool_alloc(pool, (size_t)cJSON_GetArraySize(tree) * sizeof(*components->items));
	cJSON_ArrayForEach(object, tree)
	{
		if (status < 0)
			break;
		status = read_component(&components->items[components->count++], pool, object, err);
		if (status < 0)
			fail_while(err, "component %zu", components->count);
	}
	cJSON_Delete(tree);
	return status;
}

static void
forget_found(struct components *components)
{
	for (size_t i = 0; i < components->found_count; i++)
		free(components->found[i].function);
	components->found_count = 0;
}

void
components_close(struct components *components)
{
	forget_found(components);
	free(components->found);
	for (size_t i = 0; i < components->count; i++)
		pattern_free(components->items[i].pattern);
	*components = (struct components){0};
}

int
component_has_team(const struct component *component)
{
	return component != NULL && strchr(component->team, '@') != NULL;
}

static void
compile(struct components *components, struct component *component)
{
	struct error *err = &components->failure;

	if (component->pattern != NULL || err->msg[0] != '\0')
		return;
	component->pattern = pattern_new(component->expression, err);
	if (component->pattern == NULL)
		fail_while(err, "component %zu", (size_t)(component - components->items) + 1);
}

/* Compiles a component's pattern when it is first asked for. */
static int
matches(struct components *components, struct component *component, struct span name)
{
	compile(components, component);
	return component->pattern != NULL && pattern_matches(component->pattern, name);
}

static const struct component *
match(struct components *components, const char *function)
{
	struct span name = {function, strlen(function)};

	for (size_t i = 0; i < components->count; i++) {
		if (matches(components, &components->items[i], name))
			return &components->items[i];
	}
	return NULL;
}

/* Where the name is, or where it belongs. */
static size_t
place_of(const struct components *components, const char *function)
{
	size_t low = 0, high = components->found_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(components->found[middle].function, function) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Where there is no memory for it, the name is looked up again the next time. */
static void
remember(struct components *components, size_t at, const char *function,
    const struct component *component)
{
	struct component_found *found = components->found;
	char *copy = strdup(function);

	if (found == NULL)
		found = components->found = calloc(MOST_FOUND, sizeof(*found));
	if (found == NULL || copy == NULL) {
		free(copy);
		return;
	}
	if (components->found_count == MOST_FOUND) {
		forget_found(components);
		at = 0;
	}
	memmove(found + at + 1, found + at, (components->found_count - at) * sizeof(*found));
	found[at].function = copy;
	found[at].component = component;
	components->found_count++;
}

const struct component *
components_find(struct components *components, const char *function)
{
	const struct component *component;
	size_t at;

	if (strnlen(function, LONGEST_NAME) == LONGEST_NAME)
		return match(components, function);
	at = place_of(components, function);
	if (at < components->found_count &&
	    strcmp(components->found[at].function, function) == 0)
		return components->found[at].component;
	component = match(components, function);
	remember(components, at, function, component);
	return component;
}

int
components_compile(struct components *components, struct error *err)
{
	for (size_t i = 0; i < components->count; i++)
		compile(components, &components->items[i]);
	return components_check(components, err);
}

int
components_check(const struct components *components, struct error *err)
{
	return components->failure.msg[0] == '\0' ? 0 : fail(err, "%s", components->failure.msg);
}
