#include "file.h"

#include "buf.h"
#include "error.h"
#include "signals.h"
#include "text.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CHUNK = 65536, PATIENCE_MS = 100 };

/* These tell why alone; who called them tells of what. */
static int
read_all(int fd, size_t limit, struct buf *content, struct error *err)
{
	size_t start = content->len;
	struct stat st;
	ssize_t got;

	if (fstat(fd, &st) < 0)
		return fail(err, "%s", strerror(errno));
	if (st.st_size > 0 && (size_t)st.st_size > limit)
		return fail(err, "larger than %zu bytes", limit);
	do {
		got = read(fd, buf_reserve(content, CHUNK), CHUNK);
		if (got < 0 && errno != EINTR)
			return fail(err, "%s", strerror(errno));
		content->len += got > 0 ? (size_t)got : 0;
		if (content->len - start > limit)
			return fail(err, "larger than %zu bytes", limit);
	} while (got != 0);
	buf_reserve(content, 0);
	return 0;
}

static int
read_start(int fd, size_t len, struct buf *content, struct error *err)
{
	ssize_t got = read(fd, buf_reserve(content, len), len);

	if (got < 0)
		return fail(err, "%s", strerror(errno));
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
		return fail(err, "not a regular file");
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | flags);
	if (fd < 0)
		return fail(err, "%s",
		    errno == ELOOP && flags ? "a symbolic link is not followed" : strerror(errno));
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		return fd;
	close(fd);
	return fail(err, "not a regular file");
}

static int
read_regular(const char *path, int flags, size_t limit, struct buf *content, struct error *err)
{
	int fd = open_regular(path, flags, err);
	int status = -1;

	if (fd >= 0) {
		status = read_all(fd, limit, content, err);
		close(fd);
	}
	return status;
}

int
file_read(const char *path, size_t limit, struct buf *content, struct error *err)
{
	return read_regular(path, 0, limit, content, err) == 0
		   ? 0
		   : fail_while(err, "cannot read '%s'", path);
}

int
file_read_untrusted(const char *path, size_t limit, struct buf *content, struct error *err)
{
	return read_regular(path, O_NOFOLLOW, limit, content, err) == 0
		   ? 0
		   : fail_while(err, "cannot be read");
}

int
file_read_start(const char *path, size_t len, struct buf *content, struct error *err)
{
	int fd = open_regular(path, O_NOFOLLOW, err);
	int status = -1;

	if (fd >= 0) {
		status = read_start(fd, len, content, err);
		close(fd);
	}
	return status == 0 ? 0 : fail_while(err, "cannot be read");
}

/* Waits until somebody has read so much that PIPE_BUF bytes can be written without a wait. -1
 * when we shall not wait any longer. */
static int
wait_for_room(int fd)
{
	struct pollfd room = {.fd = fd, .events = POLLOUT};

	while (poll(&room, 1, PATIENCE_MS) == 0) {
		if (signals_pending() != 0) {
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

int
file_put_new(const char *path, mode_t mode, struct span data)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
	int why = 0;

	if (fd < 0)
		return -1;
	if (file_write_to(fd, data.at, data.len) < 0)
		why = errno;
	if (close(fd) < 0 && why == 0)
		why = errno;
	if (why == 0)
		return 0;
	unlink(path);
	errno = why;
	return -1;
}

int
file_create(const char *path, struct span data, struct error *err)
{
	return file_put_new(path, 0600, data) == 0
		   ? 0
		   : fail(err, "cannot write '%s': %s", path, strerror(errno));
}

int
file_replace_private(const char *path, struct span data, struct error *err)
{
	struct buf temporary = {0};
	char ending[32];
	int status;

	snprintf(ending, sizeof(ending), ".%ld.tmp", (long)getpid());
	buf_puts(&temporary, path);
	buf_puts(&temporary, ending);
	status = file_create(temporary.data, data, err);
	if (status == 0 && rename(temporary.data, path) < 0) {
		status = fail(err, "cannot write '%s': %s", path, strerror(errno));
		unlink(temporary.data);
	}
	buf_release(&temporary);
	return status;
}

int
file_is_directory(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

int
file_is_program(const char *path)
{
	struct stat st;

	return path[0] == '/' && stat(path, &st) == 0 && S_ISREG(st.st_mode) &&
	       access(path, X_OK) == 0;
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
		status = read_start(fd, limit, content, err);
	close(fd);
	return status;
}
