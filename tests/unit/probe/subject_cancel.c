/* A program to run with and without the probe: every cancellable call that can be made to wait, cancelled while it does and
   with the request already there. Prints what it sees, which must be the same both times. */
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <mqueue.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <threads.h>
#include <time.h>
#include <unistd.h>
#include <wchar.h>

static int from, full, quiet, lonely, epoll, event; /* descriptors on which everything waits */
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static sem_t semaphore;
static pthread_t sleeper;
static FILE *stream;
static char bytes[65536];
static const struct timespec far = { .tv_sec = 4000000000 };
static const struct timespec ten = { .tv_sec = 10 };

static void wait_cond(void)
{
	pthread_mutex_lock(&mutex);
	pthread_cleanup_push((void (*)(void *))(void *)pthread_mutex_unlock, &mutex);
	pthread_cond_wait(&condition, &mutex);
	pthread_cleanup_pop(1);
}

static void wait_cond_timed(void)
{
	pthread_mutex_lock(&mutex);
	pthread_cleanup_push((void (*)(void *))(void *)pthread_mutex_unlock, &mutex);
	pthread_cond_timedwait(&condition, &mutex, &far);
	pthread_cleanup_pop(1);
}

static void wait_cond_clock(void)
{
	pthread_mutex_lock(&mutex);
	pthread_cleanup_push((void (*)(void *))(void *)pthread_mutex_unlock, &mutex);
	pthread_cond_clockwait(&condition, &mutex, CLOCK_MONOTONIC, &far);
	pthread_cleanup_pop(1);
}

static void ignore(long result)
{
	(void)result;
}

static void wait_signal_set(void)
{
	sigset_t set;
	int number = 0;
	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	sigwait(&set, &number);
}

static void wait_signal_info(void)
{
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	sigwaitinfo(&set, NULL);
}

static void wait_signal_timed(void)
{
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	sigtimedwait(&set, NULL, &ten);
}

static void wait_suspended(void)
{
	sigset_t none;
	sigemptyset(&none);
	sigsuspend(&none);
}

#define WAY(name, call) \
	static void way_##name(void) \
	{ \
		call; \
	}
static struct iovec part = { bytes, sizeof bytes };
WAY(sleep, sleep(10))
WAY(usleep, usleep(900000))
WAY(nanosleep, nanosleep(&ten, NULL))
WAY(clock_nanosleep, clock_nanosleep(CLOCK_MONOTONIC, 0, &ten, NULL))
WAY(thrd_sleep, thrd_sleep(&ten, NULL))
WAY(pause, pause())
WAY(read, ignore(read(from, bytes, 1)))
WAY(readv, ignore(readv(from, &part, 1)))
WAY(write, ignore(write(full, bytes, sizeof bytes)))
WAY(writev, ignore(writev(full, &part, 1)))
WAY(recv, ignore(recv(quiet, bytes, 1, 0)))
WAY(recvfrom, ignore(recvfrom(quiet, bytes, 1, 0, NULL, NULL)))
WAY(recvmsg, ignore(recvmsg(quiet, &(struct msghdr){ .msg_iov = &part, .msg_iovlen = 1 }, 0)))
WAY(accept, ignore(accept(lonely, NULL, NULL)))
WAY(accept4, ignore(accept4(lonely, NULL, NULL, 0)))
WAY(poll, poll(&(struct pollfd){ .fd = from, .events = POLLIN }, 1, -1))
WAY(ppoll, ppoll(&(struct pollfd){ .fd = from, .events = POLLIN }, 1, &ten, NULL))
WAY(select, select(0, NULL, NULL, NULL, NULL))
WAY(pselect, pselect(0, NULL, NULL, NULL, &ten, NULL))
WAY(epoll_wait, epoll_wait(epoll, &(struct epoll_event){ 0 }, 1, -1))
WAY(epoll_pwait, epoll_pwait(epoll, &(struct epoll_event){ 0 }, 1, -1, NULL))
WAY(sem_wait, sem_wait(&semaphore))
WAY(sem_timedwait, sem_timedwait(&semaphore, &far))
WAY(sem_clockwait, sem_clockwait(&semaphore, CLOCK_MONOTONIC, &far))
WAY(join, pthread_join(sleeper, NULL))
WAY(timedjoin, pthread_timedjoin_np(sleeper, NULL, &far))
WAY(waitpid, waitpid(-1, NULL, 0))
WAY(wait, wait(NULL))
WAY(waitid, waitid(P_ALL, 0, &(siginfo_t){ 0 }, WEXITED))
WAY(eventfd_read, ignore(eventfd_read(event, &(eventfd_t){ 0 })))
WAY(lock_of_file, fcntl(full, F_SETLKW, &(struct flock){ .l_type = F_RDLCK }) < 0 ? (void)pause() : (void)pause())
WAY(getc, getc(stream))
WAY(fgets, ignore(fgets(bytes, 10, stream) != NULL))
WAY(fread, ignore((long)fread(bytes, 1, 1, stream)))
WAY(system, ignore(system("exec sleep 10")))

