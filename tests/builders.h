/* builders: evidence made in memory, for the tests of what is pure.
 *
 * build_open gives a node's flare without processes; build_process adds one that is healthy and
 * fully measured, which a test then changes. build_close frees it all. */
#ifndef FLAREPROF_BUILDERS_H
#define FLAREPROF_BUILDERS_H

#include "advice.h"
#include "buf.h"
#include "error.h"
#include "evidence.h"
#include "file.h"
#include "model.h"
#include "pool.h"
#include "templates.h"
#include "toolchain.h"
#include "verdict.h"
#include "view.h"
#include "words.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>

#include <cmocka.h>

#include <cjson/cJSON.h>

#define BUILD_COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define MB ((int64_t)1 << 20)
#define SEC ((int64_t)1000000000)
#define AGENT "github.com/DataDog/datadog-agent/"
#define START (1771041612 * SEC) /* 2026-02-14T04:00:12Z */
#define SAMPLER AGENT "pkg/aggregator.(*TimeSampler).sample"
#define FLUSH AGENT "pkg/forwarder.(*Forwarder).flush"

enum { BUILD_PROCESSES = 4 };

struct build {
	struct pool pool;
	struct flare flare;
	struct flare_process files[BUILD_PROCESSES];
	struct pprof_process processes[BUILD_PROCESSES];
	struct toolchain toolchain;
	struct evidence evidence;
	struct verdict_thresholds thresholds;
	struct verdict verdict;
	struct notes notes;
	struct context context;
	struct ledgers ledgers;
	struct components components;
	struct advice_list advice;
	size_t rows;
};

/* Fills a report in from rows that end in one without a name; their sum is its total. */
static inline void
build_top(struct build *build, struct top *top, const struct top_row *rows)
{
	const char *command = top->command;

	*top = (struct top){.found = 1, .command = command};
	for (; rows != NULL && rows->function != NULL; rows++) {
		top->rows = pool_grow(&build->pool, top->rows, top->count, sizeof(*top->rows));
		top->rows[top->count++] = *rows;
		top->shown += rows->flat;
		top->total += rows->flat;
	}
}

#define BUILD_TOP(build, top, ...)                                                             \
	build_top(build, top, (const struct top_row[]){__VA_ARGS__, {NULL, 0, 0}})

/* Both heap diffs of a process, which profiling had no part in. */
#define BUILD_GROWTH(build, process, ...)                                                      \
	do {                                                                                   \
		struct top *growth_ = (process)->tops;                                   \
                                                                                               \
		BUILD_TOP(build, &growth_[PPROF_GROWTH], __VA_ARGS__);                         \
		BUILD_TOP(build, &growth_[PPROF_GROWTH_JUDGED], __VA_ARGS__);                  \
	} while (0)

/* A report that could not be made. */
static inline void
build_missing(struct pprof_process *process, enum pprof_report report, const char *why)
{
	process->tops[report] = (struct top){.why = why};
}

static inline void
build_open(struct build *build)
{
	*build = (struct build){
	    .flare = {.path = "/flares/web-1",
		.root = "/flares/web-1",
		.name = "web-1",
		.kind = FLARE_NODE,
		.main_process = "core",
		.processes = build->files},
	    .toolchain = {.go = "/usr/bin/go", .version = "go1.22.1", .pprof = "/usr/lib/go/pprof"},
	    .thresholds = {.leak_bytes = 10 * MB, .cpu_percent = 50, .contention_ns = SEC},
	    .rows = 10,
	};
	telemetry_init(&build->evidence.telemetry);
	settings_init(&build->evidence.settings);
	vitals_init(&build->evidence.vitals);
	sections_init(&build->evidence.sections);
	build->evidence.flare = &build->flare;
	build->evidence.toolchain = &build->toolchain;
	build->evidence.processes = build->processes;
}

static inline void
build_close(struct build *build)
{
	components_close(&build->components);
	pool_release(&build->pool);
}

