-- Says in words what a timeline shows, for those who read by ear and for what a drawing leaves out.

local critical_path = require "timeline.critical_path"
local panels = require "timeline.panels"
local printable = require "base.printable"
local states = require "timeline.states"
local units = require "base.units"

local M = {}

-- Beyond so many lanes in a panel the description says the sums and leaves the rest to the table; the same of locks and
-- of what each stuck lane waits for.
local MOST_LANES = 16
local MOST_LOCKS = 4
local MOST_STUCK = 8
-- How many words a description has, and of how many panels it tells where even their first sentences are more.
local MOST_SAID = 110
local MOST_PANELS = 10

M.failure = panels.failure
M.finish = panels.finish

local function sentence(parts)
	if #parts < 2 then
		return parts[1] or ""
	end
	return table.concat(parts, ", ", 1, #parts - 1) .. " and " .. parts[#parts]
end

-- Returns "ran 230 ms, waited 2.1 ms for a core, 4 ms for locks and was blocked 482 ms", or "did nothing" where all are 0.
-- Each duration in its own unit where unit is nil.
function M.totals(totals, unit)
	local parts, verb = {}, nil
	for _, name in ipairs(states.order) do
		if (totals[name] or 0) > 0 then
			local state = states.of(name)
			parts[#parts + 1] = (state.past ~= verb and state.past .. " " or "") .. units.duration(totals[name], unit) ..
				(state.behind or "")
			verb = state.past
		end
	end
	return #parts > 0 and sentence(parts) or "did nothing"
end

-- Returns the same of several lanes: "ran 230 ms and were blocked 482 ms".
function M.totals_together(totals, unit)
	return (M.totals(totals, unit):gsub("was blocked", "were blocked"))
end

-- Returns { cpu_ns, wall_ns, off_ns } of the median run of a measurement without a timeline. off_ns is nil where the
-- run used more CPU time than passed: several cores worked, and how long none did is not known.
function M.without_order(measurement)
	local run = measurement.runs[measurement.median_run]
	local cpu = run.user_ns and run.user_ns + run.system_ns
	if not cpu then return { wall_ns = run.wall_ns } end -- killed before it could tell
	return { cpu_ns = cpu, wall_ns = run.wall_ns, off_ns = cpu <= run.wall_ns and run.wall_ns - cpu or nil }
end

-- Returns why a measurement has no timeline: "order unknown: measured without switch records (…)".
function M.refusal(measurement)
	local why = measurement.method_why
	return "order unknown: measured without switch records" .. (why and " (" .. why .. ")" or "")
end

-- Returns "12 records lost: …", what the probe wrote and nobody could read, what was too much to keep, or nil where
-- nothing is missing.
function M.lost(timeline)
	local parts = {}
	if timeline.lost and timeline.lost > 0 then
		parts[1] = units.count(timeline.lost, "record") .. " lost: where they are missing, this is not the whole story"
	end
	if timeline.refused and timeline.refused > 0 then
		parts[#parts + 1] = units.count(timeline.refused, "record") .. " of the probe made no sense and " ..
			(timeline.refused == 1 and "was" or "were") .. " left out"
	end
	local left = timeline.left_out or {}
	for _, kind in ipairs { { "flows", "arrow" }, { "spans", "span" }, { "marks", "mark" }, { "resources", "resource" } } do
		if (left[kind[1]] or 0) > 0 then
			parts[#parts + 1] = units.count(left[kind[1]], kind[2]) .. " not kept"
		end
	end
	if timeline.problem then
		parts[#parts + 1] = "the probe's log was left out: " .. timeline.problem
	end
	return #parts > 0 and table.concat(parts, "; ") or nil
end

-- Returns the sums over a list of arranged lanes, from index `first` on.
function M.sum(shown, first)
	local sums = {}
	for _, state in ipairs(states.order) do
		sums[state] = 0
		for i = first, #shown do
			sums[state] = sums[state] + shown[i].totals[state]
		end
	end
	return sums
end

-- Returns "waits for chef, held by potatoes", "joins chicken", … of a slice, a piece or an entry of hang.stuck that waits
-- for something named; nil of others.
function M.wait(wait, panel)
	local state = states.of(wait.state)
	if not wait.what or not state.waits then
		return nil
	end
	local said = (wait.call and "waits in " .. wait.call .. " for " or state.waits) .. wait.what
	local owner = wait.owner_lane and panel.by_id[wait.owner_lane] or nil
	if owner and wait.owner then
		said = said .. ", held by " .. owner.name
	end
	return said
end

-- Returns what hangs: "deadlock: a waits for x, held by b; b waits for y, held by a", or the same of every stuck lane
-- behind "stuck"; nil where nothing does.
function M.hang(panel)
	if not panel.stuck then
		return nil
	end
	local ids, parts = {}, {}
	for _, id in ipairs(panel.deadlock or {}) do
		ids[#ids + 1] = id
	end
	if not panel.deadlock then
		for _, one in ipairs(panel.timeline.hang.stuck) do
			ids[#ids + 1] = one.lane
		end
	end
	for i, id in ipairs(ids) do
		if i > MOST_STUCK then
			parts[#parts + 1] = units.count(#ids - MOST_STUCK, "lane") .. " more"
			break
		end
		local one = panel.stuck[id]
		parts[i] = panel.name_of(id) .. " " .. (one and (M.wait(one, panel) or "is " .. states.of(one.state).key) or "waits")
	end
	return (panel.deadlock and "deadlock: " or "stuck: ") .. table.concat(parts, "; ")
end

-- Returns "12 waits for chef, 349 ms together, longest gravy, 360 ms" for an entry of panel.locks.
function M.lock(found, panel, unit)
	local longest = found.longest
	return string.format("%s for %s, %s together%s", units.count(found.waits, "wait"), found.resource.name,
		units.duration(found.waited_ns, unit), found.waits > 1 and ", the longest by " ..
		panel.name_of(longest.lane) .. ", " .. units.duration(longest.end_ns - longest.start_ns, unit) or "")
end

-- Returns how the run of a panel ended: "dinner", "timeout", "deadlock, timeout".
function M.ending(panel, word)
	return (panel.deadlock and "deadlock, " or "") .. (panel.failure or word)
end

-- "gravy waited 360 ms for chef, held by chicken (4 waits, 806 ms together)."
local function say_wait(found, panel, unit)
	local longest = found.longest
	local holder = longest.owner_lane and panel.by_id[longest.owner_lane] and panel.name_of(longest.owner_lane)
	return string.format("%s waited %s for %s%s%s.", panel.name_of(longest.lane),
		units.duration(longest.end_ns - longest.start_ns, unit), found.resource.name, holder and ", held by " .. holder or "",
		found.waits > 1 and string.format(" (%d waits, %s together)", found.waits, units.duration(found.waited_ns, unit)) or "")
end

-- What a lane did most, without states that are under a hundredth of it.
local function say_lane(entry, unit)
	local length, kept = entry.lane.end_ns - entry.lane.start_ns, {}
	for state, ns in pairs(entry.totals) do
		kept[state] = ns * 100 >= length and ns or nil
	end
	return entry.name .. " " .. M.totals(kept, unit) .. "."
end

local function count_words(said)
	return select(2, said:gsub("%S+", ""))
end

-- Sentences as far as there is room for them, the important ones first.
local function telling(most)
	local out, left = {}, most
	function out.add(said)
		local count = said and count_words(said) or 0
		if not said or count > left then
			return false
		end
		out[#out + 1], left = said, left - count
		return true
	end
	return out
end

local function headline(panel, figure)
	local known = panel.timeline
	return string.format("%s: %s%s at %s.", panel.title, known and units.count(#panel.all, "lane") ..
		(panel.processes > 1 and " in " .. units.count(panel.processes, "process", "processes") or "") .. ", " or "",
		known and M.ending(panel, figure.word) or panel.failure or figure.word, units.duration(panel.finish, figure.unit))
end

local function with_timeline(panel, figure, most)
	local unit, out = figure.unit, telling(most)
	local hang, lost = M.hang(panel), M.lost(panel.timeline)
	if hang and not out.add(hang .. ".") and panel.deadlock then
		out.add(string.format("deadlock of %s.", units.count(#panel.deadlock, "lane")))
	end
	out.add(lost and lost .. ".")
	local decided = critical_path.text(panel, unit)
	out.add(decided and decided .. ".")
	for i = 1, math.min(#panel.locks, MOST_LOCKS) do
		out.add(say_wait(panel.locks[i], panel, unit))
	end
	local lanes = {}
	if #panel.all <= MOST_LANES then
		for i, entry in ipairs(panel.all) do
			lanes[i] = say_lane(entry, unit)
		end
	end
	if #panel.all > 0 and not (#lanes > 0 and out.add(table.concat(lanes, " "))) then
		out.add((#panel.all > 1 and "Together they " or "It ") .. M.totals_together(M.sum(panel.all, 1), unit) .. ".")
	end
	return table.concat(out, " ")
end

local function without_timeline(panel, figure, most)
	local known, unit, out = M.without_order(panel.measurement), figure.unit, telling(most)
	out.add(string.format("On a core for %s%s.", known.cpu_ns and units.duration(known.cpu_ns, unit) or "an unknown time",
		known.off_ns and ", not on a core for " .. units.duration(known.off_ns, unit) or " over several cores"))
	out.add(M.refusal(panel.measurement) .. ".")
	return table.concat(out, " ")
end

-- The panel that finished before all others; nil where there is none.
local function first_of(figure)
	local first, alone
	for _, panel in ipairs(figure.panels) do
		if not first or panel.finish < first.finish then
			first, alone = panel, true
		elseif panel.finish == first.finish then
			alone = false
		end
	end
	return #figure.panels > 1 and alone and first or nil
end

-- Returns the description of a whole figure, as timeline.panels makes it: about MOST_SAID words, however much there is to say.
function M.describe(figure)
	local heads, used, count = {}, 0, #figure.panels
	for i, panel in ipairs(figure.panels) do
		heads[i] = headline(panel, figure)
		used = used + count_words(heads[i])
	end
	local each, out, first = math.max(0, MOST_SAID - used - 6) // count, {}, first_of(figure)
	for i, panel in ipairs(figure.panels) do
		if used > MOST_SAID and i > MOST_PANELS then
			out[#out + 1] = "And " .. units.count(count - MOST_PANELS, "more panel") .. "."
			break
		end
		local said = (panel.timeline and with_timeline or without_timeline)(panel, figure, each)
		out[#out + 1] = said ~= "" and heads[i] .. " " .. said or heads[i]
	end
	out[#out + 1] = first and first.title .. " finished first." or nil
	if figure.window then
		out[#out + 1] = string.format("Drawn from %s to %s.", units.duration(figure.window.from), units.duration(figure.window.to))
	end
	return table.concat(out, " ")
end

-- Returns what decided the finish, for a caption: "chicken decides; gravy has 190 ms to spare", several panels each with
-- its title; nil where there is nothing to say.
function M.story(figure)
	local parts = {}
	for _, panel in ipairs(figure.panels) do
		local said = M.hang(panel) or critical_path.text(panel, figure.unit)
		if said then
			parts[#parts + 1] = #figure.panels > 1 and panel.title .. ": " .. said or said
		end
	end
	return #parts > 0 and printable.text(table.concat(parts, ". ")) or nil
end

return M
