-- Fits Amdahl's law to times: of a program of which the share s cannot be split, n workers leave the time
-- T(n) = T(1) · (s + (1 - s) / n), so that S(n) = 1 / (s + (1 - s) / n). Knows no measurement and no drawing.

local statistics = require "base.statistics"

local M = {}

-- How sure a median is said to be at best, as a share of it: of runs that all took the same time the interval has no
-- width, and a point of such runs must not outweigh all others.
local LEAST_DEVIATION = 0.002
local WIDTH_OF_INTERVAL = 3.92 -- standard deviations in a 95 % interval of normal errors

-- Weighted least squares of T = alone + shared / n, a straight line in 1 / n.
local function line(points, times, weights)
	local w, wx, wy, wxx, wxy = 0.0, 0.0, 0.0, 0.0, 0.0
	for i, point in ipairs(points) do
		local x, weight = 1 / point.n, weights[i]
		w, wx, wy, wxx, wxy = w + weight, wx + weight * x, wy + weight * times[i], wxx + weight * x * x, wxy + weight * x * times[i]
	end
	local determinant = w * wxx - wx * wx
	if determinant <= 1e-12 * w * wxx then
		return nil
	end
	local shared = (w * wxy - wx * wy) / determinant
	return (wy - shared * wx) / w, shared
end

-- The serial share of a line, held to what the law allows: below 0 the program scales better than it, above 1 more workers
-- only cost.
local function serial_of(alone, shared)
	if alone + shared <= 0 then
		return nil
	end
	return math.max(0.0, math.min(1.0, alone / (alone + shared)))
end

-- fit(points) → { serial, low, high, one_ns, held, worst, worst_at } | nil. points: at least two of { n, values }, n > 0 all
-- different, values the times of its runs, all above 0. low and high: the 95 % interval of the serial share, by the bootstrap; one_ns: the time
-- of one worker under the law; held: "below" or "above" where the least squares left what the law allows; worst: how far
-- the median that is furthest off lies from the law, as a share of what the law says there; worst_at: the index of its
-- point; misses: whether some median's own interval leaves the law's time out. With two points there is nothing that
-- could be off: worst is nil.
function M.fit(points)
	local medians, weights, draw = {}, {}, {}
	for i, point in ipairs(points) do
		local sorted = table.move(point.values, 1, #point.values, 1, {})
		table.sort(sorted)
		medians[i] = statistics.quantile(sorted, 0.5)
		local low, high = statistics.interval(point.values)
		local deviation = math.max((high and high - low or 0) / WIDTH_OF_INTERVAL, LEAST_DEVIATION * medians[i])
		weights[i], draw[i] = 1 / (deviation * deviation), #point.values > 1 and statistics.resampler(point.values)
	end
	local alone, shared = line(points, medians, weights)
	local serial = alone and serial_of(alone, shared)
	if not serial then
		return nil
	end
	local found = { serial = serial, held = alone < 0 and "below" or shared < 0 and "above" or nil }
	-- With the share held, the one time that is left to choose.
	local top, bottom = 0.0, 0.0
	for i, point in ipairs(points) do
		local form = serial + (1 - serial) / point.n
		top, bottom = top + weights[i] * medians[i] * form, bottom + weights[i] * form * form
	end
	found.one_ns = top / bottom
	if #points > 2 then
		found.worst = 0
		for i, point in ipairs(points) do
			local expected = found.one_ns * (serial + (1 - serial) / point.n)
			local off = math.abs(medians[i] - expected) / expected
			if off > found.worst then found.worst, found.worst_at = off, i end
			local low, high = statistics.interval(point.values)
			local slack = LEAST_DEVIATION * medians[i]
			found.misses = found.misses or low ~= nil and (expected < low - slack or expected > high + slack)
		end
	end
	for i = 1, #points do
		if not draw[i] then return found end
	end
	found.low, found.high = statistics.interval_of(function()
		local times = {}
		for i = 1, #points do times[i] = draw[i]() end
		return serial_of(line(points, times, weights)) or serial
	end)
	return found
end

-- speed_up(fit, n, first) → what the law says of n workers, as a multiple of the speed of `first` workers.
function M.speed_up(fit, n, first)
	return (fit.serial + (1 - fit.serial) / first) / (fit.serial + (1 - fit.serial) / n)
end

return M
