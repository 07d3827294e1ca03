#include "pprof.h"

#include "error.h"
#include "gap.h"
#include "pool.h"
#include "proc.h"
#include "toolchain.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define BYTES(text) text, sizeof(text) - 1
#define BAD "\xef\xbf\xbd"
#define COLUMNS "      flat  flat%   sum%        cum   cum%\n"
#define SHOWING(shown, total) "Showing nodes accounting for " shown ", 100% of " total " total\n"
#define ROW(flat, cum, name) "      " flat " 50.00% 50.00%       " cum " 50.00%  " name "\n"
#define ZERO_ROW(cum, name) "         0     0% 50.00%       " cum " 50.00%  " name "\n"

static const char *const suffixes[FLARE_PROFILES] = {
    [FLARE_HEAP_1ST] = "1st-heap", [FLARE_HEAP_2ND] = "2nd-heap", [FLARE_CPU] = "cpu",
    [FLARE_BLOCK] = "block", [FLARE_MUTEX] = "mutex"};

/* A profile: its sample type, how many samples, its time in ns, its build id of 4 bytes. */
struct made {
	const char *type; /* NULL: no file; "": an empty one */
	int samples;
	char time;
	const char *build;
};

static void
make_profile(const char *path, const struct made *made)
{
	FILE *file;

	if (made->type == NULL)
		return;
	file = fopen(path, "w");
	assert_non_null(file);
	if (made->type[0] != '\0') {
		fwrite("\x0a\x02\x08\x01\x1a\x02\x30\x02", 1, 8, file);
		for (int i = 0; i < made->samples; i++)
			fwrite("\x12\x02\x10\x07", 1, 4, file);
		fprintf(file, "%c%c%c%c", 0x48, made->time, 0x32, 0);
		fprintf(file, "%c%c%s", 0x32, (int)strlen(made->type), made->type);
		fprintf(file, "%c%c%s", 0x32, (int)strlen(made->build), made->build);
	}
	fclose(file);
}

struct place {
	struct pool pool;
	struct gaps gaps;
	char directory[64];
	struct flare_process files;
	struct pprof_process process;
	struct proc_job jobs[PPROF_REPORTS];
	size_t count;
};

static const char *const command[] = {"/usr/bin/go", "tool", "pprof", NULL};
static const char *const env[] = {"A=1", NULL};
static const struct toolchain toolchain = {
    .command = command, .env = env, .directory = "/private"};

static void
describe(struct place *place, const struct made made[FLARE_PROFILES])
{
	*place = (struct place){.directory = "/tmp/test_pprof.XXXXXX", .files = {.name = "core"}};
	assert_non_null(mkdtemp(place->directory));
	for (int i = 0; i < FLARE_PROFILES; i++) {
		place->files.files[i] =
		    pool_printf(&place->pool, "profiles/core-%s.pprof", suffixes[i]);
		place->files.paths[i] =
		    pool_printf(&place->pool, "%s/core-%s.pprof", place->directory, suffixes[i]);
		make_profile(place->files.paths[i], &made[i]);
	}
	pprof_open(&place->process, &place->pool, &place->files, &place->gaps);
	place->count =
	    pprof_describe(&place->process, &place->pool, &toolchain, 77, place->jobs);
}

static void
place_close(struct place *place)
{
	for (int i = 0; i < FLARE_PROFILES; i++)
		unlink(place->files.paths[i]);
	assert_int_equal(rmdir(place->directory), 0);
	proc_release(place->jobs, place->count);
	pool_release(&place->pool);
}

#define WHOLE                                                                                  \
	{                                                                                      \
		{"inuse_space", 2, 1, "aaaa"}, {"inuse_space", 2, 9, "aaaa"},                  \
		    {"cpu", 2, 1, "aaaa"}, {"delay", 2, 9, "aaaa"}, {"delay", 2, 9, "aaaa"},   \
	}

