#include "settings.h"

#include "gap.h"
#include "pool.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <setjmp.h>

#include <cmocka.h>

#define MAIN "runtime_config_dump.yaml"
#define PROCESS "process_agent_runtime_config_dump.yaml"
#define PROBE "system_probe_runtime_config_dump.yaml"
#define OFF "  block_profile_rate: 0\n  enabled: false\n  mutex_profile_fraction: 0\n"
#define ON "  block_profile_rate: 10000\n  enabled: true\n  mutex_profile_fraction: 100\n"

struct parsed {
	struct pool pool;
	struct gaps gaps;
	struct settings settings;
};

static void
start(struct parsed *parsed)
{
	memset(parsed, 0, sizeof(*parsed));
	memset(&parsed->settings, 0xa5, sizeof(parsed->settings));
	settings_init(&parsed->settings);
}

static void
add(struct parsed *parsed, const char *file, const char *text)
{
	settings_parse(&parsed->settings, &parsed->pool, file, (struct span){text, strlen(text)},
	    &parsed->gaps);
}

static void
assert_profiling(const struct parsed *parsed, const char *prefix,
    struct settings_profiling expected)
{
	const struct settings_profiling *got = settings_profiling(&parsed->settings, prefix);

	if (got->known != expected.known || got->enabled != expected.enabled ||
	    got->block_rate_ns != expected.block_rate_ns ||
	    got->mutex_fraction != expected.mutex_fraction)
		fail_msg("%s: known %d, enabled %d, rates %lld and %lld", prefix, got->known,
		    got->enabled, (long long)got->block_rate_ns, (long long)got->mutex_fraction);
}

static void
test_rates(void **state)
{
	static const struct settings_profiling on = {1, 1, 10000, 100}, off = {1, 0, 0, 0};
	struct parsed parsed;

	(void)state;
	start(&parsed);
	add(&parsed, MAIN,
	    "apm_config:\n  internal_profiling:\n    enabled: false\n  receiver_timeout: 7\n"
	    "check_runners: 4\ninternal_profiling:\n" ON "security_agent:\n"
	    "  internal_profiling:\n    block_profile_rate: 3\n    enabled: false\n"
	    "    mutex_profile_fraction: 5\n");
	add(&parsed, PROBE, "system_probe_config:\n  internal_profiling:\n"
			    "    block_profile_rate: 1\n    enabled: true\n"
			    "    mutex_profile_fraction: 2\n");
	add(&parsed, PROCESS,
	    "internal_profiling:\n" ON
	    "process_config:\n  internal_profiling:\n    enabled: true\n");
	assert_int_equal(parsed.settings.found, 1);
	assert_int_equal(parsed.settings.check_runners, 4);
	assert_true(parsed.settings.receiver_timeout_seconds == 7);
	assert_profiling(&parsed, "core", on);
	assert_profiling(&parsed, "datadog-cluster-agent", on);
	assert_profiling(&parsed, "trace", off); /* its rates are set only when it is enabled */
	assert_profiling(&parsed, "security-agent", (struct settings_profiling){1, 0, 3, 5});
	assert_profiling(&parsed, "system-probe", (struct settings_profiling){1, 1, 1, 2});
	assert_profiling(&parsed, "process", on);
	assert_profiling(&parsed, "other", (struct settings_profiling){0});
	assert_int_equal(parsed.gaps.count, 0);
	pool_release(&parsed.pool);
}

static void
test_off(void **state)
{
	struct parsed parsed;

	(void)state;
	start(&parsed);
	assert_int_equal(parsed.settings.found, 0);
	assert_int_equal(parsed.settings.check_runners, -1);
	assert_true(parsed.settings.receiver_timeout_seconds == -1);
	assert_profiling(&parsed, "core", (struct settings_profiling){0});
	add(&parsed, MAIN, "internal_profiling:\n" OFF);
	assert_profiling(&parsed, "core", (struct settings_profiling){.known = 1});
	assert_profiling(&parsed, "security-agent", (struct settings_profiling){0});
	assert_profiling(&parsed, "trace", (struct settings_profiling){0});
	assert_int_equal(parsed.settings.found, 1);
	assert_int_equal(parsed.settings.check_runners, -1);
	assert_int_equal(parsed.gaps.count, 0);
	pool_release(&parsed.pool);
}

/* What is no rate is none that is known. */
static void
test_odd_values(void **state)
{
	static const char *const values[] = {
	    "-1", "1e300", ".nan", ".inf", "x", "\"5\"", "[1]", "{a: 1}", "null", "true"};

	(void)state;
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		struct parsed parsed;
		char text[256];

		start(&parsed);
		snprintf(text, sizeof(text),
		    "check_runners: %s\napm_config: {receiver_timeout: %s}\n"
		    "internal_profiling:\n  block_profile_rate: %s\n"
		    "  enabled: true\n  mutex_profile_fraction: 0\n",
		    values[i], values[i], values[i]);
		add(&parsed, MAIN, text);
		assert_int_equal(parsed.settings.check_runners, -1);
		assert_true(parsed.settings.receiver_timeout_seconds == -1);
		assert_profiling(&parsed, "core", (struct settings_profiling){0});
		pool_release(&parsed.pool);
	}
}

static void
test_no_settings(void **state)
{
	static const struct {
		const char *text;
		const char *gap;
	} cases[] = {
	    {"", "is empty"},
	    {"error: process-agent is not running or is unreachable",
		"holds no settings but: error: process-agent is not running"},
	    {"the system-probe is not running", "holds no settings but: the system-probe is"},
	    {"a: [1", "holds no settings (line "},
	    {"[1, 2]", "holds no settings but: [1, 2]"},
	    {"{}", "holds no settings but: {}"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct parsed parsed;

		start(&parsed);
		add(&parsed, PROCESS, cases[i].text);
		add(&parsed, PROBE, cases[i].text);
		assert_int_equal(parsed.gaps.count, 0);
		add(&parsed, MAIN, cases[i].text);
		assert_int_equal(parsed.gaps.count, 1);
		if (strncmp(parsed.gaps.items[0].why, cases[i].gap, strlen(cases[i].gap)) != 0)
			assert_string_equal(parsed.gaps.items[0].why, cases[i].gap);
		assert_int_equal(parsed.settings.found, 0);
		assert_profiling(&parsed, "process", (struct settings_profiling){0});
		pool_release(&parsed.pool);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_rates),
	    cmocka_unit_test(test_off),
	    cmocka_unit_test(test_odd_values),
	    cmocka_unit_test(test_no_settings),
	};

	return cmocka_run_group_tests_name("settings", tests, NULL, NULL);
}
