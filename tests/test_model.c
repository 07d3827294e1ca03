#include "model.h"

#include "builders.h"

#include <math.h>

/* The keys of the contract ("Model (JSON)" of the report's contract) with their types: i a
 * whole number, n a number, s a text, b a switch, a an array, o an object. */
struct key {
	const char *path;
	char type;
};

static const struct key known_keys[] = {
    {"schema_version", 'i'}, {"generator", 'o'}, {"generator.name", 's'},
    {"generator.version", 's'}, {"generator.go_version", 's'}, {"flare", 'o'},
    {"flare.path", 's'}, {"flare.hostname", 's'}, {"flare.kind", 's'}, {"verdict", 'o'},
    {"verdict.name", 's'}, {"verdict.summary", 's'}, {"verdict.processes", 'a'},
    {"verdict.processes.0", 's'}, {"verdict.findings", 'a'}, {"verdict.findings.0.type", 's'},
    {"verdict.findings.0.process", 's'}, {"verdict.findings.0.function", 's'},
    {"verdict.findings.0.measured", 'n'}, {"verdict.findings.0.threshold", 'n'},
    {"verdict.findings.0.unit", 's'}, {"verdict.findings.0.confidence", 's'},
    {"verdict.findings.0.reason", 's'}, {"verdict.notes", 'a'}, {"verdict.notes.0", 's'},
    {"agent", 'o'}, {"agent.version", 's'}, {"agent.flavor", 's'}, {"agent.hostname", 's'},
    {"agent.pid", 'i'}, {"agent.go_version", 's'}, {"agent.python_version", 's'},
    {"agent.status_date", 's'}, {"agent.agent_start", 's'}, {"agent.uptime_seconds", 'i'},
    {"agent.install_method", 'o'}, {"agent.install_method.tool", 's'},
    {"agent.install_method.tool_version", 's'}, {"agent.install_method.installer_version", 's'},
    {"memstats", 'o'}, {"memstats.alloc_bytes", 'i'}, {"memstats.total_alloc_bytes", 'i'},
    {"memstats.sys_bytes", 'i'}, {"memstats.heap_alloc_bytes", 'i'},
    {"memstats.heap_sys_bytes", 'i'}, {"memstats.heap_inuse_bytes", 'i'},
    {"memstats.heap_idle_bytes", 'i'}, {"memstats.heap_released_bytes", 'i'},
    {"memstats.heap_objects", 'i'}, {"memstats.num_gc", 'i'}, {"memstats.pause_total_ns", 'i'},
    {"memstats.last_gc", 's'}, {"memstats.next_gc_bytes", 'i'},
    {"memstats.gc_cpu_fraction", 'n'}, {"processes", 'a'}, {"processes.0.name", 's'},
    {"processes.0.verdict", 's'}, {"processes.0.heap", 'o'},
    {"processes.0.heap.interval_seconds", 'n'}, {"processes.0.heap.interval_source", 's'},
    {"processes.0.heap.net_growth_bytes", 'i'}, {"processes.0.heap.growth_bytes", 'i'},
    {"processes.0.heap.shrinkage_bytes", 'i'}, {"processes.0.heap.error_bytes", 'i'},
    {"processes.0.heap.growth_per_30s_bytes", 'i'}, {"processes.0.heap.total_bytes", 'i'},
    {"processes.0.heap.growth_rows", 'a'}, {"processes.0.heap.growth_rows.0.function", 's'},
    {"processes.0.heap.growth_rows.0.flat", 'i'},
    {"processes.0.heap.growth_rows.0.flat_percent", 'n'},
    {"processes.0.heap.growth_rows.0.cum", 'i'},
    {"processes.0.heap.growth_rows.0.cum_percent", 'n'}, {"processes.0.heap.object_rows", 'a'},
    {"processes.0.heap.object_rows.0.flat", 'i'}, {"processes.0.heap.current_rows", 'a'},
    {"processes.0.heap.current_rows.0.flat", 'i'}, {"processes.0.cpu", 'o'},
    {"processes.0.cpu.duration_seconds", 'n'}, {"processes.0.cpu.samples_seconds", 'n'},
    {"processes.0.cpu.core_use", 'n'}, {"processes.0.cpu.rows", 'a'},
    {"processes.0.cpu.rows.0.function", 's'}, {"processes.0.cpu.rows.0.flat", 'i'},
    {"processes.0.cpu.rows.0.flat_percent", 'n'}, {"processes.0.cpu.rows.0.cum", 'i'},
    {"processes.0.cpu.rows.0.cum_percent", 'n'}, {"processes.0.cpu.cumulative_rows", 'a'},
    {"processes.0.cpu.cumulative_rows.0.cum", 'i'}, {"processes.0.block", 'o'},
    {"processes.0.block.contentions", 'i'}, {"processes.0.block.lock_delay_ns", 'i'},
    {"processes.0.block.idle_delay_ns", 'i'}, {"processes.0.block.rows", 'a'},
    {"processes.0.block.rows.0.function", 's'}, {"processes.0.block.rows.0.contentions", 'i'},
    {"processes.0.block.rows.0.delay_ns", 'i'}, {"processes.0.mutex", 'o'},
    {"processes.0.mutex.contentions", 'i'}, {"processes.0.mutex.delay_ns", 'i'},
    {"processes.0.mutex.rows", 'a'}, {"processes.0.mutex.rows.0.function", 's'},
    {"processes.0.mutex.rows.0.contentions", 'i'}, {"processes.0.mutex.rows.0.delay_ns", 'i'},
    {"traces", 'a'}, {"traces.0.file", 's'}, {"traces.0.size_bytes", 'i'}, {"goroutines", 'o'},
    {"goroutines.count", 'i'}, {"goroutines.states", 'o'}, {"goroutines.states.select", 'i'},
    {"goroutines.long_waits", 'a'}, {"goroutines.long_waits.0.minutes", 'i'},
    {"goroutines.groups", 'a'}, {"goroutines.waiting", 'a'}, {"checks", 'a'},
    {"checks.0.name", 's'}, {"checks.0.version", 's'}, {"checks.0.instances", 'i'},
    {"checks.0.errors", 'i'}, {"checks.0.warnings", 'i'}, {"checks.0.average_ms", 'i'},
    {"recommendations", 'a'}, {"recommendations.0.priority", 'i'},
    {"recommendations.0.action", 's'}, {"recommendations.0.reason", 's'}, {"gaps", 'a'},
    {"gaps.0.what", 's'}, {"gaps.0.why", 's'}, {"commands", 'a'}, {"commands.0", 's'},
};

