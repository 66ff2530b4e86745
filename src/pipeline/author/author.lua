-- What an author's Lua can say: the functions and libraries of cells, inline code and claims.
-- Knows measurements and figures; reads no files.
local author_code = require "author.author_code"
local nearest = require "base.nearest"
local points = require "author.points"
local quantity = require "base.quantity"
local results = require "author.results"
local sessions = require "author.session"
local site_functions = require "author.site_functions"
local sorted_keys = require "base.sorted_keys"
local statistics = require "base.statistics"
local sweep = require "measurement.sweep"
local units = require "base.units"
local walls_of = require "measurement.walls"

local M = { RESAMPLES = sessions.RESAMPLES, load = author_code.load, call = author_code.call, run = author_code.run,
	refuse = author_code.refuse, column_of = author_code.column_of }

local refuse = author_code.refuse

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

-- Lua's own, and of a ratio the plain number; a time or a size has none without a unit.
local function plain_number(value, ...)
	if not quantity.is(value) then return tonumber(value, ...) end
	local number = quantity.plain(value)
	return number or refuse(("tonumber: %s has a unit: divide it by one, such as ms(1) or KiB(1)"):format(tostring(value)))
end

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

-- "721–739 ms", "2.10–2.15×".
local function interval_words(low, high, unit)
	if unit == "time" then return units.range(math.floor(low + 0.5), math.floor(high + 0.5)) end
	return units.ratios(low, high)
end

local WORDING = { faster = "faster", slower = "slower", same = "no different" }

-- Whether a table says the words of a verdict, and is no point of a sweep.
local function is_wording(given)
	for key in pairs(given) do
		if WORDING[key] then return true end
	end
	return false
end

-- The word for what the interval of the ratio of two medians says: so prose stays true on every machine.
local function verdict(slow, fast, given)
	for key, word in pairs(given) do
		if not WORDING[key] then
			refuse(("verdict: unknown word `%s`: there are faster, slower and same"):format(tostring(key)))
		elseif type(word) ~= "string" then
			refuse(("verdict: `%s` is a %s: a text is expected"):format(key, type(word)))
		end
	end
	local low, high = statistics.ratio_interval(walls_of(slow.runs), walls_of(fast.runs))
	if not low then refuse("verdict: of a single run nothing can be said: raise `runs`") end
	local kind = low > 1 and "faster" or high < 1 and "slower" or "same"
	return given[kind] or WORDING[kind]
end

-- measurements: label → measurement, of a swept cell with its points. figures: name → { draw = module with draw and table,
-- options = names of what authors may tell it or nil for any, needs_timeline = true or nil, takes = "cells", "points", "any" or "machines" }: "any" gets points
-- in the place of swept cells, "cells" wants each point named, "points" one swept cell, "machines" one cell or point, with what
-- was measured of it elsewhere. around: { machines = function (measurement) → { { machine, measurement }, … }, unmeasured =
-- label → why there is no measurement, functions = those of the site, as author.site_functions reads them }, or nil. What an author's call makes is kept for later, as
-- { name, measurements, options, draw }. Returns the environment, and the session, in whose list `asked` every number is
-- noted that was asked for, as { text = 'speedup("a", "b")', value, interval() → low, high or nil }.
function M.environment(measurements, figures, around)
	around = around or {}
	local labels = sorted_keys(measurements)
	local session = sessions.new()

	local function find(label)
		if type(label) ~= "string" then
			refuse(("the label of a cell is expected, in quotes, not a %s"):format(type(label)))
		end
		local found = measurements[label]
		if found then return found end
		local why = around.unmeasured and around.unmeasured[label]
		if why then refuse(("cell `%s` was not measured: %s"):format(label, why)) end
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
					sweep.words(found.points[1].at), points.words(found)))
			end
			return points.at(found, at)
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
				return statistics.interval(walls_of(found.runs))
			end)
		end,
		cpu = function(...)
			local found = named("cpu", 1, ...)
			return session:note("cpu", { found }, results.of_run(session, found, "cpu"))
		end,
		runs = function(...)
			local found = named("runs", 1, ...)
			return session:note("runs", { found }, found.wall.n)
		end,
		speedup = function(...)
			local slow, fast = named("speedup", 2, ...)
			return session:note("speedup", { slow, fast }, quantity.ratio(session:median(slow) / session:median(fast)), function()
				return statistics.ratio_interval(walls_of(slow.runs), walls_of(fast.runs))
			end)
		end,
		difference = function(...)
			local a, b = named("difference", 2, ...)
			local apart = math.abs(session:median(a) - session:median(b))
			return session:note("difference", { a, b }, quantity.time(apart), function()
				return statistics.difference_interval(walls_of(a.runs), walls_of(b.runs))
			end)
		end,
		interval = function(...)
			local second = select(select("#", ...) > 1 and type((select(2, ...))) == "table" and 3 or 2, ...)
			local low, high, unit
			if second == nil then
				low, high = statistics.interval(walls_of(named("interval", 1, ...).runs))
				unit = "time"
			else
				local slow, fast = named("interval", 2, ...)
				low, high = statistics.ratio_interval(walls_of(slow.runs), walls_of(fast.runs))
				unit = "ratio"
			end
			if not low then refuse("interval: of a single run there is none: raise `runs`") end
			return interval_words(low, high, unit)
		end,
		verdict = function(...)
			local words = table.pack(...)
			local given = type(words[words.n]) == "table" and is_wording(words[words.n]) and table.remove(words, words.n) or {}
			local slow, fast = named("verdict", 2, table.unpack(words, 1, #words))
			return verdict(slow, fast, given)
		end,
		m = results.of(find, labels, session),
		KiB = function(number) return quantity.bytes(number * 1024) end,
		MiB = function(number) return quantity.bytes(number * 1024 * 1024) end,
		ms = function(number) return quantity.time(number * 1e6) end,
		s = function(number) return quantity.time(number * 1e9) end,
		math = library(math, { "abs", "ceil", "exp", "floor", "huge", "log", "max", "min", "pi", "sqrt", "tointeger" }),
		string = library(string, { "byte", "char", "find", "format", "gmatch", "gsub", "len", "lower", "match", "sub", "upper" }),
		table = library(table, { "concat", "insert", "pack", "remove", "sort", "unpack" }),
		utf8 = library(utf8, { "char", "charpattern", "codepoint", "codes", "len", "offset" }),
		error = error, ipairs = ipairs, next = next, pairs = pairs, select = select, tonumber = plain_number,
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
		elseif takes == "cells" or takes == "machines" then
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
	-- Of one cell what each machine measured, the page's own first.
	local function add_machines(name, list, given)
		if #list > 1 then refuse(("%s: one cell is expected, there are %d"):format(name, #list)) end
		local others = around.machines and around.machines(list[1]) or {}
		if #others == 0 then
			refuse(("%s: cell `%s` was measured on this machine only: run `livepost measure NAME` on another one"):format(name,
				sweep.title(list[1])))
		end
		local titles = { "this page's" }
		for i, one in ipairs(others) do list[i + 1], titles[i + 1] = one.measurement, one.machine end
		given.titles = given.titles or titles
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
						list[#list + 1] = points.at(measurement, words[i])
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
			if takes == "machines" then add_machines(name, list, given) end
			for _, one in ipairs(figure.needs_timeline and list or {}) do
				if one.numbers_only then
					refuse(("%s: with `freeze: numbers` there is no timeline of cell `%s` to draw: let it have `freeze: auto`"):format(name,
						sweep.title(one)))
				end
			end
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
	site_functions.add(around.functions or {}, environment)
	return environment, session
end

return M
