#include "sampling.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Go's default: one allocation in 512 KiB is sampled. */
#define USUAL_PERIOD 524288.0

static int
compare_functions(const void *left, const void *right)
{
	const struct top_row *const *a = left, *const *b = right;

	return strcmp((*a)->function, (*b)->function);
}

void
sampling_open(struct sampling *sampling, const struct top *objects, int64_t period)
{
	*sampling = (struct sampling){.period = period > 0 ? (double)period : USUAL_PERIOD};
	if (!objects->found || objects->count == 0)
		return;
	sampling->objects = calloc(objects->count, sizeof(const struct top_row *));
	if (sampling->objects == NULL)
		return;
	sampling->count = objects->count;
	for (size_t i = 0; i < objects->count; i++)
		sampling->objects[i] = &objects->rows[i];
	qsort(sampling->objects, sampling->count, sizeof(const struct top_row *),
	    compare_functions);
}

void
sampling_close(struct sampling *sampling)
{
	free(sampling->objects);
	sampling->objects = NULL;
	sampling->count = 0;
}

/* The mean size of what a function keeps more or less of; 0 where that is unknown. */
static double
size_of(const struct sampling *sampling, const struct top_row *row)
{
	const struct top_row *const *found =
	    sampling->count == 0 ? NULL
				 : bsearch(&row, sampling->objects, sampling->count,
				       sizeof(const struct top_row *), compare_functions);
	double size = found != NULL && (*found)->flat != 0
			  ? (double)row->flat / (double)(*found)->flat
			  : 0;

	return size > 0 ? size : 0;
}

void
sampling_add(struct sampling *sampling, const struct top_row *row)
{
	double size = size_of(sampling, row), bytes = fabs((double)row->flat);

	sampling->variance +=
	    size > 0 ? bytes * size / expm1(size / sampling->period) : bytes * sampling->period;
}

int64_t
sampling_error(const struct sampling *sampling)
{
	double error = sqrt(sampling->variance);

	return error < 9e18 ? llround(error) : INT64_MAX;
}
