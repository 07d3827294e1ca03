/* pprof: the reports that are asked of pprof for one process, and their text read into rows.
 *
 * Describes programs to run (proc.h runs them) and parses what they printed; so the parser
 * needs no process. A report is accepted only whole: pprof ended well, the column line is
 * there, every line behind it is a row, and the rows add up to the total shown. All figures
 * are exact integers; percentages of pprof are never used. */
#ifndef FLAREPROF_PPROF_H
#define FLAREPROF_PPROF_H

#include "flare.h"
#include "profile.h"

struct proc_job;
struct toolchain;

enum pprof_report {
	PPROF_GROWTH,	       /* heap diff, bytes: everything */
	PPROF_GROWTH_JUDGED,   /* heap diff, bytes: without what profiling itself allocated */
	PPROF_GROWTH_OBJECTS,  /* heap diff, objects */
	PPROF_HEAP,	       /* heap at the second snapshot (else the first), bytes */
	PPROF_CPU,	       /* CPU time, ns */
	PPROF_BLOCK_LEAF,      /* time blocked, by what was waited in, ns */
	PPROF_BLOCK_DELAY,     /* time blocked in locks and sends, by the Agent's function, ns */
	PPROF_BLOCK_COUNT,     /* the same, contentions */
	PPROF_MUTEX_LEAF,      /* delay that holders of locks caused, by unlock function, ns */
	PPROF_MUTEX_DELAY,     /* the same without the runtime's own locks, by Agent function */
	PPROF_MUTEX_COUNT,     /* the same, contentions */
	PPROF_REPORTS,
};

enum pprof_unit { PPROF_BYTES, PPROF_NANOSECONDS, PPROF_COUNT };

struct pprof_row {
	const char *function; /* clean text (text.h), whole */
	int64_t flat, cum;
};

struct pprof_top {
	int found;	   /* the report could be made and was accepted */
	const char *why;   /* not NULL where it was not */
	struct pprof_row *rows; /* largest |flat| first, as pprof prints them */
	size_t count;
	int64_t shown;	   /* the sum of all flat values */
	int64_t total;	   /* of the profile; of a diff, of its base */
	const char *command; /* for people: shows the same numbers, run in the flare */
};

struct pprof_process {
	const struct flare_process *files;
	struct profile profiles[FLARE_PROFILES];
	struct pprof_top tops[PPROF_REPORTS];
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

/* Reads the text of one `pprof -top` with TOOLCHAIN_TOP_FLAGS. Fails saying what is wrong. */
int pprof_parse(struct pprof_top *top, struct pool *pool, enum pprof_unit unit, struct span text,
    struct error *err);

#endif
