-- Values → JSON that is read and compared line by line: keys in the order of the alphabet, what fits stands on one line, a
-- list of numbers fills its lines, everything else has one entry a line. Knows no file.
local json = require "livepost.json"

local M = {}

local WIDTH = 110

local function is_list(value)
	return #value > 0 or (getmetatable(value) or {}).__array ~= nil
end

local function are_numbers(list)
	for _, one in ipairs(list) do
		if math.type(one) ~= "integer" then return false end
	end
	return true
end

local function add_numbers(list, indent, out)
	local line, length = {}, #indent
	for i, number in ipairs(list) do
		local said = ("%d"):format(number) .. (i < #list and "," or "")
		if length + #said > WIDTH then
			out[#out + 1] = indent .. table.concat(line) .. "\n"
			line, length = {}, #indent
		end
		line[#line + 1], length = said, length + #said
	end
	out[#out + 1] = indent .. table.concat(line) .. "\n"
end

local add

local function add_entries(entries, indent, out)
	for i, entry in ipairs(entries) do
		out[#out + 1] = indent .. (entry.key and json.encode(entry.key) .. ": " or "")
		add(entry.value, indent, out)
		out[#out + 1] = i < #entries and ",\n" or "\n"
	end
end

function add(value, indent, out)
	local said = json.encode(value)
	if type(value) ~= "table" or #said + #indent <= WIDTH then
		out[#out + 1] = said
		return
	end
	local list = is_list(value)
	out[#out + 1] = list and "[\n" or "{\n"
	if list and are_numbers(value) then
		add_numbers(value, indent .. " ", out)
	else
		local entries = {}
		if list then
			for i, one in ipairs(value) do entries[i] = { value = one } end
		else
			for key, one in pairs(value) do entries[#entries + 1] = { key = key, value = one } end
			table.sort(entries, function(a, b) return a.key < b.key end)
		end
		add_entries(entries, indent .. " ", out)
	end
	out[#out + 1] = indent .. (list and "]" or "}")
end

-- encode(value) → the text, with a newline at its end. The same value gives the same bytes.
function M.encode(value)
	local out = {}
	add(value, "", out)
	out[#out + 1] = "\n"
	return table.concat(out)
end

return M
