#include "pprof.h"

#include "error.h"
#include "pool.h"
#include "toolchain.h"

#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

enum {
	OUTPUT_LIMIT = 64 << 20,
	MOST_BYTES = 1 << 30, /* that a profile counts for, whatever its file says */
	NO_PROFILE = -1,
	MEBIBYTE = 1 << 20,
};

/* The memory of a run that needs more than its share, by the inflated bytes it reads: some 18 times
 * these were measured to be alive at a time. Go's collector is lazy while there is room
 * (GOMEMLIMIT); the limit of the system is higher, since it counts 40 to 110 MiB that Go sets
 * aside and hardly touches. */
enum { BASE_MEMORY = 48 * MEBIBYTE, MEMORY_FACTOR = 18, SET_ASIDE = 112 * MEBIBYTE };

/* The frames of profiling itself. runtime/pprof.Do is not among them: every Python check runs
 * below it, for its label. pprof matches files too: profile.c refuses those that this fits. */
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
#define AGENT CALLERS_AGENT

/* A run of pprof, which reads its profiles once for all reports made of them. */
static const struct {
	int source, base; /* enum flare_profile; base NO_PROFILE: no diff */
} sessions[PPROF_SESSIONS] = {
    [PPROF_SESSION_GROWTH] = {FLARE_HEAP_2ND, FLARE_HEAP_1ST},
    [PPROF_SESSION_HEAP] = {FLARE_HEAP_2ND, NO_PROFILE},
    [PPROF_SESSION_CPU] = {FLARE_CPU, NO_PROFILE},
    [PPROF_SESSION_BLOCK] = {FLARE_BLOCK, NO_PROFILE},
    [PPROF_SESSION_MUTEX] = {FLARE_MUTEX, NO_PROFILE},
};

static const struct {
	enum pprof_session session;
	enum top_unit unit;
	struct session_report ask;
} reports[PPROF_REPORTS] = {
    [PPROF_GROWTH] = {PPROF_SESSION_GROWTH, TOP_BYTES, {.sample_type = "inuse_space"}},
    [PPROF_GROWTH_JUDGED] = {PPROF_SESSION_GROWTH, TOP_BYTES,
	{.sample_type = "inuse_space", .ignore = PROFILING}},
    [PPROF_GROWTH_AGENT] = {PPROF_SESSION_GROWTH, TOP_BYTES,
	{.sample_type = "inuse_space", .ignore = PROFILING, .show = AGENT}},
    [PPROF_GROWTH_OBJECTS] = {PPROF_SESSION_GROWTH, TOP_COUNT, {.sample_type = "inuse_objects"}},
    [PPROF_HEAP] = {PPROF_SESSION_HEAP, TOP_BYTES, {.sample_type = "inuse_space"}},
    [PPROF_CPU] = {PPROF_SESSION_CPU, TOP_NANOSECONDS, {.sample_type = "cpu"}},
    [PPROF_CPU_AGENT] = {PPROF_SESSION_CPU, TOP_NANOSECONDS,
	{.sample_type = "cpu", .show = AGENT}},
    [PPROF_BLOCK_LEAF] = {PPROF_SESSION_BLOCK, TOP_NANOSECONDS, {.sample_type = "delay"}},
    [PPROF_BLOCK_DELAY] = {PPROF_SESSION_BLOCK, TOP_NANOSECONDS,
	{"delay", LOCK_OR_SEND, WAIT_FOR_WORK, NOT_THE_CALLER, NULL}},
    [PPROF_BLOCK_COUNT] = {PPROF_SESSION_BLOCK, TOP_COUNT,
	{"contentions", LOCK_OR_SEND, WAIT_FOR_WORK, NOT_THE_CALLER, NULL}},
    [PPROF_BLOCK_AGENT] = {PPROF_SESSION_BLOCK, TOP_NANOSECONDS,
	{"delay", LOCK_OR_SEND, WAIT_FOR_WORK, NULL, AGENT}},
    [PPROF_MUTEX_LEAF] = {PPROF_SESSION_MUTEX, TOP_NANOSECONDS, {.sample_type = "delay"}},
    [PPROF_MUTEX_DELAY] = {PPROF_SESSION_MUTEX, TOP_NANOSECONDS,
	{.sample_type = "delay", .ignore = RUNTIME_LOCK, .hide = NOT_THE_CALLER}},
    [PPROF_MUTEX_COUNT] = {PPROF_SESSION_MUTEX, TOP_COUNT,
	{.sample_type = "contentions", .ignore = RUNTIME_LOCK, .hide = NOT_THE_CALLER}},
    [PPROF_MUTEX_AGENT] = {PPROF_SESSION_MUTEX, TOP_NANOSECONDS,
	{.sample_type = "delay", .ignore = RUNTIME_LOCK, .show = AGENT}},
};

