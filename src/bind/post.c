/* Lua module livepost.post: a post's front matter, cell options and document as Lua values. Decides nothing. */
#include "bind/table.h"
#include "bind/tree.h"
#include "post/document.h"
#include "post/front_matter.h"
#include "post/options.h"
#include "post/yaml.h"

#include <lauxlib.h>
#include <limits.h>
#include <lua.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int luaopen_livepost_post(lua_State *L);

#define YAML "livepost.yaml"

static int fail(lua_State *L, const struct error *err)
{
	lua_pushnil(L);
	lua_pushstring(L, err->text);
	if (err->line == 0)
		return 2;
	lua_pushinteger(L, err->line);
	lua_pushinteger(L, err->column);
	return 4;
}

static int check_position(lua_State *L, int argument)
{
	lua_Integer position = luaL_optinteger(L, argument, 1);
	luaL_argcheck(L, position >= 1 && position <= INT_MAX / 2, argument, "a line or column is at least 1");
	return (int)position;
}

static void set_boolean(lua_State *L, const char *name, bool value)
{
	lua_pushboolean(L, value);
	lua_setfield(L, -2, name);
}

/* A userdata that frees the tree it will hold: what is pushed after it may throw. */
static struct yaml_node **push_holder(lua_State *L)
{
	struct yaml_node **holder = lua_newuserdatauv(L, sizeof *holder, 0);
	*holder = NULL;
	luaL_setmetatable(L, YAML);
	return holder;
}

static int collect_yaml(lua_State *L)
{
	struct yaml_node **holder = luaL_checkudata(L, 1, YAML);
	yaml_node_free(*holder);
	*holder = NULL;
	return 0;
}

static void push_yaml(lua_State *L, const struct yaml_node *node);

static void push_items(lua_State *L, const struct yaml_node *sequence)
{
	lua_createtable(L, (int)sequence->item_count, 0);
	for (size_t i = 0; i < sequence->item_count; i++) {
		push_yaml(L, sequence->items[i]);
		lua_rawseti(L, -2, (lua_Integer)i + 1);
	}
	lua_setfield(L, -2, "items");
}

static void push_pairs(lua_State *L, const struct yaml_node *mapping)
{
	lua_createtable(L, (int)(mapping->item_count / 2), 0);
	for (size_t i = 0; i + 1 < mapping->item_count; i += 2) {
		lua_createtable(L, 0, 2);
		push_yaml(L, mapping->items[i]);
		lua_setfield(L, -2, "key");
		push_yaml(L, mapping->items[i + 1]);
		lua_setfield(L, -2, "value");
		lua_rawseti(L, -2, (lua_Integer)(i / 2) + 1);
	}
	lua_setfield(L, -2, "pairs");
}

static void push_yaml(lua_State *L, const struct yaml_node *node)
{
	static const char *const kinds[] = {
		[YAML_SCALAR] = "scalar", [YAML_SEQUENCE] = "sequence", [YAML_MAPPING] = "mapping",
	};
	luaL_checkstack(L, 8, "YAML nested too deep");
	lua_createtable(L, 0, 5);
	table_set_string(L, "kind", kinds[node->kind]);
	table_set_integer(L, "line", (uint64_t)node->line);
	table_set_integer(L, "column", (uint64_t)node->column);
	if (node->kind == YAML_SCALAR) {
		lua_pushlstring(L, node->text, node->size);
		lua_setfield(L, -2, "text");
		set_boolean(L, "quoted", node->quoted);
	} else if (node->kind == YAML_SEQUENCE) {
		push_items(L, node);
	} else {
		push_pairs(L, node);
	}
}

/* Sets field `name` of the table on top to the holder's tree, if it has one, and frees the tree. */
static void set_yaml(lua_State *L, const char *name, struct yaml_node **holder)
{
	if (!*holder)
		return;
	push_yaml(L, *holder);
	lua_setfield(L, -2, name);
	yaml_node_free(*holder);
	*holder = NULL;
}

/* split(text) → { front = node or nil, body = string, body_line = integer } | nil, message, line, column
   Where the front matter is no YAML both: the table without `front`, and message, line and column. */
static int split(lua_State *L)
{
	size_t size = 0;
	const char *text = luaL_checklstring(L, 1, &size);
	struct error err = {0};
	struct front_matter parts;
	struct yaml_node **yaml = push_holder(L);
	if (!front_matter_split(text, size, &parts, &err))
		return fail(L, &err);
	struct yaml_source source = {.text = parts.yaml, .size = parts.yaml_size, .first_line = parts.yaml_line};
	bool is_read = !parts.yaml || yaml_read(&source, yaml, &err);
	lua_createtable(L, 0, 3);
	set_yaml(L, "front", yaml);
	lua_pushlstring(L, parts.body, parts.body_size);
	lua_setfield(L, -2, "body");
	table_set_integer(L, "body_line", (uint64_t)parts.body_line);
	if (is_read)
		return 1;
	int count = fail(L, &err);
	lua_remove(L, -count); /* its nil: the table stands below */
	return count;
}

