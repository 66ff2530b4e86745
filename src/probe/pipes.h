/* Which pipe a descriptor leads to: known from the first call on it until it is closed. */
#ifndef LIVEPOST_PROBE_PIPES_H
#define LIVEPOST_PROBE_PIPES_H

#include <stdint.h>

enum { PIPE_DESCRIPTORS = 1024, PIPE_KNOWN_BIT = 32 };

/* By descriptor: 0 for one that was not looked at, else PIPE_KNOWN_BIT and the low half of the inode, 0 for no pipe. */
extern uint64_t pipes_known[PIPE_DESCRIPTORS];

uint32_t pipe_look(int descriptor);

/* The low 32 bits of the inode of a pipe, 0 for anything else. Keeps errno. */
static inline uint32_t pipe_of(int descriptor)
{
	unsigned at = (unsigned)descriptor;
	uint64_t known = at < PIPE_DESCRIPTORS ? __atomic_load_n(&pipes_known[at], __ATOMIC_RELAXED) : 0;
	return known ? (uint32_t)known : pipe_look(descriptor);
}

/* The descriptors from first to last may lead elsewhere from now on. */
void pipes_forget(unsigned first, unsigned last);

#endif
