/* What leaves a model is fit to be shown: clean, without secrets, and of a bounded length. */
#include "seal.h"

#include "buf.h"
#include "secret.h"
#include "text.h"

#include <cjson/cJSON.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static cJSON *
sealed(const char *json)
{
	struct secrets secrets = {0};
	cJSON *model = cJSON_Parse(json);

	assert_non_null(model);
	seal(model, &secrets);
	secrets_close(&secrets);
	return model;
}

static void
assert_sealed(const char *json, const char *wanted)
{
	cJSON *model = sealed(json);
	char *text = cJSON_PrintUnformatted(model);

	assert_string_equal(text, wanted);
	cJSON_free(text);
	cJSON_Delete(model);
}

static void
test_values(void **state)
{
	(void)state;
	assert_sealed("{\"a\":1,\"b\":[\"c\",{\"d\":\"password=x\"}],\"gaps\":[]}",
	    "{\"a\":1,\"b\":[\"c\",{\"d\":\"password=********\"}],\"gaps\":[]}");
	assert_sealed("{\"a\":\"\\u001b[31mred\\u202e\",\"b\":\"\\u00e9\",\"gaps\":[]}",
	    "{\"a\":\"red\xef\xbf\xbd\",\"b\":\"\xc3\xa9\",\"gaps\":[]}");
	assert_sealed("{\"gaps\":[{\"what\":\"profiles/token=x\",\"why\":\"pwd=y\"}]}",
	    "{\"gaps\":[{\"what\":\"profiles/token=********\",\"why\":\"pwd=********\"}]}");
}

/* A colour within a key hides it from nobody. */
static void
test_cleaned_before_masked(void **state)
{
	(void)state;
	assert_sealed("{\"a\":\"0123456789abcdef\\u001b[0m0123456789abcdef\",\"gaps\":[]}",
	    "{\"a\":\"********bcdef\",\"gaps\":[]}");
}

static void
test_keys(void **state)
{
	(void)state;
	assert_sealed("{\"s\":{\"token=a\":1,\"select\":2,\"token=b\":3,\"\\u0001\":4,\"\\u0002\":5},"
		      "\"gaps\":[]}",
	    "{\"s\":{\"token=********\":4,\"select\":2,\"\xef\xbf\xbd\":9},\"gaps\":[]}");
}

/* What the user said stays as it is. */
static void
test_case(void **state)
{
	(void)state;
	assert_sealed("{\"case\":{\"customer\":\"password=x\"},\"gaps\":[]}",
	    "{\"case\":{\"customer\":\"password=x\"},\"gaps\":[]}");
}

/* Too long a text loses its middle, and that is told once. */
static void
test_lengths(void **state)
{
	static const struct {
		const char *key;
		size_t most;
		const char *what;
	} cases[] = {
	    {"hostname", 253, "hostname"},
	    {"version", 100, "versions"},
	    {"message", 500, "messages of checks"},
	    {"function", 4096, "names of functions"},
	    {"agent_function", 4096, "names of functions"},
	    {"any", 4096, "texts of the flare"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		for (size_t over = 0; over < 2; over++) {
			struct buf json = {0};
			cJSON *model, *gaps;

			buf_puts(&json, "{\"rows\":[");
			for (size_t row = 0; row < 2; row++) {
				buf_puts(&json, row > 0 ? "," : "");
				buf_puts(&json, "{\"");
				buf_puts(&json, cases[i].key);
				buf_puts(&json, "\":\"");
				for (size_t k = 0; k < cases[i].most + over; k++)
					buf_puts(&json, "\xc3\xa9");
				buf_puts(&json, "\"}");
			}
			buf_puts(&json, "],\"gaps\":[]}");
			model = sealed(buf_text(&json));
			gaps = cJSON_GetObjectItem(model, "gaps");
			assert_int_equal(cJSON_GetArraySize(gaps), over);
			assert_in_range(text_width(model->child->child->child->valuestring),
			    cases[i].most, cases[i].most + over);
			if (over > 0)
				assert_string_equal(cJSON_GetObjectItem(gaps->child, "what")->valuestring,
				    cases[i].what);
			cJSON_Delete(model);
			buf_release(&json);
		}
	}
}

/* A key that stands where a text is cut is masked before. */
static void
test_masked_before_cut(void **state)
{
	struct buf json = {0};
	cJSON *model;

	(void)state;
	buf_puts(&json, "{\"message\":\"");
	for (int i = 0; i < 240; i++)
		buf_putc(&json, '.');
	buf_puts(&json, "0123456789abcdef0123456789abcdef");
	for (int i = 0; i < 400; i++)
		buf_putc(&json, '.');
	buf_puts(&json, "\",\"gaps\":[]}");
	model = sealed(buf_text(&json));
	assert_null(strpbrk(model->child->valuestring, "0123456789"));
	assert_non_null(strchr(model->child->valuestring, '*'));
	cJSON_Delete(model);
	buf_release(&json);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_values),
	    cmocka_unit_test(test_cleaned_before_masked),
	    cmocka_unit_test(test_keys),
	    cmocka_unit_test(test_case),
	    cmocka_unit_test(test_lengths),
	    cmocka_unit_test(test_masked_before_cut),
	};

	return cmocka_run_group_tests_name("seal", tests, NULL, NULL);
}
