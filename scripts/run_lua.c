/* Runs a Lua file while the tool itself is still being built: run-lua FILE [ARGUMENTS…]. */
#include <lauxlib.h>
#include <lualib.h>
#include <stdbool.h>
#include <stdio.h>

int main(int count, char **words)
{
	lua_State *L = luaL_newstate();
	if (!L || count < 2)
		return 2;
	luaL_openlibs(L);
	lua_newtable(L);
	for (int i = 1; i < count; i++) {
		lua_pushstring(L, words[i]);
		lua_rawseti(L, -2, i - 1);
	}
	lua_setglobal(L, "arg");
	bool failed = luaL_dofile(L, words[1]);
	if (failed)
		fprintf(stderr, "%s\n", lua_tostring(L, -1));
	lua_close(L);
	return failed;
}
