/* Sums up the wall times of repeated runs. Knows nothing of where they come from. */
#ifndef LIVEPOST_MEASURE_SAMPLE_H
#define LIVEPOST_MEASURE_SAMPLE_H

#include <stddef.h>
#include <stdint.h>

/* Quantiles are of type 7 in the count of Hyndman and Fan, "Sample Quantiles in Statistical Packages", The American
   Statistician 50 (1996), the default of R and NumPy: the quantile p of n sorted values lies at position (n − 1)·p,
   counted from 0, and between two values on the straight line. Rounded to the nearest nanosecond, halves upwards. */
struct sample {
	size_t n;
	uint64_t median_ns, min_ns, max_ns, q1_ns, q3_ns;
	size_t median_run; /* index of the run whose time is nearest the median; the lowest one of several */
};

/* n is at least 1, each time at most INT64_MAX; `times_ns` is left as it is. */
struct sample sample_summarise(const uint64_t *times_ns, size_t n);

#endif
