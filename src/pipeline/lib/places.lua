-- The places in code that a measurement names, as the author knows the files. Knows where in a measurement they stand, not
-- how they were found.
local M = {}

-- Calls change(file, line) → file, line for every place that is named as file and line.
local function each(measurement, change)
	local known = {}
	local function where(one)
		local said = one.where
		if not said then return end
		if known[said] == nil then
			local file, line = said:match("^(.*):(%d+)$")
			if file then
				file, line = change(file, math.tointeger(tonumber(line)))
				known[said] = ("%s:%d"):format(file, line)
			else
				known[said] = said -- a function of a library
			end
		end
		one.where = known[said]
	end
	local timeline = measurement.timeline
	for _, lane in ipairs(timeline and timeline.lanes or {}) do
		for _, slice in ipairs(lane.slices) do where(slice) end
	end
	for _, one in ipairs(timeline and timeline.hang and timeline.hang.stuck or {}) do where(one) end
	for _, row in ipairs(measurement.lines and measurement.lines.own or {}) do
		if row.file then row.file, row.line = change(row.file, row.line) end
	end
end

-- What lies in the file `from` lies in `to` from now on, `lines` further down.
function M.move(measurement, from, to, lines)
	if from == to and lines == 0 then return end
	each(measurement, function(file, line)
		if file ~= from then return file, line end
		return to, math.max(1, line + lines)
	end)
end

-- Calls files what name(file) returns.
function M.name(measurement, name)
	each(measurement, function(file, line) return name(file), line end)
end

return M
