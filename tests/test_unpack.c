#include "unpack.h"

#include "buf.h"
#include "error.h"

#include <archive.h>
#include <archive_entry.h>
#include <stdlib.h>
#include <string.h>

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

enum { LIMIT = 1 << 20 };

/* gzip of "flareprof\n" and of nothing, with the name "a" in the header of the first. */
static const char small[] = "\x1f\x8b\x08\x08\x00\x00\x00\x00\x02\x03" "a\0"
			    "\x4b\xcb\x49\x2c\x4a\x2d\x28\xca\x4f\xe3\x02\x00"
			    "\xc5\xb0\xb6\x12\x0a\x00\x00\x00";
static const char empty[] = "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\x03\x00"
			    "\x00\x00\x00\x00\x00\x00\x00\x00";

enum { SMALL = sizeof(small) - 1, EMPTY = sizeof(empty) - 1 };

/* The archive of one file of `plain` bytes, raw in gzip: what gzip(1) makes. */
static void
pack(struct buf *packed, const char *plain, size_t len)
{
	struct archive *archive = archive_write_new();
	struct archive_entry *entry = archive_entry_new();
	size_t used = 0, room = len + 4096;
	char *data = malloc(room);

	assert_int_equal(archive_write_add_filter_gzip(archive), ARCHIVE_OK);
	assert_int_equal(archive_write_set_format_raw(archive), ARCHIVE_OK);
	assert_int_equal(archive_write_set_bytes_in_last_block(archive, 1), ARCHIVE_OK);
	assert_int_equal(archive_write_open_memory(archive, data, room, &used), ARCHIVE_OK);
	archive_entry_set_filetype(entry, AE_IFREG);
	archive_entry_set_pathname(entry, "data");
	assert_int_equal(archive_write_header(archive, entry), ARCHIVE_OK);
	assert_int_equal(archive_write_data(archive, plain, len), len);
	assert_int_equal(archive_write_close(archive), ARCHIVE_OK);
	buf_add(packed, data, used);
	archive_entry_free(entry);
	archive_write_free(archive);
	free(data);
}

/* Unpacks a copy of its own size, so that a read past its end shows. */
static int
unpack(const char *data, size_t len, size_t limit, struct buf *plain, struct error *err)
{
	char *copy = malloc(len != 0 ? len : 1);
	int status;

	memcpy(copy, data, len);
	status = unpack_gzip((struct span){copy, len}, limit, plain, err);
	free(copy);
	return status;
}

/* Fails with this message and leaves what was in the buffer alone. */
static void
refuse(const char *data, size_t len, const char *message)
{
	struct buf plain = {0};
	struct error err = {0};

	buf_puts(&plain, "before");
	if (unpack(data, len, LIMIT, &plain, &err) != -1)
		fail_msg("%zu bytes are unpacked", len);
	if (message != NULL)
		assert_string_equal(err.msg, message);
	assert_string_equal(plain.data, "before");
	assert_int_equal(plain.len, strlen("before"));
	buf_release(&plain);
}

/* Three blocks of the reader, not too regular. */
static void
make_plain(struct buf *plain)
{
	uint32_t random = 1;

	for (int i = 0; i < 150000; i++) {
		random = random * 1664525 + 1013904223;
		buf_putc(plain, (char)('a' + (random >> 24) % (i % 7 + 1)));
	}
}

static void
test_good(void **state)
{
	static const struct {
		const char *packed;
		size_t len;
		const char *plain;
	} examples[] = {{small, SMALL, "flareprof\n"}, {empty, EMPTY, ""}};

	(void)state;
	for (size_t i = 0; i < sizeof(examples) / sizeof(examples[0]); i++) {
		struct buf plain = {0};
		struct error err = {0};

		if (unpack(examples[i].packed, examples[i].len, LIMIT, &plain, &err) < 0)
			fail_msg("%s", err.msg);
		assert_string_equal(buf_text(&plain), examples[i].plain);
		assert_int_equal(plain.len, strlen(examples[i].plain));
		buf_release(&plain);
	}
}

static void
test_large(void **state)
{
	struct buf plain = {0}, packed = {0}, again = {0};
	struct error err = {0};

	(void)state;
	make_plain(&plain);
	pack(&packed, plain.data, plain.len);
	buf_puts(&again, "before");
	assert_int_equal(unpack(packed.data, packed.len, LIMIT, &again, &err), 0);
	assert_int_equal(again.len, strlen("before") + plain.len);
	assert_memory_equal(again.data, "before", strlen("before"));
	assert_memory_equal(again.data + strlen("before"), plain.data, plain.len);
	buf_release(&again);
	buf_release(&packed);
	buf_release(&plain);
}

