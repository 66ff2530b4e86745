-- Measurements as authors address them: m["pool"].at{ threads = 4 }.wall.median. Every step refuses what is not there, with
-- the nearest that is; numbers know their unit. Knows measurements, draws nothing.
local author_code = require "author.author_code"
local lanes = require "timeline.lanes"
local nearest = require "base.nearest"
local points = require "author.points"
local quantity = require "base.quantity"
local sessions = require "author.session"
local sorted_keys = require "base.sorted_keys"
local states = require "timeline.states"
local statistics = require "base.statistics"
local sweep = require "measurement.sweep"
local walls_of = require "measurement.walls"

local M = {}

local refuse = author_code.refuse

local function list_of(names)
	table.sort(names)
	return "`" .. table.concat(names, "`, `") .. "`"
end

local MOST_TOLD = 12

local function unknown(text, key, names, what)
	local close = type(key) == "string" and nearest.of(key, names)
	local shown = {}
	for i = 1, math.min(#names, MOST_TOLD) do shown[i] = names[i] end
	refuse(("%s has no %s `%s`: %s"):format(text, what, tostring(key), close and ("did you mean `%s`?"):format(close)
		or #names == 0 and "it has none at all" or "there are " .. list_of(shown)
			.. (#names > MOST_TOLD and (" and %d more"):format(#names - MOST_TOLD) or "")))
end

-- A value whose fields are read only: fields: name → function that gives it. text: how it was addressed.
local function record(text, fields, what, call)
	local names = sorted_keys(fields)
	return setmetatable({}, {
		__index = function(_, key)
			local field = fields[key]
			if not field then unknown(text, key, names, what or "field") end
			return field()
		end,
		__newindex = function() refuse(text .. " is what was measured: it cannot be changed") end,
		__pairs = function()
			local i = 0
			return function()
				i = i + 1
				if names[i] then return names[i], fields[names[i]]() end
			end
		end,
		__call = call, __metatable = false, __name = "result",
	})
end

local Reader = {}
Reader.__index = Reader

-- The field of a number that is noted as asked for: make() gives it.
function Reader:number(fields, text, name, make, interval)
	fields[name] = function() return self.session:note_text(text .. "." .. name, make(), interval) end
end

function Reader:times(text, totals)
	local fields = {}
	for _, state in ipairs(states.order) do
		local function make() return quantity.time(totals[state] or 0) end
		fields[state] = function() return self.session:note_text(("%s[%q]"):format(text, state), make()) end
		fields[state:gsub("%-", "_")] = fields[state]
	end
	return record(text, fields, "state")
end

function Reader:timeline_of(measurement, text)
	self.session:ask_timeline(measurement)
	if measurement.numbers_only then
		refuse(("%s: with `freeze: numbers` nothing is frozen of its lanes, states, locks and marks: let the cell `%s` have `freeze: auto`")
			:format(text, measurement.label))
	end
	return measurement.timeline
		or refuse(text .. ": it was measured without a timeline: nothing is known of states, lanes, locks and marks")
end

function Reader:wall(text, measurement)
	local fields, wall = {}, measurement.wall
	local function interval() return statistics.interval(walls_of(measurement.runs)) end
	self:number(fields, text, "median", function() return quantity.time(self.session:median(measurement)) end, interval)
	for _, name in ipairs { "min", "max", "q1", "q3" } do
		self:number(fields, text, name, function() return quantity.time(wall[name .. "_ns"]) end)
	end
	fields.n = function() return wall.n end
	for i, name in ipairs { "low", "high" } do
		self:number(fields, text, name, function()
			local ends = { interval() }
			return quantity.time(ends[i] or refuse(text .. "." .. name .. ": of a single run there is no interval: raise `runs`"))
		end)
	end
	return record(text, fields)
end

-- One or more things of the same name: what is measured of them is added up.
local function by_name(list, name_of)
	local found = {}
	for _, one in ipairs(list) do
		local name = name_of(one)
		found[name] = found[name] or {}
		table.insert(found[name], one)
	end
	return found
end

-- Lanes of one function are called "cook 1", "cook 2": `cook` is all of them.
function Reader:lanes(text, measurement)
	local every = self:timeline_of(measurement, text).lanes
	local named, fields = by_name(every, function(lane) return lane.name end), {}
	for stem, all in pairs(by_name(every, function(lane) return lane.name:match("^(.+) %d+$") or lane.name end)) do
		named[stem] = named[stem] or all
	end
	for name, list in pairs(named) do
		local own = ("%s[%q]"):format(text, name)
		fields[name] = function()
			local sums, length, cpu, marks = {}, 0, 0, {}
			for _, lane in ipairs(list) do
				for state, ns in pairs(lanes.totals(lane)) do sums[state] = (sums[state] or 0) + ns end
				length, cpu = length + lane.end_ns - lane.start_ns, cpu + (lane.cpu_ns or 0)
				table.move(lane.marks, 1, #lane.marks, #marks + 1, marks)
			end
			local of_lane = { count = function() return #list end }
			self:number(of_lane, own, "length", function() return quantity.time(length) end)
			self:number(of_lane, own, "cpu", function() return quantity.time(cpu) end)
			of_lane.states = function() return self:times(own .. ".states", sums) end
			of_lane.marks = function() return self:marks(own .. ".marks", marks) end
			return record(own, of_lane)
		end
	end
	return record(text, fields, "lane")
end

-- When a mark came; of one that came several times, when it came first.
function Reader:marks(text, list)
	local fields = {}
	for name, same in pairs(by_name(list, function(mark) return mark.name end)) do
		local first = math.huge
		for _, mark in ipairs(same) do first = math.min(first, mark.ns) end
		fields[name] = function()
			return self.session:note_text(("%s[%q]"):format(text, name), quantity.time(first))
		end
	end
	return record(text, fields, "mark")
end

function Reader:locks(text, measurement)
	local timeline, fields = self:timeline_of(measurement, text), {}
	for name, list in pairs(by_name(timeline.resources, function(one) return one.name end)) do
		local own = ("%s[%q]"):format(text, name)
		fields[name] = function()
			local sums = { held = 0, waited = 0, holds = 0, waits = 0, hand_offs = 0 }
			for _, resource in ipairs(list) do
				for _, hold in ipairs(resource.holds) do
					sums.held, sums.holds = sums.held + (hold.held_ns or hold.end_ns - hold.start_ns), sums.holds + (hold.count or 1)
				end
				for _, wait in ipairs(resource.waits) do
					sums.waited, sums.waits = sums.waited + (wait.waited_ns or wait.end_ns - wait.start_ns), sums.waits + (wait.count or 1)
				end
			end
			for _, flow in ipairs(timeline.flows) do
				if flow.kind == "hand-off" and flow.what == name then sums.hand_offs = sums.hand_offs + 1 end
			end
			local of_lock = {}
			for key, sum in pairs(sums) do
				self:number(of_lock, own, key, function() return (key == "held" or key == "waited") and quantity.time(sum) or sum end)
			end
			return record(own, of_lock)
		end
	end
	return record(text, fields, "lock")
end

local function sum_of_states(timeline)
	local sums = {}
	for _, lane in ipairs(timeline.lanes) do
		for state, ns in pairs(lanes.totals(lane)) do sums[state] = (sums[state] or 0) + ns end
	end
	return sums
end

local function plain(value)
	return function() return value end
end

-- What a single run has, by the name that it has for authors: how to read it, and what makes a value of it.
local OF_RUN = {
	cpu = { function(run) return run.user_ns + run.system_ns end, quantity.time },
	user = { function(run) return run.user_ns end, quantity.time },
	system = { function(run) return run.system_ns end, quantity.time },
	cores_busy = { function(run) return (run.user_ns + run.system_ns) / math.max(1, run.wall_ns) end },
	voluntary = { function(run) return run.voluntary end },
	involuntary = { function(run) return run.involuntary end },
	memory = { function(run) return run.max_rss_bytes end, quantity.bytes },
}

-- of_run(session, measurement, name) → a value of OF_RUN, and what gives the ends of its 95 % interval.
function M.of_run(session, measurement, name)
	local get, make = OF_RUN[name][1], OF_RUN[name][2]
	local number = session:of_run(measurement, get)
	return make and make(number) or number, sessions.interval_of_run(measurement, get)
end

-- What is asked of one run is said of the one with the median time, whose timeline is kept.
function Reader:measurement(text, measurement)
	local fields = {}
	fields.wall = function() return self:wall(text .. ".wall", measurement) end
	fields.runs = function() return self.session:note_text(text .. ".runs", measurement.wall.n) end
	for name in pairs(OF_RUN) do
		fields[name] = function()
			local value, interval = M.of_run(self.session, measurement, name)
			return self.session:note_text(text .. "." .. name, value, interval)
		end
	end
	for _, name in ipairs { "label", "method", "output", "errors", "measured_at" } do fields[name] = plain(measurement[name]) end
	fields.outcomes = function()
		if not measurement.outcomes then
			refuse(("%s.outcomes: the outcomes of `%s` were not counted: give it the option `outcomes: true`"):format(text, measurement.label))
		end
		local list = {}
		for i, one in ipairs(measurement.outcomes) do list[i] = { output = one.output, errors = one.errors, count = one.count } end
		return list
	end
	fields.exit = function()
		local exit = measurement.exit
		return record(text .. ".exit", { code = plain(exit.code), signal = plain(exit.signal), ending = plain(exit.ending or "exit") })
	end
	fields.machine = function()
		local machine = measurement.machine
		return record(text .. ".machine", { cpu = plain(machine.cpu), cores = plain(machine.cores), kernel = plain(machine.kernel),
			memory = plain(quantity.bytes(machine.memory_bytes)), hypervisor = plain(machine.hypervisor) })
	end
	fields.states = function() return self:times(text .. ".states", sum_of_states(self:timeline_of(measurement, text))) end
	fields.lanes = function() return self:lanes(text .. ".lanes", measurement) end
	fields.locks = function() return self:locks(text .. ".locks", measurement) end
	fields.marks = function()
		local all = {}
		for _, lane in ipairs(self:timeline_of(measurement, text).lanes) do table.move(lane.marks, 1, #lane.marks, #all + 1, all) end
		return self:marks(text .. ".marks", all)
	end
	fields.at = function()
		if not measurement.at then refuse(("cell `%s` is not swept: it has no points"):format(measurement.label)) end
		local values = {}
		for name, value in pairs(measurement.at) do values[name] = plain(value) end
		return record(text .. ".at", values, "name")
	end
	return record(text, fields)
end

function Reader:point(text, measurement)
	return self:measurement(text .. ".at" .. sessions.point_text(measurement.at), measurement)
end

function Reader:swept(text, measurement)
	local function at(_, values)
		if type(values) ~= "table" then refuse(text .. ".at: values are expected, as in .at{ " .. sweep.words(measurement.points[1].at) .. " }") end
		return self:point(text, points.at(measurement, values))
	end
	local fields = {
		label = plain(measurement.label),
		at = plain(record(text .. ".at", {}, "field", at)),
		names = function() return table.move(measurement.sweep, 1, #measurement.sweep, 1, {}) end,
		points = function()
			local list = {}
			for i, point in ipairs(measurement.points) do list[i] = self:point(text, point) end
			return list
		end,
	}
	local one = record(text, fields)
	local metatable = debug.getmetatable(one)
	local index = metatable.__index
	metatable.__index = function(result, key)
		-- What its points have is asked for at one of them.
		if not fields[key] and M.FIELDS[key] then
			refuse(("cell `%s` is swept: say at which point, as in %s.at{ %s }.%s: there are %s"):format(measurement.label, text,
				sweep.words(measurement.points[1].at), key, points.words(measurement)))
		end
		return index(result, key)
	end
	return one
end

-- What a measurement has.
M.FIELDS = {}
for name in ([[at cores_busy cpu errors exit involuntary label lanes locks machine marks measured_at memory method outcomes output
	runs states system user voluntary wall]]):gmatch("%S+") do
	M.FIELDS[name] = true
end

-- of(find, labels, session) → m: m["label"] is the result of a cell. find(label) → its measurement, and refuses what is
-- none; labels: those there are.
function M.of(find, labels, session)
	local reader = setmetatable({ session = session }, Reader)
	return setmetatable({}, {
		__index = function(_, label)
			local measurement = find(label)
			local text = ("m[%q]"):format(label)
			return measurement.sweep and reader:swept(text, measurement) or reader:measurement(text, measurement)
		end,
		__newindex = function() refuse("m is what was measured: it cannot be changed") end,
		__pairs = function(all)
			local i = 0
			return function()
				i = i + 1
				if labels[i] then return labels[i], all[labels[i]] end
			end
		end,
		__metatable = false,
	})
end

return M
