#include "flare.h"

#include "buf.h"
#include "error.h"
#include "pool.h"

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

#define BAD "\xef\xbf\xbd"
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* ---- a directory to build flares in, which is the working directory meanwhile ---- */

static int
enter(void **state)
{
	static char directory[PATH_MAX];

	strcpy(directory, "/tmp/test_flare.XXXXXX");
	*state = directory;
	return mkdtemp(directory) != NULL && chdir(directory) == 0 ? 0 : -1;
}

static int
leave(void **state)
{
	char line[PATH_MAX + 16];

	snprintf(line, sizeof(line), "rm -rf '%s'", (const char *)*state);
	return chdir("/") == 0 && system(line) == 0 ? 0 : -1;
}

/* Makes a file and the directories that it is in; a path that ends in '/' is a directory. */
static void
make(const char *path)
{
	char part[PATH_MAX];
	FILE *file;

	for (const char *at = strchr(path, '/'); at != NULL; at = strchr(at + 1, '/')) {
		snprintf(part, sizeof(part), "%.*s", (int)(at - path), path);
		mkdir(part, 0700);
	}
	if (path[strlen(path) - 1] == '/')
		return;
	file = fopen(path, "w");
	assert_non_null(file);
	fputs("content", file);
	fclose(file);
}

static void
make_all(const char *const *paths)
{
	for (; *paths != NULL; paths++)
		make(*paths);
}

struct opened {
	struct pool pool;
	struct gaps gaps;
	struct error err;
	struct flare flare;
	int status;
};

static void
open_flare(struct opened *opened, const char *path)
{
	memset(opened, 0, sizeof(*opened));
	opened->status =
	    flare_open(&opened->flare, &opened->pool, path, &opened->gaps, &opened->err);
}

static void
must_open(struct opened *opened, const char *path)
{
	open_flare(opened, path);
	if (opened->status < 0)
		fail_msg("%s: %s", path, opened->err.msg);
}

/* The names of all processes, each with a blank behind it. */
static void
assert_processes(struct opened *opened, const char *names)
{
	const char *got = "";

	for (size_t i = 0; i < opened->flare.process_count; i++)
		got = pool_printf(&opened->pool, "%s%s ", got, opened->flare.processes[i].name);
	assert_string_equal(got, names);
}

/* ---- where the flare is ---- */

static void
test_ways_to_name_one(void **state)
{
	static const struct {
		const char *path, *inside; /* the path, seen from a directory */
	} cases[] = {
	    {"flare/web-01", "."}, {"flare", "."}, {"flare/", "."}, {"./flare//web-01/.", "."},
	    {"flare/web-01/profiles", "."}, {"flare/web-01/profiles/", "."}, {".", "flare"},
	    {".", "flare/web-01"}, {".", "flare/web-01/profiles"}, {"..", "flare/web-01/profiles"},
	    {"flare/other/../web-01", "."}, {"link", "."}, {"link-to-profiles", "."},
	};
	char root[PATH_MAX];

	make("flare/web-01/profiles/core-cpu.pprof");
	make("flare/web-01/status.log");
	make("flare/other/");
	make("flare/truth.json");
	assert_int_equal(symlink("flare/web-01", "link"), 0);
	assert_int_equal(symlink("flare/web-01/profiles", "link-to-profiles"), 0);
	snprintf(root, sizeof(root), "%s/flare/web-01", (const char *)*state);
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct opened opened;

		assert_int_equal(chdir(cases[i].inside), 0);
		must_open(&opened, cases[i].path);
		assert_string_equal(opened.flare.root, root);
		assert_string_equal(opened.flare.name, "web-01");
		assert_string_equal(opened.flare.path, cases[i].path);
		assert_processes(&opened, "core ");
		assert_int_equal(opened.gaps.count, 0);
		pool_release(&opened.pool);
		assert_int_equal(chdir(*state), 0);
	}
}

