/* Processes: who starts whom, who waits for whose end. A child of fork wakes the probe for itself (log.h); a child of
   vfork runs in its parent's memory and lane until it executes something. */
#include "probe/log.h"
#include "probe/pipes.h"
#include "probe/real.h"
#include "probe/start.h"

#include <alloca.h>

static void note_child(pid_t pid, uint64_t caller)
{
	log_note((struct note){ .kind = PROBE_FORK, .caller = caller, .value = (uint32_t)pid });
}

/* In the child nothing is to be noted: this wakes its probe, with the record that it began. */
#define FORK(name) \
	bool on = probe_on(); \
	pid_t pid = real.name(); \
	if (on && probe_on() && pid > 0) \
		note_child(pid, CALLER); \
	return pid

WRAP pid_t fork(void)
{
	FORK(fork);
}

WRAP pid_t __fork(void);
WRAP pid_t __fork(void)
{
	FORK(fork);
}

WRAP pid_t _Fork(void)
{
	/* glibc has it since 2.34. */
	probe_on();
	if (!real._Fork) {
		errno = ENOSYS;
		return -1;
	}
	FORK(_Fork);
}

/* Called by the vfork below, which must leave no frame of ours for the child to run over; returns where to go on. */
__attribute__((used)) static void *note_vfork(uint64_t caller)
{
	if (probe_on())
		note_child(0, caller);
	return (void *)(uintptr_t)real.vfork;
}

#if defined(__x86_64__)
__asm__(".text\n"
        ".globl vfork, __vfork\n"
        ".type vfork, @function\n"
        ".type __vfork, @function\n"
        "vfork:\n"
        "__vfork:\n"
        "	.cfi_startproc\n"
        "	endbr64\n"
        "	movq (%rsp), %rdi\n"
        "	subq $8, %rsp\n"
        "	.cfi_adjust_cfa_offset 8\n"
        "	call note_vfork\n"
        "	addq $8, %rsp\n"
        "	.cfi_adjust_cfa_offset -8\n"
        "	jmp *%rax\n"
        "	.cfi_endproc\n"
        ".size vfork, . - vfork\n"
        ".size __vfork, . - __vfork\n");
#endif

#define SPAWN(name) \
	if (!probe_on()) \
		return real.name(pid, file, actions, attributes, arguments, environment); \
	pid_t child = 0; \
	uint64_t caller = CALLER; \
	int error = real.name(&child, file, actions, attributes, arguments, environment); \
	if (!error && pid) \
		*pid = child; \
	if (!error && probe_on()) \
		note_child(child, caller); \
	return error

WRAP int posix_spawn(pid_t *restrict pid, const char *restrict file, const posix_spawn_file_actions_t *restrict actions,
                     const posix_spawnattr_t *restrict attributes, char *const arguments[restrict],
                     char *const environment[restrict])
{
	SPAWN(posix_spawn);
}

WRAP int posix_spawnp(pid_t *restrict pid, const char *restrict file, const posix_spawn_file_actions_t *restrict actions,
                      const posix_spawnattr_t *restrict attributes, char *const arguments[restrict],
                      char *const environment[restrict])
{
	SPAWN(posix_spawnp);
}

WRAP pid_t forkpty(int *master, char *name, const struct termios *attributes, const struct winsize *size)
{
	bool on = probe_on();
	pid_t pid = real.forkpty(master, name, attributes, size);
	if (on && probe_on() && pid > 0)
		note_child(pid, CALLER);
	return pid;
}

static void begin_child(struct pair *pair, int64_t pid, uint64_t caller)
{
	pair_begin(pair, (struct note){ .kind = PROBE_CHILD, .caller = caller, .value = pid > 0 ? (uint32_t)pid : UINT32_MAX });
}

static void end_child(struct pair *pair, int64_t reaped, int error)
{
	if (reaped <= 0) {
		pair_end_if_long(pair, error);
		return;
	}
	pair->note.object = (uint64_t)reaped;
	pair_end(pair, 0);
}

#define WAIT_CHILD(which, call) \
	struct pair pair; \
	begin_child(&pair, which, CALLER); \
	pid_t reaped = call; \
	end_child(&pair, reaped, reaped < 0 ? errno : 0); \
	return reaped

WRAP pid_t wait(int *status)
{
	if (!probe_on())
		return real.wait(status);
	WAIT_CHILD(-1, real.wait(status));
}

WRAP pid_t __wait(int *status);
WRAP pid_t __wait(int *status)
{
	if (!probe_on())
		return real.wait(status);
	WAIT_CHILD(-1, real.wait(status));
}

WRAP pid_t waitpid(pid_t pid, int *status, int options)
{
	if (!probe_on())
		return real.waitpid(pid, status, options);
	WAIT_CHILD(pid, real.waitpid(pid, status, options));
}

WRAP pid_t __waitpid(pid_t pid, int *status, int options);
WRAP pid_t __waitpid(pid_t pid, int *status, int options)
{
	if (!probe_on())
		return real.waitpid(pid, status, options);
	WAIT_CHILD(pid, real.waitpid(pid, status, options));
}

WRAP pid_t wait3(int *status, int options, struct rusage *usage)
{
	if (!probe_on())
		return real.wait3(status, options, usage);
	WAIT_CHILD(-1, real.wait3(status, options, usage));
}

