/* The nodes of a document as Lua values. Decides nothing. */
#include "bind/tree.h"

#include "post/node_data.h"
#include "post/tree.h"

#include <lauxlib.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define NODE "livepost.node"

/* The document lives as long as one of its nodes does in Lua: it is the user value. */
struct node_handle {
	cmark_node *node;
	struct document *document;
};

struct document **tree_push_document(lua_State *L)
{
	struct document **holder = lua_newuserdatauv(L, sizeof(*holder), 1);
	*holder = NULL;
	luaL_setmetatable(L, TREE_DOCUMENT);
	/* Its nodes by their address, so that a node is the same value each time. */
	lua_newtable(L);
	lua_createtable(L, 0, 1);
	lua_pushliteral(L, "v");
	lua_setfield(L, -2, "__mode");
	lua_setmetatable(L, -2);
	lua_setiuservalue(L, -2, 1);
	return holder;
}

struct document *tree_check_document(lua_State *L, int argument)
{
	struct document **holder = luaL_checkudata(L, argument, TREE_DOCUMENT);
	luaL_argcheck(L, *holder, argument, "the document is gone");
	return *holder;
}

/* document_index: where the document's userdata is on the stack. */
static void push_node(lua_State *L, int document_index, cmark_node *node)
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

static struct node_handle *check_node(lua_State *L, int argument)
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

static int raise(lua_State *L, const struct error *err)
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
			raise(L, &err);
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

/* Puts the node, string or list of them at `index`; returns the last node that was put, `at` when there was none. */
static cmark_node *put_all(lua_State *L, int index, enum tree_place place, struct document *document, cmark_node *at)
{
	struct error err = {0};
	if (!lua_istable(L, index)) {
		cmark_node *node = to_node(L, index, document, at);
		if (!tree_put(document, node, place, at, &err))
			raise(L, &err);
		return node;
	}
	lua_Integer count = (lua_Integer)lua_rawlen(L, index);
	cmark_node *last = at;
	for (lua_Integer i = 1; i <= count; i++) {
		lua_rawgeti(L, index, i);
		cmark_node *node = to_node(L, -1, document, at);
		enum tree_place where = last == at ? place : place == TREE_LAST ? TREE_LAST : TREE_AFTER;
		if (!tree_put(document, node, where, where == TREE_AFTER && last != at ? last : at, &err))
			raise(L, &err);
		last = node;
		lua_pop(L, 1);
	}
	return last;
}

/* node:append(x), node:prepend(x), node:before(x), node:after(x) → node; x: a node, a string, or a list of these */
static int put(lua_State *L, enum tree_place place)
{
	struct node_handle *handle = check_node(L, 1);
	luaL_checkany(L, 2);
	put_all(L, 2, place, handle->document, handle->node);
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
	struct node_handle *handle = check_node(L, 1);
	tree_remove(handle->document, handle->node);
	lua_settop(L, 1);
	return 1;
}

/* node:replace(x) */
static int replace_node(lua_State *L)
{
	struct node_handle *handle = check_node(L, 1);
	struct error err = {0};
	luaL_checkany(L, 2);
	luaL_argcheck(L, cmark_node_parent(handle->node), 1, "a node that stands nowhere cannot be replaced");
	/* The node may be part of what replaces it: something else keeps its place. */
	cmark_node *mark = tree_new(handle->document, cmark_node_get_type(handle->node) == CMARK_NODE_ITEM ? "item"
	                            : cmark_node_get_type(handle->node) <= CMARK_NODE_LAST_BLOCK ? "thematic_break"
	                                                                                         : "softbreak",
	                            handle->node, &err);
	if (!mark || !tree_put(handle->document, mark, TREE_BEFORE, handle->node, &err))
		return raise(L, &err);
	tree_remove(handle->document, handle->node);
	put_all(L, 2, TREE_AFTER, handle->document, mark);
	tree_remove(handle->document, mark);
	return 0;
}

