#include "units.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define NS ((int64_t)1)
#define US (1000 * NS)
#define MS (1000 * US)
#define SEC (1000 * MS)
#define MB ((int64_t)1 << 20)

struct number_case {
	int64_t number;
	const char *text;
};

static void
check_numbers(const struct number_case *cases, size_t count, void (*print)(char *, int64_t))
{
	for (size_t i = 0; i < count; i++) {
		char text[UNITS_TEXT];

		memset(text, 'x', sizeof(text));
		print(text, cases[i].number);
		assert_non_null(memchr(text, '\0', sizeof(text)));
		if (strcmp(text, cases[i].text) != 0)
			fail_msg("%" PRId64 " is printed as '%s', not as '%s'", cases[i].number,
			    text, cases[i].text);
	}
}

static void
test_bytes(void **state)
{
	static const struct number_case cases[] = {
	    {0, "0 B"}, {1, "1 B"}, {512, "512 B"}, {1023, "1023 B"}, {1024, "1.0 kB"},
	    {1025, "1.0 kB"}, {1075, "1.0 kB"}, {1076, "1.1 kB"}, {1536, "1.5 kB"},
	    {10 * MB, "10.0 MB"}, {8493465, "8.1 MB"}, {MB - 1024, "1023.0 kB"}, {MB, "1.0 MB"},
	    {1024 * MB, "1.0 GB"}, {MB * MB, "1.0 TB"}, {1024 * MB * MB, "1.0 PB"},
	    {-1, "-1 B"}, {-1023, "-1023 B"}, {-1024, "-1.0 kB"}, {-10 * MB, "-10.0 MB"},
	    {INT64_MAX, "8192.0 PB"}, {INT64_MIN, "-8192.0 PB"},
	    /* what rounds to 1024 is the next unit's */
	    {MB - 1, "1.0 MB"}, {-(MB - 1), "-1.0 MB"}, {1024 * MB - 1, "1.0 GB"},
	};

	(void)state;
	check_numbers(cases, COUNT(cases), units_bytes);
}

static void
test_duration(void **state)
{
	static const struct number_case cases[] = {
	    {0, "0 s"}, {1, "1 ns"}, {850, "850 ns"}, {999, "999 ns"}, {1000, "1.00 \xc2\xb5s"},
	    {1500, "1.50 \xc2\xb5s"}, {12300 * US, "12.3 ms"}, {1240 * MS, "1.24 s"},
	    {9994 * US, "9.99 ms"}, {9995 * US, "10.0 ms"}, {99949 * US, "99.9 ms"},
	    {99950 * US, "100 ms"}, {999 * MS, "999 ms"}, {999499 * US, "999 ms"}, {SEC, "1.00 s"},
	    {30 * SEC, "30.0 s"}, {60 * SEC, "60.0 s"}, {230 * SEC, "230 s"}, {999 * SEC, "999 s"},
	    {1000 * SEC, "16.7 min"}, {3594 * SEC, "59.9 min"}, {3600 * SEC, "1.00 h"},
	    {4320 * SEC, "1.20 h"}, {84960 * SEC, "23.6 h"}, {86400 * SEC, "1.00 d"},
	    {864000 * SEC, "10.0 d"},
	    {-1, "-1 ns"}, {-1500 * MS, "-1.50 s"}, {-999 * SEC, "-999 s"},
	    {-7200 * SEC, "-2.00 h"},
	    {INT64_MAX, "106752 d"}, {INT64_MIN + 1, "-106752 d"},
	    /* three digits: what rounds to 1000 is the next unit's */
	    {999960 * US, "1.00 s"}, {3599 * SEC, "1.00 h"}, {86399 * SEC, "1.00 d"},
	    {-999960 * US, "-1.00 s"}, {999999, "1.00 ms"},
	};

	(void)state;
	check_numbers(cases, COUNT(cases), units_duration);
}

static void
test_age(void **state)
{
	static const struct number_case cases[] = {
	    {0, "0 s"}, {48, "48 s"}, {59, "59 s"}, {60, "1 min 0 s"}, {3599, "59 min 59 s"},
	    {3600, "1 h 0 min"}, {7500, "2 h 5 min"}, {86399, "23 h 59 min"}, {86400, "1 d 0 h"},
	    {273600, "3 d 4 h"}, {INT64_MAX, "106751991167300 d 15 h"}, {-5, "-5 s"},
	};

	(void)state;
	check_numbers(cases, COUNT(cases), units_age);
}