static int
has_type(const cJSON *item, char type)
{
	switch (type) {
	case 'i':
		return cJSON_IsNumber(item) && item->valuedouble == floor(item->valuedouble);
	case 'n':
		return cJSON_IsNumber(item) && isfinite(item->valuedouble);
	case 's':
		return cJSON_IsString(item);
	case 'a':
		return cJSON_IsArray(item);
	default:
		return cJSON_IsObject(item);
	}
}

/* A core that leaks and a trace-agent whose memory moves, with all that a flare can have. */
static void
open_full(struct build *build)
{
	build_open(build);
	build_surroundings(build);
	BUILD_GROWTH(build, build_process(build, "core"), {SAMPLER, 90 * MB, 90 * MB},
	    {FLUSH, -30 * MB, 0}, {"a.A", -20 * MB, 0}, {"b.B", -10 * MB, 0}, {"c.C", -5 * MB, 0},
	    {"main.main", 0, 25 * MB}, {"d.D", 10 * MB, 10 * MB});
	BUILD_GROWTH(build, build_process(build, "trace"), {SAMPLER, 90 * MB, 90 * MB},
	    {FLUSH, -90 * MB, 0});
}

static void
test_contract_when_all_is_known(void **state)
{
	struct build build;
	cJSON *model;

	(void)state;
	open_full(&build);
	model = build_model(&build);
	for (size_t i = 0; i < BUILD_COUNT(known_keys); i++) {
		const cJSON *item = build_at(model, known_keys[i].path);

		if (item == NULL)
			fail_msg("there is no '%s'", known_keys[i].path);
		if (!has_type(item, known_keys[i].type))
			fail_msg("'%s' is of another type", known_keys[i].path);
	}
	cJSON_Delete(model);
	build_close(&build);
}

/* The same keys are there, null, when nothing could be read; what was not listed stays away. */
static const char *const unknown_keys[] = {"agent.version", "agent.flavor", "agent.hostname",
    "agent.pid", "agent.go_version", "agent.python_version", "agent.status_date",
    "agent.agent_start", "agent.uptime_seconds", "agent.install_method.tool",
    "agent.install_method.tool_version", "agent.install_method.installer_version", "memstats",
    "goroutines", "processes.0.heap.interval_seconds", "processes.0.heap.interval_source",
    "processes.0.heap.net_growth_bytes", "processes.0.heap.growth_bytes",
    "processes.0.heap.shrinkage_bytes", "processes.0.heap.error_bytes",
    "processes.0.heap.growth_per_30s_bytes", "processes.0.heap.total_bytes",
    "processes.0.cpu.duration_seconds", "processes.0.cpu.samples_seconds",
    "processes.0.cpu.core_use", "processes.0.block.contentions",
    "processes.0.block.lock_delay_ns", "processes.0.block.idle_delay_ns",
    "processes.0.mutex.contentions", "processes.0.mutex.delay_ns",
    "processes.0.judged.lock_delay_ns", "processes.0.judged.top_function_percent"};

