#include "zip.h"

#include "error.h"
#include "pool.h"

#include <string.h>
#include <unistd.h>

/* Sizes and offsets of fields: APPNOTE.TXT of PKWARE, 4.3. */
enum {
	END = 22,
	LOCATOR = 20, /* of the end in 64 bits, in front of the other one */
	ENTRY = 46,
	LOCAL = 30,
	MOST_TEXT = 2 * UINT16_MAX, /* a name and what stands behind it */
	TAIL = 16384,		    /* as far from the end as libarchive looks for it */
	ENCRYPTED = 1,
	STREAMED = 8, /* the numbers in front of the file may be missing */
	UNICODE_PATH = 0x7075,
	UNICODE_PATH_HEAD = 5,
};

/* One of the two places that tell of a file. */
struct header {
	unsigned char fixed[ENTRY];
	unsigned char name[MOST_TEXT]; /* and the extra fields behind it */
	size_t name_len, extra_len;
};

struct zip {
	int fd;
	int64_t directory, end; /* offsets */
	size_t entries;
	unsigned char tail[TAIL];
	struct header entry, local;
};

static uint32_t
number(const unsigned char *at, size_t len)
{
	uint32_t value = 0;

	while (len-- > 0)
		value = value << 8 | at[len];
	return value;
}

static int
fail_damaged(struct error *err, const char *why)
{
	return fail(err, "the zip archive is cut or damaged: %s (transfer it again)", why);
}

static int
fail_large(struct error *err)
{
	return fail(err, "it is a zip with numbers of 64 bits, which flareprof does not read: extract "
			 "it and name the directory");
}

/* 1 when all of that is there, in front of `limit`. */
static int
read_at(const struct zip *zip, void *data, size_t len, int64_t at, int64_t limit)
{
	return at <= limit && (int64_t)len <= limit - at &&
	       pread(zip->fd, data, len, at) == (ssize_t)len;
}

/* Finds the directory by the record at the very end. */
static int
find_directory(struct zip *zip, int64_t size_bytes, size_t most_entries, struct error *err)
{
	int64_t len = size_bytes < TAIL ? size_bytes : TAIL, at = len - END;
	const unsigned char *end;

	if (!read_at(zip, zip->tail, (size_t)len, size_bytes - len, size_bytes))
		return fail_damaged(err, "it cannot be read to its end");
	while (at >= 0 && memcmp(zip->tail + at, "PK\5\6", 4) != 0)
		at--;
	if (at < 0)
		return fail_damaged(err, "it has no directory at its end");
	end = zip->tail + at;
	zip->end = size_bytes - len + at;
	zip->entries = number(end + 10, 2);
	zip->directory = number(end + 16, 4);
	if (number(end + 20, 2) != len - at - END)
		return fail_damaged(err, "it does not end where it says");
	if (zip->entries == UINT16_MAX || number(end + 12, 4) == UINT32_MAX ||
	    zip->directory == UINT32_MAX ||
	    (at >= LOCATOR && memcmp(end - LOCATOR, "PK\6\7", 4) == 0))
		return fail_large(err);
	if (number(end + 4, 4) != 0 || number(end + 8, 2) != zip->entries)
		return fail_damaged(err, "it is one of several parts");
	if (zip->directory + number(end + 12, 4) != zip->end)
		return fail_damaged(err, "its directory is not where it says");
	if (zip->entries > most_entries)
		return fail(err, "it holds more than %zu entries (--max-entries allows more)",
		    most_entries);
	return 0;
}

/* 1 unless there is another name among the extra fields, which some prefer. */
static int
has_one_name(const struct header *header)
{
	const unsigned char *extra = header->name + header->name_len;
	size_t left = header->extra_len;

	while (left >= 4) {
		size_t len = number(extra + 2, 2);

		if (len > left - 4)
			break;
		if (number(extra, 2) == UNICODE_PATH && len >= UNICODE_PATH_HEAD &&
		    (len - UNICODE_PATH_HEAD != header->name_len ||
			memcmp(extra + 4 + UNICODE_PATH_HEAD, header->name, header->name_len) != 0))
			return 0;
		extra += 4 + len;
		left -= 4 + len;
	}
	return 1;
}

