#include "decorate.h"

#include "buf.h"
#include "callers.h"
#include "discreet.h"
#include "fields.h"
#include "text.h"
#include "units.h"

#include <cjson/cJSON.h>
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TABLE_NAME_WIDTH = 110, COMMAND_WIDTH = 4096, LONG_INTERVAL_SECONDS = 600 };

/* How the numbers of one unit are printed. */
struct format {
	const char *name; /* what it goes by: the end of a key, a table, or a finding's unit */
	size_t dropped;	  /* characters of a key's end that give way to "_human" */
	void (*print)(char text[UNITS_TEXT], double value);
};

static void
format_bytes(char text[UNITS_TEXT], double value)
{
	units_bytes(text, (int64_t)value);
}

static void
format_ns(char text[UNITS_TEXT], double value)
{
	units_duration(text, (int64_t)value);
}

static void
format_ms(char text[UNITS_TEXT], double value)
{
	units_duration(text, (int64_t)(value * 1e6));
}

static void
format_seconds(char text[UNITS_TEXT], double value)
{
	if (value >= LONG_INTERVAL_SECONDS)
		units_age(text, (int64_t)value);
	else
		units_duration(text, (int64_t)llround(value * 1e9));
}

static void
format_age(char text[UNITS_TEXT], double value)
{
	units_age(text, (int64_t)value);
}

static void
format_percent(char text[UNITS_TEXT], double value)
{
	units_percent(text, value);
}

static void
format_fraction(char text[UNITS_TEXT], double value)
{
	snprintf(text, UNITS_TEXT, "%.2f%%", value * 100);
}

static void
format_count(char text[UNITS_TEXT], double value)
{
	units_count(text, (int64_t)value);
}

static void
format_cores(char text[UNITS_TEXT], double value)
{
	snprintf(text, UNITS_TEXT, "%.2f", value);
}

static void
format_with_cores(char text[UNITS_TEXT], double value)
{
	snprintf(text, UNITS_TEXT, "%.2f cores", value);
}

/* Of numbers, by the end of their key. */
static const struct format units[] = {
    {"_bytes", 6, format_bytes},
    {"_ns", 3, format_ns},
    {"_ms", 3, format_ms},
    {"_seconds", 8, format_seconds},
    {"percent", 0, format_percent},
    {"_fraction", 0, format_fraction},
    {"core_use", 0, format_cores},
    {"heap_objects", 0, format_count},
    {"num_gc", 0, format_count},
    {"contentions", 0, format_count},
    {"count", 0, format_count},
};

/* Of flat and cum in the rows of a table, and of a finding's measure. */
static const struct format tables[] = {
    {"growth_rows", 0, format_bytes},
    {"allocated_rows", 0, format_bytes},
    {"shrinkage_rows", 0, format_bytes},
    {"object_rows", 0, format_count},
    {"current_rows", 0, format_bytes},
    {"rows", 0, format_ns},
    {"cumulative_rows", 0, format_ns},
    {"bytes_per_30s", 0, format_bytes},
    {"percent", 0, format_percent},
    {"cores", 0, format_with_cores},
    {"ns", 0, format_ns},
    {"ns_per_30s", 0, format_ns},
    {"seconds", 0, format_age},
    {"count", 0, format_count},
    {"fraction", 0, format_fraction},
};

/* Keys whose text becomes a switch for templates. */
static const char *const switches[] = {
    "type", "rule", "kind", "confidence", "interval_source", "state", "verdict",
    "current_snapshot", "mostly", "unit", "validity", "gc_source", "gc_state", "since", "label",
    "source",
};

static const struct format *
find_format(const char *name)
{
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		if (strcmp(tables[i].name, name) == 0)
			return &tables[i];
	}
	return NULL;
}

static void
put_text(cJSON *object, const char *stem, const char *ending, const char *text)
{
	struct buf key = {0};

	buf_puts(&key, stem);
	buf_puts(&key, ending);
	cJSON_AddStringToObject(object, buf_text(&key), text);
	buf_release(&key);
}

static void
put_formatted(cJSON *object, const char *stem, double value, const struct format *format)
{
	char text[UNITS_TEXT + 1] = "+";

	format->print(text + 1, value);
	put_text(object, stem, "_human", text + 1);
	put_text(object, stem, "_signed", value > 0 ? text : text + 1);
}

/* heap_alloc_bytes -> heap_alloc; core_use stays. */
static void
decorate_number(cJSON *object, const char *key, double value)
{
	size_t len = strlen(key);

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		size_t end = strlen(units[i].name);
		char *stem;

		if (len < end || strcmp(key + len - end, units[i].name) != 0)
			continue;
		stem = strdup(key);
		if (stem != NULL)
			stem[len - units[i].dropped] = '\0';
		if (stem != NULL)
			put_formatted(object, stem, value, &units[i]);
		free(stem);
		return;
	}
}