static const char *const empty_arrays[] = {"verdict.processes", "verdict.findings",
    "verdict.notes", "processes.0.heap.growth_rows", "processes.0.heap.object_rows",
    "processes.0.heap.current_rows", "processes.0.cpu.rows", "processes.0.cpu.cumulative_rows",
    "processes.0.block.rows", "processes.0.mutex.rows", "traces", "checks", "gaps", "commands"};

static void
test_unknown_is_null(void **state)
{
	struct build build;
	cJSON *model;
	struct pprof_process *process;

	(void)state;
	build_open(&build);
	process = build_process(&build, "core");
	for (int i = 0; i < PPROF_REPORTS; i++)
		build_missing(process, (enum pprof_report)i, "the file is cut");
	model = build_model(&build);
	for (size_t i = 0; i < BUILD_COUNT(unknown_keys); i++) {
		if (!cJSON_IsNull(build_at(model, unknown_keys[i])))
			fail_msg("'%s' is not null", unknown_keys[i]);
	}
	for (size_t i = 0; i < BUILD_COUNT(empty_arrays); i++) {
		const cJSON *array = build_at(model, empty_arrays[i]);

		if (!cJSON_IsArray(array) || cJSON_GetArraySize(array) != 0)
			fail_msg("'%s' is no empty array", empty_arrays[i]);
	}
	assert_string_equal(build_text_at(model, "verdict.name"), "Inconclusive");
	assert_string_equal(build_text_at(model, "processes.0.heap.why"), "the file is cut");
	assert_string_equal(build_text_at(model, "processes.0.cpu.why"), "the file is cut");
	assert_string_equal(build_text_at(model, "flare.hostname"), "web-1");
	cJSON_Delete(model);
	build_close(&build);
}

/* Single numbers that a file lacks are null beside those that it has. */
static void
test_partly_unknown(void **state)
{
	static const char *const keys[] = {"agent.pid", "agent.status_date", "agent.uptime_seconds",
	    "memstats.sys_bytes", "memstats.gc_cpu_fraction", "memstats.last_gc",
	    "memstats.pause_mean_ns", "checks.1.average_ms", "checks.1.version"};
	struct build build;
	cJSON *model;

	(void)state;
	open_full(&build);
	build.evidence.status.pid = -1;
	build.evidence.status.status_date_ms = -1;
	build.evidence.memstats.sys_bytes = -1;
	build.evidence.memstats.gc_cpu_fraction = -1;
	build.evidence.memstats.last_gc_ns = 0;
	build.evidence.memstats.num_gc = 0;
	build.evidence.status.checks.items[1].timed = 0;
	model = build_model(&build);
	for (size_t i = 0; i < BUILD_COUNT(keys); i++) {
		if (!cJSON_IsNull(build_at(model, keys[i])))
			fail_msg("'%s' is not null", keys[i]);
	}
	assert_string_equal(build_text_at(model, "agent.agent_start"), "2026-02-14T03:00:12Z");
	build.evidence.status.checks.items[1].timed = 1;
	cJSON_Delete(model);
	build_close(&build);
}

static const struct {
	const char *path;
	double value;
} values[] = {
	    {"schema_version", 1},
	    {"agent.pid", 4711},
	    {"agent.uptime_seconds", 3600},
	    {"memstats.heap_objects", 345678},
	    {"memstats.pause_mean_ns", 2000},
	    {"memstats.gc_cpu_fraction", 0.0125},
	    {"processes.0.heap.interval_seconds", 30},
	    {"processes.0.heap.net_growth_bytes", 35.0 * 1048576},
	    {"processes.0.heap.growth_bytes", 100.0 * 1048576},
	    {"processes.0.heap.shrinkage_bytes", 65.0 * 1048576},
	    {"processes.0.heap.growth_per_30s_bytes", 35.0 * 1048576},
	    {"processes.0.heap.total_bytes", 32.0 * 1048576},
	    {"processes.0.heap.age_seconds", 27.429}, /* 32 of 35 MB in 30 s */
	    {"processes.0.heap.growth_rows.0.flat_percent", 90},
	    {"processes.0.heap.growth_rows.1.flat_percent", 10},
	    {"processes.0.heap.shrinkage_rows.0.flat", -30.0 * 1048576},
	    {"processes.0.heap.shrinkage_rows.0.flat_percent", 46.154},
	    {"processes.0.heap.current_rows.0.flat_percent", 75},
	    {"processes.0.heap.current_rows.0.cum_percent", 75},
	    {"processes.0.cpu.samples_seconds", 9},
	    {"processes.0.cpu.core_use", 0.3},
	    {"processes.0.cpu.rows.0.flat", 4e9},
	    {"processes.0.cpu.rows.0.flat_percent", 44.444},
	    {"processes.0.cpu.cumulative_rows.0.cum_percent", 100},
	    {"processes.0.block.lock_delay_ns", 1e8},
	    {"processes.0.block.idle_delay_ns", 230e9},
	    {"processes.0.block.contentions", 12},
	    {"processes.0.block.rows.0.contentions", 12},
	    {"processes.0.mutex.rows.0.contentions", 7},
	    {"processes.0.mutex.rows.0.delay_ns", 1e8},
	    {"processes.0.judged.lock_delay_ns", 1e8},
	    {"goroutines.states.IO wait", 7},
	    {"traces.0.size_bytes", 4096},
	    {"checks.0.errors", 1},
	    {"recommendations.0.priority", 1},
};

