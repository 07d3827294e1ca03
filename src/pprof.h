/* pprof: the runs of pprof for one process.
 *
 * Opens the process's profiles, finds out which reports (reports.h) need a program, describes it
 * (proc.h runs it), and has it talked to (talk.h). */
#ifndef FLAREPROF_PPROF_H
#define FLAREPROF_PPROF_H

#include "callers.h"
#include "flare.h"
#include "proc.h"
#include "profile.h"
#include "reports.h"
#include "talk.h"
#include "top.h"

struct error;
struct toolchain;

struct pprof_process {
	const struct flare_process *files;
	struct profile profiles[FLARE_PROFILES];
	struct top tops[PPROF_REPORTS];
	struct callers callers[PPROF_PEEKS]; /* of what is in the reports */
	struct stacks stacks[PPROF_STACKS];  /* where they are wanted */
};

/* What is the same for every process of every flare. */
struct pprof_setup {
	struct talk_setup talk;
	int64_t timeout_ns;		   /* for one session */
	int64_t memory_bytes, share_bytes; /* for all that run at a time, and for each */
};

/* A session with one process's profiles. */
struct pprof_run {
	struct job job;		       /* comes first: who has the job has the run */
	struct pprof_process *process; /* borrowed */
	enum pprof_session session;
	const char *file;	       /* what it reads, for people; borrowed */
	int64_t cost;		       /* to compare runs by */
	int64_t memory_bytes;	       /* that it may take; known when it is started */
	struct talk talk;	       /* when it is started */
};

/* What is read with, and the commands; the rest of it is the caller's to set. */
int pprof_setup_open(struct pprof_setup *setup, struct pool *pool, struct error *err);
void pprof_setup_close(struct pprof_setup *setup);

/* Finds out how large the profiles of a process are, and no more. None that is larger than
 * `limit_bytes`, packed or inflated, will be read. */
void pprof_open(struct pprof_process *process, const struct flare_process *files,
    int64_t limit_bytes);

/* Describes all sessions that there could be. */
void pprof_describe(struct pprof_process *process, struct pprof_run runs[PPROF_SESSIONS]);

/* Opens the profiles that a session is about; may be done before pprof_start. */
void pprof_prepare(struct pprof_run *run, struct pool *pool);

/* 1 when the run's job has to be run now; 0 when its reports are known to be empty, or cannot
 * be made. */
int pprof_start(struct pprof_run *run, struct pool *pool, const struct toolchain *toolchain,
    const struct pprof_setup *setup);

/* Does without a run that was to be started. */
void pprof_give_up(struct pprof_run *run, const char *why);

/* Reads what a run that was started has printed, and releases its job. */
void pprof_read(struct pprof_run *run);

/* Who of the Agent is above a library's function in a report, by what of it is judged: NULL when
 * nobody was asked, as for functions of the Agent's own. */
const struct caller *pprof_caller(const struct pprof_process *process, enum pprof_report report,
    const char *function);

/* When all runs are read: what was not accepted is a gap. */
void pprof_close(struct pprof_process *process, struct pool *pool, struct gaps *gaps);

#endif
