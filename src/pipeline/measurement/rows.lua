-- Lists of records with times ↔ lists of whole numbers, a few for each record, as they are frozen. What records have in
-- common stands once, in a list of kinds. Knows no file, and not what a record means.
local sorted_keys = require "base.sorted_keys"

local M = {}

-- What differs from record to record besides its times; it stands behind them where its kind has it under `with`.
local NUMBERS = { count = "count", held_ns = "time", waited_ns = "time", asked_ns = "exact" }

-- Which lanes a record is of: { path, name under `with`, texts that may be the lane's name }.
local LANES = {
	{ path = { "lane" }, with = "lane", names = {} }, { path = { "owner_lane" }, with = "owner_lane", names = { "owner", "what" } },
	{ path = { "from", "lane" }, with = "from.lane", names = {} }, { path = { "to", "lane" }, with = "to.lane", names = {} },
}

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
	local first = record[path[1]]
	return path[2] and first and first[path[2]] or not path[2] and first or nil
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

-- Moves the lanes that a record is of from its kind to its numbers, each as the distance to that of the record before; a text
-- that is the lane's name is not said a second time.
local function split_lanes(kind, with, numbers, kinds, before)
	for _, one in ipairs(LANES) do
		local lane = get(kind, one.path)
		if lane then
			set(kind, one.path, nil)
			with[#with + 1] = one.with
			numbers[#numbers + 1] = lane - (before[one.with] or 0)
			before[one.with] = lane
			for _, name in ipairs(one.names) do
				if kind[name] and kind[name] == kinds.names[lane] then
					kind[name] = nil
					kind.named = kind.named or {}
					table.insert(kind.named, name)
				end
			end
		end
	end
end

-- The kind of a record, and the numbers that it has beside its times; length: in units.
local function split(record, shape, unit, kinds, before, length)
	local kind, with, numbers = copy(record), {}, {}
	set(kind, shape.from, nil)
	if shape.to then set(kind, shape.to, nil) end
	kind.mix = nil
	local many = #kinds.list >= MANY_KINDS
	for _, name in ipairs(sorted_keys(NUMBERS)) do
		if record[name] and (many or NUMBERS[name] ~= "exact") then
			kind[name] = nil
			with[#with + 1] = name
			numbers[#numbers + 1] = NUMBERS[name] == "time" and record[name] // unit or record[name]
		end
	end
	if many then split_lanes(kind, with, numbers, kinds, before) end
	-- What is left of the whole for its own state is nothing, or as much as was rounded.
	local rest = length
	for _, state in ipairs(record.mix and sorted_keys(record.mix) or {}) do
		local share = record.mix[state] // unit
		rest = rest - share
		if state ~= record.state then
			with[#with + 1] = "mix." .. state
			numbers[#numbers + 1] = share
		end
	end
	if record.mix and record.mix[record.state] then
		with[#with + 1] = "rest." .. record.state
		numbers[#numbers + 1] = rest
	end
	if #with > 0 then kind.with = with end
	return kind, numbers
end

-- A list of kinds to which pack adds: { list, by_text, encode, names }; encode(value) → a text that is the same for the same
-- value; names: the lanes' names by their ids.
function M.kinds(encode, names)
	return { list = {}, by_text = {}, encode = encode, names = names or {} }
end

-- number_of(kind, kinds) → where a kind stands in the list, to which it is added where it is new.
local function number_of(kind, kinds)
	local said = kinds.encode(kind)
	if not kinds.by_text[said] then
		kinds.list[#kinds.list + 1] = kind
		kinds.by_text[said] = #kinds.list
	end
	return kinds.by_text[said]
end
M.number_of = number_of

-- pack(records, shape, kinds, unit, start, each) → numbers. Times are whole multiples of `unit` ns; start: where tiles begin.
-- each(index, numbers), where given, is called with what stands for a record, and may change it.
function M.pack(records, shape, kinds, unit, start, each)
	local out, at, before = {}, shape.tiles and start // unit or 0, {}
	for i, record in ipairs(records) do
		local from, to = get(record, shape.from) // unit, shape.to and get(record, shape.to) // unit
		local kind, numbers = split(record, shape, unit, kinds, before, to and to - from)
		local said = { number_of(kind, kinds) }
		if not shape.tiles then said[#said + 1] = from - at end
		if to then said[#said + 1] = to - from end
		table.move(numbers, 1, #numbers, #said + 1, said)
		if each then each(i, said) end
		table.move(said, 1, #said, #out + 1, out)
		at = (shape.tiles or shape.follows) and to or from
	end
	return out
end

-- Raw code, where fields_text would take a constant.
local function code(text, ...)
	return { code = text:format(...) }
end

-- Code that makes a record of these fields; what is constant is put into `constants`.
local function fields_text(fields, constants)
	local parts = {}
	for _, name in ipairs(sorted_keys(fields)) do
		local value = fields[name]
		local said = type(value) == "table" and (value.code or fields_text(value, constants))
		if not said then
			constants[#constants + 1] = value
			said = ("k[%d]"):format(#constants)
		end
		parts[#parts + 1] = ("[%q] = %s"):format(name, said)
	end
	return "{ " .. table.concat(parts, ", ") .. " }"
end

local function put(fields, path, value)
	if path[2] then
		fields[path[1]] = fields[path[1]] or {}
		fields = fields[path[1]]
	end
	fields[path[#path]] = value
end

-- A plain copy of what a kind says of its records; raises a text for what no record has.
local function constants_of(kind)
	local fields = {}
	for name, value in pairs(kind) do
		if name ~= "with" and name ~= "named" then
			if type(name) ~= "string" or type(value) == "table" and name ~= "from" and name ~= "to" then
				error("a kind holds what no record has", 0)
			end
			if type(value) == "table" then
				local inner = {}
				for key, one in pairs(value) do
					if type(key) ~= "string" or type(one) == "table" then error("a kind holds what no record has", 0) end
					inner[key] = one
				end
				value = inner
			end
			fields[name] = value
		end
	end
	return fields
end

-- A kind as { size = how many numbers stand for a record, make = function (numbers, index of the first of them, where the
-- record before was, lanes of the record before) → record, where it was }: a record has five and more fields, and there may
-- be hundreds of thousands, so each kind's records are made by code of its own. That code sees to it that no number is below 0
-- and no time too large; about: as for M.reader.
local function compile(kind, shape, about)
	if type(kind) ~= "table" then error("a kind is no map", 0) end
	local fields, constants, lines, at, unit = constants_of(kind), {}, {}, 1, about.unit
	local most = about.largest // unit
	local function line(text, ...) lines[#lines + 1] = text:format(...) end
	local function take()
		at = at + 1
		return ("n[i + %d]"):format(at - 1)
	end
	-- A number that must not be below 0, and under which name it is known then.
	local function take_count()
		local said = ("n%d"):format(at)
		line("local %s = %s if %s < 0 or %s > %d then below() end", said, take(), said, said, most)
		return said
	end
	for _, path in ipairs { shape.from, shape.to } do
		if path[2] and type(fields[path[1]]) ~= "table" then error("a kind of flow has no lanes", 0) end
	end
	line("local from = at%s", shape.tiles and "" or " + " .. take())
	put(fields, shape.from, code("from * %d", unit))
	if shape.to then
		line("local to = from + %s", take())
		put(fields, shape.to, code("to * %d", unit))
	end
	line("if from < 0 or from > %d%s then below() end", most, shape.to and (" or to < from or to > %d"):format(most) or "")
	local mix, rest
	local function take_lane(one)
		local said = ("lane%d"):format(at)
		line("local %s = (lanes[%q] or 0) + %s if %s < 0 then below() end", said, one.with, take(), said)
		line("lanes[%q] = %s", one.with, said)
		put(fields, one.path, code("%s", said))
		for _, name in ipairs(type(kind.named) == "table" and kind.named or {}) do
			for _, own in ipairs(one.names) do
				if own == name then fields[name] = code("names[%s]", said) end
			end
		end
	end
	for _, name in ipairs(type(kind.with) == "table" and kind.with or {}) do
		local what, state = tostring(name):match("^(%l+)%.([%l-]+)$")
		local lane
		for _, one in ipairs(LANES) do lane = one.with == name and one or lane end
		if lane then
			take_lane(lane)
		elseif what == "mix" then
			mix = mix or {}
			local said = take_count()
			mix[state] = code("%s * %d", said, unit)
			rest = (rest or "") .. " - " .. said
		elseif what == "rest" and shape.to then
			mix = mix or {}
			line("local rest = to - from%s - %s if rest < 0 then below() end", rest or "", take())
			mix[state] = code("rest * %d", unit)
		elseif NUMBERS[name] then
			fields[name] = code(NUMBERS[name] == "time" and "%s * " .. unit or "%s", take_count())
		else
			error(("a kind has `%s` with it, which is no number of a record"):format(tostring(name)), 0)
		end
	end
	fields.mix = mix
	local body = ("local k, names, below = ... return function(n, i, at, lanes) %s return %s, %s end"):format(table.concat(lines, " "),
		fields_text(fields, constants), (shape.tiles or shape.follows) and shape.to and "to" or "from")
	local made = assert(load(body, "=kind", "t", {}))(constants, about.names, function()
		error("a number of a list is below 0, or too large", 0)
	end)
	return { size = at - 1, make = made }
end

-- reader(kinds, name, about) → a function that gives a kind compiled for the list of that name, and raises a text where there is
-- none. about: { unit, names of lanes by their ids, largest = the longest time in ns, checks = name of the list → check }; the
-- first record of each kind is checked, which differs from the others by times, numbers and lanes only.
function M.reader(kinds, name, about)
	local compiled, shape, check = {}, M.SHAPES[name], about.checks[name]
	return function(number)
		local one = compiled[number]
		if not one then
			if type(kinds[number]) ~= "table" then error(("`%s` names no kind"):format(tostring(number)), 0) end
			one = compile(kinds[number], shape, about)
			compiled[number] = one
			local make = one.make
			function one.make(...)
				local record, at = make(...)
				if not check(record) then error(("kind %d is none of its `%s`"):format(number, name), 0) end
				one.make = make
				return record, at
			end
		end
		return one
	end
end

-- unpack(numbers, kind_of, start) → records, made of all the numbers; kind_of: a reader; start: where tiles begin, in units.
-- Raises a text where they do not make records.
function M.unpack(numbers, kind_of, start)
	local records, count, i, last, at, lanes = {}, 0, 1, #numbers, start, {}
	while i <= last do
		local kind = kind_of(numbers[i])
		if i + kind.size > last then error("a list of numbers ends within a record", 0) end
		count = count + 1
		records[count], at = kind.make(numbers, i, at, lanes)
		i = i + kind.size + 1
	end
	return records
end

-- unlike(numbers, like) → the same numbers, all but the first less those of `like`, if both are of one kind: what look alike
-- become small numbers. like: nil for none.
function M.unlike(numbers, like)
	if not like or like[1] ~= numbers[1] then return numbers end
	local out = { numbers[1] }
	for i = 2, #numbers do out[i] = numbers[i] - like[i] end
	return out
end

-- unpack_alike(numbers, kind_of, from, count, start, like) → so many records, made of the numbers from index `from` on; and
-- what to pass as `like` and `from` for the next. like: of the list before, each record's numbers are less those of the one at
-- its place there; nil for the first.
function M.unpack_alike(numbers, kind_of, from, count, start, like)
	local records, places, at, lanes, i = {}, {}, start, {}, from
	for k = 1, count do
		local number = numbers[i]
		local kind = kind_of(number)
		local other = like and like[k]
		if i + kind.size > #numbers then error("a list of numbers ends within a record", 0) end
		if other and numbers[other] == number then
			for j = 1, kind.size do numbers[i + j] = numbers[i + j] + numbers[other + j] end
		end
		records[k], at = kind.make(numbers, i, at, lanes)
		places[k] = i
		i = i + kind.size + 1
	end
	return records, places, i
end

return M