/* Which reports need a program ('j'), are known without ('f'), or cannot be made ('-'). */
static void
assert_reports(const struct place *place, const char *expected)
{
	char got[PPROF_REPORTS + 1] = "";
	int next = 0;

	for (int i = 0; i < PPROF_REPORTS; i++) {
		const struct top *top = &place->process.tops[i];

		got[i] = place->process.job_of[i] >= 0 ? 'j' : top->found ? 'f' : '-';
		assert_int_equal(top->why != NULL, got[i] == '-');
		assert_int_equal(top->command != NULL, got[i] != '-');
		assert_int_equal(top->count, 0);
		if (got[i] == 'j')
			assert_int_equal(place->process.job_of[i], next++);
	}
	if (strcmp(got, expected) != 0)
		fail_msg("%s is wanted, %s is got: %s", expected, got,
		    place->process.tops[PPROF_GROWTH].why);
	assert_int_equal(place->count, next);
	assert_ptr_equal(place->process.jobs, place->jobs);
}

static const struct {
	int changed; /* enum flare_profile, -1: none */
	struct made made;
	const char *reports;
	enum pprof_report report; /* one that cannot be made, and why */
	const char *why;
} described[] = {
    {-1, {0}, "jj-jjjjjj-jjj-j", PPROF_BLOCK_COUNT,
	"profiles/core-block.pprof holds no contentions samples"},
    {FLARE_CPU, {0}, "jj-jj--jj-jjj-j", PPROF_CPU, "profiles/core-cpu.pprof is not in the flare"},
    {FLARE_CPU, {"", 0, 0, ""}, "jj-jj--jj-jjj-j", PPROF_CPU,
	"profiles/core-cpu.pprof is empty (0 bytes)"},
    {FLARE_CPU, {"delay", 1, 1, "aaaa"}, "jj-jj--jj-jjj-j", PPROF_CPU,
	"profiles/core-cpu.pprof holds no cpu samples"},
    {FLARE_CPU, {"cpu", 0, 1, "aaaa"}, "jj-jjffjj-jjj-j", PPROF_GROWTH_OBJECTS,
	"profiles/core-2nd-heap.pprof holds no inuse_objects samples"},
    {FLARE_BLOCK, {"delay", 0, 1, "aaaa"}, "jj-jjjjff-fjj-j", PPROF_MUTEX_COUNT,
	"profiles/core-mutex.pprof holds no contentions samples"},
    {FLARE_BLOCK, {"contentions", 1, 1, "aaaa"}, "jj-jjjj--j-jj-j", PPROF_BLOCK_LEAF,
	"profiles/core-block.pprof holds no delay samples"},
    {FLARE_MUTEX, {"contentions", 0, 1, "aaaa"}, "jj-jjjjjj-j--f-", PPROF_MUTEX_LEAF,
	"profiles/core-mutex.pprof holds no delay samples"},
    {FLARE_HEAP_1ST, {0}, "---j-jjjj-jjj-j", PPROF_GROWTH,
	"profiles/core-1st-heap.pprof is not in the flare"},
    {FLARE_HEAP_2ND, {0}, "---j-jjjj-jjj-j", PPROF_GROWTH_JUDGED,
	"profiles/core-2nd-heap.pprof is not in the flare"},
    {FLARE_HEAP_1ST, {"cpu", 1, 1, "aaaa"}, "---j-jjjj-jjj-j", PPROF_GROWTH,
	"profiles/core-1st-heap.pprof holds no inuse_space samples"},
    /* to and from nothing is growth too */
    {FLARE_HEAP_1ST, {"inuse_space", 0, 1, "aaaa"}, "jj-jjjjjj-jjj-j", PPROF_GROWTH_OBJECTS,
	"profiles/core-2nd-heap.pprof holds no inuse_objects samples"},
    {FLARE_HEAP_2ND, {"inuse_space", 0, 9, "aaaa"}, "jj-fjjjjj-jjj-j", PPROF_GROWTH_OBJECTS,
	"profiles/core-2nd-heap.pprof holds no inuse_objects samples"},
    {FLARE_HEAP_1ST, {"inuse_space", 1, 9, "aaaa"}, "---j-jjjj-jjj-j", PPROF_GROWTH,
	"the two heap snapshots are one and the same"},
    {FLARE_HEAP_1ST, {"inuse_space", 1, 10, "aaaa"}, "---j-jjjj-jjj-j", PPROF_GROWTH,
	"by their own time the second heap snapshot is older than the first"},
    {FLARE_HEAP_1ST, {"inuse_space", 1, 1, "bbbb"}, "---j-jjjj-jjj-j", PPROF_GROWTH_JUDGED,
	"the two heap snapshots are of different programs"},
    /* what is unknown is no difference */
    {FLARE_HEAP_1ST, {"inuse_space", 1, 0, "aaaa"}, "jj-jjjjjj-jjj-j", PPROF_GROWTH_OBJECTS,
	"profiles/core-2nd-heap.pprof holds no inuse_objects samples"},
    {FLARE_HEAP_1ST, {"inuse_space", 1, 1, ""}, "jj-jjjjjj-jjj-j", PPROF_GROWTH_OBJECTS,
	"profiles/core-2nd-heap.pprof holds no inuse_objects samples"},
};

