#include "pprof.h"

#include "error.h"
#include "file.h"
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
			fwrite("\x12\x04\x08\x01\x10\x07", 1, 6, file);
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
	struct pprof_run runs[PPROF_SESSIONS];
	int started[PPROF_SESSIONS];
};

static const char *const command[] = {"/usr/bin/go", "tool", "pprof", NULL};
static const char *const env[] = {"A=1", NULL};
static const struct toolchain toolchain = {
    .command = command, .env = env, .directory = "/private"};

static const struct pprof_setup setup = {
    .talk = {.key = {"k0123", 7}},
    .timeout_ns = 77,
    .memory_bytes = 480 << 20,
    .share_bytes = 64 << 20};

static void
describe_for(struct place *place, const struct made made[FLARE_PROFILES],
    const struct pprof_setup *for_setup)
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
	pprof_open(&place->process, &place->files, 64 << 20);
	pprof_describe(&place->process, place->runs);
	for (int i = 0; i < PPROF_SESSIONS; i++)
		place->started[i] =
		    pprof_start(&place->runs[i], &place->pool, &toolchain, for_setup);
}

static void
describe(struct place *place, const struct made made[FLARE_PROFILES])
{
	describe_for(place, made, &setup);
}

static void
place_close(struct place *place)
{
	for (int i = 0; i < FLARE_PROFILES; i++)
		unlink(place->files.paths[i]);
	assert_int_equal(rmdir(place->directory), 0);
	for (int i = 0; i < PPROF_SESSIONS; i++)
		job_release(&place->runs[i].job, 1);
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

	for (int i = 0; i < PPROF_REPORTS; i++) {
		const struct top *top = &place->process.tops[i];

		got[i] = top->asked ? 'j' : top->found ? 'f' : '-';
		assert_int_equal(top->why != NULL, got[i] == '-');
		assert_int_equal(top->command != NULL, got[i] != '-');
		assert_int_equal(top->count, 0);
	}
	if (strcmp(got, expected) != 0)
		fail_msg("%s is wanted, %s is got: %s", expected, got,
		    place->process.tops[PPROF_GROWTH].why);
}

