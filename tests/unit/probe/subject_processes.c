/* A program to run with and without the probe: processes, descriptors, streams, coroutines, many threads, and the names an
   author gives. Prints what it sees, which must be the same both times. */
#include "probe/livepost.h"
#include "subject.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

extern char **environ;

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static volatile bool over;

static void *keep_busy(void *unused)
{
	while (!over) {
		pthread_mutex_lock(&mutex);
		pthread_mutex_unlock(&mutex);
	}
	return unused;
}

static void use_lock(int times)
{
	static pthread_mutex_t own = PTHREAD_MUTEX_INITIALIZER;
	for (int i = 0; i < times; i++) {
		pthread_mutex_lock(&own);
		pthread_mutex_unlock(&own);
	}
}

/* Often enough to be inside a record when another thread forks, and seldom enough for a log of some size. */
static void *keep_busy_at_times(void *unused)
{
	while (!over) {
		pthread_mutex_lock(&mutex);
		pthread_mutex_unlock(&mutex);
		for (volatile int n = 0; n < 10000; n++)
			continue;
	}
	return unused;
}

static void *be_short(void *unused)
{
	use_lock(1);
	return unused;
}

/* Fork while other threads write; each child uses threads and locks of its own. */
static void forks(void)
{
	pthread_t threads[2];
	for (int i = 0; i < 2; i++)
		pthread_create(&threads[i], NULL, keep_busy_at_times, NULL);
	for (int i = 0; i < 50; i++) {
		pid_t pid = fork();
		if (pid == 0) {
			pthread_t thread;
			use_lock(200);
			pthread_create(&thread, NULL, be_short, NULL);
			pthread_join(thread, NULL);
			if (i % 10 == 0 && fork() == 0)
				_exit(0);
			if (i % 10 == 0)
				wait(NULL);
			_exit(i);
		}
		int status = 0;
		if (waitpid(pid, &status, 0) != pid || WEXITSTATUS(status) != i)
			abort();
	}
	/* Without libc's knowledge. */
	long raw = syscall(SYS_fork);
	if (raw == 0) {
		use_lock(100);
		_exit(3);
	}
	int status = 0;
	SAY(waitpid((pid_t)raw, &status, 0) == raw);
	printf("raw fork %d\n", WEXITSTATUS(status));
	over = true;
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	SAY(waitpid(-1, NULL, WNOHANG));
}

static void run_children(void)
{
	char *arguments[] = { (char *)"/bin/sh", (char *)"-c", (char *)"exit 4", NULL }, *path = getenv("PATH");
	int status = 0;
	pid_t pid = vfork();
	if (pid == 0) {
		close(0);
		execv("/bin/sh", arguments);
		_exit(9);
	}
	SAY(waitpid(pid, &status, 0) == pid);
	printf("vfork %d\n", WEXITSTATUS(status));
	pid = vfork();
	if (pid == 0) {
		execl("/does/not/exist", "it", NULL);
		_exit(errno);
	}
	SAY(waitpid(pid, &status, 0) == pid);
	printf("vfork without a program %d\n", WEXITSTATUS(status));
	SAY(posix_spawn(&pid, "/bin/sh", NULL, NULL, arguments, environ));
	SAY(wait4(pid, &status, 0, NULL) == pid);
	printf("posix_spawn %d\n", WEXITSTATUS(status));
	SAY(posix_spawn(&pid, "/does/not/exist", NULL, NULL, arguments, environ));
	SAY(posix_spawnp(NULL, "sh", NULL, NULL, arguments, environ));
	SAY(wait(&status) > 0);
	SAY(wait(&status));
	SAY(system("exit 6"));
	SAY(system(NULL));
	FILE *file = popen("echo from a pipe", "r");
	char line[64] = "";
	printf("%s", fgets(line, sizeof line, file));
	SAY(pclose(file));
	siginfo_t information;
	memset(&information, 0, sizeof information);
	if ((pid = fork()) == 0)
		execlp("sh", "sh", "-c", "exit 7", (char *)NULL);
	SAY(waitid(P_PID, (id_t)pid, &information, WEXITED));
	printf("execlp %d\n", information.si_status);
	if ((pid = fork()) == 0) {
		char *only[] = { (char *)"ONLY=this", NULL };
		execle("/usr/bin/env", "env", (char *)NULL, only);
	}
	SAY(waitpid(pid, &status, 0) == pid);
	SAY(execve("/does/not/exist", arguments, environ));
	SAY(path != NULL);
	SAY(fflush(stdout));
	execl("/bin/sh", "sh", "-c", "echo executed; exit 8", (char *)NULL);
}

