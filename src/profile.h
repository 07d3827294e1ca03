/* profile: the head of one pprof file: what it measures, when, and for how long.
 *
 * Reads the protobuf of github.com/google/pprof/proto/profile.proto as far as that goes; the
 * samples themselves are pprof's business. What is no profile is told apart here, before any
 * program is started for it. */
#ifndef FLAREPROF_PROFILE_H
#define FLAREPROF_PROFILE_H

#include "text.h"

#include <stddef.h>
#include <stdint.h>

struct pool;

enum { PROFILE_TYPES = 8 };

enum profile_state {
	PROFILE_CLOSED = 0,
	PROFILE_MISSING,
	PROFILE_UNREADABLE, /* empty, cut, an error page: see why */
	PROFILE_READ,
};

struct profile {
	const char *file; /* its name inside the flare, borrowed */
	const char *path; /* absolute, borrowed */
	int64_t limit_bytes; /* of the file, packed or inflated */
	enum profile_state state;
	const char *why; /* not NULL unless it was read */
	const char *types[PROFILE_TYPES]; /* "inuse_space", ... */
	size_t type_count;
	int64_t sample_count;
	int64_t size_bytes;  /* of the file */
	int64_t plain_bytes; /* the same, inflated */
	int64_t period;	     /* bytes for heap profiles, ns for CPU profiles; 0: unknown */
	int64_t time_ns;     /* epoch; 0: unknown */
	int64_t duration_ns; /* 0: unknown */
	const char *build_id; /* of the main binary; "" where there is none */
	const char *binary;   /* its file; "" where there is none */
	const char *escape;   /* what of its mappings leads pprof to other files; NULL: nothing */
};

/* Reads the head of the file at profile->path, once. Never fails: see state and why. */
void profile_open(struct profile *profile, struct pool *pool);

/* Makes it unreadable: it was not even unpacked. */
void profile_refuse(struct profile *profile, const char *why);

/* The same from the file's bytes, compressed or not. Needs limit_bytes. */
void profile_parse(struct profile *profile, struct pool *pool, struct span bytes);

/* 0 when two profiles are of different binaries, as far as they tell. */
int profile_same_program(const struct profile *a, const struct profile *b);

int profile_has_type(const struct profile *profile, const char *type);

#endif