static void
test_no_gzip(void **state)
{
	static const struct {
		const char *data;
		size_t len;
	} examples[] = {
	    {"", 0}, {"\x1f", 1}, {"\x1f\x8b", 2}, {"flareprof, no gzip at all", 25},
	    {"\x1f\x8b\x07\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 20}, {"BZh91AY&SY", 10},
	    {"\x28\xb5\x2f\xfd\0\0\0\0\0\0\0\0", 12},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(examples) / sizeof(examples[0]); i++)
		refuse(examples[i].data, examples[i].len, "not gzip");
}

static void
test_cut(void **state)
{
	struct buf plain = {0}, packed = {0};

	(void)state;
	for (size_t len = 0; len < SMALL; len++)
		refuse(small, len, NULL);
	for (size_t len = 0; len < EMPTY; len++)
		refuse(empty, len, NULL);
	refuse(small, 17, "gzip text is cut");
	refuse(small, SMALL - 1, "gzip text is cut or damaged");
	make_plain(&plain);
	pack(&packed, plain.data, plain.len);
	for (size_t len = 0; len < packed.len; len += len + 40 < packed.len ? 997 : 1)
		refuse(packed.data, len, NULL);
	refuse(packed.data, packed.len / 2, "gzip text is cut or damaged");
	refuse(packed.data, packed.len - 1, "gzip text is cut or damaged");
	buf_release(&packed);
	buf_release(&plain);
}

/* One wrong bit anywhere behind the header but in the byte that only fills up the last block. */
static void
test_damaged(void **state)
{
	char data[SMALL];

	(void)state;
	for (size_t i = 12; i < SMALL; i++) {
		for (int bit = 0; bit < 8 && i != SMALL - 9; bit++) {
			memcpy(data, small, SMALL);
			data[i] = (char)(data[i] ^ 1 << bit);
			refuse(data, SMALL, NULL);
		}
	}
	memcpy(data, small, SMALL);
	data[SMALL - 8] ^= 1;
	refuse(data, SMALL, "gzip text is cut or damaged: wrong checksum");
	memcpy(data, small, SMALL);
	data[3] = '\xff';
	refuse(data, SMALL, NULL);
}

static void
test_more_behind(void **state)
{
	static const struct {
		const char *data;
		size_t len;
	} examples[] = {
	    {"\0", 1}, {"\n", 1}, {"more and more and more", 22}, {"\x1f\x8b\x08", 3},
	    {"\0\0\0\0\0\0\0\0\0\0\0\0", 12}, {small, SMALL - 1}, {small, SMALL - 9}, {small, 12},
	    {small, 9},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(examples) / sizeof(examples[0]); i++) {
		struct buf data = {0};

		buf_add(&data, small, SMALL);
		buf_add(&data, examples[i].data, examples[i].len);
		refuse(data.data, data.len, NULL);
		buf_release(&data);
	}
	refuse("\x1f\x8b\x08\0\0\0\0\0\2\3\3\0\0\0\0\0\0\0\0\0x", EMPTY + 1,
	    "gzip text is cut or damaged: no gzip in its last bytes");
}

static void
test_members(void **state)
{
	struct buf data = {0}, plain = {0};
	struct error err = {0};

	(void)state;
	buf_add(&data, small, SMALL);
	buf_add(&data, empty, EMPTY);
	buf_add(&data, small, SMALL);
	assert_int_equal(unpack(data.data, data.len, LIMIT, &plain, &err), 0);
	assert_string_equal(plain.data, "flareprof\nflareprof\n");
	buf_release(&plain);
	buf_release(&data);
}

/* Only the outer layer is unpacked. */
static void
test_gzip_in_gzip(void **state)
{
	struct buf data = {0}, plain = {0};
	struct error err = {0};

	(void)state;
	pack(&data, small, SMALL);
	assert_int_equal(unpack(data.data, data.len, LIMIT, &plain, &err), 0);
	assert_int_equal(plain.len, SMALL);
	assert_memory_equal(plain.data, small, SMALL);
	buf_release(&plain);
	buf_release(&data);
}

static void
test_limit(void **state)
{
	struct buf plain = {0};
	struct error err = {0};

	(void)state;
	assert_int_equal(unpack(small, SMALL, 10, &plain, &err), 0);
	assert_int_equal(unpack(small, SMALL, 9, &plain, &err), -1);
	assert_string_equal(err.msg, "gzip text is larger than 9 bytes when unpacked");
	assert_string_equal(plain.data, "flareprof\n");
	assert_int_equal(unpack(empty, EMPTY, 0, &plain, &err), 0);
	buf_release(&plain);
}

/* 64 MiB of zeros: reading ends at the limit, and with it time and memory. */
static void
test_bomb(void **state)
{
	size_t len = (size_t)64 << 20;
	char *zeros = calloc(1, len);
	struct buf packed = {0}, plain = {0};
	struct error err = {0};

	(void)state;
	pack(&packed, zeros, len);
	free(zeros);
	assert_true(packed.len < LIMIT);
	assert_int_equal(unpack(packed.data, packed.len, LIMIT, &plain, &err), -1);
	assert_string_equal(err.msg, "gzip text is larger than 1048576 bytes when unpacked");
	assert_true(plain.room <= 2 * LIMIT);
	assert_int_equal(plain.len, 0);
	buf_release(&plain);
	buf_release(&packed);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_good),
	    cmocka_unit_test(test_large),
	    cmocka_unit_test(test_no_gzip),
	    cmocka_unit_test(test_cut),
	    cmocka_unit_test(test_damaged),
	    cmocka_unit_test(test_more_behind),
	    cmocka_unit_test(test_members),
	    cmocka_unit_test(test_gzip_in_gzip),
	    cmocka_unit_test(test_limit),
	    cmocka_unit_test(test_bomb),
	};

	return cmocka_run_group_tests_name("unpack", tests, NULL, NULL);
}
