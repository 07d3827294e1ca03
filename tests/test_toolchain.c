#include "toolchain.h"

#include "error.h"
#include "pool.h"
#include "scratch.h"

#include <glob.h>
#include <limits.h>
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

/* What a go command does, in shell: PPROF stands for a pprof that passes the self-test. */
struct fake {
	const char *version;  /* go version */
	const char *which;    /* go tool -n pprof */
	const char *run;      /* go tool pprof ... */
};

#define VERSION_119 "echo go version go1.19.8 linux/amd64"
#define ANSWER "shift 2; PPROF \"$@\"" /* passes the self-test */
static const struct fake good = {VERSION_119, "echo PPROF", "exit 9"};
static const struct fake without_program = {VERSION_119, "echo /nonexistent/pprof", ANSWER};

/* Where the fakes are, the search of one test, and what came of it. */
struct place {
	char directory[PATH_MAX], go[PATH_MAX + 16], program[PATH_MAX + 32];
	char *old_path;
	struct pool pool;
	struct scratch scratch;
	struct toolchain toolchain;
	struct error err;
	int status;
};

static int notices;

static void
count_notice(const char *text)
{
	assert_non_null(text);
	notices++;
}

/* Starts without any Go in the environment, and in a directory of its own. */
static int
enter(void **state)
{
	static struct place place;
	const char *fixtures = getenv("FIXTURES");
	char *real = realpath(fixtures != NULL ? fixtures : "fixtures", NULL);

	place = (struct place){.directory = "/tmp/test_toolchain.XXXXXX"};
	*state = &place;
	notices = 0;
	if (real == NULL || mkdtemp(place.directory) == NULL)
		return -1;
	snprintf(place.go, sizeof(place.go), "%s/go", place.directory);
	snprintf(place.program, sizeof(place.program), "%s/bin/pprof-silent", real);
	free(real);
	place.old_path = strdup(getenv("PATH"));
	setenv("PATH", "/nonexistent", 1);
	setenv("HOME", place.directory, 1);
	unsetenv("GOROOT");
	unsetenv("TMPDIR");
	unsetenv("XDG_CACHE_HOME");
	return scratch_open(&place.scratch, &place.err);
}

static int
leave(void **state)
{
	struct place *place = *state;
	char line[PATH_MAX + 16];

	setenv("PATH", place->old_path, 1);
	free(place->old_path);
	scratch_close(&place->scratch);
	pool_release(&place->pool);
	snprintf(line, sizeof(line), "rm -rf '%s'", place->directory);
	return system(line) == 0 ? 0 : -1;
}

/* Writes shell with PPROF replaced. */
static void
put_shell(FILE *file, const char *shell, const char *program)
{
	const char *mark = strstr(shell, "PPROF");

	if (mark == NULL)
		fputs(shell, file);
	else
		fprintf(file, "%.*s%s%s", (int)(mark - shell), shell, program,
		    mark + strlen("PPROF"));
}

static void
make_go(const struct place *place, const char *path, const struct fake *fake)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fputs("#!/bin/sh\ncase \"$*\" in\nversion) ", file);
	put_shell(file, fake->version, place->program);
	fputs(" ;;\n'tool -n pprof') ", file);
	put_shell(file, fake->which, place->program);
	fputs(" ;;\n'tool pprof '*) ", file);
	put_shell(file, fake->run, place->program);
	fputs(" ;;\n*) exit 99 ;;\nesac\n", file);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(chmod(path, 0755), 0);
}

/* A directory below the place's with a go command in it; returns its path. */
static const char *
make_go_in(struct place *place, const char *name, const struct fake *fake)
{
	const char *directory = pool_printf(&place->pool, "%s/%s", place->directory, name);

	for (const char *at = strchr(name, '/'); at != NULL; at = strchr(at + 1, '/'))
		mkdir(pool_printf(&place->pool, "%s/%.*s", place->directory, (int)(at - name),
			  name), 0700);
	assert_int_equal(mkdir(directory, 0700), 0);
	make_go(place, pool_printf(&place->pool, "%s/go", directory), fake);
	return directory;
}

