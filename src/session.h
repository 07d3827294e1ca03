/* session: many reports from one pprof process, which then reads its profile only once.
 *
 * pprof without a report's name takes commands from its standard input. Here the commands are
 * written, and what it printed is cut into the texts of the reports again. Each sample type
 * of a profile is an alias in pprof and would swallow a command line of the same text, and a
 * function's name may hold anything: so each line holds a key that no profile can know. */
#ifndef FLAREPROF_SESSION_H
#define FLAREPROF_SESSION_H

#include "text.h"

#include <stddef.h>
#include <stdint.h>

struct buf;
struct error;

/* Exact integers in the base unit ("nanosecond" prints times in ns, bytes in B, and counts
 * with the word behind them), every function, and nothing of the profile's own around them. */
#define SESSION_FLAGS "-symbolize=none", "-compact_labels", "-trim=false", "-unit=nanosecond"

struct session_key {
	char text[17]; /* letters and digits */
	uint32_t number;
};

/* A report: its sample type, and regular expressions of pprof's (RE2) or NULL. */
struct session_report {
	const char *sample_type;
	const char *focus, *ignore, *hide, *show;
	const char *tagleaf; /* a label, whose value each stack is to end in; NULL: none */
};

/* Fails where the system has no random numbers. */
int session_key_make(struct session_key *key, struct error *err);

/* Appends the commands for one more report, the `number`th of this session; `before` is the one
 * that was asked for last, NULL for none. */
void session_ask(struct buf *commands, const struct session_key *key, size_t number,
    const struct session_report *report, const struct session_report *before);

/* The same for a report of the callers and callees of the functions whose names match an
 * expression (RE2, without blanks), which alone are shown besides what report->show names. */
void session_peek(struct buf *commands, const struct session_key *key, size_t number,
    const struct session_report *report, const struct session_report *before,
    const char *functions);

/* The same for all stacks of the samples (stacks.h), as `raw`; takes the number behind it too. */
void session_raw(struct buf *commands, const struct session_key *key, size_t number,
    const struct session_report *report, const struct session_report *before);

/* Counts the prompts in what pprof printed so far. */
struct session_prompts {
	size_t count;
	size_t searched; /* bytes */
};

/* 1 when pprof has done so many commands, and waits for the next one. */
int session_waits(struct session_prompts *prompts, struct span printed, size_t commands);

/* Finds the text of the `number`th report in what pprof printed: 0 when it is not there or not
 * whole. Of a pprof that did not end well only what another report follows is whole. */
int session_cut(struct span printed, const struct session_key *key, size_t number,
    int ended_well, struct span *report);

/* The same for stacks, which are always followed by something. */
int session_cut_raw(struct span printed, const struct session_key *key, size_t number,
    struct span *stacks);

#endif
