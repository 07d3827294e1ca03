#include "proc.h"

#include "error.h"
#include "text.h"
#include "units.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
	TICK_MS = 100, /* how late a signal or a time limit may be noticed */
	CHUNK = 65536,
	CRUMB = 4096,  /* less than that at a time is not worth to be woken for */
	COMPLAINT_LIMIT = 4096,
	MAX_PARALLEL = 256,
};

#ifdef __APPLE__
enum { RSS_UNIT = 1 };
#else
enum { RSS_UNIT = 1024 };
#endif

#define REST_NS 500000 /* between two crumbs */
#define PAUSE_NS ((int64_t)1000000000)
static const int held_signals[] = {SIGINT, SIGTERM, SIGHUP};

struct slot {
	struct proc_job *job; /* NULL: free */
	pid_t pid;
	int reaped;
	int fds[2]; /* its standard output and error; -1 at their end */
	int64_t start_ns, deadline_ns;
};

struct run {
	const struct proc_work *work;
	sigset_t held;	  /* signals that end the run */
	sigset_t asleep;  /* blocked while we wait: not SIGCHLD, which is so at all other times */
	struct slot *slots;
	size_t slot_count, running;
	struct proc_job *waiting; /* one that could not be started yet */
	struct proc_job **ended;  /* those that `work` has not been told of */
	size_t ended_count;
	int64_t start_ns, last_ns;
};

static int64_t
now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* Those that would end us: nohup has some ignored, and they stay so. */
static void
held_set(sigset_t *set)
{
	struct sigaction action;

	sigemptyset(set);
	for (size_t i = 0; i < sizeof(held_signals) / sizeof(held_signals[0]); i++) {
		if (sigaction(held_signals[i], NULL, &action) == 0 && action.sa_handler != SIG_IGN)
			sigaddset(set, held_signals[i]);
	}
}

void
proc_hold_signals(void)
{
	sigset_t set;

	signal(SIGPIPE, SIG_IGN);
	held_set(&set);
	sigprocmask(SIG_BLOCK, &set, NULL);
}

void
proc_release_signals(void)
{
	sigset_t set;

	held_set(&set);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
}

/* The one of these signals that has come, or 0. */
static int
interrupted(const sigset_t *held)
{
	sigset_t pending;

	sigemptyset(&pending);
	sigpending(&pending);
	for (size_t i = 0; i < sizeof(held_signals) / sizeof(held_signals[0]); i++) {
		if (sigismember(&pending, held_signals[i]) && sigismember(held, held_signals[i]))
			return held_signals[i];
	}
	return 0;
}

static int
make_pipe(int fds[2])
{
	if (pipe2(fds, O_CLOEXEC) < 0)
		return -1;
	fcntl(fds[0], F_SETFL, O_NONBLOCK);
	return 0;
}

static void
close_pipe(int fds[2])
{
	for (int i = 0; i < 2; i++) {
		if (fds[i] >= 0)
			close(fds[i]);
		fds[i] = -1;
	}
}

/* Spawns with `out` and `complaint` as standard output and error. Returns an errno. */
static int
spawn(const struct proc_job *job, int out, int complaint, pid_t *pid)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t none, defaults;
	int why;

	sigemptyset(&none);
	sigemptyset(&defaults);
	sigaddset(&defaults, SIGPIPE);
	sigaddset(&defaults, SIGCHLD);
	for (size_t i = 0; i < sizeof(held_signals) / sizeof(held_signals[0]); i++)
		sigaddset(&defaults, held_signals[i]);
	posix_spawn_file_actions_init(&actions);
	posix_spawnattr_init(&attributes);
	posix_spawn_file_actions_addopen(
	    &actions, 0, job->input != NULL ? job->input : "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, out, 1);
	posix_spawn_file_actions_adddup2(&actions, complaint, 2);
	posix_spawn_file_actions_addchdir_np(&actions, job->directory);
	posix_spawnattr_setflags(&attributes,
	    POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	posix_spawnattr_setpgroup(&attributes, 0);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawnattr_setsigdefault(&attributes, &defaults);
	why = posix_spawn(pid, job->argv[0], &actions, &attributes, (char *const *)job->argv,
	    (char *const *)job->env);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&actions);
	return why;
}

/* What passes when a job that runs now has ended. */
static int
is_shortage(int why)
{
	return why == EMFILE || why == ENFILE || why == EAGAIN || why == ENOMEM;
}

/* Starts a job in a free slot; one that cannot be started has ended. -1: it has to wait. */
static int
start(struct run *run, struct slot *slot, struct proc_job *job)
{
	int out[2] = {-1, -1}, complaint[2] = {-1, -1};
	pid_t pid = -1;
	int why = 0;

	if (make_pipe(out) < 0 || make_pipe(complaint) < 0)
		why = errno;
	if (why == 0)
		why = spawn(job, out[1], complaint[1], &pid);
	if (why != 0) {
		close_pipe(out);
		close_pipe(complaint);
		if (is_shortage(why) && run->running > 0)
			return -1;
		job->ending = PROC_NOT_FOUND;
		job->code = why;
		run->ended[run->ended_count++] = job;
		return 0;
	}
	close(out[1]);
	close(complaint[1]);
	*slot = (struct slot){
	    .job = job,
	    .pid = pid,
	    .fds = {out[0], complaint[0]},
	    .start_ns = now_ns(),
	};
	slot->deadline_ns = slot->start_ns + job->timeout_ns;
	run->running++;
	return 0;
}

