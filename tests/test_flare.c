#include "flare.h"

#include "buf.h"
#include "error.h"
#include "pool.h"
#include "sandbox.h"

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

static struct sandbox sandbox; /* none */

static const struct flare_source source = {
    .limits = {.entries = 100, .file_bytes = 10 << 20, .total_bytes = 50 << 20, .ratio = 100},
    .unpacking = {&sandbox, (int64_t)60000000000},
};

static void
open_flare(struct opened *opened, const char *path)
{
	struct flare_source named = source;

	memset(opened, 0, sizeof(*opened));
	named.path = path;
	sandbox.parent = getpid();
	opened->status = flare_open(
	    &opened->flare, &opened->pool, &named, &opened->gaps, &opened->err);
}

static void
close_flare(struct opened *opened)
{
	flare_close(&opened->flare);
	pool_release(&opened->pool);
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
		close_flare(&opened);
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
	    {"fifo", "cannot read 'fifo': neither a directory nor an archive"},
	    {"dangling", "cannot open 'dangling': No such file or directory"},
	    {"nothing", "no profiles/ in 'nothing': this flare was made without profiles; ask"},
	    {"far", "no profiles/ in 'far': "},
	    {"forked", "no profiles/ in 'forked': "},
	    {"hidden", "no profiles/ in 'hidden': name a flare that was made with"},
	    {"as-file", "no profiles/ in 'as-file': name a flare that was made with"},
	    {"linked", "no profiles/ in 'linked': "},
	    {"empty", "no profiles in profiles/ of 'empty': ask for"},
	    {"traces", "no profiles in profiles/ of 'traces': ask for"},
	    {"two", "'two' holds more than one flare: name one, such as 'two/a'"},
	    {"upper", "'upper' holds more than one flare: name one, such as 'upper/a'"},
	    {"below", "'below/x' holds more than one flare: name one, such as 'below/x/a'"},
	};

	(void)state;
	make_all((const char *const[]){"file.zip", "nothing/status.log",
	    "far/a/b/c/d/e/profiles/core-cpu.pprof", "forked/a/a/profiles/core-cpu.pprof",
	    "forked/b/x", "below/x/b/profiles/", "below/x/a/profiles/", "hidden/.a/profiles/core-cpu.pprof",
	    "as-file/profiles", "linked/status.log", "empty/profiles/",
	    "traces/profiles/core.trace",
	    "upper/profiles/core-cpu.pprof", "upper/a/profiles/", "upper/b/profiles/",
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
		close_flare(&opened);
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
	close_flare(&opened);
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
	close_flare(&opened);
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
	close_flare(&opened);
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
		close_flare(&opened);
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
	close_flare(&opened);
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
	close_flare(&opened);
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
	close_flare(&opened);
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
	close_flare(&opened);
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
	close_flare(&opened);
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
	close_flare(&opened);
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
		close_flare(&opened);
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
	close_flare(&opened);
}

static const struct {
	const char *flare, *file;
	int read;
	const char *gap; /* a part of why; NULL: none */
} reads[] = {
    {"a", "status.log", 1, NULL},
    {"a", "expvar/memstats", 1, NULL},
    {"a", "metadata/host.json", 0, NULL},
    {"a", "install_info.log", -1, "cannot be read: not a regular file"},
    {"a", "local", -1, "cannot be read: a symbolic link is not followed"},
    {"a", "go-routine-dump.log", -1, "cannot be read: larger than 10485760 bytes"},
    {"b", "status.log", -1, "cannot be read: larger than 8388608 bytes"},
    {"b", "expvar/memstats", -1, "is behind a symbolic link, which is not followed"},
    {"b", "metadata/host.json", 0, NULL},
    {"b", "local", -1, "cannot be read: a symbolic link is not followed"},
};

/* ---- its text files ---- */

static void
test_read(void **state)
{
	(void)state;
	make_all((const char *const[]){"a/profiles/core-cpu.pprof", "a/status.log",
	    "a/expvar/memstats", "a/go-routine-dump.log", "b/profiles/core-cpu.pprof",
	    "b/status.log", "outside/memstats", "b/metadata", NULL});
	assert_int_equal(truncate("a/go-routine-dump.log", ((off_t)10 << 20) + 1), 0);
	assert_int_equal(truncate("b/status.log", ((off_t)8 << 20) + 1), 0);
	assert_int_equal(mkfifo("a/install_info.log", 0600), 0);
	assert_int_equal(symlink("status.log", "a/local"), 0);
	assert_int_equal(symlink("nowhere", "b/local"), 0);
	assert_int_equal(symlink("../outside", "b/expvar"), 0);
	for (size_t i = 0; i < COUNT(reads); i++) {
		struct opened opened;
		struct buf content = {0};
		struct gaps gaps = {0};

		must_open(&opened, reads[i].flare);
		assert_int_equal(
		    flare_read(&opened.flare, reads[i].file, &content, &opened.pool, &gaps),
		    reads[i].read);
		assert_string_equal(buf_text(&content), reads[i].read > 0 ? "content" : "");
		assert_int_equal(gaps.count, reads[i].gap != NULL);
		if (reads[i].gap != NULL) {
			assert_string_equal(gaps.items[0].what, reads[i].file);
			assert_string_equal(gaps.items[0].why, reads[i].gap);
		}
		buf_release(&content);
		close_flare(&opened);
	}
}

/* ---- archives: what libarchive does with them is tests/test_extract.c's business ---- */

static void
run_command(const char *command)
{
	assert_int_equal(system(command), 0);
}

/* Whatever the directories around it, the flare is the same; its name is never our directory's. */
static void
test_archive(void **state)
{
	static const struct {
		const char *pack, *name;
	} cases[] = {
	    {"tar cf 'Flare 1.TAR' web-01", "web-01"},
	    {"tar cf 'Flare 1.TAR' -C web-01 profiles status.log expvar", "Flare 1"},
	    {"tar cf 'Flare 1.TAR' -C web-01 .", "Flare 1"},
	    {"tar cf 'Flare 1.TAR' a", "web-01"},
	    {"tar cf 'Flare 1.TAR' ./a/b/web-01 readme", "web-01"},
	};
	struct opened opened;

	(void)state;
	make_all((const char *const[]){"web-01/profiles/core-cpu.pprof", "web-01/status.log",
	    "web-01/profiles/trace-cpu.pprof", "web-01/expvar/memstats", "web-01/logs/agent.log",
	    "web-01/profiles/core.trace", "readme", "a/b/readme", NULL});
	run_command("cp -r web-01 a/b");
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct buf content = {0};

		run_command(cases[i].pack);
		must_open(&opened, "Flare 1.TAR");
		assert_string_equal(opened.flare.name, cases[i].name);
		assert_string_equal(opened.flare.path, "Flare 1.TAR");
		assert_processes(&opened, "core trace ");
		assert_int_equal(opened.flare.trace_count, 1);
		assert_int_equal(flare_read(&opened.flare, "expvar/memstats", &content,
				     &opened.pool, &opened.gaps), 1);
		assert_string_equal(content.data, "content");
		assert_int_equal(access(opened.flare.processes[0].paths[FLARE_CPU], R_OK), 0);
		buf_release(&content);
		close_flare(&opened);
	}
}

