-- A measurement as the files that readers take with them: its data as JSON, and its timeline as a trace for Perfetto.
-- Writes nothing.

local hash = require "livepost.hash"
local json = require "livepost.json"
local sweep = require "measurement.sweep"
local trace_event = require "measurement.trace_event"

local M = {}

-- Returns what the files of a measurement are called before their extension: "pool", "pool-threads-4". Names of points that
-- a path could not hold bear a hash, so that they stay apart.
function M.name(measurement)
	if not measurement.at then
		return measurement.label
	end
	local said = sweep.words(measurement.at)
	local plain = said:gsub(" = ", "-"):gsub(", ", "-")
	local safe = plain:gsub("[^%w._-]", "-")
	return measurement.label .. "-" .. safe .. (safe ~= plain and "-" .. hash.of(said):sub(1, 8) or "")
end

-- Returns the files of a measurement, { { name, bytes }, … }. What the program printed is not in them: the post says what of
-- it is to be seen.
function M.files(measurement, generator)
	local data = {}
	for key, value in pairs(measurement) do
		data[key] = value
	end
	data.output, data.errors, data.outcomes, data.warnings, data.generator = nil, nil, nil, nil, generator
	local name = M.name(measurement)
	return {
		{ name = name .. ".json", bytes = json.encode(data) .. "\n" },
		{ name = name .. ".trace.json", bytes = trace_event.encode(measurement, generator) },
	}
end

return M