static const struct {
	int changed; /* enum flare_profile, -1: none */
	struct made made;
	const char *reports;
	enum pprof_report report; /* one that cannot be made, and why */
	const char *why;
} described[] = {
    {-1, {0}, "jj--jjjjjjjj-jjj-j", PPROF_BLOCK_COUNT,
	"profiles/core-block.pprof holds no contentions samples"},
    {FLARE_CPU, {0}, "jj--jj----jj-jjj-j", PPROF_CPU, "profiles/core-cpu.pprof is not in the flare"},
    {FLARE_CPU, {"", 0, 0, ""}, "jj--jj----jj-jjj-j", PPROF_CPU,
	"profiles/core-cpu.pprof is empty (0 bytes)"},
    {FLARE_CPU, {"delay", 1, 1, "aaaa"}, "jj--jj----jj-jjj-j", PPROF_CPU,
	"profiles/core-cpu.pprof holds no cpu samples"},
    {FLARE_CPU, {"cpu", 0, 1, "aaaa"}, "jj--jjffffjj-jjj-j", PPROF_GROWTH_OBJECTS,
	"profiles/core-2nd-heap.pprof holds no inuse_objects samples"},
    {FLARE_BLOCK, {"delay", 0, 1, "aaaa"}, "jj--jjjjjjff-fjj-j", PPROF_MUTEX_COUNT,
	"profiles/core-mutex.pprof holds no contentions samples"},
    {FLARE_BLOCK, {"contentions", 1, 1, "aaaa"}, "jj--jjjjjj--j-jj-j", PPROF_BLOCK_LEAF,
	"profiles/core-block.pprof holds no delay samples"},
    {FLARE_MUTEX, {"contentions", 0, 1, "aaaa"}, "jj--jjjjjjjj-j--f-", PPROF_MUTEX_LEAF,
	"profiles/core-mutex.pprof holds no delay samples"},
    {FLARE_HEAP_1ST, {0}, "----j-jjjjjj-jjj-j", PPROF_GROWTH,
	"profiles/core-1st-heap.pprof is not in the flare"},
    {FLARE_HEAP_2ND, {0}, "----j-jjjjjj-jjj-j", PPROF_GROWTH_JUDGED,
	"profiles/core-2nd-heap.pprof is not in the flare"},
    {FLARE_HEAP_1ST, {"cpu", 1, 1, "aaaa"}, "----j-jjjjjj-jjj-j", PPROF_GROWTH,
	"profiles/core-1st-heap.pprof holds no inuse_space samples"},
    /* to and from nothing is growth too */
    {FLARE_HEAP_1ST, {"inuse_space", 0, 1, "aaaa"}, "jj--jjjjjjjj-jjj-j", PPROF_GROWTH_OBJECTS,
	"profiles/core-2nd-heap.pprof holds no inuse_objects samples"},
    {FLARE_HEAP_2ND, {"inuse_space", 0, 9, "aaaa"}, "jj--fjjjjjjj-jjj-j", PPROF_GROWTH_OBJECTS,
	"profiles/core-2nd-heap.pprof holds no inuse_objects samples"},
    {FLARE_HEAP_1ST, {"inuse_space", 1, 9, "aaaa"}, "----j-jjjjjj-jjj-j", PPROF_GROWTH,
	"the two heap snapshots are one and the same"},
    {FLARE_HEAP_1ST, {"inuse_space", 1, 10, "aaaa"}, "----j-jjjjjj-jjj-j", PPROF_GROWTH,
	"by their own time the second heap snapshot is older than the first"},
    {FLARE_HEAP_1ST, {"inuse_space", 1, 1, "bbbb"}, "----j-jjjjjj-jjj-j", PPROF_GROWTH_JUDGED,
	"the two heap snapshots are of different programs"},
    /* what is unknown is no difference */
    {FLARE_HEAP_1ST, {"inuse_space", 1, 0, "aaaa"}, "jj--jjjjjjjj-jjj-j", PPROF_GROWTH_OBJECTS,
	"profiles/core-2nd-heap.pprof holds no inuse_objects samples"},
    {FLARE_HEAP_1ST, {"inuse_space", 1, 1, ""}, "jj--jjjjjjjj-jjj-j", PPROF_GROWTH_OBJECTS,
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
	assert_reports(&place, "ff--ffffffff-fff-f");
	for (int i = 0; i < PPROF_SESSIONS; i++)
		assert_false(place.started[i]);
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
	const struct job *growth, *heap;

	(void)state;
	describe(&place, made);
	growth = &place.runs[PPROF_SESSION_GROWTH].job;
	heap = &place.runs[PPROF_SESSION_HEAP].job;
	assert_string_equal(joined(&place.pool, growth->argv),
	    pool_printf(&place.pool,
		"/usr/bin/go\ntool\npprof\n-symbolize=none\n-compact_labels\n-trim=false\n"
		"-unit=nanosecond\n-sample_index=inuse_space\n-base=%s/core-1st-heap.pprof\n"
		"%s/core-2nd-heap.pprof\n",
		place.directory, place.directory));
	assert_string_equal(joined(&place.pool, heap->argv),
	    pool_printf(&place.pool,
		"/usr/bin/go\ntool\npprof\n-symbolize=none\n-compact_labels\n-trim=false\n"
		"-unit=nanosecond\n-sample_index=inuse_space\n%s/core-2nd-heap.pprof\n",
		place.directory));
	assert_string_equal(
	    joined(&place.pool, growth->env), "A=1\nGOGC=800\nGOMEMLIMIT=64MiB\n");
	assert_string_equal(growth->directory, "/private");
	assert_null(growth->input);
	assert_non_null(growth->more);
	assert_int_equal(growth->timeout_ns, 77);
	assert_true(growth->output_limit > 1 << 20);
	place_close(&place);
}

static const struct {
	enum pprof_session session;
	const char *sample_index;
	int focus, ignore, hide, show;
	const char *tagleaf;
} all_reports[PPROF_REPORTS] = {
    [PPROF_GROWTH] = {PPROF_SESSION_GROWTH, "inuse_space", 0, 0, 0, 0, ""},
    [PPROF_GROWTH_JUDGED] = {PPROF_SESSION_GROWTH, "inuse_space", 0, 1, 0, 0, ""},
    [PPROF_GROWTH_OBJECTS] = {PPROF_SESSION_GROWTH, "inuse_objects", 0, 0, 0, 0, ""},
    [PPROF_ALLOCATED] = {PPROF_SESSION_GROWTH, "alloc_space", 0, 0, 0, 0, ""},
    [PPROF_HEAP] = {PPROF_SESSION_HEAP, "inuse_space", 0, 0, 0, 0, ""},
    [PPROF_GROWTH_AGENT] = {PPROF_SESSION_GROWTH, "inuse_space", 0, 1, 0, 1, ""},
    [PPROF_CPU] = {PPROF_SESSION_CPU, "cpu", 0, 0, 0, 0, ""},
    [PPROF_CPU_AGENT] = {PPROF_SESSION_CPU, "cpu", 0, 0, 0, 1, ""},
    [PPROF_CPU_CHECKS] = {PPROF_SESSION_CPU, "cpu", 0, 0, 0, 0, "check_id"},
    [PPROF_CPU_MODULES] = {PPROF_SESSION_CPU, "cpu", 0, 0, 0, 0, "module"},
    [PPROF_BLOCK_LEAF] = {PPROF_SESSION_BLOCK, "delay", 0, 0, 0, 0, ""},
    [PPROF_BLOCK_DELAY] = {PPROF_SESSION_BLOCK, "delay", 1, 1, 1, 0, ""},
    [PPROF_BLOCK_COUNT] = {PPROF_SESSION_BLOCK, "contentions", 1, 1, 1, 0, ""},
    [PPROF_BLOCK_AGENT] = {PPROF_SESSION_BLOCK, "delay", 1, 1, 0, 1, ""},
    [PPROF_MUTEX_LEAF] = {PPROF_SESSION_MUTEX, "delay", 0, 0, 0, 0, ""},
    [PPROF_MUTEX_DELAY] = {PPROF_SESSION_MUTEX, "delay", 0, 1, 1, 0, ""},
    [PPROF_MUTEX_COUNT] = {PPROF_SESSION_MUTEX, "contentions", 0, 1, 1, 0, ""},
    [PPROF_MUTEX_AGENT] = {PPROF_SESSION_MUTEX, "delay", 0, 1, 0, 1, ""},
};

/* What is set when a report is asked for, in the file of its session. */
struct settings {
	const char *sample_index, *focus, *ignore, *hide, *show, *tagleaf;
};

static void
take_setting(struct settings *settings, struct pool *pool, struct span line)
{
	const struct {
		const char *name;
		const char **value;
	} known[] = {{"sample_index=", &settings->sample_index}, {"focus=", &settings->focus},
	    {"ignore=", &settings->ignore}, {"hide=", &settings->hide}, {"show=", &settings->show},
	    {"tagleaf=", &settings->tagleaf}};
	const char *text = pool_strndup(pool, line.at, line.len);

	for (size_t i = 0; i < COUNT(known); i++) {
		size_t len = strlen(known[i].name);

		if (strncmp(text, known[i].name, len) == 0)
			*known[i].value = pool_strndup(
			    pool, text + len, (size_t)(strstr(text, " //:") - text) - len);
	}
}

static struct settings
settings_of(struct pool *pool, const struct pprof_setup *made, int report)
{
	struct settings settings = {"", "", "", "", "", ""};
	const char *mark = pool_printf(pool, "taghide=%s-%d|.", made->talk.key.text, report);
	struct span rest, line;
	const char *text = made->talk.commands[all_reports[report].session];

	rest = (struct span){text, strlen(text)};
	do {
		assert_true(text_line(&rest, &line));
		take_setting(&settings, pool, line);
	} while (!text_is(line, mark));
	assert_true(text_line(&rest, &line));
	assert_memory_equal(line.at, "top", 3);
	return settings;
}

/* For each report: its session, its sample type and its filters. */
static void
test_all_commands(void **state)
{
	struct pool pool = {0};
	struct error err = {0};
	struct pprof_setup made = {0};

	(void)state;
	assert_int_equal(pprof_setup_open(&made, &pool, &err), 0);
	for (int i = 0; i < PPROF_REPORTS; i++) {
		struct settings settings = settings_of(&pool, &made, i);

		assert_string_equal(settings.sample_index, all_reports[i].sample_index);
		assert_int_equal(settings.focus[0] == '^', all_reports[i].focus);
		assert_int_equal(settings.ignore[0] == '^', all_reports[i].ignore);
		assert_int_equal(settings.hide[0] == '^', all_reports[i].hide);
		assert_int_equal(settings.show[0] == '^', all_reports[i].show);
		assert_string_equal(settings.tagleaf, all_reports[i].tagleaf);
	}
	pprof_setup_close(&made);
	pool_release(&pool);
}

/* What a run may take grows with what it reads, up to what there is for all. The system's limit
 * is above the collector's, since Go sets more aside than it uses. */
static void
test_memory(void **state)
{
	static const struct {
		int64_t plain_mib;
		int64_t memory_mib;
	} sizes[] = {{0, 64}, {1, 84}, {4, 192}, {10, 408}, {12, 480}, {1000, 480}};
	struct made made[FLARE_PROFILES] = WHOLE;
	struct pprof_run *run;
	struct place place;

	(void)state;
	describe(&place, made);
	run = &place.runs[PPROF_SESSION_GROWTH];
	for (size_t i = 0; i < COUNT(sizes); i++) {
		int64_t memory = sizes[i].memory_mib;

		place.process.profiles[FLARE_HEAP_1ST].plain_bytes = sizes[i].plain_mib << 20;
		place.process.profiles[FLARE_HEAP_2ND].plain_bytes = sizes[i].plain_mib << 20;
		assert_int_equal(pprof_start(run, &place.pool, &toolchain, &setup), 1);
		assert_int_equal(run->memory_bytes, memory << 20);
		assert_int_equal(run->job.rules->memory_bytes, (memory + 112) << 20);
		assert_string_equal(joined(&place.pool, run->job.env),
		    pool_printf(&place.pool, "A=1\nGOGC=800\nGOMEMLIMIT=%dMiB\n", (int)memory));
	}
	place_close(&place);
}

/* pprof may read the profiles of a session, and run nothing but itself. */
static void
test_rules(void **state)
{
	static const struct toolchain confined = {.command = command,
	    .env = env,
	    .directory = "/private",
	    .pprof = "/bin/pprof",
	    .confined = 1};
	struct made made[FLARE_PROFILES] = WHOLE;
	struct pprof_run *growth, *cpu;
	struct place place;

	(void)state;
	describe(&place, made);
	growth = &place.runs[PPROF_SESSION_GROWTH];
	cpu = &place.runs[PPROF_SESSION_CPU];
	assert_null(cpu->job.rules->program);
	assert_int_equal(pprof_start(growth, &place.pool, &confined, &setup), 1);
	assert_int_equal(pprof_start(cpu, &place.pool, &confined, &setup), 1);
	assert_string_equal(growth->job.rules->program, "/bin/pprof");
	assert_string_equal(joined(&place.pool, growth->job.rules->files),
	    pool_printf(&place.pool, "%s\n%s\n", place.files.paths[FLARE_HEAP_2ND],
		place.files.paths[FLARE_HEAP_1ST]));
	assert_string_equal(joined(&place.pool, cpu->job.rules->files),
	    pool_printf(&place.pool, "%s\n", place.files.paths[FLARE_CPU]));
	place_close(&place);
}

/* Without a sandbox pprof does not get to see a profile that leads it to other files. */
static void
test_escape(void **state)
{
	static const struct toolchain confined = {
	    .command = command, .env = env, .pprof = "/bin/pprof", .confined = 1};
	struct made made[FLARE_PROFILES] = WHOLE;
	struct pprof_run *growth, *cpu;
	struct place place;
	struct gaps gaps = {0};

	(void)state;
	describe(&place, made);
	growth = &place.runs[PPROF_SESSION_GROWTH];
	cpu = &place.runs[PPROF_SESSION_CPU];
	place.process.profiles[FLARE_HEAP_1ST].escape = "../x";
	place.process.profiles[FLARE_CPU].escape = "*";
	assert_int_equal(pprof_start(growth, &place.pool, &toolchain, &setup), 0);
	assert_int_equal(pprof_start(cpu, &place.pool, &toolchain, &setup), 0);
	assert_non_null(strstr(place.process.tops[PPROF_GROWTH].why, "(\"../x\")"));
	assert_false(place.process.tops[PPROF_CPU].found);
	pprof_close(&place.process, &place.pool, &gaps);
	assert_true(gaps.count >= 2);
	assert_int_equal(pprof_start(growth, &place.pool, &confined, &setup), 1);
	assert_int_equal(pprof_start(cpu, &place.pool, &confined, &setup), 1);
	place_close(&place);
}

/* What takes long is to be started early: the larger profile, and the one asked for more. */
static void
test_cost(void **state)
{
	struct made made[FLARE_PROFILES] = WHOLE;
	struct place place;

	(void)state;
	made[FLARE_CPU].samples = 200;
	made[FLARE_MUTEX].type = NULL;
	describe(&place, made);
	assert_true(place.runs[PPROF_SESSION_CPU].cost > place.runs[PPROF_SESSION_GROWTH].cost);
	assert_true(place.runs[PPROF_SESSION_GROWTH].cost > place.runs[PPROF_SESSION_HEAP].cost);
	assert_true(place.runs[PPROF_SESSION_BLOCK].cost > place.runs[PPROF_SESSION_HEAP].cost);
	assert_int_equal(place.runs[PPROF_SESSION_MUTEX].cost, 0);
	assert_string_equal(place.runs[PPROF_SESSION_CPU].file, "profiles/core-cpu.pprof");
	place_close(&place);
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
	const struct job *heap;

	(void)state;
	made[FLARE_HEAP_2ND].type = NULL;
	describe(&place, made);
	heap = &place.runs[PPROF_SESSION_HEAP].job;
	assert_non_null(strstr(joined(&place.pool, heap->argv), "/core-1st-heap.pprof\n"));
	assert_false(place.started[PPROF_SESSION_GROWTH]);
	place_close(&place);
}

/* ---- the process as it is found in real flares ---- */

static void
test_fixtures(void **state)
{
	static const struct {
		const char *flare, *process;
		size_t started, asked, found;
	} cases[] = {
	    {"contention", "core", 5, 18, 0},
	    {"partial", "core", 3, 10, 8},
	    {"partial", "trace", 1, 1, 0},
	    {"partial", "process", 3, 10, 4},
	    {"partial", "system-probe", 0, 0, 0},
	    {"cluster-agent", "datadog-cluster-agent", 2, 6, 12},
	};
	const char *fixtures = getenv("FIXTURES");

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct pool pool = {0};
		struct gaps gaps = {0};
		struct error err = {0};
		struct flare flare = {0};
		struct flare_source source = {.limits = {.file_bytes = 64 << 20}};
		struct pprof_process process = {0};
		struct pprof_run runs[PPROF_SESSIONS];
		size_t which = 0, started = 0, asked = 0, found = 0;

		source.path = pool_printf(&pool, "%s/flares/%s",
		    fixtures != NULL ? fixtures : "fixtures", cases[i].flare);
		assert_int_equal(flare_open(&flare, &pool, &source, &gaps, &err), 0);
		while (strcmp(flare.processes[which].name, cases[i].process) != 0)
			assert_true(++which < flare.process_count);
		pprof_open(&process, &flare.processes[which], 64 << 20);
		pprof_describe(&process, runs);
		for (int k = 0; k < PPROF_SESSIONS; k++)
			started += (size_t)pprof_start(&runs[k], &pool, &toolchain, &setup);
		for (int k = 0; k < PPROF_REPORTS; k++) {
			found += (size_t)process.tops[k].found;
			asked += (size_t)process.tops[k].asked;
		}
		assert_int_equal(started, cases[i].started);
		assert_int_equal(asked, cases[i].asked);
		assert_int_equal(found, cases[i].found);
		pool_release(&pool);
	}
}

