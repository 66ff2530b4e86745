-- Writes frozen measurements of a site as another machine might have taken them: lua-host alter_frozen.lua FOLDER RULE…
-- Tries what a page says of other numbers. FOLDER holds frozen files; labels are their names without `.json`. Rules:
--
--   cores:N                 all of them were measured on a machine with so many cores
--   LABEL:wall:FACTOR       its runs take FACTOR times as long
--   LABEL:wall:FACTOR*OTHER its runs take FACTOR times as long as OTHER's, in the median
--   LABEL:cpu:FACTOR        its runs take FACTOR times the CPU time
--   LABEL:outcomes:N        N of its runs came out as the one of two outcomes that is first in the alphabet, all others as the other
--
-- With the wall times the timeline grows or shrinks, so that figures and marks agree with them.
local file = require "livepost.file"
local frozen = require "measurement.frozen"
local measure = require "livepost.measure"
local walls_of = require "measurement.walls"

local folder, rules = arg[1], { table.unpack(arg, 2) }

local function path_of(label)
	return folder .. "/" .. label .. ".json"
end

local kept_by_label = {}

local function kept_of(label)
	if not kept_by_label[label] then
		kept_by_label[label] = assert(frozen.decode(assert(file.read(path_of(label)), label .. " is not frozen in " .. folder)))
	end
	return kept_by_label[label]
end

local function all_labels()
	local labels = {}
	for _, entry in ipairs(assert(file.list(folder))) do
		local name = type(entry) == "table" and entry.name or entry
		labels[#labels + 1] = name:match("^(.*)%.json$")
	end
	return labels
end

-- Everything that is a time, wherever it stands; slices stay side by side as each end moves as the next one's start.
local function stretch(value, factor)
	for name, one in pairs(value) do
		if type(one) == "table" then
			stretch(one, factor)
		elseif math.type(one) == "integer" and (name == "ns" or type(name) == "string" and name:match("_ns$")) then
			value[name] = math.floor(one * factor + 0.5)
		end
	end
end

local function median_of(label)
	return kept_of(label).measurement.wall.median_ns
end

local function take_longer(label, factor)
	local measurement = kept_of(label).measurement
	for _, run in ipairs(measurement.runs) do run.wall_ns = math.floor(run.wall_ns * factor + 0.5) end
	measurement.wall, measurement.median_run = measure.summary(walls_of(measurement.runs))
	if measurement.timeline then stretch(measurement.timeline, factor) end
end

local change = {}

function change.wall(label, factor, other)
	take_longer(label, other and factor * median_of(other) / median_of(label) or factor)
end

function change.cpu(label, factor)
	for _, run in ipairs(kept_of(label).measurement.runs) do
		for _, name in ipairs { "user_ns", "system_ns" } do run[name] = math.floor(run[name] * factor + 0.5) end
	end
end

function change.outcomes(label, count)
	local measurement = kept_of(label).measurement
	local outcomes, n = measurement.outcomes, measurement.wall.n
	count = math.tointeger(count)
	table.sort(outcomes, function(a, b) return a.output < b.output end)
	outcomes[1].count, outcomes[2].count = count, n - count
	table.sort(outcomes, function(a, b) return a.count > b.count end)
	for i = #outcomes, 1, -1 do
		if outcomes[i].count == 0 or i > 2 then table.remove(outcomes, i) end
	end
end

for _, rule in ipairs(rules) do
	local cores = rule:match("^cores:(%d+)$")
	local label, what, factor, other = rule:match("^(.+):(%a+):([%d.]+)%*?(.*)$")
	if cores then
		for _, name in ipairs(all_labels()) do kept_of(name).measurement.machine.cores = math.tointeger(cores) end
	else
		assert(change[what], "no such rule: " .. rule)(label, tonumber(factor), other ~= "" and other or nil)
	end
end
for label, kept in pairs(kept_by_label) do
	frozen.round(kept.measurement)
	file.write(path_of(label), frozen.encode(kept))
end
