/* evidence: everything that was read from one flare; asks each reader in turn.
 *
 * All programs of a flare are described first and run together in one pool. */
#ifndef FLAREPROF_EVIDENCE_H
#define FLAREPROF_EVIDENCE_H

#include "expvar.h"
#include "gap.h"
#include "goroutines.h"
#include "pprof.h"
#include "status.h"

struct error;

struct evidence {
	const struct flare *flare;	   /* borrowed */
	const struct toolchain *toolchain; /* borrowed */
	struct pprof_process *processes;   /* as flare->processes */
	size_t process_count;
	struct status status;
	struct memstats memstats;
	struct install install;
	struct goroutines goroutines;
	struct gaps gaps;
};

struct evidence_limits {
	size_t jobs;	    /* pprof programs at a time */
	int64_t timeout_ns; /* for one of them */
};

/* Fails only when the run was interrupted: what is bad or missing in the flare is a gap. The
 * gaps of opening the flare are already in evidence->gaps. */
int evidence_collect(struct evidence *evidence, struct pool *pool,
    const struct evidence_limits *limits, struct error *err);

#endif
