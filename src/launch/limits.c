/* Limits of what is executed in the sandbox. */
#include "launch/limits.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool limit(int resource, uint64_t most)
{
	struct rlimit limits = { .rlim_cur = most, .rlim_max = most };
	return !setrlimit(resource, &limits);
}

static void write_text(const char *path, const char *text)
{
	int descriptor = open(path, O_WRONLY | O_CLOEXEC);
	if (descriptor < 0)
		return;
	ssize_t ignored = write(descriptor, text, strlen(text));
	(void)ignored;
	close(descriptor);
}

const char *limits_set(const struct launch_plan *plan)
{
	sigset_t none;
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	/* When memory runs out, this is what the kernel shall take. */
	write_text("/proc/self/oom_score_adj", "1000");
	if (!limit(RLIMIT_CORE, 0))
		return "limit the core file";
	if (!limit(RLIMIT_FSIZE, plan->file_bytes))
		return "limit the file size";
	return limit(RLIMIT_NPROC, plan->processes) ? NULL : "limit the processes";
}

const char *limits_set_memory(uint64_t memory_bytes, uint64_t beside)
{
	return !memory_bytes || limit(RLIMIT_AS, memory_bytes + beside) ? NULL : "limit the memory";
}

uint64_t limits_resident(void)
{
	uint64_t pages = 0;
	DIR *folder = opendir("/proc");
	struct dirent *process = NULL;
	while (folder && (process = readdir(folder))) {
		char path[48];
		unsigned long long size = 0, resident = 0;
		if (process->d_name[0] < '0' || process->d_name[0] > '9' || atoi(process->d_name) == getpid())
			continue;
		snprintf(path, sizeof path, "/proc/%.16s/statm", process->d_name);
		FILE *file = fopen(path, "re");
		if (file && fscanf(file, "%llu %llu", &size, &resident) == 2)
			pages += resident;
		if (file)
			fclose(file);
	}
	if (folder)
		closedir(folder);
	return pages * (uint64_t)sysconf(_SC_PAGESIZE);
}
