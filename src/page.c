#include "page.h"

#include "buf.h"
#include "error.h"
#include "units.h"

#include <cjson/cJSON.h>
#include <cmark-gfm-core-extensions.h>
#include <cmark-gfm.h>
#include <ctype.h>
#include <nettle/base64.h>
#include <nettle/sha2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIGURE "figure"

enum { SECTION_LEVEL = 2, SLUG = 64 };

/* Marks at the beginning of a text, and the class that they get. */
static const struct {
	const char *mark, *class;
} marks[] = {{"✔", "within"}, {"✘", "over"}, {"⚠", "warning"}, {"–", "unknown"}};

void
page_add_slot(struct buf *markdown, int number)
{
	char text[64];

	snprintf(text, sizeof(text), "```" FIGURE "\n%d\n```", number);
	buf_puts(markdown, text);
}

/* A node that is written as it is, in place of another one or around it. */
static cmark_node *
new_custom(cmark_node_type type, const char *enter, const char *leave)
{
	cmark_node *node = cmark_node_new(type);

	cmark_node_set_on_enter(node, enter);
	cmark_node_set_on_exit(node, leave);
	return node;
}

static void
replace(cmark_node *node, cmark_node *by)
{
	cmark_node_insert_before(node, by);
	cmark_node_free(node);
}

/* A cell of a table takes what Markdown has, and nothing custom but within that. */
static cmark_node *
new_inline(cmark_node_type type, const char *html)
{
	cmark_node *node = cmark_node_new(type);

	cmark_node_append_child(node, new_custom(CMARK_NODE_CUSTOM_INLINE, html, ""));
	return node;
}

static void
surround(cmark_node *node, cmark_node *by)
{
	cmark_node_insert_before(node, by);
	cmark_node_unlink(node);
	cmark_node_append_child(by, node);
}

static void
place_figure(cmark_node *node, const char *const *figures, size_t count)
{
	size_t number = strtoul(cmark_node_get_literal(node), NULL, 10);

	replace(node, new_custom(CMARK_NODE_CUSTOM_BLOCK,
			  number < count && figures[number] != NULL ? figures[number] : "", ""));
}

/* "████▌" is drawn; what it is a share of stands beside it in words. */
static void
draw_bar(cmark_node *node, double share)
{
	char svg[256];

	snprintf(svg, sizeof(svg),
	    "<svg class=\"bar\" width=\"96\" height=\"10\" aria-hidden=\"true\">"
	    "<rect class=\"bar-rest\" width=\"100%%\" height=\"10\"/>"
	    "<rect class=\"bar-part\" width=\"%.1f%%\" height=\"10\"/></svg>",
	    100 * share);
	replace(node, new_inline(CMARK_NODE_EMPH, svg));
}

static void
colour_mark(cmark_node *node)
{
	const char *text = cmark_node_get_literal(node);

	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		size_t len = strlen(marks[i].mark);
		char html[64], *rest;

		if (strncmp(text, marks[i].mark, len) != 0 || (text[len] != ' ' && text[len] != '\0'))
			continue;
		snprintf(html, sizeof(html), "<span class=\"%s\">%s</span>", marks[i].class,
		    marks[i].mark);
		cmark_node_insert_before(node, new_inline(CMARK_NODE_STRONG, html));
		rest = strdup(text + len);
		cmark_node_set_literal(node, rest);
		free(rest);
		return;
	}
}

static int
is_in_table(cmark_node *node)
{
	cmark_node *parent = cmark_node_parent(node);

	return parent != NULL && strcmp(cmark_node_get_type_string(parent), "table_cell") == 0;
}

static void
refine_text(cmark_node *node)
{
	double share = units_bar_share(cmark_node_get_literal(node));

	if (share > 0 && is_in_table(node))
		draw_bar(node, share);
	else
		colour_mark(node);
}

static void
refine(cmark_node *node, const char *const *figures, size_t count)
{
	cmark_node_type type = cmark_node_get_type(node);

	if (type == CMARK_NODE_CODE_BLOCK && strcmp(cmark_node_get_fence_info(node), FIGURE) == 0)
		place_figure(node, figures, count);
	else if (type == CMARK_NODE_TEXT)
		refine_text(node);
	else if (strcmp(cmark_node_get_type_string(node), "table") == 0)
		surround(node,
		    new_custom(CMARK_NODE_CUSTOM_BLOCK, "<div class=\"table\">", "</div>"));
}