/* ---- what the programs printed ---- */

static const struct {
	enum job_ending ending;
	int code;
	const char *output, *complaint;
	int found;
	const char *why;
} answers[] = {
    {JOB_EXITED, 0, SHOWING("5ns", "5ns") COLUMNS ROW("5ns", "5ns", "f"), "", 1, NULL},
    {JOB_EXITED, 0, SHOWING("5ns", "5ns") COLUMNS ROW("5ns", "5ns", "f"), "a warning\n", 1, NULL},
    {JOB_EXITED, 0, "", "", 0, "pprof could not report its cpu: its report has no column line"},
    {JOB_EXITED, 0, NULL, "", 0, "pprof could not report its cpu: its report is missing or cut"},
    {JOB_EXITED, 0, SHOWING("5B", "5B") COLUMNS ROW("5B", "5B", "f"), "", 0,
	"pprof could not report its cpu: its report has an unexpected line 1"},
    {JOB_EXITED, 0, SHOWING("6ns", "6ns") COLUMNS ROW("5ns", "5ns", "f"), "", 0,
	"pprof could not report its cpu: its rows do not add up to the total it shows"},
    {JOB_EXITED, 2, "", "x: parsing profile\n", 0,
	"pprof could not report its cpu: ended with exit status 2: x: parsing profile"},
    /* what was printed whole before is of use */
    {JOB_EXITED, 2, SHOWING("5ns", "5ns") COLUMNS ROW("5ns", "5ns", "f"), "", 1, NULL},
    {JOB_TIMED_OUT, 0, SHOWING("5ns", "5ns") COLUMNS ROW("5ns", "5ns", "f"), "", 1, NULL},
    {JOB_KILLED, 9, "", "", 0, "pprof could not report its cpu: was killed by signal 9"},
    {JOB_TIMED_OUT, 0, "", "", 0, "pprof could not report its cpu: did not end within 77 ns"},
    {JOB_FLOODED, 0, "", "", 0, "pprof could not report its cpu: printed more than 64.0 MB"},
    {JOB_NOT_FOUND, 2, "", "", 0,
	"pprof could not report its cpu: could not be started: No such file or directory"},
    {JOB_NOT_RUN, 0, "", "", 0, "pprof could not report its cpu: was not run"},
};

