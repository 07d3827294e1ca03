#include "templates.h"

#include "buf.h"
#include "error.h"
#include "pool.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>

#include <cmocka.h>

#include <cjson/cJSON.h>
#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

/* A directory of one's own, with "given" and "env" full of templates and "empty" without. */
struct place {
	struct pool pool;
	struct templates templates;
	struct error err;
	char root[64];
	char path[4200]; /* of path_in */
};

static const char *
path_in(struct place *place, const char *name)
{
	snprintf(place->path, sizeof(place->path), "%s/%s", place->root, name);
	return place->path;
}

static void
put(struct place *place, const char *name, const char *text)
{
	FILE *file = fopen(path_in(place, name), "w");

	assert_non_null(file);
	fputs(text, file);
	assert_int_equal(fclose(file), 0);
}

static void
make_directory(struct place *place, const char *name)
{
	assert_int_equal(mkdir(path_in(place, name), 0755), 0);
}

static int
setup(void **state)
{
	struct place *place = calloc(1, sizeof(*place));

	if (place == NULL)
		return -1;
	strcpy(place->root, "/tmp/flareprof-test-XXXXXX");
	if (mkdtemp(place->root) == NULL)
		return -1;
	make_directory(place, "given");
	make_directory(place, "env");
	make_directory(place, "empty");
	put(place, "given/report.mustache", "given");
	put(place, "env/report.mustache", "env");
	place->templates.pool = &place->pool;
	unsetenv("FLAREPROF_TEMPLATES");
	*state = place;
	return 0;
}

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *where)
{
	(void)st;
	(void)type;
	(void)where;
	return remove(path);
}

static int
teardown(void **state)
{
	struct place *place = *state;

	unsetenv("FLAREPROF_TEMPLATES");
	nftw(place->root, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	pool_release(&place->pool);
	free(place);
	return 0;
}

/* Who was asked: --templates, then the environment. The one that is named must be right: no
 * other stands in for it. */
static void
test_named_directories(void **state)
{
	static const struct {
		const char *asked, *env; /* names in the place; NULL: not given */
		const char *found;	 /* NULL: an error that names the one above */
	} cases[] = {
	    {"given", NULL, "given"}, {"given", "env", "given"}, {"given", "empty", "given"},
	    {NULL, "env", "env"},     {"empty", "env", NULL},	 {NULL, "empty", NULL},
	    {"missing", "env", NULL}, {NULL, "missing", NULL},
	};
	struct place *place = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char asked[128] = "", named[128];
		int status;

		unsetenv("FLAREPROF_TEMPLATES");
		if (cases[i].env != NULL)
			setenv("FLAREPROF_TEMPLATES", path_in(place, cases[i].env), 1);
		if (cases[i].asked != NULL)
			snprintf(asked, sizeof(asked), "%s/%s", place->root, cases[i].asked);
		snprintf(named, sizeof(named), "%s/%s", place->root,
		    cases[i].asked != NULL ? cases[i].asked : cases[i].env);
		place->err = (struct error){0};
		status = templates_find(&place->templates, &place->pool,
		    cases[i].asked != NULL ? asked : NULL, &place->err);
		assert_int_equal(status, cases[i].found != NULL ? 0 : -1);
		if (cases[i].found != NULL)
			assert_string_equal(
			    place->templates.directory, path_in(place, cases[i].found));
		else
			assert_non_null(strstr(place->err.msg, named));
	}
}

/* This program again, at PLACE/bin/find: it prints the directory that it finds. */
static void
copy_program(struct place *place)
{
	char block[65536];
	FILE *from = fopen("/proc/self/exe", "rb"), *to;
	size_t len;

	make_directory(place, "bin");
	to = fopen(path_in(place, "bin/find"), "wb");
	assert_non_null(from);
	assert_non_null(to);
	while ((len = fread(block, 1, sizeof(block), from)) > 0)
		assert_int_equal(fwrite(block, 1, len, to), len);
	fclose(from);
	assert_int_equal(fclose(to), 0);
	assert_int_equal(chmod(path_in(place, "bin/find"), 0755), 0);
}

static int
find_and_print(void)
{
	struct pool pool = {0};
	struct templates templates = {0};
	struct error err = {0};
	char *directory = NULL;

	if (templates_find(&templates, &pool, NULL, &err) == 0)
		directory = realpath(templates.directory, NULL);
	puts(directory != NULL ? directory : err.msg);
	free(directory);
	pool_release(&pool);
	return 0;
}

static void
found_beside_program(struct place *place, char line[4200])
{
	FILE *pipe = popen(path_in(place, "bin/find --find"), "r");

	assert_non_null(pipe);
	assert_non_null(fgets(line, 4200, pipe));
	line[strcspn(line, "\n")] = '\0';
	pclose(pipe);
}

