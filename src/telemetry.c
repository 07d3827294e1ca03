#include "telemetry.h"

#include "gap.h"
#include "text.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define LENGTH(table) (sizeof(table) / sizeof((table)[0]))
#define MEMBER(name) offsetof(struct telemetry, name)

/* A number above this is no amount. */
#define LARGEST 9e18

enum {
	QUOTED = 80,  /* bytes of a text without metrics that its gap shows */
	LONGEST = 64, /* bytes of a number */
};

enum kind {
	KIND_COUNT,  /* an int64_t */
	KIND_SUM,    /* the same, of all series together */
	KIND_NS,     /* seconds, as an int64_t of nanoseconds */
	KIND_DOUBLE,
	KIND_SHARE,  /* a double of at most 1 */
};

/* Of several series of one name the first counts, where they are not added up. */
static const struct metric {
	const char *name;
	enum kind kind;
	size_t member;
} metrics[] = {
    {"aggregator__dogstatsd_contexts", KIND_SUM, MEMBER(contexts)},
    {"process_cpu_seconds_total", KIND_DOUBLE, MEMBER(cpu_seconds)},
    {"process_resident_memory_bytes", KIND_COUNT, MEMBER(resident_bytes)},
    {"process_start_time_seconds", KIND_DOUBLE, MEMBER(start_seconds)},
    {"process_virtual_memory_bytes", KIND_COUNT, MEMBER(virtual_bytes)},
    {"pymem__inuse", KIND_COUNT, MEMBER(python_bytes)},
    {"rtloader__inuse_bytes", KIND_COUNT, MEMBER(rtloader_bytes)},
    {"go_goroutines", KIND_COUNT, MEMBER(goroutines)},
    {"go_gc_duration_seconds_count", KIND_COUNT, MEMBER(memstats.num_gc)},
    {"go_gc_duration_seconds_sum", KIND_NS, MEMBER(memstats.pause_total_ns)},
    {"go_memstats_alloc_bytes", KIND_COUNT, MEMBER(memstats.alloc_bytes)},
    {"go_memstats_alloc_bytes_total", KIND_COUNT, MEMBER(memstats.total_alloc_bytes)},
    {"go_memstats_buck_hash_sys_bytes", KIND_COUNT, MEMBER(memstats.buck_hash_sys_bytes)},
    {"go_memstats_gc_cpu_fraction", KIND_SHARE, MEMBER(memstats.gc_cpu_fraction)},
    {"go_memstats_gc_sys_bytes", KIND_COUNT, MEMBER(memstats.gc_sys_bytes)},
    {"go_memstats_heap_alloc_bytes", KIND_COUNT, MEMBER(memstats.heap_alloc_bytes)},
    {"go_memstats_heap_idle_bytes", KIND_COUNT, MEMBER(memstats.heap_idle_bytes)},
    {"go_memstats_heap_inuse_bytes", KIND_COUNT, MEMBER(memstats.heap_inuse_bytes)},
    {"go_memstats_heap_objects", KIND_COUNT, MEMBER(memstats.heap_objects)},
    {"go_memstats_heap_released_bytes", KIND_COUNT, MEMBER(memstats.heap_released_bytes)},
    {"go_memstats_heap_sys_bytes", KIND_COUNT, MEMBER(memstats.heap_sys_bytes)},
    {"go_memstats_last_gc_time_seconds", KIND_NS, MEMBER(memstats.last_gc_ns)},
    {"go_memstats_mcache_inuse_bytes", KIND_COUNT, MEMBER(memstats.mcache_inuse_bytes)},
    {"go_memstats_mcache_sys_bytes", KIND_COUNT, MEMBER(memstats.mcache_sys_bytes)},
    {"go_memstats_mspan_inuse_bytes", KIND_COUNT, MEMBER(memstats.mspan_inuse_bytes)},
    {"go_memstats_mspan_sys_bytes", KIND_COUNT, MEMBER(memstats.mspan_sys_bytes)},
    {"go_memstats_next_gc_bytes", KIND_COUNT, MEMBER(memstats.next_gc_bytes)},
    {"go_memstats_other_sys_bytes", KIND_COUNT, MEMBER(memstats.other_sys_bytes)},
    {"go_memstats_stack_inuse_bytes", KIND_COUNT, MEMBER(memstats.stack_inuse_bytes)},
    {"go_memstats_stack_sys_bytes", KIND_COUNT, MEMBER(memstats.stack_sys_bytes)},
    {"go_memstats_sys_bytes", KIND_COUNT, MEMBER(memstats.sys_bytes)},
};