/* What pprof prints in a session with the CPU profile; all reports but the first are the same. */
static void
put_session(struct buf *out, const char *first, const char *others)
{
	const char *texts[] = {first, others, others, others};
	const enum pprof_report reports[] = {
	    PPROF_CPU, PPROF_CPU_AGENT, PPROF_CPU_CHECKS, PPROF_CPU_MODULES};
	char mark[64];

	for (size_t i = 0; i < COUNT(texts); i++) {
		if (texts[i] == NULL)
			continue;
		snprintf(mark, sizeof(mark), "   taghide=k0123-%d|.\n", reports[i]);
		buf_puts(out, "(pprof) (pprof) Active filters:\n");
		buf_puts(out, mark);
		buf_puts(out, texts[i]);
	}
	buf_puts(out, "(pprof) ");
}

static void
test_read(void **state)
{
	struct pool patterns = {0};
	struct pprof_setup made = setup;

	(void)state;
	made.talk.reader = top_reader_new(&patterns);
	for (size_t i = 0; i < COUNT(answers); i++) {
		struct made profiles[FLARE_PROFILES] = {[FLARE_CPU] = {"cpu", 2, 1, "aaaa"}};
		struct place place;
		const struct top *top = &place.process.tops[PPROF_CPU];
		struct pprof_run *run = &place.runs[PPROF_SESSION_CPU];
		int well;

		describe_for(&place, profiles, &made);
		assert_true(place.started[PPROF_SESSION_CPU]);
		run->job.ending = answers[i].ending;
		run->job.code = answers[i].code;
		put_session(&run->job.output, answers[i].output, answers[0].output);
		buf_puts(&run->job.complaint, answers[i].complaint);
		pprof_read(run);
		pprof_close(&place.process, &place.pool, &place.gaps);
		assert_null(run->job.output.data);
		assert_int_equal(top->found, answers[i].found);
		assert_int_equal(top->count, answers[i].found);
		/* what comes behind is read all the same, but the last one only of a good end */
		well = answers[i].ending == JOB_EXITED && answers[i].code == 0;
		assert_true(place.process.tops[PPROF_CPU_AGENT].found);
		assert_true(place.process.tops[PPROF_CPU_CHECKS].found);
		assert_int_equal(place.process.tops[PPROF_CPU_MODULES].found, well);
		assert_int_equal(place.gaps.count, !answers[i].found || !well);
		if (answers[i].found) {
			assert_null(top->why);
			assert_int_equal(top->shown, 5);
		} else {
			assert_string_equal(top->why, answers[i].why);
			assert_string_equal(place.gaps.items[0].what, "profiles/core-cpu.pprof");
			assert_string_equal(place.gaps.items[0].why, answers[i].why);
		}
		place_close(&place);
	}
	top_reader_free(made.talk.reader);
	pool_release(&patterns);
}

