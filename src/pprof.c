#include "pprof.h"

#include "error.h"
#include "pool.h"
#include "proc.h"
#include "toolchain.h"

#include <string.h>

enum { OUTPUT_LIMIT = 64 << 20, NO_PROFILE = -1 };

/* The frames of profiling itself. runtime/pprof.Do is not among them: every Python check runs
 * below it, for its label. */
#define PROFILING                                                                             \
	"^net/http/pprof\\.|^runtime/pprof\\.(StartCPUProfile|StopCPUProfile|profileWriter|"  \
	"WriteHeapProfile|\\(\\*Profile\\)\\.WriteTo|\\(\\*profileBuilder\\)|write[A-Z])"

/* A stack that ends in waiting for work must not come in by a lock function further up. */
#define LOCK_OR_SEND "^(" PPROF_LOCKS "|" PPROF_SENDS ")"
#define WAIT_FOR_WORK                                                                         \
	"^(runtime|reflect)\\.(selectgo|rselect|chanrecv|netpoll)|^sync\\.\\(\\*WaitGroup\\)\\.Wait"
#define RUNTIME_LOCK "^runtime\\.(_LostContendedRuntimeLock|unlock)"

/* With these hidden, the time goes to the first frame that is the Agent's or a library's. */
#define NOT_THE_CALLER "^(runtime|sync|internal/sync)\\."

/* With these alone shown, what a library did counts for the Agent's function that called it. */
#define AGENT "^github\\.com/DataDog/datadog-agent/(comp|pkg|internal)/"

static const struct {
	int source, base; /* enum flare_profile; base NO_PROFILE: no diff */
	enum top_unit unit;
	const char *sample_type;
	const char *focus, *ignore, *hide, *show;
} reports[PPROF_REPORTS] = {
    [PPROF_GROWTH] = {FLARE_HEAP_2ND, FLARE_HEAP_1ST, TOP_BYTES, "inuse_space", NULL, NULL, NULL,
	NULL},
    [PPROF_GROWTH_JUDGED] = {FLARE_HEAP_2ND, FLARE_HEAP_1ST, TOP_BYTES, "inuse_space", NULL,
	PROFILING, NULL, NULL},
    [PPROF_GROWTH_AGENT] = {FLARE_HEAP_2ND, FLARE_HEAP_1ST, TOP_BYTES, "inuse_space", NULL,
	PROFILING, NULL, AGENT},
    [PPROF_GROWTH_OBJECTS] = {FLARE_HEAP_2ND, FLARE_HEAP_1ST, TOP_COUNT, "inuse_objects", NULL,
	NULL, NULL, NULL},
    [PPROF_HEAP] = {FLARE_HEAP_2ND, NO_PROFILE, TOP_BYTES, "inuse_space", NULL, NULL, NULL, NULL},
    [PPROF_CPU] = {FLARE_CPU, NO_PROFILE, TOP_NANOSECONDS, "cpu", NULL, NULL, NULL, NULL},
    [PPROF_CPU_AGENT] = {FLARE_CPU, NO_PROFILE, TOP_NANOSECONDS, "cpu", NULL, NULL, NULL, AGENT},
    [PPROF_BLOCK_LEAF] = {FLARE_BLOCK, NO_PROFILE, TOP_NANOSECONDS, "delay", NULL, NULL, NULL,
	NULL},
    [PPROF_BLOCK_DELAY] = {FLARE_BLOCK, NO_PROFILE, TOP_NANOSECONDS, "delay", LOCK_OR_SEND,
	WAIT_FOR_WORK, NOT_THE_CALLER, NULL},
    [PPROF_BLOCK_COUNT] = {FLARE_BLOCK, NO_PROFILE, TOP_COUNT, "contentions", LOCK_OR_SEND,
	WAIT_FOR_WORK, NOT_THE_CALLER, NULL},
    [PPROF_BLOCK_AGENT] = {FLARE_BLOCK, NO_PROFILE, TOP_NANOSECONDS, "delay", LOCK_OR_SEND,
	WAIT_FOR_WORK, NULL, AGENT},
    [PPROF_MUTEX_LEAF] = {FLARE_MUTEX, NO_PROFILE, TOP_NANOSECONDS, "delay", NULL, NULL, NULL,
	NULL},
    [PPROF_MUTEX_DELAY] = {FLARE_MUTEX, NO_PROFILE, TOP_NANOSECONDS, "delay", NULL, RUNTIME_LOCK,
	NOT_THE_CALLER, NULL},
    [PPROF_MUTEX_COUNT] = {FLARE_MUTEX, NO_PROFILE, TOP_COUNT, "contentions", NULL, RUNTIME_LOCK,
	NOT_THE_CALLER, NULL},
    [PPROF_MUTEX_AGENT] = {FLARE_MUTEX, NO_PROFILE, TOP_NANOSECONDS, "delay", NULL, RUNTIME_LOCK,
	NULL, AGENT},
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
	if (!profile_same_program(base, source))
		return "the two heap snapshots are of different programs: the Agent was "
		       "replaced in between";
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
	    {"hide", reports[report].hide},
	    {"show", reports[report].show}};

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

/* A file's name as one word of a shell, whatever it holds. */
static const char *
shell_word(struct pool *pool, const char *name)
{
	static const char harmless[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				       "0123456789./_-";
	struct buf word = {0};
	const char *quoted;

	if (name[strspn(name, harmless)] == '\0')
		return name;
	buf_putc(&word, '\'');
	for (; *name != '\0'; name++) {
		if (*name == '\'')
			buf_puts(&word, "'\\''");
		else
			buf_putc(&word, *name);
	}
	buf_putc(&word, '\'');
	quoted = pool_strdup(pool, buf_text(&word));
	buf_release(&word);
	return quoted;
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
		add_argument(words,
		    pool_printf(pool, "-diff_base=%s", shell_word(pool, base->file)));
	add_argument(words, shell_word(pool, source_of(process, report)->file));
	for (; *words != NULL; words++)
		line = pool_printf(pool, "%s %s", line, *words);
	return line;
}

/* Sets what is known of a report without pprof: 1 when a program has to be run for it. */
static int
needs_program(struct pprof_process *process, struct pool *pool, enum pprof_report report)
{
	struct top *top = &process->tops[report];
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

static void
read_report(struct pprof_process *process, struct pool *pool, enum pprof_report report,
    const struct proc_job *job)
{
	struct top *top = &process->tops[report];
	struct error err = {0};
	struct buf why = {0};

	if (job->ending != PROC_EXITED || job->code != 0)
		proc_explain(job, &why);
	else if (top_parse(top, pool, reports[report].unit,
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
		const struct top *top = &process->tops[report];

		if (process->job_of[report] >= 0)
			read_report(process, pool, report, &process->jobs[process->job_of[report]]);
		/* A file that could not be read is a gap already. */
		if (top->found || source->state != PROFILE_READ ||
		    (base != NULL && base->state != PROFILE_READ))
			continue;
		gap_add(gaps, pool, source->file, "%s", top->why);
	}
}
