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

int
pprof_setup_open(struct pprof_setup *setup, struct pool *pool, struct error *err)
{
	return talk_setup_open(&setup->talk, pool, err);
}

void
pprof_setup_close(struct pprof_setup *setup)
{
	talk_setup_close(&setup->talk);
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
	const char *type = reports_get(report)->ask.sample_type;

	if (profile->state != PROFILE_READ)
		return pool_printf(pool, "%s %s", profile->file, profile->why);
	if (!profile_has_type(profile, type))
		return pool_printf(pool, "%s holds no %s samples", profile->file, type);
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
	add_argument(argv,
	    pool_printf(pool, "-sample_index=%s", reports_first(session)->ask.sample_type));
	/* Of what is the same in both, -diff_base would keep two samples for each report to go
	 * through, and -base none. Their rows are the same, the total is not. */
	if (base != NULL)
		add_argument(argv, pool_printf(pool, "-base=%s", base->path));
	add_argument(argv, source_of(process, session)->path);
	return argv;
}

/* Sets what is known of a report without pprof: 1 when pprof has to be run for it. */
static int
needs_program(struct pprof_process *process, struct pool *pool, enum pprof_report report,
    int confined)
{
	enum pprof_session session = reports_get(report)->session;
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
	top->command =
	    reports_command(report, pool, source->file, base != NULL ? base->file : NULL);
	top->found = source->sample_count == 0 && (base == NULL || base->sample_count == 0);
	return !top->found;
}

/* What a session is likely to take: every report goes through all samples again. */
static int64_t
cost_of(const struct pprof_process *process, enum pprof_session session)
{
	const struct profile *base = base_of(process, session);
	int64_t bytes = process->profiles[sessions[session].source].size_bytes;
	int64_t count = 1 + (int64_t)reports_count(session); /* reading them is one more */

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

static int
tell_more(struct job *job, struct buf *input)
{
	struct pprof_run *run = (struct pprof_run *)job;

	return talk_more(&run->talk, (struct span){job->output.data, job->output.len}, input);
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
		if (reports_get(report)->session != run->session)
			continue;
		run->process->tops[report].asked =
		    needs_program(run->process, pool, report, toolchain->confined);
		needed |= run->process->tops[report].asked;
	}
	run->memory_bytes = memory_of(run->process, run->session, setup);
	run->talk = (struct talk){
	    .session = run->session,
	    .setup = &setup->talk,
	    .pool = pool,
	    .tops = run->process->tops,
	    .callers = run->process->callers,
	    .stacks = run->process->stacks,
	};
	if (needed)
		run->job = describe_job(run, pool, toolchain, setup);
	return needed;
}

void
pprof_give_up(struct pprof_run *run, const char *why)
{
	for (int report = 0; report < PPROF_REPORTS; report++) {
		struct top *top = &run->process->tops[report];

		if (reports_get(report)->session == run->session && top->asked)
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
pprof_read(struct pprof_run *run)
{
	struct job *job = &run->job;
	struct buf why = {0};
	int ended_well = job->ending == JOB_EXITED && job->code == 0;

	for (int i = 0; i < FLARE_PROFILES; i++)
		name_files(&job->complaint, &run->process->profiles[i]);
	if (!ended_well)
		job_explain(job, &why);
	talk_end(&run->talk, (struct span){job->output.data, job->output.len},
	    ended_well ? NULL : buf_text(&why));
	buf_release(&why);
	job_release(job, 1);
}

const struct caller *
pprof_caller(const struct pprof_process *process, enum pprof_report report, const char *function)
{
	return callers_find(&process->callers[reports_peek_of(report)], function);
}

void
pprof_close(struct pprof_process *process, struct pool *pool, struct gaps *gaps)
{
	for (int report = 0; report < PPROF_REPORTS; report++) {
		enum pprof_session session = reports_get(report)->session;
		const struct profile *source = source_of(process, session),
				     *base = base_of(process, session);
		const struct top *top = &process->tops[report];

		/* A file that could not be read is a gap already. */
		if (top->found || source->state != PROFILE_READ ||
		    (base != NULL && base->state != PROFILE_READ))
			continue;
		gap_add(gaps, pool, source->file, "%s", top->why);
	}
	for (int stacks = 0; stacks < PPROF_STACKS; stacks++) {
		enum pprof_session session = reports_get(reports_of_stacks(stacks))->session;

		if (process->stacks[stacks].why != NULL)
			gap_add(gaps, pool, source_of(process, session)->file, "%s",
			    process->stacks[stacks].why);
	}
}
