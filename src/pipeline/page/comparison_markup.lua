-- The markup of what cells say that are compared: run by run, how many times as fast one was as the other. Runs nothing.
local figure_words = require "measurement.figure_words"
local statistics = require "base.statistics"
local sweep = require "measurement.sweep"
local text = require "livepost.text"
local units = require "base.units"

local M = {}

-- "1.99× as fast as `serial` (1.95–2.03×), quicker in 5 of 5 pairs of runs"
local function sentence(own, other)
	local found = statistics.paired(figure_words.walls(other), figure_words.walls(own))
	if not found then return nil end
	local name = "<code>" .. text.escape(sweep.title(other)) .. "</code>"
	local pairs_of = units.count(found.n, "pair") .. " of runs"
	local ratio = '<span class="measured">' .. units.ratio(found.ratio) .. "</span>"
	if not found.low then return ("%s as fast as %s, in one pair of runs"):format(ratio, name) end
	local interval = units.ratios(found.low, found.high)
	if found.low <= 1 and found.high >= 1 then
		return ("no difference from %s shown (%s in %s)"):format(name, interval, pairs_of)
	end
	return ("%s as fast as %s (%s), quicker in %d of %s"):format(ratio, name, interval, found.quicker, pairs_of)
end

-- of(cell, measurements) → markup, "" where the cell is not compared. measurements: label → measurement.
function M.of(cell, measurements)
	local parts = {}
	for _, label in ipairs(cell.compare or {}) do
		local own, other = measurements[cell.label], measurements[label]
		local points = own and sweep.measurements { own } or {}
		for i, one in ipairs(other and sweep.measurements { other } or {}) do
			local said = points[i] and sentence(points[i], one)
			if said then
				parts[#parts + 1] = ('<p class="compared">Run by run%s: %s.</p>\n'):format(
					one.at and " with " .. text.escape(sweep.words(one.at)) or "", said)
			end
		end
	end
	return table.concat(parts)
end

return M
