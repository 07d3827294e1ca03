#include "goroutines.h"

#include "gap.h"
#include "pattern.h"
#include "pool.h"

#include <stdlib.h>
#include <string.h>

enum {
	KINDS = 64,  /* states told apart; Go has about 40 */
	QUOTED = 80, /* bytes of a text that is no dump that its gap shows */
};

enum line { LINE_HEADER, LINE_LAST, PATTERNS };

static const char *const expressions[PATTERNS] = {
    /* Go 1.19 to 1.27, see goroutineheader in its runtime/traceback.go. The bracket holds the
     * state, marks of it, and then minutes and other notes in any order. */
    [LINE_HEADER] = "^goroutine (?<id>[0-9]{1,18})(?: gp=\\S+ m=\\S+(?: mp=\\S+)?)? "
		    "\\[(?<state>[^],]+?)(?: \\((?:scan|leaked|durable)\\))*"
		    "(?:, (?:(?<minutes>[0-9]{1,18}) minutes(?=[],])|[^],]++))*+\\]"
		    "(?: \\{.*\\})?:\\s*$",
    /* What the last line of a whole block looks like. */
    [LINE_LAST] =
	"^(?:\\s+.*:[0-9]+(?: \\+0x[0-9a-f]+)?(?: [a-z]+=0x[0-9a-f]+)*"
	"|\\s+pc=0x[0-9a-f]+|non-Go function at pc=[0-9a-fx]+"
	"|\\.\\.\\..* frames elided\\.\\.\\.|\\s+goroutine running on other thread.*)$",
};

/* The block that is read. All its texts point into the dump. */
struct block {
	int64_t id;
	int64_t minutes;
	struct span state;
	int is_known; /* its header could be read */
	struct goroutine_stack stack;
};

struct reader {
	struct pattern *patterns[PATTERNS];
	int64_t count;
	int64_t unread; /* headers in a form that we do not know */
	struct kind {
		struct span state;
		int64_t count;
	} kinds[KINDS + 1]; /* the last one is for all others */
	size_t kind_count;
	struct block longest[GOROUTINES_LONGEST];
	size_t longest_count;
	struct goroutine_table table;
};

static int
starts_with(struct span text, const char *start)
{
	size_t len = strlen(start);

	return text.len >= len && memcmp(text.at, start, len) == 0;
}

static int64_t
read_number(struct span digits)
{
	int64_t number = 0;

	for (size_t i = 0; i < digits.len; i++)
		number = number * 10 + (digits.at[i] - '0');
	return number;
}

static void
count_state(struct reader *reader, struct span state)
{
	size_t i;

	for (i = 0; i < reader->kind_count && i < KINDS; i++) {
		if (reader->kinds[i].state.len == state.len &&
		    memcmp(reader->kinds[i].state.at, state.at, state.len) == 0)
			break;
	}
	if (i == reader->kind_count) {
		reader->kinds[i].state =
		    i < KINDS ? state : (struct span){"other", strlen("other")};
		reader->kind_count++;
	}
	reader->kinds[i].count++;
}

/* Keeps the longest waits in order; of equal ones the goroutine with the lower number first. */
static void
keep_longest(struct reader *reader, const struct block *block)
{
	struct block *longest = reader->longest;
	size_t at = reader->longest_count;

	if (block->minutes < 1)
		return;
	while (at > 0 && (longest[at - 1].minutes < block->minutes ||
			     (longest[at - 1].minutes == block->minutes &&
				 longest[at - 1].id > block->id)))
		at--;
	if (at == GOROUTINES_LONGEST)
		return;
	if (reader->longest_count < GOROUTINES_LONGEST)
		reader->longest_count++;
	memmove(&longest[at + 1], &longest[at],
	    (reader->longest_count - at - 1) * sizeof(longest[0]));
	longest[at] = *block;
}

static void
end_block(struct reader *reader, const struct block *block)
{
	if (!block->is_known)
		return;
	count_state(reader, block->state);
	keep_longest(reader, block);
	goroutine_table_add(&reader->table, &block->stack, block->state, block->minutes);
}

static void
read_header(struct reader *reader, struct block *block, struct span line)
{
	struct pattern *header = reader->patterns[LINE_HEADER];

	end_block(reader, block);
	*block = (struct block){0};
	if (!pattern_matches(header, line)) {
		reader->unread++;
		return;
	}
	block->id = read_number(pattern_field(header, "id"));
	block->minutes = read_number(pattern_field(header, "minutes"));
	block->state = pattern_field(header, "state");
	block->is_known = 1;
	reader->count++;
}

