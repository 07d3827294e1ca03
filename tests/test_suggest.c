#include "suggest.h"

#include <stdio.h>
#include <string.h>

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char *const options[] = {"output", "json", "html", "top", "jobs", "go", "customer",
    "components", "leak-threshold", "cpu-threshold", "color", "quiet"};

static void
test_nearest(void **state)
{
	static const struct {
		const char *word, *nearest; /* NULL: none */
	} cases[] = {
	    {"jsn", "json"},
	    {"josn", "json"},	  /* swapped */
	    {"jsonn", "json"},	  /* one more */
	    {"jsom", "json"},	  /* mistaken */
	    {"JSON", "json"},
	    {"colour", "color"},
	    {"custmoer", "customer"},
	    {"leak-treshhold", "leak-threshold"},
	    {"cpu-treshold", "cpu-threshold"},
	    {"componets", "components"},
	    {"tpo", "top"},
	    {"json", "json"},
	    /* what is far from all of them */
	    {"nonsense", NULL},
	    {"colander", NULL},
	    {"xml", NULL},
	    {"g", NULL},
	    {"x", NULL},
	    {"", NULL},
	    {"tap-dance", NULL},
	    {"quite-another-thing", NULL},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *nearest = suggest_nearest(cases[i].word, options, COUNT(options));

		if ((nearest == NULL) != (cases[i].nearest == NULL) ||
		    (nearest != NULL && strcmp(nearest, cases[i].nearest) != 0))
			fail_msg("'%s' is taken for '%s'", cases[i].word,
			    nearest != NULL ? nearest : "(none)");
	}
}

/* Of two that are equally near the first; words of any length are looked at safely. */
static void
test_edges(void **state)
{
	static const char *const same[] = {"abcd", "abce"};
	char longest[64 + 1], longer[65 + 1];
	const char *const words[] = {longest};

	(void)state;
	memset(longest, 'a', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	memset(longer, 'a', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	assert_string_equal(suggest_nearest("abcx", same, 2), "abcd");
	assert_ptr_equal(suggest_nearest(longest, words, 1), longest);
	assert_ptr_equal(suggest_nearest(longest + 1, words, 1), longest);
	assert_null(suggest_nearest(longer, words, 1));
	assert_null(suggest_nearest("abcd", same, 0));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_nearest),
	    cmocka_unit_test(test_edges),
	};

	return cmocka_run_group_tests_name("suggest", tests, NULL, NULL);
}
