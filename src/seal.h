/* seal: the last thing that is done to a model before anything is made of it.
 *
 * All outputs are rendered from the model alone. So here, once for all of them, every text in
 * it is made one line of printable UTF-8 (text.h), without keys and passwords (secret.h), and
 * no longer than anybody can use. What was cut is a gap more. */
#ifndef FLAREPROF_SEAL_H
#define FLAREPROF_SEAL_H

struct cJSON;
struct secrets;

/* Leaves alone what the user said on the command line, "case". Of two keys that are the same
 * now the sum stays. */
void seal(struct cJSON *model, struct secrets *secrets);

#endif
