#include "labels.h"

#include "builders.h"

struct fixture {
	struct build build;
	struct pprof_process *process;
	struct checks checks;
	struct labels labels;
};

static struct check known_checks[] = {{.name = "disk", .errors = 0}, {.name = "postgres"}};

static void
open_fixture(struct fixture *fixture)
{
	build_open(&fixture->build);
	fixture->process = build_process(&fixture->build, "core");
	fixture->checks = (struct checks){.items = known_checks, .count = 2};
	memset(&fixture->labels, 0xa5, sizeof(fixture->labels));
}

static void
work_out(struct fixture *fixture)
{
	labels_of(&fixture->labels, &fixture->build.pool, fixture->process, &fixture->checks);
}

#define CHECKS(fixture, ...)                                                                   \
	BUILD_TOP(&(fixture)->build, &(fixture)->process->tops[PPROF_CPU_CHECKS], __VA_ARGS__)
#define MODULES(fixture, ...)                                                                  \
	BUILD_TOP(&(fixture)->build, &(fixture)->process->tops[PPROF_CPU_MODULES], __VA_ARGS__)

/* A process without labels, or whose reports could not be made. */
static void
test_none(void **state)
{
	struct fixture fixture;

	(void)state;
	open_fixture(&fixture);
	for (int i = 0; i < 4; i++) {
		if (i == 1)
			build_top(&fixture.build, &fixture.process->tops[PPROF_CPU_CHECKS], NULL);
		if (i == 2)
			CHECKS(&fixture, {PPROF_UNLABELLED, SEC, 0}, {"disk:1", 0, 0},
			    {"cpu:2", -SEC, 0});
		if (i == 3) {
			CHECKS(&fixture, {"disk:1", SEC, 0});
			fixture.process->tops[PPROF_CPU_CHECKS].found = 0;
			build_missing(fixture.process, PPROF_CPU_MODULES, "it is gone");
		}
		work_out(&fixture);
		assert_null(fixture.labels.label);
		assert_null(fixture.labels.command);
		assert_int_equal(fixture.labels.count, 0);
		assert_int_equal(labels_are_checks(&fixture.labels), 0);
		assert_null(labels_dominating(&fixture.labels, 0));
	}
	build_close(&fixture.build);
}

/* Instances of one check are one; times and shares add up. */
static void
test_checks(void **state)
{
	struct fixture fixture;
	const struct labels *labels = &fixture.labels;
	const struct labels_share *shares;

	(void)state;
	open_fixture(&fixture);
	CHECKS(&fixture, {PPROF_UNLABELLED, 4 * SEC, 0}, {"jmx", 5 * SEC, 0},
	    {"postgres:2d1f:a:b", 4 * SEC, 0}, {"postgres:77aa", 6 * SEC, 0},
	    {"disk:1", SEC, 0}, {"postgres:0", 0, 0}, {"postgres:9", -SEC, 0}, {"", SEC, 0});
	work_out(&fixture);
	shares = labels->shares;
	assert_string_equal(labels->label, "check_id");
	assert_true(labels_are_checks(labels));
	assert_ptr_equal(labels->command, fixture.process->tops[PPROF_CPU_CHECKS].command);
	assert_int_equal(labels->total_ns, 20 * SEC);
	/* What is left of the total, whatever the rows say. */
	assert_int_equal(labels->unlabelled_ns, 3 * SEC);
	assert_true(labels->unlabelled_percent == 15);
	assert_int_equal(labels->count, 4);
	assert_string_equal(shares[0].name, "postgres");
	assert_int_equal(shares[0].cpu_ns, 10 * SEC);
	assert_true(shares[0].percent == 50);
	assert_int_equal(shares[0].labelled, 2);
	assert_string_equal(shares[0].busiest, "postgres:77aa");
	assert_true(shares[0].busiest_percent == 30);
	assert_ptr_equal(shares[0].check, &known_checks[1]);
	assert_string_equal(shares[1].name, "jmx");
	assert_null(shares[1].check);
	/* As much time: by name. */
	assert_string_equal(shares[2].name, "");
	assert_string_equal(shares[3].name, "disk");
	assert_ptr_equal(shares[3].check, &known_checks[0]);
	build_close(&fixture.build);
}

