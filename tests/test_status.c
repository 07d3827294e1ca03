#include "status.h"

#include "buf.h"
#include "error.h"
#include "file.h"
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

#define HEADER                                                                                 \
	"===============\n"                                                                    \
	"Agent (v7.76.0)\n"                                                                    \
	"===============\n"                                                                    \
	"  Status date: 2026-02-14 04:00:12.344 UTC (1771041612344)\n"                         \
	"  Agent start: 2026-02-11 04:00:00.123 UTC (1770782400123)\n"                         \
	"  Pid: 1431\n"                                                                        \
	"  Go Version: go1.25.7\n"                                                             \
	"  Agent flavor: agent\n"                                                              \
	"\n"                                                                                   \
	"  Paths\n"                                                                            \
	"  =====\n"                                                                            \
	"    Config File: /etc/datadog-agent/datadog.yaml\n"                                   \
	"\n"                                                                                   \
	"========\n"                                                                           \
	"Hostname\n"                                                                           \
	"========\n"                                                                           \
	"\n"                                                                                   \
	"  agent-hostname: not-this\n"                                                         \
	"  hostname: web-01.example.com\n"                                                     \
	"  socket-hostname: web-01\n"                                                          \
	"  host tags:\n"                                                                       \
	"    hostname: nor-this\n"                                                             \
	"\n"                                                                                   \
	"Host Info\n"                                                                          \
	"=========\n"                                                                          \
	"  uptime: 289h20m12s\n"                                                               \
	"\n"
#define COLLECTOR                                                                              \
	"=========\n"                                                                          \
	"Collector\n"                                                                          \
	"=========\n"                                                                          \
	"\n"                                                                                   \
	"  Running Checks\n"                                                                   \
	"  ==============\n"                                                                   \
	"\n"
#define CPU                                                                                    \
	"    cpu\n"                                                                            \
	"    ---\n"                                                                            \
	"      Instance ID: cpu [OK]\n"                                                        \
	"      Configuration Source: file:/etc/datadog-agent/conf.d/cpu.d/conf.yaml[0]\n"      \
	"      Total Runs: 17,281\n"                                                           \
	"      Metric Samples: Last Run: 9, Total: 155,529\n"                                  \
	"      Average Execution Time : 3ms\n"                                                 \
	"      Last Execution Date : 2026-02-14 04:00:07 UTC (1771041607000)\n"                \
	"\n"
/* A status goes on behind Collector. */
#define REST "=========\nForwarder\n=========\n"
#define SOURCE "      Configuration Source: file:conf.yaml[0]\n"
#define CHECK(text) HEADER COLLECTOR "    c (1.0)\n    -------\n" text

struct parsed {
	struct pool pool;
	struct gaps gaps;
	struct status status;
};

static void
parse_span(struct parsed *parsed, struct span text)
{
	memset(parsed, 0, sizeof(*parsed));
	memset(&parsed->status, 0xa5, sizeof(parsed->status));
	status_parse(&parsed->status, &parsed->pool, "status.log", text, &parsed->gaps);
}

static void
parse(struct parsed *parsed, const char *text)
{
	parse_span(parsed, (struct span){text, strlen(text)});
}

/* The names of all checks, and all gaps, in one text each. */
static const char *
check_names(struct parsed *parsed)
{
	char *names = pool_strdup(&parsed->pool, "");

	for (size_t i = 0; i < parsed->status.checks.count; i++)
		names = pool_printf(&parsed->pool, "%s%s%s", names, i != 0 ? "," : "",
		    parsed->status.checks.items[i].name);
	return names;
}