#define LINE "----------------------------------------------------------+-------------\n"
#define PEEK                                                                                   \
	"Showing nodes accounting for 5ns, 100% of 5ns total\n" LINE                           \
	"      flat  flat%   sum%        cum   cum%   calls calls% + context \t \t \n" LINE
#define EDGE(value, name) "  " value "   100% |   " name "\n"
#define SELF(cum, name) "  0     0%     0% " cum "   100%                | " name "\n"
/* Of the CPU profile, in a turn. */
#define PEEK_NUMBER(turn)                                                                      \
	(PPROF_REPORTS + PPROF_PEEKS * ((int)(turn) - TALK_CALLERS) + PPROF_PEEK_CPU)
#define OWNER "github.com/DataDog/datadog-agent/pkg/a.F"
#define OTHER "github.com/DataDog/datadog-agent/pkg/b.F"

static size_t
count_commands(const struct buf *input)
{
	size_t count = 0;

	for (size_t i = 0; i < input->len; i++)
		count += input->data[i] == '\n';
	return count;
}

/* What pprof prints for the reports of a CPU profile; returns whether nothing more will be said. */
static int
print_reports(struct place *place, const char *rows, struct buf *input)
{
	struct pprof_run *run = &place->runs[PPROF_SESSION_CPU];
	size_t commands;
	int left = 0;

	assert_int_equal(run->job.more(&run->job, input), 0);
	commands = count_commands(input);
	assert_true(commands > 0);
	for (int i = 0; i < PPROF_REPORTS; i++)
		left += all_reports[i].session == PPROF_SESSION_CPU;
	/* as many prompts as there are commands; the last of them is still missing */
	for (size_t i = (size_t)left; i < commands; i++)
		buf_puts(&run->job.output, "(pprof) ");
	for (int i = 0; i < PPROF_REPORTS; i++) {
		if (all_reports[i].session != PPROF_SESSION_CPU)
			continue;
		assert_int_equal(run->job.more(&run->job, input), 0);
		buf_puts(&run->job.output,
		    pool_printf(&place->pool,
			"(pprof) Active filters:\n   taghide=k0123-%d|.\n%s", i, rows));
	}
	assert_int_equal(run->job.more(&run->job, input), 0);
	assert_int_equal(count_commands(input), commands);
	input->len = 0;
	buf_puts(&run->job.output, "(pprof) ");
	return run->job.more(&run->job, input);
}

