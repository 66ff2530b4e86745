/* Waits for what was asked of somebody else: message queues, names of hosts, asynchronous input and output, a file system. */
#include "probe/log.h"
#include "probe/real.h"

#include <fcntl.h>

static void begin(struct pair *pair, int64_t descriptor, uint64_t caller, uint16_t call)
{
	pair_begin(pair, (struct note){ .kind = PROBE_IO, .object = (uint64_t)descriptor, .caller = caller, .detail = call });
}

/* What it returns, its name, parameters, how they are passed on, the descriptor or -1, enum probe_call, when it failed. */
#define WRAP_REQUEST(type, name, parameters, arguments, descriptor, call, error, finish) \
	WRAP type name parameters \
	{ \
		if (!probe_on()) \
			return real.name arguments; \
		struct pair pair; \
		begin(&pair, descriptor, CALLER, call); \
		type result = real.name arguments; \
		finish(&pair, error); \
		return result; \
	}

WRAP_REQUEST(int, mq_send, (mqd_t queue, const char *bytes, size_t size, unsigned priority),
             (queue, bytes, size, priority), queue, PROBE_SEND_CALL, result < 0 ? errno : 0, pair_end)
WRAP_REQUEST(int, mq_timedsend, (mqd_t queue, const char *bytes, size_t size, unsigned priority,
             const struct timespec *until), (queue, bytes, size, priority, until), queue, PROBE_SEND_CALL | PROBE_TIMED,
             result < 0 ? errno : 0, pair_end)
WRAP_REQUEST(ssize_t, mq_receive, (mqd_t queue, char *bytes, size_t size, unsigned *priority),
             (queue, bytes, size, priority), queue, PROBE_RECV_CALL, result < 0 ? errno : 0, pair_end_if_long)
WRAP_REQUEST(ssize_t, mq_timedreceive, (mqd_t queue, char *restrict bytes, size_t size, unsigned *restrict priority,
             const struct timespec *restrict until), (queue, bytes, size, priority, until), queue,
             PROBE_RECV_CALL | PROBE_TIMED, result < 0 ? errno : 0, pair_end_if_long)

WRAP_REQUEST(int, aio_suspend, (const struct aiocb *const requests[], int count, const struct timespec *timeout),
             (requests, count, timeout), -1, timeout ? PROBE_AIO_CALL | PROBE_TIMED : PROBE_AIO_CALL,
             result < 0 ? errno : 0, pair_end_if_long)
WRAP_REQUEST(int, aio_suspend64, (const struct aiocb64 *const requests[], int count, const struct timespec *timeout),
             (requests, count, timeout), -1, timeout ? PROBE_AIO_CALL | PROBE_TIMED : PROBE_AIO_CALL,
             result < 0 ? errno : 0, pair_end_if_long)
WRAP_REQUEST(int, lio_listio, (int mode, struct aiocb *const requests[restrict], int count,
             struct sigevent *restrict event), (mode, requests, count, event), -1, PROBE_AIO_CALL, result < 0 ? errno : 0,
             pair_end_if_long)
WRAP_REQUEST(int, lio_listio64, (int mode, struct aiocb64 *const requests[restrict], int count,
             struct sigevent *restrict event), (mode, requests, count, event), -1, PROBE_AIO_CALL, result < 0 ? errno : 0,
             pair_end_if_long)

WRAP_REQUEST(int, getaddrinfo, (const char *restrict host, const char *restrict service,
             const struct addrinfo *restrict hints, struct addrinfo **restrict found), (host, service, hints, found), -1,
             PROBE_RESOLVE_CALL, result == EAI_SYSTEM ? errno : 0, pair_end_if_long)
WRAP_REQUEST(int, getnameinfo, (const struct sockaddr *restrict address, socklen_t length, char *restrict host,
             socklen_t host_room, char *restrict service, socklen_t service_room, int flags),
             (address, length, host, host_room, service, service_room, flags), -1, PROBE_RESOLVE_CALL,
             result == EAI_SYSTEM ? errno : 0, pair_end_if_long)
WRAP_REQUEST(struct hostent *, gethostbyname, (const char *host), (host), -1, PROBE_RESOLVE_CALL, 0, pair_end_if_long)
WRAP_REQUEST(struct hostent *, gethostbyname2, (const char *host, int family), (host, family), -1, PROBE_RESOLVE_CALL, 0,
             pair_end_if_long)
WRAP_REQUEST(struct hostent *, gethostbyaddr, (const void *address, socklen_t length, int family),
             (address, length, family), -1, PROBE_RESOLVE_CALL, 0, pair_end_if_long)
WRAP_REQUEST(int, gethostbyname_r, (const char *restrict host, struct hostent *restrict entry, char *restrict bytes,
             size_t room, struct hostent **restrict found, int *restrict error), (host, entry, bytes, room, found, error),
             -1, PROBE_RESOLVE_CALL, 0, pair_end_if_long)
WRAP_REQUEST(int, gethostbyname2_r, (const char *restrict host, int family, struct hostent *restrict entry,
             char *restrict bytes, size_t room, struct hostent **restrict found, int *restrict error),
             (host, family, entry, bytes, room, found, error), -1, PROBE_RESOLVE_CALL, 0, pair_end_if_long)
WRAP_REQUEST(int, gethostbyaddr_r, (const void *restrict address, socklen_t length, int family,
             struct hostent *restrict entry, char *restrict bytes, size_t room, struct hostent **restrict found,
             int *restrict error), (address, length, family, entry, bytes, room, found, error), -1, PROBE_RESOLVE_CALL, 0,
             pair_end_if_long)
WRAP_REQUEST(int, gai_suspend, (const struct gaicb *const requests[], int count, const struct timespec *timeout),
             (requests, count, timeout), -1, timeout ? PROBE_RESOLVE_CALL | PROBE_TIMED : PROBE_RESOLVE_CALL, 0,
             pair_end_if_long)

WRAP_REQUEST(int, tcdrain, (int terminal), (terminal), terminal, PROBE_FSYNC_CALL, result < 0 ? errno : 0,
             pair_end_if_long)
WRAP_REQUEST(int, syncfs, (int file), (file), file, PROBE_FSYNC_CALL, result < 0 ? errno : 0, pair_end_if_long)
WRAP_REQUEST(int, sync_file_range, (int file, off64_t from, off64_t size, unsigned flags), (file, from, size, flags),
             file, PROBE_FSYNC_CALL, result < 0 ? errno : 0, pair_end_if_long)

WRAP void sync(void)
{
	if (!probe_on()) {
		real.sync();
		return;
	}
	struct pair pair;
	begin(&pair, -1, CALLER, PROBE_FSYNC_CALL);
	real.sync();
	pair_end_if_long(&pair, 0);
}

/* Of all that fcntl does, taking a lock that another has waits. What stands in the place of the third argument is passed
   on whatever it is, as libc does. */
#define WRAP_FCNTL(name) \
	WRAP int name(int file, int command, ...) \
	{ \
		va_list rest; \
		va_start(rest, command); \
		void *argument = va_arg(rest, void *); \
		va_end(rest); \
		if (!probe_on() || (command != F_SETLKW && command != F_OFD_SETLKW)) \
			return real.name(file, command, argument); \
		struct pair pair; \
		begin(&pair, file, CALLER, PROBE_FLOCK_CALL); \
		int result = real.name(file, command, argument); \
		pair_end_if_long(&pair, result < 0 ? errno : 0); \
		return result; \
	}
WRAP_FCNTL(fcntl)
WRAP_FCNTL(fcntl64)
ALIAS(__fcntl, fcntl)
