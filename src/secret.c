#include "secret.h"

#include "buf.h"
#include "pattern.h"
#include "pool.h"
#include "text.h"

#include <ctype.h>
#include <string.h>

#define MASK "********"

enum {
	API_KEY = 32,	/* hexadecimal digits */
	LONG_WORD = 17, /* no key that is told by its form alone is shorter */
	KEY_LINE = 64,	/* digits of base64 */
	TAIL = 5,
	MOST_HINTS = 32,
};

/* What a text must have in it before it is worth to be searched: found in one pass. */
enum {
	HAS_DIGITS = 1,	    /* as many hexadecimal ones as an API key */
	HAS_ASSIGNMENT = 2, /* a colon or an equals sign */
	HAS_LONG_WORD = 4,  /* with a digit in it */
	HAS_DASHES = 8,
	HAS_LABEL = 16, /* a word that secrets go by, see begins_label */
	HAS_AT = 32,
	HAS_QUERY = 64,	  /* a ? or & */
	HAS_LINE = 128, /* as many digits of base64 as a line of a private key */
};

/* What is no text: a line end or a control character was there. */
#define NO_TEXT "\\x{ef}\\x{bf}\\x{bd}"
#define BLANKS "(?:\\s|" NO_TEXT ")*+"

/* password=x, "api_key": "x", \"token\" : \"x\", secret_key => x, passwd: |- x */
#define LABEL                                                                                    \
	"(?:pass(?:w(?:or)?d|phrase|code)|pswd|pwd|secret|token|credential|community|"            \
	"(?<![a-z])pass(?=[\"'`]?" BLANKS "[:=])|"                                               \
	"(?:api|app|application|access|private|priv|auth|account|encryption|license|master|"     \
	"service|shared|ssh|signing|hmac|client)[-_. ]?key)[a-z0-9_-]{0,24}+"
#define ASSIGN                                                                                   \
	"\\\\*+[\"'`]?+" BLANKS "(?>=>|:=|[:=])" BLANKS "(?:[|>][-+0-9]{0,2}" NO_TEXT ")?+" BLANKS
/* Not what is masked already. A value in quotes may have blanks in it, and its end be cut. One
 * without quotes ends in front of a quote or of another pair, which is looked at by itself; one
 * that ends in a colon goes on, for that belongs to a label. */
#define MASKED "\\*{8}[0-9A-Za-z]{0,5}+(?![^\\s\"'`\\\\&,;)}\\]])"
#define PAIR "[,;&|][\"']?[\\w.-]{1,64}+[\"']?[:=]|--[a-z-]{1,32}+\\s"
#define WORD "(?:(?!" PAIR ")(?:[^\\s\"']|[\"'](?![\\s,;)}\\]]|$)))++"
#define SCHEME "(?:[\"']?(?:bearer|basic|digest|token|negotiate|ntlm|apikey)\\s++)?+"
#define VALUE                                                                                    \
	"(?|\\\\++\"(?!" MASKED ")((?:(?!\\\\++\").)++)|\"(?!" MASKED ")((?:[^\"\\\\]|\\\\.)++)|"   \
	"'(?!" MASKED ")([^']++)|(?!\\\\*[\"'])(?!" MASKED ")(" WORD             \
	"(?:(?<=[:=])\\s++" SCHEME WORD ")*+))"