/* Returns the last line that is not blank. */
static struct span
read_lines(struct reader *reader, struct span text)
{
	struct block block = {0};
	struct span line, last = {0};

	while (text_line(&text, &line)) {
		if (text_trim(line).len == 0)
			continue;
		last = line;
		if (starts_with(line, "goroutine "))
			read_header(reader, &block, line);
		else if (block.is_known && line.at[0] != '\t' && line.at[0] != ' ')
			goroutine_stack_add(&block.stack, line);
	}
	end_block(reader, &block);
	return last;
}

static int
compare_states(const void *left, const void *right)
{
	const struct goroutine_state *a = left, *b = right;

	if (a->count != b->count)
		return a->count > b->count ? -1 : 1;
	return strcmp(a->name, b->name);
}

/* Takes the rarest ones of too many states together. */
static void
keep_states(struct goroutines *goroutines, struct gaps *gaps, struct pool *pool, const char *file)
{
	struct goroutine_state *states = goroutines->states;

	qsort(states, goroutines->state_count, sizeof(*states), compare_states);
	if (goroutines->state_count <= GOROUTINES_STATES)
		return;
	for (size_t i = GOROUTINES_STATES; i < goroutines->state_count; i++)
		states[GOROUTINES_STATES - 1].count += states[i].count;
	states[GOROUTINES_STATES - 1].name = "other";
	goroutines->state_count = GOROUTINES_STATES;
	gap_add(gaps, pool, file, "has goroutines in more than %d states: the rarest are counted as "
	    "\"other\"", GOROUTINES_STATES - 1);
}

static void
keep_results(struct goroutines *goroutines, struct pool *pool, const struct reader *reader)
{
	goroutines->found = reader->count > 0;
	goroutines->count = reader->count;
	goroutines->states = pool_alloc(pool, (KINDS + 1) * sizeof(*goroutines->states));
	for (size_t i = 0; i < reader->kind_count; i++) {
		goroutines->states[i].name = text_clean(pool, reader->kinds[i].state);
		goroutines->states[i].count = reader->kinds[i].count;
	}
	goroutines->state_count = reader->kind_count;
	for (size_t i = 0; i < reader->longest_count; i++) {
		const struct block *block = &reader->longest[i];

		goroutines->longest[i] = (struct goroutine_wait){
		    .id = block->id,
		    .minutes = block->minutes,
		    .state = text_clean(pool, block->state),
		    .function = text_clean(pool, block->stack.function.at != NULL
						     ? block->stack.function
						     : block->stack.frames[0]),
		};
	}
	goroutines->longest_count = reader->longest_count;
}

static void
keep_groups(struct goroutines *goroutines, struct gaps *gaps, struct pool *pool, const char *file,
    const struct goroutine_table *table)
{
	goroutines->group_count = goroutine_groups_list(table, pool, &goroutines->groups);
	goroutines->waiting_count = goroutine_waiters_list(table, pool, &goroutines->waiting);
	if (table->untold > 0)
		gap_add(gaps, pool, file,
		    "has goroutines with too many different stacks: %lld of them are in no group",
		    (long long)table->untold);
}

void
goroutines_parse(struct goroutines *goroutines, struct pool *pool, const char *file,
    struct span text, struct gaps *gaps)
{
	struct reader reader = {0};
	struct span rest = text_trim(text), first, last;
	int is_cut;

	*goroutines = (struct goroutines){0};
	patterns_open(reader.patterns, expressions, PATTERNS);
	last = read_lines(&reader, text);
	is_cut = !pattern_matches(reader.patterns[LINE_LAST], last);
	patterns_close(reader.patterns, PATTERNS);
	keep_results(goroutines, pool, &reader);
	keep_states(goroutines, gaps, pool, file);
	keep_groups(goroutines, gaps, pool, file, &reader.table);
	goroutine_table_release(&reader.table);

	if (!text_line(&rest, &first)) {
		gap_add(gaps, pool, file, "is empty");
		return;
	}
	if (!goroutines->found) {
		gap_add(gaps, pool, file, "holds no goroutine dump but: %s",
		    text_quote(pool, first, QUOTED));
		return;
	}
	if (is_cut)
		gap_add(gaps, pool, file,
		    "the dump is cut in the middle of a goroutine: there may be more of them");
	/* A cut header is told already. */
	if (reader.unread > is_cut)
		gap_add(gaps, pool, file,
		    "goroutine headers in an unknown form, which are not counted: %lld",
		    (long long)reader.unread);
}

int
goroutines_is_crowd(const struct goroutines *goroutines, const struct goroutine_group *group)
{
	return group->count > GOROUTINES_CROWD ||
	       (goroutines->count >= GOROUTINES_HALF_OF && group->count > goroutines->count / 2);
}

const struct goroutine_group *
goroutines_crowd(const struct goroutines *goroutines)
{
	if (goroutines->group_count == 0 || !goroutines_is_crowd(goroutines, goroutines->groups))
		return NULL;
	return goroutines->groups;
}
