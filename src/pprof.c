#include "pprof.h"

#include "error.h"
#include "pattern.h"
#include "pool.h"
#include "proc.h"
#include "toolchain.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { OUTPUT_LIMIT = 64 << 20, NO_PROFILE = -1 };

/* Beyond this pprof's numbers went through a float64 and were rounded. */
#define EXACT ((int64_t)1 << 53)
/* Beyond this (146 years of delay) sums could overflow. */
#define POSSIBLE ((int64_t)1 << 62)

/* The frames of profiling itself. runtime/pprof.Do is not among them: every Python check runs
 * below it, for its label. */
#define PROFILING                                                                             \
	"^net/http/pprof\\.|^runtime/pprof\\.(StartCPUProfile|StopCPUProfile|profileWriter|"  \
	"WriteHeapProfile|\\(\\*Profile\\)\\.WriteTo|\\(\\*profileBuilder\\)|write[A-Z])"

/* What a stack that waits for a lock, or for room to send, ends in; and what one that waits
 * for work ends in, which must not come in by a lock function further up. */
#define LOCK_OR_SEND                                                                          \
	"^(sync\\.\\(\\*Mutex\\)\\.(Lock|lockSlow)|sync\\.\\(\\*RWMutex\\)\\.(Lock|RLock)|"   \
	"internal/sync\\.\\(\\*Mutex\\)\\.(Lock|lockSlow)|"                                   \
	"(internal/)?sync\\.runtime_Semacquire(Mutex|RWMutex.*)$|runtime\\.semacquire|"       \
	"runtime\\.chansend)"
#define WAIT_FOR_WORK "^runtime\\.(selectgo|chanrecv|netpoll)"
#define RUNTIME_LOCK "^runtime\\.(_LostContendedRuntimeLock|unlock)"

/* With these hidden, the time goes to the first frame that is the Agent's or a library's. */
#define NOT_THE_CALLER "^(runtime|sync|internal/sync)\\."

static const struct {
	int source, base; /* enum flare_profile; base NO_PROFILE: no diff */
	enum pprof_unit unit;
	const char *sample_type;
	const char *focus, *ignore, *hide;
} reports[PPROF_REPORTS] = {
    [PPROF_GROWTH] = {FLARE_HEAP_2ND, FLARE_HEAP_1ST, PPROF_BYTES, "inuse_space", NULL, NULL, NULL},
    [PPROF_GROWTH_JUDGED] = {FLARE_HEAP_2ND, FLARE_HEAP_1ST, PPROF_BYTES, "inuse_space", NULL,
	PROFILING, NULL},
    [PPROF_GROWTH_OBJECTS] = {FLARE_HEAP_2ND, FLARE_HEAP_1ST, PPROF_COUNT, "inuse_objects", NULL,
	NULL, NULL},
    [PPROF_HEAP] = {FLARE_HEAP_2ND, NO_PROFILE, PPROF_BYTES, "inuse_space", NULL, NULL, NULL},
    [PPROF_CPU] = {FLARE_CPU, NO_PROFILE, PPROF_NANOSECONDS, "cpu", NULL, NULL, NULL},
    [PPROF_BLOCK_LEAF] = {FLARE_BLOCK, NO_PROFILE, PPROF_NANOSECONDS, "delay", NULL, NULL, NULL},
    [PPROF_BLOCK_DELAY] = {FLARE_BLOCK, NO_PROFILE, PPROF_NANOSECONDS, "delay", LOCK_OR_SEND,
	WAIT_FOR_WORK, NOT_THE_CALLER},
    [PPROF_BLOCK_COUNT] = {FLARE_BLOCK, NO_PROFILE, PPROF_COUNT, "contentions", LOCK_OR_SEND,
	WAIT_FOR_WORK, NOT_THE_CALLER},
    [PPROF_MUTEX_LEAF] = {FLARE_MUTEX, NO_PROFILE, PPROF_NANOSECONDS, "delay", NULL, NULL, NULL},
    [PPROF_MUTEX_DELAY] = {FLARE_MUTEX, NO_PROFILE, PPROF_NANOSECONDS, "delay", NULL, RUNTIME_LOCK,
	NOT_THE_CALLER},
    [PPROF_MUTEX_COUNT] = {FLARE_MUTEX, NO_PROFILE, PPROF_COUNT, "contentions", NULL, RUNTIME_LOCK,
	NOT_THE_CALLER},
};

