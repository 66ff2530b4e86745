/* A document as a Lua value that makes, finds and parses nodes. Decides nothing. */
#include "bind/tree.h"

#include "bind/node.h"
#include "post/node_data.h"
#include "post/tree.h"

#include <lauxlib.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

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

/* doc:new(kind, { child, …, text = …, attributes = { … } } or string or nil, at) → node */
static int make_node(lua_State *L)
{
	struct document *document = tree_check_document(L, 1);
	const char *kind = luaL_checkstring(L, 2);
	struct error err = {0};
	lua_settop(L, 4);
	cmark_node *at = lua_isnil(L, 4) ? NULL : node_check(L, 4)->node;
	cmark_node *node = tree_new(document, kind, at, &err);
	if (!node)
		return node_raise(L, &err);
	struct node_handle handle = {node, document};
	if (lua_type(L, 3) == LUA_TSTRING) {
		/* The text of what has one, of all else a child that is text. */
		if (!tree_text(node, TREE_LITERAL))
			node_put_all(L, 3, TREE_LAST, document, node);
		else
			node_set_field(L, &handle, "text", 3);
	} else if (!lua_isnil(L, 3)) {
		luaL_checktype(L, 3, LUA_TTABLE);
		for (lua_pushnil(L); lua_next(L, 3); lua_pop(L, 1)) {
			if (lua_type(L, -2) == LUA_TNUMBER)
				continue;
			luaL_argcheck(L, lua_type(L, -2) == LUA_TSTRING, 3, "a property's name is a string");
			const char *name = lua_tostring(L, -2);
			if (strcmp(name, "attributes") == 0)
				node_set_attributes(L, &handle, -1);
			else if (!node_set_field(L, &handle, name, lua_absindex(L, -1)))
				return luaL_error(L, "a %s has no `%s`: attributes stand in `attributes`", kind, name);
		}
		node_put_all(L, 3, TREE_LAST, document, node);
	}
	node_push(L, 1, node);
	return 1;
}

/* doc:root() → node */
static int root(lua_State *L)
{
	node_push(L, 1, tree_root(tree_check_document(L, 1)));
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
	cmark_node *within = lua_isnil(L, 4) ? tree_root(document) : node_check(L, 4)->node;
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
		node_push(L, 1, (*held)[i].node);
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
		return node_raise(L, &err);
	lua_createtable(L, (int)count, 0);
	for (size_t i = 0; i < count; i++) {
		node_push_children(L, 1, parents[i]);
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
	cmark_node *at = lua_isnil(L, 3) ? NULL : node_check(L, 3)->node, *parent = NULL;
	struct error err = {0};
	if (!tree_blocks(document, text, size, at, &parent, &err))
		return node_raise(L, &err);
	node_push_children(L, 1, parent);
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
	luaL_setfuncs(L, document_methods, 0);
	node_open(L);
}
