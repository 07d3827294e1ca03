#include "expvar.h"

#include "gap.h"
#include "pool.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <setjmp.h>

#include <cmocka.h>

#define MEMSTATS                                                                               \
	"Alloc: 8.6204312e+07\nBuckHashSys: 2.214533e+06\n"                                    \
	"BySize:\n- Frees: 0\n  Mallocs: 0\n  Size: 0\n- Frees: 4.118213e+06\n  Size: 8\n"     \
	"DebugGC: false\nEnableGC: true\nGCCPUFraction: 0.0034187\n"                           \
	"HeapAlloc: 8.6204313e+07\nHeapIdle: 4.75136e+07\nHeapInuse: 9.4633984e+07\n"          \
	"HeapObjects: 641922\nHeapReleased: 3.11296e+07\nHeapSys: 1.42147584e+08\n"            \
	"LastGC: 1.7710416059014339e+18\nNextGC: 1.29884536e+08\nNumGC: 1943\n"                \
	"PauseEnd:\n- 1.7710416059014339e+18\nPauseNs: []\nPauseTotalNs: 2.31144817e+08\n"     \
	"Sys: 1.61617928e+08\nTotalAlloc: 2.5880140112e+10\n"

struct parsed {
	struct pool pool;
	struct gaps gaps;
	struct memstats memstats;
	struct install install;
};

static void
parse_memstats(struct parsed *parsed, const char *text)
{
	memset(parsed, 0, sizeof(*parsed));
	memset(&parsed->memstats, 0xa5, sizeof(parsed->memstats));
	memstats_parse(&parsed->memstats, &parsed->pool, "expvar/memstats",
	    (struct span){text, strlen(text)}, &parsed->gaps);
}

static void
assert_gap(const struct parsed *parsed, const char *why)
{
	assert_int_equal(parsed->gaps.count, why != NULL);
	if (why != NULL && strncmp(parsed->gaps.items[0].why, why, strlen(why)) != 0)
		assert_string_equal(parsed->gaps.items[0].why, why);
}

static void
assert_whole(const struct memstats *memstats)
{
	assert_int_equal(memstats->found, 1);
	assert_int_equal(memstats->alloc_bytes, 86204312);
	assert_int_equal(memstats->total_alloc_bytes, 25880140112);
	assert_int_equal(memstats->sys_bytes, 161617928);
	assert_int_equal(memstats->heap_alloc_bytes, 86204313);
	assert_int_equal(memstats->heap_sys_bytes, 142147584);
	assert_int_equal(memstats->heap_inuse_bytes, 94633984);
	assert_int_equal(memstats->heap_idle_bytes, 47513600);
	assert_int_equal(memstats->heap_released_bytes, 31129600);
	assert_int_equal(memstats->heap_objects, 641922);
	assert_int_equal(memstats->num_gc, 1943);
	assert_int_equal(memstats->pause_total_ns, 231144817);
	assert_int_equal(memstats->last_gc_ns / 1000, 1771041605901433);
	assert_int_equal(memstats->next_gc_bytes, 129884536);
	assert_true(
	    memstats->gc_cpu_fraction > 0.0034186 && memstats->gc_cpu_fraction < 0.0034188);
}

static void
test_whole(void **state)
{
	struct parsed parsed;

	(void)state;
	parse_memstats(&parsed, MEMSTATS);
	assert_whole(&parsed.memstats);
	assert_gap(&parsed, NULL);
	pool_release(&parsed.pool);
}

/* Without a target for the next collection none will come. */
static void
test_gc_off(void **state)
{
	static const struct {
		const char *text;
		int gc_off, is_gap;
	} cases[] = {
	    {MEMSTATS, 0, 0},
	    {"Alloc: 1\nNextGC: 1.8446744073709552e+19\n", 1, 1},
	    {"memstats:\n  Alloc: 1\n  NextGC: 1.8446744073709552e+19\n", 1, 1},
	    {"Alloc: 1\nNextGC: 129884536\nSys: 1.8446744073709552e+19\n", 0, 1},
	    {"Alloc: 1\nNextGC: -1\n", 0, 1},
	    {"Alloc: 1\nNextGC: .nan\n", 0, 1},
	    {"Alloc: 1\n", 0, 1},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct parsed parsed;

		parse_memstats(&parsed, cases[i].text);
		assert_int_equal(parsed.memstats.found, 1);
		if (parsed.memstats.gc_off != cases[i].gc_off)
			fail_msg("row %zu", i);
		assert_int_equal(parsed.gaps.count, cases[i].is_gap);
		pool_release(&parsed.pool);
	}
}

