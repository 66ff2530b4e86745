/* One node of a document as a Lua value: its fields, its attributes, and where it stands. Decides nothing. */
#include "bind/node.h"

#include <lauxlib.h>
#include <stdlib.h>
#include <string.h>

#define NODE "livepost.node"

void node_push(lua_State *L, int document_index, cmark_node *node)
{
	if (!node) {
		lua_pushnil(L);
		return;
	}
	document_index = lua_absindex(L, document_index);
	struct document *document = *(struct document **)lua_touserdata(L, document_index);
	lua_getiuservalue(L, document_index, 1);
	if (lua_rawgetp(L, -1, node) == LUA_TNIL) {
		lua_pop(L, 1);
		struct node_handle *handle = lua_newuserdatauv(L, sizeof *handle, 1);
		*handle = (struct node_handle){node, document};
		luaL_setmetatable(L, NODE);
		lua_pushvalue(L, document_index);
		lua_setiuservalue(L, -2, 1);
		lua_pushvalue(L, -1);
		lua_rawsetp(L, -3, node);
	}
	lua_remove(L, -2);
}

struct node_handle *node_check(lua_State *L, int argument)
{
	return luaL_checkudata(L, argument, NODE);
}

/* Pushes the node's document and returns where it is. */
static int push_document(lua_State *L, int node)
{
	lua_getiuservalue(L, node, 1);
	return lua_gettop(L);
}

static const char *check_text(lua_State *L, int argument)
{
	size_t size = 0;
	const char *text = luaL_checklstring(L, argument, &size);
	luaL_argcheck(L, strlen(text) == size, argument, "text holds no NUL");
	return text;
}

int node_raise(lua_State *L, const struct error *err)
{
	return luaL_error(L, "%s", err->text);
}

/* A node, or a string as the text that it is. */
static cmark_node *to_node(lua_State *L, int index, struct document *document, cmark_node *at)
{
	struct error err = {0};
	if (lua_type(L, index) == LUA_TSTRING || lua_type(L, index) == LUA_TNUMBER) {
		const char *text = check_text(L, index);
		cmark_node *node = tree_new(document, "text", at, &err);
		if (!node || !tree_set_text(document, node, TREE_LITERAL, text, &err))
			node_raise(L, &err);
		return node;
	}
	struct node_handle *handle = luaL_testudata(L, index, NODE);
	if (!handle) {
		luaL_error(L, "a node or a string is expected, not a %s", luaL_typename(L, index));
		return NULL;
	}
	if (handle->document != document)
		luaL_error(L, "this node is another document's");
	return handle->node;
}

cmark_node *node_put_all(lua_State *L, int index, enum tree_place place, struct document *document, cmark_node *at)
{
	struct error err = {0};
	if (!lua_istable(L, index)) {
		cmark_node *node = to_node(L, index, document, at);
		if (!tree_put(document, node, place, at, &err))
			node_raise(L, &err);
		return node;
	}
	lua_Integer count = (lua_Integer)lua_rawlen(L, index);
	cmark_node *last = at;
	for (lua_Integer i = 1; i <= count; i++) {
		lua_rawgeti(L, index, i);
		cmark_node *node = to_node(L, -1, document, at);
		enum tree_place where = last == at ? place : place == TREE_LAST ? TREE_LAST : TREE_AFTER;
		if (!tree_put(document, node, where, where == TREE_AFTER && last != at ? last : at, &err))
			node_raise(L, &err);
		last = node;
		lua_pop(L, 1);
	}
	return last;
}

/* node:append(x), node:prepend(x), node:before(x), node:after(x) → node; x: a node, a string, or a list of these */
static int put(lua_State *L, enum tree_place place)
{
	struct node_handle *handle = node_check(L, 1);
	luaL_checkany(L, 2);
	node_put_all(L, 2, place, handle->document, handle->node);
	lua_settop(L, 1);
	return 1;
}

static int append(lua_State *L)
{
	return put(L, TREE_LAST);
}

