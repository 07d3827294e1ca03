/* figures: the numbers of one process that are judged, worked out from its reports. Pure. */
#ifndef FLAREPROF_FIGURES_H
#define FLAREPROF_FIGURES_H

#include "pprof.h"

enum figures_interval {
	FIGURES_PROFILE_TIMES, /* the two snapshots' own times */
	FIGURES_CPU_DURATION,  /* the CPU profile that was taken between them */
	FIGURES_ASSUMED,       /* 30 s */
};

struct figures_heap {
	const char *why; /* not NULL: growth could not be measured; all below is void */
	double interval_seconds;
	enum figures_interval interval_source;
	int unchanged;		/* the snapshots do not differ at all */
	int from_blank;		/* the first snapshot holds no samples at all */
	int64_t net_bytes;	/* growth less shrinkage, without the runtime and profiling */
	int64_t growth_bytes;	/* of the functions that grew */
	int64_t shrinkage_bytes; /* of those that shrank; positive */
	int64_t error_bytes;	/* standard error of the net: objects are sampled */
	int64_t per_30s_bytes;	/* net, for 30 s */
	int64_t runtime_bytes;	/* net growth of the runtime's own, left out above */
	int64_t profiling_bytes; /* net growth by profiling itself, left out above */
	int64_t profiling_grown_bytes; /* the same of the functions that grew */
	const struct top_row *top; /* grew most of what counts; NULL: none grew */
};

struct figures_cpu {
	const char *why;
	double duration_seconds;
	int64_t samples_ns;  /* CPU time over all threads */
	double core_use;     /* 1: one whole core */
	double sample_count; /* for the error of shares */
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
	const struct top_row *top; /* by the Agent's function; NULL: none */
};

struct figures_mutex {
	const char *why;
	int64_t contentions;
	int64_t delay_ns;   /* without the runtime's own locks */
	int64_t runtime_ns; /* those */
	const struct top_row *top;
};

struct figures {
	const struct pprof_process *process; /* borrowed */
	struct figures_heap heap;
	struct figures_cpu cpu;
	struct figures_block block;
	struct figures_mutex mutex;
};

/* 1 when goroutines waited to send on channels rather than for locks. */
int figures_mostly_sends(const struct figures_block *block);

void figures_of(struct figures *figures, const struct pprof_process *process);

/* 1 for a function of the Go runtime itself: of a heap diff, it does not count as the Agent's. */
int figures_is_runtime(const char *function);

#endif