/* What of a process's memory is no heap; without it nothing is said. */
static void
test_overhead(void **state)
{
	struct parsed parsed;
	const struct memstats *memstats = &parsed.memstats;

	(void)state;
	parse_memstats(&parsed, MEMSTATS "StackInuse: 3.407872e+06\nStackSys: 3.407873e+06\n"
					 "MSpanInuse: 1.5072e+06\nMSpanSys: 1.8768e+06\n"
					 "MCacheInuse: 9600\nMCacheSys: 15600\n"
					 "GCSys: 8.214104e+06\nOtherSys: 3.741512e+06\n");
	assert_whole(memstats);
	assert_int_equal(memstats->stack_inuse_bytes, 3407872);
	assert_int_equal(memstats->stack_sys_bytes, 3407873);
	assert_int_equal(memstats->mspan_inuse_bytes, 1507200);
	assert_int_equal(memstats->mspan_sys_bytes, 1876800);
	assert_int_equal(memstats->mcache_inuse_bytes, 9600);
	assert_int_equal(memstats->mcache_sys_bytes, 15600);
	assert_int_equal(memstats->buck_hash_sys_bytes, 2214533);
	assert_int_equal(memstats->gc_sys_bytes, 8214104);
	assert_int_equal(memstats->other_sys_bytes, 3741512);
	assert_gap(&parsed, NULL);
	pool_release(&parsed.pool);
	parse_memstats(&parsed, MEMSTATS);
	assert_int_equal(memstats->stack_inuse_bytes, -1);
	assert_int_equal(memstats->other_sys_bytes, -1);
	assert_int_equal(memstats->pause_end_count, 1);
	assert_int_equal(memstats->pause_ends_ns[0] / 1000, 1771041605901433);
	assert_int_equal(memstats->taken_after_ns, 0);
	pool_release(&parsed.pool);
}

static void
test_pause_ends(void **state)
{
	static const struct {
		const char *list;
		size_t count;
	} cases[] = {{"[]", 0}, {"[0, 1e18, 0, 5]", 2}, {"[-1, .nan, .inf, 1e300, x, [1], {}, 7]", 1},
	    {"7", 0}, {"{a: 7}", 0}, {"null", 0}};
	char text[8192] = "Sys: 1\nPauseEnd:\n";
	struct parsed parsed;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char line[128];

		snprintf(line, sizeof(line), "Sys: 1\nPauseEnd: %s\n", cases[i].list);
		parse_memstats(&parsed, line);
		assert_int_equal(parsed.memstats.pause_end_count, cases[i].count);
		pool_release(&parsed.pool);
	}
	for (int i = 0; i < MEMSTATS_PAUSES + 9; i++)
		strcat(text, "- 1.77104e+18\n");
	parse_memstats(&parsed, text);
	assert_int_equal(parsed.memstats.pause_end_count, MEMSTATS_PAUSES);
	pool_release(&parsed.pool);
}

#define SECOND INT64_C(1000000000)

