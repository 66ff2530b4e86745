/* Starts a child: its pipes, its sandbox, and what the launcher in there has to know. */
#include "system/child_state.h"

#include "launch/message.h"
#include "system/clock.h"
#include "system/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static const uint64_t START_NS = 30000000000u; /* to set up a sandbox: generous, a machine under load is no error */

/* Our own standard input where it is a pipe. Not a file, which a program could open again for writing, by its number in
   /proc; not a socket or a terminal, through which it could speak to others. */
static int open_own_input(void)
{
	struct stat status;
	if (fstat(STDIN_FILENO, &status) || !S_ISFIFO(status.st_mode))
		return open("/dev/null", O_RDONLY | O_CLOEXEC);
	return fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
}

/* A descriptor on bytes that can be read from their start; /dev/null for none. */
static int open_input(const struct child_plan *plan)
{
	if (plan->input_is_ours)
		return open_own_input();
	if (!plan->input_size)
		return open("/dev/null", O_RDONLY | O_CLOEXEC);
	int descriptor = memfd_create("input", MFD_CLOEXEC);
	const char *bytes = plan->input;
	for (size_t done = 0; descriptor >= 0 && done < plan->input_size;) {
		ssize_t put = write(descriptor, bytes + done, plan->input_size - done);
		if (put <= 0 && errno != EINTR) {
			child_close_descriptor(&descriptor);
			break;
		}
		done += (size_t)put;
	}
	if (descriptor >= 0)
		lseek(descriptor, 0, SEEK_SET);
	return descriptor;
}

/* What the launcher has to know of the services; log_ends: where they write to, for the sandbox. */
static bool plan_services(struct child *child, struct launch_plan *message, int *log_ends)
{
	const struct child_plan *plan = child->plan;
	for (size_t i = 0; i < plan->service_count; i++) {
		const struct child_service *service = &plan->services[i];
		int ends[2];
		if (pipe2(ends, O_CLOEXEC))
			return error_set_errno(&child->error, "sandbox: cannot prepare pipes");
		fcntl(ends[1], F_SETPIPE_SZ, 1 << 20);
		fcntl(ends[0], F_SETFL, O_NONBLOCK);
		child->logs[i] = ends[0];
		log_ends[i] = ends[1];
		struct launch_service *planned = &message->services[message->service_count++];
		planned->ready_ns = service->ready_ns;
		planned->port = service->port;
		planned->log = ends[1];
		while (service->argv[planned->word_count])
			planned->word_count++;
		while (service->environment && service->environment[planned->variable_count])
			planned->variable_count++;
	}
	return true;
}

bool child_start(struct child *child)
{
	bool ok = false;
	int pair[2] = { -1, -1 }, out[2] = { -1, -1 }, errors[2] = { -1, -1 }, input = -1;
	struct sandbox sandbox = {0};
	const struct child_plan *plan = child->plan;
	struct launch_plan message = {
		.memory_bytes = plan->limits.memory_bytes,
		.file_bytes = plan->limits.scratch_bytes,
		.resident_bytes = plan->limits.resident_bytes,
		.processes = plan->limits.processes,
		.fixed_addresses = plan->fixed_addresses,
		.outputs_always = plan->outputs_always,
	};
	int log_ends[CHILD_SERVICES];
	for (size_t i = 0; i < CHILD_SERVICES; i++)
		log_ends[i] = -1;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) || pipe2(out, O_CLOEXEC) || pipe2(errors, O_CLOEXEC) ||
	    (input = open_input(plan)) < 0) {
		error_set_errno(&child->error, "sandbox: cannot prepare pipes");
		goto done;
	}
	/* A program that prints much shall not wait for us while it is measured. */
	fcntl(out[1], F_SETPIPE_SZ, 1 << 20);
	fcntl(out[0], F_SETFL, O_NONBLOCK);
	fcntl(errors[0], F_SETFL, O_NONBLOCK);
	if (!plan_services(child, &message, log_ends) || !sandbox_prepare(plan, pair[1], &sandbox, &child->error))
		goto done;
	child->bwrap = fork();
	if (child->bwrap < 0) {
		error_set_errno(&child->error, "sandbox: cannot fork");
		goto done;
	}
	if (child->bwrap == 0) {
		/* A group of its own: an interrupt at the terminal reaches us alone, and we end the sandbox. */
		setpgid(0, 0);
		/* What our caller left open is nothing for the sandbox. */
		if (close_range(3, ~0u, CLOSE_RANGE_CLOEXEC))
			for (int i = 3; i < sysconf(_SC_OPEN_MAX); i++)
				fcntl(i, F_SETFD, FD_CLOEXEC);
		if (dup2(input, 0) < 0 || dup2(out[1], 1) < 0 || dup2(errors[1], 2) < 0 || fcntl(pair[1], F_SETFD, 0))
			_exit(126);
		for (size_t i = 0; i < plan->service_count; i++)
			if (fcntl(log_ends[i], F_SETFD, 0))
				_exit(126);
		sandbox_enter(&sandbox);
		_exit(126);
	}
	setpgid(child->bwrap, child->bwrap); /* whoever of the two comes first: it may be killed at once */
	child->socket = pair[0];
	child->out = out[0];
	child->err = errors[0];
	pair[0] = out[0] = errors[0] = -1;
	if (plan->observer && plan->observer->event_size <= sizeof message.event) {
		message.event_size = (uint32_t)plan->observer->event_size;
		memcpy(message.event, plan->observer->event, plan->observer->event_size);
	}
	if (plan->observer && plan->observer->log_path) {
		message.log_bytes = plan->observer->log_bytes;
		snprintf(message.log_path, sizeof message.log_path, "%s", plan->observer->log_path);
	}
	if (plan->observer && plan->observer->preload)
		snprintf(message.preload, sizeof message.preload, "%s", plan->observer->preload->path);
	ssize_t ignored = send(child->socket, &message, sizeof message, MSG_NOSIGNAL); /* gone already: seen by the loop */
	(void)ignored;
	child->deadline_ns = clock_now_ns() + START_NS;
	for (size_t i = 0; i < plan->service_count; i++)
		child->deadline_ns += plan->services[i].ready_ns;
	ok = true;
done:
	sandbox_free(&sandbox);
	child_close_descriptor(&pair[0]);
	child_close_descriptor(&pair[1]);
	child_close_descriptor(&out[0]);
	child_close_descriptor(&out[1]);
	child_close_descriptor(&errors[0]);
	child_close_descriptor(&errors[1]);
	child_close_descriptor(&input);
	for (size_t i = 0; i < CHILD_SERVICES; i++)
		child_close_descriptor(&log_ends[i]);
	return ok || child_fail(child);
}
