#include "roster.h"

#include "builders.h"

/* Each component once, in order, wherever it stands; nobody without a team. */
static void
test_roster(void **state)
{
	static const char tree[] =
	    "[{\"heap\": {\"rows\": [{\"component\": \"b\", \"team\": \"@B\"},"
	    "{\"component\": \"a\", \"team\": \"@A\"}]}},"
	    "{\"component\": \"b\", \"team\": \"@C\"}, {\"component\": \"c\", \"team\": null},"
	    "{\"component\": null, \"team\": \"@D\"}, 7, \"x\", null]";
	cJSON *model = cJSON_Parse(tree), *roster = roster_of(model);

	(void)state;
	assert_int_equal(cJSON_GetArraySize(roster), 2);
	assert_string_equal(build_text_at(roster, "0.component"), "b");
	assert_string_equal(build_text_at(roster, "0.team"), "@B");
	assert_string_equal(build_text_at(roster, "1.component"), "a");
	cJSON_Delete(roster);
	cJSON_Delete(model);
}

static void
test_too_many(void **state)
{
	cJSON *model = cJSON_CreateArray(), *roster;
	char name[16];

	(void)state;
	for (int i = 0; i < 2 * ROSTER_MOST; i++) {
		cJSON *item = cJSON_CreateObject();

		snprintf(name, sizeof(name), "%d", i);
		cJSON_AddStringToObject(item, "component", name);
		cJSON_AddStringToObject(item, "team", "@T");
		cJSON_AddItemToArray(model, item);
	}
	roster = roster_of(model);
	assert_int_equal(cJSON_GetArraySize(roster), ROSTER_MOST);
	cJSON_Delete(roster);
	roster = roster_of(NULL);
	assert_int_equal(cJSON_GetArraySize(roster), 0);
	cJSON_Delete(roster);
	cJSON_Delete(model);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_roster),
	    cmocka_unit_test(test_too_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
