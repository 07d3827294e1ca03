/* YAML or JSON: what was read is clean and bounded, and as JSON it reads the same again. */
#include "tree.h"

#include "error.h"

#include <cjson/cJSON.h>
#include <math.h>

#include "fuzz.h"

enum { DEEPEST = 64, MOST_NODES = 200000 };

/* Returns how many values there are. */
static size_t
check_values(const cJSON *item, int depth)
{
	size_t count = 0;

	for (; item != NULL; item = item->next) {
		must(depth <= DEEPEST);
		if (item->string != NULL)
			must_be_clean(item->string);
		if (cJSON_IsString(item))
			must_be_clean(item->valuestring);
		count += 1 + check_values(item->child, depth + 1);
	}
	return count;
}

static void
check_look_ups(const cJSON *tree)
{
	static const char *const paths[] = {
	    "a", "a.b", "a.b.c", "install_method.tool", ".", ""};

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		const cJSON *number = tree_number(tree, paths[i]);
		const char *string = tree_string(tree, paths[i]);

		must(number == NULL || string == NULL);
		must(number == NULL || cJSON_IsNumber(number));
		if (string != NULL)
			must_be_clean(string);
	}
}

/* cJSON prints 15 digits, which can be more than the largest number there is. */
static int
has_largest(const cJSON *item)
{
	for (; item != NULL; item = item->next) {
		if (cJSON_IsNumber(item) && fabs(item->valuedouble) > 1.79e308)
			return 1;
		if (has_largest(item->child))
			return 1;
	}
	return 0;
}

/* A list around the tree makes it JSON, whatever its root is. */
static void
check_again(const cJSON *tree, const char *printed)
{
	int is_json = cJSON_IsObject(tree) || cJSON_IsArray(tree);
	struct error err = {0};
	struct buf text = {0};
	char *again;
	cJSON *same;

	buf_puts(&text, is_json ? "" : "[");
	buf_puts(&text, printed);
	buf_puts(&text, is_json ? "" : "]");
	same = tree_parse((struct span){text.data, text.len}, &err);
	must(same != NULL);
	again = cJSON_PrintUnformatted(is_json ? same : same->child);
	must(again != NULL && strcmp(again, printed) == 0);
	cJSON_free(again);
	cJSON_Delete(same);
	buf_release(&text);
}

static void
read_tree(struct buf *told, struct pool *pool, struct span text)
{
	struct error err = {0};
	cJSON *tree = tree_parse(text, &err);
	char *printed;

	(void)pool;
	must((tree == NULL) == (err.msg[0] != '\0'));
	if (tree == NULL) {
		buf_puts(told, err.msg);
		return;
	}
	must(tree->next == NULL && check_values(tree, 0) <= MOST_NODES);
	check_look_ups(tree);
	printed = cJSON_PrintUnformatted(tree);
	must(printed != NULL);
	if (!has_largest(tree))
		check_again(tree, printed);
	buf_puts(told, printed);
	cJSON_free(printed);
	cJSON_Delete(tree);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return fuzz_twice(read_tree, data, size);
}
