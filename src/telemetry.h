/* telemetry: telemetry.log -> what the core Agent (or Cluster Agent) measured of itself.
 *
 * The file is the Agent's own /telemetry: Prometheus text, without comments. It comes from the
 * process that is told of, also in a flare that the command line made. What the Go runtime and
 * the process tell there is client_golang's; the rest is the Agent's. */
#ifndef FLAREPROF_TELEMETRY_H
#define FLAREPROF_TELEMETRY_H

#include "expvar.h"
#include "text.h"

#include <stdint.h>

struct gaps;
struct pool;

/* What is not in the file is -1. */
struct telemetry {
	int found;		/* it holds at least one of these */
	int64_t resident_bytes; /* of the whole process (RSS) */
	int64_t virtual_bytes;
	int64_t python_bytes;	/* of Python's allocator, without what extensions allocate */
	int64_t rtloader_bytes; /* of the C code around Python; only with memtrack_enabled */
	int64_t contexts;	/* of DogStatsD, all shards together */
	int64_t goroutines;
	double start_seconds;	/* epoch */
	double cpu_seconds;	/* since the start */
	struct memstats memstats; /* of that very moment; found when heap and total are there */
};

/* Sets all to unknown: for a flare without the file. */
void telemetry_init(struct telemetry *telemetry);

/* Never fails: what is not there is a gap, named after `file`. */
void telemetry_parse(struct telemetry *telemetry, struct pool *pool, const char *file,
    struct span text, struct gaps *gaps);

#endif
