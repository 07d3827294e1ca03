/* job: one program: what to run, what it printed, and how it ended. The only place that spawns,
 * kills and reaps.
 *
 * Every program gets its own process group, a file, a pipe or nothing as standard input, a
 * built-up environment, a time limit, a limit for its output, and perhaps a sandbox. A job has
 * ended only when the pipes of its output are at their end and the child was reaped; what is left
 * of its group is killed then. */
#ifndef FLAREPROF_JOB_H
#define FLAREPROF_JOB_H

#include "buf.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct sandbox_rules;

enum job_ending {
	JOB_NOT_RUN = 0,
	JOB_EXITED,	/* code: exit status */
	JOB_KILLED,	/* code: signal number */
	JOB_TIMED_OUT,
	JOB_FLOODED,	/* more on standard output than output_limit */
	JOB_NOT_FOUND, /* could not be started; code: errno */
};

struct job {
	const char *const *argv;    /* argv[0] is a path; ends in NULL; borrowed */
	/* Instead of a program: a function of ours, run in a copy of us, that writes to standard
	 * output and returns an exit status. */
	int (*function)(void *data);
	void *data;
	const char *const *env;	    /* ends in NULL; borrowed */
	const char *directory;	    /* where it runs; borrowed */
	const char *input;	    /* file to read as standard input, NULL: none; borrowed */
	/* Instead of a file: asked before the program runs, and whenever it has printed something,
	 * for what it is to read next, which is appended to `input`. 1: that was the last of it. A
	 * program that has read all and prints nothing for a tenth of its time gets no more. */
	int (*more)(struct job *job, struct buf *input);
	size_t output_limit;	    /* bytes of standard output */
	int64_t timeout_ns;
	const struct sandbox_rules *rules; /* NULL: none; borrowed */
	void *owner;		    /* the giver's own */
	enum job_ending ending;
	int code;
	int64_t wall_ns, cpu_ns;    /* what it took, with its own children */
	int64_t peak_bytes;	    /* of memory */
	struct buf output;	    /* standard output */
	struct buf complaint;	    /* the first bytes of standard error */
};

/* A job whose program was started. */
struct job_child {
	struct job *job; /* NULL: none */
	pid_t pid;
	int reaped;
	int fds[2]; /* its standard output and error, not blocking; -1 at their end */
	int in;     /* its standard input, not blocking; -1: no pipe, or closed */
	struct buf input; /* for it */
	size_t fed;	  /* bytes of that which it got */
	int last;	  /* nothing comes behind them */
	int64_t start_ns, deadline_ns;
	int64_t heard_ns; /* when it last printed something */
};

/* Time that never goes back. */
int64_t job_now_ns(void);

/* Starts the program of a job that was not run yet: 0, or the errno that tells why it could not
 * be started. */
int job_start(struct job_child *child, struct job *job);

/* Reads what one of the two pipes has; closes it at its end. Returns how much it was, at least
 * one chunk for the end. */
size_t job_drain(struct job_child *child, int which);

/* 1 when there is something that the child's standard input had no room for. */
int job_is_hungry(const struct job_child *child);

/* Writes as much of it as there is room for; SIGPIPE must be ignored. */
void job_feed(struct job_child *child);

/* Reaps the child if it has ended, and kills it when its time is over. 1: all is over. */
int job_settle(struct job_child *child, int64_t now_ns);

/* Ends the child at once, whatever becomes of its job. */
void job_abandon(struct job_child *child);

/* One line that says how a job that did not exit with 0 ended: "was killed after 60.0 s". The
 * program's own last words are put behind it. */
void job_explain(const struct job *job, struct buf *line);

/* Frees what they printed; may be done again. */
void job_release(struct job *jobs, size_t count);

#endif