static void descriptors(void)
{
	use_lock(10);
	SAY(open("/dev/null", O_RDONLY));
	/* All of them, as a daemon does; then numbers must come as they always do. */
	int kept = fcntl(1, F_DUPFD, 100);
	for (int i = 0; i < 100; i++)
		close(i);
	int first = open("/dev/null", O_RDONLY), second = open("/dev/null", O_WRONLY), third = open("/dev/null", O_WRONLY);
	use_lock(500); /* more than the first page of the log */
	rest(1);
	int fourth = open("/dev/null", O_RDONLY);
	dup2(kept, 1);
	printf("%d %d %d %d\n", first, second, third, fourth);
	char bytes[4] = "abc";
	SAY(read(99, bytes, 1));
	SAY(write(99, bytes, 1));
	SAY(close(99));
	SAY(poll(NULL, 0, 0));
	SAY(poll(NULL, 0, 3));
	SAY(select(0, NULL, NULL, NULL, &(struct timeval){ .tv_usec = 2000 }));
	SAY(nanosleep(NULL, NULL));
	SAY(nanosleep(&(struct timespec){ .tv_nsec = -1 }, NULL));
	SAY(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &(struct timespec){ .tv_nsec = 1 }, NULL));
	SAY(usleep(1000));
	SAY(sleep(0));
	struct epoll_event event;
	SAY(epoll_wait(99, &event, 1, 1));
	int pair[2];
	SAY(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
	SAY(send(pair[0], bytes, 3, 0));
	SAY(recv(pair[1], bytes, 3, 0));
	SAY(recv(pair[1], bytes, 3, MSG_DONTWAIT));
	SAY(accept(pair[1], NULL, NULL));
	SAY(open("/does/not/exist", O_RDONLY));
	SAY(open("/tmp", O_TMPFILE | O_RDWR, 0600) > 2);
	SAY(fsync(1));
	SAY(write(pair[0], "", 0));
}

static void interrupt(int number)
{
	(void)number;
}

static void interrupted(void)
{
	struct sigaction action = { .sa_handler = interrupt };
	sigaction(SIGALRM, &action, NULL);
	int pipes[2];
	char byte = 0;
	SAY(pipe(pipes));
	struct itimerval often = { .it_value.tv_usec = 3000, .it_interval.tv_usec = 3000 };
	setitimer(ITIMER_REAL, &often, NULL);
	SAY(read(pipes[0], &byte, 1));
	SAY(nanosleep(&(struct timespec){ .tv_sec = 10 }, NULL));
	SAY(poll(&(struct pollfd){ .fd = pipes[0], .events = POLLIN }, 1, -1));
	SAY(sleep(10) > 8);
	SAY(pause());
	sigset_t none;
	sigemptyset(&none);
	SAY(sigsuspend(&none));
	SAY(getc(fdopen(pipes[0], "r")));
}

static void streams(void)
{
	int pipes[2];
	if (pipe(pipes))
		return;
	FILE *to = fdopen(pipes[1], "w"), *from = fdopen(pipes[0], "r");
	SAY(fprintf(to, "%d %s\n", 42, "words") > 0);
	SAY(fputs("line two\n", to) >= 0);
	SAY(fputc('x', to));
	SAY(putc('y', to));
	SAY(fwrite("z\n", 1, 2, to));
	SAY(fflush(to));
	int number = 0;
	char word[32] = "", *line = NULL;
	size_t room = 0;
	SAY(fscanf(from, "%d %31s\n", &number, word));
	printf("%d %s\n", number, word);
	SAY(getline(&line, &room, from));
	SAY(getc(from));
	SAY(fgetc(from));
	SAY(getc_unlocked(from));
	SAY(fclose(to));
	SAY(fread(word, 1, 4, from));
	SAY(getc(from));
	SAY(getline(&line, &room, from));
	SAY(fclose(from));
	FILE *full = fopen("/dev/full", "w");
	SAY(fputs("lost", full) >= 0);
	SAY(fflush(full));
	SAY(fclose(full));
	SAY(fflush(NULL));
	SAY(puts("put"));
	SAY(putchar('c'));
	SAY(printf("%s\n", ""));
	free(line);
}

static void pipes(void)
{
	int ends[2];
	if (pipe(ends))
		return;
	pid_t pid = fork();
	char byte = 0;
	if (pid == 0) {
		for (int i = 0; i < 5; i++)
			if (read(ends[0], &byte, 1) != 1)
				abort();
		_exit(0);
	}
	for (int i = 0; i < 5; i++) {
		rest(2);
		SAY(write(ends[1], "x", 1));
	}
	waitpid(pid, NULL, 0);
	int null = open("/dev/null", O_WRONLY);
	dup2(null, ends[1]);
	SAY(write(ends[1], "x", 1));
	close(ends[1]);
	SAY(open("/dev/null", O_WRONLY) == ends[1]);
	SAY(write(ends[1], "x", 1));
}

static ucontext_t main_context, contexts[2];
static char stacks[2][64 * 1024];

