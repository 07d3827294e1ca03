#include "context.h"

#include "builders.h"
#include "component.h"

#define HOUR ((int64_t)3600000) /* in milliseconds */
#define DATE (START / 1000000)	/* of the status, in milliseconds */

struct found {
	struct build build;
	struct context context;
};

/* An Agent of which all is known, and nothing is out of the ordinary. */
static void
open_usual(struct found *found)
{
	struct evidence *evidence = &found->build.evidence;

	build_open(&found->build);
	build_surroundings(&found->build);
	telemetry_init(&evidence->telemetry);
	vitals_init(&evidence->vitals);
	sections_init(&evidence->sections);
	evidence->status.agent_start_ms = DATE - 15 * 60000;
	evidence->status.status_date_ms = DATE;
	evidence->memstats.gc_cpu_fraction = 0.0999;
	evidence->vitals.health_known = 1;
	evidence->vitals.version_from = "7.75.2";
	evidence->vitals.version_to = "7.76.0";
	evidence->vitals.version_change_ms = DATE - 48 * HOUR - 1000;
	evidence->vitals.contexts = 100000;
	evidence->vitals.forwarder = (struct vitals_forwarder){.success = 1900,
	    .errors = 100,
	    .retry_queue_size = 9,
	    .most_errors = "DNSErrors",
	    .most_error_count = 90};
	evidence->vitals.runner.workers = 4;
	evidence->vitals.runner.mean_utilization = 0.79;
	evidence->sections.log_level = "info";
}

/* Looks, and wants this kind alone, or none when it is CONTEXT_KINDS. */
static const struct context_item *
find_only(struct found *found, enum context_kind kind)
{
	context_find(&found->context, &found->build.pool, &found->build.evidence);
	if (found->context.count != (kind != CONTEXT_KINDS) ||
	    (kind != CONTEXT_KINDS && found->context.items[0].kind != kind))
		fail_msg("%zu found, first %s", found->context.count,
		    found->context.count > 0 ? found->context.items[0].name : "none");
	return &found->context.items[0];
}

static void
assert_item(const struct context_item *item, double value, const char *source, const char *detail)
{
	assert_true(item->value > value - 1e-9 && item->value < value + 1e-9);
	assert_string_equal(item->source, source);
	if (detail == NULL)
		assert_null(item->detail);
	else
		assert_string_equal(item->detail, detail);
}

static void
test_usual(void **state)
{
	struct found found;

	(void)state;
	open_usual(&found);
	find_only(&found, CONTEXT_KINDS);
	build_close(&found.build);
}

/* What is unknown, or was never read, is nothing. */
static void
test_unknown(void **state)
{
	struct found found;
	struct evidence *evidence = &found.build.evidence;

	(void)state;
	build_open(&found.build);
	find_only(&found, CONTEXT_KINDS);
	telemetry_init(&evidence->telemetry);
	vitals_init(&evidence->vitals);
	sections_init(&evidence->sections);
	evidence->status.status_date_ms = -1;
	evidence->status.agent_start_ms = -1;
	find_only(&found, CONTEXT_KINDS);
	build_close(&found.build);
}

static void
test_upgrade(void **state)
{
	static const struct {
		int64_t change_ms;
		int fires;
	} cases[] = {{DATE - 48 * HOUR, 1}, {DATE - HOUR, 1}, {DATE, 1}, {DATE + 1, 0},
	    {DATE - 49 * HOUR, 0}, {-1, 0}, {0, 0}, {INT64_MAX, 0}};

	(void)state;
	for (size_t i = 0; i < BUILD_COUNT(cases); i++) {
		struct found found;
		struct vitals *vitals = &found.build.evidence.vitals;

		open_usual(&found);
		vitals->version_change_ms = cases[i].change_ms;
		if (cases[i].fires)
			assert_item(find_only(&found, CONTEXT_UPGRADE),
			    (double)(DATE - cases[i].change_ms) / 1000, "version-history.json",
			    "7.75.2 to 7.76.0");
		else
			find_only(&found, CONTEXT_KINDS);
		vitals->version_from = NULL;
		find_only(&found, CONTEXT_KINDS);
		build_close(&found.build);
	}
}

