#include "tree.h"

#include "buf.h"
#include "error.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

enum {
	DEPTH_LIMIT = 64, /* maps and lists in each other */
	NODE_LIMIT = 200000,
};

struct builder {
	cJSON *root;
	cJSON *open[DEPTH_LIMIT]; /* the maps and lists we are in, outermost first */
	size_t depth;
	size_t nodes;
	struct buf key; /* clean */
	int has_key;	/* the key waits for its value */
	size_t line;	/* of the event, from 1 */
	struct error *err;
};

/* The plain scalars of the YAML core schema that are no text. */
static const struct word {
	const char *text;
	cJSON *(*create)(void);
} words[] = {
    {"", cJSON_CreateNull},
    {"~", cJSON_CreateNull},
    {"null", cJSON_CreateNull},
    {"Null", cJSON_CreateNull},
    {"NULL", cJSON_CreateNull},
    {"true", cJSON_CreateTrue},
    {"True", cJSON_CreateTrue},
    {"TRUE", cJSON_CreateTrue},
    {"false", cJSON_CreateFalse},
    {"False", cJSON_CreateFalse},
    {"FALSE", cJSON_CreateFalse},
};

static const char *const core_tags[] = {YAML_NULL_TAG, YAML_BOOL_TAG, YAML_STR_TAG,
    YAML_INT_TAG, YAML_FLOAT_TAG, YAML_SEQ_TAG, YAML_MAP_TAG};

static int
fail_at(struct error *err, size_t line, const char *why)
{
	return fail(err, "line %zu: %s", line, why);
}

static int
fail_memory(struct error *err)
{
	return fail(err, "out of memory for a tree");
}

static size_t
line_of(struct span text, size_t offset)
{
	size_t line = 1;

	for (size_t i = 0; i < offset && i < text.len; i++)
		line += text.at[i] == '\n';
	return line;
}

/* cJSON has no bound on nodes and allows a depth of 1000, so both are looked at before it
 * begins. Counts an empty list or map twice. */
static int
check_json_bounds(struct span text, struct error *err)
{
	size_t nodes = 1;
	int depth = 0, in_string = 0;

	for (size_t i = 0; i < text.len; i++) {
		char c = text.at[i];

		if (c == '"')
			in_string = !in_string;
		else if (in_string)
			i += c == '\\';
		else if (c == '[' || c == '{')
			depth++;
		else if (c == ']' || c == '}')
			depth--;
		nodes += !in_string && (c == '[' || c == '{' || c == ',');
		if (depth > DEPTH_LIMIT)
			return fail_at(err, line_of(text, i), "nested too deep");
		if (nodes > NODE_LIMIT)
			return fail_at(err, line_of(text, i), "too many values");
	}
	return 0;
}

static int
clean_string(char **string, struct buf *clean)
{
	char *copy;

	if (*string == NULL || text_is_plain((struct span){*string, strlen(*string)}))
		return 0;
	clean->len = 0;
	text_add_clean(clean, (struct span){*string, strlen(*string)});
	if (strcmp(buf_text(clean), *string) == 0)
		return 0;
	copy = cJSON_malloc(clean->len + 1);
	if (copy == NULL)
		return -1;
	memcpy(copy, buf_text(clean), clean->len + 1);
	cJSON_free(*string);
	*string = copy;
	return 0;
}

/* Goes into itself as deep as the tree, which is DEPTH_LIMIT. */
static int
clean_strings(cJSON *item, struct buf *clean)
{
	for (; item != NULL; item = item->next)
		if (clean_string(&item->string, clean) < 0 ||
		    clean_string(&item->valuestring, clean) < 0 ||
		    clean_strings(item->child, clean) < 0)
			return -1;
	return 0;
}

