/* flare: a flare is a directory: find it, catalogue what is in it, read its files.
 *
 * Takes the hostname directory, the directories around it, its profiles/, or an archive of any of
 * them, which is unpacked into a directory of our own. Alone knows how the files of a flare are
 * named (the Agent's comp/core/profiler and pkg/flare). Nothing but regular files is opened, and
 * no link among the flare's files and directories is followed. */
#ifndef FLAREPROF_FLARE_H
#define FLAREPROF_FLARE_H

#include "extract.h"
#include "gap.h"
#include "scratch.h"
#include "unpacking.h"

#include <stddef.h>
#include <stdint.h>

struct buf;
struct error;
struct pool;

enum flare_profile {
	FLARE_HEAP_1ST,
	FLARE_HEAP_2ND,
	FLARE_CPU,
	FLARE_BLOCK,
	FLARE_MUTEX,
	FLARE_PROFILES,
};

enum { FLARE_PROCESSES = 32 }; /* more of them, or of their traces, are a gap */

enum flare_kind { FLARE_NODE, FLARE_CLUSTER_AGENT };

struct flare_process {
	const char *prefix;		   /* of its files' names, whatever it holds */
	const char *name;		   /* the same as clean text: "core", "trace", ... */
	const char *files[FLARE_PROFILES]; /* "profiles/core-cpu.pprof", there or not; clean */
	const char *paths[FLARE_PROFILES]; /* the same, absolute, as it is */
	const char *refused[FLARE_PROFILES]; /* why it was not unpacked, or NULL */
};

struct flare_trace {
	const char *file; /* "profiles/core.trace", clean */
	const char *path; /* absolute */
	int64_t size_bytes;
};

struct flare {
	const char *path; /* as it was given */
	const char *file; /* last part of that */
	struct scratch unpacked; /* of an archive */
	const char *root; /* absolute: where status.log is */
	const char *name; /* last part of root, or of the archive's name */
	int64_t file_bytes; /* that are read of one file, unpacked */
	struct gaps refused; /* what of the archive was not unpacked */
	enum flare_kind kind;
	int local; /* made by the command line: its expvar files are another process's */
	const char *main_process; /* the one that the verdict cannot do without */
	struct flare_process *processes; /* core first */
	size_t process_count;
	struct flare_trace *traces; /* by name */
	size_t trace_count;
};

/* What to open, and what it may take. */
struct flare_source {
	const char *path;
	struct extract_limits limits;
	struct unpacking_place unpacking; /* of an archive */
};

/* Fails when there is no flare with profiles at source->path; the flare has to be closed all the
 * same. */
int flare_open(struct flare *flare, struct pool *pool, const struct flare_source *source,
    struct gaps *gaps, struct error *err);

/* Removes what was unpacked. */
void flare_close(struct flare *flare);

/* Appends the content of a text file of the flare: 1 when it was read, 0 when it is missing, or
 * -1 when it cannot be read, with a gap. */
int flare_read(const struct flare *flare, const char *file, struct buf *content, struct pool *pool,
    struct gaps *gaps);

#endif
