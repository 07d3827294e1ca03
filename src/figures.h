/* figures: the numbers of one process that are judged, worked out from its reports. Pure. */
#ifndef FLAREPROF_FIGURES_H
#define FLAREPROF_FIGURES_H

#include "gate.h"
#include "pprof.h"

enum { FIGURES_YOUNG = 15 * 60 }; /* seconds since its start */

enum figures_interval {
	FIGURES_PROFILE_TIMES, /* the two snapshots' own times */
	FIGURES_CPU_DURATION,  /* the CPU profile that was taken between them */
	FIGURES_ASSUMED,       /* 30 s */
};

/* Whether the difference of two snapshots says anything. */
enum figures_validity {
	FIGURES_VALID,
	FIGURES_UNCHANGED, /* a collection ended between them, and nothing differs */
	FIGURES_BOUNDED,   /* none ended, but too little was allocated to matter: gate.most_bytes */
	FIGURES_STALE,	   /* none ended: they say nothing */
};

struct figures_heap {
	const char *why; /* not NULL: growth could not be measured; all below is void */
	double interval_seconds;
	enum figures_interval interval_source;
	struct gate gate;	/* whether a collection ended between the snapshots */
	enum figures_validity validity;
	int unchanged;		/* the snapshots do not differ at all */
	int from_blank;		/* the first snapshot holds no samples at all */
	int64_t net_bytes;	/* growth less shrinkage, without the runtime and profiling */
	int64_t growth_bytes;	/* of the functions that grew */
	int64_t shrinkage_bytes; /* of those that shrank; positive */
	int64_t error_bytes;	/* standard error of the net: objects are sampled */
	int64_t allocated_bytes; /* between the snapshots, kept or not; -1: unknown */
	int64_t per_30s_bytes;	/* net, for 30 s */
	int64_t runtime_bytes;	/* net growth of the runtime's own, left out above */
	int64_t profiling_bytes; /* net growth by profiling itself, left out above */
	int64_t profiling_grown_bytes; /* the same of the functions that grew */
	const struct top_row *top; /* grew most of what counts; NULL: none grew */
	double top_kept_percent; /* of what that allocated meanwhile; -1: unknown */
};

struct figures_cpu {
	const char *why;
	double duration_seconds;
	int64_t samples_ns;  /* CPU time over all threads */
	double core_use;     /* 1: one whole core */
	double sample_count; /* for the error of shares */
	int64_t gc_ns;	     /* of the samples: the garbage collector's */
	const struct top_row *top; /* NULL: no samples */
	double top_percent;
};

struct figures_block {
	const char *why;
	int64_t contentions;	/* in locks and sends */
	int64_t lock_ns;	/* waited for locks */
	int64_t send_ns;	/* waited to send on a channel */
	int64_t idle_ns;	/* waited for work */
	int64_t other_ns;	/* neither */
	int since_start;	/* counted since the process started, for so many seconds; */
	int64_t seconds;	/* else since the flare switched it on */
	const struct top_row *top; /* by the Agent's function; NULL: none */
};

struct figures_mutex {
	const char *why;
	int64_t contentions;
	int64_t delay_ns;   /* without the runtime's own locks */
	int64_t runtime_ns; /* those */
	int since_start;    /* as above */
	int64_t seconds;
	const struct top_row *top;
};

struct figures {
	const struct pprof_process *process; /* borrowed */
	struct figures_heap heap;
	struct figures_cpu cpu;
	struct figures_block block;
	struct figures_mutex mutex;
	int64_t uptime_seconds; /* of the process; -1: unknown */
};

/* The part of a lock profile's delay that thresholds are for: of 30 s, where it counted since the
 * process started; else all of it. */
int64_t figures_judged_ns(int64_t delay_ns, int since_start, int64_t seconds);

/* 1 when that is an average of a longer time. */
int figures_is_averaged(int since_start, int64_t seconds);

/* 1 for a process that was started so short ago that it still fills its caches. */
int figures_is_young(const struct figures *figures);

/* 1 when goroutines waited to send on channels rather than for locks. */
int figures_mostly_sends(const struct figures_block *block);

void figures_of(struct figures *figures, const struct pprof_process *process);

/* How much of what the function of a row of growth allocated meanwhile it kept: near 100 it
 * retains, near 0 it makes garbage. -1: unknown. */
double figures_kept_percent(const struct pprof_process *process, const struct top_row *growth);

/* 1 for a function of the Go runtime itself: of a heap diff, it does not count as the Agent's. */
int figures_is_runtime(const char *function);

#endif
