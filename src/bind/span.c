/* livepost.span: livepost's own work as spans of its timeline, for who runs livepost under livepost. Anywhere else nothing. */
#include "bind/state.h"

#include "probe/livepost.h"

#include <lauxlib.h>

static void leave(lua_State *L)
{
	(void)L;
	struct livepost_span entered = { 1 };
	livepost_span_leave(&entered);
}

/* within(name, function, …) → what the function returns; a span of this name lasts as long as it runs. An error in it
   passes on as it is, and ends the span, too. */
static int within(lua_State *L)
{
	const char *name = luaL_checkstring(L, 1);
	luaL_checktype(L, 2, LUA_TFUNCTION);
	livepost_span_enter(name);
	int status = lua_pcall(L, lua_gettop(L) - 2, LUA_MULTRET, 0);
	leave(L);
	if (status != LUA_OK)
		return lua_error(L);
	return lua_gettop(L) - 1;
}

int luaopen_livepost_span(lua_State *L)
{
	static const luaL_Reg functions[] = { { "within", within }, { NULL, NULL } };
	luaL_newlib(L, functions);
	return 1;
}
