#include "facts.h"

#include <string.h>

static int
is_main(const struct evidence *evidence, const char *prefix)
{
	return strcmp(prefix, evidence->flare->main_process) == 0;
}

/* What the status of the Agent says of another process; NULL where it has no section. */
static const struct sections_process *
section_of(const struct evidence *evidence, const char *prefix)
{
	const struct sections *sections = &evidence->sections;
	const struct {
		const char *prefix;
		const struct sections_process *section;
	} all[] = {
	    {"trace", &sections->trace},
	    {"process", &sections->process},
	    {"system-probe", &sections->system_probe},
	};

	for (size_t i = 0; evidence->status.found && i < sizeof(all) / sizeof(all[0]); i++) {
		if (strcmp(prefix, all[i].prefix) == 0)
			return all[i].section;
	}
	return NULL;
}

const struct memstats *
facts_memstats(const struct evidence *evidence, const char *prefix)
{
	const struct memstats *memstats = is_main(evidence, prefix) ? &evidence->memstats
					  : strcmp(prefix, "trace") == 0
					      ? &evidence->trace_memstats
					      : NULL;

	return memstats != NULL && memstats->found ? memstats : NULL;
}

int64_t
facts_uptime_seconds(const struct evidence *evidence, const char *prefix)
{
	const struct status *status = &evidence->status;
	const struct sections_process *section = section_of(evidence, prefix);

	if (section != NULL)
		return section->uptime_seconds;
	if (!is_main(evidence, prefix) || status->status_date_ms <= 0 ||
	    status->agent_start_ms <= 0 || status->agent_start_ms > status->status_date_ms)
		return -1;
	return (status->status_date_ms - status->agent_start_ms) / 1000;
}

int64_t
facts_heap_bytes(const struct evidence *evidence, const char *prefix)
{
	const struct sections_process *section = section_of(evidence, prefix);

	return section != NULL ? section->alloc_bytes : -1;
}
