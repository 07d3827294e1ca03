/* error, buf, pool, gap, scratch: what all others stand on. */
#include "buf.h"
#include "error.h"
#include "gap.h"
#include "pool.h"
#include "scratch.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* ---- error; cmocka has a macro of the name of fail() ---- */

static void
test_fail(void **state)
{
	struct error err = {.exit_code = 3, .signal = 15};

	(void)state;
	assert_int_equal((fail)(&err, "cannot open '%s': %d", "x%sy", 7), -1);
	assert_string_equal(err.msg, "cannot open 'x%sy': 7");
	assert_int_equal(err.exit_code, 3);
	assert_int_equal(err.signal, 15);
	assert_int_equal((fail)(&err, "short"), -1);
	assert_string_equal(err.msg, "short");
}

static void
test_fail_while(void **state)
{
	struct error err = {0};

	(void)state;
	(fail)(&err, "no such file 100%%");
	assert_int_equal(fail_while(&err, "component %d", 3), -1);
	assert_string_equal(err.msg, "component 3: no such file 100%");
	fail_while(&err, "reading '%s'", "a");
	assert_string_equal(err.msg, "reading 'a': component 3: no such file 100%");
}

/* What is too long is cut. */
static void
test_fail_long(void **state)
{
	struct error err = {0};
	char text[4096];

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	(fail)(&err, "%s", text);
	assert_int_equal(strlen(err.msg), sizeof(err.msg) - 1);
	fail_while(&err, "doing");
	assert_int_equal(strlen(err.msg), sizeof(err.msg) - 1);
	assert_memory_equal(err.msg, "doing: xxx", 10);
	fail_while(&err, "%s", text);
	assert_int_equal(strlen(err.msg), sizeof(err.msg) - 1);
	assert_memory_equal(err.msg, "xxx", 3);
}

/* Half a key could not be told for one, so it goes as a whole. */
static void
test_fail_cuts_no_key(void **state)
{
	static const char key[] = "0123456789abcdef0123456789abcdef";
	struct error err = {0};
	char text[sizeof(err.msg)];

	(void)state;
	for (size_t before = sizeof(err.msg) - sizeof(key) - 4; before < sizeof(text) - 1;
	     before++) {
		memset(text, '.', before);
		text[before] = '\0';
		(fail)(&err, "%s%s and more", text, key);
		assert_true(strstr(err.msg, key) != NULL || strchr(err.msg, '0') == NULL);
		assert_string_equal(err.msg + strlen(err.msg) - 3, "...");
	}
}

/* ---- buf ---- */

static void
test_buf(void **state)
{
	struct buf buf = {0};

	(void)state;
	assert_string_equal(buf_text(&buf), "");
	buf_puts(&buf, "");
	assert_int_equal(buf.len, 0);
	buf_puts(&buf, "one");
	buf_putc(&buf, ' ');
	buf_add(&buf, "t\0o", 3);
	assert_int_equal(buf.len, 7);
	assert_memory_equal(buf.data, "one t\0o\0", 8);
	buf_add(&buf, NULL, 0);
	assert_int_equal(buf.len, 7);
	buf_release(&buf);
	assert_null(buf.data);
	assert_int_equal(buf.len, 0);
	assert_int_equal(buf.room, 0);
	buf_release(&buf);
}

/* Across every border of its room. */
static void
test_buf_grows(void **state)
{
	struct buf buf = {0};

	(void)state;
	for (size_t i = 0; i < 5000; i++) {
		buf_putc(&buf, (char)('a' + i % 26));
		assert_int_equal(buf.data[buf.len], '\0');
	}
	for (size_t i = 0; i < 5000; i++)
		assert_int_equal(buf.data[i], 'a' + i % 26);
	buf_release(&buf);
	for (size_t len = 250; len < 260; len++) {
		char text[260];

		memset(text, 'x', len);
		buf_add(&buf, text, len);
		assert_int_equal(strlen(buf_text(&buf)), len);
		buf_release(&buf);
	}
}

static void
test_buf_reserve(void **state)
{
	struct buf buf = {0};
	char *end;

	(void)state;
	buf_puts(&buf, "before ");
	end = buf_reserve(&buf, 1000);
	assert_ptr_equal(end, buf.data + 7);
	assert_string_equal(buf.data, "before ");
	memset(end, 'x', 1000);
	buf.len += 1000;
	buf_reserve(&buf, 0);
	assert_int_equal(strlen(buf.data), 1007);
	buf_release(&buf);
	assert_string_equal(buf_reserve(&buf, 0), "");
	buf_release(&buf);
}

/* ---- pool ---- */

