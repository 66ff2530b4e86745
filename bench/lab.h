/* What the benchmarks share: to run a program in the sandbox with a recorder or without, medians, and rows of the table. */
#ifndef LIVEPOST_BENCH_LAB_H
#define LIVEPOST_BENCH_LAB_H

#include "base/memory.h"
#include "measure/recorder.h"
#include "measure/timeline.h"
#include "system/clock.h"
#include "system/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One run: what came out, and how long it took from the call to the result, or to the trace where there is a recorder. */
struct lab_run {
	struct child_result result;
	struct trace trace; /* empty without a recorder */
	uint64_t took_ns;
};

static inline void lab_stop(const char *what, const char *why)
{
	fprintf(stderr, "%s: %s\n", what, why);
	exit(1);
}

static inline void lab_run_free(struct lab_run *run)
{
	child_result_free(&run->result);
	trace_free(&run->trace);
}

/* Runs the file at `path` with up to two arguments; without a recorder where that is NULL. */
static inline struct lab_run lab_run(const char *path, const char *part, const char *count, struct recorder *recorder)
{
	struct lab_run run = {0};
	struct error err = {0};
	struct buffer program = {0};
	if (!file_read(path, 64 << 20, &program, &err))
		lab_stop(path, err.text);
	const struct child_file file = {.path = "/tmp/program", .data = program.data, .size = program.size, .mode = 0555};
	const char *const argv[] = {"/tmp/program", part, part ? count : NULL, NULL};
	const struct child_plan plan = {
		.argv = argv, .files = &file, .file_count = 1,
		.limits = {.wall_ns = 60000000000u, .output_bytes = 16 << 20, .processes = 512, .scratch_bytes = 512 << 20},
		.observer = recorder ? recorder_observer(recorder) : NULL};
	uint64_t start_ns = clock_now_ns();
	if (!child_run(&plan, &run.result, &err))
		lab_stop(path, err.text);
	if (recorder && !recorder_finish(recorder, &run.result, &run.trace, &err))
		lab_stop(path, err.text);
	run.took_ns = clock_now_ns() - start_ns;
	if (run.result.end != CHILD_EXITED || run.result.code)
		lab_stop(path, "did not end well");
	buffer_free(&program);
	return run;
}

static inline struct recorder *lab_recorder(const char *method)
{
	struct error err = {0};
	struct recorder *recorder = recorder_new(method, &err);
	if (!recorder)
		lab_stop(method, err.text);
	return recorder;
}

static inline int lab_compare(const void *left, const void *right)
{
	double a = *(const double *)left, b = *(const double *)right;
	return a < b ? -1 : a > b;
}

static inline double lab_median(double *values, size_t count)
{
	qsort(values, count, sizeof *values, lab_compare);
	return count % 2 ? values[count / 2] : (values[count / 2 - 1] + values[count / 2]) / 2;
}

static inline void lab_head(void)
{
	printf("%-62s %12s %12s %12s %10s  %s\n", "what", "bare", "measured", "difference", "limit", "met?");
}

/* A row; texts that are NULL stand for nothing to say. */
static inline void lab_row(const char *what, const char *bare, const char *measured, const char *difference, const char *limit,
                           bool met)
{
	printf("%-62s %12s %12s %12s %10s  %s\n", what, bare ? bare : "-", measured ? measured : "-",
	       difference ? difference : "-", limit ? limit : "-", !limit ? "" : met ? "yes" : "NO");
	fflush(stdout);
}

#endif
