#include "reports.h"

#include "buf.h"
#include "callers.h"
#include "pool.h"

#include <string.h>

/* The frames of profiling itself. runtime/pprof.Do is not among them: every Python check runs
 * below it, for its label. pprof matches files too: profile.c refuses those that this fits. */
#define PROFILING                                                                             \
	"^net/http/pprof\\.|^runtime/pprof\\.(StartCPUProfile|StopCPUProfile|profileWriter|"  \
	"WriteHeapProfile|\\(\\*Profile\\)\\.WriteTo|\\(\\*profileBuilder\\)|write[A-Z])"

/* A stack that ends in waiting for work must not come in by a lock function further up. */
#define LOCK_OR_SEND "^(" PPROF_LOCKS "|" PPROF_SENDS ")"
#define WAIT_FOR_WORK                                                                         \
	"^(runtime|reflect)\\.(selectgo|rselect|chanrecv|netpoll)|^sync\\.\\(\\*WaitGroup\\)\\.Wait"
#define RUNTIME_LOCK "^runtime\\.(_LostContendedRuntimeLock|unlock)"

/* With these hidden, the time goes to the first frame that is the Agent's or a library's. */
#define NOT_THE_CALLER "^(runtime|sync|internal/sync)\\."

/* With these alone shown, what a library did counts for the Agent's function that called it. */
#define AGENT CALLERS_AGENT

static const struct report reports[PPROF_REPORTS] = {
    [PPROF_GROWTH] = {PPROF_SESSION_GROWTH, TOP_BYTES, {.sample_type = "inuse_space"}},
    [PPROF_GROWTH_JUDGED] = {PPROF_SESSION_GROWTH, TOP_BYTES,
	{.sample_type = "inuse_space", .ignore = PROFILING}},
    [PPROF_GROWTH_AGENT] = {PPROF_SESSION_GROWTH, TOP_BYTES,
	{.sample_type = "inuse_space", .ignore = PROFILING, .show = AGENT}},
    [PPROF_GROWTH_OBJECTS] = {PPROF_SESSION_GROWTH, TOP_COUNT, {.sample_type = "inuse_objects"}},
    [PPROF_ALLOCATED] = {PPROF_SESSION_GROWTH, TOP_BYTES, {.sample_type = "alloc_space"}},
    [PPROF_HEAP] = {PPROF_SESSION_HEAP, TOP_BYTES, {.sample_type = "inuse_space"}},
    [PPROF_CPU] = {PPROF_SESSION_CPU, TOP_NANOSECONDS, {.sample_type = "cpu"}},
    [PPROF_CPU_AGENT] = {PPROF_SESSION_CPU, TOP_NANOSECONDS,
	{.sample_type = "cpu", .show = AGENT}},
    [PPROF_CPU_CHECKS] = {PPROF_SESSION_CPU, TOP_NANOSECONDS,
	{.sample_type = "cpu", .tagleaf = "check_id"}},
    [PPROF_CPU_MODULES] = {PPROF_SESSION_CPU, TOP_NANOSECONDS,
	{.sample_type = "cpu", .tagleaf = "module"}},
    [PPROF_BLOCK_LEAF] = {PPROF_SESSION_BLOCK, TOP_NANOSECONDS, {.sample_type = "delay"}},
    [PPROF_BLOCK_DELAY] = {PPROF_SESSION_BLOCK, TOP_NANOSECONDS,
	{"delay", LOCK_OR_SEND, WAIT_FOR_WORK, NOT_THE_CALLER, NULL, NULL}},
    [PPROF_BLOCK_COUNT] = {PPROF_SESSION_BLOCK, TOP_COUNT,
	{"contentions", LOCK_OR_SEND, WAIT_FOR_WORK, NOT_THE_CALLER, NULL, NULL}},
    [PPROF_BLOCK_AGENT] = {PPROF_SESSION_BLOCK, TOP_NANOSECONDS,
	{"delay", LOCK_OR_SEND, WAIT_FOR_WORK, NULL, AGENT, NULL}},
    [PPROF_MUTEX_LEAF] = {PPROF_SESSION_MUTEX, TOP_NANOSECONDS, {.sample_type = "delay"}},
    [PPROF_MUTEX_DELAY] = {PPROF_SESSION_MUTEX, TOP_NANOSECONDS,
	{.sample_type = "delay", .ignore = RUNTIME_LOCK, .hide = NOT_THE_CALLER}},
    [PPROF_MUTEX_COUNT] = {PPROF_SESSION_MUTEX, TOP_COUNT,
	{.sample_type = "contentions", .ignore = RUNTIME_LOCK, .hide = NOT_THE_CALLER}},
    [PPROF_MUTEX_AGENT] = {PPROF_SESSION_MUTEX, TOP_NANOSECONDS,
	{.sample_type = "delay", .ignore = RUNTIME_LOCK, .show = AGENT}},
};

