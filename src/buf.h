/* buf: a byte buffer that grows; always ends in a NUL that does not count.
 *
 * {0} is an empty buffer. buf_release frees it and makes it empty again. Running out of
 * memory ends the program. */
#ifndef FLAREPROF_BUF_H
#define FLAREPROF_BUF_H

#include <stddef.h>

struct buf {
	char *data; /* NULL while nothing was added */
	size_t len;
	size_t room;
};

void buf_release(struct buf *buf);
void buf_add(struct buf *buf, const void *data, size_t len);
void buf_puts(struct buf *buf, const char *text);
void buf_putc(struct buf *buf, char c);

/* Room for `len` more bytes; returns where they go. Count them with buf->len += ... */
char *buf_reserve(struct buf *buf, size_t len);

/* The text so far; "" while nothing was added. Borrowed. */
const char *buf_text(const struct buf *buf);

#endif