/* name: "Memory Leak" -> name_is_memory_leak. */
void
decorate_switch(cJSON *object, const char *key, const char *value)
{
	struct buf name = {0};

	buf_puts(&name, key);
	buf_puts(&name, "_is_");
	for (; *value != '\0'; value++)
		buf_putc(&name,
		    isalnum((unsigned char)*value) ? (char)tolower((unsigned char)*value) : '_');
	cJSON_AddTrueToObject(object, buf_text(&name));
	buf_release(&name);
}

/* The name without its import path: aggregator.(*TimeSampler).sample. */
static const char *
short_name(const char *function)
{
	size_t end = strcspn(function, "[("), start = 0;

	for (size_t i = 0; i < end; i++) {
		if (function[i] == '/')
			start = i + 1;
	}
	return function + start;
}

/* Processes whose names are not for customers have a switch; so have all others together. */
static void
put_process_switch(cJSON *object, const char *process)
{
	static const char *const named[] = {"core", "datadog-cluster-agent", "trace", "process"};
	int other = 1;

	for (size_t i = 0; i < sizeof(named) / sizeof(named[0]); i++)
		other &= strcmp(named[i], process) != 0;
	decorate_switch(object, "process", other ? "other" : process);
}

/* Keys of functions, and of other names that are shown as code. */
static const char *const functions[] = {"function", "agent_function", "creator", "held_by",
    "waited_in", "waiting_in", "code", "busiest"};

static int
is_code(const char *key)
{
	for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++) {
		if (strcmp(key, functions[i]) == 0)
			return 1;
	}
	return 0;
}

static void
decorate_string(cJSON *object, const char *key, const char *value)
{
	struct buf shorter = {0}, code = {0}, plain = {0};
	int is_function = is_code(key);

	for (size_t i = 0; i < sizeof(switches) / sizeof(switches[0]); i++) {
		if (strcmp(key, switches[i]) == 0)
			decorate_switch(object, key, value);
	}
	if (is_function || strcmp(key, "command") == 0 || strstr(key, "_command") != NULL) {
		text_add_short(&shorter, value, is_function ? TABLE_NAME_WIDTH : COMMAND_WIDTH);
		(is_function ? text_add_cell_code : text_add_code)(&code, buf_text(&shorter));
		put_text(object, key, "_code", buf_text(&code));
	}
	if (is_function)
		put_text(object, key, "_short", short_name(value));
	if (strcmp(key, "process") == 0)
		put_process_switch(object, value);
	if ((strcmp(key, "process") == 0 || strcmp(key, "name") == 0) && discreet(value))
		put_text(object, key, "_plain", value);
	/* What stands in parentheses is for engineers. */
	if (strcmp(key, "component") == 0) {
		buf_add(&plain, value, strcspn(value, "("));
		while (plain.len > 0 && plain.data[plain.len - 1] == ' ')
			plain.data[--plain.len] = '\0';
		put_text(object, key, "_plain", buf_text(&plain));
	}
	buf_release(&plain);
	buf_release(&code);
	buf_release(&shorter);
}

/* The figure that a table's bars show; 0 where its rows have none. */
static double
weight(const cJSON *row, const char *table)
{
	static const char *const keys[] = {
	    "delay_ns", "flat", "cpu_ns", "held_ns", "waited_ns", "part_bytes", "average_ms",
	    "size_bytes", "minutes", "count"};
	const cJSON *value;

	if (strcmp(table, "cumulative_rows") == 0)
		value = cJSON_GetObjectItemCaseSensitive(row, "cum");
	else
		value = NULL;
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]) && !cJSON_IsNumber(value); i++)
		value = cJSON_GetObjectItemCaseSensitive(row, keys[i]);
	return cJSON_IsNumber(value) ? fabs(value->valuedouble) : 0;
}

void
decorate_bar(cJSON *object, const char *stem, double share)
{
	char text[UNITS_TEXT];

	units_bar(text, share);
	put_text(object, stem, "bar", text);
}

/* A row as pprof prints it: flat flat% sum% cum cum% name. Of a lock profile's row, the delay
 * and the contentions take the first and the last places. */
static void
put_pprof_line(cJSON *row, double *sum_percent)
{
	const cJSON *percent = cJSON_GetObjectItemCaseSensitive(row, "flat_percent");
	const char *function = fields_text(row, "function");
	char head[256], sum[UNITS_TEXT] = "";
	struct buf line = {0};

	if (cJSON_GetObjectItemCaseSensitive(row, "flat") != NULL) {
		*sum_percent += cJSON_IsNumber(percent) ? percent->valuedouble : 0;
		units_percent(sum, *sum_percent);
		snprintf(head, sizeof(head), "%10s %6s %6s %10s %6s  ", fields_text(row, "flat_human"),
		    fields_text(row, "flat_percent_human"), sum, fields_text(row, "cum_human"),
		    fields_text(row, "cum_percent_human"));
	} else {
		snprintf(head, sizeof(head), "%10s %13s  ", fields_text(row, "delay_human"),
		    fields_text(row, "contentions_human"));
	}
	buf_puts(&line, head);
	buf_puts(&line, function);
	put_text(row, "pprof", "_line", buf_text(&line));
	buf_release(&line);
}

