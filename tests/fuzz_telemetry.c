/* Metrics of the Agent in Prometheus text. */
#include "telemetry.h"

#include "fuzz.h"

static void
tell_double(struct buf *told, double number)
{
	must(number == -1 || (number >= 0 && number <= 9e18));
	tell_number(told, (int64_t)number);
}

static void
read_telemetry(struct buf *told, struct pool *pool, struct span text)
{
	struct telemetry telemetry;
	struct gaps gaps = {0};
	const int64_t *numbers = &telemetry.resident_bytes;

	telemetry_parse(&telemetry, pool, "telemetry.log", text, &gaps);
	must(gaps.count <= 1 && (telemetry.found || gaps.count == 1));
	for (; numbers <= &telemetry.goroutines; numbers++) {
		must(*numbers >= -1);
		tell_number(told, *numbers);
	}
	tell_double(told, telemetry.start_seconds);
	tell_double(told, telemetry.cpu_seconds);
	tell_number(told, telemetry.memstats.found);
	must(telemetry.found || !telemetry.memstats.found);
	numbers = &telemetry.memstats.alloc_bytes;
	for (; numbers <= &telemetry.memstats.next_gc_bytes; numbers++) {
		must(*numbers >= -1);
		tell_number(told, *numbers);
	}
	must(telemetry.memstats.gc_cpu_fraction <= 1);
	tell_double(told, telemetry.memstats.gc_cpu_fraction);
	tell_gaps(told, &gaps);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return fuzz_twice(read_telemetry, data, size);
}
