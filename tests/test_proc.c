#include "proc.h"

#include "error.h"
#include "sandbox.h"
#include "signals.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define MS ((int64_t)1000000)

enum { MOST_JOBS = 12, OUTPUT_LIMIT = 65536 };

static const char *const plain_env[] = {"PATH=/usr/bin:/bin", NULL};

/* Shell scripts to run as jobs. */
struct batch {
	struct job jobs[MOST_JOBS];
	const char *argv[MOST_JOBS][4];
	size_t count;
	struct error err;
};

static struct job *
add(struct batch *batch, const char *script)
{
	const char **argv = batch->argv[batch->count];

	argv[0] = "/bin/sh";
	argv[1] = "-c";
	argv[2] = script;
	batch->jobs[batch->count] = (struct job){
	    .argv = argv,
	    .env = plain_env,
	    .directory = "/",
	    .output_limit = OUTPUT_LIMIT,
	    .timeout_ns = 5000 * MS,
	};
	return &batch->jobs[batch->count++];
}

static int64_t
now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* Returns how long it took. */
static int64_t
run(struct batch *batch, size_t parallel)
{
	int64_t start = now_ns();

	if (proc_run(batch->jobs, batch->count, parallel, NULL, &batch->err) < 0)
		fail_msg("%s", batch->err.msg);
	return now_ns() - start;
}

static void
release(struct batch *batch)
{
	job_release(batch->jobs, batch->count);
}

static void
assert_output(const struct job *job, const char *text)
{
	assert_string_equal(buf_text(&job->output), text);
	assert_int_equal(job->output.len, strlen(text));
}

static const struct {
	const char *script;
	int64_t timeout_ns;
	enum job_ending ending;
	int code;
	const char *output, *complaint, *explained;
} endings[] = {
    {"echo out; echo err >&2", 5000 * MS, JOB_EXITED, 0, "out\n", "err\n",
	"ended with exit status 0: err"},
    {":", 5000 * MS, JOB_EXITED, 0, "", "", "ended with exit status 0"},
    {"exit 3", 5000 * MS, JOB_EXITED, 3, "", "", "ended with exit status 3"},
    {"exit 255", 5000 * MS, JOB_EXITED, 255, "", "", "ended with exit status 255"},
    {"printf 'a\\0b'; exit 1", 5000 * MS, JOB_EXITED, 1, NULL, "",
	"ended with exit status 1"},
    {"printf '\\n  first\\nsecond\\n' >&2; exit 2", 5000 * MS, JOB_EXITED, 2, "",
	"\n  first\nsecond\n", "ended with exit status 2: first"},
    {"printf '\\033[31mred\\007' >&2; exit 2", 5000 * MS, JOB_EXITED, 2, "",
	"\033[31mred\007", "ended with exit status 2: red\xef\xbf\xbd"},
    {"kill -9 $$", 5000 * MS, JOB_KILLED, SIGKILL, "", "", "was killed by signal 9"},
    {"echo x; kill -SEGV $$", 5000 * MS, JOB_KILLED, SIGSEGV, "x\n", "",
	"was killed by signal 11"},
    {"kill -TERM $$", 5000 * MS, JOB_KILLED, SIGTERM, "", "", "was killed by signal 15"},
    {"kill -PIPE $$", 5000 * MS, JOB_KILLED, SIGPIPE, "", "", "was killed by signal 13"},
    {"trap '' TERM INT HUP; echo on; while :; do sleep 9; done", 150 * MS,
	JOB_TIMED_OUT, 0, "on\n", "", "did not end within 150 ms"},
    {"echo hm >&2; sleep 9", 150 * MS, JOB_TIMED_OUT, 0, "", "hm\n",
	"did not end within 150 ms: hm"},
    {"exec >&- 2>&-; sleep 9", 150 * MS, JOB_TIMED_OUT, 0, "", "",
	"did not end within 150 ms"},
    {"kill -STOP $$; sleep 9", 150 * MS, JOB_TIMED_OUT, 0, "", "",
	"did not end within 150 ms"},
};

