-- Says how a sample compares to another: the ratio of the medians with its interval, or that no difference is shown. Knows
-- no drawing.

local figure_words = require "measurement.figure_words"
local statistics = require "base.statistics"
local units = require "base.units"

local M = {}

-- of(baseline, measurement) → { ratio, low, high, shown, said }: how many times as fast, the ends of its 95 % interval (nil
-- of single runs), whether the interval leaves 1 out, and this in words. nil for a baseline of no time at all.
function M.of(baseline, measurement)
	local ratio = statistics.ratio(baseline.wall, measurement.wall)
	if not ratio then
		return nil
	end
	local low, high = statistics.ratio_interval(figure_words.walls(baseline), figure_words.walls(measurement))
	local found = { ratio = ratio, low = low, high = high, shown = low ~= nil and (low > 1 or high < 1) }
	if not low then
		found.said = units.ratio(ratio) .. ", not known how sure"
		return found
	end
	local interval = units.ratios(low, high)
	if found.shown then
		found.said = units.ratio(ratio) .. " as fast (" .. interval .. ")"
	else
		found.said = "no difference shown (" .. interval .. ")"
	end
	return found
end

return M
