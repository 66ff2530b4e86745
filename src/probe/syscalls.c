/* The system calls that a program makes by libc's syscall(): futexes of its own, io_uring. Knows no call's meaning. */
#include "probe/log.h"
#include "probe/real.h"

#include <stdarg.h>

/* True for calls that do not come back, come back twice or on another stack, and those that find out who they are. */
static bool is_left_alone(long number)
{
	switch (number) {
	case SYS_exit:
	case SYS_exit_group:
	case SYS_execve:
	case SYS_execveat:
	case SYS_clone:
#ifdef SYS_clone3
	case SYS_clone3:
#endif
#ifdef SYS_fork
	case SYS_fork:
	case SYS_vfork:
#endif
	case SYS_rt_sigreturn:
		return true;
	default:
		return false;
	}
}

/* As many arguments as any system call has: those that were not given are not looked at by the kernel. Not a point of
   cancellation, as libc's is none. */
__attribute__((used)) static long wait_in_syscall(long number, long a, long b, long c, long d, long e, long f)
{
	struct pair pair;
	pair_begin(&pair, (struct note){ .kind = PROBE_SYSCALL, .object = (uint64_t)number, .caller = CALLER });
	long result = real.syscall(number, a, b, c, d, e, f);
	pair_end_if_long(&pair, result < 0 ? errno : 0);
	return result;
}

/* Where the syscall below goes on: in both it finds its arguments where its caller put them. */
__attribute__((used)) static void *choose_syscall(long number)
{
	if (probe_on() && !is_left_alone(number))
		return (void *)(uintptr_t)wait_in_syscall;
	return (void *)(uintptr_t)real.syscall;
}

#if defined(__x86_64__)
__asm__(".text\n"
        ".globl syscall\n"
        ".type syscall, @function\n"
        "syscall:\n"
        "	.cfi_startproc\n"
        "	endbr64\n"
        "	pushq %rdi\n"
        "	pushq %rsi\n"
        "	pushq %rdx\n"
        "	pushq %rcx\n"
        "	pushq %r8\n"
        "	pushq %r9\n"
        "	subq $8, %rsp\n"
        "	.cfi_adjust_cfa_offset 56\n"
        "	call choose_syscall\n"
        "	addq $8, %rsp\n"
        "	popq %r9\n"
        "	popq %r8\n"
        "	popq %rcx\n"
        "	popq %rdx\n"
        "	popq %rsi\n"
        "	popq %rdi\n"
        "	.cfi_adjust_cfa_offset -56\n"
        "	jmp *%rax\n"
        "	.cfi_endproc\n"
        ".size syscall, . - syscall\n");
#else
WRAP long syscall(long number, ...)
{
	va_list rest;
	va_start(rest, number);
	long a = va_arg(rest, long), b = va_arg(rest, long), c = va_arg(rest, long), d = va_arg(rest, long);
	long e = va_arg(rest, long), f = va_arg(rest, long);
	va_end(rest);
	return ((long (*)(long, long, long, long, long, long, long))(uintptr_t)choose_syscall(number))(number, a, b, c, d, e, f);
}
#endif