static int prepend(lua_State *L)
{
	return put(L, TREE_FIRST);
}

static int insert_before(lua_State *L)
{
	return put(L, TREE_BEFORE);
}

static int insert_after(lua_State *L)
{
	return put(L, TREE_AFTER);
}

/* node:remove() → node */
static int remove_node(lua_State *L)
{
	struct node_handle *handle = node_check(L, 1);
	tree_remove(handle->document, handle->node);
	lua_settop(L, 1);
	return 1;
}

/* node:replace(x) */
static int replace_node(lua_State *L)
{
	struct node_handle *handle = node_check(L, 1);
	struct error err = {0};
	luaL_checkany(L, 2);
	luaL_argcheck(L, cmark_node_parent(handle->node), 1, "a node that stands nowhere cannot be replaced");
	/* The node may be part of what replaces it: something else keeps its place. */
	cmark_node *mark = tree_new(handle->document, cmark_node_get_type(handle->node) == CMARK_NODE_ITEM ? "item"
	                            : cmark_node_get_type(handle->node) <= CMARK_NODE_LAST_BLOCK ? "thematic_break"
	                                                                                         : "softbreak",
	                            handle->node, &err);
	if (!mark || !tree_put(handle->document, mark, TREE_BEFORE, handle->node, &err))
		return node_raise(L, &err);
	tree_remove(handle->document, handle->node);
	node_put_all(L, 2, TREE_AFTER, handle->document, mark);
	tree_remove(handle->document, mark);
	return 0;
}

void node_push_children(lua_State *L, int document_index, cmark_node *node)
{
	document_index = lua_absindex(L, document_index);
	lua_newtable(L);
	lua_Integer count = 0;
	for (cmark_node *child = cmark_node_first_child(node); child; child = cmark_node_next(child)) {
		node_push(L, document_index, child);
		lua_rawseti(L, -2, ++count);
	}
}

/* node:children() → list */
static int list_children(lua_State *L)
{
	struct node_handle *handle = node_check(L, 1);
	int document = push_document(L, 1);
	node_push_children(L, document, handle->node);
	return 1;
}

/* node:get(name) → string or nil */
static int get_attribute(lua_State *L)
{
	struct node_handle *handle = node_check(L, 1);
	lua_pushstring(L, tree_attribute(handle->node, luaL_checkstring(L, 2)));
	return 1;
}

static const char *attribute_value(lua_State *L, int index)
{
	if (lua_type(L, index) == LUA_TBOOLEAN)
		return lua_toboolean(L, index) ? "" : NULL;
	return lua_isnoneornil(L, index) ? NULL : check_text(L, index);
}

/* node:set(name, string, number, boolean or nil) → node */
static int set_attribute(lua_State *L)
{
	struct node_handle *handle = node_check(L, 1);
	struct error err = {0};
	if (!tree_set_attribute(handle->document, handle->node, check_text(L, 2), attribute_value(L, 3), &err))
		return node_raise(L, &err);
	lua_settop(L, 1);
	return 1;
}

/* node:attributes() → list of { name, value } */
static int list_attributes(lua_State *L)
{
	struct node_handle *handle = node_check(L, 1);
	lua_newtable(L);
	const char *name = NULL, *value = NULL;
	for (size_t i = 0; tree_attribute_at(handle->node, i, &name, &value); i++) {
		lua_createtable(L, 2, 0);
		lua_pushstring(L, name);
		lua_rawseti(L, -2, 1);
		lua_pushstring(L, value);
		lua_rawseti(L, -2, 2);
		lua_rawseti(L, -2, (lua_Integer)i + 1);
	}
	return 1;
}

/* node:plain() → string */
static int plain(lua_State *L)
{
	struct node_handle *handle = node_check(L, 1);
	char *text = tree_plain(handle->node);
	lua_pushstring(L, text);
	free(text);
	return 1;
}

