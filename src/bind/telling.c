/* A timeline while it becomes a Lua table, and what its lanes, locks and places are called there. */
#include "bind/telling.h"

#include "base/memory.h"
#include "measure/compound_lock.h"

#include <lauxlib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Greater than any tid the kernel gives out. */
enum { OTHER_IDS = 1 << 22 };

static int free_telling(lua_State *L)
{
	struct telling *telling = lua_touserdata(L, 1);
	const struct timeline *timeline = &telling->timeline;
	for (size_t i = 0; telling->symbols && i < timeline->image_count; i++)
		symbols_free(telling->symbols[i]);
	for (size_t i = 0; telling->names && i < timeline->resource_count; i++)
		free(telling->names[i]);
	free(telling->symbols);
	free(telling->names);
	free(telling->ids);
	hang_free(&telling->hang);
	timeline_free(&telling->timeline);
	*telling = (struct telling){0};
	return 0;
}

struct telling *telling_push(lua_State *L)
{
	struct telling *telling = lua_newuserdatauv(L, sizeof *telling, 0);
	*telling = (struct telling){0};
	if (luaL_newmetatable(L, "livepost.measure.telling")) {
		lua_pushcfunction(L, free_telling);
		lua_setfield(L, -2, "__gc");
		lua_pushcfunction(L, free_telling);
		lua_setfield(L, -2, "__close");
	}
	lua_setmetatable(L, -2);
	lua_toclose(L, -1);
	return telling;
}

/* The names of an image's addresses; NULL where there is no such image. The bytes of programs stay Lua's: the table of
   options stays on the stack. */
static struct symbols *symbols_of(lua_State *L, struct telling *telling, size_t index)
{
	const struct timeline *timeline = &telling->timeline;
	if (index >= timeline->image_count)
		return NULL;
	if (telling->symbols[index])
		return telling->symbols[index];
	const struct image *image = &timeline->images[index];
	struct symbols_module *modules = lua_newuserdatauv(L, (image->module_count + 1) * sizeof *modules, 0);
	bool programs = telling->options && lua_getfield(L, telling->options, "programs") == LUA_TTABLE;
	if (telling->options && !programs)
		lua_pop(L, 1);
	for (size_t i = 0; i < image->module_count; i++) {
		modules[i] = (struct symbols_module){.bias = image->modules[i].bias, .path = image->modules[i].path};
		if (programs && lua_getfield(L, -1, image->modules[i].path) == LUA_TSTRING)
			modules[i].bytes = lua_tolstring(L, -1, &modules[i].size);
		if (programs)
			lua_pop(L, 1);
	}
	telling->symbols[index] = symbols_open(modules, image->module_count, telling->root);
	lua_pop(L, programs ? 2 : 1);
	return telling->symbols[index];
}

/* What the author calls a variable, options.names by the part's name or by that of the whole: pushes it, or nil; returns
   whether it is that of the whole. */
static bool push_authors_name(lua_State *L, const struct telling *telling, const struct symbols_variable *variable)
{
	bool whole = false;
	lua_pushnil(L);
	if (!telling->options)
		return false;
	if (lua_getfield(L, telling->options, "names") == LUA_TTABLE) {
		if (lua_getfield(L, -1, variable->name) != LUA_TSTRING) {
			lua_pop(L, 1);
			whole = lua_getfield(L, -1, variable->base) == LUA_TSTRING;
		}
		lua_replace(L, -3);
	}
	lua_pop(L, 1);
	return whole;
}

/* Where the address of a shared lock means something: the image of its first wait or hold. */
static size_t image_of(const struct timeline *timeline, const struct resource *resource)
{
	if (resource->image != TIMELINE_NONE)
		return resource->image;
	if (resource->wait_count)
		return timeline->waits[resource->waits[0]].image;
	return resource->hold_count ? timeline->lanes[resource->holds[0].lane].image : TIMELINE_NONE;
}

/* The variable that a resource is; NULL where none is known. */
static const struct symbols_variable *variable_of(lua_State *L, struct telling *telling, size_t index)
{
	const struct resource *resource = &telling->timeline.resources[index];
	struct symbols *symbols = NULL;
	if (resource->kind != RESOURCE_PIPE)
		symbols = symbols_of(L, telling, image_of(&telling->timeline, resource));
	return symbols ? symbols_variable(symbols, resource->address) : NULL;
}

/* What the author gave one name to is one lock, with all the mutexes and conditions in it. */
static void make_compound_locks(lua_State *L, struct telling *telling)
{
	struct timeline *timeline = &telling->timeline;
	if (!telling->options || !timeline->resource_count)
		return;
	size_t *parts = lua_newuserdatauv(L, timeline->resource_count * sizeof *parts, 0);
	lua_newtable(L); /* image and name of each whole that was seen */
	for (size_t i = 0; i < timeline->resource_count; i++) {
		const struct symbols_variable *variable = variable_of(L, telling, i);
		size_t image = image_of(timeline, &timeline->resources[i]), count = 0;
		if (!variable || !push_authors_name(L, telling, variable)) {
			lua_settop(L, lua_gettop(L) - (variable ? 1 : 0));
			continue;
		}
		lua_pop(L, 1);
		lua_pushfstring(L, "%d %s", (int)image, variable->base);
		lua_pushvalue(L, -1);
		if (lua_rawget(L, -3) != LUA_TNIL) {
			lua_pop(L, 2);
			continue;
		}
		lua_pop(L, 1);
		lua_pushboolean(L, true);
		lua_rawset(L, -3);
		for (size_t j = i; j < timeline->resource_count; j++) {
			const struct symbols_variable *other = variable_of(L, telling, j);
			if (other && image_of(timeline, &timeline->resources[j]) == image && !strcmp(other->base, variable->base))
				parts[count++] = j;
		}
		compound_lock_make(timeline, parts, count);
	}
	lua_pop(L, 2);
}

