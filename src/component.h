/* component: which part of the Agent a function belongs to, who owns it, what to look at.
 *
 * The knowledge is data: components.json, a list of {pattern, component, team, about,
 * next_steps, signs, checks}; the first pattern that matches a function's name wins. */
#ifndef FLAREPROF_COMPONENT_H
#define FLAREPROF_COMPONENT_H

#include "error.h"
#include "text.h"

#include <stddef.h>

struct pattern;
struct pool;

struct component {
	const char *name; /* in plain words */
	const char *team;
	const char *about; /* what grows or burns there */
	const char **next_steps;
	size_t next_step_count;
	const char **signs; /* of the Agent as a whole that concern it, as context.h names them */
	size_t sign_count;
	const char *expression;
	struct pattern *pattern; /* NULL until it is first tried */
};

/* A name that was looked up. */
struct component_found {
	char *function;
	const struct component *component; /* NULL: no pattern matches */
};

struct components {
	struct component *items;
	size_t count;
	struct error failure; /* of the first pattern that was wrong, or no message */
	struct component_found *found; /* sorted by name; those of one flare are in most others */
	size_t found_count;
};

/* Reads the text of components.json. components_close frees the patterns. */
int components_open(struct components *components, struct pool *pool, struct span text,
    struct error *err);
void components_close(struct components *components);

/* 1 when somebody can be asked: a library, or what has no owner of its own, has no @team. */
int component_has_team(const struct component *component);

/* NULL where no pattern matches. A pattern is compiled when it is first tried; a wrong one
 * matches nothing. */
const struct component *components_find(struct components *components, const char *function);

/* Compiles all patterns, and fails when one is wrong. */
int components_compile(struct components *components, struct error *err);

/* Fails when a pattern that was tried is wrong. */
int components_check(const struct components *components, struct error *err);

#endif
