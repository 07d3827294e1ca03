#include "talk.h"

#include "buf.h"
#include "error.h"
#include "pool.h"
#include "raw.h"

int
talk_setup_open(struct talk_setup *setup, struct pool *pool, struct error *err)
{
	setup->reader = top_reader_new(pool);
	setup->callers_reader = callers_reader_new(pool);
	setup->raw_reader = setup->with_stacks ? raw_reader_new(pool) : NULL;
	if (session_key_make(&setup->key, err) < 0)
		return -1;
	for (int session = 0; session < PPROF_SESSIONS; session++) {
		struct buf commands = {0};

		reports_ask(session, &setup->key, &commands);
		setup->commands[session] = pool_strdup(pool, buf_text(&commands));
		buf_release(&commands);
	}
	return 0;
}

void
talk_setup_close(struct talk_setup *setup)
{
	top_reader_free(setup->reader);
	callers_reader_free(setup->callers_reader);
	raw_reader_free(setup->raw_reader);
	setup->reader = NULL;
	setup->callers_reader = NULL;
	setup->raw_reader = NULL;
}

static int
is_unread(const struct talk *talk, enum pprof_report report)
{
	const struct top *top = &talk->tops[report];

	return reports_get(report)->session == talk->session && top->asked && !top->found;
}

static void
read_report(struct talk *talk, struct span printed, enum pprof_report report)
{
	const struct talk_setup *setup = talk->setup;
	const struct report *asked = reports_get(report);
	struct top *top = &talk->tops[report];
	struct error err = {0};
	struct span text;

	top->unit = asked->unit;
	if (!session_cut(printed, &setup->key, report, talk->why == NULL, &text))
		fail(&err, "its report is missing or cut");
	else
		top->found = top_parse(top, setup->reader, talk->pool, text, &err) == 0;
	if (top->found) {
		top->why = NULL; /* what was not whole before */
		return;
	}
	top->why = pool_printf(talk->pool, "pprof could not report its %s: %s",
	    asked->ask.sample_type, talk->why != NULL ? talk->why : err.msg);
	top->rows = NULL;
	top->count = 0;
}

/* 1 when all reports are there and could be read. */
static int
read_reports(struct talk *talk, struct span printed)
{
	int all = 1;

	for (int report = 0; report < PPROF_REPORTS; report++) {
		if (is_unread(talk, report))
			read_report(talk, printed, report);
		all &= !is_unread(talk, report);
	}
	return all;
}

static int
is_own(const struct talk *talk, enum pprof_peek peek)
{
	return reports_peeked(peek)->session == talk->session;
}

/* The number of what is asked for in a turn about callers. */
static size_t
peek_number(enum talk_turn turn, enum pprof_peek peek)
{
	return PPROF_REPORTS + PPROF_PEEKS * (size_t)(turn - TALK_CALLERS) + peek;
}

static void
ask_callers(struct talk *talk, enum pprof_peek peek, struct buf *input)
{
	if (talk->asked[peek].count == 0)
		return;
	reports_ask_callers(peek, &talk->setup->key, peek_number(talk->turn, peek),
	    &talk->asked[peek], &talk->before, input);
	talk->before = reports_peeked(peek)->ask;
	talk->before.show = CALLERS_AGENT; /* and the functions asked for */
}

/* Of what was asked for in the turn before, once. Without an answer, nothing is known. */
static void
read_callers(struct talk *talk, struct span printed)
{
	for (int peek = 0; peek < PPROF_PEEKS; peek++) {
		struct callers_asked *asked = &talk->asked[peek];
		struct error ignored = {0};
		struct span text;

		if (asked->count > 0 && session_cut(printed, &talk->setup->key,
					    peek_number(talk->turn - 1, peek), talk->why == NULL, &text))
			callers_parse(&talk->callers[peek], talk->setup->callers_reader, talk->pool,
			    asked, reports_peeked(peek)->unit, text, &ignored);
		*asked = (struct callers_asked){0};
	}
}

/* Of several functions between it and the Agent, each has other callers too: only alone it can be
 * told for sure who is above it. */
static int
is_uncertain(const struct callers *callers, const char *function)
{
	const struct caller *caller = callers_find(callers, function);

	return caller == NULL || !caller->direct ||
	       (caller->caller != NULL && caller->share < CALLERS_KNOWN);
}

