-- Compares measured times. Knows no units and no words.

local M = {}

-- Returns how many times sooner `wall` ended than `baseline` (median over median), nil where that says nothing.
-- Both are a measurement's wall tables.
function M.ratio(baseline, wall)
	if wall.median_ns <= 0 or baseline.median_ns <= 0 then
		return nil
	end
	return baseline.median_ns / wall.median_ns
end

-- Whether some run of one took as long as some run of the other: a difference of medians is then no clear difference.
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

return M
