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
	};

	return cmocka_run_group_tests_name("goroutines", tests, NULL, NULL);
}
