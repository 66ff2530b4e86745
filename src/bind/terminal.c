/* livepost.terminal: what the person at the terminal sees, and when. */
#include "bind/state.h"

#include "system/clock.h"

#include <lauxlib.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* print(text) → true, or nil and a message: to standard output, as it is. */
static int print_out(lua_State *L)
{
	size_t size = 0;
	const char *text = luaL_checklstring(L, 1, &size);
	if (fwrite(text, 1, size, stdout) != size || fflush(stdout))
		return luaL_fileresult(L, 0, "standard output");
	lua_pushboolean(L, 1);
	return 1;
}

/* tell(text): to standard error, as it is. */
static int tell(lua_State *L)
{
	size_t size = 0;
	const char *text = luaL_checklstring(L, 1, &size);
	fwrite(text, 1, size, stderr);
	return 0;
}

/* width() → columns of the terminal on standard error, or nil when it is not one. */
static int width(lua_State *L)
{
	struct winsize size = {0};
	if (!isatty(STDERR_FILENO))
		return 0;
	bool known = !ioctl(STDERR_FILENO, TIOCGWINSZ, &size) && size.ws_col;
	lua_pushinteger(L, known ? size.ws_col : 80);
	return 1;
}

/* now_ns() → CLOCK_MONOTONIC. */
static int now_ns(lua_State *L)
{
	lua_pushinteger(L, (lua_Integer)clock_now_ns());
	return 1;
}

int luaopen_livepost_terminal(lua_State *L)
{
	static const luaL_Reg functions[] = {
		{ "now_ns", now_ns }, { "print", print_out }, { "tell", tell }, { "width", width }, { NULL, NULL },
	};
	luaL_newlib(L, functions);
	return 1;
}
