#include "output.h"

#include "buf.h"
#include "error.h"
#include "file.h"
#include "playground.h"

#include <fcntl.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void
test_write(void **state)
{
	struct error err = {.msg = "untouched"};

	(void)state;
	assert_int_equal(output_write("report.md", "one", 3, &err), 0);
	assert_file("report.md", "one");
	assert_int_equal(file_count(), 1);
	assert_int_equal(output_write("report.md", "a longer two", 12, &err), 0);
	assert_file("report.md", "a longer two");
	assert_file("report.md~", "one");
	assert_int_equal(output_write("report.md", "", 0, &err), 0);
	assert_file("report.md", "");
	assert_file("report.md~", "a longer two");
	assert_int_equal(file_count(), 2);
	assert_string_equal(err.msg, "untouched");
}

static void
test_write_makes_parents(void **state)
{
	static const char *const paths[] = {
	    "a/b/c/report", "a/other", "./d//e/report", "a/b/c/more"};
	char absolute[256];
	struct error err = {0};

	for (size_t i = 0; i < COUNT(paths); i++) {
		if (output_write(paths[i], "text", 4, &err) < 0)
			fail_msg("%s", err.msg);
		assert_file(paths[i], "text");
	}
	snprintf(absolute, sizeof(absolute), "%s/f/g/report", (const char *)*state);
	assert_int_equal(output_write(absolute, "text", 4, &err), 0);
	assert_file("f/g/report", "text");
}

/* What could not be written leaves all as it was. */
static void
test_write_fails(void **state)
{
	static const struct {
		const char *path, *message;
	} cases[] = {
	    {"file/report", "cannot write 'file/report': Not a directory"},
	    {"file/below/report", "cannot make directory 'file/below': Not a directory"},
	    {"directory", "cannot write 'directory': is a directory"},
	    {"link-to-directory", "cannot write 'link-to-directory': is a directory"},
	    {"directory/", "cannot write 'directory/': "},
	    {"dangling/report", "cannot write 'dangling/report': No such file or directory"},
	    {"/proc/report", "cannot write '/proc/report': "},
	};

	(void)state;
	make_odd_files();
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct error err = {0};
		int before = file_count();

		if (output_write(cases[i].path, "text", 4, &err) != -1)
			fail_msg("%s is written", cases[i].path);
		if (strncmp(err.msg, cases[i].message, strlen(cases[i].message)) != 0)
			assert_string_equal(err.msg, cases[i].message);
		assert_int_equal(file_count(), before);
	}
	assert_file("file", "some text");
}

/* No room for the backup: the old file stays, and no temporary one is left. */
static void
test_write_without_backup(void **state)
{
	struct error err = {0};

	(void)state;
	put("report", "old");
	assert_int_equal(mkdir("report~", 0700), 0);
	assert_int_equal(output_write("report", "new", 3, &err), -1);
	assert_non_null(strstr(err.msg, "cannot keep 'report' as 'report~': "));
	assert_file("report", "old");
	assert_int_equal(file_count(), 2);
}

/* A name at the limit of the file system leaves no room for the temporary one. */
static void
test_write_long_name(void **state)
{
	char name[256];
	struct error err = {0};

	(void)state;
	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	assert_int_equal(output_write(name, "text", 4, &err), -1);
	assert_non_null(strstr(err.msg, "File name too long"));
	assert_int_equal(file_count(), 0);
}

/* What is no regular file is never replaced by one: /dev/null would be gone. */
static void
test_write_keeps_devices(void **state)
{
	static const char *const paths[] = {"fifo", "socket"};

	(void)state;
	make_odd_files();
	for (size_t i = 0; i < COUNT(paths); i++) {
		struct error err = {0};
		struct stat st;

		output_write(paths[i], "text", 4, &err);
		assert_int_equal(lstat(paths[i], &st), 0);
		assert_false(S_ISREG(st.st_mode));
	}
}