/* 1 when checksum and sizes are the same in both places, and of what is not packed also before
 * and after it is unpacked. */
static int
has_one_size(const unsigned char *entry, const unsigned char *local)
{
	int streamed = (number(local + 6, 2) & STREAMED) != 0;
	int plain = number(entry + 10, 2) == 0 && (number(entry + 8, 2) & ENCRYPTED) == 0;

	if (plain && number(entry + 20, 4) != number(entry + 24, 4))
		return 0;
	for (size_t at = 0; at < 12; at += 4) {
		uint32_t said = number(local + 14 + at, 4);

		if (said != number(entry + 16 + at, 4) && !(streamed && said == 0))
			return 0;
	}
	return 1;
}

static int
compare(const struct header *entry, const struct header *local, struct error *err)
{
	if (entry->name_len != local->name_len ||
	    memcmp(entry->name, local->name, local->name_len) != 0 || !has_one_name(entry) ||
	    !has_one_name(local))
		return fail_damaged(err, "a file has two names in it");
	if (number(entry->fixed + 10, 2) != number(local->fixed + 8, 2) ||
	    ((number(entry->fixed + 8, 2) ^ number(local->fixed + 6, 2)) & ENCRYPTED) != 0)
		return fail_damaged(err, "a file is packed in two ways in it");
	if (!has_one_size(entry->fixed, local->fixed))
		return fail_damaged(err, "a file has two sizes in it");
	return 0;
}

/* Reads one entry of the directory, at *at, which it moves behind it, and the header it is of. */
static int
check_entry(struct zip *zip, int64_t *at, struct error *err)
{
	struct header *entry = &zip->entry, *local = &zip->local;
	int64_t offset;

	if (!read_at(zip, entry->fixed, ENTRY, *at, zip->end) ||
	    memcmp(entry->fixed, "PK\1\2", 4) != 0)
		return fail_damaged(err, "its directory has less entries than it says");
	entry->name_len = number(entry->fixed + 28, 2);
	entry->extra_len = number(entry->fixed + 30, 2);
	if (!read_at(zip, entry->name, entry->name_len + entry->extra_len, *at + ENTRY, zip->end))
		return fail_damaged(err, "its directory is cut");
	*at += ENTRY + (int64_t)(entry->name_len + entry->extra_len + number(entry->fixed + 32, 2));
	offset = number(entry->fixed + 42, 4);
	if (number(entry->fixed + 20, 4) == UINT32_MAX ||
	    number(entry->fixed + 24, 4) == UINT32_MAX || offset == UINT32_MAX)
		return fail_large(err);
	if (!read_at(zip, local->fixed, LOCAL, offset, zip->directory) ||
	    memcmp(local->fixed, "PK\3\4", 4) != 0)
		return fail_damaged(err, "a file is not where its directory says");
	local->name_len = number(local->fixed + 26, 2);
	local->extra_len = number(local->fixed + 28, 2);
	if (!read_at(zip, local->name, local->name_len + local->extra_len, offset + LOCAL,
		zip->directory))
		return fail_damaged(err, "a file is not where its directory says");
	return compare(entry, local, err);
}

int
zip_check(int fd, int64_t size_bytes, size_t most_entries, struct pool *pool, struct error *err)
{
	struct zip *zip = pool_alloc(pool, sizeof(*zip));
	int64_t at;

	zip->fd = fd;
	if (find_directory(zip, size_bytes, most_entries, err) < 0)
		return -1;
	at = zip->directory;
	for (size_t i = 0; i < zip->entries; i++) {
		if (check_entry(zip, &at, err) < 0)
			return -1;
	}
	if (at != zip->end)
		return fail_damaged(err, "its directory has more entries than it says");
	return 0;
}