static void
test_describe(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(described); i++) {
		struct made made[FLARE_PROFILES] = WHOLE;
		struct place place;
		const char *why;

		if (described[i].changed >= 0)
			made[described[i].changed] = described[i].made;
		describe(&place, made);
		assert_reports(&place, described[i].reports);
		why = place.process.tops[described[i].report].why;
		if (strncmp(why, described[i].why, strlen(described[i].why)) != 0)
			assert_string_equal(why, described[i].why);
		place_close(&place);
	}
}

/* All reports are known to be empty when no profile holds a sample. */
static void
test_describe_empty(void **state)
{
	struct made made[FLARE_PROFILES] = WHOLE;
	struct place place;

	(void)state;
	for (int i = 0; i < FLARE_PROFILES; i++)
		made[i].samples = 0;
	describe(&place, made);
	assert_reports(&place, "ff-ffffff-fff-f");
	place_close(&place);
}

static const char *
joined(struct pool *pool, const char *const *argv)
{
	const char *text = "";

	for (; *argv != NULL; argv++)
		text = pool_printf(pool, "%s%s\n", text, *argv);
	return text;
}

static void
test_argv(void **state)
{
	struct made made[FLARE_PROFILES] = WHOLE;
	struct place place;
	const struct proc_job *growth, *judged, *heap;

	(void)state;
	describe(&place, made);
	growth = &place.jobs[place.process.job_of[PPROF_GROWTH]];
	judged = &place.jobs[place.process.job_of[PPROF_GROWTH_JUDGED]];
	heap = &place.jobs[place.process.job_of[PPROF_HEAP]];
	assert_string_equal(joined(&place.pool, growth->argv),
	    pool_printf(&place.pool,
		"/usr/bin/go\ntool\npprof\n-top\n-symbolize=none\n-compact_labels\n-trim=false\n"
		"-unit=nanosecond\n-sample_index=inuse_space\n-diff_base=%s/core-1st-heap.pprof\n"
		"%s/core-2nd-heap.pprof\n", place.directory, place.directory));
	assert_string_equal(joined(&place.pool, heap->argv),
	    pool_printf(&place.pool,
		"/usr/bin/go\ntool\npprof\n-top\n-symbolize=none\n-compact_labels\n-trim=false\n"
		"-unit=nanosecond\n-sample_index=inuse_space\n%s/core-2nd-heap.pprof\n",
		place.directory));
	assert_non_null(strstr(joined(&place.pool, judged->argv), "\n-ignore=^net/http/pprof\\.|"));
	assert_ptr_equal(growth->env, env);
	assert_string_equal(growth->directory, "/private");
	assert_int_equal(growth->timeout_ns, 77);
	assert_true(growth->output_limit > 1 << 20);
	place_close(&place);
}

