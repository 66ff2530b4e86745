/* The tool's side of the memory that the probe writes its log into. */
#include "measure/probe_memory.h"

#include "probe/record.h"
#include "system/clock.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#if defined(__x86_64__) || defined(__i386__)
#include <cpuid.h>
#include <x86intrin.h>

/* The counter goes at one rate whatever the core does, and the kernel itself found nothing wrong with it. */
static bool counter_is_trusted(void)
{
	unsigned a = 0, b = 0, c = 0, d = 0;
	if (!__get_cpuid(0x80000007, &a, &b, &c, &d) || !(d & 1 << 8))
		return false;
	char source[32] = "";
	FILE *file = fopen("/sys/devices/system/clocksource/clocksource0/current_clocksource", "re");
	if (file && !fgets(source, sizeof source, file))
		source[0] = '\0';
	if (file)
		fclose(file);
	return !strcmp(source, "tsc\n");
}

static uint64_t read_counter(void)
{
	return __rdtsc();
}
#else
static bool counter_is_trusted(void)
{
	return false;
}

static uint64_t read_counter(void)
{
	return 0;
}
#endif

/* Counter and clock as of one instant: of several tries the one that took least. */
static void calibrate(uint64_t *counter, uint64_t *monotonic_ns)
{
	uint64_t least = UINT64_MAX;
	for (int i = 0; i < 16; i++) {
		uint64_t before = read_counter(), now = clock_now_ns(), after = read_counter();
		if (after - before < least) {
			least = after - before;
			*counter = before + (after - before) / 2;
			*monotonic_ns = now;
		}
	}
}

bool probe_memory_open(struct probe_memory *memory, int descriptor, uint32_t flags)
{
	*memory = (struct probe_memory){ .descriptor = descriptor };
	struct stat status;
	struct probe_header header = { .magic = PROBE_MAGIC, .next_page = 1, .flags = flags };
	bool ok = !fstat(descriptor, &status) && status.st_size >= 2 * PROBE_PAGE && status.st_size / PROBE_PAGE <= UINT32_MAX;
	if (ok) {
		header.pages = (uint32_t)(status.st_size / PROBE_PAGE);
		memory->size = (size_t)status.st_size;
		/* A small log is all for the program. */
		header.sample_pages = header.pages > 4 * PROBE_SAMPLE_PAGES ? PROBE_SAMPLE_PAGES : 0;
		header.next_page = 1 + header.sample_pages;
		if (counter_is_trusted())
			calibrate(&memory->tsc, &memory->monotonic_ns);
		header.tsc[0] = memory->tsc;
		header.monotonic_ns[0] = memory->monotonic_ns;
		ok = pwrite(descriptor, &header, sizeof header, 0) == (ssize_t)sizeof header;
	}
	memory->sample_pages = header.sample_pages;
	if (!ok)
		probe_memory_close(memory);
	return ok;
}

void probe_memory_want(const struct probe_memory *memory, uint32_t flags)
{
	if (memory->descriptor < 0)
		return;
	/* Where this fails the probe goes by the flags before, and nothing in the log is wrong. */
	ssize_t ignored = pwrite(memory->descriptor, &flags, sizeof flags, offsetof(struct probe_header, flags));
	(void)ignored;
}

/* The bytes from `from` on, as far as there are any. */
static size_t read_log(int descriptor, void *to, size_t size, size_t from)
{
	size_t done = 0;
	while (done < size) {
		ssize_t got = pread(descriptor, (char *)to + done, size - done, (off_t)(from + done));
		if (got <= 0)
			break;
		done += (size_t)got;
	}
	return done;
}

/* How many of the pages kept for samples may have been written to, which are the first of them. */
static size_t written_samples(const struct probe_memory *memory)
{
	off_t hole = memory->sample_pages ? lseek(memory->descriptor, PROBE_PAGE, SEEK_HOLE) : -1;
	size_t written = hole < PROBE_PAGE ? SIZE_MAX : (size_t)hole / PROBE_PAGE - 1;
	return written < memory->sample_pages ? written : memory->sample_pages;
}

void probe_memory_take(struct probe_memory *memory, struct buffer *log)
{
	struct stat status;
	struct probe_header header = {0};
	if (memory->descriptor < 0)
		return;
	/* The program may have written over all of it and cut it: only the file's own size and our own points are true. */
	if (!fstat(memory->descriptor, &status) && status.st_size >= PROBE_PAGE &&
	    read_log(memory->descriptor, &header, sizeof header, 0) == sizeof header) {
		size_t size = (size_t)status.st_size < memory->size ? (size_t)status.st_size : memory->size;
		size_t pages = size / PROBE_PAGE;
		size_t used = header.next_page < pages ? header.next_page : pages;
		size_t samples = written_samples(memory), runs = 1 + (size_t)memory->sample_pages;
		size_t front = used > 1 + samples ? 1 + samples : used ? used : 1, rest = used > runs ? used - runs : 0;
		header.tsc[0] = memory->tsc;
		header.monotonic_ns[0] = memory->monotonic_ns;
		header.sample_pages = (uint32_t)samples;
		header.next_page = (uint32_t)(front + rest);
		if (memory->tsc)
			calibrate(&header.tsc[1], &header.monotonic_ns[1]);
		char *to = buffer_reserve(log, (front + rest) * PROBE_PAGE);
		size_t got = read_log(memory->descriptor, to, front * PROBE_PAGE, 0);
		if (got == front * PROBE_PAGE)
			got += read_log(memory->descriptor, to + got, rest * PROBE_PAGE, runs * PROBE_PAGE);
		if (got >= sizeof header)
			memcpy(to, &header, sizeof header);
		log->size += got;
	}
	probe_memory_close(memory);
}

void probe_memory_close(struct probe_memory *memory)
{
	if (memory->descriptor >= 0)
		close(memory->descriptor);
	*memory = (struct probe_memory){ .descriptor = -1 };
}
