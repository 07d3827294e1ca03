#include "cost.h"

#include <inttypes.h>
#include <stdio.h>
#include <sys/resource.h>
#include <time.h>

int64_t
cost_cpu_ns(void)
{
	struct timespec time = {0};

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
	return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

/* What getrusage tells may be the memory of the program that started us. */
int64_t
cost_peak_bytes(void)
{
	FILE *file = fopen("/proc/self/status", "re");
	struct rusage usage = {0};
	char line[256];
	int64_t kilobytes;

	getrusage(RUSAGE_SELF, &usage);
	kilobytes = usage.ru_maxrss;
	while (file != NULL && fgets(line, sizeof(line), file) != NULL)
		if (sscanf(line, "VmHWM: %" SCNd64, &kilobytes) == 1)
			break;
	if (file != NULL)
		fclose(file);
	return kilobytes * 1024;
}
