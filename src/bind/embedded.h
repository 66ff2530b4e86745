/* The pipeline's Lua files as they stand in the binary; the table is made by the Makefile. */
#ifndef LIVEPOST_BIND_EMBEDDED_H
#define LIVEPOST_BIND_EMBEDDED_H

#include <stddef.h>

struct embedded_file {
	const char *name; /* "stage/cells": the path below src/pipeline without ".lua" */
	const char *start, *end;
};

extern const struct embedded_file embedded_files[];
extern const size_t embedded_file_count;

#endif
