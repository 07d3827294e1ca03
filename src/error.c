#include "error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int
fail(struct error *err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(err->msg, sizeof(err->msg), fmt, ap);
	va_end(ap);
	return -1;
}

int
fail_while(struct error *err, const char *fmt, ...)
{
	char why[sizeof(err->msg)];
	size_t used;
	va_list ap;

	memcpy(why, err->msg, sizeof(why));
	va_start(ap, fmt);
	vsnprintf(err->msg, sizeof(err->msg), fmt, ap);
	va_end(ap);
	used = strlen(err->msg);
	snprintf(err->msg + used, sizeof(err->msg) - used, ": %s", why);
	return -1;
}