/* Of a library's function the Agent's that calls it, where it is known. */
static void
put_caller(cJSON *row)
{
	const char *caller = fields_text(row, "agent_function");
	const cJSON *percent = cJSON_GetObjectItemCaseSensitive(row, "agent_percent");
	struct buf shorter = {0}, code = {0};

	if (caller[0] == '\0' || strcmp(caller, fields_text(row, "function")) == 0 ||
	    !cJSON_IsNumber(percent) || percent->valuedouble < 100 * CALLERS_KNOWN)
		return;
	text_add_short(&shorter, short_name(caller), TABLE_NAME_WIDTH);
	text_add_cell_code(&code, buf_text(&shorter));
	put_text(row, "via", "_code", buf_text(&code));
	buf_release(&code);
	buf_release(&shorter);
}

/* What only the rows of tables of functions have. */
static void
decorate_row(cJSON *row, const struct format *format, double *sum_percent)
{
	static const char *const figures[] = {"flat", "cum"};

	for (size_t i = 0; i < 2 && format != NULL; i++) {
		const cJSON *value = cJSON_GetObjectItemCaseSensitive(row, figures[i]);

		if (cJSON_IsNumber(value))
			put_formatted(row, figures[i], value->valuedouble, format);
	}
	put_pprof_line(row, sum_percent);
	put_caller(row);
}

void
decorate_array(cJSON *owner, const char *key, cJSON *array)
{
	const struct format *format = find_format(key);
	double largest = 0, sum_percent = 0;
	int number = 0, count = cJSON_GetArraySize(array);
	struct buf any = {0};
	cJSON *item;

	cJSON_ArrayForEach(item, array) largest = fmax(largest, weight(item, key));
	cJSON_ArrayForEach(item, array)
	{
		if (!cJSON_IsObject(item))
			continue;
		decorate(item);
		cJSON_AddNumberToObject(item, "number", ++number);
		cJSON_AddBoolToObject(item, "first", number == 1);
		cJSON_AddBoolToObject(item, "last", number == count);
		cJSON_AddBoolToObject(item, "top5", number <= 5);
		decorate_bar(item, "", largest > 0 ? weight(item, key) / largest : 0);
		if (strcmp(key, "rows") == 0 || strstr(key, "_rows") != NULL)
			decorate_row(item, format, &sum_percent);
	}
	buf_puts(&any, "any_");
	buf_puts(&any, key);
	cJSON_AddBoolToObject(owner, buf_text(&any), count > 0);
	buf_release(&any);
}

static void
decorate_finding(cJSON *object)
{
	static const char *const keys[] = {"measured", "threshold", "value", "limit"};
	const char *unit =
	    cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, "unit"));
	const struct format *format = unit != NULL ? find_format(unit) : NULL;

	if (format == NULL)
		return;
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		const cJSON *value = cJSON_GetObjectItemCaseSensitive(object, keys[i]);

		if (cJSON_IsNumber(value))
			put_formatted(object, keys[i], value->valuedouble, format);
	}
	/* pprof puts the binary's name in brackets where there are no symbols. */
	cJSON_AddBoolToObject(object, "is_c_code",
	    strcmp(fields_text(object, "function"), "runtime.cgocall") == 0 ||
		strcmp(fields_text(object, "function"), "runtime._ExternalCode") == 0 ||
		fields_text(object, "function")[0] == '[');
	cJSON_AddBoolToObject(object, "called_by",
	    strcmp(fields_text(object, "function"), fields_text(object, "agent_function")) != 0 &&
		fields_text(object, "function")[0] != '\0' &&
		fields_text(object, "agent_function")[0] != '\0');
}

void
decorate(cJSON *tree)
{
	cJSON *child = tree->child, *next;

	/* What is added comes behind the last child of now, and is passed over. */
	cJSON *last = child != NULL ? child->prev : NULL;

	for (; child != NULL; child = next) {
		next = child == last ? NULL : child->next;
		if (cJSON_IsNumber(child))
			decorate_number(tree, child->string, child->valuedouble);
		else if (cJSON_IsString(child))
			decorate_string(tree, child->string, child->valuestring);
		else if (cJSON_IsArray(child))
			decorate_array(tree, child->string, child);
		else if (cJSON_IsObject(child))
			decorate(child);
	}
	decorate_finding(tree);
}
