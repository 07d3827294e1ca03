/* ledger: what the memory of a process is made of. Pure.
 *
 * Of the main process the whole, as the system counts it (RSS, in telemetry.log), is split; it adds
 * up. Of others a flare tells at most what Go has. */
#ifndef FLAREPROF_LEDGER_H
#define FLAREPROF_LEDGER_H

#include "evidence.h"

enum ledger_kind {
	LEDGER_LIVE,	    /* Go heap that was reachable at the second snapshot */
	LEDGER_GARBAGE,	    /* the rest of the Go heap in use: garbage, and gaps between objects */
	LEDGER_HEAP,	    /* both together, where they cannot be told apart */
	LEDGER_IDLE,	    /* Go heap that is free, and not given back to the system */
	LEDGER_STACKS,	    /* of goroutines */
	LEDGER_RUNTIME,	    /* what the Go runtime needs for itself */
	LEDGER_OVERHEAD,    /* stacks and that together, where they cannot be told apart */
	LEDGER_PYTHON,	    /* Python's own allocator (pymem__inuse) */
	LEDGER_RTLOADER,    /* C memory of the bridge to Python (rtloader__inuse_bytes) */
	LEDGER_UNEXPLAINED, /* other C memory, code, mapped files */
	LEDGER_UNTOUCHED,   /* negative: Go has it from the system, but has never written to it */
	LEDGER_KINDS,
};

struct ledger_row {
	enum ledger_kind kind;
	int64_t bytes;
	double percent; /* of the whole */
};

struct ledger {
	const struct pprof_process *process;
	int64_t resident_bytes; /* RSS; -1: unknown */
	int64_t whole_bytes;	/* that, or the sum of what is known */
	int64_t go_bytes;	/* that Go has from the system and did not give back; -1 */
	int64_t outside_bytes;	/* RSS that is not Go's; -1: unknown */
	int is_outside;		/* most of it, and much: Go's profiles cannot show it */
	int64_t python_bytes;	/* -1: unknown */
	int is_python;		/* most of what is outside is Python's */
	const char *source;	/* of the Go part: a file of the flare */
	struct ledger_row rows[LEDGER_KINDS];
	size_t count;
};

struct ledgers {
	struct ledger *items; /* as evidence->processes; those of which nothing is known left out */
	size_t count;
};

void ledgers_make(struct ledgers *ledgers, struct pool *pool, const struct evidence *evidence);

#endif
