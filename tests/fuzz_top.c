/* The text of a `top` report, read in each of the units that it may be in. */
#include "top.h"

#include "error.h"

#include "fuzz.h"

/* What a double rounds, in numbers that it does not hold exactly. */
static int64_t
slack(int64_t magnitude)
{
	return magnitude >= (int64_t)1 << 53 ? magnitude >> 40 : 0;
}

static void
check_sums(const struct top *top)
{
	int64_t sum = 0, magnitude = 0;

	for (size_t i = 0; i < top->count; i++) {
		must(!__builtin_add_overflow(sum, top->rows[i].flat, &sum));
		must(!__builtin_add_overflow(magnitude, llabs(top->rows[i].flat), &magnitude));
		must(llabs(top->rows[i].cum) - top->total <= slack(llabs(top->rows[i].cum)));
	}
	must(llabs(sum - top->shown) <= slack(magnitude));
	must(magnitude - top->total <= slack(magnitude));
}

static void
read_report(struct buf *told, struct pool *pool, const struct top_reader *reader,
    enum top_unit unit, struct span text)
{
	struct top top = {.unit = unit};
	struct error err = {0};

	if (top_parse(&top, reader, pool, text, &err) < 0) {
		must(err.msg[0] != '\0');
		buf_puts(told, err.msg);
		return;
	}
	must(err.msg[0] == '\0');
	check_sums(&top);
	tell_number(told, top.shown);
	tell_number(told, top.total);
	for (size_t i = 0; i < top.count; i++) {
		tell_text(told, top.rows[i].function);
		tell_number(told, top.rows[i].flat);
		tell_number(told, top.rows[i].cum);
	}
}

static void
read_units(struct buf *told, struct pool *pool, struct span text)
{
	struct top_reader *reader = top_reader_new(pool);

	for (enum top_unit unit = TOP_BYTES; unit <= TOP_COUNT; unit++)
		read_report(told, pool, reader, unit, text);
	top_reader_free(reader);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return fuzz_twice(read_units, data, size);
}
