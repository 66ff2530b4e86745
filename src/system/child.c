/* Runs programs in the sandbox and tells how they ended: one loop over the pipes, sockets and event descriptors of all
   that run at once. */
#include "system/child_state.h"

#include "base/memory.h"
#include "system/clock.h"
#include "system/interrupt.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

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
		child_stop(child, CHILD_FLOODED);
		return;
	}
	if (child->stopping || child->closing) /* what it says while it is stopped harms nobody */
		return;
	child->result->fault = CHILD_LOG_FLOODED;
	child->result->service = service;
	if (child->started) {
		child_stop(child, CHILD_UNSERVED);
		return;
	}
	child->stopping = true;
	child->result->end = CHILD_UNSERVED;
	child_kill(child);
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
			child_close_descriptor(pipe_end);
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
	return child_fail(child);
}

/* The sandbox is gone: collects the rest and says whether the result is one. */
static void finish_child(struct child *child)
{
	while (child->socket >= 0) {
		int before = child->socket;
		struct pollfd polled = { .fd = before, .events = POLLIN };
		if (poll(&polled, 1, 0) <= 0)
			break;
		child_receive(child);
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
		child_fail(child);
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
		child_receive(child);
	bool gone = polled[3].revents || (child->process < 0 && child->socket < 0);
	if (!gone && child->deadline_ns && clock_now_ns() >= child->deadline_ns) {
		if (child->started && !child->stopping && !child->closing && !child->ended)
			child_stop(child, CHILD_TIMED_OUT);
		else {
			child_kill(child);
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
	child_close_descriptor(&child->socket);
	child_close_descriptor(&child->out);
	child_close_descriptor(&child->err);
	child_close_descriptor(&child->process);
	for (size_t i = 0; i < CHILD_SERVICES; i++)
		child_close_descriptor(&child->logs[i]);
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
			if (child_start(&children[started])) {
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
					child_kill(&children[i]);
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
