#include "sandbox.h"

#include "pool.h"

#include <errno.h>
#include <signal.h>
#include <sys/resource.h>

enum {
	HARDLY_ANY = 1 << 20, /* bytes of a file: where no rule forbids to write at all */
	DESCRIPTORS = 256,
	STACK_BYTES = 1 << 20, /* which threads of C count as data */
};

static int
limit(int resource, rlim_t most)
{
	struct rlimit old, new = {most, most};

	/* A hard limit of the user's own may be lower: it stays. */
	if (getrlimit(resource, &old) == 0 && old.rlim_max != RLIM_INFINITY &&
	    (old.rlim_max < most || most == RLIM_INFINITY))
		new = (struct rlimit){old.rlim_max, old.rlim_max};
	return setrlimit(resource, &new) < 0 ? errno : 0;
}

static int
limit_all(const struct sandbox_rules *rules)
{
	const struct {
		int resource;
		rlim_t most;
	} limits[] = {
	    {RLIMIT_DATA,
		rules->memory_bytes > 0 ? (rlim_t)rules->memory_bytes : RLIM_INFINITY},
	    {RLIMIT_CPU, (rlim_t)rules->cpu_seconds},
	    {RLIMIT_STACK, STACK_BYTES},
	    {RLIMIT_FSIZE, rules->file_bytes > 0 ? (rlim_t)rules->file_bytes : HARDLY_ANY},
	    {RLIMIT_NOFILE, DESCRIPTORS},
	    {RLIMIT_CORE, 0},
	};
	int why = 0;

	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]) && why == 0; i++)
		why = limit(limits[i].resource, limits[i].most);
	return why;
}

#ifdef __linux__

#include <fcntl.h>
#include <glob.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* What the kernel's header of Debian 12 does not know yet. */
struct ruleset {
	uint64_t files, network, scopes;
};

enum { SOCKETS_AND_SIGNALS = 3 }; /* abstract Unix sockets, and signals to others */

/* Rights over files by the version that knows of them: all are taken but those given. */
static const struct {
	int version;
	uint64_t files, network, scopes;
} rights[] = {
    {1, (1 << 13) - 1, 0, 0},
    {2, 1 << 13, 0, 0},			/* to link and rename across directories */
    {3, 1 << 14, 0, 0},			/* to truncate */
    {4, 0, 3, 0},			/* to bind and connect TCP */
    {5, 1 << 15, 0, 0},			/* to control devices */
    {6, 0, 0, SOCKETS_AND_SIGNALS},
};

enum {
	READ = LANDLOCK_ACCESS_FS_READ_FILE,
	RUN = LANDLOCK_ACCESS_FS_EXECUTE,
	MAKE = READ | LANDLOCK_ACCESS_FS_READ_DIR | LANDLOCK_ACCESS_FS_WRITE_FILE |
	       LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_DIR |
	       LANDLOCK_ACCESS_FS_REMOVE_FILE,
	TRUNCATE = 1 << 14, /* from version 3 on */
};

/* What a program of the system is loaded with. The loader is run, libraries are only read. */
static const struct {
	const char *path;
	uint64_t access;
} system_files[] = {
    {"/lib*/ld*.so*", READ | RUN},
    {"/lib", READ},
    {"/lib64", READ},
    {"/usr/lib", READ},
    {"/usr/lib64", READ},
    {"/etc/ld.so.cache", READ},
};

/* No socket of any kind, also not by the way around, and no hand on other processes. */
static const int forbidden[] = {
    SCMP_SYS(socket),		SCMP_SYS(socketpair),	     SCMP_SYS(connect),
    SCMP_SYS(bind),		SCMP_SYS(io_uring_setup),    SCMP_SYS(ptrace),
    SCMP_SYS(process_vm_readv), SCMP_SYS(process_vm_writev), SCMP_SYS(pidfd_getfd),
};

/* Writes the filter's instructions into a file that has no name; returns it, or -1. */
static int
export_filter(void)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
	int fd = memfd_create("filter", MFD_CLOEXEC), why = 0;

	for (size_t i = 0; i < sizeof(forbidden) / sizeof(forbidden[0]) && why == 0; i++)
		why = filter == NULL ? -1
				     : seccomp_rule_add(
					   filter, SCMP_ACT_ERRNO(EACCES), forbidden[i], 0);
	if (fd >= 0 && (why != 0 || seccomp_export_bpf(filter, fd) != 0)) {
		close(fd);
		fd = -1;
	}
	seccomp_release(filter);
	return fd;
}

static void
open_filter(struct sandbox *sandbox, struct pool *pool)
{
	int fd = export_filter();
	struct stat st;

	if (fd < 0)
		return;
	if (fstat(fd, &st) == 0 && st.st_size > 0) {
		sandbox->filter = pool_alloc(pool, (size_t)st.st_size);
		sandbox->filter_count = (size_t)st.st_size / sizeof(struct sock_filter);
		if (pread(fd, sandbox->filter, (size_t)st.st_size, 0) != st.st_size)
			sandbox->filter = NULL;
	}
	close(fd);
}

