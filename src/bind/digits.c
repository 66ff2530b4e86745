/* livepost.digits: lists of whole numbers as lines of text in which small numbers take little room, and back: five bits a
   character, the lowest first, each character but a number's last with a sixth bit set, the sign in the lowest bit of all (as
   the mappings of source maps have it). Knows not what the numbers mean. */
#include "bind/state.h"

#include <lauxlib.h>
#include <stdint.h>
#include <string.h>

static const char ALPHABET[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

enum {
	LINE = 100,	    /* characters, or a few more */
	NONE = 0xff,	    /* what is no character of the alphabet */
	LONGEST = 13,	    /* characters of a number */
	HIGHEST_SHIFT = 60, /* of its last five bits */
};

/* encode(numbers) → lines. */
static int encode(lua_State *L)
{
	luaL_checktype(L, 1, LUA_TTABLE);
	lua_settop(L, 1);
	lua_Integer count = luaL_len(L, 1), lines = 0;
	char line[LINE + LONGEST];
	size_t used = 0;
	lua_newtable(L);
	for (lua_Integer i = 1; i <= count; i++) {
		lua_geti(L, 1, i);
		int is_integer = 0;
		lua_Integer number = lua_tointegerx(L, -1, &is_integer);
		luaL_argcheck(L, is_integer, 1, "whole numbers are expected");
		lua_pop(L, 1);
		uint64_t rest = number < 0 ? (0 - (uint64_t)number) << 1 | 1 : (uint64_t)number << 1;
		do {
			unsigned five = rest & 31;
			rest >>= 5;
			line[used++] = ALPHABET[rest ? five | 32 : five];
		} while (rest);
		if (used >= LINE || i == count) {
			lua_pushlstring(L, line, used);
			lua_rawseti(L, -2, ++lines);
			used = 0;
		}
	}
	return 1;
}

/* decode(lines) → numbers, or nil where a line is no text of such characters. */
static int decode(lua_State *L)
{
	luaL_checktype(L, 1, LUA_TTABLE);
	lua_settop(L, 1);
	unsigned char value_of[256];
	memset(value_of, NONE, sizeof value_of);
	for (unsigned i = 0; i < sizeof ALPHABET - 1; i++)
		value_of[(unsigned char)ALPHABET[i]] = (unsigned char)i;
	lua_Integer lines = luaL_len(L, 1), count = 0;
	uint64_t number = 0;
	unsigned shift = 0;
	size_t characters = 0;
	for (lua_Integer k = 1; k <= lines; k++) {
		if (lua_geti(L, 1, k) != LUA_TSTRING)
			goto none;
		characters += lua_rawlen(L, -1);
		lua_pop(L, 1);
	}
	lua_createtable(L, characters / 2 < INT32_MAX ? (int)(characters / 2) : 0, 0);
	for (lua_Integer k = 1; k <= lines; k++) {
		lua_geti(L, 1, k);
		size_t size = 0;
		const char *line = lua_tolstring(L, -1, &size);
		for (size_t i = 0; i < size; i++) {
			unsigned six = value_of[(unsigned char)line[i]];
			if (six == NONE || shift > HIGHEST_SHIFT)
				goto none;
			number |= (uint64_t)(six & 31) << shift;
			shift += 5;
			if (six & 32)
				continue;
			uint64_t positive = number >> 1;
			lua_pushinteger(L, (lua_Integer)(number & 1 ? 0 - positive : positive));
			lua_rawseti(L, 2, ++count);
			number = shift = 0;
		}
		lua_pop(L, 1);
	}
	if (shift)
		goto none;
	return 1;
none:
	lua_pushnil(L);
	return 1;
}

int luaopen_livepost_digits(lua_State *L)
{
	static const luaL_Reg functions[] = { { "encode", encode }, { "decode", decode }, { NULL, NULL } };
	luaL_newlib(L, functions);
	return 1;
}
