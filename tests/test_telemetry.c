#include "telemetry.h"

#include "gap.h"
#include "pool.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>

#include <cmocka.h>

#define RESIDENT "process_resident_memory_bytes 8.3140608e+07\n"

struct parsed {
	struct pool pool;
	struct gaps gaps;
	struct telemetry telemetry;
};

static void
parse_bytes(struct parsed *parsed, const char *text, size_t len)
{
	memset(parsed, 0, sizeof(*parsed));
	memset(&parsed->telemetry, 0xa5, sizeof(parsed->telemetry));
	telemetry_parse(&parsed->telemetry, &parsed->pool, "telemetry.log",
	    (struct span){text, len}, &parsed->gaps);
}

static void
parse(struct parsed *parsed, const char *text)
{
	parse_bytes(parsed, text, strlen(text));
}

static void
assert_gap(const struct parsed *parsed, const char *why)
{
	assert_int_equal(parsed->gaps.count, why != NULL);
	if (why != NULL && strncmp(parsed->gaps.items[0].why, why, strlen(why)) != 0)
		assert_string_equal(parsed->gaps.items[0].why, why);
}

static void
test_whole(void **state)
{
	static const char text[] =
	    "aggregator__dogstatsd_contexts{shard=\"0\"} 205854\n"
	    "aggregator__dogstatsd_contexts{shard=\"1\"} 1e+06\n"
	    "aggregator__dogstatsd_contexts_by_mtype{metric_type=\"Gauge\",shard=\"0\"} 7\n"
	    "checks__execution_time{check_name=\"disk\"} 12\n"
	    "go_gc_duration_seconds{quantile=\"0\"} 3e-05\n"
	    "go_gc_duration_seconds_sum 0.25\ngo_gc_duration_seconds_count 1943\n"
	    "go_goroutines 320\ngo_info{version=\"go1.25.7\"} 1\n"
	    "go_memstats_alloc_bytes 7.667292e+07\ngo_memstats_alloc_bytes_total 7.8218784e+09\n"
	    "go_memstats_buck_hash_sys_bytes 1.5e+06\ngo_memstats_gc_cpu_fraction 0.0034\n"
	    "go_memstats_gc_sys_bytes 1.1643656e+07\ngo_memstats_heap_alloc_bytes 7.667293e+07\n"
	    "go_memstats_heap_idle_bytes 1.564672e+06\ngo_memstats_heap_inuse_bytes 7.770112e+07\n"
	    "go_memstats_heap_objects 1.446804e+06\ngo_memstats_heap_released_bytes 1.564673e+06\n"
	    "go_memstats_heap_sys_bytes 7.9265792e+07\n"
	    "go_memstats_last_gc_time_seconds 1.795449282464135e+09\n"
	    "go_memstats_mcache_inuse_bytes 9600\ngo_memstats_mcache_sys_bytes 15600\n"
	    "go_memstats_mspan_inuse_bytes 1.5e+06\ngo_memstats_mspan_sys_bytes 1.8e+06\n"
	    "go_memstats_next_gc_bytes 1.32598776e+08\ngo_memstats_other_sys_bytes 3.7e+06\n"
	    "go_memstats_stack_inuse_bytes 3.4e+06\ngo_memstats_stack_sys_bytes 3.5e+06\n"
	    "go_memstats_sys_bytes 9.4585112e+07\n"
	    "process_cpu_seconds_total 512.75\n" RESIDENT
	    "process_start_time_seconds 1.79544e+09\nprocess_virtual_memory_bytes 2.5e+09\n"
	    "pymem__alloc 9e+09\npymem__inuse 5.2e+07\nrtloader__inuse_bytes 4096";
	struct parsed parsed;
	const struct telemetry *telemetry = &parsed.telemetry;
	const struct memstats *memstats = &telemetry->memstats;

	(void)state;
	parse(&parsed, text);
	assert_int_equal(telemetry->found, 1);
	assert_int_equal(telemetry->contexts, 1205854);
	assert_int_equal(telemetry->goroutines, 320);
	assert_int_equal(telemetry->resident_bytes, 83140608);
	assert_int_equal(telemetry->virtual_bytes, 2500000000);
	assert_int_equal(telemetry->python_bytes, 52000000);
	assert_int_equal(telemetry->rtloader_bytes, 4096);
	assert_true(telemetry->start_seconds == 1.79544e9 && telemetry->cpu_seconds == 512.75);
	assert_int_equal(memstats->found, 1);
	assert_int_equal(memstats->num_gc, 1943);
	assert_int_equal(memstats->pause_total_ns, 250000000);
	assert_int_equal(memstats->total_alloc_bytes, 7821878400);
	assert_int_equal(memstats->heap_alloc_bytes, 76672930);
	assert_int_equal(memstats->heap_released_bytes, 1564673);
	assert_int_equal(memstats->sys_bytes, 94585112);
	assert_int_equal(memstats->stack_sys_bytes, 3500000);
	assert_int_equal(memstats->other_sys_bytes, 3700000);
	assert_int_equal(memstats->last_gc_ns / 1000000, 1795449282464);
	assert_true(memstats->gc_cpu_fraction == 0.0034);
	assert_int_equal(memstats->pause_end_count, 0);
	assert_gap(&parsed, NULL);
	pool_release(&parsed.pool);
}

