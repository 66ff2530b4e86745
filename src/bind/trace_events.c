/* livepost.trace_events: events of the Trace Event Format as text, sorted by time. Knows how an event is written and which of
   two stands first, not what it says. */
#include "bind/json_text.h"
#include "bind/state.h"

#include "base/memory.h"

#include <lauxlib.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static const char EVENTS[] = "livepost.trace_events";

/* The text of an event lies in events.text; order: how many were added before. */
struct event {
	int64_t ns, duration_ns;
	size_t start, size, order;
	int rank;
};

struct events {
	struct event *list;
	size_t count, capacity;
	struct buffer text, sorted;
};

static int free_events(lua_State *L)
{
	struct events *events = luaL_checkudata(L, 1, EVENTS);
	free(events->list);
	buffer_free(&events->text);
	buffer_free(&events->sorted);
	*events = (struct events){0};
	return 0;
}

/* new() → a list without events. */
static int make_events(lua_State *L)
{
	struct events *events = lua_newuserdatauv(L, sizeof *events, 0);
	*events = (struct events){0};
	luaL_setmetatable(L, EVENTS);
	return 1;
}

/* Names stand in front of everything; at one time slices stand before what binds to them. */
static int rank_of(lua_State *L, char phase)
{
	static const char PHASES[] = "MXsfi";
	const char *found = phase ? strchr(PHASES, phase) : NULL;
	return found ? (int)(found - PHASES) : luaL_error(L, "no such phase");
}

/* Microseconds with three decimals: exact, and without the digits that a float would add. */
static void add_microseconds(struct buffer *text, int64_t ns)
{
	int64_t whole = ns / 1000, part = ns % 1000;
	if (part < 0) {
		whole--;
		part += 1000;
	}
	add_json_integer(text, whole);
	buffer_add(text, (char[]){ '.', (char)('0' + part / 100), (char)('0' + part / 10 % 10), (char)('0' + part % 10) }, 4);
}

static void add_text(lua_State *L, struct buffer *text, int index)
{
	size_t size = 0;
	const char *said = luaL_checklstring(L, index, &size);
	if (!add_json_string(text, said, size))
		luaL_error(L, "a text of an event is not UTF-8");
}

static void add_number(struct buffer *text, const char *name, int64_t value)
{
	buffer_add_string(text, name);
	add_json_integer(text, value);
}

/* What most events have; the caller adds the rest and ends it. duration_ns: below 0 for none. name and category: where they
   are on the stack; category 0 for none. */
static struct event begin(lua_State *L, struct events *events, const struct event *about, char phase, const int64_t track[2],
			  const int texts[2])
{
	struct event event = *about;
	event.rank = rank_of(L, phase);
	event.start = events->text.size;
	buffer_add(&events->text, "{\"ph\":\"", 7);
	buffer_add(&events->text, &phase, 1);
	buffer_add(&events->text, "\",\"name\":", 9);
	add_text(L, &events->text, texts[0]);
	add_number(&events->text, ",\"pid\":", track[0]);
	add_number(&events->text, ",\"tid\":", track[1]);
	buffer_add_string(&events->text, ",\"ts\":");
	add_microseconds(&events->text, event.ns);
	if (texts[1]) {
		buffer_add_string(&events->text, ",\"cat\":");
		add_text(L, &events->text, texts[1]);
	}
	if (event.duration_ns >= 0) {
		buffer_add_string(&events->text, ",\"dur\":");
		add_microseconds(&events->text, event.duration_ns);
	}
	return event;
}

static void end(struct events *events, struct event event)
{
	buffer_add(&events->text, "}", 1);
	event.size = events->text.size - event.start;
	event.order = events->count;
	if (events->count == events->capacity) {
		events->capacity = events->capacity ? 2 * events->capacity : 64;
		events->list = memory_resize(events->list, events->capacity, sizeof *events->list);
	}
	events->list[events->count++] = event;
}

/* events:add(phase, name, pid, tid, ns [, category, duration_ns, rest]): rest is JSON that is put behind all else, with a
   comma in front. */