static void
test_young(void **state)
{
	static const struct {
		int64_t start_ms;
		int fires;
	} cases[] = {{DATE - 15 * 60000 + 1, 1}, {DATE, 1}, {DATE + 1, 0}, {DATE - 15 * 60000, 0},
	    {-1, 0}};

	(void)state;
	for (size_t i = 0; i < BUILD_COUNT(cases); i++) {
		struct found found;

		open_usual(&found);
		found.build.evidence.status.agent_start_ms = cases[i].start_ms;
		if (cases[i].fires)
			assert_item(find_only(&found, CONTEXT_YOUNG),
			    (double)(DATE - cases[i].start_ms) / 1000, "status.log", NULL);
		else
			find_only(&found, CONTEXT_KINDS);
		build_close(&found.build);
	}
}

static void
test_unhealthy(void **state)
{
	static const char *names[] = {"a", "b", "c", "d", "e", "f"};
	struct found found;
	struct vitals *vitals = &found.build.evidence.vitals;

	(void)state;
	open_usual(&found);
	vitals->unhealthy = names;
	vitals->unhealthy_count = 2;
	assert_item(find_only(&found, CONTEXT_UNHEALTHY), 2, "health.yaml", "a, b");
	vitals->unhealthy_count = 6;
	assert_item(
	    find_only(&found, CONTEXT_UNHEALTHY), 6, "health.yaml", "a, b, c, d, e, ...");
	build_close(&found.build);
}

static void
test_contexts(void **state)
{
	struct found found;
	struct evidence *evidence = &found.build.evidence;

	(void)state;
	open_usual(&found);
	evidence->vitals.contexts = 100001;
	assert_item(
	    find_only(&found, CONTEXT_CONTEXTS), 100001, "expvar/aggregator", NULL);
	/* The file of the process itself counts, the other is for a local flare. */
	evidence->vitals.contexts = 5;
	evidence->telemetry.contexts = 200000;
	find_only(&found, CONTEXT_KINDS);
	evidence->vitals.contexts = -1;
	assert_item(find_only(&found, CONTEXT_CONTEXTS), 200000, "telemetry.log", NULL);
	build_close(&found.build);
}

static void
test_forwarder(void **state)
{
	struct found found;
	struct vitals_forwarder *forwarder = &found.build.evidence.vitals.forwarder;
	struct sections_forwarder *fall_back = &found.build.evidence.sections.forwarder;

	(void)state;
	open_usual(&found);
	forwarder->retry_queue_size = 10;
	assert_item(find_only(&found, CONTEXT_RETRY_QUEUE), 10, "expvar/forwarder", NULL);
	forwarder->retry_queue_size = -1;
	fall_back->retry_queue_size = 12;
	assert_item(find_only(&found, CONTEXT_RETRY_QUEUE), 12, "status.log", NULL);
	fall_back->retry_queue_size = 9;
	forwarder->dropped = 1;
	assert_item(find_only(&found, CONTEXT_DROPPED), 1, "expvar/forwarder", NULL);
	forwarder->dropped = -1;
	find_only(&found, CONTEXT_KINDS);
	fall_back->dropped = 3;
	found.build.flare.kind = FLARE_CLUSTER_AGENT;
	assert_item(
	    find_only(&found, CONTEXT_DROPPED), 3, "cluster-agent-status.log", NULL);
	build_close(&found.build);
}

static void
test_send_errors(void **state)
{
	static const struct {
		int64_t errors, success;
		int fires;
	} cases[] = {{101, 1900, 1}, {100, 0, 1}, {100, 1900, 0}, {99, 0, 0}, {1000, 20000, 0},
	    {1000, -1, 0}, {-1, 5, 0}, {INT64_MAX, INT64_MAX, 1}};

	(void)state;
	for (size_t i = 0; i < BUILD_COUNT(cases); i++) {
		struct found found;
		struct evidence *evidence = &found.build.evidence;
		double share = (double)cases[i].errors /
			       ((double)cases[i].errors + (double)cases[i].success);

		open_usual(&found);
		evidence->vitals.forwarder.errors = cases[i].errors;
		evidence->vitals.forwarder.success = cases[i].success;
		if (cases[i].fires) {
			const struct context_item *item = find_only(&found, CONTEXT_SEND_ERRORS);

			assert_item(item, share, "expvar/forwarder", "DNSErrors");
			assert_int_equal(item->count, cases[i].errors);
		} else {
			find_only(&found, CONTEXT_KINDS);
		}
		/* Not the errors of one file and the successes of another. */
		vitals_init(&evidence->vitals);
		evidence->vitals.forwarder.success = 1;
		evidence->sections.forwarder.errors = cases[i].errors;
		evidence->sections.forwarder.success = cases[i].success;
		if (cases[i].fires)
			assert_item(find_only(&found, CONTEXT_SEND_ERRORS), share, "status.log", NULL);
		else
			find_only(&found, CONTEXT_KINDS);
		build_close(&found.build);
	}
}