/* The word that the unit "nanosecond" puts behind a number that is not 0. */
static const char *const unit_suffixes[] = {
    [PPROF_BYTES] = "B", [PPROF_NANOSECONDS] = "ns", [PPROF_COUNT] = "nanosecond"};

enum { SHOWING, COLUMNS, ROW, PREAMBLE, LINE_PATTERNS };
#define NUMBER(name) "(?<" name ">-?\\d{1,19})(?<" name "_unit>[a-z]*|B)"
#define PERCENT " *\\d+(?:\\.\\d+)?(?:e-\\d+)?%"
static const char *const line_patterns[LINE_PATTERNS] = {
    [SHOWING] = "^Showing nodes accounting for " NUMBER("shown") "," PERCENT " of " NUMBER(
	"total") " total$",
    [COLUMNS] = "^ {6}flat {2}flat% {3}sum% {8}cum {3}cum%$",
    [ROW] = "^ *" NUMBER("flat") " " PERCENT " " PERCENT " +" NUMBER("cum") " " PERCENT
	    "  (?<name>.*)$",
    [PREAMBLE] = "^(?:Active filters:|   [a-z_]+=.*)$",
};

void
pprof_open(struct pprof_process *process, struct pool *pool, const struct flare_process *files,
    struct gaps *gaps)
{
	process->files = files;
	for (int i = 0; i < FLARE_PROFILES; i++) {
		struct profile *profile = &process->profiles[i];

		profile->file = files->files[i];
		profile->path = files->paths[i];
		profile_open(profile, pool);
		if (profile->state != PROFILE_READ)
			gap_add(gaps, pool, profile->file, "%s", profile->why);
	}
}

/* The profile that a report is made of. The first heap snapshot stands in for the second. */
static const struct profile *
source_of(const struct pprof_process *process, enum pprof_report report)
{
	const struct profile *profile = &process->profiles[reports[report].source];

	if (report == PPROF_HEAP && profile->state != PROFILE_READ)
		profile = &process->profiles[FLARE_HEAP_1ST];
	return profile;
}

static const struct profile *
base_of(const struct pprof_process *process, enum pprof_report report)
{
	return reports[report].base == NO_PROFILE ? NULL
						  : &process->profiles[reports[report].base];
}

/* Why a profile cannot serve for a report, or NULL. */
static const char *
unusable(struct pool *pool, const struct profile *profile, enum pprof_report report)
{
	if (profile->state != PROFILE_READ)
		return pool_printf(pool, "%s %s", profile->file, profile->why);
	if (!profile_has_type(profile, reports[report].sample_type))
		return pool_printf(pool, "%s holds no %s samples", profile->file,
		    reports[report].sample_type);
	return NULL;
}

static const char *
unusable_pair(const struct profile *base, const struct profile *source)
{
	if (strcmp(base->build_id, source->build_id) != 0 && base->build_id[0] != '\0' &&
	    source->build_id[0] != '\0')
		return "the two heap snapshots are of different programs: the Agent was replaced in "
		       "between";
	if (base->time_ns != 0 && source->time_ns != 0 && source->time_ns < base->time_ns)
		return "by their own time the second heap snapshot is older than the first";
	if (base->time_ns != 0 && source->time_ns == base->time_ns)
		return "the two heap snapshots are one and the same";
	return NULL;
}

static void
add_argument(const char **argv, const char *argument)
{
	while (*argv != NULL)
		argv++;
	*argv = argument;
}

static void
add_filters(struct pool *pool, const char **argv, enum pprof_report report, const char *quote)
{
	const struct {
		const char *name, *value;
	} filters[] = {{"focus", reports[report].focus},
	    {"ignore", reports[report].ignore},
	    {"hide", reports[report].hide}};

	for (size_t i = 0; i < sizeof(filters) / sizeof(filters[0]); i++) {
		if (filters[i].value != NULL)
			add_argument(argv, pool_printf(pool, "-%s=%s%s%s", filters[i].name, quote,
					       filters[i].value, quote));
	}
}

enum { MOST_ARGUMENTS = 24 };

static const char **
arguments(struct pool *pool, const struct pprof_process *process, const char *const *command,
    enum pprof_report report)
{
	static const char *const flags[] = {TOOLCHAIN_TOP_FLAGS};
	const char **argv = pool_alloc(pool, MOST_ARGUMENTS * sizeof(*argv));
	const struct profile *base = base_of(process, report);

