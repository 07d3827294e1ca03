/* Health, versions and expvar variables, in any YAML or JSON. */
#include "vitals.h"

#include "fuzz.h"

static void
tell_share(struct buf *told, double share)
{
	must(share == -1 || (share >= 0 && share <= 1));
	tell_number(told, (int64_t)(share * 1e6));
}

static void
tell_all(struct buf *told, const struct vitals *vitals)
{
	const int64_t numbers[] = {vitals->version_change_ms, vitals->contexts,
	    vitals->forwarder.success, vitals->forwarder.errors, vitals->forwarder.http_errors,
	    vitals->forwarder.dropped, vitals->forwarder.retried, vitals->forwarder.requeued,
	    vitals->forwarder.retry_queue_size, vitals->forwarder.high_priority_queue_full,
	    vitals->forwarder.most_error_count, vitals->runner.workers,
	    vitals->runner.newest_check_ms, vitals->logs.processed, vitals->logs.sent,
	    vitals->logs.retries, vitals->logs.destination_errors, vitals->logs.missed_bytes};

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		must(numbers[i] >= -1);
		tell_number(told, numbers[i]);
	}
	must(vitals->unhealthy_count <= VITALS_UNHEALTHY);
	for (size_t i = 0; i < vitals->unhealthy_count; i++)
		tell_text(told, vitals->unhealthy[i]);
	must((vitals->version_from == NULL) == (vitals->version_to == NULL));
	tell_text(told, vitals->version_from);
	tell_text(told, vitals->version_to);
	tell_text(told, vitals->forwarder.most_errors);
	tell_text(told, vitals->runner.busiest);
	tell_share(told, vitals->runner.mean_utilization);
	tell_share(told, vitals->runner.highest_utilization);
}

static void
read_vitals(struct buf *told, struct pool *pool, struct span text)
{
	static const char *const files[] = {"health.yaml", "version-history.json",
	    "expvar/aggregator", "expvar/forwarder", "expvar/runner", "expvar/logs-agent"};
	struct vitals vitals;
	struct gaps gaps = {0};

	vitals_init(&vitals);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		vitals_parse(&vitals, pool, files[i], text, &gaps);
		must(gaps.count == 0 || gaps.count == i + 1);
	}
	tell_all(told, &vitals);
	tell_gaps(told, &gaps);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return fuzz_twice(read_vitals, data, size);
}