static int
print_callers(struct place *place, enum talk_turn turn, const char *text, struct buf *input)
{
	struct pprof_run *run = &place->runs[PPROF_SESSION_CPU];
	size_t commands = count_commands(input);

	for (size_t i = 1; i < commands; i++)
		buf_puts(&run->job.output, "(pprof) ");
	buf_puts(&run->job.output, pool_printf(&place->pool,
		"Active filters:\n   taghide=k0123-%d|.\n%s", PEEK_NUMBER(turn), text));
	assert_int_equal(run->job.more(&run->job, input), 0);
	input->len = 0;
	buf_puts(&run->job.output, "(pprof) ");
	return run->job.more(&run->job, input);
}

#define BOTH SHOWING("5ns", "5ns") COLUMNS ROW("3ns", "3ns", "lib.f") ROW("2ns", "2ns", "lib.g")

static const struct {
	const char *rows;
	const char *asked;   /* about all functions of the tables; NULL: nothing */
	const char *answer;
	const char *alone;   /* asked about one of them once more; NULL: not */
	const char *answer_alone;
	const char *caller;  /* of lib.f; NULL: not known */
} talks[] = {
    {SHOWING("5ns", "5ns") COLUMNS ROW("5ns", "5ns", OWNER), NULL, NULL, NULL, NULL, NULL},
    {SHOWING("5ns", "5ns") COLUMNS ROW("5ns", "5ns", "[libc.so]"), NULL, NULL, NULL, NULL, NULL},
    {"nonsense\n", NULL, NULL, NULL, NULL, NULL},
    {SHOWING("5ns", "5ns") COLUMNS ROW("5ns", "5ns", "lib.f"), "peek ^(?:lib\\.f|k0123)$\n",
	PEEK EDGE("5ns", OWNER) SELF("5ns", "lib.f") LINE, NULL, NULL, OWNER},
    {BOTH, "peek ^(?:lib\\.f|lib\\.g|k0123)$\n", PEEK EDGE("3ns", OWNER) SELF("3ns", "lib.f") LINE,
	NULL, NULL, OWNER},
    {BOTH, "peek ^(?:lib\\.f|lib\\.g|k0123)$\n",
	PEEK EDGE("3ns", "lib.g") SELF("3ns", "lib.f") LINE EDGE("5ns", OTHER) SELF("5ns", "lib.g")
	    LINE,
	"peek ^(?:lib\\.f|k0123)$\n", PEEK EDGE("3ns", OWNER) SELF("3ns", "lib.f") LINE, OWNER},
    {BOTH, "peek ^(?:lib\\.f|lib\\.g|k0123)$\n", "nonsense\n", "peek ^(?:lib\\.f|k0123)$\n",
	"nonsense\n", NULL},
};