static const struct rule {
	unsigned needs;
	int keeps_tail;
	const char *hints[MOST_HINTS]; /* one of them, whatever its case, is in the text; none: any */
	const char *expression;	       /* its first group is what is masked */
} rules[] = {
    {HAS_DASHES, 0, {"PRIVATE KEY"},
	"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----(?!\\*{8}(?:-|$))"
	"((?:(?!-----END).)++)"},
    /* Longer words of such digits, as of containers and images, are no keys. */
    {HAS_DIGITS, 1, {NULL},
	"(?i)(?<![0-9a-z])((?:[0-9a-f](?:" NO_TEXT ")*+){31}(?:(?:[0-9a-f](?:" NO_TEXT ")*+){8})?"
	"[0-9a-f])(?![0-9a-z])"},
    {HAS_LONG_WORD, 1, {"ddapp", "ddapi", "ddtok", "ddpat", "ddsat", "ddkey", "ddrcm"},
	"(?i)(?<![0-9a-z])(?:dd(?:app|api|tok|pat|sat|key)|ddrcm)[-_]([0-9a-z_-]{12,}+)"},
    {HAS_LONG_WORD, 0, {"AKIA", "ASIA", "AIza", "ya29.", "GOCSPX-"},
	"(?<![0-9A-Za-z])(?|(?:AKIA|ASIA)([0-9A-Z]{16})(?![0-9A-Za-z])|AIza([\\w-]{30,}+)|"
	"ya29\\.([\\w-]{10,}+)|GOCSPX-([\\w-]{16,}+))"},
    {HAS_LONG_WORD, 0,
	{"ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "glpat-", "glrt-", "gldt-", "xox",
	    "xapp-", "k_live_", "k_test_", "whsec_", "npm_", "pypi-", "dckr_pat_", "sk-", "hvs."},
	"(?<![0-9A-Za-z])(?:gh[pousr]_|github_pat_|gl(?:pat|rt|dt)-|xox[a-z]-|xapp-|"
	"[srp]k_(?:live|test)_|whsec_|npm_|pypi-|dckr_pat_|sk-(?=[a-z-]*[0-9A-Z])|hvs\\.)"
	"([\\w-]{16,}+)"},
    {HAS_LONG_WORD, 0, {"hooks.slack.com/"}, "hooks\\.slack\\.com/[a-z]+/([\\w/]++)"},
    {HAS_LONG_WORD, 0, {"eyJ"}, "(?<!\\w)(eyJ[\\w-]{6,}+\\.[\\w-]{4,}+(?:\\.[\\w-]*+)*+)"},
    /* A line of a key: base64 with letters of both cases and digits in it. */
    {HAS_LINE, 0, {NULL},
	"(?<![\\w+/=.-])(?=[+/0-9A-Z]*[a-z])(?=[+/0-9a-z]*[A-Z])(?=[+/A-Za-z]*[0-9])"
	"([+/0-9A-Za-z]{64}={0,2}+)(?![\\w+/=.-])"},
    {HAS_LONG_WORD, 0, {"bearer"},
	"(?i)(?<![a-z])bearer\\s++(?=[^\\s\"']{16})(?!" MASKED ")([^\\s\"']++)"},
    {HAS_ASSIGNMENT | HAS_LABEL, 0, {"authorization"},
	"(?i)authorization" ASSIGN SCHEME VALUE},
    {HAS_ASSIGNMENT | HAS_LABEL, 0, {"cookie"}, "(?i)cookie" ASSIGN "(?!" MASKED ")([^\"']++)"},
    /* user:password@host, with a scheme or as Go's database drivers have it; a password may
     * have anything in it. The name alone is masked where it is long enough for a token. */
    {HAS_ASSIGNMENT | HAS_AT, 0, {NULL},
	"(?|://[^\\s:/@\\[]*+:(?!" MASKED ")(?![0-9]{1,5}(?:[/?#]|$))(\\S{1,400})@|"
	"://[^\\s:/@\\[]*+:(?!" MASKED ")([^\\s/?#]{1,400})@|"
	"://(?!" MASKED ")([^\\s:/@\\[]{16,}+)@|"
	"(?<![\\w/])[\\w.+-]{1,64}+:(?!" MASKED "|//)([^\\s/@]{1,256}+)@(?!sha[0-9]|v[0-9])[\\w.(\\[-])"},
    {HAS_ASSIGNMENT | HAS_LABEL, 0, {NULL}, "(?i)" LABEL ASSIGN VALUE},
    {HAS_ASSIGNMENT | HAS_QUERY, 0, {NULL},
	"(?i)[?&](?:key|sig|signature|auth|code|x-amz-[a-z-]{1,30}+)=(?!" MASKED ")([^\\s&\"'#]++)"},
    {HAS_DASHES | HAS_LABEL, 0, {NULL},
	"(?i)(?<![a-z-])--(?!-)[a-z-]{0,24}" LABEL "\\s++" VALUE},
};
_Static_assert(sizeof(rules) / sizeof(rules[0]) == SECRET_RULES, "a pattern for each rule");

void
secrets_close(struct secrets *secrets)
{
	patterns_close(secrets->patterns, SECRET_RULES);
}

/* Looks at two letters first: all but a few places of a text are none then. */
static int
begins_label(const char *at)
{
	static const char *const labels[] = {"pass", "pswd", "pwd", "secret", "token", "cred",
	    "community", "cookie", "key", "auth"};

	switch ((unsigned char)(at[0] | 0x20) << 8 | (unsigned char)(at[1] | 0x20)) {
	case 'p' << 8 | 'a':
	case 'p' << 8 | 's':
	case 'p' << 8 | 'w':
	case 's' << 8 | 'e':
	case 't' << 8 | 'o':
	case 'c' << 8 | 'r':
	case 'c' << 8 | 'o':
	case 'k' << 8 | 'e':
	case 'a' << 8 | 'u':
		break;
	default:
		return 0;
	}
	for (size_t i = 0; i < sizeof(labels) / sizeof(labels[0]); i++) {
		if (strncasecmp(at, labels[i], strlen(labels[i])) == 0)
			return 1;
	}
	return 0;
}