static const struct {
	const char *sample_index, *source;
	int diff, focus, ignore, hide, show;
} all_arguments[PPROF_REPORTS] = {
    [PPROF_GROWTH] = {"inuse_space", "2nd-heap", 1, 0, 0, 0, 0},
    [PPROF_GROWTH_JUDGED] = {"inuse_space", "2nd-heap", 1, 0, 1, 0, 0},
    [PPROF_GROWTH_OBJECTS] = {"inuse_objects", "2nd-heap", 1, 0, 0, 0, 0},
    [PPROF_HEAP] = {"inuse_space", "2nd-heap", 0, 0, 0, 0, 0},
    [PPROF_GROWTH_AGENT] = {"inuse_space", "2nd-heap", 1, 0, 1, 0, 1},
    [PPROF_CPU] = {"cpu", "cpu", 0, 0, 0, 0, 0},
    [PPROF_CPU_AGENT] = {"cpu", "cpu", 0, 0, 0, 0, 1},
    [PPROF_BLOCK_LEAF] = {"delay", "block", 0, 0, 0, 0, 0},
    [PPROF_BLOCK_DELAY] = {"delay", "block", 0, 1, 1, 1, 0},
    [PPROF_BLOCK_COUNT] = {"contentions", "block", 0, 1, 1, 1, 0},
    [PPROF_BLOCK_AGENT] = {"delay", "block", 0, 1, 1, 0, 1},
    [PPROF_MUTEX_LEAF] = {"delay", "mutex", 0, 0, 0, 0, 0},
    [PPROF_MUTEX_DELAY] = {"delay", "mutex", 0, 0, 1, 1, 0},
    [PPROF_MUTEX_COUNT] = {"contentions", "mutex", 0, 0, 1, 1, 0},
    [PPROF_MUTEX_AGENT] = {"delay", "mutex", 0, 0, 1, 0, 1},
};

/* For each report: its sample type, its base, its filters; the profile stands last. */
static void
test_all_argv(void **state)
{
	const char *fixtures = getenv("FIXTURES");
	struct pool pool = {0};
	struct gaps gaps = {0};
	struct error err = {0};
	struct flare flare = {0};
	struct pprof_process process = {0};
	struct proc_job jobs[PPROF_REPORTS];

	(void)state;
	assert_int_equal(flare_open(&flare, &pool, pool_printf(&pool, "%s/flares/contention",
		fixtures != NULL ? fixtures : "fixtures"), &gaps, &err), 0);
	pprof_open(&process, &pool, &flare.processes[0], &gaps);
	assert_int_equal(pprof_describe(&process, &pool, &toolchain, 1, jobs), PPROF_REPORTS);
	for (int i = 0; i < PPROF_REPORTS; i++) {
		const char *argv = joined(&pool, jobs[i].argv);
		const char *end = pool_printf(&pool, "\n%s/profiles/core-%s.pprof\n", flare.root,
		    all_arguments[i].source);

		assert_non_null(strstr(argv, pool_printf(&pool, "\n-sample_index=%s\n",
		    all_arguments[i].sample_index)));
		assert_string_equal(argv + strlen(argv) - strlen(end), end);
		assert_int_equal(strstr(argv, "\n-diff_base=/") != NULL, all_arguments[i].diff);
		assert_int_equal(strstr(argv, "\n-focus=^") != NULL, all_arguments[i].focus);
		assert_int_equal(strstr(argv, "\n-ignore=^") != NULL, all_arguments[i].ignore);
		assert_int_equal(strstr(argv, "\n-hide=^") != NULL, all_arguments[i].hide);
		assert_int_equal(strstr(argv, "\n-show=^") != NULL, all_arguments[i].show);
	}
	pool_release(&pool);
}

/* What people are told to run names the files inside of the flare. */
static void
test_commands(void **state)
{
	static const struct {
		enum pprof_report report;
		const char *command;
	} cases[] = {
	    {PPROF_GROWTH,
		"go tool pprof -top -trim=false -symbolize=none -sample_index=inuse_space "
		"-diff_base=profiles/core-1st-heap.pprof profiles/core-2nd-heap.pprof"},
	    {PPROF_CPU,
		"go tool pprof -top -trim=false -symbolize=none -sample_index=cpu "
		"profiles/core-cpu.pprof"},
	    {PPROF_MUTEX_DELAY,
		"go tool pprof -top -trim=false -symbolize=none -sample_index=delay "
		"-ignore='^runtime\\.(_LostContendedRuntimeLock|unlock)' "
		"-hide='^(runtime|sync|internal/sync)\\.' profiles/core-mutex.pprof"},
	};
	struct made made[FLARE_PROFILES] = WHOLE;
	struct place place;

	(void)state;
	describe(&place, made);
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_string_equal(place.process.tops[cases[i].report].command, cases[i].command);
	place_close(&place);
}

