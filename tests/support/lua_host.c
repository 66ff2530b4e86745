/* A Lua interpreter with livepost's modules, for unit tests of the pipeline: lua-host FILE.lua [ARGUMENTS…]. */
#include "bind/state.h"

#include <lauxlib.h>
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
	if (argc < 2) {
		fprintf(stderr, "usage: lua-host FILE.lua [ARGUMENTS…]\n");
		return 2;
	}
	setenv("LIVEPOST_LUA", "src/pipeline", 0); /* run from the project's folder, on the files as they stand */
	lua_State *L = state_open();
	if (!L)
		return 1;
	/* Behind the pipeline's own files, those of tests/support can be required. */
	if (luaL_dostring(L, "package.path = 'tests/support/?.lua' "
	                     "table.insert(package.searchers, function(name)"
	                     "  local path = package.searchpath(name, package.path)"
	                     "  if path then return assert(loadfile(path)), path end"
	                     "  return \"no file for '\" .. name .. \"' in tests/support\" end)")) {
		fprintf(stderr, "lua-host: %s\n", lua_tostring(L, -1));
		return 1;
	}
	lua_createtable(L, argc, 0);
	for (int i = 1; i < argc; i++) {
		lua_pushstring(L, argv[i]);
		lua_rawseti(L, -2, i - 1);
	}
	lua_setglobal(L, "arg");
	int status = luaL_loadfile(L, argv[1]);
	if (status == LUA_OK)
		status = state_call(L, 0, 0);
	if (status != LUA_OK)
		fprintf(stderr, "lua-host: %s\n", luaL_tolstring(L, -1, NULL));
	lua_close(L);
	return status == LUA_OK ? 0 : 1;
}
