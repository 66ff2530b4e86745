/* measure.lines, for the module livepost.measure. */
#ifndef LIVEPOST_BIND_LINES_H
#define LIVEPOST_BIND_LINES_H

#include <lua.h>

/* lines(sampled, waited [, options]): see lines.c. */
int lines_of_traces(lua_State *L);

#endif
