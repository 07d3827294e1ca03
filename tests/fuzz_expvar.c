/* The memory statistics and the install method, in any YAML or JSON. */
#include "expvar.h"

#include "fuzz.h"

static void
read_memory(struct buf *told, struct pool *pool, struct span text)
{
	struct memstats memstats;
	struct gaps gaps = {0};
	const int64_t *numbers = &memstats.alloc_bytes, *overhead = &memstats.stack_inuse_bytes;

	memstats_parse(&memstats, pool, "expvar/memstats", text, &gaps);
	must(gaps.count <= 1 && (memstats.found || gaps.count == 1));
	tell_number(told, memstats.found);
	for (; numbers <= &memstats.next_gc_bytes; numbers++) {
		must(*numbers >= -1);
		tell_number(told, *numbers);
	}
	for (; overhead <= &memstats.other_sys_bytes; overhead++) {
		must(*overhead >= -1);
		tell_number(told, *overhead);
	}
	must(memstats.gc_cpu_fraction == -1 ||
	     (memstats.gc_cpu_fraction >= 0 && memstats.gc_cpu_fraction <= 1));
	must(memstats.pause_end_count <= MEMSTATS_PAUSES);
	for (size_t i = 0; i < memstats.pause_end_count; i++) {
		must(memstats.pause_ends_ns[i] > 0);
		tell_number(told, memstats.pause_ends_ns[i]);
		must(memstats_gc_between(&memstats, memstats.pause_ends_ns[i],
			 memstats.pause_ends_ns[i]) == (memstats.found ? 1 : -1));
	}
	tell_number(told, memstats_gc_between(&memstats, 1, INT64_MAX));
	tell_gaps(told, &gaps);
}

static void
read_install(struct buf *told, struct pool *pool, struct span text)
{
	struct install install = {.tool = "dpkg"};
	struct gaps gaps = {0};

	install_parse(&install, pool, "install_info.log", text, &gaps);
	must(strcmp(install.tool, "dpkg") == 0);
	install = (struct install){0};
	install_parse(&install, pool, "install_info.log", text, &gaps);
	must(gaps.count <= 1);
	must(gaps.count == 1 || install.tool != NULL || install.tool_version != NULL ||
	     install.installer_version != NULL);
	tell_text(told, install.tool);
	tell_text(told, install.tool_version);
	tell_text(told, install.installer_version);
	tell_gaps(told, &gaps);
}

static void
read_both(struct buf *told, struct pool *pool, struct span text)
{
	read_memory(told, pool, text);
	read_install(told, pool, text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return fuzz_twice(read_both, data, size);
}
