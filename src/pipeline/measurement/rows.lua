-- Lists of records with times ↔ lists of whole numbers, a few for each record, as they are frozen. What records have in
-- common stands once, in a list of kinds. Knows no file, and not what a record means.
local sorted_keys = require "base.sorted_keys"

local M = {}

-- What differs from record to record besides its times; it stands behind them where its kind has it under `with`.
local NUMBERS = { count = "count", held_ns = "time", waited_ns = "time", asked_ns = "exact" }

-- What is the same again and again in most programs stands in the kind, until there are so many kinds.
local MANY_KINDS = 200

-- How the records of each list bear their times: `from` and `to` are where these stand; tiles: each begins where the one
-- before ended, which is not said; follows: it begins about there, and how far from there is said.
M.SHAPES = {
	slices = { from = { "start_ns" }, to = { "end_ns" }, tiles = true },
	spans = { from = { "start_ns" }, to = { "end_ns" } },
	holds = { from = { "start_ns" }, to = { "end_ns" }, follows = true },
	waits = { from = { "start_ns" }, to = { "end_ns" } },
	path = { from = { "start_ns" }, to = { "end_ns" }, follows = true },
	marks = { from = { "ns" } },
	flows = { from = { "from", "ns" }, to = { "to", "ns" } },
}

local function get(record, path)
	return path[2] and record[path[1]][path[2]] or record[path[1]]
end

local function set(record, path, value)
	if path[2] then
		record[path[1]][path[2]] = value
	else
		record[path[1]] = value
	end
end

-- A copy whose inner tables are copies, too, so that a record made of a kind is its own.
local function copy(record)
	local out = {}
	for name, value in pairs(record) do out[name] = type(value) == "table" and copy(value) or value end
	return out
end

-- The kind of a record, and the numbers that it has beside its times.
local function split(record, shape, unit, kinds)
	local kind, with, numbers = copy(record), {}, {}
	set(kind, shape.from, nil)
	if shape.to then set(kind, shape.to, nil) end
	kind.mix = nil
	for _, name in ipairs(sorted_keys(NUMBERS)) do
		if record[name] and not (NUMBERS[name] == "exact" and #kinds.list < MANY_KINDS) then
			kind[name] = nil
			with[#with + 1] = name
			numbers[#numbers + 1] = NUMBERS[name] == "time" and record[name] // unit or record[name]
		end
	end
	for _, state in ipairs(record.mix and sorted_keys(record.mix) or {}) do
		with[#with + 1] = "mix." .. state
		numbers[#numbers + 1] = record.mix[state] // unit
	end
	if #with > 0 then kind.with = with end
	return kind, numbers
end

-- A list of kinds to which pack adds: { list, by_text, encode }; encode(value) → a text that is the same for the same value.
function M.kinds(encode)
	return { list = {}, by_text = {}, encode = encode }
end

-- pack(records, shape, kinds, unit, start) → numbers. Times are whole multiples of `unit` ns; start: where tiles begin.
function M.pack(records, shape, kinds, unit, start)
	local out, before = {}, shape.tiles and start // unit or 0
	for _, record in ipairs(records) do
		local kind, numbers = split(record, shape, unit, kinds)
		local said = kinds.encode(kind)
		if not kinds.by_text[said] then
			kinds.list[#kinds.list + 1] = kind
			kinds.by_text[said] = #kinds.list
		end
		local from, to = get(record, shape.from) // unit, shape.to and get(record, shape.to) // unit
		out[#out + 1] = kinds.by_text[said]
		if not shape.tiles then out[#out + 1] = from - before end
		if to then out[#out + 1] = to - from end
		table.move(numbers, 1, #numbers, #out + 1, out)
		before = (shape.tiles or shape.follows) and to or from
	end
	return out
end

-- unpack(numbers, shape, kinds, unit, start) → records; kinds: a list. Raises a text where they do not make records.
function M.unpack(numbers, shape, kinds, unit, start)
	if type(numbers) ~= "table" then error("a list of numbers is missing", 0) end
	local at, records, before = 1, {}, shape.tiles and start // unit or 0
	local function take()
		local number = numbers[at]
		if math.type(number) ~= "integer" then error(("number %d of a list is none"):format(at), 0) end
		at = at + 1
		return number
	end
	while at <= #numbers do
		local kind = kinds[take()]
		if type(kind) ~= "table" then error(("number %d of a list names no kind"):format(at - 1), 0) end
		local record = copy(kind)
		record.with = nil
		for _, path in ipairs { shape.from, shape.to } do
			if path[2] and type(record[path[1]]) ~= "table" then error("a kind of flow has no lanes", 0) end
		end
		local from = shape.tiles and before or before + take()
		set(record, shape.from, from * unit)
		before = from
		if shape.to then
			local to = from + take()
			set(record, shape.to, to * unit)
			if shape.tiles or shape.follows then before = to end
		end
		for _, name in ipairs(type(kind.with) == "table" and kind.with or {}) do
			local state = type(name) == "string" and name:match("^mix%.(.+)$")
			if state then
				record.mix = record.mix or {}
				record.mix[state] = take() * unit
			elseif NUMBERS[name] then
				record[name] = NUMBERS[name] == "time" and take() * unit or take()
			else
				error(("a kind has `%s` with it, which is no number of a record"):format(tostring(name)), 0)
			end
		end
		records[#records + 1] = record
	end
	return records
end

return M
