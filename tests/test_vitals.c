#include "vitals.h"

#include "gap.h"
#include "pool.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <setjmp.h>

#include <cmocka.h>

#define ENTRY(version, time) "{\"version\":\"" version "\",\"timestamp\":\"" time "\"}"

struct parsed {
	struct pool pool;
	struct gaps gaps;
	struct vitals vitals;
};

static void
start(struct parsed *parsed)
{
	memset(parsed, 0, sizeof(*parsed));
	memset(&parsed->vitals, 0xa5, sizeof(parsed->vitals));
	vitals_init(&parsed->vitals);
}

static void
add(struct parsed *parsed, const char *file, const char *text)
{
	vitals_parse(&parsed->vitals, &parsed->pool, file, (struct span){text, strlen(text)},
	    &parsed->gaps);
}

static void
parse(struct parsed *parsed, const char *file, const char *text)
{
	start(parsed);
	add(parsed, file, text);
}

static void
assert_text(const char *got, const char *expected)
{
	if (got == NULL || expected == NULL)
		assert_ptr_equal(got, expected);
	else
		assert_string_equal(got, expected);
}

static void
test_unknown(void **state)
{
	struct parsed parsed;
	const struct vitals *vitals = &parsed.vitals;

	(void)state;
	start(&parsed);
	assert_int_equal(vitals->health_known, 0);
	assert_int_equal(vitals->unhealthy_count, 0);
	assert_null(vitals->version_from);
	assert_int_equal(vitals->version_change_ms, -1);
	assert_int_equal(vitals->contexts, -1);
	assert_int_equal(vitals->forwarder.dropped, -1);
	assert_int_equal(vitals->forwarder.most_error_count, -1);
	assert_null(vitals->forwarder.most_errors);
	assert_int_equal(vitals->runner.workers, -1);
	assert_true(vitals->runner.mean_utilization == -1);
	assert_int_equal(vitals->runner.newest_check_ms, -1);
	assert_int_equal(vitals->logs.missed_bytes, -1);
}

