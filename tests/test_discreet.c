/* Which names go into the customer message. */
#include "discreet.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const char *const said[] = {
    "web-01.example.com",
    "web-01_example_com",
    "i-0123456789abcdef0",
    "7.76.0",
    "7.75.2-1",
    "7.76.0-devel+git.12.0a1b2c3",
    "6.53.1~rc.4",
    "node-2026-01-02-3",
    "host-300-1-2-3",
    "ipam-01",
    "datadog-cluster-agent",
    "abc",
};

static const char *const unsaid[] = {
    "",
    "10.1.2.3",
    "web-10.1.2.3.example.com",
    "ip-10-1-2-3.ec2.internal",
    "ip-10-1-2-3",
    "10_1_2_3",
    "x10-1-2-3y",
    "9.10.1.2.3",
    "3.2.1.10.in-addr.arpa",
    "ip-0a010203.us-west-2.compute.internal",
    "IP-0A010203",
    "x.ip-ac1f",
    "2001:db8::1",
    "2001-db8--1.ipv6-literal.net",
    "a-1-2-3",
    "fe80--1ff-fe23-4567-890a",
    "12345678-1234-1234-1234-123456789abc",
    "/var/lib/x",
    "a/b",
    "..",
    "-flag",
    "C:\\x",
    "two words",
    "a\xef\xbf\xbd",
    "********abcde",
    "env:prod",
    "team=a",
    "b\xc3\xbc",
};

static void
test_names(void **state)
{
	char longest[255];

	(void)state;
	for (size_t i = 0; i < sizeof(said) / sizeof(said[0]); i++) {
		if (!discreet(said[i]))
			fail_msg("'%s' may be said", said[i]);
	}
	for (size_t i = 0; i < sizeof(unsaid) / sizeof(unsaid[0]); i++) {
		if (discreet(unsaid[i]))
			fail_msg("'%s' must not be said", unsaid[i]);
	}
	memset(longest, 'x', sizeof(longest) - 1);
	longest[254] = '\0';
	assert_false(discreet(longest));
	assert_true(discreet(longest + 1));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests_name("discreet", tests, NULL, NULL);
}
