#include "batch.h"

#include "cost.h"
#include "error.h"
#include "evidence.h"
#include "flare.h"
#include "proc.h"
#include "progress.h"
#include "resolved.h"
#include "scratch.h"
#include "signals.h"
#include "sink.h"
#include "text.h"
#include "toolchain.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#define MEBIBYTE 1048576.0

/* So many time limits of a run are there for all runs of a flare. */
enum { RUNS_IN_ALL = 10 };

/* A flare that is being worked on. */
struct work {
	struct work *next; /* in line->works */
	struct pool pool;
	struct flare flare;
	struct evidence evidence;
	struct outcome *outcome;
	size_t running; /* runs that were given away and have not come back */
	int64_t spent_ns; /* by those that have */
	int given_all;
};

/* What the callbacks of one batch_run share. */
struct line {
	struct batch *batch;
	const struct options *options;
	struct toolchain toolchain;
	struct pprof_setup setup;
	struct sink models;
	struct progress progress;
	int any_sound, any_failed; /* runs of pprof */
	int64_t first_ns;     /* our CPU time when pprof was first started; 0: not yet */
	struct work *works;   /* all that are being worked on */
	struct work *current; /* whose runs are being given away */
	struct work *ahead;   /* is open already, and comes next */
	size_t next;	      /* flare to open */
	struct pprof_run *held; /* its turn, but there is no memory for it yet */
	int64_t memory;	      /* bytes that the programs that run may take */
	struct scratch scratch;
	struct error failure; /* why the batch cannot go on */
};

static void
say(const char *text)
{
	fprintf(stderr, "flareprof: %s\n", text);
}

static void
drop(struct line *line, struct work *work)
{
	struct work **at = &line->works;
	struct pool pool = work->pool;

	while (*at != work)
		at = &(*at)->next;
	*at = work->next;
	for (size_t i = 0; i < work->evidence.run_count; i++)
		job_release(&work->evidence.runs[i].job, 1);
	flare_close(&work->flare);
	pool_release(&pool);
}

static void
set_failure(struct line *line, struct outcome *outcome, const struct error *err)
{
	outcome->exit_code = err->exit_code != 0 ? err->exit_code : ERROR_EXIT_NO_REPORT;
	outcome->finding =
	    text_clean(&line->batch->pool, (struct span){err->msg, strlen(err->msg)});
	line->progress.flares_done++;
}

/* Opens the next flare that can be opened, or NULL when there is none left. */
static struct work *
open_next(struct line *line)
{
	struct batch *batch = line->batch;

	while (line->next < batch->count) {
		size_t i = line->next++;
		struct pool pool = {0};
		struct work *work = pool_alloc(&pool, sizeof(*work));
		struct error err = {0};
		struct flare_source source = {
		    .path = line->options->flares[i],
		    .limits = line->options->limits,
		    .unpacking = {&line->toolchain.sandbox, line->options->timeout_ns},
		};

		work->outcome = &batch->outcomes[i];
		if (flare_open(&work->flare, &pool, &source, &work->evidence.gaps, &err) < 0) {
			set_failure(line, work->outcome, &err);
			flare_close(&work->flare);
			pool_release(&pool);
			/* A signal ends all of it. */
			if (err.signal != 0)
				return NULL;
			continue;
		}
		work->evidence.flare = &work->flare;
		work->evidence.toolchain = &line->toolchain;
		evidence_open(&work->evidence, &pool);
		line->progress.runs += work->evidence.run_count;
		work->pool = pool;
		work->next = line->works;
		line->works = work;
		return work;
	}
	return NULL;
}

/* Reads what a flare has to say of itself. */
static void
introduce(struct line *line, struct work *work)
{
	struct pool *pool = &line->batch->pool;
	const struct status *status = &work->evidence.status;

	if (work->evidence.read)
		return;
	evidence_read(&work->evidence, &work->pool);
	work->outcome->hostname = pool_strdup(pool, evidence_hostname(&work->evidence));
	if (status->version != NULL)
		work->outcome->version = pool_strdup(pool, status->version);
}

static int
is_taken(const struct line *line, const struct outcome *outcome, const char *path)
{
	const char *json = line->options->json;

	if (json != NULL && strcmp(json, path) == 0)
		return 1;
	for (const struct outcome *other = line->batch->outcomes; other < outcome; other++) {
		if (other->report != NULL && strcmp(other->report, path) == 0)
			return 1;
	}
	return 0;
}

/* The path of a flare's report: its host's, with a number behind it where that is taken. */
static const char *
choose_report(const struct line *line, const struct outcome *outcome, struct pool *pool)
{
	const char *path;
	size_t number = 1;

	for (const struct outcome *other = line->batch->outcomes; other < outcome; other++)
		number += other->hostname != NULL &&
			  strcmp(other->hostname, outcome->hostname) == 0;
	do
		path = render_report_path(pool, outcome->hostname, number++);
	while (is_taken(line, outcome, path));
	return path;
}

