-- Medians, how sure they are, and what stands apart.

local statistics = require "base.statistics"
local tap = require "tap"

-- Twelve uniforms less six: near enough to a standard normal.
local function normal(random)
	local sum = 0
	for _ = 1, 12 do sum = sum + random(1 << 20) / (1 << 20) end
	return sum - 6
end

-- Times as runs have them: a floor, and a long tail to one side.
local function times(random, n, factor)
	local list = {}
	for i = 1, n do list[i] = math.floor(1e6 * factor * (1 + 0.05 * math.exp(normal(random)))) end
	return list
end

tap.test("the random numbers are in range, even, and the same for the same seed", function()
	local one, other, counts = statistics.random(7), statistics.random(7), { 0, 0, 0, 0, 0 }
	for _ = 1, 10000 do
		local number = one(5)
		tap.same(other(5), number, "second generator")
		counts[number] = counts[number] + 1
	end
	for i, count in ipairs(counts) do
		assert(count > 1850 and count < 2150, ("%d came %d times of 10000"):format(i, count))
	end
	assert(statistics.random(8)(1 << 30) ~= statistics.random(7)(1 << 30), "another seed, the same number")
end)

tap.test("the quantile falls on values and between them", function()
	tap.same(statistics.quantile({ 1, 2, 3, 4, 5 }, 0.5), 3)
	tap.same(statistics.quantile({ 1, 2, 3, 4 }, 0.5), 2.5)
	tap.same(statistics.quantile({ 1, 2, 3, 4 }, 0), 1)
	tap.same(statistics.quantile({ 1, 2, 3, 4 }, 1), 4)
	tap.same(statistics.quantile({ 9 }, 0.3), 9)
end)

tap.test("a draw's median is that of values that are there, odd and even", function()
	local draw = statistics.resampler({ 5, 1, 3 })
	local seen = {}
	for _ = 1, 300 do seen[draw()] = true end
	tap.same(seen, { [1] = true, [3] = true, [5] = true })
	draw = statistics.resampler({ 10, 20 })
	seen = {}
	for _ = 1, 300 do seen[draw()] = true end
	tap.same(seen, { [10] = true, [15] = true, [20] = true })
end)

tap.test("draws come with the probabilities of the bootstrap", function()
	-- Of five values the least is the median of a draw when three or more of five are it: P(Bin(5, 1/5) >= 3) = 0.0579.
	local draw, least = statistics.resampler({ 1, 2, 3, 4, 5 }), 0
	for _ = 1, 20000 do
		if draw() == 1 then least = least + 1 end
	end
	assert(math.abs(least / 20000 - 0.0579) < 0.006, ("the least came in %.4f of the draws"):format(least / 20000))
end)

tap.test("five runs: from the quickest to the slowest; one run: nothing can be said", function()
	tap.same({ statistics.interval { 14, 11, 12, 10, 13 } }, { 10, 14 })
	tap.same(statistics.interval { 14 }, nil)
	tap.same(statistics.ratio_interval({ 14 }, { 1, 2 }), nil)
	tap.same(statistics.ratio_interval({ 1, 2 }, { 0, 2 }), nil)
end)

tap.test("runs that are all alike leave no doubt", function()
	tap.same({ statistics.interval { 7, 7, 7, 7 } }, { 7, 7 })
	tap.same({ statistics.ratio_interval({ 8, 8, 8 }, { 4, 4, 4 }) }, { 2, 2 })
end)

tap.test("the order of the runs does not matter, nor how often they are asked for", function()
	local low, high = statistics.interval { 5, 9, 2, 7, 4, 8 }
	tap.same({ statistics.interval { 9, 8, 7, 5, 4, 2 } }, { low, high })
	tap.same({ statistics.interval { 5, 9, 2, 7, 4, 8 } }, { low, high })
end)

tap.test("intervals hold the truth about as often as they say, of medians and of ratios", function()
	local random, truth, resamples = statistics.random(1234), 1e6 * (1 + 0.05), statistics.RESAMPLES
	statistics.RESAMPLES = 300
	local held, ratios = 0, 0
	for _ = 1, 400 do
		local a, b = times(random, 9, 1), times(random, 9, 1)
		local low, high = statistics.interval(a)
		if low <= truth and truth <= high then held = held + 1 end
		low, high = statistics.ratio_interval(a, b)
		if low <= 1 and 1 <= high then ratios = ratios + 1 end
	end
	statistics.RESAMPLES = resamples
	-- Of 1,500 samples of 5, 9, 20 and 21 runs with 500 draws each, 93, 93, 94 and 94 % held the median and 97, 96, 96
	-- and 96 % the ratio.
	assert(held >= 356 and held < 396, ("the median's interval held it in %d of 400"):format(held))
	assert(ratios >= 372 and ratios < 398, ("the ratio's interval held it in %d of 400"):format(ratios))
end)

tap.test("a true difference is found", function()
	local random = statistics.random(3)
	local low = statistics.ratio_interval(times(random, 9, 2), times(random, 9, 1))
	assert(low > 1.5, ("from %.3f"):format(low))
end)

tap.test("what stands apart is named by its index, and nothing is where there are few", function()
	tap.same(statistics.outliers { 10, 11, 99, 12, 10, 11 }, { 3 })
	tap.same(statistics.outliers { 10, 11, 12, 10, 11 }, {})
	tap.same(statistics.outliers { 10, 11, 12, 10, 11, 1 }, { 6 })
	tap.same(statistics.outliers { 1, 1, 1, 99 }, {})
end)

tap.test("pairs of runs: what slows both is not in their ratio", function()
	local slow, fast = {}, {}
	for i = 1, 20 do
		-- The machine gets slower and slower; one is always twice as fast as the other.
		slow[i], fast[i] = 2000000 * i, 1000000 * i
	end
	tap.same(statistics.paired(slow, fast), { n = 20, ratio = 2.0, low = 2.0, high = 2.0, quicker = 20 })
	local low, high = statistics.ratio_interval(slow, fast)
	assert(high - low > 0.5, "runs that know nothing of each other can tell less")
	tap.same(statistics.paired(fast, slow), { n = 20, ratio = 0.5, low = 0.5, high = 0.5, quicker = 0 })
	tap.same(statistics.paired({ 30 }, { 10 }), { n = 1, ratio = 3.0, quicker = 1 })
	tap.same(statistics.paired({ 30, 40, 50 }, { 10 }), { n = 1, ratio = 3.0, quicker = 1 })
	tap.same(statistics.paired({}, {}), nil)
	tap.same(statistics.paired({ 1, 0 }, { 1, 1 }), nil)
end)

tap.test("pairs of runs: the interval holds the true ratio, and is the same each time", function()
	local random, held = statistics.random(3), 0
	for _ = 1, 200 do
		local a, b = times(random, 9, 1), times(random, 9, 0.8)
		local found = statistics.paired(a, b)
		if found.low <= 1.25 and found.high >= 1.25 then held = held + 1 end
		tap.same(statistics.paired(a, b), found)
	end
	assert(held >= 170, ("it held it in %d of 200"):format(held))
end)

tap.done()
