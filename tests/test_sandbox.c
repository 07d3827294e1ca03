#include "sandbox.h"

#include "error.h"
#include "pool.h"
#include "proc.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define SECOND ((int64_t)1000000000)

/* A program, and a directory with things to do something to. */
struct place {
	struct pool pool;
	struct sandbox sandbox;
	struct sandbox_rules rules;
	char directory[64];
	const char *given, *other;
	struct job job;
	struct error err;
};

static void
put(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static int
setup(void **state)
{
	struct place *place = calloc(1, sizeof(*place));
	const char **files;

	strcpy(place->directory, "/tmp/test_sandbox.XXXXXX");
	assert_non_null(mkdtemp(place->directory));
	place->given = pool_printf(&place->pool, "%s/given", place->directory);
	place->other = pool_printf(&place->pool, "%s/other", place->directory);
	put(place->given, "given");
	put(place->other, "other");
	sandbox_open(&place->sandbox, &place->pool);
	files = pool_alloc(&place->pool, 3 * sizeof(*files));
	files[0] = place->given;
	files[1] = "/dev/null"; /* which Perl opens */
	place->rules = (struct sandbox_rules){
	    .sandbox = &place->sandbox,
	    .program = "/usr/bin/perl",
	    .files = files,
	    .memory_bytes = 200 << 20,
	    .cpu_seconds = 30,
	};
	*state = place;
	return 0;
}

static int
teardown(void **state)
{
	struct place *place = *state;

	unlink(place->given);
	unlink(place->other);
	assert_int_equal(rmdir(place->directory), 0);
	job_release(&place->job, 1);
	sandbox_close(&place->sandbox);
	pool_release(&place->pool);
	free(place);
	return 0;
}

static const char *
run(struct place *place, const char *const *argv)
{
	static const char *const env[] = {"LC_ALL=C", NULL};

	job_release(&place->job, 1);
	place->job = (struct job){
	    .argv = argv,
	    .env = env,
	    .directory = "/",
	    .output_limit = 65536,
	    .timeout_ns = 60 * SECOND,
	    .rules = &place->rules,
	};
	assert_int_equal(proc_run(&place->job, 1, 1, NULL, &place->err), 0);
	return buf_text(&place->job.output);
}

/* Has Perl evaluate an expression, which has the paths $g(iven) and $o(ther); returns "ok" and
 * what was read, or the errno. */
static const char *
perl(struct place *place, const char *expression)
{
	const char *script = pool_printf(&place->pool,
	    "($g, $o) = ('%s', '%s'); print((%s) ? 'ok' : $! + 0)", place->given, place->other,
	    expression);
	const char *argv[] = {"/usr/bin/perl", "-e", script, NULL};

	return run(place, argv);
}

static void
assert_all(struct place *place, const char *const (*cases)[2], size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const char *answer = perl(place, cases[i][0]);

		if (strcmp(answer, cases[i][1]) != 0)
			fail_msg("%s: %s, not %s (%s)", cases[i][0], answer, cases[i][1],
			    buf_text(&place->job.complaint));
	}
}

static void
test_files(void **state)
{
	static const char *const cases[][2] = {
	    {"open($f, '<', $g)", "ok"},
	    {"open($f, '<', $o)", "13"},
	    {"open($f, '<', '/etc/passwd')", "13"},
	    {"open($f, '<', '/proc/self/environ')", "13"},
	    {"opendir($d, '/')", "13"},
	    {"opendir($d, '/usr/lib')", "13"},
	    {"open($f, '>>', $g)", "13"},
	    {"open($f, '>', $g . 'x')", "13"},
	    {"open($f, '>', '/dev/null')", "13"},
	    {"unlink($g)", "13"},
	    {"rename($g, $o)", "13"},
	    {"truncate($g, 0)", "13"},
	    {"symlink($o, $g . 'x')", "13"},
	    {"link($o, $g . 'x')", "13"},
	    {"mkdir($g . 'x')", "13"},
	    {"exec('/bin/sh', '-c', 'echo ran')", "13"},
	};
	struct place *place = *state;

	if (place->sandbox.landlock < 3)
		skip();
	assert_all(place, cases, COUNT(cases));
}