/* Of which report's samples the callers of a session's functions are asked for, with its filters,
 * and which of its reports is judged. A growth of the runtime's own is not. */
static const struct {
	enum pprof_report like, judged;
	const char *unjudged; /* how names begin that are not; NULL: none */
} peeks[PPROF_SESSIONS] = {
    [PPROF_SESSION_GROWTH] = {PPROF_GROWTH_AGENT, PPROF_GROWTH_JUDGED, "runtime."},
    [PPROF_SESSION_HEAP] = {PPROF_HEAP, PPROF_REPORTS, NULL},
    [PPROF_SESSION_CPU] = {PPROF_CPU_AGENT, PPROF_CPU, NULL},
    [PPROF_SESSION_BLOCK] = {PPROF_BLOCK_AGENT, PPROF_BLOCK_DELAY, NULL},
    [PPROF_SESSION_MUTEX] = {PPROF_MUTEX_AGENT, PPROF_MUTEX_DELAY, NULL},
};

/* The reports whose functions people see in tables. */
static const struct {
	enum pprof_report report;
	int cumulative; /* there is a second table, by what functions have with their callees */
} tables[] = {
    {PPROF_GROWTH, 0},
    {PPROF_GROWTH_OBJECTS, 0},
    {PPROF_HEAP, 0},
    {PPROF_CPU, 1},
    {PPROF_BLOCK_DELAY, 0},
    {PPROF_MUTEX_DELAY, 0},
};

int
pprof_setup_open(struct pprof_setup *setup, struct pool *pool, struct error *err)
{
	int status = session_key_make(&setup->key, err);

	setup->reader = top_reader_new(pool);
	setup->callers_reader = callers_reader_new(pool);
	for (int session = 0; session < PPROF_SESSIONS && status == 0; session++) {
		const struct session_report *before = NULL;
		struct buf commands = {0};

		for (size_t report = 0; report < PPROF_REPORTS; report++) {
			if ((int)reports[report].session != session)
				continue;
			session_ask(&commands, &setup->key, report, &reports[report].ask, before);
			before = &reports[report].ask;
		}
		setup->commands[session] = pool_strdup(pool, buf_text(&commands));
		buf_release(&commands);
	}
	return status;
}

void
pprof_setup_close(struct pprof_setup *setup)
{
	top_reader_free(setup->reader);
	callers_reader_free(setup->callers_reader);
	setup->reader = NULL;
	setup->callers_reader = NULL;
}

void
pprof_open(struct pprof_process *process, const struct flare_process *files, int64_t limit_bytes)
{
	struct stat st;

	process->files = files;
	for (int i = 0; i < FLARE_PROFILES; i++) {
		struct profile *profile = &process->profiles[i];

		profile->file = files->files[i];
		profile->path = files->paths[i];
		profile->limit_bytes = limit_bytes;
		if (files->refused[i] != NULL)
			profile_refuse(profile, files->refused[i]);
		if (lstat(profile->path, &st) == 0 && S_ISREG(st.st_mode))
			profile->size_bytes = st.st_size < MOST_BYTES ? st.st_size : MOST_BYTES;
	}
}

/* The profile that a session is about. The first heap snapshot stands in for the second. */
static const struct profile *
source_of(const struct pprof_process *process, enum pprof_session session)
{
	const struct profile *profile = &process->profiles[sessions[session].source];

	if (session == PPROF_SESSION_HEAP && profile->state != PROFILE_READ)
		profile = &process->profiles[FLARE_HEAP_1ST];
	return profile;
}

static const struct profile *
base_of(const struct pprof_process *process, enum pprof_session session)
{
	return sessions[session].base == NO_PROFILE ? NULL
						    : &process->profiles[sessions[session].base];
}

