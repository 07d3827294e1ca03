#include "toolchain.h"

#include "error.h"
#include "file.h"
#include "pattern.h"
#include "places.h"
#include "pool.h"
#include "proc.h"
#include "resolved.h"
#include "scratch.h"
#include "session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { OUTPUT_LIMIT = 65536, SELF_TEST_REPORTS = 2, SELF_TEST_MEMORY = 256 << 20 };

#define SECOND ((int64_t)1000000000)
#define COMPILE_TIMEOUT (600 * SECOND)
#define SELF_TEST_TIMEOUT (60 * SECOND)
#define PATIENCE (2 * SECOND) /* then people are told what takes so long */

/* A profile with one sample of value 7 in function "test": pprof must say so. */
static const char self_test_profile[] =
    "\x0a\x04\x08\x01\x10\x02"	   /* sample_type { type: "self" unit: "count" } */
    "\x12\x04\x08\x01\x10\x07"	   /* sample { location_id: 1 value: 7 } */
    "\x22\x06\x08\x01\x22\x02\x08\x01" /* location { id: 1 line { function_id: 1 } } */
    "\x2a\x04\x08\x01\x10\x03"	   /* function { id: 1 name: "test" } */
    "\x32\x00"			   /* string_table: "" */
    "\x32\x04self\x32\x05"
    "count\x32\x04test";
static const char self_test_answer[] =
    "Showing nodes accounting for 7nanosecond, 100% of 7nanosecond total";

/* Adds NAME=value, with the value of our own environment where none is given. */
static void
env_add(struct pool *pool, const char **env, const char *name, const char *value)
{
	if (value == NULL)
		value = getenv(name);
	if (value == NULL)
		return;
	while (*env != NULL)
		env++;
	*env = pool_printf(pool, "%s=%s", name, value);
}

/* For go: what its build cache needs, and nothing that changes what it does. */
static const char **
go_env(struct pool *pool, const char *directory)
{
	const char **env = pool_alloc(pool, 24 * sizeof(*env));

	env_add(pool, env, "HOME", getenv("HOME") != NULL ? NULL : directory);
	env_add(pool, env, "PATH", NULL);
	env_add(pool, env, "GOCACHE", NULL);
	env_add(pool, env, "XDG_CACHE_HOME", NULL);
	env_add(pool, env, "TMPDIR", directory);
	env_add(pool, env, "XDG_CONFIG_HOME", directory); /* for go's counters of its use */
	env_add(pool, env, "GOTOOLCHAIN", "local");
	env_add(pool, env, "GOENV", "off");
	env_add(pool, env, "GOPROXY", "off");
	env_add(pool, env, "GOWORK", "off");
	env_add(pool, env, "LC_ALL", "C");
	return env;
}

/* For pprof, on top of what is there: no way to the user's home, to other programs, or to
 * anything but the profile it is given. */
static const char **
pprof_env(struct pool *pool, const char **env, const char *directory)
{
	long processors = sysconf(_SC_NPROCESSORS_ONLN);

	env_add(pool, env, "GOMAXPROCS",
	    pool_printf(pool, "%ld",
		processors < 1			  ? 1
		: processors < TOOLCHAIN_THREADS ? processors
						  : TOOLCHAIN_THREADS));
	env_add(pool, env, "PPROF_TMPDIR", directory);
	env_add(pool, env, "PPROF_BINARY_PATH", directory);
	env_add(pool, env, "TERM", "dumb");
	env_add(pool, env, "TZ", "UTC");
	return env;
}

static const char **
private_env(struct pool *pool, const char *directory)
{
	const char **env = pool_alloc(pool, 24 * sizeof(*env));

	env_add(pool, env, "PATH", "/nonexistent");
	env_add(pool, env, "HOME", directory);
	env_add(pool, env, "XDG_CONFIG_HOME", directory);
	env_add(pool, env, "TMPDIR", directory);
	env_add(pool, env, "LC_ALL", "C");
	return pprof_env(pool, env, directory);
}

/* While go runs. */
struct patience {
	const struct toolchain_request *request;
	int began, told;
};