static void
test_values(void **state)
{
	struct build build;
	cJSON *model;

	(void)state;
	open_full(&build);
	model = build_model(&build);
	for (size_t i = 0; i < BUILD_COUNT(values); i++) {
		const cJSON *item = build_at(model, values[i].path);

		if (!cJSON_IsNumber(item) || item->valuedouble != values[i].value)
			fail_msg("'%s' is %.17g", values[i].path,
			    cJSON_IsNumber(item) ? item->valuedouble : NAN);
	}
	cJSON_Delete(model);
	build_close(&build);
}

static void
test_texts(void **state)
{
	static const struct {
		const char *path, *text;
	} cases[] = {
	    {"generator.name", "flareprof"},
	    {"generator.go_version", "go1.22.1"},
	    {"flare.kind", "node"},
	    {"verdict.name", "Memory Leak"},
	    {"verdict.processes.0", "core"},
	    {"verdict.findings.0.type", "memory_leak"},
	    {"verdict.findings.0.process", "core"},
	    {"verdict.findings.0.function", SAMPLER},
	    {"verdict.findings.0.unit", "bytes_per_30s"},
	    {"verdict.findings.0.confidence", "high"},
	    {"agent.status_date", "2026-02-14T04:00:12Z"},
	    {"agent.agent_start", "2026-02-14T03:00:12Z"},
	    {"memstats.last_gc", "2026-02-14T04:00:12Z"},
	    {"processes.0.verdict", "Memory Leak"},
	    {"processes.0.heap.interval_source", "profile_times"},
	    {"processes.1.name", "trace"},
	    {"processes.1.verdict", "Normal"},
	    {"goroutines.long_waits.0.state", "select"},
	    {"checks.0.message", "no such mount"},
	    {"gaps.0.what", "install_info.log"},
	};
	struct build build;
	cJSON *model;

	(void)state;
	open_full(&build);
	model = build_model(&build);
	for (size_t i = 0; i < BUILD_COUNT(cases); i++)
		assert_string_equal(build_text_at(model, cases[i].path), cases[i].text);
	assert_int_equal(cJSON_GetArraySize(build_at(model, "verdict.processes")), 1);
	cJSON_Delete(model);
	build_close(&build);
}

/* One type in two processes keeps the type, and both are named, in the report's order. */
static void
test_processes_with_findings(void **state)
{
	struct build build;
	cJSON *model;

	(void)state;
	build_open(&build);
	build_process(&build, "core");
	BUILD_GROWTH(&build, build_process(&build, "trace"), {SAMPLER, 50 * MB, 0});
	BUILD_GROWTH(&build, build_process(&build, "process"), {SAMPLER, 90 * MB, 0});
	model = build_model(&build);
	assert_string_equal(build_text_at(model, "verdict.name"), "Memory Leak");
	assert_int_equal(cJSON_GetArraySize(build_at(model, "verdict.processes")), 2);
	assert_string_equal(build_text_at(model, "verdict.processes.0"), "trace");
	assert_string_equal(build_text_at(model, "verdict.processes.1"), "process");
	assert_string_equal(build_text_at(model, "verdict.findings.0.process"), "process");
	cJSON_Delete(model);
	build_close(&build);
}

