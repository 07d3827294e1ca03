#include "charts.h"

#include "builders.h"
#include "fields.h"

/* The chart of a part of a process that is decorated as far as it matters. */
static cJSON *
process_of(const char *text)
{
	cJSON *process = cJSON_Parse(text);

	assert_non_null(process);
	charts_lay_out(process);
	return process;
}

static const char *
text_of(const cJSON *chart, int row, const char *key)
{
	return fields_text(cJSON_GetArrayItem(fields_get(chart, "rows"), row), key);
}

/* Bars are on one scale, which has room for the limit: 42% of the width is its left end, 87% its
 * right one. */
static void
test_growth(void **state)
{
	cJSON *process = process_of(
	    "{\"judged\": {\"heap_threshold_bytes\": 10485760}, \"cpu\": {\"rows\": []},"
	    "\"heap\": {\"interval_seconds\": 15, \"growth_rows\": [{\"function\": \"a\", \"flat\":"
	    " 31457280, \"flat_signed\": \"+30.0 MB\"}, {\"function\": \"b\", \"flat\": 10485760}],"
	    "\"shrinkage_rows\": [{\"function\": \"c\", \"flat\": -10485760}]}}");
	const cJSON *chart = fields_get(fields_get(process, "heap"), "chart");

	(void)state;
	assert_string_equal(fields_text(chart, "zero_percent"), "53.25");
	assert_string_equal(fields_text(chart, "limit_percent"), "58.88");
	assert_string_equal(fields_text(chart, "limit_human"), "5.0 MB");
	assert_string_equal(text_of(chart, 0, "x_percent"), "53.25");
	assert_string_equal(text_of(chart, 0, "width_percent"), "33.75");
	assert_string_equal(text_of(chart, 0, "flat_signed"), "+30.0 MB");
	assert_string_equal(text_of(chart, 1, "width_percent"), "11.25");
	assert_string_equal(text_of(chart, 2, "x_percent"), "42.00");
	assert_string_equal(text_of(chart, 2, "width_percent"), "11.25");
	assert_true(cJSON_IsTrue(
	    fields_get(cJSON_GetArrayItem(fields_get(chart, "rows"), 2), "shrank")));
	assert_null(fields_get(fields_get(process, "cpu"), "chart"));
	cJSON_Delete(process);
}

/* Growth far below the limit is a short bar, and no full one. */
static void
test_little(void **state)
{
	cJSON *process = process_of(
	    "{\"judged\": {\"heap_threshold_bytes\": 10485760}, \"cpu\": {},"
	    "\"heap\": {\"interval_seconds\": 30, \"growth_rows\": [{\"function\": \"a\", \"flat\":"
	    " 1048576}], \"shrinkage_rows\": []}}");
	const cJSON *chart = fields_get(fields_get(process, "heap"), "chart");

	(void)state;
	assert_string_equal(fields_text(chart, "zero_percent"), "42.00");
	assert_string_equal(fields_text(chart, "limit_percent"), "87.00");
	assert_string_equal(text_of(chart, 0, "width_percent"), "4.50");
	cJSON_Delete(process);
}

static void
test_cpu(void **state)
{
	cJSON *process = process_of(
	    "{\"judged\": {\"cpu_threshold_percent\": 50}, \"heap\": {\"growth_rows\": [],"
	    "\"shrinkage_rows\": []}, \"cpu\": {\"rows\": [{\"function\": \"a\", \"flat_percent\": 20,"
	    "\"cum_percent\": 100, \"function_short\": \"a\"}, {\"function\": \"b\", \"flat_percent\":"
	    " 0.1, \"cum_percent\": 140}]}}");
	const cJSON *chart = fields_get(fields_get(process, "cpu"), "chart");

	(void)state;
	assert_null(fields_get(fields_get(process, "heap"), "chart"));
	assert_string_equal(fields_text(chart, "limit_percent"), "64.50");
	assert_string_equal(text_of(chart, 0, "x_percent"), "42.00");
	assert_string_equal(text_of(chart, 0, "width_percent"), "9.00");
	assert_string_equal(text_of(chart, 0, "cum_width_percent"), "45.00");
	/* what rounds to more than all stays within the chart */
	assert_string_equal(text_of(chart, 1, "cum_width_percent"), "45.00");
	assert_int_equal(cJSON_GetArraySize(fields_get(chart, "rows")), 2);
	assert_true(fields_number(chart, "height") > 2 * 22);
	cJSON_Delete(process);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_growth),
	    cmocka_unit_test(test_little),
	    cmocka_unit_test(test_cpu),
	};

	return cmocka_run_group_tests_name("charts", tests, NULL, NULL);
}
