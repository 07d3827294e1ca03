#include "expvar.h"

#include "buf.h"
#include "error.h"
#include "gap.h"
#include "pool.h"
#include "tree.h"

#include <cjson/cJSON.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

/* A number above the first is no amount; only the GC's target is one such, when there is no GC. */
#define LARGEST 9e18
#define BEYOND (-2.0)
#define LENGTH(table) (sizeof(table) / sizeof((table)[0]))

enum { PATH = 64 }; /* room for any path of keys below */

/* How much later than a heap profile's content its time may be noted. */
#define SLACK_NS ((int64_t)100000000)

static const struct {
	const char *name;
	size_t member;
	int optional; /* nothing is lost without it */
} numbers[] = {
    {"Alloc", offsetof(struct memstats, alloc_bytes), 0},
    {"TotalAlloc", offsetof(struct memstats, total_alloc_bytes), 0},
    {"Sys", offsetof(struct memstats, sys_bytes), 0},
    {"HeapAlloc", offsetof(struct memstats, heap_alloc_bytes), 0},
    {"HeapSys", offsetof(struct memstats, heap_sys_bytes), 0},
    {"HeapInuse", offsetof(struct memstats, heap_inuse_bytes), 0},
    {"HeapIdle", offsetof(struct memstats, heap_idle_bytes), 0},
    {"HeapReleased", offsetof(struct memstats, heap_released_bytes), 0},
    {"HeapObjects", offsetof(struct memstats, heap_objects), 0},
    {"NumGC", offsetof(struct memstats, num_gc), 0},
    {"PauseTotalNs", offsetof(struct memstats, pause_total_ns), 0},
    {"LastGC", offsetof(struct memstats, last_gc_ns), 0},
    {"NextGC", offsetof(struct memstats, next_gc_bytes), 0},
    {"StackInuse", offsetof(struct memstats, stack_inuse_bytes), 1},
    {"StackSys", offsetof(struct memstats, stack_sys_bytes), 1},
    {"MSpanInuse", offsetof(struct memstats, mspan_inuse_bytes), 1},
    {"MSpanSys", offsetof(struct memstats, mspan_sys_bytes), 1},
    {"MCacheInuse", offsetof(struct memstats, mcache_inuse_bytes), 1},
    {"MCacheSys", offsetof(struct memstats, mcache_sys_bytes), 1},
    {"BuckHashSys", offsetof(struct memstats, buck_hash_sys_bytes), 1},
    {"GCSys", offsetof(struct memstats, gc_sys_bytes), 1},
    {"OtherSys", offsetof(struct memstats, other_sys_bytes), 1},
};

/* The file of the installer, and the Agent's host metadata. */
static const char *const install_maps[] = {"install_method", "install-method"};

static const struct {
	const char *key;
	size_t member;
} install_fields[] = {
    {"tool", offsetof(struct install, tool)},
    {"tool_version", offsetof(struct install, tool_version)},
    {"installer_version", offsetof(struct install, installer_version)},
};

/* -1 where there is no number, or none that Go's counters can have. */
static double
number_at(const cJSON *tree, const char *map, const char *key)
{
	char path[PATH];
	const cJSON *number;

	snprintf(path, sizeof(path), "%s%s", map, key);
	number = tree_number(tree, path);
	if (number != NULL && number->valuedouble > LARGEST)
		return BEYOND;
	return number != NULL && number->valuedouble >= 0 ? number->valuedouble : -1;
}

static void
read_pause_ends(struct memstats *memstats, const cJSON *tree, const char *map)
{
	char path[PATH];
	const cJSON *list, *end;

	snprintf(path, sizeof(path), "%sPauseEnd", map);
	list = tree_item(tree, path);
	memstats->pause_end_count = 0;
	for (end = cJSON_IsArray(list) ? list->child : NULL; end != NULL; end = end->next) {
		if (!cJSON_IsNumber(end) || !(end->valuedouble >= 1) ||
		    end->valuedouble > LARGEST || memstats->pause_end_count == MEMSTATS_PAUSES)
			continue;
		memstats->pause_ends_ns[memstats->pause_end_count++] = (int64_t)end->valuedouble;
	}
}

/* Fills in what the map ("" or a key with its dot) has, and the names of what it lacks.
 * Returns how many numbers it has. */
static int
read_memstats(
    struct memstats *memstats, const cJSON *tree, const char *map, struct buf *missing)
{
	double fraction;
	int read = 0;

