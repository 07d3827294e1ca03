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

static int
make_pipe(int fds[2])
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
	fcntl(fds[0], F_SETFL, O_NONBLOCK);
	if (fds[0] < FD_SETSIZE)
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
	int in = open(job->input != NULL ? job->input : "/dev/null", O_RDONLY), why;

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

/* Starts the program with `out` and `complaint` as standard output and error. Returns an errno. */
static int
spawn(const struct job *job, int out, int complaint, pid_t *pid)
{
	struct birth birth = {job, out, complaint, -1};
	int why = 0;

	if (job->rules != NULL)
		birth.rules = sandbox_prepare(job->rules, &why);
	if (why == 0)
		why = bear(&birth, pid);
	if (birth.rules >= 0)
		close(birth.rules);
	return why;
}

int
job_start(struct job_child *child, struct job *job)
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
		return why;
	}
	close(out[1]);
	close(complaint[1]);
	*child = (struct job_child){
	    .job = job,
	    .pid = pid,
	    .fds = {out[0], complaint[0]},
	    .start_ns = job_now_ns(),
	};
	child->deadline_ns = child->start_ns + job->timeout_ns;
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
		return CHUNK;
	}
	room = limit - into->len;
	buf_add(into, chunk, (size_t)got < room ? (size_t)got : room);
	if (which == 0 && (size_t)got > room && job->ending == JOB_NOT_RUN) {
		job->ending = JOB_FLOODED;
		kill_group(child);
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

int
job_settle(struct job_child *child, int64_t now_ns)
{
	reap(child);
	check_deadline(child, now_ns);
	return child->reaped && child->fds[0] < 0 && child->fds[1] < 0;
}

void
job_abandon(struct job_child *child)
{
	kill_group(child);
	if (!child->reaped)
		waitpid(child->pid, NULL, 0);
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
