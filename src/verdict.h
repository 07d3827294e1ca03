/* verdict: thresholds and figures -> findings and the verdict. Pure.
 *
 * A table of rules, each applied to each process. What it found is numbers and names; the
 * sentences are made of them later (words.h). What is no finding, but worth a sentence: notes.h. */
#ifndef FLAREPROF_VERDICT_H
#define FLAREPROF_VERDICT_H

#include "figures.h"
#include "labels.h"
#include "locks.h"

struct evidence;
struct pool;

struct verdict_thresholds {
	int64_t leak_bytes;    /* net heap growth in 30 s */
	double cpu_percent;    /* share of one function */
	int64_t contention_ns; /* cumulative delay */
};

enum verdict_name {
	VERDICT_NORMAL,
	VERDICT_INCONCLUSIVE,
	VERDICT_MEMORY_LEAK,
	VERDICT_CPU_SPIKE,
	VERDICT_CONTENTION,
	VERDICT_MULTIPLE_ISSUES,
};

enum verdict_rule {
	VERDICT_HEAP_GROWTH,
	VERDICT_CPU_FUNCTION, /* one function dominates */
	VERDICT_CPU_TOTAL,    /* more than one core, and no function dominates */
	VERDICT_BLOCK_DELAY,
	VERDICT_MUTEX_DELAY,
	VERDICT_RULES,
};

enum verdict_confidence { VERDICT_LOW, VERDICT_MEDIUM, VERDICT_HIGH };

struct verdict_finding {
	enum verdict_rule rule;
	enum verdict_name type; /* MEMORY_LEAK, CPU_SPIKE or CONTENTION */
	const struct figures *figures;
	const char *function;	/* NULL: none stands out */
	double measured;	/* in the unit of the threshold */
	double threshold;
	const char *unit; /* "bytes_per_30s", "percent", "cores", "ns" */
	const struct labels_share *share; /* of CPU: the check that dominates, or NULL */
	int is_module;			  /* it is a module of system-probe */
	enum verdict_confidence confidence;
};

/* What came of one column of the table process x (heap, CPU, locks). */
enum verdict_state { VERDICT_UNKNOWN, VERDICT_WITHIN, VERDICT_OVER };

struct verdict_process {
	struct figures figures;
	struct labels labels; /* of its CPU time */
	struct locks sites; /* of its locks */
	enum verdict_name name;
	enum verdict_state heap, cpu, locks;
};

struct verdict {
	enum verdict_name name;
	const char *main_process; /* borrowed */
	struct verdict_thresholds thresholds;
	struct verdict_process *processes;
	size_t process_count;
	struct verdict_finding *findings; /* most important first */
	size_t finding_count;
};

#define VERDICT_IDLE_CORE_USE 0.2 /* below this a process is idle */
#define VERDICT_WHOLE_CORE 1.0	   /* above this it burns, however it is spread */

/* 1 when a process used so little CPU that its busiest function does not matter. */
int verdict_is_idle(const struct figures_cpu *cpu);

/* 1 when a finding of this process and type was made. */
int verdict_has(const struct verdict *verdict, const struct figures *figures,
    enum verdict_name type);

/* The mutex profile counts one event in a hundred for all; the block profile counts nearly all
 * waits. 1 when that saw less than the threshold: a mutex profile over it is a few lucky events. */
int verdict_refutes(const struct figures *figures, const struct verdict_thresholds *thresholds);

/* 1 when the function that grew most keeps next to nothing of what it allocates. */
int verdict_is_churn(const struct figures_heap *heap);

void verdict_judge(struct verdict *verdict, struct pool *pool, const struct evidence *evidence,
    const struct verdict_thresholds *thresholds);

/* "Memory Leak", ... */
const char *verdict_text(enum verdict_name name);

#endif