/* Why a profile cannot serve for a report, or NULL. */
static const char *
unusable(struct pool *pool, const struct profile *profile, enum pprof_report report, int confined)
{
	if (profile->state != PROFILE_READ)
		return pool_printf(pool, "%s %s", profile->file, profile->why);
	if (!profile_has_type(profile, reports[report].ask.sample_type))
		return pool_printf(pool, "%s holds no %s samples", profile->file,
		    reports[report].ask.sample_type);
	if (!confined && profile->escape != NULL)
		return pool_printf(pool,
		    "%s names files that pprof would look for all over this machine (\"%s\"), "
		    "and there is no sandbox to keep it from that",
		    profile->file, profile->escape);
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

enum { MOST_ARGUMENTS = 24 };

/* The sample type of a session's first report. */
static const char *
first_type(enum pprof_session session)
{
	size_t report = 0;

	while (reports[report].session != session)
		report++;
	return reports[report].ask.sample_type;
}

static const char **
arguments(struct pool *pool, const struct pprof_process *process, const char *const *command,
    enum pprof_session session)
{
	static const char *const flags[] = {SESSION_FLAGS};
	const char **argv = pool_alloc(pool, MOST_ARGUMENTS * sizeof(*argv));
	const struct profile *base = base_of(process, session);

	for (; *command != NULL; command++)
		add_argument(argv, *command);
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		add_argument(argv, flags[i]);
	/* pprof fails at once where that is not in the profile; later commands could only fail
	 * and leave it with the one it had. */
	add_argument(argv, pool_printf(pool, "-sample_index=%s", first_type(session)));
	/* Of what is the same in both, -diff_base would keep two samples for each report to go
	 * through, and -base none. Their rows are the same, the total is not. */
	if (base != NULL)
		add_argument(argv, pool_printf(pool, "-base=%s", base->path));
	add_argument(argv, source_of(process, session)->path);
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
	const struct session_report *ask = &reports[report].ask;
	const struct {
		const char *name, *value;
	} filters[] = {{"focus", ask->focus}, {"ignore", ask->ignore}, {"hide", ask->hide},
	    {"show", ask->show}};
	const struct profile *base = base_of(process, reports[report].session);
	const char *line = pool_printf(pool,
	    "go tool pprof -top -trim=false -symbolize=none -sample_index=%s", ask->sample_type);

	for (size_t i = 0; i < sizeof(filters) / sizeof(filters[0]); i++) {
		if (filters[i].value != NULL)
			line = pool_printf(
			    pool, "%s -%s='%s'", line, filters[i].name, filters[i].value);
	}
	if (base != NULL)
		line = pool_printf(pool, "%s -diff_base=%s", line, shell_word(pool, base->file));
	return pool_printf(pool, "%s %s", line,
	    shell_word(pool, source_of(process, reports[report].session)->file));
}

/* Sets what is known of a report without pprof: 1 when pprof has to be run for it. */
static int
needs_program(struct pprof_process *process, struct pool *pool, enum pprof_report report,
    int confined)
{
	enum pprof_session session = reports[report].session;
	struct top *top = &process->tops[report];
	const struct profile *source = source_of(process, session),
			     *base = base_of(process, session);

	top->why = unusable(pool, source, report, confined);
	if (top->why == NULL && base != NULL)
		top->why = unusable(pool, base, report, confined);
	if (top->why == NULL && base != NULL)
		top->why = unusable_pair(base, source);
	if (top->why != NULL)
		return 0;
	top->command = command_line(pool, process, report);
	top->found = source->sample_count == 0 && (base == NULL || base->sample_count == 0);
	return !top->found;
}

/* What a session is likely to take: every report goes through all samples again. */
static int64_t
cost_of(const struct pprof_process *process, enum pprof_session session)
{
	const struct profile *base = base_of(process, session);
	int64_t bytes = process->profiles[sessions[session].source].size_bytes;
	int64_t count = 1; /* reading them is one more */

	for (int report = 0; report < PPROF_REPORTS; report++)
		count += reports[report].session == session;
	return count * (bytes + (base != NULL ? base->size_bytes : 0));
}

void
pprof_describe(struct pprof_process *process, struct pprof_run runs[PPROF_SESSIONS])
{
	for (int session = 0; session < PPROF_SESSIONS; session++)
		runs[session] = (struct pprof_run){
		    .process = process,
		    .session = session,
		    .file = process->files->files[sessions[session].source],
		    .cost = cost_of(process, session),
		};
}

void
pprof_prepare(struct pprof_run *run, struct pool *pool)
{
	struct profile *profiles = run->process->profiles;
	int base = sessions[run->session].base;

	profile_open(&profiles[sessions[run->session].source], pool);
	if (base != NO_PROFILE)
		profile_open(&profiles[base], pool);
	if (run->session == PPROF_SESSION_HEAP && source_of(run->process, run->session) ==
						      &profiles[FLARE_HEAP_1ST])
		profile_open(&profiles[FLARE_HEAP_1ST], pool);
}

/* The memory that a session may have. */
static int64_t
memory_of(const struct pprof_process *process, enum pprof_session session,
    const struct pprof_setup *setup)
{
	const struct profile *base = base_of(process, session);
	int64_t bytes = source_of(process, session)->plain_bytes;
	int64_t memory;

	bytes += base != NULL ? base->plain_bytes : 0;
	memory = BASE_MEMORY + MEMORY_FACTOR * bytes;
	if (memory < setup->share_bytes)
		memory = setup->share_bytes;
	return memory < setup->memory_bytes ? memory : setup->memory_bytes;
}

/* The toolchain's, and a lazy collector of garbage: a run is over before it takes much memory,
 * and a tenth to a fifth less CPU time. */
static const char *const *
environment(struct pool *pool, const struct toolchain *toolchain, int64_t memory)
{
	size_t count = 0;
	const char **env;

	while (toolchain->env[count] != NULL)
		count++;
	env = pool_alloc(pool, (count + 3) * sizeof(*env));
	memcpy(env, toolchain->env, count * sizeof(*env));
	env[count] = "GOGC=800";
	env[count + 1] = pool_printf(
	    pool, "GOMEMLIMIT=%" PRId64 "MiB", memory / MEBIBYTE);
	return env;
}

/* The files that a session reads. */
static const char *const *
files_of(struct pool *pool, const struct pprof_process *process, enum pprof_session session)
{
	const struct profile *base = base_of(process, session);
	const char **files = pool_alloc(pool, 3 * sizeof(*files));

	files[0] = source_of(process, session)->path;
	files[1] = base != NULL ? base->path : NULL;
	return files;
}

/* As long as it runs, too. */
static int
is_sound(const struct pprof_run *run)
{
	return !run->ended || (run->job.ending == JOB_EXITED && run->job.code == 0);
}

static int
is_unread(const struct pprof_run *run, enum pprof_report report)
{
	const struct top *top = &run->process->tops[report];

	return reports[report].session == run->session && top->asked && !top->found;
}

/* While the job still runs, or when it has ended. */
static void
read_report(struct pprof_run *run, struct pool *pool, const struct pprof_setup *setup,
    enum pprof_report report)
{
	const struct job *job = &run->job;
	struct top *top = &run->process->tops[report];
	int ended_well = is_sound(run);
	struct span printed = {job->output.data, job->output.len}, text;
	struct error err = {0};
	struct buf why = {0};

	top->unit = reports[report].unit;
	if (!session_cut(printed, &setup->key, report, ended_well, &text))
		fail(&err, "its report is missing or cut");
	else
		top->found = top_parse(top, setup->reader, pool, text, &err) == 0;
	if (ended_well)
		buf_puts(&why, err.msg);
	else
		job_explain(job, &why);
	if (!top->found) {
		top->why = pool_printf(pool, "pprof could not report its %s: %s",
		    reports[report].ask.sample_type, buf_text(&why));
		top->rows = NULL;
		top->count = 0;
	} else {
		top->why = NULL; /* what was not whole before */
	}
	buf_release(&why);
}

/* Who calls the functions asked for, once. Without an answer, nothing is known of them. */
static void
read_callers(struct pprof_run *run, struct pool *pool, const struct pprof_setup *setup,
    enum pprof_peek peek)
{
	struct span printed = {run->job.output.data, run->job.output.len}, text;
	struct error ignored = {0};

	if (run->asked[peek].count > 0 &&
	    session_cut(printed, &setup->key, PPROF_REPORTS + peek, is_sound(run), &text))
		callers_parse(&run->process->callers[run->session], setup->callers_reader, pool,
		    &run->asked[peek], reports[peeks[run->session].like].unit, text, &ignored);
	run->asked[peek].count = 0;
}

/* The function that a finding would be about, when it is not the Agent's; else NULL. */
static const char *
judged_function(const struct pprof_run *run)
{
	const char *unjudged = peeks[run->session].unjudged;
	enum pprof_report judged = peeks[run->session].judged;
	const struct top *top = judged != PPROF_REPORTS ? &run->process->tops[judged] : NULL;

	for (size_t i = 0; top != NULL && i < top->count; i++) {
		const char *function = top->rows[i].function;

		if (top->rows[i].flat > 0 &&
		    (unjudged == NULL || strncmp(function, unjudged, strlen(unjudged)) != 0))
			return callers_is_agent(function) ? NULL : function;
	}
	return NULL;
}

/* The functions of what was read; the judged one comes first, for which there is room. */
static void
choose_functions(struct pprof_run *run)
{
	struct callers_asked *asked = &run->asked[PPROF_PEEK_TABLES];
	const char *judged = judged_function(run);

	if (judged != NULL)
		callers_ask(asked, judged);
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		const struct top *top = &run->process->tops[tables[i].report];

		if (reports[tables[i].report].session != run->session)
			continue;
		callers_ask_table(asked, top, run->setup->rows);
		if (tables[i].cumulative)
			callers_ask_cumulative(asked, top, run->setup->rows);
	}
}

