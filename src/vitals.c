#include "vitals.h"

#include "error.h"
#include "gap.h"
#include "pattern.h"
#include "pool.h"
#include "tree.h"

#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define LENGTH(table) (sizeof(table) / sizeof((table)[0]))
#define MEMBER(name) offsetof(struct vitals, name)

#define LARGEST 9e15 /* number that a double holds exactly */


static const char aggregator_file[] = "expvar/aggregator";
static const char forwarder_file[] = "expvar/forwarder";
static const char runner_file[] = "expvar/runner";
static const char logs_file[] = "expvar/logs-agent";

static const struct {
	const char *file;
	const char *path;
	size_t member;
} numbers[] = {
    {aggregator_file, "DogstatsdContexts", MEMBER(contexts)},
    {forwarder_file, "Transactions.Success", MEMBER(forwarder.success)},
    {forwarder_file, "Transactions.Errors", MEMBER(forwarder.errors)},
    {forwarder_file, "Transactions.HTTPErrors", MEMBER(forwarder.http_errors)},
    {forwarder_file, "Transactions.Dropped", MEMBER(forwarder.dropped)},
    {forwarder_file, "Transactions.Retried", MEMBER(forwarder.retried)},
    {forwarder_file, "Transactions.Requeued", MEMBER(forwarder.requeued)},
    {forwarder_file, "Transactions.RetryQueueSize", MEMBER(forwarder.retry_queue_size)},
    {forwarder_file, "Transactions.HighPriorityQueueFull",
	MEMBER(forwarder.high_priority_queue_full)},
    {runner_file, "Workers.Count", MEMBER(runner.workers)},
    {logs_file, "LogsProcessed", MEMBER(logs.processed)},
    {logs_file, "LogsSent", MEMBER(logs.sent)},
    {logs_file, "RetryCount", MEMBER(logs.retries)},
    {logs_file, "DestinationErrors", MEMBER(logs.destination_errors)},
    {logs_file, "BytesMissed", MEMBER(logs.missed_bytes)},
};

static const char instant[] =
    "^(?<date>[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})(?:\\.[0-9]{1,30})?"
    "(?:Z|(?<sign>[+-])(?<hours>[0-9]{2}):(?<minutes>[0-9]{2}))$";

void
vitals_init(struct vitals *vitals)
{
	*vitals = (struct vitals){.version_change_ms = -1,
	    .forwarder.most_error_count = -1,
	    .runner = {.mean_utilization = -1, .highest_utilization = -1, .newest_check_ms = -1}};
	for (size_t i = 0; i < LENGTH(numbers); i++)
		*(int64_t *)((char *)vitals + numbers[i].member) = -1;
}

static char *
clean(struct pool *pool, const char *text)
{
	return text_clean(pool, (struct span){text, strlen(text)});
}

/* -1 for what is no number, or none of ours. */
static int64_t
count_of(const cJSON *item)
{
	return cJSON_IsNumber(item) && item->valuedouble >= 0 && item->valuedouble <= LARGEST
		   ? (int64_t)item->valuedouble
		   : -1;
}

static int
two_digits(struct span text)
{
	return text.at == NULL ? 0 : (text.at[0] - '0') * 10 + (text.at[1] - '0');
}

/* An instant as RFC 3339 writes it, to the second, in epoch milliseconds; else -1. */
static int64_t
read_instant(struct pattern *pattern, const char *text)
{
	struct span sign;
	struct tm tm = {0};
	int64_t seconds, offset;

	if (text == NULL || !pattern_matches(pattern, (struct span){text, strlen(text)}))
		return -1;
	/* strptime takes any day up to 31 and any second up to 61, and timegm goes on from there. */
	if (strptime(text, "%Y-%m-%dT%H:%M:%S", &tm) == NULL)
		return -1;
	sign = pattern_field(pattern, "sign");
	offset = two_digits(pattern_field(pattern, "hours")) * 3600 +
		 two_digits(pattern_field(pattern, "minutes")) * 60;
	seconds = (int64_t)timegm(&tm) - (text_is(sign, "-") ? -offset : offset);
	return seconds >= 0 ? seconds * 1000 : -1;
}

/* ---- what is more than a number ---- */

static void
read_health(struct vitals *vitals, struct pool *pool, const cJSON *tree)
{
	const cJSON *list = tree_item(tree, "unhealthy"), *name;

	vitals->health_known = cJSON_IsArray(list) || cJSON_IsArray(tree_item(tree, "healthy"));
	for (name = cJSON_IsArray(list) ? list->child : NULL; name != NULL; name = name->next) {
		if (!cJSON_IsString(name) || vitals->unhealthy_count == VITALS_UNHEALTHY)
			continue;
		vitals->unhealthy = pool_grow(pool, vitals->unhealthy, vitals->unhealthy_count,
		    sizeof(*vitals->unhealthy));
		vitals->unhealthy[vitals->unhealthy_count++] = clean(pool, name->valuestring);
	}
}

