#include "progress.h"

#include "buf.h"
#include "secret.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { COUNTS = 96, USUAL_COLUMNS = 80 };

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

/* The bytes of a line that fit into so many columns, one of which stays free: a line that wraps
 * could not be taken away again. What is no ASCII may be two columns wide. */
static size_t
fitting(const struct buf *line, size_t room)
{
	size_t width = 1, len = 0;

	for (const char *at = buf_text(line); *at != '\0'; at++) {
		int starts = ((unsigned char)*at & 0xc0) != 0x80;

		width += starts ? 1 + ((unsigned char)*at >= 0x80) : 0;
		if (width > room)
			break;
		len++;
	}
	return len;
}

void
progress_show(struct progress *progress, int64_t elapsed_ns)
{
	struct secrets secrets = {0};
	struct buf line = {0};
	char counts[COUNTS];

	if (!progress->shown || elapsed_ns < PATIENCE_NS ||
	    (progress->on_screen && elapsed_ns - progress->last_ns < PAUSE_NS))
		return;
	progress->last_ns = elapsed_ns;
	if (progress->flares > 1) {
		snprintf(counts, sizeof(counts), "%zu of %zu flares, ", progress->flares_done,
		    progress->flares);
		buf_puts(&line, counts);
	}
	snprintf(counts, sizeof(counts), "%zu of %zu profiles: ", progress->runs_done,
	    progress->runs);
	buf_puts(&line, counts);
	if (progress->running != NULL && !secrets_mask(&secrets, progress->running, &line))
		buf_puts(&line, progress->running);
	fprintf(stderr, "\r%.*s\033[K", (int)fitting(&line, columns()), buf_text(&line));
	secrets_close(&secrets);
	buf_release(&line);
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
