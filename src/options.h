/* options: argv -> struct options; usage and version. The only user of getopt_long. */
#ifndef FLAREPROF_OPTIONS_H
#define FLAREPROF_OPTIONS_H

#include "extract.h"
#include "verdict.h"

#include <stddef.h>
#include <stdint.h>

struct error;

enum options_mode { OPTIONS_RUN, OPTIONS_HELP, OPTIONS_VERSION };

struct options {
	enum options_mode mode;
	const char *const *flares; /* borrowed from argv, as all texts here */
	size_t flare_count;	   /* 1 at least */
	const char *output;	/* NULL: investigations/flare-profiling-{hostname}.md */
	const char *json;	/* NULL: none */
	const char *html;	/* NULL: none; of several flares a directory */
	const char *go;		/* NULL: look for one */
	const char *templates;	/* NULL: where they usually are */
	const char *components;	/* NULL: the templates' own */
	const char *customer, *ticket;
	size_t top;		/* rows of a table */
	size_t jobs;		/* pprof programs at a time */
	struct verdict_thresholds thresholds;
	int64_t timeout_ns;	/* for one pprof run */
	int64_t memory_bytes;	/* for all pprof programs that run at a time */
	struct extract_limits limits;
	int64_t now;		/* epoch seconds; $SOURCE_DATE_EPOCH stands in */
	int exit_code;		/* --exit-code */
	int quiet, verbose, colour;
	size_t width;		/* columns of the terminal that is printed to; 0: none is */
};

/* Fails with ERROR_EXIT_USAGE. */
int options_parse(struct options *options, int argc, char **argv, struct error *err);

const char *options_usage(void);

#endif