/* Of several functions between it and the Agent, each has other callers too: only alone it can be
 * told for sure who is above it. */
static void
choose_judged(struct pprof_run *run)
{
	const char *judged = judged_function(run);
	const struct caller *caller;

	if (judged == NULL)
		return;
	caller = callers_find(&run->process->callers[run->session], judged);
	if (caller == NULL || !caller->direct ||
	    (caller->caller != NULL && caller->share < CALLERS_KNOWN))
		callers_ask(&run->asked[PPROF_PEEK_JUDGED], judged);
}

/* The last of the reports that are always asked for. */
static const struct session_report *
last_ask(enum pprof_session session)
{
	int report = PPROF_REPORTS - 1;

	while (reports[report].session != session)
		report--;
	return &reports[report].ask;
}

static void
ask_callers(const struct pprof_run *run, enum pprof_peek peek, struct buf *input)
{
	struct session_report like = reports[peeks[run->session].like].ask;
	const struct session_report *before =
	    peek == PPROF_PEEK_TABLES ? last_ask(run->session) : &like;
	struct buf functions = {0};

	if (run->asked[peek].count == 0)
		return;
	like.show = AGENT;
	callers_expression(&run->asked[peek], &functions);
	session_peek(input, &run->setup->key, (size_t)(PPROF_REPORTS + peek), &like, before,
	    buf_text(&functions));
	buf_release(&functions);
}

