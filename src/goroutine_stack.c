#include "goroutine_stack.h"

#include <string.h>

#define LENGTH(table) (sizeof(table) / sizeof((table)[0]))
#define AGENT "github.com/DataDog/datadog-agent/"
#define CREATED_BY "created by "
#define IN_GOROUTINE " in goroutine "

/* Packages, with all below them, that say how a goroutine waits but not for whom. */
static const char *const own_packages[] = {
    "runtime",
    "sync",
    "time",
    "net",
    "os",
    "io",
    "syscall",
    "internal",
    "bufio",
    "crypto",
    "context",
    "panic",
    "non-Go function",
};

/* The states of Go 1.19 to 1.27, see waitReason in its runtime/runtime2.go. The runtime's own
 * goroutines wait for work too. */
static const struct {
	const char *state;
	enum goroutine_wait_kind kind;
} waits[] = {
    {"select", GOROUTINE_WAIT_WORK},
    {"select" " (no cases)", GOROUTINE_WAIT_WORK}, /* as main does, until a signal comes */
    {"chan receive", GOROUTINE_WAIT_WORK},
    {"IO wait", GOROUTINE_WAIT_WORK},
    {"sleep", GOROUTINE_WAIT_WORK},
    {"syscall", GOROUTINE_WAIT_WORK},
    {"sync.Cond.Wait", GOROUTINE_WAIT_WORK},
    {"sync.WaitGroup.Wait", GOROUTINE_WAIT_WORK},
    {"finalizer wait", GOROUTINE_WAIT_WORK},
    {"cleanup wait", GOROUTINE_WAIT_WORK},
    {"force gc (idle)", GOROUTINE_WAIT_WORK},
    {"GC worker (idle)", GOROUTINE_WAIT_WORK},
    {"GC sweep wait", GOROUTINE_WAIT_WORK},
    {"GC scavenge wait", GOROUTINE_WAIT_WORK},
    {"GOMAXPROCS updater (idle)", GOROUTINE_WAIT_WORK},
    {"timer goroutine (idle)", GOROUTINE_WAIT_WORK},
    {"trace reader (blocked)", GOROUTINE_WAIT_WORK},
    {"chan send", GOROUTINE_WAIT_HELD},
    {"sync.Mutex.Lock", GOROUTINE_WAIT_HELD},
    {"sync.RWMutex.Lock", GOROUTINE_WAIT_HELD},
    {"sync.RWMutex.RLock", GOROUTINE_WAIT_HELD},
};

/* What a semaphore is for: the first of these from the top, below it only packages of locks. */
static const struct {
	const char *start;
	enum goroutine_wait_kind kind;
} semaphores[] = {
    {"sync.(*Mutex).", GOROUTINE_WAIT_HELD},
    {"sync.(*RWMutex).", GOROUTINE_WAIT_HELD},
    {"internal/sync.(*Mutex).", GOROUTINE_WAIT_HELD},
    {"sync.(*WaitGroup).", GOROUTINE_WAIT_WORK},
};

static int
starts_with(struct span text, const char *start)
{
	size_t len = strlen(start);

	return text.len >= len && memcmp(text.at, start, len) == 0;
}

uint64_t
goroutine_hash(uint64_t hash, struct span text)
{
	static const uint64_t prime = 0x100000001b3;

	for (size_t i = 0; i < text.len; i++)
		hash = (hash ^ (unsigned char)text.at[i]) * prime;
	return (hash ^ '\n') * prime;
}

/* Without the arguments: what stands in the last pair of brackets. */
static struct span
frame_function(struct span frame)
{
	size_t at = frame.len;
	int depth = 0;

	if (starts_with(frame, "non-Go function"))
		frame.len = strlen("non-Go function");
	if (frame.len == 0 || frame.at[frame.len - 1] != ')')
		return frame;
	while (at-- > 0) {
		depth += frame.at[at] == ')';
		depth -= frame.at[at] == '(';
		if (depth == 0) {
			frame.len = at;
			break;
		}
	}
	return frame;
}

/* Go before 1.21 does not say in which goroutine. */
static struct span
creator_function(struct span line)
{
	struct span creator = {
	    line.at + strlen(CREATED_BY), line.len - strlen(CREATED_BY)};
	const char *end = creator.len == 0 ? NULL
					   : memmem(creator.at, creator.len, IN_GOROUTINE,
						 strlen(IN_GOROUTINE));

	if (end != NULL)
		creator.len = (size_t)(end - creator.at);
	return frame_function(creator);
}

static int
is_own(struct span function)
{
	for (size_t i = 0; i < LENGTH(own_packages); i++) {
		size_t len = strlen(own_packages[i]);

		if (starts_with(function, own_packages[i]) &&
		    (function.len == len || function.at[len] == '.' || function.at[len] == '/'))
			return 1;
	}
	return 0;
}

static void
add_frame(struct goroutine_stack *stack, struct span function)
{
	stack->hash = goroutine_hash(stack->hash, function);
	if (stack->frame_count < GOROUTINE_STACK_FRAMES)
		stack->frames[stack->frame_count++] = function;
	stack->entry = function;
	if (stack->function.at == NULL && !is_own(function))
		stack->function = function;
	if (stack->agent_function.at == NULL && starts_with(function, AGENT))
		stack->agent_function = function;
}

void
goroutine_stack_add(struct goroutine_stack *stack, struct span line)
{
	/* Neither the creator nor what stands below it (its own frames, when Go was asked for
	 * ancestors) is where the goroutine waits. */
	if (stack->has_ended)
		return;
	if (starts_with(line, CREATED_BY)) {
		stack->creator = creator_function(line);
		stack->hash = goroutine_hash(goroutine_hash(stack->hash, (struct span){0}),
		    stack->creator);
	}
	if (starts_with(line, CREATED_BY) || starts_with(line, "["))
		stack->has_ended = 1;
	else if (!starts_with(line, "..."))
		add_frame(stack, frame_function(line));
}

static enum goroutine_wait_kind
semaphore_wait(const struct goroutine_stack *stack)
{
	for (size_t i = 0; i < stack->frame_count; i++) {
		struct span function = stack->frames[i];

		for (size_t k = 0; k < LENGTH(semaphores); k++) {
			if (starts_with(function, semaphores[k].start))
				return semaphores[k].kind;
		}
		if (!starts_with(function, "sync.") && !starts_with(function, "internal/sync."))
			break;
	}
	return GOROUTINE_WAIT_NONE;
}

enum goroutine_wait_kind
goroutine_stack_wait(const struct goroutine_stack *stack, struct span state)
{
	if (text_is(state, "semacquire"))
		return semaphore_wait(stack);
	for (size_t i = 0; i < LENGTH(waits); i++) {
		if (text_is(state, waits[i].state))
			return waits[i].kind;
	}
	return GOROUTINE_WAIT_NONE;
}
