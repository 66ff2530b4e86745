-- What every template can call besides the variables it is given. Nothing in it reaches a file, a process or the
-- pipeline's own tables.

local sorted_keys = require "base.sorted_keys"

local MONTHS = { "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
	"November", "December" }
local DAYS = { "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday" }

local function weekday(year, month, day)
	local shift = { 0, 3, 2, 5, 0, 3, 5, 1, 4, 6, 2, 4 }
	if month < 3 then year = year - 1 end
	return (year + year // 4 - year // 100 + year // 400 + shift[month] + day) % 7
end

-- date("2021-03-10T09:30:00Z", "%e %B %Y") → "10 March 2021". In English, without clock or locale, so that every machine
-- writes the same bytes.
local function date(iso, format)
	format = format or "%e %B %Y"
	local year, month, day, rest = tostring(iso):match("^(%d%d%d%d)%-(%d%d)%-(%d%d)(.*)$")
	year, month, day = tonumber(year), tonumber(month), tonumber(day)
	if not year or month < 1 or month > 12 or day < 1 or day > 31 then
		error(("date: '%s' is not a date: it is written 2021-03-10 or 2021-03-10T09:30:00Z"):format(iso), 2)
	end
	local hour, minute = rest:match("^[T ](%d%d):(%d%d)")
	local parts = {
		Y = ("%04d"):format(year), m = ("%02d"):format(month), d = ("%02d"):format(day), e = tostring(day),
		B = MONTHS[month], b = MONTHS[month]:sub(1, 3), A = DAYS[weekday(year, month, day) + 1],
		a = DAYS[weekday(year, month, day) + 1]:sub(1, 3), H = hour or "00", M = minute or "00", ["%"] = "%",
	}
	return (format:gsub("%%(.?)", function(letter)
		return parts[letter] or error(("date: there is no %%%s: the parts are %%Y %%m %%d %%e %%B %%b %%A %%a %%H %%M")
			:format(letter), 4)
	end))
end

-- In the order of the keys, numbers first: a page must come out the same every time.
local function sorted_pairs(values)
	local keys = sorted_keys(values)
	local at = 0
	return function()
		at = at + 1
		if keys[at] ~= nil then return keys[at], values[keys[at]] end
	end
end

local function copy(library, names)
	local out = {}
	for name in names:gmatch("%S+") do out[name] = library[name] end
	return out
end

-- table has no insert, remove or sort: a template that changed the values it is shown would change the next page.
return {
	string = copy(string, "byte char find format gmatch gsub len lower match rep reverse sub upper"),
	table = copy(table, "concat pack unpack"),
	math = copy(math, "abs ceil floor fmod huge max maxinteger min mininteger modf pi tointeger type"),
	utf8 = copy(utf8, "char charpattern codepoint codes len offset"),
	ipairs = ipairs, pairs = sorted_pairs, tostring = tostring, tonumber = tonumber, type = type, select = select,
	date = date,
}
