/* A program to run with and without the probe: ends of all kinds, raw system calls, little stack, memory of its own, objects
   between processes. Prints what it sees, which must be the same both times. */
#include "subject.h"

#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <threads.h>
#include <time.h>
#include <unistd.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static void lock_some(int times)
{
	for (int i = 0; i < times; i++) {
		pthread_mutex_lock(&mutex);
		pthread_mutex_unlock(&mutex);
	}
}

/* A program's own allocator, which locks, and its own read: both call what the probe wraps. */
static pthread_mutex_t heap_lock = PTHREAD_MUTEX_INITIALIZER;
static char heap[1 << 20];
static size_t used;

void *malloc(size_t size)
{
	pthread_mutex_lock(&heap_lock);
	void *place = heap + used;
	used += (size + sizeof(size_t) + 15) & ~(size_t)15;
	if (used > sizeof heap)
		abort();
	pthread_mutex_unlock(&heap_lock);
	return place;
}

void free(void *place)
{
	pthread_mutex_lock(&heap_lock);
	(void)place;
	pthread_mutex_unlock(&heap_lock);
}

void *calloc(size_t count, size_t size)
{
	return malloc(count * size); /* it is never given twice */
}

void *realloc(void *place, size_t size)
{
	char *new = malloc(size);
	/* What was there lies before it; how long it was is not known. */
	size_t before = place ? (size_t)(new - (char *)place) : 0;
	memcpy(new, place ? place : new, before < size ? before : size);
	return new;
}

static int reads;

ssize_t read(int file, void *bytes, size_t size)
{
	static ssize_t (*next)(int, void *, size_t);
	if (!next)
		*(void **)&next = dlsym(RTLD_NEXT, "read");
	reads++;
	return next(file, bytes, size);
}

static void *wait_raw(void *word)
{
	while (atomic_load((atomic_uint *)word) == 0)
		syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0);
	return NULL;
}

static void raw(void)
{
	atomic_uint word = 0;
	struct timespec soon = { .tv_nsec = 2000000 };
	SAY(syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 1, NULL, NULL, 0));
	SAY(syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 0, &soon, NULL, 0));
	SAY(syscall(SYS_nanosleep, &soon, NULL));
	SAY(syscall(SYS_getpid) == getpid());
	SAY(syscall(SYS_gettid) == gettid());
	SAY(syscall(-1));
	SAY(syscall(SYS_write, 1, "x\n", 2));
	/* Six arguments, all of which matter. */
	char *memory = (char *)syscall(SYS_mmap, NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	memory[8191] = 1;
	SAY(syscall(SYS_munmap, memory, 8192));
	pthread_t thread;
	pthread_create(&thread, NULL, wait_raw, &word);
	rest(5);
	atomic_store(&word, 1);
	syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
	SAY(pthread_join(thread, NULL));
	long pid = syscall(SYS_fork);
	if (pid == 0)
		syscall(SYS_exit_group, 5);
	int status = 0;
	SAY(waitpid((pid_t)pid, &status, 0) == pid);
	printf("%d\n", WEXITSTATUS(status));
}

static void *leave_by_exit(void *unused)
{
	lock_some(3);
	pthread_exit(unused);
}

static void *end_process(void *unused)
{
	(void)unused;
	rest(20);
	printf("the last one\n");
	exit(6);
}

/* Main goes first, another thread ends the process. */
static void main_leaves(void)
{
	pthread_t thread;
	SAY(pthread_create(&thread, NULL, leave_by_exit, NULL));
	SAY(pthread_join(thread, NULL));
	pthread_create(&thread, NULL, end_process, NULL);
	pthread_exit(NULL);
}

static void *work_forever(void *unused)
{
	for (;;)
		lock_some(100);
	return unused;
}

/* Main returns while another thread is in the middle of something. */
static void others_stay(void)
{
	pthread_t thread;
	pthread_create(&thread, NULL, work_forever, NULL);
	rest(2);
}

static void leave_at_once(void)
{
	others_stay();
	_exit(7);
}

static void leave_quickly(void)
{
	lock_some(1);
	quick_exit(8);
}

static void abort_it(void)
{
	others_stay();
	abort();
}

static void kill_thread(void)
{
	others_stay();
	tgkill(getpid(), gettid(), SIGTERM);
}

static void fault(void)
{
	others_stay();
	*(volatile char *)mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) = 1;
}

static void on_small_stack(int number)
{
	(void)number;
	lock_some(2);
	rest(1);
	ssize_t ignored = write(1, "on a stack of its own\n", 22);
	(void)ignored;
}

static void *live_small(void *unused)
{
	lock_some(200);
	rest(1);
	sem_t semaphore;
	sem_init(&semaphore, 0, 1);
	sem_wait(&semaphore);
	char bytes[8];
	ssize_t ignored = read(-1, bytes, sizeof bytes);
	(void)ignored;
	return unused;
}

