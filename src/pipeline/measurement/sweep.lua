-- The points of a sweep: what they are called, and cells and measurements point by point. Knows nothing of how they are
-- compiled, run or drawn.
local sorted_keys = require "base.sorted_keys"

local M = {}

-- Returns a value of a sweep as it is said: 4, 0.5, "int".
function M.said(value)
	if math.type(value) == "integer" then return ("%d"):format(value) end
	if type(value) == "number" then return ("%.14g"):format(value) end
	return tostring(value)
end

-- Returns "size = 100, threads = 4" for { threads = 4, size = 100 }: names in the order of the alphabet.
function M.words(at)
	local words = {}
	for i, name in ipairs(sorted_keys(at)) do words[i] = name .. " = " .. M.said(at[name]) end
	return table.concat(words, ", ")
end

-- Returns what a cell, a point of one, or the measurement of either is called: "pool", "pool, threads = 4".
function M.title(one)
	return one.at and one.label .. ", " .. M.words(one.at) or one.label
end

-- Returns the same for a sentence: "cell `pool`, threads = 4".
function M.called(one)
	return ("cell `%s`"):format(one.label) .. (one.at and ", " .. M.words(one.at) or "")
end

local function joined(list, more)
	local all = {}
	for _, one in ipairs(list or {}) do all[#all + 1] = one end
	for _, one in ipairs(more) do all[#all + 1] = one end
	return all
end

-- Returns the cells that are built and measured, in the order of the post: copies of them, and of a swept one a copy for
-- each point, with its `at`, what it adds to `defines`, `arguments` and `environment`, and the cell that it is `of`. `name`
-- is what it goes by between the stages: its title.
function M.cells(cells)
	local flat = {}
	local function add(cell, point)
		local copy = {}
		for key, value in pairs(cell) do copy[key] = value end
		if point then
			copy.sweep, copy.of, copy.at = nil, cell, point.at
			copy.defines, copy.environment = joined(cell.defines, point.macros), joined(cell.environment, point.variables)
			copy.arguments = point.filled or cell.arguments
		end
		copy.name = M.title(copy)
		flat[#flat + 1] = copy
	end
	for _, cell in ipairs(cells) do
		if cell.kind ~= "program" or not cell.eval then
			goto continue
		elseif cell.sweep then
			for _, point in ipairs(cell.sweep.points) do add(cell, point) end
		else
			add(cell)
		end
		::continue::
	end
	return flat
end

-- Returns label → measurement: of a swept cell { label, sweep, points }, left out where a point is missing.
-- found: name → measurement.
function M.gather(cells, found)
	local gathered = {}
	for _, cell in ipairs(cells) do
		if cell.kind ~= "program" or not cell.eval then
			goto continue
		elseif not cell.sweep then
			gathered[cell.label] = found[cell.label]
		else
			local points = {}
			for _, point in ipairs(M.cells { cell }) do points[#points + 1] = found[point.name] end
			if #points == #cell.sweep.points then
				gathered[cell.label] = { label = cell.label, sweep = cell.sweep.names, points = points }
			end
		end
		::continue::
	end
	return gathered
end

-- Returns those of the measurements by label that are of programs that ran: not what is kept of one that was not to compile.
function M.measured(measurements)
	local measured = {}
	for label, one in pairs(measurements) do
		if not one.refused then measured[label] = one end
	end
	return measured
end

-- Returns a list of the measurements themselves, those of swept cells by their points.
function M.measurements(list)
	local flat = {}
	for _, measurement in ipairs(list) do
		for _, one in ipairs(measurement.points or { measurement }) do flat[#flat + 1] = one end
	end
	return flat
end

return M
