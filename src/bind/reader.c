/* livepost.reader: the script that adds to pages what a reader can do with figures, as it is published. */
#include "bind/state.h"

#include <lauxlib.h>
#include <stdint.h>

/* Made of src/reader/ by the Makefile. */
extern const char reader_script[];
extern const uint64_t reader_script_size;

/* script: its bytes. */
int luaopen_livepost_reader(lua_State *L)
{
	lua_createtable(L, 0, 1);
	lua_pushlstring(L, reader_script, (size_t)reader_script_size);
	lua_setfield(L, -2, "script");
	return 1;
}
