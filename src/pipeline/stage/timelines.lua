-- Runs → the sample and the one timeline that is kept: that of the median run. The others' records end here.
local json = require "livepost.json"
local measure = require "livepost.measure"

-- Lists stay lists in JSON, also when they are empty.
local function timeline_of(trace)
	local timeline = assert(measure.timeline(trace))
	json.array(timeline.lanes)
	json.array(timeline.flows)
	for _, lane in ipairs(timeline.lanes) do json.array(lane.slices) end
	return timeline
end

local function run(input)
	local values = {}
	for label, runs in pairs(input.runs) do
		local walls = {}
		for i, one in ipairs(runs) do walls[i] = one.wall_ns end
		local wall, median_run = measure.summary(walls)
		local trace = runs[median_run].trace
		local method, why = measure.method(trace)
		values[label] = {
			wall = wall, median_run = median_run, method = method, method_why = why,
			timeline = method == "switch-records" and timeline_of(trace) or nil,
		}
	end
	return values
end

return { name = "timelines", scope = "post", reads = { "runs" }, run = run }
