#include "sink.h"

#include "error.h"
#include "file.h"
#include "pool.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int
fail_to_write(const struct sink *sink, struct error *err)
{
	return fail(err, "cannot write '%s': %s", sink->path, strerror(errno));
}

int
sink_open(struct sink *sink, struct pool *pool, const char *path, struct error *err)
{
	struct stat st;
	int is_new;

	*sink = (struct sink){.path = path};
	if (strcmp(path, "-") == 0)
		return 0;
	if (file_make_parents(path, err) < 0)
		return -1;
	is_new = stat(path, &st) < 0;
	if (!is_new && S_ISDIR(st.st_mode))
		return fail(err, "cannot write '%s': is a directory", path);
	/* A device or a pipe is written to, never replaced. */
	if (is_new || S_ISREG(st.st_mode))
		sink->temporary = pool_printf(pool, "%s.%ld.tmp", path, (long)getpid());
	sink->file = fopen(sink->temporary != NULL ? sink->temporary : path,
	    sink->temporary != NULL ? "wxe" : "we");
	return sink->file != NULL ? 0 : fail_to_write(sink, err);
}

int
sink_put(struct sink *sink, const char *data, size_t len, struct error *err)
{
	int status = 0;

	if (sink->file == NULL)
		status = file_write(sink->path, data, len, err);
	else if (fwrite(data, 1, len, sink->file) != len || fflush(sink->file) != 0)
		status = fail_to_write(sink, err);
	sink->failed |= status < 0;
	return status;
}

int
sink_close(struct sink *sink, struct error *err)
{
	int status = 0;

	if (sink->file != NULL && fclose(sink->file) != 0)
		status = fail_to_write(sink, err);
	sink->file = NULL;
	if (status == 0 && sink->temporary != NULL) {
		status = file_put_in_place(sink->temporary, sink->path, err);
		if (status == 0)
			sink->temporary = NULL;
	}
	return status;
}

void
sink_drop(struct sink *sink)
{
	if (sink->file != NULL)
		fclose(sink->file);
	if (sink->temporary != NULL)
		unlink(sink->temporary);
	*sink = (struct sink){0};
}
