#include "charts.h"

#include "fields.h"
#include "units.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdio.h>

/* The names are on the left, the values on the right, the bars in between. */
enum { ROW = 22, BARS_FROM = 42, BARS_TO = 87, HEAD = 18 };

/* What a chart's width stands for, from its left end to its right one. */
struct scale {
	double least, most;
};

static double
percent_of(const struct scale *scale, double value)
{
	double share = (value - scale->least) / (scale->most - scale->least);

	return BARS_FROM + (BARS_TO - BARS_FROM) * fmin(fmax(share, 0), 1);
}

static void
put_percent(cJSON *object, const char *key, double percent)
{
	char text[32];

	snprintf(text, sizeof(text), "%.2f", percent);
	cJSON_AddStringToObject(object, key, text);
}

/* A bar between two values. */
static void
put_bar(cJSON *row, const struct scale *scale, const char *const keys[2], double from, double to)
{
	double left = percent_of(scale, fmin(from, to)), right = percent_of(scale, fmax(from, to));

	put_percent(row, keys[0], left);
	put_percent(row, keys[1], right - left);
}

/* A row for a row of a table, whose texts it has. */
static cJSON *
add_row(cJSON *rows, const cJSON *source)
{
	static const char *const texts[] = {"function", "function_short", "flat_human", "flat_signed",
	    "flat_percent_human", "cum_human", "cum_percent_human", "component"};
	int number = cJSON_GetArraySize(rows);
	cJSON *row = fields_append(rows);

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		fields_add_text(row, texts[i], fields_text(source, texts[i]));
	cJSON_AddNumberToObject(row, "y", HEAD + number * ROW);
	cJSON_AddNumberToObject(row, "text_y", HEAD + number * ROW + ROW / 2 + 4);
	return row;
}

/* Opens a chart; NULL when it would be empty. */
static cJSON *
add_chart(cJSON *object, int rows)
{
	cJSON *chart;

	if (rows == 0)
		return NULL;
	chart = cJSON_AddObjectToObject(object, "chart");
	cJSON_AddNumberToObject(chart, "height", HEAD + rows * ROW + 4);
	cJSON_AddArrayToObject(chart, "rows");
	return chart;
}

static void
put_lines(cJSON *chart, const struct scale *scale, double limit)
{
	put_percent(chart, "zero_percent", percent_of(scale, 0));
	put_percent(chart, "limit_percent", percent_of(scale, limit));
}

static double
largest(const cJSON *rows)
{
	double most = 0;
	const cJSON *row;

	cJSON_ArrayForEach(row, rows) most = fmax(most, fabs(fields_number(row, "flat")));
	return most;
}

/* The limit is that of the whole process, for as long as was measured. */
static void
add_growth(cJSON *process)
{
	static const char *const bar[] = {"x_percent", "width_percent"};
	cJSON *heap = fields_get(process, "heap");
	const cJSON *tables[] = {fields_get(heap, "growth_rows"), fields_get(heap, "shrinkage_rows")};
	double limit = fields_number(fields_get(process, "judged"), "heap_threshold_bytes") *
		       fields_number(heap, "interval_seconds") / 30;
	struct scale scale = {-largest(tables[1]), fmax(largest(tables[0]), limit)};
	int any_growth = cJSON_GetArraySize(tables[0]) > 0;
	cJSON *chart = add_chart(heap, cJSON_GetArraySize(tables[0]) + cJSON_GetArraySize(tables[1]));
	const cJSON *source;
	char text[UNITS_TEXT];

	if (chart == NULL)
		return;
	for (size_t i = 0; i < 2; i++) {
		cJSON_ArrayForEach(source, tables[i])
		{
			cJSON *row = add_row(fields_get(chart, "rows"), source);

			put_bar(row, &scale, bar, 0, fields_number(source, "flat"));
			cJSON_AddBoolToObject(row, "shrank", fields_number(source, "flat") < 0);
		}
	}
	put_lines(chart, &scale, limit);
	cJSON_AddBoolToObject(chart, "any_growth", any_growth);
	units_bytes(text, (int64_t)limit);
	cJSON_AddStringToObject(chart, "limit_human", text);
}

static void
add_cpu(cJSON *process)
{
	static const char *const flat_bar[] = {"x_percent", "width_percent"};
	static const char *const cum_bar[] = {"cum_x_percent", "cum_width_percent"};
	static const struct scale scale = {0, 100};
	cJSON *cpu = fields_get(process, "cpu");
	const cJSON *rows = fields_get(cpu, "rows"), *source;
	cJSON *chart = add_chart(cpu, cJSON_GetArraySize(rows));

	if (chart == NULL)
		return;
	cJSON_ArrayForEach(source, rows)
	{
		cJSON *row = add_row(fields_get(chart, "rows"), source);

		put_bar(row, &scale, flat_bar, 0, fields_number(source, "flat_percent"));
		put_bar(row, &scale, cum_bar, 0, fields_number(source, "cum_percent"));
	}
	put_lines(chart, &scale,
	    fields_number(fields_get(process, "judged"), "cpu_threshold_percent"));
}

void
charts_lay_out(cJSON *process)
{
	add_growth(process);
	add_cpu(process);
}
