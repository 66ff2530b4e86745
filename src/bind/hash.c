/* livepost.hash: content keys (XXH3, 128 bits; not for secrets). */
#include "bind/state.h"

#include <lauxlib.h>
#include <stdio.h>
#include <xxhash.h>

/* of(string) → 32 hexadecimal digits. */
static int of(lua_State *L)
{
	size_t size = 0;
	const char *bytes = luaL_checklstring(L, 1, &size);
	XXH128_hash_t hash = XXH3_128bits(bytes, size);
	char digits[33];
	snprintf(digits, sizeof digits, "%016llx%016llx", (unsigned long long)hash.high64, (unsigned long long)hash.low64);
	lua_pushlstring(L, digits, 32);
	return 1;
}

int luaopen_livepost_hash(lua_State *L)
{
	static const luaL_Reg functions[] = { { "of", of }, { NULL, NULL } };
	luaL_newlib(L, functions);
	return 1;
}
