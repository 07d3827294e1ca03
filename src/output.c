#include "output.h"

#include "buf.h"
#include "error.h"
#include "file.h"
#include "pool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int
output_make_parents(const char *path, struct error *err)
{
	char *copy = strdup(path);
	int status = 0;

	for (char *at = copy; status == 0 && at != NULL && (at = strchr(at, '/')) != NULL; at++) {
		if (at == copy)
			continue;
		*at = '\0';
		if (mkdir(copy, 0777) < 0 && errno != EEXIST)
			status = fail(err, "cannot make directory '%s': %s", copy, strerror(errno));
		*at = '/';
	}
	free(copy);
	return status;
}

static int
write_standard_output(const char *data, size_t len, struct error *err)
{
	if (fflush(stdout) != 0 || file_write_to(STDOUT_FILENO, data, len) < 0)
		return fail(err, "cannot write to standard output: %s", strerror(errno));
	return 0;
}

/* A device or a pipe is written to, never replaced. Does not wait for somebody to read. */
static int
open_device(const char *path)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	if (fd >= 0)
		fcntl(fd, F_SETFL, 0);
	return fd;
}

static int
write_to_device(const char *path, const char *data, size_t len, struct error *err)
{
	int fd = open_device(path), status = -1;

	if (fd >= 0)
		status = file_write_to(fd, data, len);
	if (status < 0)
		fail(err, "cannot write '%s': %s", path, strerror(errno));
	if (fd >= 0 && close(fd) < 0 && status == 0)
		status = fail(err, "cannot write '%s': %s", path, strerror(errno));
	return status;
}

/* The number of a descriptor that is open already, which /dev/stdout and the like name; -1 for
 * any other path. */
static int
descriptor_of(const char *path)
{
	static const struct {
		const char *path;
		int fd;
	} names[] = {{"/dev/stdout", STDOUT_FILENO}, {"/dev/stderr", STDERR_FILENO}};
	static const char *const directories[] = {"/dev/fd/", "/proc/self/fd/"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(path, names[i].path) == 0)
			return names[i].fd;
	}
	for (size_t i = 0; i < sizeof(directories) / sizeof(directories[0]); i++) {
		size_t len = strlen(directories[i]);

		if (strncmp(path, directories[i], len) == 0 && path[len] != '\0' &&
		    path[len + strspn(path + len, "0123456789")] == '\0')
			return atoi(path + len);
	}
	return -1;
}

static int
write_to_descriptor(int fd, const char *path, struct span data, struct error *err)
{
	if (fd == STDOUT_FILENO)
		return write_standard_output(data.at, data.len, err);
	if (file_write_to(fd, data.at, data.len) < 0)
		return fail(err, "cannot write '%s': %s", path, strerror(errno));
	return 0;
}

/* The old file is kept under another name and there at any time, where links can be made. */
static int
keep(const char *path, const char *backup)
{
	unlink(backup);
	return link(path, backup) == 0 ? 0 : rename(path, backup);
}

/* What is there is kept as `backup`. */
static int
put_in_place(const char *temporary, const char *path, const char *backup, struct error *err)
{
	struct stat st;

	if (lstat(path, &st) == 0 && S_ISREG(st.st_mode)) {
		/* Who may read the old one may read the new one, and nobody else. */
		chmod(temporary, st.st_mode & 0777);
		if (keep(path, backup) < 0)
			return fail(
			    err, "cannot keep '%s' as '%s': %s", path, backup, strerror(errno));
	}
	if (rename(temporary, path) < 0)
		return fail(err, "cannot write '%s': %s", path, strerror(errno));
	return 0;
}

/* Appends `path~`, or that of the file which a symbolic link at `path` names: that is replaced,
 * not the link. Returns it without the ~, to be freed, or NULL where path is the name. */
static char *
find_target(const char *path, struct buf *backup)
{
	struct stat st;
	char *target =
	    lstat(path, &st) == 0 && S_ISLNK(st.st_mode) ? realpath(path, NULL) : NULL;

	buf_puts(backup, target != NULL ? target : path);
	buf_putc(backup, '~');
	return target;
}

int
output_put_in_place(const char *temporary, const char *path, struct error *err)
{
	struct buf backup = {0};
	char *target = find_target(path, &backup);
	int status = put_in_place(temporary, target != NULL ? target : path, backup.data, err);

	buf_release(&backup);
	free(target);
	return status;
}

static int
replace(const char *path, const char *backup, struct span data, struct error *err)
{
	struct buf temporary = {0};
	char ending[32];
	int status;

	snprintf(ending, sizeof(ending), ".%ld.tmp", (long)getpid());
	buf_puts(&temporary, path);
	buf_puts(&temporary, ending);
	if (file_put_new(temporary.data, 0666, data) < 0) {
		status = fail(err, "cannot write '%s': %s", path, strerror(errno));
	} else {
		status = put_in_place(temporary.data, path, backup, err);
		if (status < 0)
			unlink(temporary.data);
	}
	buf_release(&temporary);
	return status;
}

int
output_write(const char *path, const char *data, size_t len, struct error *err)
{
	struct buf backup = {0};
	struct stat st;
	char *target;
	int status;

	if (strcmp(path, "-") == 0)
		return write_standard_output(data, len, err);
	if (output_make_parents(path, err) < 0)
		return -1;
	if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
		return fail(err, "cannot write '%s': is a directory", path);
	if (descriptor_of(path) >= 0)
		return write_to_descriptor(descriptor_of(path), path, (struct span){data, len}, err);
	if (stat(path, &st) == 0 && !S_ISREG(st.st_mode))
		return write_to_device(path, data, len, err);
	target = find_target(path, &backup);
	status = replace(
	    target != NULL ? target : path, backup.data, (struct span){data, len}, err);
	buf_release(&backup);
	free(target);
	return status;
}

int
output_is_replaced(const char *path)
{
	struct stat st;

	return strcmp(path, "-") != 0 && descriptor_of(path) < 0 &&
	       (stat(path, &st) < 0 || S_ISREG(st.st_mode));
}

int
output_open_in_place(const char *path, struct error *err)
{
	int known = strcmp(path, "-") == 0 ? STDOUT_FILENO : descriptor_of(path);
	int fd = known >= 0 ? dup(known) : open_device(path);

	if (fd < 0)
		return fail(err, "cannot write '%s': %s", path, strerror(errno));
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	return fd;
}

char *
output_temporary(struct pool *pool, const char *path)
{
	struct buf ignored = {0};
	char *target = find_target(path, &ignored);
	char *name = pool_printf(
	    pool, "%s.%ld.tmp", target != NULL ? target : path, (long)getpid());

	buf_release(&ignored);
	free(target);
	return name;
}


void
output_guard_standard(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
}
