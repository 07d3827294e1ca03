#include "talk.h"

#include "buf.h"
#include "error.h"
#include "pool.h"

#include <string.h>

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define ONE "github.com/DataDog/datadog-agent/pkg/one.F"
#define TWO "github.com/DataDog/datadog-agent/comp/two.F"

#define TOP(name)                                                                              \
	"Showing nodes accounting for 5B, 100% of 5B total\n"                                  \
	"      flat  flat%   sum%        cum   cum%\n"                                         \
	"        5B   100%   100%         5B   100%  " name "\n"
#define LINE "----------------------------------------------------------+-------------\n"
#define PEEK(caller, name)                                                                     \
	"Showing nodes accounting for 5B, 100% of 5B total\n" LINE                             \
	"      flat  flat%   sum%        cum   cum%   calls calls% + context \t \t \n" LINE    \
	"        5B   100% |   " caller "\n"                                                   \
	"        5B   100%   100%         5B   100%                | " name "\n" LINE

/* A dialogue with a pprof that has both heap snapshots, and its answers. */
struct place {
	struct pool pool;
	struct talk_setup setup;
	struct top tops[PPROF_REPORTS];
	struct callers callers[PPROF_PEEKS];
	struct stacks stacks[PPROF_STACKS];
	struct talk talk;
	struct buf input, printed;
};

static void
open_place_for(struct place *place, int with_stacks)
{
	struct error err = {0};

	*place = (struct place){.setup = {.rows = 10, .with_stacks = with_stacks}};
	assert_int_equal(talk_setup_open(&place->setup, &place->pool, &err), 0);
	place->talk = (struct talk){.session = PPROF_SESSION_GROWTH,
	    .setup = &place->setup,
	    .pool = &place->pool,
	    .tops = place->tops,
	    .callers = place->callers,
	    .stacks = place->stacks};
	/* All answers are in bytes here. */
	for (int i = 0; i < PPROF_REPORTS; i++)
		place->tops[i].asked = reports_get(i)->session == PPROF_SESSION_GROWTH &&
				       reports_get(i)->unit == TOP_BYTES;
}

static void
open_place(struct place *place)
{
	open_place_for(place, 0);
}

static void
close_place(struct place *place)
{
	talk_setup_close(&place->setup);
	buf_release(&place->input);
	buf_release(&place->printed);
	pool_release(&place->pool);
}

static int
tell(struct place *place)
{
	buf_release(&place->input);
	return talk_more(&place->talk, (struct span){place->printed.data, place->printed.len},
	    &place->input);
}

static void
answer(struct place *place, int number, const char *text)
{
	buf_puts(&place->printed, pool_printf(&place->pool,
		"(pprof) Active filters:\n   taghide=%s-%d|.\n%s", place->setup.key.text, number,
		text));
}

/* As many prompts as pprof prints in all, for what it was told: now it waits. */
static void
end_answers(struct place *place)
{
	for (size_t i = 0; i <= place->talk.commands; i++)
		buf_puts(&place->printed, "(pprof) ");
}

/* 1 when the commands for a report or a peek of this number were told. */
static int
is_told(struct place *place, int number)
{
	const char *mark =
	    pool_printf(&place->pool, "taghide=%s-%d|.\n", place->setup.key.text, number);

	return strstr(buf_text(&place->input), mark) != NULL;
}

static void
talk_of_reports(struct place *place, const char *allocated)
{
	assert_int_equal(tell(place), 0);
	for (int i = 0; i < PPROF_REPORTS; i++) {
		int own = reports_get(i)->session == PPROF_SESSION_GROWTH;

		assert_int_equal(is_told(place, i), own);
		if (own)
			answer(place, i, i == PPROF_ALLOCATED ? allocated : TOP("lib.f"));
	}
	assert_int_equal(tell(place), 0);
	assert_int_equal(place->input.len, 0);
	end_answers(place);
}

/* What was allocated has callers of its own, of its own samples, when a library did it. */
static void
test_allocated(void **state)
{
	static const struct {
		const char *allocated;
		int asked;
	} cases[] = {{TOP("lib.f"), 1}, {TOP("lib.g"), 1}, {TOP(ONE), 0}, {TOP("[libc.so]"), 0}};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct place place;

		open_place(&place);
		talk_of_reports(&place, cases[i].allocated);
		assert_int_equal(tell(&place), 1);
		assert_true(is_told(&place, PPROF_REPORTS + PPROF_PEEK_GROWTH));
		assert_int_equal(
		    is_told(&place, PPROF_REPORTS + PPROF_PEEK_ALLOCATED), cases[i].asked);
		assert_int_equal(
		    strstr(buf_text(&place.input), "sample_index=alloc_space //:") != NULL,
		    cases[i].asked);
		close_place(&place);
	}
}

