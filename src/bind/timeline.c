/* A timeline as a Lua table. Knows how the table looks; what things are called there is telling.c's. */
#include "bind/timeline.h"

#include "bind/lines.h"
#include "bind/table.h"
#include "bind/telling.h"
#include "bind/trace.h"
#include "measure/fold.h"

#include <lauxlib.h>
#include <limits.h>

/* More of a kind than this is folded: no page shows as many, and each is a table. */
enum { PIECES_MOST = 100000 };

static void set_true(lua_State *L, const char *field, bool value)
{
	if (!value)
		return;
	lua_pushboolean(L, true);
	lua_setfield(L, -2, field);
}

static int array_size(size_t count)
{
	return count > INT_MAX ? INT_MAX : (int)count;
}

/* The fields of the table on top that say what a wait was for. */
static void set_wait(lua_State *L, struct telling *telling, const struct wait *wait)
{
	const struct timeline *timeline = &telling->timeline;
	const char *owner = wait->owner == TIMELINE_NONE ? NULL : timeline->lanes[wait->owner].name;
	bool for_lane = wait->kind == WAIT_JOIN || wait->kind == WAIT_CHILD;
	if (wait->resource != TIMELINE_NONE)
		table_set_string(L, "what", telling->names[wait->resource]);
	else if (for_lane)
		table_set_string(L, "what", owner);
	else if (wait->kind == WAIT_IO && wait->object <= INT_MAX) {
		lua_pushfstring(L, "descriptor %d", (int)wait->object);
		lua_setfield(L, -2, "what");
	}
	if (owner) {
		if (!for_lane)
			table_set_string(L, "owner", owner);
		table_set_integer(L, "owner_lane", telling->ids[wait->owner]);
	}
	table_set_string(L, "call", wait_call_name(wait));
	if (wait->kind == WAIT_SLEEP)
		table_set_integer(L, "asked_ns", wait->object);
	if (telling_push_place(L, telling, wait))
		lua_setfield(L, -2, "where");
}

static void push_stretch(lua_State *L, uint64_t start_ns, uint64_t end_ns, const char *name)
{
	lua_createtable(L, 0, 4);
	table_set_integer(L, "start_ns", start_ns);
	table_set_integer(L, "end_ns", end_ns);
	table_set_string(L, "name", name);
}

/* What a piece of several slices is made of, and the state that most of it was in. */
static void set_mix(lua_State *L, const struct lane *lane, const struct folded *piece)
{
	uint64_t states[LANE_STATES] = {0};
	int most = 0;
	for (size_t i = piece->first; i < piece->first + piece->count; i++)
		states[lane->slices[i].state] += lane->slices[i].end_ns - lane->slices[i].start_ns;
	lua_newtable(L);
	for (int i = 0; i < LANE_STATES; i++) {
		if (states[i])
			table_set_integer(L, lane_state_name((enum lane_state)i), states[i]);
		if (states[i] > states[most])
			most = i;
	}
	lua_setfield(L, -2, "mix");
	table_set_string(L, "state", lane_state_name((enum lane_state)most));
	table_set_integer(L, "count", piece->count);
}

static void push_slices(lua_State *L, struct telling *telling, const struct lane *lane)
{
	struct folded piece;
	lua_newtable(L);
	for (size_t at = 0, count = 0; fold_next_slice(lane, telling->resolution_ns, &at, &piece);) {
		const struct slice *slice = &lane->slices[piece.first];
		bool waits = slice->wait != TIMELINE_NO_WAIT && slice->state != LANE_WAITING_CPU;
		lua_createtable(L, 0, waits ? 7 : 4);
		table_set_integer(L, "start_ns", piece.start_ns);
		table_set_integer(L, "end_ns", piece.end_ns);
		if (piece.count > 1) {
			set_mix(L, lane, &piece);
		} else {
			table_set_string(L, "state", lane_state_name(slice->state));
			if (slice->cpu >= 0)
				table_set_integer(L, "cpu", (uint64_t)slice->cpu);
			if (waits)
				set_wait(L, telling, &telling->timeline.waits[slice->wait]);
		}
		lua_rawseti(L, -2, (lua_Integer)++count);
	}
}

