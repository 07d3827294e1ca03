/* progress: one line on a terminal that tells how far a run is. */
#ifndef FLAREPROF_PROGRESS_H
#define FLAREPROF_PROGRESS_H

#include <stddef.h>
#include <stdint.h>

struct progress {
	int shown;	/* 0: nobody looks, and nothing is ever written */
	int on_screen;	/* the line is there now */
	int64_t last_ns; /* when it was written last */
	size_t flares_done, flares;
	size_t runs_done, runs; /* of pprof, as far as they are known */
	const char *running;	/* what was started last; borrowed; NULL: nothing */
};

/* `wanted`: unless standard error is no terminal. */
void progress_open(struct progress *progress, int wanted, size_t flares);

/* Writes the line anew, but not more often than people can read. Runs that are over at once
 * show none. `elapsed_ns`: since the start. */
void progress_show(struct progress *progress, int64_t elapsed_ns);

/* Takes the line away, so that something else can be written. */
void progress_clear(struct progress *progress);

#endif