static void coroutine(int which, int b, int c, int d, int e, int f, int g, int h)
{
	for (int i = 0; i < 3; i++) {
		printf("coroutine %d step %d: %d %d %d %d %d %d %d\n", which, i, b, c, d, e, f, g, h);
		use_lock(1);
		swapcontext(&contexts[which], which ? &main_context : &contexts[1]);
	}
}

static void coroutines(void)
{
	for (int i = 0; i < 2; i++) {
		getcontext(&contexts[i]);
		contexts[i].uc_stack.ss_sp = stacks[i];
		contexts[i].uc_stack.ss_size = sizeof stacks[i];
		contexts[i].uc_link = &main_context;
		makecontext(&contexts[i], (void (*)(void))coroutine, 8, i, 2, 3, 4, 5, 6, 7, 8);
	}
	for (int i = 0; i < 3; i++)
		SAY(swapcontext(&main_context, &contexts[0]));
}

static void many_threads(void)
{
	for (int i = 0; i < 20000 / 8; i++) {
		pthread_t threads[8];
		for (int j = 0; j < 8; j++)
			if (pthread_create(&threads[j], NULL, be_short, NULL))
				abort();
		for (int j = 0; j < 8; j++)
			pthread_join(threads[j], NULL);
	}
}

static pthread_barrier_t barrier;

static void *arrive(void *unused)
{
	use_lock(300);
	pthread_barrier_wait(&barrier);
	return unused;
}

static void wide(void)
{
	pthread_t threads[200];
	pthread_barrier_init(&barrier, NULL, 200);
	for (int i = 0; i < 200; i++)
		if (pthread_create(&threads[i], NULL, arrive, NULL))
			abort();
	for (int i = 0; i < 200; i++)
		pthread_join(threads[i], NULL);
}

static void modules(void)
{
	use_lock(1);
	/* It calls back into libc through its own table: a module that was not there at the start. */
	void *module = dlopen(getenv("LIVEPOST_TEST_MODULE"), RTLD_NOW);
	void (*call)(void) = NULL;
	if (!module) {
		puts(dlerror());
		return;
	}
	*(void **)&call = dlsym(module, "use_lock_elsewhere");
	call();
	SAY(dlclose(module));
}

static int leave_early(int how)
{
	for (int i = 0; i < 2; i++) {
		span("early") {
			if (how == 0)
				return 1;
			if (how == 1)
				break;
			if (how == 2)
				continue;
			if (how == 3)
				goto out;
		}
	}
out:
	return 0;
}

static void author(void)
{
	lane_name("chicken");
	span("prep") {
		mark("a name that is longer than the twenty-eight bytes of one record");
		span("inner")
			use_lock(1);
	}
	for (int how = 0; how < 5; how++)
		printf("%d\n", leave_early(how));
	mark("");
	mark("served");
}

static void hold_forever(void)
{
	pthread_t threads[2];
	puts("begun");
	fflush(stdout);
	for (int i = 0; i < 2; i++)
		pthread_create(&threads[i], NULL, keep_busy, NULL);
	keep_busy(NULL);
}

static volatile int forked;

static void fork_in_handler(int number)
{
	(void)number;
	forked++;
	pid_t pid = fork();
	if (pid) {
		int status = 0;
		waitpid(pid, &status, 0);
	} else {
		/* Not the lock that the interrupted code may hold. */
		pthread_mutex_t fresh = PTHREAD_MUTEX_INITIALIZER;
		for (int i = 0; i < 10; i++) {
			pthread_mutex_lock(&fresh);
			pthread_mutex_unlock(&fresh);
		}
		over = true; /* the child comes out of the handler, in the middle of whatever was interrupted */
	}
}

static void fork_within(void)
{
	struct sigaction action = { .sa_handler = fork_in_handler, .sa_flags = SA_RESTART };
	sigaction(SIGALRM, &action, NULL);
	struct itimerval often = { .it_value.tv_usec = 8000, .it_interval.tv_usec = 8000 };
	setitimer(ITIMER_REAL, &often, NULL);
	while (forked < 30 && !over) {
		use_lock(2000);
		rest(1);
	}
	_exit(0);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*run)(void);
	} modes[] = {
		{ "forks", forks }, { "children", run_children }, { "descriptors", descriptors }, { "interrupted", interrupted },
		{ "streams", streams }, { "pipes", pipes }, { "coroutines", coroutines }, { "many-threads", many_threads }, { "wide", wide },
		{ "modules", modules }, { "author", author }, { "forever", hold_forever }, { "fork-within", fork_within },
	};
	for (size_t i = 0; argc > 1 && i < sizeof modes / sizeof *modes; i++)
		if (!strcmp(argv[1], modes[i].name)) {
			modes[i].run();
			return 0;
		}
	return 2;
}
