#include "page.h"

#include "builders.h"
#include "fields.h"

static char *
page_of(struct pool *pool, const char *markdown, const char *const *figures, size_t count,
    cJSON *sections)
{
	struct buf html = {0};
	struct error err = {0};
	char *copy;

	assert_int_equal(page_make((struct span){markdown, strlen(markdown)}, figures, count,
			     sections, &html, &err), 0);
	copy = pool_strdup(pool, buf_text(&html));
	buf_release(&html);
	return copy;
}

#define BAR_OF(width)                                                                          \
	"<em><svg class=\"bar\" width=\"96\" height=\"10\" aria-hidden=\"true\">"              \
	"<rect class=\"bar-rest\" width=\"100%\" height=\"10\"/>"                              \
	"<rect class=\"bar-part\" width=\"" width "%\" height=\"10\"/></svg></em>"

static const struct {
	const char *markdown, *html;
} pieces[] = {
    {"a *b* `c`", "<p>a <em>b</em> <code>c</code></p>\n"},
    /* bars and marks in tables */
    {"| a | b |\n|---:|---|\n| 1 | ████▌ |\n",
	"<td align=\"right\">1</td>\n<td>" BAR_OF("56.2") "</td>"},
    {"| a |\n|---|\n| ████████ |\n", "<td>" BAR_OF("100.0") "</td>"},
    {"| a |\n|---|\n| ▏ |\n", "<td>" BAR_OF("1.6") "</td>"},
    {"| a |\n|---|\n| ✘ 3 MB |\n",
	"<td><strong><span class=\"over\">✘</span></strong> 3 MB</td>"},
    {"| a |\n|---|\n| ✔ |\n", "<td><strong><span class=\"within\">✔</span></strong></td>"},
    {"- ⚠ b", "<li><strong><span class=\"warning\">⚠</span></strong> b</li>"},
    {"| a |\n|---|\n| 1 |\n", "<div class=\"table\">\n<table>\n"},
    {"| a |\n|---|\n| 1 |\n", "</table>\n</div>"},
    /* elsewhere, and within words, they are text */
    {"████▌", "<p>████▌</p>\n"},
    {"| a |\n|---|\n| ██x |\n", "<td>██x</td>"},
    {"| a |\n|---|\n| ✘x |\n", "<td>✘x</td>"},
    /* no HTML, no script */
    {"<script>alert(1)</script>", "<!-- raw HTML omitted -->"},
    {"a <img src=x onerror=y> b", "<p>a <!-- raw HTML omitted --> b</p>\n"},
    {"[a](javascript:alert(1))", "<a href=\"\">a</a>"},
    {"```text\n</code><b>\n```", "&lt;/code&gt;&lt;b&gt;"},
};

static void
test_pieces(void **state)
{
	struct pool pool = {0};

	(void)state;
	for (size_t i = 0; i < BUILD_COUNT(pieces); i++) {
		cJSON *sections = cJSON_CreateArray();
		const char *html = page_of(&pool, pieces[i].markdown, NULL, 0, sections);

		if (strstr(html, pieces[i].html) == NULL)
			fail_msg("'%s' becomes '%s'", pieces[i].markdown, html);
		assert_null(strstr(html, "<script"));
		assert_null(strstr(html, "<img"));
		assert_null(strstr(html, "javascript"));
		cJSON_Delete(sections);
	}
	pool_release(&pool);
}

static void
test_figures(void **state)
{
	static const char *const figures[] = {"<svg id=zero></svg>", NULL, "<svg id=two></svg>"};
	cJSON *sections = cJSON_CreateArray();
	struct pool pool = {0};
	struct buf markdown = {0};
	const char *html;

	(void)state;
	for (int i = 3; i >= 0; i--) {
		page_add_slot(&markdown, i);
		buf_puts(&markdown, "\n\ntext\n\n");
	}
	/* a fence of another kind is none */
	buf_puts(&markdown, "```text\n0\n```\n\n    figure\n    0\n");
	html = page_of(&pool, buf_text(&markdown), figures, 3, sections);
	assert_string_equal(html, "<p>text</p>\n<svg id=two></svg>\n<p>text</p>\n<p>text</p>\n"
				  "<svg id=zero></svg>\n<p>text</p>\n"
				  "<pre><code class=\"language-text\">0\n</code></pre>\n"
				  "<pre><code>figure\n0\n</code></pre>\n");
	cJSON_Delete(sections);
	buf_release(&markdown);
	pool_release(&pool);
}

/* Ids are made of letters and digits, whatever a title is; titles stay what they are. */
static void
test_sections(void **state)
{
	static const char text[] = "before\n\n## Heap Diff Analysis\n\na\n\n### Below\n\nb\n\n"
				   "## Profiles of &quot;&gt;&lt;x `y`\n\n## Heap Diff Analysis\n\n## ÄÖ\n";
	static const char *const expected[][2] = {
	    {"s1-heap-diff-analysis", "Heap Diff Analysis"},
	    {"s2-profiles-of-x-y", "Profiles of \"><x y"},
	    {"s3-heap-diff-analysis", "Heap Diff Analysis"},
	    {"s4-", "ÄÖ"},
	};
	cJSON *sections = cJSON_CreateArray();
	struct pool pool = {0};
	const char *html = page_of(&pool, text, NULL, 0, sections);

	(void)state;
	assert_int_equal(cJSON_GetArraySize(sections), BUILD_COUNT(expected));
	for (size_t i = 0; i < BUILD_COUNT(expected); i++) {
		const cJSON *section = cJSON_GetArrayItem(sections, (int)i);

		assert_string_equal(fields_text(section, "id"), expected[i][0]);
		assert_string_equal(fields_text(section, "title"), expected[i][1]);
	}
	assert_non_null(strstr(html, "<p>before</p>\n<section id=\"s1-heap-diff-analysis\">"
				     "\n<h2>Heap Diff Analysis</h2>\n<p>a</p>\n<h3>Below</h3>\n"
				     "<p>b</p>\n</section>\n<section id=\"s2-profiles-of-x-y\">"));
	assert_non_null(strstr(html, "<section id=\"s4-\">\n<h2>ÄÖ</h2>\n</section>"));
	cJSON_Delete(sections);
	pool_release(&pool);
}

/* As RFC 6234 and anybody's sha256sum have it. */
static void
test_digest(void **state)
{
	char text[PAGE_DIGEST];

	(void)state;
	page_digest(text, (struct span){"abc", 3});
	assert_string_equal(text, "sha256-ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=");
	page_digest(text, (struct span){"", 0});
	assert_string_equal(text, "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_pieces),
	    cmocka_unit_test(test_figures),
	    cmocka_unit_test(test_sections),
	    cmocka_unit_test(test_digest),
	};

	return cmocka_run_group_tests_name("page", tests, NULL, NULL);
}
