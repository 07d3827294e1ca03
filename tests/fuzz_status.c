/* A status.log, with the checks and the sections in it. */
#include "sections.h"
#include "status.h"

#include "fuzz.h"

static void
tell_check(struct buf *told, const struct check *check)
{
	must(check->name != NULL && check->name[0] != '\0');
	must(check->errors >= 0 && check->warnings >= 0);
	must(check->errors + check->warnings <= check->instances);
	must(check->average_ms >= 0 && check->average_ms <= check->slowest_ms);
	must(check->timed > 0 || check->slowest_ms == 0);
	must(check->total_runs >= 0);
	tell_text(told, check->name);
	tell_text(told, check->version);
	tell_text(told, check->message);
	tell_number(told, check->instances);
	tell_number(told, check->errors);
	tell_number(told, check->warnings);
	tell_number(told, check->long_running);
	tell_number(told, check->average_ms);
	tell_number(told, check->total_runs);
}

static void
tell_checks(struct buf *told, const struct checks *checks)
{
	for (size_t i = 0; i < checks->count; i++) {
		const struct check *check = &checks->items[i];

		tell_check(told, check);
		must(i == 0 || check->errors == 0 || check[-1].errors > 0);
	}
	must(checks->found || checks->count == 0);
	tell_number(told, checks->none_yet);
}

static void
tell_sections(struct buf *told, struct pool *pool, struct span text)
{
	struct sections sections;
	const struct sections_process *processes[] = {
	    &sections.trace, &sections.process, &sections.system_probe};
	const int64_t *forwarder = &sections.forwarder.success;

	sections_parse(&sections, pool, text);
	for (size_t i = 0; i < sizeof(processes) / sizeof(processes[0]); i++) {
		must(processes[i]->running >= -1 && processes[i]->running <= 1);
		must(processes[i]->pid >= -1 && processes[i]->alloc_bytes >= -1);
		must(processes[i]->uptime_seconds >= -1);
		tell_number(told, processes[i]->uptime_seconds);
		tell_text(told, processes[i]->why);
	}
	for (; forwarder <= &sections.forwarder.retry_queue_size; forwarder++) {
		must(*forwarder >= -1);
		tell_number(told, *forwarder);
	}
	must(sections.workers >= -1);
	must(sections.mean_utilization >= -1 && sections.mean_utilization <= 1);
	tell_text(told, sections.log_level);
}

static void
read_status(struct buf *told, struct pool *pool, struct span text)
{
	struct status status;
	struct gaps gaps = {0};

	status_parse(&status, pool, "status.log", text, &gaps);
	must(status.found || gaps.count > 0);
	must(status.found == (status.title != NULL || status.checks.found));
	must(status.pid >= -1 && status.status_date_ms >= -1 && status.agent_start_ms >= -1);
	tell_number(told, status.found);
	tell_text(told, status.title);
	tell_text(told, status.version);
	tell_text(told, status.flavor);
	tell_text(told, status.hostname);
	tell_text(told, status.go_version);
	tell_text(told, status.python_version);
	tell_text(told, status.install_tool);
	tell_text(told, status.install_tool_version);
	tell_text(told, status.installer_version);
	tell_number(told, status.pid);
	tell_number(told, status.status_date_ms);
	tell_number(told, status.agent_start_ms);
	tell_checks(told, &status.checks);
	tell_sections(told, pool, text);
	tell_gaps(told, &gaps);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return fuzz_twice(read_status, data, size);
}
