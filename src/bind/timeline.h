/* A timeline as a Lua table. Knows nothing of who asks for it. */
#ifndef LIVEPOST_BIND_TIMELINE_H
#define LIVEPOST_BIND_TIMELINE_H

#include <lua.h>

/* livepost.measure.timeline(trace [, options]); a lua_CFunction, described at its definition. */
int timeline_of_trace(lua_State *L);

#endif
