#include "flare.h"

#include "buf.h"
#include "error.h"
#include "file.h"
#include "pattern.h"
#include "pool.h"
#include "text.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { TEXT_LIMIT = 8 << 20, DUMP_LIMIT = 64 << 20, STRANGE_NAMES = 20 };

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

static int
is_directory(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static int
exists(const struct flare *flare, struct pool *pool, const char *file)
{
	struct stat st;

	return lstat(pool_printf(pool, "%s/%s", flare->root, file), &st) == 0;
}

/* The only directory below `path` that has profiles/. NULL with a message when there is none
 * or more than one. */
static const char *
find_below(struct pool *pool, const char *path, struct error *err)
{
	const char *found = NULL;
	struct dirent *entry;
	DIR *dir = opendir(path);

	if (dir == NULL) {
		fail(err, "cannot open '%s': %s", path, strerror(errno));
		return NULL;
	}
	while ((entry = readdir(dir)) != NULL) {
		const char *below = pool_printf(pool, "%s/%s", path, entry->d_name);

		if (entry->d_name[0] == '.' || !is_directory(below) ||
		    !is_directory(pool_printf(pool, "%s/profiles", below)))
			continue;
		if (found != NULL) {
			fail(err, "'%s' holds more than one flare: name one, such as '%s'",
			    path, found);
			closedir(dir);
			return NULL;
		}
		found = below;
	}
	closedir(dir);
	if (found == NULL)
		fail(err,
		    "no profiles/ in '%s': name the directory of an extracted flare that was "
		    "made "
		    "with profiles (datadog-agent flare <CASE_ID> --profile 60 -M -B)",
		    path);
	return found;
}

/* The directory that holds profiles/ and status.log. */
static const char *
find_root(struct pool *pool, const char *path, struct error *err)
{
	char *real = realpath(path, NULL);
	const char *root, *slash;
	struct stat st;

	if (real == NULL) {
		fail(err, "cannot open '%s': %s", path, strerror(errno));
		return NULL;
	}
	root = pool_strdup(pool, real);
	free(real);
	if (stat(root, &st) == 0 && S_ISREG(st.st_mode)) {
		fail(err,
		    "cannot read '%s': flareprof does not open archives yet; extract the flare "
		    "and name its directory",
		    path);
		return NULL;
	}
	if (!is_directory(root)) {
		fail(err, "cannot read '%s': not a directory", path);
		return NULL;
	}
	if (is_directory(pool_printf(pool, "%s/profiles", root)))
		return root;
	slash = strrchr(root, '/');
	if (strcmp(slash, "/profiles") == 0 && slash != root)
		return pool_strndup(pool, root, (size_t)(slash - root));
	return find_below(pool, root, err);
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

static void
add_trace(struct flare *flare, struct pool *pool, struct gaps *gaps, const char *name)
{
	struct flare_trace *trace;
	struct stat st;
	const char *path = pool_printf(pool, "%s/profiles/%s", flare->root, name);

	if (lstat(path, &st) < 0 || !S_ISREG(st.st_mode)) {
		gap_add(gaps, pool, pool_printf(pool, "profiles/%s", name), "is no regular file");
		return;
	}
	flare->traces = pool_grow(pool, flare->traces, flare->trace_count, sizeof(*flare->traces));
	trace = &flare->traces[flare->trace_count++];
	trace->file = pool_printf(pool, "profiles/%s",
	    text_clean(pool, (struct span){name, strlen(name)}));
	trace->path = path;
	trace->size_bytes = (int64_t)st.st_size;
}

/* Each is told of, as far as they can be read by people. */
static void
add_strange(struct gaps *gaps, struct pool *pool, const char *name)
{
	static const char why[] = "is not read: the Agent gives no profile such a name";

	if (gaps->count < STRANGE_NAMES)
		gap_add(gaps, pool, pool_printf(pool, "profiles/%s", name), "%s", why);
	else
		gap_add(gaps, pool, "profiles/", "holds more files of names that the Agent never gives");
}

static int
catalogue(struct flare *flare, struct pool *pool, struct pattern **patterns, struct gaps *gaps,
    struct error *err)
{
	const char *path = pool_printf(pool, "%s/profiles", flare->root);
	struct dirent **entries;
	int count = scandir(path, &entries, NULL, alphasort);

	if (count < 0)
		return fail(err, "cannot open '%s': %s", path, strerror(errno));
	for (int i = 0; i < count; i++) {
		struct span name = {entries[i]->d_name, strlen(entries[i]->d_name)};

		if (pattern_matches(patterns[PROFILE_NAME], name)) {
			struct span process = pattern_field(patterns[PROFILE_NAME], "process");

			add_process(flare, pool, pool_strndup(pool, process.at, process.len));
		} else if (pattern_matches(patterns[TRACE_NAME], name)) {
			add_trace(flare, pool, gaps, pool_strdup(pool, name.at));
		} else if (pattern_matches(patterns[STRANGE_NAME], name)) {
			add_strange(gaps, pool, name.at);
		}
		free(entries[i]);
	}
	free(entries);
	if (flare->process_count == 0)
		return fail(err,
		    "no profiles in '%s': ask for a flare with profiles (datadog-agent flare "
		    "<CASE_ID> --profile 60 -M -B)",
		    path);
	qsort(flare->processes, flare->process_count, sizeof(*flare->processes), compare_processes);
	if (flare->trace_count > 0)
		qsort(flare->traces, flare->trace_count, sizeof(*flare->traces), compare_traces);
	return 0;
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
	gap_add(gaps, pool, "profiles/", "holds %zu %s: only the first %d are used", *count, what,
	    FLARE_PROCESSES);
	*count = FLARE_PROCESSES;
}

int
flare_open(struct flare *flare, struct pool *pool, const char *path, struct gaps *gaps,
    struct error *err)
{
	struct pattern *patterns[NAME_PATTERNS];
	int status;

	flare->path = text_clean(pool, (struct span){path, strlen(path)});
	flare->root = find_root(pool, path, err);
	if (flare->root == NULL)
		return -1;
	flare->name = strrchr(flare->root, '/') + 1;
	flare->name = text_clean(pool, (struct span){flare->name, strlen(flare->name)});
	patterns_open(patterns, name_patterns, NAME_PATTERNS);
	status = catalogue(flare, pool, patterns, gaps, err);
	patterns_close(patterns, NAME_PATTERNS);
	if (status < 0)
		return -1;
	shorten(&flare->process_count, "processes", gaps, pool);
	shorten(&flare->trace_count, "execution traces", gaps, pool);
	check_traces(flare, pool, gaps);
	find_kind(flare, pool);
	return 0;
}

int
flare_read(const struct flare *flare, const char *file, struct buf *content, struct pool *pool,
    struct gaps *gaps)
{
	/* Go itself ends a dump of goroutines at 64 MB. */
	size_t limit = strcmp(file, "go-routine-dump.log") == 0 ? DUMP_LIMIT : TEXT_LIMIT;
	struct error err = {0};

	if (!exists(flare, pool, file))
		return 0;
	if (file_read_untrusted(pool_printf(pool, "%s/%s", flare->root, file), limit, content,
		&err) < 0) {
		gap_add(gaps, pool, file, "%s", err.msg);
		return 0;
	}
	return 1;
}
