#include "sections.h"

#include "buf.h"
#include "error.h"
#include "file.h"
#include "pool.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <setjmp.h>

#include <cmocka.h>

#define HEADER                                                                                 \
	"===============\nAgent (v7.76.0)\n===============\n"                                  \
	"  Status date: 2026-02-14 04:00:12.344 UTC (1771041612344)\n"                         \
	"  Log Level: debug\n\n  Paths\n  =====\n    conf.d: /etc/datadog-agent/conf.d\n"
#define APM "=========\nAPM Agent\n=========\n\n"
#define PROCESS "=============\nProcess Agent\n=============\n"
#define PROBE "============\nSystem Probe\n============\n"
#define WORKERS                                                                                \
	"=========\nCollector\n=========\n\n  Running Checks\n  ==============\n\n"            \
	"  Check Worker Utilization\n  ========================\n"
#define FORWARDER "=========\nForwarder\n=========\n\n  Transactions\n  ============\n"

struct parsed {
	struct pool pool;
	struct sections sections;
};

static void
parse(struct parsed *parsed, const char *text)
{
	memset(parsed, 0, sizeof(*parsed));
	memset(&parsed->sections, 0xa5, sizeof(parsed->sections));
	sections_parse(&parsed->sections, &parsed->pool, (struct span){text, strlen(text)});
}

static void
test_unknown(void **state)
{
	static const char *const texts[] = {
	    "", "\n", "unable to get the status of the agent, is it running?", "=", "===\nx\n==="};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct parsed parsed;

		parse(&parsed, texts[i]);
		assert_null(parsed.sections.log_level);
		assert_int_equal(parsed.sections.trace.running, -1);
		assert_int_equal(parsed.sections.process.running, -1);
		assert_int_equal(parsed.sections.system_probe.uptime_seconds, -1);
		assert_int_equal(parsed.sections.workers, -1);
		assert_true(parsed.sections.mean_utilization == -1);
		assert_int_equal(parsed.sections.forwarder.success, -1);
		assert_int_equal(parsed.sections.forwarder.retry_queue_size, -1);
		pool_release(&parsed.pool);
	}
}

static void
test_log_level(void **state)
{
	static const char other[] = "=====\nOther\n=====\n  Log Level: trace\n";
	struct parsed parsed;

	(void)state;
	parse(&parsed, HEADER PROCESS "  Log Level: trace\n");
	assert_string_equal(parsed.sections.log_level, "debug");
	pool_release(&parsed.pool);
	parse(&parsed, other);
	assert_null(parsed.sections.log_level);
	pool_release(&parsed.pool);
}

static void
test_trace(void **state)
{
	struct parsed parsed;
	const struct sections_process *trace = &parsed.sections.trace;

	(void)state;
	parse(&parsed, HEADER APM "  Status: Running\n  Pid: 1502\n  Uptime: 259201 seconds\n"
				  "  Mem alloc: 23,456,789 bytes\n  Hostname: h\n\n"
				  "  Receiver (previous minute)\n  ==========================\n"
				  "  Pid: 7\n    Uptime: 8\n");
	assert_int_equal(trace->running, 1);
	assert_int_equal(trace->pid, 1502);
	assert_int_equal(trace->uptime_seconds, 259201);
	assert_int_equal(trace->alloc_bytes, 23456789);
	assert_null(trace->why);
	pool_release(&parsed.pool);
	parse(&parsed, HEADER APM
	    "  Status: Not running or unreachable on localhost:5012.\n"
	    "  Error: Get \"https://localhost:5012/debug/vars\": refused\n  Error: second\n"
	    "  Status: Running\n");
	assert_int_equal(trace->running, 0);
	assert_int_equal(trace->pid, -1);
	assert_string_equal(trace->why, "Get \"https://localhost:5012/debug/vars\": refused");
	pool_release(&parsed.pool);
}

static void
test_process(void **state)
{
	struct parsed parsed;
	const struct sections_process *process = &parsed.sections.process;

	(void)state;
	parse(&parsed, HEADER PROCESS
	    "\n  Version: 7.76.0\n  Pid: 1510\n  Enabled Checks: [process rtprocess]\n"
	    "  Allocated Memory: 45,678,901 bytes\n  Hostname: h\n\n"
	    "  =================\n  Process Endpoints\n  =================\n"
	    "    https://process.datadoghq.com - API Key ending with:\n        - abcde\n\n"
	    "  =========\n  Collector\n  =========\n    Number of processes: 212\n");
	assert_int_equal(process->running, 1);
	assert_int_equal(process->pid, 1510);
	assert_int_equal(process->alloc_bytes, 45678901);
	assert_int_equal(parsed.sections.workers, -1);
	pool_release(&parsed.pool);
	parse(&parsed, HEADER PROCESS "\n  Status: Not running or unreachable\n");
	assert_int_equal(process->running, 0);
	assert_int_equal(process->alloc_bytes, -1);
	pool_release(&parsed.pool);
}

static void
test_system_probe(void **state)
{
	static const struct {
		const char *uptime;
		int64_t seconds;
	} cases[] = {
	    {"72h0m1.5s", 259201},
	    {"72h0m1s", 259201},
	    {"5m0.1s", 300},
	    {"12.3456789s", 12},
	    {"0s", 0},
	    {"250ms", 0},
	    {"1.5\xc2\xb5s", 0},
	    {"999999999h0m0s", INT64_C(3599999996400)},
	    {"9999999999h", -1},
	    {"5", -1},
	    {"-5s", -1},
	    {"<no value>", -1},
	    {"5 s", -1},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct parsed parsed;
		char text[512];

		snprintf(text, sizeof(text),
		    HEADER PROBE "  Status: Running\n  Uptime: %s\n"
				 "\n  NPM\n  ===\n    Status: Not running\n",
		    cases[i].uptime);
		parse(&parsed, text);
		assert_int_equal(parsed.sections.system_probe.running, 1);
		assert_int_equal(parsed.sections.system_probe.uptime_seconds, cases[i].seconds);
		pool_release(&parsed.pool);
	}
}

