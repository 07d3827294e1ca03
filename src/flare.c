#include "flare.h"

#include "buf.h"
#include "error.h"
#include "file.h"
#include "nearby.h"
#include "pattern.h"
#include "pool.h"
#include "root.h"
#include "text.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

enum {
	TEXT_LIMIT = 8 << 20,
	TELEMETRY_LIMIT = 32 << 20, /* some checks have a line for each tag there */
	DUMP_LIMIT = 64 << 20, /* Go itself ends a dump of goroutines there */
	STRANGE_NAMES = 20,
	MOST_NAMES = 1024, /* of processes, or traces, that are looked at */
};

/* What is read of a flare besides its profiles. */
static const char *const files[] = {"status.log", "cluster-agent-status.log", "local",
    "install_info.log", "go-routine-dump.log", "expvar/memstats", "metadata/host.json",
    "telemetry.log", "runtime_config_dump.yaml", "system_probe_runtime_config_dump.yaml",
    "process_agent_runtime_config_dump.yaml", "health.yaml", "version-history.json",
    "expvar/aggregator", "expvar/forwarder", "expvar/runner", "expvar/logs-agent",
    "expvar/trace-agent", "flare_creation.log"};

static const char *const suffixes[FLARE_PROFILES] = {
    [FLARE_HEAP_1ST] = "1st-heap", [FLARE_HEAP_2ND] = "2nd-heap", [FLARE_CPU] = "cpu",
    [FLARE_BLOCK] = "block",	   [FLARE_MUTEX] = "mutex",
};

/* In the order of the report; any other process comes behind them, by name. */
static const char *const known_processes[] = {
    "core", "datadog-cluster-agent", "trace", "process", "security-agent", "system-probe",
};

enum { PROFILE_NAME, TRACE_NAME, STRANGE_NAME, NAME_PATTERNS };
static const char *const name_patterns[NAME_PATTERNS] = {
    [PROFILE_NAME] = "^(?<process>[^/.][^/]{0,63})-"
		     "(?:1st-heap|2nd-heap|cpu|mutex|block)\\.pprof$",
    [TRACE_NAME] = "^[^/.][^/]{0,63}\\.trace$",
    [STRANGE_NAME] = "^[^.].*\\.(?:pprof|trace)$",
};

/* 1 for one of the files above, behind whatever else the path begins with. */
static int
ends_in_file(const char *path)
{
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		size_t len = strlen(path), file_len = strlen(files[i]);

		if (len >= file_len && strcmp(path + len - file_len, files[i]) == 0 &&
		    (len == file_len || path[len - file_len - 1] == '/'))
			return 1;
	}
	return 0;
}

/* 1 for what may be a profile or an execution trace, or be taken for one by people. */
static int
is_in_profiles(const char *path)
{
	static const char directory[] = "profiles";
	const char *name = strrchr(path, '/'), *ending = strrchr(path, '.');
	size_t len = strlen(directory), before = name != NULL ? (size_t)(name - path) : 0;

	if (before < len || name[1] == '.' || ending == NULL ||
	    (strcmp(ending, ".pprof") != 0 && strcmp(ending, ".trace") != 0))
		return 0;
	return strncmp(name - len, directory, len) == 0 && (before == len || name[-1 - (int)len] == '/');
}

/* 1 for a profile's name. */
static int
is_profile(const char *path)
{
	static const char ending[] = ".pprof";
	size_t len = strlen(path);

	for (size_t i = 0; i < FLARE_PROFILES; i++) {
		size_t tail = strlen(suffixes[i]) + strlen(ending);

		if (len > tail && strncmp(path + len - tail, suffixes[i], strlen(suffixes[i])) == 0)
			return 1;
	}
	return 0;
}

/* Traces and what has a strange name are only listed. What macOS packs beside the files is not
 * theirs. */
static enum extract_part
part_wanted(const char *path)
{
	if (strncmp(path, "__MACOSX/", strlen("__MACOSX/")) == 0)
		return EXTRACT_NOTHING;
	if (is_in_profiles(path))
		return is_profile(path) ? EXTRACT_WHOLE : EXTRACT_HEAD;
	return ends_in_file(path) ? EXTRACT_WHOLE : EXTRACT_NOTHING;
}

/* The name of an archive's file without its endings. */
static const char *
name_of_archive(struct pool *pool, const char *path)
{
	static const char *const endings[] = {".zip", ".gz", ".zst", ".tgz", ".tar"};
	const char *slash = strrchr(path, '/'), *name = slash != NULL ? slash + 1 : path;
	size_t len = strlen(name);

	for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
		size_t ending = strlen(endings[i]);

		if (len > ending && strcasecmp(name + len - ending, endings[i]) == 0)
			name = pool_strndup(pool, name, len -= ending);
	}
	return name;
}

