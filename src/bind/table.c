/* Fields of the Lua table on top of the stack. */
#include "bind/table.h"

void table_set_integer(lua_State *L, const char *field, uint64_t value)
{
	lua_pushinteger(L, value > INT64_MAX ? INT64_MAX : (lua_Integer)value);
	lua_setfield(L, -2, field);
}

void table_set_string(lua_State *L, const char *field, const char *value)
{
	if (!value)
		return;
	lua_pushstring(L, value);
	lua_setfield(L, -2, field);
}
