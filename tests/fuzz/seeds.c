/* Writes what fuzzing starts from: `seeds FOLDER` makes files in FOLDER/probe_log and FOLDER/switch_records. */
#include "../unit/measure/log_bytes.h"
#include "../unit/measure/record_bytes.h"

#include <stdbool.h>
#include <stdio.h>

static const char *folder;

static void save(const char *target, unsigned number, const void *head, size_t head_size, const struct buffer *bytes)
{
	char path[4096];
	snprintf(path, sizeof path, "%s/%s/seed-%u", folder, target, number);
	FILE *file = fopen(path, "wb");
	if (!file || fwrite(head, 1, head_size, file) != head_size || fwrite(bytes->data, 1, bytes->size, file) != bytes->size ||
	    fclose(file)) {
		perror(path);
		exit(1);
	}
}

/* A log in which two threads of one process do one of everything. */
static struct buffer make_log(bool counts)
{
	struct log_writer log = {.run_pages = 1, .flags = PROBE_WANT_DELAY};
	if (counts)
		log.header = (struct probe_header){.clock = PROBE_CLOCK_TSC, .tsc = {2000, 12000}, .monotonic_ns = {500, 5500}};
	struct log_thread *main = log_thread(&log, 2, 2), *other = log_thread(&log, 2, 3);
	uint64_t start = counts ? 3000 : 1000, step = counts ? 4 : 2, ns = start;
	PUT(main, ns, PROBE_THREAD_START, .caller = 77);
	log_text(main, (struct probe_record){.time = ns, .kind = PROBE_MODULE, .object = 4096}, "/tmp/program-with-a-long-name");
	PUT(other, ns += step, PROBE_THREAD_START, .object = 5000, .value = 2, .caller = 78);
	for (uint16_t kind = PROBE_CREATE; kind < PROBE_KINDS; kind++) {
		PUT(main, ns += step, kind, .object = 64, .caller = 5001, .value = 3, .detail = PROBE_MUTEX);
		PUT_END(main, ns += step, kind, .object = 64, .caller = 5001);
		PUT(other, ns += step, kind, .object = 64, .caller = 5002, .value = 2, .detail = PROBE_MUTEX);
	}
	log_text(other, (struct probe_record){.time = ns, .kind = PROBE_SPAN}, "prep");
	PUT_END(other, ns += step, PROBE_SPAN);
	log_record(&log.samples, (struct probe_record){.time = ns, .kind = PROBE_SYSCALL, .object = 202, .value = 3});
	log_record(&log.samples, (struct probe_record){.time = ns += step, .kind = PROBE_SYSCALL, .object = PROBE_RUNS, .value = 2,
	                                               .detail = PROBE_STOPPED});
	return log_finish(&log);
}

static void save_logs(void)
{
	for (unsigned char rung = 0; rung < 4; rung++)
		for (int counts = 0; counts < 2; counts++) {
			struct buffer log = make_log(counts);
			unsigned char head = 0x10 | rung;
			save("probe_log", rung * 2u + (unsigned)counts, &head, 1, &log);
			buffer_free(&log);
		}
	uint32_t random = 1;
	for (unsigned number = 8; number < 40; number++) {
		struct buffer steps = {0};
		unsigned char head = (unsigned char)(number % 4);
		for (int i = 0; i < 400; i++) {
			random = random * 1664525u + 1013904223u;
			unsigned char byte = (unsigned char)(random >> 24);
			/* Mostly small: the same few objects, and times that lie near each other. */
			byte = i % 8 == 2 ? byte % 4 : i % 8 == 6 ? byte % 8 : byte;
			buffer_add(&steps, &byte, 1);
		}
		save("probe_log", number, &head, 1, &steps);
		buffer_free(&steps);
	}
}

static void save_rings(void)
{
	struct buffer ring = {0};
	unsigned char head = 0;
	add_exec(&ring, 1100, 2, 2, "program");
	add_fork(&ring, 1200, 2, 3, 2, 2);
	add_out(&ring, 1300, 2, 2);
	add_in(&ring, 1300, 2, 3);
	add_preempted(&ring, 1400, 2, 3);
	add_in(&ring, 1500, 2, 2);
	add_lost(&ring, 1600, 3);
	add_in(&ring, 1700, 2, 3);
	add_exit(&ring, 1800, 2, 3);
	save("switch_records", 0, &head, 1, &ring);
	unsigned char two[3] = {1, 72, 0};
	save("switch_records", 1, two, sizeof two, &ring);
	buffer_free(&ring);
}

int main(int argc, char **argv)
{
	if (argc != 2)
		return 2;
	folder = argv[1];
	save_logs();
	save_rings();
	return 0;
}
