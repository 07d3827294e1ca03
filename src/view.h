/* view: the model as the report's templates want it -> a decorated copy, arranged. Pure.
 *
 * All of the model is in it; see decorate.h for what is added beside its numbers and texts. */
#ifndef FLAREPROF_VIEW_H
#define FLAREPROF_VIEW_H

struct cJSON;

/* Returns a tree for the caller to delete. Besides, `main`, `trace` and `others` in it are
 * the processes that have sections of their own. */
struct cJSON *view_build(const struct cJSON *model);

#endif