/* What was not unpacked is told of by its name in the flare, and is not "missing". */
static void
test_refused(void **state)
{
	struct opened opened;
	struct buf content = {0};

	(void)state;
	make_all((const char *const[]){"h/profiles/core-cpu.pprof", "h/profiles/big-cpu.pprof",
	    "h/status.log", "h/profiles/x.trace", NULL});
	assert_int_equal(truncate("h/profiles/big-cpu.pprof", (10 << 20) + 1), 0);
	assert_int_equal(symlink("core-cpu.pprof", "h/profiles/link-cpu.pprof"), 0);
	assert_int_equal(symlink("status.log", "h/local"), 0);
	run_command("tar cf h.tar h");
	must_open(&opened, "h.tar");
	assert_processes(&opened, "core big link ");
	assert_string_equal(opened.flare.processes[1].refused[FLARE_CPU],
	    "is larger than 10.0 MB (--max-file allows more)");
	assert_string_equal(opened.flare.processes[2].refused[FLARE_CPU],
	    "is a symbolic link in the archive, which is not followed");
	assert_null(opened.flare.processes[0].refused[FLARE_CPU]);
	assert_int_equal(
	    flare_read(&opened.flare, "local", &content, &opened.pool, &opened.gaps), -1);
	close_flare(&opened);
}

static void
test_no_archive(void **state)
{
	static const struct {
		const char *pack, *message;
	} cases[] = {
	    {"tar cf x.tar two", "'x.tar/two' holds more than one flare: extract it and name "
				 "one of them, such as 'x.tar/two/a'"},
	    {"tar cf x.tar plain", "no profiles/ in 'x.tar': "},
	    {"tar cf x.tar traces", "no profiles in profiles/ of 'x.tar': "},
	    {"echo text >x.tar", "cannot read 'x.tar': it is no archive that flareprof reads"},
	};

	(void)state;
	make_all((const char *const[]){"two/a/profiles/core-cpu.pprof", "plain/status.log",
	    "two/b/profiles/core-cpu.pprof", "traces/profiles/core.trace", NULL});
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct opened opened;

		run_command(cases[i].pack);
		open_flare(&opened, "x.tar");
		assert_int_equal(opened.status, -1);
		if (strstr(opened.err.msg, cases[i].message) == NULL)
			assert_string_equal(opened.err.msg, cases[i].message);
		close_flare(&opened);
	}
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
	    IN_DIRECTORY(test_archive),
	    IN_DIRECTORY(test_refused),
	    IN_DIRECTORY(test_no_archive),
	};

	return cmocka_run_group_tests_name("flare", tests, NULL, NULL);
}