/* node:lines() → list of { text, line, column, lazy }, empty for what was not parsed from lines of its own */
static int list_lines(lua_State *L)
{
	struct node_handle *handle = node_check(L, 1);
	struct tree_line *lines = NULL;
	char *held = NULL;
	size_t count = tree_lines(handle->document, handle->node, &lines, &held);
	lua_createtable(L, (int)count, 0);
	for (size_t i = 0; i < count; i++) {
		lua_createtable(L, 0, 4);
		lua_pushlstring(L, lines[i].text, lines[i].size);
		lua_setfield(L, -2, "text");
		lua_pushinteger(L, lines[i].line);
		lua_setfield(L, -2, "line");
		lua_pushinteger(L, lines[i].column);
		lua_setfield(L, -2, "column");
		lua_pushboolean(L, lines[i].is_lazy);
		lua_setfield(L, -2, "lazy");
		lua_rawseti(L, -2, (lua_Integer)i + 1);
	}
	free(lines);
	free(held);
	return 1;
}

static const struct {
	const char *name;
	enum tree_text which;
} texts[] = {{"text", TREE_LITERAL}, {"info", TREE_INFO}, {"url", TREE_URL}, {"title", TREE_TITLE}};

static const struct {
	const char *name;
	enum tree_number which;
} numbers[] = {{"level", TREE_LEVEL}, {"start", TREE_START}, {"tight", TREE_IS_TIGHT}, {"ordered", TREE_IS_ORDERED}};

static bool push_relative(lua_State *L, const struct node_handle *handle, const char *name)
{
	static const struct {
		const char *name;
		cmark_node *(*find)(cmark_node *node);
	} relatives[] = {
		{"parent", cmark_node_parent}, {"first", cmark_node_first_child}, {"last", cmark_node_last_child},
		{"next", cmark_node_next}, {"previous", cmark_node_previous},
	};
	for (size_t i = 0; i < sizeof relatives / sizeof *relatives; i++) {
		if (strcmp(relatives[i].name, name) == 0) {
			node_push(L, push_document(L, 1), relatives[i].find(handle->node));
			return true;
		}
	}
	return false;
}

static bool push_position(lua_State *L, const struct node_handle *handle, const char *name)
{
	bool is_end = strncmp(name, "end_", 4) == 0;
	const char *which = is_end ? name + 4 : name;
	if (strcmp(which, "line") != 0 && strcmp(which, "column") != 0)
		return false;
	struct tree_range range = is_end ? tree_range(handle->document, handle->node) : tree_start(handle->document, handle->node);
	int line = is_end ? range.end_line : range.line, column = is_end ? range.end_column : range.column;
	int value = *which == 'l' ? line : column;
	if (value > 0)
		lua_pushinteger(L, value);
	else
		lua_pushnil(L);
	return true;
}

/* Fields, then the methods of the upvalue. */
static int get_field(lua_State *L)
{
	struct node_handle *handle = node_check(L, 1);
	const char *name = luaL_checkstring(L, 2);
	if (strcmp(name, "kind") == 0) {
		lua_pushstring(L, tree_kind(handle->node));
		return 1;
	}
	if (strcmp(name, "escaped") == 0) {
		lua_pushboolean(L, tree_is_escaped(handle->node));
		return 1;
	}
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		if (strcmp(texts[i].name, name) == 0) {
			lua_pushstring(L, tree_text(handle->node, texts[i].which));
			return 1;
		}
	}
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
		if (strcmp(numbers[i].name, name) != 0)
			continue;
		int number = 0;
		if (!tree_number(handle->node, numbers[i].which, &number))
			lua_pushnil(L);
		else if (numbers[i].which == TREE_IS_TIGHT || numbers[i].which == TREE_IS_ORDERED)
			lua_pushboolean(L, number);
		else
			lua_pushinteger(L, number);
		return 1;
	}
	if (push_relative(L, handle, name) || push_position(L, handle, name))
		return 1;
	lua_pushvalue(L, 2);
	lua_gettable(L, lua_upvalueindex(1));
	if (lua_isnil(L, -1))
		return luaL_error(L, "a node has no `%s`", name);
	return 1;
}

