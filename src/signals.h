/* signals: those that would end us, held back while there is something to tidy up. */
#ifndef FLAREPROF_SIGNALS_H
#define FLAREPROF_SIGNALS_H

#include <signal.h>

/* Holds SIGINT, SIGTERM and SIGHUP back, so that nothing is left lying about: who works long asks
 * signals_pending. A reader of our output who goes away, or a file that may not grow, is an error
 * of the write from then on. */
void signals_hold(void);

/* Ends us by the one that came, or goes on where none did. */
void signals_release(void);

/* The number of one that has come and is held back, or 0. */
int signals_pending(void);

#endif
