#include "file.h"

#include "buf.h"
#include "error.h"
#include "pool.h"
#include "text.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CHUNK = 65536, PATIENCE_MS = 100 };

static int
read_all(int fd, const char *path, size_t limit, struct buf *content, struct error *err)
{
	size_t start = content->len;
	struct stat st;
	ssize_t got;

	if (fstat(fd, &st) < 0)
		return fail(err, "cannot read '%s': %s", path, strerror(errno));
	if (st.st_size > 0 && (size_t)st.st_size > limit)
		return fail(err, "cannot read '%s': larger than %zu bytes", path, limit);
	do {
		got = read(fd, buf_reserve(content, CHUNK), CHUNK);
		if (got < 0 && errno != EINTR)
			return fail(err, "cannot read '%s': %s", path, strerror(errno));
		content->len += got > 0 ? (size_t)got : 0;
		if (content->len - start > limit)
			return fail(err, "cannot read '%s': larger than %zu bytes", path, limit);
	} while (got != 0);
	buf_reserve(content, 0);
	return 0;
}

static int
read_start(int fd, const char *path, size_t len, struct buf *content, struct error *err)
{
	ssize_t got = read(fd, buf_reserve(content, len), len);

	if (got < 0)
		return fail(err, "cannot read '%s': %s", path, strerror(errno));
	content->len += (size_t)got;
	buf_reserve(content, 0);
	return 0;
}

/* Opens a regular file; of a stranger's (O_NOFOLLOW) nothing else is even opened. */
static int
open_regular(const char *path, int flags, struct error *err)
{
	struct stat st;
	int fd;

	if (flags && lstat(path, &st) == 0 && !S_ISREG(st.st_mode) && !S_ISLNK(st.st_mode))
		return fail(err, "cannot read '%s': not a regular file", path);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | flags);
	if (fd < 0)
		return fail(err, "cannot open '%s': %s", path,
		    errno == ELOOP && flags ? "a symbolic link is not followed" : strerror(errno));
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		return fd;
	close(fd);
	return fail(err, "cannot read '%s': not a regular file", path);
}

static int
read_regular(const char *path, int flags, size_t limit, struct buf *content, struct error *err)
{
	int fd = open_regular(path, flags, err);
	int status = -1;

	if (fd >= 0) {
		status = read_all(fd, path, limit, content, err);
		close(fd);
	}
	return status;
}

int
file_read(const char *path, size_t limit, struct buf *content, struct error *err)
{
	return read_regular(path, 0, limit, content, err);
}

int
file_read_untrusted(const char *path, size_t limit, struct buf *content, struct error *err)
{
	return read_regular(path, O_NOFOLLOW, limit, content, err);
}

int
file_read_start(const char *path, size_t len, struct buf *content, struct error *err)
{
	int fd = open_regular(path, O_NOFOLLOW, err);
	int status = -1;

	if (fd >= 0) {
		status = read_start(fd, path, len, content, err);
		close(fd);
	}
	return status;
}

int
file_make_parents(const char *path, struct error *err)
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

/* A signal that is held back has come to end us. */
static int
is_told_to_end(void)
{
	static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
	sigset_t pending;

	sigemptyset(&pending);
	sigpending(&pending);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		if (sigismember(&pending, numbers[i]))
			return 1;
	}
	return 0;
}

/* Waits until somebody has read so much that PIPE_BUF bytes can be written without a wait. -1
 * when we shall not wait any longer. */
static int
wait_for_room(int fd)
{
	struct pollfd room = {.fd = fd, .events = POLLOUT};

	while (poll(&room, 1, PATIENCE_MS) == 0) {
		if (is_told_to_end()) {
			errno = EINTR;
			return -1;
		}
	}
	return 0;
}

int
file_write_to(int fd, const char *data, size_t len)
{
	struct stat st;
	int waits = fstat(fd, &st) < 0 || !S_ISREG(st.st_mode);
	ssize_t put;

	while (len > 0) {
		if (waits && wait_for_room(fd) < 0)
			return -1;
		put = write(fd, data, waits && len > PIPE_BUF ? PIPE_BUF : len);
		if (put < 0 && errno != EINTR)
			return -1;
		data += put > 0 ? put : 0;
		len -= put > 0 ? (size_t)put : 0;
	}
	return 0;
}

