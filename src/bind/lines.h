/* Where in the code time was spent, as a Lua table. */
#ifndef LIVEPOST_BIND_LINES_H
#define LIVEPOST_BIND_LINES_H

#include "measure/lines.h"

#include <lua.h>

/* Pushes the table of bind/lines.c, or nil and why the traces make no sense; returns how many values. Takes the plan's
   programs and root from the table of options at that index, 0 for none. */
int lines_push(lua_State *L, struct lines_plan *plan, int options);

#endif