static void
find(struct place *place, const char *go)
{
	const struct toolchain_request request = {.go = go, .notice = count_notice};

	place->status = toolchain_find(&place->toolchain, &place->pool, &place->scratch, &request,
	    &place->err);
}

static void
must_find(struct place *place, const char *go)
{
	find(place, go);
	if (place->status < 0)
		fail_msg("%s", place->err.msg);
	assert_int_equal(notices, 0);
}

static const char *
joined(struct place *place, const char *const *words)
{
	const char *text = "";

	for (; *words != NULL; words++)
		text = pool_printf(&place->pool, "%s%s\n", text, *words);
	return text;
}

static const char *
processors(struct place *place)
{
	long count = sysconf(_SC_NPROCESSORS_ONLN);

	return pool_printf(
	    &place->pool, "%ld", count < TOOLCHAIN_THREADS ? count : (long)TOOLCHAIN_THREADS);
}

/* ---- what is found ---- */

/* The program behind `go tool pprof` is run by itself, with nothing of ours around it. */
static void
test_program(void **state)
{
	struct place *place = *state;
	const char *directory = place->scratch.path;

	setenv("PPROF_TEST_LEAK", "1", 1);
	make_go(place, place->go, &good);
	must_find(place, place->go);
	unsetenv("PPROF_TEST_LEAK");
	assert_string_equal(place->toolchain.go, place->go);
	assert_string_equal(place->toolchain.version, "go1.19.8");
	assert_string_equal(place->toolchain.pprof, place->program);
	assert_string_equal(place->toolchain.directory, directory);
	assert_string_equal(joined(place, place->toolchain.command),
	    pool_printf(&place->pool, "%s\n", place->program));
	assert_string_equal(joined(place, place->toolchain.env),
	    pool_printf(&place->pool,
		"PATH=/nonexistent\nHOME=%s\nXDG_CONFIG_HOME=%s\nTMPDIR=%s\nLC_ALL=C\n"
		"GOMAXPROCS=%s\nPPROF_TMPDIR=%s\nPPROF_BINARY_PATH=%s\nTERM=dumb\nTZ=UTC\n",
		directory, directory, directory, processors(place), directory, directory));
}

/* The fakes are scripts, which work in no sandbox, and so are looked at each time. */
static void
use_real_pprof(struct place *place)
{
	FILE *said;

	setenv("PATH", place->old_path, 1);
	said = popen("cd / && GOENV=off GOTOOLCHAIN=local go tool -n pprof", "r");
	assert_non_null(fgets(place->program, sizeof(place->program), said));
	assert_int_equal(pclose(said), 0);
	setenv("PATH", "/nonexistent", 1);
	place->program[strcspn(place->program, "\n")] = '\0';
}

/* How often a fake go was run: each of its runs adds a line to a file. */
static size_t
runs_of_go(const struct place *place)
{
	FILE *file = fopen(pool_printf((struct pool *)&place->pool, "%s/runs", place->directory), "r");
	size_t count = 0;
	int c;

	while (file != NULL && (c = fgetc(file)) != EOF)
		count += c == '\n';
	if (file != NULL)
		fclose(file);
	return count;
}

/* What was found is known to the next run, which does not run go; when go or pprof is another
 * file than it was, go is asked anew. */
static void
test_remembered(void **state)
{
	struct place *place = *state;
	const char *program = pool_printf(&place->pool, "%s/pprof", place->directory);
	struct fake counting = {
	    pool_printf(&place->pool, "echo run >>%s/runs; " VERSION_119, place->directory),
	    pool_printf(&place->pool, "echo run >>%s/runs; echo %s", place->directory, program),
	    "exit 9"};
	struct stat st;

	use_real_pprof(place);
	assert_int_equal(symlink(place->program, program), 0);
	make_go(place, place->go, &counting);
	must_find(place, place->go);
	assert_int_equal(runs_of_go(place), 2);
	for (int i = 0; i < 3; i++) {
		place->toolchain = (struct toolchain){0};
		must_find(place, place->go);
		assert_string_equal(place->toolchain.version, "go1.19.8");
		assert_string_equal(place->toolchain.pprof, program);
		assert_string_equal(joined(place, place->toolchain.command),
		    pool_printf(&place->pool, "%s\n", program));
	}
	assert_int_equal(runs_of_go(place), 2);
	assert_int_equal(stat(pool_printf(&place->pool, "%s/.cache/flareprof",
		place->directory), &st), 0);
	/* another go in its place */
	assert_int_equal(unlink(place->go), 0);
	make_go(place, place->go, &counting);
	must_find(place, place->go);
	assert_int_equal(runs_of_go(place), 4);
	/* pprof is gone: nothing is left to be run but `go tool pprof`, which fails here */
	assert_int_equal(unlink(program), 0);
	find(place, place->go);
	assert_int_equal(place->status, -1);
	assert_int_equal(runs_of_go(place), 6);
}

