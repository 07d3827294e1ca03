/* expvar: the Agent's expvar files and small YAML and JSON files -> memory stats, install
 * method. */
#ifndef FLAREPROF_EXPVAR_H
#define FLAREPROF_EXPVAR_H

#include "text.h"

#include <stdint.h>

struct gaps;
struct pool;

/* runtime.MemStats of the core Agent (or Cluster Agent) as expvar/memstats has it. */
struct memstats {
	int found;
	int64_t alloc_bytes, total_alloc_bytes, sys_bytes;
	int64_t heap_alloc_bytes, heap_sys_bytes, heap_inuse_bytes, heap_idle_bytes,
	    heap_released_bytes, heap_objects;
	int64_t num_gc, pause_total_ns;
	int64_t last_gc_ns;	/* epoch; 0: none yet */
	int64_t next_gc_bytes;
	double gc_cpu_fraction; /* since the start of the process */
};	 /* a number that is not in the file is -1 */

struct install {
	const char *tool, *tool_version, *installer_version; /* NULL: unknown */
};

/* Neither ever fails: what cannot be read is a gap, named after `file`. */
void memstats_parse(struct memstats *memstats, struct pool *pool, const char *file,
    struct span text, struct gaps *gaps);

/* Reads install_info.log (YAML with install_method) or metadata/host.json ("install-method").
 * Fields that are already set are left alone. */
void install_parse(struct install *install, struct pool *pool, const char *file,
    struct span text, struct gaps *gaps);

#endif