static void
be_patient(void *data, int64_t elapsed_ns)
{
	struct patience *patience = data;
	const struct toolchain_request *request = patience->request;

	if (!patience->began && request->meanwhile != NULL)
		request->meanwhile(request->data);
	patience->began = 1;
	if (elapsed_ns < PATIENCE || patience->told || request->notice == NULL)
		return;
	patience->told = 1;
	request->notice("go is preparing pprof: Go 1.25 and newer compile it when it is first "
			 "used, which takes about half a minute");
}

/* The version in the one line that `go version` prints. */
static const char *
version_of(struct pool *pool, const struct job *job)
{
	static const char *const expression[] = {"^go version (?:devel )?(?<version>\\S+)"};
	struct pattern *pattern;
	const char *version = NULL;

	patterns_open(&pattern, expression, 1);
	if (job->ending == JOB_EXITED && job->code == 0 &&
	    pattern_matches(pattern, (struct span){job->output.data, job->output.len}))
		version = text_clean(pool, pattern_field(pattern, "version"));
	patterns_close(&pattern, 1);
	return version;
}

/* The program that `go tool -n pprof` names, or NULL. */
static const char *
program_of(struct pool *pool, const struct job *job)
{
	struct span rest = {job->output.data, job->output.len}, line;
	const char *path;

	if (job->ending != JOB_EXITED || job->code != 0 || !text_line(&rest, &line))
		return NULL;
	line = text_trim(line);
	path = pool_strndup(pool, line.at, line.len);
	return file_is_program(path) ? path : NULL;
}

/* The command's argv for reading a profile. */
static const char **
self_test_argv(const struct toolchain *toolchain, struct pool *pool, const char *profile)
{
	const char *flags[] = {SESSION_FLAGS, profile, NULL};
	const char **argv = pool_alloc(pool, 16 * sizeof(*argv));
	size_t count = 0;

	for (; toolchain->command[count] != NULL; count++)
		argv[count] = toolchain->command[count];
	memcpy(argv + count, flags, sizeof(flags));
	return argv;
}

/* Whether the job's output is the two reports that were asked for. */
static int
is_answer(const struct job *job, const struct session_key *key)
{
	struct span printed = {job->output.data, job->output.len}, report;

	for (size_t i = 0; i < SELF_TEST_REPORTS; i++) {
		if (!session_cut(printed, key, i, 1, &report) ||
		    memmem(report.at, report.len, self_test_answer,
			sizeof(self_test_answer) - 1) == NULL)
			return 0;
	}
	return 1;
}

const struct sandbox_rules *
toolchain_rules(const struct toolchain *toolchain, struct pool *pool, const char *const *files,
    int64_t memory_bytes, int64_t timeout_ns)
{
	struct sandbox_rules *rules = pool_alloc(pool, sizeof(*rules));

	*rules = (struct sandbox_rules){
	    .sandbox = &toolchain->sandbox,
	    .program = toolchain->confined ? toolchain->pprof : NULL,
	    .files = files,
	    .memory_bytes = memory_bytes,
	    .cpu_seconds = (timeout_ns / SECOND + 1) * TOOLCHAIN_THREADS,
	};
	return rules;
}

/* Has the toolchain's command read the tiny profile, and hold a session as flares have it. Go
 * itself, which may have to compile pprof first, has no limits then. */
static int
self_test(const struct toolchain *toolchain, struct pool *pool, struct buf *failure,
    struct error *err)
{
	static const struct session_report report = {.sample_type = "self"};
	static const struct span sound = {self_test_profile, sizeof(self_test_profile) - 1};
	const char *profile = pool_printf(pool, "%s/self-test.pb", toolchain->directory);
	const char *input = pool_printf(pool, "%s/self-test.commands", toolchain->directory);
	const char *const files[] = {profile, NULL};
	struct session_key key;
	struct buf commands = {0};
	struct job job = {
	    .argv = self_test_argv(toolchain, pool, profile),
	    .env = toolchain->env,
	    .directory = toolchain->directory,
	    .input = input,
	    .output_limit = OUTPUT_LIMIT,
	    .timeout_ns = SELF_TEST_TIMEOUT,
	    .rules = toolchain->pprof == NULL ? NULL
					      : toolchain_rules(toolchain, pool, files,
						    SELF_TEST_MEMORY, SELF_TEST_TIMEOUT),
	};
	int passed = -1;

