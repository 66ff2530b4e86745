-- Compares measured times: medians, how sure they are, and which runs stand apart. Knows no units and no words.
--
-- How sure a median is, is found by the bootstrap (Efron 1979): the runs are drawn again and again from themselves, with
-- replacement, and the median of each such draw is taken; the middle 95 % of these medians are the interval (percentile
-- method). It asks nothing of how times are distributed, which is never normal, and serves for anything computed from
-- medians, such as their ratio. Of 5 runs it is "from the quickest to the slowest", or nearly; it holds the true median in
-- some 93 of 100 cases and the true ratio in some 96 (tests/unit/pipeline/test_statistics.lua).

local draws = require "livepost.draws"

local M = {}

M.RESAMPLES = 2000
local LEVEL = 0.95

-- Returns how many times sooner `wall` ended than `baseline` (median over median), nil where that says nothing.
-- Both are a measurement's wall tables.
function M.ratio(baseline, wall)
	if wall.median_ns <= 0 or baseline.median_ns <= 0 then
		return nil
	end
	return baseline.median_ns / wall.median_ns
end

-- Whether some run of one took as long as some run of the other.
function M.overlap(a, b)
	return a.min_ns <= b.max_ns and b.min_ns <= a.max_ns
end

-- Returns the largest distance of a run from the median, as a share of the median; 0 for a median of 0.
function M.spread(wall)
	if wall.median_ns <= 0 then
		return 0
	end
	return math.max(wall.max_ns - wall.median_ns, wall.median_ns - wall.min_ns) / wall.median_ns
end