/* The kinds, types and sources as the contract spells them. */
static void
test_enumerations(void **state)
{
	struct build build;
	struct pprof_process *process;
	cJSON *model;

	(void)state;
	build_open(&build);
	build.flare.kind = FLARE_CLUSTER_AGENT;
	process = build_process(&build, "core");
	process->profiles[FLARE_HEAP_2ND].time_ns = 0;
	BUILD_TOP(&build, &process->tops[PPROF_CPU], {FLUSH, 29 * SEC, 29 * SEC});
	BUILD_TOP(&build, &process->tops[PPROF_MUTEX_LEAF], {"sync.(*Mutex).Unlock", SEC + 1, 0});
	process->profiles[FLARE_BLOCK].sample_count = 0;
	process->tops[PPROF_MUTEX_COUNT].shown = 99999;
	model = build_model(&build);
	assert_string_equal(build_text_at(model, "flare.kind"), "cluster_agent");
	assert_string_equal(build_text_at(model, "verdict.name"), "Multiple Issues");
	assert_string_equal(build_text_at(model, "verdict.findings.0.type"), "cpu_spike");
	assert_string_equal(build_text_at(model, "verdict.findings.1.type"), "contention");
	assert_string_equal(build_text_at(model, "verdict.findings.1.confidence"), "medium");
	assert_string_equal(build_text_at(model, "processes.0.heap.interval_source"),
	    "cpu_duration");
	cJSON_Delete(model);

	process->profiles[FLARE_CPU].state = PROFILE_MISSING;
	build_judge(&build);
	build_advise(&build);
	model = model_build(&(struct model_input){&build.pool, &build.evidence, &build.verdict,
	    &build.notes, &build.context, &build.ledgers, &build.advice,
	    {10, &build.components}, "Jo", "X-1", 0});
	assert_string_equal(build_text_at(model, "processes.0.heap.interval_source"), "assumed");
	assert_string_equal(build_text_at(model, "case.customer"), "Jo");
	assert_string_equal(build_text_at(model, "case.ticket"), "X-1");
	cJSON_Delete(model);
	build_close(&build);
}

static void
test_tables_are_limited(void **state)
{
	static const char *const tables[] = {"heap.growth_rows", "heap.shrinkage_rows",
	    "heap.object_rows", "heap.current_rows", "cpu.rows", "cpu.cumulative_rows",
	    "block.rows", "mutex.rows"};
	static const size_t limits[] = {1, 2, 10, 1000};
	struct top_row rows[41] = {{0}};
	char path[64];

	(void)state;
	for (size_t i = 0; i < 40; i++)
		rows[i] = (struct top_row){"a.A", i % 2 == 0 ? MB : -MB, MB};
	for (size_t limit = 0; limit < BUILD_COUNT(limits); limit++) {
		struct build build;
		struct pprof_process *process;
		cJSON *model;

		build_open(&build);
		build.rows = limits[limit];
		process = build_process(&build, "core");
		for (int i = 0; i < PPROF_REPORTS; i++)
			build_top(&build, &process->tops[i], rows);
		process->tops[PPROF_CPU].total = 40 * MB;
		model = build_model(&build);
		for (size_t i = 0; i < BUILD_COUNT(tables); i++) {
			snprintf(path, sizeof(path), "processes.0.%s", tables[i]);
			if ((size_t)cJSON_GetArraySize(build_at(model, path)) > limits[limit])
				fail_msg("'%s' has more than %zu rows", path, limits[limit]);
		}
		assert_int_equal(
		    cJSON_GetArraySize(build_at(model, "processes.0.heap.growth_rows")),
		    limits[limit] < 20 ? limits[limit] : 20);
		cJSON_Delete(model);
		build_close(&build);
	}
}

/* Which way the heap went, and how long ago all of it would have been made at this rate. */
static void
test_ways_of_the_heap(void **state)
{
	static const struct {
		int64_t growth;
		int shrank, flat;
		double shrunk, age; /* -1: null */
	} cases[] = {
	    {8 * MB, 0, 0, -1, 120},
	    {0, 0, 1, -1, -1},
	    {-8 * MB, 1, 0, 8.0 * 1048576, -1},
	    {INT64_MAX, 0, 0, -1, -1}, /* not known */
	};

	(void)state;
	for (size_t i = 0; i < BUILD_COUNT(cases); i++) {
		struct build build;
		struct pprof_process *process;
		const cJSON *heap, *shrunk, *age;
		cJSON *model;

		build_open(&build);
		process = build_process(&build, "core");
		BUILD_GROWTH(&build, process, {"a.A", cases[i].growth, 0});
		if (cases[i].growth == INT64_MAX)
			build_missing(process, PPROF_GROWTH, "it is gone");
		model = build_model(&build);
		heap = build_at(model, "processes.0.heap");
		assert_int_equal(cJSON_IsTrue(build_at(heap, "shrank")), cases[i].shrank);
		assert_int_equal(cJSON_IsTrue(build_at(heap, "flat")), cases[i].flat);
		shrunk = build_at(heap, "net_shrunk_bytes");
		age = build_at(heap, "age_seconds");
		if ((cJSON_IsNull(shrunk) ? -1 : shrunk->valuedouble) != cases[i].shrunk ||
		    (cJSON_IsNull(age) ? -1 : age->valuedouble) != cases[i].age)
			fail_msg("row %zu", i);
		cJSON_Delete(model);
		build_close(&build);
	}
}

