#include "evidence.h"

#include "buf.h"
#include "pool.h"

#include <stdlib.h>
#include <string.h>

enum { EXPVAR_MS = 1000 }; /* that reading all expvar variables may take */

static const char *
status_file(const struct flare *flare)
{
	return flare->kind == FLARE_CLUSTER_AGENT ? "cluster-agent-status.log" : "status.log";
}

/* A file of the flare and who reads it. `missing`: the gap where it is not there; NULL where
 * that is nothing to speak of. */
struct source {
	const char *file;
	const char *missing;
	void (*read)(struct evidence *evidence, struct pool *pool, const char *file,
	    struct span text);
	int in_process; /* tells of the process that made the flare: of none of a local one */
};

static void
read_status(struct evidence *evidence, struct pool *pool, const char *file, struct span text)
{
	status_parse(&evidence->status, pool, file, text, &evidence->gaps);
	sections_parse(&evidence->sections, pool, text);
}

static void
read_memstats(struct evidence *evidence, struct pool *pool, const char *file, struct span text)
{
	if (evidence->flare->local)
		gap_add(&evidence->gaps, pool, file,
		    "describes the command that made this flare, not the Agent (it is a local "
		    "flare): "
		    "not used");
	else
		memstats_parse(&evidence->memstats, pool, file, text, &evidence->gaps);
}

static void
read_install(struct evidence *evidence, struct pool *pool, const char *file, struct span text)
{
	install_parse(&evidence->install, pool, file, text, &evidence->gaps);
}

static void
read_goroutines(struct evidence *evidence, struct pool *pool, const char *file, struct span text)
{
	goroutines_parse(&evidence->goroutines, pool, file, text, &evidence->gaps);
}

/* Most often a sentence, because the Agent may not ask: nothing to speak of. */
static void
read_trace_memstats(
    struct evidence *evidence, struct pool *pool, const char *file, struct span text)
{
	struct gaps none = {0};

	memstats_parse(&evidence->trace_memstats, pool, file, text, &none);
}

static void
read_telemetry(struct evidence *evidence, struct pool *pool, const char *file, struct span text)
{
	telemetry_parse(&evidence->telemetry, pool, file, text, &evidence->gaps);
}

static void
read_settings(struct evidence *evidence, struct pool *pool, const char *file, struct span text)
{
	settings_parse(&evidence->settings, pool, file, text, &evidence->gaps);
}

static void
read_vitals(struct evidence *evidence, struct pool *pool, const char *file, struct span text)
{
	vitals_parse(&evidence->vitals, pool, file, text, &evidence->gaps);
}

/* A flare that was asked for on the command line has the profiles taken first, and all other files
 * after them; the Agent notes then that it has none to take itself (comp/core/profiler). */
static void
read_creation(struct evidence *evidence, struct pool *pool, const char *file, struct span text)
{
	static const char note[] = "Profiling retrieval has been disabled via an unset duration";

	(void)pool;
	(void)file;
	evidence->profiles_first =
	    text.len > 0 && memmem(text.at, text.len, note, strlen(note)) != NULL;
}

static const struct source sources[] = {
    {NULL, "is not in the flare: the Agent's version, uptime and checks are unknown", read_status,
	0},
    {"expvar/memstats", "is not in the flare: the memory stats are unknown", read_memstats, 0},
    {"install_info.log", NULL, read_install, 0},
    {"metadata/host.json", NULL, read_install, 0},
    {"go-routine-dump.log", "is not in the flare: the goroutines are unknown", read_goroutines, 0},
    {"telemetry.log", "is not in the flare: the process's memory (RSS) is unknown",
	read_telemetry, 0},
    {"runtime_config_dump.yaml", NULL, read_settings, 0},
    {"system_probe_runtime_config_dump.yaml", NULL, read_settings, 0},
    {"process_agent_runtime_config_dump.yaml", NULL, read_settings, 0},
    {"version-history.json", NULL, read_vitals, 0},
    {"health.yaml", NULL, read_vitals, 1},
    {"expvar/aggregator", NULL, read_vitals, 1},
    {"expvar/forwarder", NULL, read_vitals, 1},
    {"expvar/runner", NULL, read_vitals, 1},
    {"expvar/logs-agent", NULL, read_vitals, 1},
    {"expvar/trace-agent", NULL, read_trace_memstats, 0},
    {"flare_creation.log", NULL, read_creation, 0},
};

static void
read_sources(struct evidence *evidence, struct pool *pool)
{
	for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]); i++) {
		const char *file = sources[i].file;
		struct buf content = {0};
		int got;

		if (sources[i].in_process && evidence->flare->local)
			continue;
		if (file == NULL)
			file = status_file(evidence->flare);
		got = flare_read(evidence->flare, file, &content, pool, &evidence->gaps);
		if (got > 0)
			sources[i].read(evidence, pool, file,
			    (struct span){buf_text(&content), content.len});
		else if (got == 0 && sources[i].missing != NULL)
			gap_add(&evidence->gaps, pool, file, "%s", sources[i].missing);
		buf_release(&content);
	}
}

/* All of expvar/ is written at one go, one file a moment after the other: what one of them tells
 * of a check that has ended was over by then. */
static void
date_memstats(struct evidence *evidence)
{
	int64_t newest_ms = evidence->vitals.runner.newest_check_ms - EXPVAR_MS;

	if (evidence->profiles_first || evidence->flare->kind == FLARE_CLUSTER_AGENT) {
		evidence->memstats.taken_after_ns = INT64_MAX;
		evidence->trace_memstats.taken_after_ns = INT64_MAX;
		return;
	}
	if (newest_ms <= 0 || newest_ms > INT64_MAX / 1000000)
		return;
	evidence->memstats.taken_after_ns = newest_ms * 1000000;
	evidence->trace_memstats.taken_after_ns = newest_ms * 1000000;
}

