/* Runs programs in the sandbox and tells how they ended: one loop over the pipes, sockets and event descriptors of all
   that run at once. */
#include "system/child.h"

#include "base/memory.h"
#include "launch/message.h"
#include "system/clock.h"
#include "system/interrupt.h"
#include "system/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static const uint64_t START_NS = 30000000000u; /* to set up a sandbox: generous, a machine under load is no error */
static const uint64_t STOP_NS = 10000000000u;  /* for the launcher to answer when it is told to stop: among hundreds it waits for its turn */

/* One child on its way. Descriptors are -1 while closed. */
struct child {
	const struct child_plan *plan;
	struct child_result *result;
	pid_t bwrap;
	int socket, out, err;
	int logs[CHILD_SERVICES]; /* of its services */
	int process; /* pidfd of the launcher: when it is readable, the whole sandbox is gone */
	int *events, *cpus;
	bool *event_quiet; /* hung up: polled no more, drained at the end */
	size_t event_count;
	uint64_t deadline_ns; /* 0: none */
	bool helloed, started, closing, ended, stopping, killed, over, failed;
	struct error error;
};

static void close_descriptor(int *descriptor)
{
	if (*descriptor >= 0)
		close(*descriptor);
	*descriptor = -1;
}

static bool fail_child(struct child *child)
{
	child->failed = true;
	return false;
}

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
			close_descriptor(&descriptor);
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

static bool start_child(struct child *child)
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
	close_descriptor(&pair[0]);
	close_descriptor(&pair[1]);
	close_descriptor(&out[0]);
	close_descriptor(&out[1]);
	close_descriptor(&errors[0]);
	close_descriptor(&errors[1]);
	close_descriptor(&input);
	for (size_t i = 0; i < CHILD_SERVICES; i++)
		close_descriptor(&log_ends[i]);
	return ok || fail_child(child);
}

static void kill_child(struct child *child)
{
	child->killed = true;
	if (child->process >= 0)
		syscall(SYS_pidfd_send_signal, child->process, SIGKILL, NULL, 0);
	else if (child->bwrap > 0)
		/* Its whole group: while bwrap sets up, its child does not die with it yet, and would wait for it for ever. What
		   has left the group already says hello, and is killed then. */
		kill(-child->bwrap, SIGKILL);
}

/* Asks the launcher to count what is alive and end; the deadline kills it if it does not answer. */
static void stop_child(struct child *child, enum child_end why)
{
	if (child->stopping)
		return;
	child->stopping = true;
	child->result->end = why;
	if (child->ended) /* its last words were too many, but it ended by itself: there is nothing to stop */
		return;
	child->result->end_ns = clock_now_ns();
	child->deadline_ns = child->result->end_ns + STOP_NS;
	if (send(child->socket, "", 1, MSG_NOSIGNAL | MSG_DONTWAIT) != 1)
		kill_child(child);
}

static void take_fault(struct child *child, const struct launch_message *message)
{
	static const enum child_fault faults[] = {
		[LAUNCH_PORT_TAKEN] = CHILD_PORT_TAKEN, [LAUNCH_NOT_READY] = CHILD_NOT_READY,
		[LAUNCH_ENDED_EARLY] = CHILD_ENDED_EARLY, [LAUNCH_ENDED_AMID] = CHILD_ENDED_AMID,
	};
	if (child->stopping || message->index >= child->plan->service_count)
		return;
	struct child_result *result = child->result;
	child->stopping = true; /* by the launcher itself */
	result->end = CHILD_UNSERVED;
	result->fault = faults[message->error];
	result->service = message->index;
	result->service_status = message->status;
	if (child->started)
		result->end_ns = message->clock_ns;
	child->deadline_ns = clock_now_ns() + STOP_NS;
}

