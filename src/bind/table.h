/* Fields of the Lua table on top of the stack. Knows no module. */
#ifndef LIVEPOST_BIND_TABLE_H
#define LIVEPOST_BIND_TABLE_H

#include <lua.h>
#include <stdint.h>

/* What no Lua integer holds becomes the largest one. */
void table_set_integer(lua_State *L, const char *field, uint64_t value);
/* Leaves the field out where value is NULL. */
void table_set_string(lua_State *L, const char *field, const char *value);

#endif