/* All reports are there: 0 when they cannot all be read, which is left to pprof_read then. */
static int
read_reports(struct pprof_run *run)
{
	for (int report = 0; report < PPROF_REPORTS; report++) {
		if (is_unread(run, report))
			read_report(run, run->pool, run->setup, report);
		if (is_unread(run, report))
			return 0;
	}
	return 1;
}

static size_t
count_lines(const struct buf *text, size_t from)
{
	size_t count = 0;

	for (size_t i = from; i < text->len; i++)
		count += text->data[i] == '\n';
	return count;
}

/* The commands for the reports; when all these are there, those for the callers; and perhaps those
 * for the callers of one function. */
static int
tell_more(struct job *job, struct buf *input)
{
	struct pprof_run *run = (struct pprof_run *)job;
	struct span printed = {job->output.data, job->output.len};
	size_t before = input->len;
	int last = run->commands > 0;

	if (run->commands == 0) {
		buf_puts(input, run->setup->commands[run->session]);
	} else if (!session_waits(&run->prompts, printed, run->commands)) {
		return 0;
	} else if (run->asked[PPROF_PEEK_TABLES].count > 0) {
		read_callers(run, run->pool, run->setup, PPROF_PEEK_TABLES);
		choose_judged(run);
		ask_callers(run, PPROF_PEEK_JUDGED, input);
	} else if (read_reports(run)) {
		choose_functions(run);
		/* A single function there is alone already. */
		last = run->asked[PPROF_PEEK_TABLES].count < 2 || judged_function(run) == NULL;
		ask_callers(run, PPROF_PEEK_TABLES, input);
	}
	run->commands += count_lines(input, before);
	return last;
}