static void
test_runners_busy(void **state)
{
	struct found found;
	struct evidence *evidence = &found.build.evidence;
	const struct context_item *item;

	(void)state;
	open_usual(&found);
	evidence->vitals.runner.mean_utilization = 0.8;
	item = find_only(&found, CONTEXT_RUNNERS_BUSY);
	assert_item(item, 0.8, "expvar/runner", NULL);
	assert_int_equal(item->count, 4);
	evidence->vitals.runner.mean_utilization = -1;
	evidence->sections.mean_utilization = 0.93;
	evidence->sections.workers = 7;
	item = find_only(&found, CONTEXT_RUNNERS_BUSY);
	assert_item(item, 0.93, "status.log", NULL);
	assert_int_equal(item->count, 7);
	evidence->sections.mean_utilization = 0.79;
	find_only(&found, CONTEXT_KINDS);
	build_close(&found.build);
}

static void
test_log_level(void **state)
{
	static const struct {
		const char *level;
		int fires;
	} cases[] = {{"debug", 1}, {"trace", 1}, {"DEBUG", 1}, {"info", 0}, {"warn", 0}, {"off", 0},
	    {"", 0}, {NULL, 0}};

	(void)state;
	for (size_t i = 0; i < BUILD_COUNT(cases); i++) {
		struct found found;

		open_usual(&found);
		found.build.evidence.sections.log_level = cases[i].level;
		if (cases[i].fires)
			assert_item(find_only(&found, CONTEXT_LOG_LEVEL), 0, "status.log",
			    cases[i].level);
		else
			find_only(&found, CONTEXT_KINDS);
		build_close(&found.build);
	}
}

static void
test_gc_share(void **state)
{
	struct found found;
	struct evidence *evidence = &found.build.evidence;

	(void)state;
	open_usual(&found);
	evidence->memstats.gc_cpu_fraction = 0.1;
	assert_item(find_only(&found, CONTEXT_GC_SHARE), 0.1, "expvar/memstats", NULL);
	evidence->memstats.found = 0;
	find_only(&found, CONTEXT_KINDS);
	evidence->telemetry.memstats.found = 1;
	evidence->telemetry.memstats.gc_cpu_fraction = 0.25;
	assert_item(find_only(&found, CONTEXT_GC_SHARE), 0.25, "telemetry.log", NULL);
	build_close(&found.build);
}

static void
test_gc_off(void **state)
{
	struct found found;
	struct evidence *evidence = &found.build.evidence;

	(void)state;
	open_usual(&found);
	evidence->memstats.gc_off = 1;
	assert_item(find_only(&found, CONTEXT_GC_OFF), 0, "expvar/memstats", NULL);
	evidence->memstats.found = 0;
	find_only(&found, CONTEXT_KINDS);
	/* Of another process nothing is said. */
	evidence->memstats = (struct memstats){.found = 1, .gc_cpu_fraction = -1};
	evidence->trace_memstats = (struct memstats){.found = 1, .gc_off = 1};
	find_only(&found, CONTEXT_KINDS);
	build_close(&found.build);
}

/* All at once, in the order of their kinds. */
static void
test_all(void **state)
{
	static const char *names[] = {"logs-agent"};
	struct found found;
	struct evidence *evidence = &found.build.evidence;

	(void)state;
	open_usual(&found);
	evidence->vitals.version_change_ms = DATE - HOUR;
	evidence->status.agent_start_ms = DATE - 60000;
	evidence->vitals.unhealthy = names;
	evidence->vitals.unhealthy_count = 1;
	evidence->vitals.contexts = 900000;
	evidence->vitals.forwarder.retry_queue_size = 500;
	evidence->vitals.forwarder.dropped = 7;
	evidence->vitals.forwarder.errors = 900;
	evidence->vitals.runner.mean_utilization = 1;
	evidence->sections.log_level = "trace";
	evidence->memstats.gc_cpu_fraction = 0.5;
	evidence->memstats.gc_off = 1;
	context_find(&found.context, &found.build.pool, evidence);
	assert_int_equal(found.context.count, CONTEXT_KINDS);
	for (int i = 0; i < CONTEXT_KINDS; i++) {
		assert_int_equal(found.context.items[i].kind, i);
		assert_non_null(found.context.items[i].name);
		assert_non_null(found.context.items[i].source);
	}
	build_close(&found.build);
}

