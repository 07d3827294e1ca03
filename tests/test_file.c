#include "file.h"

#include "buf.h"
#include "error.h"
#include "playground.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

typedef int reader(const char *, size_t, struct buf *, struct error *);
static reader *const readers[] = {file_read, file_read_untrusted};

static void
test_read(void **state)
{
	(void)state;
	put("file", "some text");
	for (size_t i = 0; i < COUNT(readers); i++) {
		struct buf content = {0};
		struct error err = {.msg = "untouched"};

		buf_puts(&content, "before ");
		assert_int_equal(readers[i]("file", 9, &content, &err), 0);
		assert_string_equal(content.data, "before some text");
		assert_int_equal(content.len, 16);
		assert_string_equal(err.msg, "untouched");
		buf_release(&content);
	}
}

static void
test_read_empty(void **state)
{
	(void)state;
	put("file", "");
	for (size_t i = 0; i < COUNT(readers); i++) {
		struct buf content = {0};
		struct error err = {0};

		assert_int_equal(readers[i]("file", 0, &content, &err), 0);
		assert_int_equal(content.len, 0);
		assert_string_equal(buf_text(&content), "");
		buf_release(&content);
	}
}

/* Larger than a chunk, and with NULs in it. */
static void
test_read_large(void **state)
{
	size_t len = 200000;
	char *bytes = calloc(1, len);
	FILE *file = fopen("file", "w");
	struct buf content = {0};
	struct error err = {0};

	(void)state;
	for (size_t i = 0; i < len; i++)
		bytes[i] = (char)(i * 7);
	assert_int_equal(fwrite(bytes, 1, len, file), len);
	fclose(file);
	assert_int_equal(file_read("file", len, &content, &err), 0);
	assert_int_equal(content.len, len);
	assert_memory_equal(content.data, bytes, len);
	assert_int_equal(file_read("file", len - 1, &content, &err), -1);
	assert_string_equal(err.msg, "cannot read 'file': larger than 199999 bytes");
	buf_release(&content);
	free(bytes);
}

#define NO_LINK "cannot be read: a symbolic link is not followed"
#define ODD "cannot be read: not a regular file"

/* NULL: it is read. "*": it fails somehow. */
static void
test_read_odd(void **state)
{
	static const struct {
		const char *path, *trusted, *untrusted;
	} cases[] = {
	    {"missing", "cannot read 'missing': No such file or directory",
		"cannot be read: No such file or directory"},
	    {"", "*", "*"},
	    {"directory", "cannot read 'directory': not a regular file", ODD},
	    {"fifo", "cannot read 'fifo': not a regular file", ODD},
	    {"socket", "*", ODD},
	    {"/dev/zero", "cannot read '/dev/zero': not a regular file", ODD},
	    {"file/below", "cannot read 'file/below': Not a directory", "*"},
	    {"link", NULL, NO_LINK},
	    {"link-to-fifo", "cannot read 'link-to-fifo': not a regular file",
		NO_LINK},
	    {"dangling", "cannot read 'dangling': No such file or directory",
		NO_LINK},
	    {"loop", "cannot read 'loop': Too many levels of symbolic links",
		NO_LINK},
	};

	(void)state;
	make_odd_files();
	for (size_t i = 0; i < 2 * COUNT(cases); i++) {
		const char *path = cases[i / 2].path;
		const char *why = i % 2 == 0 ? cases[i / 2].trusted : cases[i / 2].untrusted;
		struct buf content = {0};
		struct error err = {0};

		assert_int_equal(readers[i % 2](path, 100, &content, &err), why != NULL ? -1 : 0);
		if (why != NULL && why[0] != '*')
			assert_string_equal(err.msg, why);
		if (why == NULL)
			assert_string_equal(content.data, "some text");
		buf_release(&content);
	}
}

/* A file whose size is said to be 0, and which never ends. */
static void
test_read_endless(void **state)
{
	struct buf content = {0};
	struct error err = {0};

	(void)state;
	assert_int_equal(file_read("/proc/self/status", 65536, &content, &err), 0);
	assert_true(content.len > 100);
	assert_int_equal(file_read("/proc/self/status", 10, &content, &err), -1);
	assert_string_equal(err.msg, "cannot read '/proc/self/status': larger than 10 bytes");
	buf_release(&content);
}

static void
test_read_start(void **state)
{
	struct error err = {0};
	struct buf content = {0};

	(void)state;
	assert_int_equal(file_create("long", (struct span){"0123456789", 10}, &err), 0);
	assert_int_equal(file_read_start("long", 4, &content, &err), 0);
	assert_string_equal(buf_text(&content), "0123");
	assert_int_equal(file_read_start("nothing", 4, &content, &err), -1);
	assert_int_equal(symlink("long", "link"), 0);
	assert_int_equal(file_read_start("link", 4, &content, &err), -1);
	assert_int_equal(content.len, 4);
	buf_release(&content);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    IN_PLAYGROUND(test_read),
	    IN_PLAYGROUND(test_read_empty),
	    IN_PLAYGROUND(test_read_large),
	    IN_PLAYGROUND(test_read_odd),
	    IN_PLAYGROUND(test_read_endless),
	    IN_PLAYGROUND(test_read_start),
	};

	return cmocka_run_group_tests_name("file", tests, NULL, NULL);
}
