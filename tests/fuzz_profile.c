/* The head of a profile, as it is and compressed. */
#include "profile.h"

#include "fuzz.h"
#include "gzip.h"

enum { LIMIT = 64 << 20 };

static void
tell_profile(struct buf *told, const struct profile *profile, size_t size)
{
	must(profile->state == PROFILE_READ || profile->state == PROFILE_UNREADABLE);
	must((profile->state == PROFILE_READ) == (profile->why == NULL));
	must(profile->type_count <= PROFILE_TYPES);
	must((profile->type_count > 0) == (profile->state == PROFILE_READ));
	must(profile->sample_count >= 0 && (uint64_t)profile->sample_count <= size);
	must(profile_same_program(profile, profile));
	for (size_t i = 0; i < profile->type_count; i++) {
		must(profile->types[i] != NULL);
		must(profile_has_type(profile, profile->types[i]));
		tell_text(told, profile->types[i]);
	}
	must(profile->build_id != NULL && profile->binary != NULL);
	tell_text(told, profile->why);
	tell_text(told, profile->build_id);
	tell_text(told, profile->binary);
	tell_text(told, profile->escape);
	tell_number(told, profile->sample_count);
	tell_number(told, profile->period);
	tell_number(told, profile->time_ns);
	tell_number(told, profile->duration_ns);
}

static int
is_packed(struct span bytes)
{
	return bytes.len >= 2 && memcmp(bytes.at, "\x1f\x8b", 2) == 0;
}

static void
read_packed(struct buf *told, struct pool *pool, struct span bytes)
{
	struct profile profile = {
	    .file = "core-cpu.pprof", .path = "/core-cpu.pprof", .limit_bytes = LIMIT};
	struct buf packed = {0};

	gzip_pack(&packed, bytes);
	profile_parse(&profile, pool, (struct span){packed.data, packed.len});
	tell_profile(told, &profile, bytes.len);
	buf_release(&packed);
}

static void
read_profile(struct buf *told, struct pool *pool, struct span bytes)
{
	struct profile profile = {
	    .file = "core-cpu.pprof", .path = "/core-cpu.pprof", .limit_bytes = LIMIT};
	struct buf same = {0};

	profile_parse(&profile, pool, bytes);
	tell_profile(told, &profile, is_packed(bytes) ? SIZE_MAX : bytes.len);
	/* What is packed twice is no profile, and nothing at all has words of its own. */
	if (bytes.len != 0 && !is_packed(bytes)) {
		read_packed(&same, pool, bytes);
		must(strcmp(buf_text(&same), buf_text(told)) == 0);
	}
	buf_release(&same);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return fuzz_twice(read_profile, data, size);
}