/* An entry that others could have written is not believed, nor one that is broken or old. */
static void
test_remembered_wrongly(void **state)
{
	static const char *const spoil[] = {"chmod 666", "echo x | tee", "truncate -s 0", "rm",
	    "touch -d '2 days ago'", "touch -d tomorrow", "chmod g+w",
	    "sed -i s/go1.19.8/go6.6.6/;chmod g+w", "sed -i s/pprof_file/file/",
	    "sed -i /landlock/s/[0-9]/9/", "sed -i s/landlock/lock/"};
	struct place *place = *state;
	size_t runs = 0;
	struct fake counting = {
	    pool_printf(&place->pool, "echo run >>%s/runs; " VERSION_119, place->directory),
	    "echo PPROF", "exit 9"};

	use_real_pprof(place);
	make_go(place, place->go, &counting);
	for (size_t i = 0; i < COUNT(spoil); i++) {
		const char *entry =
		    pool_printf(&place->pool, "'%s'/.cache/flareprof/*", place->directory);
		const char *second = strchr(spoil[i], ';');
		const char *command = pool_printf(&place->pool, "{ %.*s %s; %s %s; } >/dev/null",
		    (int)strcspn(spoil[i], ";"), spoil[i], entry,
		    second != NULL ? second + 1 : ":", entry);

		must_find(place, place->go);
		setenv("PATH", place->old_path, 1);
		assert_int_equal(system(command), 0);
		setenv("PATH", "/nonexistent", 1);
		must_find(place, place->go);
		runs += i == 0 ? 2 : 1;
		if (runs_of_go(place) != runs)
			fail_msg("believed after: %s", command);
		assert_string_equal(place->toolchain.version, "go1.19.8");
	}
}

/* Where there is no cache directory, all is as it was. */
static void
test_not_remembered(void **state)
{
	struct place *place = *state;

	setenv("XDG_CACHE_HOME", "/proc/nonexistent", 1);
	make_go(place, place->go, &good);
	must_find(place, place->go);
	unsetenv("HOME");
	unsetenv("XDG_CACHE_HOME");
	must_find(place, place->go);
	assert_string_equal(place->toolchain.pprof, place->program);
}

static int meanwhiles;

static void
count_meanwhile(void *data)
{
	assert_ptr_equal(data, &meanwhiles);
	meanwhiles++;
}

/* What there is to do meanwhile is done once while go runs. */
static void
test_meanwhile(void **state)
{
	struct place *place = *state;
	struct toolchain_request request = {place->go, count_notice, count_meanwhile, &meanwhiles};

	make_go(place, place->go, &good);
	assert_int_equal(toolchain_find(&place->toolchain, &place->pool, &place->scratch,
	    &request, &place->err), 0);
	assert_int_equal(meanwhiles, 1);
}