static struct job
describe_job(const struct pprof_run *run, struct pool *pool, const struct toolchain *toolchain,
    const struct pprof_setup *setup)
{
	return (struct job){
	    .argv = arguments(pool, run->process, toolchain->command, run->session),
	    .env = environment(pool, toolchain, run->memory_bytes),
	    .directory = toolchain->directory,
	    .more = tell_more,
	    .output_limit = OUTPUT_LIMIT,
	    .timeout_ns = setup->timeout_ns,
	    .rules = toolchain_rules(toolchain, pool, files_of(pool, run->process, run->session),
		run->memory_bytes + SET_ASIDE, setup->timeout_ns),
	};
}

int
pprof_start(struct pprof_run *run, struct pool *pool, const struct toolchain *toolchain,
    const struct pprof_setup *setup)
{
	int needed = 0;

	pprof_prepare(run, pool);
	for (int report = 0; report < PPROF_REPORTS; report++) {
		if (reports[report].session != run->session)
			continue;
		run->process->tops[report].asked =
		    needs_program(run->process, pool, report, toolchain->confined);
		needed |= run->process->tops[report].asked;
	}
	run->memory_bytes = memory_of(run->process, run->session, setup);
	run->setup = setup;
	run->pool = pool;
	if (needed)
		run->job = describe_job(run, pool, toolchain, setup);
	return needed;
}

void
pprof_give_up(struct pprof_run *run, const char *why)
{
	for (int report = 0; report < PPROF_REPORTS; report++) {
		struct top *top = &run->process->tops[report];

		if (reports[report].session == run->session && top->asked)
			top->why = why;
	}
}

/* pprof names the files it reads by this machine's paths: they go by the flare's names. */
static void
name_files(struct buf *complaint, const struct profile *profile)
{
	struct buf named = {0};
	struct span rest = {buf_text(complaint), complaint->len};
	size_t len = strlen(profile->path);
	const char *found;

	while ((found = memmem(rest.at, rest.len, profile->path, len)) != NULL) {
		buf_add(&named, rest.at, (size_t)(found - rest.at));
		buf_puts(&named, profile->file);
		rest.len -= (size_t)(found - rest.at) + len;
		rest.at = found + len;
	}
	buf_add(&named, rest.at, rest.len);
	buf_release(complaint);
	*complaint = named;
}

void
pprof_read(struct pprof_run *run, struct pool *pool, const struct pprof_setup *setup)
{
	run->ended = 1;
	for (int i = 0; i < FLARE_PROFILES; i++)
		name_files(&run->job.complaint, &run->process->profiles[i]);
	for (int report = 0; report < PPROF_REPORTS; report++) {
		if (is_unread(run, report))
			read_report(run, pool, setup, report);
	}
	for (int peek = 0; peek < PPROF_PEEKS; peek++)
		read_callers(run, pool, setup, peek);
	job_release(&run->job, 1);
}

const struct caller *
pprof_caller(const struct pprof_process *process, enum pprof_report report, const char *function)
{
	return callers_find(&process->callers[reports[report].session], function);
}

void
pprof_close(struct pprof_process *process, struct pool *pool, struct gaps *gaps)
{
	for (int report = 0; report < PPROF_REPORTS; report++) {
		enum pprof_session session = reports[report].session;
		const struct profile *source = source_of(process, session),
				     *base = base_of(process, session);
		const struct top *top = &process->tops[report];

		/* A file that could not be read is a gap already. */
		if (top->found || source->state != PROFILE_READ ||
		    (base != NULL && base->state != PROFILE_READ))
			continue;
		gap_add(gaps, pool, source->file, "%s", top->why);
	}
}
