#include "error.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define CUT "..."

enum { LONGEST_KEY = 128 };

/* Ends a message that had no room, but not within what may be a key: half of one could not be
 * told for one. */
static void
cut(struct error *err, int wanted)
{
	size_t room = sizeof(err->msg) - sizeof(CUT), at = room;

	if (wanted < (int)sizeof(err->msg))
		return;
	while (room - at < LONGEST_KEY && (isalnum((unsigned char)err->msg[at]) || err->msg[at] == '_'))
		at--;
	memcpy(err->msg + (room - at < LONGEST_KEY ? at : room), CUT, sizeof(CUT));
}

int
fail(struct error *err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	cut(err, vsnprintf(err->msg, sizeof(err->msg), fmt, ap));
	va_end(ap);
	return -1;
}

int
fail_while(struct error *err, const char *fmt, ...)
{
	char why[sizeof(err->msg)];
	size_t used;
	va_list ap;

	memcpy(why, err->msg, sizeof(why));
	va_start(ap, fmt);
	cut(err, vsnprintf(err->msg, sizeof(err->msg), fmt, ap));
	va_end(ap);
	used = strlen(err->msg);
	cut(err, (int)used + snprintf(err->msg + used, sizeof(err->msg) - used, ": %s", why));
	return -1;
}