static void
test_count(void **state)
{
	static const struct number_case cases[] = {
	    {0, "0"}, {7, "7"}, {999, "999"}, {1000, "1,000"}, {17281, "17,281"},
	    {999999, "999,999"}, {1000000, "1,000,000"}, {-1, "-1"}, {-999, "-999"},
	    {-1000, "-1,000"}, {-123456, "-123,456"}, {INT64_MAX, "9,223,372,036,854,775,807"},
	    {INT64_MIN, "-9,223,372,036,854,775,808"},
	};

	(void)state;
	check_numbers(cases, COUNT(cases), units_count);
}

struct share_case {
	double share;
	const char *text;
};

static void
check_shares(const struct share_case *cases, size_t count, void (*print)(char *, double))
{
	for (size_t i = 0; i < count; i++) {
		char text[UNITS_TEXT];

		print(text, cases[i].share);
		if (strcmp(text, cases[i].text) != 0)
			fail_msg("%g is printed as '%s', not as '%s'", cases[i].share, text,
			    cases[i].text);
	}
}

static void
test_percent(void **state)
{
	static const struct share_case cases[] = {
	    {0, "0.0%"}, {73.2, "73.2%"}, {0.4, "0.4%"}, {100, "100.0%"}, {99.96, "100.0%"},
	    {10060, "10060.0%"}, {-6.27, "-6.3%"},
	};

	(void)state;
	check_shares(cases, COUNT(cases), units_percent);
}

static void
test_bar(void **state)
{
	static const struct share_case cases[] = {
	    {0, ""},
	    {-0.5, ""},
	    {-1e300, ""},
	    {1e-9, "▏"},
	    {1.0 / 64, "▏"},
	    {1.0 / 32, "▎"},
	    {0.0625, "▌"},
	    {0.124, "█"},
	    {0.125, "█"},
	    {0.5625, "████▌"},
	    {0.99, "███████▉"},
	    {1, "████████"},
	    {1.5, "████████"},
	    {1e300, "████████"},
	};

	(void)state;
	check_shares(cases, COUNT(cases), units_bar);
	check_shares(&(struct share_case){INFINITY, "████████"}, 1, units_bar);
	check_shares(&(struct share_case){-(double)NAN, ""}, 1, units_bar);
}

/* A bar says its share to an eighth of a cell; nothing else is a bar. */
static void
test_bar_share(void **state)
{
	static const char *const others[] = {"", " ", "x", "██x", "x██", "█ █", "▌█", "▌▌", "█████████", "█▏▏"};

	(void)state;
	for (int i = 1; i <= 64; i++) {
		char text[UNITS_TEXT];

		units_bar(text, i / 64.0);
		assert_true(units_bar_share(text) == i / 64.0);
	}
	for (size_t i = 0; i < COUNT(others); i++) {
		if (units_bar_share(others[i]) != 0)
			fail_msg("'%s' is a bar of %g", others[i], units_bar_share(others[i]));
	}
}

/* 0: refused, as nothing that is not positive is allowed. */
struct integer_case {
	const char *text;
	int64_t number;
};

static void
check_integers(const struct integer_case *cases, size_t count,
    int (*parse)(const char *, int64_t *))
{
	for (size_t i = 0; i < count; i++) {
		int64_t number = 0;
		int status = parse(cases[i].text, &number);

		if (status != (cases[i].number != 0 ? 0 : -1))
			fail_msg("'%s' is %s", cases[i].text, status == 0 ? "taken" : "refused");
		if (status == 0)
			assert_int_equal(number, cases[i].number);
	}
}