/* Of which report's samples the callers of functions are asked for, with its filters, and which
 * report of the session is judged. A growth of the runtime's own is not. */
static const struct {
	enum pprof_report like, judged; /* PPROF_REPORTS: none */
	const char *unjudged;		/* how names begin that are not; NULL: none */
} peeks[PPROF_PEEKS] = {
    [PPROF_PEEK_GROWTH] = {PPROF_GROWTH_AGENT, PPROF_GROWTH_JUDGED, "runtime."},
    [PPROF_PEEK_ALLOCATED] = {PPROF_ALLOCATED, PPROF_REPORTS, NULL},
    [PPROF_PEEK_HEAP] = {PPROF_HEAP, PPROF_REPORTS, NULL},
    [PPROF_PEEK_CPU] = {PPROF_CPU_AGENT, PPROF_CPU, NULL},
    [PPROF_PEEK_BLOCK] = {PPROF_BLOCK_AGENT, PPROF_BLOCK_DELAY, NULL},
    [PPROF_PEEK_MUTEX] = {PPROF_MUTEX_AGENT, PPROF_MUTEX_DELAY, NULL},
};

static const enum pprof_report stacks_of[PPROF_STACKS] = {
    [PPROF_STACKS_GROWTH] = PPROF_GROWTH,
    [PPROF_STACKS_CPU] = PPROF_CPU,
};

/* The reports whose functions people see in tables. */
static const struct {
	enum pprof_report report;
	int cumulative; /* there is a second table, by what functions have with their callees */
} tables[] = {
    {PPROF_GROWTH, 0},
    {PPROF_GROWTH_OBJECTS, 0},
    {PPROF_ALLOCATED, 0},
    {PPROF_HEAP, 0},
    {PPROF_CPU, 1},
    {PPROF_BLOCK_DELAY, 0},
    {PPROF_MUTEX_DELAY, 0},
};

const struct report *
reports_get(enum pprof_report report)
{
	return &reports[report];
}

const struct report *
reports_first(enum pprof_session session)
{
	const struct report *report = reports;

	while (report->session != session)
		report++;
	return report;
}

const struct report *
reports_last(enum pprof_session session)
{
	const struct report *report = reports + PPROF_REPORTS - 1;

	while (report->session != session)
		report--;
	return report;
}

size_t
reports_count(enum pprof_session session)
{
	size_t count = 0;

	for (size_t report = 0; report < PPROF_REPORTS; report++)
		count += reports[report].session == session;
	return count;
}

void
reports_ask(enum pprof_session session, const struct session_key *key, struct buf *commands)
{
	const struct session_report *before = NULL;

	for (size_t report = 0; report < PPROF_REPORTS; report++) {
		if (reports[report].session != session)
			continue;
		session_ask(commands, key, report, &reports[report].ask, before);
		before = &reports[report].ask;
	}
}

