/* Calls on descriptors. Input that was there leaves no record; output always does, because it may wake another lane. */
#include "probe/log.h"
#include "probe/pipes.h"
#include "probe/real.h"

#include <fcntl.h>

#define OF(descriptor) ((uint64_t)(int64_t)(descriptor))
#define NO_DESCRIPTOR UINT64_MAX

static inline bool may_be_pipe(enum probe_call call)
{
	return call == PROBE_READ_CALL || call == PROBE_WRITE_CALL;
}

/* A wrapper of NAME: what it returns, its parameters, how they are passed on, the descriptor, enum probe_call. */
#define WRAP_CALL(type, name, parameters, arguments, descriptor, call, finish) \
	WRAP type name parameters \
	{ \
		if (!probe_on()) \
			return real.name arguments; \
		struct pair pair; \
		pair_begin(&pair, (struct note){ .kind = PROBE_IO, .object = (descriptor), .caller = CALLER, \
		                                 .value = may_be_pipe(call) ? pipe_of((int)(descriptor)) : 0, .detail = (call) }); \
		type result = real.name arguments; \
		finish(&pair, result < 0 ? errno : 0); \
		return result; \
	}
#define WRAP_INPUT(type, name, parameters, arguments, descriptor, call) \
	WRAP_CALL(type, name, parameters, arguments, descriptor, call, pair_end_if_long)
#define WRAP_OUTPUT(type, name, parameters, arguments, descriptor, call) \
	WRAP_CALL(type, name, parameters, arguments, descriptor, call, pair_end)

WRAP_INPUT(ssize_t, read, (int file, void *bytes, size_t size), (file, bytes, size), OF(file), PROBE_READ_CALL)
WRAP_INPUT(ssize_t, __read_chk, (int file, void *bytes, size_t size, size_t room), (file, bytes, size, room), OF(file),
           PROBE_READ_CALL)
WRAP_INPUT(ssize_t, readv, (int file, const struct iovec *parts, int count), (file, parts, count), OF(file),
           PROBE_READ_CALL)
WRAP_INPUT(ssize_t, pread, (int file, void *bytes, size_t size, off_t at), (file, bytes, size, at), OF(file),
           PROBE_READ_CALL)
WRAP_INPUT(ssize_t, pread64, (int file, void *bytes, size_t size, off64_t at), (file, bytes, size, at), OF(file),
           PROBE_READ_CALL)
WRAP_INPUT(ssize_t, __pread_chk, (int file, void *bytes, size_t size, off_t at, size_t room),
           (file, bytes, size, at, room), OF(file), PROBE_READ_CALL)
WRAP_INPUT(ssize_t, __pread64_chk, (int file, void *bytes, size_t size, off64_t at, size_t room),
           (file, bytes, size, at, room), OF(file), PROBE_READ_CALL)
WRAP_INPUT(ssize_t, preadv, (int file, const struct iovec *parts, int count, off_t at), (file, parts, count, at),
           OF(file), PROBE_READ_CALL)
WRAP_INPUT(ssize_t, preadv64, (int file, const struct iovec *parts, int count, off64_t at), (file, parts, count, at),
           OF(file), PROBE_READ_CALL)
WRAP_INPUT(ssize_t, preadv2, (int file, const struct iovec *parts, int count, off_t at, int flags),
           (file, parts, count, at, flags), OF(file), PROBE_READ_CALL)
WRAP_INPUT(ssize_t, preadv64v2, (int file, const struct iovec *parts, int count, off64_t at, int flags),
           (file, parts, count, at, flags), OF(file), PROBE_READ_CALL)

WRAP_OUTPUT(ssize_t, write, (int file, const void *bytes, size_t size), (file, bytes, size), OF(file), PROBE_WRITE_CALL)
WRAP_OUTPUT(ssize_t, writev, (int file, const struct iovec *parts, int count), (file, parts, count), OF(file),
            PROBE_WRITE_CALL)