static int add(lua_State *L)
{
	struct events *events = luaL_checkudata(L, 1, EVENTS);
	const char *phase = luaL_checkstring(L, 2);
	const int64_t track[2] = { luaL_checkinteger(L, 4), luaL_checkinteger(L, 5) };
	const struct event about = { .ns = luaL_checkinteger(L, 6), .duration_ns = luaL_optinteger(L, 8, -1) };
	size_t size = 0;
	const char *rest = luaL_optlstring(L, 9, "", &size);
	struct event event = begin(L, events, &about, *phase, track, (int[]){ 3, lua_isnoneornil(L, 7) ? 0 : 7 });
	buffer_add(&events->text, rest, size);
	end(events, event);
	return 0;
}

/* Adds the field on top of the stack as JSON: texts as the table at index `shown` has them. */
static void add_argument(lua_State *L, struct buffer *text, int shown)
{
	switch (lua_type(L, -1)) {
	case LUA_TSTRING:
		lua_gettable(L, shown);
		add_text(L, text, lua_gettop(L));
		return;
	case LUA_TBOOLEAN: buffer_add_string(text, lua_toboolean(L, -1) ? "true" : "false"); return;
	case LUA_TNUMBER: add_json_integer(text, luaL_checkinteger(L, -1)); return;
	default: luaL_error(L, "a field of an event is a %s", luaL_typename(L, -1));
	}
}

/* A table of whole numbers by name, few of them, names in order as `names` (at index) has them. */
static void add_map(lua_State *L, struct buffer *text, int names)
{
	int map = lua_gettop(L);
	const char *comma = "{";
	for (lua_Integer i = 1; lua_rawgeti(L, names, i) == LUA_TSTRING; i++) {
		lua_pushvalue(L, -1);
		if (lua_rawget(L, map) != LUA_TNIL) {
			buffer_add_string(text, comma);
			add_text(L, text, lua_gettop(L) - 1);
			add_number(text, ":", luaL_checkinteger(L, -1));
			comma = ",";
		}
		lua_settop(L, map);
	}
	lua_settop(L, map);
	buffer_add_string(text, *comma == '{' ? "{}" : "}");
}

/* Where things stand on the stack: the record, and what is said of it. */
struct places {
	int record, fields, shown, keys;
};

/* Adds what the record has of the fields, texts as `shown` has them, the keys of maps as `keys` has them. */
static void add_fields(lua_State *L, struct buffer *text, const struct places *at)
{
	int top = lua_gettop(L);
	const char *comma = "{";
	for (lua_Integer i = 1; lua_rawgeti(L, at->fields, i) == LUA_TSTRING; i++) {
		lua_pushvalue(L, -1);
		if (lua_rawget(L, at->record) != LUA_TNIL) {
			buffer_add_string(text, comma);
			comma = ",";
			add_text(L, text, top + 1);
			buffer_add(text, ":", 1);
			if (lua_istable(L, -1))
				add_map(L, text, at->keys);
			else
				add_argument(L, text, at->shown);
		}
		lua_settop(L, top);
	}
	lua_settop(L, top);
	buffer_add_string(text, *comma == '{' ? "{}" : "}");
}

static int64_t integer_field(lua_State *L, int record, const char *name)
{
	lua_getfield(L, record, name);
	int64_t value = luaL_checkinteger(L, -1);
	lua_pop(L, 1);
	return value;
}

/* texts: where the name and the category are on the stack. Without fields (0) nothing is said of the record. */
static void add_record(lua_State *L, struct events *events, const struct places *at, const int64_t track[2], const int texts[2])
{
	struct event about = { .ns = integer_field(L, at->record, "start_ns") };
	about.duration_ns = integer_field(L, at->record, "end_ns") - about.ns;
	struct event event = begin(L, events, &about, 'X', track, texts);
	if (at->fields) {
		buffer_add_string(&events->text, ",\"args\":");
		add_fields(L, &events->text, at);
	}
	end(events, event);
}

