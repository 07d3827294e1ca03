/* pattern: a regular expression compiled once, and the named fields of what it matched.
 *
 * Byte mode: a name in a profile may hold any byte. Match limits are set, so that no text
 * can make a match take for ever; a match that runs into them is no match. The only user of
 * PCRE2. */
#ifndef FLAREPROF_PATTERN_H
#define FLAREPROF_PATTERN_H

#include "text.h"

struct error;
struct pattern;

/* Compiles a user's expression. Returns NULL when it is wrong. */
struct pattern *pattern_new(const char *expression, struct error *err);
void pattern_free(struct pattern *pattern);

/* Compiles `count` expressions of the program's own into patterns[]; a wrong one is a bug. */
void patterns_open(struct pattern **patterns, const char *const *expressions, size_t count);
void patterns_close(struct pattern **patterns, size_t count);

/* Spends some time now so that each match takes less: for what is matched thousands of times. */
void pattern_hurry(struct pattern *pattern);

/* 1 when the text matches; its fields are then those of this match. */
int pattern_matches(struct pattern *pattern, struct span text);

/* 1 when the last text was not searched to its end, for it would have taken too long. */
int pattern_gave_up(const struct pattern *pattern);

/* The part of the last match with this name; at is NULL where it took no part. Points into
 * the matched text. The name must be in the expression. */
struct span pattern_field(const struct pattern *pattern, const char *name);

/* The same by the number of its parenthesis, from 1 on. */
struct span pattern_group(const struct pattern *pattern, unsigned number);

#endif
