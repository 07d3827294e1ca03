#include "locks.h"

#include "builders.h"

#define STORE AGENT "comp/core/x.(*store)"

struct fixture {
	struct build build;
	struct pprof_process *process;
	struct locks locks;
};

static void
open_fixture(struct fixture *fixture)
{
	build_open(&fixture->build);
	fixture->process = build_process(&fixture->build, "core");
	memset(&fixture->locks, 0xa5, sizeof(fixture->locks));
}

static void
join(struct fixture *fixture, const struct goroutines *goroutines)
{
	locks_join(&fixture->locks, &fixture->build.pool, fixture->process, goroutines);
}

#define HELD(fixture, ...)                                                                     \
	BUILD_TOP(&(fixture)->build, &(fixture)->process->tops[PPROF_MUTEX_AGENT], __VA_ARGS__)
#define WAITED(fixture, ...)                                                                   \
	BUILD_TOP(&(fixture)->build, &(fixture)->process->tops[PPROF_BLOCK_AGENT], __VA_ARGS__)

/* What two functions have to share to be of one piece. */
static void
test_code(void **state)
{
	static const struct {
		const char *function, *code;
	} cases[] = {
	    {STORE ".add", STORE},
	    {STORE ".add.func1", STORE},
	    {STORE ".add.func1.2", STORE},
	    {AGENT "pkg/y.cache.get", AGENT "pkg/y.cache"},
	    {AGENT "pkg/y.function", AGENT "pkg/y.function"},
	    {AGENT "pkg/y.function.func1", AGENT "pkg/y.function"},
	    {AGENT "pkg/y.(*T[...]).method", AGENT "pkg/y.(*T[...])"},
	    {"gopkg.in/yaml.v3.(*parser).parse", "gopkg.in/yaml.v3.(*parser)"},
	    {"main.main", "main.main"},
	    {"main.(*T).m", "main.(*T)"},
	    {"main.main.func1", "main.main"},
	    /* Odd ones. */
	    {"main.(*T", "main.(*T"},
	    {"main", "main"},
	    {"a/", "a/"},
	    {".", "."},
	    {"", ""},
	};

	(void)state;
	for (size_t i = 0; i < BUILD_COUNT(cases); i++) {
		struct fixture fixture;

		open_fixture(&fixture);
		HELD(&fixture, {cases[i].function, SEC, SEC});
		join(&fixture, NULL);
		assert_int_equal(fixture.locks.count, 1);
		assert_string_equal(fixture.locks.sites[0].code, cases[i].code);
		assert_string_equal(fixture.locks.sites[0].function, cases[i].function);
		build_close(&fixture.build);
	}
}

/* Methods of one type are one site: what was held, waited and is waited for now. */
static void
test_joins(void **state)
{
	static struct goroutine_waiters waiters[] = {
	    {STORE ".get", "sync.Mutex.Lock", 3, 2},
	    {STORE ".flush", "sync.Mutex.Lock", 4, 1},
	    {STORE ".add", "sync.Mutex.Lock", 2, 7},
	};
	static const struct goroutines goroutines = {
	    .found = 1, .waiting = waiters, .waiting_count = 3};
	struct fixture fixture;
	const struct locks_site *site;

	(void)state;
	open_fixture(&fixture);
	HELD(&fixture, {STORE ".add", 5 * SEC, 0}, {STORE ".flush", 7 * SEC, 0},
	    {STORE ".get", SEC, 0});
	WAITED(&fixture, {STORE ".get.func1", 2 * SEC, 0}, {STORE ".add", SEC, 0});
	join(&fixture, &goroutines);
	assert_int_equal(fixture.locks.count, 1);
	site = fixture.locks.sites;
	assert_string_equal(site->code, STORE);
	assert_string_equal(site->held_by, STORE ".flush");
	assert_string_equal(site->waited_in, STORE ".get.func1");
	assert_string_equal(site->waiting_in, STORE ".flush");
	assert_int_equal(site->held_ns, 13 * SEC);
	assert_int_equal(site->waited_ns, 3 * SEC);
	assert_int_equal(site->waiting, 9);
	assert_int_equal(site->longest_minutes, 7);
	assert_int_equal(site->most_held_ns, 7 * SEC);
	assert_int_equal(site->most_waited_ns, 2 * SEC);
	assert_int_equal(site->most_waiting, 4);
	build_close(&fixture.build);
}

