#include "places.h"

#include "file.h"
#include "pool.h"

#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Where Go is when it is in no PATH; a leading ~ is the home directory. */
static const char *const usual_places[] = {
    "/usr/local/go/bin/go",   "/usr/lib/go/bin/go", "/usr/lib/go-1.*/bin/go",
    "/usr/lib/golang/bin/go", "/snap/bin/go",	    "/opt/homebrew/bin/go",
    "~/go/bin/go",	      "~/sdk/go*/bin/go",
};

/* How to get Go, by what the platform has. */
static const struct {
	const char *path;
	const char *advice;
} installers[] = {
    {"/usr/bin/apt-get", "sudo apt-get install golang-go"},
    {"/usr/bin/dnf", "sudo dnf install golang"},
    {"/usr/bin/yum", "sudo yum install golang"},
    {"/sbin/apk", "sudo apk add go"},
    {"/usr/bin/pacman", "sudo pacman -S go"},
    {"/usr/bin/zypper", "sudo zypper install go"},
    {"/opt/homebrew/bin/brew", "brew install go"},
    {"/usr/local/bin/brew", "brew install go"},
};

static void
candidate(struct places *places, const char *path)
{
	if (!file_is_program(path))
		return;
	for (size_t i = 0; i < places->count; i++) {
		if (strcmp(places->paths[i], path) == 0)
			return;
	}
	places->paths =
	    pool_grow(places->pool, places->paths, places->count, sizeof(*places->paths));
	places->paths[places->count++] = pool_strdup(places->pool, path);
}

static void
candidates_in_path(struct places *places, const char *name)
{
	const char *at = getenv("PATH");

	while (at != NULL && *at != '\0') {
		size_t len = strcspn(at, ":");

		if (at[0] == '/')
			candidate(places,
			    pool_printf(places->pool, "%.*s/%s", (int)len, at, name));
		at += len + (at[len] == ':');
	}
}

static void
candidates_in_usual_places(struct places *places)
{
	const char *home = getenv("HOME");

	for (size_t i = 0; i < sizeof(usual_places) / sizeof(usual_places[0]); i++) {
		const char *place = usual_places[i];
		glob_t found;

		if (place[0] == '~' && home == NULL)
			continue;
		if (place[0] == '~')
			place = pool_printf(places->pool, "%s%s", home, place + 1);
		if (glob(place, 0, NULL, &found) == 0) {
			for (size_t k = found.gl_pathc; k > 0; k--)
				candidate(places, found.gl_pathv[k - 1]);
			globfree(&found);
		}
	}
}

/* The one that the user asked for, or all that may be there, best first. */
void
places_find(struct places *places, struct pool *pool, const char *asked)
{
	const char *root = getenv("GOROOT");
	char *real;

	*places = (struct places){.pool = pool};
	if (asked != NULL && strchr(asked, '/') == NULL) {
		candidates_in_path(places, asked);
	} else if (asked != NULL) {
		real = realpath(asked, NULL);
		if (real != NULL)
			candidate(places, real);
		free(real);
	} else {
		if (root != NULL)
			candidate(places, pool_printf(places->pool, "%s/bin/go", root));
		candidates_in_path(places, "go");
		candidates_in_usual_places(places);
	}
}

const char *
places_advice(void)
{
	for (size_t i = 0; i < sizeof(installers) / sizeof(installers[0]); i++) {
		if (access(installers[i].path, X_OK) == 0)
			return installers[i].advice;
	}
	return "see your platform's package manager";
}