/* The bytes of an output file that the sandbox handed out. */
static void read_output(int descriptor, struct buffer *bytes)
{
	struct stat status;
	if (fstat(descriptor, &status) || !S_ISREG(status.st_mode))
		return;
	while (bytes->size < (size_t)status.st_size) {
		size_t left = (size_t)status.st_size - bytes->size;
		ssize_t got = pread(descriptor, buffer_reserve(bytes, left), left, (off_t)bytes->size);
		if (got <= 0 && errno != EINTR)
			break;
		if (got > 0)
			bytes->size += (size_t)got;
	}
}

static void take_events(struct child *child, const struct launch_message *message, int *descriptors, size_t count)
{
	size_t total = child->event_count + count;
	child->events = memory_resize(child->events, total, sizeof *child->events);
	child->cpus = memory_resize(child->cpus, total, sizeof *child->cpus);
	for (size_t i = 0; i < count; i++) {
		child->events[child->event_count] = descriptors[i];
		child->cpus[child->event_count++] = message->cpus[i];
		descriptors[i] = -1;
	}
	if (message->index && !message->error)
		return; /* more to come */
	if (message->error)
		for (; child->event_count; child->event_count--)
			close(child->events[child->event_count - 1]);
	child->event_quiet = memory_zero(total, sizeof *child->event_quiet);
	const struct child_observer *observer = child->plan->observer;
	observer->attach(observer->context, child->events, child->cpus, child->event_count, message->error);
}

static void allow_start(struct child *child)
{
	ssize_t ignored = send(child->socket, "", 1, MSG_NOSIGNAL);
	(void)ignored;
}

static void take_message(struct child *child, const struct launch_message *message, int *descriptors, size_t count)
{
	struct child_result *result = child->result;
	switch (message->kind) {
	case LAUNCH_HELLO:
		if (count && child->process < 0) {
			child->process = descriptors[0];
			descriptors[0] = -1;
		}
		child->helloed = true;
		if (child->killed) {
			kill_child(child);
			break;
		}
		if (!child->plan->observer || (!child->plan->observer->event_size && !child->plan->observer->log_path))
			allow_start(child);
		break;
	case LAUNCH_LOG:
		if (count && child->plan->observer && child->plan->observer->log_path) {
			child->plan->observer->attach_log(child->plan->observer->context, descriptors[0]);
			descriptors[0] = -1;
			if (!child->plan->observer->event_size)
				allow_start(child);
		}
		break;
	case LAUNCH_EVENTS:
		if (!child->plan->observer || child->event_quiet)
			break;
		take_events(child, message, descriptors, count);
		if (child->event_quiet)
			allow_start(child);
		break;
	case LAUNCH_STARTED:
		child->started = true;
		result->start_ns = message->clock_ns;
		result->pid = message->pid;
		child->deadline_ns = clock_now_ns() + child->plan->limits.wall_ns;
		break;
	case LAUNCH_FAILED:
		errno = message->error;
		error_set_errno(&child->error, "sandbox: cannot %.64s", message->what);
		fail_child(child);
		kill_child(child);
		break;
	case LAUNCH_OUTPUT:
		if (count && message->index < result->output_count)
			read_output(descriptors[0], &result->outputs[message->index]);
		break;
	case LAUNCH_OVER:
		child->closing = true;
		child->deadline_ns = clock_now_ns() + STOP_NS;
		break;
	case LAUNCH_SERVICE: take_fault(child, message); break;
	case LAUNCH_ENDED:
		child->ended = true;
		result->tasks_at_end = message->tasks;
		child->deadline_ns = clock_now_ns() + STOP_NS;
		result->usage = message->usage;
		result->usage_known = true;
		result->over_resident = message->count != 0;
		if (child->stopping || !message->ended)
			break;
		result->end_ns = message->clock_ns;
		result->end = WIFSIGNALED(message->status) ? CHILD_SIGNALED : CHILD_EXITED;
		result->code = WIFEXITED(message->status) ? WEXITSTATUS(message->status) : 0;
		result->signal = WIFSIGNALED(message->status) ? WTERMSIG(message->status) : 0;
		break;
	default: break;
	}
}