static void
test_no_flare(void **state)
{
	static const struct {
		const char *path, *message; /* a part of it */
	} cases[] = {
	    {"missing", "cannot open 'missing': No such file or directory"},
	    {"", "cannot open '': No such file or directory"},
	    {"file.zip", "cannot read 'file.zip': "},
	    {"file.zip/x", "cannot open 'file.zip/x': Not a directory"},
	    {"fifo", "cannot read 'fifo': not a directory"},
	    {"dangling", "cannot open 'dangling': No such file or directory"},
	    {"nothing", "/nothing': name the directory of an extracted flare"},
	    {"far", "/far': name the directory of an extracted flare"},
	    {"hidden", "/hidden': name the directory of an extracted flare"},
	    {"as-file", "/as-file': name the directory of an extracted flare"},
	    {"linked", "/linked': name the directory of an extracted flare"},
	    {"empty", "/empty/profiles': ask for a flare with profiles"},
	    {"traces", "/traces/profiles': ask for a flare with profiles"},
	    {"two", "/two' holds more than one flare: name one, such as '"},
	};

	(void)state;
	make_all((const char *const[]){"file.zip", "nothing/status.log",
	    "far/a/b/profiles/core-cpu.pprof", "hidden/.a/profiles/core-cpu.pprof",
	    "as-file/profiles", "linked/status.log", "empty/profiles/",
	    "traces/profiles/core.trace",
	    "two/a/profiles/core-cpu.pprof", "two/b/profiles/", "there/core-cpu.pprof", NULL});
	assert_int_equal(mkfifo("fifo", 0600), 0);
	assert_int_equal(symlink("nowhere", "dangling"), 0);
	assert_int_equal(symlink("../there", "linked/profiles"), 0);
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct opened opened;

		open_flare(&opened, cases[i].path);
		if (opened.status != -1)
			fail_msg("%s is opened", cases[i].path);
		if (strstr(opened.err.msg, cases[i].message) == NULL)
			assert_string_equal(opened.err.msg, cases[i].message);
		assert_in_set(opened.err.exit_code, ((uintmax_t[]){0, ERROR_EXIT_NO_REPORT}), 2);
		pool_release(&opened.pool);
	}
}

/* What is said when there is none tells what to do. */
static void
test_advice(void **state)
{
	struct opened opened;

	(void)state;
	make("empty/profiles/");
	open_flare(&opened, "empty");
	assert_non_null(strstr(opened.err.msg, "flare <CASE_ID> --profile 60"));
	pool_release(&opened.pool);
}

/* A link below is no flare, so that the one beside it is the only one. */
static void
test_link_below(void **state)
{
	struct opened opened;

	(void)state;
	make("flare/web-01/profiles/core-cpu.pprof");
	assert_int_equal(symlink("web-01", "flare/latest"), 0);
	must_open(&opened, "flare");
	assert_string_equal(opened.flare.name, "web-01");
	pool_release(&opened.pool);
}

/* ---- what is in it ---- */

static void
test_process_order(void **state)
{
	struct opened opened;

	(void)state;
	make_all((const char *const[]){"f/profiles/zebra-cpu.pprof", "f/profiles/trace-mutex.pprof",
	    "f/profiles/system-probe-1st-heap.pprof", "f/profiles/core-2nd-heap.pprof",
	    "f/profiles/otel-agent-cpu.pprof", "f/profiles/process-block.pprof",
	    "f/profiles/security-agent-cpu.pprof", "f/profiles/core-cpu.pprof",
	    "f/profiles/datadog-cluster-agent-cpu.pprof", "f/profiles/Abc-cpu.pprof", NULL});
	must_open(&opened, "f");
	assert_processes(&opened, "core datadog-cluster-agent trace process security-agent "
				  "system-probe Abc otel-agent zebra ");
	pool_release(&opened.pool);
}

