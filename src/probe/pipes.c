/* Tells pipes by their inode, and wraps what makes descriptors lead elsewhere. What is closed behind libc's public names
   (a raw system call) is not noticed. */
#include "probe/pipes.h"
#include "probe/log.h"
#include "probe/real.h"

#include <fcntl.h>
#include <sys/stat.h>

uint64_t pipes_known[PIPE_DESCRIPTORS];

uint32_t pipe_look(int descriptor)
{
	struct stat status;
	uint32_t inode = 0;
	if (descriptor < 0)
		return 0;
#ifdef SYS_newfstatat
	long error = raw_call(SYS_newfstatat, descriptor, (long)"", (long)&status, AT_EMPTY_PATH, 0, 0);
#else
	int kept = errno;
	long error = fstat(descriptor, &status);
	errno = kept;
#endif
	if (error)
		return 0;
	if (S_ISFIFO(status.st_mode))
		inode = (uint32_t)status.st_ino;
	if (descriptor < PIPE_DESCRIPTORS)
		__atomic_store_n(&pipes_known[descriptor], (uint64_t)1 << PIPE_KNOWN_BIT | inode, __ATOMIC_RELAXED);
	return inode;
}

void pipes_forget(unsigned first, unsigned last)
{
	for (unsigned i = first; i <= last && i < PIPE_DESCRIPTORS; i++)
		__atomic_store_n(&pipes_known[i], 0, __ATOMIC_RELAXED);
}

/* Forgotten when the call is back: what another thread learns of a new descriptor in between is only learnt again. */
#define WRAP_CLOSING(type, name, parameters, arguments, first, last) \
	WRAP type name parameters \
	{ \
		bool on = probe_on(); \
		unsigned from = (unsigned)(first), to = (unsigned)(last); \
		type result = real.name arguments; \
		if (on) \
			pipes_forget(from, to); \
		return result; \
	}

WRAP_CLOSING(int, close, (int file), (file), file, file)
WRAP_CLOSING(int, dup2, (int file, int as), (file, as), as, as)
ALIAS(__close, close)
ALIAS(__dup2, dup2)
WRAP_CLOSING(int, dup3, (int file, int as, int flags), (file, as, flags), as, as)
WRAP_CLOSING(FILE *, freopen, (const char *restrict path, const char *restrict mode, FILE *restrict file),
             (path, mode, file), file->_fileno, file->_fileno)
WRAP_CLOSING(FILE *, freopen64, (const char *restrict path, const char *restrict mode, FILE *restrict file),
             (path, mode, file), file->_fileno, file->_fileno)

WRAP int close_range(unsigned first, unsigned last, int flags)
{
	bool on = probe_on();
	if (!real.close_range) { /* glibc has it since 2.34 */
		errno = ENOSYS;
		return -1;
	}
	int result = real.close_range(first, last, flags);
	if (on)
		pipes_forget(first, last);
	return result;
}

WRAP void closefrom(int first)
{
	bool on = probe_on();
	if (!real.closefrom) { /* glibc has it since 2.34 */
		for (int file = first < 0 ? 0 : first; file < 65536; file++)
			raw_call(SYS_close, file, 0, 0, 0, 0, 0);
	} else {
		real.closefrom(first);
	}
	if (on)
		pipes_forget(first < 0 ? 0 : (unsigned)first, PIPE_DESCRIPTORS);
}
