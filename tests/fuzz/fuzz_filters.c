/* Hostile Markdown for the filters, tables and footnotes above all: bytes are a post's body. Whatever it is, it is refused
   with a place in it, or becomes HTML in which no address of ours is left. */
#include "bind/state.h"
#include "post/place.h"

#include <lauxlib.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static const char script[] =
	"local filters = require 'author.filters'\n"
	"local list = filters.read({ 'default', 'emoji', 'smart' }, 'pipeline.lua')\n"
	"return function(text)\n"
	"	local told = {}\n"
	"	local function tell(found) told[#told + 1] = tostring(found) end\n"
	"	local tree, message, line, column = filters.run(list, { text = text, line = 5, path = 'post.md', front = { toc = #text % 2 == 0 },\n"
	"		report = tell, warn = tell })\n"
	"	if not tree then return assert(message) end\n"
	"	for _, code in ipairs(tree:codes()) do\n"
	"		assert(code.line >= 5 and code.column >= 1 and code.code_line >= code.line, 'place')\n"
	"		if code.id % 2 == 0 then tree:replace(code.id, '<i></i>') end\n"
	"	end\n"
	"	local html = tree:html()\n"
	"	assert(text:find('livepost-footnote', 1, true) or not html:find('livepost-footnote', 1, true), html)\n"
	"	assert(utf8.len(html), 'HTML is UTF-8')\n"
	"	assert(tree:html() == html, 'the same again')\n"
	"	tree:xml() tree:excerpt() tree:heading()\n"
	"end\n";

static lua_State *start(void)
{
	unsetenv("LIVEPOST_LUA");
	lua_State *L = state_open();
	if (!L || luaL_loadstring(L, script) != LUA_OK || state_call(L, 0, 1) != LUA_OK) {
		fprintf(stderr, "%s\n", L ? lua_tostring(L, -1) : "no memory");
		abort();
	}
	return L;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static lua_State *L;
	if (!L)
		L = start();
	const char *text = (const char *)bytes;
	size_t bad = 0;
	size_t clean = text_is_clean(text, size, &bad) ? size : bad;
	lua_pushvalue(L, 1);
	lua_pushlstring(L, text, clean);
	if (state_call(L, 1, 0) != LUA_OK) {
		fprintf(stderr, "%s\n", luaL_tolstring(L, -1, NULL));
		abort();
	}
	lua_settop(L, 1);
	/* Memory that is wrongly kept is seen at the input that does it. */
	lua_gc(L, LUA_GCCOLLECT);
	return 0;
}
