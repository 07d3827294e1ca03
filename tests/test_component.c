#include "component.h"

#include "buf.h"
#include "error.h"
#include "file.h"
#include "pool.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define AGENT "github.com/DataDog/datadog-agent/"

struct opened {
	struct pool pool;
	struct components components;
	struct error err;
	int status;
};

/* Reads a copy that is gone afterwards: nothing may point into it. */
static void
open_text(struct opened *opened, const char *text)
{
	size_t len = strlen(text);
	char *copy = malloc(len + 1);

	memset(opened, 0, sizeof(*opened));
	memcpy(copy, text, len);
	opened->status = components_open(&opened->components, &opened->pool,
	    (struct span){copy, len}, &opened->err);
	free(copy);
}

static void
close_all(struct opened *opened)
{
	components_close(&opened->components);
	assert_null(opened->components.items);
	assert_int_equal(opened->components.count, 0);
	pool_release(&opened->pool);
}

#define ITEM(pattern, name)                                                                    \
	"{\"pattern\": \"" pattern "\", \"component\": \"" name "\", \"team\": \"T\", "        \
	"\"about\": \"A\", \"next_steps\": [\"one\", \"two\"], \"checks\": [\"c\"]}"

static void
test_fields(void **state)
{
	struct opened opened;
	const struct component *found;

	(void)state;
	open_text(&opened, "[" ITEM("^main\\\\.", "Main") "]");
	assert_int_equal(opened.status, 0);
	assert_int_equal(opened.components.count, 1);
	found = components_find(&opened.components, "main.run");
	assert_ptr_equal(found, &opened.components.items[0]);
	assert_string_equal(found->name, "Main");
	assert_string_equal(found->team, "T");
	assert_string_equal(found->about, "A");
	assert_int_equal(found->next_step_count, 2);
	assert_string_equal(found->next_steps[0], "one");
	assert_string_equal(found->next_steps[1], "two");
	assert_null(components_find(&opened.components, "mainx"));
	assert_null(components_find(&opened.components, ""));
	close_all(&opened);
}

/* The first one that matches wins, whichever is longer. */
static void
test_first_wins(void **state)
{
	struct opened opened;

	(void)state;
	open_text(&opened,
	    "[" ITEM("^a\\\\.b", "AB") ", " ITEM("^a", "A") ", " ITEM("^a\\\\.c", "AC") "]");
	assert_int_equal(opened.status, 0);
	assert_string_equal(components_find(&opened.components, "a.b")->name, "AB");
	assert_string_equal(components_find(&opened.components, "a.c")->name, "A");
	close_all(&opened);
}

static void
test_no_steps(void **state)
{
	static const char *const texts[] = {
	    "[{\"pattern\": \"a\", \"component\": \"n\", \"team\": \"t\", \"about\": \"x\"}]",
	    "[{\"pattern\": \"a\", \"component\": \"n\", \"team\": \"t\", \"about\": \"x\", "
	    "\"next_steps\": []}]",
	    "[{\"pattern\": \"a\", \"component\": \"n\", \"team\": \"t\", \"about\": \"x\", "
	    "\"next_steps\": \"one\"}]",
	    "[{\"pattern\": \"a\", \"component\": \"n\", \"team\": \"t\", \"about\": \"x\", "
	    "\"next_steps\": [1, null, {}]}]",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++) {
		struct opened opened;

		open_text(&opened, texts[i]);
		assert_int_equal(opened.status, 0);
		assert_int_equal(opened.components.items[0].next_step_count, 0);
		close_all(&opened);
	}
}

static void
test_signs(void **state)
{
	struct opened opened;

	(void)state;
	open_text(&opened,
	    "[{\"pattern\": \"a\", \"component\": \"n\", \"team\": \"t\", \"about\": \"x\", "
	    "\"signs\": [\"dropped\", 7, \"contexts\"]}, " ITEM("b", "B") "]");
	assert_int_equal(opened.status, 0);
	assert_int_equal(opened.components.items[0].sign_count, 2);
	assert_string_equal(opened.components.items[0].signs[0], "dropped");
	assert_string_equal(opened.components.items[0].signs[1], "contexts");
	assert_int_equal(opened.components.items[1].sign_count, 0);
	close_all(&opened);
}

#define MISSING "'pattern', 'component', 'team' or 'about' is missing"

