#include "job.h"

#include "sandbox.h"
#include "text.h"
#include "units.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { CHUNK = 65536, COMPLAINT_LIMIT = 4096, LAST_WORDS = 300 };

/* How much of its time a program may be silent when it could be told more. */
enum { SILENT_PARTS = 10 };

#ifdef __APPLE__
enum { RSS_UNIT = 1 };
#else
enum { RSS_UNIT = 1024 };
#endif

/* What we may have changed, and a program expects to be usual. */
static const int usual_signals[] = {SIGPIPE, SIGXFSZ, SIGCHLD, SIGINT, SIGTERM, SIGHUP};

int64_t
job_now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* Our end of it does not block. */
static int
make_pipe(int fds[2], int ours)
{
	if (pipe(fds) < 0)
		return -1;
	/* Not those that a child has for its own, should they be free. */
	for (int i = 0; i < 2; i++) {
		int low = fds[i];

		fds[i] = fcntl(low, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
		close(low);
	}
	if (fds[0] < 0 || fds[1] < 0)
		return -1;
	fcntl(fds[ours], F_SETFL, O_NONBLOCK);
	if (fds[ours] < FD_SETSIZE)
		return 0;
	errno = EMFILE; /* more than proc can wait for */
	return -1;
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

/* What a child needs to know between its birth and its program. */
struct birth {
	const struct job *job;
	int in;		    /* to be standard input; -1: the job's file */
	int out, complaint; /* to be standard output and error */
	int rules;	    /* what sandbox_prepare opened, or -1 */
};

/* What stands in a child's way to its program: an errno. It may have our memory until then, so it
 * calls the system and nothing else; all signals that have handlers here have none any more when
 * they are let through. */
static int
become(const struct birth *birth)
{
	const struct job *job = birth->job;
	sigset_t none;
	int in = birth->in, why;

	if (in < 0)
		in = open(job->input != NULL ? job->input : "/dev/null", O_RDONLY);
	if (in < 0 || dup2(in, 0) < 0 || (in > 2 && close(in) < 0) ||
	    dup2(birth->out, 1) < 0 || dup2(birth->complaint, 2) < 0 ||
	    chdir(job->directory) < 0 || setpgid(0, 0) < 0)
		return errno;
	for (size_t i = 0; i < sizeof(usual_signals) / sizeof(usual_signals[0]); i++)
		signal(usual_signals[i], SIG_DFL);
	why = job->rules != NULL ? sandbox_enter(job->rules, birth->rules) : 0;
	if (why != 0)
		return why;
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	/* It has no business with other files of ours. */
	for (int fd = STDERR_FILENO + 1; job->function != NULL && fd < FD_SETSIZE; fd++)
		close(fd);
	if (job->function != NULL)
		_exit(job->function(job->data));
	execve(job->argv[0], (char *const *)job->argv, (char *const *)job->env);
	return errno;
}

/* vfork, and not posix_spawn, since a sandbox has to be entered on the way; and not fork, which
 * copies the tables of all our memory, but for a function of ours. Where vfork does not share the
 * memory, a program that cannot be started seems to end with 127. */
static int
bear(const struct birth *birth, pid_t *pid)
{
	volatile int why = 0;
	sigset_t all, old;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &old);
	*pid = birth->job->function != NULL ? fork() : vfork();
	if (*pid == 0) {
		why = become(birth);
		_exit(127);
	}
	if (*pid < 0)
		why = errno;
	sigprocmask(SIG_SETMASK, &old, NULL);
	if (*pid > 0 && why != 0)
		waitpid(*pid, NULL, 0);
	return why;
}

/* Starts the program. Returns an errno. */
static int
spawn(struct birth *birth, pid_t *pid)
{
	int why = 0;

	birth->rules = -1;
	if (birth->job->rules != NULL)
		birth->rules = sandbox_prepare(birth->job->rules, &why);
	if (why == 0)
		why = bear(birth, pid);
	if (birth->rules >= 0)
		close(birth->rules);
	return why;
}

static void
close_input(struct job_child *child)
{
	if (child->in >= 0)
		close(child->in);
	child->in = -1;
	buf_release(&child->input);
	child->fed = 0;
}

int
job_is_hungry(const struct job_child *child)
{
	return child->in >= 0 && child->fed < child->input.len;
}

void
job_feed(struct job_child *child)
{
	while (job_is_hungry(child)) {
		ssize_t put = write(
		    child->in, child->input.data + child->fed, child->input.len - child->fed);

		if (put < 0 && errno == EAGAIN)
			return;
		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0) { /* nobody reads it any more */
			close_input(child);
			return;
		}
		child->fed += (size_t)put;
	}
	if (child->last)
		close_input(child);
}

/* Asks the giver for what the child is to read next. */
static void
ask_more(struct job_child *child)
{
	if (child->in < 0)
		return;
	if (!child->last)
		child->last = child->job->more(child->job, &child->input);
	job_feed(child);
}

int
job_start(struct job_child *child, struct job *job)
{
	int in[2] = {-1, -1}, out[2] = {-1, -1}, complaint[2] = {-1, -1};
	pid_t pid = -1;
	int why = 0;

	if ((job->more != NULL && make_pipe(in, 1) < 0) || make_pipe(out, 0) < 0 ||
	    make_pipe(complaint, 0) < 0)
		why = errno;
	if (why == 0)
		why = spawn(&(struct birth){job, in[0], out[1], complaint[1], -1}, &pid);
	if (why != 0) {
		close_pipe(in);
		close_pipe(out);
		close_pipe(complaint);
		return why;
	}
	if (in[0] >= 0)
		close(in[0]);
	close(out[1]);
	close(complaint[1]);
	*child = (struct job_child){
	    .job = job,
	    .pid = pid,
	    .fds = {out[0], complaint[0]},
	    .in = in[1],
	    .start_ns = job_now_ns(),
	};
	child->deadline_ns = child->start_ns + job->timeout_ns;
	child->heard_ns = child->start_ns;
	ask_more(child);
	return 0;
}

