/* doubts: why a figure that could be measured is still not fit to be judged. Pure. */
#ifndef FLAREPROF_DOUBTS_H
#define FLAREPROF_DOUBTS_H

#include "figures.h"

struct evidence;

/* Sets what heap.gate, heap.validity and the `why` of each figure say, how long the process has run,
 * and over which time its lock profiles counted. `leak_bytes`: growth in 30 s that is a leak. */
void doubts_apply(struct figures *figures, const struct evidence *evidence, int64_t leak_bytes);

#endif