static const struct {
	const char *text, *message; /* how it begins */
} wrong[] = {
    {"", ""},
    {"[", ""},
    {"[{\"pattern\": \"a\",]", ""},
    {"{}", "not a list of components"},
    {"{\"pattern\": \"a\"}", "not a list of components"},
    {"\"text\"", "not a list of components"},
    {"7", "not a list of components"},
    {"null", "not a list of components"},
    {"[7]", "component 1: " MISSING},
    {"[{}]", "component 1: " MISSING},
    {"[" ITEM("a", "A") ", null]", "component 2: " MISSING},
    {"[{\"component\": \"n\", \"team\": \"t\", \"about\": \"x\"}]",
	"component 1: " MISSING},
    {"[{\"pattern\": \"a\", \"team\": \"t\", \"about\": \"x\"}]", "component 1: " MISSING},
    {"[{\"pattern\": \"a\", \"component\": \"n\", \"about\": \"x\"}]",
	"component 1: " MISSING},
    {"[{\"pattern\": \"a\", \"component\": \"n\", \"team\": \"t\"}]",
	"component 1: " MISSING},
    {"[{\"pattern\": \"a\", \"component\": \"n\", \"team\": 7, \"about\": \"x\"}]",
	"component 1: " MISSING},
    {"[{\"Pattern\": \"a\", \"component\": \"n\", \"team\": \"t\", \"about\": \"x\"}]",
	"component 1: " MISSING},
    {"[" ITEM("a", "A") ", " ITEM("b", "B") ", " ITEM("^(c", "C") "]",
	"component 3: wrong pattern '^(c' at 3: "},
    {"[" ITEM("[z-a]", "A") "]", "component 1: wrong pattern '[z-a]' at "},
};

static void
test_wrong(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(wrong); i++) {
		struct opened opened;

		open_text(&opened, wrong[i].text);
		/* a pattern is looked at when it is tried for the first time */
		if (opened.status == 0) {
			assert_null(components_find(&opened.components, "\x01"));
			opened.status = components_check(&opened.components, &opened.err);
		}
		if (opened.status != -1)
			fail_msg("%s is taken", wrong[i].text);
		if (strncmp(opened.err.msg, wrong[i].message, strlen(wrong[i].message)) != 0)
			assert_string_equal(opened.err.msg, wrong[i].message);
		assert_true(strlen(opened.err.msg) > 0);
		close_all(&opened);
	}
}

/* What was found once is found again, also when it is too much to be remembered. */
static void
test_remembered(void **state)
{
	struct opened opened;
	char name[2000], longest[1500];

	(void)state;
	open_text(&opened, "[" ITEM("^a", "A") ", " ITEM("7$", "Seven") "]");
	memset(longest, 'a', sizeof(longest));
	longest[sizeof(longest) - 1] = '\0';
	for (int round = 0; round < 2; round++) {
		for (int i = 0; i < 1500; i++) {
			const struct component *found;

			snprintf(name, sizeof(name), "%s%d", i % 3 == 0 ? "a" : "b", i * 7919 % 1500);
			found = components_find(&opened.components, name);
			assert_ptr_equal(found, components_find(&opened.components, name));
			if (name[0] == 'a')
				assert_string_equal(found->name, "A");
			else if (name[strlen(name) - 1] == '7')
				assert_string_equal(found->name, "Seven");
			else
				assert_null(found);
		}
		assert_string_equal(components_find(&opened.components, longest)->name, "A");
	}
	close_all(&opened);
}

/* A pattern that nothing was looked up with is checked all the same when it is asked for. */
static void
test_compile(void **state)
{
	struct opened opened;

	(void)state;
	open_text(&opened, "[" ITEM("^a", "A") ", " ITEM("(", "B") "]");
	assert_int_equal(opened.status, 0);
	components_find(&opened.components, "a");
	assert_int_equal(components_check(&opened.components, &opened.err), 0);
	assert_int_equal(components_compile(&opened.components, &opened.err), -1);
	assert_memory_equal(opened.err.msg, "component 2: wrong pattern '(' at 1: ", 37);
	close_all(&opened);
	open_text(&opened, "[" ITEM("^a", "A") "]");
	assert_int_equal(components_compile(&opened.components, &opened.err), 0);
	assert_string_equal(components_find(&opened.components, "a")->name, "A");
	close_all(&opened);
}

/* All patterns that are shipped can be used. */
static void open_real(struct opened *opened);

