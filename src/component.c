#include "component.h"

#include "error.h"
#include "pattern.h"
#include "pool.h"
#include "tree.h"

#include <cjson/cJSON.h>
#include <string.h>

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

void
components_close(struct components *components)
{
	for (size_t i = 0; i < components->count; i++)
		pattern_free(components->items[i].pattern);
	*components = (struct components){0};
}

int
component_has_team(const struct component *component)
{
	return component != NULL && strchr(component->team, '@') != NULL;
}

/* Compiles a component's pattern when it is first asked for: of a hundred few ever are. */
static int
matches(struct components *components, struct component *component, struct span name)
{
	struct error *err = &components->failure;

	if (component->pattern == NULL && err->msg[0] == '\0') {
		component->pattern = pattern_new(component->expression, err);
		if (component->pattern == NULL)
			fail_while(err, "component %zu",
			    (size_t)(component - components->items) + 1);
	}
	return component->pattern != NULL && pattern_matches(component->pattern, name);
}

const struct component *
components_find(struct components *components, const char *function)
{
	struct span name = {function, strlen(function)};

	for (size_t i = 0; i < components->count; i++) {
		if (matches(components, &components->items[i], name))
			return &components->items[i];
	}
	return NULL;
}

int
components_check(const struct components *components, struct error *err)
{
	return components->failure.msg[0] == '\0' ? 0 : fail(err, "%s", components->failure.msg);
}