	for (; *command != NULL; command++)
		add_argument(argv, *command);
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		add_argument(argv, flags[i]);
	add_argument(argv, pool_printf(pool, "-sample_index=%s", reports[report].sample_type));
	add_filters(pool, argv, report, "");
	if (base != NULL)
		add_argument(argv, pool_printf(pool, "-diff_base=%s", base->path));
	add_argument(argv, source_of(process, report)->path);
	return argv;
}

/* The command that shows people the same numbers, in units for people. */
static const char *
command_line(struct pool *pool, const struct pprof_process *process, enum pprof_report report)
{
	const char **words = pool_alloc(pool, MOST_ARGUMENTS * sizeof(*words));
	const struct profile *base = base_of(process, report);
	const char *line = "go tool pprof -top -trim=false -symbolize=none";

	add_argument(words, pool_printf(pool, "-sample_index=%s", reports[report].sample_type));
	add_filters(pool, words, report, "'");
	if (base != NULL)
		add_argument(words, pool_printf(pool, "-diff_base=%s", base->file));
	add_argument(words, source_of(process, report)->file);
	for (; *words != NULL; words++)
		line = pool_printf(pool, "%s %s", line, *words);
	return line;
}

/* Sets what is known of a report without pprof: 1 when a program has to be run for it. */
static int
needs_program(struct pprof_process *process, struct pool *pool, enum pprof_report report)
{
	struct pprof_top *top = &process->tops[report];
	const struct profile *source = source_of(process, report), *base = base_of(process, report);

	top->why = unusable(pool, source, report);
	if (top->why == NULL && base != NULL)
		top->why = unusable(pool, base, report);
	if (top->why == NULL && base != NULL)
		top->why = unusable_pair(base, source);
	if (top->why != NULL)
		return 0;
	top->command = command_line(pool, process, report);
	top->found = source->sample_count == 0 && (base == NULL || base->sample_count == 0);
	return !top->found;
}

size_t
pprof_describe(struct pprof_process *process, struct pool *pool, const struct toolchain *toolchain,
    int64_t timeout_ns, struct proc_job *jobs)
{
	size_t count = 0;

	process->jobs = jobs;
	for (int report = 0; report < PPROF_REPORTS; report++) {
		process->job_of[report] = -1;
		if (!needs_program(process, pool, report))
			continue;
		process->job_of[report] = (int)count;
		jobs[count++] = (struct proc_job){
		    .argv = arguments(pool, process, toolchain->command, report),
		    .env = toolchain->env,
		    .directory = toolchain->directory,
		    .output_limit = OUTPUT_LIMIT,
		    .timeout_ns = timeout_ns,
		};
	}
	return count;
}

/* Reads a number of the last match; its unit must be the report's ("0" has none). */
static int
read_number(struct pattern *pattern, const char *name, enum pprof_unit unit, int64_t *number)
{
	char unit_name[16] = "";
	struct span digits = pattern_field(pattern, name), suffix;

	strcat(strcat(unit_name, name), "_unit");
	suffix = pattern_field(pattern, unit_name);
	errno = 0;
	*number = strtoll(digits.at, NULL, 10);
	if (errno != 0 || *number > POSSIBLE || *number < -POSSIBLE)
		return -1;
	if (*number == 0 && suffix.len == 0)
		return 0;
	return suffix.len == strlen(unit_suffixes[unit]) &&
		       memcmp(suffix.at, unit_suffixes[unit], suffix.len) == 0
		   ? 0
		   : -1;
}

/* pprof marks inlined functions behind the name. */
static struct span
without_mark(struct span name)
{
	static const char *const marks[] = {" (inline)", " (partial-inline)"};

	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		size_t len = strlen(marks[i]);

		if (name.len > len && memcmp(name.at + name.len - len, marks[i], len) == 0) {
			name.len -= len;
			return name;
		}
	}
	return name;
}

struct reader {
	struct pattern *patterns[LINE_PATTERNS];
	struct pprof_top *top;
	struct pool *pool;
	enum pprof_unit unit;
	int shown, columns; /* these lines were seen */
	int64_t sum;	    /* of the rows' flat values */
	int64_t magnitude;  /* of their absolute values */
};

