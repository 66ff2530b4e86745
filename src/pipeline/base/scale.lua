-- Maps values to positions and finds round steps for an axis. Knows neither units nor drawing.

local M = {}

-- Returns a function from a value in 0 … largest to a position in first … last; everything is at first when largest
-- is 0. Values outside are held at the ends, so that nothing is drawn outside the figure.
function M.linear(largest, first, last)
	local length = last - first + 0.0
	return function(value)
		if value <= 0 or largest <= 0 then
			return first + 0.0
		elseif value >= largest then
			return first + length
		end
		return first + value / largest * length
	end
end

-- Returns the same for the values from … to, of which the first is at `first`.
function M.window(from, to, first, last)
	local position = M.linear(to - from, first, last)
	return function(value)
		return position(value - from)
	end
end

-- Returns the smallest step of 1, 2 or 5 times a power of ten that divides 0 … largest into at most `most` parts.
function M.step(largest, most)
	local raw = largest / most
	if raw <= 0 then
		return 1
	end
	local power = 10.0 ^ math.floor(math.log(raw, 10))
	for _, factor in ipairs { 1, 2, 5 } do
		-- the tolerance keeps 0.2 from failing against 0.20000000000000001
		if factor * power >= raw * (1 - 1e-9) then
			return factor * power
		end
	end
	return 10 * power
end

return M