	if (session_key_make(&key, err) < 0)
		return -1;
	for (size_t i = 0; i < SELF_TEST_REPORTS; i++)
		session_ask(&commands, &key, i, &report, i == 0 ? NULL : &report);
	if (file_create(profile, sound, err) < 0 ||
	    file_create(input, (struct span){commands.data, commands.len}, err) < 0 ||
	    proc_run(&job, 1, 1, NULL, err) < 0)
		goto out;
	passed = job.ending == JOB_EXITED && job.code == 0 && is_answer(&job, &key);
	if (!passed) {
		buf_puts(failure, "pprof cannot read a sound profile: it ");
		if (job.ending == JOB_EXITED && job.code == 0)
			buf_puts(failure, "answered something else");
		else
			job_explain(&job, failure);
	}
out:
	job_release(&job, 1);
	buf_release(&commands);
	unlink(profile);
	unlink(input);
	return passed;
}

static void
use_pprof(struct toolchain *toolchain, struct pool *pool)
{
	const char **command = pool_alloc(pool, 2 * sizeof(*command));

	command[0] = toolchain->pprof;
	toolchain->command = command;
	toolchain->env = private_env(pool, toolchain->directory);
}

static void
use_go(struct toolchain *toolchain, struct pool *pool)
{
	const char **command = pool_alloc(pool, 4 * sizeof(*command));

	command[0] = toolchain->go;
	command[1] = "tool";
	command[2] = "pprof";
	toolchain->pprof = NULL;
	toolchain->command = command;
	toolchain->env =
	    pprof_env(pool, go_env(pool, toolchain->directory), toolchain->directory);
}

/* Tries pprof in the sandbox that there is. A pprof that does not work in it, such as one that
 * needs files of its own, may have to do with less of one. */
static int
try_pprof(struct toolchain *toolchain, struct pool *pool, struct buf *failure, struct error *err)
{
	int works;

	use_pprof(toolchain, pool);
	toolchain->confined = toolchain->sandbox.landlock > 0;
	works = self_test(toolchain, pool, failure, err);
	if (works == 0 && toolchain->confined) {
		toolchain->confined = 0;
		failure->len = 0;
		works = self_test(toolchain, pool, failure, err);
	}
	/* That it does not work in the sandbox may be due to a shortage, which passes. */
	if (works == 1 && (toolchain->confined || toolchain->sandbox.landlock == 0))
		resolved_keep(&(struct resolved){toolchain->version, toolchain->pprof,
				  toolchain->sandbox.landlock},
		    pool, toolchain->go);
	return works;
}

/* Tries pprof itself first, then `go tool pprof`. 1: one of them works. */
static int
choose_command(struct toolchain *toolchain, struct pool *pool, struct buf *failure,
    struct error *err)
{
	int works = 0;

	if (toolchain->pprof != NULL)
		works = try_pprof(toolchain, pool, failure, err);
	if (works != 0)
		return works;
	use_go(toolchain, pool);
	failure->len = 0;
	return self_test(toolchain, pool, failure, err);
}

/* 1 when an earlier run found out what this go command has. */
static int
recall(struct toolchain *toolchain, struct pool *pool)
{
	struct resolved resolved;

	if (!resolved_recall(&resolved, pool, toolchain->go, toolchain->sandbox.landlock))
		return 0;
	toolchain->version = resolved.version;
	toolchain->pprof = resolved.pprof;
	toolchain->confined = resolved.landlock > 0;
	use_pprof(toolchain, pool);
	return 1;
}

/* From Go 1.23 on go counts what it is used for in the user's configuration, which is our directory
 * here, and leaves a process behind that would make it anew when we have removed it. */
