/* pprof: the reports that are asked of pprof for one process.
 *
 * Opens the process's profiles, describes the programs to run (proc.h runs them), and has what
 * they printed read into rows (top.h). */
#ifndef FLAREPROF_PPROF_H
#define FLAREPROF_PPROF_H

#include "flare.h"
#include "profile.h"
#include "top.h"

struct proc_job;
struct toolchain;

/* What a blocked stack ends in when it waits for a lock, or for room to send. For pprof (RE2)
 * and for us (PCRE2). */
#define PPROF_LOCKS                                                                            \
	"sync\\.\\(\\*Mutex\\)\\.(Lock|lockSlow)|sync\\.\\(\\*RWMutex\\)\\.(Lock|RLock)|"      \
	"internal/sync\\.|sync\\.runtime_Semacquire(RW)?Mutex|runtime\\.semacquire|"           \
	"internal/poll\\.\\(\\*fdMutex\\)"
#define PPROF_SENDS "(runtime|reflect)\\.chansend"

enum pprof_report {
	PPROF_GROWTH,	       /* heap diff, bytes: everything */
	PPROF_GROWTH_JUDGED,   /* heap diff, bytes: without what profiling itself allocated */
	PPROF_GROWTH_OBJECTS,  /* heap diff, objects */
	PPROF_HEAP,	       /* heap at the second snapshot (else the first), bytes */
	PPROF_GROWTH_AGENT,    /* as judged, by the Agent's function that allocates or calls */
	PPROF_CPU,	       /* CPU time, ns */
	PPROF_CPU_AGENT,       /* the same, by the Agent's function that burns or calls */
	PPROF_BLOCK_LEAF,      /* time blocked, by what was waited in, ns */
	PPROF_BLOCK_DELAY,     /* time blocked in locks and sends, by the caller, ns */
	PPROF_BLOCK_COUNT,     /* the same, contentions */
	PPROF_BLOCK_AGENT,     /* the delay once more, by the Agent's function alone */
	PPROF_MUTEX_LEAF,      /* delay that holders of locks caused, by unlock function, ns */
	PPROF_MUTEX_DELAY,     /* the same without the runtime's own locks, by the caller */
	PPROF_MUTEX_COUNT,     /* the same, contentions */
	PPROF_MUTEX_AGENT,     /* the delay once more, by the Agent's function alone */
	PPROF_REPORTS,
};

struct pprof_process {
	const struct flare_process *files;
	struct profile profiles[FLARE_PROFILES];
	struct top tops[PPROF_REPORTS];
	struct proc_job *jobs; /* the first of this process's jobs, borrowed */
	int job_of[PPROF_REPORTS]; /* index from there; -1: no program needed */
};

/* Opens the profiles of a process; the missing and the unreadable ones are gaps. */
void pprof_open(struct pprof_process *process, struct pool *pool,
    const struct flare_process *files, struct gaps *gaps);

/* Describes the programs to run into jobs[PPROF_REPORTS]; returns how many it needs. */
size_t pprof_describe(struct pprof_process *process, struct pool *pool,
    const struct toolchain *toolchain, int64_t timeout_ns, struct proc_job *jobs);

/* Reads what the jobs printed; what was not accepted is a gap. */
void pprof_read(struct pprof_process *process, struct pool *pool, struct gaps *gaps);

#endif