/* The five profiles, all there: snapshots 30 s apart, 30 s of CPU. */
static inline void
build_profiles(struct build *build, struct pprof_process *process, const char *name)
{
	static const char *const endings[FLARE_PROFILES] = {
	    "1st-heap", "2nd-heap", "cpu", "block", "mutex"};
	struct flare_process *files = &build->files[build->flare.process_count++];

	*process = (struct pprof_process){.files = files};
	files->prefix = name;
	files->name = name;
	for (int i = 0; i < FLARE_PROFILES; i++) {
		files->files[i] =
		    pool_printf(&build->pool, "profiles/%s-%s.pprof", name, endings[i]);
		files->paths[i] = pool_printf(&build->pool, "/flares/web-1/%s", files->files[i]);
		process->profiles[i] = (struct profile){
		    .file = files->files[i],
		    .path = files->paths[i],
		    .state = PROFILE_READ,
		    .sample_count = 100,
		    .period = i == FLARE_CPU ? 10000000 : 524288,
		    .time_ns = START + (i == FLARE_HEAP_2ND ? 30 * SEC : 0),
		    .duration_ns = i == FLARE_CPU ? 30 * SEC : 0,
		    .build_id = "",
		    .binary = "",
		};
	}
}

/* Adds a process: 1 MB of growth, 0.3 cores spread out, 0.1 s of locks, 230 s of idle waits. */
static inline struct pprof_process *
build_process(struct build *build, const char *name)
{
	struct pprof_process *process = &build->processes[build->evidence.process_count++];
	struct top *tops = process->tops;
	int64_t tenth = SEC / 10;

	build_profiles(build, process, name);
	for (int i = 0; i < PPROF_REPORTS; i++)
		tops[i].command = pool_printf(&build->pool,
		    "go tool pprof -top -sample_index=%d profiles/%s.pprof", i, name);
	BUILD_GROWTH(build, process, {SAMPLER, MB, MB}, {"main.main", 0, MB});
	BUILD_TOP(build, &tops[PPROF_GROWTH_OBJECTS], {SAMPLER, 1024, 1024});
	BUILD_TOP(build, &tops[PPROF_ALLOCATED], {SAMPLER, 2 * MB, 2 * MB}, {FLUSH, 90 * MB, 90 * MB});
	BUILD_TOP(build, &tops[PPROF_HEAP], {SAMPLER, 24 * MB, 24 * MB}, {FLUSH, 8 * MB, 8 * MB},
	    {"main.main", 0, 32 * MB});
	BUILD_TOP(build, &tops[PPROF_CPU], {SAMPLER, 4 * SEC, 4 * SEC}, {FLUSH, 3 * SEC, 3 * SEC},
	    {"runtime.mallocgc", 2 * SEC, 2 * SEC}, {"main.main", 0, 9 * SEC});
	BUILD_TOP(build, &tops[PPROF_CPU_CHECKS], {PPROF_UNLABELLED, 9 * SEC, 9 * SEC});
	BUILD_TOP(build, &tops[PPROF_CPU_MODULES], {PPROF_UNLABELLED, 9 * SEC, 9 * SEC});
	BUILD_TOP(build, &tops[PPROF_BLOCK_LEAF], {"runtime.selectgo", 230 * SEC, 230 * SEC},
	    {"sync.(*Mutex).Lock", tenth, tenth});
	BUILD_TOP(build, &tops[PPROF_BLOCK_DELAY], {FLUSH, tenth, tenth});
	BUILD_TOP(build, &tops[PPROF_BLOCK_COUNT], {FLUSH, 12, 12});
	BUILD_TOP(build, &tops[PPROF_MUTEX_LEAF], {"sync.(*Mutex).Unlock", tenth, tenth});
	BUILD_TOP(build, &tops[PPROF_MUTEX_DELAY], {FLUSH, tenth, tenth});
	BUILD_TOP(build, &tops[PPROF_MUTEX_COUNT], {FLUSH, 7, 7});
	return process;
}