WRAP_OUTPUT(ssize_t, pwrite, (int file, const void *bytes, size_t size, off_t at), (file, bytes, size, at), OF(file),
            PROBE_WRITE_CALL)
WRAP_OUTPUT(ssize_t, pwrite64, (int file, const void *bytes, size_t size, off64_t at), (file, bytes, size, at), OF(file),
            PROBE_WRITE_CALL)
WRAP_OUTPUT(ssize_t, pwritev, (int file, const struct iovec *parts, int count, off_t at), (file, parts, count, at),
            OF(file), PROBE_WRITE_CALL)
WRAP_OUTPUT(ssize_t, pwritev64, (int file, const struct iovec *parts, int count, off64_t at), (file, parts, count, at),
            OF(file), PROBE_WRITE_CALL)
WRAP_OUTPUT(ssize_t, pwritev2, (int file, const struct iovec *parts, int count, off_t at, int flags),
            (file, parts, count, at, flags), OF(file), PROBE_WRITE_CALL)
WRAP_OUTPUT(ssize_t, pwritev64v2, (int file, const struct iovec *parts, int count, off64_t at, int flags),
            (file, parts, count, at, flags), OF(file), PROBE_WRITE_CALL)
WRAP_OUTPUT(ssize_t, sendfile, (int to, int from, off_t *at, size_t size), (to, from, at, size), OF(to),
            PROBE_WRITE_CALL)
WRAP_OUTPUT(ssize_t, sendfile64, (int to, int from, off64_t *at, size_t size), (to, from, at, size), OF(to),
            PROBE_WRITE_CALL)
WRAP_OUTPUT(ssize_t, splice, (int from, off64_t *from_at, int to, off64_t *to_at, size_t size, unsigned flags),
            (from, from_at, to, to_at, size, flags), OF(to), PROBE_WRITE_CALL)
WRAP_OUTPUT(ssize_t, tee, (int from, int to, size_t size, unsigned flags), (from, to, size, flags), OF(to),
            PROBE_WRITE_CALL)
WRAP_OUTPUT(ssize_t, vmsplice, (int to, const struct iovec *parts, size_t count, unsigned flags),
            (to, parts, count, flags), OF(to), PROBE_WRITE_CALL)
WRAP_OUTPUT(ssize_t, copy_file_range, (int from, off64_t *from_at, int to, off64_t *to_at, size_t size, unsigned flags),
            (from, from_at, to, to_at, size, flags), OF(to), PROBE_WRITE_CALL)

WRAP_OUTPUT(ssize_t, send, (int to, const void *bytes, size_t size, int flags), (to, bytes, size, flags), OF(to),
            PROBE_SEND_CALL)
WRAP_OUTPUT(ssize_t, sendto, (int to, const void *bytes, size_t size, int flags, const struct sockaddr *address,
            socklen_t length), (to, bytes, size, flags, address, length), OF(to), PROBE_SEND_CALL)
WRAP_OUTPUT(ssize_t, sendmsg, (int to, const struct msghdr *message, int flags), (to, message, flags), OF(to),
            PROBE_SEND_CALL)
WRAP_OUTPUT(int, sendmmsg, (int to, struct mmsghdr *messages, unsigned count, int flags), (to, messages, count, flags),
            OF(to), PROBE_SEND_CALL)
WRAP_INPUT(ssize_t, recv, (int from, void *bytes, size_t size, int flags), (from, bytes, size, flags), OF(from),
           PROBE_RECV_CALL)
WRAP_INPUT(ssize_t, __recv_chk, (int from, void *bytes, size_t size, size_t room, int flags),
           (from, bytes, size, room, flags), OF(from), PROBE_RECV_CALL)
WRAP_INPUT(ssize_t, recvfrom, (int from, void *restrict bytes, size_t size, int flags, struct sockaddr *restrict address,
           socklen_t *restrict length), (from, bytes, size, flags, address, length), OF(from), PROBE_RECV_CALL)
