#include "fields.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stddef.h>

void
fields_add_number(cJSON *object, const char *key, double value, int known)
{
	if (known && isfinite(value))
		cJSON_AddNumberToObject(object, key, value);
	else
		cJSON_AddNullToObject(object, key);
}

void
fields_add_integer(cJSON *object, const char *key, int64_t value, int known)
{
	fields_add_number(object, key, (double)value, known);
}

void
fields_add_text(cJSON *object, const char *key, const char *text)
{
	if (text != NULL)
		cJSON_AddStringToObject(object, key, text);
	else
		cJSON_AddNullToObject(object, key);
}

cJSON *
fields_get(const cJSON *object, const char *key)
{
	return cJSON_GetObjectItemCaseSensitive(object, key);
}

const char *
fields_text(const cJSON *object, const char *key)
{
	const char *text = cJSON_GetStringValue(fields_get(object, key));

	return text != NULL ? text : "";
}

double
fields_number(const cJSON *object, const char *key)
{
	const cJSON *value = fields_get(object, key);

	return cJSON_IsNumber(value) ? value->valuedouble : 0;
}

cJSON *
fields_append(cJSON *array)
{
	cJSON *object = cJSON_CreateObject();

	cJSON_AddItemToArray(array, object);
	return object;
}

double
fields_rounded(double value)
{
	return round(value * 1000) / 1000;
}