static void
test_endings(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(endings); i++) {
		struct batch batch = {0};
		struct job *job = add(&batch, endings[i].script);
		struct buf line = {0};

		job->timeout_ns = endings[i].timeout_ns;
		assert_in_range(run(&batch, 1), 0, 6000 * MS);
		assert_int_equal(job->ending, endings[i].ending);
		if (job->ending != JOB_TIMED_OUT)
			assert_int_equal(job->code, endings[i].code);
		if (endings[i].output != NULL)
			assert_output(job, endings[i].output);
		else
			assert_int_equal(job->output.len, 3);
		assert_string_equal(buf_text(&job->complaint), endings[i].complaint);
		job_explain(job, &line);
		assert_string_equal(line.data, endings[i].explained);
		buf_release(&line);
		release(&batch);
	}
}

static const struct sandbox_rules rules = {.memory_bytes = 300 << 20};

static void
test_explain(void **state)
{
	static const struct {
		struct job job;
		const char *complaint, *explained;
	} cases[] = {
	    {{.ending = JOB_NOT_RUN}, "", "was not run"},
	    {{.ending = JOB_NOT_FOUND, .code = ENOENT}, "",
		"could not be started: No such file or directory"},
	    {{.ending = JOB_FLOODED, .output_limit = 64 << 20}, "", "printed more than 64.0 MB"},
	    {{.ending = JOB_TIMED_OUT, .timeout_ns = 60000 * MS}, "", "did not end within 60.0 s"},
	    {{.ending = JOB_EXITED, .code = 2}, " \n\t\n", "ended with exit status 2"},
	    {{.ending = JOB_EXITED, .code = 2}, "a\tb\nc\n", "ended with exit status 2: a b"},
	    {{.ending = JOB_KILLED, .code = 6}, "why\r\n", "was killed by signal 6: why"},
	    {{.ending = JOB_EXITED, .code = 2}, "fatal error: out of memory\n",
		"ended with exit status 2: fatal error: out of memory"},
	    {{.ending = JOB_EXITED, .code = 2, .rules = &rules},
		"fatal error: runtime: out of memory\n",
		"needs more than 300.0 MB of memory: fatal error: runtime: out of "
		"memory"},
	    {{.ending = JOB_EXITED, .code = 2, .rules = &rules}, "bad\n",
		"ended with exit status 2: bad"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct job job = cases[i].job;
		struct buf line = {0};

		buf_puts(&job.complaint, cases[i].complaint);
		buf_puts(&line, "go ");
		job_explain(&job, &line);
		assert_memory_equal(line.data, "go ", 3);
		assert_string_equal(line.data + 3, cases[i].explained);
		buf_release(&line);
		job_release(&job, 1);
	}
}

/* The last words of a program stay one short line. */
static void
test_explain_long(void **state)
{
	struct job job = {.ending = JOB_EXITED, .code = 1};
	struct buf line = {0};

	(void)state;
	for (int i = 0; i < 4000; i++)
		buf_putc(&job.complaint, 'x');
	job_explain(&job, &line);
	assert_int_equal(line.len, strlen("ended with exit status 1: ") + 300);
	buf_release(&line);
	job_release(&job, 1);
}

static void
test_not_found(void **state)
{
	static const struct {
		const char *program, *directory;
		int code;
	} cases[] = {
	    {"/nonexistent/pprof", "/", ENOENT},
	    {"/etc/passwd", "/", EACCES},
	    {"/", "/", EACCES},
	    {"/bin/sh", "/nonexistent", ENOENT},
	    {"", "/", ENOENT},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *argv[] = {cases[i].program, NULL};
		struct job job = {.argv = argv,
		    .env = plain_env,
		    .directory = cases[i].directory,
		    .timeout_ns = 1000 * MS};
		struct error err = {0};

		assert_int_equal(proc_run(&job, 1, 1, NULL, &err), 0);
		assert_int_equal(job.ending, JOB_NOT_FOUND);
		assert_int_equal(job.code, cases[i].code);
		assert_int_equal(job.output.len, 0);
		job_release(&job, 1);
	}
}

/* One that cannot be started does not hold up the others. */
static void
test_not_found_among_others(void **state)
{
	struct batch batch = {0};

	(void)state;
	for (int i = 0; i < 6; i++)
		add(&batch, "echo here");
	batch.argv[0][0] = batch.argv[3][0] = batch.argv[5][0] = "/nonexistent";
	run(&batch, 2);
	for (size_t i = 0; i < batch.count; i++) {
		int missing = i == 0 || i == 3 || i == 5;

		assert_int_equal(batch.jobs[i].ending, missing ? JOB_NOT_FOUND : JOB_EXITED);
		assert_output(&batch.jobs[i], missing ? "" : "here\n");
	}
	release(&batch);
}

static void
test_no_jobs(void **state)
{
	struct error err = {.msg = "untouched"};

	(void)state;
	assert_int_equal(proc_run(NULL, 0, 4, NULL, &err), 0);
	assert_string_equal(err.msg, "untouched");
}

static void
test_output_limit(void **state)
{
	static const struct {
		const char *script;
		size_t limit;
		enum job_ending ending;
		size_t len;
	} cases[] = {
	    {"printf 12345678", 8, JOB_EXITED, 8},
	    {"printf 123456789", 8, JOB_FLOODED, 8},
	    {"printf x", 0, JOB_FLOODED, 0},
	    {":", 0, JOB_EXITED, 0},
	    {"yes", 100000, JOB_FLOODED, 100000},
	    {"trap '' PIPE TERM; while :; do echo xxxxxxxxxxxxxxx; done", 1000, JOB_FLOODED, 1000},
	    {"yes | head -c 1000000", 1000000, JOB_EXITED, 1000000},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct batch batch = {0};
		struct job *job = add(&batch, cases[i].script);

		job->output_limit = cases[i].limit;
		assert_in_range(run(&batch, 1), 0, 6000 * MS);
		assert_int_equal(job->ending, cases[i].ending);
		assert_int_equal(job->output.len, cases[i].len);
		release(&batch);
	}
}

/* Much on standard error neither blocks the program nor counts as its output. */
static void
test_complaint_limit(void **state)
{
	struct batch batch = {0};
	struct job *job = add(&batch, "yes | head -c 1000000 >&2; echo done");

	(void)state;
	run(&batch, 1);
	assert_int_equal(job->ending, JOB_EXITED);
	assert_output(job, "done\n");
	assert_int_equal(job->complaint.len, 4096);
	release(&batch);
}

/* Both pipes full in turn. */
static void
test_both_pipes(void **state)
{
	struct batch batch = {0};
	struct job *job =
	    add(&batch, "for i in 1 2 3 4; do yes | head -c 99999; yes | head -c 99999 >&2; done");

	(void)state;
	job->output_limit = 1 << 20;
	run(&batch, 1);
	assert_int_equal(job->ending, JOB_EXITED);
	assert_int_equal(job->output.len, 4 * 99999);
	release(&batch);
}

/* 1 when a process is there and no zombie. */
static int
is_alive(pid_t pid)
{
	char path[64], text[512] = "";
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	file = fopen(path, "r");
	if (file == NULL)
		return 0;
	text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
	fclose(file);
	return strstr(text, ") Z ") == NULL;
}

/* What a program leaves behind does not keep its job open, and is killed. */
static void
test_left_behind(void **state)
{
	static const char *const scripts[] = {
	    "sleep 9 & echo $!",
	    "sleep 9 >/dev/null & echo $!",
	    "(trap '' TERM HUP; sleep 9) & echo $!",
	    "sleep 9 & echo $!; kill -9 $$",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(scripts); i++) {
		struct batch batch = {0};
		struct job *job = add(&batch, scripts[i]);
		pid_t pid;
		int tries = 0;

		assert_in_range(run(&batch, 1), 0, 500 * MS);
		assert_in_set(job->ending, ((uintmax_t[]){JOB_EXITED, JOB_KILLED}), 2);
		pid = (pid_t)atoi(buf_text(&job->output));
		assert_true(pid > 1);
		while (is_alive(pid) && tries++ < 200)
			usleep(1000);
		assert_false(is_alive(pid));
		release(&batch);
	}
}

/* One that went into a session of its own holds the pipe: the time limit still holds. */
static void
test_escaped(void **state)
{
	struct batch batch = {0};
	struct job *job = add(&batch, "setsid sleep 1.5 & echo here");

	(void)state;
	job->timeout_ns = 200 * MS;
	assert_in_range(run(&batch, 1), 0, 700 * MS);
	assert_int_equal(job->ending, JOB_EXITED);
	assert_output(job, "here\n");
	release(&batch);
}

static void
test_parallel(void **state)
{
	static const struct {
		size_t parallel;
		int64_t least_ms, most_ms;
	} cases[] = {
	    {1, 400, 800}, {2, 200, 390}, {4, 100, 390}, {0, 400, 800}, {100000, 100, 390}};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct batch batch = {0};

		for (int k = 0; k < 4; k++)
			add(&batch, "exec sleep 0.1");
		assert_in_range(run(&batch, cases[i].parallel), cases[i].least_ms * MS,
		    cases[i].most_ms * MS);
		for (int k = 0; k < 4; k++)
			assert_int_equal(batch.jobs[k].ending, JOB_EXITED);
		release(&batch);
	}
}

