/* A trace as a Lua value. Knows nothing of who records it or what is made of it. */
#ifndef LIVEPOST_BIND_TRACE_H
#define LIVEPOST_BIND_TRACE_H

#include "measure/trace.h"

#include <lua.h>

/* Pushes a new userdata that owns an empty trace and frees what is put into it when Lua collects it; the pointer is
   good while the userdata lives. Raises a Lua error only when Lua is out of memory, before anything is acquired. */
struct trace *trace_push(lua_State *L);
/* The trace at `index`; raises an argument error for anything else. */
struct trace *trace_check(lua_State *L, int index);

#endif
