/* livepost.json: Lua values as JSON and back, which jansson reads; keys sorted, so that the same value is the same bytes. */
#include "bind/json_text.h"
#include "bind/state.h"

#include <jansson.h>
#include <lauxlib.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { DEEPEST = 64 };

/* The metatable that makes an empty table an array; decoded empty arrays have it. */
static const char ARRAY[] = "livepost.json.array";

/* What is on its way stays in a userdata, so that a Lua error frees it. */
struct holder {
	json_t *value;
	struct buffer text;
};

static int free_holder(lua_State *L)
{
	struct holder *holder = lua_touserdata(L, 1);
	json_decref(holder->value);
	buffer_free(&holder->text);
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

/* Where encode writes: so many spaces deeper for each level, or everything on one line. */
struct encoder {
	struct buffer *text;
	int indent;
};

/* A key of a table, which keeps its bytes. */
struct key {
	const char *text;
	size_t size;
};

static int compare_keys(const void *a, const void *b)
{
	const struct key *one = a, *other = b;
	int order = memcmp(one->text, other->text, one->size < other->size ? one->size : other->size);
	return order ? order : (one->size > other->size) - (one->size < other->size);
}

static void add_line(struct encoder *encoder, int depth)
{
	if (!encoder->indent)
		return;
	buffer_add(encoder->text, "\n", 1);
	for (int i = 0; i < depth * encoder->indent; i++)
		buffer_add(encoder->text, " ", 1);
}

static void encode_value(lua_State *L, struct encoder *encoder, int depth);

static void encode_array(lua_State *L, struct encoder *encoder, lua_Integer count, int depth)
{
	buffer_add(encoder->text, "[", 1);
	for (lua_Integer i = 1; i <= count; i++) {
		if (i > 1)
			buffer_add(encoder->text, ",", 1);
		add_line(encoder, depth + 1);
		lua_geti(L, -1, i);
		encode_value(L, encoder, depth + 1);
		lua_pop(L, 1);
	}
	if (count)
		add_line(encoder, depth);
	buffer_add(encoder->text, "]", 1);
}

/* Puts the sorted keys of the table on top of the stack into a userdata, which it pushes: they are valid while both stay. */
static const struct key *push_keys(lua_State *L, size_t *count)
{
	size_t capacity = 0;
	*count = 0;
	for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1))
		capacity++;
	struct key *keys = lua_newuserdatauv(L, (capacity ? capacity : 1) * sizeof *keys, 0);
	for (lua_pushnil(L); lua_next(L, -3); lua_pop(L, 1)) {
		if (lua_type(L, -2) != LUA_TSTRING)
			luaL_error(L, "json: a table has keys that are neither 1…n nor strings");
		keys[*count].text = lua_tolstring(L, -2, &keys[*count].size);
		++*count;
	}
	qsort(keys, *count, sizeof *keys, compare_keys);
	return keys;
}

enum { FEW_KEYS = 16 };

static void encode_members(lua_State *L, struct encoder *encoder, const struct key *keys, size_t count, int table, int depth)
{
	for (size_t i = 0; i < count; i++) {
		if (i)
			buffer_add(encoder->text, ",", 1);
		add_line(encoder, depth + 1);
		if (!add_json_string(encoder->text, keys[i].text, keys[i].size))
			luaL_error(L, "json: key is not UTF-8");
		buffer_add(encoder->text, ": ", encoder->indent ? 2 : 1);
		lua_pushlstring(L, keys[i].text, keys[i].size);
		lua_rawget(L, table);
		encode_value(L, encoder, depth + 1);
		lua_pop(L, 1);
	}
	if (count)
		add_line(encoder, depth);
}

/* The table is on top of the stack. Most have few keys, for which no memory is asked. */
static void encode_object(lua_State *L, struct encoder *encoder, int depth)
{
	int table = lua_gettop(L);
	struct key few[FEW_KEYS];
	size_t count = 0;
	buffer_add(encoder->text, "{", 1);
	lua_pushnil(L);
	while (count < FEW_KEYS && lua_next(L, table)) {
		if (lua_type(L, -2) != LUA_TSTRING)
			luaL_error(L, "json: a table has keys that are neither 1…n nor strings");
		struct key key = { 0 };
		key.text = lua_tolstring(L, -2, &key.size);
		size_t at = count++;
		for (; at > 0 && compare_keys(&key, &few[at - 1]) < 0; at--)
			few[at] = few[at - 1];
		few[at] = key;
		lua_pop(L, 1);
	}
	lua_settop(L, table);
	if (count < FEW_KEYS) {
		encode_members(L, encoder, few, count, table, depth);
	} else {
		const struct key *keys = push_keys(L, &count);
		encode_members(L, encoder, keys, count, table, depth);
		lua_settop(L, table);
	}
	buffer_add(encoder->text, "}", 1);
}

static void encode_table(lua_State *L, struct encoder *encoder, int depth)
{
	if (depth > DEEPEST)
		luaL_error(L, "json: nested deeper than %d levels", DEEPEST);
	luaL_checkstack(L, 8, "json");
	lua_Integer count = luaL_len(L, -1);
	bool as_array = count > 0;
	if (!as_array && luaL_getmetafield(L, -1, "__array") != LUA_TNIL) {
		lua_pop(L, 1);
		as_array = true;
	}
	if (as_array)
		encode_array(L, encoder, count, depth);
	else
		encode_object(L, encoder, depth);
}

/* Writes the value on top of the stack, and leaves it there. */
static void encode_value(lua_State *L, struct encoder *encoder, int depth)
{
	switch (lua_type(L, -1)) {
	case LUA_TNIL: buffer_add(encoder->text, "null", 4); return;
	case LUA_TBOOLEAN: buffer_add_string(encoder->text, lua_toboolean(L, -1) ? "true" : "false"); return;
	case LUA_TNUMBER:
		if (lua_isinteger(L, -1)) {
			add_json_integer(encoder->text, lua_tointeger(L, -1));
			return;
		}
		if (!isfinite(lua_tonumber(L, -1)))
			luaL_error(L, "json: not a finite number");
		add_json_real(encoder->text, lua_tonumber(L, -1));
		return;
	case LUA_TSTRING: {
		size_t size = 0;
		const char *text = lua_tolstring(L, -1, &size);
		if (!add_json_string(encoder->text, text, size))
			luaL_error(L, "json: a string is not UTF-8");
		return;
	}
	case LUA_TTABLE: encode_table(L, encoder, depth); return;
	default: luaL_error(L, "json: cannot encode a %s", luaL_typename(L, -1));
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
	struct encoder encoder = { &holder->text, indent };
	lua_pushvalue(L, 1);
	encode_value(L, &encoder, 0);
	lua_pushlstring(L, holder->text.data, holder->text.size);
	/* At once: the collector does not see how large it is. */
	buffer_free(&holder->text);
	holder->text = (struct buffer){0};
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
	json_decref(holder->value);
	holder->value = NULL;
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
