#include "mustache.h"

#include "buf.h"
#include "error.h"
#include "pool.h"

#include <cjson/cJSON.h>
#include <ctype.h>
#include <inttypes.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define BLANKS " \t\r\n"

enum {
	NESTING_LIMIT = 64, /* sections and partials in each other */
	TAG_SHOWN = 60,	    /* bytes of a tag in an error */
};

enum token_kind {
	TOKEN_TEXT,
	TOKEN_VALUE,
	TOKEN_RAW,
	TOKEN_SECTION,
	TOKEN_INVERTED,
	TOKEN_END,
	TOKEN_PARTIAL,
	TOKEN_COMMENT,
	TOKEN_DELIMITERS,
};

struct token {
	enum token_kind kind;
	struct span text;   /* what stands in the template, a tag with its delimiters */
	const char *name;   /* what stands between them */
	struct span indent; /* the blanks before a partial that is alone on its line */
	size_t end;	    /* of a section: its TOKEN_END; the outer section until that is read */
};

/* One template, or one partial, taken apart. */
struct source {
	struct pool pool; /* owns tokens and names */
	char *names;	  /* room for the names of all tags that are still to come */
	const char *name; /* of the partial; NULL for the template itself */
	struct span text;
	struct token *tokens;
	size_t count;
};

struct scanner {
	struct source *source;
	struct error *err;
	const char *open, *close; /* the delimiters from here on */
	const char *raw_close;	  /* with a } in front of it, as in {{{this}}} */
	const char *change_close; /* with a = */
	size_t at;		  /* all before is in the tokens */
};

struct scope {
	const cJSON *value;
	const struct scope *outer;
};

struct writer {
	const struct mustache *mustache;
	struct buf *out;
	struct error *err;
	int depth;
	size_t start; /* what was in `out` before */
	size_t spent; /* tags, rounds of sections, bytes of partials */
};

static const struct sigil {
	char c;
	enum token_kind kind;
} sigils[] = {
    {'#', TOKEN_SECTION},
    {'^', TOKEN_INVERTED},
    {'/', TOKEN_END},
    {'>', TOKEN_PARTIAL},
    {'!', TOKEN_COMMENT},
    {'=', TOKEN_DELIMITERS},
    {'{', TOKEN_RAW},
    {'&', TOKEN_RAW},
    {'\0', TOKEN_VALUE}, /* any other character: it belongs to the name */
};

static size_t
line_of(const struct source *source, const struct token *tag)
{
	size_t line = 1;

	for (const char *at = source->text.at; at < tag->text.at; at++)
		line += *at == '\n';
	return line;
}

/* "partial 'row', line 3: '{{#x}}' is not closed" */
static int
fail_at(struct error *err, struct source *source, const struct token *tag, const char *why)
{
	struct span shown = tag->text;
	const char *partial = "";

	if (shown.len > TAG_SHOWN)
		shown.len = TAG_SHOWN;
	if (source->name != NULL)
		partial = pool_printf(&source->pool, "partial '%s', ", source->name);
	return fail(err, "%sline %zu: '%s' %s", partial,
	    line_of(source, tag), text_clean(&source->pool, shown), why);
}

static const char *
find(const struct source *source, size_t from, const char *what)
{
	return memmem(source->text.at + from, source->text.len - from, what, strlen(what));
}

static int
fail_unclosed(struct scanner *scanner, struct token *tag)
{
	struct span rest = {tag->text.at, 0};

	rest.len = scanner->source->text.len - (size_t)(rest.at - scanner->source->text.at);
	text_line(&rest, &tag->text);
	return fail_at(scanner->err, scanner->source, tag, "is not closed");
}