/* Counts one more of `name` in the table on top of the stack; returns how many there are now. */
static lua_Integer count_name(lua_State *L, const char *name)
{
	lua_getfield(L, -1, name);
	lua_Integer count = lua_tointeger(L, -1) + 1;
	lua_pop(L, 1);
	lua_pushinteger(L, count);
	lua_setfield(L, -2, name);
	return count;
}

/* Of several that bear one name (in two processes, say) all but the first get a number. The table of how many bear each
   is on top of the stack. */
static void name_resource(lua_State *L, struct telling *telling, size_t index)
{
	const struct resource *resource = &telling->timeline.resources[index];
	const struct symbols_variable *variable = variable_of(L, telling, index);
	char name[256] = "";
	if (variable) {
		push_authors_name(L, telling, variable);
		snprintf(name, sizeof name, "%.200s", lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : variable->name);
		lua_pop(L, 1);
	} else {
		/* Numbered among those that have no name, under a key that is no variable's name. */
		char key[32] = "";
		snprintf(key, sizeof key, " %s", resource_kind_name(resource->kind));
		snprintf(name, sizeof name, "%s %lld", key + 1, (long long)count_name(L, key));
	}
	if (resource->part_of == TIMELINE_NONE) {
		lua_Integer count = count_name(L, name);
		size_t length = strlen(name);
		if (count > 1)
			snprintf(name + length, sizeof name - length, " (%lld)", (long long)count); /* room: 256 - 200 */
	}
	telling->names[index] = memory_string(name);
}

static void name_resources(lua_State *L, struct telling *telling)
{
	make_compound_locks(L, telling);
	lua_newtable(L);
	for (size_t i = 0; i < telling->timeline.resource_count; i++)
		name_resource(L, telling, i);
	lua_pop(L, 1);
}

/* Lanes that nobody named are called by the function they began with. Where several bear one name, each gets a number:
   who waits for whom must be plain. */
static void name_lanes(lua_State *L, struct telling *telling)
{
	struct timeline *timeline = &telling->timeline;
	char name[160] = "";
	lua_newtable(L); /* name → how many bear it */
	for (size_t i = 0; i < timeline->lane_count; i++) {
		struct lane *lane = &timeline->lanes[i];
		bool is_main = lane->pid == lane->tid && lane->thread == TIMELINE_NONE;
		struct symbols *symbols = NULL;
		if (!lane->named && lane->start_function && !is_main)
			symbols = symbols_of(L, telling, lane->image);
		const char *function = symbols ? symbols_function(symbols, lane->start_function) : NULL;
		if (function) {
			snprintf(name, sizeof name, "%.120s", function);
			free(lane->name);
			lane->name = memory_string(name);
		}
		count_name(L, lane->name);
	}
	lua_newtable(L); /* name → how many of them have their number */
	for (size_t i = 0; i < timeline->lane_count; i++) {
		struct lane *lane = &timeline->lanes[i];
		lua_getfield(L, -2, lane->name);
		bool several = lua_tointeger(L, -1) > 1;
		lua_pop(L, 1);
		if (!several)
			continue;
		snprintf(name, sizeof name, "%.120s %lld", lane->name, (long long)count_name(L, lane->name));
		free(lane->name);
		lane->name = memory_string(name);
	}
	lua_pop(L, 2);
}

/* A lane is named by its tid where no lane before it had that; by a number that is no tid otherwise. */
static void number_lanes(lua_State *L, struct telling *telling)
{
	const struct timeline *timeline = &telling->timeline;
	uint32_t others = OTHER_IDS;
	lua_newtable(L);
	for (size_t i = 0; i < timeline->lane_count; i++) {
		bool used = lua_rawgeti(L, -1, timeline->lanes[i].tid) != LUA_TNIL;
		lua_pop(L, 1);
		lua_pushboolean(L, true);
		lua_rawseti(L, -2, timeline->lanes[i].tid);
		telling->ids[i] = used ? ++others : timeline->lanes[i].tid;
	}
	lua_pop(L, 1);
}

bool telling_push_place(lua_State *L, struct telling *telling, const struct wait *wait)
{
	struct symbols *symbols = wait->caller ? symbols_of(L, telling, wait->image) : NULL;
	const struct symbols_place *place = symbols ? symbols_line(symbols, wait->caller) : NULL;
	if (!place)
		return false;
	if (place->file && place->line)
		lua_pushfstring(L, "%s:%d", place->file, place->line);
	else
		lua_pushstring(L, place->function ? place->function : place->module);
	return true;
}

void telling_name_all(lua_State *L, struct telling *telling)
{
	const struct timeline *timeline = &telling->timeline;
	telling->symbols = memory_zero(timeline->image_count, sizeof *telling->symbols);
	telling->names = memory_zero(timeline->resource_count, sizeof *telling->names);
	telling->ids = memory_zero(timeline->lane_count, sizeof *telling->ids);
	number_lanes(L, telling);
	name_lanes(L, telling);
	name_resources(L, telling);
}