static void
test_health(void **state)
{
	static const struct {
		const char *text;
		int known;
		size_t count;
	} cases[] = {
	    {"healthy:\n- aggregator\n- forwarder\nunhealthy: []", 1, 0},
	    {"healthy: []\nunhealthy:\n- logs-agent\n- collector-queue-15s", 1, 2},
	    {"unhealthy: [logs-agent, 5, {a: b}, [x], null, other]", 1, 2},
	    {"healthy: [a]", 1, 0},
	    {"other: 1", 0, 0},
	    {"unhealthy: logs-agent", 0, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct parsed parsed;

		parse(&parsed, "health.yaml", cases[i].text);
		assert_int_equal(parsed.vitals.health_known, cases[i].known);
		assert_int_equal(parsed.vitals.unhealthy_count, cases[i].count);
		if (cases[i].count > 0)
			assert_string_equal(parsed.vitals.unhealthy[0], "logs-agent");
		assert_int_equal(parsed.gaps.count, 0);
		pool_release(&parsed.pool);
	}
}

static void
test_health_many(void **state)
{
	char text[4096] = "unhealthy:\n";
	struct parsed parsed;

	(void)state;
	for (int i = 0; i < VITALS_UNHEALTHY + 9; i++)
		strcat(text, "- \"a\\e[1mb\"\n");
	parse(&parsed, "health.yaml", text);
	assert_int_equal(parsed.vitals.unhealthy_count, VITALS_UNHEALTHY);
	assert_string_equal(parsed.vitals.unhealthy[0], "ab");
	pool_release(&parsed.pool);
}

static void
test_history(void **state)
{
	static const struct {
		const char *entries;
		const char *from, *to;
		int64_t ms;
	} cases[] = {
	    {ENTRY("7.75.2", "2026-01-10T09:00:00.1Z") "," ENTRY("7.76.0", "2026-02-11T04:00:01Z"),
		"7.75.2", "7.76.0", 1770782401000},
	    {ENTRY("1", "x") "," ENTRY("2", "x") "," ENTRY("3", "2026-02-11T04:00:01.123456789Z"),
		"2", "3", 1770782401000},
	    {ENTRY("1", "x") "," ENTRY("2", "2026-02-11T05:30:01+01:30"), "1", "2", 1770782401000},
	    {ENTRY("1", "x") "," ENTRY("2", "2026-02-11T03:00:01-01:00"), "1", "2", 1770782401000},
	    {ENTRY("1", "x") "," ENTRY("2", "2026-13-11T03:00:01Z"), "1", "2", -1},
	    {ENTRY("1", "x") "," ENTRY("2", "1969-12-31T23:59:59Z"), "1", "2", -1},
	    {ENTRY("1", "x") "," ENTRY("2", "yesterday"), "1", "2", -1},
	    {ENTRY("1", "x") "," ENTRY("2", "2026-02-11T04:00:01"), "1", "2", -1},
	    {ENTRY("1", "x") ",{\"version\":\"2\"}", "1", "2", -1},
	    /* The same version again is no change. */
	    {ENTRY("1", "x") "," ENTRY("2", "2026-02-11T04:00:01Z") "," ENTRY(
		 "2", "2026-03-11T04:00:01Z"),
		"1", "2", 1770782401000},
	    {ENTRY("7.76.0", "2026-02-11T04:00:01Z"), NULL, NULL, -1}, /* the first installation */
	    {ENTRY("1", "x") ",{\"version\":5},null,[],{\"version\":\"\"}", NULL, NULL, -1},
	    {"", NULL, NULL, -1},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct parsed parsed;
		char text[512];

		snprintf(text, sizeof(text), "{\"entries\":[%s]}", cases[i].entries);
		parse(&parsed, "version-history.json", text);
		assert_text(parsed.vitals.version_from, cases[i].from);
		assert_text(parsed.vitals.version_to, cases[i].to);
		assert_int_equal(parsed.vitals.version_change_ms, cases[i].ms);
		assert_int_equal(parsed.gaps.count, 0);
		pool_release(&parsed.pool);
	}
}

static void
test_contexts(void **state)
{
	static const struct {
		const char *number;
		int64_t count;
	} cases[] = {{"205854", 205854}, {"1.2e+06", 1200000}, {"0", 0}, {"-1", -1}, {"1e300", -1},
	    {".nan", -1}, {"x", -1}, {"[5]", -1}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct parsed parsed;
		char text[128];

		snprintf(text, sizeof(text), "DogstatsdContexts: %s\nNumberOfFlush: 9\n",
		    cases[i].number);
		parse(&parsed, "expvar/aggregator", text);
		assert_int_equal(parsed.vitals.contexts, cases[i].count);
		pool_release(&parsed.pool);
	}
}

static void
test_forwarder(void **state)
{
	struct parsed parsed;
	const struct vitals_forwarder *forwarder = &parsed.vitals.forwarder;

	(void)state;
	parse(&parsed, "expvar/forwarder",
	    "APIKeyStatus: {}\nTransactions:\n  Dropped: 3\n  Errors: 612\n  ErrorsByType:\n"
	    "    ConnectionErrors: 12\n    DNSErrors: 400\n    TLSErrors: 0\n"
	    "  HTTPErrors: 200\n  HTTPErrorsByCode:\n    \"503\": 200\n"
	    "  HighPriorityQueueFull: 1\n  Requeued: 610\n  Retried: 609\n"
	    "  RetryQueueSize: 55\n  Success: 1.5e+06\n");
	assert_int_equal(forwarder->dropped, 3);
	assert_int_equal(forwarder->errors, 612);
	assert_int_equal(forwarder->http_errors, 200);
	assert_int_equal(forwarder->high_priority_queue_full, 1);
	assert_int_equal(forwarder->requeued, 610);
	assert_int_equal(forwarder->retried, 609);
	assert_int_equal(forwarder->retry_queue_size, 55);
	assert_int_equal(forwarder->success, 1500000);
	assert_string_equal(forwarder->most_errors, "DNSErrors");
	assert_int_equal(forwarder->most_error_count, 400);
	pool_release(&parsed.pool);
	parse(&parsed, "expvar/forwarder",
	    "Transactions:\n  ErrorsByType: {DNSErrors: 4}\n  HTTPErrorsByCode: {\"503\": 5}\n");
	assert_string_equal(forwarder->most_errors, "HTTP 503");
	assert_int_equal(forwarder->errors, -1);
	pool_release(&parsed.pool);
	parse(&parsed, "expvar/forwarder",
	    "Transactions:\n  ErrorsByType: {DNSErrors: 0, a: x, b: -5, c: 1e300}\n");
	assert_null(forwarder->most_errors);
	pool_release(&parsed.pool);
}

static void
test_runner(void **state)
{
	struct parsed parsed;
	const struct vitals_runner *runner = &parsed.vitals.runner;

	(void)state;
	parse(&parsed, "expvar/runner",
	    "Checks:\n  cpu:\n    cpu:\n      UpdateTimestamp: \"2026-02-11T04:00:01Z\"\n"
	    "  disk:\n    disk:1:\n      UpdateTimestamp: 1.770782399e+09\n"
	    "    disk:2:\n      UpdateTimestamp: never\n  io: 5\n"
	    "Workers:\n  Count: 4\n  Instances:\n    worker_1:\n      Utilization: 0.5\n"
	    "    worker_2:\n      Utilization: 1\n    worker_3:\n      Utilization: 0.9\n"
	    "    worker_4:\n      Utilization: 0\n    worker_5: {Utilization: 7}\n"
	    "    worker_6: {Utilization: -1}\n    worker_7: x\n");
	assert_int_equal(runner->workers, 4);
	assert_true(runner->mean_utilization == 0.6);
	assert_true(runner->highest_utilization == 1);
	assert_string_equal(runner->busiest, "worker_2");
	assert_int_equal(runner->newest_check_ms, 1770782401000);
	pool_release(&parsed.pool);
	parse(&parsed, "expvar/runner", "Workers:\n  Count: 0\n  Instances: {}\nChecks: [1]\n");
	assert_int_equal(runner->workers, 0);
	assert_true(runner->mean_utilization == -1 && runner->highest_utilization == -1);
	assert_null(runner->busiest);
	assert_int_equal(runner->newest_check_ms, -1);
	pool_release(&parsed.pool);
}

static void
test_logs(void **state)
{
	struct parsed parsed;
	const struct vitals_logs *logs = &parsed.vitals.logs;

	(void)state;
	parse(&parsed, "expvar/logs-agent",
	    "BytesMissed: 4096\nDestinationErrors: 7\nLogsProcessed: 1e+06\nLogsSent: 999000\n"
	    "RetryCount: 12\n");
	assert_int_equal(logs->missed_bytes, 4096);
	assert_int_equal(logs->destination_errors, 7);
	assert_int_equal(logs->processed, 1000000);
	assert_int_equal(logs->sent, 999000);
	assert_int_equal(logs->retries, 12);
	pool_release(&parsed.pool);
}

/* Each file adds to what the others told; none but the named ones is read. */
static void
test_files(void **state)
{
	struct parsed parsed;

	(void)state;
	parse(&parsed, "expvar/aggregator", "DogstatsdContexts: 5");
	add(&parsed, "expvar/logs-agent", "LogsSent: 6\nDogstatsdContexts: 7");
	add(&parsed, "health.yaml", "unhealthy: [a]");
	assert_int_equal(parsed.vitals.contexts, 5);
	assert_int_equal(parsed.vitals.logs.sent, 6);
	assert_int_equal(parsed.vitals.unhealthy_count, 1);
	assert_int_equal(parsed.gaps.count, 0);
	pool_release(&parsed.pool);
}

static void
test_gaps(void **state)
{
	static const char *const files[] = {"health.yaml", "version-history.json",
	    "expvar/aggregator", "expvar/forwarder", "expvar/runner", "expvar/logs-agent"};
	static const struct {
		const char *text;
		const char *gap;
	} cases[] = {
	    {"", "is empty"},
	    {"{}", NULL},
	    {"other: 5", NULL},
	    {"the Agent is not running", "holds no numbers but: the Agent is not running"},
	    {"[1, 2]", "holds no numbers but: [1, 2]"},
	    {"{\"entries\": [", "holds no numbers (line "},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		for (size_t k = 0; k < sizeof(cases) / sizeof(cases[0]); k++) {
			struct parsed parsed;
			const char *gap = cases[k].gap;

			parse(&parsed, files[i], cases[k].text);
			assert_int_equal(parsed.gaps.count, gap != NULL);
			if (gap != NULL &&
			    strncmp(parsed.gaps.items[0].why, gap, strlen(gap)) != 0)
				assert_string_equal(parsed.gaps.items[0].why, gap);
			pool_release(&parsed.pool);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_unknown),
	    cmocka_unit_test(test_health),
	    cmocka_unit_test(test_health_many),
	    cmocka_unit_test(test_history),
	    cmocka_unit_test(test_contexts),
	    cmocka_unit_test(test_forwarder),
	    cmocka_unit_test(test_runner),
	    cmocka_unit_test(test_logs),
	    cmocka_unit_test(test_files),
	    cmocka_unit_test(test_gaps),
	};

	return cmocka_run_group_tests_name("vitals", tests, NULL, NULL);
}