/* A function that is in both tables may be called by one of the Agent's in each. */
static void
test_apart(void **state)
{
	struct place place;

	(void)state;
	open_place(&place);
	talk_of_reports(&place, TOP("lib.f"));
	assert_int_equal(tell(&place), 1);
	answer(&place, PPROF_REPORTS + PPROF_PEEK_GROWTH, PEEK(ONE, "lib.f"));
	answer(&place, PPROF_REPORTS + PPROF_PEEK_ALLOCATED, PEEK(TWO, "lib.f"));
	buf_puts(&place.printed, "(pprof) ");
	talk_end(&place.talk, (struct span){place.printed.data, place.printed.len}, NULL);
	assert_string_equal(
	    callers_find(&place.callers[PPROF_PEEK_GROWTH], "lib.f")->caller, ONE);
	assert_string_equal(
	    callers_find(&place.callers[PPROF_PEEK_ALLOCATED], "lib.f")->caller, TWO);
	close_place(&place);
}

/* Of a pprof that ended badly only what is whole counts: the last answer is not known to be. */
static void
test_bad_end(void **state)
{
	struct place place;

	(void)state;
	open_place(&place);
	talk_of_reports(&place, TOP("lib.f"));
	assert_int_equal(tell(&place), 1);
	answer(&place, PPROF_REPORTS + PPROF_PEEK_GROWTH, PEEK(ONE, "lib.f"));
	answer(&place, PPROF_REPORTS + PPROF_PEEK_ALLOCATED, PEEK(TWO, "lib.f"));
	buf_puts(&place.printed, "(pprof) ");
	talk_end(&place.talk, (struct span){place.printed.data, place.printed.len}, "was killed");
	assert_non_null(callers_find(&place.callers[PPROF_PEEK_GROWTH], "lib.f"));
	assert_null(callers_find(&place.callers[PPROF_PEEK_ALLOCATED], "lib.f"));
	assert_null(place.tops[PPROF_GROWTH].why);
	close_place(&place);
}

enum { STACKS = PPROF_REPORTS + 2 * PPROF_PEEKS };

#define NOTHING                                                                                \
	"Showing nodes accounting for 0, 0% of 5B total\n"                                     \
	"      flat  flat%   sum%        cum   cum%\n"

/* The dialogue to its end, whose stacks are a text; what callers were shown is shown no more. */
static void
talk_of_stacks(struct place *place, const char *text, const char *why)
{
	open_place_for(place, 1);
	talk_of_reports(place, TOP("lib.f"));
	assert_int_equal(tell(place), 1);
	assert_true(is_told(place, PPROF_REPORTS + PPROF_PEEK_ALLOCATED));
	assert_true(is_told(place, STACKS));
	assert_true(is_told(place, STACKS + 1));
	assert_non_null(strstr(buf_text(&place->input), "\nshow= //:"));
	answer(place, STACKS, NOTHING "(pprof) ");
	buf_puts(&place->printed, text);
	answer(place, STACKS + 1, NOTHING "(pprof) ");
	talk_end(&place->talk, (struct span){place->printed.data, place->printed.len}, why);
}

#define RAW(function, value)                                                                   \
	"Samples:\ninuse_space/bytes\n " value ": 1\nLocations\n 1: 0x1 M=1 " function           \
	" f.go:1 s=0\nMappings\n"

static void
test_stacks(void **state)
{
	static const struct {
		const char *text, *why;
	} cases[] = {
	    {RAW("lib.f", "5"), NULL},
	    {RAW("lib.f", "6"), "not what its report says"},
	    {RAW("lib.g", "5"), "not what its report says"},
	    {"oh\n", "are cut"},
	    {"", "missing or cut"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct place place;
		const struct stacks *stacks = &place.stacks[PPROF_STACKS_GROWTH];

		talk_of_stacks(&place, cases[i].text, NULL);
		assert_int_equal(stacks->found, cases[i].why == NULL);
		assert_int_equal(stacks->count, cases[i].why == NULL ? 2 : 0);
		if (cases[i].why != NULL)
			assert_non_null(strstr(stacks->why, cases[i].why));
		assert_true(place.tops[PPROF_GROWTH].found);
		close_place(&place);
	}
}

/* What stacks cost a pprof costs no report. */
static void
test_stacks_of_the_killed(void **state)
{
	struct place place;

	(void)state;
	talk_of_stacks(&place, "", "was killed");
	assert_non_null(strstr(place.stacks[PPROF_STACKS_GROWTH].why, "was killed"));
	for (int i = 0; i < PPROF_REPORTS; i++) {
		if (place.tops[i].asked)
			assert_true(place.tops[i].found);
	}
	close_place(&place);
}

/* Every report's functions have one peek that knows their callers. */
static void
test_peeks(void **state)
{
	(void)state;
	for (int i = 0; i < PPROF_REPORTS; i++) {
		enum pprof_peek peek = reports_peek_of(i);

		assert_in_range(peek, 0, PPROF_PEEKS - 1);
		assert_int_equal(reports_peeked(peek)->session, reports_get(i)->session);
		assert_int_equal(peek == PPROF_PEEK_ALLOCATED, i == PPROF_ALLOCATED);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_allocated),
	    cmocka_unit_test(test_apart),
	    cmocka_unit_test(test_bad_end),
	    cmocka_unit_test(test_stacks),
	    cmocka_unit_test(test_stacks_of_the_killed),
	    cmocka_unit_test(test_peeks),
	};

	return cmocka_run_group_tests_name("talk", tests, NULL, NULL);
}