/* What counted since the start is an average once that is longer ago than 30 s. */
static void
test_counted_since_start(void **state)
{
	static const struct {
		int64_t uptime;
		double per_hour; /* -1: null */
	} cases[] = {{30, -1}, {36, 1e10}, {3600, 1e8}};

	(void)state;
	for (size_t i = 0; i < BUILD_COUNT(cases); i++) {
		struct build build;
		const cJSON *block, *per_hour;
		cJSON *model;

		build_open(&build);
		build_process(&build, "core");
		build.evidence.settings.profiling[0] = (struct settings_profiling){1, 1, 100, 100};
		build.evidence.status.status_date_ms = START / 1000000;
		build.evidence.status.agent_start_ms = START / 1000000 - cases[i].uptime * 1000;
		model = build_model(&build);
		block = build_at(model, "processes.0.block");
		assert_string_equal(build_text_at(block, "since"), "start");
		assert_int_equal(build_at(block, "counted_seconds")->valueint, cases[i].uptime);
		per_hour = build_at(block, "per_hour_ns");
		if ((cJSON_IsNull(per_hour) ? -1 : per_hour->valuedouble) != cases[i].per_hour)
			fail_msg("row %zu", i);
		cJSON_Delete(model);
		build_close(&build);
	}
}

/* Said of the main process, where its memory statistics are there. */
static void
test_gc_off(void **state)
{
	static const struct memstats cases[] = {{.found = 1, .gc_off = 1}, {.gc_off = 1},
	    {.found = 1}};

	(void)state;
	for (size_t i = 0; i < BUILD_COUNT(cases); i++) {
		struct build build;
		cJSON *model;

		build_open(&build);
		build_process(&build, "core");
		build.evidence.memstats = cases[i];
		model = build_model(&build);
		assert_true(cJSON_IsBool(build_at(model, "gc_off")));
		assert_int_equal(cJSON_IsTrue(build_at(model, "gc_off")), i == 0);
		cJSON_Delete(model);
		build_close(&build);
	}
}

/* What the RSS is made of has Python's part, where it is known. */
static void
test_python_part(void **state)
{
	static const int64_t cases[] = {-1, 0, 105 * MB};

	(void)state;
	for (size_t i = 0; i < BUILD_COUNT(cases); i++) {
		struct build build;
		const cJSON *python;
		cJSON *model;

		build_open(&build);
		build_surroundings(&build);
		build_process(&build, "core");
		build.evidence.telemetry.found = 1;
		build.evidence.telemetry.resident_bytes = 300 * MB;
		build.evidence.telemetry.python_bytes = cases[i];
		model = build_model(&build);
		python = build_at(model, "ledgers.0.python_bytes");
		if (cases[i] < 0)
			assert_true(cJSON_IsNull(python));
		else
			assert_true(python->valuedouble == (double)cases[i]);
		cJSON_Delete(model);
		build_close(&build);
	}
}

/* Growth tables hold what grew; cumulative ones are sorted and without the runtime. */
static void
test_choice_of_rows(void **state)
{
	static const char *const cumulative[] = {"main.main", SAMPLER, FLUSH};
	struct build build;
	cJSON *model, *rows, *row;
	size_t i = 0;

	(void)state;
	open_full(&build);
	model = build_model(&build);
	rows = build_at(model, "processes.0.heap.growth_rows");
	cJSON_ArrayForEach(row, rows)
		assert_true(build_at(row, "flat")->valuedouble > 0);
	assert_int_equal(cJSON_GetArraySize(rows), 2);
	rows = build_at(model, "processes.0.cpu.cumulative_rows");
	assert_int_equal(cJSON_GetArraySize(rows), BUILD_COUNT(cumulative));
	cJSON_ArrayForEach(row, rows)
		assert_string_equal(build_text_at(row, "function"), cumulative[i++]);
	rows = build_at(model, "processes.0.cpu.rows");
	assert_int_equal(cJSON_GetArraySize(rows), 3);
	assert_string_equal(build_text_at(rows, "2.function"), "runtime.mallocgc");
	cJSON_Delete(model);
	build_close(&build);
}

