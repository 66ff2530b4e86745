// A program to run with and without the probe: what C++ makes of threads and of calls that it is thrown through.
#include <condition_variable>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <future>
#include <mutex>
#include <pthread.h>
#include <semaphore.h>
#include <shared_mutex>
#include <stdexcept>
#include <thread>
#include <unistd.h>
#include <vector>

namespace {

std::mutex mutex;
std::timed_mutex timed;
std::shared_mutex readers;
std::condition_variable condition;
std::once_flag once;
int turn = -1, waiting;
int destroyed;

struct Witness {
	~Witness() { destroyed++; }
};

// By pthread_exit, out of a C++ frame: destructors run on the way through the probe's frame below.
void *leave(void *unused)
{
	Witness witness;
	pthread_exit(unused);
}

// Cancelled inside a wrapper: the same, from within it.
void *sleep_long(void *unused)
{
	Witness witness;
	sleep(100);
	return unused;
}

// An exception that a comparison passed to a C function throws leaves through frames of C; that one of a wrapper's callees.
int compare(const void *, const void *)
{
	throw std::runtime_error("out of qsort");
}

thread_local struct Late {
	int used = 0;
	~Late()
	{
		std::lock_guard<std::mutex> guard(mutex);
		destroyed += used;
	}
} late;

} // namespace

int main()
{
	std::vector<std::thread> threads;
	int sum = 0;
	for (int i = 0; i < 4; i++)
		threads.emplace_back([&sum, i] {
			late.used = 1;
			std::call_once(once, [] { std::puts("once"); });
			std::unique_lock<std::mutex> guard(mutex);
			waiting++;
			condition.wait(guard, [i] { return turn == i; });
			sum += i;
			turn++;
			condition.notify_all();
		});
	// All wait before the first is let go.
	for (bool all = false; !all; std::this_thread::yield()) {
		std::lock_guard<std::mutex> guard(mutex);
		all = waiting == 4;
		turn = all ? 0 : -1;
	}
	condition.notify_all();
	for (auto &thread : threads)
		thread.join();
	std::printf("%d %d\n", sum, destroyed);

	auto later = std::async(std::launch::async, [] {
		std::this_thread::sleep_for(std::chrono::milliseconds(2));
		if (turn)
			throw std::runtime_error("thrown elsewhere");
		return 1;
	});
	try {
		std::printf("%d\n", later.get());
	} catch (const std::exception &error) {
		std::puts(error.what());
	}
	std::printf("%d\n", timed.try_lock_for(std::chrono::milliseconds(1)));
	std::printf("%d\n", std::async(std::launch::async, [] { return timed.try_lock_for(std::chrono::milliseconds(2)); }).get());
	readers.lock_shared();
	std::printf("%d\n", std::async(std::launch::async, [] { return readers.try_lock(); }).get());
	readers.unlock_shared();

	try {
		std::thread(std::thread([] {})).join();
		std::unique_lock<std::mutex> unlocked(mutex, std::defer_lock);
		unlocked.unlock();
	} catch (const std::system_error &error) {
		std::printf("refused %d\n", error.code().value());
	}
	destroyed = 0;
	pthread_t thread;
	pthread_create(&thread, nullptr, leave, nullptr);
	pthread_join(thread, nullptr);
	pthread_create(&thread, nullptr, sleep_long, nullptr);
	usleep(2000);
	pthread_cancel(thread);
	void *result = nullptr;
	pthread_join(thread, &result);
	std::printf("%d %d\n", destroyed, result == PTHREAD_CANCELED);
	int numbers[] = { 2, 1 };
	try {
		std::qsort(numbers, 2, sizeof *numbers, compare);
	} catch (const std::exception &error) {
		std::puts(error.what());
	}
	std::fflush(stdout);
	// An exception that nobody catches leaves by way of the thread's beginning, in which the probe has a frame.
	std::thread([] { throw std::runtime_error("caught by nobody"); }).join();
	return 0;
}