bool node_set_field(lua_State *L, const struct node_handle *handle, const char *name, int index)
{
	struct error err = {0};
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		if (strcmp(texts[i].name, name) != 0)
			continue;
		if (lua_type(L, index) != LUA_TSTRING && lua_type(L, index) != LUA_TNUMBER)
			luaL_error(L, "%s is a string, not a %s", name, luaL_typename(L, index));
		if (!tree_set_text(handle->document, handle->node, texts[i].which, check_text(L, index), &err))
			node_raise(L, &err);
		return true;
	}
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
		if (strcmp(numbers[i].name, name) != 0)
			continue;
		int is_number = 0;
		lua_Integer number = lua_isboolean(L, index) ? lua_toboolean(L, index) : lua_tointegerx(L, index, &is_number);
		bool is_good = lua_isboolean(L, index)
		                       ? numbers[i].which == TREE_IS_TIGHT || numbers[i].which == TREE_IS_ORDERED
		                       : is_number && number >= 0 && number <= 999999999;
		if (!is_good || !tree_set_number(handle->document, handle->node, numbers[i].which, (int)number))
			luaL_error(L, "a %s cannot have this `%s`", tree_kind(handle->node), name);
		return true;
	}
	return false;
}

static int set_field(lua_State *L)
{
	struct node_handle *handle = node_check(L, 1);
	const char *name = luaL_checkstring(L, 2);
	if (!node_set_field(L, handle, name, 3))
		return luaL_error(L, "a node has no `%s` that can be set: attributes are set by node:set(name, value)", name);
	return 0;
}

static int describe(lua_State *L)
{
	struct node_handle *handle = node_check(L, 1);
	lua_pushfstring(L, "node: %s", tree_kind(handle->node));
	return 1;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

void node_set_attributes(lua_State *L, const struct node_handle *handle, int table)
{
	table = lua_absindex(L, table);
	luaL_argcheck(L, lua_istable(L, table), 3, "attributes are a table, name to value");
	size_t count = 0;
	for (lua_pushnil(L); lua_next(L, table); lua_pop(L, 1)) {
		luaL_argcheck(L, lua_type(L, -2) == LUA_TSTRING, 3, "an attribute's name is a string");
		count++;
	}
	const char **names = lua_newuserdatauv(L, (count + 1) * sizeof(*names), 0);
	size_t i = 0;
	for (lua_pushnil(L); lua_next(L, table); lua_pop(L, 1))
		names[i++] = lua_tostring(L, -2);
	qsort(names, count, sizeof(*names), compare_names);
	for (i = 0; i < count; i++) {
		struct error err = {0};
		lua_getfield(L, table, names[i]);
		if (!tree_set_attribute(handle->document, handle->node, names[i], attribute_value(L, -1), &err))
			node_raise(L, &err);
		lua_pop(L, 1);
	}
	lua_pop(L, 1);
}

void node_open(lua_State *L)
{
	static const luaL_Reg methods[] = {
		{"append", append}, {"prepend", prepend}, {"before", insert_before}, {"after", insert_after},
		{"remove", remove_node}, {"replace", replace_node}, {"children", list_children}, {"get", get_attribute},
		{"set", set_attribute}, {"attributes", list_attributes}, {"plain", plain}, {"lines", list_lines}, {NULL, NULL},
	};
	luaL_newmetatable(L, NODE);
	luaL_newlib(L, methods);
	lua_pushcclosure(L, get_field, 1);
	lua_setfield(L, -2, "__index");
	lua_pushcfunction(L, set_field);
	lua_setfield(L, -2, "__newindex");
	lua_pushcfunction(L, describe);
	lua_setfield(L, -2, "__tostring");
	/* Out of the reach of an author's getmetatable. */
	lua_pushliteral(L, "node");
	lua_setfield(L, -2, "__metatable");
	lua_pop(L, 1);
}
