/* livepost.file: system/file.h for Lua. What fails for reasons outside the program returns nil and a message. */
#include "bind/state.h"

#include "base/memory.h"
#include "system/file.h"
#include "system/shown.h"

#include <lauxlib.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static int push_failure(lua_State *L, const struct error *err)
{
	lua_pushnil(L);
	lua_pushstring(L, err->text);
	return 2;
}

/* Everything here that must be freed when Lua throws hangs on a userdata made first. */
struct holder {
	struct buffer bytes;
	char **names;
	struct file_staged *staged;
	size_t count;
};

static int free_holder(lua_State *L)
{
	struct holder *holder = lua_touserdata(L, 1);
	buffer_free(&holder->bytes);
	for (size_t i = 0; i < holder->count; i++) {
		if (holder->names)
			free(holder->names[i]);
		if (holder->staged)
			file_staged_free(&holder->staged[i]);
	}
	free(holder->names);
	free(holder->staged);
	*holder = (struct holder){0};
	return 0;
}

static struct holder *push_holder(lua_State *L)
{
	struct holder *holder = lua_newuserdatauv(L, sizeof *holder, 0);
	*holder = (struct holder){0};
	if (luaL_newmetatable(L, "livepost.file.holder")) {
		lua_pushcfunction(L, free_holder);
		lua_setfield(L, -2, "__gc");
		lua_pushcfunction(L, free_holder);
		lua_setfield(L, -2, "__close");
	}
	lua_setmetatable(L, -2);
	lua_toclose(L, -1);
	return holder;
}

/* kind(path) → "file", "folder", "other" or nil when there is nothing. */
static int kind(lua_State *L)
{
	static const char *const names[] = { NULL, "file", "folder", "other" };
	lua_pushstring(L, names[file_kind(luaL_checkstring(L, 1))]);
	return 1;
}

/* read(path [, limit in bytes = 64 MiB]) → bytes. */
static int read_file(lua_State *L)
{
	const char *path = luaL_checkstring(L, 1);
	lua_Integer limit = luaL_optinteger(L, 2, 64 << 20);
	luaL_argcheck(L, limit >= 0, 2, "cannot be negative");
	struct holder *holder = push_holder(L);
	struct error err = {0};
	if (!file_read(path, (size_t)limit, &holder->bytes, &err))
		return push_failure(L, &err);
	lua_pushlstring(L, holder->bytes.data, holder->bytes.size);
	return 1;
}

/* list(folder) → array of the paths of all files below it, relative to it, sorted. */
static int list(lua_State *L)
{
	const char *folder = luaL_checkstring(L, 1);
	struct holder *holder = push_holder(L);
	struct error err = {0};
	if (!file_list(folder, &holder->names, &holder->count, &err))
		return push_failure(L, &err);
	lua_createtable(L, (int)holder->count, 0);
	for (size_t i = 0; i < holder->count; i++) {
		lua_pushstring(L, holder->names[i]);
		lua_rawseti(L, -2, (lua_Integer)i + 1);
	}
	return 1;
}

/* write(path, bytes) → true if it was written, false if it already held them. */
static int write_file(lua_State *L)
{
	const char *path = luaL_checkstring(L, 1);
	size_t size = 0;
	const char *bytes = luaL_checklstring(L, 2, &size);
	bool written = false;
	struct error err = {0};
	if (!file_write(path, bytes, size, false, &written, &err))
		return push_failure(L, &err);
	lua_pushboolean(L, written);
	return 1;
}

/* publish{ {path=, bytes=}, … } → how many files changed. All are written beside their places first and renamed only
   when every one of them is there, so that a full disk changes nothing. */
static int publish(lua_State *L)
{
	luaL_checktype(L, 1, LUA_TTABLE);
	size_t count = (size_t)luaL_len(L, 1);
	for (size_t i = 1; i <= count; i++) {
		bool good = lua_geti(L, 1, (lua_Integer)i) == LUA_TTABLE && lua_getfield(L, -1, "path") == LUA_TSTRING &&
		            lua_getfield(L, -2, "bytes") == LUA_TSTRING;
		luaL_argcheck(L, good, 1, "array of { path=, bytes= } expected");
		lua_pop(L, 3);
	}
	struct holder *holder = push_holder(L);
	holder->staged = memory_zero(count, sizeof *holder->staged);
	struct error err = {0};
	for (size_t i = 0; i < count; i++) {
		lua_geti(L, 1, (lua_Integer)i + 1);
		lua_getfield(L, -1, "path");
		lua_getfield(L, -2, "bytes");
		size_t size = 0;
		const char *bytes = lua_tolstring(L, -1, &size);
		if (!file_stage(lua_tostring(L, -2), bytes, size, 0666, &holder->staged[i], &err))
			return push_failure(L, &err);
		holder->count = i + 1;
		lua_pop(L, 3);
	}
	lua_Integer changed = 0;
	for (size_t i = 0; i < count; i++) {
		changed += holder->staged[i].beside != NULL;
		if (!file_commit(&holder->staged[i], &err))
			return push_failure(L, &err);
	}
	lua_pushinteger(L, changed);
	return 1;
}

