-- Reads what an author may tell a timeline: times, lanes by name or pattern, how many locks. Raises an error that says
-- what is wrong in the author's words. Knows measurements only by their lanes' names.

local nearest = require "base.nearest"
local quantity = require "base.quantity"
local schema = require "base.schema"
local units = require "base.units"

local M = {}

-- The names an author may give in options, for the registry of figures.
M.names = { "finish", "from", "lanes", "least_ns", "locks", "path", "scale_ns", "titles", "to" }

local MOST_LOCKS = 40

local function wrong(...)
	error(string.format(...), 0)
end

-- A time as an author writes it, "20ms", ms(20) or a number of ms, in ns.
local function time(name, value)
	local ns
	if quantity.is(value) and value.unit == "time" then
		ns = value.value
	elseif math.type(value) then
		ns = value * 1000000
	elseif type(value) == "string" then
		ns = schema.duration(value)
	end
	if not ns or ns ~= ns or ns < 0 or ns >= 1e15 then
		wrong("`%s` is a time, such as \"20ms\", or a number of milliseconds", name)
	end
	return math.floor(ns + 0.5)
end

-- Returns { from, to } in ns, nil where the whole is drawn. largest: when the last panel ends.
local function window(options, largest)
	if options.from == nil and options.to == nil then
		return nil
	end
	local from = options.from ~= nil and time("from", options.from) or 0
	local to = options.to ~= nil and math.min(time("to", options.to), largest) or largest
	if from >= largest then
		wrong("nothing was measured from %s on: it ends at %s", units.duration(from), units.duration(largest))
	elseif from >= to then
		wrong("`from` (%s) is not before `to` (%s)", units.duration(from), units.duration(to))
	end
	return { from = from, to = to }
end

-- "guest *" → a Lua pattern that matches the whole name.
local function pattern_of(glob)
	return "^" .. glob:gsub("[%^%$%(%)%%%.%[%]%+%-%?]", "%%%0"):gsub("%*", ".*") .. "$"
end

local function patterns(given)
	if given == nil then
		return nil
	end
	local list = type(given) == "string" and { given } or given
	if type(list) ~= "table" or #list == 0 then
		wrong("`lanes` is a list of lanes' names, such as { \"chicken\", \"guest *\" }")
	end
	local found = {}
	for i, one in ipairs(list) do
		if type(one) ~= "string" then
			wrong("`lanes`: item %d is a %s: names of lanes are expected, in quotes", i, type(one))
		end
		found[i] = { text = one, pattern = pattern_of(one) }
	end
	return found
end

local function check_ns(name, value)
	if value ~= nil and not (math.type(value) and value >= 0 and value < 1e15) then
		wrong("`%s` is a number of nanoseconds", name)
	end
end

local function flag(name, value)
	if value ~= nil and type(value) ~= "boolean" then
		wrong("`%s` is true or false", name)
	end
	return value
end

-- Returns { window = { from, to } or nil, patterns or nil, path = true, false or nil, locks = a number or nil }.
-- largest: when the last panel ends, in ns.
function M.read(options, largest)
	local locks = options.locks
	check_ns("scale_ns", options.scale_ns)
	check_ns("least_ns", options.least_ns)
	if locks ~= nil and (math.type(locks) ~= "integer" or locks < 0 or locks > MOST_LOCKS) then
		wrong("`locks` is how many locks have a lane, 0 to %d", MOST_LOCKS)
	end
	return { window = window(options, largest), patterns = patterns(options.lanes), path = flag("path", options.path),
		locks = locks }
end

local function is_named(entry, pattern)
	return entry.name:find(pattern) ~= nil or (entry.lane.name or ""):find(pattern) ~= nil
end

-- Returns a panel's entries that the patterns name, in the patterns' order, and those that none does. used[i] is set where
-- the i-th names a lane.
function M.pick(entries, list, used)
	local picked, rest, taken = {}, {}, {}
	for i, one in ipairs(list) do
		for _, entry in ipairs(entries) do
			if is_named(entry, one.pattern) then
				used[i] = true
				if not taken[entry] then
					picked[#picked + 1], taken[entry] = entry, true
				end
			end
		end
	end
	for _, entry in ipairs(entries) do
		rest[#rest + 1] = not taken[entry] and entry or nil
	end
	return picked, rest
end

-- Raises an error for a pattern that names no lane of any panel.
function M.check_used(list, used, panels)
	for i, one in ipairs(list) do
		if not used[i] then
			local names = {}
			for _, panel in ipairs(panels) do
				for _, entry in ipairs(panel.all or {}) do
					names[#names + 1] = entry.name
				end
			end
			local close = nearest.of(one.text, names)
			wrong("`lanes`: no lane is called `%s`%s", one.text, close and (": did you mean `%s`?"):format(close) or "")
		end
	end
end

return M