/* Reads the tag that opens at `start`. */
static int
read_tag(struct scanner *scanner, size_t start, struct token *tag)
{
	struct source *source = scanner->source;
	struct span text = source->text, name;
	const struct sigil *sigil = sigils;
	size_t at = start + strlen(scanner->open);
	const char *close, *end;

	while (at < text.len && isspace((unsigned char)text.at[at]))
		at++;
	while (sigil->c != '\0' && (at == text.len || text.at[at] != sigil->c))
		sigil++;
	at += sigil->c != '\0';
	*tag = (struct token){.kind = sigil->kind, .text.at = text.at + start};
	close = sigil->c == '{'	  ? scanner->raw_close
		: sigil->c == '=' ? scanner->change_close
				  : scanner->close;
	end = find(source, at, close);
	if (end == NULL)
		return fail_unclosed(scanner, tag);
	name = text_trim((struct span){text.at + at, (size_t)(end - text.at) - at});
	tag->text.len = (size_t)(end - tag->text.at) + strlen(close);
	tag->name = memcpy(source->names, name.at, name.len);
	source->names += name.len;
	*source->names++ = '\0';
	if (tag->kind == TOKEN_COMMENT || tag->kind == TOKEN_DELIMITERS)
		return 0;
	if (strstr(tag->name, scanner->open) != NULL)
		return fail_unclosed(scanner, tag);
	if (tag->name[0] == '\0')
		return fail_at(scanner->err, source, tag, "has no name");
	return 0;
}

/* Whether nothing but blanks stands on the lines of text[*start, *end); then both are moved
 * to the edges of those lines. */
static int
widen_to_lines(struct span text, size_t *start, size_t *end)
{
	size_t from = *start, to = *end;

	while (from > 0 && (text.at[from - 1] == ' ' || text.at[from - 1] == '\t'))
		from--;
	while (to < text.len && (text.at[to] == ' ' || text.at[to] == '\t'))
		to++;
	if (to + 1 < text.len && text.at[to] == '\r' && text.at[to + 1] == '\n')
		to++;
	if (from > 0 && text.at[from - 1] != '\n')
		return 0;
	if (to < text.len && text.at[to] != '\n')
		return 0;
	*start = from;
	*end = to + (to < text.len);
	return 1;
}

static void
add_token(struct source *source, const struct token *token)
{
	source->tokens =
	    pool_grow(&source->pool, source->tokens, source->count, sizeof(*source->tokens));
	source->tokens[source->count++] = *token;
}

/* Adds the text up to `end`, which goes on behind it at `next`. */
static void
add_text(struct scanner *scanner, size_t end, size_t next)
{
	struct token token = {.kind = TOKEN_TEXT};

	token.text.at = scanner->source->text.at + scanner->at;
	token.text.len = end - scanner->at;
	if (token.text.len != 0)
		add_token(scanner->source, &token);
	scanner->at = next;
}

static int
set_delimiters(struct scanner *scanner, const struct token *tag)
{
	struct pool *pool = &scanner->source->pool;
	size_t len = strcspn(tag->name, BLANKS);
	const char *second = tag->name + len + strspn(tag->name + len, BLANKS);

	if (second[0] == '\0' || strpbrk(second, BLANKS) != NULL || strchr(tag->name, '='))
		return fail_at(scanner->err, scanner->source, tag, "does not name two delimiters");
	scanner->open = pool_strndup(pool, tag->name, len);
	scanner->close = second;
	scanner->raw_close = pool_printf(pool, "}%s", second);
	scanner->change_close = pool_printf(pool, "=%s", second);
	return 0;
}

/* Tells each section where it ends. */
static int
match_sections(struct source *source, struct error *err)
{
	size_t open = SIZE_MAX, outer;
	struct token *token, *section;

	for (size_t i = 0; i < source->count; i++) {
		token = &source->tokens[i];
		if (token->kind == TOKEN_SECTION || token->kind == TOKEN_INVERTED) {
			token->end = open;
			open = i;
		}
		if (token->kind != TOKEN_END)
			continue;
		if (open == SIZE_MAX)
			return fail_at(err, source, token, "closes no section");
		section = &source->tokens[open];
		if (strcmp(section->name, token->name) != 0)
			return fail_at(err, source, token,
			    pool_printf(&source->pool, "stands where '%s' of line %zu should close",
				section->name, line_of(source, section)));
		outer = section->end;
		section->end = i;
		open = outer;
	}
	if (open != SIZE_MAX)
		return fail_at(err, source, &source->tokens[open], "is not closed");
	return 0;
}

