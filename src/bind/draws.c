/* livepost.draws: draws of n values from themselves, with replacement, of which only the middle is asked. Knows no values. */
#include "bind/state.h"

#include <lauxlib.h>
#include <stdint.h>
#include <string.h>

/* xorshift64* of Vigna (2016), as base/statistics.lua has it: a number from 0 to n - 1, of the upper bits. */
static uint64_t next_below(uint64_t *state, uint64_t n)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return ((*state * 0x2545F4914F6CDD1D) >> 32) * n >> 32;
}

/* middles(state, n, count) → a list of two numbers for each of so many draws, the places (from 1) of the two in the middle of n
   sorted values, the same one twice where n is odd; and the state behind them. state: not 0; n: from 1 to 2^31. */
static int middles(lua_State *L)
{
	uint64_t state = (uint64_t)luaL_checkinteger(L, 1);
	lua_Integer n = luaL_checkinteger(L, 2), count = luaL_checkinteger(L, 3);
	luaL_argcheck(L, state, 1, "a state other than 0 is expected");
	luaL_argcheck(L, n >= 1 && n <= INT32_MAX, 2, "1 to 2^31 values are expected");
	luaL_argcheck(L, count >= 0 && count <= INT32_MAX / 2, 3, "a number of draws is expected");
	uint32_t *drawn = lua_newuserdatauv(L, (size_t)n * sizeof *drawn, 0);
	lua_createtable(L, (int)count * 2, 0);
	for (lua_Integer k = 0; k < count; k++) {
		memset(drawn, 0, (size_t)n * sizeof *drawn);
		for (lua_Integer i = 0; i < n; i++)
			drawn[next_below(&state, (uint64_t)n)]++;
		lua_Integer seen = 0, first = -1, at = -1;
		while (seen < n / 2 + 1) {
			seen += drawn[++at];
			if (first < 0 && seen >= (n + 1) / 2)
				first = at;
		}
		lua_pushinteger(L, first + 1);
		lua_rawseti(L, -2, 2 * k + 1);
		lua_pushinteger(L, at + 1);
		lua_rawseti(L, -2, 2 * k + 2);
	}
	lua_pushinteger(L, (lua_Integer)state);
	return 2;
}

int luaopen_livepost_draws(lua_State *L)
{
	static const luaL_Reg functions[] = { { "middles", middles }, { NULL, NULL } };
	luaL_newlib(L, functions);
	return 1;
}
