/* The first program inside the sandbox: starts services, opens the recorder's events on its child, sets its limits,
   executes it, reaps what it leaves behind, and tells how it ended. Knows nothing of cells or of what the events record.

   It is process 1 of a pid namespace, so when it exits the kernel kills whatever is left. Linked statically: it runs
   before anything of the sandbox's /usr is looked at. */
#include "launch/limits.h"
#include "launch/message.h"
#include "launch/service.h"
#include "launch/watch.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int outside = -1; /* the socket */

static uint64_t now_ns(void)
{
	struct timespec now = {0};
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void tell(const struct launch_message *message, const int *descriptors, size_t count)
{
	union {
		char bytes[CMSG_SPACE(sizeof(int) * LAUNCH_DESCRIPTORS)];
		struct cmsghdr align;
	} control = {0};
	struct iovec part = { .iov_base = (void *)message, .iov_len = sizeof *message };
	struct msghdr header = { .msg_iov = &part, .msg_iovlen = 1 };
	if (count) {
		header.msg_control = control.bytes;
		header.msg_controllen = CMSG_SPACE(sizeof(int) * count);
		struct cmsghdr *rights = CMSG_FIRSTHDR(&header);
		rights->cmsg_level = SOL_SOCKET;
		rights->cmsg_type = SCM_RIGHTS;
		rights->cmsg_len = CMSG_LEN(sizeof(int) * count);
		memcpy(CMSG_DATA(rights), descriptors, sizeof(int) * count);
	}
	/* When nobody listens any more, nothing in here has a reason to go on. */
	if (sendmsg(outside, &header, MSG_NOSIGNAL) < 0)
		_exit(1);
}

static _Noreturn void fail(const char *what)
{
	struct launch_message message = { .kind = LAUNCH_FAILED, .error = errno };
	snprintf(message.what, sizeof message.what, "%s", what);
	tell(&message, NULL, 0);
	_exit(127);
}

/* One event for each CPU, on this process and all that it will start. All or none. */
static void open_events(const struct launch_plan *plan)
{
	struct launch_message message = { .kind = LAUNCH_EVENTS };
	int descriptors[LAUNCH_DESCRIPTORS];
	long cpus = sysconf(_SC_NPROCESSORS_CONF);
	for (int cpu = 0; cpu < cpus; cpu++) {
		if (message.count == LAUNCH_DESCRIPTORS) {
			message.index = 1;
			tell(&message, descriptors, message.count);
			message.count = message.index = 0;
		}
		int descriptor = (int)syscall(SYS_perf_event_open, plan->event, 0, cpu, -1, 8UL /* PERF_FLAG_FD_CLOEXEC */);
		if (descriptor < 0 && errno == ENODEV) /* a CPU that is switched off */
			continue;
		if (descriptor < 0) {
			message.error = errno;
			break;
		}
		message.cpus[message.count] = cpu;
		descriptors[message.count++] = descriptor;
	}
	tell(&message, descriptors, message.count);
	for (uint32_t i = 0; i < message.count; i++)
		close(descriptors[i]); /* the socket holds them */
}

/* The file that what runs in here and the outside share: they map it under this path, the outside by its descriptor.
   Returns a descriptor. */
static int make_log(const struct launch_plan *plan)
{
	char folder[LAUNCH_PATH_BYTES];
	int log = open(plan->log_path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (log < 0 || ftruncate(log, (off_t)plan->log_bytes))
		fail("make the log");
	/* A program that tidies up /dev/shm shall not take it away by accident. */
	snprintf(folder, sizeof folder, "%s", plan->log_path);
	*strrchr(folder, '/') = '\0';
	if (chmod(folder, 0555))
		fail("close the log's folder");
	struct launch_message message = { .kind = LAUNCH_LOG };
	tell(&message, &log, 1);
	return log;
}

static _Noreturn void run_program(const struct launch_plan *plan, char **argv)
{
	const char *refused = limits_set(plan);
	if (refused)
		fail(refused);
	/* Where a container forbids it they stay as they are, and what needs it says so itself. */
	if (plan->fixed_addresses)
		personality(ADDR_NO_RANDOMIZE);
	if (plan->event_size)
		open_events(plan);
	char go = 0;
	if (recv(outside, &go, 1, 0) != 1)
		_exit(1);
	/* The log is mapped, too, and is nothing that the program asked for. */
	refused = limits_set_memory(plan->memory_bytes, plan->log_bytes);
	if (refused)
		fail(refused);
	/* Here and not in the sandbox's environment: bwrap would try to load it, too. */
	if (plan->preload[0] && setenv("LD_PRELOAD", plan->preload, 1))
		fail("set LD_PRELOAD");
	struct launch_message message = { .kind = LAUNCH_STARTED, .pid = getpid(), .clock_ns = now_ns() };
	tell(&message, NULL, 0);
	execvp(argv[0], argv);
	fail("execute the program");
}

enum { MANY_PROCESSES = 64 };

static uint32_t count_entries(const char *path)
{
	uint32_t count = 0;
	DIR *folder = opendir(path);
	struct dirent *entry = NULL;
	while (folder && (entry = readdir(folder)))
		count += entry->d_name[0] >= '0' && entry->d_name[0] <= '9' && atoi(entry->d_name) != getpid();
	if (folder)
		closedir(folder);
	return count;
}

/* Threads and processes alive besides this one. */
static uint32_t count_tasks(void)
{
	uint32_t processes = count_entries("/proc");
	/* Where there are very many we hardly get a core, and one list is all there is time for. */
	if (processes == 0 || processes > MANY_PROCESSES)
		return processes;
	uint32_t count = 0;
	DIR *folder = opendir("/proc");
	struct dirent *process = NULL;
	while (folder && (process = readdir(folder))) {
		char path[300];
		if (process->d_name[0] < '0' || process->d_name[0] > '9' || atoi(process->d_name) == getpid())
			continue;
		snprintf(path, sizeof path, "/proc/%s/task", process->d_name);
		count += count_entries(path);
	}
	if (folder)
		closedir(folder);
	return count;
}

static void hand_out(char **outputs, int count)
{
	for (int i = 0; i < count; i++) {
		int descriptor = open(outputs[i], O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
		struct launch_message message = { .kind = LAUNCH_OUTPUT, .index = (uint32_t)i };
		if (descriptor >= 0)
			tell(&message, &descriptor, 1);
		close(descriptor);
	}
}

struct launched {
	pid_t program;
	int children;  /* a signalfd of SIGCHLD */
	int executing; /* ends when the program is executed */
	int log;       /* -1 for none */
	struct services *services;
	uint64_t resident_bytes; /* 0: nobody looks */
};

/* How often is looked at what is in memory. */
enum { RESIDENT_MS = 10 };

static void tell_service(const struct services *services, enum launch_fault fault)
{
	const struct launch_message message = { .kind = LAUNCH_SERVICE, .error = (int32_t)fault, .index = services->failed,
	                                        .status = services->status, .clock_ns = now_ns() };
	tell(&message, NULL, 0);
}

/* Waits until the program has ended or the outside says stop. Reaps orphans all the while: they are ours. The word
   "go" on the socket is for the child: we listen only when `executing`, which closes on execve, is at its end. */
static bool wait_for_end(const struct launched *launched, struct launch_message *ended)
{
	int executing = launched->executing;
	static struct watch watch;
	watch.log = -1;
	for (;;) {
		int wait_ms = watch_wait_ms(&watch);
		if (launched->resident_bytes) {
			wait_ms = wait_ms < 0 || wait_ms > RESIDENT_MS ? RESIDENT_MS : wait_ms;
			if (!ended->count && limits_resident() > launched->resident_bytes) {
				ended->count = 1;
				kill(launched->program, SIGKILL);
			}
		}
		struct pollfd polled[3] = {
			{ .fd = launched->children, .events = POLLIN },
			{ .fd = executing < 0 ? outside : -1, .events = POLLIN },
			{ .fd = executing, .events = POLLIN },
		};
		if (poll(polled, 3, wait_ms) < 0)
			continue;
		if (polled[2].revents) {
			close(executing);
			executing = -1;
			watch_start(&watch, launched->log);
		}
		if (polled[0].revents) {
			struct signalfd_siginfo information;
			ssize_t ignored = read(launched->children, &information, sizeof information);
			(void)ignored;
		}
		pid_t reaped = 0;
		int status = 0;
		struct rusage usage;
		bool service_ended = false;
		while ((reaped = wait4(-1, &status, WNOHANG, &usage)) > 0) {
			if (reaped == launched->program) {
				ended->clock_ns = now_ns();
				ended->status = status;
				ended->usage = usage;
				ended->ended = 1;
			} else {
				service_ended |= services_take(launched->services, reaped, status);
			}
		}
		if (ended->ended)
			service_ended |= services_ended(launched->services);
		/* Both at once: a service that was told to end by the program has done what it should. */
		if (ended->ended && !(service_ended && launched->services->status)) {
			watch_end(&watch);
			return true;
		}
		if (service_ended) {
			watch_look(&watch, true);
			tell_service(launched->services, LAUNCH_ENDED_AMID);
			ended->ended = 0;
			return false;
		}
		if (polled[1].revents) {
			/* Each of many that are busy gets its turn before we get ours: then nothing comes before stopping them. */
			if (count_entries("/proc") <= MANY_PROCESSES)
				watch_look(&watch, true);
			return false;
		}
		watch_look(&watch, false);
	}
}

int main(int argc, char **argv)
{
	int outputs = argc > 2 ? atoi(argv[2]) : -1;
	if (outputs < 0 || argc < 4 + outputs)
		return 2;
	outside = atoi(argv[1]);
	struct launch_plan plan;
	if (recv(outside, &plan, sizeof plan, 0) != (ssize_t)sizeof plan)
		return 2;
	fcntl(outside, F_SETFD, FD_CLOEXEC);
	/* What runs in here has our uid: without this it could attach to us and speak in our name. */
	prctl(PR_SET_DUMPABLE, 0);
	sigset_t child;
	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	sigprocmask(SIG_BLOCK, &child, NULL);
	int children = signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK);
	int self = (int)syscall(SYS_pidfd_open, getpid(), 0);
	if (self < 0)
		fail("open a descriptor on a process (pidfd_open, Linux 5.3 or later)");
	struct launch_message message = { .kind = LAUNCH_HELLO };
	tell(&message, &self, 1);
	close(self);
	int log = plan.log_bytes ? make_log(&plan) : -1;
	struct services services = {0};
	enum launch_fault fault = 0;
	char **words = services_read(&services, &plan, argv + 3 + outputs);
	if (!words)
		return 2;
	if (!services_start(&services, &plan, children, &fault)) {
		tell_service(&services, fault);
		return 0;
	}

	int executing[2];
	if (pipe2(executing, O_CLOEXEC))
		fail("make a pipe");
	pid_t program = fork();
	if (program < 0)
		fail("fork");
	if (program == 0) {
		close(children);
		run_program(&plan, words);
	}
	close(executing[1]);
	/* Only the program and what it starts may hold the pipes of its output. */
	close(STDIN_FILENO);
	close(STDOUT_FILENO);
	close(STDERR_FILENO);
	message = (struct launch_message){ .kind = LAUNCH_ENDED };
	const struct launched launched = { program, children, executing[0], log, &services, plan.resident_bytes };
	bool by_itself = wait_for_end(&launched, &message);
	if (!by_itself) {
		message.clock_ns = now_ns();
		kill(-1, SIGSTOP); /* else a program that forks without end could not be counted */
		services_kill(&services);
	} else if (services.count) {
		const struct launch_message over = { .kind = LAUNCH_OVER };
		tell(&over, NULL, 0);
		services_stop(&services, children);
	}
	while (waitpid(-1, NULL, WNOHANG) > 0) /* what has ended is not alive */
		;
	message.tasks = count_tasks();
	if (!by_itself) {
		/* What it used until now is known only when it has been reaped. */
		kill(-1, SIGKILL);
		pid_t reaped = 0;
		while ((reaped = wait4(-1, &message.status, 0, &message.usage)) > 0 && reaped != program)
			;
	}
	if (by_itself && WIFEXITED(message.status) && (plan.outputs_always || WEXITSTATUS(message.status) == 0))
		hand_out(argv + 3, outputs);
	tell(&message, NULL, 0);
	return 0;
}
