/* Keys and passwords are masked, and nothing else is. */
#include "buf.h"
#include "pool.h"
#include "secret.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define API_KEY "0123456789abcdef0123456789ABCDEF"
#define APP_KEY "0123456789abcdef0123456789abcdef01234567"
#define M "********"

static const struct {
	const char *text;
	const char *masked; /* NULL: stays */
} cases[] = {
    /* Keys of Datadog's. */
    {API_KEY, M "BCDEF"},
    {APP_KEY, M "34567"},
    {"a " API_KEY " and " APP_KEY ".", "a " M "BCDEF and " M "34567."},
    {"dd_" API_KEY "_x", "dd_" M "BCDEF_x"},
    {"0123456789abcdef\xef\xbf\xbd" "0123456789abcdef", M "bcdef"},
    {"api_key=" API_KEY, "api_key=" M "BCDEF"},
    {"api_key: " API_KEY ",", "api_key: " M "BCDEF,"},
    {"https://api.datadoghq.com/api/v1/series?api_key=" API_KEY "&x=1",
	"https://api.datadoghq.com/api/v1/series?api_key=" M "BCDEF&x=1"},
    {"ddapp_Abcdefghijklmnopqrst12345", "ddapp_" M "12345"},
    {"ddtok-abcdefghijklmno12345", "ddtok-" M "12345"},
    {"DDRCM_ABCDEFGHIJKLMN12345", "DDRCM_" M "12345"},
    /* What has as many digits or more, and is none. */
    {"sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", NULL},
    {"0123456789abcdef0123456789abcde", NULL},
    {"0123456789abcdef0123456789abcdef0", NULL},
    {"x0123456789abcdef0123456789abcdef", NULL},
    {"0123456789abcdef0123456789abcdef012345678", NULL},
    {"12345678-1234-1234-1234-123456789abc", NULL},
    /* Labels. */
    {"signing_key: abc", "signing_key: ********"},
    {"hmac-key=abc", "hmac-key=********"},
    {"client-key-data: LS0tLS1CRUdJTg==", "client-key-data: ********"},
    {"password=hunter2", "password=" M},
    {"PASSWORD = hunter2 x", "PASSWORD = " M " x"},
    {"passwd: hunter2", "passwd: " M},
    {"pwd=hunter2", "pwd=" M},
    {"pass: hunter2", "pass: " M},
    {"PGPASSWORD=hunter2", "PGPASSWORD=" M},
    {"db_password_hash=x", "db_password_hash=" M},
    {"a.password=h/u;n,t)e:r", "a.password=" M},
    {"password=\"hun ter\\\"2\" x", "password=\"" M "\" x"},
    {"password='hun ter' x", "password='" M "' x"},
    {"password=\"hun ter", "password=\"" M},
    {"password=\xef\xbf\xbd  hunter2", "password=\xef\xbf\xbd  " M},
    {"password: |-\xef\xbf\xbd  hunter2", "password: |-\xef\xbf\xbd  " M},
    {"password='********' x", NULL},
    {"password=********hunter2", "password=" M},
    {"password=hun\"ter'2", "password=" M},
    {"{\"password\": \"hunter2\", \"user\": \"x\"}", "{\"password\": \"" M "\", \"user\": \"x\"}"},
    {"{\\\"token\\\":\\\"hunter2\\\",\\\"a\\\":1}", "{\\\"token\\\":\\\"" M "\\\",\\\"a\\\":1}"},
    {"{\"a\":{\"secret\":\"\",\"token\":\"t0\"}}", "{\"a\":{\"secret\":\"\",\"token\":\"" M "\"}}"},
    {"client_secret=s&x=y", "client_secret=" M "&x=y"},
    {"token=abc,password: hunter2", "token=" M ",password: " M},
    {"token=abc-password: hunter2 x", "token=" M " x"},
    {"{token=a, \"password\": \"b c\"}", "{token=" M " \"password\": \"" M "\"}"},
    {"token=a,\"password\": \"b c\"", "token=" M ",\"password\": \"" M "\""},
    {"clientSecret := s", "clientSecret := " M},
    {"'secret' => 's'", "'secret' => '" M "'"},
    {"api_key=abc", "api_key=" M},
    {"api-key: abc", "api-key: " M},
    {"DD-API-KEY: abc", "DD-API-KEY: " M},
    {"apikey=abc application_key=def appkey=g", "apikey=" M " application_key=" M " appkey=" M},
    {"access_key=abc private_key: def", "access_key=" M " private_key: " M},
    {"aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
	"aws_secret_access_key = " M},
    {"AccountKey=abc==;EndpointSuffix=x", "AccountKey=" M ";EndpointSuffix=x"},
    {"authToken=abc", "authToken=" M},
    {"credentials: abc", "credentials: " M},
    {"community_string: public", "community_string: " M},
    {"psql --password hunter2 -h db", "psql --password " M " -h db"},
    {"x --api-key abc", "x --api-key " M},
    {"http://h/?key=abc&sig=def", "http://h/?key=" M "&sig=" M},
    {"http://h/?X-Amz-Signature=abc&a=b", "http://h/?X-Amz-Signature=" M "&a=b"},
    /* Words that are no labels. */
    {"password authentication failed for user \"x\"", NULL},
    {"bypass: 1, compass=2, passed: 3", NULL},
    {"key: value, monkey=1, keyspace: x", NULL},
    {"the token is invalid", NULL},
    {"go tool pprof -top -trim=false -focus='sync\\.(\\*Mutex)' profiles/core-cpu.pprof", NULL},
    /* Headers. */
    {"Authorization: Bearer abc.def", "Authorization: Bearer " M},
    {"authorization: basic dXNlcjpwYXNz x", "authorization: basic " M " x"},
    {"\"Authorization\": \"Basic dXNlcjpwYXNz\"", "\"Authorization\": \"Basic " M "\""},
    {"Authorization: dXNlcjpwYXNz", "Authorization: " M},
    {"map[Authorization:[Bearer abcdefghijklmnop1]]", "map[Authorization:" M " " M},
    {"got Bearer abcdefghijklmnop1", "got Bearer " M},
    {"Set-Cookie: session=abc; Path=/", "Set-Cookie: " M},
    {"bearer token was missing", NULL},
    /* User and password in front of a host. */
    {"postgres://datadog:hunter2@db:5432/x", "postgres://datadog:" M "@db:5432/x"},
    {"http://:hunter2@db/", "http://:" M "@db/"},
    {"redis://u:p@ss/w@db:1/0", "redis://u:" M "@db:1/0"},
    {"https://abcdefghijklmnop12@github.com/x", "https://" M "@github.com/x"},
    {"datadog:hunter2@tcp(10.0.0.1:3306)/x", "datadog:" M "@tcp(10.0.0.1:3306)/x"},
    {"datadog:hunter2@db.example.com", "datadog:" M "@db.example.com"},
    {"http://host:8126/x?mail=a@b.c", NULL},
    {"ssh://git@github.com/x", NULL},
    {"http://[::1]:8080/", NULL},
    {"image:tag@sha256:abc", NULL},
    {"registry:5000/image@x", NULL},
    {"mail bob@example.com", NULL},
    /* Tokens by their form. */
    {"AKIAIOSFODNN7EXAMPLE", "AKIA" M},
    {"ASIAIOSFODNN7EXAMPLE", "ASIA" M},
    {"ghp_abcdefghijklmnopqrstuvwxyz0123456789", "ghp_" M},
    {"github_pat_11ABCDEFG0abcdefghijkl_mnopqrstuvwx", "github_pat_" M},
    {"glpat-abcdefghij0123456789", "glpat-" M},
    {"xoxb-123456789012-abcdefghijkl", "xoxb-" M},
    {"https://hooks.slack.com/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXX0",
	"https://hooks.slack.com/services/" M},
    {"sk_live_abcdefghijklmnop1", "sk_live_" M},
    {"rk_test_abcdefghijklmnop1", "rk_test_" M},
    {"AIzaSyA-1234567890abcdefghijklmnopqrstu", "AIza" M},
    {"ya29.a0AfH6SMBx1234567890", "ya29." M},
    {"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl x", M " x"},
    /* Private keys. */
    {"-----BEGIN RSA PRIVATE KEY-----MIIEpAIBAAKCAQEA-----END RSA PRIVATE KEY-----",
	"-----BEGIN RSA PRIVATE KEY-----" M "-----END RSA PRIVATE KEY-----"},
    {"-----BEGIN PRIVATE KEY-----\xef\xbf\xbdMIIE a b", "-----BEGIN PRIVATE KEY-----" M},
    {"-----BEGIN CERTIFICATE-----MIIE-----END CERTIFICATE-----", NULL},
    {"MIIEpAIBAAKCAQEA1gLbZ2z0w8q4Jv3l9f5uQy7kX0tH2nB6cR8sE4dWmP1aYoTi", M},
    /* What reports hold. */
    {"github.com/DataDog/datadog-agent/comp/core/secrets/impl.(*secretResolver).Refresh", NULL},
    {"github.com/DataDog/datadog-agent/pkg/api/security.(*token).fetchAuthToken.func1", NULL},
    {"sync.(*Pool[go.shape.struct { Token string; Key [32]uint8 \"json:\\\"token\\\"\" }]).Get", NULL},
    {"k8s.io/client-go@v0.28.4-0.20231201000000-0123456789ab/rest.(*Request).Do", NULL},
    {"7.76.0-devel+git.123.0a1b2c3d4e", NULL},
    {"ip-10-1-2-3.ec2.internal", NULL},
    {"is empty: block profiling was not switched on (flare option -B)", NULL},
    {"", NULL},
};