/* Which names make a process, and of what name. */
static void
test_names(void **state)
{
	static const struct {
		const char *file, *process; /* NULL: none */
	} cases[] = {
	    {"core-1st-heap.pprof", "core"}, {"core-2nd-heap.pprof", "core"},
	    {"core-cpu.pprof", "core"}, {"core-mutex.pprof", "core"}, {"core-block.pprof", "core"},
	    {"a-cpu.pprof", "a"}, {"7-cpu.pprof", "7"}, {"a.b_c-d-cpu.pprof", "a.b_c-d"},
	    {"core-cpu-cpu.pprof", "core-cpu"}, {"core-1st-heap-2nd-heap.pprof", "core-1st-heap"},
	    {"core-heap.pprof", NULL}, {"core-3rd-heap.pprof", NULL}, {"core-cpu.pprof.gz", NULL},
	    {"core-cpu.pprof~", NULL}, {"core-cpu", NULL}, {"core.pprof", NULL},
	    {"cpu.pprof", NULL},
	    {"-cpu.pprof", NULL}, {"core-CPU.pprof", NULL}, {"core-cpu.PPROF", NULL},
	    {".core-cpu.pprof", NULL}, {"._core-cpu.pprof", NULL}, {"core-cpu.pprof\n", NULL},
	    /* Any other prefix is a process, but its name is shown as clean text. */
	    {"-x-cpu.pprof", "-x"}, {"_x-cpu.pprof", "_x"}, {"a b-cpu.pprof", "a b"},
	    {"a;b-cpu.pprof", "a;b"}, {"$(x)-cpu.pprof", "$(x)"}, {"a'b-cpu.pprof", "a'b"},
	    {"a\nb-cpu.pprof", "a" BAD "b (cleaned)"}, {"caf\xc3\xa9-cpu.pprof", "caf\xc3\xa9"},
	    {"\xff-cpu.pprof", BAD " (cleaned)"}, {"\033[31mcore-cpu.pprof", "core (cleaned)"}, {"a|b-cpu.pprof", "a|b"},
	    {"x123456789012345678901234567890123456789012345678901234567890123-cpu.pprof",
		"x123456789012345678901234567890123456789012345678901234567890123"},
	    {"x1234567890123456789012345678901234567890123456789012345678901234-cpu.pprof", NULL},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct opened opened;
		char path[PATH_MAX];

		snprintf(path, sizeof(path), "f/profiles/%s", cases[i].file);
		make(path);
		open_flare(&opened, "f");
		if (opened.status != (cases[i].process != NULL ? 0 : -1))
			fail_msg("%s is %s", cases[i].file, opened.status == 0 ? "taken" : "left");
		if (cases[i].process != NULL)
			assert_string_equal(opened.flare.processes[0].name, cases[i].process);
		pool_release(&opened.pool);
		assert_int_equal(unlink(path), 0);
	}
}

/* All five files are named, there or not. */
static void
test_files(void **state)
{
	static const char *const files[FLARE_PROFILES] = {
	    [FLARE_HEAP_1ST] = "profiles/trace-1st-heap.pprof",
	    [FLARE_HEAP_2ND] = "profiles/trace-2nd-heap.pprof",
	    [FLARE_CPU] = "profiles/trace-cpu.pprof",
	    [FLARE_BLOCK] = "profiles/trace-block.pprof",
	    [FLARE_MUTEX] = "profiles/trace-mutex.pprof",
	};
	struct opened opened;
	char path[2 * PATH_MAX];

	make("f/profiles/trace-cpu.pprof");
	must_open(&opened, "f");
	assert_processes(&opened, "trace ");
	for (int i = 0; i < FLARE_PROFILES; i++) {
		snprintf(path, sizeof(path), "%s/f/%s", (const char *)*state, files[i]);
		assert_string_equal(opened.flare.processes[0].files[i], files[i]);
		assert_string_equal(opened.flare.processes[0].paths[i], path);
	}
	pool_release(&opened.pool);
}

/* Opening a flare reads no profile, so that what is no file does no harm. */
static void
test_odd_files(void **state)
{
	struct opened opened;

	(void)state;
	make("f/profiles/core-cpu.pprof");
	make("f/profiles/dir-cpu.pprof/");
	assert_int_equal(mkfifo("f/profiles/fifo-cpu.pprof", 0600), 0);
	assert_int_equal(mkfifo("f/profiles/fifo.trace", 0600), 0);
	assert_int_equal(symlink("/etc/passwd", "f/profiles/link-cpu.pprof"), 0);
	assert_int_equal(symlink("core-cpu.pprof", "f/profiles/link.trace"), 0);
	must_open(&opened, "f");
	assert_processes(&opened, "core dir fifo link ");
	assert_int_equal(opened.flare.trace_count, 0);
	pool_release(&opened.pool);
}

