#include "outcome.h"

#include "builders.h"

static const struct outcome_look look = {0, 0};

static void
assert_table(struct outcome *outcomes, size_t count, const char *expected)
{
	struct build build;
	struct templates templates;
	struct error err = {0};
	struct buf out = {0};

	build_open(&build);
	templates = build_templates(&build);
	assert_int_equal(outcome_table(outcomes, count, &templates, &look, &out, &err), 0);
	assert_string_equal(buf_text(&out), expected);
	buf_release(&out);
	build_close(&build);
}


/* Columns are as wide as their widest cell, in characters; the last one is not filled up. */
static void
test_columns(void **state)
{
	struct outcome outcomes[] = {
	    {0, "a", "h\xc3\xb6st", NULL, "7.76.0", VERDICT_MEMORY_LEAK, "it grows", 3},
	    {0, "flares/long one", "web-1", NULL, NULL, VERDICT_NORMAL, NULL, 0},
	};

	(void)state;
	assert_table(outcomes, 2,
	    "FLARE            HOSTNAME  VERSION  VERDICT      TOP FINDING\n"
	    "a                h\xc3\xb6st      7.76.0   Memory Leak  it grows\n"
	    "flares/long one  web-1     -        Normal       nothing over its threshold\n"
	    "2 report(s) in investigations/\n");
}

/* By verdict, then by how far over the threshold it is, then by name. */
static void
test_order(void **state)
{
	struct outcome outcomes[] = {
	    {0, "h", "h", NULL, "1", VERDICT_NORMAL, NULL, 0},
	    {0, "g", "h", NULL, "1", VERDICT_NORMAL, NULL, 0},
	    {0, "f", "h", NULL, "1", VERDICT_INCONCLUSIVE, "why", 0},
	    {1, "e", NULL, NULL, NULL, VERDICT_NORMAL, "gone", 0},
	    {0, "d", "h", NULL, "1", VERDICT_CONTENTION, "x", 9},
	    {0, "c", "h", NULL, "1", VERDICT_CPU_SPIKE, "x", 1.1},
	    {0, "b2", "h", NULL, "1", VERDICT_MEMORY_LEAK, "x", 2},
	    {0, "b1", "h", NULL, "1", VERDICT_MEMORY_LEAK, "x", 20},
	    {0, "a", "h", NULL, "1", VERDICT_MULTIPLE_ISSUES, "x", 1.5},
	};
	const char *order[] = {"a", "b1", "b2", "c", "d", "e", "f", "g", "h"};
	struct build build;
	struct templates templates;
	struct error err = {0};
	struct buf out = {0};

	(void)state;
	build_open(&build);
	templates = build_templates(&build);
	assert_int_equal(outcome_table(outcomes, 9, &templates, &look, &out, &err), 0);
	for (size_t i = 0; i < 9; i++)
		assert_string_equal(outcomes[i].flare, order[i]);
	assert_non_null(strstr(out.data, "e      -         -        no report        gone\n"));
	assert_non_null(strstr(out.data, "\n8 report(s)"));
	buf_release(&out);
	build_close(&build);
}

/* Without any report there is nothing to be told of where they are. */
static void
test_no_report(void **state)
{
	struct outcome outcomes[] = {{1, "x", NULL, NULL, NULL, VERDICT_NORMAL, "gone", 0}};

	(void)state;
	assert_table(outcomes, 1,
	    "FLARE  HOSTNAME  VERSION  VERDICT    TOP FINDING\n"
	    "x      -         -        no report  gone\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_columns),
	    cmocka_unit_test(test_order),
	    cmocka_unit_test(test_no_report),
	};

	return cmocka_run_group_tests_name("outcome", tests, NULL, NULL);
}
