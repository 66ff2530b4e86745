-- Measurements by name, those of one place beside those of another: what is said of each pair, as text and as JSON. Knows
-- no file.
local comparison = require "measurement.comparison"
local json = require "livepost.json"
local provenance = require "measurement.provenance"
local printable = require "base.printable"
local statistics = require "base.statistics"
local units = require "base.units"
local walls_of = require "measurement.walls"

local M = {}

-- pairs_of(a, b) → { { name, a, b }, … } in the order of names; a, b: name → measurement. One of the two is nil where only
-- one place has it.
function M.pairs_of(a, b)
	local names, list = {}, {}
	for _, side in ipairs { a, b } do
		for name in pairs(side) do names[#names + 1] = name end
	end
	table.sort(names)
	for i, name in ipairs(names) do
		if name ~= names[i - 1] then list[#list + 1] = { name = name, a = a[name], b = b[name] } end
	end
	return list
end

local function time_words(measurement)
	if not measurement then return "–" end
	local low, high = statistics.interval(walls_of(measurement.runs))
	local median = units.duration(measurement.wall.median_ns)
	return low and ("%s [%s]"):format(median, units.range(math.floor(low + 0.5), math.floor(high + 0.5))) or median .. " (one run)"
end

local function pair_words(pair)
	if not pair.a then return "only in B" end
	if not pair.b then return "only in A" end
	local compared = comparison.of(pair.a, pair.b)
	return compared and compared.said or "no time to compare"
end

-- The machines of one side, each once.
local function machines_of(list, side)
	local known, said = {}, {}
	for _, pair in ipairs(list) do
		local words = pair[side] and provenance.machine(pair[side])
		if words and not known[words] then
			known[words] = true
			said[#said + 1] = words
		end
	end
	return table.concat(said, "; ")
end

-- text(list, names) → the lines for a terminal; names: what the two places are called.
function M.text(list, names)
	local rows, widths = { { "", "A", "B", "B, times as fast as A" } }, { 0, 0, 0, 0 }
	for i, pair in ipairs(list) do rows[i + 1] = { pair.name, time_words(pair.a), time_words(pair.b), pair_words(pair) } end
	for _, row in ipairs(rows) do
		for k, text in ipairs(row) do widths[k] = math.max(widths[k], printable.width(text)) end
	end
	local lines = { ("A: %s: %s"):format(names[1], machines_of(list, "a")), ("B: %s: %s"):format(names[2], machines_of(list, "b")), "" }
	for _, row in ipairs(rows) do
		local out = {}
		for k, text in ipairs(row) do out[k] = k < #row and text .. (" "):rep(widths[k] - printable.width(text)) or text end
		lines[#lines + 1] = table.concat(out, "  ")
	end
	lines[#lines + 1] = ""
	lines[#lines + 1] = "medians, in brackets their 95 % intervals"
	return table.concat(lines, "\n") .. "\n"
end

local function side_json(measurement)
	if not measurement then return nil end
	local low, high = statistics.interval(walls_of(measurement.runs))
	return { median_ns = measurement.wall.median_ns, low_ns = low and math.floor(low + 0.5), high_ns = high and math.floor(high + 0.5),
		runs = measurement.wall.n, machine = measurement.machine, method = measurement.method, measured_at = measurement.measured_at }
end

-- json(list) → the same as a value for JSON.
function M.json(list)
	local out = json.array {}
	for i, pair in ipairs(list) do
		local compared = pair.a and pair.b and comparison.of(pair.a, pair.b) or {}
		out[i] = { name = pair.name, a = side_json(pair.a), b = side_json(pair.b), ratio = compared.ratio, low = compared.low,
			high = compared.high, shown = compared.shown }
	end
	return { cells = out }
end

return M
