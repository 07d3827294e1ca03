#include "sink.h"

#include "error.h"
#include "pool.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

struct place {
	struct pool pool;
	struct sink sink;
	struct error err;
	char directory[64];
};

static int
enter(void **state)
{
	struct place *place = calloc(1, sizeof(*place));

	strcpy(place->directory, "/tmp/test_sink.XXXXXX");
	*state = place;
	return mkdtemp(place->directory) != NULL ? chdir(place->directory) : -1;
}

static int
leave(void **state)
{
	struct place *place = *state;
	char line[128];

	sink_drop(&place->sink);
	pool_release(&place->pool);
	snprintf(line, sizeof(line), "rm -rf '%s'", place->directory);
	free(place);
	return chdir("/") == 0 && system(line) == 0 ? 0 : -1;
}

static const char *
content(struct place *place, const char *path)
{
	char text[256] = "";
	FILE *file = fopen(path, "r");

	if (file == NULL)
		return NULL;
	text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
	fclose(file);
	return pool_strdup(&place->pool, text);
}

static void
put(struct place *place, const char *text)
{
	assert_int_equal(sink_put(&place->sink, text, strlen(text), &place->err), 0);
}

/* Until it is whole, what was there is there; then it is kept beside it. */
static void
test_parts(void **state)
{
	struct place *place = *state;

	for (int i = 0; i < 2; i++) {
		assert_int_equal(sink_open(&place->sink, &place->pool, "a/b/out", &place->err), 0);
		put(place, i == 0 ? "one\n" : "three\n");
		put(place, "two\n");
		if (i == 0)
			assert_null(content(place, "a/b/out"));
		else
			assert_string_equal(content(place, "a/b/out"), "one\ntwo\n");
		assert_int_equal(sink_close(&place->sink, &place->err), 0);
		sink_drop(&place->sink);
	}
	assert_string_equal(content(place, "a/b/out"), "three\ntwo\n");
	assert_string_equal(content(place, "a/b/out~"), "one\ntwo\n");
	assert_int_equal(system("[ $(ls a/b | wc -l) = 2 ]"), 0);
}

static void
test_dropped(void **state)
{
	struct place *place = *state;

	assert_int_equal(sink_open(&place->sink, &place->pool, "out", &place->err), 0);
	put(place, "one\n");
	sink_drop(&place->sink);
	assert_int_equal(system("[ -z \"$(ls)\" ]"), 0);
	sink_drop(&place->sink);
}

/* A pipe gets each part at once, and is still a pipe. */
static void
test_pipe(void **state)
{
	struct place *place = *state;
	char text[16] = "";
	struct stat st;
	int fd;

	assert_int_equal(mkfifo("out", 0600), 0);
	fd = open("out", O_RDONLY | O_NONBLOCK);
	assert_true(fd >= 0);
	assert_int_equal(sink_open(&place->sink, &place->pool, "out", &place->err), 0);
	put(place, "one");
	assert_int_equal(read(fd, text, sizeof(text)), 3);
	put(place, "two");
	assert_int_equal(read(fd, text, sizeof(text)), 3);
	assert_int_equal(sink_close(&place->sink, &place->err), 0);
	assert_int_equal(stat("out", &st), 0);
	assert_true(S_ISFIFO(st.st_mode));
	close(fd);
}

static void
test_failures(void **state)
{
	static const struct {
		const char *path, *message;
	} cases[] = {
	    {".", "cannot write '.': is a directory"},
	    {"/proc/nonexistent/x", "cannot make directory '/proc/nonexistent'"},
	    {"/proc/x", "cannot write '/proc/x"},
	};
	struct place *place = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(
		    sink_open(&place->sink, &place->pool, cases[i].path, &place->err), -1);
		if (strstr(place->err.msg, cases[i].message) == NULL)
			assert_string_equal(place->err.msg, cases[i].message);
		sink_drop(&place->sink);
	}
}

/* A full disk is told of when it is met. */
static void
test_full(void **state)
{
	struct place *place = *state;

	assert_int_equal(sink_open(&place->sink, &place->pool, "/dev/full", &place->err), 0);
	assert_int_equal(sink_put(&place->sink, "x", 1, &place->err), -1);
	assert_string_equal(place->err.msg, "cannot write '/dev/full': No space left on device");
}

#define IN_PLACE(test) cmocka_unit_test_setup_teardown(test, enter, leave)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    IN_PLACE(test_parts),
	    IN_PLACE(test_dropped),
	    IN_PLACE(test_pipe),
	    IN_PLACE(test_failures),
	    IN_PLACE(test_full),
	};

	return cmocka_run_group_tests_name("sink", tests, NULL, NULL);
}