/* The oldest entry stands first; there is one for each change. */
static void
read_history(struct vitals *vitals, struct pool *pool, const cJSON *tree)
{
	const cJSON *entries = tree_item(tree, "entries"), *entry;
	const char *from = NULL, *to = NULL, *when = NULL;
	struct pattern *pattern;
	const char *const expression = instant;

	for (entry = cJSON_IsArray(entries) ? entries->child : NULL; entry != NULL;
	     entry = entry->next) {
		const char *version = tree_string(entry, "version");

		if (version == NULL || *version == '\0' ||
		    (to != NULL && strcmp(version, to) == 0))
			continue;
		from = to;
		to = version;
		when = tree_string(entry, "timestamp");
	}
	if (from == NULL)
		return;
	vitals->version_from = clean(pool, from);
	vitals->version_to = clean(pool, to);
	patterns_open(&pattern, &expression, 1);
	vitals->version_change_ms = read_instant(pattern, when);
	patterns_close(&pattern, 1);
}

/* Keeps the largest number of a map, and its name behind `prefix`. */
static void
find_most(struct vitals_forwarder *forwarder, struct pool *pool, const cJSON *map,
    const char *prefix)
{
	const cJSON *item;

	for (item = cJSON_IsObject(map) ? map->child : NULL; item != NULL; item = item->next) {
		int64_t count = count_of(item);

		if (count <= 0 || count <= forwarder->most_error_count)
			continue;
		forwarder->most_error_count = count;
		forwarder->most_errors =
		    pool_printf(pool, "%s%s", prefix, clean(pool, item->string));
	}
}

static void
read_forwarder(struct vitals *vitals, struct pool *pool, const cJSON *tree)
{
	find_most(&vitals->forwarder, pool, tree_item(tree, "Transactions.ErrorsByType"), "");
	find_most(&vitals->forwarder, pool, tree_item(tree, "Transactions.HTTPErrorsByCode"),
	    "HTTP ");
}

static void
read_workers(struct vitals_runner *runner, struct pool *pool, const cJSON *workers)
{
	const cJSON *worker = cJSON_IsObject(workers) ? workers->child : NULL, *busiest = NULL;
	double sum = 0;
	int count = 0;

	for (; worker != NULL; worker = worker->next) {
		const cJSON *number = tree_number(worker, "Utilization");
		double share = number != NULL ? number->valuedouble : -1;

		if (share < 0 || share > 1)
			continue;
		sum += share;
		count++;
		if (share > runner->highest_utilization) {
			runner->highest_utilization = share;
			busiest = worker;
		}
	}
	if (count > 0)
		runner->mean_utilization = sum / count;
	if (busiest != NULL)
		runner->busiest = clean(pool, busiest->string);
}

/* Of the checks' instances the one that ended last. Its time is a text, and was a number of
 * seconds once. */
static int64_t
newest_check(const cJSON *checks, struct pattern *pattern)
{
	const cJSON *check = cJSON_IsObject(checks) ? checks->child : NULL, *instance;
	int64_t newest_ms = -1;

	for (; check != NULL; check = check->next) {
		for (instance = check->child; instance != NULL; instance = instance->next) {
			int64_t seconds = count_of(tree_item(instance, "UpdateTimestamp"));
			int64_t ms = seconds >= 0 && seconds < (int64_t)(LARGEST / 1000)
					 ? seconds * 1000
					 : read_instant(pattern,
					       tree_string(instance, "UpdateTimestamp"));

			if (ms > newest_ms)
				newest_ms = ms;
		}
	}
	return newest_ms;
}

static void
read_runner(struct vitals *vitals, struct pool *pool, const cJSON *tree)
{
	struct pattern *pattern;
	const char *const expression = instant;

	read_workers(&vitals->runner, pool, tree_item(tree, "Workers.Instances"));
	patterns_open(&pattern, &expression, 1);
	vitals->runner.newest_check_ms = newest_check(tree_item(tree, "Checks"), pattern);
	patterns_close(&pattern, 1);
}

static const struct {
	const char *file;
	void (*read)(struct vitals *vitals, struct pool *pool, const cJSON *tree);
} readers[] = {
    {"health.yaml", read_health},
    {"version-history.json", read_history},
    {forwarder_file, read_forwarder},
    {runner_file, read_runner},
};

void
vitals_parse(struct vitals *vitals, struct pool *pool, const char *file, struct span text,
    struct gaps *gaps)
{
	struct error err = {0};
	cJSON *tree = tree_parse(text, &err);

	if (!cJSON_IsObject(tree))
		gap_add_useless(gaps, pool, file, "numbers", text, &err);
	for (size_t i = 0; i < LENGTH(numbers); i++) {
		int64_t *member = (int64_t *)((char *)vitals + numbers[i].member);

		if (strcmp(numbers[i].file, file) == 0)
			*member = count_of(tree_item(tree, numbers[i].path));
	}
	for (size_t i = 0; i < LENGTH(readers); i++) {
		if (strcmp(readers[i].file, file) == 0)
			readers[i].read(vitals, pool, tree);
	}
	cJSON_Delete(tree);
}
