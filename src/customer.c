#include "customer.h"

#include "buf.h"
#include "discreet.h"
#include "fields.h"

#include <cjson/cJSON.h>
#include <string.h>

/* "trace", or "the heap of trace" where the CPU use is known. */
static void
add_unjudged(struct buf *names, const cJSON *process, int named)
{
	buf_puts(names, names->len > 0 ? ", " : "");
	buf_puts(names, cJSON_IsNull(fields_get(fields_get(process, "cpu"), "why")) ? "the heap of " : "");
	buf_puts(names, named ? fields_text(process, "name") : "another process");
}

/* The other processes of a flare that nothing can be said of, for engineers and for customers. */
static void
put_unjudged_names(cJSON *view, cJSON *for_customer)
{
	const char *main_process = fields_text(fields_get(view, "flare"), "main_process");
	struct buf names = {0}, said = {0};
	const cJSON *process;

	cJSON_ArrayForEach(process, fields_get(view, "processes"))
	{
		if (strcmp(fields_text(process, "name"), main_process) == 0 ||
		    strcmp(fields_text(process, "verdict"), "Inconclusive") != 0)
			continue;
		add_unjudged(&names, process, 1);
		add_unjudged(&said, process, discreet(fields_text(process, "name")));
	}
	cJSON_AddStringToObject(view, "unjudged_names", buf_text(&names));
	cJSON_AddStringToObject(for_customer, "unjudged_names", buf_text(&said));
	buf_release(&names);
	buf_release(&said);
}

/* Of names, those that say nothing of the customer's network. */
static void
put_names(cJSON *view)
{
	cJSON *for_customer = cJSON_AddObjectToObject(view, "for_customer");
	const char *hostname = fields_text(fields_get(view, "agent"), "hostname");
	const char *version = fields_text(fields_get(view, "agent"), "version");

	if (hostname[0] != '\0' && discreet(hostname))
		cJSON_AddStringToObject(for_customer, "hostname", hostname);
	if (discreet(version))
		cJSON_AddStringToObject(for_customer, "version", version);
	put_unjudged_names(view, for_customer);
}

/* 1 when one of an array's items says this of itself. */
static int
any_is(const cJSON *array, const char *key, const char *text)
{
	const cJSON *item;

	cJSON_ArrayForEach(item, array)
	{
		if (strcmp(fields_text(item, key), text) == 0)
			return 1;
	}
	return 0;
}

static int
any_outside(const cJSON *ledgers)
{
	const cJSON *ledger;

	cJSON_ArrayForEach(ledger, ledgers)
	{
		if (cJSON_IsTrue(fields_get(ledger, "outside")))
			return 1;
	}
	return 0;
}

/* Nothing at all is out of the ordinary: most notes say that something is not. */
static int
is_quiet(const cJSON *view)
{
	static const char *const loud[] = {
	    "check", "collection", "unclassified", "runtime", "near", "close"};
	const cJSON *notes = fields_get(fields_get(view, "verdict"), "notes"), *check;

	for (size_t i = 0; i < sizeof(loud) / sizeof(loud[0]); i++) {
		if (any_is(notes, "kind", loud[i]))
			return 0;
	}
	cJSON_ArrayForEach(check, fields_get(view, "checks"))
	{
		if (fields_number(check, "errors") > 0)
			return 0;
	}
	return !any_outside(fields_get(view, "ledgers")) &&
	       cJSON_GetArraySize(fields_get(view, "context")) == 0 &&
	       fields_get(fields_get(view, "goroutines"), "largest_crowd") == NULL;
}

/* What is out of the ordinary and for customers, the most telling first; of what is not sent one
 * thing is enough. */
static void
put_signs(cJSON *view)
{
	static const char *const kinds[] = {"retry_queue", "dropped", "send_errors", "contexts",
	    "gc_share", "runners_busy", "log_level", "young"};
	enum { SENDING = 3, MOST = 3 };
	cJSON *signs = cJSON_AddArrayToObject(view, "customer_signs"), *sign;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (i > 0 && i < SENDING && cJSON_GetArraySize(signs) > 0)
			continue;
		cJSON_ArrayForEach(sign, fields_get(view, "context"))
		{
			if (strcmp(fields_text(sign, "kind"), kinds[i]) != 0 ||
			    cJSON_GetArraySize(signs) >= MOST)
				continue;
			cJSON_AddBoolToObject(sign, "is_sending", i < SENDING);
			cJSON_AddItemReferenceToArray(signs, sign);
		}
	}
	cJSON_AddBoolToObject(view, "any_customer_signs", cJSON_GetArraySize(signs) > 0);
}

void
customer_put(cJSON *view)
{
	const cJSON *context = fields_get(view, "context");

	put_names(view);
	put_signs(view);
	cJSON_AddBoolToObject(view, "quiet", is_quiet(view));
	cJSON_AddBoolToObject(view, "upgraded", any_is(context, "kind", "upgrade"));
	cJSON_AddNumberToObject(view, "notable_count",
	    cJSON_GetArraySize(context) + any_outside(fields_get(view, "ledgers")) +
		(fields_get(fields_get(view, "goroutines"), "largest_crowd") != NULL));
}
