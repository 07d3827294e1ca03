/* owner: who of the Agent a finding points at. Pure.
 *
 * A library's function only tells how: the Agent's function above it tells who. */
#ifndef FLAREPROF_OWNER_H
#define FLAREPROF_OWNER_H

#include "component.h"
#include "verdict.h"

struct owner {
	const char *function;		    /* nearest Agent function; NULL: not to be told */
	const struct component *component;  /* of that, else of the finding's; NULL: unknown */
	const struct component *library;    /* of the finding's, where it is not the Agent's */
};

void owner_of(struct owner *owner, const struct verdict_finding *finding,
    struct components *components);

#endif