/* remove(path) → true; fine when nothing is there. */
static int remove_file(lua_State *L)
{
	struct error err = {0};
	if (!file_remove(luaL_checkstring(L, 1), &err))
		return push_failure(L, &err);
	lua_pushboolean(L, 1);
	return 1;
}

/* remove_empty_folder(path) → whether it was empty and is gone. */
static int remove_empty_folder(lua_State *L)
{
	lua_pushboolean(L, file_remove_empty_folder(luaL_checkstring(L, 1)));
	return 1;
}

/* sweep(folder): removes what killed writers left. */
static int sweep(lua_State *L)
{
	file_sweep(luaL_checkstring(L, 1));
	return 0;
}

/* lock(path) → true, or false when another process holds it. */
static int lock(lua_State *L)
{
	bool taken = false;
	struct error err = {0};
	if (!file_lock(luaL_checkstring(L, 1), &taken, &err))
		return push_failure(L, &err);
	lua_pushboolean(L, taken);
	return 1;
}

/* current_folder() → absolute path. */
static int current_folder(lua_State *L)
{
	char *path = getcwd(NULL, 0);
	if (!path)
		return luaL_fileresult(L, 0, "the current folder");
	lua_pushstring(L, path);
	free(path);
	return 1;
}

/* real(path) → absolute, with all links followed; or nil and why. */
static int real(lua_State *L)
{
	const char *path = luaL_checkstring(L, 1);
	char *found = realpath(path, NULL);
	if (!found)
		return luaL_fileresult(L, 0, path);
	lua_pushstring(L, found);
	free(found);
	return 1;
}

/* may_run(path) → whether it bears a mark that somebody may execute it. */
static int may_run(lua_State *L)
{
	struct stat status;
	lua_pushboolean(L, !stat(luaL_checkstring(L, 1), &status) && (status.st_mode & 0111));
	return 1;
}

/* can_show(folder) → true, or false and why no sandbox can show it. */
static int can_show(lua_State *L)
{
	struct shown_folder folder = {0};
	struct error err = {0};
	bool can = shown_look(luaL_checkstring(L, 1), &folder, &err);
	shown_free(&folder);
	lua_pushboolean(L, can);
	if (can)
		return 1;
	lua_pushstring(L, err.text);
	return 2;
}

/* can_serve(path, execute) → whether a program in a sandbox that shows the file may read (execute) it. */
static int can_serve(lua_State *L)
{
	lua_pushboolean(L, shown_serves(luaL_checkstring(L, 1), lua_toboolean(L, 2)));
	return 1;
}

/* head(path, most) → the first bytes of a regular file. */
static int head(lua_State *L)
{
	const char *path = luaL_checkstring(L, 1);
	lua_Integer most = luaL_checkinteger(L, 2);
	luaL_argcheck(L, most >= 0 && most <= 1 << 20, 2, "0 to 1 MiB expected");
	struct holder *holder = push_holder(L);
	struct error err = {0};
	if (!file_read_head(path, (size_t)most, &holder->bytes, &err))
		return push_failure(L, &err);
	lua_pushlstring(L, holder->bytes.data, holder->bytes.size);
	return 1;
}

/* input(limit) → what is left of the file that is our standard input; nil where it is no file; nil and why where it
   cannot be read or is longer. */
static int input(lua_State *L)
{
	lua_Integer limit = luaL_checkinteger(L, 1);
	luaL_argcheck(L, limit >= 0, 1, "cannot be negative");
	struct holder *holder = push_holder(L);
	bool is_file = false;
	struct error err = {0};
	if (!file_read_input((size_t)limit, &is_file, &holder->bytes, &err))
		return push_failure(L, &err);
	if (!is_file)
		return 0;
	lua_pushlstring(L, holder->bytes.data, holder->bytes.size);
	return 1;
}

int luaopen_livepost_file(lua_State *L)
{
	static const luaL_Reg functions[] = {
		{ "can_serve", can_serve }, { "can_show", can_show }, { "current_folder", current_folder }, { "head", head }, { "input", input }, { "kind", kind }, { "list", list }, { "lock", lock }, { "may_run", may_run },
		{ "publish", publish }, { "read", read_file }, { "real", real }, { "remove", remove_file }, { "remove_empty_folder", remove_empty_folder }, { "sweep", sweep },
		{ "write", write_file }, { NULL, NULL },
	};
	luaL_newlib(L, functions);
	return 1;
}
