#include "unpacking.h"

#include "error.h"
#include "extract.h"
#include "playground.h"
#include "pool.h"
#include "sandbox.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <time.h>

struct place {
	struct pool pool;
	struct sandbox sandbox;
	struct extract extract;
	struct error err;
	int status;
};

/* Unpacks an archive of a/w and a link b/w; `wanted` runs in the child. */
static void
unpack(struct place *place, enum extract_part (*wanted)(const char *path), int64_t timeout_ns)
{
	struct unpacking_place unpacking = {&place->sandbox, timeout_ns};

	assert_int_equal(system("mkdir -p a b out && echo text >a/w && ln -sf /etc/passwd b/w && "
				"tar cf archive.tar a b"), 0);
	*place = (struct place){.extract = {.archive = "archive.tar",
				    .directory = "out",
				    .limits = {100, 1 << 20, 1 << 20, 100},
				    .wanted = wanted}};
	sandbox_open(&place->sandbox, &place->pool);
	place->status = unpacking_run(&place->extract, &place->pool, &unpacking, &place->err);
}

static void
close_place(struct place *place)
{
	sandbox_close(&place->sandbox);
	pool_release(&place->pool);
}

static enum extract_part
wants_all(const char *path)
{
	(void)path;
	return EXTRACT_WHOLE;
}

static void
test_answer(void **state)
{
	struct place place;

	(void)state;
	unpack(&place, wants_all, 60000000000);
	assert_int_equal(place.status, 0);
	assert_file("out/a/w", "text\n");
	assert_int_equal(place.extract.refused.count, 1);
	assert_string_equal(place.extract.refused.items[0].what, "b/w");
	assert_string_equal(place.extract.refused.items[0].why,
	    "is a symbolic link in the archive, which is not followed");
	close_place(&place);
}

static void
test_error(void **state)
{
	struct unpacking_place unpacking = {0};
	struct place place = {.extract = {.archive = "text",
				  .directory = "out",
				  .limits = {100, 1 << 20, 1 << 20, 100},
				  .wanted = wants_all}};

	(void)state;
	assert_int_equal(system("mkdir out && echo text >text"), 0);
	sandbox_open(&place.sandbox, &place.pool);
	unpacking = (struct unpacking_place){&place.sandbox, 60000000000};
	assert_int_equal(
	    unpacking_run(&place.extract, &place.pool, &unpacking, &place.err), -1);
	assert_non_null(strstr(place.err.msg, "cannot read 'text': it is no archive"));
	close_place(&place);
}

/* What a libarchive that was taken over would do. */
static enum extract_part
breaks_out(const char *path)
{
	int out = 0;

	(void)path;
	out |= open("escaped", O_WRONLY | O_CREAT, 0600) >= 0;
	out |= open("/etc/passwd", O_RDONLY) >= 0;
	out |= open("archive.tar", O_WRONLY) >= 0;
	out |= symlink("/etc/passwd", "out/link") == 0;
	out |= mkfifo("out/fifo", 0600) == 0;
	out |= socket(AF_INET, SOCK_STREAM, 0) >= 0;
	out |= access("/bin/sh", X_OK) == 0 && execl("/bin/sh", "sh", "-c", "exit 0", NULL) == 0;
	return out ? EXTRACT_WHOLE : EXTRACT_NOTHING;
}

static void
test_confined(void **state)
{
	struct place place;

	(void)state;
	unpack(&place, breaks_out, 60000000000);
	if (place.sandbox.landlock < 3 || place.sandbox.filter == NULL) {
		close_place(&place);
		skip();
	}
	assert_int_equal(place.status, 0);
	assert_int_not_equal(access("out/a/w", F_OK), 0);
	assert_int_not_equal(access("escaped", F_OK), 0);
	close_place(&place);
}

static enum extract_part
takes_for_ever(const char *path)
{
	const struct timespec day = {.tv_sec = 86400};

	(void)path;
	nanosleep(&day, NULL);
	return EXTRACT_NOTHING;
}

static enum extract_part
crashes(const char *path)
{
	(void)path;
	signal(SIGABRT, SIG_DFL);
	raise(SIGABRT);
	return EXTRACT_NOTHING;
}

static void
test_bad_end(void **state)
{
	static const struct {
		enum extract_part (*wanted)(const char *path);
		const char *message;
	} cases[] = {
	    {takes_for_ever,
		"cannot read 'archive.tar': unpacking it did not end within 300 ms"},
	    {crashes, "cannot read 'archive.tar': unpacking it was killed by signal 6"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct place place;

		unpack(&place, cases[i].wanted, i == 0 ? 300000000 : 60000000000);
		assert_int_equal(place.status, -1);
		if (strstr(place.err.msg, cases[i].message) == NULL)
			assert_string_equal(place.err.msg, cases[i].message);
		close_place(&place);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    IN_PLAYGROUND(test_answer),
	    IN_PLAYGROUND(test_error),
	    IN_PLAYGROUND(test_confined),
	    IN_PLAYGROUND(test_bad_end),
	};

	return cmocka_run_group_tests_name("unpacking", tests, NULL, NULL);
}
