#include "roster.h"

#include <cjson/cJSON.h>
#include <string.h>

static const char *
text_of(const cJSON *object, const char *key)
{
	return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, key));
}

static int
is_listed(const cJSON *roster, const char *component)
{
	const cJSON *item;

	cJSON_ArrayForEach(item, roster)
	{
		if (strcmp(text_of(item, "component"), component) == 0)
			return 1;
	}
	return 0;
}

static void
collect(cJSON *roster, const cJSON *tree)
{
	const char *component = text_of(tree, "component"), *team = text_of(tree, "team");
	const cJSON *child;
	cJSON *item;

	if (component != NULL && team != NULL && !is_listed(roster, component) &&
	    cJSON_GetArraySize(roster) < ROSTER_MOST) {
		item = cJSON_CreateObject();
		cJSON_AddStringToObject(item, "component", component);
		cJSON_AddStringToObject(item, "team", team);
		cJSON_AddItemToArray(roster, item);
	}
	cJSON_ArrayForEach(child, tree)
	{
		if (cJSON_IsObject(child) || cJSON_IsArray(child))
			collect(roster, child);
	}
}

cJSON *
roster_of(const cJSON *tree)
{
	cJSON *roster = cJSON_CreateArray();

	collect(roster, tree);
	return roster;
}
