/* evidence: everything that was read from one flare; asks each reader in turn.
 *
 * Little is done at once when it is opened, so that pprof is started soon; somebody else has
 * the runs run, and the rest is read meanwhile. */
#ifndef FLAREPROF_EVIDENCE_H
#define FLAREPROF_EVIDENCE_H

#include "expvar.h"
#include "gap.h"
#include "goroutines.h"
#include "pprof.h"
#include "sections.h"
#include "settings.h"
#include "status.h"
#include "telemetry.h"
#include "vitals.h"

struct evidence {
	const struct flare *flare;	   /* borrowed */
	const struct toolchain *toolchain; /* borrowed */
	struct pprof_process *processes;   /* as flare->processes */
	size_t process_count;
	struct pprof_run *runs; /* in the order to start them */
	size_t run_count, next; /* the next to start */
	const char *given_up;	/* why no more are to be started, or NULL */
	int read;		/* the flare's other files were read */
	int profiles_first;	/* they were all made after the profiles */
	struct status status;
	struct memstats memstats;
	struct install install;
	struct goroutines goroutines;
	struct memstats trace_memstats; /* of the trace-agent; seldom there */
	struct telemetry telemetry;
	struct settings settings;
	struct vitals vitals;
	struct sections sections;
	struct gaps gaps;
};

/* Describes the runs of pprof. It cannot fail, nor can what follows: what is bad or missing in
 * the flare is a gap. The gaps of opening the flare are already in evidence->gaps. */
void evidence_open(struct evidence *evidence, struct pool *pool);

/* Reads the files that are no profiles, once. */
void evidence_read(struct evidence *evidence, struct pool *pool);

/* Does what can be done ahead for the next run. */
void evidence_prepare(struct evidence *evidence, struct pool *pool);

/* The next run that is needed, for pprof_read when it has ended; NULL when there is none left, or
 * none is to be started any more. evidence->toolchain must be set by then. */
struct pprof_run *evidence_start(struct evidence *evidence, struct pool *pool,
    const struct pprof_setup *setup);

/* All that was started has been read. */
void evidence_close(struct evidence *evidence, struct pool *pool);

/* Of the status, else the name of the flare's directory. */
const char *evidence_hostname(const struct evidence *evidence);

#endif
