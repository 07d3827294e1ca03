/* sink: an output that is written part by part, and is in its place only when it is whole. */
#ifndef FLAREPROF_SINK_H
#define FLAREPROF_SINK_H

#include <stddef.h>

struct error;
struct pool;

struct sink {
	const char *path;      /* NULL while closed; "-" is standard output */
	const char *temporary; /* NULL where parts go to `path` itself */
	int fd, open;
	int failed; /* a part could not be written: neither can the rest */
};

/* A file that is there already stays what it is until sink_close. */
int sink_open(struct sink *sink, struct pool *pool, const char *path, struct error *err);

/* After a part that could not be written, the rest is refused by sink_close. */
int sink_put(struct sink *sink, const char *data, size_t len, struct error *err);

/* Puts the file into its place, keeping the old one as `path~`. */
int sink_close(struct sink *sink, struct error *err);

/* Leaves what was there as it was; for every error, and after sink_close. */
void sink_drop(struct sink *sink);

#endif