static void small(void)
{
	pthread_attr_t attributes;
	pthread_t thread;
	pthread_attr_init(&attributes);
	SAY(pthread_attr_setstacksize(&attributes, (size_t)sysconf(_SC_THREAD_STACK_MIN)));
	SAY(pthread_create(&thread, &attributes, live_small, NULL));
	SAY(pthread_join(thread, NULL));
	/* What glibc says is the least, and room for the loader, which finds functions at their first call. */
	size_t size = (size_t)sysconf(_SC_MINSIGSTKSZ) + 4096;
	char *memory = mmap(NULL, 4096 + 65536, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	mprotect(memory + 4096, 65536, PROT_READ | PROT_WRITE);
	stack_t stack = { .ss_sp = memory + 4096, .ss_size = size };
	SAY(sigaltstack(&stack, NULL));
	struct sigaction action = { .sa_handler = on_small_stack, .sa_flags = SA_ONSTACK };
	sigaction(SIGUSR1, &action, NULL);
	SAY(raise(SIGUSR1));
	printf("%d reads\n", reads > 0);
}

/* Each object once private and once between processes. */
static void shared(void)
{
	struct {
		pthread_mutex_t mutex[2];
		pthread_rwlock_t rwlock[2];
		pthread_cond_t condition[2];
		sem_t semaphore[2];
		pthread_barrier_t barrier[2];
	} *all = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	for (int i = 0; i < 2; i++) {
		pthread_mutexattr_t mutexes;
		pthread_rwlockattr_t rwlocks;
		pthread_condattr_t conditions;
		pthread_barrierattr_t barriers;
		pthread_mutexattr_init(&mutexes);
		pthread_mutexattr_setpshared(&mutexes, i);
		pthread_mutex_init(&all->mutex[i], &mutexes);
		pthread_rwlockattr_init(&rwlocks);
		pthread_rwlockattr_setpshared(&rwlocks, i);
		pthread_rwlock_init(&all->rwlock[i], &rwlocks);
		pthread_condattr_init(&conditions);
		pthread_condattr_setpshared(&conditions, i);
		pthread_cond_init(&all->condition[i], &conditions);
		sem_init(&all->semaphore[i], i, 0);
		pthread_barrierattr_init(&barriers);
		pthread_barrierattr_setpshared(&barriers, i);
		pthread_barrier_init(&all->barrier[i], &barriers, 1);
	}
	for (int i = 0; i < 2; i++) {
		struct timespec past = {0};
		SAY(pthread_mutex_lock(&all->mutex[i]));
		SAY(pthread_cond_timedwait(&all->condition[i], &all->mutex[i], &past));
		SAY(pthread_cond_signal(&all->condition[i]));
		SAY(pthread_mutex_timedlock(&all->mutex[i], &past));
		SAY(pthread_mutex_unlock(&all->mutex[i]));
		SAY(pthread_rwlock_rdlock(&all->rwlock[i]));
		SAY(pthread_rwlock_timedwrlock(&all->rwlock[i], &past));
		SAY(pthread_rwlock_unlock(&all->rwlock[i]));
		SAY(sem_timedwait(&all->semaphore[i], &past));
		SAY(sem_post(&all->semaphore[i]));
		SAY(sem_wait(&all->semaphore[i]));
		SAY(pthread_barrier_wait(&all->barrier[i]));
	}
}

/* What libc hands to the kernel unseen, or does not look at: a wrapper that looks would be what kills. */
static void bad_pointers(void)
{
	char *memory = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), text[4];
	munmap(memory + 4096, 4096);
	struct timespec *const bad[] = { NULL, (struct timespec *)16, (struct timespec *)-8, (struct timespec *)(memory + 4096),
	                                 /* Half of it can be read. */
	                                 (struct timespec *)(memory + 4096 - 8) };
	int epoll = epoll_create1(0);
	struct epoll_event event;
	FILE *volatile none = NULL;
	char **volatile nowhere = NULL;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		SAY(nanosleep(bad[i], NULL));
		SAY(clock_nanosleep(CLOCK_MONOTONIC, 0, bad[i], NULL));
		SAY(clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, bad[i], NULL));
		SAY(clock_nanosleep(99, 0, bad[i], NULL));
		SAY(thrd_sleep(bad[i], NULL));
		SAY(sigtimedwait((sigset_t *)bad[i], NULL, bad[i]));
		if (i) /* NULL waits for ever */
			SAY(epoll_pwait2(epoll, &event, 1, bad[i], NULL));
		SAY(fwrite(bad[i], 0, 1, none));
		SAY(fread(bad[i], 1, 0, none));
		SAY(fgets(text, 0, none) == NULL);
		SAY(getline((char **)nowhere, NULL, none));
	}
	/* And the last that can be read. */
	struct timespec *last = (struct timespec *)(memory + 4096) - 1;
	*last = (struct timespec){ .tv_nsec = 1 };
	SAY(nanosleep(last, NULL));
	SAY(epoll_pwait2(epoll, &event, 1, last, NULL));
	last->tv_nsec = 0;
	SAY(epoll_pwait2(epoll, &event, 1, last, NULL));
	last->tv_nsec = -1;
	SAY(nanosleep(last, NULL));
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*run)(void);
	} modes[] = {
		{ "raw", raw }, { "main-leaves", main_leaves }, { "others-stay", others_stay }, { "leave-at-once", leave_at_once },
		{ "leave-quickly", leave_quickly }, { "abort", abort_it }, { "kill-thread", kill_thread }, { "fault", fault },
		{ "small", small }, { "shared", shared }, { "bad-pointers", bad_pointers },
	};
	for (size_t i = 0; argc > 1 && i < sizeof modes / sizeof *modes; i++)
		if (!strcmp(argv[1], modes[i].name)) {
			modes[i].run();
			return 0;
		}
	return 2;
}
