#include "verdict.h"

#include "doubts.h"
#include "evidence.h"
#include "pool.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Fewer samples than this (1 s at 100 Hz) say little about shares. */
#define FEW_SAMPLES 100.0
/* What the Agent's -M makes of the mutex profile: one contention in so many is counted. */
#define MUTEX_FRACTION 100
/* Fewer events than this, multiplied, say little. */
#define FEW_EVENTS 10
/* What a function that leaks keeps of what it allocates is more than this. */
#define CHURN_PERCENT 10.0

static const char *const names[] = {
    [VERDICT_NORMAL] = "Normal",
    [VERDICT_INCONCLUSIVE] = "Inconclusive",
    [VERDICT_MEMORY_LEAK] = "Memory Leak",
    [VERDICT_CPU_SPIKE] = "CPU Spike",
    [VERDICT_CONTENTION] = "Contention",
    [VERDICT_MULTIPLE_ISSUES] = "Multiple Issues",
};

const char *
verdict_text(enum verdict_name name)
{
	return names[name];
}

int
verdict_is_idle(const struct figures_cpu *cpu)
{
	return cpu->why == NULL && cpu->core_use < VERDICT_IDLE_CORE_USE;
}

int
verdict_is_churn(const struct figures_heap *heap)
{
	return heap->top != NULL && heap->top_kept_percent >= 0 &&
	       heap->top_kept_percent < CHURN_PERCENT;
}

static int
leaks(const struct figures *figures, const struct verdict_thresholds *thresholds,
    struct verdict_finding *finding)
{
	const struct figures_heap *heap = &figures->heap;
	double sure;

	if (heap->why != NULL || heap->validity != FIGURES_VALID ||
	    heap->per_30s_bytes <= thresholds->leak_bytes ||
	    heap->net_bytes < thresholds->leak_bytes / 2)
		return 0;
	sure = (double)heap->net_bytes - 2 * (double)heap->error_bytes;
	sure *= (double)heap->per_30s_bytes / (double)heap->net_bytes;
	finding->function = heap->top != NULL ? heap->top->function : NULL;
	finding->measured = (double)heap->per_30s_bytes;
	finding->threshold = (double)thresholds->leak_bytes;
	finding->confidence = sure > finding->threshold ? VERDICT_HIGH : VERDICT_MEDIUM;
	if (heap->interval_source == FIGURES_ASSUMED || heap->from_blank ||
	    verdict_is_churn(heap) || figures_is_young(figures))
		finding->confidence = VERDICT_LOW;
	return 1;
}

static int
one_function_burns(const struct figures *figures, const struct verdict_thresholds *thresholds,
    struct verdict_finding *finding)
{
	const struct figures_cpu *cpu = &figures->cpu;
	double share, error;

	if (cpu->why != NULL || cpu->top == NULL || cpu->top_percent <= thresholds->cpu_percent ||
	    verdict_is_idle(cpu))
		return 0;
	share = cpu->top_percent / 100;
	error = 100 * sqrt(share * (1 - share) / fmax(cpu->sample_count, 1));
	finding->function = cpu->top->function;
	finding->measured = cpu->top_percent;
	finding->threshold = thresholds->cpu_percent;
	finding->confidence = cpu->sample_count < FEW_SAMPLES ? VERDICT_LOW
			      : cpu->top_percent - 2 * error > thresholds->cpu_percent
				  ? VERDICT_HIGH
				  : VERDICT_MEDIUM;
	return 1;
}

static int
all_burn(const struct figures *figures, const struct verdict_thresholds *thresholds,
    struct verdict_finding *finding)
{
	const struct figures_cpu *cpu = &figures->cpu;

	if (cpu->why != NULL || cpu->core_use <= VERDICT_WHOLE_CORE ||
	    cpu->top_percent > thresholds->cpu_percent)
		return 0;
	finding->measured = cpu->core_use;
	finding->threshold = VERDICT_WHOLE_CORE;
	finding->confidence = cpu->sample_count < FEW_SAMPLES ? VERDICT_LOW
			      : cpu->core_use > 1.25	      ? VERDICT_HIGH
							      : VERDICT_MEDIUM;
	return 1;
}

