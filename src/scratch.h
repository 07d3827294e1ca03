/* scratch: a private, empty directory for the programs we run; gone at the end of the run. */
#ifndef FLAREPROF_SCRATCH_H
#define FLAREPROF_SCRATCH_H

struct error;

struct scratch {
	char path[1024]; /* absolute; "" while closed */
};

/* Made with mode 0700 in $TMPDIR or /tmp. */
int scratch_open(struct scratch *scratch, struct error *err);

/* Removes the directory and all that is in it. */
void scratch_close(struct scratch *scratch);

#endif
