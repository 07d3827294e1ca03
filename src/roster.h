/* roster: the components that a model's tables name, with their teams, each once. Pure. */
#ifndef FLAREPROF_ROSTER_H
#define FLAREPROF_ROSTER_H

struct cJSON;

enum { ROSTER_MOST = 40 };

/* Returns [{component, team}] for the caller to delete, in the order in which they stand in the
 * tree. What has no team is not in it. */
struct cJSON *roster_of(const struct cJSON *tree);

#endif