/* Where the program itself cannot be run, `go tool pprof` is. */
static void
test_go_tool(void **state)
{
	static const struct fake fakes[] = {
	    {VERSION_119, "echo /nonexistent/pprof", ANSWER},
	    {VERSION_119, "echo relative/pprof", ANSWER},
	    {VERSION_119, "echo /etc", ANSWER},
	    {VERSION_119, "echo /etc/passwd", ANSWER},
	    {VERSION_119, "echo", ANSWER},
	    {VERSION_119, ":", ANSWER},
	    {VERSION_119, "echo PPROF; exit 1", ANSWER},
	    {VERSION_119, "kill -9 $$", ANSWER},
	    /* it is there, but it is no pprof */
	    {VERSION_119, "echo /bin/true", ANSWER},
	    {VERSION_119, "echo /bin/false", ANSWER},
	    {VERSION_119, "echo /bin/cat", ANSWER},
	};
	struct place *place = *state;

	for (size_t i = 0; i < COUNT(fakes); i++) {
		make_go(place, place->go, &fakes[i]);
		must_find(place, place->go);
		assert_null(place->toolchain.pprof);
		assert_string_equal(joined(place, place->toolchain.command),
		    pool_printf(&place->pool, "%s\ntool\npprof\n", place->go));
		assert_non_null(strstr(joined(place, place->toolchain.env), "GOTOOLCHAIN=local\n"));
		assert_non_null(strstr(joined(place, place->toolchain.env), "GOENV=off\n"));
		assert_non_null(strstr(joined(place, place->toolchain.env), "TZ=UTC\n"));
	}
}

static void
test_versions(void **state)
{
	static const struct {
		const char *shell, *version;
	} cases[] = {
	    {"echo go version go1.19.8 linux/amd64", "go1.19.8"},
	    {"echo go version go1.27.3 linux/amd64", "go1.27.3"},
	    {"echo go version go1.21rc2 darwin/arm64", "go1.21rc2"},
	    {"echo go version go1.22.2-X:boringcrypto linux/amd64", "go1.22.2-X:boringcrypto"},
	    {"echo 'go version go1.24.1 (Red Hat 1.24.1-1.el9) linux/amd64'", "go1.24.1"},
	    {"echo go version devel go1.25-abcdef Mon Jan 2 15:04:05 2025 linux/amd64",
		"go1.25-abcdef"},
	    {"echo go version devel +0123abcd Mon Jan 2 linux/amd64", "+0123abcd"},
	    {"echo 'go version go1.18 gccgo (Debian 12.2.0-14) 12.2.0 linux/amd64'", "go1.18"},
	    {"echo go version go2.0 linux/amd64", "go2.0"},
	    {"printf 'go version go1.20\\n'", "go1.20"},
	    {"printf 'go version go1.20'", "go1.20"},
	    {"echo warning >&2; echo go version go1.20 linux/amd64", "go1.20"},
	    {"printf 'go version go1\\033[31m.20\\007 x\\n'", "go1.20\xef\xbf\xbd"},
	};
	struct place *place = *state;

	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct fake fake = {cases[i].shell, "echo PPROF", "exit 9"};

		make_go(place, place->go, &fake);
		must_find(place, place->go);
		assert_string_equal(place->toolchain.version, cases[i].version);
	}
}

/* go is run where no go.mod is, and with nothing that makes it do something else. */
static void
test_environment_of_go(void **state)
{
	static const struct fake nosy = {
	    "/usr/bin/env >env; pwd >where; " VERSION_119, "echo PPROF", "exit 9"};
	static const char *const wanted[] = {
	    "GOTOOLCHAIN=local\n", "GOENV=off\n", "GOPROXY=off\n", "GOWORK=off\n", "LC_ALL=C\n",
	    "GOCACHE=/the/cache\n",
	};
	static const char *const unwanted[] = {"GOFLAGS=", "GOROOT=", "HTTP_PROXY=", "GOPATH="};
	struct place *place = *state;
	char env[4096] = "\n", where[PATH_MAX] = "";
	FILE *file;

	for (size_t i = 0; i < COUNT(unwanted); i++)
		putenv(pool_printf(&place->pool, "%sx", unwanted[i]));
	setenv("GOCACHE", "/the/cache", 1);
	setenv("GOTOOLCHAIN", "go1.99.9", 1);
	make_go(place, place->go, &nosy);
	must_find(place, place->go);
	unsetenv("GOTOOLCHAIN");
	unsetenv("GOCACHE");
	for (size_t i = 0; i < COUNT(unwanted); i++)
		unsetenv(pool_strndup(&place->pool, unwanted[i], strlen(unwanted[i]) - 1));
	file = fopen(pool_printf(&place->pool, "%s/env", place->scratch.path), "r");
	assert_non_null(file);
	env[1 + fread(env + 1, 1, sizeof(env) - 2, file)] = '\0';
	fclose(file);
	for (size_t i = 0; i < COUNT(wanted); i++)
		assert_non_null(strstr(env, pool_printf(&place->pool, "\n%s", wanted[i])));
	for (size_t i = 0; i < COUNT(unwanted); i++)
		assert_null(strstr(env, pool_printf(&place->pool, "\n%s", unwanted[i])));
	file = fopen(pool_printf(&place->pool, "%s/where", place->scratch.path), "r");
	assert_non_null(fgets(where, sizeof(where), file));
	fclose(file);
	assert_string_equal(where, pool_printf(&place->pool, "%s\n", place->scratch.path));
}