static int
is_double(enum kind kind)
{
	return kind == KIND_DOUBLE || kind == KIND_SHARE;
}

void
telemetry_init(struct telemetry *telemetry)
{
	*telemetry = (struct telemetry){0};
	for (size_t i = 0; i < LENGTH(metrics); i++) {
		void *member = (char *)telemetry + metrics[i].member;

		if (is_double(metrics[i].kind))
			*(double *)member = -1;
		else
			*(int64_t *)member = -1;
	}
}

/* Of many thousands of lines a few are ours: most others are told by their first byte. */
static const struct metric *
find_metric(struct span line)
{
	size_t len = 0;

	if (line.len == 0 || strchr("agpr", line.at[0]) == NULL)
		return NULL;
	while (len < line.len && strchr("{ \t", line.at[len]) == NULL)
		len++;
	for (size_t i = 0; i < LENGTH(metrics); i++) {
		if (text_is((struct span){line.at, len}, metrics[i].name))
			return &metrics[i];
	}
	return NULL;
}

/* What stands behind the name and its labels, the values of which may hold any character. */
static struct span
skip_series(struct span line, size_t name_len)
{
	int quoted = 0;

	line.at += name_len;
	line.len -= name_len;
	for (size_t i = 0; line.len > 0 && line.at[0] == '{' && i < line.len; i++) {
		if (line.at[i] == '"')
			quoted = !quoted;
		else if (quoted && line.at[i] == '\\')
			i++;
		else if (!quoted && line.at[i] == '}')
			line = (struct span){line.at + i + 1, line.len - i - 1};
	}
	return text_trim(line);
}

/* The number that the text begins with, behind which there may be a time; -1 where there is none
 * that is an amount. */
static double
read_value(struct span text)
{
	char number[LONGEST + 1], *end;
	size_t len = 0;
	double value;

	while (len < text.len && text.at[len] != ' ' && text.at[len] != '\t')
		len++;
	if (len == 0 || len > LONGEST || text.at[0] == '-')
		return -1;
	memcpy(number, text.at, len);
	number[len] = '\0';
	value = strtod(number, &end);
	return *end == '\0' && isfinite(value) && value >= 0 && value <= LARGEST ? value : -1;
}

/* Returns 1 when the value was taken. */
static int
take_value(struct telemetry *telemetry, const struct metric *metric, double value)
{
	void *member = (char *)telemetry + metric->member;
	int64_t *count = member;
	double *number = member;

	value *= metric->kind == KIND_NS ? 1e9 : 1;
	if (value < 0 || value > LARGEST || (metric->kind == KIND_SHARE && value > 1))
		return 0;
	if (is_double(metric->kind)) {
		*number = *number < 0 ? value : *number;
		return 1;
	}
	if (*count < 0)
		*count = (int64_t)value;
	else if (metric->kind == KIND_SUM && (double)*count + value <= LARGEST)
		*count += (int64_t)value;
	return 1;
}

void
telemetry_parse(struct telemetry *telemetry, struct pool *pool, const char *file,
    struct span text, struct gaps *gaps)
{
	struct span rest = text, line;

	telemetry_init(telemetry);
	while (text_line(&rest, &line)) {
		const struct metric *metric = find_metric(line);

		if (metric != NULL)
			telemetry->found |= take_value(telemetry, metric,
			    read_value(skip_series(line, strlen(metric->name))));
	}
	telemetry->memstats.found =
	    telemetry->memstats.heap_alloc_bytes >= 0 && telemetry->memstats.sys_bytes >= 0;
	text = text_trim(text);
	if (text.len == 0)
		gap_add(gaps, pool, file, "is empty");
	else if (!telemetry->found && text_line(&text, &line))
		gap_add(gaps, pool, file, "holds no metrics of the process but: %s",
		    text_quote(pool, line, QUOTED));
	else if (telemetry->resident_bytes < 0)
		gap_add(gaps, pool, file,
		    "has no process_resident_memory_bytes: the process's memory (RSS) is unknown");
}