static void
test_network(void **state)
{
	static const char *const cases[][2] = {
	    {"socket($s, 2, 1, 0)", "13"},  /* TCP */
	    {"socket($s, 2, 2, 0)", "13"},  /* UDP */
	    {"socket($s, 10, 1, 0)", "13"}, /* over IPv6 */
	    {"socket($s, 1, 1, 0)", "13"},  /* Unix */
	    {"socketpair($s, $t, 1, 1, 0)", "13"},
	};
	struct place *place = *state;

	if (place->sandbox.filter == NULL)
		skip();
	assert_all(place, cases, COUNT(cases));
}

/* The same program without rules: what is refused above is what the sandbox refuses. */
static void
test_control(void **state)
{
	struct place *place = *state;

	place->rules.program = NULL;
	assert_string_equal(perl(place, "open($f, '<', $o)"), "ok");
	assert_string_equal(perl(place, "opendir($d, '/usr/lib')"), "ok");
	assert_string_equal(perl(place, "truncate($o, 0)"), "ok");
	place->sandbox.filter = NULL;
	assert_string_equal(perl(place, "socket($s, 2, 1, 0)"), "ok");
}

static void
test_limits(void **state)
{
	static const char *const limits[] = {
	    "/bin/sh", "-c", "ulimit -t; ulimit -c; ulimit -f; ulimit -n; ulimit -s", NULL};
	struct place *place = *state;

	place->rules.program = "/bin/sh";
	assert_string_equal(run(place, limits), "30\n0\n2048\n256\n1024\n");
	place->rules.program = "/usr/bin/perl";
	assert_string_equal(perl(place, "length('x' x (60 << 20))"), "ok");
	assert_string_equal(perl(place, "length('x' x (250 << 20))"), "");
	assert_non_null(strstr(buf_text(&place->job.complaint), "Out of memory"));
	place->rules.cpu_seconds = 1;
	assert_string_equal(perl(place, "eval { while (1) {} }"), "");
	assert_int_equal(place->job.ending, JOB_KILLED);
	assert_true(place->job.code == SIGXCPU || place->job.code == SIGKILL);
}

/* A zombie that nobody reaps is none any more. */
static int
is_alive(int pid)
{
	char path[32], text[512] = "";
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	file = fopen(path, "r");
	if (file == NULL)
		return 0;
	text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
	fclose(file);
	return strstr(text, ") Z ") == NULL;
}

/* A child that is left alone ends. */
static void
test_orphan(void **state)
{
	struct place *place = *state;
	const char *path = pool_printf(&place->pool, "%s/pid", place->directory);
	char text[32] = "";
	FILE *file;
	pid_t parent = fork();

	if (parent == 0) {
		place->rules.program = NULL;
		place->sandbox.parent = getpid();
		perl(place, pool_printf(&place->pool,
				"open($f, '>', '%s') && print($f $$) && close($f) && "
				"kill(9, getppid()) && sleep(1000)", path));
		_exit(1);
	}
	for (int i = 0; i < 500 && text[0] == '\0'; i++) {
		usleep(10000);
		file = fopen(path, "r");
		if (file != NULL && fgets(text, sizeof(text), file) == NULL)
			text[0] = '\0';
		if (file != NULL)
			fclose(file);
	}
	unlink(path);
	assert_true(atoi(text) > 0);
	for (int i = 0; i < 500 && is_alive(atoi(text)); i++)
		usleep(10000);
	assert_false(is_alive(atoi(text)));
}

/* Nobody else's child enters. */
static void
test_stranger(void **state)
{
	struct place *place = *state;

	place->sandbox.parent = 1;
	assert_string_equal(perl(place, "1"), "");
	assert_int_equal(place->job.ending, JOB_NOT_FOUND);
	assert_int_equal(place->job.code, ECANCELED);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_files, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_network, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_control, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_limits, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_orphan, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_stranger, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