static void
test_pool(void **state)
{
	struct pool pool = {0};
	char *zeros = pool_alloc(&pool, 1000), *copy;
	char text[] = "text";

	(void)state;
	for (size_t i = 0; i < 1000; i++)
		assert_int_equal(zeros[i], 0);
	assert_int_equal((uintptr_t)zeros % _Alignof(max_align_t), 0);
	assert_non_null(pool_alloc(&pool, 0));
	copy = pool_strdup(&pool, text);
	text[0] = 'n';
	assert_string_equal(copy, "text");
	assert_string_equal(pool_strndup(&pool, "text", 2), "te");
	assert_string_equal(pool_strndup(&pool, "text", 0), "");
	assert_memory_equal(pool_strndup(&pool, "a\0b", 3), "a\0b\0", 4);
	assert_string_equal(pool_strdup(&pool, ""), "");
	pool_release(&pool);
	assert_null(pool.blocks);
	pool_release(&pool);
}

static void
test_pool_printf(void **state)
{
	struct pool pool = {0};
	char *text;

	(void)state;
	assert_string_equal(pool_printf(&pool, "%s-%d%%", "a", -5), "a--5%");
	assert_string_equal(pool_printf(&pool, "%s", ""), "");
	text = pool_printf(&pool, "%5000d", 7);
	assert_int_equal(strlen(text), 5000);
	assert_int_equal(text[4999], '7');
	pool_release(&pool);
}

/* New items are zeroed and the old ones kept, at every size. */
static void
test_pool_grow(void **state)
{
	struct item {
		int64_t number;
		const char *text;
	} *items = NULL;
	struct pool pool = {0};

	(void)state;
	for (size_t i = 0; i < 300; i++) {
		items = pool_grow(&pool, items, i, sizeof(*items));
		assert_int_equal(items[i].number, 0);
		assert_null(items[i].text);
		items[i] = (struct item){(int64_t)i * 3, "text"};
	}
	for (size_t i = 0; i < 300; i++) {
		assert_int_equal(items[i].number, i * 3);
		assert_string_equal(items[i].text, "text");
	}
	pool_release(&pool);
}

/* Out of memory ends the program with a message: nobody could go on. */
static void
test_out_of_memory(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++) {
		int status, fds[2];
		char text[64] = "";
		pid_t pid;

		assert_int_equal(pipe(fds), 0);
		pid = fork();
		if (pid == 0) {
			struct pool pool = {0};
			struct buf buf = {0};

			dup2(fds[1], STDERR_FILENO);
			if (i == 0)
				pool_alloc(&pool, SIZE_MAX / 2);
			else
				buf_reserve(&buf, SIZE_MAX / 2);
			_exit(0);
		}
		close(fds[1]);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(read(fds[0], text, sizeof(text) - 1) > 0);
		close(fds[0]);
		assert_true(WIFEXITED(status));
		assert_int_equal(WEXITSTATUS(status), 1);
		assert_string_equal(text, "flareprof: out of memory\n");
	}
}

/* ---- gap ---- */

static void
test_gaps(void **state)
{
	static const struct {
		const char *what, *why;
		size_t count; /* afterwards */
		const char *clean_what, *clean_why;
	} cases[] = {
	    {"status.log", "is missing", 1, "status.log", "is missing"},
	    {"status.log", "is missing", 1, "status.log", "is missing"},
	    {"status.log", "is empty", 2, "status.log", "is empty"},
	    {"other.log", "is missing", 3, "other.log", "is missing"},
	    {"a\nb", "c\td\033[31me\xff", 4, "a\xef\xbf\xbd" "b", "c de\xef\xbf\xbd"},
	    {"a\xef\xbf\xbd" "b", "c de\xef\xbf\xbd", 4, "a\xef\xbf\xbd" "b", "c de\xef\xbf\xbd"},
	    {"", "", 5, "", ""},
	    {"100%s", "50%d", 6, "100%s", "50%d"},
	};
	struct gaps gaps = {0};
	struct pool pool = {0};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		gap_add(&gaps, &pool, cases[i].what, "%s", cases[i].why);
		assert_int_equal(gaps.count, cases[i].count);
		assert_string_equal(gaps.items[gaps.count - 1].what, cases[i].clean_what);
		assert_string_equal(gaps.items[gaps.count - 1].why, cases[i].clean_why);
	}
	gap_add(&gaps, &pool, "x", "%d of %s", 7, "many");
	assert_string_equal(gaps.items[6].why, "7 of many");
	pool_release(&pool);
}

static void
test_gap_is_copied_and_cut(void **state)
{
	char what[] = "what", why[3000];
	struct gaps gaps = {0};
	struct pool pool = {0};

	(void)state;
	memset(why, 'y', sizeof(why) - 1);
	why[sizeof(why) - 1] = '\0';
	gap_add(&gaps, &pool, what, "%s", why);
	what[0] = why[0] = '!';
	assert_string_equal(gaps.items[0].what, "what");
	assert_int_equal(strlen(gaps.items[0].why), 1024);
	assert_int_equal(gaps.items[0].why[0], 'y');
	for (int i = 0; i < 100; i++)
		gap_add(&gaps, &pool, "many", "%d", i);
	assert_int_equal(gaps.count, 101);
	assert_string_equal(gaps.items[100].why, "99");
	for (int i = 0; i < 10000; i++)
		gap_add(&gaps, &pool, "too many", "%d", i);
	assert_int_equal(gaps.count, GAPS_MOST);
	assert_string_equal(gaps.items[GAPS_MOST - 2].what, "too many");
	assert_string_equal(gaps.items[GAPS_MOST - 1].what, "the flare");
	pool_release(&pool);
}