/* Each waits a moment less than the one before: the last would be first side by side. */
static void
test_order(void **state)
{
	static const char *const scripts[] = {"sleep .04; echo a >>log", "sleep .03; echo b >>log",
	    "sleep .02; echo c >>log", "sleep .01; echo d >>log", "echo e >>log; cat log; rm log"};
	char directory[] = "/tmp/test_proc.XXXXXX";
	struct batch batch = {0};

	(void)state;
	assert_non_null(mkdtemp(directory));
	for (size_t i = 0; i < COUNT(scripts); i++)
		add(&batch, scripts[i])->directory = directory;
	run(&batch, 1);
	assert_output(&batch.jobs[4], "a\nb\nc\nd\ne\n");
	assert_int_equal(rmdir(directory), 0);
	release(&batch);
}

/* Nothing of ours gets through but what the job names. */
static void
test_environment(void **state)
{
	static const char *const env[] = {"B=2 3", "A=1", "EMPTY=", NULL};
	static const char *const argv[] = {"/usr/bin/env", NULL};
	static const char *const nothing[] = {NULL};
	struct job jobs[2] = {
	    {.argv = argv, .env = env, .directory = "/", .output_limit = 999,
		.timeout_ns = 999 * MS},
	    {.argv = argv, .env = nothing, .directory = "/", .output_limit = 999,
		.timeout_ns = 999 * MS},
	};
	struct error err = {0};

	(void)state;
	setenv("FLAREPROF_TEST_LEAK", "yes", 1);
	assert_int_equal(proc_run(jobs, 2, 2, NULL, &err), 0);
	assert_output(&jobs[0], "B=2 3\nA=1\nEMPTY=\n");
	assert_output(&jobs[1], "");
	unsetenv("FLAREPROF_TEST_LEAK");
	job_release(jobs, 2);
}

