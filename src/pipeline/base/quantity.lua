-- Numbers that know their unit: they print themselves as a reader wants them, and compare only with their like.
local units = require "base.units"

local M = {}

local Quantity = {}
Quantity.__index = Quantity

local function make(value, unit)
	return setmetatable({ value = value, unit = unit }, Quantity)
end

function M.time(ns) return make(ns, "time") end
function M.bytes(count) return make(count, "bytes") end
function M.ratio(value) return make(value, "ratio") end

function M.is(value)
	return getmetatable(value) == Quantity
end

-- plain(quantity) → the number of a ratio; nil for what has a unit.
function M.plain(quantity)
	return quantity.unit == "ratio" and quantity.value or nil
end

-- Both values in one unit; a plain number can stand for a ratio, never for a time or for bytes.
local function together(a, b, doing)
	local unit_a = M.is(a) and a.unit or type(a) == "number" and "ratio"
	local unit_b = M.is(b) and b.unit or type(b) == "number" and "ratio"
	if unit_a ~= unit_b or not unit_a then
		error(("cannot %s a %s and a %s: write %s"):format(doing, M.is(a) and a.unit or type(a), M.is(b) and b.unit or type(b),
			(unit_a == "bytes" or unit_b == "bytes") and "bytes as KiB(64) or MiB(1.5)" or "a time as ms(5) or s(1.2)"), 3)
	end
	return M.is(a) and a.value or a, M.is(b) and b.value or b, unit_a
end

function Quantity.__lt(a, b)
	local x, y = together(a, b, "compare")
	return x < y
end

function Quantity.__le(a, b)
	local x, y = together(a, b, "compare")
	return x <= y
end

function Quantity.__eq(a, b)
	return a.unit == b.unit and a.value == b.value
end

function Quantity.__add(a, b)
	local x, y, unit = together(a, b, "add")
	return make(x + y, unit)
end

function Quantity.__sub(a, b)
	local x, y, unit = together(a, b, "subtract")
	return make(x - y, unit)
end

local function unit_of(value)
	return M.is(value) and value.unit or "ratio"
end

local function value_of(value)
	return M.is(value) and value.value or value
end

local SAID = { time = "a time", bytes = "a number of bytes", ratio = "a number" }

function Quantity.__mul(a, b)
	local unit_a, unit_b = unit_of(a), unit_of(b)
	if unit_a ~= "ratio" and unit_b ~= "ratio" then
		error(("%s times %s is nothing that was measured"):format(SAID[unit_a], SAID[unit_b]), 2)
	end
	return make(value_of(a) * value_of(b), unit_a ~= "ratio" and unit_a or unit_b)
end

function Quantity.__div(a, b)
	local unit_a, unit_b = unit_of(a), unit_of(b)
	if unit_a ~= unit_b and unit_b ~= "ratio" then
		error(("%s divided by %s is nothing that was measured"):format(SAID[unit_a], SAID[unit_b]), 2)
	end
	return make(value_of(a) / value_of(b), unit_b == "ratio" and unit_a or "ratio")
end

function Quantity:__tostring()
	if self.unit == "time" then
		local ns = math.floor(self.value + 0.5)
		return (ns < 0 and "−" or "") .. units.duration(math.abs(ns))
	end
	if self.unit == "bytes" then return (self.value < 0 and "−" or "") .. units.bytes(math.floor(math.abs(self.value) + 0.5)) end
	return units.ratio(self.value)
end

return M