/* What concerns the components that are shipped. */
static void
test_components(void **state)
{
	static const struct {
		const char *function;
		enum context_kind kind;
		int matches;
	} cases[] = {
	    {AGENT "comp/forwarder/defaultforwarder.(*worker).process", CONTEXT_RETRY_QUEUE, 1},
	    {AGENT "comp/forwarder/defaultforwarder.(*worker).process", CONTEXT_DROPPED, 1},
	    {AGENT "comp/forwarder/defaultforwarder.(*worker).process", CONTEXT_SEND_ERRORS, 1},
	    {AGENT "comp/forwarder/defaultforwarder.(*worker).process", CONTEXT_CONTEXTS, 0},
	    {SAMPLER, CONTEXT_CONTEXTS, 1},
	    {AGENT "pkg/aggregator/ckey.(*KeyGenerator).Generate", CONTEXT_CONTEXTS, 1},
	    {AGENT "comp/dogstatsd/server.(*server).parse", CONTEXT_CONTEXTS, 1},
	    {AGENT "pkg/serializer.(*Serializer).SendSketch", CONTEXT_CONTEXTS, 1},
	    {"runtime.cgocall", CONTEXT_RUNNERS_BUSY, 1},
	    {AGENT "pkg/collector/worker.(*Worker).Run", CONTEXT_RUNNERS_BUSY, 1},
	    {AGENT "pkg/collector/corechecks/system/disk.(*Check).Run", CONTEXT_RUNNERS_BUSY, 1},
	    {AGENT "pkg/util/log.Debugf", CONTEXT_LOG_LEVEL, 1},
	    {AGENT "comp/core/tagger/impl.(*Tagger).Tag", CONTEXT_YOUNG, 1},
	    {"runtime.mallocgc", CONTEXT_GC_SHARE, 1},
	    {"runtime.mallocgc", CONTEXT_GC_OFF, 1},
	    {"runtime.mallocgc", CONTEXT_UPGRADE, 0},
	    {"main.main", CONTEXT_UNHEALTHY, 0},
	};
	struct found found;

	(void)state;
	build_open(&found.build);
	build_components(&found.build);
	for (size_t i = 0; i < BUILD_COUNT(cases); i++) {
		static const char *const names[CONTEXT_KINDS] = {"upgrade", "young", "unhealthy",
		    "contexts", "retry_queue", "dropped", "send_errors", "runners_busy",
		    "log_level", "gc_share", "gc_off"};
		struct context_item item = {.name = names[cases[i].kind]};

		if (context_matches(&item, components_find(&found.build.components,
					       cases[i].function)) != cases[i].matches)
			fail_msg("%s, %s: not %d", cases[i].function, item.name, cases[i].matches);
	}
	build_close(&found.build);
}

/* No component has a sign that no rule has. */
static void
test_component_signs(void **state)
{
	static const char known[] =
	    " young contexts retry_queue dropped send_errors runners_busy log_level gc_share "
	    "gc_off ";
	struct build build;

	(void)state;
	build_open(&build);
	build_components(&build);
	for (size_t i = 0; i < build.components.count; i++) {
		const struct component *component = &build.components.items[i];

		for (size_t k = 0; k < component->sign_count; k++) {
			if (strstr(known,
				pool_printf(&build.pool, " %s ", component->signs[k])) == NULL)
				fail_msg("%s: sign %s", component->name, component->signs[k]);
		}
	}
	build_close(&build);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_usual),
	    cmocka_unit_test(test_unknown),
	    cmocka_unit_test(test_upgrade),
	    cmocka_unit_test(test_young),
	    cmocka_unit_test(test_unhealthy),
	    cmocka_unit_test(test_contexts),
	    cmocka_unit_test(test_forwarder),
	    cmocka_unit_test(test_send_errors),
	    cmocka_unit_test(test_runners_busy),
	    cmocka_unit_test(test_log_level),
	    cmocka_unit_test(test_gc_share),
	    cmocka_unit_test(test_gc_off),
	    cmocka_unit_test(test_all),
	    cmocka_unit_test(test_components),
	    cmocka_unit_test(test_component_signs),
	};

	return cmocka_run_group_tests_name("context", tests, NULL, NULL);
}