/* Sets *root to NULL where the text is not JSON; it may be YAML then. */
static int
parse_json(struct span text, cJSON **root, struct error *err)
{
	struct buf clean = {0};
	const char *end = NULL;
	int status = 0;

	*root = NULL;
	if (check_json_bounds(text, err) < 0)
		return -1;
	text = text_trim(text);
	*root = cJSON_ParseWithLengthOpts(text.at, text.len, &end, 0);
	if (*root != NULL && end != text.at + text.len) {
		cJSON_Delete(*root);
		*root = NULL;
	}
	if (clean_strings(*root, &clean) < 0) {
		cJSON_Delete(*root);
		*root = NULL;
		status = fail_memory(err);
	}
	buf_release(&clean);
	return status;
}

/* strtod also takes hexadecimal numbers, infinities and what is no number, which are text. */
static int
is_number(const char *text, double *number)
{
	char *end;

	if (text[strspn(text, "0123456789+-.eE")] != '\0')
		return 0;
	*number = strtod(text, &end);
	return end != text && *end == '\0' && isfinite(*number);
}

static cJSON *
create_plain(const char *text)
{
	double number;

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(text, words[i].text) == 0)
			return words[i].create();
	return is_number(text, &number) ? cJSON_CreateNumber(number) : NULL;
}

static cJSON *
create_scalar(struct span text, int is_plain)
{
	cJSON *item = is_plain ? create_plain(text.at) : NULL;
	struct buf clean = {0};

	if (item != NULL)
		return item;
	text_add_clean(&clean, text);
	item = cJSON_CreateString(buf_text(&clean));
	buf_release(&clean);
	return item;
}

/* Puts the item where the parser is; owns it from then on. */
static int
add_item(struct builder *builder, cJSON *item)
{
	cJSON *parent = builder->depth > 0 ? builder->open[builder->depth - 1] : NULL;
	int added = item != NULL;

	if (item != NULL && parent == NULL)
		builder->root = item;
	else if (cJSON_IsObject(parent))
		added = cJSON_AddItemToObject(parent, buf_text(&builder->key), item);
	else
		added = cJSON_AddItemToArray(parent, item);
	builder->has_key = 0;
	if (!added) {
		cJSON_Delete(item);
		return fail_memory(builder->err);
	}
	if (++builder->nodes > NODE_LIMIT)
		return fail_at(builder->err, builder->line, "too many values");
	return 0;
}

static int
needs_key(const struct builder *builder)
{
	return builder->depth > 0 && cJSON_IsObject(builder->open[builder->depth - 1]) &&
	       !builder->has_key;
}

static int
check_properties(const struct builder *builder, const yaml_char_t *anchor,
    const yaml_char_t *tag)
{
	if (anchor != NULL)
		return fail_at(builder->err, builder->line, "anchors are refused");
	for (size_t i = 0; tag != NULL && i < sizeof(core_tags) / sizeof(core_tags[0]); i++)
		if (strcmp((const char *)tag, core_tags[i]) == 0)
			return 0;
	return tag == NULL ? 0 : fail_at(builder->err, builder->line, "tags are refused");
}

static int
take_scalar(struct builder *builder, const yaml_event_t *event)
{
	struct span text = {(const char *)event->data.scalar.value, event->data.scalar.length};
	const char *tag = (const char *)event->data.scalar.tag;
	int is_plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE &&
		       (tag == NULL || strcmp(tag, YAML_STR_TAG) != 0);

	if (check_properties(builder, event->data.scalar.anchor, event->data.scalar.tag) < 0)
		return -1;
	if (!needs_key(builder))
		return add_item(builder, create_scalar(text, is_plain));
	builder->key.len = 0;
	text_add_clean(&builder->key, text);
	builder->has_key = 1;
	return 0;
}

static int
take_start(struct builder *builder, const yaml_event_t *event)
{
	int is_map = event->type == YAML_MAPPING_START_EVENT;
	const yaml_char_t *anchor = is_map ? event->data.mapping_start.anchor
					   : event->data.sequence_start.anchor;
	const yaml_char_t *tag =
	    is_map ? event->data.mapping_start.tag : event->data.sequence_start.tag;
	cJSON *item;

	if (check_properties(builder, anchor, tag) < 0)
		return -1;
	if (needs_key(builder))
		return fail_at(builder->err, builder->line, "a key is a list or a map");
	if (builder->depth == DEPTH_LIMIT)
		return fail_at(builder->err, builder->line, "nested too deep");
	item = is_map ? cJSON_CreateObject() : cJSON_CreateArray();
	if (add_item(builder, item) < 0)
		return -1;
	builder->open[builder->depth++] = item;
	return 0;
}

