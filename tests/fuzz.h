/* fuzz: what the fuzz targets share.
 *
 * A target gives any bytes to a reader of foreign text and ends the program where the reader
 * breaks its word. It writes down what was read, and must write the same for the same bytes. */
#ifndef FLAREPROF_TEST_FUZZ_H
#define FLAREPROF_TEST_FUZZ_H

#include "buf.h"
#include "gap.h"
#include "pool.h"
#include "text.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define must(condition) ((condition) ? (void)0 : fuzz_broken(__FILE__, __LINE__, #condition))

static inline _Noreturn void
fuzz_broken(const char *file, int line, const char *condition)
{
	fprintf(stderr, "%s:%d: broken: %s\n", file, line, condition);
	abort();
}

/* libFuzzer calls this for each input; 0 means nothing else than that it may go on. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* As readers get it: where there is nothing, there is no address. */
static inline struct span
fuzz_span(const uint8_t *data, size_t size)
{
	return (struct span){size != 0 ? (const char *)data : NULL, size};
}

/* The longer sequences of UTF-8, by their first two bytes (table 3-7 of Unicode). */
static const struct {
	unsigned char first, last; /* of the first byte */
	unsigned char low, high;   /* of the second one */
	size_t size;
} fuzz_sequences[] = {
    {0xc2, 0xdf, 0x80, 0xbf, 2},
    {0xe0, 0xe0, 0xa0, 0xbf, 3},
    {0xe1, 0xec, 0x80, 0xbf, 3},
    {0xed, 0xed, 0x80, 0x9f, 3},
    {0xee, 0xef, 0x80, 0xbf, 3},
    {0xf0, 0xf0, 0x90, 0xbf, 4},
    {0xf1, 0xf3, 0x80, 0xbf, 4},
    {0xf4, 0xf4, 0x80, 0x8f, 4},
};

/* Characters that no line shows, or that turn the ones around them. */
static const struct {
	const char *first, *last; /* in UTF-8, which sorts as the characters do */
} fuzz_invisible[] = {
    {"\xc2\x80", "\xc2\x9f"},		      /* C1, with a CSI of its own */
    {"\xc2\xad", "\xc2\xad"},		      /* soft hyphen */
    {"\xd8\x9c", "\xd8\x9c"},		      /* Arabic letter mark */
    {"\xe2\x80\x8b", "\xe2\x80\x8f"},	      /* zero width, marks of direction */
    {"\xe2\x80\xa8", "\xe2\x80\xae"},	      /* line ends, embeddings and overrides */
    {"\xe2\x81\xa0", "\xe2\x81\xaf"},	      /* word joiner, isolates */
    {"\xef\xbb\xbf", "\xef\xbb\xbf"},	      /* byte order mark */
    {"\xf3\xa0\x80\x80", "\xf3\xa0\x81\xbf"}, /* tags */
};

/* The bytes of the character at `text`, which must be one that can be seen. */
static inline size_t
fuzz_character(const char *text)
{
	const unsigned char *at = (const unsigned char *)text;
	size_t size = 0;

	if (at[0] >= 0x20 && at[0] < 0x7f)
		return 1;
	for (size_t i = 0; i < sizeof(fuzz_sequences) / sizeof(fuzz_sequences[0]); i++) {
		if (at[0] >= fuzz_sequences[i].first && at[0] <= fuzz_sequences[i].last &&
		    at[1] >= fuzz_sequences[i].low && at[1] <= fuzz_sequences[i].high)
			size = fuzz_sequences[i].size;
	}
	must(size != 0);
	for (size_t i = 2; i < size; i++)
		must((at[i] & 0xc0) == 0x80);
	for (size_t i = 0; i < sizeof(fuzz_invisible) / sizeof(fuzz_invisible[0]); i++)
		must(strlen(fuzz_invisible[i].first) != size ||
		     memcmp(text, fuzz_invisible[i].first, size) < 0 ||
		     memcmp(text, fuzz_invisible[i].last, size) > 0);
	return size;
}

/* One line of UTF-8 without any control character. */
static inline void
must_be_clean(const char *text)
{
	must(text != NULL);
	while (*text != '\0')
		text += fuzz_character(text);
}

/* Writes down a number that was read. */
static inline void
tell_number(struct buf *told, int64_t number)
{
	char text[32];

	snprintf(text, sizeof(text), "%lld\n", (long long)number);
	buf_puts(told, text);
}

/* Writes down a text that was read, which must be clean; NULL where it was not there. */
static inline void
tell_text(struct buf *told, const char *text)
{
	if (text != NULL)
		must_be_clean(text);
	buf_puts(told, text != NULL ? text : "none");
	buf_putc(told, '\n');
}

static inline void
tell_gaps(struct buf *told, const struct gaps *gaps)
{
	for (size_t i = 0; i < gaps->count; i++) {
		must(gaps->items[i].what[0] != '\0' && gaps->items[i].why[0] != '\0');
		tell_text(told, gaps->items[i].what);
		tell_text(told, gaps->items[i].why);
	}
}

/* Reads the same bytes twice, from two places, into two pools. */
static inline int
fuzz_twice(void (*read)(struct buf *told, struct pool *pool, struct span text),
    const uint8_t *data, size_t size)
{
	char *copy = malloc(size != 0 ? size : 1);
	struct buf first = {0}, second = {0};
	struct pool pool = {0};

	memcpy(copy, data, size);
	read(&first, &pool, fuzz_span(data, size));
	pool_release(&pool);
	read(&second, &pool, fuzz_span((const uint8_t *)copy, size));
	pool_release(&pool);
	must(first.len == second.len && strcmp(buf_text(&first), buf_text(&second)) == 0);
	buf_release(&first);
	buf_release(&second);
	free(copy);
	return 0;
}

#endif
