/* file: files read with a limit, and files of our own written. */
#ifndef FLAREPROF_FILE_H
#define FLAREPROF_FILE_H

#include "text.h"

#include <stddef.h>
#include <sys/types.h>

struct buf;
struct error;

/* Appends the content of a regular file of at most `limit` bytes. */
int file_read(const char *path, size_t limit, struct buf *content, struct error *err);

/* The same for a file out of a flare: it must be a regular file and no symbolic link, and nothing
 * else is opened for reading. The message says only why ("cannot be read: not a regular file"),
 * since the path is this machine's. */
int file_read_untrusted(const char *path, size_t limit, struct buf *content, struct error *err);

/* The same for the first `len` bytes only, however long the file is. */
int file_read_start(const char *path, size_t len, struct buf *content, struct error *err);

/* Writes all to a descriptor: 0, or -1 with errno. A wait for a reader is ended (EINTR) by SIGINT,
 * SIGTERM and SIGHUP also while they are held back (signals.h). */
int file_write_to(int fd, const char *data, size_t len);

/* Writes a file that is not there yet, whole or not at all: 0, or -1 with errno. */
int file_put_new(const char *path, mode_t mode, struct span data);

/* The same in a directory of our own, and for nobody else to read. */
int file_create(const char *path, struct span data, struct error *err);

/* The same in place of what is there. */
int file_replace_private(const char *path, struct span data, struct error *err);

/* Appends the first `limit` bytes of such a file; fails when anybody else could have written it. */
int file_read_private(const char *path, size_t limit, struct buf *content, struct error *err);

/* 1 for a directory, and not for a link to one. */
int file_is_directory(const char *path);

/* 1 for the absolute path of a file that can be run. */
int file_is_program(const char *path);

#endif
