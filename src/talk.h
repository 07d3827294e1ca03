/* talk: the dialogue with one pprof: what it is told next by what it has printed so far, and its
 * answers read into rows (top.h) and callers (callers.h). First it is asked for the reports of a
 * session; then who calls the functions in them; and should others of these be between the one
 * that is judged and the Agent, who calls that one alone. Last, where they are wanted, for the
 * stacks (stacks.h). Runs nothing. */
#ifndef FLAREPROF_TALK_H
#define FLAREPROF_TALK_H

#include "callers.h"
#include "reports.h"
#include "session.h"
#include "stacks.h"
#include "top.h"

#include <stddef.h>

struct buf;
struct error;
struct pool;

/* What is the same for every process of every flare. */
struct talk_setup {
	struct session_key key;
	const char *commands[PPROF_SESSIONS]; /* for the reports that are always asked for */
	size_t rows;			      /* of a table that people see */
	int with_stacks;
	struct top_reader *reader;
	struct callers_reader *callers_reader;
	struct raw_reader *raw_reader; /* NULL without stacks */
};

enum talk_turn { TALK_REPORTS, TALK_CALLERS, TALK_JUDGED, TALK_TURNS };

struct talk {
	enum pprof_session session;
	const struct talk_setup *setup; /* borrowed, as are the next three */
	struct pool *pool;
	struct top *tops;	 /* of all reports; those of the session are read */
	struct callers *callers; /* of all peeks, likewise */
	struct stacks *stacks;	 /* all, likewise */
	enum talk_turn turn;	 /* the next one */
	size_t commands;	 /* that pprof was told so far */
	int stacks_asked;
	struct session_prompts prompts;
	struct callers_asked asked[PPROF_PEEKS]; /* in the last turn, and not read yet */
	struct session_report before; /* what was asked for last */
	const char *why;	 /* pprof did not end well; NULL when it did, or still runs */
};

/* Writes the commands. Fails where the system has no random numbers. */
int talk_setup_open(struct talk_setup *setup, struct pool *pool, struct error *err);
void talk_setup_close(struct talk_setup *setup);

/* Appends what pprof is to be told next: nothing while it has not answered all it was told before.
 * Returns 1 when that is the last. */
int talk_more(struct talk *talk, struct span printed, struct buf *input);

/* Reads what is not read yet, when pprof has ended; why it did not end well, else NULL. */
void talk_end(struct talk *talk, struct span printed, const char *why);

#endif