static void
test_system_probe_down(void **state)
{
	struct parsed parsed;

	(void)state;
	parse(&parsed, HEADER PROBE "  Status: Not running or unreachable\n"
				    "  Error: connection \x1b[31mrefused\x1b[0m\n");
	assert_int_equal(parsed.sections.system_probe.running, 0);
	assert_string_equal(parsed.sections.system_probe.why, "connection refused");
	pool_release(&parsed.pool);
}

static void
test_workers(void **state)
{
	static const struct {
		const char *text;
		int64_t workers;
		double mean;
	} cases[] = {
	    {"    Total Workers: 4\n    Average Utilization: 92.5%\n", 4, 0.925},
	    {"    Total Workers: 4\n", 4, -1},
	    {"    No worker utilization data available\n", -1, -1},
	    {"    Average Utilization: 100%\n", -1, 1},
	    {"    Average Utilization: 100.5%\n", -1, -1},
	    {"    Average Utilization: NaN%\n", -1, -1},
	    {"    Average Utilization: -1%\n", -1, -1},
	    {"      Total Workers: 4\n  Total Workers: 5\n", -1, -1},
	    {"  Config Errors\n  ==============\n    Total Workers: 4\n", -1, -1},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct parsed parsed;
		char text[512];

		snprintf(text, sizeof(text), HEADER WORKERS "%s", cases[i].text);
		parse(&parsed, text);
		assert_int_equal(parsed.sections.workers, cases[i].workers);
		assert_true(parsed.sections.mean_utilization == cases[i].mean);
		pool_release(&parsed.pool);
	}
}

/* Successes and errors stand in parts of their own; some Agents have them with the others. */
static void
test_forwarder(void **state)
{
	struct parsed parsed;
	const struct sections_forwarder *forwarder = &parsed.sections.forwarder;

	(void)state;
	parse(&parsed, HEADER FORWARDER
	    "    Cluster: 0\n    Dropped: 1,234\n    HighPriorityQueueFull: 5\n"
	    "    Requeued: 12\n    Retried: 11\n    RetryQueueSize: 40\n\n"
	    "  Transaction Successes\n  =====================\n"
	    "    Total number: 1.51842e+06\n    Successes By Endpoint:\n"
	    "      series_v2: 7\n\n"
	    "  Transaction Errors\n  ==================\n    Total number: 612\n"
	    "    Errors By Type:\n      DNSErrors: 2\n\n"
	    "  HTTP Errors\n  ==================\n    Total number: 9\n");
	assert_int_equal(forwarder->dropped, 1234);
	assert_int_equal(forwarder->requeued, 12);
	assert_int_equal(forwarder->retried, 11);
	assert_int_equal(forwarder->retry_queue_size, 40);
	assert_int_equal(forwarder->success, 1518420);
	assert_int_equal(forwarder->errors, 612);
	pool_release(&parsed.pool);
	parse(&parsed, HEADER FORWARDER "    Errors: 2\n    Success: 51,842\n\n"
					"  Transaction Errors\n  ==================\n"
					"    Total number: 7\n");
	assert_int_equal(forwarder->errors, 2);
	assert_int_equal(forwarder->success, 51842);
	assert_int_equal(forwarder->dropped, -1);
	pool_release(&parsed.pool);
}

static void
test_numbers(void **state)
{
	static const struct {
		const char *text;
		int64_t value;
	} cases[] = {{"0", 0}, {"1,234,567", 1234567}, {"1.5e+06", 1500000}, {"1.5e6", 1500000},
	    {"1e+300", -1}, {"9e15", INT64_C(9000000000000000)}, {"1e16", -1}, {"-5", -1},
	    {"x", -1}, {"", -1}, {"5 6", -1}, {",5", -1},
	    {"00000000000000000000000000000005", -1}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct parsed parsed;
		char text[512];

		snprintf(text, sizeof(text), HEADER FORWARDER "    Dropped: %s\n", cases[i].text);
		parse(&parsed, text);
		assert_int_equal(parsed.sections.forwarder.dropped, cases[i].value);
		pool_release(&parsed.pool);
	}
}

/* What the Agent's own templates make. */
static void
test_fixtures(void **state)
{
	struct parsed parsed;
	struct buf text = {0};
	struct error err = {0};

	(void)state;
	if (file_read("fixtures/status/colour.log", 1 << 20, &text, &err) < 0)
		fail_msg("%s", err.msg);
	parse(&parsed, buf_text(&text));
	assert_string_equal(parsed.sections.log_level, "info");
	assert_int_equal(parsed.sections.trace.alloc_bytes, 23456789);
	assert_int_equal(parsed.sections.process.running, -1);
	assert_int_equal(parsed.sections.workers, 4);
	assert_true(parsed.sections.mean_utilization == 0.012);
	assert_int_equal(parsed.sections.forwarder.success, 51842);
	buf_release(&text);
	pool_release(&parsed.pool);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_unknown),
	    cmocka_unit_test(test_log_level),
	    cmocka_unit_test(test_trace),
	    cmocka_unit_test(test_process),
	    cmocka_unit_test(test_system_probe),
	    cmocka_unit_test(test_system_probe_down),
	    cmocka_unit_test(test_workers),
	    cmocka_unit_test(test_forwarder),
	    cmocka_unit_test(test_numbers),
	    cmocka_unit_test(test_fixtures),
	};

	return cmocka_run_group_tests_name("sections", tests, NULL, NULL);
}
