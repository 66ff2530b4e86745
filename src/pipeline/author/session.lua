-- What the author's code asks of measurements: which ones, and what it was told. While a claim is tried on resamples, the
-- median of a cell is that of the resample at hand. Knows no names that the code has.
local statistics = require "base.statistics"
local sweep = require "measurement.sweep"
local walls_of = require "measurement.walls"

local M = {}

-- How often a claim is tried.
M.RESAMPLES = 1000

local Session = {}
Session.__index = Session

function Session:median(measurement)
	self.sampled[measurement] = true
	if measurement.wall.n == 1 then self.single = true end
	if self.replicate then return self:medians(measurement)[self.replicate] end
	return measurement.wall.median_ns
end

-- The medians of resamples, the same ones for every claim of a post, so that one draw stands for one cell in all of them.
function Session:medians(measurement)
	local medians = self.drawn[measurement]
	if not medians then
		medians = statistics.medians(walls_of(measurement.runs), M.RESAMPLES)
		self.drawn[measurement] = medians
	end
	return medians
end

-- Forgets what was asked.
function Session:start()
	self.asked, self.sampled, self.single, self.replicate = {}, {}, false, nil
end

-- Notes a number that was asked for: text is how; interval() → the ends of its 95 % interval, nil where there is none.
function Session:note_text(text, value, interval)
	if self.replicate then return value end
	for _, one in ipairs(self.asked) do
		if one.text == text then return value end
	end
	self.asked[#self.asked + 1] = { text = text, value = value, interval = interval }
	return value
end

-- "{ threads = 4 }", as it would be written.
function M.point_text(at)
	local words = {}
	for key, value in pairs(at) do
		words[#words + 1] = key .. " = " .. (type(value) == "string" and ("%q"):format(value) or sweep.said(value))
	end
	table.sort(words)
	return "{ " .. table.concat(words, ", ") .. " }"
end

-- The same of what a function of these measurements returned.
function Session:note(name, found, value, interval)
	if self.replicate then return value end
	local words = {}
	for i, one in ipairs(found) do
		words[i] = ("%q"):format(one.label) .. (one.at and ", " .. M.point_text(one.at) or "")
	end
	return self:note_text(("%s(%s)"):format(name, table.concat(words, ", ")), value, interval)
end

-- A session in which nothing was asked yet.
function M.new()
	local session = setmetatable({ drawn = {} }, Session)
	session:start()
	return session
end

return M