/* What the program sees of the world around it. */
static void
test_surroundings(void **state)
{
	static const struct {
		const char *script, *output;
	} cases[] = {
	    {"pwd", "/usr\n"},
	    {"readlink /proc/self/fd/0", "/dev/null\n"},
	    {"cat; echo end", "end\n"},
	    {"[ $(ps -o pgid= -p $$) = $$ ] && echo own group", "own group\n"},
	    {"grep SigBlk /proc/self/status", "SigBlk:\t0000000000000000\n"},
	    {"echo $0 $#", "/bin/sh 0\n"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct batch batch = {0};
		struct job *job = add(&batch, cases[i].script);

		job->directory = "/usr";
		run(&batch, 1);
		assert_output(job, cases[i].output);
		assert_int_equal(job->code, 0);
		release(&batch);
	}
}

/* What we block and ignore the program does not. */
static void
test_signals_are_default(void **state)
{
	struct batch batch = {0};
	sigset_t set, old;

	(void)state;
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGALRM);
	sigprocmask(SIG_BLOCK, &set, &old);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	add(&batch, "kill -TERM $$");
	add(&batch, "kill -ALRM $$");
	add(&batch, "kill -PIPE $$");
	add(&batch, "kill -HUP $$");
	run(&batch, 4);
	for (size_t i = 0; i < batch.count; i++)
		assert_int_equal(batch.jobs[i].ending, JOB_KILLED);
	signal(SIGPIPE, SIG_DFL);
	signal(SIGHUP, SIG_DFL);
	sigprocmask(SIG_SETMASK, &old, NULL);
	release(&batch);
}