/* The string stays on the stack, and so alive. */
static const char *get_mark(lua_State *L, const char *name)
{
	lua_getfield(L, 2, name);
	if (lua_isnil(L, -1))
		return NULL;
	luaL_argcheck(L, lua_type(L, -1) == LUA_TSTRING && lua_rawlen(L, -1) > 0, 2, "a comment mark is a string");
	return lua_tostring(L, -1);
}

/* options(code, { line = "//", open = "/" "*", close = "*" "/" }, first_line, column)
   → { options = node or nil, code = string, code_line = integer } | nil, message, line, column */
static int options(lua_State *L)
{
	struct options_source source = {.code = luaL_checklstring(L, 1, &source.size)};
	luaL_checktype(L, 2, LUA_TTABLE);
	source.first_line = check_position(L, 3);
	source.column = check_position(L, 4);
	source.marks = (struct comment_marks){
		.line = get_mark(L, "line"), .block = get_mark(L, "open"), .block_end = get_mark(L, "close"),
	};
	luaL_argcheck(L, !source.marks.block == !source.marks.block_end, 2, "a block comment has both `open` and `close`");
	struct error err = {0};
	struct options parts;
	struct yaml_node **yaml = push_holder(L);
	if (!options_split(&source, &parts, &err))
		return fail(L, &err);
	*yaml = parts.yaml;
	lua_createtable(L, 0, 3);
	set_yaml(L, "options", yaml);
	lua_pushlstring(L, parts.code, parts.size);
	lua_setfield(L, -2, "code");
	table_set_integer(L, "code_line", (uint64_t)parts.code_line);
	return 1;
}

static int collect_document(lua_State *L)
{
	struct document **holder = luaL_checkudata(L, 1, TREE_DOCUMENT);
	document_free(*holder);
	*holder = NULL;
	return 0;
}

/* A field of the table at `index` that is a whole number of bytes, counted from 1; the range ends with it, or before it. */
static size_t get_offset(lua_State *L, int index, const char *name, size_t size)
{
	lua_getfield(L, index, name);
	int is_number = 0;
	lua_Integer at = lua_tointegerx(L, -1, &is_number);
	if (!is_number || at < 0 || (size_t)at > size + 1)
		luaL_error(L, "a piece is a string or { first, last } of bytes in the text, with `at` beside a string");
	lua_pop(L, 1);
	return (size_t)at;
}

/* The list of pieces on top of the stack, which stays there: { text, at } or { from, to }, bytes counted from 1. The array is
   Lua's. */
static void get_pieces(lua_State *L, struct document_source *source)
{
	size_t count = lua_rawlen(L, -1);
	int list = lua_gettop(L);
	luaL_argcheck(L, count < SIZE_MAX / sizeof(struct document_piece) / 2, 3, "too many pieces");
	struct document_piece *pieces = lua_newuserdatauv(L, (count + 1) * sizeof *pieces, 0);
	for (size_t i = 0; i < count; i++) {
		lua_rawgeti(L, list, (lua_Integer)i + 1);
		int piece = lua_gettop(L);
		if (!lua_istable(L, piece))
			luaL_error(L, "a piece is a table { text = …, at = … } or { from = …, to = … }");
		pieces[i] = (struct document_piece){0};
		if (lua_getfield(L, piece, "text") == LUA_TSTRING) {
			/* It stays in the list, and so alive. */
			pieces[i].text = lua_tolstring(L, -1, &pieces[i].size);
			size_t at = get_offset(L, piece, "at", source->size);
			pieces[i].at = at > 0 ? at - 1 : 0;
		} else {
			size_t from = get_offset(L, piece, "from", source->size);
			pieces[i].from = from > 0 ? from - 1 : 0;
			pieces[i].to = get_offset(L, piece, "to", source->size);
		}
		lua_settop(L, piece - 1);
	}
	source->pieces = pieces;
	source->piece_count = count;
}

/* document(body, line, { smart = boolean, pieces = list } or nil) → userdata | nil, message, line, column */
static int parse_document(lua_State *L)
{
	struct document_source source = {0};
	source.text = luaL_checklstring(L, 1, &source.size);
	source.first_line = check_position(L, 2);
	if (!lua_isnoneornil(L, 3)) {
		luaL_checktype(L, 3, LUA_TTABLE);
		lua_getfield(L, 3, "smart");
		source.is_smart = lua_toboolean(L, -1);
		if (lua_getfield(L, 3, "pieces") == LUA_TTABLE)
			get_pieces(L, &source);
	}
	struct error err = {0};
	struct document **holder = tree_push_document(L);
	if (!document_parse_source(&source, holder, &err))
		return fail(L, &err);
	return 1;
}

