/* source: what libarchive reads of an archive's file: a zip as it is, a tar without its packing.
 *
 * All of a tar passes here, so that what it ends in is known, whatever it is packed by. With
 * extract and unpack the only user of libarchive. */
#ifndef FLAREPROF_SOURCE_H
#define FLAREPROF_SOURCE_H

#include <stdint.h>

struct archive;
struct error;

struct source {
	const char *path;	/* of the file; borrowed */
	int64_t most_bytes;	/* that are read, what is passed over too */
	int fd, zip;
	int64_t size_bytes, read_bytes; /* of the file */
	int64_t bytes, busy_bytes;	/* of the tar, and up to the last one that is not zero */
	struct archive *packed;
	int signal;   /* that ended us */
	int overflow; /* there are more than most_bytes */
	char chunk[16384]; /* may inflate to a thousand times as much before we are asked */
};

/* Begins with path and most_bytes set, the rest zero. Close it in any case. */
int source_open(struct source *source, struct error *err);
void source_close(struct source *source);

/* Lets an archive that is not open yet read it. */
int source_attach(struct source *source, struct archive *archive, struct error *err);

/* Reads what is left of a tar: 0, or what libarchive says of it with the error in `archive`. */
int source_drain(struct source *source, struct archive *archive);

/* Then checks what it ended in, whose last header would begin at that byte: from there on there
 * must be zeros, as a tar ends in them, and nothing behind the packing. */
int source_check_end(const struct source *source, int64_t last_header, struct error *err);

#endif