static const struct {
	const char *name;
	void (*run)(void);
} ways[] = {
	{ "sleep", way_sleep }, { "usleep", way_usleep }, { "nanosleep", way_nanosleep },
	{ "clock_nanosleep", way_clock_nanosleep }, { "thrd_sleep", way_thrd_sleep }, { "pause", way_pause },
	{ "read", way_read }, { "readv", way_readv }, { "write", way_write }, { "writev", way_writev }, { "recv", way_recv },
	{ "recvfrom", way_recvfrom }, { "recvmsg", way_recvmsg }, { "accept", way_accept }, { "accept4", way_accept4 },
	{ "poll", way_poll }, { "ppoll", way_ppoll }, { "select", way_select }, { "pselect", way_pselect },
	{ "epoll_wait", way_epoll_wait }, { "epoll_pwait", way_epoll_pwait }, { "sem_wait", way_sem_wait },
	{ "sem_timedwait", way_sem_timedwait }, { "sem_clockwait", way_sem_clockwait }, { "pthread_join", way_join },
	{ "pthread_timedjoin_np", way_timedjoin }, { "waitpid", way_waitpid }, { "wait", way_wait }, { "waitid", way_waitid },
	{ "eventfd_read", way_eventfd_read }, { "fcntl", way_lock_of_file }, { "getc", way_getc }, { "fgets", way_fgets },
	{ "fread", way_fread }, { "pthread_cond_wait", wait_cond }, { "pthread_cond_timedwait", wait_cond_timed },
	{ "pthread_cond_clockwait", wait_cond_clock }, { "sigwait", wait_signal_set }, { "sigwaitinfo", wait_signal_info },
	{ "sigtimedwait", wait_signal_timed }, { "sigsuspend", wait_suspended }, { "system", way_system },
};

static atomic_int stage, cleaned;
static atomic_int tid;

static void note_cleaned(void *unused)
{
	(void)unused;
	cleaned = 1;
}

struct order {
	void (*run)(void);
	bool early; /* the request is there before the call */
	int type;
};

static void *run_way(void *order_)
{
	const struct order *order = order_;
	int ignored = 0;
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &ignored);
	pthread_setcanceltype(order->type, &ignored);
	tid = gettid();
	stage = 1;
	while (order->early && stage != 2)
		sched_yield();
	pthread_cleanup_push(note_cleaned, NULL);
	pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &ignored);
	order->run();
	pthread_cleanup_pop(0);
	return NULL;
}

/* Until the thread sleeps in the kernel. */
static void await_sleep(void)
{
	char path[64], text[256] = "";
	snprintf(path, sizeof path, "/proc/self/task/%d/stat", tid);
	for (int tries = 0; tries < 20000; tries++) {
		int file = open(path, O_RDONLY);
		ssize_t size = file < 0 ? 0 : read(file, text, sizeof text - 1);
		close(file);
		const char *behind = size > 0 ? strrchr(text, ')') : NULL;
		if (behind && behind[2] == 'S')
			return;
		sched_yield();
	}
}