static void
test_traces(void **state)
{
	struct opened opened;

	(void)state;
	make_all((const char *const[]){"f/profiles/core-cpu.pprof", "f/profiles/trace.trace",
	    "f/profiles/core.trace", "f/profiles/x y.trace", "f/profiles/.trace",
	    "f/profiles/core.trace.gz", "f/profiles/dir.trace/", NULL});
	must_open(&opened, "f");
	assert_int_equal(opened.flare.trace_count, 3);
	assert_string_equal(opened.flare.traces[0].file, "profiles/core.trace");
	assert_int_equal(opened.flare.traces[0].size_bytes, strlen("content"));
	assert_string_equal(opened.flare.traces[1].file, "profiles/trace.trace");
	assert_string_equal(opened.flare.traces[2].file, "profiles/x y.trace");
	pool_release(&opened.pool);
}

/* Of too many processes the known ones stay, and it is told. */
static void
test_many_processes(void **state)
{
	struct opened opened;
	char path[64];

	(void)state;
	make("f/profiles/core-cpu.pprof");
	make("f/profiles/trace-cpu.pprof");
	for (int i = 0; i < 30; i++) {
		snprintf(path, sizeof(path), "f/profiles/a%02d-cpu.pprof", i);
		make(path);
	}
	must_open(&opened, "f");
	assert_int_equal(opened.flare.process_count, 32);
	assert_int_equal(opened.gaps.count, 0);
	pool_release(&opened.pool);
	make("f/profiles/a30-cpu.pprof");
	must_open(&opened, "f");
	assert_int_equal(opened.flare.process_count, 32);
	assert_string_equal(opened.flare.processes[0].name, "core");
	assert_string_equal(opened.flare.processes[1].name, "trace");
	assert_string_equal(opened.flare.processes[31].name, "a29");
	assert_int_equal(opened.gaps.count, 1);
	assert_string_equal(opened.gaps.items[0].what, "profiles/");
	assert_string_equal(opened.gaps.items[0].why,
	    "holds 33 processes: only the first 32 are used");
	pool_release(&opened.pool);
}

static void
test_many_traces(void **state)
{
	struct opened opened;
	char path[64];

	(void)state;
	make("f/profiles/core-cpu.pprof");
	for (int i = 0; i < 33; i++) {
		snprintf(path, sizeof(path), "f/profiles/a%02d.trace", i);
		make(path);
	}
	must_open(&opened, "f");
	assert_int_equal(opened.flare.trace_count, 32);
	assert_string_equal(opened.flare.traces[31].file, "profiles/a31.trace");
	assert_string_equal(opened.gaps.items[0].why,
	    "holds 33 execution traces: only the first 32 are used");
	/* and each of these holds something else */
	assert_int_equal(opened.gaps.count, 33);
	assert_string_equal(opened.gaps.items[1].what, "profiles/a00.trace");
	assert_string_equal(opened.gaps.items[1].why, "holds no execution trace");
	pool_release(&opened.pool);
}

/* ---- what kind it is ---- */

static void
test_kind(void **state)
{
	static const struct {
		const char *files[4];
		enum flare_kind kind;
		const char *main_process;
		int local;
	} cases[] = {
	    {{"f/profiles/core-cpu.pprof"}, FLARE_NODE, "core", 0},
	    {{"f/profiles/core-cpu.pprof", "f/local"}, FLARE_NODE, "core", 1},
	    {{"f/profiles/trace-cpu.pprof"}, FLARE_NODE, "core", 0},
	    {{"f/profiles/datadog-cluster-agent-cpu.pprof"}, FLARE_CLUSTER_AGENT,
		"datadog-cluster-agent", 0},
	    {{"f/profiles/datadog-cluster-agent-cpu.pprof", "f/cluster-agent-status.log",
		 "f/local"},
		FLARE_CLUSTER_AGENT, "datadog-cluster-agent", 1},
	    {{"f/profiles/datadog-cluster-agent-cpu.pprof", "f/profiles/core-cpu.pprof"},
		FLARE_NODE, "core", 0},
	    {{"f/profiles/trace-cpu.pprof", "f/cluster-agent-status.log"}, FLARE_CLUSTER_AGENT,
		"datadog-cluster-agent", 0},
	    {{"f/profiles/core-cpu.pprof", "f/cluster-agent-status.log"}, FLARE_NODE, "core", 0},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct opened opened;

		assert_int_equal(system("rm -rf f"), 0);
		make_all(cases[i].files);
		must_open(&opened, "f");
		assert_int_equal(opened.flare.kind, cases[i].kind);
		assert_string_equal(opened.flare.main_process, cases[i].main_process);
		assert_int_equal(opened.flare.local, cases[i].local);
		pool_release(&opened.pool);
	}
}