static void
open_path(struct sandbox *sandbox, const char *path, uint64_t access)
{
	int fd = -1;

	if (sandbox->path_count < SANDBOX_PATHS)
		fd = open(path, O_PATH | O_CLOEXEC);
	if (fd >= 0)
		sandbox->paths[sandbox->path_count++] = (struct sandbox_path){fd, access};
}

static void
open_paths(struct sandbox *sandbox)
{
	for (size_t i = 0; i < sizeof(system_files) / sizeof(system_files[0]); i++) {
		glob_t found = {0};

		if (glob(system_files[i].path, 0, NULL, &found) == 0) {
			for (size_t k = 0; k < found.gl_pathc; k++)
				open_path(sandbox, found.gl_pathv[k], system_files[i].access);
		}
		globfree(&found);
	}
}

void
sandbox_open(struct sandbox *sandbox, struct pool *pool)
{
	long version = syscall(
	    SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);

	*sandbox = (struct sandbox){
	    .landlock = version > 0 ? (int)version : 0, .parent = getpid()};
	if (sandbox->landlock > 0)
		open_paths(sandbox);
	open_filter(sandbox, pool);
}

void
sandbox_close(struct sandbox *sandbox)
{
	for (size_t i = 0; i < sandbox->path_count; i++)
		close(sandbox->paths[i].fd);
	*sandbox = (struct sandbox){0};
}

/* Returns 0 or an errno. */
static int
allow(int ruleset, int fd, uint64_t access)
{
	struct landlock_path_beneath_attr rule = {.allowed_access = access, .parent_fd = fd};

	return syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) < 0
		   ? errno
		   : 0;
}

/* The same for a path. What is not there needs no rule. */
static int
allow_path(int ruleset, const char *path, uint64_t access)
{
	int fd = open(path, O_PATH | O_CLOEXEC);
	int why;

	if (fd < 0)
		return errno == ENOENT || errno == ENOTDIR ? 0 : errno;
	why = allow(ruleset, fd, access);
	close(fd);
	return why;
}

static int
make_ruleset(int version)
{
	struct ruleset ruleset = {0};
	size_t size = version < 4   ? sizeof(ruleset.files)
		      : version < 6 ? 2 * sizeof(ruleset.files)
				    : sizeof(ruleset);

	for (size_t i = 0; i < sizeof(rights) / sizeof(rights[0]); i++) {
		if (rights[i].version > version)
			break;
		ruleset.files |= rights[i].files;
		ruleset.network |= rights[i].network;
		ruleset.scopes |= rights[i].scopes;
	}
	return (int)syscall(SYS_landlock_create_ruleset, &ruleset, size, 0);
}

int
sandbox_prepare(const struct sandbox_rules *rules, int *why)
{
	const struct sandbox *sandbox = rules->sandbox;
	int ruleset;

	*why = 0;
	if ((rules->program == NULL && rules->directory == NULL) || sandbox->landlock == 0)
		return -1;
	ruleset = make_ruleset(sandbox->landlock);
	if (ruleset < 0) {
		*why = errno;
		return -1;
	}
	if (rules->program != NULL)
		*why = allow_path(ruleset, rules->program, READ | RUN);
	if (*why == 0 && rules->directory != NULL)
		*why = allow_path(ruleset, rules->directory,
		    sandbox->landlock < 3 ? MAKE : MAKE | TRUNCATE);
	for (size_t i = 0; *why == 0 && rules->program != NULL && i < sandbox->path_count; i++)
		*why = allow(ruleset, sandbox->paths[i].fd, sandbox->paths[i].access);
	for (size_t i = 0; *why == 0 && rules->files[i] != NULL; i++)
		*why = allow_path(ruleset, rules->files[i], READ);
	if (*why == 0)
		return ruleset;
	close(ruleset);
	return -1;
}

int
sandbox_enter(const struct sandbox_rules *rules, int prepared)
{
	const struct sandbox *sandbox = rules->sandbox;
	struct sock_fprog program = {(unsigned short)sandbox->filter_count, sandbox->filter};
	int why = limit_all(rules);

	if (why != 0)
		return why;
	/* Should we be killed, it does not go on without us, from now on. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0 ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return errno;
	if (getppid() != rules->sandbox->parent)
		return ECANCELED;
	if (prepared >= 0 && syscall(SYS_landlock_restrict_self, prepared, 0) < 0)
		return errno;
	if (sandbox->filter != NULL &&
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) < 0)
		return errno;
	return 0;
}

#else

void
sandbox_close(struct sandbox *sandbox)
{
	*sandbox = (struct sandbox){0};
}

void
sandbox_open(struct sandbox *sandbox, struct pool *pool)
{
	(void)pool;
	*sandbox = (struct sandbox){0};
}

int
sandbox_prepare(const struct sandbox_rules *rules, int *why)
{
	(void)rules;
	*why = 0;
	return -1;
}

int
sandbox_enter(const struct sandbox_rules *rules, int prepared)
{
	(void)prepared;
	return limit_all(rules);
}

#endif