/* Who has a function, and what it is where it is a library's. */
static void
test_owners_of_rows(void **state)
{
	static const struct {
		const char *function, *agent_function;
		int percent; /* -1: null */
		int has_team, has_library;
	} rows[] = {
	    {SAMPLER, SAMPLER, 100, 1, 0},
	    {"encoding/json.Marshal", SAMPLER, 90, 1, 1},
	    {"encoding/json.compact", SAMPLER, 30, 0, 1},
	    {"bytes.growSlice", SAMPLER, 51, 1, 1},
	    {"github.com/stranger/x.Do", NULL, -1, 0, 1},
	    {"runtime.mallocgc", NULL, -1, 0, 1},
	    {"runtime.gcBgMarkWorker", NULL, -1, 0, 1},
	    {"nobody.Knows", NULL, -1, 0, 1},
	    {"<unknown>", NULL, -1, 0, 0},
	};
	struct caller callers[] = {{"encoding/json.Marshal", SAMPLER, .9, 1},
	    {"encoding/json.compact", SAMPLER, .3, 1}, {"bytes.growSlice", SAMPLER, .51, 1},
	    {"runtime.mallocgc", NULL, 0, 1}};
	struct top_row all[BUILD_COUNT(rows) + 1] = {{0}};
	struct pprof_process *process;
	struct build build;
	cJSON *model, *row;

	(void)state;
	for (size_t i = 0; i < BUILD_COUNT(rows); i++)
		all[i] = (struct top_row){rows[i].function, SEC, SEC};
	build_open(&build);
	process = build_process(&build, "core");
	build_top(&build, &process->tops[PPROF_CPU], all);
	process->callers[PPROF_PEEK_CPU] = (struct callers){callers, BUILD_COUNT(callers)};
	model = build_model(&build);
	for (size_t i = 0; i < BUILD_COUNT(rows); i++) {
		row = cJSON_GetArrayItem(build_at(model, "processes.0.cpu.rows"), (int)i);
		if (rows[i].agent_function != NULL)
			assert_string_equal(
			    build_text_at(row, "agent_function"), rows[i].agent_function);
		else
			assert_true(cJSON_IsNull(build_at(row, "agent_function")));
		if (rows[i].percent >= 0)
			assert_int_equal(build_at(row, "agent_percent")->valueint, rows[i].percent);
		else
			assert_true(cJSON_IsNull(build_at(row, "agent_percent")));
		assert_int_equal(cJSON_IsString(build_at(row, "team")), rows[i].has_team);
		assert_int_equal(cJSON_IsString(build_at(row, "library")), rows[i].has_library);
	}
	cJSON_Delete(model);
	build_close(&build);
}

/* Without a total there are no percentages: null, never NaN. */
static void
test_percentages_of_nothing(void **state)
{
	struct build build;
	struct pprof_process *process;
	cJSON *model;

	(void)state;
	build_open(&build);
	process = build_process(&build, "core");
	BUILD_TOP(&build, &process->tops[PPROF_HEAP], {"a.A", 5, 5}, {"b.B", -5, -5});
	model = build_model(&build);
	assert_true(cJSON_IsNull(build_at(model, "processes.0.heap.current_rows.0.flat_percent")));
	assert_true(cJSON_IsNull(build_at(model, "processes.0.heap.current_rows.1.cum_percent")));
	cJSON_Delete(model);
	build_close(&build);
}

/* Names are whole in the model, however long. */
static void
test_long_names_are_whole(void **state)
{
	struct build build;
	char name[4000];
	cJSON *model;

	(void)state;
	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	build_open(&build);
	BUILD_GROWTH(&build, build_process(&build, "core"), {name, 90 * MB, 0});
	model = build_model(&build);
	assert_string_equal(build_text_at(model, "verdict.findings.0.function"), name);
	assert_string_equal(build_text_at(model, "processes.0.heap.growth_rows.0.function"), name);
	cJSON_Delete(model);
	build_close(&build);
}

/* No command stands in the list twice. */
static void
test_commands_are_listed_once(void **state)
{
	struct build build;
	cJSON *model, *one, *other;

	(void)state;
	open_full(&build);
	model = build_model(&build);
	assert_true(cJSON_GetArraySize(build_at(model, "commands")) >= 10);
	cJSON_ArrayForEach(one, build_at(model, "commands"))
	{
		for (other = one->next; other != NULL; other = other->next)
			assert_string_not_equal(one->valuestring, other->valuestring);
	}
	cJSON_Delete(model);
	build_close(&build);
}

/* The same evidence gives the same bytes. */
static void
test_same_bytes(void **state)
{
	char *texts[2];

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct build build;
		cJSON *model;

		open_full(&build);
		model = build_model(&build);
		texts[i] = cJSON_Print(model);
		cJSON_Delete(model);
		build_close(&build);
	}
	assert_string_equal(texts[0], texts[1]);
	free(texts[0]);
	free(texts[1]);
}

