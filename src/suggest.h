/* suggest: what somebody may have meant who mistyped a word. Pure. */
#ifndef FLAREPROF_SUGGEST_H
#define FLAREPROF_SUGGEST_H

#include <stddef.h>

/* The candidate that is nearest to a word by letters left out, put in, mistaken or swapped, whatever
 * their case; NULL when none is so near that it could be meant. The first of several. */
const char *suggest_nearest(const char *word, const char *const *candidates, size_t count);

#endif
