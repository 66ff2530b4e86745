/* Names for what a program does, seen in its timeline:
 *
 *     lane_name("chicken");          this thread's lane
 *     span("prep") { ... }           a stretch of it
 *     mark("served");                an instant
 *
 * They are written down where livepost runs the program. Anywhere else they do nothing, and nothing has to be linked:
 * `cc -pthread file.c` with this file on the include path builds the same program, at the cost of one test a call.
 *
 * A span ends where its block is left: at its end, by break, continue, return or goto (and by an exception in C++). Note
 * that break and continue inside a span leave the span, not the loop around it. longjmp, pthread_exit and cancellation
 * leave a span open; it then ends where the thread does. Spans nest. A name is copied at once; about 3,500 bytes of it
 * are kept.
 *
 * C99 or later, or C++, with gcc or clang. Where the short words are taken, define LIVEPOST_LONG_NAMES and use
 * livepost_span, livepost_mark and livepost_lane_name; in C++ include this file behind the standard headers. */
#ifndef LIVEPOST_H
#define LIVEPOST_H

#ifdef __cplusplus
extern "C" {
#endif

/* Defined by the probe alone, hence weak: addresses that are NULL without it. */
__attribute__((weak)) void livepost_span_begin(const char *name);
__attribute__((weak)) void livepost_span_end(void);
__attribute__((weak)) void livepost_instant(const char *name);
__attribute__((weak)) void livepost_name(const char *name);

/* In code that is not position-independent the linker would settle such an address as NULL once and for all, unless it
   is read from the table that is filled when the program starts. */
#if defined(__x86_64__) && !defined(__PIC__)
#define LIVEPOST_FIND(hook, function) \
	__asm__(".weak " #function "\n\tmovq " #function "@GOTPCREL(%%rip), %0" : "=r"(hook))
#else
#define LIVEPOST_FIND(hook, function) ((hook) = (function))
#endif

struct livepost_span {
	int open;
};

static inline struct livepost_span livepost_span_enter(const char *name)
{
	struct livepost_span entered;
	void (*hook)(const char *);
	entered.open = 1;
	LIVEPOST_FIND(hook, livepost_span_begin);
	if (hook)
		hook(name);
	return entered;
}

static inline void livepost_span_leave(struct livepost_span *left)
{
	void (*hook)(void);
	(void)left;
	LIVEPOST_FIND(hook, livepost_span_end);
	if (hook)
		hook();
}

static inline void livepost_mark(const char *name)
{
	void (*hook)(const char *);
	LIVEPOST_FIND(hook, livepost_instant);
	if (hook)
		hook(name);
}

static inline void livepost_lane_name(const char *name)
{
	void (*hook)(const char *);
	LIVEPOST_FIND(hook, livepost_name);
	if (hook)
		hook(name);
}

#ifdef __cplusplus
}
#endif

#define LIVEPOST_JOIN_(a, b) a##b
#define LIVEPOST_JOIN(a, b) LIVEPOST_JOIN_(a, b)
/* A loop that is passed once: its variable is alive as long as the block, and ends the span when it dies. */
#define LIVEPOST_SPAN_(variable, name) \
	for (__attribute__((cleanup(livepost_span_leave))) struct livepost_span variable = livepost_span_enter(name); \
	     variable.open; variable.open = 0)
#define livepost_span(name) LIVEPOST_SPAN_(LIVEPOST_JOIN(livepost_span_, __LINE__), name)

#ifndef LIVEPOST_LONG_NAMES
#define span(name) livepost_span(name)
#define mark(name) livepost_mark(name)
#define lane_name(name) livepost_lane_name(name)
#endif

#endif
