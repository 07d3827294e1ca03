#include "proc.h"

#include "error.h"
#include "signals.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <time.h>

enum {
	TICK_MS = 100, /* how late a signal or a time limit may be noticed */
	CRUMB = 4096,  /* less than that at a time is not worth to be woken for */
	MAX_PARALLEL = 256,
};

#define REST_NS 500000 /* between two crumbs */
#define PAUSE_NS ((int64_t)1000000000)

struct run {
	const struct proc_work *work;
	sigset_t asleep;  /* blocked while we wait: not SIGCHLD, which is so at all other times */
	struct job_child *slots;
	size_t slot_count, running;
	struct job *waiting; /* one that could not be started yet */
	struct job **ended;  /* those that `work` has not been told of */
	size_t ended_count;
	int64_t start_ns, last_ns;
};

/* What passes when a job that runs now has ended. */
static int
is_shortage(int why)
{
	return why == EMFILE || why == ENFILE || why == EAGAIN || why == ENOMEM;
}

/* Starts a job in a free slot; one that cannot be started has ended. -1: it has to wait. */
static int
start(struct run *run, struct job_child *slot, struct job *job)
{
	int why = job_start(slot, job);

	if (why != 0 && is_shortage(why) && run->running > 0)
		return -1;
	run->running += why == 0;
	if (why != 0) {
		job->ending = JOB_NOT_FOUND;
		job->code = why;
		run->ended[run->ended_count++] = job;
	}
	return 0;
}

/* Puts the pipes that are open into a set, and into another one those that take what waits for
 * room in them; returns the highest of them, or -1. */
static int
open_pipes(const struct run *run, fd_set *set, fd_set *inputs)
{
	int highest = -1;

	FD_ZERO(inputs);
	for (size_t i = 0; i < run->slot_count; i++) {
		const struct job_child *slot = &run->slots[i];

		if (slot->job == NULL || !job_is_hungry(slot))
			continue;
		FD_SET(slot->in, inputs);
		highest = slot->in > highest ? slot->in : highest;
	}
	FD_ZERO(set);
	for (size_t i = 0; i < 2 * run->slot_count; i++) {
		const struct job_child *slot = &run->slots[i / 2];
		int fd = slot->job != NULL ? slot->fds[i % 2] : -1;

		if (fd < 0)
			continue;
		FD_SET(fd, set);
		highest = fd > highest ? fd : highest;
	}
	return highest;
}

/* Waits for something to happen, and reads what there is. */
static int
wait_once(struct run *run)
{
	const struct timespec most = {.tv_nsec = TICK_MS * 1000000}, rest = {.tv_nsec = REST_NS};
	size_t got, most_got = 0;
	fd_set set, inputs;
	int highest = open_pipes(run, &set, &inputs);

	if (pselect(highest + 1, &set, &inputs, NULL, &most, &run->asleep) < 0)
		return errno == EINTR ? 0 : -1;
	for (size_t i = 0; i < run->slot_count; i++) {
		if (run->slots[i].job != NULL && job_is_hungry(&run->slots[i]) &&
		    FD_ISSET(run->slots[i].in, &inputs))
			job_feed(&run->slots[i]);
	}
	for (size_t i = 0; i < 2 * run->slot_count; i++) {
		struct job_child *slot = &run->slots[i / 2];

		if (slot->job == NULL || slot->fds[i % 2] < 0 || !FD_ISSET(slot->fds[i % 2], &set))
			continue;
		got = job_drain(slot, (int)(i % 2));
		most_got = got > most_got ? got : most_got;
	}
	/* pprof prompts for each command: such crumbs are let gather. A child's end ends the
	 * rest. */
	if (most_got > 0 && most_got < CRUMB)
		pselect(0, NULL, NULL, NULL, &rest, &run->asleep);
	return 0;
}

static void
settle(struct run *run)
{
	int64_t now = job_now_ns(), pause = now - run->last_ns;

	run->last_ns = now;
	for (size_t i = 0; i < run->slot_count; i++) {
		struct job_child *slot = &run->slots[i];

		if (slot->job == NULL)
			continue;
		/* We ourselves were stopped for a while: that is not the child's time. */
		if (pause > PAUSE_NS) {
			slot->deadline_ns += pause;
			slot->heard_ns += pause;
		}
		if (job_settle(slot, now)) {
			run->ended[run->ended_count++] = slot->job;
			slot->job = NULL;
			run->running--;
		}
	}
}

