#include "verdict.h"

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
/* A heap of this size has samples, one for each 512 KiB. */
#define BLANK_HEAP ((int64_t)16 << 20)
/* More than profiling itself takes: of real Agents 2 MB were measured. */
#define MOST_FOR_PROFILING ((int64_t)16 << 20)

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

static int
leaks(const struct figures *figures, const struct verdict_thresholds *thresholds,
    struct verdict_finding *finding)
{
	const struct figures_heap *heap = &figures->heap;
	double sure;

	if (heap->why != NULL || heap->per_30s_bytes <= thresholds->leak_bytes ||
	    heap->net_bytes < thresholds->leak_bytes / 2)
		return 0;
	sure = (double)heap->net_bytes - 2 * (double)heap->error_bytes;
	sure *= (double)heap->per_30s_bytes / (double)heap->net_bytes;
	finding->function = heap->top != NULL ? heap->top->function : NULL;
	finding->measured = (double)heap->per_30s_bytes;
	finding->threshold = (double)thresholds->leak_bytes;
	finding->confidence = sure > finding->threshold ? VERDICT_HIGH : VERDICT_MEDIUM;
	if (heap->interval_source == FIGURES_ASSUMED || heap->from_blank)
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

/* Lock profiles are cumulative since they were switched on, perhaps long before the flare:
 * only what is far over the threshold is sure to matter. */
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
	       delays(block->lock_ns + block->send_ns, block->top, thresholds, finding);
}

/* The mutex profile counts one event in a hundred for all; the block profile counts nearly all
 * waits. Where it saw less than the threshold, a mutex profile over it is a few lucky events. */
static int
is_refuted(const struct figures *figures, const struct verdict_thresholds *thresholds)
{
	const struct figures_block *block = &figures->block;

	return block->why == NULL &&
	       block->lock_ns + block->send_ns + block->other_ns <= thresholds->contention_ns;
}

static int
holds(const struct figures *figures, const struct verdict_thresholds *thresholds,
    struct verdict_finding *finding)
{
	const struct figures_mutex *mutex = &figures->mutex;

