/* sandbox: what a program may do that reads a stranger's files. The only user of Landlock,
 * seccomp and resource limits.
 *
 * Linux alone has the first two: a program then opens no file but those it is given and the
 * system's libraries, writes none, runs nothing but itself, and has no network. Limits of
 * resources are set everywhere; what they count differs. */
#ifndef FLAREPROF_SANDBOX_H
#define FLAREPROF_SANDBOX_H

#include <stddef.h>
#include <stdint.h>

struct pool;

enum { SANDBOX_PATHS = 16 };

/* What this machine offers; all zero: nothing. */
struct sandbox {
	int landlock; /* version of the kernel's interface; 0: it has none */
	struct sandbox_path {
		int fd;
		uint64_t access;
	} paths[SANDBOX_PATHS]; /* what every program is loaded with */
	size_t path_count;
	void *filter; /* seccomp's instructions; NULL: none */
	size_t filter_count;
	int parent; /* the process that opened it, whose children alone may enter */
};

/* What one program gets. */
struct sandbox_rules {
	const struct sandbox *sandbox;
	const char *program;	  /* may be run; borrowed */
	const char *directory;	  /* files may be made below it; borrowed */
	/* May be read besides; ends in NULL; borrowed. There are rules about files where there is
	 * a program or a directory. */
	const char *const *files;
	int64_t memory_bytes;	  /* of its data (RLIMIT_DATA); 0: no limit */
	int64_t file_bytes;	  /* of a file that it writes; 0: hardly any */
	int64_t cpu_seconds;
};

/* Finds out what there is. Cannot fail: what there is not is zero. */
void sandbox_open(struct sandbox *sandbox, struct pool *pool);
void sandbox_close(struct sandbox *sandbox);

/* Opens the rules about files: a descriptor for sandbox_enter, to be closed by the caller.
 * -1: there are none, or, with *why set to an errno, they cannot be had. */
int sandbox_prepare(const struct sandbox_rules *rules, int *why);

/* Puts the calling process under the rules, for good. It may be a child that shares our memory:
 * calls the system and nothing else. Returns 0 or an errno. */
int sandbox_enter(const struct sandbox_rules *rules, int prepared);

#endif