/* Unpacks what is wanted of an archive; what of that was not taken stays in flare->refused. */
static int
unpack(struct flare *flare, struct pool *pool, const struct flare_source *source,
    struct error *err)
{
	struct extract extract = {
	    .archive = source->path, .limits = source->limits, .wanted = part_wanted};
	int status;

	if (scratch_open(&flare->unpacked, err) < 0)
		return -1;
	extract.directory = flare->unpacked.path;
	status = unpacking_run(&extract, pool, &source->unpacking, err);
	flare->refused = extract.refused;
	return status;
}

/* What of the archive was refused is named from the flare's root on, as all files are. */
static void
name_refused(struct flare *flare, struct pool *pool)
{
	size_t skip = strlen(flare->unpacked.path);
	const char *below = flare->root + skip;

	if (flare->unpacked.path[0] == '\0' || below[0] != '/')
		return;
	below = pool_printf(pool, "%s/", below + 1);
	for (size_t i = 0; i < flare->refused.count; i++) {
		struct gap *gap = &flare->refused.items[i];

		if (strncmp(gap->what, below, strlen(below)) == 0)
			gap->what += strlen(below);
	}
}

/* An error about a path tells which flare may have been meant, where one is near: that is more than
 * any advice on how to name one. */
static int
advise(struct pool *pool, const char *path, const char *what, struct error *err)
{
	const char *meant = nearby_flare(pool, path);

	return meant == NULL ? -1 : fail(err, "%s: did you mean %s?", what, meant);
}

/* Sets the flare's root and name. */
static int
find(struct flare *flare, struct pool *pool, const struct flare_source *source,
    struct error *err)
{
	const char *path = source->path;
	struct root_place place = {.shown = path, .advice = "name one"};
	char *real = realpath(path, NULL);
	struct stat st;
	int several;

	if (real == NULL) {
		fail(err, "cannot open '%s': %s", path, strerror(errno));
		return advise(pool, path, pool_strdup(pool, err->msg), err);
	}
	place.path = pool_strdup(pool, real);
	free(real);
	flare->file = strrchr(place.path, '/') + 1;
	flare->file = text_clean(pool, (struct span){flare->file, strlen(flare->file)});
	if (stat(place.path, &st) == 0 && S_ISREG(st.st_mode)) {
		if (unpack(flare, pool, source, err) < 0)
			return err->signal != 0
				   ? -1
				   : advise(pool, path, pool_strdup(pool, err->msg), err);
		place.path = flare->unpacked.path;
		place.advice = "extract it and name one of them";
	}
	flare->root = root_find(pool, &place, &several, err);
	if (flare->root == NULL)
		return several ? -1
			       : advise(pool, path, pool_printf(pool, "no profiles/ in '%s'", path), err);
	flare->name = strcmp(flare->root, flare->unpacked.path) == 0
			  ? name_of_archive(pool, path)
			  : strrchr(flare->root, '/') + 1;
	flare->name = text_clean(pool, (struct span){flare->name, strlen(flare->name)});
	name_refused(flare, pool);
	return 0;
}

/* Why a file was not unpacked, or NULL. */
static const char *
refusal(const struct flare *flare, const char *file)
{
	for (size_t i = 0; i < flare->refused.count; i++) {
		if (strcmp(flare->refused.items[i].what, file) == 0)
			return flare->refused.items[i].why;
	}
	return NULL;
}

static size_t
rank(const char *process)
{
	size_t count = sizeof(known_processes) / sizeof(known_processes[0]), i = 0;

	while (i < count && strcmp(known_processes[i], process) != 0)
		i++;
	return i;
}

static int
is_known(const char *process)
{
	return rank(process) < sizeof(known_processes) / sizeof(known_processes[0]);
}

static int
compare_processes(const void *a, const void *b)
{
	const struct flare_process *left = a, *right = b;
	size_t left_rank = rank(left->prefix), right_rank = rank(right->prefix);

	if (left_rank != right_rank)
		return left_rank < right_rank ? -1 : 1;
	return strcmp(left->prefix, right->prefix);
}

static int
compare_traces(const void *a, const void *b)
{
	return strcmp(((const struct flare_trace *)a)->file, ((const struct flare_trace *)b)->file);
}