/* The profile of the self-test is not left behind. */
static void
test_leaves_nothing(void **state)
{
	struct place *place = *state;

	make_go(place, place->go, &good);
	must_find(place, place->go);
	assert_int_not_equal(access(pool_printf(&place->pool, "%s/self-test.pb",
				 place->scratch.path), F_OK), 0);
	assert_int_not_equal(access(pool_printf(&place->pool, "%s/self-test.commands",
				 place->scratch.path), F_OK), 0);
}

/* What is read with Debian's, Red Hat's or the user's own Go, where there is one. */
static void
test_real_go(void **state)
{
	struct place *place = *state;

	setenv("PATH", place->old_path, 1);
	find(place, "go");
	if (place->status < 0)
		skip();
	assert_memory_equal(place->toolchain.version, "go", 2);
	assert_int_equal(place->toolchain.go[0], '/');
}

/* ---- where it is looked for ---- */

#define SAYS(version) {"echo go version " version " linux/amd64", "echo PPROF", "exit 9"}
static const struct fake first = SAYS("first"), second = SAYS("second"),
			 broken = {"echo broken >&2; exit 1", "exit 1", "exit 1"};

static void
test_goroot_before_path(void **state)
{
	struct place *place = *state;
	const char *root;

	make_go_in(place, "root/bin", &first);
	root = pool_printf(&place->pool, "%s/root", place->directory);
	setenv("GOROOT", root, 1);
	setenv("PATH", make_go_in(place, "path", &second), 1);
	must_find(place, NULL);
	assert_string_equal(place->toolchain.version, "first");
	assert_string_equal(place->toolchain.go, pool_printf(&place->pool, "%s/bin/go", root));
	/* the one that was asked for, and no other */
	must_find(place, "go");
	assert_string_equal(place->toolchain.version, "second");
	setenv("GOROOT", "/nonexistent", 1);
	must_find(place, NULL);
	assert_string_equal(place->toolchain.version, "second");
	unsetenv("GOROOT");
}

/* PATH: in its order; what is relative or empty in it does not count. */
static void
test_path(void **state)
{
	struct place *place = *state;
	const char *one = make_go_in(place, "one", &first);
	const char *two = make_go_in(place, "two", &second);
	const char *bad = make_go_in(place, "bad", &broken);
	const struct {
		const char *path, *version;
	} cases[] = {
	    {pool_printf(&place->pool, "%s:%s", one, two), "first"},
	    {pool_printf(&place->pool, "%s:%s", two, one), "second"},
	    {pool_printf(&place->pool, "%s/:%s", two, one), "second"},
	    {pool_printf(&place->pool, ":one:./one:.:%s:", two), "second"},
	    {pool_printf(&place->pool, "/nonexistent:/etc:%s", one), "first"},
	    {pool_printf(&place->pool, "%s:%s", bad, one), "first"},
	    {pool_printf(&place->pool, "%s:%s:%s", bad, bad, two), "second"},
	};
	char *back = getcwd(NULL, 0);

	assert_int_equal(chdir(place->directory), 0);
	for (size_t i = 0; i < COUNT(cases); i++) {
		setenv("PATH", cases[i].path, 1);
		must_find(place, NULL);
		assert_string_equal(place->toolchain.version, cases[i].version);
	}
	assert_int_equal(chdir(back), 0);
	free(back);
}

/* One that cannot be run is no candidate. */
static void
test_not_executable(void **state)
{
	struct place *place = *state;
	const char *one = make_go_in(place, "one", &first);
	const char *two = make_go_in(place, "two", &second);

	assert_int_equal(chmod(pool_printf(&place->pool, "%s/go", one), 0644), 0);
	setenv("PATH", pool_printf(&place->pool, "%s:%s", one, two), 1);
	must_find(place, NULL);
	assert_string_equal(place->toolchain.version, "second");
}

