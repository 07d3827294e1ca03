/* playground: a working directory of a test's own, and files in it. */
#ifndef FLAREPROF_TEST_PLAYGROUND_H
#define FLAREPROF_TEST_PLAYGROUND_H

#include <dirent.h>
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

/* A directory to play in, which is the working directory meanwhile. */
static inline int
enter(void **state)
{
	static char directory[64];

	strcpy(directory, "/tmp/flareprof-test-XXXXXX");
	*state = directory;
	return mkdtemp(directory) != NULL && chdir(directory) == 0 ? 0 : -1;
}

static inline int
leave(void **state)
{
	char line[128];

	snprintf(line, sizeof(line), "rm -rf '%s'", (const char *)*state);
	return chdir("/") == 0 && system(line) == 0 ? 0 : -1;
}

static inline void
put(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fputs(text, file);
	assert_int_equal(fclose(file), 0);
}

static inline void
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
static inline int
file_count(void)
{
	DIR *dir = opendir(".");
	int count = -2; /* . and .. */

	while (readdir(dir) != NULL)
		count++;
	closedir(dir);
	return count;
}

static inline void
make_socket(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	strcpy(address.sun_path, path);
	assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
	close(fd);
}

static inline void
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

#define IN_PLAYGROUND(test) cmocka_unit_test_setup_teardown(test, enter, leave)

#endif
