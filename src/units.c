#include "units.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct unit {
	const char *name;
	double size;
};

/* Smallest first, so that what is printed takes the last one that fits. */
static const struct unit byte_units[] = {
    {"B", 1},		 {"kB", 1024.0},	      {"MB", 1048576.0},
    {"GB", 1073741824.0}, {"TB", 1099511627776.0}, {"PB", 1125899906842624.0},
};
static const struct unit time_units[] = {{"ns", 1}, {"µs", 1e3}, {"ms", 1e6}, {"s", 1e9}};
static const struct unit long_units[] = {{"min", 60e9}, {"h", 3600e9}, {"d", 86400e9}};

/* What may be typed besides the names above. */
static const struct unit byte_words[] = {
    {"", 1},		    {"k", 1024.0},	     {"KiB", 1024.0}, {"m", 1048576.0},
    {"MiB", 1048576.0}, {"g", 1073741824.0}, {"GiB", 1073741824.0},
};
static const struct unit time_words[] = {
    {"", 1e9}, {"us", 1e3}, {"m", 60e9}, {"sec", 1e9}, {"min", 60e9}, {"h", 3600e9}};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void
print_scaled(char *text, double value, const struct unit *units, size_t count, int one_decimal)
{
	double scaled, most, rounding;
	int decimals;
	size_t i;

	/* 1023.96 kB would be printed as 1024.0 kB: that is 1.0 MB. */
	for (i = 0; i + 1 < count; i++) {
		most = units[i + 1].size / units[i].size;
		rounding = units[i].size == 1 ? 0 : one_decimal || most < 100 ? 0.05 : 0.5;
		if (fabs(value) / units[i].size < most - rounding)
			break;
	}
	scaled = value / units[i].size;
	if (units[i].size == 1)
		decimals = 0;
	else if (one_decimal || fabs(scaled) >= 9.995)
		decimals = !one_decimal && fabs(scaled) >= 99.95 ? 0 : 1;
	else
		decimals = 2;
	snprintf(text, UNITS_TEXT, "%.*f %s", decimals, scaled, units[i].name);
}

void
units_bytes(char text[UNITS_TEXT], int64_t bytes)
{
	print_scaled(text, (double)bytes, byte_units, COUNT(byte_units), 1);
}

void
units_duration(char text[UNITS_TEXT], int64_t ns)
{
	if (ns == 0)
		snprintf(text, UNITS_TEXT, "0 s");
	else if (llabs(ns) < 1000 * (int64_t)1000000000)
		print_scaled(text, (double)ns, time_units, COUNT(time_units), 0);
	else
		print_scaled(text, (double)ns, long_units, COUNT(long_units), 0);
}

void
units_age(char text[UNITS_TEXT], int64_t seconds)
{
	if (seconds >= 86400)
		snprintf(text, UNITS_TEXT, "%" PRId64 " d %" PRId64 " h", seconds / 86400,
		    seconds % 86400 / 3600);
	else if (seconds >= 3600)
		snprintf(text, UNITS_TEXT, "%" PRId64 " h %" PRId64 " min", seconds / 3600,
		    seconds % 3600 / 60);
	else if (seconds >= 60)
		snprintf(text, UNITS_TEXT, "%" PRId64 " min %" PRId64 " s", seconds / 60,
		    seconds % 60);
	else
		snprintf(text, UNITS_TEXT, "%" PRId64 " s", seconds);
}

void
units_count(char text[UNITS_TEXT], int64_t count)
{
	char digits[32];
	size_t len, out = 0;
	const char *at = digits;

	snprintf(digits, sizeof(digits), "%" PRId64, count);
	if (*at == '-')
		text[out++] = *at++;
	len = strlen(at);
	for (size_t i = 0; i < len; i++) {
		if (i > 0 && (len - i) % 3 == 0)
			text[out++] = ',';
		text[out++] = at[i];
	}
	text[out] = '\0';
}

void
units_percent(char text[UNITS_TEXT], double percent)
{
	snprintf(text, UNITS_TEXT, "%.1f%%", percent);
}

#define FULL "█"

static const char *const eighths[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};

void
units_bar(char text[UNITS_TEXT], double share)
{
	int cells, used = 0;

	text[0] = '\0';
	if (!(share > 0))
		return;
	cells = (int)lround((share < 1 ? share : 1) * 64);
	cells = cells == 0 ? 1 : cells;
	for (int i = 0; i < cells / 8; i++)
		used += snprintf(text + used, (size_t)(UNITS_TEXT - used), FULL);
	snprintf(text + used, (size_t)(UNITS_TEXT - used), "%s", eighths[cells % 8]);
}

double
units_bar_share(const char *text)
{
	size_t full = strlen(FULL);
	int cells = 0;

	for (; cells < 64 && strncmp(text, FULL, full) == 0; text += full)
		cells += 8;
	for (int i = 0; i < 8; i++) {
		if (strcmp(text, eighths[i]) == 0)
			return fmin((cells + i) / 64.0, 1);
	}
	return 0;
}

/* The size of a unit's name among two tables, or 0. */
static double
unit_size(const char *name, const struct unit *units, size_t count, const struct unit *words,
    size_t word_count)
{
	for (size_t i = 0; i < count; i++) {
		if (strcasecmp(name, units[i].name) == 0)
			return units[i].size;
	}
	for (size_t i = 0; i < word_count; i++) {
		if (strcasecmp(name, words[i].name) == 0)
			return words[i].size;
	}
	return 0;
}

/* Reads a plain decimal number ("1.5": no sign, exponent or inf) and gives what follows it. */
static int
parse_number(const char *text, double *number, const char **rest)
{
	size_t digits = strspn(text, "0123456789.");
	char *end;

	if (digits == 0 || digits > 18 || strspn(text, ".") > 0)
		return -1;
	*number = strtod(text, &end);
	if ((size_t)(end - text) != digits || !(*number > 0))
		return -1;
	*rest = text + digits + strspn(text + digits, " ");
	return 0;
}

static int
to_integer(double value, int64_t *result)
{
	if (!(value >= 1) || value > 9e18)
		return -1;
	*result = (int64_t)llround(value);
	return 0;
}

int
units_parse_bytes(const char *text, int64_t *bytes)
{
	double number, size;
	const char *unit;

	if (parse_number(text, &number, &unit) < 0)
		return -1;
	size = unit_size(unit, byte_units, COUNT(byte_units), byte_words, COUNT(byte_words));
	return to_integer(number * size, bytes);
}

int
units_parse_duration(const char *text, int64_t *ns)
{
	double number, size;
	const char *unit;

	if (parse_number(text, &number, &unit) < 0)
		return -1;
	size = unit_size(unit, time_units, COUNT(time_units), time_words, COUNT(time_words));
	return to_integer(number * size, ns);
}

int
units_parse_percent(const char *text, double *percent)
{
	const char *rest;

	if (parse_number(text, percent, &rest) < 0 || *percent > 100)
		return -1;
	return strcmp(rest, "") == 0 || strcmp(rest, "%") == 0 ? 0 : -1;
}