/* Gives each flare that is known up to this one the path of its report, in the order of the
 * call: no two of a call have the same. */
static void
choose_reports(struct line *line, const struct work *last)
{
	struct pool tried = {0};

	for (struct work *work = line->works; work != NULL; work = work->next)
		introduce(line, work);
	for (struct outcome *outcome = line->batch->outcomes; outcome <= last->outcome; outcome++) {
		if (outcome->report == NULL && outcome->hostname != NULL)
			outcome->report = pool_strdup(
			    &line->batch->pool, choose_report(line, outcome, &tried));
	}
	pool_release(&tried);
}

/* While programs run, the next thing that will be wanted is made ready. */
static void
work_ahead(void *data)
{
	struct line *line = data;
	struct work *work = line->current;

	if (work != NULL)
		evidence_prepare(&work->evidence, &work->pool);
	if (work != NULL && !work->evidence.read) {
		introduce(line, work);
	} else if (line->ahead == NULL) {
		line->ahead = open_next(line);
	} else {
		evidence_prepare(&line->ahead->evidence, &line->ahead->pool);
	}
}

/* What no flare can do without is missing: no other one is begun. */
static void
give_up(struct line *line, const struct error *err)
{
	if (line->failure.msg[0] == '\0')
		line->failure = *err;
	line->next = line->batch->count;
}

/* All that was run for a flare is read: writes its report, and lets it go. */
static void
finish(struct line *line, struct work *work)
{
	const struct options *options = line->options;
	int single = line->batch->count == 1;
	struct conclusion conclusion = {
	    .knowledge = &line->batch->knowledge,
	    .options = options,
	    .outputs = {.json = single ? options->json : NULL,
		.models = line->models.path != NULL ? &line->models : NULL,
		.summary = single && !options->quiet,
		.colour = options->colour,
		.width = options->width},
	    .pool = &line->batch->pool,
	};
	struct error err = {0};

	progress_clear(&line->progress);
	introduce(line, work);
	evidence_close(&work->evidence, &work->pool);
	choose_reports(line, work);
	conclusion.outputs.report =
	    options->output != NULL ? options->output : work->outcome->report;
	if (options->html != NULL)
		conclusion.outputs.html = render_html_path(&work->pool, options->html,
		    work->outcome->report, line->batch->count);
	if (conclude(&conclusion, &work->evidence, work->outcome, &err) < 0)
		set_failure(line, work->outcome, &err);
	else
		line->progress.flares_done++;
	if (line->models.failed)
		give_up(line, &err);
	drop(line, work);
}

static void
finish_if_done(struct line *line, struct work *work)
{
	if (!work->given_all || work->running > 0)
		return;
	line->progress.running = NULL;
	finish(line, work);
}

/* What a run took, for --verbose. */
static void
tell_run(struct line *line, const struct pprof_run *run)
{
	const struct job *job = &run->job;

	progress_clear(&line->progress);
	fprintf(stderr, "flareprof: pprof of %s: %.1f ms, CPU %.1f ms, %.1f MB\n",
	    secrets_masked(&line->batch->knowledge.secrets, &line->batch->pool, run->file),
	    (double)job->wall_ns / 1e6, (double)job->cpu_ns / 1e6,
	    (double)job->peak_bytes / MEBIBYTE);
}

/* What we took ourselves. */
static void
tell_own(const struct line *line)
{
	fprintf(stderr, "flareprof: itself: CPU %.2f ms (%.2f ms up to the first pprof), %.1f MB\n",
	    (double)cost_cpu_ns() / 1e6, (double)line->first_ns / 1e6,
	    (double)cost_peak_bytes() / MEBIBYTE);
}

/* The flare whose runs are to be given away, or NULL when there is none left. */
static struct work *
current_work(struct line *line)
{
	if (line->current == NULL) {
		line->current = line->ahead != NULL ? line->ahead : open_next(line);
		line->ahead = NULL;
	}
	return line->current;
}

/* The next run of that flare, or NULL when it has no more. */
static struct pprof_run *
next_run(struct line *line, struct work *work)
{
	size_t before = work->evidence.next;
	struct pprof_run *run = evidence_start(&work->evidence, &work->pool, &line->setup);

	line->progress.runs_done += work->evidence.next - before - (run != NULL);
	return run;
}

static struct job *
give(struct line *line, struct pprof_run *run)
{
	line->held = NULL;
	line->memory += run->memory_bytes;
	run->job.owner = line->current;
	line->current->running++;
	line->progress.running = run->file;
	if (line->first_ns == 0)
		line->first_ns = cost_cpu_ns();
	return &run->job;
}

static struct job *
next_job(void *data)
{
	struct line *line = data;
	struct work *work;

	while ((work = current_work(line)) != NULL) {
		struct pprof_run *run = line->held != NULL ? line->held : next_run(line, work);

		if (run == NULL) {
			work->given_all = 1;
			line->current = NULL;
			finish_if_done(line, work);
			continue;
		}
		if (line->memory == 0 || line->memory + run->memory_bytes <= line->setup.memory_bytes)
			return give(line, run);
		line->held = run;
		return NULL;
	}
	return NULL;
}

