/* livepost.text: text made safe for HTML. */
#include "bind/state.h"

#include <lauxlib.h>

static const char *entity_of(char c)
{
	switch (c) {
	case '&': return "&amp;";
	case '<': return "&lt;";
	case '>': return "&gt;";
	case '"': return "&quot;";
	case '\'': return "&#39;";
	default: return NULL;
	}
}

/* escape(text) → text that is safe between tags and inside quoted attributes. */
static int escape(lua_State *L)
{
	size_t size = 0;
	const char *text = luaL_checklstring(L, 1, &size);
	size_t plain = 0;
	while (plain < size && !entity_of(text[plain]))
		plain++;
	if (plain == size) {
		lua_settop(L, 1);
		return 1;
	}
	luaL_Buffer out;
	luaL_buffinitsize(L, &out, size + size / 8);
	size_t from = 0;
	for (size_t i = plain; i < size; i++) {
		const char *entity = entity_of(text[i]);
		if (!entity)
			continue;
		luaL_addlstring(&out, text + from, i - from);
		luaL_addstring(&out, entity);
		from = i + 1;
	}
	luaL_addlstring(&out, text + from, size - from);
	luaL_pushresult(&out);
	return 1;
}

int luaopen_livepost_text(lua_State *L)
{
	static const luaL_Reg functions[] = { { "escape", escape }, { NULL, NULL } };
	luaL_newlib(L, functions);
	return 1;
}