static void receive(struct child *child)
{
	struct launch_message message = {0};
	union {
		char bytes[CMSG_SPACE(sizeof(int) * LAUNCH_DESCRIPTORS)];
		struct cmsghdr align;
	} control = {0};
	struct iovec part = { .iov_base = &message, .iov_len = sizeof message };
	struct msghdr header = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = control.bytes,
	                         .msg_controllen = sizeof control.bytes };
	ssize_t got = recvmsg(child->socket, &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	/* ECONNRESET: the launcher ended before it read our "stop". Its own last message may still wait behind this. */
	if (got < 0 && (errno == EAGAIN || errno == EINTR || errno == ECONNRESET))
		return;
	if (got <= 0) {
		close_descriptor(&child->socket);
		return;
	}
	int descriptors[LAUNCH_DESCRIPTORS];
	size_t count = 0;
	for (struct cmsghdr *part_of = CMSG_FIRSTHDR(&header); part_of; part_of = CMSG_NXTHDR(&header, part_of)) {
		if (part_of->cmsg_level != SOL_SOCKET || part_of->cmsg_type != SCM_RIGHTS)
			continue;
		count = (part_of->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		memcpy(descriptors, CMSG_DATA(part_of), count * sizeof(int));
	}
	if (got == (ssize_t)sizeof message)
		take_message(child, &message, descriptors, count);
	for (size_t i = 0; i < count; i++)
		close_descriptor(&descriptors[i]);
}

/* What a pipe's bytes go into. */
struct sink {
	struct buffer *bytes;
	const struct buffer *beside; /* counts for the same limit; NULL for none */
	size_t service;              /* whose log it is; NO_SERVICE for the program's output */
};
enum { NO_SERVICE = CHILD_SERVICES };

static void flood(struct child *child, size_t service)
{
	if (service == NO_SERVICE) {
		stop_child(child, CHILD_FLOODED);
		return;
	}
	if (child->stopping || child->closing) /* what it says while it is stopped harms nobody */
		return;
	child->result->fault = CHILD_LOG_FLOODED;
	child->result->service = service;
	if (child->started) {
		stop_child(child, CHILD_UNSERVED);
		return;
	}
	child->stopping = true;
	child->result->end = CHILD_UNSERVED;
	kill_child(child);
}

static void read_pipe(struct child *child, int *pipe_end, const struct sink *sink)
{
	struct buffer *bytes = sink->bytes;
	for (;;) {
		size_t most = child->plan->limits.output_bytes;
		size_t used = bytes->size + (sink->beside ? sink->beside->size : 0);
		char discarded[4096];
		/* Past the limit the pipe is still emptied, so that nothing in there waits for us, but nothing is kept. */
		size_t room = used < most ? most - used : 0;
		size_t step = room > 65536 ? 65536 : room;
		ssize_t got = read(*pipe_end, step ? buffer_reserve(bytes, step) : discarded, step ? step : sizeof discarded);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0 && errno == EAGAIN)
			return;
		if (got <= 0) {
			close_descriptor(pipe_end);
			return;
		}
		if (!step) {
			flood(child, sink->service);
			return;
		}
		bytes->size += (size_t)got;
		bytes->data[bytes->size] = '\0';
	}
}

static void read_pipes(struct child *child)
{
	struct child_result *result = child->result;
	if (child->out >= 0)
		read_pipe(child, &child->out, &(struct sink){ &result->out, &result->err, NO_SERVICE });
	if (child->err >= 0)
		read_pipe(child, &child->err, &(struct sink){ &result->err, &result->out, NO_SERVICE });
	for (size_t i = 0; i < child->plan->service_count; i++)
		if (child->logs[i] >= 0)
			read_pipe(child, &child->logs[i], &(struct sink){ &result->logs[i], NULL, i });
}

