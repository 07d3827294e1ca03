#include "session.h"

#include "buf.h"
#include "error.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

enum { MARK = 64 };

#define PROMPT "(pprof) "

int
session_key_make(struct session_key *key, struct error *err)
{
	unsigned char random[8 + sizeof(key->number)];

	if (getentropy(random, sizeof(random)) < 0)
		return fail(err, "no random numbers: %s", strerror(errno));
	for (size_t i = 0; i < 8; i++)
		snprintf(key->text + 2 * i, 3, "%02x", random[i]);
	key->text[0] = 'k';
	memcpy(&key->number, random + 8, sizeof(key->number));
	return 0;
}

/* Settings stay until they are changed. What is behind "//:" is a comment. */
static void
change(struct buf *commands, const struct session_key *key, const char *name, const char *value)
{
	buf_puts(commands, name);
	buf_putc(commands, '=');
	buf_puts(commands, value != NULL ? value : "");
	buf_puts(commands, " //:");
	buf_puts(commands, key->text);
	buf_putc(commands, '\n');
}

/* The last line of a report's head, which lists the filters. That one hides the labels of the
 * samples, which no report shows: they are most of what a heap report would cost. */
static void
make_mark(char text[MARK], const struct session_key *key, size_t number)
{
	snprintf(text, MARK, "taghide=%s-%zu|.", key->text, number);
}

static int
differ(const char *one, const char *other)
{
	return strcmp(one != NULL ? one : "", other != NULL ? other : "") != 0;
}

/* Changes what is not as it was for the report before. */
static void
set(struct buf *commands, const struct session_key *key, const struct session_report *report,
    const struct session_report *before)
{
	static const struct session_report nothing = {0};

	if (before == NULL)
		before = &nothing;
	if (differ(report->sample_type, before->sample_type))
		change(commands, key, "sample_index", report->sample_type);
	if (differ(report->focus, before->focus))
		change(commands, key, "focus", report->focus);
	if (differ(report->ignore, before->ignore))
		change(commands, key, "ignore", report->ignore);
	if (differ(report->hide, before->hide))
		change(commands, key, "hide", report->hide);
	if (differ(report->show, before->show))
		change(commands, key, "show", report->show);
	if (differ(report->tagleaf, before->tagleaf))
		change(commands, key, "tagleaf", report->tagleaf);
}

static void
mark(struct buf *commands, const struct session_key *key, size_t number)
{
	char text[MARK];

	make_mark(text, key, number);
	buf_puts(commands, text);
	buf_putc(commands, '\n');
}

void
session_ask(struct buf *commands, const struct session_key *key, size_t number,
    const struct session_report *report, const struct session_report *before)
{
	char text[MARK];

	set(commands, key, report, before);
	mark(commands, key, number);
	/* As many rows as that is all there are, because nothing is trimmed: any number from a
	 * thousand million on does, and which one it is no profile can know. */
	snprintf(text, sizeof(text), "top%u\n", 1000000000 + key->number % 1000000000);
	buf_puts(commands, text);
}

void
session_peek(struct buf *commands, const struct session_key *key, size_t number,
    const struct session_report *report, const struct session_report *before,
    const char *functions)
{
	struct session_report shown = *report;
	struct buf show = {0};

	buf_puts(&show, report->show != NULL ? report->show : "");
	buf_puts(&show, report->show != NULL ? "|^(?:" : "^(?:");
	buf_puts(&show, functions);
	buf_puts(&show, ")$");
	shown.show = buf_text(&show);
	set(commands, key, &shown, before);
	mark(commands, key, number);
	buf_release(&show);
	/* No function has the key for its name. */
	buf_puts(commands, "peek ^(?:");
	buf_puts(commands, functions);
	buf_putc(commands, '|');
	buf_puts(commands, key->text);
	buf_puts(commands, ")$\n");
}

/* A report of nothing at all, since no function has the key for its name: it has only a mark. */
static void
ask_nothing(struct buf *commands, const struct session_key *key, size_t number)
{
	mark(commands, key, number);
	buf_puts(commands, "top ^(?:");
	buf_puts(commands, key->text);
	buf_puts(commands, ")$\n");
}

/* `raw` has no head, and so no mark: a report of nothing is in front of it, and one behind. The
 * number does nothing, but that no sample type of a profile can be called so. */
void
session_raw(struct buf *commands, const struct session_key *key, size_t number,
    const struct session_report *report, const struct session_report *before)
{
	char text[MARK];

	set(commands, key, report, before);
	ask_nothing(commands, key, number);
	snprintf(text, sizeof(text), "raw %u\n", 1000000000 + key->number % 1000000000);
	buf_puts(commands, text);
	ask_nothing(commands, key, number + 1);
}

/* Where `text` begins in `all`, or NULL. */
static const char *
find(struct span all, const char *text)
{
	return all.len == 0 ? NULL : memmem(all.at, all.len, text, strlen(text));
}

int
session_waits(struct session_prompts *prompts, struct span printed, size_t commands)
{
	size_t len = strlen(PROMPT);
	const char *found;
	struct span rest;

	if (printed.len < len)
		return 0;
	rest = (struct span){printed.at + prompts->searched, printed.len - prompts->searched};
	while ((found = find(rest, PROMPT)) != NULL) {
		prompts->count++;
		rest.len -= (size_t)(found - rest.at) + len;
		rest.at = found + len;
	}
	/* The beginning of one may be at the end. */
	if (rest.len >= len) {
		rest.at += rest.len - (len - 1);
		rest.len = len - 1;
	}
	prompts->searched = (size_t)(rest.at - printed.at);
	return prompts->count > commands &&
	       memcmp(printed.at + printed.len - len, PROMPT, len) == 0;
}

/* The start of the last line that begins with a prompt, or NULL: a report ends there. */
static const char *
last_prompt(struct span text)
{
	const char *last = NULL, *found;

	while ((found = find(text, "\n" PROMPT)) != NULL) {
		last = found + 1;
		text.len -= (size_t)(last - text.at);
		text.at = last;
	}
	return last;
}

int
session_cut(struct span printed, const struct session_key *key, size_t number,
    int ended_well, struct span *report)
{
	char line[MARK + 8], own[MARK];
	const char *start, *next, *end;

	make_mark(own, key, number);
	snprintf(line, sizeof(line), "   %s\n", own);
	start = find(printed, line);
	if (start == NULL)
		return 0;
	start += strlen(line);
	end = printed.at + printed.len;
	snprintf(line, sizeof(line), "   taghide=%s-", key->text);
	next = find((struct span){start, (size_t)(end - start)}, line);
	if (next == NULL && !ended_well)
		return 0;
	/* The report may be empty: its head's line end is the one in front of the prompt. */
	start--;
	end = last_prompt((struct span){start, (size_t)((next != NULL ? next : end) - start)});
	if (end == NULL)
		return 0;
	*report = (struct span){start + 1, (size_t)(end - start - 1)};
	return 1;
}

int
session_cut_raw(struct span printed, const struct session_key *key, size_t number,
    struct span *stacks)
{
	struct span between;
	const char *prompt;

	if (!session_cut(printed, key, number, 0, &between))
		return 0;
	/* Nothing of the profile's is in front of it. */
	prompt = find(between, "\n" PROMPT);
	if (prompt == NULL)
		return 0;
	prompt += strlen("\n" PROMPT);
	*stacks = (struct span){prompt, between.len - (size_t)(prompt - between.at)};
	return 1;
}