/* Status, memory stats, goroutines, traces and a gap, all known. */
static inline void
build_surroundings(struct build *build)
{
	static const struct flare_trace traces[] = {
	    {"profiles/core.trace", "/flare/profiles/core.trace", 4096}};
	static const struct goroutine_state states[] = {{"select", 40}, {"chan receive", 30},
	    {"IO wait", 7}};
	static struct check checks[] = {
	    {"disk", "5.3.0", 2, 1, 0, 0, 2, 120, 200, "no such mount", 40},
	    {"cpu", NULL, 1, 0, 0, 0, 1, 8, 8, NULL, 20}};
	struct evidence *evidence = &build->evidence;

	build->flare.traces = (struct flare_trace *)(uintptr_t)traces;
	build->flare.trace_count = 1;
	evidence->status = (struct status){1, "Agent", "7.60.1", "agent", "web-1", "go1.22.8",
	    "3.12.6", "dpkg", "dpkg-1.21.22", "apt-7.60", 4711, START / 1000000,
	    START / 1000000 - 3600000, {1, 0, checks, 2, 0}};
	evidence->memstats = (struct memstats){.found = 1,
	    .alloc_bytes = 40 * MB,
	    .total_alloc_bytes = 900 * MB,
	    .sys_bytes = 90 * MB,
	    .heap_alloc_bytes = 40 * MB,
	    .heap_sys_bytes = 80 * MB,
	    .heap_inuse_bytes = 50 * MB,
	    .heap_idle_bytes = 30 * MB,
	    .heap_released_bytes = 10 * MB,
	    .heap_objects = 345678,
	    .num_gc = 120,
	    .pause_total_ns = 240000,
	    .last_gc_ns = START,
	    .next_gc_bytes = 60 * MB,
	    .gc_cpu_fraction = 0.0125};
	evidence->install = (struct install){"dpkg", "dpkg-1.21.22", "apt-7.60"};
	evidence->goroutines = (struct goroutines){.found = 1,
	    .count = 77,
	    .states = (struct goroutine_state *)(uintptr_t)states,
	    .state_count = 3,
	    .longest = {{7, 12, "select", SAMPLER}, {9, 3, "chan receive", FLUSH}},
	    .longest_count = 2};
	gap_add(&evidence->gaps, &build->pool, "install_info.log", "is not in the flare");
}

static inline void
build_judge(struct build *build)
{
	build->verdict = (struct verdict){0};
	build->notes = (struct notes){0};
	verdict_judge(&build->verdict, &build->pool, &build->evidence, &build->thresholds);
	notes_take(&build->notes, &build->pool, &build->verdict);
	build->context = (struct context){0};
	context_find(&build->context, &build->pool, &build->evidence);
	ledgers_make(&build->ledgers, &build->pool, &build->evidence);
}

/* Reads the real templates/components.json; the tests run in the project's directory. */
static inline void
build_components(struct build *build)
{
	struct error err = {0};
	struct buf text = {0};

	if (file_read("templates/components.json", 1 << 20, &text, &err) < 0 ||
	    components_open(&build->components, &build->pool,
		(struct span){buf_text(&text), text.len}, &err) < 0)
		fail_msg("components.json: %s", err.msg);
	buf_release(&text);
}

static inline void
build_advise(struct build *build)
{
	if (build->components.count == 0)
		build_components(build);
	build->advice = (struct advice_list){0};
	advice_give(&build->advice, &build->pool,
	    &(struct advice_input){&build->evidence, &build->verdict, &build->notes,
		&build->context, &build->ledgers, &build->components});
}

/* The model without its sentences. The caller deletes it. */
static inline cJSON *
build_bare_model(struct build *build)
{
	return model_build(&(struct model_input){&build->pool, &build->evidence,
	    &build->verdict, &build->notes, &build->context, &build->ledgers, &build->advice,
	    {build->rows, &build->components}, NULL, NULL, START / SEC});
}

static inline struct templates
build_templates(struct build *build)
{
	struct templates templates = {0};
	struct error err = {0};

	if (templates_find(&templates, &build->pool, "templates", &err) < 0)
		fail_msg("templates: %s", err.msg);
	return templates;
}

static inline void
build_words(cJSON *model, const struct templates *templates)
{
	cJSON *view = view_build(model);
	struct error err = {0};

	if (words_fill(model, view, templates, &err) < 0)
		fail_msg("words: %s", err.msg);
	cJSON_Delete(view);
}

/* Judges, advises and writes: the whole way from evidence to the finished model. */
static inline cJSON *
build_model(struct build *build)
{
	struct templates templates = build_templates(build);
	cJSON *model;

	build_judge(build);
	build_advise(build);
	model = build_bare_model(build);
	build_words(model, &templates);
	return model;
}

/* The item at "processes.0.heap.growth_rows"; NULL where there is none. */
static inline cJSON *
build_at(const cJSON *tree, const char *path)
{
	const cJSON *item = tree;
	char name[128];

	while (item != NULL && *path != '\0') {
		size_t len = strcspn(path, ".");

		snprintf(name, sizeof(name), "%.*s", (int)len, path);
		item = cJSON_IsArray(item) ? cJSON_GetArrayItem(item, atoi(name))
					   : cJSON_GetObjectItemCaseSensitive(item, name);
		path += len + (path[len] == '.');
	}
	return (cJSON *)(uintptr_t)item;
}

/* The text at a path; "(none)" where there is none. */
static inline const char *
build_text_at(const cJSON *tree, const char *path)
{
	const char *text = cJSON_GetStringValue(build_at(tree, path));

	return text != NULL ? text : "(none)";
}

#endif
