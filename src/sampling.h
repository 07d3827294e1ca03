/* sampling: how far a heap profile's figures may be off, from the way Go samples. Pure.
 *
 * Go takes each allocated byte for a sample with a chance of one in `period` (MemProfileRate), and
 * scales what it got up again. An object of s bytes is sampled with p = 1 - e^(-s/period). Of n such
 * objects the estimate of their bytes has a variance of n s^2 (1 - p) / p: for small objects one
 * period for each byte, for objects of many periods nothing. */
#ifndef FLAREPROF_SAMPLING_H
#define FLAREPROF_SAMPLING_H

#include "top.h"

/* Adds up the variances of rows of a heap diff, in bytes^2. `objects` has the same functions'
 * numbers of objects, from which their size is known; without it they count as small. */
struct sampling {
	const struct top_row **objects; /* by function */
	size_t count;
	double period;
	double variance;
};

/* A period that is not positive is Go's default. sampling_close frees what is no result. */
void sampling_open(struct sampling *sampling, const struct top *objects, int64_t period);
void sampling_add(struct sampling *sampling, const struct top_row *row);
void sampling_close(struct sampling *sampling);

/* The standard error, in bytes. */
int64_t sampling_error(const struct sampling *sampling);

#endif