/* Starts what there is to start. Programs that cannot be started end here and now: no more
 * of them than can be told of. */
static void
fill_slots(struct run *run)
{
	for (size_t i = 0; i < run->slot_count; i++) {
		while (run->slots[i].job == NULL && run->ended_count < 2 * run->slot_count) {
			if (run->waiting == NULL)
				run->waiting = run->work->next(run->work->data);
			if (run->waiting == NULL || start(run, &run->slots[i], run->waiting) < 0)
				return;
			run->waiting = NULL;
		}
	}
}

static void
tell_ended(struct run *run)
{
	size_t count = run->ended_count;

	run->ended_count = 0;
	for (size_t i = 0; i < count; i++)
		run->work->ended(run->work->data, run->ended[i]);
}

static void
kill_all(struct run *run)
{
	for (size_t i = 0; i < run->slot_count; i++) {
		if (run->slots[i].job != NULL)
			job_abandon(&run->slots[i]);
	}
}

/* Until there is nothing to do: what has ended makes room for the next ones, which are
 * started before anything is done about it. */
static int
serve(struct run *run, struct error *err)
{
	for (;;) {
		err->signal = signals_pending();
		if (err->signal != 0)
			return fail(err, "interrupted by signal %d", err->signal);
		fill_slots(run);
		run->work->tick(run->work->data, job_now_ns() - run->start_ns);
		if (run->ended_count > 0) {
			tell_ended(run);
			continue;
		}
		if (run->running == 0)
			return 0;
		if (wait_once(run) < 0)
			return fail(err, "cannot wait for a program: %s", strerror(errno));
		settle(run);
	}
}

static void
wake(int number)
{
	(void)number;
}

/* What the signals did that we need for ourselves. */
struct usual {
	struct sigaction child, pipe;
	sigset_t mask;
};

/* From now on the end of a child ends a wait, also when it comes before the wait begins; and one
 * that does not read what we write does not end us. */
static void
watch_children(struct run *run, struct usual *usual)
{
	struct sigaction action = {.sa_handler = wake}, ignored = {.sa_handler = SIG_IGN};
	sigset_t children;

	sigemptyset(&children);
	sigaddset(&children, SIGCHLD);
	sigaction(SIGCHLD, &action, &usual->child);
	sigaction(SIGPIPE, &ignored, &usual->pipe);
	sigprocmask(SIG_BLOCK, &children, &usual->mask);
	run->asleep = usual->mask;
	sigdelset(&run->asleep, SIGCHLD);
}

int
proc_serve(const struct proc_work *work, size_t parallel, struct error *err)
{
	struct run run = {.work = work, .start_ns = job_now_ns()};
	struct usual usual;
	int status = -1;

	watch_children(&run, &usual);
	run.last_ns = run.start_ns;
	run.slot_count = parallel < MAX_PARALLEL ? parallel : MAX_PARALLEL;
	run.slot_count = run.slot_count > 0 ? run.slot_count : 1;
	run.slots = calloc(run.slot_count, sizeof(*run.slots));
	/* Each slot's job may end while one in each slot could not be started. */
	run.ended = calloc(2 * run.slot_count, sizeof(*run.ended));
	if (run.slots == NULL || run.ended == NULL)
		fail(err, "out of memory");
	else
		status = serve(&run, err);
	if (status < 0 && run.slots != NULL)
		kill_all(&run);
	sigprocmask(SIG_SETMASK, &usual.mask, NULL);
	sigaction(SIGPIPE, &usual.pipe, NULL);
	sigaction(SIGCHLD, &usual.child, NULL);
	free(run.ended);
	free(run.slots);
	return status;
}

/* An array of jobs as a source of them. */
struct array {
	struct job *jobs;
	size_t count, next;
	const struct proc_watch *watch;
};

static struct job *
array_next(void *data)
{
	struct array *array = data;

	return array->next < array->count ? &array->jobs[array->next++] : NULL;
}

static void
array_ended(void *data, struct job *job)
{
	(void)data;
	(void)job;
}

static void
array_tick(void *data, int64_t elapsed_ns)
{
	const struct array *array = data;

	if (array->watch != NULL)
		array->watch->tick(array->watch->data, elapsed_ns);
}

int
proc_run(struct job *jobs, size_t count, size_t parallel, const struct proc_watch *watch,
    struct error *err)
{
	struct array array = {jobs, count, 0, watch};
	struct proc_work work = {array_next, array_ended, array_tick, &array};

	return proc_serve(&work, parallel < count ? parallel : count, err);
}