WRAP pid_t wait4(pid_t pid, int *status, int options, struct rusage *usage)
{
	if (!probe_on())
		return real.wait4(pid, status, options, usage);
	WAIT_CHILD(pid, real.wait4(pid, status, options, usage));
}

WRAP int waitid(idtype_t type, id_t id, siginfo_t *information, int options)
{
	if (!probe_on())
		return real.waitid(type, id, information, options);
	struct pair pair;
	begin_child(&pair, type == P_PID ? (int64_t)id : -1, CALLER);
	int result = real.waitid(type, id, information, options);
	/* With WNOHANG and nobody there, si_pid is 0. */
	end_child(&pair, result == 0 && information ? information->si_pid : 0, result < 0 ? errno : 0);
	return result;
}

WRAP int system(const char *command)
{
	if (!probe_on())
		return real.system(command);
	struct pair pair;
	begin_child(&pair, -1, CALLER);
	int status = real.system(command);
	pair_end(&pair, status < 0 ? errno : 0);
	return status;
}

WRAP FILE *popen(const char *command, const char *mode)
{
	bool on = probe_on();
	uint64_t caller = CALLER;
	FILE *file = real.popen(command, mode);
	if (on && file && probe_on())
		note_child(0, caller);
	return file;
}

ALIAS(_IO_popen, popen)

WRAP int pclose(FILE *file)
{
	if (!probe_on())
		return real.pclose(file);
	struct pair pair;
	int descriptor = file->_fileno;
	begin_child(&pair, -1, CALLER);
	int status = real.pclose(file);
	pipes_forget((unsigned)descriptor, (unsigned)descriptor);
	pair_end(&pair, status < 0 ? errno : 0);
	return status;
}

/* A child of vfork has its parent's memory: that the parent executed something or ended would be wrong. */
static bool is_own_process(void)
{
	return (uint32_t)raw_call(SYS_getpid, 0, 0, 0, 0, 0, 0) == probe_log.pid;
}

static void note_exit(void)
{
	static bool noted;
	if (!probe_on() || !is_own_process() || __atomic_exchange_n(&noted, true, __ATOMIC_RELAXED))
		return;
	log_put((struct note){ .kind = PROBE_THREAD_END, .object = log_cpu_ns(), .detail = 1 });
}

/* By exit, and by return from main: the loader calls this among the last. */
__attribute__((destructor)) static void end(void)
{
	note_exit();
}

WRAP void _exit(int status)
{
	note_exit();
	real._exit(status);
	__builtin_unreachable();
}
ALIAS(_Exit, _exit)

WRAP void quick_exit(int status)
{
	note_exit();
	real.quick_exit(status);
	__builtin_unreachable();
}

static void note_exec(uint64_t caller)
{
	if (probe_on() && is_own_process())
		log_note((struct note){ .kind = PROBE_EXEC, .caller = caller });
}

WRAP int execve(const char *path, char *const arguments[], char *const environment[])
{
	note_exec(CALLER);
	return real.execve(path, arguments, environment);
}

WRAP int execv(const char *path, char *const arguments[])
{
	note_exec(CALLER);
	return real.execv(path, arguments);
}

WRAP int execvp(const char *file, char *const arguments[])
{
	note_exec(CALLER);
	return real.execvp(file, arguments);
}

WRAP int execvpe(const char *file, char *const arguments[], char *const environment[])
{
	note_exec(CALLER);
	return real.execvpe(file, arguments, environment);
}

WRAP int fexecve(int file, char *const arguments[], char *const environment[])
{
	note_exec(CALLER);
	return real.fexecve(file, arguments, environment);
}

WRAP int execveat(int directory, const char *path, char *const arguments[], char *const environment[], int flags)
{
	note_exec(CALLER);
	if (real.execveat)
		return real.execveat(directory, path, arguments, environment, flags);
	/* glibc has it since 2.34. */
	errno = ENOSYS;
	return -1;
}

/* The arguments of execl and its kin as an array on the stack: memory must not be allocated between fork and exec. */
#define GATHER(first, last) \
	size_t count = 0; \
	va_start(last, first); \
	for (const char *each = first; each; each = va_arg(last, char *)) \
		count++; \
	va_end(last); \
	char **arguments = alloca((count + 1) * sizeof *arguments); \
	va_start(last, first); \
	arguments[0] = (char *)(uintptr_t)first; \
	for (size_t i = 1; i <= count; i++) \
		arguments[i] = va_arg(last, char *)

WRAP int execl(const char *path, const char *argument, ...)
{
	note_exec(CALLER);
	va_list rest;
	GATHER(argument, rest); // cppcheck-suppress allocaCalled
	va_end(rest);
	return real.execv(path, arguments);
}

WRAP int execlp(const char *file, const char *argument, ...)
{
	note_exec(CALLER);
	va_list rest;
	GATHER(argument, rest); // cppcheck-suppress allocaCalled
	va_end(rest);
	return real.execvp(file, arguments);
}

WRAP int execle(const char *path, const char *argument, ...)
{
	note_exec(CALLER);
	va_list rest;
	GATHER(argument, rest); // cppcheck-suppress allocaCalled
	char *const *environment = va_arg(rest, char *const *);
	va_end(rest);
	return real.execve(path, arguments, environment);
}
