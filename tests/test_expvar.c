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
	    cmocka_unit_test(test_nested),
	    cmocka_unit_test(test_numbers),
	    cmocka_unit_test(test_fraction),
	    cmocka_unit_test(test_no_memstats),
	    cmocka_unit_test(test_install),
	};

	return cmocka_run_group_tests_name("expvar", tests, NULL, NULL);
}
