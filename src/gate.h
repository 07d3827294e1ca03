/* gate: can two heap snapshots tell of growth at all? Pure.
 *
 * A heap profile shows the heap as of the last garbage collection that has ended (Go's
 * runtime.MemProfile): without one between them, two snapshots are the same picture twice. That of
 * a process that has had none yet shows what was allocated until it was first asked, and garbage. */
#ifndef FLAREPROF_GATE_H
#define FLAREPROF_GATE_H

#include "pprof.h"

struct memstats;

enum gate_state {
	GATE_UNKNOWN, /* nothing tells, and the snapshots do not differ */
	GATE_ENDED,   /* a collection ended between them */
	GATE_NONE,    /* none did */
	GATE_NEVER,   /* none did since the process started */
};

struct gate {
	enum gate_state state;
	int from_memstats;  /* else from the snapshots themselves */
	int64_t most_bytes; /* without a collection: the heap cannot have grown by more; -1:
			     * unknown */
};

/* `memstats` are those of the process, or NULL. */
void gate_of(struct gate *gate, const struct pprof_process *process,
    const struct memstats *memstats);

#endif