/* Only while the child is not reaped the number of its group is surely its own. */
static void
kill_group(const struct slot *slot)
{
	if (slot->reaped)
		return;
	kill(-slot->pid, SIGKILL);
	kill(slot->pid, SIGKILL);
}

/* Reads what one of a slot's pipes has; closes it at its end. Returns how much it was. */
static size_t
drain(struct slot *slot, int which)
{
	struct proc_job *job = slot->job;
	char chunk[CHUNK];
	struct buf *into = which == 0 ? &job->output : &job->complaint;
	size_t limit = which == 0 ? job->output_limit : COMPLAINT_LIMIT, room;
	ssize_t got = read(slot->fds[which], chunk, sizeof(chunk));

	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (got <= 0) {
		close(slot->fds[which]);
		slot->fds[which] = -1;
		return CHUNK;
	}
	room = limit - into->len;
	buf_add(into, chunk, (size_t)got < room ? (size_t)got : room);
	if (which == 0 && (size_t)got > room && job->ending == PROC_NOT_RUN) {
		job->ending = PROC_FLOODED;
		kill_group(slot);
	}
	return (size_t)got;
}

static int64_t
nanoseconds(struct timeval time)
{
	return (int64_t)time.tv_sec * 1000000000 + (int64_t)time.tv_usec * 1000;
}

/* Reaps the child if it has ended. Its group is killed while the child is still a zombie,
 * so that the number of the group cannot be another's by then. */
static void
reap(struct slot *slot)
{
	siginfo_t info = {0};
	struct rusage usage = {0};
	int status;

	if (slot->reaped)
		return;
	if (waitid(P_PID, (id_t)slot->pid, &info, WEXITED | WNOHANG | WNOWAIT) < 0) {
		slot->reaped = errno != EINTR; /* somebody else did it: nothing is known */
		return;
	}
	if (info.si_pid != slot->pid)
		return;
	kill(-slot->pid, SIGKILL);
	if (wait4(slot->pid, &status, 0, &usage) < 0)
		return;
	slot->reaped = 1;
	slot->job->wall_ns = now_ns() - slot->start_ns;
	slot->job->cpu_ns = nanoseconds(usage.ru_utime) + nanoseconds(usage.ru_stime);
	slot->job->peak_bytes = usage.ru_maxrss * RSS_UNIT;
	if (slot->job->ending != PROC_NOT_RUN)
		return;
	slot->job->ending = WIFEXITED(status) ? PROC_EXITED : PROC_KILLED;
	slot->job->code = WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status);
}

static void
check_deadline(struct slot *slot, int64_t now)
{
	if (now < slot->deadline_ns)
		return;
	if (slot->job->ending == PROC_NOT_RUN)
		slot->job->ending = PROC_TIMED_OUT;
	kill_group(slot);
	/* What left the group can keep the pipes open for ever. */
	if (slot->reaped)
		close_pipe(slot->fds);
}

static int
poll_once(struct run *run)
{
	struct pollfd fds[2 * MAX_PARALLEL];
	int places[2 * MAX_PARALLEL]; /* slot * 2 + which pipe */
	nfds_t count = 0;
	const struct timespec most = {.tv_nsec = TICK_MS * 1000000}, rest = {.tv_nsec = REST_NS};
	size_t got, most_got = 0;

	for (size_t i = 0; i < 2 * run->slot_count; i++) {
		const struct slot *slot = &run->slots[i / 2];

		if (slot->job == NULL || slot->fds[i % 2] < 0)
			continue;
		places[count] = (int)i;
		fds[count++] = (struct pollfd){.fd = slot->fds[i % 2], .events = POLLIN};
	}
	if (ppoll(fds, count, &most, &run->asleep) < 0 && errno != EINTR)
		return -1;
	for (nfds_t i = 0; i < count; i++) {
		if (fds[i].revents == 0)
			continue;
		got = drain(&run->slots[places[i] / 2], places[i] % 2);
		most_got = got > most_got ? got : most_got;
	}
	/* pprof prompts for each command: such crumbs are let gather. A child's end ends the
	 * rest. */
	if (most_got > 0 && most_got < CRUMB)
		ppoll(NULL, 0, &rest, &run->asleep);
	return 0;
}