/* Many goroutines are flagged, and states that became the same by cleaning are one key. */
static void
test_goroutines(void **state)
{
	static const struct {
		int64_t count;
		int many;
	} cases[] = {{0, 0}, {500, 0}, {501, 1}};

	(void)state;
	for (size_t i = 0; i < BUILD_COUNT(cases); i++) {
		struct goroutine_state states[] = {{"select", 3}, {"select", 2}};
		struct build build;
		cJSON *model;

		build_open(&build);
		build_process(&build, "core");
		build.evidence.goroutines = (struct goroutines){
		    .found = 1, .count = cases[i].count, .states = states, .state_count = 2};
		model = build_model(&build);
		assert_int_equal(cJSON_IsTrue(build_at(model, "goroutines.many")), cases[i].many);
		assert_int_equal(cJSON_GetArraySize(build_at(model, "goroutines.states")), 1);
		assert_true(build_at(model, "goroutines.states.select")->valuedouble == 5);
		cJSON_Delete(model);
		build_close(&build);
	}
}

/* What a group says of itself, and who waits. */
static void
test_goroutine_groups(void **state)
{
	static const char *stack[] = {"sync.(*Cond).Wait", "a.b/c.Wait", SAMPLER};
	static struct goroutine_group groups[] = {
	    {"a.b/c.Wait", SAMPLER, "sync.(*Cond).Wait", FLUSH, "sync.Cond.Wait", 101, 30, stack, 3,
		1},
	    {"net/http.(*conn).serve", NULL, "x", NULL, "runnable", 17, 0, stack, 0, 0}};
	static struct goroutine_waiters waiting[] = {{FLUSH, "chan send", 3, 7}};
	struct build build;
	cJSON *model, *group;

	(void)state;
	build_open(&build);
	build_process(&build, "core");
	build.evidence.goroutines = (struct goroutines){.found = 1, .count = 303,
	    .groups = groups, .group_count = 2, .waiting = waiting, .waiting_count = 1};
	model = build_model(&build);
	group = build_at(model, "goroutines.groups.0");
	assert_string_equal(build_text_at(group, "function"), "a.b/c.Wait");
	assert_string_equal(build_text_at(group, "agent_function"), SAMPLER);
	assert_string_equal(build_text_at(group, "component"),
	    "Metrics aggregator (time samplers, check samplers, flush)");
	assert_string_equal(build_text_at(group, "team"), "@DataDog/agent-metric-pipelines");
	assert_string_equal(build_text_at(group, "creator"), FLUSH);
	assert_string_equal(build_text_at(group, "state"), "sync.Cond.Wait");
	assert_true(build_at(group, "count")->valuedouble == 101);
	assert_true(build_at(group, "share_percent")->valuedouble == 33.333);
	assert_true(build_at(group, "longest_minutes")->valuedouble == 30);
	assert_true(cJSON_IsTrue(build_at(group, "idle")));
	assert_true(cJSON_IsTrue(build_at(group, "crowd")));
	assert_int_equal(cJSON_GetArraySize(build_at(group, "stack")), 3);
	assert_string_equal(build_text_at(group, "stack.2"), SAMPLER);
	group = build_at(model, "goroutines.groups.1");
	assert_true(cJSON_IsNull(build_at(group, "agent_function")));
	assert_true(cJSON_IsNull(build_at(group, "component")));
	assert_true(cJSON_IsNull(build_at(group, "team")));
	assert_true(cJSON_IsNull(build_at(group, "creator")));
	assert_true(cJSON_IsFalse(build_at(group, "idle")));
	assert_true(cJSON_IsFalse(build_at(group, "crowd")));
	assert_int_equal(cJSON_GetArraySize(build_at(group, "stack")), 0);
	assert_string_equal(build_text_at(model, "goroutines.waiting.0.function"), FLUSH);
	assert_string_equal(build_text_at(model, "goroutines.waiting.0.state"), "chan send");
	assert_true(build_at(model, "goroutines.waiting.0.count")->valuedouble == 3);
	assert_true(build_at(model, "goroutines.waiting.0.longest_minutes")->valuedouble == 7);
	cJSON_Delete(model);
	build_close(&build);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_goroutines),
	    cmocka_unit_test(test_goroutine_groups),
	    cmocka_unit_test(test_contract_when_all_is_known),
	    cmocka_unit_test(test_unknown_is_null),
	    cmocka_unit_test(test_partly_unknown),
	    cmocka_unit_test(test_values),
	    cmocka_unit_test(test_texts),
	    cmocka_unit_test(test_processes_with_findings),
	    cmocka_unit_test(test_enumerations),
	    cmocka_unit_test(test_tables_are_limited),
	    cmocka_unit_test(test_ways_of_the_heap),
	    cmocka_unit_test(test_counted_since_start),
	    cmocka_unit_test(test_gc_off),
	    cmocka_unit_test(test_python_part),
	    cmocka_unit_test(test_choice_of_rows),
	    cmocka_unit_test(test_owners_of_rows),
	    cmocka_unit_test(test_percentages_of_nothing),
	    cmocka_unit_test(test_long_names_are_whole),
	    cmocka_unit_test(test_commands_are_listed_once),
	    cmocka_unit_test(test_same_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
