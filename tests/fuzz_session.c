/* What a session with pprof printed, by somebody who knows its key. */
#include "session.h"

#include "fuzz.h"

enum { REPORTS = 4 };

static const struct session_key key = {"k1f", 1};

static int
begins_with(struct span text, const char *start)
{
	return text.len >= strlen(start) && memcmp(text.at, start, strlen(start)) == 0;
}

/* Between its own mark and a prompt, with the mark of no other report in it. */
static void
check_place(struct span printed, struct span report, size_t number)
{
	char mark[64];
	size_t before = (size_t)(report.at - printed.at), len;
	struct span rest = {report.at + report.len, 0};

	must(report.at >= printed.at && before <= printed.len);
	must(report.len <= printed.len - before);
	len = (size_t)snprintf(mark, sizeof(mark), "   taghide=%s-%zu|.\n", key.text, number);
	must(before >= len && memcmp(report.at - len, mark, len) == 0);
	rest.len = printed.len - before - report.len;
	must(begins_with(rest, "(pprof) "));
	must(report.len == 0 || report.at[report.len - 1] == '\n');
	len = (size_t)snprintf(mark, sizeof(mark), "   taghide=%s-", key.text);
	must(report.len == 0 || memmem(report.at, report.len, mark, len) == NULL);
}

static void
read_session(struct buf *told, struct pool *pool, struct span printed)
{
	struct span report = {0}, killed = {0};

	(void)pool;
	for (size_t number = 0; number < REPORTS; number++) {
		int found = session_cut(printed, &key, number, 1, &report);
		int found_of_killed = session_cut(printed, &key, number, 0, &killed);

		must(found || !found_of_killed);
		if (found)
			check_place(printed, report, number);
		if (found_of_killed)
			must(killed.at == report.at && killed.len == report.len);
		tell_number(told, found ? (int64_t)report.len : -1);
		tell_number(told, found ? report.at - printed.at : -1);
		tell_number(told, found_of_killed);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return fuzz_twice(read_session, data, size);
}
