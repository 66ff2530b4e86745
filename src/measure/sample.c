/* Sums up the wall times of repeated runs. */
#include "measure/sample.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

static int compare_times(const void *a, const void *b)
{
	uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;
	return (left > right) - (left < right);
}

/* The quantile quarters/4: its position (n - 1)·quarters/4 falls on a value or at one, two or three quarters between
   two; the difference is split first, so that nothing overflows. */
static uint64_t quartile(const uint64_t *sorted, size_t n, size_t quarters)
{
	size_t below = (n - 1) / 4 * quarters + (n - 1) % 4 * quarters / 4;
	uint64_t rest = (n - 1) % 4 * quarters % 4;
	if (!rest)
		return sorted[below];
	uint64_t step = sorted[below + 1] - sorted[below];
	return sorted[below] + step / 4 * rest + (step % 4 * rest + 2) / 4;
}

struct sample sample_summarise(const uint64_t *times_ns, size_t n)
{
	uint64_t *sorted = memory_resize(NULL, n, sizeof *sorted);
	memcpy(sorted, times_ns, n * sizeof *sorted);
	qsort(sorted, n, sizeof *sorted, compare_times);
	struct sample sample = {
		.n = n,
		.median_ns = quartile(sorted, n, 2),
		.min_ns = sorted[0],
		.max_ns = sorted[n - 1],
		.q1_ns = quartile(sorted, n, 1),
		.q3_ns = quartile(sorted, n, 3),
	};
	/* Twice the median is whole, so that the distance to it is exact where the median itself had to be rounded. */
	uint64_t twice_median = sorted[(n - 1) / 2] + sorted[n / 2], nearest = UINT64_MAX;
	for (size_t i = 0; i < n; i++) {
		uint64_t twice = 2 * times_ns[i];
		uint64_t distance = twice > twice_median ? twice - twice_median : twice_median - twice;
		if (distance < nearest) {
			nearest = distance;
			sample.median_run = i;
		}
	}
	free(sorted);
	return sample;
}