static int
write_standard_output(const char *data, size_t len, struct error *err)
{
	if (fflush(stdout) != 0 || file_write_to(STDOUT_FILENO, data, len) < 0)
		return fail(err, "cannot write to standard output: %s", strerror(errno));
	return 0;
}

/* Leaves nothing behind when it fails. */
static int
write_temporary(const char *temporary, mode_t mode, struct span data)
{
	int fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
	int why = 0;

	if (fd < 0)
		return -1;
	if (file_write_to(fd, data.at, data.len) < 0)
		why = errno;
	if (close(fd) < 0 && why == 0)
		why = errno;
	if (why == 0)
		return 0;
	unlink(temporary);
	errno = why;
	return -1;
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

/* `backup` NULL: nothing is kept. */
static int
put_in_place(const char *temporary, const char *path, const char *backup, struct error *err)
{
	struct stat st;

	if (backup != NULL && lstat(path, &st) == 0 && S_ISREG(st.st_mode)) {
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
file_put_in_place(const char *temporary, const char *path, struct error *err)
{
	struct buf backup = {0};
	char *target = find_target(path, &backup);
	int status = put_in_place(temporary, target != NULL ? target : path, backup.data, err);

	buf_release(&backup);
	free(target);
	return status;
}

static int
replace(const char *path, const char *backup, mode_t mode, struct span data, struct error *err)
{
	struct buf temporary = {0};
	char ending[32];
	int status;

	snprintf(ending, sizeof(ending), ".%ld.tmp", (long)getpid());
	buf_puts(&temporary, path);
	buf_puts(&temporary, ending);
	if (write_temporary(temporary.data, mode, data) < 0) {
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
file_write(const char *path, const char *data, size_t len, struct error *err)
{
	struct buf backup = {0};
	struct stat st;
	char *target;
	int status;

	if (strcmp(path, "-") == 0)
		return write_standard_output(data, len, err);
	if (file_make_parents(path, err) < 0)
		return -1;
	if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
		return fail(err, "cannot write '%s': is a directory", path);
	if (descriptor_of(path) >= 0)
		return write_to_descriptor(descriptor_of(path), path, (struct span){data, len}, err);
	if (stat(path, &st) == 0 && !S_ISREG(st.st_mode))
		return write_to_device(path, data, len, err);
	target = find_target(path, &backup);
	status = replace(target != NULL ? target : path, backup.data, 0666,
	    (struct span){data, len}, err);
	buf_release(&backup);
	free(target);
	return status;
}

int
file_write_private(const char *path, const char *data, size_t len, struct error *err)
{
	if (file_make_parents(path, err) < 0)
		return -1;
	return replace(path, NULL, 0600, (struct span){data, len}, err);
}

int
file_create(const char *path, const char *data, size_t len, struct error *err)
{
	if (write_temporary(path, 0600, (struct span){data, len}) < 0)
		return fail(err, "cannot write '%s': %s", path, strerror(errno));
	return 0;
}

int
file_is_program(const char *path)
{
	struct stat st;

	return path[0] == '/' && stat(path, &st) == 0 && S_ISREG(st.st_mode) &&
	       access(path, X_OK) == 0;
}

int
file_is_replaced(const char *path)
{
	struct stat st;

	return strcmp(path, "-") != 0 && descriptor_of(path) < 0 &&
	       (stat(path, &st) < 0 || S_ISREG(st.st_mode));
}

int
file_open_in_place(const char *path, struct error *err)
{
	int known = strcmp(path, "-") == 0 ? STDOUT_FILENO : descriptor_of(path);
	int fd = known >= 0 ? dup(known) : open_device(path);

	if (fd < 0)
		return fail(err, "cannot write '%s': %s", path, strerror(errno));
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	return fd;
}

char *
file_temporary(struct pool *pool, const char *path)
{
	struct buf ignored = {0};
	char *target = find_target(path, &ignored);
	char *name = pool_printf(
	    pool, "%s.%ld.tmp", target != NULL ? target : path, (long)getpid());

	buf_release(&ignored);
	free(target);
	return name;
}

int
file_read_private(const char *path, size_t limit, struct buf *content, struct error *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct stat st;
	int status = -1;

	if (fd < 0)
		return fail(err, "cannot open '%s': %s", path, strerror(errno));
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_uid != geteuid() ||
	    (st.st_mode & (S_IWGRP | S_IWOTH)) != 0)
		fail(err, "'%s' is not ours alone", path);
	else
		status = read_start(fd, path, limit, content, err);
	close(fd);
	return status;
}
