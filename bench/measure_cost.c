/* What measuring costs and what it loses: a context switch, the start of a program, records at a high rate, decoding.
   bench/measure_cost SUBJECT [switches|losses|starts|decoding]. Bare and measured runs take turns; medians. */
#include "lab.h"

#include <malloc.h>

enum { ROUNDS = 9, STARTS = 41 };

static const char *subject;

/* Of one run of a part that says how long it took: ns a switch, and switches a second. */
static void read_rate(const struct lab_run *run, double *ns_each, double *rate)
{
	unsigned long long ns = 0;
	long switches = 0;
	if (!run->result.out.data || sscanf(run->result.out.data, "%llu %ld", &ns, &switches) != 2 || switches <= 0)
		lab_stop(subject, "said no rate");
	*ns_each = (double)ns / (double)switches;
	*rate = (double)switches * 1e9 / (double)ns;
}

static uint64_t lost_records(const struct trace *trace, uint64_t *records)
{
	struct timeline timeline;
	struct error err = {0};
	if (!timeline_make(trace, &timeline, &err))
		lab_stop("timeline", err.text);
	uint64_t lost = timeline.lost;
	*records = trace->probe.size / 32;
	for (size_t i = 0; i < trace->ring_count; i++)
		*records += trace->rings[i].records.size / 24;
	timeline_free(&timeline);
	return lost;
}

static void measure_switches(const char *what, const char *part, const char *count, struct recorder *recorder)
{
	double bare[ROUNDS], measured[ROUNDS], differences[ROUNDS], rates[ROUNDS];
	uint64_t lost = 0, records = 0;
	for (int i = 0; i < ROUNDS; i++) {
		double rate = 0;
		struct lab_run run = lab_run(subject, part, count, NULL);
		read_rate(&run, &bare[i], &rate);
		lab_run_free(&run);
		run = lab_run(subject, part, count, recorder);
		read_rate(&run, &measured[i], &rates[i]);
		lost += lost_records(&run.trace, &records);
		lab_run_free(&run);
		differences[i] = measured[i] - bare[i];
	}
	char texts[4][64];
	double difference = lab_median(differences, ROUNDS), rate = lab_median(rates, ROUNDS);
	snprintf(texts[0], sizeof texts[0], "%.2f us", lab_median(bare, ROUNDS) / 1e3);
	snprintf(texts[1], sizeof texts[1], "%.2f us", lab_median(measured, ROUNDS) / 1e3);
	snprintf(texts[2], sizeof texts[2], "%+.2f us", difference / 1e3);
	lab_row(what, texts[0], texts[1], texts[2], "1.50 us", difference <= 1500);
	char name[96];
	snprintf(name, sizeof name, "  records lost in %d such runs at %.0f switches a second", ROUNDS, rate);
	snprintf(texts[3], sizeof texts[3], "%llu", (unsigned long long)lost);
	lab_row(name, NULL, texts[3], NULL, rate >= 300000 ? "0" : NULL, lost == 0);
}

static void count_losses(void)
{
	struct recorder *recorder = lab_recorder("switch-records");
	recorder_limit_rings(recorder, 1);
	struct lab_run run = lab_run(subject, "yield", "400000", recorder);
	uint64_t records = 0, lost = lost_records(&run.trace, &records);
	char text[64];
	snprintf(text, sizeof text, "%llu lost", (unsigned long long)lost);
	lab_row("rings of 16 KiB: the loss is counted and said", NULL, text, NULL, "> 0", lost > 0);
	lab_run_free(&run);
	recorder_free(recorder);
}