static unsigned
survey_mark(char c)
{
	switch (c) {
	case '=':
	case ':':
		return HAS_ASSIGNMENT;
	case '@':
		return HAS_AT;
	case '?':
	case '&':
		return HAS_QUERY;
	default:
		return 0;
	}
}

/* What a text has of what the rules need. */
static unsigned
survey(const char *text)
{
	size_t digits = 0, word = 0, dashes = 0, line = 0;
	unsigned has = 0, digit_in_word = 0;

	for (const unsigned char *at = (const unsigned char *)text; *at != '\0'; at++) {
		/* What is no text between two digits does not part them. */
		digits = isxdigit(*at) ? digits + 1 : *at >= 0x80 ? digits : 0;
		dashes = *at == '-' ? dashes + 1 : 0;
		word = isalnum(*at) || *at == '_' || *at == '-' ? word + 1 : 0;
		digit_in_word = word > 0 && (digit_in_word || isdigit(*at));
		line = isalnum(*at) || *at == '/' || *at == '+' ? line + 1 : 0;
		has |= line >= KEY_LINE ? HAS_LINE : 0;
		has |= survey_mark((char)*at);
		has |= digits >= API_KEY ? HAS_DIGITS : 0;
		has |= dashes >= 2 ? HAS_DASHES : 0;
		has |= word >= LONG_WORD && digit_in_word ? HAS_LONG_WORD : 0;
		has |= (has & HAS_LABEL) == 0 && begins_label((const char *)at) ? HAS_LABEL : 0;
	}
	return has;
}

static int
may_match(const struct rule *rule, unsigned has, const char *text)
{
	if ((rule->needs & has) != rule->needs)
		return 0;
	if (rule->hints[0] == NULL)
		return 1;
	for (size_t i = 0; i < MOST_HINTS && rule->hints[i] != NULL; i++) {
		if (strcasestr(text, rule->hints[i]) != NULL)
			return 1;
	}
	return 0;
}

static struct pattern *
compiled(struct secrets *secrets, size_t rule)
{
	if (secrets->patterns[rule] == NULL)
		patterns_open(&secrets->patterns[rule], &rules[rule].expression, 1);
	return secrets->patterns[rule];
}

static void
add_mask(struct buf *out, struct span secret, int keeps_tail)
{
	int plain = keeps_tail && secret.len > TAIL;

	buf_puts(out, MASK);
	for (size_t i = secret.len - (plain ? TAIL : 0); i < secret.len; i++)
		plain = plain && isalnum((unsigned char)secret.at[i]);
	if (plain)
		buf_add(out, secret.at + secret.len - TAIL, TAIL);
}

/* Appends the text with all that one rule finds masked. */
static void
apply(const struct rule *rule, struct pattern *pattern, struct span text, struct buf *out)
{
	while (pattern_matches(pattern, text)) {
		struct span secret = pattern_group(pattern, 1);
		size_t before = (size_t)(secret.at - text.at);

		buf_add(out, text.at, before);
		add_mask(out, secret, rule->keeps_tail);
		text.at += before + secret.len;
		text.len -= before + secret.len;
	}
	if (pattern_gave_up(pattern))
		buf_puts(out, MASK);
	else
		buf_add(out, text.at, text.len);
}

int
secrets_mask(struct secrets *secrets, const char *text, struct buf *out)
{
	unsigned has = survey(text);
	struct buf texts[2] = {{0}};
	int masked = 0;

	for (size_t i = 0; has != 0 && i < SECRET_RULES; i++) {
		struct buf *next = &texts[masked % 2];

		if (!may_match(&rules[i], has, text))
			continue;
		next->len = 0;
		apply(&rules[i], compiled(secrets, i), (struct span){text, strlen(text)}, next);
		if (strcmp(buf_text(next), text) == 0)
			continue;
		text = buf_text(next);
		masked++;
	}
	if (masked > 0)
		buf_puts(out, text);
	buf_release(&texts[0]);
	buf_release(&texts[1]);
	return masked > 0;
}

const char *
secrets_masked(struct secrets *secrets, struct pool *pool, const char *text)
{
	struct buf masked = {0};

	if (secrets_mask(secrets, text, &masked))
		text = pool_strndup(pool, masked.data, masked.len);
	buf_release(&masked);
	return text;
}
