#include "sink.h"

#include "error.h"
#include "file.h"
#include "output.h"
#include "pool.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int
fail_to_write(const struct sink *sink, struct error *err)
{
	return fail(err, "cannot write '%s': %s", sink->path, strerror(errno));
}

/* The descriptor that parts are written to, or -1. */
static int
open_parts(struct sink *sink, struct pool *pool, struct error *err)
{
	const char *temporary;
	struct stat st;
	int fd;

	if (stat(sink->path, &st) == 0 && S_ISDIR(st.st_mode))
		return fail(err, "cannot write '%s': is a directory", sink->path);
	if (!output_is_replaced(sink->path))
		return output_open_in_place(sink->path, err);
	if (output_make_parents(sink->path, err) < 0)
		return -1;
	temporary = output_temporary(pool, sink->path);
	fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	if (fd < 0)
		return fail_to_write(sink, err);
	sink->temporary = temporary;
	return fd;
}

int
sink_open(struct sink *sink, struct pool *pool, const char *path, struct error *err)
{
	*sink = (struct sink){.path = path};
	sink->fd = open_parts(sink, pool, err);
	sink->open = sink->fd >= 0;
	return sink->open ? 0 : -1;
}

int
sink_put(struct sink *sink, const char *data, size_t len, struct error *err)
{
	if (file_write_to(sink->fd, data, len) == 0)
		return 0;
	sink->failed = 1;
	return fail_to_write(sink, err);
}

int
sink_close(struct sink *sink, struct error *err)
{
	sink->open = 0;
	if (close(sink->fd) < 0)
		return fail_to_write(sink, err);
	if (sink->failed)
		return fail(err, "cannot write '%s': a part is missing", sink->path);
	if (sink->temporary == NULL)
		return 0;
	if (output_put_in_place(sink->temporary, sink->path, err) < 0)
		return -1;
	sink->temporary = NULL;
	return 0;
}

void
sink_drop(struct sink *sink)
{
	if (sink->open)
		close(sink->fd);
	if (sink->temporary != NULL)
		unlink(sink->temporary);
	*sink = (struct sink){0};
}
