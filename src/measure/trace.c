/* The raw records of one run, as the recorder and the probe left them. */
#include "measure/trace.h"

#include <stdlib.h>

const char *trace_method_name(enum trace_method method)
{
	static const char *const names[] = {
		[TRACE_SWITCH_RECORDS] = "switch-records", [TRACE_SCHEDSTAT] = "schedstat", [TRACE_GETRUSAGE] = "getrusage",
		[TRACE_PROBE] = "probe", [TRACE_NONE] = "none",
	};
	return names[method];
}

void trace_free(struct trace *trace)
{
	if (!trace)
		return;
	for (size_t i = 0; i < trace->ring_count; i++)
		buffer_free(&trace->rings[i].records);
	free(trace->rings);
	buffer_free(&trace->probe);
	*trace = (struct trace){0};
}