	if (mutex->why != NULL || is_refuted(figures, thresholds) ||
	    !delays(mutex->delay_ns, mutex->top, thresholds, finding))
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
apply_rules(struct verdict *verdict, struct pool *pool, const struct figures *figures)
{
	for (int rule = 0; rule < VERDICT_RULES; rule++) {
		struct verdict_finding finding = {
		    .rule = rule,
		    .type = rules[rule].type,
		    .figures = figures,
		    .unit = rules[rule].unit,
		};

		if (!rules[rule].fires(figures, &verdict->thresholds, &finding))
			continue;
		verdict->findings = pool_grow(pool, verdict->findings, verdict->finding_count,
		    sizeof(*verdict->findings));
		verdict->findings[verdict->finding_count++] = finding;
	}
}

static void
add_note(struct verdict *verdict, struct pool *pool, const struct verdict_note *note)
{
	verdict->notes =
	    pool_grow(pool, verdict->notes, verdict->note_count, sizeof(*verdict->notes));
	verdict->notes[verdict->note_count++] = *note;
}

static void
note_heap(struct verdict *verdict, struct pool *pool, const struct figures *figures)
{
	const struct figures_heap *heap = &figures->heap;
	int64_t limit = verdict->thresholds.leak_bytes;
	double scale = 30 / heap->interval_seconds;
	struct verdict_note note = {.figures = figures};

	if (heap->interval_source == FIGURES_PROFILE_TIMES && figures->cpu.why == NULL &&
	    heap->interval_seconds > 10 * figures->cpu.duration_seconds + 300) {
		note.kind = VERDICT_NOTE_INTERVAL;
		add_note(verdict, pool, &note);
	}
	if (heap->unchanged) {
		note.kind = VERDICT_NOTE_UNCHANGED;
		add_note(verdict, pool, &note);
		return;
	}
	if ((double)heap->runtime_bytes * scale > (double)limit &&
	    heap->runtime_bytes >= limit / 2) {
		note.kind = VERDICT_NOTE_RUNTIME;
		add_note(verdict, pool, &note);
	}
	if (heap->per_30s_bytes > limit && heap->net_bytes < limit / 2) {
		note.kind = VERDICT_NOTE_NEAR;
		add_note(verdict, pool, &note);
	} else if (heap->per_30s_bytes <= limit && heap->top != NULL &&
		   (double)heap->top->flat * scale > (double)limit &&
		   heap->top->flat >= limit / 2) {
		note.kind = VERDICT_NOTE_MOVED;
		note.function = heap->top->function;
		add_note(verdict, pool, &note);
	}
}

static void
note_rest(struct verdict *verdict, struct pool *pool, const struct figures *figures)
{
	const struct figures_cpu *cpu = &figures->cpu;
	const struct figures_block *block = &figures->block;
	struct verdict_note note = {.figures = figures};

	if (cpu->top != NULL && verdict_is_idle(cpu) &&
	    cpu->top_percent > verdict->thresholds.cpu_percent) {
		note.kind = VERDICT_NOTE_IDLE_CPU;
		note.function = cpu->top->function;
		add_note(verdict, pool, &note);
		note.function = NULL;
	}
	if (figures->mutex.why == NULL &&
	    figures->mutex.delay_ns > verdict->thresholds.contention_ns &&
	    is_refuted(figures, &verdict->thresholds)) {
		note.kind = VERDICT_NOTE_MUTEX_ALONE;
		add_note(verdict, pool, &note);
	}
	if (block->why == NULL && block->other_ns > verdict->thresholds.contention_ns) {
		note.kind = VERDICT_NOTE_UNCLASSIFIED;
		add_note(verdict, pool, &note);
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

static enum verdict_state
state_of(const struct verdict *verdict, const struct figures *figures, enum verdict_name type,
    int known)
{
	for (size_t i = 0; i < verdict->finding_count; i++) {
		if (verdict->findings[i].figures == figures && verdict->findings[i].type == type)
			return VERDICT_OVER;
	}
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

/* A heap profile without a sample looks as if nothing were there. It is believed only of a
 * process whose memstats tell of a heap that is too small to have samples. */
static void
refute_blank_heap(struct verdict *verdict, struct figures *figures, const struct evidence *evidence)
{
	const struct memstats *memstats = &evidence->memstats;
	const struct top *heap = &figures->process->tops[PPROF_HEAP];
	int is_main = strcmp(figures->process->files->prefix, verdict->main_process) == 0;
	int is_small = is_main && memstats->found && memstats->heap_inuse_bytes >= 0 &&
		       memstats->heap_inuse_bytes <= BLANK_HEAP;

	if (figures->heap.why == NULL && heap->found && heap->total == 0 && !is_small)
		figures->heap.why = "the heap profile holds no samples";
}

/* What is left out as profiling's own goes by names that a profile may give to anything. Where
 * that is too much to be true, it may be the leak. */
static void
refute_profiling(const struct verdict *verdict, struct figures *figures)
{
	struct figures_heap *heap = &figures->heap;
	int64_t limit = verdict->thresholds.leak_bytes;
	double left_out = fmax((double)heap->profiling_bytes, (double)heap->profiling_grown_bytes);

	if (heap->why != NULL || left_out <= (double)MOST_FOR_PROFILING ||
	    heap->per_30s_bytes > limit)
		return;
	if ((double)heap->per_30s_bytes + left_out * 30 / heap->interval_seconds > (double)limit)
		heap->why = "more memory grew than profiling can need where profiling itself "
			    "allocates, and would hide a leak";
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
		struct figures *figures = &verdict->processes[i].figures;

		figures_of(figures, &evidence->processes[i]);
		refute_blank_heap(verdict, figures, evidence);
		refute_profiling(verdict, figures);
		apply_rules(verdict, pool, figures);
		if (figures->heap.why == NULL)
			note_heap(verdict, pool, figures);
		note_rest(verdict, pool, figures);
	}
	if (verdict->finding_count > 1)
		qsort(verdict->findings, verdict->finding_count, sizeof(*verdict->findings),
		    compare_findings);
	for (size_t i = 0; i < verdict->process_count; i++)
		judge_process(verdict, &verdict->processes[i]);
	verdict->name = overall(verdict);
}
