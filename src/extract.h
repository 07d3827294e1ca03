/* extract: the files that are wanted of an archive -> a directory of our own. With source and
 * unpack the only user of libarchive.
 *
 * Reads .zip, .tar, .tar.gz and .tar.zst. Paths are rebuilt from checked parts; only regular files
 * are taken, readable by nobody else, and everything within limits. Of a file that is there twice
 * nobody knows which one counts: it is refused. */
#ifndef FLAREPROF_EXTRACT_H
#define FLAREPROF_EXTRACT_H

#include "gap.h"

#include <stddef.h>
#include <stdint.h>

struct error;
struct pool;

struct extract_limits {
	size_t entries;	     /* of the archive */
	int64_t file_bytes;  /* of one file, unpacked */
	int64_t total_bytes; /* of all files that are taken, unpacked */
	size_t ratio;	     /* of unpacked bytes to packed ones */
};

/* What is taken of a file: nothing, all of it, or, of what is only looked at, its first bytes in a
 * file that seems to be as long. */
enum extract_part { EXTRACT_NOTHING, EXTRACT_WHOLE, EXTRACT_HEAD };

struct extract {
	const char *archive;	       /* its path; borrowed */
	const char *directory;	       /* to unpack into: ours, empty; borrowed */
	struct extract_limits limits;
	/* By its path in the archive: clean parts between single slashes. */
	enum extract_part (*wanted)(const char *path);
	struct gaps refused; /* files that were wanted and are not taken: path in the archive, why */
};

/* Fails when the archive cannot be trusted or read to its end; what was unpacked by then is the
 * caller's to remove. */
int extract_archive(struct extract *extract, struct pool *pool, struct error *err);

#endif
