#include "lines.h"

#include "pattern.h"
#include "pool.h"

#include <string.h>

void
lines_split(struct lines *lines, struct pool *pool, struct span text)
{
	struct span line;

	*lines = (struct lines){.pool = pool};
	while (text_line(&text, &line)) {
		if (line.len != 0 && memchr(line.at, '\x1b', line.len) != NULL) {
			line.at = text_clean(pool, line);
			line.len = strlen(line.at);
		}
		while (line.len > 0 &&
		       (line.at[line.len - 1] == ' ' || line.at[line.len - 1] == '\t'))
			line.len--;
		if (line.len == 0)
			continue;
		lines->items = pool_grow(pool, lines->items, lines->count, sizeof(*lines->items));
		lines->items[lines->count++] = line;
	}
}

int
lines_match(const struct lines *lines, int kind, size_t at)
{
	return at < lines->count && pattern_matches(lines->patterns[kind], lines->items[at]);
}

struct span
lines_field(const struct lines *lines, int kind, const char *name)
{
	return pattern_field(lines->patterns[kind], name);
}

char *
lines_clean_field(const struct lines *lines, int kind, const char *name)
{
	return text_clean(lines->pool, lines_field(lines, kind, name));
}