static void push_spans(lua_State *L, struct telling *telling, const struct lane *lane)
{
	lua_newtable(L);
	for (size_t i = 0, count = 0; i < lane->span_count; i++) {
		const struct span *span = &lane->spans[i];
		if (!fold_tells_span(telling->resolution_ns, span)) {
			telling->spans_left_out++;
			continue;
		}
		push_stretch(L, span->start_ns, span->end_ns, span->name);
		lua_rawseti(L, -2, (lua_Integer)++count);
	}
}

static void push_marks(lua_State *L, struct telling *telling, const struct lane *lane)
{
	uint64_t last_ns = UINT64_MAX;
	lua_newtable(L);
	for (size_t i = 0, count = 0; i < lane->mark_count; i++) {
		const struct mark *mark = &lane->marks[i];
		if (!fold_tells_mark(telling->resolution_ns, last_ns, mark)) {
			telling->marks_left_out++;
			continue;
		}
		last_ns = mark->ns;
		lua_createtable(L, 0, 2);
		table_set_string(L, "name", mark->name);
		table_set_integer(L, "ns", mark->ns);
		lua_rawseti(L, -2, (lua_Integer)++count);
	}
}

static void push_lane(lua_State *L, struct telling *telling, size_t index)
{
	const struct timeline *timeline = &telling->timeline;
	const struct lane *lane = &timeline->lanes[index];
	lua_createtable(L, 0, 13);
	table_set_string(L, "name", lane->name);
	table_set_integer(L, "id", telling->ids[index]);
	table_set_integer(L, "pid", lane->pid);
	table_set_integer(L, "tid", lane->tid);
	table_set_integer(L, "start_ns", lane->start_ns);
	table_set_integer(L, "end_ns", lane->end_ns);
	if (!(timeline->blind & BLIND_CPU_TIME))
		table_set_integer(L, "cpu_ns", lane->cpu_ns);
	if (lane->thread != TIMELINE_NONE)
		table_set_integer(L, "thread", telling->ids[lane->thread]);
	if (lane->slack_ns != UINT64_MAX)
		table_set_integer(L, "slack_ns", lane->slack_ns);
	if (lane->least_slack_ns != UINT64_MAX)
		table_set_integer(L, "least_slack_ns", lane->least_slack_ns);
	push_slices(L, telling, lane);
	lua_setfield(L, -2, "slices");
	push_spans(L, telling, lane);
	lua_setfield(L, -2, "spans");
	push_marks(L, telling, lane);
	lua_setfield(L, -2, "marks");
}

/* Of a piece of several the longest speaks for all. */
static void push_holds(lua_State *L, const struct telling *telling, const struct resource *resource)
{
	struct folded piece;
	lua_newtable(L);
	for (size_t at = 0, count = 0; fold_next_hold(resource, telling->resolution_ns, &at, &piece);) {
		const struct hold *longest = &resource->holds[piece.first];
		uint64_t held_ns = 0;
		for (size_t i = piece.first; i < piece.first + piece.count; i++) {
			const struct hold *hold = &resource->holds[i];
			held_ns += hold->end_ns - hold->start_ns;
			if (hold->end_ns - hold->start_ns > longest->end_ns - longest->start_ns)
				longest = hold;
		}
		push_stretch(L, piece.start_ns, piece.end_ns, NULL);
		table_set_integer(L, "lane", telling->ids[longest->lane]);
		set_true(L, "read", longest->read);
		set_true(L, "open", longest->open);
		if (piece.count > 1) {
			table_set_integer(L, "count", piece.count);
			table_set_integer(L, "held_ns", held_ns);
		}
		lua_rawseti(L, -2, (lua_Integer)++count);
	}
}

static void push_waits(lua_State *L, const struct telling *telling, const struct resource *resource)
{
	const struct wait *waits = telling->timeline.waits;
	struct folded piece;
	lua_newtable(L);
	for (size_t at = 0, count = 0; fold_next_wait(&telling->timeline, resource, telling->resolution_ns, &at, &piece);) {
		const struct wait *longest = &waits[resource->waits[piece.first]];
		uint64_t waited_ns = 0;
		for (size_t i = piece.first; i < piece.first + piece.count; i++) {
			const struct wait *wait = &waits[resource->waits[i]];
			waited_ns += wait->end_ns - wait->start_ns;
			if (wait->end_ns - wait->start_ns > longest->end_ns - longest->start_ns)
				longest = wait;
		}
		push_stretch(L, piece.start_ns, piece.end_ns, NULL);
		table_set_integer(L, "lane", telling->ids[longest->lane]);
		if (longest->owner != TIMELINE_NONE)
			table_set_integer(L, "owner_lane", telling->ids[longest->owner]);
		if (piece.count > 1) {
			table_set_integer(L, "count", piece.count);
			table_set_integer(L, "waited_ns", waited_ns);
		}
		lua_rawseti(L, -2, (lua_Integer)++count);
	}
}