static void
test_real_patterns(void **state)
{
	struct opened opened;

	(void)state;
	open_real(&opened);
	components_find(&opened.components, "\x01");
	assert_int_equal(components_check(&opened.components, &opened.err), 0);
	for (size_t k = 0; k < opened.components.count; k++)
		assert_non_null(opened.components.items[k].expression);
	close_all(&opened);
}

static void
open_real(struct opened *opened)
{
	struct buf text = {0};
	struct error err = {0};

	if (file_read("templates/components.json", 1 << 20, &text, &err) < 0)
		fail_msg("%s", err.msg);
	buf_putc(&text, '\0');
	open_text(opened, text.data);
	buf_release(&text);
	if (opened->status < 0)
		fail_msg("%s", opened->err.msg);
}

static const struct {
	const char *function, *component; /* how its name begins; NULL: unknown */
} real[] = {
    /* the finer ones stand before the package around them */
    {AGENT "comp/dogstatsd/listeners.(*UDSListener).Listen", "DogStatsD listeners"},
    {AGENT "comp/dogstatsd/packets.(*Pool).Get", "DogStatsD listeners"},
    {AGENT "comp/dogstatsd/server.(*parser).parseMetricSample", "DogStatsD server"},
    {AGENT "comp/dogstatsd/mapper.(*MetricMapper).Map", "DogStatsD metric mapper"},
    {AGENT "comp/dogstatsd/listenersx.F", "DogStatsD server"},
    {AGENT "pkg/aggregator/ckey.(*KeyGenerator).Generate", "Context keys"},
    {AGENT "pkg/aggregator.(*TimeSampler).sample", "Metrics aggregator"},
    {AGENT "pkg/aggregator.(*BufferedAggregator).flush.func1", "Metrics aggregator"},
    {AGENT "pkg/logs/tailers/file.(*Tailer).readForever", "Log file tailing"},
    {AGENT "pkg/logs/message.NewMessage", "Logs Agent (other)"},
    {AGENT "pkg/collector/corechecks/snmp.(*Check).Run", "SNMP monitoring"},
    {AGENT "pkg/collector/python.(*PythonCheck).runCheck", "Python checks"},
    {AGENT "pkg/collector/worker.(*Worker).Run", "Check collector"},
    {AGENT "comp/core/workloadmeta/collectors/internal/kubelet.(*collector).Pull",
	"Workload metadata: Kubernetes"},
    {AGENT "comp/core/workloadmeta/impl.(*workloadmeta).Start", "Workload metadata store"},
    {AGENT "pkg/trace/stats.(*Concentrator).Run", "APM stats concentrator"},
    {AGENT "pkg/trace/agent.(*Agent).Process", "Trace Agent (other)"},
    {AGENT "pkg/network/dns.(*socketFilterSnooper).pollPackets", "DNS monitoring"},
    {AGENT "pkg/network/tracer.(*Tracer).GetActiveConnections", "Network tracer"},
    {AGENT "pkg/util/quantile.(*Sketch).insert", "Distribution sketches"},
    {AGENT "pkg/util/cache.Get", "Shared utilities"},
    {AGENT "pkg/somethingnew.(*T).F", "Other Datadog Agent code"},
    {AGENT "pkg/aggregator.F[go.shape.int]", "Metrics aggregator"},
    {AGENT "pkg/aggregatorx.F", "Other Datadog Agent code"},
    /* libraries and the runtime */
    {AGENT "vendor/k8s.io/client-go/tools/cache.(*DeltaFIFO).Pop", "Kubernetes client-go"},
    {"k8s.io/client-go/tools/cache.(*DeltaFIFO).Pop", "Kubernetes client-go"},
    {"google.golang.org/protobuf/proto.Unmarshal", "Protobuf"},
    {"encoding/json.(*decodeState).object", "JSON"},
    {"net/http.(*conn).serve", "Network, HTTP"},
    {"regexp.(*Regexp).backtrack", "Regular expressions"},
    {"runtime.cgocall", "C code called through cgo"},
    {"runtime.cgocallx", "Go runtime and standard library"},
    {"runtime.mallocgc", "Go garbage collector"},
    {"runtime.gcBgMarkWorker", "Go garbage collector"},
    {"runtime.selectgo", "Go runtime and standard library"},
    {"sync.(*Mutex).Lock", "Go runtime and standard library"},
    {"strings.(*Builder).WriteString", "Go runtime and standard library"},
    /* profiling, but not who labels what it does */
    {"runtime/pprof.writeHeapInternal", "Profiling itself"},
    {"runtime/pprof.(*profileBuilder).build", "Profiling itself"},
    {"net/http/pprof.Index", "Profiling itself"},
    {"runtime/pprof.Do", "Go runtime and standard library"},
    {"runtime/pprof.SetGoroutineLabels", "Go runtime and standard library"},
    {"runtime/pprof.WithLabels", "Go runtime and standard library"},
    {"net/http/pprofx.Index", "Network, HTTP"},
    /* what no other row knows: by where it comes from */
    {"main.main", "Start-up of the program"},
    {"main.(*server).run.func1", "Start-up of the program"},
    {"a.A", "Go standard library"},
    {"math/big.nat.mul", "Go standard library"},
    {"slices.SortFunc[go.shape.*github.com/stranger/x.T]", "Go standard library"},
    {"container/list.(*List).Init", "Go standard library"},
    {"golang.org/x/text/unicode/norm.nfcQuickSpan", "Go standard library"},
    {"vendor/golang.org/x/crypto/chacha20poly1305.Seal", "Go standard library"},
    {"vendor/somewhere.F", "Go standard library"},
    {"github.com/stranger/x.Do", "Third-party library"},
    {"gopkg.in/zorkian/go-datadog-api%2ev2.(*Client).do", "Third-party library"},
    {"go.uber.org/zap.(*Logger).Info", "Third-party library"},
    {"github.com/other/datadog-agent/pkg/aggregator.F", "Third-party library"},
    {"x" AGENT "pkg/aggregator.F", "Third-party library"},
    /* nobody's */
    {"mainx", NULL},
    {"<unknown>", NULL},
    {"[libc.so.6]", NULL},
    {"", NULL},
};

