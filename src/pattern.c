#include "pattern.h"

#include "error.h"

#include <assert.h>
#include <stdlib.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

/* Steps that a match may take: our own expressions need less than 100, and 2 a byte. A limit that
 * did not grow with the text would let many short lines take as long as they like. */
enum { LEAST_STEPS = 1000, STEPS_A_BYTE = 10, MOST_STEPS = 1 << 30, DEPTH_LIMIT = 1000000 };

struct pattern {
	pcre2_code *code;
	pcre2_match_data *match;
	pcre2_match_context *limits;
	const char *text; /* what was matched last, borrowed */
	int result;	  /* of that match, as PCRE2 has it */
};

struct pattern *
pattern_new(const char *expression, struct error *err)
{
	struct pattern *pattern = calloc(1, sizeof(*pattern));
	PCRE2_UCHAR why[128];
	PCRE2_SIZE offset;
	int code;

	if (pattern == NULL)
		goto out_of_memory;
	pattern->code = pcre2_compile((PCRE2_SPTR)expression, PCRE2_ZERO_TERMINATED,
	    PCRE2_DOTALL | PCRE2_DOLLAR_ENDONLY, &code, &offset, NULL);
	if (pattern->code == NULL) {
		pcre2_get_error_message(code, why, sizeof(why));
		fail(err, "wrong pattern '%s' at %zu: %s", expression, (size_t)offset, (char *)why);
		pattern_free(pattern);
		return NULL;
	}
	pattern->match = pcre2_match_data_create_from_pattern(pattern->code, NULL);
	pattern->limits = pcre2_match_context_create(NULL);
	if (pattern->match == NULL || pattern->limits == NULL)
		goto out_of_memory;
	pcre2_set_depth_limit(pattern->limits, DEPTH_LIMIT);
	return pattern;

out_of_memory:
	pattern_free(pattern);
	fail(err, "out of memory for a pattern");
	return NULL;
}

void
pattern_free(struct pattern *pattern)
{
	if (pattern == NULL)
		return;
	pcre2_match_context_free(pattern->limits);
	pcre2_match_data_free(pattern->match);
	pcre2_code_free(pattern->code);
	free(pattern);
}

void
patterns_open(struct pattern **patterns, const char *const *expressions, size_t count)
{
	struct error err = {0};

	for (size_t i = 0; i < count; i++) {
		patterns[i] = pattern_new(expressions[i], &err);
		assert(patterns[i] != NULL);
	}
}

void
patterns_close(struct pattern **patterns, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		pattern_free(patterns[i]);
		patterns[i] = NULL;
	}
}

int
pattern_matches(struct pattern *pattern, struct span text)
{
	size_t steps = text.len < MOST_STEPS / STEPS_A_BYTE ? LEAST_STEPS + text.len * STEPS_A_BYTE
							    : MOST_STEPS;

	pcre2_set_match_limit(pattern->limits, (uint32_t)steps);
	pattern->text = text.len != 0 ? text.at : "";
	pattern->result = pcre2_match(pattern->code, (PCRE2_SPTR)pattern->text, text.len, 0, 0,
	    pattern->match, pattern->limits);
	return pattern->result > 0;
}

int
pattern_gave_up(const struct pattern *pattern)
{
	return pattern->result < 0 && pattern->result != PCRE2_ERROR_NOMATCH;
}

void
pattern_hurry(struct pattern *pattern)
{
	/* Where it cannot be done, matching is slower, and that is all. */
	pcre2_jit_compile(pattern->code, PCRE2_JIT_COMPLETE);
}

struct span
pattern_group(const struct pattern *pattern, unsigned number)
{
	const PCRE2_SIZE *edges = pcre2_get_ovector_pointer(pattern->match);
	struct span field = {0};

	assert(number < pcre2_get_ovector_count(pattern->match));
	if (edges[2 * number] != PCRE2_UNSET) {
		field.at = pattern->text + edges[2 * number];
		field.len = edges[2 * number + 1] - edges[2 * number];
	}
	return field;
}

struct span
pattern_field(const struct pattern *pattern, const char *name)
{
	int number = pcre2_substring_number_from_name(pattern->code, (PCRE2_SPTR)name);

	assert(number > 0);
	return pattern_group(pattern, (unsigned)number);
}
