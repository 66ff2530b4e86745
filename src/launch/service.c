/* Services: processes that are there before the program starts, and gone when it has ended. */
#include "launch/service.h"

#include "launch/limits.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define STOP_NS 500000000u

static uint64_t now_ns(void)
{
	struct timespec now = {0};
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

char **services_read(struct services *services, const struct launch_plan *plan, char **words)
{
	*services = (struct services){0};
	if (plan->service_count > LAUNCH_SERVICES)
		return NULL;
	size_t left = 0;
	while (words[left])
		left++;
	for (uint32_t i = 0; i < plan->service_count; i++) {
		const struct launch_service *planned = &plan->services[i];
		size_t needed = 1 + (size_t)planned->word_count + planned->variable_count;
		if (!planned->word_count || needed > left)
			return NULL;
		services->all[i] = (struct service){ .directory = words[0], .argv = words + 1,
		                                     .variables = words + 1 + planned->word_count };
		words += needed;
		left -= needed;
		fcntl(planned->log, F_SETFD, FD_CLOEXEC);
	}
	services->count = plan->service_count;
	return left ? words : NULL;
}

/* Whether something listens at the port. Asked of the kernel and not by a connection, which the service would have to
   take for a client's. The sandbox has no network but its loopback, so every address will do. */
static bool is_listening_by(const char *path, unsigned port)
{
	enum { LISTENING = 10 };
	FILE *table = fopen(path, "re");
	char line[512];
	bool found = false;
	while (table && !found && fgets(line, sizeof line, table)) {
		unsigned at = 0, state = 0;
		found = sscanf(line, " %*u: %*[0-9A-Fa-f]:%x %*[0-9A-Fa-f]:%*x %x", &at, &state) == 2 && at == port &&
		        state == LISTENING;
	}
	if (table)
		fclose(table);
	return found;
}

static bool is_listening(unsigned port)
{
	return is_listening_by("/proc/net/tcp", port) || is_listening_by("/proc/net/tcp6", port);
}

static _Noreturn void refuse(const char *what, const char *name)
{
	fprintf(stderr, "livepost: cannot %s %s: %s\n", what, name, strerror(errno));
	_exit(127);
}

static _Noreturn void run_service(const struct service *service, const struct launch_service *planned,
                                  const struct launch_plan *plan)
{
	/* A session of its own: it is told to end with all that it started. */
	setsid();
	int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (nothing < 0 || dup2(nothing, 0) < 0 || dup2(planned->log, 1) < 0 || dup2(planned->log, 2) < 0)
		_exit(127);
	const char *refused = limits_set(plan);
	if (refused)
		refuse(refused, "of the service");
	if (chdir(service->directory))
		refuse("change to", service->directory);
	for (uint32_t i = 0; i < planned->variable_count; i++)
		putenv(service->variables[i]);
	char **argv = calloc(planned->word_count + 1, sizeof *argv);
	if (argv) {
		memcpy(argv, service->argv, planned->word_count * sizeof *argv);
		refused = limits_set_memory(plan->memory_bytes, 0);
		if (refused)
			refuse(refused, "of the service");
		execvp(argv[0], argv);
	}
	refuse("execute", service->argv[0]);
}

bool services_take(struct services *services, pid_t reaped, int status)
{
	for (uint32_t i = 0; i < services->count; i++) {
		if (services->all[i].process != reaped)
			continue;
		services->all[i].process = 0;
		/* Of several, one that went wrong is told of. */
		if (!services->status) {
			services->failed = i;
			services->status = status;
		}
		return true;
	}
	return false;
}

/* Sleeps until a child has ended or so many ms have passed; true when a service was among those that ended. */
static bool wait_for_children(struct services *services, int children, int most_ms)
{
	struct pollfd polled = { .fd = children, .events = POLLIN };
	if (poll(&polled, 1, most_ms) > 0) {
		struct signalfd_siginfo information;
		ssize_t ignored = read(children, &information, sizeof information);
		(void)ignored;
	}
	bool ended = false;
	int status = 0;
	for (pid_t reaped; (reaped = waitpid(-1, &status, WNOHANG)) > 0;)
		ended |= services_take(services, reaped, status);
	return ended;
}

static bool wait_until_ready(struct services *services, const struct launch_service *planned, int children,
                             enum launch_fault *fault)
{
	uint64_t start = now_ns();
	for (int pause_ms = 1; !is_listening(planned->port); pause_ms += pause_ms < 10) {
		if (wait_for_children(services, children, pause_ms)) {
			*fault = LAUNCH_ENDED_EARLY;
			return false;
		}
		if (now_ns() - start > planned->ready_ns) {
			*fault = LAUNCH_NOT_READY;
			return false;
		}
	}
	return true;
}

bool services_start(struct services *services, const struct launch_plan *plan, int children, enum launch_fault *fault)
{
	for (uint32_t i = 0; i < services->count; i++) {
		const struct launch_service *planned = &plan->services[i];
		services->failed = i;
		if (is_listening(planned->port)) {
			*fault = LAUNCH_PORT_TAKEN;
			return false;
		}
		pid_t process = fork();
		if (process == 0)
			run_service(&services->all[i], planned, plan);
		/* Without memory for another process nothing becomes ready: it is told so. */
		services->all[i].process = process > 0 ? process : 0;
		close(planned->log);
		if (!wait_until_ready(services, planned, children, fault))
			return false;
	}
	return true;
}

/* Whether the kernel is taking the process down. */
static bool is_exiting(pid_t process)
{
	enum { EXITING = 4 }; /* PF_EXITING of the kernel's linux/sched.h, which has not changed since 2.6 */
	char path[48], text[512];
	unsigned flags = 0;
	snprintf(path, sizeof path, "/proc/%d/stat", (int)process);
	FILE *file = fopen(path, "re");
	if (!file)
		return false;
	bool got = fgets(text, sizeof text, file) != NULL;
	fclose(file);
	/* Behind its name, which may hold anything: state, parent, group, session, terminal, its group, flags. */
	const char *rest = got ? strrchr(text, ')') : NULL;
	return rest && sscanf(rest + 1, " %*c %*d %*d %*d %*d %*d %u", &flags) == 1 && (flags & EXITING);
}

bool services_ended(struct services *services)
{
	bool ended = false;
	for (uint32_t i = 0; i < services->count; i++) {
		pid_t process = services->all[i].process;
		int status = 0;
		if (process && waitpid(process, &status, is_exiting(process) ? 0 : WNOHANG) == process)
			ended |= services_take(services, process, status);
	}
	return ended;
}

static bool any_left(const struct services *services)
{
	for (uint32_t i = 0; i < services->count; i++)
		if (services->all[i].process)
			return true;
	return false;
}

static void signal_all(const struct services *services, int signal)
{
	for (uint32_t i = 0; i < services->count; i++)
		if (services->all[i].process)
			kill(-services->all[i].process, signal);
}

void services_stop(struct services *services, int children)
{
	uint64_t start = now_ns();
	signal_all(services, SIGTERM);
	while (any_left(services)) {
		uint64_t passed = now_ns() - start;
		if (passed >= STOP_NS)
			break;
		wait_for_children(services, children, (int)((STOP_NS - passed) / 1000000) + 1);
	}
	services_kill(services);
}

void services_kill(struct services *services)
{
	signal_all(services, SIGKILL);
	for (uint32_t i = 0; i < services->count; i++) {
		while (services->all[i].process && waitpid(services->all[i].process, NULL, 0) < 0 && errno == EINTR)
			;
		services->all[i].process = 0;
	}
}
