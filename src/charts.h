/* charts: the bar charts of a process: where each bar begins, and how long it is. Pure.
 *
 * Bars are of the functions in the tables; their places are percent of the chart's width. */
#ifndef FLAREPROF_CHARTS_H
#define FLAREPROF_CHARTS_H

struct cJSON;

/* Adds "chart" {rows, height, zero_percent, limit_percent} to a process's heap (what grew, and what
 * shrank) and cpu (flat within cum), in a view that is decorated (decorate.h), where there is anything
 * to show. */
void charts_lay_out(struct cJSON *process);

#endif
