/* cost: what this process itself has taken so far. */
#ifndef FLAREPROF_COST_H
#define FLAREPROF_COST_H

#include <stdint.h>

/* CPU time since it was started, its loading included. */
int64_t cost_cpu_ns(void);

/* The most memory it ever had in use. */
int64_t cost_peak_bytes(void);

#endif
