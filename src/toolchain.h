/* toolchain: find Go, its version, and the pprof program behind `go tool pprof`.
 *
 * Go is run with GOTOOLCHAIN=local and GOENV=off in an empty directory, so that no go.mod and
 * no setting of the user makes it download or run anything else. From Go 1.25 on the first
 * `go tool pprof` compiles the program, which takes about half a minute. What was found is
 * remembered (resolved.h), and go is then not run at all. */
#ifndef FLAREPROF_TOOLCHAIN_H
#define FLAREPROF_TOOLCHAIN_H

#include "sandbox.h"

#include <stdint.h>

struct error;
struct pool;
struct scratch;

/* That one pprof has. More have little to do, and each takes memory. */
enum { TOOLCHAIN_THREADS = 4 };

struct toolchain {
	const char *go;		     /* the go command, absolute */
	const char *version;	     /* "go1.19.8", or what it said instead */
	const char *pprof;	     /* the program behind `go tool pprof`; NULL: run by go */
	const char *const *command;  /* what to put in front of pprof's flags; ends in NULL */
	const char *const *env;	     /* for that command; ends in NULL */
	const char *directory;	     /* private, nothing of the flare's in it, to run it in */
	struct sandbox sandbox;	     /* that this machine offers */
	int confined;		     /* pprof runs with rules about files */
};

struct toolchain_request {
	const char *go;			    /* --go: this one and no other; NULL: look for one */
	void (*notice)(const char *text);   /* told when it takes long */
	void (*meanwhile)(void *data);	    /* what may be done while go runs; NULL: nothing */
	void *data;			    /* for that */
};

/* Fails with ERROR_EXIT_NO_GO and install instructions when no Go here can run pprof. */
int toolchain_find(struct toolchain *toolchain, struct pool *pool, const struct scratch *scratch,
    const struct toolchain_request *request, struct error *err);

/* Also where it was not found. */
void toolchain_close(struct toolchain *toolchain);

/* What the toolchain's command may do that reads `files` (ends in NULL; borrowed), with as much
 * memory and for as long. */
const struct sandbox_rules *toolchain_rules(const struct toolchain *toolchain, struct pool *pool,
    const char *const *files, int64_t memory_bytes, int64_t timeout_ns);

#endif