/* Only what is far over the threshold is sure to matter. */
static int
delays(int64_t delay_ns, const struct top_row *top, const struct verdict_thresholds *thresholds,
    struct verdict_finding *finding)
{
	if (delay_ns <= thresholds->contention_ns)
		return 0;
	finding->function = top != NULL ? top->function : NULL;
	finding->measured = (double)delay_ns;
	finding->threshold = (double)thresholds->contention_ns;
	finding->confidence =
	    finding->measured > 2 * finding->threshold ? VERDICT_HIGH : VERDICT_MEDIUM;
	return 1;
}

static int
waits(const struct figures *figures, const struct verdict_thresholds *thresholds,
    struct verdict_finding *finding)
{
	const struct figures_block *block = &figures->block;

	return block->why == NULL &&
	       delays(figures_judged_ns(block->lock_ns + block->send_ns, block->since_start,
			  block->seconds),
		   block->top, thresholds, finding);
}

int
verdict_refutes(const struct figures *figures, const struct verdict_thresholds *thresholds)
{
	const struct figures_block *block = &figures->block;

	return block->why == NULL &&
	       figures_judged_ns(block->lock_ns + block->send_ns + block->other_ns,
		   block->since_start, block->seconds) <= thresholds->contention_ns;
}

static int
holds(const struct figures *figures, const struct verdict_thresholds *thresholds,
    struct verdict_finding *finding)
{
	const struct figures_mutex *mutex = &figures->mutex;

	if (mutex->why != NULL || verdict_refutes(figures, thresholds) ||
	    !delays(figures_judged_ns(mutex->delay_ns, mutex->since_start, mutex->seconds),
		mutex->top, thresholds, finding))
		return 0;
	if (figures->block.why != NULL && mutex->contentions < FEW_EVENTS * MUTEX_FRACTION)
		finding->confidence = VERDICT_LOW;
	return 1;
}

static const struct {
	enum verdict_name type;
	const char *unit;
	int (*fires)(const struct figures *figures, const struct verdict_thresholds *thresholds,
	    struct verdict_finding *finding);
} rules[VERDICT_RULES] = {
    [VERDICT_HEAP_GROWTH] = {VERDICT_MEMORY_LEAK, "bytes_per_30s", leaks},
    [VERDICT_CPU_FUNCTION] = {VERDICT_CPU_SPIKE, "percent", one_function_burns},
    [VERDICT_CPU_TOTAL] = {VERDICT_CPU_SPIKE, "cores", all_burn},
    [VERDICT_BLOCK_DELAY] = {VERDICT_CONTENTION, "ns", waits},
    [VERDICT_MUTEX_DELAY] = {VERDICT_CONTENTION, "ns", holds},
};

static void
apply_rules(struct verdict *verdict, struct pool *pool, const struct verdict_process *process)
{
	const struct figures *figures = &process->figures;

	for (int rule = 0; rule < VERDICT_RULES; rule++) {
		struct verdict_finding finding = {
		    .rule = rule,
		    .type = rules[rule].type,
		    .figures = figures,
		    .unit = rules[rule].unit,
		};

		if (!rules[rule].fires(figures, &verdict->thresholds, &finding))
			continue;
		if ((rule == VERDICT_BLOCK_DELAY &&
			figures_is_averaged(figures->block.since_start, figures->block.seconds)) ||
		    (rule == VERDICT_MUTEX_DELAY &&
			figures_is_averaged(figures->mutex.since_start, figures->mutex.seconds)))
			finding.unit = "ns_per_30s";
		if (finding.type == VERDICT_CPU_SPIKE)
			finding.share = labels_dominating(
			    &process->labels, verdict->thresholds.cpu_percent);
		finding.is_module = !labels_are_checks(&process->labels);
		verdict->findings = pool_grow(pool, verdict->findings, verdict->finding_count,
		    sizeof(*verdict->findings));
		verdict->findings[verdict->finding_count++] = finding;
	}
}

/* The type that all findings of a process (NULL: of the flare) share, or Multiple Issues, or
 * Normal where there is none. */
static enum verdict_name
join(const struct verdict *verdict, const struct figures *figures)
{
	enum verdict_name name = VERDICT_NORMAL;

	for (size_t i = 0; i < verdict->finding_count; i++) {
		const struct verdict_finding *finding = &verdict->findings[i];

		if (figures != NULL && finding->figures != figures)
			continue;
		if (name != VERDICT_NORMAL && name != finding->type)
			return VERDICT_MULTIPLE_ISSUES;
		name = finding->type;
	}
	return name;
}

