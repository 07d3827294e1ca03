#include "buf.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
buf_release(struct buf *buf)
{
	free(buf->data);
	*buf = (struct buf){0};
}

char *
buf_reserve(struct buf *buf, size_t len)
{
	size_t room = buf->room ? buf->room : 256;
	char *data = NULL;

	if (len >= SIZE_MAX / 4 - buf->len)
		goto out_of_memory;
	while (room < buf->len + len + 1)
		room *= 2;
	if (room != buf->room) {
		data = realloc(buf->data, room);
		if (data == NULL)
			goto out_of_memory;
		buf->data = data;
		buf->room = room;
	}
	buf->data[buf->len] = '\0';
	return buf->data + buf->len;

out_of_memory:
	fputs("flareprof: out of memory\n", stderr);
	exit(1);
}

void
buf_add(struct buf *buf, const void *data, size_t len)
{
	char *end = buf_reserve(buf, len);

	if (len != 0)
		memcpy(end, data, len);
	buf->len += len;
	buf->data[buf->len] = '\0';
}

void
buf_puts(struct buf *buf, const char *text)
{
	buf_add(buf, text, strlen(text));
}

void
buf_putc(struct buf *buf, char c)
{
	buf_add(buf, &c, 1);
}

const char *
buf_text(const struct buf *buf)
{
	return buf->data != NULL ? buf->data : "";
}
