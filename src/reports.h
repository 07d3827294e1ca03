/* reports: what is asked of pprof, as one table: each report's session, samples, filters and unit,
 * and in which of them the callers of functions are asked for. Writes that as commands for pprof
 * (session.h), and as those that show people the same. Knows of no file and runs nothing. */
#ifndef FLAREPROF_REPORTS_H
#define FLAREPROF_REPORTS_H

#include "session.h"
#include "top.h"

struct callers_asked;
struct pool;

/* What a blocked stack ends in when it waits for a lock, or for room to send. For pprof (RE2)
 * and for us (PCRE2). */
#define PPROF_LOCKS                                                                            \
	"sync\\.\\(\\*Mutex\\)\\.(Lock|lockSlow)|sync\\.\\(\\*RWMutex\\)\\.(Lock|RLock)|"      \
	"internal/sync\\.|sync\\.runtime_Semacquire(RW)?Mutex|runtime\\.semacquire|"           \
	"internal/poll\\.\\(\\*fdMutex\\)"
#define PPROF_SENDS "(runtime|reflect)\\.chansend"

/* What pprof calls the label of a sample that has none. */
#define PPROF_UNLABELLED "<unknown>"

enum pprof_report {
	PPROF_GROWTH,	       /* heap diff, bytes: everything */
	PPROF_GROWTH_JUDGED,   /* heap diff, bytes: without what profiling itself allocated */
	PPROF_GROWTH_OBJECTS,  /* heap diff, objects */
	PPROF_ALLOCATED,       /* between the snapshots, bytes, whether kept or not: everything */
	PPROF_HEAP,	       /* heap at the second snapshot (else the first), bytes */
	PPROF_GROWTH_AGENT,    /* as judged, by the Agent's function that allocates or calls */
	PPROF_CPU,	       /* CPU time, ns */
	PPROF_CPU_AGENT,       /* the same, by the Agent's function that burns or calls */
	PPROF_CPU_CHECKS,      /* the same, by the label check_id, or PPROF_UNLABELLED */
	PPROF_CPU_MODULES,     /* the same, by system-probe's label module */
	PPROF_BLOCK_LEAF,      /* time blocked, by what was waited in, ns */
	PPROF_BLOCK_DELAY,     /* time blocked in locks and sends, by the caller, ns */
	PPROF_BLOCK_COUNT,     /* the same, contentions */
	PPROF_BLOCK_AGENT,     /* the delay once more, by the Agent's function alone */
	PPROF_MUTEX_LEAF,      /* delay that holders of locks caused, by unlock function, ns */
	PPROF_MUTEX_DELAY,     /* the same without the runtime's own locks, by the caller */
	PPROF_MUTEX_COUNT,     /* the same, contentions */
	PPROF_MUTEX_AGENT,     /* the delay once more, by the Agent's function alone */
	PPROF_REPORTS,
};

/* One run of pprof each. */
enum pprof_session {
	PPROF_SESSION_GROWTH, /* both heap snapshots */
	PPROF_SESSION_HEAP,   /* the second (else the first) by itself */
	PPROF_SESSION_CPU,
	PPROF_SESSION_BLOCK,
	PPROF_SESSION_MUTEX,
	PPROF_SESSIONS,
};

/* Who calls functions: each is of one report's samples. A function may be in several. */
enum pprof_peek {
	PPROF_PEEK_GROWTH,
	PPROF_PEEK_ALLOCATED,
	PPROF_PEEK_HEAP,
	PPROF_PEEK_CPU,
	PPROF_PEEK_BLOCK,
	PPROF_PEEK_MUTEX,
	PPROF_PEEKS,
};

/* Whole stacks, for flame graphs: each is of one report's samples. */
enum pprof_stacks {
	PPROF_STACKS_GROWTH,
	PPROF_STACKS_CPU,
	PPROF_STACKS,
};

struct report {
	enum pprof_session session;
	enum top_unit unit;
	struct session_report ask;
};

const struct report *reports_get(enum pprof_report report);

/* Of a session, in the order they are asked for. */
const struct report *reports_first(enum pprof_session session);
const struct report *reports_last(enum pprof_session session);
size_t reports_count(enum pprof_session session);

/* Appends the commands for all reports of a session; each report's number there is its own. */
void reports_ask(
    enum pprof_session session, const struct session_key *key, struct buf *commands);

/* The command line that shows people a report's numbers, in units for people; base NULL: of no
 * difference. */
const char *reports_command(
    enum pprof_report report, struct pool *pool, const char *file, const char *base);

/* The report whose samples a peek is of: in the same session, and in the same unit. */
const struct report *reports_peeked(enum pprof_peek peek);

/* The peek that knows who calls a report's functions. */
enum pprof_peek reports_peek_of(enum pprof_report report);

/* The report whose samples these stacks are of. */
enum pprof_report reports_of_stacks(enum pprof_stacks stacks);

/* The function that a finding would be about, when it is not the Agent's; else NULL. */
const char *reports_judged(enum pprof_peek peek, const struct top tops[PPROF_REPORTS]);

/* Adds the functions whose callers are asked for: the judged one comes first, for which there is
 * room, then those in so many rows of the tables. */
void reports_choose(enum pprof_peek peek, const struct top tops[PPROF_REPORTS], size_t rows,
    struct callers_asked *asked);

/* Appends the commands for the callers of these functions. */
void reports_ask_callers(enum pprof_peek peek, const struct session_key *key, size_t number,
    const struct callers_asked *asked, const struct session_report *before,
    struct buf *commands);

#endif
