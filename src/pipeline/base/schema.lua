-- Types the nodes of YAML by a declared table of fields. Knows no field's meaning.
--
-- A field is { type = …, … }:
--   string                    any scalar, as text
--   boolean                   true, false, yes, no
--   integer   [min, max]
--   duration  [min, max]      `5s`, `300 ms`, `2m`; an integer of nanoseconds, and so are min and max
--   date                      as base.date makes it
--   choice    choices         one of them; true and false among them stand for the words of boolean
--   strings                   a list of strings; one string is a list of one
--   line_numbers              true, false, or lines such as `1,3-5`: { { 1, 1 }, { 3, 5 } }
--   conditions                a condition or a list of them, each with a name in front or without: { { text, name, line,
--                             column }, … }
--   list                      a list of strings, or one string of words between blanks
--   texts                     texts by key
--   map                       plain values by key (see plain)
--   size      [min, max]      `64 MB`, `1 GiB`; an integer of bytes, and so are min and max
--   named                     texts by name, in their order: { { name, text or nil, line, column }, … }; also a list of
--                             `NAME=text` and `NAME`
--   text_or_file              { text } or, of `{ file: path }`, { file, line, column }
--   lists                     lists of numbers and texts by key, in their order: { { name, line, column, values }, … },
--                             each value { value, text, line, column }
--   tree                      anything: the node itself, for a reader of its own
local date = require "base.date"
local nearest = require "base.nearest"
local sorted_keys = require "base.sorted_keys"

local M = {}

local UNITS = {
	ns = 1, us = 1000, ["µs"] = 1000, ["μs"] = 1000, ms = 1000000, s = 1000000000,
	m = 60 * 1000000000, min = 60 * 1000000000, h = 3600 * 1000000000,
}
local BYTES = { B = 1, kB = 1000, KB = 1000, MB = 1000000, GB = 1000000000, KiB = 1 << 10, MiB = 1 << 20, GiB = 1 << 30 }
local DURATION_MAX = 1 << 53 -- ns, some hundred days: where a number of Lua's would lose nanoseconds

local BOOLEANS = {
	["true"] = true, ["True"] = true, ["TRUE"] = true, yes = true, Yes = true, YES = true,
	["false"] = false, ["False"] = false, ["FALSE"] = false, no = false, No = false, NO = false,
}
local NOTHING = { [""] = true, ["~"] = true, null = true, Null = true, NULL = true }

local KIND_WORDS = { sequence = "a list", mapping = "a map" }

local function is_nothing(node)
	return node.kind == "scalar" and not node.quoted and NOTHING[node.text] or false
end

-- What the author wrote, for a message.
local function show(node)
	if node.kind ~= "scalar" then
		return KIND_WORDS[node.kind]
	end
	local text = node.text:gsub("%s+", " ")
	if utf8.len(text) and utf8.len(text) > 40 then
		text = text:sub(1, utf8.offset(text, 40) - 1) .. "…"
	end
	return "`" .. text .. "`"
end