static void
switch_telemetry_off(struct pool *pool, const char *directory)
{
	static const char *const below[] = {"go", "go/telemetry"};
	static const struct span off = {"off\n", 4};
	struct error err = {0};

	for (size_t i = 0; i < sizeof(below) / sizeof(below[0]); i++)
		mkdir(pool_printf(pool, "%s/%s", directory, below[i]), 0700);
	/* Where it cannot be written, go could not write there either. */
	file_create(pool_printf(pool, "%s/go/telemetry/mode", directory), off, &err);
}

/* Tries one go command: 1 when it does, 0 when it does not (with the reason), -1 on errors. */
static int
try_go(struct toolchain *toolchain, struct pool *pool, const struct toolchain_request *request,
    struct buf *failure, struct error *err)
{
	const char *version[] = {toolchain->go, "version", NULL};
	const char *which[] = {toolchain->go, "tool", "-n", "pprof", NULL};
	const char **env;
	struct patience patience = {.request = request};
	struct proc_watch watch = {be_patient, &patience};
	struct job jobs[2];
	int status;

	if (recall(toolchain, pool))
		return 1;
	switch_telemetry_off(pool, toolchain->directory);
	env = go_env(pool, toolchain->directory);
	for (int i = 0; i < 2; i++) {
		jobs[i] = (struct job){
		    .argv = i == 0 ? version : which,
		    .env = env,
		    .directory = toolchain->directory,
		    .output_limit = OUTPUT_LIMIT,
		    .timeout_ns = COMPILE_TIMEOUT,
		};
	}
	status = proc_run(jobs, 2, 2, &watch, err);
	if (status == 0) {
		toolchain->version = version_of(pool, &jobs[0]);
		toolchain->pprof = program_of(pool, &jobs[1]);
	}
	if (status == 0 && toolchain->version == NULL) {
		buf_puts(failure, "'go version' ");
		if (jobs[0].ending == JOB_EXITED && jobs[0].code == 0)
			buf_puts(failure, "did not print a version");
		else
			job_explain(&jobs[0], failure);
	} else if (status == 0) {
		status = choose_command(toolchain, pool, failure, err);
	}
	job_release(jobs, 2);
	return status;
}

/* `failures`: why those that were tried do not do, a line each. */
static int
fail_without_go(const char *failures, const char *asked, struct error *err)
{
	const char *advice = places_advice();

	err->exit_code = ERROR_EXIT_NO_GO;
	if (failures[0] != '\0')
		return fail(err,
		    "no usable Go:%s\nflareprof needs 'go tool pprof'. Repair that Go, name "
		    "another with --go PATH, or install one:\n  %s\n  or https://go.dev/dl/",
		    failures, advice);
	if (asked != NULL)
		return fail(err,
		    "cannot find the go command '%s': give --go the path of an executable "
		    "'go', or install one:\n  %s\n  or https://go.dev/dl/",
		    asked, advice);
	return fail(err,
	    "Go is not installed: not in GOROOT, not in PATH, and in none of the usual "
	    "places\nflareprof needs 'go tool pprof'. Name a go command with --go PATH, or "
	    "install one:\n  %s\n  or https://go.dev/dl/",
	    advice);
}

int
toolchain_find(struct toolchain *toolchain, struct pool *pool, const struct scratch *scratch,
    const struct toolchain_request *request, struct error *err)
{
	struct places places;
	struct buf failures = {0};
	int works = 0;

	toolchain->directory = pool_strdup(pool, scratch->path);
	sandbox_open(&toolchain->sandbox, pool);
	places_find(&places, pool, request->go);
	for (size_t i = 0; i < places.count && works == 0; i++) {
		struct buf failure = {0};

		toolchain->go = places.paths[i];
		works = try_go(toolchain, pool, request, &failure, err);
		if (works == 0) {
			buf_puts(&failures, "\n  ");
			buf_puts(&failures, toolchain->go);
			buf_puts(&failures, ": ");
			buf_puts(&failures, buf_text(&failure));
		}
		buf_release(&failure);
	}
	if (works == 0)
		fail_without_go(buf_text(&failures), request->go, err);
	buf_release(&failures);
	return works == 1 ? 0 : -1;
}

void
toolchain_close(struct toolchain *toolchain)
{
	sandbox_close(&toolchain->sandbox);
}