/* The next node in the order of the text. */
static cmark_node *
next_of(cmark_node *node)
{
	cmark_node *next = cmark_node_first_child(node);

	while (next == NULL && node != NULL) {
		next = cmark_node_next(node);
		node = cmark_node_parent(node);
	}
	return next;
}

/* What is refined may be replaced or get another place: the next one is looked up before. */
static void
refine_all(cmark_node *document, const char *const *figures, size_t count)
{
	cmark_node *node = next_of(document), *next;

	for (; node != NULL; node = next) {
		next = next_of(node);
		refine(node, figures, count);
	}
}

static void
add_texts(cmark_node *node, struct buf *text)
{
	for (cmark_node *child = cmark_node_first_child(node); child != NULL;
	     child = cmark_node_next(child)) {
		if (cmark_node_get_literal(child) != NULL)
			buf_puts(text, cmark_node_get_literal(child));
		add_texts(child, text);
	}
}

/* "Heap Diff Analysis" -> heap-diff-analysis; nothing else is in it. */
static void
make_slug(char slug[SLUG], const char *title)
{
	size_t len = 0;

	for (; *title != '\0' && len + 1 < SLUG; title++) {
		if (isalnum((unsigned char)*title))
			slug[len++] = (char)tolower((unsigned char)*title);
		else if (len > 0 && slug[len - 1] != '-')
			slug[len++] = '-';
	}
	slug[len] = '\0';
}

static cmark_node *
begin_section(cmark_node *heading, cJSON *sections)
{
	char slug[SLUG], id[SLUG + 24], html[SLUG + 64];
	cJSON *section = cJSON_CreateObject();
	struct buf title = {0};
	cmark_node *node;

	add_texts(heading, &title);
	make_slug(slug, buf_text(&title));
	/* The number keeps two of the same title apart. */
	snprintf(id, sizeof(id), "s%d-%s", cJSON_GetArraySize(sections) + 1, slug);
	cJSON_AddStringToObject(section, "id", id);
	cJSON_AddStringToObject(section, "title", buf_text(&title));
	cJSON_AddItemToArray(sections, section);
	snprintf(html, sizeof(html), "<section id=\"%s\">", id);
	node = new_custom(CMARK_NODE_CUSTOM_BLOCK, html, "</section>");
	cmark_node_insert_before(heading, node);
	buf_release(&title);
	return node;
}

static void
make_sections(cmark_node *document, cJSON *sections)
{
	cmark_node *node = cmark_node_first_child(document), *next, *section = NULL;

	for (; node != NULL; node = next) {
		next = cmark_node_next(node);
		if (cmark_node_get_type(node) == CMARK_NODE_HEADING &&
		    cmark_node_get_heading_level(node) == SECTION_LEVEL)
			section = begin_section(node, sections);
		if (section != NULL) {
			cmark_node_unlink(node);
			cmark_node_append_child(section, node);
		}
	}
}

int
page_make(struct span markdown, const char *const *figures, size_t count, cJSON *sections,
    struct buf *html, struct error *err)
{
	cmark_parser *parser;
	cmark_node *document;
	char *text;

	cmark_gfm_core_extensions_ensure_registered();
	parser = cmark_parser_new(CMARK_OPT_DEFAULT);
	cmark_parser_attach_syntax_extension(parser, cmark_find_syntax_extension("table"));
	cmark_parser_feed(parser, markdown.at, markdown.len);
	document = cmark_parser_finish(parser);
	if (document == NULL) {
		cmark_parser_free(parser);
		return fail(err, "cannot read the report as Markdown");
	}
	refine_all(document, figures, count);
	make_sections(document, sections);
	text = cmark_render_html(
	    document, CMARK_OPT_DEFAULT, cmark_parser_get_syntax_extensions(parser));
	buf_puts(html, text);
	free(text);
	cmark_node_free(document);
	cmark_parser_free(parser);
	return 0;
}

void
page_digest(char text[PAGE_DIGEST], struct span content)
{
	static const char prefix[] = "sha256-";
	uint8_t digest[SHA256_DIGEST_SIZE];
	struct sha256_ctx context;
	size_t len = strlen(prefix);

	sha256_init(&context);
	sha256_update(&context, content.len, (const uint8_t *)content.at);
	sha256_digest(&context, sizeof(digest), digest);
	memcpy(text, prefix, len);
	base64_encode_raw(text + len, sizeof(digest), digest);
	text[len + BASE64_ENCODE_RAW_LENGTH(sizeof(digest))] = '\0';
}