static void
test_nothing_else(void **state)
{
	struct parsed parsed;
	const struct telemetry *telemetry = &parsed.telemetry;

	(void)state;
	parse(&parsed, RESIDENT);
	assert_int_equal(telemetry->found, 1);
	assert_int_equal(telemetry->memstats.found, 0);
	assert_int_equal(telemetry->memstats.num_gc, -1);
	assert_true(telemetry->memstats.gc_cpu_fraction == -1);
	assert_int_equal(telemetry->contexts, -1);
	assert_int_equal(telemetry->python_bytes, -1);
	assert_true(telemetry->start_seconds == -1 && telemetry->cpu_seconds == -1);
	assert_gap(&parsed, NULL);
	pool_release(&parsed.pool);
}

static void
test_values(void **state)
{
	static const struct {
		const char *behind;
		int64_t value;
	} cases[] = {
	    {" 7", 7},
	    {"  7 ", 7},
	    {"\t7\r", 7},
	    {" 1.2918784e+07", 12918784},
	    {" 7 1771041612344", 7},
	    {"{} 7", 7},
	    {"{a=\"b\"} 7", 7},
	    {"{a=\"b\",c=\"d\\\"}\"} 7", 7},
	    {"{a=\"} 5\\\\\"} 7", 7},
	    {"{a=\"x y\"}7", 7},
	    {" 0", 0},
	    {" 9e+18", INT64_C(9000000000000000000)},
	    {" 1e+19", -1},
	    {" 1e+300", -1},
	    {" 1e+999", -1},
	    {" NaN", -1},
	    {" +Inf", -1},
	    {" -Inf", -1},
	    {" -1", -1},
	    {" -0", -1},
	    {" x7", -1},
	    {" 7x", -1},
	    {"", -1},
	    {" ", -1},
	    {"{", -1},
	    {"{a=\"", -1},
	    {"{a=\"\\", -1},
	    {"{a=\"b\" 7", -1},
	    {"{a=\"b} 7", -1},
	    {" 00000000000000000000000000000000000000000000000000000000000000000000007", -1},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct parsed parsed;
		char text[256];

		snprintf(text, sizeof(text), RESIDENT "go_goroutines%s", cases[i].behind);
		parse(&parsed, text);
		assert_int_equal(parsed.telemetry.goroutines, cases[i].value);
		assert_gap(&parsed, NULL);
		pool_release(&parsed.pool);
	}
}

/* Names that only begin like ours, comments and blanks are no metrics of ours. */
static void
test_names(void **state)
{
	static const char *const lines[] = {"go_goroutines_total 7", "go_goroutine 7",
	    "# go_goroutines 7", " go_goroutines 7", "go_goroutines", "Go_goroutines 7", "g 7",
	    "\"go_goroutines\" 7"};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		struct parsed parsed;

		parse(&parsed, lines[i]);
		assert_int_equal(parsed.telemetry.goroutines, -1);
		assert_gap(&parsed, "holds no metrics of the process but: ");
		pool_release(&parsed.pool);
	}
}

static void
test_sums(void **state)
{
	struct parsed parsed;

	(void)state;
	parse(&parsed, RESIDENT "process_resident_memory_bytes 5\n"
				"aggregator__dogstatsd_contexts{shard=\"0\"} 9e+18\n"
				"aggregator__dogstatsd_contexts{shard=\"1\"} NaN\n"
				"aggregator__dogstatsd_contexts{shard=\"2\"} 9e+18\n"
				"go_memstats_gc_cpu_fraction 1.5\n"
				"go_memstats_last_gc_time_seconds 1e+10\n");
	assert_int_equal(parsed.telemetry.resident_bytes, 83140608);
	assert_int_equal(parsed.telemetry.contexts, INT64_C(9000000000000000000));
	assert_true(parsed.telemetry.memstats.gc_cpu_fraction == -1);
	assert_int_equal(parsed.telemetry.memstats.last_gc_ns, -1);
	pool_release(&parsed.pool);
}

static void
test_gaps(void **state)
{
	static const struct {
		const char *text;
		const char *gap;
	} cases[] = {
	    {"", "is empty"},
	    {"\n \n", "is empty"},
	    {"404 page not found", "holds no metrics of the process but: 404 page not found"},
	    {"\n\n<html>\n<b>", "holds no metrics of the process but: <html>"},
	    {"go_goroutines NaN", "holds no metrics of the process but: go_goroutines NaN"},
	    {"go_goroutines 7", "has no process_resident_memory_bytes: "},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct parsed parsed;

		parse(&parsed, cases[i].text);
		assert_gap(&parsed, cases[i].gap);
		pool_release(&parsed.pool);
	}
}

static void
test_hostile(void **state)
{
	static const char start[] = "go_goroutines{a=\"";
	struct parsed parsed;
	size_t len = 1 << 20;
	char *text = malloc(len);

	(void)state;
	assert_non_null(text);
	memset(text, '\\', len);
	memcpy(text, start, strlen(start));
	parse_bytes(&parsed, text, len);
	assert_int_equal(parsed.telemetry.found, 0);
	pool_release(&parsed.pool);
	memset(text, 0, len);
	memcpy(text, "go_", 3);
	parse_bytes(&parsed, text, len);
	assert_int_equal(parsed.telemetry.found, 0);
	pool_release(&parsed.pool);
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_whole),
	    cmocka_unit_test(test_nothing_else),
	    cmocka_unit_test(test_values),
	    cmocka_unit_test(test_names),
	    cmocka_unit_test(test_sums),
	    cmocka_unit_test(test_gaps),
	    cmocka_unit_test(test_hostile),
	};

	return cmocka_run_group_tests_name("telemetry", tests, NULL, NULL);
}
