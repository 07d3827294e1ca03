/* Archives: what comes out is plain files within the limits, and nothing is written beside. */
#include "extract.h"

#include "error.h"

#include "fuzz.h"

#include <ftw.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILE_BYTES = 65536, TOTAL_BYTES = 200000, ENTRIES = 50, OPEN_DIRECTORIES = 16 };

/* Where it is unpacked: a directory with nothing in it but the one that is unpacked into. */
static char around[] = "/dev/shm/fuzz-archive-XXXXXX";

/* What nftw has seen. */
static struct {
	int64_t bytes;
	size_t files, beside;
} seen;

static int
look(const char *path, const struct stat *st, int type, struct FTW *at)
{
	static const char out[] = "/out";
	const char *below = path + strlen(around);

	must(type == FTW_F || type == FTW_D);
	must(type == FTW_D || (S_ISREG(st->st_mode) && (st->st_mode & 07777) == 0600));
	must(type == FTW_D || (int64_t)st->st_blocks * 512 <= FILE_BYTES + 4096);
	if (at->level > 0)
		seen.beside += strncmp(below, out, strlen(out)) != 0;
	seen.files += type == FTW_F;
	seen.bytes += type == FTW_F && strstr(path, "pprof") == NULL ? st->st_size : 0;
	return 0;
}

static int
clear(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	(void)type;
	if (at->level > 1)
		must(remove(path) == 0);
	return 0;
}

static enum extract_part
is_wanted(const char *path)
{
	must(path[0] != '\0' && path[0] != '/' && strstr(path, "//") == NULL);
	must(strcmp(path, "..") != 0 && strncmp(path, "../", 3) != 0);
	must(strstr(path, "/../") == NULL && strchr(path, '\\') == NULL);
	if (strstr(path, "logs") != NULL)
		return EXTRACT_NOTHING;
	return strstr(path, "pprof") != NULL ? EXTRACT_HEAD : EXTRACT_WHOLE;
}

static void
unpack(struct buf *told, struct pool *pool, struct span bytes)
{
	struct extract extract = {
	    .directory = pool_printf(pool, "%s/out", around),
	    .limits = {ENTRIES, FILE_BYTES, TOTAL_BYTES, 1000},
	    .wanted = is_wanted,
	};
	struct error err = {0};
	int fd = memfd_create("archive", 0), status;

	must(fd >= 0 && write(fd, bytes.at, bytes.len) == (ssize_t)bytes.len);
	extract.archive = pool_printf(pool, "/proc/self/fd/%d", fd);
	status = extract_archive(&extract, pool, &err);
	must((status == 0) == (err.msg[0] == '\0'));
	memset(&seen, 0, sizeof(seen));
	must(nftw(around, look, OPEN_DIRECTORIES, FTW_PHYS) == 0);
	must(seen.beside == 0 && seen.files <= ENTRIES && seen.bytes <= TOTAL_BYTES);
	must(nftw(around, clear, OPEN_DIRECTORIES, FTW_DEPTH | FTW_PHYS) == 0);
	close(fd);
	tell_number(told, status);
	tell_number(told, seen.bytes);
	tell_number(told, (int64_t)seen.files);
	if (status == 0)
		tell_gaps(told, &extract.refused);
}

static void
remove_around(void)
{
	rmdir(around);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int made;
	char out[sizeof(around) + 8];

	if (!made) {
		must(mkdtemp(around) != NULL);
		atexit(remove_around);
	}
	made = 1;
	snprintf(out, sizeof(out), "%s/out", around);
	must(mkdir(out, 0700) == 0);
	fuzz_twice(unpack, data, size);
	must(rmdir(out) == 0);
	return 0;
}