-- Returns the value at `share` (0 to 1) of a sorted list, between two of them where it falls between.
function M.quantile(sorted, share)
	local at = (#sorted - 1) * share
	local below = math.floor(at)
	local low, high = sorted[below + 1], sorted[below + 2]
	return at == below and low or low + (high - low) * (at - below)
end

local function first_state(seed)
	local state = seed ~ 0x9E3779B97F4A7C15
	return state == 0 and 1 or state
end

-- Returns a function that gives whole numbers from 1 to its argument (2^31 at most), the same ones for the same seed: xorshift64* of
-- Vigna (2016), so that a page made again is the same page.
function M.random(seed)
	local state = first_state(seed)
	return function(most)
		state = state ~ (state >> 12)
		state = state ~ (state << 25)
		state = state ~ (state >> 27)
		return (((state * 0x2545F4914F6CDD1D) >> 32) * most >> 32) + 1 -- the upper bits are the good ones
	end
end

local function seed_of(values)
	local seed = #values
	for _, value in ipairs(values) do
		seed = (seed ~ value) * 0x100000001B3 -- FNV-1a by whole values
	end
	return seed
end

-- A function that draws n of n sorted values, with replacement, and gives the places of the two in the middle of the draw, twice
-- the same one where n is odd. With the same random numbers as M.random, many draws at once.
local function drawer(sorted)
	local state, places, at = first_state(seed_of(sorted)), {}, 0
	return function()
		if at >= #places then
			places, state = draws.middles(state, #sorted, M.RESAMPLES)
			at = 0
		end
		at = at + 2
		return places[at - 1], places[at]
	end
end

-- resampler(values) → a function that gives the median of one draw of as many values from these, with replacement;
-- values: whole numbers in any order.
function M.resampler(values)
	local sorted = table.move(values, 1, #values, 1, {})
	table.sort(sorted)
	local draw = drawer(sorted)
	return function()
		local first, second = draw()
		return (sorted[first] + sorted[second]) / 2
	end
end

-- middles(values, count) → so many pairs of indexes of values: of each draw the two in its middle, or twice the one. The draws
-- are those whose medians M.resampler gives.
function M.middles(values, count)
	local order, sorted = {}, {}
	for i = 1, #values do order[i] = i end
	table.sort(order, function(a, b)
		if values[a] ~= values[b] then return values[a] < values[b] end
		return a < b
	end)
	for i, index in ipairs(order) do sorted[i] = values[index] end
	local draw, pairs_of = drawer(sorted), {}
	for i = 1, count do
		local first, second = draw()
		pairs_of[i] = { order[first], order[second] }
	end
	return pairs_of
end

-- Returns the ends of the 95 % interval of what the run in the middle has: `beside`, by the index of a run, where draws are
-- made of its `values`; nil where there is but one.
function M.middle_interval(values, beside)
	if #values < 2 then
		return nil
	end
	local middles, i = M.middles(values, M.RESAMPLES), 0
	return M.interval_of(function()
		i = i + 1
		return (beside[middles[i][1]] + beside[middles[i][2]]) / 2
	end)
end

-- interval_of(compute) → low, high: the middle 95 % of what compute() returns, called M.RESAMPLES times.
function M.interval_of(compute)
	local values = {}
	for i = 1, M.RESAMPLES do values[i] = compute() end
	table.sort(values)
	return M.quantile(values, (1 - LEVEL) / 2), M.quantile(values, (1 + LEVEL) / 2)
end

-- A figure asks for the same interval each time that it is drawn, told or put into a table: what was found is remembered.
-- The draws are the same ones every time, so nothing but time is saved.
local known, known_count = {}, 0
local MOST_KNOWN = 10000

-- Returns what compute() does, low and high, which are made of nothing but these lists and the name.
local function remembered(name, a, b, compute)
	local key = name .. table.concat(a, " ") .. (b and ";" .. table.concat(b, " ") or "")
	local found = known[key]
	if not found then
		if known_count >= MOST_KNOWN then known, known_count = {}, 0 end
		found = table.pack(M.interval_of(compute))
		known[key], known_count = found, known_count + 1
	end
	return found[1], found[2]
end

-- Returns the ends of the 95 % interval of the median of these times; nil where there is but one.
function M.interval(values)
	if #values < 2 then
		return nil
	end
	return remembered("median ", values, nil, M.resampler(values))
end

-- Returns the ends of the 95 % interval of how many times sooner `values` ended than `baseline`, lists of times from
-- runs that know nothing of each other; nil where one list has but one, or a time of 0.
function M.ratio_interval(baseline, values)
	if #baseline < 2 or #values < 2 then
		return nil
	end
	for _, list in ipairs { baseline, values } do
		for _, value in ipairs(list) do
			if value <= 0 then return nil end
		end
	end
	local slow, fast = M.resampler(baseline), M.resampler(values)
	return remembered("ratio ", baseline, values, function() return slow() / fast() end)
end

-- Returns how two cells compare whose runs took turns, run by run: { n, ratio, low, high, quicker }, the median of how many
-- times sooner each run of `values` ended than that of `baseline` beside it, the ends of its 95 % interval (nil of one
-- pair), and in how many of the n pairs it was quicker. What slowed both of a pair is not in it. nil where there is no
-- pair, or a time of 0.
function M.paired(baseline, values)
	local n = math.min(#baseline, #values)
	local ratios, quicker, seed = {}, 0, {}
	for i = 1, n do
		if baseline[i] <= 0 or values[i] <= 0 then return nil end
		ratios[i] = baseline[i] / values[i]
		seed[i] = baseline[i] ~ values[i]
		if values[i] < baseline[i] then quicker = quicker + 1 end
	end
	if n == 0 then return nil end
	table.sort(ratios)
	local found = { n = n, ratio = M.quantile(ratios, 0.5), quicker = quicker }
	if n == 1 then return found end
	local random = M.random(seed_of(seed))
	found.low, found.high = remembered("pairs ", baseline, values, function()
		local drawn = {}
		for i = 1, n do drawn[i] = ratios[random(n)] end
		table.sort(drawn)
		return M.quantile(drawn, 0.5)
	end)
	return found
end

-- Returns the ends of the 95 % interval of how far the medians of two such lists lie apart, whichever is larger; nil where
-- one has but one.
function M.difference_interval(a, b)
	if #a < 2 or #b < 2 then
		return nil
	end
	local one, other = M.resampler(a), M.resampler(b)
	return remembered("difference ", a, b, function() return math.abs(one() - other()) end)
end

-- Returns the ends of the 95 % interval of the share that `count` of `n` tells of (Wilson 1927), within 0 … 1: of 0 in 100 it
-- goes from 0 to 0.037. n is at least 1.
function M.share_interval(count, n)
	local z, share = 1.959963984540054, count / n
	local middle = (share + z * z / (2 * n)) / (1 + z * z / n)
	local half = z / (1 + z * z / n) * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
	return count == 0 and 0.0 or math.max(0.0, middle - half), count == n and 1.0 or math.min(1.0, middle + half)
end

-- Returns the indexes of the values that stand apart: more than one and a half times the middle half's width outside of
-- it (Tukey 1977). Of fewer than 5 none can be told.
function M.outliers(values)
	if #values < 5 then
		return {}
	end
	local sorted = table.move(values, 1, #values, 1, {})
	table.sort(sorted)
	local low, high = M.quantile(sorted, 0.25), M.quantile(sorted, 0.75)
	local fence, apart = 1.5 * (high - low), {}
	for i, value in ipairs(values) do
		if value < low - fence or value > high + fence then
			apart[#apart + 1] = i
		end
	end
	return apart
end

return M
