#include "goroutines.h"

#include "buf.h"
#include "gap.h"
#include "pool.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>

#include <cmocka.h>

#define AGENT "github.com/DataDog/datadog-agent/"
#define WAIT "goroutine 7 [select, 3 minutes]:\n"
#define END "main.main()\n\t" AGENT "cmd/agent/main.go:30 +0x1d"

struct parsed {
	struct pool pool;
	struct gaps gaps;
	struct goroutines goroutines;
};

static void
parse_span(struct parsed *parsed, struct span text)
{
	memset(parsed, 0, sizeof(*parsed));
	memset(&parsed->goroutines, 0xa5, sizeof(parsed->goroutines));
	goroutines_parse(&parsed->goroutines, &parsed->pool, "dump.log", text, &parsed->gaps);
}

static void
parse(struct parsed *parsed, const char *text)
{
	parse_span(parsed, (struct span){text, strlen(text)});
}

static const char *
only_gap(struct parsed *parsed)
{
	if (parsed->gaps.count == 0)
		return "";
	assert_int_equal(parsed->gaps.count, 1);
	assert_string_equal(parsed->gaps.items[0].what, "dump.log");
	return parsed->gaps.items[0].why;
}

static void
test_headers(void **state)
{
	static const struct {
		const char *header;
		const char *state;
		int64_t minutes; /* -1: this is no header */
	} cases[] = {
	    {"goroutine 12 [select]:", "select", 0},
	    {"goroutine 12 [chan receive, 5 minutes]:", "chan receive", 5},
	    {"goroutine 12 [select, 4320 minutes, locked to thread]:", "select", 4320},
	    {"goroutine 12 [syscall, locked to thread]:", "syscall", 0},
	    {"goroutine 12 [chan receive (nil chan), 17 minutes]:", "chan receive (nil chan)",
		17},
	    {"goroutine 12 [GC worker (idle)]:", "GC worker (idle)", 0},
	    {"goroutine 12 [runnable (scan), 2 minutes]:", "runnable", 2},
	    {"goroutine 12 [select (no cases) (leaked), 8 minutes]:", "select (no cases)", 8},
	    {"goroutine 12 [chan send (durable), 9 minutes, synctest bubble 7]:", "chan send",
		9},
	    {"goroutine 12 [select, synctest group 7]:", "select", 0},
	    {"goroutine 12 gp=0xc000123456 m=nil [sync.Mutex.Lock, 6 minutes]:",
		"sync.Mutex.Lock", 6},
	    {"goroutine 12 gp=0xc000123456 m=3 mp=0xc000100008 [running]:", "running", 0},
	    {"goroutine 12 [IO wait, 1 minutes] {check_id: kubelet, \"a b\": \"]:\"}:",
		"IO wait", 1},
	    {"goroutine 12 [select, 3 minutes]:\r", "select", 3},
	    {"goroutine 12 [select, 3 minutes]", NULL, -1},
	    {"goroutine x [select]:", NULL, -1},
	    {"goroutine 12:", NULL, -1},
	    {"goroutine profile: total 812", NULL, -1},
	    {"\tgoroutine 12 [select]:", NULL, -1},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct parsed parsed;
		char text[512];
		const struct goroutines *goroutines = &parsed.goroutines;

		snprintf(text, sizeof(text), "%s\n" END "\n", cases[i].header);
		parse(&parsed, text);
		assert_int_equal(goroutines->found, cases[i].minutes >= 0);
		assert_int_equal(goroutines->count, cases[i].minutes >= 0);
		assert_int_equal(goroutines->state_count, cases[i].minutes >= 0);
		assert_int_equal(goroutines->longest_count, cases[i].minutes > 0);
		if (cases[i].minutes >= 0)
			assert_string_equal(goroutines->states[0].name, cases[i].state);
		if (cases[i].minutes > 0) {
			assert_int_equal(goroutines->longest[0].minutes, cases[i].minutes);
			assert_int_equal(goroutines->longest[0].id, 12);
			assert_string_equal(goroutines->longest[0].state, cases[i].state);
		}
		pool_release(&parsed.pool);
	}
}

