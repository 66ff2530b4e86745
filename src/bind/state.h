/* Makes the Lua state that the pipeline runs in: the C modules, the embedded Lua, and protected calls into it. */
#ifndef LIVEPOST_BIND_STATE_H
#define LIVEPOST_BIND_STATE_H

#include <lua.h>

/* A state with Lua's own libraries, the modules `livepost.*`, and a `require` that finds the pipeline's files in the
   binary, or in the folder that LIVEPOST_LUA names. Owned by the caller (lua_close). NULL when out of memory. */
lua_State *state_open(void);

/* lua_pcall with a traceback handler; an error value that is a table (a problem already told) is left as it is. */
int state_call(lua_State *L, int argument_count, int result_count);

/* The C modules. */
int luaopen_livepost_digits(lua_State *L);
int luaopen_livepost_draws(lua_State *L);
int luaopen_livepost_deadline(lua_State *L);
int luaopen_livepost_file(lua_State *L);
int luaopen_livepost_hash(lua_State *L);
int luaopen_livepost_json(lua_State *L);
int luaopen_livepost_measure(lua_State *L);
int luaopen_livepost_memory(lua_State *L);
int luaopen_livepost_post(lua_State *L);
int luaopen_livepost_process(lua_State *L);
int luaopen_livepost_reader(lua_State *L);
int luaopen_livepost_span(lua_State *L);
int luaopen_livepost_terminal(lua_State *L);
int luaopen_livepost_text(lua_State *L);
int luaopen_livepost_trace_events(lua_State *L);

#endif