/* Each of the three alone makes a site, of which the others are unknown. */
static void
test_parts(void **state)
{
	static struct goroutine_waiters waiters[] = {{"c.C", "chan send", 4, 0}};
	static const struct goroutines goroutines = {
	    .found = 1, .waiting = waiters, .waiting_count = 1};
	struct fixture fixture;
	const struct locks_site *sites;

	(void)state;
	open_fixture(&fixture);
	HELD(&fixture, {"a.A", 2 * SEC, 0});
	WAITED(&fixture, {"b.B", SEC, 0});
	join(&fixture, &goroutines);
	sites = fixture.locks.sites;
	assert_int_equal(fixture.locks.count, 3);
	assert_string_equal(sites[0].held_by, "a.A");
	assert_null(sites[0].waited_in);
	assert_null(sites[0].waiting_in);
	assert_null(sites[1].held_by);
	assert_string_equal(sites[1].waited_in, "b.B");
	assert_null(sites[2].held_by);
	assert_null(sites[2].waited_in);
	assert_string_equal(sites[2].waiting_in, "c.C");
	assert_int_equal(sites[2].waiting, 4);

	join(&fixture, NULL);
	assert_int_equal(fixture.locks.count, 2);
	build_close(&fixture.build);
}

/* Nothing measured, nothing there, and what is no delay. */
static void
test_none(void **state)
{
	static const struct goroutines goroutines = {.found = 1};
	struct fixture fixture;

	(void)state;
	open_fixture(&fixture);
	join(&fixture, &goroutines);
	assert_int_equal(fixture.locks.count, 0);
	HELD(&fixture, {"a.A", 0, 5 * SEC}, {"b.B", -SEC, 0});
	WAITED(&fixture, {"a.A", SEC, SEC});
	fixture.process->tops[PPROF_BLOCK_AGENT].found = 0;
	join(&fixture, &goroutines);
	assert_int_equal(fixture.locks.count, 0);
	build_close(&fixture.build);
}

/* The longest delay first, held or waited; then the most that wait; then by name. */
static void
test_order(void **state)
{
	static struct goroutine_waiters waiters[] = {{"w.B", "", 2, 0}, {"w.A", "", 2, 0},
	    {"w.C", "", 9, 0}, {"d.D", "", 1, 0}};
	static const struct goroutines goroutines = {
	    .found = 1, .waiting = waiters, .waiting_count = 4};
	static const char *const order[] = {"e.E", "a.A", "d.D", "b.B", "w.C", "w.A", "w.B"};
	struct fixture fixture;

	(void)state;
	open_fixture(&fixture);
	HELD(&fixture, {"b.B", SEC, 0}, {"a.A", 3 * SEC, 0});
	WAITED(&fixture, {"d.D", SEC, 0}, {"a.A", 2 * SEC, 0}, {"e.E", 4 * SEC, 0});
	join(&fixture, &goroutines);
	assert_int_equal(fixture.locks.count, BUILD_COUNT(order));
	for (size_t i = 0; i < BUILD_COUNT(order); i++)
		assert_string_equal(fixture.locks.sites[i].code, order[i]);
	build_close(&fixture.build);
}

/* Those that are one too many are left out; those that are there still count. */
static void
test_too_many(void **state)
{
	static struct goroutine_waiters waiters[] = {{"p0.F", "", 5, 0}, {"p999.F", "", 50, 0}};
	static const struct goroutines goroutines = {
	    .found = 1, .waiting = waiters, .waiting_count = 2};
	struct fixture fixture;
	struct top *held;

	(void)state;
	open_fixture(&fixture);
	held = &fixture.process->tops[PPROF_MUTEX_AGENT];
	build_top(&fixture.build, held, NULL);
	for (int i = 0; i < LOCKS_MOST + 9; i++) {
		held->rows =
		    pool_grow(&fixture.build.pool, held->rows, held->count, sizeof(*held->rows));
		held->rows[held->count++] = (struct top_row){
		    pool_printf(&fixture.build.pool, "p%d.F", i), 1000 - i, 0};
	}
	join(&fixture, &goroutines);
	assert_int_equal(fixture.locks.count, LOCKS_MOST);
	assert_string_equal(fixture.locks.sites[0].code, "p0.F");
	assert_int_equal(fixture.locks.sites[0].waiting, 5);
	assert_string_equal(fixture.locks.sites[LOCKS_MOST - 1].code, "p99.F");
	build_close(&fixture.build);
}

/* Values at the end of what fits: a report's rows never add up to more. */
static void
test_large_values(void **state)
{
	struct fixture fixture;

	(void)state;
	open_fixture(&fixture);
	HELD(&fixture, {"a.A", INT64_MAX, 0});
	WAITED(&fixture, {"b.B", INT64_MAX - 1, 0}, {"a.A", 1, 0});
	join(&fixture, NULL);
	assert_int_equal(fixture.locks.sites[0].held_ns, INT64_MAX);
	assert_int_equal(fixture.locks.sites[1].waited_ns, INT64_MAX - 1);
	build_close(&fixture.build);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_code),
	    cmocka_unit_test(test_joins),
	    cmocka_unit_test(test_parts),
	    cmocka_unit_test(test_none),
	    cmocka_unit_test(test_order),
	    cmocka_unit_test(test_too_many),
	    cmocka_unit_test(test_large_values),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
