/* resolved: the pprof program behind a go command, remembered between runs.
 *
 * To ask go costs a fifth of a second with Go 1.25 and newer. What it answered is kept in the
 * user's cache directory, one small file a go command, for a day: go removes from its build
 * cache what it was not asked for in days. An entry is of use only while both programs are the
 * files that they were. A go command that only calls another one may change its mind unseen for
 * that day. */
#ifndef FLAREPROF_RESOLVED_H
#define FLAREPROF_RESOLVED_H

struct pool;

struct resolved {
	const char *version; /* "go1.19.8" */
	const char *pprof;   /* absolute */
	int landlock;	     /* the version of it that it works with (sandbox.h); 0: there is none */
};

/* 1 when it is known what is behind the go command at the path `go`, and that it works with this
 * version of Landlock. */
int resolved_recall(struct resolved *resolved, struct pool *pool, const char *go, int landlock);

/* Keeps it where that is possible. */
void resolved_keep(const struct resolved *resolved, struct pool *pool, const char *go);

/* Forgets it, for when that pprof does not do after all. */
void resolved_forget(struct pool *pool, const char *go);

#endif