/* node:children() → list */
static int list_children(lua_State *L)
{
	struct node_handle *handle = check_node(L, 1);
	int document = push_document(L, 1);
	lua_newtable(L);
	lua_Integer count = 0;
	for (cmark_node *child = cmark_node_first_child(handle->node); child; child = cmark_node_next(child)) {
		push_node(L, document, child);
		lua_rawseti(L, -2, ++count);
	}
	return 1;
}

/* node:get(name) → string or nil */
static int get_attribute(lua_State *L)
{
	struct node_handle *handle = check_node(L, 1);
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
	struct node_handle *handle = check_node(L, 1);
	struct error err = {0};
	if (!tree_set_attribute(handle->document, handle->node, check_text(L, 2), attribute_value(L, 3), &err))
		return raise(L, &err);
	lua_settop(L, 1);
	return 1;
}

/* node:attributes() → list of { name, value } */
static int list_attributes(lua_State *L)
{
	struct node_handle *handle = check_node(L, 1);
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
	struct node_handle *handle = check_node(L, 1);
	char *text = tree_plain(handle->node);
	lua_pushstring(L, text);
	free(text);
	return 1;
}

/* node:lines() → list of { text, line, column, lazy }, empty for what was not parsed from lines of its own */
static int list_lines(lua_State *L)
{
	struct node_handle *handle = check_node(L, 1);
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
			push_node(L, push_document(L, 1), relatives[i].find(handle->node));
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
	struct node_handle *handle = check_node(L, 1);
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

/* True when there is a field of this name that can be set; throws when the value is none for it. */
static bool set_named(lua_State *L, const struct node_handle *handle, const char *name, int index)
{
	struct error err = {0};
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		if (strcmp(texts[i].name, name) != 0)
			continue;
		if (lua_type(L, index) != LUA_TSTRING && lua_type(L, index) != LUA_TNUMBER)
			luaL_error(L, "%s is a string, not a %s", name, luaL_typename(L, index));
		if (!tree_set_text(handle->document, handle->node, texts[i].which, check_text(L, index), &err))
			raise(L, &err);
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
	struct node_handle *handle = check_node(L, 1);
	const char *name = luaL_checkstring(L, 2);
	if (!set_named(L, handle, name, 3))
		return luaL_error(L, "a node has no `%s` that can be set: attributes are set by node:set(name, value)", name);
	return 0;
}

static int describe(lua_State *L)
{
	struct node_handle *handle = check_node(L, 1);
	lua_pushfstring(L, "node: %s", tree_kind(handle->node));
	return 1;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Attributes in the order of their names: a table has none. */
static void set_attributes(lua_State *L, const struct node_handle *handle, int table)
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
			raise(L, &err);
		lua_pop(L, 1);
	}
	lua_pop(L, 1);
}

/* doc:new(kind, { child, …, text = …, attributes = { … } } or string or nil, at) → node */
static int make_node(lua_State *L)
{
	struct document *document = tree_check_document(L, 1);
	const char *kind = luaL_checkstring(L, 2);
	struct error err = {0};
	lua_settop(L, 4);
	cmark_node *at = lua_isnil(L, 4) ? NULL : check_node(L, 4)->node;
	cmark_node *node = tree_new(document, kind, at, &err);
	if (!node)
		return raise(L, &err);
	struct node_handle handle = {node, document};
	if (lua_type(L, 3) == LUA_TSTRING) {
		/* The text of what has one, of all else a child that is text. */
		if (!tree_text(node, TREE_LITERAL))
			put_all(L, 3, TREE_LAST, document, node);
		else
			set_named(L, &handle, "text", 3);
	} else if (!lua_isnil(L, 3)) {
		luaL_checktype(L, 3, LUA_TTABLE);
		for (lua_pushnil(L); lua_next(L, 3); lua_pop(L, 1)) {
			if (lua_type(L, -2) == LUA_TNUMBER)
				continue;
			luaL_argcheck(L, lua_type(L, -2) == LUA_TSTRING, 3, "a property's name is a string");
			const char *name = lua_tostring(L, -2);
			if (strcmp(name, "attributes") == 0)
				set_attributes(L, &handle, -1);
			else if (!set_named(L, &handle, name, lua_absindex(L, -1)))
				return luaL_error(L, "a %s has no `%s`: attributes stand in `attributes`", kind, name);
		}
		put_all(L, 3, TREE_LAST, document, node);
	}
	push_node(L, 1, node);
	return 1;
}

