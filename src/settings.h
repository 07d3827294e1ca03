/* settings: the dumps of the running configuration -> what profiling was on, and a few numbers.
 *
 * A process has the rates of its own settings, or those of the Agent as a whole, since it was
 * started: then the numbers of its block and mutex profiles are since that start. Rates that are
 * 0 say nothing of the flare's -B and -M, which are taken back before the dump is written. */
#ifndef FLAREPROF_SETTINGS_H
#define FLAREPROF_SETTINGS_H

#include "text.h"

#include <stdint.h>

struct gaps;
struct pool;

struct settings_profiling {
	int known;
	int enabled;		/* the Agent sends profiles of itself */
	int64_t block_rate_ns;	/* one sample for so much waiting; 0: off */
	int64_t mutex_fraction; /* one of so many contentions; 0: off */
};

enum { SETTINGS_PROCESSES = 6 };

struct settings {
	int found;		       /* the core Agent's (or Cluster Agent's) are known */
	int64_t check_runners;	       /* -1: unknown */
	double receiver_timeout_seconds; /* of APM; 0: none is set; -1: unknown */
	struct settings_profiling profiling[SETTINGS_PROCESSES];
};

/* Sets all to unknown, before the first file is read. */
void settings_init(struct settings *settings);

/* Adds what one of the dumps tells. Never fails: runtime_config_dump.yaml without settings is a
 * gap; the others belong to processes that often do not run, and say so instead. */
void settings_parse(struct settings *settings, struct pool *pool, const char *file,
    struct span text, struct gaps *gaps);

/* Of the process whose profiles' names begin with `prefix`; never NULL. Borrowed. */
const struct settings_profiling *settings_profiling(
    const struct settings *settings, const char *prefix);

#endif