static void
test_cases(void **state)
{
	struct secrets secrets = {0};
	struct pool pool = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *text = cases[i].text, *masked = secrets_masked(&secrets, &pool, text);

		if (cases[i].masked == NULL) {
			if (masked != text)
				fail_msg("'%s' became '%s'", text, masked);
			continue;
		}
		assert_string_equal(masked, cases[i].masked);
		/* Masked once is masked for good. */
		assert_string_equal(secrets_masked(&secrets, &pool, masked), masked);
	}
	secrets_close(&secrets);
	pool_release(&pool);
}

/* No text keeps a secret by its length or by how it was built. */
static void
test_long(void **state)
{
	static const char *const parts[] = {"password=", "://a:", "a:b", "\\\"", "key=\"", "eyJ",
	    "-----BEGIN PRIVATE KEY-----", "Authorization: ", "0123456789abcdef", "--token ", "@",
	    "xoxb-1", "\xef\xbf\xbd", "a", "A1b", "pass", "?key=", "a@",
	    ",a", "-", "--a", "token: ", "pass   ", "x.y:", ":", "a:@", "bearer ", "=\"", "cookie:", "MII/"};
	struct secrets secrets = {0};
	struct pool pool = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		struct buf text = {0};

		while (text.len < 1 << 16)
			buf_puts(&text, parts[i]);
		buf_puts(&text, " password=hunter2@x");
		assert_null(strstr(secrets_masked(&secrets, &pool, text.data), "hunter2"));
		buf_release(&text);
	}
	secrets_close(&secrets);
	secrets_close(&secrets);
	pool_release(&pool);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_cases),
	    cmocka_unit_test(test_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