static void measure_starts(struct recorder *recorder)
{
	double bare[STARTS], measured[STARTS], more[STARTS], bare_own[STARTS], measured_own[STARTS], more_own[STARTS];
	for (int i = 0; i < STARTS; i++) {
		struct lab_run run = lab_run(subject, "nothing", NULL, NULL);
		bare[i] = (double)run.took_ns;
		bare_own[i] = (double)(run.result.end_ns - run.result.start_ns);
		lab_run_free(&run);
		run = lab_run(subject, "nothing", NULL, recorder);
		measured[i] = (double)run.took_ns;
		measured_own[i] = (double)(run.result.end_ns - run.result.start_ns);
		lab_run_free(&run);
		more[i] = measured[i] - bare[i];
		more_own[i] = measured_own[i] - bare_own[i];
	}
	const struct {
		const char *what;
		double bare, measured, difference; /* the last between runs that took turns: less noise than between medians */
	} rows[] = {
		{"an empty program, from its execve to its end", lab_median(bare_own, STARTS), lab_median(measured_own, STARTS),
		 lab_median(more_own, STARTS)},
		{"  with the sandbox around it, and taking the trace", lab_median(bare, STARTS), lab_median(measured, STARTS),
		 lab_median(more, STARTS)},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char texts[3][64];
		snprintf(texts[0], sizeof texts[0], "%.2f ms", rows[i].bare / 1e6);
		snprintf(texts[1], sizeof texts[1], "%.2f ms", rows[i].measured / 1e6);
		snprintf(texts[2], sizeof texts[2], "%+.2f ms", rows[i].difference / 1e6);
		lab_row(rows[i].what, texts[0], texts[1], texts[2], "2.00 ms", rows[i].difference <= 2e6);
	}
}

/* The most memory this process had since it was last forgotten, in bytes. */
static uint64_t peak_bytes(bool forget)
{
	unsigned long long kib = 0;
	char line[256];
	FILE *file = fopen(forget ? "/proc/self/clear_refs" : "/proc/self/status", forget ? "we" : "re");
	if (!file)
		return 0;
	if (forget)
		fputs("5", file);
	else
		while (fgets(line, sizeof line, file) && sscanf(line, "VmHWM: %llu", &kib) != 1)
			;
	fclose(file);
	return kib * 1024;
}

static void measure_decoding(struct recorder *recorder)
{
	struct lab_run run = lab_run(subject, "pipe", "250000", recorder);
	double times[5];
	uint64_t records = 0, peak = 0, kept = 0, lost = lost_records(&run.trace, &records);
	for (size_t i = 0; i < 5; i++) {
		struct timeline timeline;
		struct error err = {0};
		malloc_trim(0);
		peak_bytes(true);
		uint64_t before = peak_bytes(false), start_ns = clock_now_ns();
		struct mallinfo2 first = mallinfo2();
		if (!timeline_make(&run.trace, &timeline, &err))
			lab_stop("timeline", err.text);
		times[i] = (double)(clock_now_ns() - start_ns);
		peak = peak_bytes(false) - before;
		struct mallinfo2 last = mallinfo2();
		kept = last.uordblks + last.hblkhd - first.uordblks - first.hblkhd;
		timeline_free(&timeline);
	}
	char texts[4][64], name[96];
	double each = lab_median(times, 5) / (double)records;
	snprintf(name, sizeof name, "decoding %.2f million records (%llu lost), a million", (double)records / 1e6,
	         (unsigned long long)lost);
	snprintf(texts[0], sizeof texts[0], "%.2f s", each / 1e3);
	lab_row(name, NULL, texts[0], NULL, "0.50 s", each <= 500);
	snprintf(texts[1], sizeof texts[1], "%.0f MB", (double)peak / 1e6);
	lab_row("  memory at its peak, beside the trace", NULL, texts[1], NULL, NULL, true);
	snprintf(texts[2], sizeof texts[2], "%.0f MB", (double)kept / 1e6);
	lab_row("  memory of the timeline that is kept", NULL, texts[2], NULL, NULL, true);
	lab_run_free(&run);
}

int main(int argc, char **argv)
{
	if (argc != 2 && argc != 3)
		return 2;
	const char *part = argc == 3 ? argv[2] : "";
	subject = argv[1];
	struct recorder *recorder = lab_recorder("switch-records");
	lab_head();
	if (!*part || !strcmp(part, "switches")) {
		measure_switches("a context switch by sched_yield", "yield", "100000", recorder);
		measure_switches("a context switch by a pipe, with the probe's records", "pipe", "50000", recorder);
	}
	if (!*part || !strcmp(part, "losses"))
		count_losses();
	if (!*part || !strcmp(part, "starts"))
		measure_starts(recorder);
	if (!*part || !strcmp(part, "decoding"))
		measure_decoding(recorder);
	recorder_free(recorder);
	return 0;
}