/* Once the reports are there, it is asked who calls the functions in them that are not the
 * Agent's. */
static void
test_talk(void **state)
{
	struct pool pool = {0};
	struct pprof_setup made = setup;
	struct error err = {0};

	(void)state;
	assert_int_equal(pprof_setup_open(&made, &pool, &err), 0);
	made.talk.rows = 10;
	for (size_t i = 0; i < COUNT(talks); i++) {
		struct made profiles[FLARE_PROFILES] = {[FLARE_CPU] = {"cpu", 2, 1, "aaaa"}};
		struct place place;
		struct pprof_run *run = &place.runs[PPROF_SESSION_CPU];
		const struct caller *caller;
		struct buf input = {0};
		int last;

		describe(&place, profiles);
		memcpy(made.talk.key.text, "k0123", sizeof("k0123"));
		assert_int_equal(pprof_start(run, &place.pool, &toolchain, &made), 1);
		last = print_reports(&place, talks[i].rows, &input);
		assert_int_equal(input.len > 0, talks[i].asked != NULL);
		assert_true(input.len == 0 || strstr(input.data, talks[i].asked) != NULL);
		if (talks[i].answer != NULL && !last) {
			last = print_callers(&place, TALK_CALLERS, talks[i].answer, &input);
			assert_int_equal(input.len > 0, talks[i].alone != NULL);
			assert_true(input.len == 0 || strstr(input.data, talks[i].alone) != NULL);
		} else if (talks[i].answer != NULL) {
			buf_puts(&run->job.output,
			    pool_printf(&place.pool, "Active filters:\n   taghide=k0123-%d|.\n%s(pprof) ",
				PEEK_NUMBER(TALK_CALLERS), talks[i].answer));
		}
		if (talks[i].answer_alone != NULL)
			buf_puts(&run->job.output,
			    pool_printf(&place.pool, "Active filters:\n   taghide=k0123-%d|.\n%s(pprof) ",
				PEEK_NUMBER(TALK_JUDGED), talks[i].answer_alone));
		assert_int_equal(last, 1);
		run->job.ending = JOB_EXITED;
		pprof_read(run);
		assert_int_equal(place.process.tops[PPROF_CPU].found, strcmp(talks[i].rows, "nonsense\n") != 0);
		caller = pprof_caller(&place.process, PPROF_CPU, "lib.f");
		assert_int_equal(caller != NULL, talks[i].caller != NULL);
		if (caller != NULL)
			assert_string_equal(caller->caller, talks[i].caller);
		buf_release(&input);
		place_close(&place);
	}
	pprof_setup_close(&made);
	pool_release(&pool);
}