/* The pipes of one job are not handed to the next, which would hold them open. */
static void
test_pipes_are_private(void **state)
{
	static const char script[] =
	    "for fd in /proc/$$/fd/*; do readlink $fd; done | grep -c pipe:";
	struct batch alone = {0}, among = {0};

	(void)state;
	add(&alone, script);
	run(&alone, 1);
	add(&among, "exec sleep 0.2");
	add(&among, "exec sleep 0.2");
	add(&among, script);
	run(&among, 3);
	assert_true(atoi(buf_text(&alone.jobs[0].output)) >= 2);
	assert_string_equal(buf_text(&among.jobs[2].output), buf_text(&alone.jobs[0].output));
	release(&among);
	release(&alone);
}

static int
open_files(void)
{
	int count = 0;

	for (int fd = 0; fd < 256; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}

static void
test_nothing_left_open(void **state)
{
	static const char *const scripts[] = {"yes", "echo x", "sleep 9"};
	struct batch batch = {0};
	int before = open_files();

	(void)state;
	for (int i = 0; i < MOST_JOBS; i++)
		add(&batch, scripts[i % 3])->timeout_ns = 99 * MS;
	batch.argv[4][0] = "/nonexistent";
	run(&batch, 4);
	assert_int_equal(open_files(), before);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
	release(&batch);
}

struct progress {
	size_t calls;
	int backwards;
	int64_t elapsed_ns;
};

static void
note_progress(void *data, int64_t elapsed_ns)
{
	struct progress *progress = data;

	progress->calls++;
	progress->backwards |= elapsed_ns < progress->elapsed_ns;
	progress->elapsed_ns = elapsed_ns;
}

static void
test_watch(void **state)
{
	struct progress progress = {0};
	struct proc_watch watch = {note_progress, &progress};
	struct batch batch = {0};

	(void)state;
	add(&batch, "exec sleep 0.3");
	add(&batch, ":");
	add(&batch, "exit 1");
	assert_int_equal(proc_run(batch.jobs, batch.count, 2, &watch, &batch.err), 0);
	assert_false(progress.backwards);
	assert_in_range(progress.calls, 4, 3000);
	assert_in_range(progress.elapsed_ns, 300 * MS, 6000 * MS);
	release(&batch);
}

/* With few descriptors left, jobs wait for each other instead of being lost. */
static void
test_few_descriptors(void **state)
{
	struct batch batch = {0};
	struct rlimit old, few;

	(void)state;
	getrlimit(RLIMIT_NOFILE, &old);
	few = (struct rlimit){.rlim_cur = 14, .rlim_max = old.rlim_max};
	for (int i = 0; i < 12; i++)
		add(&batch, "echo here");
	setrlimit(RLIMIT_NOFILE, &few);
	proc_run(batch.jobs, batch.count, 12, NULL, &batch.err);
	setrlimit(RLIMIT_NOFILE, &old);
	for (size_t i = 0; i < batch.count; i++)
		assert_output(&batch.jobs[i], "here\n");
	release(&batch);
}

/* A parent that ignores its children would have them vanish before they are reaped. */
static void
test_ignored_children(void **state)
{
	struct batch batch = {0};
	pid_t pid;
	int status;

	(void)state;
	add(&batch, "echo here");
	pid = fork();
	if (pid == 0) {
		signal(SIGCHLD, SIG_IGN);
		signals_hold();
		alarm(5);
		_exit(proc_run(batch.jobs, 1, 1, NULL, &batch.err) < 0 ||
		      batch.jobs[0].ending != JOB_EXITED);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	release(&batch);
}

/* Asks for the end of the run while the first job is running. */
static void
interrupt(void *data, int64_t elapsed_ns)
{
	if (elapsed_ns > 50 * MS)
		kill(getpid(), *(const int *)data);
}

/* In a process of its own, as signals are held back for good. Returns its exit status. */
static int
run_interrupted(int number)
{
	struct proc_watch watch = {interrupt, &number};
	struct batch batch = {0};
	int64_t start = now_ns();

	signal(number, SIG_DFL); /* who runs us in the background has some ignored */
	signals_hold();
	add(&batch, "trap '' TERM INT HUP; sleep 9");
	add(&batch, "echo never");
	if (proc_run(batch.jobs, batch.count, 1, &watch, &batch.err) != -1)
		return 2;
	if (batch.err.signal != number || strstr(batch.err.msg, "interrupted by signal") == NULL)
		return 3;
	if (batch.jobs[1].ending != JOB_NOT_RUN || waitpid(-1, NULL, WNOHANG) != -1)
		return 4;
	if (now_ns() - start > 6000 * MS)
		return 5;
	job_release(batch.jobs, batch.count);
	signals_release();
	return 6;
}

static void
test_interrupted(void **state)
{
	static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};

	(void)state;
	for (size_t i = 0; i < COUNT(numbers); i++) {
		int status;
		pid_t pid = fork();

		if (pid == 0)
			_exit(run_interrupted(numbers[i]));
		assert_int_equal(waitpid(pid, &status, 0), pid);
		if (WIFEXITED(status))
			fail_msg("exit status %d", WEXITSTATUS(status));
		assert_int_equal(WTERMSIG(status), numbers[i]);
	}
}

/* What a job is told: each answer brings on the next line, until there is none left. */
struct talk {
	const char *const *lines; /* ends in NULL */
	size_t asked;		  /* how often */
	size_t told;		  /* lines */
	size_t heard;		  /* bytes */
};

static int
tell_next(struct job *job, struct buf *input)
{
	struct talk *talk = job->owner;

	/* An answer may come in pieces. */
	if (talk->asked++ > 0 && (job->output.len == talk->heard ||
				     job->output.data[job->output.len - 1] != '\n'))
		return 0;
	talk->heard = job->output.len;
	if (talk->lines[talk->told] != NULL)
		buf_puts(input, talk->lines[talk->told++]);
	return talk->lines[talk->told] == NULL;
}

static void
test_talk(void **state)
{
	static const char *const lines[] = {"one\n", "two\n", "three\n", NULL};
	static const char *const none[] = {NULL};
	static const struct {
		const char *script;
		const char *const *lines;
		size_t told;
		const char *output;
	} cases[] = {
	    {"while read -r x; do echo \"<$x>\"; done; echo end", lines, 3,
		"<one>\n<two>\n<three>\nend\n"},
	    {"cat", lines, 3, "one\ntwo\nthree\n"},
	    {"cat; echo end", none, 0, "end\n"},
	    /* who does not read on, or at all */
	    {"read -r x; echo \"<$x>\"; exec <&-; sleep .1; echo end", lines, 3, "<one>\nend\n"},
	    {"read -r x; echo \"<$x>\"; exec <&-; sleep .1; echo end", none, 0, "<>\nend\n"},
	    {"echo end", lines, 3, "end\n"},
	    {":", lines, 1, ""},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct talk talk = {.lines = cases[i].lines};
		struct batch batch = {0};
		struct job *job = add(&batch, cases[i].script);

		job->more = tell_next;
		job->owner = &talk;
		assert_in_range(run(&batch, 1), 0, 3000 * MS);
		assert_int_equal(job->ending, JOB_EXITED);
		assert_int_equal(job->code, 0);
		assert_output(job, cases[i].output);
		assert_in_range(talk.told, cases[i].told < 2 ? cases[i].told : 1, cases[i].told);
		release(&batch);
	}
}

static int
tell_much(struct job *job, struct buf *input)
{
	int *begun = job->owner;

	for (size_t i = 0; !*begun && i < 300000; i++)
		buf_puts(input, "0123456789");
	*begun = 1;
	return job->output.len > 0;
}

/* More than a pipe has room for does not hold us up, and comes whole. */
static void
test_talk_much(void **state)
{
	struct batch batch = {0};
	int begun = 0;
	struct job *job = add(&batch, "sleep .1; head -c 3000000 | wc -c; cat | wc -c");

	(void)state;
	job->more = tell_much;
	job->owner = &begun;
	assert_in_range(run(&batch, 1), 0, 3000 * MS);
	assert_output(job, "3000000\n0\n");
	release(&batch);
}

static int
tell_nothing(struct job *job, struct buf *input)
{
	(void)job;
	(void)input;
	return 0;
}

/* A program that says nothing is not waited for until its time is over; one that waits for
 * nobody's word ends as ever. */
static void
test_talk_silent(void **state)
{
	static const char *const scripts[] = {"cat; echo end", "echo hm; cat; echo end",
	    "echo hm >&2; cat; echo end", "exec >&-; cat; exit 0"};

	(void)state;
	for (size_t i = 0; i < COUNT(scripts); i++) {
		struct batch batch = {0};
		struct job *job = add(&batch, scripts[i]);

		job->more = tell_nothing;
		assert_in_range(run(&batch, 1), 0, 2500 * MS);
		assert_int_equal(job->ending, JOB_EXITED);
		assert_int_equal(job->code, 0);
		release(&batch);
	}
}

/* Nobody else holds the pipe that a job reads: it would wait for its end for ever. */
static void
test_talk_is_private(void **state)
{
	static const char *const lines[] = {"one\n", NULL};
	struct talk talks[3];
	struct batch batch = {0};

	(void)state;
	for (size_t i = 0; i < COUNT(talks); i++) {
		struct job *job = add(&batch, i == 0 ? "cat" : "cat; sleep .3");

		talks[i] = (struct talk){.lines = lines};
		job->more = tell_next;
		job->owner = &talks[i];
	}
	assert_in_range(run(&batch, 3), 0, 2500 * MS);
	assert_true(batch.jobs[0].wall_ns < batch.jobs[1].wall_ns);
	for (size_t i = 0; i < COUNT(talks); i++)
		assert_output(&batch.jobs[i], "one\n");
	release(&batch);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_endings),
	    cmocka_unit_test(test_explain),
	    cmocka_unit_test(test_explain_long),
	    cmocka_unit_test(test_not_found),
	    cmocka_unit_test(test_not_found_among_others),
	    cmocka_unit_test(test_no_jobs),
	    cmocka_unit_test(test_output_limit),
	    cmocka_unit_test(test_complaint_limit),
	    cmocka_unit_test(test_both_pipes),
	    cmocka_unit_test(test_left_behind),
	    cmocka_unit_test(test_escaped),
	    cmocka_unit_test(test_parallel),
	    cmocka_unit_test(test_order),
	    cmocka_unit_test(test_environment),
	    cmocka_unit_test(test_surroundings),
	    cmocka_unit_test(test_signals_are_default),
	    cmocka_unit_test(test_pipes_are_private),
	    cmocka_unit_test(test_nothing_left_open),
	    cmocka_unit_test(test_watch),
	    cmocka_unit_test(test_few_descriptors),
	    cmocka_unit_test(test_ignored_children),
	    cmocka_unit_test(test_interrupted),
	    cmocka_unit_test(test_talk),
	    cmocka_unit_test(test_talk_much),
	    cmocka_unit_test(test_talk_silent),
	    cmocka_unit_test(test_talk_is_private),
	};

	return cmocka_run_group_tests_name("proc", tests, NULL, NULL);
}