static void
test_functions(void **state)
{
	static const struct {
		const char *frames;
		const char *function;
	} cases[] = {
	    {AGENT "pkg/logs/pipeline.(*provider).NextPipelineChan(...)\n\tx.go:1\n",
		AGENT "pkg/logs/pipeline.(*provider).NextPipelineChan"},
	    {"a.b/c.run({0x5d0a1c8, 0xc000a12340}, 0x1?, ...)\n\tx.go:1 +0x4c5\n", "a.b/c.run"},
	    {"a.b/c.Map[...].Each(0xc0, {0x1, 0x2})\n\tx.go:1 +0x1\n", "a.b/c.Map[...].Each"},
	    {"a.b/c.(*T[go.shape.int]).Do.func1()\n\tx.go:1 +0x1\n",
		"a.b/c.(*T[go.shape.int]).Do.func1"},
	    {"a.b/c.Each[func(int) (bool, error)](0x1)\n\tx.go:1 +0x1\n",
		"a.b/c.Each[func(int) (bool, error)]"},
	    {"gopkg.in/yaml%2ev2.Marshal({0x1, 0x2})\n\tx.go:1 +0x1\n",
		"gopkg.in/yaml%2ev2.Marshal"},
	    {"sync.runtime_SemacquireMutex(0xc0?, 0x0?, 0x1?)\n\tsema.go:71 +0x25\n"
	     "sync.(*Mutex).lockSlow(0xc0)\n\tmutex.go:171 +0x15d\n"
	     "sync.(*Mutex).Lock(...)\n\tmutex.go:81\n" AGENT
	     "pkg/tagger.(*Store).Lookup(0xc0)\n\tstore.go:9 +0x1\n",
		AGENT "pkg/tagger.(*Store).Lookup"},
	    {"internal/poll.runtime_pollWait(0x7f, 0x72)\n\tx.go:1 +0x1\n"
	     "net/http.(*conn).serve(0xc0)\n\tserver.go:1 +0x1\n"
	     "created by a.b/c.Serve in goroutine 1\n\tx.go:1 +0x1\n",
		"internal/poll.runtime_pollWait"},
	    {"a.b/c.Inner()\n\tx.go:1 +0x1\na.b/c.Outer()\n\tx.go:1 +0x1\n", "a.b/c.Inner"},
	    /* Own packages by their whole names only. */
	    {"time.Sleep(0x1)\n\tx.go:1 +0x1\ntimeseries.Wait()\n\tx.go:1 +0x1\n",
		"timeseries.Wait"},
	    {"non-Go function at pc=7f12\nnon-Go function at pc=7f13\n"
	     "runtime.cgocall(0x1, 0x2)\n\tx.go:1 +0x1\n" AGENT
	     "pkg/collector/python.(*PythonCheck).runCheck(0xc0)\n\tx.go:1 +0x1\n",
		AGENT "pkg/collector/python.(*PythonCheck).runCheck"},
	    {"runtime.gopark()\n\tx.go:1 +0x1\n...23 frames elided...\n"
	     "a.b/c.Deep(0x1)\n\tx.go:1 +0x1\n...additional frames elided...\n"
	     "created by a.b/c.New\n\tx.go:1 +0x1\n",
		"a.b/c.Deep"},
	    /* Neither the creator nor an ancestor waits. */
	    {"runtime.gopark()\n\tx.go:1 +0x1\ncreated by a.b/c.New(0x1)\n\tx.go:1 +0x1\n"
	     "[originating from goroutine 1]:\na.b/c.Ancestor(...)\n\tx.go:1 +0x1\n",
		"runtime.gopark"},
	    {"\tgoroutine running on other thread; stack unavailable\n"
	     "created by a.b/c.New in goroutine 1\n\tx.go:1 +0x1\n",
		""},
	    {"a.b/c.odd)\n\tx.go:1 +0x1\n", "a.b/c.odd)"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct parsed parsed;
		char text[2048];

		snprintf(text, sizeof(text), WAIT "%s\ngoroutine 1 [running]:\n" END,
		    cases[i].frames);
		parse(&parsed, text);
		assert_int_equal(parsed.goroutines.count, 2);
		assert_int_equal(parsed.goroutines.longest_count, 1);
		assert_string_equal(parsed.goroutines.longest[0].function, cases[i].function);
		assert_string_equal(only_gap(&parsed), "");
		pool_release(&parsed.pool);
	}
}

static void
test_gaps(void **state)
{
#define CUT "the dump is cut in the middle of a goroutine: there may be more of them"
	static const struct {
		const char *text;
		int64_t count;
		const char *gap;
	} cases[] = {
	    {"", 0, "is empty"},
	    {"\n \r\n", 0, "is empty"},
	    {"could not collect the go-routine dump: EOF\nmore", 0,
		"holds no goroutine dump but: could not collect the go-routine dump: EOF"},
	    {"a text of some words, the last of which would be cut in two: 0123456789abcdef0123456789",
		0,
		"holds no goroutine dump but: a text of some words, the last of which would be cut "
		"in two:"},
	    {WAIT END, 1, ""},
	    {WAIT END "\n\n", 1, ""},
	    {WAIT END " fp=0xc0 sp=0xc1 pc=0x47\n", 1, ""},
	    {WAIT "a.b/c.Inlined(...)\n\tC:/x/c.go:7", 1, ""},
	    {WAIT "a.b/c.Deep(0x1)\n\tx.go:1 +0x1\n...additional frames elided...", 1, ""},
	    {WAIT "\tgoroutine running on other thread; stack unavailable\n", 1, ""},
	    {WAIT "non-Go function at pc=7f12\n", 1, ""},
	    {WAIT, 1, CUT},
	    {WAIT "main.main()\n", 1, CUT},
	    {WAIT "main.main()\n\tgithub.com/Data", 1, CUT},
	    {WAIT END "\ncreated by a.b/c.New in gor", 1, CUT},
	    {WAIT "main.main()\n\tx.go:3 +0", 1, CUT},
	    {WAIT END "\n\ngoroutine 8 [chan se", 1, CUT},
	    {WAIT END "\n\ngoroutine 8 <select>\n" END, 1,
		"goroutine headers in an unknown form, which are not counted: 1"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct parsed parsed;

		parse(&parsed, cases[i].text);
		assert_int_equal(parsed.goroutines.count, cases[i].count);
		assert_int_equal(parsed.goroutines.found, cases[i].count > 0);
		assert_string_equal(only_gap(&parsed), cases[i].gap);
		pool_release(&parsed.pool);
	}
}

static void
add_block(struct buf *buf, int id, const char *state, int minutes)
{
	char header[256];

	snprintf(
	    header, sizeof(header), "goroutine %d [%s, %d minutes]:\n", id, state, minutes);
	buf_puts(buf, header);
	buf_puts(buf, END "\n\n");
}

static void
test_order(void **state)
{
	static const struct {
		int64_t id, minutes;
	} wanted[GOROUTINES_LONGEST] = {{9, 90}, {2, 80}, {5, 80}, {8, 80}, {7, 70}, {6, 60},
	    {4, 40}, {3, 30}, {13, 13}, {12, 12}};
	static const int minutes[] = {
	    10, 80, 30, 40, 80, 60, 70, 80, 90, 9, 11, 12, 13, 0, 0, 0};
	static const char *const states[] = {"select", "IO wait", "chan send"};
	struct buf buf = {0};
	struct parsed parsed;

	(void)state;
	/* Last first, so that equal waits come in the wrong order. */
	for (int i = (int)(sizeof(minutes) / sizeof(minutes[0])) - 1; i >= 0; i--)
		add_block(&buf, i + 1, states[i < 4 ? 0 : i < 12 ? 1 : 2], minutes[i]);
	parse(&parsed, buf_text(&buf));
	assert_int_equal(parsed.goroutines.count, 16);
	assert_int_equal(parsed.goroutines.longest_count, GOROUTINES_LONGEST);
	for (size_t i = 0; i < GOROUTINES_LONGEST; i++) {
		assert_int_equal(parsed.goroutines.longest[i].id, wanted[i].id);
		assert_int_equal(parsed.goroutines.longest[i].minutes, wanted[i].minutes);
	}
	assert_int_equal(parsed.goroutines.state_count, 3);
	assert_string_equal(parsed.goroutines.states[0].name, "IO wait");
	assert_int_equal(parsed.goroutines.states[0].count, 8);
	assert_string_equal(parsed.goroutines.states[1].name, "chan send"); /* by name */
	assert_int_equal(parsed.goroutines.states[1].count, 4);
	assert_string_equal(parsed.goroutines.states[2].name, "select");
	buf_release(&buf);
	pool_release(&parsed.pool);
}

static void
test_many_states(void **state)
{
	struct buf buf = {0};
	struct parsed parsed;
	int64_t sum = 0;

	(void)state;
	for (int i = 0; i < 100; i++) {
		char name[32];

		snprintf(name, sizeof(name), "state %d", i);
		add_block(&buf, i, name, 1);
		add_block(&buf, i, name, 1);
	}
	parse(&parsed, buf_text(&buf));
	assert_int_equal(parsed.goroutines.count, 200);
	assert_int_equal(parsed.goroutines.state_count, GOROUTINES_STATES);
	assert_string_equal(parsed.goroutines.states[0].name, "other");
	assert_int_equal(parsed.goroutines.states[0].count, 72);
	assert_string_equal(parsed.goroutines.states[GOROUTINES_STATES - 1].name, "other");
	assert_int_equal(parsed.goroutines.states[GOROUTINES_STATES - 1].count, 2 * (64 - 18));
	assert_string_equal(only_gap(&parsed), "has goroutines in more than 19 states: the rarest "
					       "are counted as \"other\"");
	for (size_t i = 0; i < parsed.goroutines.state_count; i++)
		sum += parsed.goroutines.states[i].count;
	assert_int_equal(sum, 200);
	buf_release(&buf);
	pool_release(&parsed.pool);
}

static void
test_strange_bytes(void **state)
{
	struct parsed parsed;

	(void)state;
	parse(&parsed,
	    "goroutine 7 [sel\xff\x1b[31mect, 2 minutes]:\na.b/c.\x01run(0x1)\n\tx.go:1\n");
	assert_string_equal(parsed.goroutines.longest[0].function, "a.b/c.\xef\xbf\xbdrun");
	assert_int_equal(parsed.goroutines.count, 1);
	pool_release(&parsed.pool);
}

/* Every beginning of a dump: the count grows, and no cut inside a name goes unsaid. */
static void
test_cut(void **state)
{
	static const char text[] =
	    WAIT END "\ncreated by a.b/c.New in goroutine 1\n\tx.go:1 +0x1\n\n"
		     "goroutine 8 [chan send]:\n" END;
	int64_t count = 0;

	(void)state;
	for (size_t len = 0; len < sizeof(text); len++) {
		char *copy = malloc(len + 1);
		struct parsed parsed;

		memcpy(copy, text, len);
		parse_span(&parsed, (struct span){copy, len});
		assert_true(parsed.goroutines.count >= count);
		count = parsed.goroutines.count;
		assert_true(parsed.gaps.count == 1 ||
			    (len > 0 && strchr("0123456789abcdef\n", copy[len - 1]) != NULL));
		free(copy);
		pool_release(&parsed.pool);
	}
	assert_int_equal(count, 2);
}

#define BLOCK(head, frames) "goroutine 3 [" head "]:\n" frames "\n"
#define FRAME(function) function "(0x1)\n\tx.go:1 +0x1\n"
#define STARTED(function) "created by " function "\n\tx.go:1 +0x1\n"
#define LOOP FRAME(AGENT "pkg/a.loop")

/* Which goroutines are one group: those with the same functions and the same creator. */
static void
test_groups(void **state)
{
	static const struct {
		const char *second; /* besides BLOCK("select", LOOP STARTED("a.b/c.New")) */
		size_t groups;
	} cases[] = {
	    {"goroutine 4 [select]:\n" AGENT "pkg/a.loop({0x7, 0x8}, ...)\n\ty.go:99\n"
	     "created by a.b/c.New in goroutine 77\n\ty.go:2 +0x2\n", 1},
	    {BLOCK("chan send", LOOP STARTED("a.b/c.New")), 1},
	    {BLOCK("select", "...9 frames elided...\n" LOOP STARTED("a.b/c.New")), 1},
	    /* What stands below the creator is somebody else's. */
	    {BLOCK("select", LOOP STARTED("a.b/c.New") "[originating from goroutine 1]:\n"
		FRAME("a.b/c.Ancestor") STARTED("main.main")), 1},
	    {BLOCK("select", LOOP STARTED("a.b/c.Other")), 2},
	    {BLOCK("select", LOOP), 2},
	    {BLOCK("select", LOOP FRAME("a.b/c.New")), 2},
	    {BLOCK("select", FRAME("a.b/c.run") LOOP STARTED("a.b/c.New")), 2},
	    {BLOCK("select", FRAME(AGENT "pkg/a.loo") FRAME("p") STARTED("a.b/c.New")), 2},
	    {BLOCK("select", ""), 2},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct goroutine_group *group;
		struct parsed parsed;
		char text[2048];

		snprintf(text, sizeof(text), "%s%s",
		    BLOCK("select", LOOP STARTED("a.b/c.New")), cases[i].second);
		parse(&parsed, text);
		assert_int_equal(parsed.goroutines.count, 2);
		assert_int_equal(parsed.goroutines.group_count, cases[i].groups);
		group = &parsed.goroutines.groups[0];
		assert_int_equal(group->count, cases[i].groups == 1 ? 2 : 1);
		pool_release(&parsed.pool);
	}
}

/* What is told of a group. */
static void
test_group_names(void **state)
{
	static const struct {
		const char *frames;
		const char *top, *function, *agent_function, *creator;
	} cases[] = {
	    {FRAME("sync.(*Cond).Wait") FRAME("a.b/c.run") LOOP STARTED("main.main"),
		"sync.(*Cond).Wait", "a.b/c.run", AGENT "pkg/a.loop", "main.main"},
	    {LOOP FRAME(AGENT "pkg/a.Run"), AGENT "pkg/a.loop", AGENT "pkg/a.loop",
		AGENT "pkg/a.loop", NULL},
	    {FRAME("a.b/c.run") "created by a.b/c.New.func1(0x1) in goroutine 8\n\tx.go:1\n",
		"a.b/c.run", "a.b/c.run", NULL, "a.b/c.New.func1"},
	    /* All Go's own: how it began says more than how it waits. */
	    {FRAME("internal/poll.runtime_pollWait") FRAME("net/http.(*conn).serve")
		STARTED("net/http.(*Server).Serve"),
		"internal/poll.runtime_pollWait", "net/http.(*conn).serve", NULL,
		"net/http.(*Server).Serve"},
	    {"\tgoroutine running on other thread; stack unavailable\n" STARTED("a.b/c.New"), "",
		"", NULL, "a.b/c.New"},
	    {FRAME("a.b/c.run") "created by \n\tx.go:1\n", "a.b/c.run", "a.b/c.run", NULL, ""},
	    {FRAME("a\xff") STARTED("b\xff"), "a\xef\xbf\xbd", "a\xef\xbf\xbd", NULL,
		"b\xef\xbf\xbd"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct goroutine_group *group;
		struct parsed parsed;
		char text[2048];

		snprintf(text, sizeof(text), WAIT "%s\n", cases[i].frames);
		parse(&parsed, text);
		assert_int_equal(parsed.goroutines.group_count, 1);
		group = parsed.goroutines.groups;
		assert_string_equal(group->top, cases[i].top);
		assert_string_equal(group->function, cases[i].function);
		assert_int_equal(group->agent_function == NULL, cases[i].agent_function == NULL);
		if (group->agent_function != NULL)
			assert_string_equal(group->agent_function, cases[i].agent_function);
		assert_int_equal(group->creator == NULL, cases[i].creator == NULL);
		if (group->creator != NULL)
			assert_string_equal(group->creator, cases[i].creator);
		pool_release(&parsed.pool);
	}
}

static void
add_times(struct buf *buf, int times, const char *block)
{
	while (times-- > 0)
		buf_puts(buf, block);
}

/* Count, most frequent state, longest wait and order; only the largest are kept. */
static void
test_largest_groups(void **state)
{
	const struct goroutine_group *groups;
	struct buf buf = {0};
	struct parsed parsed;

	(void)state;
	for (int i = 0; i < 30; i++) {
		char block[256];

		snprintf(block, sizeof(block), BLOCK("sleep", FRAME("b.single%02d")), 29 - i);
		buf_puts(&buf, block);
	}
	add_times(&buf, 3, BLOCK("select, 70 minutes", FRAME("b.many")));
	add_times(&buf, 2, BLOCK("chan receive, 900 minutes", FRAME("b.many")));
	add_times(&buf, 2, BLOCK("IO wait", FRAME("b.few")));
	add_times(&buf, 2, BLOCK("IO wait", FRAME("a.few") STARTED("z.New")));
	add_times(&buf, 2, BLOCK("IO wait", FRAME("a.few") STARTED("a.New")));
	parse(&parsed, buf_text(&buf));
	groups = parsed.goroutines.groups;
	assert_int_equal(parsed.goroutines.group_count, GOROUTINE_GROUPS);
	assert_string_equal(groups[0].function, "b.many");
	assert_string_equal(groups[0].state, "select");
	assert_int_equal(groups[0].count, 5);
	assert_int_equal(groups[0].longest_minutes, 900);
	assert_string_equal(groups[1].function, "a.few");
	assert_string_equal(groups[1].creator, "a.New");
	assert_string_equal(groups[2].creator, "z.New");
	assert_string_equal(groups[3].function, "b.few");
	assert_int_equal(groups[3].longest_minutes, 0);
	assert_string_equal(groups[4].function, "b.single00");
	assert_string_equal(groups[9].function, "b.single05");
	buf_release(&buf);
	pool_release(&parsed.pool);
}

/* The upper frames are told, all make the difference. */
static void
test_deep_stacks(void **state)
{
	struct buf buf = {0};
	struct parsed parsed;

	(void)state;
	for (int i = 0; i < 2; i++) {
		buf_puts(&buf, "goroutine 1 [select]:\n");
		add_times(&buf, 100, FRAME("a.recurse"));
		buf_puts(&buf, i == 0 ? FRAME("a.First") "\n" : FRAME("a.Second") "\n");
	}
	parse(&parsed, buf_text(&buf));
	assert_int_equal(parsed.goroutines.group_count, 2);
	assert_int_equal(parsed.goroutines.groups[0].stack_count, GOROUTINE_STACK_FRAMES);
	assert_string_equal(parsed.goroutines.groups[0].stack[11], "a.recurse");
	buf_release(&buf);
	pool_release(&parsed.pool);
}

/* A dump may hold any number of different stacks. */
static void
test_too_many_stacks(void **state)
{
	struct buf buf = {0};
	struct parsed parsed;
	int64_t sum = 0;

	(void)state;
	for (int i = 0; i < 9000; i++) {
		char block[256];

		snprintf(block, sizeof(block), BLOCK("chan send", FRAME("a.f%d")), i);
		buf_puts(&buf, block);
	}
	add_times(&buf, 3, BLOCK("chan send", FRAME("a.f0")));
	parse(&parsed, buf_text(&buf));
	assert_int_equal(parsed.goroutines.count, 9003);
	assert_string_equal(parsed.goroutines.groups[0].function, "a.f0");
	assert_int_equal(parsed.goroutines.groups[0].count, 4);
	assert_int_equal(parsed.goroutines.waiting_count, GOROUTINE_WAITERS);
	for (size_t i = 0; i < parsed.goroutines.group_count; i++)
		sum += parsed.goroutines.groups[i].count;
	assert_int_equal(sum, 4 + 9);
	assert_string_equal(only_gap(&parsed),
	    "has goroutines with too many different stacks: 808 of them are in no group");
	buf_release(&buf);
	pool_release(&parsed.pool);
}

/* Nothing that is read into memory is as long as a name in a dump can be. */
static void
test_long_names(void **state)
{
	struct buf buf = {0};
	struct parsed parsed;

	(void)state;
	buf_puts(&buf, "goroutine 1 [chan send]:\n");
	add_times(&buf, 100000, "x");
	buf_puts(&buf, "()\n\tx.go:1\ncreated by ");
	add_times(&buf, 100000, "y");
	buf_puts(&buf, "\n\tx.go:1\n");
	parse(&parsed, buf_text(&buf));
	assert_int_equal(strlen(parsed.goroutines.groups[0].function), 16384);
	assert_int_equal(strlen(parsed.goroutines.groups[0].creator), 16384);
	assert_int_equal(strlen(parsed.goroutines.waiting[0].function), 16384);
	buf_release(&buf);
	pool_release(&parsed.pool);
}

/* How goroutines wait: as workers do, or for another goroutine. */
static void
test_kinds_of_waits(void **state)
{
	static const struct {
		const char *state, *frames;
		int idle, held;
	} cases[] = {
	    {"select", "", 1, 0},
	    {"select (no cases)", "", 1, 0},
	    {"chan receive", "", 1, 0},
	    {"chan receive (nil chan)", "", 0, 0},
	    {"IO wait", "", 1, 0},
	    {"sleep", "", 1, 0},
	    {"syscall", "", 1, 0},
	    {"sync.Cond.Wait", "", 1, 0},
	    {"sync.WaitGroup.Wait", "", 1, 0},
	    {"finalizer wait", "", 1, 0},
	    {"running", "", 0, 0},
	    {"runnable", "", 0, 0},
	    {"a new state", "", 0, 0},
	    {"chan send", "", 0, 1},
	    {"chan send (nil chan)", "", 0, 0},
	    {"sync.Mutex.Lock", "", 0, 1},
	    {"sync.RWMutex.Lock", "", 0, 1},
	    {"sync.RWMutex.RLock", "", 0, 1},
	    {"semacquire", "", 0, 0},
	    {"semacquire", FRAME("sync.runtime_SemacquireMutex") FRAME("sync.(*Mutex).lockSlow"),
		0, 1},
	    {"semacquire", FRAME("sync.runtime_Semacquire") FRAME("sync.(*RWMutex).Lock"), 0, 1},
	    {"semacquire", FRAME("internal/sync.runtime_SemacquireMutex")
		FRAME("internal/sync.(*Mutex).lockSlow"), 0, 1},
	    {"semacquire", FRAME("sync.runtime_Semacquire") FRAME("sync.(*WaitGroup).Wait"), 1, 0},
	    /* What called a wait group has a lock of its own further down. */
	    {"semacquire", FRAME("sync.runtime_Semacquire") FRAME("sync.(*WaitGroup).Wait")
		FRAME("sync.(*Mutex).x"), 1, 0},
	    {"semacquire", FRAME("internal/poll.runtime_Semacquire") FRAME("sync.(*Mutex).x"), 0,
		0},
	    {"semacquire", FRAME("a.b/sync.(*Mutex).Lock"), 0, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct parsed parsed;
		char text[1024];

		snprintf(text, sizeof(text), "goroutine 1 [%s, 5 minutes]:\n%s" LOOP,
		    cases[i].state, cases[i].frames);
		parse(&parsed, text);
		assert_int_equal(parsed.goroutines.groups[0].is_idle, cases[i].idle);
		assert_int_equal(parsed.goroutines.waiting_count, cases[i].held);
		if (cases[i].held) {
			assert_string_equal(
			    parsed.goroutines.waiting[0].function, AGENT "pkg/a.loop");
			assert_string_equal(parsed.goroutines.waiting[0].state, cases[i].state);
			assert_int_equal(parsed.goroutines.waiting[0].count, 1);
			assert_int_equal(parsed.goroutines.waiting[0].longest_minutes, 5);
		}
		pool_release(&parsed.pool);
	}
}

/* Those who wait are one by function, whichever way they came there. */
static void
test_waiters(void **state)
{
	const struct goroutine_waiters *waiting;
	struct buf buf = {0};
	struct parsed parsed;

	(void)state;
	add_times(&buf, 9, BLOCK("select, 4000 minutes", LOOP));
	add_times(&buf, 2, BLOCK("chan send, 3 minutes", LOOP));
	add_times(&buf, 3, BLOCK("sync.Mutex.Lock", FRAME("sync.(*Mutex).Lock") LOOP));
	add_times(&buf, 2, BLOCK("chan send, 8 minutes", FRAME("a.b/c.send") LOOP STARTED("m")));
	add_times(&buf, 4, BLOCK("chan send", FRAME("a.b/c.send")));
	add_times(&buf, 7, BLOCK("chan send", FRAME("time.sendTime") FRAME("time.goFunc")));
	add_times(&buf, 4, BLOCK("chan send", FRAME("a.b/a.send")));
	parse(&parsed, buf_text(&buf));
	waiting = parsed.goroutines.waiting;
	assert_int_equal(parsed.goroutines.waiting_count, 4);
	assert_string_equal(waiting[0].function, AGENT "pkg/a.loop");
	assert_string_equal(waiting[0].state, "chan send");
	assert_int_equal(waiting[0].count, 7);
	assert_int_equal(waiting[0].longest_minutes, 8);
	assert_string_equal(waiting[1].function, "time.goFunc");
	assert_int_equal(waiting[1].count, 7);
	assert_int_equal(waiting[1].longest_minutes, 0);
	assert_string_equal(waiting[2].function, "a.b/a.send");
	assert_string_equal(waiting[3].function, "a.b/c.send");
	buf_release(&buf);
	pool_release(&parsed.pool);
}

static void
test_crowds(void **state)
{
	static const struct {
		int same, others;
		int is_crowd;
	} cases[] = {
	    {101, 5000, 1}, /* more than a hundred */
	    {100, 100, 0},
	    {11, 9, 1},	    /* more than half of twenty */
	    {10, 9, 0},	    /* too few in all */
	    {10, 10, 0},
	    {11, 10, 1},
	    {0, 0, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct goroutine_group group = {.count = cases[i].same};
		struct goroutines goroutines = {
		    .count = cases[i].same + cases[i].others, .groups = &group};

		assert_int_equal(goroutines_is_crowd(&goroutines, &group), cases[i].is_crowd);
		assert_null(goroutines_crowd(&goroutines));
		goroutines.group_count = 1;
		assert_int_equal(goroutines_crowd(&goroutines) == &group, cases[i].is_crowd);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_headers),
	    cmocka_unit_test(test_functions),
	    cmocka_unit_test(test_gaps),
	    cmocka_unit_test(test_order),
	    cmocka_unit_test(test_many_states),
	    cmocka_unit_test(test_strange_bytes),
	    cmocka_unit_test(test_cut),
	    cmocka_unit_test(test_groups),
	    cmocka_unit_test(test_group_names),
	    cmocka_unit_test(test_largest_groups),
	    cmocka_unit_test(test_deep_stacks),
	    cmocka_unit_test(test_too_many_stacks),
	    cmocka_unit_test(test_long_names),
	    cmocka_unit_test(test_kinds_of_waits),
	    cmocka_unit_test(test_waiters),
	    cmocka_unit_test(test_crowds),
	};

	return cmocka_run_group_tests_name("goroutines", tests, NULL, NULL);
}
