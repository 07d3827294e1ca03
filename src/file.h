/* file: whole files, read with a limit and written at once or not at all. */
#ifndef FLAREPROF_FILE_H
#define FLAREPROF_FILE_H

#include <stddef.h>

struct buf;
struct error;
struct pool;

/* Appends the content of a regular file of at most `limit` bytes. */
int file_read(const char *path, size_t limit, struct buf *content, struct error *err);

/* The same for a file out of a flare: it must be a regular file and no symbolic link (links
 * among its directories are followed), and nothing else is opened for reading. */
int file_read_untrusted(const char *path, size_t limit, struct buf *content, struct error *err);

/* The same for the first `len` bytes only, however long the file is. */
int file_read_start(const char *path, size_t len, struct buf *content, struct error *err);

/* Makes the directories in front of the last '/'. */
int file_make_parents(const char *path, struct error *err);

/* Writes a temporary file beside `path` and renames it; missing directories are made. A file
 * that is already there is kept as `path~`. "-" is standard output. */
int file_write(const char *path, const char *data, size_t len, struct error *err);

/* Renames a finished file to `path`, in the same way. */
int file_put_in_place(const char *temporary, const char *path, struct error *err);

/* 1 when the output `path` is a file to be replaced; 0 when it is one to be written to as it
 * is: "-", a descriptor such as /dev/stdout, a device, a pipe. */
int file_is_replaced(const char *path);

/* Opens one of the latter; returns its descriptor or -1. */
int file_open_in_place(const char *path, struct error *err);

/* Writes all to it: 0, or -1 with errno. A wait for a reader is ended (EINTR) by SIGINT, SIGTERM
 * and SIGHUP also while they are held back (proc.h). */
int file_write_to(int fd, const char *data, size_t len);

/* A name for what is going to replace `path`: beside the file that a link there names. */
char *file_temporary(struct pool *pool, const char *path);

/* 1 for the absolute path of a file that can be run. */
int file_is_program(const char *path);

/* Writes a file that is not there yet, in a directory of our own. */
int file_create(const char *path, const char *data, size_t len, struct error *err);

/* Like file_write for a file that nobody else may read, and of which nothing is kept. */
int file_write_private(const char *path, const char *data, size_t len, struct error *err);

/* Appends the first `limit` bytes of such a file; fails when anybody else could have written it. */
int file_read_private(const char *path, size_t limit, struct buf *content, struct error *err);

#endif
