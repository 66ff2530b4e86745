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
	local function place(one) one.path, one.line = change(one.path, one.line) end
	for _, one in ipairs(measurement.refused or {}) do place(one) end
	for _, one in ipairs(measurement.sanitizers or {}) do
		for _, report in ipairs(one.reports) do
			for _, side in ipairs(report.sides) do place(side) end
		end
	end
	for _, row in ipairs(measurement.lines and measurement.lines.own or {}) do
		if row.file then row.file, row.line = change(row.file, row.line) end
	end
end

local function is_same(before, now)
	for i, piece in ipairs(before) do
		if piece.path ~= now[i].path or piece.line ~= now[i].line then return false end
	end
	return true
end

-- mover(before, now) → a function (path, line) → path, line: where lies now what lay in a piece of code that stood at
-- `before` and stands at `now`, lists of { path, line, count } of as many each; nil where nothing has moved. Places outside
-- of them are left, and all are where the lists do not fit.
function M.mover(before, now)
	if #before ~= #now or is_same(before, now) then return nil end
	return function(path, line)
		for i, piece in ipairs(before) do
			if path == piece.path and line >= piece.line and line < piece.line + piece.count then
				return now[i].path, now[i].line + line - piece.line
			end
		end
		return path, line
	end
end

-- Moves what a measurement names, and what its program said of its own lines, in the same way.
function M.move(measurement, before, now)
	local moved = M.mover(before, now)
	if not moved then return end
	each(measurement, moved)
	if not measurement.errors then return end -- it never ran
	-- What a program or its interpreter said of its own lines: `posts/roast.md:14`, `posts/roast.md", line 14`.
	local seen = {}
	for _, piece in ipairs(before) do
		if not seen[piece.path] then
			seen[piece.path] = true
			local pattern = "(" .. piece.path:gsub("%W", "%%%0") .. ")([\"']?[,:]? ?l?i?n?e? ?)(%d+)"
			local function said(path, between, digits)
				local file, line = moved(path, math.tointeger(tonumber(digits)) or 0)
				return ("%s%s%d"):format(file, between, line)
			end
			measurement.errors = measurement.errors:gsub(pattern, said)
			for _, outcome in ipairs(measurement.outcomes or {}) do outcome.errors = outcome.errors:gsub(pattern, said) end
		end
	end
end

-- pieces(cell) → where its code stands: { { path, line, count }, … }, headers and what it depends on in front.
function M.pieces(cell)
	local pieces = {}
	local function add(code, path, line)
		local _, count = (code .. "\n"):gsub("\n", "")
		pieces[#pieces + 1] = { path = path, line = line, count = count }
	end
	for _, header in ipairs(cell.headers or {}) do add(header.code, header.path, header.line) end
	for _, piece in ipairs(cell.pieces or {}) do add(piece.code, piece.path, piece.line) end
	add(cell.code, cell.code_path, cell.code_line)
	return pieces
end

-- Calls files what name(file) returns.
function M.name(measurement, name)
	each(measurement, function(file, line) return name(file), line end)
end

return M