/* What pprof says of a file goes by the file's name in the flare: its path is this machine's. */
static void
test_complaint(void **state)
{
	struct pool patterns = {0};
	struct pprof_setup made = setup;
	struct made profiles[FLARE_PROFILES] = WHOLE;
	struct place place;
	struct pprof_run *run = &place.runs[PPROF_SESSION_GROWTH];

	(void)state;
	made.talk.reader = top_reader_new(&patterns);
	describe_for(&place, profiles, &made);
	run->job.ending = JOB_EXITED;
	run->job.code = 2;
	buf_puts(&run->job.complaint, pool_printf(&place.pool, "%s: bad, worse than %s%s",
		place.files.paths[FLARE_HEAP_2ND], place.files.paths[FLARE_HEAP_1ST],
		place.files.paths[FLARE_HEAP_1ST]));
	pprof_read(run);
	assert_string_equal(place.process.tops[PPROF_GROWTH].why,
	    "pprof could not report its inuse_space: ended with exit status 2: "
	    "profiles/core-2nd-heap.pprof: bad, worse than profiles/core-1st-heap.pprof"
	    "profiles/core-1st-heap.pprof");
	place_close(&place);
	top_reader_free(made.talk.reader);
	pool_release(&patterns);
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
	pprof_close(&place.process, &place.pool, &place.gaps);
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
		pprof_start(&place.runs[PPROF_SESSION_CPU], &place.pool, &toolchain, &setup);
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
	    cmocka_unit_test(test_all_commands),
	    cmocka_unit_test(test_cost),
	    cmocka_unit_test(test_memory),
	    cmocka_unit_test(test_rules),
	    cmocka_unit_test(test_escape),
	    cmocka_unit_test(test_commands),
	    cmocka_unit_test(test_hostile_names),
	    cmocka_unit_test(test_heap_of_the_first),
	    cmocka_unit_test(test_fixtures),
	    cmocka_unit_test(test_read),
	    cmocka_unit_test(test_talk),
	    cmocka_unit_test(test_complaint),
	    cmocka_unit_test(test_read_gaps),
	};

	return cmocka_run_group_tests_name("pprof", tests, NULL, NULL);
}