static int
tokenise(struct source *source, struct error *err)
{
	struct scanner scanner = {source, err, "{{", "}}", "}}}", "=}}", 0};
	struct token tag;
	const char *found;
	size_t start, end;

	if (source->text.len == 0)
		return 0;
	/* A tag is longer than its name and a NUL. */
	source->names = pool_alloc(&source->pool, source->text.len);
	while ((found = find(source, scanner.at, scanner.open)) != NULL) {
		start = (size_t)(found - source->text.at);
		if (read_tag(&scanner, start, &tag) < 0)
			return -1;
		end = start + tag.text.len;
		if (tag.kind != TOKEN_VALUE && tag.kind != TOKEN_RAW &&
		    widen_to_lines(source->text, &start, &end))
			tag.indent = (struct span){source->text.at + start, 0};
		if (tag.indent.at != NULL)
			tag.indent.len = (size_t)(tag.text.at - tag.indent.at);
		add_text(&scanner, start, end);
		if (tag.kind != TOKEN_COMMENT && tag.kind != TOKEN_DELIMITERS)
			add_token(source, &tag);
		if (tag.kind == TOKEN_DELIMITERS && set_delimiters(&scanner, &tag) < 0)
			return -1;
	}
	add_text(&scanner, source->text.len, source->text.len);
	return match_sections(source, err);
}

static const cJSON *
member(const cJSON *object, struct span name)
{
	const cJSON *item = cJSON_IsObject(object) ? object->child : NULL;

	while (item != NULL && (strncmp(item->string, name.at, name.len) != 0 ||
				   item->string[name.len] != '\0'))
		item = item->next;
	return item;
}

/* The value of a dotted name: its first part is looked for from the inside out, the others
 * only in what that is. NULL when there is none. */
static const cJSON *
look_up(const struct scope *scope, const char *name)
{
	struct span part = {name, strcspn(name, ".")};
	const cJSON *value = NULL;

	if (strcmp(name, ".") == 0)
		return scope->value;
	for (; scope != NULL && value == NULL; scope = scope->outer)
		value = member(scope->value, part);
	while (value != NULL && part.at[part.len] == '.') {
		part.at += part.len + 1;
		part.len = strcspn(part.at, ".");
		value = member(value, part);
	}
	return value;
}

static int
is_true(const cJSON *value)
{
	if (value == NULL || cJSON_IsNull(value) || cJSON_IsFalse(value))
		return 0;
	if (cJSON_IsArray(value))
		return value->child != NULL;
	if (cJSON_IsString(value) || cJSON_IsRaw(value))
		return value->valuestring[0] != '\0';
	return !cJSON_IsNumber(value) || value->valuedouble != 0;
}

static void
write_value(struct writer *writer, const struct token *token, const struct scope *scope)
{
	const cJSON *value = look_up(scope, token->name);
	char integer[32], *printed = NULL;
	const char *text = "";

	if (cJSON_IsString(value) || cJSON_IsRaw(value)) {
		text = value->valuestring;
	} else if (cJSON_IsNumber(value) && fabs(value->valuedouble) < 0x1p63 &&
		   value->valuedouble == trunc(value->valuedouble)) {
		snprintf(integer, sizeof(integer), "%" PRId64, (int64_t)value->valuedouble);
		text = integer;
	} else if (cJSON_IsNumber(value) || cJSON_IsBool(value)) {
		printed = cJSON_PrintUnformatted(value);
		text = printed != NULL ? printed : "";
	}
	if (token->kind == TOKEN_RAW)
		buf_puts(writer->out, text);
	else
		writer->mustache->escape(writer->out, text);
	cJSON_free(printed);
}

static int
go_deeper(struct writer *writer, struct source *source, const struct token *tag)
{
	if (writer->depth == NESTING_LIMIT)
		return fail_at(writer->err, source, tag,
		    pool_printf(&source->pool, "is nested more than %d deep", NESTING_LIMIT));
	writer->depth++;
	return 0;
}