-- plain(node) → the node as Lua values: maps by key, lists, strings; a scalar without quotes that reads `true`,
-- `false` or a whole number of at most 15 digits is that, and one that reads empty, `~` or `null` is nil (left out of
-- a list).
function M.plain(node)
	if node.kind == "sequence" then
		local items = {}
		for _, item in ipairs(node.items) do
			items[#items + 1] = M.plain(item)
		end
		return items
	elseif node.kind == "mapping" then
		local map = {}
		for _, pair in ipairs(node.pairs) do
			map[pair.key.text] = M.plain(pair.value)
		end
		return map
	elseif node.quoted then
		return node.text
	elseif is_nothing(node) then
		return nil
	elseif node.text == "true" or node.text == "false" then
		return node.text == "true"
	elseif #node.text <= 16 and node.text:match("^%-?[1-9]%d*$") or node.text == "0" then
		return math.tointeger(tonumber(node.text))
	end
	return node.text
end

-- duration("1.5 s") → an integer of nanoseconds | nil, what is missing, if that can be said
function M.duration(text)
	local number, unit = text:match("^%s*(%d+%.?%d*)%s*(%S*)%s*$")
	if not number then
		return nil
	elseif unit == "" then
		return nil, "with its unit"
	elseif not UNITS[unit] then
		return nil, "in `ns`, `us`, `ms`, `s`, `m` or `h`"
	end
	local ns = tonumber(number) * UNITS[unit]
	if ns > DURATION_MAX then
		return nil, "of a hundred days at most"
	end
	return math.tointeger(math.floor(ns + 0.5))
end

local function format_duration(ns)
	for _, unit in ipairs({ "h", "min", "s", "ms", "us" }) do
		if ns ~= 0 and ns % UNITS[unit] == 0 then
			return ("%d %s"):format(ns // UNITS[unit], unit)
		end
	end
	return ("%d ns"):format(ns)
end

local function format_integer(value)
	return ("%d"):format(value)
end

-- Each reader returns the value, or nil and what is expected ("a whole number") with, if there is one, a hint.
local readers = {}

local function check_range(value, field, format)
	if field.min and value < field.min then
		return nil, "at least " .. format(field.min)
	elseif field.max and value > field.max then
		return nil, "at most " .. format(field.max)
	end
	return value
end

function readers.string(node)
	if node.kind ~= "scalar" then
		return nil, "text"
	end
	return node.text
end

function readers.boolean(node)
	local value
	if node.kind == "scalar" then
		value = BOOLEANS[node.text]
	end
	if value == nil then
		return nil, "`true` or `false`"
	elseif node.quoted then
		return nil, "`true` or `false`", "without quotes"
	end
	return value
end

function readers.integer(node, field)
	local digits = node.kind == "scalar" and node.text:match("^[+-]?%d+$")
	if not digits then
		return nil, "a whole number"
	elseif node.quoted then
		return nil, "a whole number", "without quotes"
	end
	local value = math.tointeger(tonumber((digits:gsub("^%+", ""))))
	if not value then
		return nil, "a whole number", "of fewer digits"
	end
	return check_range(value, field, format_integer)
end

function readers.duration(node, field)
	local expected = "a duration such as `5s` or `300 ms`"
	if node.kind ~= "scalar" then
		return nil, expected
	end
	local ns, hint = M.duration(node.text)
	if not ns then
		return nil, expected, hint
	end
	return check_range(ns, field, format_duration)
end

local function format_size(bytes)
	for _, unit in ipairs({ "GiB", "MiB", "KiB" }) do
		if bytes % BYTES[unit] == 0 then return ("%d %s"):format(bytes // BYTES[unit], unit) end
	end
	return ("%d B"):format(bytes)
end

function readers.size(node, field)
	local expected = "a size such as `64 MB` or `1 GiB`"
	local number, unit
	if node.kind == "scalar" then number, unit = node.text:match("^%s*(%d+%.?%d*)%s*(%a*)%s*$") end
	if not number then
		return nil, expected
	elseif unit == "" then
		return nil, expected, "with its unit"
	elseif not BYTES[unit] then
		return nil, expected, "in `B`, `kB`, `MB`, `GB`, `KiB`, `MiB` or `GiB`"
	elseif tonumber(number) * BYTES[unit] > field.max then
		return nil, "at most " .. format_size(field.max)
	end
	return check_range(math.tointeger(math.floor(tonumber(number) * BYTES[unit] + 0.5)), field, format_size)
end

function readers.date(node)
	if node.kind ~= "scalar" then
		return nil, "a date such as `2021-03-10`"
	end
	local value, problem = date.parse(node.text)
	return value, "a date", not value and problem:gsub("^not a date: ", "") or nil
end

function readers.choice(node, field)
	local words = {}
	for i, choice in ipairs(field.choices) do
		if node.kind == "scalar" then
			if choice == node.text then
				return choice
			elseif type(choice) == "boolean" and not node.quoted and BOOLEANS[node.text] == choice then
				return choice
			end
		end
		words[i] = "`" .. tostring(choice) .. "`"
	end
	local quoted = node.kind == "scalar" and node.quoted and BOOLEANS[node.text] ~= nil
	return nil, "one of " .. table.concat(words, ", "), quoted and "without quotes" or nil
end

function readers.strings(node)
	if node.kind == "scalar" then
		return { node.text }
	elseif node.kind ~= "sequence" then
		return nil, "a text or a list of texts"
	end
	local items = {}
	for i, item in ipairs(node.items) do
		if item.kind ~= "scalar" then
			return nil, "a list of texts", nil, item
		elseif is_nothing(item) then
			return nil, "a list of texts", "with something behind every `-`", item
		end
		items[i] = item.text
	end
	return items
end

function readers.line_numbers(node)
	local expected = "`true`, `false`, or lines such as `1,3-5`"
	if node.kind ~= "scalar" then return nil, expected end
	if not node.quoted and BOOLEANS[node.text] ~= nil then return BOOLEANS[node.text] end
	local ranges = {}
	for part in (node.text:gsub("%s", "") .. ","):gmatch("([^,]*),") do
		local first, last = part:match("^(%d+)%-(%d+)$")
		first = math.tointeger(tonumber(first or part:match("^%d+$")))
		last = last and math.tointeger(tonumber(last)) or first
		if not first or not last then return nil, expected end
		if first < 1 or last < first then return nil, expected, "each from its first to its last line" end
		ranges[#ranges + 1] = { first, last }
	end
	return ranges
end

local function condition_of(node)
	if node.kind == "scalar" and not is_nothing(node) then
		return { text = node.text, line = node.line, column = node.column }
	elseif node.kind == "mapping" and #node.pairs == 1 and node.pairs[1].value.kind == "scalar"
		and not is_nothing(node.pairs[1].value) then
		local pair = node.pairs[1]
		return { text = pair.value.text, line = pair.value.line, column = pair.value.column, name = pair.key.text,
			name_line = pair.key.line, name_column = pair.key.column }
	end
end

function readers.conditions(node)
	local expected = "a condition, or a list of conditions, each with a name in front or without"
	if is_nothing(node) then return nil, expected end
	local items = {}
	for i, item in ipairs(node.kind == "sequence" and node.items or { node }) do
		items[i] = condition_of(item)
		if not items[i] then return nil, expected, nil, item end
	end
	return items
end

function readers.list(node)
	if node.kind ~= "scalar" then
		return readers.strings(node)
	end
	local words = {}
	for word in node.text:gmatch("%S+") do
		words[#words + 1] = word
	end
	return words
end

function readers.map(node)
	if node.kind ~= "mapping" then
		return nil, "a map of `key: value` lines"
	end
	return M.plain(node)
end

function readers.texts(node)
	if node.kind ~= "mapping" then
		return nil, "a map of `key: text`"
	end
	local map = {}
	for _, pair in ipairs(node.pairs) do
		if pair.value.kind ~= "scalar" or is_nothing(pair.value) then
			return nil, "a map of `key: text`", "with a text behind every key", pair.value
		end
		map[pair.key.text] = pair.value.text
	end
	return map
end

function readers.named(node)
	local expected = "a map of `NAME: text`, or a list of `NAME=text`"
	local named = {}
	local function add(name, text, place)
		for _, other in ipairs(named) do
			if other.name == name then return false end
		end
		named[#named + 1] = { name = name, text = text, line = place.line, column = place.column }
		return true
	end
	if node.kind == "mapping" then
		for _, pair in ipairs(node.pairs) do
			if pair.value.kind ~= "scalar" then return nil, expected, nil, pair.value end
			add(pair.key.text, not is_nothing(pair.value) and pair.value.text or nil, pair.key)
		end
		return named
	end
	for _, item in ipairs(node.kind == "sequence" and node.items or { node }) do
		if item.kind ~= "scalar" or is_nothing(item) then return nil, expected, nil, item end
		local name, text = item.text:match("^([^=]*)=(.*)$")
		if not add(name or item.text, text, item) then return nil, expected, "each name once", item end
	end
	return named
end

function readers.text_or_file(node)
	if node.kind == "scalar" then return { text = node.text } end
	local pair = node.kind == "mapping" and #node.pairs == 1 and node.pairs[1]
	if not pair or pair.key.text ~= "file" or pair.value.kind ~= "scalar" or is_nothing(pair.value) then
		return nil, "text, or `{ file: path }`", nil, pair and pair.value or node
	end
	return { file = pair.value.text, line = pair.value.line, column = pair.value.column }
end

-- An integer, a number with a fraction or an exponent, or a text; nil for a number that is too large to be one.
local function number_or_text(node)
	local text = node.text
	if not node.quoted and (text:match("^%-?%d+%.%d+$") or text:match("^%-?%d+%.?%d*[eE][+-]?%d+$")) then
		local value = tonumber(text)
		return math.abs(value) < math.huge and value or nil
	end
	local value = M.plain(node)
	return math.type(value) and value or text
end

function readers.lists(node)
	if node.kind ~= "mapping" then
		return nil, "a map of `name: [values]`"
	end
	local lists = {}
	for _, pair in ipairs(node.pairs) do
		local list = { name = pair.key.text, line = pair.key.line, column = pair.key.column, values = {} }
		if pair.value.kind ~= "sequence" then
			return nil, "a list of values behind every name", nil, pair.value
		end
		for i, item in ipairs(pair.value.items) do
			if item.kind ~= "scalar" or is_nothing(item) then
				return nil, "a list of numbers and texts behind every name", nil, item
			end
			local value = number_or_text(item)
			if value == nil then
				return nil, "numbers that a computer can hold", nil, item
			end
			list.values[i] = { value = value, text = item.text, line = item.line, column = item.column }
		end
		lists[#lists + 1] = list
	end
	return lists
end

function readers.tree(node)
	if is_nothing(node) then
		return nil, "something"
	end
	return node
end

-- Says what is wrong with a value, at the value or at the item of it that is at fault.
local function report_value(report, name, node, expected, hint)
	local what = is_nothing(node) and "it has no value" or "found " .. show(node)
	local why = hint and expected .. ", " .. hint or expected
	report(node.line, node.column, ("`%s` takes %s: %s"):format(name, why, what))
end

local function read_value(name, node, field, report)
	local reader = assert(readers[field.type], "no such type of field")
	local value, expected, hint, culprit = reader(node, field)
	if value == nil then
		report_value(report, name, culprit or node, expected, hint)
	end
	return value
end

-- Whether a name can be one of ours misspelt: by one letter in up to five, by two in more. Where unknown keys are
-- allowed, a wider guess would refuse what the author means.
local function is_slip(name, near)
	local limit = math.min(#near, #name) <= 5 and 1 or 2
	return nearest.distance(name:lower(), near) <= limit
end

-- Beyond so many they are no help in a message.
local MOST_NAMED = 12

local function report_unknown(report, key, near, names, plan)
	local head = ("unknown %s `%s`: "):format(plan.what, key.text)
	local elsewhere = plan.elsewhere and plan.elsewhere[key.text]
	if elsewhere then
		report(key.line, key.column, ("`%s` is an %s of %s, and of no other: remove it here"):format(key.text, plan.what, elsewhere))
	elseif not near and #names > MOST_NAMED then
		report(key.line, key.column, head .. ("none is called nearly so: livepost(5) has all %ss"):format(plan.what))
	elseif near then
		report(key.line, key.column, head .. ("did you mean `%s`?"):format(near))
	else
		report(key.line, key.column, head .. ("known are `%s`"):format(table.concat(names, "`, `")))
	end
end

-- node(value) → the tree that YAML would have given, without places, for a value of Lua: texts, numbers, booleans, lists
-- and tables by name; nil for any other.
function M.node(value)
	if type(value) == "boolean" or type(value) == "string" or math.type(value) then
		local text = math.type(value) == "integer" and ("%d"):format(value) or tostring(value)
		return { kind = "scalar", text = text, quoted = false }
	elseif type(value) ~= "table" then
		return nil
	elseif #value > 0 or next(value) == nil then
		local items = {}
		for i, one in ipairs(value) do
			items[i] = M.node(one)
			if not items[i] then return nil end
		end
		return { kind = "sequence", items = items }
	end
	local names = {}
	for name in pairs(value) do
		if type(name) ~= "string" then return nil end
		names[#names + 1] = name
	end
	table.sort(names)
	local members = {}
	for i, name in ipairs(names) do
		local member = M.node(value[name])
		if not member then return nil end
		members[i] = { key = { kind = "scalar", text = name }, value = member }
	end
	return { kind = "mapping", pairs = members }
end

-- read(node, plan, report) → the typed values by key
-- node is the tree that livepost.post gives, or nil for nothing at all. plan is { fields, what, open, elsewhere }: elsewhere,
-- names that are known, but not here, each with where ("cells of Lua"); what is the word for a key in messages ("option"); with open, as for front matter, an unknown key is kept as a plain value unless
-- it is a slip from a known one, and a known key without a value counts as absent. report(line, column, message) is
-- called for every error; a value at fault is absent.
function M.read(node, plan, report)
	local fields, names, values, nodes = plan.fields, sorted_keys(plan.fields), {}, {}
	if node and node.kind ~= "mapping" then
		report(node.line, node.column,
			("found %s where %ss are expected: write each as `key: value`"):format(show(node), plan.what))
	end
	for _, pair in ipairs(node and node.pairs or {}) do
		local name, value = pair.key.text, pair.value
		local field = fields[name]
		nodes[name] = value
		local near = not field and nearest.of(name:lower(), names)
		if not field and (not plan.open or near and is_slip(name, near)) then
			report_unknown(report, pair.key, near, names, plan)
		elseif not field then
			values[name] = M.plain(value)
		elseif not (plan.open and is_nothing(value)) then
			values[name] = read_value(name, value, field, report)
		end
	end
	return values, nodes
end

return M
