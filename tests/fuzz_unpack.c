/* gzip: what zlib takes as a whole comes to the same bytes, and what fails leaves nothing. */
#include "unpack.h"

#include "error.h"

#include "fuzz.h"
#include "gzip.h"

enum { LIMIT = 1 << 20 };

#define BEFORE "before"

static void
check_like_zlib(struct span packed, int status, const struct buf *unpacked)
{
	struct buf plain = {0};

	buf_puts(&plain, BEFORE);
	if (gzip_unpack(&plain, packed, LIMIT)) {
		must(status == 0 && unpacked->len == plain.len);
		must(memcmp(unpacked->data, plain.data, plain.len) == 0);
	}
	buf_release(&plain);
}

static void
check_round_trip(struct span text)
{
	struct buf packed = {0}, plain = {0};
	struct error err = {0};

	gzip_pack(&packed, text);
	must(unpack_gzip((struct span){packed.data, packed.len}, text.len, &plain, &err) == 0);
	must(plain.len == text.len &&
	     (text.len == 0 || memcmp(plain.data, text.at, text.len) == 0));
	if (text.len != 0)
		must(unpack_gzip((struct span){packed.data, packed.len}, text.len - 1, &plain,
			 &err) < 0);
	must(plain.len == text.len);
	buf_release(&packed);
	buf_release(&plain);
}

static void
unpack(struct buf *told, struct pool *pool, struct span packed)
{
	struct error err = {0};
	int status;

	(void)pool;
	buf_puts(told, BEFORE);
	status = unpack_gzip(packed, LIMIT, told, &err);
	must((status == 0) == (err.msg[0] == '\0'));
	must(told->len <= strlen(BEFORE) + LIMIT);
	must(memcmp(told->data, BEFORE, strlen(BEFORE)) == 0);
	must(status == 0 || strcmp(buf_text(told), BEFORE) == 0);
	check_like_zlib(packed, status, told);
	buf_puts(told, err.msg);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	check_round_trip(fuzz_span(data, size));
	return fuzz_twice(unpack, data, size);
}
