/* flame: where each function of a call tree stands in its flame graph. Pure.
 *
 * The root is on top; below each function are those that it calls, the largest first. A place is
 * a share of the graph's width, so that the graph is as wide as the page. */
#ifndef FLAREPROF_FLAME_H
#define FLAREPROF_FLAME_H

struct cJSON;

/* Adds to the nodes of a model's "flame", in a view that is decorated (decorate.h), x_percent,
 * width_percent, y, label, share_human and fill (a class), and to itself height and whether anything
 * shrank. NULL and null are left alone. */
void flame_lay_out(struct cJSON *flame);

#endif