/* doc:root() → node */
static int root(lua_State *L)
{
	push_node(L, 1, tree_root(tree_check_document(L, 1)));
	return 1;
}

struct wanted {
	lua_State *L;
	int kinds;
};

static bool is_wanted(void *context, cmark_node *node)
{
	const struct wanted *wanted = context;
	bool is_there = lua_getfield(wanted->L, wanted->kinds, tree_kind(node)) != LUA_TNIL;
	lua_pop(wanted->L, 1);
	return is_there;
}

static int collect_found(lua_State *L)
{
	free(*(void **)lua_touserdata(L, 1));
	*(void **)lua_touserdata(L, 1) = NULL;
	return 0;
}

/* doc:find({ kind = anything, … }, "pre" or "post", node or nil: within it) → list of nodes, list of indexes behind what is in each */
static int find(lua_State *L)
{
	struct document *document = tree_check_document(L, 1);
	luaL_checktype(L, 2, LUA_TTABLE);
	lua_settop(L, 4);
	cmark_node *within = lua_isnil(L, 4) ? tree_root(document) : check_node(L, 4)->node;
	bool is_post = !(lua_type(L, 3) == LUA_TSTRING && strcmp(lua_tostring(L, 3), "pre") == 0);
	/* A plain copy: what looks up kinds must not run anything. */
	lua_newtable(L);
	for (lua_pushnil(L); lua_next(L, 2);) {
		lua_pushvalue(L, -2);
		lua_insert(L, -2);
		lua_rawset(L, 5);
	}
	struct tree_found **held = lua_newuserdatauv(L, sizeof(*held), 0);
	*held = NULL;
	lua_createtable(L, 0, 1);
	lua_pushcfunction(L, collect_found);
	lua_setfield(L, -2, "__gc");
	lua_setmetatable(L, -2);
	struct wanted wanted = {L, 5};
	luaL_checkstack(L, 8, NULL);
	size_t count = tree_find(within, is_post, is_wanted, &wanted, held);
	lua_createtable(L, count < INT_MAX ? (int)count : INT_MAX, 0);
	lua_createtable(L, is_post || count >= INT_MAX ? 0 : (int)count, 0);
	for (size_t i = 0; i < count; i++) {
		push_node(L, 1, (*held)[i].node);
		lua_rawseti(L, -3, (lua_Integer)i + 1);
		if (is_post)
			continue;
		lua_pushinteger(L, (lua_Integer)(*held)[i].behind + 1);
		lua_rawseti(L, -2, (lua_Integer)i + 1);
	}
	free(*held);
	*held = NULL;
	return 2;
}

static int get_integer(lua_State *L, int table, const char *name)
{
	lua_getfield(L, table, name);
	lua_Integer number = luaL_optinteger(L, -1, 1);
	lua_pop(L, 1);
	return number >= 1 && number < INT_MAX ? (int)number : 1;
}

/* Reads the list of lines on top, or the one line; strings stay in their tables. Returns how many. */
static size_t read_lines(lua_State *L, struct tree_line *lines, size_t most)
{
	int list = lua_gettop(L);
	size_t count = lua_rawlen(L, list);
	for (size_t i = 0; i < count && i < most; i++) {
		lua_rawgeti(L, list, (lua_Integer)i + 1);
		luaL_checktype(L, -1, LUA_TTABLE);
		if (lua_getfield(L, -1, "text") != LUA_TSTRING)
			luaL_error(L, "a line is a table { text = …, line = …, column = … }");
		lines[i].text = lua_tolstring(L, -1, &lines[i].size);
		if (memchr(lines[i].text, '\n', lines[i].size) || memchr(lines[i].text, '\r', lines[i].size))
			luaL_error(L, "a line has no end of a line in it");
		lua_pop(L, 1);
		lines[i].line = get_integer(L, -1, "line");
		lines[i].column = get_integer(L, -1, "column");
		lua_pop(L, 1);
	}
	return count;
}

