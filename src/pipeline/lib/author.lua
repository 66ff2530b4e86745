-- What an author's Lua can say: the functions and libraries of cells, inline code and claims, and how they are run.
-- Knows measurements and figures; reads no files.
local nearest = require "lib.nearest"
local quantity = require "lib.quantity"
local statistics = require "lib.statistics"
local sweep = require "lib.sweep"
local units = require "lib.units"

local M = {}

-- An endless loop in a post must not hang the build.
local MOST_INSTRUCTIONS = 200 * 1000 * 1000

-- The methods of strings are the whole library, whatever an environment holds, and the count of instructions cannot
-- interrupt this one: ("x"):rep(1 << 33) would take all the memory there is.
local MOST_REPEATED = 16 << 20 -- bytes
local repeat_string = string.rep
function string.rep(text, count, separator) -- luacheck: ignore 122
	if count > 0 and (#text + #(separator or "")) * count > MOST_REPEATED then
		error("string.rep: more than 16 MiB", 2)
	end
	return repeat_string(text, count, separator)
end

local Drawing = {}
Drawing.__index = Drawing

function M.is_drawing(value)
	return getmetatable(value) == Drawing
end

local function library(source, names)
	local copy = {}
	for _, name in ipairs(names) do copy[name] = source[name] end
	return copy
end

-- Where the author's code that runs at the moment is from.
local running

-- Ends the author's code with a message at its own line, however deep in here the fault was found.
local function refuse(message)
	local level = 2
	local info = debug.getinfo(level, "Sl")
	while info do
		if info.source == running then error(("%s:%d: %s"):format(running:sub(2), info.currentline, message), 0) end
		level = level + 1
		info = debug.getinfo(level, "Sl")
	end
	error(message, 0)
end
M.refuse = refuse

-- What an author may tell a figure; a misspelt option must not be passed over. known: nil where all may be said.
local function check_options(figure, given, known)
	if not known then return end
	for key in pairs(given) do
		local found = false
		for _, name in ipairs(known) do found = found or name == key end
		if not found then
			local close = type(key) == "string" and nearest.of(key, known)
			refuse(("%s: unknown option `%s`: %s"):format(figure, tostring(key),
				close and ("did you mean `%s`?"):format(close) or "known are " .. table.concat(known, ", ")))
		end
	end
end

-- "threads = 1; threads = 2; … 62 more", so that a message stays one that is read.
local MOST_TOLD = 8
local function points_of(measurement)
	local told = {}
	for i, point in ipairs(measurement.points) do
		if i > MOST_TOLD then
			told[i] = ("and %d more"):format(#measurement.points - MOST_TOLD)
			break
		end
		told[i] = sweep.words(point.at)
	end
	return table.concat(told, "; ")
end

local function is_same(value, given)
	if math.type(value) then return math.type(given) and value == given end
	return value == given
end

-- The nearest point that there is: by distance in numbers, by letters in texts; nil where nothing is near.
local function nearest_point(measurement, at)
	local best, least
	for _, point in ipairs(measurement.points) do
		local distance = 0
		for name, value in pairs(point.at) do
			if math.type(value) and math.type(at[name]) then
				distance = distance + math.abs(value - at[name]) / math.max(1, math.abs(value), math.abs(at[name]))
			elseif not is_same(value, at[name]) then
				distance = distance + (type(value) == "string" and type(at[name]) == "string"
					and nearest.of(at[name], { value }) and 1 or math.huge)
			end
		end
		if distance < (least or math.huge) then best, least = point, distance end
	end
	return best
end

-- The point of a swept cell's measurement that { threads = 4 } says.
local function point_at(measurement, at)
	local names = measurement.sweep
	for name in pairs(at) do
		local known = false
		for _, swept in ipairs(names) do known = known or swept == name end
		if not known then
			local close = type(name) == "string" and nearest.of(name, names)
			refuse(("cell `%s` is not swept over `%s`: %s"):format(measurement.label, tostring(name),
				close and ("did you mean `%s`?"):format(close) or "it is swept over `" .. table.concat(names, "`, `") .. "`"))
		end
	end
	for _, name in ipairs(names) do
		if at[name] == nil then
			refuse(("cell `%s` is swept over `%s`, too: say at which value of it"):format(measurement.label, name))
		end
	end
	for _, point in ipairs(measurement.points) do
		local found = true
		for name, value in pairs(point.at) do found = found and is_same(value, at[name]) end
		if found then return point end
	end
	local close = nearest_point(measurement, at)
	refuse(("cell `%s` has no point %s: there are %s%s"):format(measurement.label, sweep.words(at), points_of(measurement),
		close and "; the nearest is " .. sweep.words(close.at) or ""))
end

-- How often a claim is tried.
M.RESAMPLES = 1000

local function walls_of(measurement)
	local walls = {}
	for i, run in ipairs(measurement.runs) do walls[i] = run.wall_ns end
	return walls
end

-- What the author's code asks of measurements: which ones, and what it was told. While a claim is tried on resamples, the
-- median of a cell is that of the resample at hand.
local Session = {}
Session.__index = Session

function Session:median(measurement)
	self.sampled[measurement] = true
	if measurement.wall.n == 1 then self.single = true end
	if self.replicate then return self:medians(measurement)[self.replicate] end
	return measurement.wall.median_ns
end

-- The medians of resamples, the same ones for every claim of a post, so that one draw stands for one cell in all of them.
function Session:medians(measurement)
	local medians = self.drawn[measurement]
	if not medians then
		medians = statistics.medians(walls_of(measurement), M.RESAMPLES)
		self.drawn[measurement] = medians
	end
	return medians
end

-- Forgets what was asked.
function Session:start()
	self.asked, self.sampled, self.single, self.replicate = {}, {}, false, nil
end

function Session:note(name, found, value, interval)
	if self.replicate then return value end
	local words = {}
	for i, one in ipairs(found) do
		words[i] = ("%q"):format(one.label)
		if one.at then
			local pairs_of = {}
			for key, at in pairs(one.at) do
				pairs_of[#pairs_of + 1] = key .. " = " .. (type(at) == "string" and ("%q"):format(at) or sweep.said(at))
			end
			table.sort(pairs_of)
			words[i] = words[i] .. ", { " .. table.concat(pairs_of, ", ") .. " }"
		end
	end
	local text = ("%s(%s)"):format(name, table.concat(words, ", "))
	for _, one in ipairs(self.asked) do
		if one.text == text then return value end
	end
	self.asked[#self.asked + 1] = { text = text, value = value, interval = interval }
	return value
end

-- "721–739 ms", "2.10–2.15×".
local function interval_words(low, high, unit)
	if unit == "time" then return units.range(math.floor(low + 0.5), math.floor(high + 0.5)) end
	return units.ratio(low):gsub("×$", "") .. "–" .. units.ratio(high)
end

-- measurements: label → measurement, of a swept cell with its points. figures: name → { draw = module with draw and table,
-- options = names of what authors may tell it or nil for any, takes = "cells", "points" or "any" }: "any" gets points in the place of
-- swept cells, "cells" wants each point named, "points" one swept cell. What an author's call makes is kept for later, as
-- { name, measurements, options, draw }. Returns the environment, and the session, in whose list `asked` every number is
-- noted that was asked for, as { text = 'speedup("a", "b")', value, interval() → low, high or nil }.
function M.environment(measurements, figures)
	local labels = {}
	for label in pairs(measurements) do labels[#labels + 1] = label end
	table.sort(labels)
	local session = setmetatable({ drawn = {} }, Session)
	session:start()

	local function find(label)
		if type(label) ~= "string" then
			refuse(("the label of a cell is expected, in quotes, not a %s"):format(type(label)))
		end
		local found = measurements[label]
		if found then return found end
		local close = nearest.of(label, labels)
		refuse(("no cell `%s` was measured in this post%s"):format(label,
			close and (": did you mean `%s`?"):format(close)
			or #labels > 0 and (": known are `%s`"):format(table.concat(labels, "`, `")) or ""))
	end
	local function find_point(label, at, name)
		local found = find(label)
		if found.sweep then
			if not at then
				refuse(("cell `%s` is swept: say at which point, as in %s(%q, { %s }): there are %s"):format(label, name, label,
					sweep.words(found.points[1].at), points_of(found)))
			end
			return point_at(found, at)
		elseif at then
			refuse(("cell `%s` is not swept: it has no point { %s }"):format(label, sweep.words(at)))
		end
		return found
	end
	-- The measurements that a function's words name: so many labels, each with its point behind it; a point without a
	-- label is one of the cell before.
	local function named(name, count, ...)
		local words, found, i, label = { ... }, {}, 1, nil
		while #found < count do
			local word = words[i]
			if type(word) ~= "table" then label = word end
			if type(word) == "table" and not label then
				refuse(("the label of a cell is expected, in quotes, not a %s"):format(type(word)))
			end
			if type(word) ~= "table" and type(words[i + 1]) == "table" then i = i + 1 end
			found[#found + 1] = find_point(label, type(words[i]) == "table" and words[i] or nil, name)
			i = i + 1
		end
		if select("#", ...) >= i then
			refuse(("%s takes %s"):format(name, count == 1 and "one cell" or ("%d cells"):format(count)))
		end
		return table.unpack(found)
	end

	local environment = {
		wall = function(...)
			local found = named("wall", 1, ...)
			return session:note("wall", { found }, quantity.time(session:median(found)), function()
				return statistics.interval(walls_of(found))
			end)
		end,
		cpu = function(...)
			local found = named("cpu", 1, ...)
			local run = found.runs[found.median_run]
			if found.wall.n == 1 then session.single = true end
			return session:note("cpu", { found }, quantity.time(run.user_ns + run.system_ns))
		end,
		runs = function(...)
			local found = named("runs", 1, ...)
			return session:note("runs", { found }, found.wall.n)
		end,
		speedup = function(...)
			local slow, fast = named("speedup", 2, ...)
			return session:note("speedup", { slow, fast }, quantity.ratio(session:median(slow) / session:median(fast)), function()
				return statistics.ratio_interval(walls_of(slow), walls_of(fast))
			end)
		end,
		difference = function(...)
			local a, b = named("difference", 2, ...)
			local apart = math.abs(session:median(a) - session:median(b))
			return session:note("difference", { a, b }, quantity.time(apart), function()
				return statistics.difference_interval(walls_of(a), walls_of(b))
			end)
		end,
		interval = function(...)
			local second = select(select("#", ...) > 1 and type((select(2, ...))) == "table" and 3 or 2, ...)
			local low, high, unit
			if second == nil then
				low, high = statistics.interval(walls_of((named("interval", 1, ...))))
				unit = "time"
			else
				local slow, fast = named("interval", 2, ...)
				low, high = statistics.ratio_interval(walls_of(slow), walls_of(fast))
				unit = "ratio"
			end
			if not low then refuse("interval: of a single run there is none: raise `runs`") end
			return interval_words(low, high, unit)
		end,
		ms = function(number) return quantity.time(number * 1e6) end,
		s = function(number) return quantity.time(number * 1e9) end,
		math = library(math, { "abs", "ceil", "exp", "floor", "huge", "log", "max", "min", "pi", "sqrt", "tointeger" }),
		string = library(string, { "byte", "char", "find", "format", "gmatch", "gsub", "len", "lower", "match", "sub", "upper" }),
		table = library(table, { "concat", "insert", "pack", "remove", "sort", "unpack" }),
		utf8 = library(utf8, { "char", "charpattern", "codepoint", "codes", "len", "offset" }),
		error = error, ipairs = ipairs, next = next, pairs = pairs, select = select, tonumber = tonumber,
		tostring = tostring, type = type, assert = assert,
	}

	-- A table behind the label of a swept cell is one of its points, if all that it says are names of the sweep.
	local function says_point(word, found)
		if type(word) ~= "table" or not found or not found.sweep or next(word) == nil then return false end
		for key in pairs(word) do
			local known = false
			for _, name in ipairs(found.sweep) do known = known or name == key end
			if not known then return false end
		end
		return true
	end
	local function add_points(name, takes, measurement, list)
		if not measurement.sweep then
			if takes == "points" then refuse(("%s: cell `%s` is not swept"):format(name, measurement.label)) end
			list[#list + 1] = measurement
			return
		elseif takes == "cells" then
			refuse(("%s: cell `%s` is swept: say at which point, as in %s(%q, { %s })"):format(name, measurement.label, name,
				measurement.label, sweep.words(measurement.points[1].at)))
		elseif takes == "points" and #list > 0 then
			refuse(("%s: one swept cell is expected"):format(name))
		end
		table.move(measurement.points, 1, #measurement.points, #list + 1, list)
	end
	local function titles_of(list)
		local titles, swept = {}, false
		for i, measurement in ipairs(list) do
			titles[i], swept = sweep.title(measurement), swept or measurement.at ~= nil
		end
		return swept and titles or nil
	end
	for name, figure in pairs(figures) do
		local takes = figure.takes or "any"
		local function call(...)
			local list, options, words, i = {}, nil, table.pack(...), 1
			while i <= words.n do
				local word = words[i]
				if type(word) == "string" then
					local measurement = find(word)
					if takes ~= "points" and says_point(words[i + 1], measurement) then
						i = i + 1
						list[#list + 1] = point_at(measurement, words[i])
					else
						add_points(name, takes, measurement, list)
					end
				elseif type(word) == "table" and not options then
					options = word
					check_options(name, options, figure.options)
				else
					refuse(("%s: argument %d is a %s: labels of cells and one table of options are expected")
						:format(name, i, type(word)))
				end
				i = i + 1
			end
			if #list == 0 then refuse(("%s: name at least one cell"):format(name)) end
			local given = {}
			for key, value in pairs(options or {}) do given[key] = value end
			if given.titles == nil and takes ~= "points" then given.titles = titles_of(list) end
			return setmetatable({ name = name, measurements = list, options = given, draw = figure.draw }, Drawing)
		end
		if type(environment[name]) == "table" then
			-- A figure that is called like one of Lua's libraries is both: table("roast") and table.concat.
			setmetatable(environment[name], { __call = function(_, ...) return call(...) end })
		else
			environment[name] = call
		end
	end
	return environment, session
end

-- Loads author's code whose first character stands at `line` of `path`; an expression when `expression` is set. Returns
-- it as a function, or nil and Lua's message.
function M.load(code, path, line, environment, expression)
	-- Empty lines in front, so that Lua's own messages bear the post's line numbers.
	return load(("\n"):rep(line - 1) .. (expression and "return " or "") .. code, "=" .. path, "t", environment)
end

-- The message and the line of what Lua said of code at `line` of `path`.
local function place_of(wrong, path, line)
	wrong = type(wrong) == "string" and wrong or ("error() was called with a %s: give it a text"):format(type(wrong))
	local prefix = path .. ":"
	if wrong:sub(1, #prefix) == prefix then
		local number, message = wrong:sub(#prefix + 1):match("^(%d+): (.*)$")
		if number then return message, math.tointeger(tonumber(number)) end
	end
	return wrong, line
end

-- Calls body, which calls what M.load made, and stops it when it takes too long. Returns true and its values in a table,
-- or false, the message and the line.
function M.call(body, path, line)
	local thread = coroutine.create(body)
	debug.sethook(thread, function() error("stopped after 200 million instructions: does it loop for ever?", 2) end, "",
		MOST_INSTRUCTIONS)
	local before = running
	running = "=" .. path
	local results = table.pack(coroutine.resume(thread))
	running = before
	if results[1] then return true, table.pack(table.unpack(results, 2, results.n)) end
	return false, place_of(results[2], path, line)
end

-- Runs author's code: M.load and M.call at once.
function M.run(code, path, line, environment, expression)
	local chunk, wrong = M.load(code, path, line, environment, expression)
	if not chunk then return false, place_of(wrong, path, line) end
	return M.call(chunk, path, line)
end

return M
