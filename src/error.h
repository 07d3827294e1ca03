/* error: why the last failing call failed, told once and passed up.
 *
 * A function that can fail takes `struct error *err` last and returns 0 or -1
 * (or NULL). On success it leaves *err alone. Only main prints it. A bad or
 * missing file inside a flare is no error but a gap (gap.h). */
#ifndef FLAREPROF_ERROR_H
#define FLAREPROF_ERROR_H

enum error_exit {
	ERROR_EXIT_NO_REPORT = 1,  /* bad flare, output not writable */
	ERROR_EXIT_USAGE = 2,	   /* wrong option or argument */
	ERROR_EXIT_NO_GO = 3,	   /* no usable Go */
	ERROR_EXIT_NOT_NORMAL = 4, /* --exit-code, and the verdict is not Normal */
};

struct error {
	int exit_code; /* 0 until set: then ERROR_EXIT_NO_REPORT is meant */
	int signal;    /* the signal that ended the run, or 0 */
	char msg[2048];
};

/* Sets the message: lower case, no full stop, the subject in quotes. Returns -1. */
int fail(struct error *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Puts what was being done in front of the message that is there ("doing: why"). Returns -1. */
int fail_while(struct error *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
