#include "discreet.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define NAME "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._+~-"
#define PARTS_OF_V6 "0123456789abcdefABCDEF-"

enum { LONGEST = 253, NUMBERS = 4, LARGEST = 255, DIGITS = 3, LEAST_DASHES = 3 };

/* Four numbers up to 255 with the same character between them. */
static int
begins_with_v4(const char *text)
{
	char separator = '\0';

	for (int i = 0; i < NUMBERS; i++) {
		size_t digits = strspn(text, "0123456789");

		if (digits == 0 || digits > DIGITS || atoi(text) > LARGEST)
			return 0;
		text += digits;
		if (i == NUMBERS - 1)
			return 1;
		if (i == 0)
			separator = *text;
		if (*text != separator || strchr(".-_", separator) == NULL || separator == '\0')
			return 0;
		text++;
	}
	return 0;
}

static int
has_v4(const char *text)
{
	for (const char *at = text; *at != '\0'; at++) {
		if ((at == text || !isdigit((unsigned char)at[-1])) && begins_with_v4(at))
			return 1;
	}
	return 0;
}

/* A part between dots that is an address in hexadecimal digits: behind "ip-" in any case, else
 * with so many dashes that they stand for colons. */
static int
is_hexadecimal_address(const char *part, size_t len)
{
	int marked = len > 3 && strncasecmp(part, "ip-", 3) == 0;
	size_t from = marked ? 3 : 0, dashes = 0;

	for (size_t i = from; i < len; i++)
		dashes += part[i] == '-';
	return strspn(part + from, PARTS_OF_V6) >= len - from &&
	       (marked || dashes >= LEAST_DASHES);
}

static int
has_hexadecimal_address(const char *text)
{
	for (size_t len; *text != '\0'; text += len + (text[len] == '.')) {
		len = strcspn(text, ".");
		if (is_hexadecimal_address(text, len))
			return 1;
	}
	return 0;
}

int
discreet(const char *text)
{
	size_t len = strlen(text);

	return len > 0 && len <= LONGEST && isalnum((unsigned char)text[0]) &&
	       strspn(text, NAME) == len && !has_v4(text) && !has_hexadecimal_address(text);
}