static bool cancel_one(void (*run)(void), bool early, int type)
{
	struct order order = { run, early, type };
	pthread_t thread;
	void *result = NULL;
	stage = cleaned = 0;
	pthread_create(&thread, NULL, run_way, &order);
	while (!stage)
		sched_yield();
	if (!early)
		await_sleep();
	pthread_cancel(thread);
	stage = 2;
	pthread_join(thread, &result);
	return result == PTHREAD_CANCELED && cleaned;
}

static void *sleep_long(void *unused)
{
	nanosleep(&(struct timespec){ .tv_sec = 600 }, NULL);
	return unused;
}

static void handle(int number)
{
	(void)number;
}

/* libc's syscall is no point of cancellation: the thread comes back from it by the signal, and only then is cancelled. */
static atomic_uint word;
static atomic_int came_back;

static void *wait_raw(void *unused)
{
	stage = 1;
	tid = gettid();
	errno = 0;
	long result = syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0);
	came_back = 1;
	pthread_testcancel();
	printf("syscall %ld, errno %d\n", result, errno);
	return unused;
}

static void cancel_raw(void)
{
	pthread_t thread;
	void *result = NULL;
	stage = 0;
	tid = 0;
	pthread_create(&thread, NULL, wait_raw, NULL);
	while (!tid)
		sched_yield();
	await_sleep();
	pthread_cancel(thread);
	word = 1;
	while (!came_back)
		syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
	pthread_join(thread, &result);
	printf("raw: back %d, cancelled %d\n", came_back, result == PTHREAD_CANCELED);
}

int main(void)
{
	int ends[2], others[2], pair[2];
	struct sigaction action = { .sa_handler = handle };
	sigaction(SIGUSR1, &action, NULL);
	if (pipe(ends) || pipe(others) || socketpair(AF_UNIX, SOCK_STREAM, 0, pair))
		return 1;
	from = ends[0];
	full = others[1];
	fcntl(full, F_SETFL, O_NONBLOCK);
	while (write(full, bytes, sizeof bytes) > 0)
		continue;
	fcntl(full, F_SETFL, 0);
	quiet = pair[0];
	lonely = socket(AF_UNIX, SOCK_STREAM, 0);
	if (bind(lonely, &(struct sockaddr){ .sa_family = AF_UNIX }, sizeof(sa_family_t)) || listen(lonely, 1))
		return 1;
	epoll = epoll_create1(0);
	event = eventfd(0, 0);
	stream = fdopen(dup(from), "r");
	sem_init(&semaphore, 0, 0);
	pthread_create(&sleeper, NULL, sleep_long, NULL);
	/* Somebody to wait for. */
	pid_t child = fork();
	if (child == 0) {
		for (;;)
			pause();
	}
	for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
		bool during = cancel_one(ways[i].run, false, PTHREAD_CANCEL_DEFERRED);
		/* A stream is left locked where its reader was cancelled, so it is only cancelled once. */
		bool reads_stream = !strcmp(ways[i].name, "getc") || !strcmp(ways[i].name, "fgets") || !strcmp(ways[i].name, "fread");
		bool before = reads_stream || cancel_one(ways[i].run, true, PTHREAD_CANCEL_DEFERRED);
		printf("%s: %d %d", ways[i].name, during, before);
		/* Of these the standard allows no other when requests are taken at any instruction. */
		if (!strcmp(ways[i].name, "sleep") || !strcmp(ways[i].name, "read") || !strcmp(ways[i].name, "poll"))
			printf(" asynchronously %d", cancel_one(ways[i].run, false, PTHREAD_CANCEL_ASYNCHRONOUS));
		printf(", mutex %d\n", pthread_mutex_trylock(&mutex));
		pthread_mutex_unlock(&mutex);
		fflush(stdout);
	}
	cancel_raw();
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	return 0;
}