	for (size_t i = 0; i < LENGTH(numbers); i++) {
		int64_t *member = (int64_t *)((char *)memstats + numbers[i].member);
		double number = number_at(tree, map, numbers[i].name);

		*member = number >= 0 ? (int64_t)number : -1;
		read += number >= 0;
		if (number == BEYOND && strcmp(numbers[i].name, "NextGC") == 0)
			memstats->gc_off = 1;
		if (number >= 0 || numbers[i].optional ||
		    (number == BEYOND && strcmp(numbers[i].name, "NextGC") == 0))
			continue;
		buf_puts(missing, missing->len != 0 ? ", " : "");
		buf_puts(missing, numbers[i].name);
	}
	fraction = number_at(tree, map, "GCCPUFraction");
	memstats->gc_cpu_fraction = fraction >= 0 && fraction <= 1 ? fraction : -1;
	read_pause_ends(memstats, tree, map);
	return read;
}

void
memstats_parse(struct memstats *memstats, struct pool *pool, const char *file, struct span text,
    struct gaps *gaps)
{
	/* The trace-agent's file has all its variables, this one among them. */
	static const char *const maps[] = {"", "memstats."};
	struct error err = {0};
	struct buf missing = {0};
	cJSON *tree = tree_parse(text, &err);

	*memstats = (struct memstats){0};
	for (size_t i = 0; i < LENGTH(maps) && !memstats->found; i++) {
		buf_release(&missing);
		memstats->found = read_memstats(memstats, tree, maps[i], &missing) > 0;
	}
	memstats->gc_off &= memstats->found;
	if (!memstats->found)
		gap_add_useless(gaps, pool, file, "memory statistics", text, &err);
	else if (missing.len != 0)
		gap_add(gaps, pool, file, "has no %s", buf_text(&missing));
	buf_release(&missing);
	cJSON_Delete(tree);
}

/* What is known of the ends of collections around an interval. */
struct collections {
	int within;	 /* one is in it */
	int close;	 /* one is so close to it that nobody knows */
	int before, after; /* one is before it, and behind it */
};

static void
take_end(struct collections *seen, int64_t end_ns, int64_t from_ns, int64_t to_ns)
{
	if (end_ns >= from_ns && end_ns <= to_ns)
		seen->within = 1;
	else if (end_ns < from_ns - SLACK_NS)
		seen->before = 1;
	else if (end_ns > to_ns && end_ns - to_ns > SLACK_NS)
		seen->after = 1;
	else
		seen->close = 1;
}

/* 1 when no collection is missing in the list that ended at `from_ns` or later. */
static int
reaches_back(const struct memstats *memstats, const struct collections *in_list)
{
	int64_t most = memstats->num_gc < MEMSTATS_PAUSES ? memstats->num_gc : MEMSTATS_PAUSES;

	return memstats->num_gc >= 0 && (int64_t)memstats->pause_end_count == most &&
	       (in_list->before || memstats->num_gc <= MEMSTATS_PAUSES);
}

int
memstats_gc_between(const struct memstats *memstats, int64_t from_ns, int64_t to_ns)
{
	int younger = memstats->taken_after_ns > to_ns;
	struct collections seen = {0};
	int whole;

	if (!memstats->found || from_ns <= 0 || to_ns < from_ns)
		return -1;
	for (size_t i = 0; i < memstats->pause_end_count; i++)
		take_end(&seen, memstats->pause_ends_ns[i], from_ns, to_ns);
	whole = reaches_back(memstats, &seen);
	if (memstats->last_gc_ns >= 0)
		take_end(&seen, memstats->last_gc_ns, from_ns, to_ns);
	if (seen.within)
		return 1;
	if (seen.close)
		return -1;
	/* Behind the last one there was none until the statistics were taken. */
	if (memstats->last_gc_ns >= 0 && !seen.after)
		return younger ? 0 : -1;
	return whole && (seen.after || younger) ? 0 : -1;
}

/* NULL also for the Agent's own words for nothing. */
static const char *
install_string(const cJSON *tree, const char *map, const char *key)
{
	char path[PATH];
	const char *text;

	snprintf(path, sizeof(path), "%s.%s", map, key);
	text = tree_string(tree, path);
	return text == NULL || *text == '\0' || strcmp(text, "undefined") == 0 ? NULL : text;
}

static int
read_install(struct install *install, struct pool *pool, const cJSON *tree, const char *map)
{
	int read = 0;

	for (size_t i = 0; i < LENGTH(install_fields); i++) {
		const char **member =
		    (const char **)((char *)install + install_fields[i].member);
		const char *text = install_string(tree, map, install_fields[i].key);

		if (text == NULL)
			continue;
		read++;
		if (*member == NULL)
			*member = text_clean(pool, (struct span){text, strlen(text)});
	}
	return read;
}

void
install_parse(struct install *install, struct pool *pool, const char *file, struct span text,
    struct gaps *gaps)
{
	struct error err = {0};
	cJSON *tree = tree_parse(text, &err);
	int read = 0;

	for (size_t i = 0; i < LENGTH(install_maps); i++)
		read += read_install(install, pool, tree, install_maps[i]);
	if (read == 0 && (tree == NULL || install->tool == NULL))
		gap_add_useless(gaps, pool, file, "install method", text, &err);
	cJSON_Delete(tree);
}
