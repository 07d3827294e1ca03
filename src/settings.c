#include "settings.h"

#include "error.h"
#include "gap.h"
#include "pool.h"
#include "tree.h"

#include <cjson/cJSON.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#define LENGTH(table) (sizeof(table) / sizeof((table)[0]))

/* More than a rate, or a number of seconds or of runners, can be. */
#define LARGEST 9e15

enum {
	PATH = 96,   /* room for any path of keys below */
};

static const char main_file[] = "runtime_config_dump.yaml";

/* Where each process has its settings (the Agent's cmd/ and pkg/process/util). The rates stand in
 * `rates`, and where `only_enabled` they are set only when `enabled` is. */
static const struct {
	const char *prefix;
	const char *file;
	const char *map;
	const char *rates;
	int only_enabled;
} processes[SETTINGS_PROCESSES] = {
    {"core", main_file, "internal_profiling", "internal_profiling", 0},
    {"datadog-cluster-agent", main_file, "internal_profiling", "internal_profiling", 0},
    {"trace", main_file, "apm_config.internal_profiling", "internal_profiling", 1},
    {"security-agent", main_file, "security_agent.internal_profiling",
	"security_agent.internal_profiling", 0},
    {"process", "process_agent_runtime_config_dump.yaml", "process_config.internal_profiling",
	"internal_profiling", 1},
    {"system-probe", "system_probe_runtime_config_dump.yaml",
	"system_probe_config.internal_profiling", "system_probe_config.internal_profiling", 0},
};

static const struct settings_profiling unknown;

void
settings_init(struct settings *settings)
{
	*settings = (struct settings){.check_runners = -1, .receiver_timeout_seconds = -1};
}

static const cJSON *
item_at(const cJSON *tree, const char *map, const char *key)
{
	char path[PATH];

	snprintf(path, sizeof(path), "%s.%s", map, key);
	return tree_item(tree, path);
}

/* -1 for what is no number of ours. */
static int64_t
count_of(const cJSON *item)
{
	return cJSON_IsNumber(item) && item->valuedouble >= 0 && item->valuedouble <= LARGEST
		   ? (int64_t)item->valuedouble
		   : -1;
}

/* Known only when all of it is there: a default is written down as any other value. */
static void
read_profiling(struct settings_profiling *profiling, const cJSON *tree, size_t process)
{
	const cJSON *enabled = item_at(tree, processes[process].map, "enabled");
	const char *rates = processes[process].rates;
	int64_t block_rate_ns = count_of(item_at(tree, rates, "block_profile_rate"));
	int64_t mutex_fraction = count_of(item_at(tree, rates, "mutex_profile_fraction"));

	if (!cJSON_IsBool(enabled) || block_rate_ns < 0 || mutex_fraction < 0)
		return;
	*profiling = (struct settings_profiling){.known = 1, .enabled = cJSON_IsTrue(enabled)};
	if (profiling->enabled || !processes[process].only_enabled) {
		profiling->block_rate_ns = block_rate_ns;
		profiling->mutex_fraction = mutex_fraction;
	}
}

static void
read_main(struct settings *settings, const cJSON *tree)
{
	int64_t timeout = count_of(tree_item(tree, "apm_config.receiver_timeout"));

	settings->found = 1;
	settings->check_runners = count_of(tree_item(tree, "check_runners"));
	settings->receiver_timeout_seconds = timeout >= 0 ? (double)timeout : -1;
}

void
settings_parse(struct settings *settings, struct pool *pool, const char *file, struct span text,
    struct gaps *gaps)
{
	struct error err = {0};
	cJSON *tree = tree_parse(text, &err);
	const cJSON *first = cJSON_IsObject(tree) ? tree->child : NULL;
	int useful = first != NULL && strcmp(first->string, "error") != 0;

	for (size_t i = 0; useful && i < LENGTH(processes); i++) {
		if (strcmp(processes[i].file, file) == 0)
			read_profiling(&settings->profiling[i], tree, i);
	}
	if (useful && strcmp(file, main_file) == 0)
		read_main(settings, tree);
	if (!useful && strcmp(file, main_file) == 0)
		gap_add_useless(gaps, pool, file, "settings", text, &err);
	cJSON_Delete(tree);
}

const struct settings_profiling *
settings_profiling(const struct settings *settings, const char *prefix)
{
	for (size_t i = 0; i < LENGTH(processes); i++) {
		if (strcmp(processes[i].prefix, prefix) == 0)
			return &settings->profiling[i];
	}
	return &unknown;
}
