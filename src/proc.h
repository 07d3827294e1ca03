/* proc: jobs in, jobs that have ended out, some at a time. The only place that waits. */
#ifndef FLAREPROF_PROC_H
#define FLAREPROF_PROC_H

#include "job.h"

#include <stddef.h>
#include <stdint.h>

struct error;

/* Where jobs come from and where they go. The three may be called at any time while programs
 * run, and hold all of them up while they work. */
struct proc_work {
	/* The next job to start, or NULL when there is none for now: asked again after each
	 * ending. */
	struct job *(*next)(void *data);
	/* A job has ended, and is the giver's again. */
	void (*ended)(void *data, struct job *job);
	/* Called when programs have been started, whenever something has happened, about ten
	 * times a second where nothing has, and at the end. */
	void (*tick)(void *data, int64_t elapsed_ns);
	void *data;
};

/* Runs jobs, `parallel` at a time, until `next` has none and all have ended. How each ended
 * stands in the job: -1 is returned only when the run was interrupted by a signal (signals.h),
 * which is in err->signal and has killed all programs, or cannot wait. */
int proc_serve(const struct proc_work *work, size_t parallel, struct error *err);

/* Called as often while an array of jobs is run. */
struct proc_watch {
	void (*tick)(void *data, int64_t elapsed_ns);
	void *data;
};

/* The same for an array of jobs, started in its order. */
int proc_run(struct job *jobs, size_t count, size_t parallel, const struct proc_watch *watch,
    struct error *err);

#endif