static void
test_parse_bytes(void **state)
{
	static const struct integer_case cases[] = {
	    {"1", 1}, {"10", 10}, {"4096", 4096}, {"4096B", 4096}, {"10MB", 10 * MB},
	    {"10MiB", 10 * MB}, {"10 MB", 10 * MB}, {"10mb", 10 * MB}, {"10m", 10 * MB},
	    {"10M", 10 * MB}, {"500kB", 512000}, {"500k", 512000}, {"500K", 512000},
	    {"500KiB", 512000}, {"1.5GB", 1536 * MB}, {"1.5 GiB", 1536 * MB}, {"2g", 2048 * MB},
	    {"0.5MB", MB / 2}, {"1TB", MB * MB}, {"1PB", 1024 * MB * MB}, {"1.5", 2},
	    {"00010", 10}, {"999999999999999", 999999999999999},
	    /* refused */
	    {"", 0}, {" ", 0}, {" 10MB", 0}, {"0", 0}, {"0MB", 0}, {"0.0", 0}, {"0.4", 0},
	    {"-1MB", 0}, {"+1MB", 0}, {"MB", 0}, {"10MBx", 0}, {"10MB ", 0}, {"10xMB", 0},
	    {"10 M B", 0}, {"10%", 0}, {"1s", 0}, {"1e3", 0}, {"1e3MB", 0}, {"0x10", 0},
	    {"inf", 0}, {"nan", 0}, {"infinity", 0}, {"1,5MB", 0}, {"1.2.3MB", 0}, {".", 0},
	    {".5MB", 0}, {"1..5", 0}, {"10\n", 0}, {"10\tMB", 0}, {"9000PB", 0},
	    {"9999999999999999999", 0}, {"99999999999999999999999999999999999999MB", 0},
	    {"999999999999999999kB", 0}, {"10\xff", 0},
	};

	(void)state;
	check_integers(cases, COUNT(cases), units_parse_bytes);
}

static void
test_parse_duration(void **state)
{
	static const struct integer_case cases[] = {
	    {"1s", SEC}, {"30", 30 * SEC}, {"500ms", 500 * MS}, {"2m", 120 * SEC},
	    {"2min", 120 * SEC}, {"1h", 3600 * SEC}, {"1.5s", 1500 * MS}, {"1.5 s", 1500 * MS},
	    {"10us", 10 * US}, {"10\xc2\xb5s", 10 * US}, {"7ns", 7}, {"1sec", SEC}, {"1S", SEC},
	    {"1MS", MS}, {"0.001", MS}, {"0.5h", 1800 * SEC},
	    /* refused */
	    {"", 0}, {"s", 0}, {"0", 0}, {"0s", 0}, {"-1s", 0}, {"1 s ", 0}, {"1sx", 0}, {"1kB", 0},
	    {"1e3", 0}, {"1e-3s", 0}, {"inf", 0}, {"nans", 0}, {"1h30m", 0}, {"1:30", 0},
	    {"50%", 0},
	    {"0.1ns", 0}, {"9999999999999", 0}, {"999999999999999999h", 0},
	};

	(void)state;
	check_integers(cases, COUNT(cases), units_parse_duration);
}

static void
test_parse_percent(void **state)
{
	static const struct {
		const char *text;
		double percent; /* 0: refused */
	} cases[] = {
	    {"50%", 50}, {"50", 50}, {"50 %", 50}, {"100", 100}, {"100%", 100}, {"100.0%", 100},
	    {"0.5%", 0.5}, {"12.25", 12.25}, {"0.0001", 0.0001},
	    {"", 0}, {"%", 0}, {"0", 0}, {"0%", 0}, {"0.0%", 0}, {"-5%", 0}, {"+5%", 0}, {"101", 0},
	    {"100.1%", 0}, {"1e1", 0}, {"50%%", 0}, {"50%x", 0}, {"50x", 0}, {"50s", 0}, {"inf", 0},
	    {"nan%", 0}, {".5", 0}, {"0x32", 0}, {" 50", 0}, {"9999999999999999999", 0},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		double percent = 0;
		int status = units_parse_percent(cases[i].text, &percent);

		if (status != (cases[i].percent > 0 ? 0 : -1))
			fail_msg("'%s' is %s", cases[i].text, status == 0 ? "taken" : "refused");
		if (status == 0)
			assert_true(fabs(percent - cases[i].percent) < 1e-9);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_bytes),
	    cmocka_unit_test(test_duration),
	    cmocka_unit_test(test_age),
	    cmocka_unit_test(test_count),
	    cmocka_unit_test(test_percent),
	    cmocka_unit_test(test_bar),
	    cmocka_unit_test(test_bar_share),
	    cmocka_unit_test(test_parse_bytes),
	    cmocka_unit_test(test_parse_duration),
	    cmocka_unit_test(test_parse_percent),
	};

	return cmocka_run_group_tests_name("units", tests, NULL, NULL);
}
