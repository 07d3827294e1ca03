/* fields: the values of JSON objects, where what is not known is null. */
#ifndef FLAREPROF_FIELDS_H
#define FLAREPROF_FIELDS_H

#include <stdint.h>

struct cJSON;

void fields_add_integer(struct cJSON *object, const char *key, int64_t value, int known);
/* What is no finite number is not known. */
void fields_add_number(struct cJSON *object, const char *key, double value, int known);
/* NULL is null. */
void fields_add_text(struct cJSON *object, const char *key, const char *text);

/* What an object has under a key; NULL, "" and 0 where it is not there, or of another kind. */
struct cJSON *fields_get(const struct cJSON *object, const char *key);
const char *fields_text(const struct cJSON *object, const char *key);
double fields_number(const struct cJSON *object, const char *key);

/* A new object at the end of an array. */
struct cJSON *fields_append(struct cJSON *array);

/* To a thousandth, so that a figure is as short as it is sure. */
double fields_rounded(double value);

#endif