static void push_resource(lua_State *L, const struct telling *telling, size_t index)
{
	const struct resource *resource = &telling->timeline.resources[index];
	lua_createtable(L, 0, 4);
	table_set_string(L, "name", telling->names[index]);
	table_set_string(L, "kind", resource_kind_name(resource->kind));
	push_holds(L, telling, resource);
	lua_setfield(L, -2, "holds");
	push_waits(L, telling, resource);
	lua_setfield(L, -2, "waits");
}

static void push_path(lua_State *L, const struct telling *telling)
{
	const struct timeline *timeline = &telling->timeline;
	struct folded piece;
	lua_newtable(L);
	for (size_t at = 0, count = 0; fold_next_stretch(timeline, telling->resolution_ns, &at, &piece);) {
		const struct path_stretch *longest = &timeline->path[piece.first];
		for (size_t i = piece.first; i < piece.first + piece.count; i++) {
			const struct path_stretch *stretch = &timeline->path[i];
			if (stretch->end_ns - stretch->start_ns > longest->end_ns - longest->start_ns)
				longest = stretch;
		}
		push_stretch(L, piece.start_ns, piece.end_ns, NULL);
		table_set_integer(L, "lane", telling->ids[longest->lane]);
		if (piece.count > 1)
			table_set_integer(L, "count", piece.count);
		lua_rawseti(L, -2, (lua_Integer)++count);
	}
}

static void set_place(lua_State *L, const char *field, uint32_t lane, uint64_t ns)
{
	lua_createtable(L, 0, 2);
	table_set_integer(L, "lane", lane);
	table_set_integer(L, "ns", ns);
	lua_setfield(L, -2, field);
}

static void push_flow(lua_State *L, const struct telling *telling, const struct flow *flow)
{
	const struct timeline *timeline = &telling->timeline;
	size_t resource = flow->wait == TIMELINE_NO_WAIT ? TIMELINE_NONE : timeline->waits[flow->wait].resource;
	lua_createtable(L, 0, 4);
	table_set_string(L, "kind", flow_kind_name(flow->kind));
	if (resource != TIMELINE_NONE)
		table_set_string(L, "what", telling->names[resource]);
	set_place(L, "from", telling->ids[flow->from], flow->from_ns);
	set_place(L, "to", telling->ids[flow->to], flow->to_ns);
}

/* What the lanes that were there at the end did and waited for; pushes nil where none was. */
static void push_hang(lua_State *L, struct telling *telling)
{
	const struct timeline *timeline = &telling->timeline;
	const struct hang *hang = &telling->hang;
	if (!hang->stuck_count) {
		lua_pushnil(L);
		return;
	}
	lua_createtable(L, 0, 2);
	lua_createtable(L, array_size(hang->stuck_count), 0);
	for (size_t i = 0; i < hang->stuck_count; i++) {
		const struct stuck *stuck = &hang->stuck[i];
		const struct wait *wait = stuck->wait == TIMELINE_NO_WAIT ? NULL : &timeline->waits[stuck->wait];
		lua_createtable(L, 0, 10);
		table_set_integer(L, "lane", telling->ids[stuck->lane]);
		table_set_string(L, "name", timeline->lanes[stuck->lane].name);
		table_set_string(L, "state", lane_state_name(stuck->state));
		table_set_integer(L, "start_ns", stuck->start_ns);
		table_set_integer(L, "end_ns", wait ? wait->end_ns : timeline->lanes[stuck->lane].end_ns);
		if (wait) {
			set_wait(L, telling, wait);
			set_true(L, "timed", wait->timed);
		}
		lua_createtable(L, array_size(stuck->holder_count), 0);
		for (size_t j = 0; j < stuck->holder_count; j++) {
			lua_pushinteger(L, telling->ids[stuck->holders[j]]);
			lua_rawseti(L, -2, (lua_Integer)j + 1);
		}
		lua_setfield(L, -2, "holders");
		lua_rawseti(L, -2, (lua_Integer)i + 1);
	}
	lua_setfield(L, -2, "stuck");
	if (!hang->cycle_count)
		return;
	lua_createtable(L, array_size(hang->cycle_count), 0);
	for (size_t i = 0; i < hang->cycle_count; i++) {
		lua_pushinteger(L, telling->ids[hang->stuck[hang->cycle[i]].lane]);
		lua_rawseti(L, -2, (lua_Integer)i + 1);
	}
	lua_setfield(L, -2, "deadlock");
}

