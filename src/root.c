#include "root.h"

#include "error.h"
#include "file.h"
#include "pool.h"
#include "text.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

enum { MOST_LEVELS = 4 };

static int
is_directory_in(DIR *dir, const char *name)
{
	struct stat st;

	return fstatat(dirfd(dir), name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(st.st_mode);
}

/* The directories of a directory that may be a flare's: how many, and the first of them. */
static int
list_places(struct pool *pool, const struct root_place *around, int with_profiles,
    struct root_place *found, size_t *count, struct error *err)
{
	struct dirent *entry;
	DIR *dir = opendir(around->path);

	*count = 0;
	if (dir == NULL)
		return fail(err, "cannot open '%s': %s", around->shown, strerror(errno));
	while ((entry = readdir(dir)) != NULL) {
		const char *name = entry->d_name, *path;

		if (name[0] == '.' || !is_directory_in(dir, name))
			continue;
		path = pool_printf(pool, "%s/%s", around->path, name);
		if (with_profiles && !file_is_directory(pool_printf(pool, "%s/profiles", path)))
			continue;
		/* The first by name, so that it is the same one each time. */
		if ((*count)++ == 0 || strcmp(path, found->path) < 0)
			*found = (struct root_place){path,
			    pool_printf(pool, "%s/%s", around->shown,
				text_clean(pool, (struct span){name, strlen(name)})),
			    around->advice};
	}
	closedir(dir);
	return 0;
}

static const char *
fail_several(
    const struct root_place *around, const struct root_place *found, struct error *err)
{
	fail(err, "'%s' holds more than one flare: %s, such as '%s'", around->shown, around->advice,
	    found->shown);
	return NULL;
}

/* The path of a place with profiles/, unless a directory in it has profiles/ too: none in a flare
 * does. */
static const char *
find_sole(struct pool *pool, const struct root_place *place, int *several, struct error *err)
{
	struct root_place below;
	size_t count;

	if (list_places(pool, place, 1, &below, &count, err) < 0)
		return NULL;
	*several = count > 0;
	return count == 0 ? place->path : fail_several(place, &below, err);
}

/* 1 for a flare, whether it has profiles or not. */
static int
has_status(struct pool *pool, const struct root_place *place)
{
	struct stat st;

	return lstat(pool_printf(pool, "%s/status.log", place->path), &st) == 0;
}

/* Whether it is the files that are missing, or the way to them. */
static const char *
fail_without_profiles(struct pool *pool, const struct root_place *start,
    const struct root_place *last, struct error *err)
{
	if (has_status(pool, last))
		fail(err,
		    "no profiles/ in '%s': this flare was made without profiles; ask for one that "
		    "has them (datadog-agent flare <CASE_ID> --profile 60 -M -B)",
		    start->shown);
	else
		fail(err,
		    "no profiles/ in '%s': name a flare that was made with profiles "
		    "(datadog-agent flare <CASE_ID> --profile 60 -M -B), or the directory it was "
		    "extracted to",
		    start->shown);
	return NULL;
}

/* The only directory below that has profiles/, in it or in the only directory in it, and so on.
 * NULL with a message when there is none or more than one. */
static const char *
find_below(
    struct pool *pool, const struct root_place *start, int *several, struct error *err)
{
	struct root_place around = *start, found = {0};
	size_t count = 0;

	for (int level = 0; level < MOST_LEVELS; level++) {
		if (list_places(pool, &around, 1, &found, &count, err) < 0)
			return NULL;
		if (count == 1)
			return find_sole(pool, &found, several, err);
		*several = count > 1;
		if (*several)
			return fail_several(&around, &found, err);
		if (has_status(pool, &around))
			break;
		if (list_places(pool, &around, 0, &found, &count, err) < 0)
			return NULL;
		if (count != 1)
			break;
		around = found;
	}
	return fail_without_profiles(pool, start, &around, err);
}

const char *
root_find(struct pool *pool, const struct root_place *place, int *several, struct error *err)
{
	const char *slash = strrchr(place->path, '/');

	*several = 0;
	if (!file_is_directory(place->path)) {
		fail(err, "cannot read '%s': neither a directory nor an archive", place->shown);
		return NULL;
	}
	if (file_is_directory(pool_printf(pool, "%s/profiles", place->path)))
		return find_sole(pool, place, several, err);
	if (strcmp(slash, "/profiles") == 0 && slash != place->path)
		return pool_strndup(pool, place->path, (size_t)(slash - place->path));
	return find_below(pool, place, several, err);
}