static void
settle(struct run *run)
{
	int64_t now = now_ns(), pause = now - run->last_ns;

	run->last_ns = now;
	for (size_t i = 0; i < run->slot_count; i++) {
		struct slot *slot = &run->slots[i];

		if (slot->job == NULL)
			continue;
		/* We ourselves were stopped for a while: that is not the child's time. */
		if (pause > PAUSE_NS)
			slot->deadline_ns += pause;
		reap(slot);
		check_deadline(slot, now);
		if (slot->reaped && slot->fds[0] < 0 && slot->fds[1] < 0) {
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
		struct slot *slot = &run->slots[i];

		if (slot->job == NULL)
			continue;
		kill_group(slot);
		if (!slot->reaped)
			waitpid(slot->pid, NULL, 0);
		close_pipe(slot->fds);
	}
}

/* Until there is nothing to do: what has ended makes room for the next ones, which are
 * started before anything is done about it. */
static int
serve(struct run *run, struct error *err)
{
	for (;;) {
		err->signal = interrupted(&run->held);
		if (err->signal != 0)
			return fail(err, "interrupted by signal %d", err->signal);
		fill_slots(run);
		run->work->tick(run->work->data, now_ns() - run->start_ns);
		if (run->ended_count > 0) {
			tell_ended(run);
			continue;
		}
		if (run->running == 0)
			return 0;
		if (poll_once(run) < 0)
			return fail(err, "cannot wait for a program: %s", strerror(errno));
		settle(run);
	}
}

static void
wake(int number)
{
	(void)number;
}

/* From now on the end of a child ends a wait, also when it comes before the wait begins. */
static void
watch_children(struct run *run, struct sigaction *old_action, sigset_t *old_mask)
{
	struct sigaction action = {.sa_handler = wake};
	sigset_t children;

	sigemptyset(&children);
	sigaddset(&children, SIGCHLD);
	sigaction(SIGCHLD, &action, old_action);
	sigprocmask(SIG_BLOCK, &children, old_mask);
	run->asleep = *old_mask;
	sigdelset(&run->asleep, SIGCHLD);
}

int
proc_serve(const struct proc_work *work, size_t parallel, struct error *err)
{
	struct run run = {.work = work, .start_ns = now_ns()};
	struct sigaction old_action;
	sigset_t old_mask;
	int status = -1;

	held_set(&run.held);
	watch_children(&run, &old_action, &old_mask);
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
	sigprocmask(SIG_SETMASK, &old_mask, NULL);
	sigaction(SIGCHLD, &old_action, NULL);
	free(run.ended);
	free(run.slots);
	return status;
}

/* An array of jobs as a source of them. */
struct array {
	struct proc_job *jobs;
	size_t count, next, done;
	const struct proc_watch *watch;
};

static struct proc_job *
array_next(void *data)
{
	struct array *array = data;

	return array->next < array->count ? &array->jobs[array->next++] : NULL;
}

static void
array_ended(void *data, struct proc_job *job)
{
	struct array *array = data;

	(void)job;
	array->done++;
}

static void
array_tick(void *data, int64_t elapsed_ns)
{
	const struct array *array = data;

	if (array->watch != NULL)
		array->watch->tick(array->watch->data, array->done, array->count, elapsed_ns);
}

int
proc_run(struct proc_job *jobs, size_t count, size_t parallel, const struct proc_watch *watch,
    struct error *err)
{
	struct array array = {jobs, count, 0, 0, watch};
	struct proc_work work = {array_next, array_ended, array_tick, &array};

	return proc_serve(&work, parallel < count ? parallel : count, err);
}

void
proc_release(struct proc_job *jobs, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		buf_release(&jobs[i].output);
		buf_release(&jobs[i].complaint);
	}
}

/* The first line of what a program said, which in pprof names the cause. */
static void
add_complaint(const struct proc_job *job, struct buf *line)
{
	struct span rest = {job->complaint.data, job->complaint.len}, first;

	while (text_line(&rest, &first)) {
		first = text_trim(first);
		if (first.len == 0)
			continue;
		buf_puts(line, ": ");
		text_add_clean(line, (struct span){first.at, first.len < 300 ? first.len : 300});
		return;
	}
}

void
proc_explain(const struct proc_job *job, struct buf *line)
{
	char text[UNITS_TEXT], how[160] = "";

	switch (job->ending) {
	case PROC_EXITED:
		snprintf(how, sizeof(how), "ended with exit status %d", job->code);
		break;
	case PROC_KILLED:
		snprintf(how, sizeof(how), "was killed by signal %d", job->code);
		break;
	case PROC_TIMED_OUT:
		units_duration(text, job->timeout_ns);
		snprintf(how, sizeof(how), "did not end within %s", text);
		break;
	case PROC_FLOODED:
		units_bytes(text, (int64_t)job->output_limit);
		snprintf(how, sizeof(how), "printed more than %s", text);
		break;
	case PROC_NOT_FOUND:
		snprintf(how, sizeof(how), "could not be started: %s", strerror(job->code));
		break;
	case PROC_NOT_RUN:
		snprintf(how, sizeof(how), "was not run");
		break;
	}
	buf_puts(line, how);
	add_complaint(job, line);
}
