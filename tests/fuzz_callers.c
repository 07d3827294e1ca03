/* The text of a `peek` report, read in each of the units that it may be in. */
#include "callers.h"

#include "error.h"

#include "fuzz.h"

static const struct callers_asked asked = {
    {"runtime.cgocall", "runtime.mallocgc", "encoding/json.Marshal", "a b"}, 4, 0};

static void
check(struct buf *told, const struct caller *item)
{
	int found = 0;

	for (size_t i = 0; i < asked.count; i++)
		found |= strcmp(asked.functions[i], item->function) == 0;
	must(found);
	must(item->share >= 0 && item->share <= 1);
	must(item->caller == NULL || callers_is_agent(item->caller));
	must(item->caller != NULL || item->share == 0);
	tell_text(told, item->function);
	tell_text(told, item->caller != NULL ? item->caller : "");
	tell_number(told, (int64_t)(1000 * item->share));
	tell_number(told, item->direct);
}

static void
read_units(struct buf *told, struct pool *pool, struct span text)
{
	struct callers_reader *reader = callers_reader_new(pool);

	for (enum top_unit unit = TOP_BYTES; unit <= TOP_COUNT; unit++) {
		struct callers callers = {0};
		struct error err = {0};
		int status = callers_parse(&callers, reader, pool, &asked, unit, text, &err);

		must((status < 0) == (err.msg[0] != '\0'));
		must(status == 0 || callers.count == 0);
		must(callers.count <= asked.count);
		buf_puts(told, err.msg);
		for (size_t i = 0; i < callers.count; i++)
			check(told, &callers.items[i]);
	}
	callers_reader_free(reader);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return fuzz_twice(read_units, data, size);
}