/* The first snapshot stands in for a second one that is not there. */
static void
test_heap_of_the_first(void **state)
{
	struct made made[FLARE_PROFILES] = WHOLE;
	struct place place;
	const struct proc_job *heap;

	(void)state;
	made[FLARE_HEAP_2ND].type = NULL;
	describe(&place, made);
	heap = &place.jobs[place.process.job_of[PPROF_HEAP]];
	assert_non_null(strstr(joined(&place.pool, heap->argv), "/core-1st-heap.pprof\n"));
	assert_int_equal(place.gaps.count, 1);
	assert_string_equal(place.gaps.items[0].what, "profiles/core-2nd-heap.pprof");
	assert_string_equal(place.gaps.items[0].why, "is not in the flare");
	place_close(&place);
}

/* ---- the process as it is found in real flares ---- */

static void
test_fixtures(void **state)
{
	static const struct {
		const char *flare, *process;
		size_t jobs;
		size_t found, gaps;
	} cases[] = {
	    {"contention", "core", 15, 0, 0},
	    {"partial", "core", 7, 8, 0},
	    {"partial", "trace", 1, 0, 4},
	    {"partial", "process", 7, 4, 1},
	    {"partial", "system-probe", 0, 0, 5},
	    {"cluster-agent", "datadog-cluster-agent", 5, 10, 0},
	};
	const char *fixtures = getenv("FIXTURES");

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct pool pool = {0};
		struct gaps gaps = {0};
		struct error err = {0};
		struct flare flare = {0};
		struct pprof_process process = {0};
		struct proc_job jobs[PPROF_REPORTS];
		size_t which = 0, found = 0;

		assert_int_equal(flare_open(&flare, &pool, pool_printf(&pool, "%s/flares/%s",
			fixtures != NULL ? fixtures : "fixtures", cases[i].flare), &gaps, &err), 0);
		gaps.count = 0;
		while (strcmp(flare.processes[which].name, cases[i].process) != 0)
			assert_true(++which < flare.process_count);
		pprof_open(&process, &pool, &flare.processes[which], &gaps);
		assert_int_equal(
		    pprof_describe(&process, &pool, &toolchain, 1, jobs), cases[i].jobs);
		for (int k = 0; k < PPROF_REPORTS; k++)
			found += (size_t)process.tops[k].found;
		assert_int_equal(found, cases[i].found);
		assert_int_equal(gaps.count, cases[i].gaps);
		pool_release(&pool);
	}
}

/* ---- what the programs printed ---- */

static const struct {
	enum proc_ending ending;
	int code;
	const char *output, *complaint;
	int found;
	const char *why;
} answers[] = {
    {PROC_EXITED, 0, SHOWING("5ns", "5ns") COLUMNS ROW("5ns", "5ns", "f"), "", 1, NULL},
    {PROC_EXITED, 0, SHOWING("5ns", "5ns") COLUMNS ROW("5ns", "5ns", "f"), "a warning\n", 1, NULL},
    {PROC_EXITED, 0, "", "", 0, "pprof could not report its cpu: its report has no column line"},
    {PROC_EXITED, 0, SHOWING("5B", "5B") COLUMNS ROW("5B", "5B", "f"), "", 0,
	"pprof could not report its cpu: its report has an unexpected line 1"},
    {PROC_EXITED, 0, SHOWING("6ns", "6ns") COLUMNS ROW("5ns", "5ns", "f"), "", 0,
	"pprof could not report its cpu: its rows do not add up to the total it shows"},
    {PROC_EXITED, 2, SHOWING("5ns", "5ns") COLUMNS ROW("5ns", "5ns", "f"), "x: parsing profile\n",
	0, "pprof could not report its cpu: ended with exit status 2: x: parsing profile"},
    {PROC_KILLED, 9, "", "", 0, "pprof could not report its cpu: was killed by signal 9"},
    {PROC_TIMED_OUT, 0, "", "", 0, "pprof could not report its cpu: did not end within 77 ns"},
    {PROC_FLOODED, 0, "", "", 0, "pprof could not report its cpu: printed more than 64.0 MB"},
    {PROC_NOT_FOUND, 2, "", "", 0,
	"pprof could not report its cpu: could not be started: No such file or directory"},
    {PROC_NOT_RUN, 0, "", "", 0, "pprof could not report its cpu: was not run"},
};

