#include "gap.h"

#include "pool.h"
#include "text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { LONGEST_REASON = 1024 };

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
