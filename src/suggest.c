#include "suggest.h"

#include <ctype.h>
#include <string.h>

enum { LONGEST = 64, MOST = 3, LETTERS_A_MISTAKE = 3 };

static int
differ(char a, char b)
{
	return tolower((unsigned char)a) != tolower((unsigned char)b);
}

static size_t
least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Damerau's and Levenshtein's distance, in which no letter is touched twice. */
static size_t
distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
	size_t rows[3][LONGEST + 1]; /* of the last three letters of a */

	for (size_t k = 0; k <= b_len; k++)
		rows[0][k] = k;
	for (size_t i = 1; i <= a_len; i++) {
		size_t *row = rows[i % 3], *before = rows[(i - 1) % 3];
		const size_t *swapped = rows[(i + 1) % 3]; /* the one before that */

		row[0] = i;
		for (size_t k = 1; k <= b_len; k++) {
			row[k] = least(before[k], row[k - 1]) + 1;
			row[k] = least(row[k],
			    before[k - 1] + (size_t)differ(a[i - 1], b[k - 1]));
			if (i > 1 && k > 1 && !differ(a[i - 1], b[k - 2]) &&
			    !differ(a[i - 2], b[k - 1]))
				row[k] = least(row[k], swapped[k - 2] + 1);
		}
	}
	return rows[a_len % 3][b_len];
}

const char *
suggest_nearest(const char *word, const char *const *candidates, size_t count)
{
	size_t len = strlen(word), nearest = MOST + 1;
	const char *found = NULL;

	if (len < 2 || len > LONGEST)
		return NULL;
	for (size_t i = 0; i < count; i++) {
		size_t other = strlen(candidates[i]), longer = len > other ? len : other, far;

		if (other > LONGEST || (len > other ? len - other : other - len) > MOST)
			continue;
		far = distance(word, len, candidates[i], other);
		/* In a short word even one mistake in three letters is much. */
		if (far < nearest && far <= (longer + 1) / LETTERS_A_MISTAKE) {
			nearest = far;
			found = candidates[i];
		}
	}
	return found;
}