/* events:add_stretch(record, pid, tid, name, category [, fields, shown, keys]): a record with start_ns and end_ns. What it says is
   an object of those of the fields that it has (names in order, those of maps with the keys in order), nothing without fields;
   shown: text → how it is shown. */
static int add_stretch(lua_State *L)
{
	struct events *events = luaL_checkudata(L, 1, EVENTS);
	luaL_checktype(L, 2, LUA_TTABLE);
	const bool has_fields = !lua_isnoneornil(L, 7);
	for (int i = 7; has_fields && i <= 9; i++)
		luaL_checktype(L, i, LUA_TTABLE);
	const int64_t track[2] = { luaL_checkinteger(L, 3), luaL_checkinteger(L, 4) };
	lua_settop(L, 9);
	add_record(L, events, &(struct places){ 2, has_fields ? 7 : 0, 8, 9 }, track, (int[]){ 5, 6 });
	return 0;
}

/* events:add_slices(slices, pid, tid, fields, shown, keys): each as add_stretch does, called by what it waits for, else by its
   state, which is its category. */
static int add_slices(lua_State *L)
{
	struct events *events = luaL_checkudata(L, 1, EVENTS);
	luaL_checktype(L, 2, LUA_TTABLE);
	for (int i = 5; i <= 7; i++)
		luaL_checktype(L, i, LUA_TTABLE);
	const int64_t track[2] = { luaL_checkinteger(L, 3), luaL_checkinteger(L, 4) };
	lua_settop(L, 7);
	for (lua_Integer i = 1; lua_rawgeti(L, 2, i) == LUA_TTABLE; i++) {
		lua_getfield(L, 8, "state");
		if (lua_getfield(L, 8, "what") == LUA_TNIL) {
			lua_pop(L, 1);
			lua_pushvalue(L, 9);
		}
		lua_gettable(L, 6);
		add_record(L, events, &(struct places){ 8, 5, 6, 7 }, track, (int[]){ 10, 9 });
		lua_settop(L, 7);
	}
	return 0;
}

/* By time; at one time what contains before what is contained; else as they were added. */
static int compare_events(const void *a, const void *b)
{
	const struct event *one = a, *other = b;
	if ((one->rank == 0) != (other->rank == 0))
		return one->rank == 0 ? -1 : 1;
	if (one->ns != other->ns)
		return one->ns < other->ns ? -1 : 1;
	if (one->rank != other->rank)
		return one->rank < other->rank ? -1 : 1;
	if (one->duration_ns != other->duration_ns)
		return one->duration_ns > other->duration_ns ? -1 : 1;
	return one->order < other->order ? -1 : one->order > other->order;
}

/* events:text() → all events as JSON, sorted, a line each, with commas between. */
static int text(lua_State *L)
{
	struct events *events = luaL_checkudata(L, 1, EVENTS);
	if (events->count)
		qsort(events->list, events->count, sizeof *events->list, compare_events);
	events->sorted.size = 0;
	buffer_reserve(&events->sorted, events->text.size + 2 * events->count);
	for (size_t i = 0; i < events->count; i++) {
		if (i)
			buffer_add(&events->sorted, ",\n", 2);
		buffer_add(&events->sorted, events->text.data + events->list[i].start, events->list[i].size);
	}
	lua_pushlstring(L, events->sorted.data, events->sorted.size);
	/* At once: the collector does not see how large it is. */
	buffer_free(&events->sorted);
	buffer_free(&events->text);
	free(events->list);
	*events = (struct events){0};
	return 1;
}

int luaopen_livepost_trace_events(lua_State *L)
{
	static const luaL_Reg methods[] = {
		{ "add", add }, { "add_stretch", add_stretch }, { "add_slices", add_slices }, { "text", text },
		{ "__gc", free_events }, { NULL, NULL },
	};
	static const luaL_Reg functions[] = { { "new", make_events }, { NULL, NULL } };
	luaL_newmetatable(L, EVENTS);
	luaL_setfuncs(L, methods, 0);
	lua_pushvalue(L, -1);
	lua_setfield(L, -2, "__index");
	luaL_newlib(L, functions);
	return 1;
}