/* The host's name is a stranger's text. */
static void
test_hostile_name(void **state)
{
	struct opened opened;

	(void)state;
	make("a\033[31mb\nc\xff/profiles/core-cpu.pprof");
	must_open(&opened, "a\033[31mb\nc\xff");
	assert_string_equal(opened.flare.name, "ab\xef\xbf\xbd" "c\xef\xbf\xbd");
	assert_string_equal(opened.flare.path, "ab\xef\xbf\xbd" "c\xef\xbf\xbd");
	assert_non_null(strstr(opened.flare.root, "\033[31m"));
	pool_release(&opened.pool);
}

static const struct {
	const char *file;
	int read;
	const char *gap; /* a part of why; NULL: none */
} reads[] = {
    {"status.log", 1, NULL},
    {"expvar/memstats", 1, NULL},
    {"missing.log", 0, NULL},
    {"status.log/x", 0, NULL},
    {"expvar", 0, "not a regular file"},
    {"fifo.log", 0, "not a regular file"},
    {"link.log", 0, "a symbolic link is not followed"},
    {"dangling.log", 0, "a symbolic link is not followed"},
    {"huge.log", 0, "larger than 8388608 bytes"},
};

/* ---- its text files ---- */

static void
test_read(void **state)
{
	struct opened opened;

	(void)state;
	make_all((const char *const[]){"f/profiles/core-cpu.pprof", "f/status.log",
	    "f/expvar/memstats", "f/huge.log", NULL});
	assert_int_equal(truncate("f/huge.log", ((off_t)8 << 20) + 1), 0);
	assert_int_equal(mkfifo("f/fifo.log", 0600), 0);
	assert_int_equal(symlink("status.log", "f/link.log"), 0);
	assert_int_equal(symlink("nowhere", "f/dangling.log"), 0);
	must_open(&opened, "f");
	for (size_t i = 0; i < COUNT(reads); i++) {
		struct buf content = {0};
		struct gaps gaps = {0};

		assert_int_equal(
		    flare_read(&opened.flare, reads[i].file, &content, &opened.pool, &gaps),
		    reads[i].read);
		assert_string_equal(buf_text(&content), reads[i].read ? "content" : "");
		assert_int_equal(gaps.count, reads[i].gap != NULL);
		if (reads[i].gap != NULL) {
			assert_string_equal(gaps.items[0].what, reads[i].file);
			if (strstr(gaps.items[0].why, reads[i].gap) == NULL)
				assert_string_equal(gaps.items[0].why, reads[i].gap);
		}
		buf_release(&content);
	}
	pool_release(&opened.pool);
}

#define IN_DIRECTORY(test) cmocka_unit_test_setup_teardown(test, enter, leave)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    IN_DIRECTORY(test_ways_to_name_one),
	    IN_DIRECTORY(test_no_flare),
	    IN_DIRECTORY(test_advice),
	    IN_DIRECTORY(test_link_below),
	    IN_DIRECTORY(test_process_order),
	    IN_DIRECTORY(test_names),
	    IN_DIRECTORY(test_files),
	    IN_DIRECTORY(test_odd_files),
	    IN_DIRECTORY(test_traces),
	    IN_DIRECTORY(test_many_processes),
	    IN_DIRECTORY(test_many_traces),
	    IN_DIRECTORY(test_kind),
	    IN_DIRECTORY(test_hostile_name),
	    IN_DIRECTORY(test_read),
	};

	return cmocka_run_group_tests_name("flare", tests, NULL, NULL);
}