/* doc:codes() → { { id, kind, info, literal, line, column, code_line, code_column, closed }, … } */
static int list_codes(lua_State *L)
{
	size_t count = 0;
	const struct document_code *codes = document_codes(tree_check_document(L, 1), &count);
	lua_createtable(L, (int)count, 0);
	lua_Integer listed = 0;
	for (size_t i = 0; i < count; i++) {
		const struct document_code *code = &codes[i];
		if (code->is_gone)
			continue;
		lua_createtable(L, 0, 9);
		table_set_integer(L, "id", i + 1);
		table_set_string(L, "kind", code->kind == CODE_BLOCK ? "block" : "inline");
		table_set_string(L, "info", code->info);
		table_set_string(L, "literal", code->literal);
		table_set_integer(L, "line", (uint64_t)code->line);
		table_set_integer(L, "column", (uint64_t)code->column);
		table_set_integer(L, "code_line", (uint64_t)code->code_line);
		table_set_integer(L, "code_column", (uint64_t)code->code_column);
		set_boolean(L, "closed", code->closed);
		lua_rawseti(L, -2, ++listed);
	}
	return 1;
}

static const char *check_html(lua_State *L, int argument)
{
	size_t size = 0;
	const char *html = luaL_checklstring(L, argument, &size);
	luaL_argcheck(L, strlen(html) == size, argument, "HTML holds no NUL");
	return html;
}

/* doc:replace(id, html) */
static int replace_code(lua_State *L)
{
	struct document *document = tree_check_document(L, 1);
	lua_Integer id = luaL_checkinteger(L, 2);
	const char *html = check_html(L, 3);
	struct error err = {0};
	luaL_argcheck(L, id >= 1, 2, "ids begin at 1");
	if (!document_replace(document, (size_t)id - 1, html, &err))
		return luaL_argerror(L, 2, "no code has this id");
	return 0;
}

/* doc:mentions() → { { id, name, first_line, last_line, plain }, … } */
static int list_mentions(lua_State *L)
{
	size_t count = 0;
	const struct document_mention *mentions = document_mentions(tree_check_document(L, 1), &count);
	lua_createtable(L, (int)count, 0);
	for (size_t i = 0; i < count; i++) {
		lua_createtable(L, 0, 5);
		table_set_integer(L, "id", (lua_Integer)i + 1);
		table_set_string(L, "name", mentions[i].name);
		table_set_integer(L, "first_line", mentions[i].first_line);
		table_set_integer(L, "last_line", mentions[i].last_line);
		set_boolean(L, "plain", mentions[i].is_plain);
		lua_rawseti(L, -2, (lua_Integer)i + 1);
	}
	return 1;
}

/* doc:replace_mention(id, html) */
static int replace_mention(lua_State *L)
{
	struct document *document = tree_check_document(L, 1);
	lua_Integer id = luaL_checkinteger(L, 2);
	const char *html = check_html(L, 3);
	struct error err = {0};
	if (id < 1 || !document_replace_mention(document, (size_t)id - 1, html, &err))
		return luaL_argerror(L, 2, "no mention has this id");
	return 0;
}

/* Pushes a string that C allocated, or nil, and frees it. */
static int push_owned(lua_State *L, char *string)
{
	lua_pushstring(L, string);
	free(string);
	return 1;
}

static int render_html(lua_State *L)
{
	return push_owned(L, document_html(tree_check_document(L, 1)));
}

static int render_xml(lua_State *L)
{
	return push_owned(L, document_xml(tree_check_document(L, 1)));
}

static int find_heading(lua_State *L)
{
	return push_owned(L, document_heading(tree_check_document(L, 1)));
}

static int find_excerpt(lua_State *L)
{
	return push_owned(L, document_excerpt(tree_check_document(L, 1)));
}

int luaopen_livepost_post(lua_State *L)
{
	static const luaL_Reg functions[] = {
		{"split", split}, {"options", options}, {"document", parse_document}, {NULL, NULL},
	};
	static const luaL_Reg methods[] = {
		{"codes", list_codes}, {"replace", replace_code},
		{"mentions", list_mentions}, {"replace_mention", replace_mention}, {"html", render_html}, {"xml", render_xml},
		{"heading", find_heading}, {"excerpt", find_excerpt}, {NULL, NULL},
	};
	luaL_newmetatable(L, YAML);
	lua_pushcfunction(L, collect_yaml);
	lua_setfield(L, -2, "__gc");
	luaL_newmetatable(L, TREE_DOCUMENT);
	lua_pushcfunction(L, collect_document);
	lua_setfield(L, -2, "__gc");
	luaL_newlib(L, methods);
	tree_open(L);
	lua_setfield(L, -2, "__index");
	luaL_newlib(L, functions);
	tree_push_kinds(L);
	lua_setfield(L, -2, "kinds");
	return 1;
}
