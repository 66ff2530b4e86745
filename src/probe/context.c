/* Coroutines of ucontext: one thread goes on as another lane. */
#include "probe/log.h"
#include "probe/real.h"

static void note_switch(const ucontext_t *to, const ucontext_t *from, uint64_t caller)
{
	if (probe_on())
		log_note((struct note){ .kind = PROBE_CONTEXT, .object = (uintptr_t)to, .caller = caller,
		                        .value = (uint32_t)(uintptr_t)from });
}

/* Whoever switches back comes out of the real one, on this stack, which was left as it is. */
WRAP int swapcontext(ucontext_t *restrict from, const ucontext_t *restrict to)
{
	note_switch(to, from, CALLER);
	return real.swapcontext(from, to);
}

WRAP int setcontext(const ucontext_t *to)
{
	note_switch(to, NULL, CALLER);
	return real.setcontext(to);
}

/* Called by the makecontext below, which passes on any number of arguments by leaving registers and stack as they are;
   returns where to go on. */
__attribute__((used)) static void *note_made(const ucontext_t *made, uint64_t function)
{
	if (probe_on())
		log_note((struct note){ .kind = PROBE_CONTEXT, .object = (uintptr_t)made, .caller = function, .detail = 1 });
	return (void *)(uintptr_t)real.makecontext;
}

#if defined(__x86_64__)
__asm__(".text\n"
        ".globl makecontext\n"
        ".type makecontext, @function\n"
        "makecontext:\n"
        "	.cfi_startproc\n"
        "	endbr64\n"
        "	pushq %rdi\n"
        "	pushq %rsi\n"
        "	pushq %rdx\n"
        "	pushq %rcx\n"
        "	pushq %r8\n"
        "	pushq %r9\n"
        "	pushq %rax\n"
        "	.cfi_adjust_cfa_offset 56\n"
        "	call note_made\n"
        "	movq %rax, %r11\n"
        "	popq %rax\n"
        "	popq %r9\n"
        "	popq %r8\n"
        "	popq %rcx\n"
        "	popq %rdx\n"
        "	popq %rsi\n"
        "	popq %rdi\n"
        "	.cfi_adjust_cfa_offset -56\n"
        "	jmp *%r11\n"
        "	.cfi_endproc\n"
        ".size makecontext, . - makecontext\n");
#endif
