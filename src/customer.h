/* customer: what of a view is for the customer message, and what stands out beside the verdict. Pure.
 *
 * The message has no text of the flare but names that are discreet (discreet.h). */
#ifndef FLAREPROF_CUSTOMER_H
#define FLAREPROF_CUSTOMER_H

struct cJSON;

/* Adds for_customer, unjudged_names, customer_signs, quiet, upgraded and notable_count to a view that
 * has all else (view.h). */
void customer_put(struct cJSON *view);

#endif
