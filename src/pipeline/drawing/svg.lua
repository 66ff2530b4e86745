-- Writes SVG elements as strings: attributes in the order given, numbers with at most two decimals, all text escaped.
-- Knows nothing of what is drawn.

local text = require "livepost.text"
local printable = require "base.printable"

local M = {}

-- The nearest tenth, which is as near as anybody sees where a text or an arrow stands.
function M.tenth(value)
	return math.floor(value * 10 + 0.5) / 10
end

-- Returns a number as it stands in an attribute: rounded to 1/100, no trailing zeros, never "-0", never an exponent.
-- Made of integers only, because %f follows the locale of the process. Raises an error on NaN and infinity.
function M.number(value)
	if value ~= value or value >= 1e15 or value <= -1e15 then
		error("not a coordinate: " .. tostring(value), 2)
	end
	local hundredths = math.floor(math.abs(value) * 100 + 0.5) // 1 | 0
	if hundredths == 0 then
		return "0"
	end
	local whole, rest = hundredths // 100, hundredths % 100
	local digits = string.format("%d", whole)
	if rest > 0 then
		digits = digits .. string.format(".%02d", rest):gsub("0$", "")
	end
	return (value < 0 and "-" or "") .. digits
end

-- Returns any text (UTF-8 or not) as character data that HTML and XML both take.
function M.text(value)
	return text.escape(printable.text(value))
end

-- Returns attributes as they stand in a tag, each behind a space. attributes is a list name, value, name, value, …; a pair
-- whose value is false is left out.
function M.attributes(attributes)
	local out = {}
	for i = 1, #attributes, 2 do
		local value = attributes[i + 1]
		if value then
			out[#out + 1] = " " .. attributes[i] .. '="'
			out[#out + 1] = math.type(value) and M.number(value) or M.text(value)
			out[#out + 1] = '"'
		end
	end
	return table.concat(out)
end

-- Returns one element. attributes as above; content is markup (made by this module), a list of such, or nil for an
-- element without content.
function M.element(name, attributes, content)
	local out = { "<", name, M.attributes(attributes) }
	if type(content) == "table" then
		content = table.concat(content)
	end
	if content then
		out[#out + 1] = ">" .. content .. "</" .. name .. ">"
	else
		out[#out + 1] = "/>"
	end
	return table.concat(out)
end

-- Returns path data for a closed box.
function M.box(x, y, width, height)
	local n = M.number
	return "M" .. n(x) .. " " .. n(y) .. "h" .. n(width) .. "v" .. n(height) .. "h" .. n(-width) .. "z"
end

return M