/* The list that flareprof comes with, in the names that Go gives its functions. */
static void
test_real(void **state)
{
	struct opened opened;

	(void)state;
	open_real(&opened);
	for (size_t i = 0; i < COUNT(real); i++) {
		const struct component *found =
		    components_find(&opened.components, real[i].function);
		const char *name = found != NULL ? found->name : "(nobody's)";
		const char *wanted = real[i].component != NULL ? real[i].component : "(nobody's)";

		if (strncmp(name, wanted, strlen(wanted)) != 0)
			fail_msg("%s is of '%s', not of '%s'", real[i].function, name, wanted);
	}
	close_all(&opened);
}

/* Each has a team and something to say, and at least one next step. */
static void
test_real_is_whole(void **state)
{
	struct opened opened;

	(void)state;
	open_real(&opened);
	assert_true(opened.components.count > 50);
	for (size_t i = 0; i < opened.components.count; i++) {
		const struct component *component = &opened.components.items[i];

		assert_true(strlen(component->name) > 0);
		assert_true(strlen(component->team) > 0);
		assert_true(strlen(component->about) > 0);
		if (component->next_step_count == 0)
			fail_msg("%s has no next steps", component->name);
	}
	close_all(&opened);
}

/* A name of a megabyte takes no time, and it is only known by how it begins. */
static void
test_long_name(void **state)
{
	static const struct {
		const char *start, *component; /* NULL: nobody's */
		char rest;
	} cases[] = {{AGENT, "Third-party library", '/'}, {"", NULL, '/'}, {"", NULL, 'a'},
	    {"a", NULL, '/'}, {"a.", "Go standard library", '-'}, {"a/", NULL, '/'}};
	size_t len = 1 << 20;
	char *name = malloc(len + 1);
	struct opened opened;

	(void)state;
	open_real(&opened);
	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct component *found;

		memset(name, cases[i].rest, len);
		memcpy(name, cases[i].start, strlen(cases[i].start));
		name[len] = '\0';
		found = components_find(&opened.components, name);
		if ((found == NULL) != (cases[i].component == NULL) ||
		    (found != NULL && strcmp(found->name, cases[i].component) != 0))
			fail_msg("row %zu: %s", i, found != NULL ? found->name : "(nobody's)");
	}
	close_all(&opened);
	free(name);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_fields),
	    cmocka_unit_test(test_first_wins),
	    cmocka_unit_test(test_no_steps),
	    cmocka_unit_test(test_signs),
	    cmocka_unit_test(test_wrong),
	    cmocka_unit_test(test_remembered),
	    cmocka_unit_test(test_compile),
	    cmocka_unit_test(test_real_patterns),
	    cmocka_unit_test(test_real),
	    cmocka_unit_test(test_real_is_whole),
	    cmocka_unit_test(test_long_name),
	};

	return cmocka_run_group_tests_name("component", tests, NULL, NULL);
}