/* ---- scratch ---- */

static void
test_scratch(void **state)
{
	struct scratch scratch = {0}, other = {0};
	struct error err = {0};
	struct stat st;

	(void)state;
	unsetenv("TMPDIR");
	assert_int_equal(scratch_open(&scratch, &err), 0);
	assert_memory_equal(scratch.path, "/tmp/flareprof.", 15);
	assert_int_equal(stat(scratch.path, &st), 0);
	assert_true(S_ISDIR(st.st_mode));
	assert_int_equal(st.st_mode & 0777, 0700);
	assert_int_equal(scratch_open(&other, &err), 0);
	assert_string_not_equal(other.path, scratch.path);
	scratch_close(&other);
	scratch_close(&scratch);
	assert_string_equal(scratch.path, "");
	scratch_close(&scratch);
}

static void
make_file(const char *directory, const char *name)
{
	char path[2048];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	fd = open(path, O_CREAT | O_WRONLY, 0400);
	assert_true(fd >= 0);
	close(fd);
}

static void
make_directory(const char *directory, const char *name)
{
	char path[2048];

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	assert_int_equal(mkdir(path, 0700), 0);
}

/* All in it goes with it, and nothing that links in it lead to. */
static void
test_scratch_close(void **state)
{
	struct scratch scratch = {0}, outside = {0};
	struct error err = {0};
	char path[2048], kept[2048];

	(void)state;
	assert_int_equal(scratch_open(&scratch, &err), 0);
	assert_int_equal(scratch_open(&outside, &err), 0);
	make_file(outside.path, "kept");
	make_directory(scratch.path, "a");
	make_directory(scratch.path, "a/b");
	make_file(scratch.path, "a/b/file");
	make_file(scratch.path, "file");
	snprintf(path, sizeof(path), "%s/link", scratch.path);
	assert_int_equal(symlink(outside.path, path), 0);
	snprintf(path, sizeof(path), "%s/fifo", scratch.path);
	assert_int_equal(mkfifo(path, 0600), 0);
	snprintf(path, sizeof(path), "%s/a/b", scratch.path);
	assert_int_equal(chmod(path, 0500), 0);
	snprintf(path, sizeof(path), "%s", scratch.path);
	scratch_close(&scratch);
	assert_int_equal(access(path, F_OK), -1);
	snprintf(kept, sizeof(kept), "%s/kept", outside.path);
	assert_int_equal(access(kept, F_OK), 0);
	scratch_close(&outside);
	assert_int_equal(access(kept, F_OK), -1);
}

static void
test_scratch_place(void **state)
{
	char longest[1100];
	const struct {
		const char *tmpdir, *begins, *message; /* begins NULL: it fails */
	} cases[] = {
	    {"/var/tmp", "/var/tmp/flareprof.", NULL},
	    {"relative", "/tmp/flareprof.", NULL},
	    {"", "/tmp/flareprof.", NULL},
	    {"/nonexistent", NULL,
		"cannot make a temporary directory in '/nonexistent': No such file or directory"},
	    {longest, NULL, "cannot make a temporary directory: TMPDIR is too long"},
	};

	(void)state;
	memset(longest, '/', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct scratch scratch = {.path = "before"};
		struct error err = {0};

		setenv("TMPDIR", cases[i].tmpdir, 1);
		assert_int_equal(scratch_open(&scratch, &err), cases[i].begins != NULL ? 0 : -1);
		if (cases[i].begins != NULL) {
			assert_memory_equal(scratch.path, cases[i].begins, strlen(cases[i].begins));
		} else {
			assert_string_equal(err.msg, cases[i].message);
			assert_string_equal(scratch.path, "");
		}
		scratch_close(&scratch);
	}
	unsetenv("TMPDIR");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_fail),
	    cmocka_unit_test(test_fail_while),
	    cmocka_unit_test(test_fail_long),
	    cmocka_unit_test(test_fail_cuts_no_key),
	    cmocka_unit_test(test_buf),
	    cmocka_unit_test(test_buf_grows),
	    cmocka_unit_test(test_buf_reserve),
	    cmocka_unit_test(test_pool),
	    cmocka_unit_test(test_pool_printf),
	    cmocka_unit_test(test_pool_grow),
	    cmocka_unit_test(test_out_of_memory),
	    cmocka_unit_test(test_gaps),
	    cmocka_unit_test(test_gap_is_copied_and_cut),
	    cmocka_unit_test(test_scratch),
	    cmocka_unit_test(test_scratch_close),
	    cmocka_unit_test(test_scratch_place),
	};

	return cmocka_run_group_tests_name("base", tests, NULL, NULL);
}