int
verdict_has(const struct verdict *verdict, const struct figures *figures, enum verdict_name type)
{
	for (size_t i = 0; i < verdict->finding_count; i++) {
		if (verdict->findings[i].figures == figures && verdict->findings[i].type == type)
			return 1;
	}
	return 0;
}

static enum verdict_state
state_of(const struct verdict *verdict, const struct figures *figures, enum verdict_name type,
    int known)
{
	if (verdict_has(verdict, figures, type))
		return VERDICT_OVER;
	return known ? VERDICT_WITHIN : VERDICT_UNKNOWN;
}

static void
judge_process(struct verdict *verdict, struct verdict_process *process)
{
	const struct figures *figures = &process->figures;

	process->heap =
	    state_of(verdict, figures, VERDICT_MEMORY_LEAK, figures->heap.why == NULL);
	process->cpu = state_of(verdict, figures, VERDICT_CPU_SPIKE, figures->cpu.why == NULL);
	process->locks = state_of(verdict, figures, VERDICT_CONTENTION,
	    figures->block.why == NULL || figures->mutex.why == NULL);
	process->name = join(verdict, figures);
	if (process->name == VERDICT_NORMAL &&
	    (process->heap == VERDICT_UNKNOWN || process->cpu == VERDICT_UNKNOWN))
		process->name = VERDICT_INCONCLUSIVE;
}

/* How far over its threshold a finding is. */
static double
weight(const struct verdict_finding *finding)
{
	return finding->measured / finding->threshold;
}

/* The surer ones first, then by type, then by how far they are over. */
static int
compare_findings(const void *a, const void *b)
{
	const struct verdict_finding *left = a, *right = b;

	if (left->confidence != right->confidence)
		return left->confidence > right->confidence ? -1 : 1;
	if (left->type != right->type)
		return left->type < right->type ? -1 : 1;
	if (weight(left) != weight(right))
		return weight(left) > weight(right) ? -1 : 1;
	if (left->figures != right->figures)
		return left->figures < right->figures ? -1 : 1;
	return left->rule < right->rule ? -1 : left->rule > right->rule;
}

/* Without findings the main process decides: it must have been judged. */
static enum verdict_name
overall(const struct verdict *verdict)
{
	enum verdict_name name = join(verdict, NULL);

	if (name != VERDICT_NORMAL)
		return name;
	for (size_t i = 0; i < verdict->process_count; i++) {
		const struct verdict_process *process = &verdict->processes[i];

		if (strcmp(process->figures.process->files->prefix, verdict->main_process) == 0)
			return process->name;
	}
	return VERDICT_INCONCLUSIVE;
}

/* A goroutine dump is of the main process. */
static void
measure(struct verdict_process *process, struct pool *pool, const struct evidence *evidence,
    const struct pprof_process *profiled)
{
	int is_main = strcmp(profiled->files->prefix, evidence->flare->main_process) == 0;

	figures_of(&process->figures, profiled);
	labels_of(&process->labels, pool, profiled, &evidence->status.checks);
	locks_join(&process->sites, pool, profiled, is_main ? &evidence->goroutines : NULL);
}

void
verdict_judge(struct verdict *verdict, struct pool *pool, const struct evidence *evidence,
    const struct verdict_thresholds *thresholds)
{
	verdict->thresholds = *thresholds;
	verdict->main_process = evidence->flare->main_process;
	verdict->process_count = evidence->process_count;
	verdict->processes =
	    pool_alloc(pool, evidence->process_count * sizeof(*verdict->processes));
	for (size_t i = 0; i < evidence->process_count; i++) {
		struct verdict_process *process = &verdict->processes[i];

		measure(process, pool, evidence, &evidence->processes[i]);
		doubts_apply(&process->figures, evidence, thresholds->leak_bytes);
		apply_rules(verdict, pool, process);
	}
	if (verdict->finding_count > 1)
		qsort(verdict->findings, verdict->finding_count, sizeof(*verdict->findings),
		    compare_findings);
	for (size_t i = 0; i < verdict->process_count; i++)
		judge_process(verdict, &verdict->processes[i]);
	verdict->name = overall(verdict);
}
