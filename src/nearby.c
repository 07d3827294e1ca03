#include "nearby.h"

#include "buf.h"
#include "file.h"
#include "pool.h"
#include "suggest.h"
#include "text.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

/* Levels up and down, entries that are looked at in all, and places that are named. */
enum { MOST_UP = 3, MOST_DOWN = 5, MOST_ENTRIES = 5000, MOST_NAMED = 3 };

/* What was found, and how much was looked at for it. */
struct search {
	struct pool *pool;
	const char **places;
	size_t count, entries;
};

static int
is_archive(const char *path)
{
	static const char *const endings[] = {".zip", ".tar", ".tar.gz", ".tgz", ".tar.zst"};
	size_t len = strlen(path);
	struct stat st;

	for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
		size_t ending = strlen(endings[i]);

		if (len > ending && strcasecmp(path + len - ending, endings[i]) == 0)
			return lstat(path, &st) == 0 && S_ISREG(st.st_mode);
	}
	return 0;
}

/* 1 for a flare's directory. */
static int
is_flare(struct pool *pool, const char *path)
{
	return file_is_directory(path) &&
	       file_is_directory(pool_printf(pool, "%s/profiles", path));
}

static void
add(struct search *search, const char *path)
{
	search->places =
	    pool_grow(search->pool, search->places, search->count, sizeof(*search->places));
	search->places[search->count++] = path;
}

/* The directory that a path is in; of one that is nothing but dots, the one above. */
static const char *
above(struct pool *pool, const char *path)
{
	const char *slash = strrchr(path, '/'), *last = slash != NULL ? slash + 1 : path;

	if (strcmp(last, "..") == 0)
		return pool_printf(pool, "%s/..", path);
	if (strcmp(path, ".") == 0)
		return "..";
	if (strcmp(last, ".") == 0)
		return pool_printf(pool, "%s.", path);
	if (slash == NULL)
		return ".";
	return slash == path ? "/" : pool_strndup(pool, path, (size_t)(slash - path));
}

static const char *
below(struct pool *pool, const char *directory, const char *name)
{
	size_t len = strlen(directory);

	if (strcmp(directory, ".") == 0)
		return pool_strdup(pool, name);
	return pool_printf(pool, "%s%s%s", directory, directory[len - 1] == '/' ? "" : "/", name);
}

static int
compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The names in a directory, sorted, as many as may still be looked at. */
static const char **
list(struct search *search, const char *directory, size_t *count)
{
	const char **names = NULL;
	struct dirent *entry;
	DIR *dir = opendir(directory);

	*count = 0;
	while (dir != NULL && search->entries < MOST_ENTRIES && (entry = readdir(dir)) != NULL) {
		search->entries++;
		if (entry->d_name[0] == '.')
			continue;
		names = pool_grow(search->pool, names, *count, sizeof(*names));
		names[(*count)++] = pool_strdup(search->pool, entry->d_name);
	}
	if (dir != NULL)
		closedir(dir);
	if (*count > 1)
		qsort(names, *count, sizeof(*names), compare_names);
	return names;
}

/* Of a name that is not there: the one beside it that is nearly the same, or has an ending more. */
static void
search_beside(struct search *search, const char *path)
{
	const char *directory = above(search->pool, path);
	const char *slash = strrchr(path, '/'), *name = slash != NULL ? slash + 1 : path;
	size_t count, fit = 0, len = strlen(name);
	const char **names = list(search, directory, &count), *nearest;

	for (size_t i = 0; i < count; i++) {
		const char *place = below(search->pool, directory, names[i]);

		if (!is_archive(place) && !file_is_directory(place))
			continue;
		if (len > 0 && strncmp(names[i], name, len) == 0 && names[i][len] == '.')
			add(search, place);
		names[fit++] = names[i];
	}
	nearest = search->count == 0 ? suggest_nearest(name, names, fit) : NULL;
	if (nearest != NULL)
		add(search, below(search->pool, directory, nearest));
}

/* Of a part of a flare: the flare. */
static void
search_above(struct search *search, const char *path)
{
	for (int level = 0; level < MOST_UP; level++) {
		path = above(search->pool, path);
		if (!is_flare(search->pool, path))
			continue;
		add(search, path);
		return;
	}
}

/* Of a directory around flares, however deep they are: each. Nothing is looked for inside of one. */
static void
search_below(struct search *search, const char *directory, int levels)
{
	size_t count;
	const char **names = list(search, directory, &count);

	for (size_t i = 0; i < count; i++) {
		const char *place = below(search->pool, directory, names[i]);

		if (is_flare(search->pool, place) || is_archive(place))
			add(search, place);
		else if (levels > 1 && file_is_directory(place))
			search_below(search, place, levels - 1);
	}
}

static const char *
name_places(const struct search *search)
{
	size_t named = search->count < MOST_NAMED ? search->count : MOST_NAMED;
	struct buf text = {0};
	const char *copy;

	if (named == 0)
		return NULL;
	buf_puts(&text, named > 1 ? "one of " : "");
	for (size_t i = 0; i < named; i++) {
		buf_puts(&text, i == 0 ? "'" : i + 1 < named ? ", '" : " and '");
		text_add_clean(
		    &text, (struct span){search->places[i], strlen(search->places[i])});
		buf_putc(&text, '\'');
	}
	copy = pool_strdup(search->pool, buf_text(&text));
	buf_release(&text);
	return copy;
}

const char *
nearby_flare(struct pool *pool, const char *path)
{
	struct search search = {.pool = pool};
	size_t len = strlen(path);
	struct stat st;

	while (len > 1 && path[len - 1] == '/')
		len--;
	path = pool_strndup(pool, path, len);
	if (lstat(path, &st) < 0) {
		search_beside(&search, path);
		/* A file's name with a mistake in it: its directory is there. */
		if (search.count == 0 && file_is_directory(above(pool, path)))
			search_above(&search, path);
	} else {
		if (S_ISDIR(st.st_mode))
			search_below(&search, path, MOST_DOWN);
		if (search.count == 0)
			search_above(&search, path);
	}
	return name_places(&search);
}
