#include "model_flames.h"

#include "builders.h"
#include "fields.h"

/* A process of the model with the trees of these nodes; the caller deletes it. */
static cJSON *
process_with(struct stacks_node *growth, size_t growth_count, struct stacks_node *cpu, size_t cpu_count)
{
	struct pprof_process process = {0};
	cJSON *object = cJSON_CreateObject();

	process.stacks[PPROF_STACKS_GROWTH] =
	    (struct stacks){.found = growth_count > 0, .nodes = growth, .count = growth_count};
	process.stacks[PPROF_STACKS_CPU] =
	    (struct stacks){.found = cpu_count > 0, .nodes = cpu, .count = cpu_count};
	cJSON_AddObjectToObject(object, "heap");
	cJSON_AddObjectToObject(object, "cpu");
	model_flames_add_process(object, &process);
	return object;
}

static char *
flame_of(const cJSON *process, const char *part)
{
	return cJSON_PrintUnformatted(fields_get(fields_get(process, part), "flame"));
}

static void
check(const cJSON *process, const char *part, const char *expected)
{
	char *text = flame_of(process, part);

	assert_string_equal(text, expected);
	free(text);
}

static void
test_both(void **state)
{
	struct stacks_node growth[] = {
	    {NULL, 0, 0, 7, 3}, {"a", 0, 7, 7, 0}, {"b", 0, -3, 0, 3}};
	struct stacks_node cpu[] = {{NULL, 0, 0, 9, 0}, {"m", 0, 4, 9, 0}, {"f", 1, 5, 5, 0}};
	cJSON *process = process_with(growth, 3, cpu, 3);

	(void)state;
	check(process, "heap",
	    "{\"nodes\":[{\"function\":null,\"parent\":null,\"growth_bytes\":7,\"shrinkage_bytes\":3},"
	    "{\"function\":\"a\",\"parent\":0,\"growth_bytes\":7,\"shrinkage_bytes\":0},"
	    "{\"function\":\"b\",\"parent\":0,\"growth_bytes\":0,\"shrinkage_bytes\":3}],"
	    "\"left_out_count\":0}");
	check(process, "cpu",
	    "{\"nodes\":[{\"function\":null,\"parent\":null,\"cpu_ns\":9},"
	    "{\"function\":\"m\",\"parent\":0,\"cpu_ns\":9},"
	    "{\"function\":\"f\",\"parent\":1,\"cpu_ns\":5}],\"left_out_count\":0}");
	cJSON_Delete(process);
}

/* What is too narrow to be seen is left out with all that is below it; the rest keeps its parents. */
static void
test_narrow(void **state)
{
	struct stacks_node cpu[] = {{NULL, 0, 0, 10000, 0}, {"thin", 0, 0, 9, 0},
	    {"below", 1, 9, 9, 0}, {"m", 0, 0, 9991, 0}, {"f", 3, 9981, 9981, 0},
	    {"just", 3, 10, 10, 0}};
	cJSON *process = process_with(NULL, 0, cpu, 6);

	(void)state;
	check(process, "cpu",
	    "{\"nodes\":[{\"function\":null,\"parent\":null,\"cpu_ns\":10000},"
	    "{\"function\":\"m\",\"parent\":0,\"cpu_ns\":9991},"
	    "{\"function\":\"f\",\"parent\":1,\"cpu_ns\":9981},"
	    "{\"function\":\"just\",\"parent\":1,\"cpu_ns\":10}],\"left_out_count\":2}");
	check(process, "heap", "null");
	cJSON_Delete(process);
}

/* Without samples there is nothing to draw. */
static void
test_empty(void **state)
{
	struct stacks_node root = {NULL, 0, 0, 0, 0};
	cJSON *process = process_with(&root, 1, &root, 1);

	(void)state;
	check(process, "heap", "null");
	check(process, "cpu", "null");
	cJSON_Delete(process);
}

static void
test_deep(void **state)
{
	enum { DEEP = 10000 };
	struct stacks_node *nodes = calloc(DEEP, sizeof(*nodes));
	cJSON *process, *flame;

	(void)state;
	for (size_t i = 0; i < DEEP; i++)
		nodes[i] = (struct stacks_node){i > 0 ? "f" : NULL, i > 0 ? i - 1 : 0, 0, 5, 0};
	process = process_with(NULL, 0, nodes, DEEP);
	flame = fields_get(fields_get(process, "cpu"), "flame");
	assert_int_equal(cJSON_GetArraySize(fields_get(flame, "nodes")), 129);
	assert_int_equal(fields_number(flame, "left_out_count"), DEEP - 129);
	cJSON_Delete(process);
	free(nodes);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_both),
	    cmocka_unit_test(test_narrow),
	    cmocka_unit_test(test_empty),
	    cmocka_unit_test(test_deep),
	};

	return cmocka_run_group_tests_name("model_flames", tests, NULL, NULL);
}
