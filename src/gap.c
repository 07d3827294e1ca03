#include "gap.h"

#include "error.h"
#include "pool.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum {
	LONGEST_REASON = 1024,
	QUOTED = 80, /* bytes of a useless text that are shown */
};

void
gap_add(struct gaps *gaps, struct pool *pool, const char *what, const char *why, ...)
{
	char reason[LONGEST_REASON + 256];
	struct gap gap;
	va_list ap;

	if (gaps->count == GAPS_MOST)
		return;
	va_start(ap, why);
	vsnprintf(reason, sizeof(reason), why, ap);
	va_end(ap);
	gap.what = text_clean(pool, (struct span){what, strlen(what)});
	gap.why = text_clean(
	    pool, text_start((struct span){reason, strlen(reason)}, LONGEST_REASON));
	for (size_t i = 0; i < gaps->count; i++) {
		if (strcmp(gaps->items[i].what, gap.what) == 0 &&
		    strcmp(gaps->items[i].why, gap.why) == 0)
			return;
	}
	if (gaps->count == GAPS_MOST - 1)
		gap = (struct gap){"the flare", "has more gaps, which are not listed"};
	gaps->items = pool_grow(pool, gaps->items, gaps->count, sizeof(*gaps->items));
	gaps->items[gaps->count++] = gap;
}

void
gap_add_useless(struct gaps *gaps, struct pool *pool, const char *file, const char *wanted,
    struct span text, const struct error *err)
{
	struct span rest = text_trim(text), first;

	if (!text_line(&rest, &first))
		gap_add(gaps, pool, file, "is empty");
	else if (err->msg[0] != '\0')
		gap_add(gaps, pool, file, "holds no %s (%s) but: %s", wanted, err->msg,
		    text_quote(pool, first, QUOTED));
	else
		gap_add(gaps, pool, file, "holds no %s but: %s", wanted,
		    text_quote(pool, first, QUOTED));
}