static void
test_gc_between(void **state)
{
	/* Seconds; the interval is from 100 to 130. */
	static const struct {
		int64_t num_gc, last_gc, taken_after;
		double ends[4];
		int expected;
	} cases[] = {
	    {2, 140, 0, {115, 140}, 1},
	    {900, -1, 0, {115}, 1}, /* that one is enough */
	    {-1, 115, 0, {0}, 1},
	    {3, 200, 0, {80, 90, 200}, 0},
	    {2, 200, 0, {150, 200}, 0},	/* all there ever were */
	    {1, 90, 0, {90}, -1},	/* the statistics may be older than the interval's end */
	    {1, 90, 120, {90}, -1},
	    {1, 90, 131, {90}, 0},
	    {-1, 90, 131, {0}, 0},  /* none behind the last one */
	    {0, 0, 0, {0}, -1},
	    {0, 0, 131, {0}, 0},    /* none ever */
	    {900, 200, 0, {80, 90, 200}, -1}, /* 253 of the list are missing */
	    {3, 200, 0, {150, 200}, -1},
	    {-1, 200, 0, {80, 200}, -1},
	    {-1, -1, 131, {80}, -1},
	    {2, 200, 0, {99.95, 200}, -1}, /* the first snapshot may be older than its time */
	    {2, 130, 0, {90, 130.05}, 1},
	    {2, 200, 131, {130.05, 200}, -1},
	    {2, 99, 131, {98, 99}, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct memstats memstats = {.found = 1,
		    .num_gc = cases[i].num_gc,
		    .last_gc_ns = cases[i].last_gc < 0 ? -1 : cases[i].last_gc * SECOND,
		    .taken_after_ns = cases[i].taken_after * SECOND};

		for (int k = 0; k < 4 && cases[i].ends[k] > 0; k++)
			memstats.pause_ends_ns[memstats.pause_end_count++] =
			    (int64_t)(cases[i].ends[k] * (double)SECOND);
		if (memstats_gc_between(&memstats, 100 * SECOND, 130 * SECOND) != cases[i].expected)
			fail_msg("case %zu: not %d", i, cases[i].expected);
		memstats.found = 0;
		assert_int_equal(memstats_gc_between(&memstats, 100 * SECOND, 130 * SECOND), -1);
	}
}

/* The list has the last 256: what was before them is unknown. */
static void
test_gc_between_full_list(void **state)
{
	struct memstats memstats = {
	    .found = 1, .num_gc = 5000, .last_gc_ns = 5000 * SECOND, .taken_after_ns = INT64_MAX};

	(void)state;
	for (int i = 0; i < MEMSTATS_PAUSES; i++)
		memstats.pause_ends_ns[i] = (5000 - (i + 100) % MEMSTATS_PAUSES) * SECOND;
	memstats.pause_end_count = MEMSTATS_PAUSES;
	assert_int_equal(memstats_gc_between(&memstats, 4800 * SECOND, 4830 * SECOND), 1);
	assert_int_equal(
	    memstats_gc_between(&memstats, 4800 * SECOND + SECOND / 4, 4800 * SECOND + SECOND / 2), 0);
	assert_int_equal(memstats_gc_between(&memstats, 4700 * SECOND, 4730 * SECOND), -1);
	assert_int_equal(memstats_gc_between(&memstats, 5001 * SECOND, 5030 * SECOND), 0);
	assert_int_equal(memstats_gc_between(&memstats, 0, 5030 * SECOND), -1);
	assert_int_equal(memstats_gc_between(&memstats, INT64_MIN, INT64_MAX), -1);
	assert_int_equal(memstats_gc_between(&memstats, 5002 * SECOND, 5001 * SECOND), -1);
	assert_int_equal(memstats_gc_between(&memstats, 1, INT64_MAX), 1);
	memstats.num_gc = 256;
	assert_int_equal(memstats_gc_between(&memstats, 4700 * SECOND, 4730 * SECOND), 0);
}

static void
test_nested(void **state)
{
	static const char memstats[] = MEMSTATS;
	char text[4096] = "cmdline:\n- trace-agent\nmemstats:\n  ";
	size_t len = strlen(text);
	struct parsed parsed;

	(void)state;
	for (size_t i = 0; i < strlen(memstats) - 1; i++) {
		text[len++] = memstats[i];
		if (memstats[i] == '\n') {
			text[len++] = ' ';
			text[len++] = ' ';
		}
	}
	strcpy(text + len, "\nwatchdog:\n  Mem:\n    Alloc: 5\n");
	parse_memstats(&parsed, text);
	assert_whole(&parsed.memstats);
	assert_gap(&parsed, NULL);
	pool_release(&parsed.pool);
}

static void
test_numbers(void **state)
{
	static const struct {
		const char *number;
		int64_t value;
	} cases[] = {
	    {"0", 0},
	    {"999999", 999999},
	    {"1e+06", 1000000},
	    {"1.36e+07", 13600000},
	    {"9e+18", 9000000000000000000},
	    {"1e-05", 0},
	    {"-3", -1},
	    {"1e+20", -1},
	    {"1e+999", -1},
	    {"\"7\"", -1},
	    {"null", -1},
	    {"true", -1},
	    {"[1]", -1},
	    {".inf", -1},
	    {".nan", -1},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct parsed parsed;
		char text[128];

		snprintf(text, sizeof(text), "HeapAlloc: %s\nSys: 1\n", cases[i].number);
		parse_memstats(&parsed, text);
		assert_int_equal(parsed.memstats.found, 1);
		assert_int_equal(parsed.memstats.heap_alloc_bytes, cases[i].value);
		assert_int_equal(parsed.memstats.sys_bytes, 1);
		assert_int_equal(parsed.memstats.last_gc_ns, -1);
		assert_true(parsed.memstats.gc_cpu_fraction == -1);
		assert_gap(&parsed, cases[i].value < 0
					? "has no Alloc, TotalAlloc, HeapAlloc, HeapSys, "
					: "has no Alloc, TotalAlloc, HeapSys, ");
		pool_release(&parsed.pool);
	}
}

/* A share of the time is at most all of it. */
static void
test_fraction(void **state)
{
	static const struct {
		const char *number;
		double value;
	} cases[] = {{"0", 0}, {"0.25", 0.25}, {"1", 1}, {"1.01", -1}, {"1e19", -1}, {"-0.5", -1},
	    {"-2", -1}, {"x", -1}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct parsed parsed;
		char text[128];

		snprintf(text, sizeof(text), "Sys: 1\nGCCPUFraction: %s\n", cases[i].number);
		parse_memstats(&parsed, text);
		assert_true(parsed.memstats.gc_cpu_fraction == cases[i].value);
		pool_release(&parsed.pool);
	}
}

static void
test_no_memstats(void **state)
{
	static const struct {
		const char *text;
		const char *gap;
	} cases[] = {
	    {"", "is empty"},
	    {"\n \n", "is empty"},
	    {"{}\n", "holds no memory statistics but: {}"},
	    {"null", "holds no memory statistics but: null"},
	    {"Errors: 'issue querying stats from system probe: x'",
		"holds no memory statistics but: Errors: 'issue querying stats"},
	    {"Got response 404 Not Found from /debug/vars:\n404 page not found",
		"holds no memory statistics"},
	    {"Error retrieving vars: Get \"https://127.0.0.1:5012/debug/vars\": tls: failed",
		"holds no memory statistics"},
	    {"Alloc: [1\n", "holds no memory statistics (line "},
	    {"memstats: 5\n", "holds no memory statistics but: memstats: 5"},
	    {"other:\n  HeapAlloc: 5\n", "holds no memory statistics but: other:"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct parsed parsed;

		parse_memstats(&parsed, cases[i].text);
		assert_int_equal(parsed.memstats.found, 0);
		assert_int_equal(parsed.memstats.heap_alloc_bytes, -1);
		assert_int_equal(parsed.memstats.num_gc, -1);
		assert_gap(&parsed, cases[i].gap);
		assert_string_equal(parsed.gaps.items[0].what, "expvar/memstats");
		pool_release(&parsed.pool);
	}
}

static void
assert_text(const char *text, const char *wanted)
{
	if (wanted == NULL)
		assert_null(text);
	else
		assert_string_equal(text != NULL ? text : "(null)", wanted);
}

static void
test_install(void **state)
{
	static const struct {
		const char *text;
		struct install before, after;
		const char *gap;
	} cases[] = {
	    {"---\ninstall_method:\n  tool: install_script\n  tool_version: "
	     "install_script_agent7\n"
	     "  installer_version: install_script-1.35.0\n",
		{NULL, NULL, NULL},
		{"install_script", "install_script_agent7", "install_script-1.35.0"}, NULL},
	    {"install_method:\n  tool: \"dpkg\"\n  tool_version: ''\n  installer_version:\n",
		{NULL, NULL, NULL}, {"dpkg", NULL, NULL}, NULL},
	    {"{\"os\":\"linux\",\"install-method\":{\"tool\":\"helm\",\"tool_version\":"
	     "\"Helm\","
	     "\"installer_version\":\"datadog-3.1.10\"}}",
		{NULL, NULL, NULL}, {"helm", "Helm", "datadog-3.1.10"}, NULL},
	    {"install_method:\n  tool: rpm\n  tool_version: rpm-4\n", {"dpkg", NULL, NULL},
		{"dpkg", "rpm-4", NULL}, NULL},
	    {"{\"install-method\":{\"tool\":null,\"tool_version\":\"undefined\"}}",
		{NULL, NULL, NULL}, {NULL, NULL, NULL},
		"holds no install method but: {\"install"},
	    {"{\"os\":\"linux\"}", {"dpkg", NULL, NULL}, {"dpkg", NULL, NULL}, NULL},
	    {"{\"os\":\"linux\"}", {NULL, NULL, NULL}, {NULL, NULL, NULL},
		"holds no install method but: {\"os\":\"linux\"}"},
	    {"install_method: [", {"dpkg", NULL, NULL}, {"dpkg", NULL, NULL},
		"holds no install method (line "},
	    {"", {NULL, NULL, NULL}, {NULL, NULL, NULL}, "is empty"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct parsed parsed = {.install = cases[i].before};

		install_parse(&parsed.install, &parsed.pool, "install_info.log",
		    (struct span){cases[i].text, strlen(cases[i].text)}, &parsed.gaps);
		assert_text(parsed.install.tool, cases[i].after.tool);
		assert_text(parsed.install.tool_version, cases[i].after.tool_version);
		assert_text(parsed.install.installer_version, cases[i].after.installer_version);
		assert_gap(&parsed, cases[i].gap);
		pool_release(&parsed.pool);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_whole),
	    cmocka_unit_test(test_gc_off),
	    cmocka_unit_test(test_overhead),
	    cmocka_unit_test(test_pause_ends),
	    cmocka_unit_test(test_gc_between),
	    cmocka_unit_test(test_gc_between_full_list),
	    cmocka_unit_test(test_nested),
	    cmocka_unit_test(test_numbers),
	    cmocka_unit_test(test_fraction),
	    cmocka_unit_test(test_no_memstats),
	    cmocka_unit_test(test_install),
	};

	return cmocka_run_group_tests_name("expvar", tests, NULL, NULL);
}
