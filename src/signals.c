#include "signals.h"

#include <stddef.h>

static const int ending[] = {SIGINT, SIGTERM, SIGHUP};

enum { ENDING = sizeof(ending) / sizeof(ending[0]) };

/* Those that would end us: nohup has some ignored, and they stay so. */
static void
ending_set(sigset_t *set)
{
	struct sigaction action;

	sigemptyset(set);
	for (size_t i = 0; i < ENDING; i++) {
		if (sigaction(ending[i], NULL, &action) == 0 && action.sa_handler != SIG_IGN)
			sigaddset(set, ending[i]);
	}
}

void
signals_hold(void)
{
	sigset_t set;

	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	ending_set(&set);
	sigprocmask(SIG_BLOCK, &set, NULL);
}

void
signals_release(void)
{
	sigset_t set;

	ending_set(&set);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
}

int
signals_pending(void)
{
	sigset_t set, pending;

	ending_set(&set);
	sigemptyset(&pending);
	sigpending(&pending);
	for (size_t i = 0; i < ENDING; i++) {
		if (sigismember(&pending, ending[i]) && sigismember(&set, ending[i]))
			return ending[i];
	}
	return 0;
}