static void push_blind(lua_State *L, unsigned blind)
{
	static const struct {
		unsigned bit;
		const char *word;
	} words[] = {
		{BLIND_CPUS, "cpus"}, {BLIND_PREEMPTION, "preemption"}, {BLIND_DELAY, "delay"},
		{BLIND_UNWRAPPED, "unwrapped"}, {BLIND_CPU_TIME, "cpu-time"}, {BLIND_REASONS, "reasons"},
	};
	lua_newtable(L);
	for (size_t i = 0, count = 0; i < sizeof words / sizeof *words; i++)
		if (blind & words[i].bit) {
			lua_pushstring(L, words[i].word);
			lua_rawseti(L, -2, (lua_Integer)++count);
		}
}

/* Says what the timeline above does not tell one by one. */
static void push_left_out(lua_State *L, const struct telling *telling)
{
	const struct {
		const char *name;
		size_t count;
	} kinds[] = {
		{"flows", telling->flows_left_out}, {"spans", telling->spans_left_out}, {"marks", telling->marks_left_out},
		{"resources", telling->resources_left_out},
	};
	bool any = false;
	if (telling->resolution_ns)
		table_set_integer(L, "folded_ns", telling->resolution_ns);
	lua_newtable(L);
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (kinds[i].count) {
			table_set_integer(L, kinds[i].name, kinds[i].count);
			any = true;
		}
	if (any)
		lua_setfield(L, -2, "left_out");
	else
		lua_pop(L, 1);
}

static void push_timeline(lua_State *L, struct telling *telling)
{
	const struct timeline *timeline = &telling->timeline;
	lua_createtable(L, 0, 12);
	table_set_integer(L, "wall_ns", timeline->wall_ns);
	table_set_string(L, "method", trace_method_name(timeline->method));
	table_set_integer(L, "lost", timeline->lost);
	if (timeline->refused)
		table_set_integer(L, "refused", timeline->refused);
	table_set_string(L, "problem", *timeline->probe_problem ? timeline->probe_problem : NULL);
	push_blind(L, timeline->blind);
	lua_setfield(L, -2, "blind");
	lua_createtable(L, array_size(timeline->lane_count), 0);
	for (size_t i = 0; i < timeline->lane_count; i++) {
		push_lane(L, telling, i);
		lua_rawseti(L, -2, (lua_Integer)i + 1);
	}
	lua_setfield(L, -2, "lanes");
	lua_newtable(L);
	for (size_t i = 0, count = 0; i < timeline->resource_count; i++) {
		const struct resource *resource = &timeline->resources[i];
		if (resource->part_of != TIMELINE_NONE)
			continue;
		/* Nobody ever waited for most of very many. */
		if (count >= telling->most || (timeline->resource_count > telling->most && !resource->wait_count)) {
			telling->resources_left_out++;
			continue;
		}
		push_resource(L, telling, i);
		lua_rawseti(L, -2, (lua_Integer)++count);
	}
	lua_setfield(L, -2, "resources");
	lua_newtable(L);
	for (size_t i = 0, count = 0; i < timeline->flow_count; i++) {
		if (!fold_tells_flow(timeline, telling->resolution_ns, &timeline->flows[i])) {
			telling->flows_left_out++;
			continue;
		}
		push_flow(L, telling, &timeline->flows[i]);
		lua_rawseti(L, -2, (lua_Integer)++count);
	}
	lua_setfield(L, -2, "flows");
	push_path(L, telling);
	lua_setfield(L, -2, "path");
	push_left_out(L, telling);
	if (timeline->finish != TIMELINE_NONE)
		set_place(L, "finish", telling->ids[timeline->finish], timeline->lanes[timeline->finish].end_ns);
	push_hang(L, telling);
	lua_setfield(L, -2, "hang");
}