static void
add_process(struct flare *flare, struct pool *pool, const char *prefix)
{
	struct flare_process *process;

	for (size_t i = 0; i < flare->process_count; i++) {
		if (strcmp(flare->processes[i].prefix, prefix) == 0)
			return;
	}
	if (flare->process_count >= MOST_NAMES && !is_known(prefix))
		return;
	flare->processes =
	    pool_grow(pool, flare->processes, flare->process_count, sizeof(*flare->processes));
	process = &flare->processes[flare->process_count++];
	process->prefix = prefix;
	process->name = text_clean(pool, (struct span){prefix, strlen(prefix)});
	/* What had to be cleaned must not pass for another. */
	if (strcmp(process->name, prefix) != 0)
		process->name = pool_printf(pool, "%s (cleaned)", process->name);
	for (int i = 0; i < FLARE_PROFILES; i++) {
		process->files[i] =
		    pool_printf(pool, "profiles/%s-%s.pprof", process->name, suffixes[i]);
		process->paths[i] = pool_printf(
		    pool, "%s/profiles/%s-%s.pprof", flare->root, prefix, suffixes[i]);
		process->refused[i] = refusal(flare, process->files[i]);
	}
}

/* An execution trace begins with "go 1.19 trace"; what it holds beyond that is not read. */
static void
check_traces(const struct flare *flare, struct pool *pool, struct gaps *gaps)
{
	static const char start[] = "go 1.";

	for (size_t i = 0; i < flare->trace_count; i++) {
		const char *file = flare->traces[i].file;
		struct buf content = {0};
		struct error err = {0};

		if (file_read_start(flare->traces[i].path, strlen(start), &content, &err) < 0)
			gap_add(gaps, pool, file, "%s", err.msg);
		else if (strcmp(buf_text(&content), start) != 0)
			gap_add(gaps, pool, file, "%s",
			    content.len == 0 ? "is empty (0 bytes)" : "holds no execution trace");
		buf_release(&content);
	}
}

/* Each is told of, as far as they can be read by people. */
static void
add_strange(struct gaps *gaps, struct pool *pool, const char *name, const char *why)
{
	if (gaps->count < STRANGE_NAMES)
		gap_add(gaps, pool, pool_printf(pool, "profiles/%s", name), "%s", why);
	else
		gap_add(gaps, pool, "profiles/",
		    "holds more files of names or kinds that the Agent never gives");
}

static void
add_trace(struct flare *flare, struct pool *pool, struct gaps *gaps, const char *name)
{
	struct flare_trace *trace;
	struct stat st;
	const char *path = pool_printf(pool, "%s/profiles/%s", flare->root, name);

	if (lstat(path, &st) < 0 || !S_ISREG(st.st_mode)) {
		add_strange(gaps, pool, name, "is no regular file");
		return;
	}
	flare->traces = pool_grow(pool, flare->traces, flare->trace_count, sizeof(*flare->traces));
	trace = &flare->traces[flare->trace_count++];
	trace->file = pool_printf(pool, "profiles/%s",
	    text_clean(pool, (struct span){name, strlen(name)}));
	trace->path = path;
	trace->size_bytes = (int64_t)st.st_size;
}

/* Takes one name of profiles/ for what it is; `refused`: it is in the archive, and was not
 * unpacked. */
static void
add_name(struct flare *flare, struct pool *pool, struct pattern **patterns, const char *text,
    int refused, struct gaps *gaps)
{
	struct span name = {text, strlen(text)};

	if (pattern_matches(patterns[PROFILE_NAME], name)) {
		struct span process = pattern_field(patterns[PROFILE_NAME], "process");

		add_process(flare, pool, pool_strndup(pool, process.at, process.len));
	} else if (refused) {
		return;
	} else if (pattern_matches(patterns[TRACE_NAME], name)) {
		if (flare->trace_count < MOST_NAMES)
			add_trace(flare, pool, gaps, pool_strdup(pool, text));
	} else if (pattern_matches(patterns[STRANGE_NAME], name)) {
		add_strange(
		    gaps, pool, text, "is not read: the Agent gives no profile such a name");
	}
}

static int
catalogue(struct flare *flare, struct pool *pool, struct pattern **patterns, struct gaps *gaps,
    struct error *err)
{
	struct dirent **entries;
	int count = scandir(
	    pool_printf(pool, "%s/profiles", flare->root), &entries, NULL, alphasort);

	if (count < 0)
		return fail(err, "cannot open profiles/ in '%s': %s", flare->path, strerror(errno));
	for (int i = 0; i < count; i++) {
		add_name(flare, pool, patterns, entries[i]->d_name, 0, gaps);
		free(entries[i]);
	}
	free(entries);
	for (size_t i = 0; i < flare->refused.count; i++) {
		const char *what = flare->refused.items[i].what;

		if (strncmp(what, "profiles/", strlen("profiles/")) == 0)
			add_name(flare, pool, patterns, what + strlen("profiles/"), 1, gaps);
	}
	if (flare->process_count == 0)
		return fail(err,
		    "no profiles in profiles/ of '%s': ask for a flare with profiles "
		    "(datadog-agent flare <CASE_ID> --profile 60 -M -B)",
		    flare->path);
	qsort(flare->processes, flare->process_count, sizeof(*flare->processes), compare_processes);
	if (flare->trace_count > 0)
		qsort(flare->traces, flare->trace_count, sizeof(*flare->traces), compare_traces);
	return 0;
}