/* The program never started: what bubblewrap said is the reason. */
static bool blame_sandbox(struct child *child)
{
	struct buffer *said = &child->result->err;
	while (said->size && said->data[said->size - 1] == '\n')
		said->data[--said->size] = '\0';
	bool forbidden = strstr(said->data, "namespace") || strstr(said->data, "uid map") ||
	                 strstr(said->data, "Operation not permitted");
	error_set(&child->error, "sandbox: bubblewrap could not make it: %s; nothing is run without it%s",
	          said->size ? said->data : "it gave no reason",
	          forbidden ? ": allow user namespaces here (sysctl kernel.unprivileged_userns_clone=1, or "
	                      "kernel.apparmor_restrict_unprivileged_userns=0; in a container, a seccomp profile that "
	                      "permits them)" : "");
	return fail_child(child);
}

/* The sandbox is gone: collects the rest and says whether the result is one. */
static void finish_child(struct child *child)
{
	while (child->socket >= 0) {
		int before = child->socket;
		struct pollfd polled = { .fd = before, .events = POLLIN };
		if (poll(&polled, 1, 0) <= 0)
			break;
		receive(child);
	}
	int status = 0;
	while (child->bwrap > 0 && waitpid(child->bwrap, &status, 0) < 0 && errno == EINTR)
		;
	child->bwrap = 0;
	read_pipes(child);
	buffer_add(&child->result->out, "", 0); /* ends in a NUL even when nothing came */
	buffer_add(&child->result->err, "", 0);
	for (size_t i = 0; i < child->plan->service_count; i++)
		buffer_add(&child->result->logs[i], "", 0);
	if (child->event_count)
		child->plan->observer->drain(child->plan->observer->context);
	child->over = true;
	if (child->failed)
		return;
	if (!child->started && child->result->end == CHILD_UNSERVED && child->stopping)
		return; /* that is the result */
	if (!child->started) {
		blame_sandbox(child);
	} else if (!child->ended && !child->stopping) {
		error_set(&child->error, "sandbox: it was killed from outside");
		fail_child(child);
	}
}

/* How many places of the poll set are not its events'. */
static size_t fixed_places(const struct child *child)
{
	return 4 + child->plan->service_count;
}

/* Adds the child's descriptors to the poll set. */
static size_t fill_polled(const struct child *child, struct pollfd *polled)
{
	size_t count = 0;
	const int all[] = { child->socket, child->out, child->err, child->process };
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		polled[count++] = (struct pollfd){ .fd = all[i], .events = POLLIN };
	for (size_t i = 0; i < child->plan->service_count; i++)
		polled[count++] = (struct pollfd){ .fd = child->logs[i], .events = POLLIN };
	for (size_t i = 0; i < child->event_count; i++)
		polled[count++] = (struct pollfd){ .fd = child->event_quiet[i] ? -1 : child->events[i], .events = POLLIN };
	return count;
}

static void serve_child(struct child *child, const struct pollfd *polled)
{
	bool drain = false, said = polled[1].revents || polled[2].revents;
	size_t fixed = fixed_places(child);
	for (size_t i = 4; i < fixed; i++)
		said |= polled[i].revents != 0;
	for (size_t i = 0; i < child->event_count; i++) {
		drain |= polled[fixed + i].revents & POLLIN;
		if (polled[fixed + i].revents & (POLLHUP | POLLERR))
			child->event_quiet[i] = true;
	}
	if (drain)
		child->plan->observer->drain(child->plan->observer->context);
	if (said)
		read_pipes(child);
	if (polled[0].revents && child->socket >= 0)
		receive(child);
	bool gone = polled[3].revents || (child->process < 0 && child->socket < 0);
	if (!gone && child->deadline_ns && clock_now_ns() >= child->deadline_ns) {
		if (child->started && !child->stopping && !child->closing && !child->ended)
			stop_child(child, CHILD_TIMED_OUT);
		else {
			kill_child(child);
			child->deadline_ns = 0;
		}
	}
	if (gone)
		finish_child(child);
}

static int time_left_ms(const struct child *children, size_t count)
{
	uint64_t now = clock_now_ns();
	int least = -1;
	for (size_t i = 0; i < count; i++) {
		uint64_t deadline = children[i].over ? 0 : children[i].deadline_ns;
		if (!deadline)
			continue;
		uint64_t left = deadline > now ? (deadline - now + 999999) / 1000000 : 0;
		int bounded = left > 60000 ? 60000 : (int)left;
		least = least < 0 || bounded < least ? bounded : least;
	}
	return least;
}

