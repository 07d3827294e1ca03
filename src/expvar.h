/* expvar: the Agent's expvar files and small YAML and JSON files -> memory stats, install
 * method. */
#ifndef FLAREPROF_EXPVAR_H
#define FLAREPROF_EXPVAR_H

#include "text.h"

#include <stddef.h>
#include <stdint.h>

struct gaps;
struct pool;

enum { MEMSTATS_PAUSES = 256 }; /* the last collections that Go remembers */

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
	/* What of sys_bytes is no heap; that it is not there is no gap. */
	int64_t stack_inuse_bytes, stack_sys_bytes, mspan_inuse_bytes, mspan_sys_bytes,
	    mcache_inuse_bytes, mcache_sys_bytes, buck_hash_sys_bytes, gc_sys_bytes,
	    other_sys_bytes;
	/* When the last collections ended, epoch, to 256 ns; in any order, none is 0. */
	int64_t pause_ends_ns[MEMSTATS_PAUSES];
	size_t pause_end_count;
	int gc_off;		/* the collector has no target: it is switched off */
	int64_t taken_after_ns; /* epoch; they are known to be younger; 0: not known */
};	 /* a number that is not in the file is -1 */

struct install {
	const char *tool, *tool_version, *installer_version; /* NULL: unknown */
};

/* Neither ever fails: what cannot be read is a gap, named after `file`. */
void memstats_parse(struct memstats *memstats, struct pool *pool, const char *file,
    struct span text, struct gaps *gaps);

/* Whether a garbage collection ended between two instants (epoch): 1, 0, or -1 where that is
 * unknown. None did only when the statistics are known to be younger than `to_ns`, when they have
 * every collection since `from_ns`, and when none ended so close to either instant that the
 * instant may have been noted after it. */
int memstats_gc_between(const struct memstats *memstats, int64_t from_ns, int64_t to_ns);

/* Reads install_info.log (YAML with install_method) or metadata/host.json ("install-method").
 * Fields that are already set are left alone. */
void install_parse(struct install *install, struct pool *pool, const char *file,
    struct span text, struct gaps *gaps);

#endif
