/* view: the model as people read it -> a copy with texts beside its numbers. Pure.
 *
 * Goes by the unit in a key's name: beside heap_alloc_bytes it puts heap_alloc_human
 * ("8.1 MB") and heap_alloc_signed ("+8.1 MB"), beside delay_ns delay_human, and so on. Rows
 * of tables get bars and their function as Markdown code. What some texts say becomes a
 * switch: {"type": "cpu_spike"} gets type_is_cpu_spike. Templates need no logic then. */
#ifndef FLAREPROF_VIEW_H
#define FLAREPROF_VIEW_H

struct cJSON;

/* Returns a tree for the caller to delete. Besides, `main`, `trace` and `others` in it are
 * the processes that have sections of their own. */
struct cJSON *view_build(const struct cJSON *model);

#endif
