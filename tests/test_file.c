#include "file.h"

#include "buf.h"
#include "error.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* A directory to play in, which is the working directory meanwhile. */
static int
enter(void **state)
{
	static char directory[64];

	strcpy(directory, "/tmp/test_file.XXXXXX");
	*state = directory;
	return mkdtemp(directory) != NULL && chdir(directory) == 0 ? 0 : -1;
}

static int
leave(void **state)
{
	char line[128];

	snprintf(line, sizeof(line), "rm -rf '%s'", (const char *)*state);
	return chdir("/") == 0 && system(line) == 0 ? 0 : -1;
}

static void
put(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fputs(text, file);
	assert_int_equal(fclose(file), 0);
}

static void
assert_file(const char *path, const char *text)
{
	char content[256] = "";
	FILE *file = fopen(path, "r");

	if (file == NULL)
		fail_msg("%s is not there", path);
	content[fread(content, 1, sizeof(content) - 1, file)] = '\0';
	fclose(file);
	assert_string_equal(content, text);
}

/* How many files are in the working directory. */
static int
file_count(void)
{
	DIR *dir = opendir(".");
	int count = -2; /* . and .. */

	while (readdir(dir) != NULL)
		count++;
	closedir(dir);
	return count;
}

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

static void
make_socket(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	strcpy(address.sun_path, path);
	assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
	close(fd);
}

static void
make_odd_files(void)
{
	put("file", "some text");
	assert_int_equal(mkdir("directory", 0700), 0);
	assert_int_equal(mkfifo("fifo", 0600), 0);
	make_socket("socket");
	assert_int_equal(symlink("file", "link"), 0);
	assert_int_equal(symlink("fifo", "link-to-fifo"), 0);
	assert_int_equal(symlink("nowhere", "dangling"), 0);
	assert_int_equal(symlink("loop", "loop"), 0);
	assert_int_equal(symlink("directory", "link-to-directory"), 0);
	put("directory/inner", "inner");
}

#define NO_LINK ": a symbolic link is not followed"

/* NULL: it is read. "*": it fails somehow. */
static void
test_read_odd(void **state)
{
	static const struct {
		const char *path, *trusted, *untrusted;
	} cases[] = {
	    {"missing", "cannot open 'missing': No such file or directory",
		"cannot open 'missing': No such file or directory"},
	    {"", "*", "*"},
	    {"directory", "cannot read 'directory': not a regular file",
		"cannot read 'directory': not a regular file"},
	    {"fifo", "cannot read 'fifo': not a regular file",
		"cannot read 'fifo': not a regular file"},
	    {"socket", "*", "cannot read 'socket': not a regular file"},
	    {"/dev/zero", "cannot read '/dev/zero': not a regular file",
		"cannot read '/dev/zero': not a regular file"},
	    {"file/below", "cannot open 'file/below': Not a directory", "*"},
	    {"link", NULL, "cannot open 'link'" NO_LINK},
	    {"link-to-fifo", "cannot read 'link-to-fifo': not a regular file",
		"cannot open 'link-to-fifo'" NO_LINK},
	    {"dangling", "cannot open 'dangling': No such file or directory",
		"cannot open 'dangling'" NO_LINK},
	    {"loop", "cannot open 'loop': Too many levels of symbolic links",
		"cannot open 'loop'" NO_LINK},
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
test_write(void **state)
{
	struct error err = {.msg = "untouched"};

	(void)state;
	assert_int_equal(file_write("report.md", "one", 3, &err), 0);
	assert_file("report.md", "one");
	assert_int_equal(file_count(), 1);
	assert_int_equal(file_write("report.md", "a longer two", 12, &err), 0);
	assert_file("report.md", "a longer two");
	assert_file("report.md~", "one");
	assert_int_equal(file_write("report.md", "", 0, &err), 0);
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
		if (file_write(paths[i], "text", 4, &err) < 0)
			fail_msg("%s", err.msg);
		assert_file(paths[i], "text");
	}
	snprintf(absolute, sizeof(absolute), "%s/f/g/report", (const char *)*state);
	assert_int_equal(file_write(absolute, "text", 4, &err), 0);
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

		if (file_write(cases[i].path, "text", 4, &err) != -1)
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
	assert_int_equal(file_write("report", "new", 3, &err), -1);
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
	assert_int_equal(file_write(name, "text", 4, &err), -1);
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

		file_write(paths[i], "text", 4, &err);
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
	assert_int_equal(file_write("real", "old", 3, &err), 0);
	assert_int_equal(symlink("real", "link"), 0);
	assert_int_equal(file_write("link", "new", 3, &err), 0);
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
		assert_int_equal(file_write(path, "text", 4, &err), 0);
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
	assert_int_equal(file_write("report", "old", 3, &err), 0);
	assert_int_equal(chmod("report", 0600), 0);
	assert_int_equal(file_write("report", "new", 3, &err), 0);
	assert_int_equal(stat("report", &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
}

static void
test_read_start(void **state)
{
	struct error err = {0};
	struct buf content = {0};

	(void)state;
	assert_int_equal(file_write("long", "0123456789", 10, &err), 0);
	assert_int_equal(file_read_start("long", 4, &content, &err), 0);
	assert_string_equal(buf_text(&content), "0123");
	assert_int_equal(file_read_start("nothing", 4, &content, &err), -1);
	assert_int_equal(symlink("long", "link"), 0);
	assert_int_equal(file_read_start("link", 4, &content, &err), -1);
	assert_int_equal(content.len, 4);
	buf_release(&content);
}

/* Who may read a report is up to the umask. */
static void
test_write_mode(void **state)
{
	struct error err = {0};
	struct stat st;
	mode_t old = umask(027);

	(void)state;
	assert_int_equal(file_write("report", "text", 4, &err), 0);
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
	assert_int_equal(file_write("closed/report", "text", 4, &err), -1);
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
	good = file_write("-", "a\0b", 3, &err);
	close(fd);
	fd = open("/dev/full", O_WRONLY);
	dup2(fd, STDOUT_FILENO);
	bad = file_write("-", "text", 4, &err);
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

#define IN_DIRECTORY(test) cmocka_unit_test_setup_teardown(test, enter, leave)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    IN_DIRECTORY(test_read),
	    IN_DIRECTORY(test_read_empty),
	    IN_DIRECTORY(test_read_large),
	    IN_DIRECTORY(test_read_odd),
	    IN_DIRECTORY(test_read_endless),
	    IN_DIRECTORY(test_write),
	    IN_DIRECTORY(test_write_makes_parents),
	    IN_DIRECTORY(test_write_fails),
	    IN_DIRECTORY(test_write_without_backup),
	    IN_DIRECTORY(test_write_long_name),
	    IN_DIRECTORY(test_write_keeps_devices),
	    IN_DIRECTORY(test_write_through_a_link),
	    IN_DIRECTORY(test_write_to_descriptors),
	    IN_DIRECTORY(test_write_keeps_the_mode),
	    IN_DIRECTORY(test_read_start),
	    IN_DIRECTORY(test_write_mode),
	    IN_DIRECTORY(test_write_unwritable),
	    IN_DIRECTORY(test_write_standard_output),
	};

	return cmocka_run_group_tests_name("file", tests, NULL, NULL);
}
