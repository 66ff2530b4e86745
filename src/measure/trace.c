/* The raw records of one run, as the recorder kept them. */
#include "measure/trace.h"

#include <stdlib.h>

const char *trace_method_name(enum trace_method method)
{
	return method == TRACE_SWITCH_RECORDS ? "switch-records" : "getrusage";
}

void trace_free(struct trace *trace)
{
	if (!trace)
		return;
	for (size_t i = 0; i < trace->ring_count; i++)
		buffer_free(&trace->rings[i].records);
	free(trace->rings);
	*trace = (struct trace){0};
}