/* doc:inlines({ { { text, line, column }, … }, … }) → list of lists of nodes */
static int parse_inlines(lua_State *L)
{
	struct document *document = tree_check_document(L, 1);
	luaL_checktype(L, 2, LUA_TTABLE);
	lua_settop(L, 2);
	size_t count = lua_rawlen(L, 2), total = 0;
	for (size_t i = 0; i < count; i++) {
		lua_rawgeti(L, 2, (lua_Integer)i + 1);
		luaL_checktype(L, -1, LUA_TTABLE);
		total += lua_rawlen(L, -1);
		lua_pop(L, 1);
	}
	struct tree_snippet *snippets = lua_newuserdatauv(L, (count + 1) * sizeof *snippets, 0);
	struct tree_line *lines = lua_newuserdatauv(L, (total + 1) * sizeof *lines, 0);
	cmark_node **parents = lua_newuserdatauv(L, (count + 1) * sizeof(*parents), 0);
	memset(lines, 0, (total + 1) * sizeof *lines);
	size_t used = 0;
	for (size_t i = 0; i < count; i++) {
		lua_rawgeti(L, 2, (lua_Integer)i + 1);
		snippets[i].lines = lines + used;
		snippets[i].line_count = read_lines(L, lines + used, total - used);
		used += snippets[i].line_count;
		lua_pop(L, 1);
	}
	struct error err = {0};
	if (!tree_inlines(document, snippets, count, parents, &err))
		return raise(L, &err);
	lua_createtable(L, (int)count, 0);
	for (size_t i = 0; i < count; i++) {
		lua_newtable(L);
		lua_Integer listed = 0;
		for (cmark_node *child = cmark_node_first_child(parents[i]); child; child = cmark_node_next(child)) {
			push_node(L, 1, child);
			lua_rawseti(L, -2, ++listed);
		}
		lua_rawseti(L, -2, (lua_Integer)i + 1);
	}
	return 1;
}

/* doc:blocks(markdown, at) → list of nodes */
static int parse_blocks(lua_State *L)
{
	struct document *document = tree_check_document(L, 1);
	size_t size = 0;
	const char *text = luaL_checklstring(L, 2, &size);
	lua_settop(L, 3);
	cmark_node *at = lua_isnil(L, 3) ? NULL : check_node(L, 3)->node, *parent = NULL;
	struct error err = {0};
	if (!tree_blocks(document, text, size, at, &parent, &err))
		return raise(L, &err);
	lua_newtable(L);
	lua_Integer listed = 0;
	for (cmark_node *child = cmark_node_first_child(parent); child; child = cmark_node_next(child)) {
		push_node(L, 1, child);
		lua_rawseti(L, -2, ++listed);
	}
	return 1;
}

void tree_push_kinds(lua_State *L)
{
	static const char *const plain[] = {
		"document", "block_quote", "list", "item", "code_block", "html_block", "paragraph", "heading", "thematic_break",
		"text", "softbreak", "linebreak", "code", "html_inline", "emph", "strong", "link", "image",
	};
	lua_newtable(L);
	for (size_t i = 0; i < sizeof plain / sizeof *plain; i++) {
		lua_pushboolean(L, 1);
		lua_setfield(L, -2, plain[i]);
	}
	for (size_t i = 0; element_at(i); i++) {
		lua_pushboolean(L, 1);
		lua_setfield(L, -2, element_at(i)->tag);
	}
}

void tree_open(lua_State *L)
{
	static const luaL_Reg document_methods[] = {
		{"root", root}, {"new", make_node}, {"find", find}, {"inlines", parse_inlines}, {"blocks", parse_blocks},
		{NULL, NULL},
	};
	static const luaL_Reg methods[] = {
		{"append", append}, {"prepend", prepend}, {"before", insert_before}, {"after", insert_after},
		{"remove", remove_node}, {"replace", replace_node}, {"children", list_children}, {"get", get_attribute},
		{"set", set_attribute}, {"attributes", list_attributes}, {"plain", plain}, {"lines", list_lines}, {NULL, NULL},
	};
	luaL_setfuncs(L, document_methods, 0);
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
