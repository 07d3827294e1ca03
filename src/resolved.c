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

enum { FILE_LIMIT = 16384, DAY = 24 * 3600 };

/* What a program's file was when it was looked at, or NULL when it is none. */
static const char *
stamp_of(struct pool *pool, const char *path)
{
	struct stat st;

	if (path == NULL || path[0] != '/' || stat(path, &st) < 0 || !S_ISREG(st.st_mode) ||
	    access(path, X_OK) < 0)
		return NULL;
	return pool_printf(pool, "%jd %jd %jd.%09ld", (intmax_t)st.st_ino, (intmax_t)st.st_size,
	    (intmax_t)st.st_mtim.tv_sec, st.st_mtim.tv_nsec);
}

/* The entry's path, by the go command's own; NULL where there is no cache directory. */
static const char *
entry_path(struct pool *pool, const char *go)
{
	const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
	uint64_t hash = UINT64_C(14695981039346656037); /* FNV-1a */

	for (const char *at = go; *at != '\0'; at++)
		hash = (hash ^ (unsigned char)*at) * UINT64_C(1099511628211);
	if (cache != NULL && cache[0] == '/')
		return pool_printf(pool, "%s/flareprof/go-%016" PRIx64 ".json", cache, hash);
	if (home != NULL && home[0] == '/')
		return pool_printf(pool, "%s/.cache/flareprof/go-%016" PRIx64 ".json", home, hash);
	return NULL;
}

/* An entry names a program that we run: nobody else may have written it. */
static int
is_ours_and_fresh(const char *path)
{
	struct stat st;
	time_t now = time(NULL);

	return lstat(path, &st) == 0 && S_ISREG(st.st_mode) && st.st_uid == geteuid() &&
	       (st.st_mode & (S_IWGRP | S_IWOTH)) == 0 && st.st_mtime <= now &&
	       now - st.st_mtime < DAY;
}

static int
is(const cJSON *entry, const char *key, const char *value)
{
	const char *kept = tree_string(entry, key);

	return kept != NULL && value != NULL && strcmp(kept, value) == 0;
}

static cJSON *
read_entry(const char *path)
{
	struct error err = {0};
	struct buf text = {0};
	cJSON *entry = NULL;

	if (is_ours_and_fresh(path) && file_read(path, FILE_LIMIT, &text, &err) == 0)
		entry = tree_parse((struct span){text.data, text.len}, &err);
	buf_release(&text);
	return entry;
}

int
resolved_recall(struct resolved *resolved, struct pool *pool, const char *go)
{
	const char *path = entry_path(pool, go), *pprof, *version;
	cJSON *entry = path != NULL ? read_entry(path) : NULL;
	int known;

	pprof = tree_string(entry, "pprof");
	version = tree_string(entry, "version");
	known = pprof != NULL && version != NULL && is(entry, "go", go) &&
		is(entry, "go_file", stamp_of(pool, go)) &&
		is(entry, "pprof_file", stamp_of(pool, pprof));
	if (known)
		*resolved = (struct resolved){pool_strdup(pool, version), pool_strdup(pool, pprof)};
	cJSON_Delete(entry);
	return known;
}

void
resolved_keep(const struct resolved *resolved, struct pool *pool, const char *go)
{
	const char *path = entry_path(pool, go);
	const char *go_file = stamp_of(pool, go), *pprof_file = stamp_of(pool, resolved->pprof);
	cJSON *entry = cJSON_CreateObject();
	struct error err = {0};
	char *text;

	if (path != NULL && go_file != NULL && pprof_file != NULL) {
		cJSON_AddStringToObject(entry, "go", go);
		cJSON_AddStringToObject(entry, "go_file", go_file);
		cJSON_AddStringToObject(entry, "version", resolved->version);
		cJSON_AddStringToObject(entry, "pprof", resolved->pprof);
		cJSON_AddStringToObject(entry, "pprof_file", pprof_file);
		text = cJSON_Print(entry);
		/* Without it the next run is slower, and that is all. */
		if (text != NULL)
			file_write_private(path, text, strlen(text), &err);
		cJSON_free(text);
	}
	cJSON_Delete(entry);
}
