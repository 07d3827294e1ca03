/* output: what people asked for, in its place: whole or not at all. What was there is kept. */
#ifndef FLAREPROF_OUTPUT_H
#define FLAREPROF_OUTPUT_H

#include <stddef.h>

struct error;
struct pool;

/* Writes a temporary file beside `path` and renames it; missing directories are made. A file
 * that is already there is kept as `path~`. "-" is standard output; a descriptor such as
 * /dev/stdout, a device or a pipe is written to as it is. */
int output_write(const char *path, const char *data, size_t len, struct error *err);

/* Makes the directories in front of the last '/'. */
int output_make_parents(const char *path, struct error *err);

/* 1 when `path` is a file to be replaced; 0 when it is one to be written to as it is. */
int output_is_replaced(const char *path);

/* Opens one of the latter; returns its descriptor or -1. */
int output_open_in_place(const char *path, struct error *err);

/* A name for what is going to replace `path`: beside the file that a link there names. */
char *output_temporary(struct pool *pool, const char *path);

/* Renames a finished file to `path`, and keeps what was there. */
int output_put_in_place(const char *temporary, const char *path, struct error *err);

/* Sees to it that no file of ours takes the number of a standard one that is closed: what is meant
 * for that would get into it. To write there fails as before. */
void output_guard_standard(void);

#endif
