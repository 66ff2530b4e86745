-- Points of swept cells by the values an author gives them. Refuses, with the nearest that there is, what is none.
local author_code = require "author.author_code"
local nearest = require "base.nearest"
local sweep = require "measurement.sweep"

local M = {}

local refuse = author_code.refuse

-- words(measurement) → "threads = 1; threads = 2; … and 62 more", so that a message stays one that is read.
local MOST_TOLD = 8
function M.words(measurement)
	local told = {}
	for i, point in ipairs(measurement.points) do
		if i > MOST_TOLD then
			told[i] = ("and %d more"):format(#measurement.points - MOST_TOLD)
			break
		end
		told[i] = sweep.words(point.at)
	end
	return table.concat(told, "; ")
end

local function is_same(value, given)
	if math.type(value) then return math.type(given) and value == given end
	return value == given
end

-- The nearest point that there is: by distance in numbers, by letters in texts; nil where nothing is near.
local function nearest_point(measurement, at)
	local best, least
	for _, point in ipairs(measurement.points) do
		local distance = 0
		for name, value in pairs(point.at) do
			if math.type(value) and math.type(at[name]) then
				distance = distance + math.abs(value - at[name]) / math.max(1, math.abs(value), math.abs(at[name]))
			elseif not is_same(value, at[name]) then
				distance = distance + (type(value) == "string" and type(at[name]) == "string"
					and nearest.of(at[name], { value }) and 1 or math.huge)
			end
		end
		if distance < (least or math.huge) then best, least = point, distance end
	end
	return best
end

-- at(measurement, { threads = 4 }) → the measurement of this point.
function M.at(measurement, at)
	local names = measurement.sweep
	for name in pairs(at) do
		local known = false
		for _, swept in ipairs(names) do known = known or swept == name end
		if not known then
			local close = type(name) == "string" and nearest.of(name, names)
			refuse(("cell `%s` is not swept over `%s`: %s"):format(measurement.label, tostring(name),
				close and ("did you mean `%s`?"):format(close) or "it is swept over `" .. table.concat(names, "`, `") .. "`"))
		end
	end
	for _, name in ipairs(names) do
		if at[name] == nil then
			refuse(("cell `%s` is swept over `%s`, too: say at which value of it"):format(measurement.label, name))
		end
	end
	for _, point in ipairs(measurement.points) do
		local found = true
		for name, value in pairs(point.at) do found = found and is_same(value, at[name]) end
		if found then return point end
	end
	local close = nearest_point(measurement, at)
	refuse(("cell `%s` has no point %s: there are %s%s"):format(measurement.label, sweep.words(at), M.words(measurement),
		close and "; the nearest is " .. sweep.words(close.at) or ""))
end

return M
