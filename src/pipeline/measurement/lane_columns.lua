-- Very many lanes ↔ few lines of numbers: lanes that look alike differ from the one before by small numbers, and so do their
-- slices. Knows no file.
local digits = require "livepost.digits"
local json = require "livepost.json"
local rows = require "measurement.rows"

local M = {}

-- More lanes than this stand in columns, of fewer each is an entry that can be read.
M.MANY_LANES = 40

-- What a lane says in numbers, each the distance to that of the lane before; times in units.
local STEPS = { "number", "id", "pid", "tid", "thread", "start_ns", "end_ns", "cpu_ns", "slack_ns", "least_slack_ns" }
local LISTS = { "slices", "spans", "marks" }

local function is_time(name) return name:sub(-3) == "_ns" end

-- "cook 12" → "cook ", 12; nil for what would not come back as it was.
local function split_name(name)
	local stem, digits_of = name:match("^(.* )([1-9]%d*)$")
	local number = stem and #digits_of <= 9 and math.tointeger(tonumber(digits_of))
	if number then return stem, number end
end

local function row_of(lane, kinds, unit, before)
	local kind, numbers, with = {}, {}, {}
	for name, value in pairs(lane) do kind[name] = value end
	local stem, number = split_name(lane.name)
	if stem then kind.name, kind.stem, kind.number = nil, stem, number end
	for _, name in ipairs(STEPS) do
		local value = kind[name]
		if value then
			if is_time(name) then value = value // unit end
			kind[name] = nil
			with[#with + 1], numbers[#numbers + 1] = name, value - (before[name] or 0)
			before[name] = value
		end
	end
	for _, name in ipairs(LISTS) do
		kind[name] = nil
		if #lane[name] > 0 then with[#with + 1], numbers[#numbers + 1] = name, #lane[name] end
	end
	kind.with = with
	table.insert(numbers, 1, rows.number_of(kind, kinds))
	return numbers
end

-- pack(lanes, kinds, unit) → { count, rows, slices, spans, marks }, lists of lines of digits.
function M.pack(lanes, kinds, unit)
	local columns, before, like = { rows = {} }, {}, {}
	for _, name in ipairs(LISTS) do columns[name] = {} end
	for _, lane in ipairs(lanes) do
		local row = row_of(lane, kinds, unit, before)
		table.move(row, 1, #row, #columns.rows + 1, columns.rows)
		for _, name in ipairs(LISTS) do
			local column, own = columns[name], {}
			rows.pack(lane[name], rows.SHAPES[name], kinds, unit, lane.start_ns, function(i, numbers)
				own[i] = numbers
				local said = rows.unlike(numbers, like[name] and like[name][i])
				table.move(said, 1, #said, #column + 1, column)
			end)
			like[name] = own
		end
	end
	local packed = { count = #lanes }
	for name, numbers in pairs(columns) do packed[name] = json.array(digits.encode(numbers)) end
	return packed
end

local function numbers_of(packed, name)
	return type(packed[name]) == "table" and digits.decode(packed[name]) or error(("the `%s` of its lanes are no lines of digits"):format(name), 0)
end

-- The lane that a row's numbers from index i on say, how many it has of each list, and where the next begins.
local function read_row(numbers, i, kind, unit, before)
	if type(kind) ~= "table" or type(kind.with) ~= "table" then error("a row of its lanes is of no kind", 0) end
	local lane, counts = {}, {}
	for name, value in pairs(kind) do lane[name] = value end
	lane.with, lane.stem = nil, nil
	for k, name in ipairs(kind.with) do
		local number = numbers[i + k]
		if not number or type(name) ~= "string" then error("a row of its lanes is not whole", 0) end
		if rows.SHAPES[name] then
			counts[name] = number
		else
			before[name] = (before[name] or 0) + number
			lane[name] = is_time(name) and before[name] * unit or before[name]
		end
	end
	if type(kind.stem) == "string" then
		if not lane.number then error("a row of its lanes has no number", 0) end
		lane.name, lane.number = kind.stem .. ("%d"):format(lane.number), nil
	end
	return lane, counts, i + #kind.with + 1
end

-- unpack(packed, kinds, about, reader_of, known) → lanes; about: as for rows.reader, its names are added here; reader_of(name) →
-- the reader of such a list; known: takes the lists whose records are known to be sound. Raises a text where they are none.
function M.unpack(packed, kinds, about, reader_of, known)
	local lanes, counts, before, unit = json.array {}, {}, {}, about.unit
	local numbers, i = numbers_of(packed, "rows"), 1
	while i <= #numbers do
		local lane, of_lane
		lane, of_lane, i = read_row(numbers, i, kinds[numbers[i]], unit, before)
		lanes[#lanes + 1], counts[#counts + 1] = lane, of_lane
		if math.type(lane.start_ns) ~= "integer" then error("a lane does not say when it starts", 0) end
		if lane.id then about.names[lane.id] = lane.name end
	end
	if #lanes ~= packed.count then error("some of its lanes are missing", 0) end
	for _, name in ipairs(LISTS) do
		local column, kind_of, at, like = numbers_of(packed, name), reader_of(name), 1, nil
		for k, lane in ipairs(lanes) do
			local start = rows.SHAPES[name].tiles and lane.start_ns // unit or 0
			local records
			records, like, at = rows.unpack_alike(column, kind_of, at, counts[k][name] or 0, start, like)
			lane[name], known[records] = json.array(records), true
		end
		if at ~= #column + 1 then error(("its lanes have more `%s` than they say"):format(name), 0) end
	end
	return lanes
end

return M