/* --go takes a path, also a relative one or a link, or a name in PATH. */
static void
test_asked(void **state)
{
	struct place *place = *state;
	const char *real = pool_printf(&place->pool, "%s/go", make_go_in(place, "one", &first));
	const char *link = pool_printf(&place->pool, "%s/go1.99", place->directory);
	char *back = getcwd(NULL, 0);
	const char *const asked[] = {real, link, "./go1.99", "one/go", "../one/go", "go1.99"};

	assert_int_equal(symlink(real, link), 0);
	assert_int_equal(mkdir(pool_printf(&place->pool, "%s/sub", place->directory), 0700), 0);
	setenv("PATH", place->directory, 1);
	for (size_t i = 0; i < COUNT(asked); i++) {
		assert_int_equal(chdir(place->directory), 0);
		if (asked[i][0] == '.' && asked[i][1] == '.')
			assert_int_equal(chdir("sub"), 0);
		must_find(place, asked[i]);
		assert_string_equal(place->toolchain.version, "first");
		assert_string_equal(place->toolchain.go, i == 5 ? link : real);
	}
	assert_int_equal(chdir(back), 0);
	free(back);
}

/* ---- what is not ---- */

static void
assert_no_go(const struct place *place, const char *message)
{
	assert_int_equal(place->status, -1);
	assert_int_equal(place->err.exit_code, ERROR_EXIT_NO_GO);
	if (strstr(place->err.msg, message) == NULL)
		assert_string_equal(place->err.msg, message);
	assert_non_null(strstr(place->err.msg, "install"));
	assert_non_null(strstr(place->err.msg, "--go"));
	assert_non_null(strstr(place->err.msg, "https://go.dev/dl/"));
}

static void
test_asked_is_missing(void **state)
{
	static const char *const asked[] = {
	    "/nonexistent/go", "go", "go1.99", "./go", "/etc", "/etc/passwd", "/",
	};
	struct place *place = *state;

	for (size_t i = 0; i < COUNT(asked); i++) {
		find(place, asked[i]);
		assert_no_go(place,
		    pool_printf(&place->pool, "cannot find the go command '%s'", asked[i]));
	}
}

#define NO_PPROF "pprof cannot read a sound profile: it "

static void
test_asked_is_unusable(void **state)
{
	static const struct {
		struct fake fake;
		const char *why;
	} cases[] = {
	    {{"echo go: broken >&2; exit 2", ":", ":"},
		"'go version' ended with exit status 2: go: broken"},
	    {{"kill -9 $$", ":", ":"}, "'go version' was killed by signal 9"},
	    {{":", "echo PPROF", ":"}, "'go version' did not print a version"},
	    {{"echo hello", "echo PPROF", ":"}, "'go version' did not print a version"},
	    {{"echo x go version go1.20", "echo PPROF", ":"},
		"'go version' did not print a version"},
	    {{VERSION_119, "exit 1", "echo no such tool pprof >&2; exit 2"},
		NO_PPROF "ended with exit status 2: no such tool pprof"},
	    {{VERSION_119, "echo /bin/false", "kill -SEGV $$"}, NO_PPROF "was killed by signal 11"},
	    {{VERSION_119, ":", ANSWER "; exit 1"}, NO_PPROF "ended with exit status 1"},
	    {{VERSION_119, ":", "while :; do echo xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx; done"},
		NO_PPROF "printed more than 64.0 kB"},
	};
	struct place *place = *state;

	for (size_t i = 0; i < COUNT(cases); i++) {
		make_go(place, place->go, &cases[i].fake);
		find(place, place->go);
		assert_no_go(place, pool_printf(&place->pool, "no usable Go:\n  %s: %s\n",
		    place->go, cases[i].why));
	}
}

/* A pprof that ends well but answers something else is told as such. */
static void
test_wrong_answer(void **state)
{
	static const struct fake fake = {VERSION_119, ":", "echo hello"};
	struct place *place = *state;

	make_go(place, place->go, &fake);
	find(place, place->go);
	assert_no_go(place, "no usable Go:");
	assert_null(strstr(place->err.msg, "exit status 0"));
}