static int
spend(struct writer *writer, struct source *source, const struct token *tag, size_t amount)
{
	size_t limit = writer->mustache->limit;

	writer->spent += amount;
	if (limit == 0 || writer->spent + writer->out->len - writer->start <= limit)
		return 0;
	return fail_at(writer->err, source, tag,
	    pool_printf(&source->pool, "makes it more than %zu bytes and tags", limit));
}

static int write_tokens(struct writer *writer, struct source *source, size_t from, size_t to,
    const struct scope *scope);

/* Writes the section whose token is the one at `at`. */
static int
write_section(struct writer *writer, struct source *source, size_t at, const struct scope *scope)
{
	const struct token *tag = &source->tokens[at];
	const cJSON *value = look_up(scope, tag->name);
	struct scope inner = {cJSON_IsArray(value) ? value->child : value, scope};
	int status = 0;

	if (is_true(value) != (tag->kind == TOKEN_SECTION))
		return 0;
	if (go_deeper(writer, source, tag) < 0)
		return -1;
	if (tag->kind == TOKEN_INVERTED)
		status = write_tokens(writer, source, at + 1, tag->end, scope);
	while (tag->kind == TOKEN_SECTION && status == 0 && inner.value != NULL) {
		status = spend(writer, source, tag, 1);
		if (status == 0)
			status = write_tokens(writer, source, at + 1, tag->end, &inner);
		inner.value = cJSON_IsArray(value) ? inner.value->next : NULL;
	}
	writer->depth--;
	return status;
}

static void
add_indented(struct buf *buf, struct span text, struct span indent)
{
	const char *end;
	size_t len;

	while (text.len != 0) {
		end = memchr(text.at, '\n', text.len);
		len = end != NULL ? (size_t)(end - text.at) + 1 : text.len;
		buf_add(buf, indent.at, indent.len);
		buf_add(buf, text.at, len);
		text.at += len;
		text.len -= len;
	}
}

static int
write_partial(struct writer *writer, struct source *source, const struct token *tag,
    const struct scope *scope)
{
	struct source partial = {.name = tag->name};
	struct buf indented = {0};
	int status;

	partial.text = writer->mustache->partial(writer->mustache->data, tag->name);
	if (partial.text.at == NULL)
		return fail_at(writer->err, source, tag, "is a partial that is not there");
	if (go_deeper(writer, source, tag) < 0 ||
	    spend(writer, source, tag, partial.text.len * (tag->indent.len + 1)) < 0)
		return -1;
	if (tag->indent.len != 0) {
		add_indented(&indented, partial.text, tag->indent);
		partial.text = (struct span){buf_text(&indented), indented.len};
	}
	status = tokenise(&partial, writer->err);
	if (status == 0)
		status = write_tokens(writer, &partial, 0, partial.count, scope);
	writer->depth--;
	pool_release(&partial.pool);
	buf_release(&indented);
	return status;
}

/* Writes tokens[from, to). Goes into itself, by sections and partials, NESTING_LIMIT deep. */
static int
write_tokens(struct writer *writer, struct source *source, size_t from, size_t to,
    const struct scope *scope)
{
	const struct token *token;
	int status = 0;

	for (size_t i = from; status == 0 && i < to; i++) {
		token = &source->tokens[i];
		if (spend(writer, source, token, 1) < 0)
			return -1;
		if (token->kind == TOKEN_TEXT) {
			buf_add(writer->out, token->text.at, token->text.len);
		} else if (token->kind == TOKEN_PARTIAL) {
			status = write_partial(writer, source, token, scope);
		} else if (token->kind == TOKEN_SECTION || token->kind == TOKEN_INVERTED) {
			status = write_section(writer, source, i, scope);
			i = token->end;
		} else {
			write_value(writer, token, scope);
		}
	}
	return status;
}

int
mustache_render(const struct mustache *mustache, struct span template_text,
    const struct cJSON *context, struct buf *out, struct error *err)
{
	struct writer writer = {
	    .mustache = mustache, .out = out, .err = err, .start = out->len};
	struct scope scope = {.value = context};
	struct source source = {.text = template_text};
	int status;

	status = tokenise(&source, err);
	if (status == 0)
		status = write_tokens(&writer, &source, 0, source.count, &scope);
	pool_release(&source.pool);
	return status;
}