static int
read_row(struct reader *reader)
{
	struct pattern *pattern = reader->patterns[ROW];
	struct pprof_top *top = reader->top;
	struct pprof_row *row;

	top->rows = pool_grow(reader->pool, top->rows, top->count, sizeof(*top->rows));
	row = &top->rows[top->count];
	if (read_number(pattern, "flat", reader->unit, &row->flat) < 0 ||
	    read_number(pattern, "cum", reader->unit, &row->cum) < 0 ||
	    __builtin_add_overflow(reader->magnitude, llabs(row->flat), &reader->magnitude) ||
	    reader->magnitude > POSSIBLE)
		return -1;
	reader->sum += row->flat;
	row->function = text_clean(reader->pool, without_mark(pattern_field(pattern, "name")));
	top->count++;
	return 0;
}

static int
read_showing(struct reader *reader)
{
	struct pattern *pattern = reader->patterns[SHOWING];
	struct pprof_top *top = reader->top;

	reader->shown = 1;
	return read_number(pattern, "shown", reader->unit, &top->shown) < 0 ||
		       read_number(pattern, "total", reader->unit, &top->total) < 0
		   ? -1
		   : 0;
}

/* Takes one line: 0, or -1 when it does not belong into a report. */
static int
read_line(struct reader *reader, struct span line)
{
	struct pattern **patterns = reader->patterns;

	if (reader->columns)
		return pattern_matches(patterns[ROW], line) ? read_row(reader) : -1;
	if (!reader->shown && pattern_matches(patterns[SHOWING], line)) {
		return read_showing(reader);
	}
	if (reader->shown && pattern_matches(patterns[COLUMNS], line)) {
		reader->columns = 1;
		return 0;
	}
	return !reader->shown && pattern_matches(patterns[PREAMBLE], line) ? 0 : -1;
}

/* Rows and total agree: exactly, but for what float64 rounds in very large numbers. */
static int
adds_up(const struct reader *reader)
{
	int64_t difference;

	if (__builtin_sub_overflow(reader->sum, reader->top->shown, &difference))
		return 0;
	difference = difference < 0 ? -difference : difference;
	return difference == 0 ||
	       (reader->magnitude >= EXACT && difference <= reader->magnitude >> 40);
}

int
pprof_parse(struct pprof_top *top, struct pool *pool, enum pprof_unit unit, struct span text,
    struct error *err)
{
	struct reader reader = {.top = top, .pool = pool, .unit = unit};
	struct span line;
	size_t number = 0;
	int status = 0;

	patterns_open(reader.patterns, line_patterns, LINE_PATTERNS);
	while (status == 0 && text_line(&text, &line)) {
		number++;
		if (read_line(&reader, line) < 0)
			status = fail(err, "its report has an unexpected line %zu", number);
	}
	if (status == 0 && !reader.columns)
		status = fail(err, "its report has no column line");
	if (status == 0 && !adds_up(&reader))
		status = fail(err, "its rows do not add up to the total it shows");
	patterns_close(reader.patterns, LINE_PATTERNS);
	return status;
}

static void
read_report(struct pprof_process *process, struct pool *pool, enum pprof_report report,
    const struct proc_job *job)
{
	struct pprof_top *top = &process->tops[report];
	struct error err = {0};
	struct buf why = {0};

	if (job->ending != PROC_EXITED || job->code != 0)
		proc_explain(job, &why);
	else if (pprof_parse(top, pool, reports[report].unit,
		     (struct span){buf_text(&job->output), job->output.len}, &err) < 0)
		buf_puts(&why, err.msg);
	else
		top->found = 1;
	if (!top->found) {
		top->why = pool_printf(pool, "pprof could not report its %s: %s",
		    reports[report].sample_type, buf_text(&why));
		top->rows = NULL;
		top->count = 0;
	}
	buf_release(&why);
}

void
pprof_read(struct pprof_process *process, struct pool *pool, struct gaps *gaps)
{
	for (int report = 0; report < PPROF_REPORTS; report++) {
		const struct profile *source = source_of(process, report),
				     *base = base_of(process, report);
		const struct pprof_top *top = &process->tops[report];

		if (process->job_of[report] >= 0)
			read_report(process, pool, report, &process->jobs[process->job_of[report]]);
		/* A file that could not be read is a gap already. */
		if (top->found || source->state != PROFILE_READ ||
		    (base != NULL && base->state != PROFILE_READ))
			continue;
		gap_add(gaps, pool, source->file, "%s", top->why);
	}
}