static void
take_job(void *data, struct job *job)
{
	struct line *line = data;
	struct work *work = job->owner;
	struct pprof_run *run = (struct pprof_run *)job;

	_Static_assert(offsetof(struct pprof_run, job) == 0, "a run begins with its job");
	line->progress.runs_done++;
	work->running--;
	work->spent_ns += job->wall_ns;
	if (work->spent_ns > RUNS_IN_ALL * line->options->timeout_ns)
		work->evidence.given_up =
		    "was not asked for: the flare's other profiles took pprof too long";
	line->memory -= run->memory_bytes;
	line->any_sound |= job->ending == JOB_EXITED && job->code == 0;
	line->any_failed |= job->ending != JOB_EXITED || job->code != 0;
	if (line->options->verbose)
		tell_run(line, run);
	pprof_read(run);
	finish_if_done(line, work);
}

static void
tick(void *data, int64_t elapsed_ns)
{
	struct line *line = data;

	work_ahead(line);
	progress_show(&line->progress, elapsed_ns);
}

static void
tell_toolchain(const struct toolchain *toolchain)
{
	fprintf(stderr, "flareprof: %s is %s, pprof is %s\n", toolchain->go, toolchain->version,
	    toolchain->pprof != NULL ? toolchain->pprof : "run by it");
	if (toolchain->confined)
		fprintf(stderr, "flareprof: pprof is confined by Landlock (version %d)",
		    toolchain->sandbox.landlock);
	else
		fprintf(stderr,
		    "flareprof: pprof is not confined by Landlock (%s): the names of mappings "
		    "and build ids are checked instead",
		    toolchain->sandbox.landlock == 0 ? "this kernel has none"
		    : toolchain->pprof == NULL	     ? "go runs it"
						     : "it does not work within");
	fprintf(stderr, "%s\n", toolchain->sandbox.filter != NULL ? ", without network" : "");
}

/* Everything that takes programs: they run in a private directory. */
static int
run_all(struct line *line, struct error *err)
{
	const struct options *options = line->options;
	struct pool *pool = &line->batch->pool;
	struct toolchain_request request = {
	    options->go, options->quiet ? NULL : say, work_ahead, line};
	struct proc_work work = {next_job, take_job, tick, line};
	int status = -1;

	if (scratch_open(&line->scratch, err) < 0 ||
	    toolchain_find(&line->toolchain, pool, &line->scratch, &request, err) < 0)
		goto out;
	if (options->verbose)
		tell_toolchain(&line->toolchain);
	line->setup.timeout_ns = options->timeout_ns;
	line->setup.memory_bytes = options->memory_bytes;
	line->setup.share_bytes = options->memory_bytes / (int64_t)options->jobs;
	line->setup.talk.rows = options->top;
	line->setup.talk.with_stacks = options->html != NULL;
	if (pprof_setup_open(&line->setup, pool, err) == 0)
		status = proc_serve(&work, options->jobs, err);
	/* Should it be pprof's fault, the next call looks for it anew. */
	if (line->any_failed && !line->any_sound)
		resolved_forget(pool, line->toolchain.go);
out:
	pprof_setup_close(&line->setup);
	progress_clear(&line->progress);
	while (line->works != NULL)
		drop(line, line->works);
	toolchain_close(&line->toolchain);
	scratch_close(&line->scratch);
	return status;
}

int
batch_run(struct batch *batch, const struct options *options, struct error *err)
{
	struct line line = {.batch = batch, .options = options};
	int status = -1;

	batch->count = options->flare_count;
	batch->outcomes = pool_alloc(&batch->pool, batch->count * sizeof(*batch->outcomes));
	for (size_t i = 0; i < batch->count; i++)
		batch->outcomes[i].flare = text_clean(&batch->pool,
		    (struct span){options->flares[i], strlen(options->flares[i])});
	progress_open(&line.progress, !options->quiet, batch->count);
	if (knowledge_find(&batch->knowledge, &batch->pool, options, err) < 0)
		return -1;
	/* What we make and do not leave is gone again before a signal that came meanwhile may
	 * end us. */
	signals_hold();
	if (batch->count > 1 && options->json != NULL &&
	    sink_open(&line.models, &batch->pool, options->json, err) < 0)
		goto out;
	status = run_all(&line, err);
	if (status == 0 && line.failure.msg[0] != '\0') {
		*err = line.failure;
		status = -1;
	}
	if (options->verbose)
		tell_own(&line);
	if (status == 0 && line.models.path != NULL)
		status = sink_close(&line.models, err);
out:
	sink_drop(&line.models);
	signals_release();
	return status;
}

void
batch_close(struct batch *batch)
{
	knowledge_close(&batch->knowledge);
	pool_release(&batch->pool);
	*batch = (struct batch){0};
}
