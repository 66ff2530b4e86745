/* Makes the Lua state that the pipeline runs in. Knows the names of the modules, not what they do. */
#include "bind/state.h"

#include "bind/embedded.h"

#include <lauxlib.h>
#include <lualib.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static const luaL_Reg modules[] = {
	{ "livepost.deadline", luaopen_livepost_deadline },
	{ "livepost.digits", luaopen_livepost_digits },
	{ "livepost.draws", luaopen_livepost_draws },
	{ "livepost.file", luaopen_livepost_file },
	{ "livepost.hash", luaopen_livepost_hash },
	{ "livepost.json", luaopen_livepost_json },
	{ "livepost.measure", luaopen_livepost_measure },
	{ "livepost.memory", luaopen_livepost_memory },
	{ "livepost.post", luaopen_livepost_post },
	{ "livepost.process", luaopen_livepost_process },
	{ "livepost.reader", luaopen_livepost_reader },
	{ "livepost.span", luaopen_livepost_span },
	{ "livepost.terminal", luaopen_livepost_terminal },
	{ "livepost.text", luaopen_livepost_text },
	{ "livepost.trace_events", luaopen_livepost_trace_events },
};

/* package.searchers entry: "stage.cells" is the embedded file "stage/cells.lua", unless LIVEPOST_LUA says otherwise. */
static int find_pipeline_file(lua_State *L)
{
	const char *module = luaL_checkstring(L, 1);
	const char *path = luaL_gsub(L, module, ".", "/");
	const char *folder = getenv("LIVEPOST_LUA");
	if (folder && *folder) {
		const char *file = lua_pushfstring(L, "%s/%s.lua", folder, path);
		int status = luaL_loadfile(L, file);
		if (status == LUA_ERRFILE) {
			lua_pushfstring(L, "no file '%s'", file);
			return 1;
		}
		if (status != LUA_OK)
			return lua_error(L);
		lua_pushstring(L, file);
		return 2;
	}
	for (size_t i = 0; i < embedded_file_count; i++) {
		const struct embedded_file *file = &embedded_files[i];
		if (strcmp(file->name, path))
			continue;
		const char *chunk = lua_pushfstring(L, "@%s.lua", path);
		if (luaL_loadbufferx(L, file->start, (size_t)(file->end - file->start), chunk, "t") != LUA_OK)
			return lua_error(L);
		lua_pushstring(L, path);
		return 2;
	}
	lua_pushfstring(L, "no embedded file '%s.lua'", path);
	return 1;
}

/* Of the folders for C modules (lpeg is one) only those of the system: "./?.so" would be whatever lies in the folder we
   were started in. The package table is on top. */
static void keep_absolute_cpath(lua_State *L)
{
	lua_getfield(L, -1, "cpath");
	const char *given = lua_tostring(L, -1);
	luaL_Buffer kept;
	luaL_buffinit(L, &kept);
	while (given && *given) {
		size_t length = strcspn(given, ";");
		if (given[0] == '/') {
			luaL_addlstring(&kept, given, length);
			luaL_addchar(&kept, ';');
		}
		given += length + (given[length] == ';');
	}
	luaL_pushresult(&kept);
	lua_setfield(L, -3, "cpath");
	lua_pop(L, 1);
}

/* What Lua has at the moment, and how much it may have. */
struct memory_account {
	lua_Alloc allocate;
	void *context;
	size_t used, limit;
};

/* Out of memory, to Lua: it collects what is garbage, tries again, and throws. Giving back always works. */
static void *allocate_counted(void *context, void *old, size_t old_size, size_t size)
{
	struct memory_account *account = context;
	size_t before = old ? old_size : 0; /* of what is new, old_size is its type */
	if (size > before && (size - before > account->limit || account->used > account->limit - (size - before)))
		return NULL;
	void *made = account->allocate(account->context, old, old_size, size);
	if (made || size == 0)
		account->used += size - before;
	return made;
}

static struct memory_account *account_of(lua_State *L)
{
	void *account = NULL;
	lua_getallocf(L, &account);
	return account;
}

/* limit(bytes) → token: from now on no more than that beyond what is there, nor than an earlier limit allows. */
static int limit_memory(lua_State *L)
{
	struct memory_account *account = account_of(L);
	lua_Integer bytes = luaL_checkinteger(L, 1);
	luaL_argcheck(L, bytes >= 0, 1, "a number of bytes is expected");
	lua_pushinteger(L, (lua_Integer)account->limit);
	if (account->used <= SIZE_MAX - (size_t)bytes && account->used + (size_t)bytes < account->limit)
		account->limit = account->used + (size_t)bytes;
	return 1;
}

/* release(token): the limit that was there before. */
static int release_memory(lua_State *L)
{
	account_of(L)->limit = (size_t)luaL_checkinteger(L, 1);
	return 0;
}

int luaopen_livepost_memory(lua_State *L)
{
	static const luaL_Reg functions[] = { { "limit", limit_memory }, { "release", release_memory }, { NULL, NULL } };
	luaL_newlib(L, functions);
	return 1;
}

static int open_everything(lua_State *L)
{
	/* LUA_PATH and LUA_CPATH are for the user's other programs. */
	lua_pushboolean(L, 1);
	lua_setfield(L, LUA_REGISTRYINDEX, "LUA_NOENV");
	luaL_openlibs(L);
	luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE);
	for (size_t i = 0; i < sizeof modules / sizeof *modules; i++) {
		lua_pushcfunction(L, modules[i].func);
		lua_setfield(L, -2, modules[i].name);
	}
	lua_getglobal(L, "package");
	/* A site's folder must not be able to shadow the pipeline's files: nothing is searched in Lua's default paths. */
	lua_pushliteral(L, "");
	lua_setfield(L, -2, "path");
	keep_absolute_cpath(L);
	lua_getfield(L, -1, "searchers");
	lua_pushcfunction(L, find_pipeline_file);
	lua_rawseti(L, -2, 2);
	lua_settop(L, 0);
	return 0;
}

lua_State *state_open(void)
{
	lua_State *L = luaL_newstate();
	if (!L)
		return NULL;
	/* One state a process: the account outlives it. */
	static struct memory_account account;
	account = (struct memory_account){.limit = SIZE_MAX};
	account.allocate = lua_getallocf(L, &account.context);
	lua_setallocf(L, allocate_counted, &account);
	account.used = (size_t)lua_gc(L, LUA_GCCOUNT) * 1024 + (size_t)lua_gc(L, LUA_GCCOUNTB);
	lua_pushcfunction(L, open_everything);
	if (lua_pcall(L, 0, 0, 0) != LUA_OK) {
		lua_close(L);
		return NULL;
	}
	return L;
}

static int add_traceback(lua_State *L)
{
	if (lua_type(L, 1) == LUA_TTABLE)
		return 1;
	luaL_traceback(L, L, luaL_tolstring(L, 1, NULL), 1);
	return 1;
}

int state_call(lua_State *L, int argument_count, int result_count)
{
	int base = lua_gettop(L) - argument_count;
	lua_pushcfunction(L, add_traceback);
	lua_insert(L, base);
	int status = lua_pcall(L, argument_count, result_count, base);
	lua_remove(L, base);
	return status;
}
