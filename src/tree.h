/* tree: YAML or JSON text of a stranger -> a cJSON tree. The only user of libyaml.
 *
 * Depth, nodes and size are bounded; anchors and aliases are refused. Plain YAML scalars
 * that are numbers (also 1.36e+07), true, false and null become such; quoted ones stay
 * strings. Of a key that stands twice the last one counts. Strings are cleaned (text.h). */
#ifndef FLAREPROF_TREE_H
#define FLAREPROF_TREE_H

#include "text.h"

struct cJSON;
struct error;

/* Returns a tree for the caller to delete, or NULL. An empty text is an error. */
struct cJSON *tree_parse(struct span text, struct error *err);

/* The number or text at a path of keys such as "install_method.tool"; NULL where there is
 * none of that type. Borrowed from the tree. */
const struct cJSON *tree_number(const struct cJSON *tree, const char *path);
const char *tree_string(const struct cJSON *tree, const char *path);

/* What stands there, of any type, or NULL. Borrowed from the tree. */
const struct cJSON *tree_item(const struct cJSON *tree, const char *path);

#endif
