#include "resolved.h"

#include "buf.h"
#include "error.h"
#include "file.h"
#include "pool.h"
#include "tree.h"

#include <cjson/cJSON.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#ifdef __APPLE__
#define st_mtim st_mtimespec
#endif

enum { FILE_LIMIT = 16384, MINUTE = 60, DAY = 24 * 3600 };

/* What a program's file was when it was looked at, or NULL when it is none. */
static const char *
stamp_of(struct pool *pool, const char *path)
{
	struct stat st;

	if (path == NULL || !file_is_program(path) || stat(path, &st) < 0)
		return NULL;
	return pool_printf(pool, "%jd %jd %jd.%09ld", (intmax_t)st.st_ino, (intmax_t)st.st_size,
	    (intmax_t)st.st_mtim.tv_sec, st.st_mtim.tv_nsec);
}

/* The user's cache directory; NULL where there is none. */
static const char *
cache_directory(struct pool *pool)
{
	const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");

	if (cache != NULL && cache[0] == '/')
		return cache;
	return home != NULL && home[0] == '/' ? pool_printf(pool, "%s/.cache", home) : NULL;
}

/* The entry's path, by the go command's own. */
static const char *
entry_path(struct pool *pool, const char *cache, const char *go)
{
	uint64_t hash = UINT64_C(14695981039346656037); /* FNV-1a */

	for (const char *at = go; *at != '\0'; at++)
		hash = (hash ^ (unsigned char)*at) * UINT64_C(1099511628211);
	return pool_printf(pool, "%s/flareprof/go-%016" PRIx64 ".json", cache, hash);
}

/* An entry names a program that we run: only we may have put it there. */
static int
is_ours(const char *directory)
{
	struct stat st;

	return lstat(directory, &st) == 0 && S_ISDIR(st.st_mode) && st.st_uid == geteuid() &&
	       (st.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

static int
is_fresh(const char *path)
{
	struct stat st;
	time_t now = time(NULL);

	/* Files have their times from another clock than ours, which may be a little ahead. */
	return lstat(path, &st) == 0 && st.st_mtime <= now + MINUTE && now - st.st_mtime < DAY;
}

static int
is(const cJSON *entry, const char *key, const char *value)
{
	const char *kept = tree_string(entry, key);

	return kept != NULL && value != NULL && strcmp(kept, value) == 0;
}

static cJSON *
read_entry(struct pool *pool, const char *go)
{
	const char *cache = cache_directory(pool), *path;
	struct error err = {0};
	struct buf text = {0};
	cJSON *entry = NULL;

	if (cache == NULL || !is_ours(pool_printf(pool, "%s/flareprof", cache)))
		return NULL;
	path = entry_path(pool, cache, go);
	if (is_fresh(path) && file_read_private(path, FILE_LIMIT, &text, &err) == 0)
		entry = tree_parse((struct span){text.data, text.len}, &err);
	buf_release(&text);
	return entry;
}

int
resolved_recall(struct resolved *resolved, struct pool *pool, const char *go, int landlock)
{
	const char *pprof, *version;
	cJSON *entry = read_entry(pool, go);
	const cJSON *tried;
	int known;

	pprof = tree_string(entry, "pprof");
	version = tree_string(entry, "version");
	tried = tree_number(entry, "landlock");
	known = pprof != NULL && version != NULL && tried != NULL &&
		tried->valuedouble == landlock && is(entry, "go", go) &&
		is(entry, "go_file", stamp_of(pool, go)) &&
		is(entry, "pprof_file", stamp_of(pool, pprof));
	if (known)
		*resolved = (struct resolved){
		    pool_strdup(pool, version), pool_strdup(pool, pprof), landlock};
	cJSON_Delete(entry);
	return known;
}

/* Makes our directory and the cache directory, but nothing above that. */
static int
make_directory(struct pool *pool, const char *cache)
{
	const char *directory = pool_printf(pool, "%s/flareprof", cache);

	mkdir(cache, 0700);
	mkdir(directory, 0700);
	return is_ours(directory);
}

void
resolved_keep(const struct resolved *resolved, struct pool *pool, const char *go)
{
	const char *cache = cache_directory(pool);
	const char *go_file = stamp_of(pool, go), *pprof_file = stamp_of(pool, resolved->pprof);
	cJSON *entry;
	struct error err = {0};
	char *text;

	if (cache == NULL || go_file == NULL || pprof_file == NULL ||
	    !make_directory(pool, cache))
		return;
	entry = cJSON_CreateObject();
	cJSON_AddStringToObject(entry, "go", go);
	cJSON_AddStringToObject(entry, "go_file", go_file);
	cJSON_AddStringToObject(entry, "version", resolved->version);
	cJSON_AddStringToObject(entry, "pprof", resolved->pprof);
	cJSON_AddStringToObject(entry, "pprof_file", pprof_file);
	cJSON_AddNumberToObject(entry, "landlock", resolved->landlock);
	text = cJSON_Print(entry);
	/* Without it the next run is slower, and that is all. */
	if (text != NULL)
		file_replace_private(
		    entry_path(pool, cache, go), (struct span){text, strlen(text)}, &err);
	cJSON_free(text);
	cJSON_Delete(entry);
}

void
resolved_forget(struct pool *pool, const char *go)
{
	const char *cache = cache_directory(pool);

	if (cache != NULL)
		unlink(entry_path(pool, cache, go));
}
