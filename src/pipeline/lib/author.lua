-- What an author's Lua can say: the functions and libraries of cells, inline code and claims, and how they are run.
-- Knows measurements and figures; reads no files.
local nearest = require "lib.nearest"
local quantity = require "lib.quantity"

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

-- What an author may tell a figure; a misspelt option must not be passed over.
local function check_options(figure, given, known)
	for key in pairs(given) do
		local found = false
		for _, name in ipairs(known) do found = found or name == key end
		if not found then
			local close = type(key) == "string" and nearest.of(key, known)
			error(("%s: unknown option `%s`: %s"):format(figure, tostring(key),
				close and ("did you mean `%s`?"):format(close) or "known are " .. table.concat(known, ", ")), 3)
		end
	end
end

-- measurements: label → measurement. draw: name → { draw = module with draw and table, options = names of what authors
-- may tell it }; what an author's call makes is kept for later, as { name, measurements, options, draw }. Returns the environment and a list that every asked number is noted in, as
-- { text = 'speedup("a", "b")', value = … }.
function M.environment(measurements, draw)
	local labels, asked = {}, {}
	for label in pairs(measurements) do labels[#labels + 1] = label end
	table.sort(labels)
	local function find(label, level)
		if type(label) ~= "string" then
			error(("the label of a cell is expected, in quotes, not a %s"):format(type(label)), level + 1)
		end
		local found = measurements[label]
		if found then return found end
		local close = nearest.of(label, labels)
		error(("no cell `%s` was measured in this post%s"):format(label,
			close and (": did you mean `%s`?"):format(close)
			or #labels > 0 and (": known are `%s`"):format(table.concat(labels, "`, `")) or ""), level + 1)
	end
	local function noting(name, compute)
		return function(...)
			local value = compute(...)
			local words = {}
			for i, word in ipairs { ... } do words[i] = type(word) == "string" and ("%q"):format(word) or tostring(word) end
			asked[#asked + 1] = { text = ("%s(%s)"):format(name, table.concat(words, ", ")), value = value }
			return value
		end
	end
	local function wall(label) return quantity.time(find(label, 4).wall.median_ns) end
	local environment = {
		wall = noting("wall", wall),
		cpu = noting("cpu", function(label)
			local found = find(label, 3)
			local run = found.runs[found.median_run]
			return quantity.time(run.user_ns + run.system_ns)
		end),
		runs = noting("runs", function(label) return find(label, 3).wall.n end),
		speedup = noting("speedup", function(slow, fast)
			return quantity.ratio(find(slow, 3).wall.median_ns / find(fast, 3).wall.median_ns)
		end),
		difference = noting("difference", function(a, b)
			return quantity.time(math.abs(find(a, 3).wall.median_ns - find(b, 3).wall.median_ns))
		end),
		ms = function(number) return quantity.time(number * 1e6) end,
		s = function(number) return quantity.time(number * 1e9) end,
		math = library(math, { "abs", "ceil", "exp", "floor", "huge", "log", "max", "min", "pi", "sqrt", "tointeger" }),
		string = library(string, { "byte", "char", "find", "format", "gmatch", "gsub", "len", "lower", "match", "sub", "upper" }),
		table = library(table, { "concat", "insert", "pack", "remove", "sort", "unpack" }),
		utf8 = library(utf8, { "char", "charpattern", "codepoint", "codes", "len", "offset" }),
		error = error, ipairs = ipairs, next = next, pairs = pairs, select = select, tonumber = tonumber,
		tostring = tostring, type = type, assert = assert,
	}
	for name, figure in pairs(draw) do
		environment[name] = function(...)
			local found, options = {}, {}
			for i, word in ipairs { ... } do
				if type(word) == "table" then
					options = word
					check_options(name, options, figure.options)
				elseif type(word) == "string" then
					found[#found + 1] = find(word, 2)
				else
					error(("%s: argument %d is a %s: labels of cells and one table of options are expected")
						:format(name, i, type(word)), 2)
				end
			end
			if #found == 0 then error(("%s: name at least one cell"):format(name), 2) end
			return setmetatable({ name = name, measurements = found, options = options, draw = figure.draw }, Drawing)
		end
	end
	return environment, asked
end

-- Runs author's code whose first character stands at `line` of `path`. An expression when `expression` is set.
-- Returns true and its values in a table, or false, the message and the line.
function M.run(code, path, line, environment, expression)
	-- Empty lines in front, so that Lua's own messages bear the post's line numbers.
	local padded = ("\n"):rep(line - 1) .. (expression and "return " or "") .. code
	local chunk, wrong = load(padded, "=" .. path, "t", environment)
	local results
	if chunk then
		local thread = coroutine.create(chunk)
		debug.sethook(thread, function() error("stopped after 200 million instructions: does it loop for ever?", 2) end, "",
			MOST_INSTRUCTIONS)
		results = table.pack(coroutine.resume(thread))
		if results[1] then return true, table.pack(table.unpack(results, 2, results.n)) end
		wrong = results[2]
	end
	wrong = type(wrong) == "string" and wrong or ("error() was called with a %s: give it a text"):format(type(wrong))
	local prefix = path .. ":"
	if wrong:sub(1, #prefix) == prefix then
		local number, message = wrong:sub(#prefix + 1):match("^(%d+): (.*)$")
		if number then return false, message, math.tointeger(tonumber(number)) end
	end
	return false, wrong, line
end

return M