WRAP_INPUT(ssize_t, __recvfrom_chk, (int from, void *bytes, size_t size, size_t room, int flags, struct sockaddr *address,
           socklen_t *length), (from, bytes, size, room, flags, address, length), OF(from), PROBE_RECV_CALL)
WRAP_INPUT(ssize_t, recvmsg, (int from, struct msghdr *message, int flags), (from, message, flags), OF(from),
           PROBE_RECV_CALL)
WRAP_INPUT(int, recvmmsg, (int from, struct mmsghdr *messages, unsigned count, int flags, struct timespec *time),
           (from, messages, count, flags, time), OF(from), PROBE_RECV_CALL)
WRAP_INPUT(int, accept, (int file, struct sockaddr *restrict address, socklen_t *restrict length),
           (file, address, length), OF(file), PROBE_ACCEPT_CALL)
WRAP_INPUT(int, accept4, (int file, struct sockaddr *restrict address, socklen_t *restrict length, int flags),
           (file, address, length, flags), OF(file), PROBE_ACCEPT_CALL)
WRAP_OUTPUT(int, connect, (int file, const struct sockaddr *address, socklen_t length), (file, address, length),
            OF(file), PROBE_CONNECT_CALL)

WRAP_INPUT(int, flock, (int file, int operation), (file, operation), OF(file), PROBE_FLOCK_CALL)
WRAP_INPUT(int, lockf, (int file, int command, off_t size), (file, command, size), OF(file), PROBE_FLOCK_CALL)
WRAP_INPUT(int, lockf64, (int file, int command, off64_t size), (file, command, size), OF(file), PROBE_FLOCK_CALL)
WRAP_INPUT(int, fsync, (int file), (file), OF(file), PROBE_FSYNC_CALL)
WRAP_INPUT(int, fdatasync, (int file), (file), OF(file), PROBE_FSYNC_CALL)
WRAP_INPUT(int, msync, (void *address, size_t size, int flags), (address, size, flags), NO_DESCRIPTOR, PROBE_FSYNC_CALL)

WRAP_INPUT(int, eventfd_read, (int file, eventfd_t *value), (file, value), OF(file), PROBE_READ_CALL)
WRAP_OUTPUT(int, eventfd_write, (int file, eventfd_t value), (file, value), OF(file), PROBE_WRITE_CALL)
WRAP_OUTPUT(int, vdprintf, (int file, const char *restrict format, va_list arguments), (file, format, arguments),
            OF(file), PROBE_WRITE_CALL)
WRAP_OUTPUT(int, __vdprintf_chk, (int file, int flag, const char *format, va_list arguments),
            (file, flag, format, arguments), OF(file), PROBE_WRITE_CALL)

/* With "..." the arguments go on as a va_list, to the twin that takes one. */
#define WRAP_DESCRIPTOR_FORMAT(name, twin, parameters, arguments) \
	WRAP int name parameters \
	{ \
		va_list rest; \
		va_start(rest, format); \
		bool on = probe_on(); \
		struct pair pair; \
		if (on) \
			pair_begin(&pair, (struct note){ .kind = PROBE_IO, .object = OF(file), .caller = CALLER, \
			                                 .value = pipe_of(file), .detail = PROBE_WRITE_CALL }); \
		int result = real.twin arguments; \
		if (on) \
			pair_end(&pair, result < 0 ? errno : 0); \
		va_end(rest); \
		return result; \
	}
WRAP_DESCRIPTOR_FORMAT(dprintf, vdprintf, (int file, const char *restrict format, ...), (file, format, rest))
WRAP_DESCRIPTOR_FORMAT(__dprintf_chk, __vdprintf_chk, (int file, int flag, const char *format, ...),
                       (file, flag, format, rest))

/* System V queues and semaphores: their numbers are not descriptors. */
WRAP_OUTPUT(int, msgsnd, (int queue, const void *message, size_t size, int flags), (queue, message, size, flags),
            NO_DESCRIPTOR, PROBE_SEND_CALL)