static void
test_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(answers); i++) {
		struct made made[FLARE_PROFILES] = {[FLARE_CPU] = {"cpu", 2, 1, "aaaa"}};
		struct place place;
		const struct top *top = &place.process.tops[PPROF_CPU];

		describe(&place, made);
		assert_int_equal(place.count, 2);
		assert_int_equal(place.gaps.count, 4);
		for (size_t k = 0; k < place.count; k++) {
			place.jobs[k].ending = answers[i].ending;
			place.jobs[k].code = answers[i].code;
			buf_puts(&place.jobs[k].output, answers[i].output);
			buf_puts(&place.jobs[k].complaint, answers[i].complaint);
		}
		pprof_read(&place.process, &place.pool, &place.gaps);
		assert_int_equal(top->found, answers[i].found);
		assert_int_equal(top->count, answers[i].found);
		assert_int_equal(place.gaps.count, answers[i].found ? 4 : 5);
		if (answers[i].found) {
			assert_null(top->why);
			assert_int_equal(top->shown, 5);
		} else {
			assert_string_equal(top->why, answers[i].why);
			assert_string_equal(place.gaps.items[4].what, "profiles/core-cpu.pprof");
			assert_string_equal(place.gaps.items[4].why, answers[i].why);
		}
		place_close(&place);
	}
}

/* A pair that cannot be compared is one gap, not one for every report of it. */
static void
test_read_gaps(void **state)
{
	struct made made[FLARE_PROFILES] = WHOLE;
	struct place place;
	size_t of_heap = 0;

	(void)state;
	made[FLARE_HEAP_1ST].build = "bbbb";
	describe(&place, made);
	pprof_read(&place.process, &place.pool, &place.gaps);
	for (size_t i = 0; i < place.gaps.count; i++)
		of_heap += strstr(place.gaps.items[i].why, "different programs") != NULL;
	assert_int_equal(of_heap, 1);
	place_close(&place);
}

/* Names of files that a shell would read as something else. */
static void
test_hostile_names(void **state)
{
	static const struct {
		const char *name, *word;
	} cases[] = {
	    {"a b", "'profiles/a b-cpu.pprof'"},
	    {"$(reboot)", "'profiles/$(reboot)-cpu.pprof'"},
	    {"a'b", "'profiles/a'\\''b-cpu.pprof'"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct made made[FLARE_PROFILES] = WHOLE;
		struct place place;
		const char *shown, *end;

		describe(&place, made);
		place.files.files[FLARE_CPU] =
		    pool_printf(&place.pool, "profiles/%s-cpu.pprof", cases[i].name);
		place.process.profiles[FLARE_CPU].file = place.files.files[FLARE_CPU];
		pprof_describe(&place.process, &place.pool, &toolchain, 77, place.jobs);
		shown = place.process.tops[PPROF_CPU].command;
		end = shown + strlen(shown) - strlen(cases[i].word);
		assert_string_equal(end, cases[i].word);
		place_close(&place);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_describe),
	    cmocka_unit_test(test_describe_empty),
	    cmocka_unit_test(test_argv),
	    cmocka_unit_test(test_all_argv),
	    cmocka_unit_test(test_commands),
	    cmocka_unit_test(test_hostile_names),
	    cmocka_unit_test(test_heap_of_the_first),
	    cmocka_unit_test(test_fixtures),
	    cmocka_unit_test(test_read),
	    cmocka_unit_test(test_read_gaps),
	};

	return cmocka_run_group_tests_name("pprof", tests, NULL, NULL);
}