/* The status file's Metadata block tells the install method too. */
static void
complete_install(struct evidence *evidence, struct pool *pool)
{
	struct install *install = &evidence->install;

	if (install->tool == NULL && install->tool_version == NULL &&
	    install->installer_version == NULL) {
		install->tool = evidence->status.install_tool;
		install->tool_version = evidence->status.install_tool_version;
		install->installer_version = evidence->status.installer_version;
	}
	if (install->tool == NULL && evidence->flare->kind == FLARE_NODE)
		gap_add(&evidence->gaps, pool, "install_info.log",
		    "says no install method, and neither do metadata/host.json and the status");
}

/* An empty block or mutex profile is a sound file, and means that nobody measured. */
static void
note_unmeasured(struct evidence *evidence, struct pool *pool, const struct pprof_process *process)
{
	static const struct {
		enum flare_profile profile;
		const char *why;
	} switches[] = {
	    {FLARE_BLOCK,
		"is empty: block profiling was not switched on (flare option -B), so waiting "
		"for locks was not measured"},
	    {FLARE_MUTEX,
		"is empty: mutex profiling was not switched on (flare option -M), so lock "
		"contention was not measured"},
	};

	for (size_t i = 0; i < sizeof(switches) / sizeof(switches[0]); i++) {
		const struct profile *profile = &process->profiles[switches[i].profile];

		if (profile->state != PROFILE_READ || profile->sample_count != 0)
			continue;
		gap_add(&evidence->gaps, pool, profile->file, "%s",
		    evidence->flare->kind == FLARE_CLUSTER_AGENT
			? "is empty: a Cluster Agent's flare does not switch lock profiling on"
			: switches[i].why);
	}
}

static int
by_cost(const void *left, const void *right)
{
	const struct pprof_run *a = left, *b = right;

	return a->cost != b->cost ? (a->cost < b->cost) - (a->cost > b->cost)
				  : strcmp(a->file, b->file);
}

/* The longest runs come first, so that none is left over at the end; but the very first is the
 * shortest, which runs while the profiles of the longest are opened. */
static void
sort_runs(struct pprof_run *runs, size_t count)
{
	struct pprof_run shortest;
	size_t last = count;

	qsort(runs, count, sizeof(*runs), by_cost);
	while (last > 0 && runs[last - 1].cost == 0)
		last--;
	if (last < 2)
		return;
	shortest = runs[last - 1];
	memmove(runs + 1, runs, (last - 1) * sizeof(*runs));
	runs[0] = shortest;
}

void
evidence_open(struct evidence *evidence, struct pool *pool)
{
	const struct flare *flare = evidence->flare;
	size_t count = flare->process_count;

	evidence->process_count = count;
	evidence->processes = pool_alloc(pool, count * sizeof(*evidence->processes));
	evidence->run_count = count * PPROF_SESSIONS;
	evidence->runs = pool_alloc(pool, evidence->run_count * sizeof(*evidence->runs));
	for (size_t i = 0; i < count; i++) {
		pprof_open(&evidence->processes[i], &flare->processes[i], flare->file_bytes);
		pprof_describe(&evidence->processes[i], &evidence->runs[i * PPROF_SESSIONS]);
	}
	sort_runs(evidence->runs, evidence->run_count);
}

void
evidence_read(struct evidence *evidence, struct pool *pool)
{
	if (evidence->read)
		return;
	evidence->read = 1;
	telemetry_init(&evidence->telemetry);
	settings_init(&evidence->settings);
	vitals_init(&evidence->vitals);
	sections_init(&evidence->sections);
	read_sources(evidence, pool);
	date_memstats(evidence);
	complete_install(evidence, pool);
}

void
evidence_prepare(struct evidence *evidence, struct pool *pool)
{
	if (evidence->next < evidence->run_count)
		pprof_prepare(&evidence->runs[evidence->next], pool);
}

struct pprof_run *
evidence_start(struct evidence *evidence, struct pool *pool, const struct pprof_setup *setup)
{
	while (evidence->next < evidence->run_count) {
		struct pprof_run *run = &evidence->runs[evidence->next++];

		if (!pprof_start(run, pool, evidence->toolchain, setup))
			continue;
		if (evidence->given_up == NULL)
			return run;
		pprof_give_up(run, evidence->given_up);
	}
	return NULL;
}

/* The gaps of the profiles themselves. */
static void
note_profiles(struct evidence *evidence, struct pool *pool)
{
	int main_found = 0;

	for (size_t i = 0; i < evidence->process_count; i++) {
		const struct pprof_process *process = &evidence->processes[i];

		for (int k = 0; k < FLARE_PROFILES; k++) {
			const struct profile *profile = &process->profiles[k];

			if (profile->state != PROFILE_READ)
				gap_add(
				    &evidence->gaps, pool, profile->file, "%s", profile->why);
		}
		note_unmeasured(evidence, pool, process);
		main_found |= strcmp(process->files->prefix, evidence->flare->main_process) == 0;
	}
	if (!main_found)
		gap_add(&evidence->gaps, pool, "profiles/", "holds no profile of the %s process",
		    evidence->flare->main_process);
}

void
evidence_close(struct evidence *evidence, struct pool *pool)
{
	evidence_read(evidence, pool);
	note_profiles(evidence, pool);
	for (size_t i = 0; i < evidence->process_count; i++)
		pprof_close(&evidence->processes[i], pool, &evidence->gaps);
}

const char *
evidence_hostname(const struct evidence *evidence)
{
	return evidence->status.hostname != NULL ? evidence->status.hostname
						 : evidence->flare->name;
}