/* A module's name is whole, and no check, whatever it is called. */
static void
test_modules(void **state)
{
	struct fixture fixture;
	const struct labels *labels = &fixture.labels;

	(void)state;
	open_fixture(&fixture);
	MODULES(&fixture, {"network_tracer:v2", 3 * SEC, 0}, {"disk", SEC, 0});
	work_out(&fixture);
	assert_string_equal(labels->label, "module");
	assert_int_equal(labels_are_checks(labels), 0);
	assert_int_equal(labels->count, 2);
	assert_string_equal(labels->shares[0].name, "network_tracer:v2");
	assert_true(labels->shares[0].percent == 75);
	assert_null(labels->shares[1].check);
	assert_int_equal(labels->unlabelled_ns, 0);
	assert_ptr_equal(labels->command, fixture.process->tops[PPROF_CPU_MODULES].command);

	/* Where both are there, it is the checks that are told of. */
	CHECKS(&fixture, {"disk:1", SEC, 0});
	work_out(&fixture);
	assert_string_equal(labels->label, "check_id");
	assert_int_equal(labels->count, 1);
	build_close(&fixture.build);
}

static void
test_dominating(void **state)
{
	static const struct {
		double percent;
		int dominates;
	} cases[] = {{49.9, 1}, {50, 0}, {51, 0}, {0, 1}, {100, 0}};
	struct fixture fixture;

	(void)state;
	open_fixture(&fixture);
	CHECKS(&fixture, {PPROF_UNLABELLED, 9 * SEC, 0}, {"disk:1", SEC, 0},
	    {"postgres:1", 10 * SEC, 0});
	work_out(&fixture);
	for (size_t i = 0; i < BUILD_COUNT(cases); i++) {
		const struct labels_share *share =
		    labels_dominating(&fixture.labels, cases[i].percent);

		if ((share != NULL) != cases[i].dominates)
			fail_msg("row %zu", i);
		if (share != NULL)
			assert_string_equal(share->name, "postgres");
	}
	build_close(&fixture.build);
}

static void
add_row(struct fixture *fixture, const char *value, int64_t ns)
{
	struct top *top = &fixture->process->tops[PPROF_CPU_CHECKS];

	top->rows = pool_grow(&fixture->build.pool, top->rows, top->count, sizeof(*top->rows));
	top->rows[top->count++] = (struct top_row){pool_strdup(&fixture->build.pool, value), ns, 0};
	top->total += ns;
}

/* Of too many names the last are one; those that have a place keep it, and nothing is lost. */
static void
test_too_many(void **state)
{
	struct fixture fixture;
	const struct labels *labels = &fixture.labels;
	int64_t sum = 0, other = 0, first = 0;
	char name[32];

	(void)state;
	open_fixture(&fixture);
	build_top(&fixture.build, &fixture.process->tops[PPROF_CPU_CHECKS], NULL);
	for (int i = 0; i < LABELS_MOST - 1; i++) {
		snprintf(name, sizeof(name), "check%d:1", i);
		add_row(&fixture, name, 1000);
	}
	add_row(&fixture, "check0:2", 100);
	for (int i = LABELS_MOST; i < LABELS_MOST + 50; i++) {
		snprintf(name, sizeof(name), "check%d:1", i);
		add_row(&fixture, name, 10);
	}
	add_row(&fixture, "check0:3", 7);
	work_out(&fixture);
	assert_int_equal(labels->count, LABELS_MOST);
	for (size_t i = 0; i < labels->count; i++) {
		sum += labels->shares[i].cpu_ns;
		if (strcmp(labels->shares[i].name, "other") == 0)
			other = labels->shares[i].cpu_ns;
		if (strcmp(labels->shares[i].name, "check0") == 0)
			first = labels->shares[i].cpu_ns;
	}
	assert_int_equal(sum, labels->total_ns);
	assert_int_equal(other, 500);
	assert_int_equal(first, 1107);
	build_close(&fixture.build);
}

/* Values at the end of what fits. */
static void
test_large_values(void **state)
{
	struct fixture fixture;

	(void)state;
	open_fixture(&fixture);
	CHECKS(&fixture, {"disk:1", INT64_MAX - 1, 0}, {"disk:2", 1, 0}, {"cpu:1", INT64_MIN, 0});
	fixture.process->tops[PPROF_CPU_CHECKS].total = INT64_MAX;
	work_out(&fixture);
	assert_int_equal(fixture.labels.count, 1);
	assert_int_equal(fixture.labels.shares[0].cpu_ns, INT64_MAX);
	assert_true(fixture.labels.shares[0].percent == 100);
	build_close(&fixture.build);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_none),
	    cmocka_unit_test(test_checks),
	    cmocka_unit_test(test_modules),
	    cmocka_unit_test(test_dominating),
	    cmocka_unit_test(test_too_many),
	    cmocka_unit_test(test_large_values),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
