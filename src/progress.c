#include "progress.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { LONGEST = 200, USUAL_COLUMNS = 80 };

#define PATIENCE_NS ((int64_t)200000000)
#define PAUSE_NS ((int64_t)50000000)

void
progress_open(struct progress *progress, int wanted, size_t flares)
{
	const char *term = getenv("TERM");

	*progress = (struct progress){.flares = flares};
	progress->shown = wanted && isatty(STDERR_FILENO) &&
			  (term == NULL || strcmp(term, "dumb") != 0);
}

static size_t
columns(void)
{
	struct winsize size = {0};

	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) < 0 || size.ws_col == 0)
		return USUAL_COLUMNS;
	return size.ws_col;
}

void
progress_show(struct progress *progress, int64_t elapsed_ns)
{
	char line[LONGEST] = "";
	size_t room;
	int len = 0;

	if (!progress->shown || elapsed_ns < PATIENCE_NS ||
	    (progress->on_screen && elapsed_ns - progress->last_ns < PAUSE_NS))
		return;
	progress->last_ns = elapsed_ns;
	room = columns();
	if (progress->flares > 1)
		len = snprintf(line, sizeof(line), "%zu of %zu flares, ", progress->flares_done,
		    progress->flares);
	snprintf(line + len, sizeof(line) - (size_t)len, "%zu of %zu profiles: %s",
	    progress->runs_done, progress->runs,
	    progress->running != NULL ? progress->running : "");
	/* A line that wraps could not be taken away again. */
	fprintf(stderr, "\r%.*s\033[K", (int)(room > 1 ? room - 1 : 1), line);
	fflush(stderr);
	progress->on_screen = 1;
}

void
progress_clear(struct progress *progress)
{
	if (progress->on_screen)
		fputs("\r\033[K", stderr);
	progress->on_screen = 0;
}
