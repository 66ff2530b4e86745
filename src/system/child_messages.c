/* What a child's launcher says and is told: how far it is, what it hands out, how it ended. */
#include "system/child_state.h"

#include "base/memory.h"
#include "launch/message.h"
#include "system/clock.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

void child_close_descriptor(int *descriptor)
{
	if (*descriptor >= 0)
		close(*descriptor);
	*descriptor = -1;
}

bool child_fail(struct child *child)
{
	child->failed = true;
	return false;
}

void child_kill(struct child *child)
{
	child->killed = true;
	if (child->process >= 0)
		syscall(SYS_pidfd_send_signal, child->process, SIGKILL, NULL, 0);
	else if (child->bwrap > 0)
		/* Its whole group: while bwrap sets up, its child does not die with it yet, and would wait for it for ever. What
		   has left the group already says hello, and is killed then. */
		kill(-child->bwrap, SIGKILL);
}

void child_stop(struct child *child, enum child_end why)
{
	if (child->stopping)
		return;
	child->stopping = true;
	child->result->end = why;
	if (child->ended) /* its last words were too many, but it ended by itself: there is nothing to stop */
		return;
	child->result->end_ns = clock_now_ns();
	child->deadline_ns = child->result->end_ns + CHILD_STOP_NS;
	if (send(child->socket, "", 1, MSG_NOSIGNAL | MSG_DONTWAIT) != 1)
		child_kill(child);
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
	child->deadline_ns = clock_now_ns() + CHILD_STOP_NS;
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
			child_kill(child);
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
		child_fail(child);
		child_kill(child);
		break;
	case LAUNCH_OUTPUT:
		if (count && message->index < result->output_count)
			read_output(descriptors[0], &result->outputs[message->index]);
		break;
	case LAUNCH_OVER:
		child->closing = true;
		child->deadline_ns = clock_now_ns() + CHILD_STOP_NS;
		break;
	case LAUNCH_SERVICE: take_fault(child, message); break;
	case LAUNCH_ENDED:
		child->ended = true;
		result->tasks_at_end = message->tasks;
		child->deadline_ns = clock_now_ns() + CHILD_STOP_NS;
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

void child_receive(struct child *child)
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
		child_close_descriptor(&child->socket);
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
		child_close_descriptor(&descriptors[i]);
}
