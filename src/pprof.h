/* pprof: the reports that are asked of pprof for one process.
 *
 * Opens the process's profiles, describes the sessions with pprof (session.h; proc.h runs
 * them), and has what they printed read into rows (top.h). */
#ifndef FLAREPROF_PPROF_H
#define FLAREPROF_PPROF_H

#include "callers.h"
#include "flare.h"
#include "proc.h"
#include "profile.h"
#include "session.h"
#include "top.h"

struct error;
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

/* One run of pprof each. */
enum pprof_session {
	PPROF_SESSION_GROWTH, /* both heap snapshots */
	PPROF_SESSION_HEAP,   /* the second (else the first) by itself */
	PPROF_SESSION_CPU,
	PPROF_SESSION_BLOCK,
	PPROF_SESSION_MUTEX,
	PPROF_SESSIONS,
};

struct pprof_process {
	const struct flare_process *files;
	struct profile profiles[FLARE_PROFILES];
	struct top tops[PPROF_REPORTS];
	struct callers callers[PPROF_SESSIONS]; /* of what is in the reports, by their session */
};

/* What is the same for every process of every flare. */
struct pprof_setup {
	struct session_key key;
	const char *commands[PPROF_SESSIONS]; /* for the reports that are always asked for */
	size_t rows;			   /* of a table that people see */
	int64_t timeout_ns;		   /* for one session */
	int64_t memory_bytes, share_bytes; /* for all that run at a time, and for each */
	struct top_reader *reader;
	struct callers_reader *callers_reader;
};

/* When its reports are there, a session is asked who calls the functions in them: all at a time;
 * and should others of these be between the one that is judged and the Agent, that one alone. */
enum pprof_peek { PPROF_PEEK_TABLES, PPROF_PEEK_JUDGED, PPROF_PEEKS };

/* A session with one process's profiles. */
struct pprof_run {
	struct job job;		       /* comes first: who has the job has the run */
	struct pprof_process *process; /* borrowed */
	enum pprof_session session;
	const char *file;	       /* what it reads, for people; borrowed */
	int64_t cost;		       /* to compare runs by */
	int64_t memory_bytes;	       /* that it may take; known when it is started */
	const struct pprof_setup *setup; /* when it is started; borrowed, as is the pool */
	struct pool *pool;
	struct session_prompts prompts;
	size_t commands;	       /* that pprof was told so far */
	int ended;
	struct callers_asked asked[PPROF_PEEKS];
};

/* Writes the commands. */
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

/* Reads what a run has printed, and releases its job. */
void pprof_read(struct pprof_run *run, struct pool *pool, const struct pprof_setup *setup);

/* Who of the Agent is above a library's function in a report, by what of it is judged: NULL when
 * nobody was asked, as for functions of the Agent's own. */
const struct caller *pprof_caller(const struct pprof_process *process, enum pprof_report report,
    const char *function);

/* When all runs are read: what was not accepted is a gap. */
void pprof_close(struct pprof_process *process, struct pool *pool, struct gaps *gaps);

#endif