WRAP_INPUT(ssize_t, msgrcv, (int queue, void *message, size_t size, long type, int flags),
           (queue, message, size, type, flags), NO_DESCRIPTOR, PROBE_RECV_CALL)
WRAP_INPUT(int, semop, (int set, struct sembuf *operations, size_t count), (set, operations, count), NO_DESCRIPTOR,
           PROBE_FLOCK_CALL)
WRAP_INPUT(int, semtimedop, (int set, struct sembuf *operations, size_t count, const struct timespec *time),
           (set, operations, count, time), NO_DESCRIPTOR, PROBE_FLOCK_CALL)

/* Opening waits only for the other end of a FIFO, or for a lease to be given back. */
#define WRAP_OPEN(name, parameters, arguments) \
	WRAP int name parameters \
	{ \
		mode_t mode = 0; \
		if (flags & O_CREAT || (flags & O_TMPFILE) == O_TMPFILE) { \
			va_list rest; \
			va_start(rest, flags); \
			mode = va_arg(rest, mode_t); \
			va_end(rest); \
		} \
		if (!probe_on()) \
			return real.name arguments; \
		struct pair pair; \
		pair_begin(&pair, (struct note){ .kind = PROBE_IO, .object = NO_DESCRIPTOR, .caller = CALLER, \
		                                 .detail = PROBE_OPEN_CALL }); \
		int result = real.name arguments; \
		pair_end_if_long(&pair, result < 0 ? errno : 0); \
		return result; \
	}
WRAP_OPEN(open, (const char *path, int flags, ...), (path, flags, mode))
WRAP_OPEN(open64, (const char *path, int flags, ...), (path, flags, mode))
WRAP_OPEN(openat, (int directory, const char *path, int flags, ...), (directory, path, flags, mode))
WRAP_OPEN(openat64, (int directory, const char *path, int flags, ...), (directory, path, flags, mode))
ALIAS(__open, open)
ALIAS(__open64, open64)
ALIAS(__read, read)
ALIAS(__write, write)
ALIAS(__pread64, pread64)
ALIAS(__pwrite64, pwrite64)
ALIAS(__connect, connect)
ALIAS(__send, send)
WRAP_INPUT(int, creat, (const char *path, mode_t mode), (path, mode), NO_DESCRIPTOR, PROBE_OPEN_CALL)
WRAP_INPUT(int, creat64, (const char *path, mode_t mode), (path, mode), NO_DESCRIPTOR, PROBE_OPEN_CALL)
WRAP_INPUT(int, __open_2, (const char *path, int flags), (path, flags), NO_DESCRIPTOR, PROBE_OPEN_CALL)
WRAP_INPUT(int, __open64_2, (const char *path, int flags), (path, flags), NO_DESCRIPTOR, PROBE_OPEN_CALL)
WRAP_INPUT(int, __openat_2, (int directory, const char *path, int flags), (directory, path, flags), NO_DESCRIPTOR,
           PROBE_OPEN_CALL)
WRAP_INPUT(int, __openat64_2, (int directory, const char *path, int flags), (directory, path, flags), NO_DESCRIPTOR,
           PROBE_OPEN_CALL)

#define WRAP_OPEN_STREAM(name) \
	WRAP FILE *name(const char *restrict path, const char *restrict mode) \
	{ \
		if (!probe_on()) \
			return real.name(path, mode); \
		struct pair pair; \
		pair_begin(&pair, (struct note){ .kind = PROBE_IO, .object = NO_DESCRIPTOR, .caller = CALLER, \
		                                 .detail = PROBE_OPEN_CALL }); \
		FILE *file = real.name(path, mode); \
		pair_end_if_long(&pair, file ? 0 : errno); \
		return file; \
	}
WRAP_OPEN_STREAM(fopen)
WRAP_OPEN_STREAM(fopen64)
