/* Secrets: what is masked is clean, and no key comes through, whatever stands around it. */
#include "secret.h"

#include "fuzz.h"

static const char key[] = "0123456789abcdef0123456789abcdef";

/* The same rules for all inputs, as for all flares of a call. */
static struct secrets secrets;

static const char *
masked(struct pool *pool, const char *text)
{
	const char *once = secrets_masked(&secrets, pool, text);

	must_be_clean(once);
	must_be_clean(secrets_masked(&secrets, pool, once));
	return once;
}

static void
mask(struct buf *told, struct pool *pool, struct span bytes)
{
	const char *clean = text_clean(pool, bytes);

	tell_text(told, masked(pool, clean));
	/* In a longer word it is none. */
	if (strstr(clean, key) != NULL)
		return;
	must(strstr(masked(pool, pool_printf(pool, "%s %s", clean, key)), key) == NULL);
	must(strstr(masked(pool, pool_printf(pool, "%s %s", key, clean)), key) == NULL);
	must(strstr(masked(pool, pool_printf(pool, "%s password=%s,x", clean, key)), key) == NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return fuzz_twice(mask, data, size);
}