static int
take_event(struct builder *builder, const yaml_event_t *event)
{
	builder->line = event->start_mark.line + 1;
	switch (event->type) {
	case YAML_SCALAR_EVENT:
		return take_scalar(builder, event);
	case YAML_SEQUENCE_START_EVENT:
	case YAML_MAPPING_START_EVENT:
		return take_start(builder, event);
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		builder->depth--;
		return 0;
	case YAML_ALIAS_EVENT:
		return fail_at(builder->err, builder->line, "aliases are refused");
	default:
		return 0;
	}
}

static int
fail_parser(const yaml_parser_t *parser, struct span text, struct error *err)
{
	if (parser->error == YAML_MEMORY_ERROR)
		return fail_memory(err);
	if (parser->error == YAML_READER_ERROR)
		return fail_at(err, line_of(text, parser->problem_offset), parser->problem);
	return fail_at(err, parser->problem_mark.line + 1, parser->problem);
}

/* Reads one event more than the first document has, so that what is wrong behind it shows. */
static int
take_events(struct builder *builder, yaml_parser_t *parser, struct span text)
{
	yaml_event_t event;
	int documents = 0, at_end = 0, status = 0;

	while (status == 0 && !at_end) {
		if (!yaml_parser_parse(parser, &event))
			return fail_parser(parser, text, builder->err);
		documents += event.type == YAML_DOCUMENT_START_EVENT;
		at_end = documents == 2 || event.type == YAML_STREAM_END_EVENT;
		status = take_event(builder, &event);
		yaml_event_delete(&event);
	}
	if (status == 0 && documents == 0)
		return fail(builder->err, "empty, or nothing but comments");
	return status;
}

static cJSON *
parse_yaml(struct span text, struct error *err)
{
	struct builder builder = {.err = err};
	yaml_parser_t parser;

	if (!yaml_parser_initialize(&parser)) {
		fail_memory(err);
		return NULL;
	}
	yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&parser, (const unsigned char *)text.at, text.len);
	if (take_events(&builder, &parser, text) < 0) {
		cJSON_Delete(builder.root);
		builder.root = NULL;
	}
	yaml_parser_delete(&parser);
	buf_release(&builder.key);
	return builder.root;
}

struct cJSON *
tree_parse(struct span text, struct error *err)
{
	struct span trimmed = text_trim(text);
	cJSON *root = NULL;

	if (trimmed.len == 0) {
		fail(err, "empty, or nothing but comments");
		return NULL;
	}
	if ((trimmed.at[0] == '{' || trimmed.at[0] == '[') && parse_json(text, &root, err) < 0)
		return NULL;
	return root != NULL ? root : parse_yaml(text, err);
}

/* Of a key that stands twice the last one. */
static const cJSON *
member(const cJSON *object, struct span key)
{
	const cJSON *item = cJSON_IsObject(object) ? object->child : NULL, *found = NULL;

	for (; item != NULL; item = item->next)
		if (strncmp(item->string, key.at, key.len) == 0 && item->string[key.len] == '\0')
			found = item;
	return found;
}

const struct cJSON *
tree_item(const struct cJSON *tree, const char *path)
{
	struct span key = {path, strcspn(path, ".")};

	tree = member(tree, key);
	while (tree != NULL && key.at[key.len] == '.') {
		key.at += key.len + 1;
		key.len = strcspn(key.at, ".");
		tree = member(tree, key);
	}
	return tree;
}

const struct cJSON *
tree_number(const struct cJSON *tree, const char *path)
{
	const cJSON *item = tree_item(tree, path);

	return cJSON_IsNumber(item) && isfinite(item->valuedouble) ? item : NULL;
}

const char *
tree_string(const struct cJSON *tree, const char *path)
{
	return cJSON_GetStringValue(tree_item(tree, path));
}