static void free_child(struct child *child)
{
	close_descriptor(&child->socket);
	close_descriptor(&child->out);
	close_descriptor(&child->err);
	close_descriptor(&child->process);
	for (size_t i = 0; i < CHILD_SERVICES; i++)
		close_descriptor(&child->logs[i]);
	for (size_t i = 0; i < child->event_count; i++)
		close(child->events[i]);
	free(child->events);
	free(child->cpus);
	free(child->event_quiet);
}

/* Starts and serves until all are over. After the first failure or an interrupt nothing more is started. */
static bool run_children(struct child *children, size_t count, unsigned jobs, struct error *err)
{
	size_t started = 0, running = 0;
	bool ok = true;
	struct pollfd *polled = NULL;
	for (;;) {
		while (ok && started < count && running < jobs) {
			if (start_child(&children[started])) {
				running++;
			} else {
				children[started].over = true;
				*err = children[started].error;
				ok = false;
			}
			started++;
		}
		if (!running)
			break;
		size_t places = 0;
		for (size_t i = 0; i < started; i++)
			places += children[i].over ? 0 : fixed_places(&children[i]) + children[i].event_count;
		polled = memory_resize(polled, places, sizeof *polled);
		size_t filled = 0;
		for (size_t i = 0; i < started; i++)
			filled += children[i].over ? 0 : fill_polled(&children[i], polled + filled);
		int ready = poll(polled, filled, time_left_ms(children, started));
		if (ready < 0)
			memset(polled, 0, filled * sizeof *polled);
		if (interrupt_signal() && ok) {
			ok = error_set(err, "interrupted");
			for (size_t i = 0; i < started; i++)
				if (!children[i].over)
					kill_child(&children[i]);
		}
		size_t at = 0;
		for (size_t i = 0; i < started; i++) {
			struct child *child = &children[i];
			if (child->over)
				continue;
			size_t mine = fixed_places(child) + child->event_count;
			serve_child(child, polled + at);
			at += mine;
			if (!child->over)
				continue;
			running--;
			if (child->failed && ok) {
				*err = child->error;
				ok = false;
			}
		}
	}
	free(polled);
	return ok;
}

bool child_run_all(const struct child_plan *plans, size_t count, unsigned jobs, struct child_result *results,
                   struct error *err)
{
	struct error ignored = {0};
	struct child *children = memory_zero(count, sizeof *children);
	for (size_t i = 0; i < count; i++) {
		results[i] = (struct child_result){0};
		while (plans[i].outputs && plans[i].outputs[results[i].output_count])
			results[i].output_count++;
		results[i].outputs = memory_zero(results[i].output_count, sizeof *results[i].outputs);
		children[i] = (struct child){ .plan = &plans[i], .result = &results[i], .socket = -1, .out = -1, .err = -1,
		                              .process = -1 };
		for (size_t j = 0; j < CHILD_SERVICES; j++)
			children[i].logs[j] = -1;
	}
	bool ok = run_children(children, count, jobs ? jobs : 1, err ? err : &ignored);
	for (size_t i = 0; i < count; i++) {
		free_child(&children[i]);
		if (!ok)
			child_result_free(&results[i]);
	}
	free(children);
	return ok;
}

bool child_run(const struct child_plan *plan, struct child_result *result, struct error *err)
{
	return child_run_all(plan, 1, 1, result, err);
}

void child_result_free(struct child_result *result)
{
	if (!result)
		return;
	buffer_free(&result->out);
	buffer_free(&result->err);
	for (size_t i = 0; i < CHILD_SERVICES; i++)
		buffer_free(&result->logs[i]);
	for (size_t i = 0; i < result->output_count; i++)
		buffer_free(&result->outputs[i]);
	free(result->outputs);
	*result = (struct child_result){0};
}
