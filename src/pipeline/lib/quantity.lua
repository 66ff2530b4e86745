-- Numbers that know their unit: they print themselves as a reader wants them, and compare only with their like.
local units = require "lib.units"

local M = {}

local Quantity = {}
Quantity.__index = Quantity

local function make(value, unit)
	return setmetatable({ value = value, unit = unit }, Quantity)
end

function M.time(ns) return make(ns, "time") end
function M.ratio(value) return make(value, "ratio") end

function M.is(value)
	return getmetatable(value) == Quantity
end

-- Both values in one unit; a plain number can stand for a ratio, never for a time.
local function together(a, b, doing)
	local unit_a = M.is(a) and a.unit or type(a) == "number" and "ratio"
	local unit_b = M.is(b) and b.unit or type(b) == "number" and "ratio"
	if unit_a ~= unit_b or not unit_a then
		error(("cannot %s a %s and a %s: write a time as ms(5) or s(1.2)"):format(doing,
			M.is(a) and a.unit or type(a), M.is(b) and b.unit or type(b)), 3)
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

function Quantity.__mul(a, b)
	local unit_a, unit_b = M.is(a) and a.unit or "ratio", M.is(b) and b.unit or "ratio"
	if unit_a == "time" and unit_b == "time" then error("a time times a time is nothing that was measured", 2) end
	return make((M.is(a) and a.value or a) * (M.is(b) and b.value or b), unit_a == "time" and "time" or unit_b)
end

function Quantity.__div(a, b)
	local unit_a, unit_b = M.is(a) and a.unit or "ratio", M.is(b) and b.unit or "ratio"
	if unit_a == "ratio" and unit_b == "time" then error("a number divided by a time is nothing that was measured", 2) end
	local unit = unit_a == "time" and unit_b == "ratio" and "time" or "ratio"
	return make((M.is(a) and a.value or a) / (M.is(b) and b.value or b), unit)
end

function Quantity:__tostring()
	if self.unit == "time" then
		local ns = math.floor(self.value + 0.5)
		return (ns < 0 and "−" or "") .. units.duration(math.abs(ns))
	end
	return units.ratio(self.value)
end

return M