/* A file's name as one word of a shell, whatever it holds. */
static const char *
shell_word(struct pool *pool, const char *name)
{
	static const char harmless[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				       "0123456789./_-";
	struct buf word = {0};
	const char *quoted;

	if (name[strspn(name, harmless)] == '\0')
		return name;
	buf_putc(&word, '\'');
	for (; *name != '\0'; name++) {
		if (*name == '\'')
			buf_puts(&word, "'\\''");
		else
			buf_putc(&word, *name);
	}
	buf_putc(&word, '\'');
	quoted = pool_strdup(pool, buf_text(&word));
	buf_release(&word);
	return quoted;
}

const char *
reports_command(
    enum pprof_report report, struct pool *pool, const char *file, const char *base)
{
	const struct session_report *ask = &reports[report].ask;
	const struct {
		const char *name, *value;
	} filters[] = {{"focus", ask->focus}, {"ignore", ask->ignore}, {"hide", ask->hide},
	    {"show", ask->show}, {"tagleaf", ask->tagleaf}};
	const char *line = pool_printf(pool,
	    "go tool pprof -top -trim=false -symbolize=none -sample_index=%s", ask->sample_type);

	for (size_t i = 0; i < sizeof(filters) / sizeof(filters[0]); i++) {
		if (filters[i].value != NULL)
			line = pool_printf(
			    pool, "%s -%s='%s'", line, filters[i].name, filters[i].value);
	}
	if (base != NULL)
		line = pool_printf(pool, "%s -diff_base=%s", line, shell_word(pool, base));
	return pool_printf(pool, "%s %s", line, shell_word(pool, file));
}

const struct report *
reports_peeked(enum pprof_peek peek)
{
	return &reports[peeks[peek].like];
}

/* What a report is the model of; else the first of its session. */
enum pprof_peek
reports_peek_of(enum pprof_report report)
{
	enum pprof_peek found = PPROF_PEEKS;

	for (int peek = PPROF_PEEKS - 1; peek >= 0; peek--) {
		if (peeks[peek].like == report)
			return peek;
		if (reports_peeked(peek)->session == reports[report].session)
			found = peek;
	}
	return found;
}

enum pprof_report
reports_of_stacks(enum pprof_stacks stacks)
{
	return stacks_of[stacks];
}

const char *
reports_judged(enum pprof_peek peek, const struct top tops[PPROF_REPORTS])
{
	const char *unjudged = peeks[peek].unjudged;
	enum pprof_report judged = peeks[peek].judged;
	const struct top *top = judged != PPROF_REPORTS ? &tops[judged] : NULL;

	for (size_t i = 0; top != NULL && i < top->count; i++) {
		const char *function = top->rows[i].function;

		if (top->rows[i].flat > 0 &&
		    (unjudged == NULL || strncmp(function, unjudged, strlen(unjudged)) != 0))
			return callers_is_agent(function) ? NULL : function;
	}
	return NULL;
}

void
reports_choose(enum pprof_peek peek, const struct top tops[PPROF_REPORTS], size_t rows,
    struct callers_asked *asked)
{
	const char *judged = reports_judged(peek, tops);

	if (judged != NULL)
		callers_ask(asked, judged);
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		const struct top *top = &tops[tables[i].report];

		if (reports_peek_of(tables[i].report) != peek)
			continue;
		callers_ask_table(asked, top, rows);
		if (tables[i].cumulative)
			callers_ask_cumulative(asked, top, rows);
	}
}

void
reports_ask_callers(enum pprof_peek peek, const struct session_key *key, size_t number,
    const struct callers_asked *asked, const struct session_report *before, struct buf *commands)
{
	struct session_report ask = reports_peeked(peek)->ask;
	struct buf functions = {0};

	ask.show = AGENT;
	callers_expression(asked, &functions);
	session_peek(commands, key, number, &ask, before, buf_text(&functions));
	buf_release(&functions);
}
