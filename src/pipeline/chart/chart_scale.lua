-- Scales of charts: from a value to a position, and which values an axis marks. Knows neither units nor drawing.

local step_scale = require "base.scale"

local M = {}

local Scale = {}
Scale.__index = Scale
Scale.__metatable = false

-- A scale is called with a value and returns its position; a value outside is held at the end it is beyond.
function Scale:__call(value)
	local share = self.share(math.max(self.from, math.min(value, self.to)))
	return self.first + share * (self.last - self.first)
end

-- Returns the round values within the scale that an axis marks, in ascending order: about `most` parts.
function Scale:ticks(most)
	return self.marked(most)
end

-- Whether the scale reaches so far that the value has a place of its own.
function Scale:holds(value)
	return value >= self.from and value <= self.to
end

local function check(from, to, first, last)
	for _, value in ipairs { from, to, first, last } do
		if type(value) ~= "number" or value ~= value or math.abs(value) >= 1e15 then
			error("a scale takes four numbers: from, to, first, last", 3)
		end
	end
end

-- linear(from, to, first, last) → a scale whose values from … to stand at first … last. All values stand at `first`
-- where from is to.
function M.linear(from, to, first, last)
	check(from, to, first, last)
	if to < from then
		error("a scale goes from the smaller value to the larger one: swap first and last instead", 2)
	end
	local length = to - from
	return setmetatable({ from = from, to = to, first = first, last = last,
		share = function(value) return length > 0 and (value - from) / length or 0.0 end,
		marked = function(most)
			local marks, step = {}, step_scale.step(length, math.max(1, most or 6))
			if length <= 0 then return { from } end
			for i = math.ceil(from / step - 1e-9), math.floor(to / step + 1e-9) do
				marks[#marks + 1] = i * step
			end
			return marks
		end }, Scale)
end

-- log(from, to, first, last, base) → the same in which equal factors are equal lengths; both values above 0, base 10 if
-- left out. Its axis marks powers of the base and, where they are few, 2 and 5 times those of 10.
function M.log(from, to, first, last, base)
	check(from, to, first, last)
	base = base or 10
	if from <= 0 or to < from then
		error("a logarithmic scale goes from a value above 0 to a larger one", 2)
	elseif type(base) ~= "number" or base < 2 or base > 1e6 then
		error("the base of a logarithmic scale is 2 at least", 2)
	end
	local low, length = math.log(from), math.log(to) - math.log(from)
	return setmetatable({ from = from, to = to, first = first, last = last,
		share = function(value) return length > 0 and (math.log(value) - low) / length or 0.0 end,
		marked = function(most)
			most = most or 6
			local marks, parts = {}, length / math.log(base)
			local factors = base == 10 and parts * 3 <= most and { 1, 2, 5 } or { 1 }
			local every = math.max(1, math.ceil(parts / math.max(1, most)))
			local power = math.floor(low / math.log(base) + 1e-9)
			while base ^ power <= to * (1 + 1e-9) do
				for _, factor in ipairs(factors) do
					local value = factor * base ^ power
					if value >= from * (1 - 1e-9) and value <= to * (1 + 1e-9) and power % every == 0 then
						marks[#marks + 1] = value
					end
				end
				power = power + 1
			end
			return marks
		end }, Scale)
end

return M