/* Nothing that starts with #! nor is a program. */
static void
test_no_program(void **state)
{
	struct place *place = *state;
	FILE *file = fopen(place->go, "w");

	fputs("\x01\x02garbage", file);
	fclose(file);
	assert_int_equal(chmod(place->go, 0755), 0);
	find(place, place->go);
	assert_no_go(place, "'go version' could not be started: Exec format error");
}

/* 1 when a Go is in one of the places that no variable of ours can change. */
static int
system_has_go(void)
{
	static const char *const places[] = {"/usr/local/go/bin/go", "/usr/lib/go/bin/go",
	    "/usr/lib/go-1.*/bin/go", "/usr/lib/golang/bin/go", "/snap/bin/go",
	    "/opt/homebrew/bin/go"};

	for (size_t i = 0; i < COUNT(places); i++) {
		glob_t found;

		if (glob(places[i], 0, NULL, &found) != 0)
			continue;
		globfree(&found);
		return 1;
	}
	return 0;
}

static void
test_nothing(void **state)
{
	struct place *place = *state;

	if (system_has_go())
		skip();
	find(place, NULL);
	assert_no_go(place, "Go is not installed: not in GOROOT, not in PATH");
	unsetenv("HOME");
	unsetenv("PATH");
	find(place, NULL);
	assert_no_go(place, "Go is not installed: not in GOROOT, not in PATH");
}

static void
test_home(void **state)
{
	struct place *place = *state;

	if (system_has_go())
		skip();
	make_go_in(place, "sdk/go1.21/bin", &first);
	make_go_in(place, "sdk/go1.22/bin", &second);
	must_find(place, NULL);
	assert_string_equal(place->toolchain.version, "second");
	make_go_in(place, "go/bin", &first);
	must_find(place, NULL);
	assert_string_equal(place->toolchain.version, "first");
}

/* All that were tried are told of, when none does. */
static void
test_all_are_told(void **state)
{
	struct place *place = *state;
	const char *one = make_go_in(place, "one", &broken);
	const char *two = make_go_in(place, "two", &broken);

	setenv("PATH", pool_printf(&place->pool, "%s:%s", one, two), 1);
	find(place, "go");
	assert_no_go(place, pool_printf(&place->pool,
	    "no usable Go:\n  %s/go: 'go version' ended with exit status 1: broken\n"
	    "  %s/go: 'go version' ended with exit status 1: broken\n", one, two));
}

/* The pprof that go names is gone: what was found before is no help. */
static void
test_without_program(void **state)
{
	struct place *place = *state;

	make_go(place, place->go, &good);
	must_find(place, place->go);
	make_go(place, place->go, &without_program);
	must_find(place, place->go);
	assert_null(place->toolchain.pprof);
	assert_string_equal(place->toolchain.command[0], place->go);
}

#define IN_PLACE(test) cmocka_unit_test_setup_teardown(test, enter, leave)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    IN_PLACE(test_program),
	    IN_PLACE(test_remembered),
	    IN_PLACE(test_remembered_wrongly),
	    IN_PLACE(test_not_remembered),
	    IN_PLACE(test_meanwhile),
	    IN_PLACE(test_go_tool),
	    IN_PLACE(test_versions),
	    IN_PLACE(test_environment_of_go),
	    IN_PLACE(test_leaves_nothing),
	    IN_PLACE(test_real_go),
	    IN_PLACE(test_goroot_before_path),
	    IN_PLACE(test_path),
	    IN_PLACE(test_not_executable),
	    IN_PLACE(test_asked),
	    IN_PLACE(test_asked_is_missing),
	    IN_PLACE(test_asked_is_unusable),
	    IN_PLACE(test_wrong_answer),
	    IN_PLACE(test_no_program),
	    IN_PLACE(test_nothing),
	    IN_PLACE(test_home),
	    IN_PLACE(test_all_are_told),
	    IN_PLACE(test_without_program),
	};

	return cmocka_run_group_tests_name("toolchain", tests, NULL, NULL);
}