/* ../share/flareprof/templates of an installation; before it ../templates of a build. */
static void
test_beside_the_program(void **state)
{
	struct place *place = *state;
	char line[4200];

	copy_program(place);
	if (access("/usr/local/share/flareprof/templates/report.mustache", R_OK) != 0) {
		found_beside_program(place, line);
		assert_non_null(strstr(line, "cannot find the templates"));
		assert_non_null(strstr(line, "--templates DIR"));
	}
	make_directory(place, "share");
	make_directory(place, "share/flareprof");
	make_directory(place, "share/flareprof/templates");
	put(place, "share/flareprof/templates/report.mustache", "");
	found_beside_program(place, line);
	assert_string_equal(line, path_in(place, "share/flareprof/templates"));
	make_directory(place, "templates");
	found_beside_program(place, line);
	assert_string_equal(line, path_in(place, "share/flareprof/templates"));
	put(place, "templates/report.mustache", "");
	found_beside_program(place, line);
	assert_string_equal(line, path_in(place, "templates"));
	/* An empty variable names nothing; another names before what is beside. */
	setenv("FLAREPROF_TEMPLATES", "", 1);
	found_beside_program(place, line);
	assert_string_equal(line, path_in(place, "templates"));
	setenv("FLAREPROF_TEMPLATES", path_in(place, "env"), 1);
	found_beside_program(place, line);
	assert_string_equal(line, path_in(place, "env"));
}

static void
test_read(void **state)
{
	struct place *place = *state;
	struct span text = {0};

	assert_int_equal(templates_find(&place->templates, &place->pool, path_in(place, "given"),
		&place->err), 0);
	assert_int_equal(
	    templates_read(&place->templates, "report.mustache", &text, &place->err), 0);
	assert_int_equal(text.len, 5);
	assert_memory_equal(text.at, "given", 6);
	/* a file is read once */
	put(place, "given/report.mustache", "changed");
	assert_int_equal(
	    templates_read(&place->templates, "report.mustache", &text, &place->err), 0);
	assert_memory_equal(text.at, "given", 6);
	assert_int_equal(
	    templates_read(&place->templates, "components.json", &text, &place->err), -1);
	assert_non_null(strstr(place->err.msg, "given/components.json"));
}

typedef int render_function(const struct templates *templates, const char *name,
    const cJSON *context, struct buf *out, struct error *err);

/* The text that the template `name` gives, or the error's message. */
static const char *
rendered(struct place *place, const char *name, render_function *render)
{
	cJSON *context = cJSON_Parse("{\"v\": \"a|b <i> `x y\", \"w\": \"*\", \"p\": \"ok\"}");
	struct buf out = {0};
	const char *text;

	assert_int_equal(templates_find(&place->templates, &place->pool, path_in(place, "given"),
		&place->err), 0);
	if (render(&place->templates, name, context, &out, &place->err) < 0)
		text = place->err.msg;
	else
		text = pool_strdup(&place->pool, buf_text(&out));
	buf_release(&out);
	cJSON_Delete(context);
	return text;
}

static void
test_escapes(void **state)
{
	static const struct {
		const char *text;
		render_function *render;
		const char *expected;
	} cases[] = {
	    {"{{v}}", templates_render_markdown, "a\\|b &lt;i&gt; \\`x y"},
	    {"{{{v}}}", templates_render_markdown, "a|b <i> `x y"},
	    {"{{w}}", templates_render_markdown, "\\*"},
	    {"{{v}}", templates_render_plain, "a|b <i> 'x y"},
	    {"{{{v}}}", templates_render_plain, "a|b <i> `x y"},
	    {"{{w}}", templates_render_plain, "*"},
	    {"{{none}}", templates_render_plain, ""},
	};
	struct place *place = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		put(place, "given/t.mustache", cases[i].text);
		assert_string_equal(rendered(place, "t", cases[i].render), cases[i].expected);
	}
}

/* Partials come out of the same directory, and out of no other. */
static void
test_partials(void **state)
{
	static const struct {
		const char *text, *expected; /* in the text or the message */
	} cases[] = {
	    {"<{{> part}}>", "<[ok]>"},
	    {"{{> missing}}", "missing"},
	    {"{{> ../outside}}", "template '"},
	    {"{{#v}}", "given/t.mustache"},
	};
	struct place *place = *state;

	put(place, "given/part.mustache", "[{{p}}]");
	put(place, "outside.mustache", "SECRET");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *text;

		put(place, "given/t.mustache", cases[i].text);
		text = rendered(place, "t", templates_render_plain);
		if (strstr(text, cases[i].expected) == NULL || strstr(text, "SECRET") != NULL)
			fail_msg("%s gives '%s'", cases[i].text, text);
	}
	assert_non_null(
	    strstr(rendered(place, "nothing", templates_render_plain), "given/nothing.mustache"));
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_named_directories, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_beside_the_program, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_read, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_escapes, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_partials, setup, teardown),
	};

	if (argc == 2 && strcmp(argv[1], "--find") == 0)
		return find_and_print();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