/* What a link names is replaced, and the link stays. */
static void
test_write_through_a_link(void **state)
{
	struct error err = {0};
	struct buf content = {0};
	struct stat st;

	(void)state;
	assert_int_equal(output_write("real", "old", 3, &err), 0);
	assert_int_equal(symlink("real", "link"), 0);
	assert_int_equal(output_write("link", "new", 3, &err), 0);
	assert_int_equal(lstat("link", &st), 0);
	assert_true(S_ISLNK(st.st_mode));
	assert_int_equal(file_read("real", 10, &content, &err), 0);
	assert_string_equal(buf_text(&content), "new");
	content.len = 0;
	assert_int_equal(file_read("real~", 10, &content, &err), 0);
	assert_string_equal(buf_text(&content), "old");
	buf_release(&content);
}

/* An open descriptor is written on where it stands, be it a regular file. */
static void
test_write_to_descriptors(void **state)
{
	static const char *const directories[] = {"/dev/fd", "/proc/self/fd"};

	(void)state;
	for (size_t i = 0; i < COUNT(directories); i++) {
		struct error err = {0};
		struct buf content = {0};
		int fd = open("log", O_RDWR | O_CREAT | O_TRUNC, 0600);
		char path[64];

		assert_int_equal(write(fd, "before ", 7), 7);
		snprintf(path, sizeof(path), "%s/%d", directories[i], fd);
		assert_int_equal(output_write(path, "text", 4, &err), 0);
		close(fd);
		assert_int_equal(file_read("log", 100, &content, &err), 0);
		assert_string_equal(buf_text(&content), "before text");
		buf_release(&content);
	}
	assert_int_equal(access("log~", F_OK), -1);
}

/* A private report stays private. */
static void
test_write_keeps_the_mode(void **state)
{
	struct error err = {0};
	struct stat st;

	(void)state;
	assert_int_equal(output_write("report", "old", 3, &err), 0);
	assert_int_equal(chmod("report", 0600), 0);
	assert_int_equal(output_write("report", "new", 3, &err), 0);
	assert_int_equal(stat("report", &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
}

/* Who may read a report is up to the umask. */
static void
test_write_mode(void **state)
{
	struct error err = {0};
	struct stat st;
	mode_t old = umask(027);

	(void)state;
	assert_int_equal(output_write("report", "text", 4, &err), 0);
	umask(old);
	assert_int_equal(stat("report", &st), 0);
	assert_int_equal(st.st_mode & 0777, 0640);
}

static void
test_write_unwritable(void **state)
{
	struct error err = {0};

	(void)state;
	if (geteuid() == 0)
		skip();
	assert_int_equal(mkdir("closed", 0500), 0);
	assert_int_equal(output_write("closed/report", "text", 4, &err), -1);
	assert_string_equal(err.msg, "cannot write 'closed/report': Permission denied");
	chmod("closed", 0700);
}

/* Runs what writes "-" with another standard output, and returns what came. */
static void
test_write_standard_output(void **state)
{
	struct error err = {0};
	int saved = dup(STDOUT_FILENO), fd = open("out", O_WRONLY | O_CREAT, 0600);
	int good, bad;

	(void)state;
	fflush(stdout);
	dup2(fd, STDOUT_FILENO);
	good = output_write("-", "a\0b", 3, &err);
	close(fd);
	fd = open("/dev/full", O_WRONLY);
	dup2(fd, STDOUT_FILENO);
	bad = output_write("-", "text", 4, &err);
	dup2(saved, STDOUT_FILENO);
	close(fd);
	close(saved);
	clearerr(stdout);
	assert_int_equal(good, 0);
	assert_file("out", "a");
	assert_int_equal(bad, -1);
	assert_string_equal(err.msg, "cannot write to standard output: No space left on device");
	assert_int_equal(file_count(), 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    IN_PLAYGROUND(test_write),
	    IN_PLAYGROUND(test_write_makes_parents),
	    IN_PLAYGROUND(test_write_fails),
	    IN_PLAYGROUND(test_write_without_backup),
	    IN_PLAYGROUND(test_write_long_name),
	    IN_PLAYGROUND(test_write_keeps_devices),
	    IN_PLAYGROUND(test_write_through_a_link),
	    IN_PLAYGROUND(test_write_to_descriptors),
	    IN_PLAYGROUND(test_write_keeps_the_mode),
	    IN_PLAYGROUND(test_write_mode),
	    IN_PLAYGROUND(test_write_unwritable),
	    IN_PLAYGROUND(test_write_standard_output),
	};

	return cmocka_run_group_tests_name("output", tests, NULL, NULL);
}