static const char *
all_gaps(struct parsed *parsed)
{
	char *gaps = pool_strdup(&parsed->pool, "");

	for (size_t i = 0; i < parsed->gaps.count; i++)
		gaps = pool_printf(&parsed->pool, "%s%s: %s\n", gaps,
		    parsed->gaps.items[i].what, parsed->gaps.items[i].why);
	return gaps;
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
test_header(void **state)
{
	struct parsed parsed;

	(void)state;
	parse(&parsed, HEADER COLLECTOR CPU REST);
	assert_int_equal(parsed.status.found, 1);
	assert_text(parsed.status.title, "Agent");
	assert_text(parsed.status.version, "7.76.0");
	assert_text(parsed.status.flavor, "agent");
	assert_text(parsed.status.hostname, "web-01.example.com");
	assert_text(parsed.status.go_version, "go1.25.7");
	assert_text(parsed.status.python_version, NULL);
	assert_text(parsed.status.install_tool, NULL);
	assert_int_equal(parsed.status.pid, 1431);
	assert_int_equal(parsed.status.status_date_ms, 1771041612344);
	assert_int_equal(parsed.status.agent_start_ms, 1770782400123);
	assert_text(all_gaps(&parsed), "");
	pool_release(&parsed.pool);
}

static void
test_dates(void **state)
{
	static const struct {
		const char *date;
		int64_t ms;
	} cases[] = {
	    {"2026-02-14 04:00:12 UTC (1771041612000)", 1771041612000},
	    {"2026-02-14 05:00:12.344 CET / 2026-02-14 04:00:12.344 UTC (1771041612344)",
		1771041612344},
	    {"2026-02-14 01:00:12.3 -03 / 2026-02-14 04:00:12.3 UTC (1771041612300)",
		1771041612300},
	    {"(1) 2026-02-14 04:00:12 UTC (2)", 2},
	    {"2026-02-14 04:00:12 UTC (1771041612", -1},
	    {"0001-01-01 00:00:00 UTC (-6795364578871)", -1},
	    {"error while parsing time: x", -1},
	    {"2026-02-14 04:00:12 UTC (99999999999999999999999999999999999999)", -1},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct parsed parsed;
		char text[512];

		snprintf(text, sizeof(text),
		    "==========\nAgent (v7)\n==========\n  Status date: %s\n", cases[i].date);
		parse(&parsed, text);
		assert_int_equal(parsed.status.status_date_ms, cases[i].ms);
		assert_true(
		    (strstr(all_gaps(&parsed), "no status date: the uptime is unknown") !=
			NULL) == (cases[i].ms < 0));
		pool_release(&parsed.pool);
	}
}

/* A title stands at the left edge between two rules of its own. */
static void
test_no_titles(void **state)
{
	static const char *const cases[] = {
	    "========\nHostname\n=====\n",
	    "========\nHostname\n--------\n",
	    "========\n========\nHostname\n",
	    "=========\n Hostname\n=========\n",
	    "  ========\n  Hostname\n  ========\n",
	    "Hostname\n========\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct parsed parsed;
		char text[512];

		snprintf(text, sizeof(text),
		    "===============\nAgent (v7.76.0)\n===============\n  Pid: 7\n"
		    "%s  hostname: web-01\n  agent_version: 6\n",
		    cases[i]);
		parse(&parsed, text);
		assert_text(parsed.status.version, "7.76.0");
		assert_text(parsed.status.hostname, NULL);
		pool_release(&parsed.pool);
	}
}

static void
test_metadata_is_the_fall_back(void **state)
{
	static const char metadata[] = "========\nMetadata\n========\n"
				       "  agent_startup_time_ms: 1.770782400124e+12\n"
				       "  agent_version: 7.75.0\n"
				       "  flavor: iot_agent\n"
				       "  install_method_installer_version: \n"
				       "  install_method_tool: %s\n"
				       "  install_method_tool_version: apt-1\n";
	struct parsed parsed;
	char text[4096];

	(void)state;
	snprintf(text, sizeof(text), metadata, "dpkg");
	memmove(text + strlen(HEADER), text, strlen(text) + 1);
	memcpy(text, HEADER, strlen(HEADER));
	parse(&parsed, text);
	assert_text(parsed.status.version, "7.76.0");
	assert_text(parsed.status.flavor, "agent");
	assert_int_equal(parsed.status.agent_start_ms, 1770782400123);
	assert_text(parsed.status.install_tool, "dpkg");
	assert_text(parsed.status.install_tool_version, "apt-1");
	assert_text(parsed.status.installer_version, NULL);
	pool_release(&parsed.pool);

	snprintf(text, sizeof(text), metadata, "undefined");
	memmove(text + strlen(COLLECTOR), text, strlen(text) + 1);
	memcpy(text, COLLECTOR, strlen(COLLECTOR));
	parse(&parsed, text);
	assert_int_equal(parsed.status.found, 1);
	assert_text(parsed.status.title, NULL);
	assert_text(parsed.status.version, "7.75.0");
	assert_text(parsed.status.flavor, "iot_agent");
	assert_int_equal(parsed.status.agent_start_ms, 1770782400124);
	assert_text(parsed.status.install_tool, NULL);
	pool_release(&parsed.pool);
}

static void
test_averages(void **state)
{
	static const struct {
		const char *duration;
		int64_t ms;
	} cases[] = {
	    {"0s", 0},
	    {"18ms", 18},
	    {"1.834s", 1834},
	    {"1m5.25s", 65250},
	    {"1h0m3s", 3603000},
	    {"2562047h47m16.854s", -1},
	    {"720\xc2\xb5s", 0},
	    {"5", -1},
	    {"s", -1},
	    {"1x", -1},
	    {"-3ms", -1},
	    {"1m5.25", -1},
	    {"3ms 4ms", -1},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct parsed parsed;
		char text[2048];

		snprintf(text, sizeof(text),
		    CHECK("      Instance ID: c [OK]\n" SOURCE
			  "      Average Execution Time : %s\n"),
		    cases[i].duration);
		parse(&parsed, text);
		assert_int_equal(parsed.status.checks.count, 1);
		assert_int_equal(parsed.status.checks.items[0].timed, cases[i].ms >= 0);
		assert_int_equal(
		    parsed.status.checks.items[0].average_ms, cases[i].ms < 0 ? 0 : cases[i].ms);
		pool_release(&parsed.pool);
	}
}

static void
test_instances(void **state)
{
	static const struct {
		const char *text;
		struct check check;
	} cases[] = {
	    {CHECK("      Instance ID: c:a [b]:1f [OK]\n" SOURCE
		   "      Total Runs: 1,000\n      Average Execution Time : 10ms\n"
		   "      Instance ID: c:1e [ERROR]\n" SOURCE
		   "      Total Runs: 234\n      Average Execution Time : 31ms\n"
		   "      Error: no [OK] today\n      No traceback\n"),
		{"c", "1.0", 2, 1, 0, 0, 2, 20, 31, "no [OK] today", 1234}},
	    {CHECK("      Instance ID: c [OK]\n      Long Running Check: true\n" SOURCE
		   "      Total Metric Samples: 0\n"),
		{"c", "1.0", 1, 0, 0, 1, 0, 0, 0, NULL, 0}},
	    {CHECK("      Instance ID: c:1 [WARNING]\n" SOURCE
		   "\n      Warning: first\n        \n"
		   "      Warning: second\n      Error: none\n        \n"
		   "      Instance ID: c:2 [ERROR]\n" SOURCE "      Error: third\n"),
		{"c", "1.0", 2, 1, 1, 0, 0, 0, 0, "third", 0}},
	    {CHECK("      Instance ID: c:1 [ERROR]\n" SOURCE
		   "      Error: 2 errors occurred:\n\t* disk full\n\t* and more\n\n"),
		{"c", "1.0", 1, 1, 0, 0, 0, 0, 0, "2 errors occurred: disk full", 0}},
	    {CHECK("      Instance ID: c:1 [WARNING]\n" SOURCE "      Warning: first\n"
		   "      Instance ID: c:2 [WARNING]\n" SOURCE "      Warning: second\n"
		   "      Instance ID: c:3 [OK]\n" SOURCE "      Tags: a\n      Tags: b\n"
		   "      Instance ID: c:4 [OK]\n      Tags: a\n      Tags: b\n"
		   "      Instance ID: quoted\n    No checks have run yet\n"),
		{"c", "1.0", 4, 0, 2, 0, 0, 0, 0, "first", 0}},
	    /* A check that is well has no error, whatever its metadata says. */
	    {CHECK("      Instance ID: c:1 [OK]\n" SOURCE
		   "      metadata:\n        Error: x\n      Error: x\n      Warning: y\n"),
		{"c", "1.0", 1, 0, 0, 0, 0, 0, 0, NULL, 0}},
	    /* A traceback that looks like anything. */
	    {CHECK(
		 "      Instance ID: c:1 [ERROR]\n" SOURCE
		 "      Total Runs: 1\n      Error: real\n      Traceback (most recent):\n"
		 "      Error: fake\n      Total Runs: 100\n      Average Execution Time : 9s\n"
		 "      Long Running Check: true\n    fake\n    ----\n      File \"x\"\n"
		 "      Instance ID: quoted [OK]\n      and so on\n"
		 "  Loading Errors\n  ==============\n=====\nAgent\n=====\n  hostname: fake\n"
		 "      Instance ID: c:2 [OK]\n" SOURCE "      Total Runs: 20\n"),
		{"c", "1.0", 2, 1, 0, 0, 0, 0, 0, "real", 21}},
	    {CHECK("      Instance ID: c [\x1b[31mERROR\x1b[0m]\n" SOURCE
		   "      Error: \x1b[1mbold\x1b[0m \x01\n"),
		{"c", "1.0", 1, 1, 0, 0, 0, 0, 0, "bold \xef\xbf\xbd", 0}},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct check *wanted = &cases[i].check, *check;
		struct parsed parsed;

		parse(&parsed, cases[i].text);
		assert_text(check_names(&parsed), "c");
		check = &parsed.status.checks.items[0];
		assert_text(check->version, wanted->version);
		assert_int_equal(check->instances, wanted->instances);
		assert_int_equal(check->errors, wanted->errors);
		assert_int_equal(check->warnings, wanted->warnings);
		assert_int_equal(check->long_running, wanted->long_running);
		assert_int_equal(check->timed, wanted->timed);
		assert_int_equal(check->average_ms, wanted->average_ms);
		assert_int_equal(check->slowest_ms, wanted->slowest_ms);
		assert_int_equal(check->total_runs, wanted->total_runs);
		assert_text(check->message, wanted->message);
		assert_int_equal(parsed.status.checks.none_yet, 0);
		assert_text(parsed.status.hostname, "web-01.example.com");
		pool_release(&parsed.pool);
	}
}

static void
test_check_names(void **state)
{
	static const struct {
		const char *text;
		const char *names;
	} cases[] = {
	    {HEADER COLLECTOR CPU, "cpu"},
	    /* Failing ones first, then those that warn, then by name. */
	    {HEADER COLLECTOR CPU
		"    b (2.0)\n    -------\n      Instance ID: b [WARNING]\n" SOURCE
		"      Warning: x\n"
		"    a\n    -\n      Instance ID: a [OK]\n" SOURCE
		"    z\n    -\n      Instance ID: z [ERROR]\n" SOURCE "      Error: y\n",
		"z,b,a,cpu"},
	    {HEADER COLLECTOR "    http check (1.0)\n    ----------------\n"
			      "      Instance ID: http check:shop front:8e1f [OK]\n",
		"http check"},
	    /* No blank lines at all, and many of them. */
	    {COLLECTOR "    a\n    -\n      Instance ID: a [OK]\n    b\n    -\n"
		       "      Instance ID: b [OK]\n  Check Worker Utilization\n",
		"a,b"},
	    {COLLECTOR "\n\n    a\n   \n    -\n\n \t\n      Instance ID: a [OK]\n", "a"},
	    /* What looks like checks but is none. */
	    {HEADER COLLECTOR CPU
		"  Python 3 Linter Warnings\n  ========================\n"
		"      legacy\n      ------\n        print is a function\n"
		"  Check Initialization Errors\n  ===========================\n\n\n"
		"      mysql\n      -----\n\n      instance 0:\n\n        host is required\n"
		"  Config Errors\n  ==============\n    nginx\n    -----\n      no instances\n"
		"  Loading Errors\n  ==============\n    acme\n    ----\n"
		"      Core Check Loader:\n        Check acme not found in Catalog\n",
		"cpu"},
	    {COLLECTOR
		"    a\n    -\n      Instance ID: a [ERROR]\n      Error: x\n"
		"    b\n    -\n      Instance ID: b [OK]\n      Tags: a\n      Tags: b\n",
		"a,b"},
	    /* Without the title, names and dashes may be anything. */
	    {HEADER CPU, ""},
	    {HEADER COLLECTOR "      Instance ID: nobody [OK]\n" SOURCE, ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct parsed parsed;

		parse(&parsed, cases[i].text);
		assert_text(check_names(&parsed), cases[i].names);
		pool_release(&parsed.pool);
	}
}

static void
test_gaps(void **state)
{
	static const struct {
		const char *text;
		int found;
		const char *gaps;
	} cases[] = {
	    {"", 0, "status.log: is empty\n"},
	    {" \r\n\n", 0, "status.log: is empty\n"},
	    {"unable to get the status of the agent, is it running?", 0,
		"status.log: holds no Agent status but: "
		"unable to get the status of the agent, is it running?\n"},
	    {HEADER, 1, "status.log: Running Checks: no such block\n"},
	    {HEADER COLLECTOR REST, 1, "status.log: Running Checks: no check is listed\n"},
	    {HEADER COLLECTOR "    No checks have run yet\n" REST, 1, ""},
	    {HEADER COLLECTOR CPU, 1,
		"status.log: ends within its Collector section: it may have been cut\n"},
	    {COLLECTOR CPU REST, 1,
		"status.log: no status date: the uptime is unknown\n"
		"status.log: no hostname\n"
		"status.log: no version\n"
		"status.log: no start of the Agent: the uptime is unknown\n"},
	    {HEADER COLLECTOR CPU
		"====================\nStatus render errors\n====================\n\n"
		"  - error rendering section: refused\n  - another\n  Pid: 7\n",
		1,
		"status.log: the Agent could not make all of it: "
		"error rendering section: refused\n"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct parsed parsed;

		parse(&parsed, cases[i].text);
		assert_int_equal(parsed.status.found, cases[i].found);
		assert_text(all_gaps(&parsed), cases[i].gaps);
		assert_int_equal(
		    parsed.status.checks.none_yet, strstr(cases[i].text, "No checks have") != NULL);
		pool_release(&parsed.pool);
	}
}

/* Every beginning of a status gives what it holds: never more than the whole. */
static void
test_cut(void **state)
{
	static const char text[] =
	    CHECK("      Instance ID: c [ERROR]\n" SOURCE "      Total Runs: 1,000\n"
		  "      Average Execution Time : 1m5.25s\n"
		  "      Error: e\n") CPU;
	struct span part = {text, 0};
	size_t checks = 0;

	(void)state;
	for (; part.len < sizeof(text); part.len++) {
		struct parsed parsed;
		char *copy =
		    malloc(part.len + 1); /* exact, so that the sanitizer sees its end */

		memcpy(copy, text, part.len);
		parse_span(&parsed, (struct span){copy, part.len});
		assert_true(parsed.status.checks.count >= checks);
		checks = parsed.status.checks.count;
		assert_int_equal(
		    parsed.status.found, part.len >= 3 * strlen("===============") + 2);
		assert_true(parsed.gaps.count > 0 || checks > 0);
		pool_release(&parsed.pool);
		free(copy);
	}
	assert_int_equal(checks, 2);
}

static void
test_windows_line_ends(void **state)
{
	static const char text[] = HEADER COLLECTOR CPU REST;
	struct parsed parsed;
	struct buf buf = {0};

	(void)state;
	for (size_t i = 0; text[i] != '\0'; i++) {
		if (text[i] == '\n')
			buf_putc(&buf, '\r');
		buf_putc(&buf, text[i]);
	}
	parse(&parsed, buf_text(&buf));
	assert_text(parsed.status.version, "7.76.0");
	assert_text(parsed.status.hostname, "web-01.example.com");
	assert_text(check_names(&parsed), "cpu");
	assert_int_equal(parsed.status.checks.items[0].average_ms, 3);
	assert_text(all_gaps(&parsed), "");
	pool_release(&parsed.pool);
	buf_release(&buf);
}

static void
test_fixtures(void **state)
{
	static const struct {
		const char *file;
		const char *title;
		const char *names;
		int errors, long_running;
		size_t gaps;
	} cases[] = {
	    {"healthy.log", "Agent", "cpu,docker,postgres,redisdb", 0, 0, 0},
	    {"colour.log", "Agent", "cpu,docker,postgres,redisdb", 0, 0, 0},
	    {"timezone.log", "Agent", "cpu,docker,postgres,redisdb", 0, 0, 0},
	    {"errors.log", "Agent",
		"postgres,snmp,kubelet,container_image,cpu,docker,http check", 2, 1, 1},
	    {"no-checks.log", "Agent", "", 0, 0, 0},
	    {"cluster-agent.log", "Cluster Agent",
		"kubernetes_apiserver,kubernetes_state_core,orchestrator", 0, 0, 0},
	    {"unable.log", NULL, "", 0, 0, 1},
	};
	const char *fixtures = getenv("FIXTURES");

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct parsed parsed;
		struct error err = {0};
		struct buf buf = {0};
		char path[4096];
		int errors = 0, long_running = 0;

		snprintf(path, sizeof(path), "%s/status/%s",
		    fixtures != NULL ? fixtures : "fixtures", cases[i].file);
		if (file_read(path, 1 << 20, &buf, &err) < 0)
			fail_msg("%s", err.msg);
		parse_span(&parsed, (struct span){buf_text(&buf), buf.len});
		for (size_t j = 0; j < parsed.status.checks.count; j++) {
			errors += parsed.status.checks.items[j].errors;
			long_running += parsed.status.checks.items[j].long_running;
		}
		assert_text(parsed.status.title, cases[i].title);
		assert_text(check_names(&parsed), cases[i].names);
		assert_int_equal(errors, cases[i].errors);
		assert_int_equal(long_running, cases[i].long_running);
		assert_int_equal(parsed.gaps.count, cases[i].gaps);
		assert_int_equal(
		    parsed.status.agent_start_ms, cases[i].title != NULL ? 1770782400123 : -1);
		buf_release(&buf);
		pool_release(&parsed.pool);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_header),
	    cmocka_unit_test(test_dates),
	    cmocka_unit_test(test_no_titles),
	    cmocka_unit_test(test_metadata_is_the_fall_back),
	    cmocka_unit_test(test_averages),
	    cmocka_unit_test(test_instances),
	    cmocka_unit_test(test_check_names),
	    cmocka_unit_test(test_gaps),
	    cmocka_unit_test(test_cut),
	    cmocka_unit_test(test_windows_line_ends),
	    cmocka_unit_test(test_fixtures),
	};

	return cmocka_run_group_tests_name("status", tests, NULL, NULL);
}
