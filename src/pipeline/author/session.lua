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
		medians = {}
		for i, middle in ipairs(self:middles(measurement)) do
			medians[i] = (measurement.runs[middle[1]].wall_ns + measurement.runs[middle[2]].wall_ns) / 2
		end
		self.drawn[measurement] = medians
	end
	return medians
end

-- What the run with the median time has: get(run) → a number. Of a resample, that of its run, or the middle of its two.
function Session:of_run(measurement, get)
	self.sampled[measurement] = true
	if measurement.wall.n == 1 then self.single = true end
	local runs = measurement.runs
	if not self.replicate then return get(runs[measurement.median_run]) end
	local middle = self:middles(measurement)[self.replicate]
	local first, second = get(runs[middle[1]]), get(runs[middle[2]])
	return first == second and first or (first + second) / 2
end

-- The runs in the middle of resamples, those whose medians Session:medians gives.
function Session:middles(measurement)
	local middles = self.middle[measurement]
	if not middles then
		middles = statistics.middles(walls_of(measurement.runs), M.RESAMPLES)
		self.middle[measurement] = middles
	end
	return middles
end

-- interval_of_run(measurement, get) → a function that gives the ends of the 95 % interval of what of_run gives.
function M.interval_of_run(measurement, get)
	return function()
		local beside = {}
		for i, run in ipairs(measurement.runs) do beside[i] = get(run) end
		return statistics.middle_interval(walls_of(measurement.runs), beside)
	end
end

-- Notes that something was asked of the one run whose timeline is kept.
function Session:ask_timeline(measurement)
	if measurement.wall.n == 1 then self.single = true else self.of_timeline = true end
end

-- Forgets what was asked.
function Session:start()
	self.asked, self.sampled, self.single, self.of_timeline, self.replicate = {}, {}, false, false, nil
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
	local session = setmetatable({ drawn = {}, middle = {} }, Session)
	session:start()
	return session
end

return M
