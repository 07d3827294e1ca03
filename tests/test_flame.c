#include "flame.h"

#include "builders.h"
#include "decorate.h"
#include "fields.h"

#include <math.h>

/* A flame of the model, laid out. */
static cJSON *
laid_out(const char *nodes)
{
	struct buf text = {0};
	cJSON *flame;

	buf_puts(&text, "{\"nodes\": [");
	buf_puts(&text, nodes);
	buf_puts(&text, "]}");
	flame = cJSON_Parse(buf_text(&text));
	assert_non_null(flame);
	buf_release(&text);
	decorate(flame);
	flame_lay_out(flame);
	return flame;
}

#define CPU(function, parent, ns)                                                              \
	"{\"function\": " function ", \"parent\": " parent ", \"cpu_ns\": " ns "}"
#define HEAP(function, parent, grew, shrank)                                                   \
	"{\"function\": " function ", \"parent\": " parent ", \"growth_bytes\": " grew         \
	", \"shrinkage_bytes\": " shrank "}"

struct expected {
	const char *x, *width, *fill;
	int y;
};

static void
check(const cJSON *flame, const struct expected *expected, size_t count)
{
	const cJSON *nodes = fields_get(flame, "nodes");

	assert_int_equal(cJSON_GetArraySize(nodes), count);
	for (size_t i = 0; i < count; i++) {
		const cJSON *node = cJSON_GetArrayItem(nodes, (int)i);

		if (strcmp(fields_text(node, "x_percent"), expected[i].x) != 0 ||
		    strcmp(fields_text(node, "width_percent"), expected[i].width) != 0 ||
		    strcmp(fields_text(node, "fill"), expected[i].fill) != 0 ||
		    (int)fields_number(node, "y") != expected[i].y)
			fail_msg("node %zu: x %s width %s fill %s y %g", i,
			    fields_text(node, "x_percent"), fields_text(node, "width_percent"),
			    fields_text(node, "fill"), fields_number(node, "y"));
	}
}

/* The largest is on the left; whose code it is tells the colour. */
static void
test_cpu(void **state)
{
	static const struct expected expected[] = {
	    {"0.0000", "100.0000", "root", 0},
	    {"75.0000", "25.0000", "runtime", 18},
	    {"75.0000", "12.5000", "library", 36},
	    {"0.0000", "75.0000", "agent", 18},
	    {"50.0000", "25.0000", "library", 36},
	    {"0.0000", "50.0000", "agent", 36},
	};
	cJSON *flame = laid_out(CPU("null", "null", "800") "," CPU("\"runtime.mcall\"", "0", "200") ","
	    CPU("\"a.A\"", "1", "100") "," CPU("\"" SAMPLER "\"", "0", "600") ","
	    CPU("\"runtime2.f\"", "3", "200") "," CPU("\"" FLUSH "\"", "3", "400"));

	(void)state;
	check(flame, expected, BUILD_COUNT(expected));
	assert_int_equal(fields_number(flame, "height"), 3 * 18);
	assert_true(cJSON_IsFalse(fields_get(flame, "any_shrinkage")));
	assert_string_equal(
	    fields_text(cJSON_GetArrayItem(fields_get(flame, "nodes"), 3), "share_human"), "75.0%");
	cJSON_Delete(flame);
}

/* Growth and shrinkage both take room; which there is more of is seen in the colour. */
static void
test_difference(void **state)
{
	static const struct expected expected[] = {
	    {"0.0000", "100.0000", "even", 0},
	    {"0.0000", "50.0000", "grew4", 18},
	    {"50.0000", "50.0000", "shrank4", 18},
	    {"50.0000", "50.0000", "shrank4", 36},
	};
	static const struct expected mixed[] = {
	    {"0.0000", "100.0000", "grew2", 0},
	    {"0.0000", "75.0000", "grew4", 18},
	    {"75.0000", "25.0000", "shrank4", 18},
	};
	static const struct expected little[] = {{"0.0000", "100.0000", "shrank1", 0}};
	cJSON *flame = laid_out(HEAP("null", "null", "64", "64") "," HEAP("\"a\"", "0", "64", "0") ","
	    HEAP("\"b\"", "0", "0", "64") "," HEAP("\"c\"", "2", "0", "64"));

	(void)state;
	check(flame, expected, BUILD_COUNT(expected));
	assert_true(cJSON_IsTrue(fields_get(flame, "any_shrinkage")));
	cJSON_Delete(flame);
	flame = laid_out(HEAP("null", "null", "30", "10") "," HEAP("\"a\"", "0", "30", "0") ","
	    HEAP("\"b\"", "0", "0", "10"));
	check(flame, mixed, BUILD_COUNT(mixed));
	cJSON_Delete(flame);
	flame = laid_out(HEAP("null", "null", "40", "60"));
	check(flame, little, BUILD_COUNT(little));
	cJSON_Delete(flame);
}

/* Whatever the tree, no box leaves its caller's, and no two of a row overlap. */
static void
test_nested(void **state)
{
	enum { NODES = 400 };
	unsigned seed = 1;
	int parents[NODES] = {0}, own[NODES], sums[NODES];
	struct buf text = {0};
	const cJSON *nodes;
	cJSON *flame;

	(void)state;
	for (int i = 0; i < NODES; i++) {
		seed = seed * 1103515245 + 12345;
		parents[i] = i > 0 ? (int)(seed / 65536 % (unsigned)i) : 0;
		sums[i] = own[i] = (int)(seed % 97);
	}
	for (int i = NODES - 1; i > 0; i--)
		sums[parents[i]] += sums[i];
	for (int i = 0; i < NODES; i++) {
		char node[128];

		snprintf(node, sizeof(node), "%s{\"function\": \"f%d\", \"parent\": %d, \"cpu_ns\": %d}",
		    i > 0 ? "," : "", i, parents[i], sums[i]);
		buf_puts(&text, node);
	}
	flame = laid_out(buf_text(&text));
	nodes = fields_get(flame, "nodes");
	for (int i = 1; i < NODES; i++) {
		const cJSON *node = cJSON_GetArrayItem(nodes, i);
		const cJSON *parent = cJSON_GetArrayItem(nodes, parents[i]);
		double x = atof(fields_text(node, "x_percent"));
		double width = atof(fields_text(node, "width_percent"));
		double from = atof(fields_text(parent, "x_percent"));
		double to = from + atof(fields_text(parent, "width_percent"));

		assert_true(x >= from - 0.001 && x + width <= to + 0.001);
		assert_true(fabs(width - 100.0 * sums[i] / sums[0]) < 0.001);
		for (int k = 1; k < i; k++) {
			const cJSON *other = cJSON_GetArrayItem(nodes, k);
			double start = atof(fields_text(other, "x_percent"));
			double end = start + atof(fields_text(other, "width_percent"));

			assert_true(fields_number(other, "y") != fields_number(node, "y") ||
				    x >= end - 0.001 || x + width <= start + 0.001);
		}
	}
	cJSON_Delete(flame);
	buf_release(&text);
}

static void
test_nothing(void **state)
{
	cJSON *null = cJSON_CreateNull();

	(void)state;
	flame_lay_out(NULL);
	flame_lay_out(null);
	assert_true(cJSON_IsNull(null));
	cJSON_Delete(null);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_cpu),
	    cmocka_unit_test(test_difference),
	    cmocka_unit_test(test_nested),
	    cmocka_unit_test(test_nothing),
	};

	return cmocka_run_group_tests_name("flame", tests, NULL, NULL);
}
