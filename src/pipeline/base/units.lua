-- Says durations, ranges, ratios and counts in words a reader takes in at a glance. Takes nanoseconds.
-- Formats with integers only, because %f follows the locale of the process.

local scale = require "base.scale"

local M = {}

local UNITS = {
	{ name = "ns", ns = 1 },
	{ name = "µs", ns = 1000 },
	{ name = "ms", ns = 1000000 },
	{ name = "s", ns = 1000000000 },
	{ name = "min", ns = 60000000000, from = 120000000000 },
}

local function decimal(value, places)
	local power = 10 ^ places // 1 | 0
	local scaled = math.floor(value * power + 0.5) // 1 | 0
	if places == 0 then
		return string.format("%d", scaled)
	end
	return string.format("%d.%0" .. places .. "d", scaled // power, scaled % power)
end

-- How many decimals show three significant digits (all digits before the point are always shown).
local function places_for(value)
	for places = 3, 1, -1 do
		if math.floor(value * 10 ^ places + 0.5) < 1000 then
			return places
		end
	end
	return 0
end

local function in_unit(ns, unit)
	local value = ns / unit.ns
	return decimal(value, unit.ns == 1 and 0 or math.min(2, places_for(value)) + (value < 0.995 and 1 or 0))
end

-- Returns the one unit in which a figure says all its durations: the largest in which the smallest of them is at
-- least 1, unless the largest would then need more than five digits. Arguments in ns.
function M.common(smallest, largest)
	local chosen = UNITS[1]
	for _, unit in ipairs(UNITS) do
		if smallest >= (unit.from or unit.ns) or largest / chosen.ns >= 20000 then
			chosen = unit
		end
	end
	return chosen
end

-- Returns "724 ms", "1.44 s": three significant digits. With a unit (from common) the duration is said in it, unless
-- it is less than a tenth of that unit.
function M.duration(ns, unit)
	if unit and ns >= unit.ns / 10 then
		return in_unit(ns, unit) .. " " .. unit.name
	elseif unit and ns <= 0 then
		return "0 " .. unit.name
	end
	local chosen = M.common(ns, ns)
	local said = in_unit(ns, chosen)
	if said == "1000" then -- rounding up reached the next unit
		chosen = M.common(ns * 1.001, ns)
		said = in_unit(ns, chosen)
	end
	return said .. " " .. chosen.name
end

-- Returns a duration for a column of numbers: always one decimal (none for ns), and "<0.1 ms" for what would round to 0.
function M.cell(ns, unit)
	local places = unit.ns == 1 and 0 or 1
	if ns > 0 and ns / unit.ns < 0.05 and places == 1 then
		return "<0.1 " .. unit.name
	end
	return decimal(ns / unit.ns, ns > 0 and places or 0) .. " " .. unit.name
end

-- Returns "721–739 ms", or "724 ms" where both ends read the same.
function M.range(low_ns, high_ns, unit)
	unit = unit or M.common(low_ns > 0 and low_ns or high_ns, high_ns)
	local places = unit.ns == 1 and 0 or math.min(2, places_for(high_ns / unit.ns))
	local low, high = decimal(low_ns / unit.ns, places), decimal(high_ns / unit.ns, places)
	return (low == high and high or low .. "–" .. high) .. " " .. unit.name
end

-- Returns the marks of an axis from 0 to largest_ns, { { ns = …, label = "200 ms" }, … }: steps of 1, 2 or 5, at most
-- `most` parts, labels in `unit`. The mark at 0 bears no unit.
function M.ticks(largest_ns, most, unit)
	unit = unit or M.common(largest_ns, largest_ns)
	local marks = { { ns = 0, label = "0" } }
	if largest_ns <= 0 then
		return marks
	end
	local step = scale.step(largest_ns / unit.ns, most)
	local places = math.max(0, math.ceil(-math.log(step, 10) - 1e-9))
	for i = 1, math.floor(largest_ns / unit.ns / step + 1e-9) do
		marks[#marks + 1] = { ns = i * step * unit.ns, label = decimal(i * step, places) .. " " .. unit.name }
	end
	return marks
end

-- Returns the marks of an axis from from_ns to to_ns, like those of ticks, each with its unit.
function M.ticks_within(from_ns, to_ns, most, unit)
	local marks, step = {}, scale.step((to_ns - from_ns) / unit.ns, most)
	local places = math.max(0, math.ceil(-math.log(step, 10) - 1e-9))
	for i = math.ceil(from_ns / unit.ns / step - 1e-9), math.floor(to_ns / unit.ns / step + 1e-9) do
		marks[#marks + 1] = { ns = i * step * unit.ns, label = decimal(i * step, places) .. " " .. unit.name }
	end
	return marks
end

-- Returns "1.99×"; three significant digits, at least two of them decimals below 10.
function M.ratio(value)
	return decimal(value, math.min(2, places_for(value))) .. "×"
end

-- Returns "1.95–2.03×".
function M.ratios(low, high)
	return M.ratio(low):gsub("×$", "") .. "–" .. M.ratio(high)
end

-- Returns "1.2 %"; for shares between 0 and 1.
function M.percent(share)
	return decimal(share * 100, share * 100 < 9.95 and 1 or 0) .. " %"
end

-- Returns a number without a unit: "8", "0.25", "1,250,000"; three significant digits where it is not whole.
function M.number(value)
	local sign, size = value < 0 and "−" or "", math.abs(value)
	local said = decimal(size, size == math.floor(size) and 0 or places_for(size))
	local whole, rest = said:match("^(%d+)(.*)$")
	if #whole > 4 then
		whole = whole:reverse():gsub("(%d%d%d)", "%1,"):reverse():gsub("^,", "")
	end
	return sign .. whole .. (rest:find("%.") and rest:gsub("0+$", ""):gsub("%.$", "") or "")
end

-- Returns "512 B", "1.5 MiB": three significant digits.
function M.bytes(value)
	local names = { "B", "KiB", "MiB", "GiB", "TiB" }
	local unit = 1
	while value >= 1024 and unit < #names do
		value, unit = value / 1024, unit + 1
	end
	return decimal(value, unit == 1 and 0 or math.min(2, places_for(value))) .. " " .. names[unit]
end

-- Returns "1 run", "5 runs".
function M.count(number, noun, plural)
	return string.format("%d ", number) .. (number == 1 and noun or plural or noun .. "s")
end

return M
