/* units: bytes, durations, counts and shares, as people read and type them. */
#ifndef FLAREPROF_UNITS_H
#define FLAREPROF_UNITS_H

#include <stddef.h>
#include <stdint.h>

enum { UNITS_TEXT = 48 }; /* room for any of the texts below */

/* 1024 steps, as pprof: "512 B", "8.1 MB". */
void units_bytes(char text[UNITS_TEXT], int64_t bytes);
/* Three digits: "850 ns", "12.3 ms", "1.24 s", "230 s", "1.2 h". */
void units_duration(char text[UNITS_TEXT], int64_t ns);
/* "3 d 4 h", "2 h 5 min", "48 s". */
void units_age(char text[UNITS_TEXT], int64_t seconds);
/* "17,281". */
void units_count(char text[UNITS_TEXT], int64_t count);
/* "73.2%", "0.4%". */
void units_percent(char text[UNITS_TEXT], double percent);
/* 8 characters wide at share 1, in eighths: "████▌". Empty for shares of nothing or less. */
void units_bar(char text[UNITS_TEXT], double share);
/* The share that a bar shows; 0 for a text that is none. */
double units_bar_share(const char *text);

/* "10MB", "1.5 GiB", "4096"; MB and MiB are both 1024 * 1024. Returns 0, or -1 for anything
 * else and for what is not positive. */
int units_parse_bytes(const char *text, int64_t *bytes);
/* "1s", "500ms", "2m", "1h", "30" (seconds). Returns 0 or -1, as above. */
int units_parse_duration(const char *text, int64_t *ns);
/* "50%", "50". Above 0 and at most 100. Returns 0 or -1. */
int units_parse_percent(const char *text, double *percent);

#endif
