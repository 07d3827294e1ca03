/* The text of a `raw` report, read in each of the units that it may be in. */
#include "stacks.h"

#include "raw.h"

#include "error.h"

#include "fuzz.h"

static void
check(struct buf *told, const struct stacks *stacks)
{
	int64_t grew = 0, shrank = 0;

	must(stacks->count >= 1);
	must(stacks->nodes[0].function == NULL && stacks->nodes[0].parent == 0);
	for (size_t i = 0; i < stacks->count; i++) {
		const struct stacks_node *node = &stacks->nodes[i];

		must(i == 0 || node->parent < i);
		must((i == 0) == (node->function == NULL));
		must(node->grew >= 0 && node->shrank >= 0);
		grew += node->self > 0 ? node->self : 0;
		shrank -= node->self < 0 ? node->self : 0;
		tell_text(told, i > 0 ? node->function : "");
		tell_number(told, node->self);
	}
	must(stacks->nodes[0].grew == grew && stacks->nodes[0].shrank == shrank);
}

static void
read_units(struct buf *told, struct pool *pool, struct span text)
{
	struct raw_reader *reader = raw_reader_new(pool);

	for (enum top_unit unit = TOP_BYTES; unit <= TOP_COUNT; unit++) {
		struct stacks stacks = {0};
		struct error err = {0};
		int status = stacks_parse(&stacks, reader, pool, "x", unit, text, &err);

		must((status < 0) == (err.msg[0] != '\0'));
		must(stacks.found == (status == 0));
		must(status == 0 || stacks.count == 0);
		buf_puts(told, err.msg);
		if (status == 0)
			check(told, &stacks);
	}
	raw_reader_free(reader);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return fuzz_twice(read_units, data, size);
}