static int
tell_reports(struct talk *talk, struct span printed, struct buf *input)
{
	(void)printed;
	buf_puts(input, talk->setup->commands[talk->session]);
	talk->before = reports_last(talk->session)->ask;
	return 0;
}

static int
tell_callers(struct talk *talk, struct span printed, struct buf *input)
{
	int last = 1;

	/* What cannot be read is told of at the end. */
	if (!read_reports(talk, printed))
		return 1;
	for (int peek = 0; peek < PPROF_PEEKS; peek++) {
		if (!is_own(talk, peek))
			continue;
		reports_choose(peek, talk->tops, talk->setup->rows, &talk->asked[peek]);
		ask_callers(talk, peek, input);
		/* A single function there is alone already. */
		last &= talk->asked[peek].count < 2 || reports_judged(peek, talk->tops) == NULL;
	}
	return last;
}

static int
tell_judged(struct talk *talk, struct span printed, struct buf *input)
{
	read_callers(talk, printed);
	for (int peek = 0; peek < PPROF_PEEKS; peek++) {
		const char *judged = is_own(talk, peek) ? reports_judged(peek, talk->tops) : NULL;

		if (judged != NULL && is_uncertain(&talk->callers[peek], judged))
			callers_ask(&talk->asked[peek], judged);
		ask_callers(talk, peek, input);
	}
	return 1;
}

static int (*const turns[TALK_TURNS])(struct talk *, struct span, struct buf *) = {
    [TALK_REPORTS] = tell_reports,
    [TALK_CALLERS] = tell_callers,
    [TALK_JUDGED] = tell_judged,
};

/* The stacks of the session, or PPROF_STACKS where it has none. */
static enum pprof_stacks
own_stacks(const struct talk *talk)
{
	int stacks = 0;

	while (stacks < PPROF_STACKS &&
	       reports_get(reports_of_stacks(stacks))->session != talk->session)
		stacks++;
	return stacks;
}

enum { STACKS_NUMBER = PPROF_REPORTS + PPROF_PEEKS * (TALK_TURNS - TALK_CALLERS) };

/* Only what a report can vouch for. */
static void
ask_stacks(struct talk *talk, struct buf *input)
{
	enum pprof_stacks stacks = own_stacks(talk);

	if (!talk->setup->with_stacks || stacks == PPROF_STACKS ||
	    !talk->tops[reports_of_stacks(stacks)].found)
		return;
	session_raw(input, &talk->setup->key, STACKS_NUMBER,
	    &reports_get(reports_of_stacks(stacks))->ask, &talk->before);
	talk->stacks_asked = 1;
}

static void
read_stacks(struct talk *talk, struct span printed)
{
	enum pprof_stacks which = own_stacks(talk);
	const struct report *report;
	struct stacks *stacks;
	struct error err = {0};
	struct span text;

	if (!talk->stacks_asked)
		return;
	report = reports_get(reports_of_stacks(which));
	stacks = &talk->stacks[which];
	if (!session_cut_raw(printed, &talk->setup->key, STACKS_NUMBER, &text))
		fail(&err, "%s", talk->why != NULL ? talk->why : "its stacks are missing or cut");
	else if (stacks_parse(stacks, talk->setup->raw_reader, talk->pool,
		     report->ask.sample_type, report->unit, text, &err) == 0 &&
		 !stacks_agree(stacks, &talk->tops[reports_of_stacks(which)]))
		fail(&err, "its stacks are not what its report says");
	if (err.msg[0] == '\0')
		return;
	*stacks = (struct stacks){
	    .why = pool_printf(talk->pool, "no flame graph of its %s: %s",
		report->ask.sample_type, err.msg)};
}

static size_t
count_lines(const struct buf *text, size_t from)
{
	size_t count = 0;

	for (size_t i = from; i < text->len; i++)
		count += text->data[i] == '\n';
	return count;
}

int
talk_more(struct talk *talk, struct span printed, struct buf *input)
{
	size_t before = input->len;
	int last;

	if (talk->turn != TALK_REPORTS && !session_waits(&talk->prompts, printed, talk->commands))
		return 0;
	last = turns[talk->turn](talk, printed, input);
	if (last)
		ask_stacks(talk, input);
	talk->turn++;
	talk->commands += count_lines(input, before);
	return last;
}

void
talk_end(struct talk *talk, struct span printed, const char *why)
{
	talk->why = why;
	read_reports(talk, printed);
	read_callers(talk, printed);
	read_stacks(talk, printed);
	talk->why = NULL;
}