/* timeline(trace [, options]) → the timeline, or nil and why where the trace has none; with options.sampled, the trace of
   a sampled run, which may be the same, also (as third result) where each line's time went, on a CPU in that run and off
   it in this one, or nil and why where the traces make no sense: bind/lines.c has that table. Both come from one
   reading of the trace, and so say the same.
   options: programs = { [path in the sandbox] = the file's bytes }, root = folder that file names are told without,
   names = { [variable, or the whole it is part of] = what to call it }; a whole with a condition in it becomes one lock,
   most = how many slices, holds, waits, flows, spans, marks, resources and stretches of the path there may be (100,000).

   { wall_ns, method, lost, refused, problem, folded_ns, left_out,
     blind = { "cpus", "preemption", "delay", "unwrapped", "cpu-time", "reasons" },
     lanes = { { name, id, pid, tid, thread, start_ns, end_ns, cpu_ns, slack_ns, least_slack_ns,
                 slices = { { start_ns, end_ns, state, cpu, what, owner, owner_lane, where, call, asked_ns, count, mix } },
                 spans = { { name, start_ns, end_ns } }, marks = { { name, ns } } } },
     resources = { { name, kind, holds = { { lane, start_ns, end_ns, read, open, count, held_ns } },
                     waits = { { lane, start_ns, end_ns, owner_lane, count, waited_ns } } } },
     flows = { { kind, what, from = { lane, ns }, to = { lane, ns } } },
     path = { { lane, start_ns, end_ns, count } }, finish = { lane, ns },
     hang = { stuck = { { lane, name, state, what, owner, owner_lane, where, call, start_ns, end_ns, timed,
                          holders = { id } } },
              deadlock = { id } } }

   Everything named lane, owner_lane, thread or id is an id: the tid of the first lane with it, else a number above all
   tids. What is unknown or false is absent; lists are there, also empty ones, but for hang and deadlock.

   Where there would be more than `most` of a kind, folded_ns is there: slices, holds, waits and stretches shorter than
   that are told together with their neighbours, as one with a count (how many). Such a slice has a mix = { [state] = ns }
   and the state that most of it was in; a hold has held_ns, a wait waited_ns, their sums, and the lane of the longest.
   left_out = { flows, spans, marks, resources } says how many of these are not told at all: shorter ones, or too near to
   each other, and resources that no lane waited for. */
int timeline_of_trace(lua_State *L)
{
	const struct trace *trace = trace_check(L, 1);
	bool options = !lua_isnoneornil(L, 2);
	if (options)
		luaL_checktype(L, 2, LUA_TTABLE);
	lua_settop(L, 2);
	const char *root = NULL;
	if (options && lua_getfield(L, 2, "root") != LUA_TNIL)
		root = luaL_checkstring(L, -1); /* stays on the stack */
	lua_Integer most = PIECES_MOST;
	if (options && lua_getfield(L, 2, "most") != LUA_TNIL)
		most = luaL_checkinteger(L, -1);
	luaL_argcheck(L, most > 0, 2, "most: a number above 0 expected");
	const struct trace *sampled = NULL;
	if (options && lua_getfield(L, 2, "sampled") != LUA_TNIL)
		sampled = trace_check(L, -1); /* stays on the stack */
	struct telling *telling = telling_push(L);
	struct error err = {0};
	luaL_checkstack(L, 32, "timeline");
	telling->root = root;
	telling->options = options ? 2 : 0;
	bool made = timeline_make(trace, &telling->timeline, &err);
	if (made) {
		telling_name_all(L, telling);
		hang_find(&telling->timeline, &telling->hang);
		telling->most = (size_t)most;
		telling->resolution_ns = fold_choose(&telling->timeline, telling->most);
		push_timeline(L, telling);
		lua_pushnil(L);
	} else {
		lua_pushnil(L);
		lua_pushstring(L, err.text);
	}
	int why = lua_gettop(L);
	if (!sampled)
		return 2;
	struct lines_plan plan = {.sampled = sampled, .waited = trace, .timeline = made ? &telling->timeline : NULL};
	int count = lines_push(L, &plan, telling->options);
	lua_pushvalue(L, why - 1);
	lua_pushvalue(L, why);
	lua_rotate(L, -count - 2, 2);
	return count + 2;
}
