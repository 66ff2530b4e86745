/* System calls and the clock, without libc: nothing in here changes errno, is a point of cancellation or takes a lock. */
#ifndef LIVEPOST_PROBE_RAW_H
#define LIVEPOST_PROBE_RAW_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* Returns what the kernel returns: a negative errno for failure. */
static inline long raw_call(long number, long a, long b, long c, long d, long e, long f)
{
#if defined(__x86_64__)
	long result = 0;
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = f;
	__asm__ volatile("syscall" : "=a"(result) : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
	                 : "rcx", "r11", "memory");
	return result;
#elif defined(__aarch64__)
	register long x8 __asm__("x8") = number;
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;
	register long x3 __asm__("x3") = d;
	register long x4 __asm__("x4") = e;
	register long x5 __asm__("x5") = f;
	__asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory");
	return x0;
#else
	int kept = errno;
	long result = syscall(number, a, b, c, d, e, f);
	if (result < 0)
		result = -errno;
	errno = kept;
	return result;
#endif
}

/* Whether the bytes can be read; else the kernel, which is asked next, says EFAULT. Costs a system call or two, which do
   nothing else: there is no such way to change a signal mask. */
static inline bool raw_can_read(const void *at, size_t size)
{
	enum { NO_WAY = 99, WORD = 8, PAGE = 4096 };
	uintptr_t first = (uintptr_t)at, last = first + size - WORD;
	if (!at || raw_call(SYS_rt_sigprocmask, NO_WAY, (long)first, 0, WORD, 0, 0) == -EFAULT)
		return false;
	return first / PAGE == (last + WORD - 1) / PAGE || raw_call(SYS_rt_sigprocmask, NO_WAY, (long)last, 0, WORD, 0, 0) != -EFAULT;
}

/* The CPU's time stamp counter; 0 where there is none to read. */
static inline uint64_t raw_counter(void)
{
#if defined(__x86_64__)
	return __builtin_ia32_rdtsc();
#else
	return 0;
#endif
}

static inline uint64_t raw_monotonic_ns(void)
{
	struct timespec now = {0};
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

#endif
