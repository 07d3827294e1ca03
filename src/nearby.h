/* nearby: which flare somebody may have meant by a path that is none.
 *
 * Looks around the path, as far as that is quickly done: at names beside it, at what it is a part of,
 * and at what is below it. Opens no file, and follows no link. */
#ifndef FLAREPROF_NEARBY_H
#define FLAREPROF_NEARBY_H

struct pool;

/* "'x'", or "one of 'x', 'y' and 'z'", named as the path is; NULL when nothing is near. */
const char *nearby_flare(struct pool *pool, const char *path);

#endif
