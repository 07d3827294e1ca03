#include "sampling.h"

#include "builders.h"

#include <math.h>

#define PERIOD 524288
#define KB 1024

static int64_t
error_of(const struct top *objects, const struct top_row *rows, int64_t period)
{
	struct sampling sampling;
	int64_t error;

	memset(&sampling, 0xa5, sizeof(sampling));
	sampling_open(&sampling, objects, period);
	for (; rows->function != NULL; rows++)
		sampling_add(&sampling, rows);
	error = sampling_error(&sampling);
	sampling_close(&sampling);
	return error;
}

/* One function's bytes and objects; objects 0: not told. The error is √(n s² (1 - p) / p). */
static const struct {
	int64_t bytes, objects, period;
	double error, within;
} error_cases[] = {
    /* √(80 (e^-2 / (1 - e^-2))) MB. */
    {80 * MB, 80, PERIOD, 3.5386 * MB, 200},
    /* Small ones: √(bytes × period). */
    {8 * MB, 0, PERIOD, 2 * MB, 1},
    {8 * MB, 8 * MB, PERIOD, 2 * MB, 10},
    {8 * MB, 8 * KB, PERIOD, 2 * MB, 2 * KB},
    {8 * MB, 0, MB, 2.8284 * MB, 100},
    /* One of a period's size: e^-1 / (1 - e^-1). */
    {PERIOD, 1, PERIOD, 0.76288 * PERIOD, 100},
    /* Of many periods: each is seen. */
    {800 * MB, 1, PERIOD, 0, 0},
    {80 * MB, 1, PERIOD, 0, 1},
    /* All are seen. */
    {8 * MB, 8 * KB, 1, 0, 0},
    {8 * MB, 0, 1, 2896, 1},
    /* Go's default where none is told. */
    {8 * MB, 0, 0, 2 * MB, 1},
    {8 * MB, 0, -1, 2 * MB, 1},
    {8 * MB, 0, INT64_MIN, 2 * MB, 1},
    /* What shrank is as uncertain. */
    {-8 * MB, 0, PERIOD, 2 * MB, 1},
    {-80 * MB, -80, PERIOD, 3.5386 * MB, 200},
    /* Bytes that grew while objects shrank have no size. */
    {8 * MB, -8, PERIOD, 2 * MB, 1},
    {0, 5, PERIOD, 0, 0},
    {0, 0, PERIOD, 0, 0},
    /* Absurd. */
    {INT64_MAX, 0, INT64_MAX, 9223372036854775807.0, 1e15},
    {INT64_MIN, 0, INT64_MAX, 9223372036854775807.0, 1e15},
    {INT64_MIN, INT64_MIN, INT64_MAX, 9223372036854775807.0, 1e15},
    {INT64_MAX, 1, 1, 0, 0},
};

static void
test_errors(void **state)
{
	(void)state;
	for (size_t i = 0; i < BUILD_COUNT(error_cases); i++) {
		struct top_row rows[] = {{"a.A", error_cases[i].bytes, 0}, {NULL, 0, 0}};
		struct top_row counts[] = {{"a.A", error_cases[i].objects, 0}};
		const struct top objects = {
		    .found = error_cases[i].objects != 0, .rows = counts, .count = 1};
		int64_t error = error_of(&objects, rows, error_cases[i].period);

		if (fabs((double)error - error_cases[i].error) > error_cases[i].within)
			fail_msg("row %zu: %lld", i, (long long)error);
	}
}

/* Each function has its own size; one that is not listed counts as small. */
static void
test_sizes_by_function(void **state)
{
	static struct top_row counts[] = {
	    {"d.D", -1, 0}, {"b.B", 80, 0}, {"a.A", 0, 0}, {"c.C", 4, 0}};
	static const struct top objects = {.found = 1, .rows = counts, .count = 4};
	static const struct top unknown = {.rows = counts, .count = 4};
	static const struct top_row rows[] = {{"b.B", 80 * MB, 0}, {"a.A", 4 * MB, 0},
	    {"e.E", 4 * MB, 0}, {"d.D", -900 * MB, 0}, {NULL, 0, 0}};
	double large = 80.0 * MB * MB / expm1(2), small = 8.0 * MB * PERIOD;

	(void)state;
	assert_true(fabs((double)error_of(&objects, rows, PERIOD) - sqrt(large + small)) <= 1);
	assert_true(fabs((double)error_of(&unknown, rows, PERIOD) -
			 sqrt((80.0 + 8 + 900) * MB * PERIOD)) <= 1);
}

/* Rows alone, and none. */
static void
test_nothing(void **state)
{
	static const struct top none = {.found = 1};
	static const struct top_row rows[] = {{NULL, 0, 0}};
	struct sampling sampling = {0};

	(void)state;
	assert_int_equal(error_of(&none, rows, PERIOD), 0);
	sampling_close(&sampling);
}

/* The same numbers on any machine: xorshift64*. */
static double
draw(uint64_t *seed)
{
	*seed ^= *seed >> 12;
	*seed ^= *seed << 25;
	*seed ^= *seed >> 27;
	return (double)((*seed * 2685821657736338717u) >> 11) / 9007199254740992.0;
}

/* Bytes that a profile would tell of `count` objects: those that were sampled, scaled up. */
static double
estimate(uint64_t *seed, int count, double size)
{
	double chance = -expm1(-size / PERIOD), sampled = 0;

	for (int i = 0; i < count; i++)
		sampled += draw(seed) < chance;
	return sampled * size / chance;
}

/* Sampling done as Go does it deviates by as much as is foretold. */
static void
test_simulation(void **state)
{
	static const struct {
		int count;
		int64_t size;
	} cases[] = {{2000, 4 * KB}, {500, 64 * KB}, {100, 512 * KB}, {80, MB}, {60, 2 * MB}};
	enum { DRAWS = 2000 };
	uint64_t seed = 20260214;

	(void)state;
	for (size_t i = 0; i < BUILD_COUNT(cases); i++) {
		int64_t bytes = cases[i].count * cases[i].size;
		struct top_row rows[] = {{"a.A", bytes, 0}, {NULL, 0, 0}};
		struct top_row counts[] = {{"a.A", cases[i].count, 0}};
		const struct top objects = {.found = 1, .rows = counts, .count = 1};
		double foretold = (double)error_of(&objects, rows, PERIOD);
		double sum = 0, squares = 0, deviation;

		for (int k = 0; k < DRAWS; k++) {
			double off = estimate(&seed, cases[i].count, (double)cases[i].size) -
				     (double)bytes;

			sum += off;
			squares += off * off;
		}
		deviation = sqrt(squares / DRAWS - (sum / DRAWS) * (sum / DRAWS));
		if (fabs(deviation / foretold - 1) > 0.1)
			fail_msg("row %zu: %.0f, foretold %.0f", i, deviation, foretold);
		assert_true(fabs(sum / DRAWS) < 4 * foretold / sqrt(DRAWS));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_errors),
	    cmocka_unit_test(test_sizes_by_function),
	    cmocka_unit_test(test_nothing),
	    cmocka_unit_test(test_simulation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
