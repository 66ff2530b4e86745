/* livepost.json: Lua values as JSON and back, by jansson; keys sorted, so that the same value is the same bytes. */
#include "bind/state.h"

#include <jansson.h>
#include <lauxlib.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

enum { DEEPEST = 64 };

/* The metatable that makes an empty table an array; decoded empty arrays have it. */
static const char ARRAY[] = "livepost.json.array";

/* The JSON value on its way stays in a userdata, so that a Lua error frees it. */
struct holder {
	json_t *value;
	char *text;
};

static int free_holder(lua_State *L)
{
	struct holder *holder = lua_touserdata(L, 1);
	json_decref(holder->value);
	free(holder->text);
	*holder = (struct holder){0};
	return 0;
}

static struct holder *push_holder(lua_State *L)
{
	struct holder *holder = lua_newuserdatauv(L, sizeof *holder, 0);
	*holder = (struct holder){0};
	if (luaL_newmetatable(L, "livepost.json.holder")) {
		lua_pushcfunction(L, free_holder);
		lua_setfield(L, -2, "__gc");
	}
	lua_setmetatable(L, -2);
	return holder;
}

static json_t *encode_value(lua_State *L, int index, int depth);

static json_t *encode_table(lua_State *L, int index, int depth)
{
	if (depth > DEEPEST)
		luaL_error(L, "json: nested deeper than %d levels", DEEPEST);
	luaL_checkstack(L, 8, "json");
	lua_Integer count = luaL_len(L, index);
	/* Every container is anchored in a holder while its members are made: a member may throw. */
	struct holder *holder = push_holder(L);
	int anchor = lua_gettop(L);
	bool as_array = count > 0 || luaL_getmetafield(L, index, "__array") != LUA_TNIL;
	lua_settop(L, anchor);
	if (as_array) {
		holder->value = json_array();
		for (lua_Integer i = 1; i <= count; i++) {
			lua_geti(L, index, i);
			json_array_append_new(holder->value, encode_value(L, lua_gettop(L), depth + 1));
			lua_settop(L, anchor);
		}
	} else {
		holder->value = json_object();
		lua_pushnil(L);
		while (lua_next(L, index)) {
			if (lua_type(L, -2) != LUA_TSTRING)
				luaL_error(L, "json: a table has keys that are neither 1…n nor strings");
			const char *key = lua_tostring(L, -2);
			if (json_object_set_new(holder->value, key, encode_value(L, lua_gettop(L), depth + 1)))
				luaL_error(L, "json: key is not UTF-8");
			lua_settop(L, anchor + 1);
		}
	}
	json_t *value = json_incref(holder->value);
	lua_settop(L, anchor - 1);
	return value;
}

static json_t *encode_value(lua_State *L, int index, int depth)
{
	switch (lua_type(L, index)) {
	case LUA_TNIL: return json_null();
	case LUA_TBOOLEAN: return json_boolean(lua_toboolean(L, index));
	case LUA_TNUMBER:
		if (lua_isinteger(L, index))
			return json_integer(lua_tointeger(L, index));
		if (!isfinite(lua_tonumber(L, index)))
			luaL_error(L, "json: not a finite number");
		return json_real(lua_tonumber(L, index));
	case LUA_TSTRING: {
		size_t size = 0;
		const char *text = lua_tolstring(L, index, &size);
		json_t *string = json_stringn(text, size);
		if (!string)
			luaL_error(L, "json: a string is not UTF-8");
		return string;
	}
	case LUA_TTABLE: return encode_table(L, index, depth);
	default: luaL_error(L, "json: cannot encode a %s", luaL_typename(L, index)); return NULL;
	}
}

/* encode(value [, indent]) → JSON text with sorted keys. An empty table is an object unless its metatable has
   __array. Throws for what JSON cannot say. */
static int encode(lua_State *L)
{
	luaL_checkany(L, 1);
	int indent = (int)luaL_optinteger(L, 2, 0);
	luaL_argcheck(L, indent >= 0 && indent <= 31, 2, "0 to 31 expected");
	lua_settop(L, 1);
	struct holder *holder = push_holder(L);
	holder->value = encode_value(L, 1, 0);
	holder->text = json_dumps(holder->value, JSON_SORT_KEYS | JSON_ENCODE_ANY | (indent ? JSON_INDENT(indent) : JSON_COMPACT));
	if (!holder->text)
		return luaL_error(L, "json: cannot encode");
	lua_pushstring(L, holder->text);
	return 1;
}

static void push_value(lua_State *L, const json_t *value)
{
	luaL_checkstack(L, 4, "json");
	switch (json_typeof(value)) {
	case JSON_OBJECT: {
		const char *key = NULL;
		json_t *member = NULL;
		lua_createtable(L, 0, (int)json_object_size(value));
		json_object_foreach((json_t *)value, key, member) {
			push_value(L, member);
			lua_setfield(L, -2, key);
		}
		break;
	}
	case JSON_ARRAY:
		lua_createtable(L, (int)json_array_size(value), 0);
		if (!json_array_size(value))
			luaL_setmetatable(L, ARRAY);
		for (size_t i = 0; i < json_array_size(value); i++) {
			push_value(L, json_array_get(value, i));
			lua_rawseti(L, -2, (lua_Integer)i + 1);
		}
		break;
	case JSON_STRING: lua_pushlstring(L, json_string_value(value), json_string_length(value)); break;
	case JSON_INTEGER: lua_pushinteger(L, json_integer_value(value)); break;
	case JSON_REAL: lua_pushnumber(L, json_real_value(value)); break;
	case JSON_TRUE: lua_pushboolean(L, 1); break;
	case JSON_FALSE: lua_pushboolean(L, 0); break;
	case JSON_NULL: lua_pushnil(L); break;
	}
}

/* decode(text) → value, or nil and "line:column: message". */
static int decode(lua_State *L)
{
	size_t size = 0;
	const char *text = luaL_checklstring(L, 1, &size);
	lua_settop(L, 1);
	struct holder *holder = push_holder(L);
	json_error_t error;
	holder->value = json_loadb(text, size, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY | JSON_ALLOW_NUL, &error);
	if (!holder->value) {
		lua_pushnil(L);
		lua_pushfstring(L, "%d:%d: %s", error.line, error.column, error.text);
		return 2;
	}
	push_value(L, holder->value);
	return 1;
}

/* array(table) → the same table, an array in JSON even when it is empty. */
static int array(lua_State *L)
{
	luaL_checktype(L, 1, LUA_TTABLE);
	lua_settop(L, 1);
	luaL_setmetatable(L, ARRAY);
	return 1;
}

int luaopen_livepost_json(lua_State *L)
{
	static const luaL_Reg functions[] = {
		{ "array", array }, { "encode", encode }, { "decode", decode }, { NULL, NULL },
	};
	if (luaL_newmetatable(L, ARRAY)) {
		lua_pushboolean(L, 1);
		lua_setfield(L, -2, "__array");
	}
	luaL_newlib(L, functions);
	return 1;
}
