/* proc: programs in, their output and how they ended out. The only place that spawns, polls,
 * kills and waits.
 *
 * Every program gets its own process group, a file or nothing as standard input, a built-up
 * environment, a time limit and a limit for its output. A job has ended only when both pipes are at their
 * end and the child was reaped; what is left of its group is killed then. */
#ifndef FLAREPROF_PROC_H
#define FLAREPROF_PROC_H

#include "buf.h"

#include <stddef.h>
#include <stdint.h>

struct error;

enum proc_ending {
	PROC_NOT_RUN = 0,
	PROC_EXITED,	/* code: exit status */
	PROC_KILLED,	/* code: signal number */
	PROC_TIMED_OUT,
	PROC_FLOODED,	/* more on standard output than output_limit */
	PROC_NOT_FOUND, /* could not be started; code: errno */
};

struct proc_job {
	const char *const *argv;    /* argv[0] is a path; ends in NULL; borrowed */
	const char *const *env;	    /* ends in NULL; borrowed */
	const char *directory;	    /* where it runs; borrowed */
	const char *input;	    /* file to read as standard input, NULL: none; borrowed */
	size_t output_limit;	    /* bytes of standard output */
	int64_t timeout_ns;
	void *owner;		    /* the giver's own */
	enum proc_ending ending;
	int code;
	int64_t wall_ns, cpu_ns;    /* what it took, with its own children */
	int64_t peak_bytes;	    /* of memory */
	struct buf output;	    /* standard output */
	struct buf complaint;	    /* the first bytes of standard error */
};

/* Where jobs come from and where they go. The three may be called at any time while programs
 * run, and hold all of them up while they work. */
struct proc_work {
	/* The next job to start, or NULL when there is none for now: asked again after each
	 * ending. */
	struct proc_job *(*next)(void *data);
	/* A job has ended, and is the giver's again. */
	void (*ended)(void *data, struct proc_job *job);
	/* Called when programs have been started, about ten times a second, and at the end. */
	void (*tick)(void *data, int64_t elapsed_ns);
	void *data;
};

/* Runs jobs, `parallel` at a time, until `next` has none and all have ended. How each ended
 * stands in the job: -1 is returned only when the run was interrupted by a signal or cannot
 * poll. */
int proc_serve(const struct proc_work *work, size_t parallel, struct error *err);

/* Told of the progress while jobs run. */
struct proc_watch {
	void (*tick)(void *data, size_t done, size_t total, int64_t elapsed_ns);
	void *data;
};

/* The same for an array of jobs, started in its order. */
int proc_run(struct proc_job *jobs, size_t count, size_t parallel, const struct proc_watch *watch,
    struct error *err);

void proc_release(struct proc_job *jobs, size_t count);

/* Holds SIGINT, SIGTERM and SIGHUP back: proc_run sees them, kills its children and fails
 * with err->signal set, so that everything can be tidied up; proc_release_signals then ends us
 * by that signal, or goes on where none came. A reader of our output who goes away is an error
 * of the write from then on. */
void proc_hold_signals(void);
void proc_release_signals(void);

/* One line that says how a job that did not exit with 0 ended: "was killed after 60.0 s". The
 * program's own last words are put behind it. */
void proc_explain(const struct proc_job *job, struct buf *line);

#endif