/* Only while the child is not reaped the number of its group is surely its own. */
static void
kill_group(const struct job_child *child)
{
	if (child->reaped)
		return;
	kill(-child->pid, SIGKILL);
	kill(child->pid, SIGKILL);
}

size_t
job_drain(struct job_child *child, int which)
{
	struct job *job = child->job;
	char chunk[CHUNK];
	struct buf *into = which == 0 ? &job->output : &job->complaint;
	size_t limit = which == 0 ? job->output_limit : COMPLAINT_LIMIT, room;
	ssize_t got = read(child->fds[which], chunk, sizeof(chunk));

	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (got <= 0) {
		close(child->fds[which]);
		child->fds[which] = -1;
		/* It could not answer any more. */
		if (which == 0)
			close_input(child);
		return CHUNK;
	}
	child->heard_ns = job_now_ns();
	room = limit - into->len;
	buf_add(into, chunk, (size_t)got < room ? (size_t)got : room);
	if (which == 0 && (size_t)got > room && job->ending == JOB_NOT_RUN) {
		job->ending = JOB_FLOODED;
		kill_group(child);
	}
	if (which == 0)
		ask_more(child);
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
reap(struct job_child *child)
{
	siginfo_t info = {0};
	struct rusage usage = {0};
	int status;

	if (child->reaped)
		return;
	if (waitid(P_PID, (id_t)child->pid, &info, WEXITED | WNOHANG | WNOWAIT) < 0) {
		child->reaped = errno != EINTR; /* somebody else did it: nothing is known */
		return;
	}
	if (info.si_pid != child->pid)
		return;
	kill(-child->pid, SIGKILL);
	if (wait4(child->pid, &status, 0, &usage) < 0)
		return;
	child->reaped = 1;
	child->job->wall_ns = job_now_ns() - child->start_ns;
	child->job->cpu_ns = nanoseconds(usage.ru_utime) + nanoseconds(usage.ru_stime);
	child->job->peak_bytes = usage.ru_maxrss * RSS_UNIT;
	if (child->job->ending != JOB_NOT_RUN)
		return;
	child->job->ending = WIFEXITED(status) ? JOB_EXITED : JOB_KILLED;
	child->job->code = WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status);
}

static void
check_deadline(struct job_child *child, int64_t now)
{
	if (now < child->deadline_ns)
		return;
	if (child->job->ending == JOB_NOT_RUN)
		child->job->ending = JOB_TIMED_OUT;
	kill_group(child);
	/* What left the group can keep the pipes open for ever. */
	if (child->reaped)
		close_pipe(child->fds);
}

/* What does not speak as it was expected to may be waiting for the end. */
static void
check_silence(struct job_child *child, int64_t now)
{
	if (now - child->heard_ns > child->job->timeout_ns / SILENT_PARTS && !job_is_hungry(child))
		close_input(child);
}

int
job_settle(struct job_child *child, int64_t now_ns)
{
	reap(child);
	check_deadline(child, now_ns);
	check_silence(child, now_ns);
	if (child->reaped)
		close_input(child);
	return child->reaped && child->fds[0] < 0 && child->fds[1] < 0;
}

void
job_abandon(struct job_child *child)
{
	kill_group(child);
	if (!child->reaped)
		waitpid(child->pid, NULL, 0);
	close_input(child);
	close_pipe(child->fds);
}

void
job_release(struct job *jobs, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		buf_release(&jobs[i].output);
		buf_release(&jobs[i].complaint);
	}
}

/* The first line of what a program said, which in pprof names the cause. */
static void
add_complaint(const struct job *job, struct buf *line)
{
	struct span rest = {job->complaint.data, job->complaint.len}, first;

	while (text_line(&rest, &first)) {
		first = text_trim(first);
		if (first.len == 0)
			continue;
		buf_puts(line, ": ");
		text_add_clean(line, text_start(first, LAST_WORDS));
		return;
	}
}

/* What Go says when the system's limit is reached. */
static int
is_out_of_memory(const struct job *job)
{
	static const char *const words[] = {"out of memory", "cannot allocate memory"};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (job->rules != NULL && memmem(buf_text(&job->complaint), job->complaint.len,
					      words[i], strlen(words[i])) != NULL)
			return 1;
	}
	return 0;
}

void
job_explain(const struct job *job, struct buf *line)
{
	char text[UNITS_TEXT], how[160] = "";

	switch (job->ending) {
	case JOB_EXITED:
		if (is_out_of_memory(job)) {
			units_bytes(text, job->rules->memory_bytes);
			snprintf(how, sizeof(how), "needs more than %s of memory", text);
			break;
		}
		snprintf(how, sizeof(how), "ended with exit status %d", job->code);
		break;
	case JOB_KILLED:
		snprintf(how, sizeof(how), "was killed by signal %d", job->code);
		break;
	case JOB_TIMED_OUT:
		units_duration(text, job->timeout_ns);
		snprintf(how, sizeof(how), "did not end within %s", text);
		break;
	case JOB_FLOODED:
		units_bytes(text, (int64_t)job->output_limit);
		snprintf(how, sizeof(how), "printed more than %s", text);
		break;
	case JOB_NOT_FOUND:
		snprintf(how, sizeof(how), "could not be started: %s", strerror(job->code));
		break;
	case JOB_NOT_RUN:
		snprintf(how, sizeof(how), "was not run");
		break;
	}
	buf_puts(line, how);
	add_complaint(job, line);
}
