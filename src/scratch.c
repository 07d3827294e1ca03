#include "scratch.h"

#include "error.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Few, so that it works where there are few. */
enum { OPEN_DIRECTORIES = 1 };

int
scratch_open(struct scratch *scratch, struct error *err)
{
	const char *parent = getenv("TMPDIR");
	int len;

	if (parent == NULL || parent[0] != '/')
		parent = "/tmp";
	len = snprintf(scratch->path, sizeof(scratch->path), "%s/flareprof.XXXXXX", parent);
	if (len < 0 || (size_t)len >= sizeof(scratch->path)) {
		scratch->path[0] = '\0';
		return fail(err, "cannot make a temporary directory: TMPDIR is too long");
	}
	if (mkdtemp(scratch->path) == NULL) {
		scratch->path[0] = '\0';
		return fail(err, "cannot make a temporary directory in '%s': %s", parent,
		    strerror(errno));
	}
	return 0;
}

static int
remove_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)ftw;
	if (type == FTW_DP)
		rmdir(path);
	else
		unlink(path);
	return 0;
}

/* Go writes the modules and caches of a build without write permission for anybody. */
static int
make_writable(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)ftw;
	if (type == FTW_D && (st->st_mode & S_IRWXU) != S_IRWXU)
		chmod(path, S_IRWXU);
	return 0;
}

void
scratch_close(struct scratch *scratch)
{
	if (scratch->path[0] == '\0')
		return;
	nftw(scratch->path, make_writable, OPEN_DIRECTORIES, FTW_PHYS);
	nftw(scratch->path, remove_entry, OPEN_DIRECTORIES, FTW_DEPTH | FTW_PHYS);
	scratch->path[0] = '\0';
}
