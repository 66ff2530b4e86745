/* Starts the pipeline with the command line and exits with what it says; the only file that exits. */
#include "bind/state.h"
#include "system/interrupt.h"

#include <fcntl.h>
#include <lauxlib.h>
#include <signal.h>
#include <stdio.h>

/* Were one of the three closed, the first file opened would take its number, and what we print would land there. Opened
   the wrong way round, so that using it is an error still. */
static void fill_standard_descriptors(void)
{
	for (int i = 0; i < 3; i++)
		if (fcntl(i, F_GETFD) < 0)
			open("/dev/null", i == 0 ? O_WRONLY : O_RDONLY);
}

int main(int argc, char **argv)
{
	fill_standard_descriptors();
	/* Numbers and sorting must not depend on whose machine this is: the C locale stays. A reader of our output that
	   has gone is an error of write, not a signal. */
	signal(SIGPIPE, SIG_IGN);
	interrupt_catch();
	lua_State *L = state_open();
	if (!L) {
		fputs("livepost: cannot start Lua: out of memory\n", stderr);
		return 1;
	}
	int code = 1;
	lua_getglobal(L, "require");
	lua_pushliteral(L, "main");
	int status = state_call(L, 1, 1);
	if (status == LUA_OK) {
		lua_createtable(L, argc, 0);
		for (int i = 1; i < argc; i++) {
			lua_pushstring(L, argv[i]);
			lua_rawseti(L, -2, i);
		}
		status = state_call(L, 1, 1);
	}
	if (status == LUA_OK)
		code = (int)lua_tointeger(L, -1);
	else
		fprintf(stderr, "livepost: %s\n", luaL_tolstring(L, -1, NULL));
	lua_close(L);
	return interrupt_signal() ? 128 + interrupt_signal() : code;
}
