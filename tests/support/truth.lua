-- Compares a timeline with what must hold of every timeline, and with what its program says of itself (the scenes of
-- tests/fixtures/traced/truth.h). Every function takes a list and adds sentences on what is wrong.
local M = {}

local FIRST_RUNG = "switch-records"

local function length(stretch)
	return stretch.end_ns - stretch.start_ns
end

local function said(problems, ...)
	if #problems < 40 then
		problems[#problems + 1] = string.format(...)
	end
end

local function lanes_by_id(timeline, problems)
	local lanes = {}
	for _, lane in ipairs(timeline.lanes) do
		if lanes[lane.id] then said(problems, "two lanes have the id %d", lane.id) end
		lanes[lane.id] = lane
	end
	return lanes
end

-- Where blind, what only a rung above can tell must not be there.
local function check_blindness(timeline, lane, slice, problems)
	local blind = {}
	for _, word in ipairs(timeline.blind) do blind[word] = true end
	if slice.state == "unknown" and not blind["cpu-time"] and not blind.unwrapped then
		said(problems, "%s is unknown at %d, and nothing is lost", lane.name, slice.start_ns)
	end
	if slice.cpu and blind.cpus then said(problems, "%s has a core, which this rung cannot see", lane.name) end
	if slice.state == "waiting-cpu" and blind.delay and blind.preemption then
		said(problems, "%s waits for a core, which this rung cannot see", lane.name)
	end
end

local function check_lane(timeline, lanes, lane, problems)
	local at, running = lane.start_ns, 0
	for i, slice in ipairs(lane.slices) do
		if slice.start_ns ~= at then said(problems, "%s: slice %d does not begin where the one before ends", lane.name, i) end
		if slice.end_ns <= slice.start_ns then said(problems, "%s: slice %d is empty", lane.name, i) end
		at = slice.end_ns
		if slice.state == "running" then running = running + length(slice) end
		if slice.owner_lane and not lanes[slice.owner_lane] then
			said(problems, "%s: the owner %d is no lane", lane.name, slice.owner_lane)
		elseif slice.owner and lanes[slice.owner_lane].name ~= slice.owner then
			said(problems, "%s: the owner %d is not called %s", lane.name, slice.owner_lane, slice.owner)
		end
		if slice.owner_lane == lane.id and #timeline.lanes > 1 and slice.end_ns < lane.end_ns then
			said(problems, "%s waits for itself, and then no more", lane.name)
		end
		check_blindness(timeline, lane, slice, problems)
	end
	if at ~= lane.end_ns then said(problems, "%s: the slices end at %d, the lane at %d", lane.name, at, lane.end_ns) end
	if timeline.method == FIRST_RUNG and lane.cpu_ns ~= running then
		said(problems, "%s ran %d ns, cpu_ns is %d", lane.name, running, lane.cpu_ns)
	end
	if lane.start_ns < 0 or lane.end_ns > timeline.wall_ns then said(problems, "%s is not within the run", lane.name) end
	for _, span in ipairs(lane.spans) do
		if span.start_ns < lane.start_ns or span.end_ns > lane.end_ns or span.end_ns < span.start_ns then
			said(problems, "%s: the span %s is not within it", lane.name, span.name)
		end
	end
end

local function within(lane, ns)
	return lane and ns >= lane.start_ns and ns <= lane.end_ns
end

local function check_flows(timeline, lanes, problems)
	for _, flow in ipairs(timeline.flows) do
		local from, to = flow.from, flow.to
		if not within(lanes[from.lane], from.ns) or not within(lanes[to.lane], to.ns) then
			said(problems, "a %s goes from or to no lane: %d at %d to %d at %d", flow.kind, from.lane, from.ns, to.lane, to.ns)
		end
		if from.ns > to.ns then said(problems, "a %s goes back in time", flow.kind) end
		if from.lane == to.lane then said(problems, "a %s goes to its own lane", flow.kind) end
		if (flow.kind == "hand-off") and not flow.what then said(problems, "a hand-off of nothing") end
	end
end

-- What one lane at a time may have is had by one at a time; and every hand-off leaves where a hold ended.
local function check_resources(timeline, lanes, problems)
	local names = {}
	for _, resource in ipairs(timeline.resources) do
		if names[resource.name] then said(problems, "two resources are called %s", resource.name) end
		names[resource.name] = resource
		local before
		resource.ends = {}
		for _, hold in ipairs(resource.holds) do
			if not within(lanes[hold.lane], hold.start_ns) or not within(lanes[hold.lane], hold.end_ns) then
				said(problems, "%s is held outside of its holder's lane", resource.name)
			end
			resource.ends[hold.lane .. " " .. hold.end_ns] = true
			local alone = resource.kind ~= "semaphore" and not (before and before.read and hold.read)
			if before and alone and hold.start_ns < before.end_ns then
				said(problems, "%s is held by two at %d", resource.name, hold.start_ns)
			end
			if not before or hold.end_ns > before.end_ns then before = hold end
		end
	end
	for _, flow in ipairs(timeline.flows) do
		local resource = flow.kind == "hand-off" and names[flow.what]
		if resource and not resource.ends[flow.from.lane .. " " .. flow.from.ns] then
			said(problems, "a hand-off of %s leaves where it was not let go: lane %d at %d", flow.what, flow.from.lane, flow.from.ns)
		end
	end
end

-- The path is one chain up to the finish, on lanes that are there then.
local function check_path(timeline, lanes, problems)
	local at
	for _, stretch in ipairs(timeline.path) do
		if at and stretch.start_ns ~= at then said(problems, "the path has a gap at %d", at) end
		if stretch.start_ns >= stretch.end_ns then said(problems, "the path has an empty stretch") end
		if not within(lanes[stretch.lane], stretch.start_ns) or not within(lanes[stretch.lane], stretch.end_ns) then
			said(problems, "the path leaves lane %d", stretch.lane)
		end
		at = stretch.end_ns
	end
	if timeline.finish and at and at ~= timeline.finish.ns then said(problems, "the path does not end at the finish") end
end

-- What must hold of every timeline of which nothing is lost.
function M.check_timeline(timeline, problems)
	if timeline.lost ~= 0 or timeline.refused or timeline.problem then
		said(problems, "lost %d, refused %s, problem %s", timeline.lost, timeline.refused, timeline.problem)
	end
	local lanes = lanes_by_id(timeline, problems)
	for _, lane in ipairs(timeline.lanes) do check_lane(timeline, lanes, lane, problems) end
	check_flows(timeline, lanes, problems)
	check_resources(timeline, lanes, problems)
	check_path(timeline, lanes, problems)
	return lanes
end

-- The program's clock, as the nearest and the farthest that the timeline's zero can be away.
local function find_zero(timeline, truth)
	for _, lane in ipairs(timeline.lanes) do
		for _, mark in ipairs(lane.marks) do
			if mark.name == "zero" then return truth.before_ns - mark.ns, truth.after_ns - mark.ns end
		end
	end
	error("no mark says where zero is")
end

local function find_resource(timeline, name)
	for _, resource in ipairs(timeline.resources) do
		if resource.name == name then return resource end
	end
end

local WAITS = { sleeping = true, joining = true, blocked = true, ["waiting-lock"] = true, ["waiting-cond"] = true,
	["waiting-io"] = true, ["waiting-child"] = true }

-- Page faults block a lane for microseconds anywhere; after a condition there may be its mutex to wait for.
local function may_not_be(scene, state)
	return state ~= "blocked" and not (scene.state == "waiting-cond" and state == "waiting-lock")
end

-- All of the time in which the lane surely waited is in that state, with what is known of it; nothing else that is
-- waited for stands in the whole of it, of any length.
local function check_wait(scene, file, lane, zero_least, zero_most, problems)
	local function say(format, ...)
		said(problems, "%s: " .. format, scene.name, ...)
	end
	local covered, reached = scene.sure_start_ns - zero_most, false
	local end_ns = scene.sure_end_ns - zero_least
	for _, slice in ipairs(lane.slices) do
		local first, last = slice.start_ns + zero_most >= scene.start_ns, slice.end_ns + zero_least <= scene.end_ns
		local is_wait = slice.state == scene.state and (not scene.what or slice.what == scene.what)
		local may_cover = is_wait or (scene.sleeps_twice and slice.state == "waiting-cpu" and reached)
		if may_cover and slice.start_ns <= covered and slice.end_ns > covered then
			covered = slice.end_ns
			reached = reached or is_wait
		end
		if is_wait and scene.state == "blocked" and slice.end_ns + zero_least <= scene.sure_start_ns then
			is_wait, first = false, false -- a page fault
		end
		if is_wait and first and last then
			local owner = slice.owner_lane
			if scene.has_owner and owner ~= scene.owner then say("the owner is %s, not %d", owner, scene.owner) end
			if scene.kind and not scene.has_owner and owner then say("somebody owns it: %s", slice.owner) end
			if scene.line > 0 and slice.where ~= file .. ":" .. scene.line then
				say("waits at %s, not %s:%d", slice.where, file, scene.line)
			end
		elseif WAITS[slice.state] and first and last and may_not_be(scene, slice.state) then
			say("is %s (%s, %s), not %s (%s)", slice.state, slice.what, slice.where, scene.state, scene.what)
		end
	end
	if scene.spins then
		return
	elseif covered >= end_ns then
		return
	elseif not reached then
		say("is never %s (%s)", scene.state, scene.what)
	else
		say("is %s for only %d of %d ns", scene.state, covered - scene.sure_start_ns + zero_most,
			scene.sure_end_ns - scene.sure_start_ns)
	end
end

local function check_arrow(timeline, scene, zero_least, zero_most, problems)
	local found, first = 0, nil
	for _, flow in ipairs(timeline.flows) do
		if flow.to.lane == scene.tid and flow.kind == scene.flow then
			found, first = found + 1, first or flow
		end
	end
	if found ~= 1 then
		return said(problems, "%s: %d arrows of kind %s end its wait", scene.name, found, scene.flow)
	end
	local resource = scene.kind and scene.what
	if first.what ~= resource then said(problems, "%s: the arrow is for %s, not %s", scene.name, first.what, resource) end
	if first.from.lane ~= scene.owner then
		said(problems, "%s: the arrow comes from %d, not %d", scene.name, first.from.lane, scene.owner)
	end
	if first.from.ns + zero_most < scene.sure_end_ns or first.to.ns + zero_least > scene.end_ns then
		said(problems, "%s: the arrow is not where the wait ended", scene.name)
	end
end

local function check_holds(timeline, scene, zero_least, zero_most, problems)
	local resource = find_resource(timeline, scene.what)
	if not resource then return said(problems, "%s: there is no resource %s", scene.name, scene.what) end
	if resource.kind ~= scene.kind then said(problems, "%s is a %s, not a %s", scene.what, resource.kind, scene.kind) end
	local waits, before, after = 0, false, false
	for _, wait in ipairs(resource.waits) do
		if wait.lane == scene.tid then waits = waits + 1 end
	end
	if waits == 0 then said(problems, "%s: %s has no wait of it", scene.name, scene.what) end
	for _, hold in ipairs(resource.holds) do
		if hold.lane == scene.owner and hold.start_ns + zero_least <= scene.sure_start_ns
			and hold.end_ns + zero_most >= scene.sure_end_ns then
			before = true
		end
		if hold.lane == scene.tid and hold.start_ns + zero_most >= scene.sure_end_ns then after = true end
	end
	if scene.has_owner and not before then said(problems, "%s: its owner does not hold it meanwhile", scene.name) end
	if scene.has_owner and not after then said(problems, "%s: it does not hold %s afterwards", scene.name, scene.what) end
	if not scene.has_owner and scene.kind ~= "semaphore" and #resource.holds > 0 then
		said(problems, "%s is held by somebody", scene.what)
	end
end

-- What the program says of its scenes. `file` is how the timeline calls its source.
function M.check_scenes(timeline, truth, file, problems)
	local zero_least, zero_most = find_zero(timeline, truth)
	local lanes = lanes_by_id(timeline, problems)
	for _, scene in ipairs(truth.scenes) do
		local lane = lanes[scene.tid]
		if not lane then
			said(problems, "%s has no lane", scene.name)
		else
			if lane.name ~= scene.name then said(problems, "%s is called %s", scene.name, lane.name) end
			check_wait(scene, file, lane, zero_least, zero_most, problems)
			if scene.flow then check_arrow(timeline, scene, zero_least, zero_most, problems) end
			if scene.kind then check_holds(timeline, scene, zero_least, zero_most, problems) end
		end
	end
end

return M
