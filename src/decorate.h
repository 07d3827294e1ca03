/* decorate: texts for people beside the numbers of a tree, by the unit in a key's name. Pure.
 *
 * Beside heap_alloc_bytes comes heap_alloc_human ("8.1 MB") and heap_alloc_signed ("+8.1 MB"),
 * beside delay_ns delay_human, and so on. Rows of tables get bars and their function as
 * Markdown code. What some texts say becomes a switch: {"type": "cpu_spike"} gets
 * type_is_cpu_spike. Templates need no logic then. */
#ifndef FLAREPROF_DECORATE_H
#define FLAREPROF_DECORATE_H

struct cJSON;

/* Adds to a tree and all that is below it; to be called once for a tree. */
void decorate(struct cJSON *tree);

/* The same for one array: its items get number, first, last, top5 and a bar, its owner
 * any_KEY. */
void decorate_array(struct cJSON *owner, const char *key, struct cJSON *array);

/* Adds STEMbar: a bar for a share of 1. */
void decorate_bar(struct cJSON *object, const char *stem, double share);

/* Adds KEY_is_VALUE: true. */
void decorate_switch(struct cJSON *object, const char *key, const char *value);

#endif