/* Profiles tell of themselves. */
static void
tell_refused(const struct flare *flare, struct pool *pool, struct gaps *gaps)
{
	for (size_t i = 0; i < flare->refused.count; i++) {
		const struct gap *gap = &flare->refused.items[i];
		int told = 0;

		for (size_t k = 0; k < flare->process_count * FLARE_PROFILES; k++)
			told |= strcmp(flare->processes[k / FLARE_PROFILES].files[k % FLARE_PROFILES],
				    gap->what) == 0;
		if (!told)
			gap_add(gaps, pool, gap->what, "%s", gap->why);
	}
}

static int
exists(const struct flare *flare, struct pool *pool, const char *file)
{
	struct stat st;

	return lstat(pool_printf(pool, "%s/%s", flare->root, file), &st) == 0;
}

/* A Cluster Agent's flare is judged by that process, any other by the core Agent. */
static void
find_kind(struct flare *flare, struct pool *pool)
{
	int cluster = exists(flare, pool, "cluster-agent-status.log");

	for (size_t i = 0; i < flare->process_count; i++) {
		if (strcmp(flare->processes[i].prefix, "core") == 0)
			cluster = -1;
		if (strcmp(flare->processes[i].prefix, "datadog-cluster-agent") == 0 && cluster == 0)
			cluster = 1;
	}
	flare->kind = cluster > 0 ? FLARE_CLUSTER_AGENT : FLARE_NODE;
	flare->main_process = cluster > 0 ? "datadog-cluster-agent" : "core";
	flare->local = exists(flare, pool, "local");
}

/* Cuts a sorted list that is too long for a real flare. */
static void
shorten(size_t *count, const char *what, struct gaps *gaps, struct pool *pool)
{
	if (*count <= FLARE_PROCESSES)
		return;
	gap_add(gaps, pool, "profiles/", "holds %s %s: only the first %d are used",
	    *count < MOST_NAMES ? pool_printf(pool, "%zu", *count) : "more than a thousand", what,
	    FLARE_PROCESSES);
	*count = FLARE_PROCESSES;
}

int
flare_open(struct flare *flare, struct pool *pool, const struct flare_source *source,
    struct gaps *gaps, struct error *err)
{
	struct pattern *patterns[NAME_PATTERNS];
	int status;

	flare->path = text_clean(pool, (struct span){source->path, strlen(source->path)});
	flare->file_bytes = source->limits.file_bytes;
	if (find(flare, pool, source, err) < 0)
		return -1;
	patterns_open(patterns, name_patterns, NAME_PATTERNS);
	status = catalogue(flare, pool, patterns, gaps, err);
	patterns_close(patterns, NAME_PATTERNS);
	if (status < 0)
		return -1;
	shorten(&flare->process_count, "processes", gaps, pool);
	shorten(&flare->trace_count, "execution traces", gaps, pool);
	tell_refused(flare, pool, gaps);
	check_traces(flare, pool, gaps);
	find_kind(flare, pool);
	return 0;
}

void
flare_close(struct flare *flare)
{
	scratch_close(&flare->unpacked);
}

/* 1 when the file's directory, should it be in one, is no link out of the flare. */
static int
is_reachable(const struct flare *flare, struct pool *pool, const char *file)
{
	const char *slash = strchr(file, '/');

	return slash == NULL ||
	       file_is_directory(
		   pool_printf(pool, "%s/%.*s", flare->root, (int)(slash - file), file));
}

static size_t
limit_of(const struct flare *flare, const char *file)
{
	size_t limit = strcmp(file, "go-routine-dump.log") == 0 ? DUMP_LIMIT
		       : strcmp(file, "telemetry.log") == 0	? TELEMETRY_LIMIT
								: TEXT_LIMIT;

	return (int64_t)limit < flare->file_bytes ? limit : (size_t)flare->file_bytes;
}

int
flare_read(const struct flare *flare, const char *file, struct buf *content, struct pool *pool,
    struct gaps *gaps)
{
	const char *path = pool_printf(pool, "%s/%s", flare->root, file);
	struct error err = {0};
	struct stat st;

	assert(ends_in_file(file)); /* else it would not be unpacked */
	if (refusal(flare, file) != NULL)
		return -1;
	if (lstat(path, &st) < 0)
		return 0;
	if (!is_reachable(flare, pool, file))
		fail(&err, "is behind a symbolic link, which is not followed");
	else if (file_read_untrusted(path, limit_of(flare, file), content, &err) == 0)
		return 1;
	gap_add(gaps, pool, file, "%s", err.msg);
	return -1;
}
