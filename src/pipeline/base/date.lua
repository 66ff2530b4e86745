-- Dates as authors write them in front matter and file names. Knows no time zone by name and no clock.
local M = {}

local MONTHS = {
	"January", "February", "March", "April", "May", "June",
	"July", "August", "September", "October", "November", "December",
}
local MONTH_DAYS = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 }
local OFFSET_MAX = 14 * 60 -- minutes; no zone is farther from UTC

local function days_in(year, month)
	local is_leap = year % 4 == 0 and (year % 100 ~= 0 or year % 400 == 0)
	return month == 2 and is_leap and 29 or MONTH_DAYS[month]
end

-- Days from 1 January 1970. Counting years from March puts the leap day at a year's end.
local function day_number(year, month, day)
	local y = month <= 2 and year - 1 or year
	local m = (month + 9) % 12
	return y * 365 + y // 4 - y // 100 + y // 400 + (m * 306 + 5) // 10 + day - 1 - 719468
end

local function integer(digits)
	return math.tointeger(tonumber(digits))
end

-- "" and "Z" are UTC; "+0100", "+01:00" and "+01" are an hour ahead of it. Returns minutes, or nil.
local function read_offset(text)
	if text == "" or text == "Z" or text == "z" or text == "UTC" then
		return 0
	end
	local sign, hours, minutes = text:match("^([+-])(%d%d):?(%d%d)$")
	if not sign then
		sign, hours = text:match("^([+-])(%d%d)$")
		minutes = "0"
	end
	if not sign or integer(minutes) > 59 then
		return nil
	end
	local offset = integer(hours) * 60 + integer(minutes)
	return offset <= OFFSET_MAX and (sign == "-" and -offset or offset) or nil
end

local function format_offset(minutes)
	local sign = minutes < 0 and "-" or "+"
	return ("%s%02d:%02d"):format(sign, math.abs(minutes) // 60, math.abs(minutes) % 60)
end

local function make(year, month, day, hour, minute, second, offset)
	if year == 0 then
		return nil, "there is no year 0"
	elseif month < 1 or month > 12 then
		return nil, ("there is no month %d"):format(month)
	elseif day < 1 or day > days_in(year, month) then
		return nil, ("%s %d has no day %d"):format(MONTHS[month], year, day)
	elseif hour > 23 or minute > 59 or second > 59 then
		return nil, ("there is no time %02d:%02d:%02d"):format(hour, minute, second)
	end
	return {
		year = year, month = month, day = day, hour = hour, minute = minute, second = second,
		offset_minutes = offset,
		iso = ("%04d-%02d-%02dT%02d:%02d:%02d%s"):format(year, month, day, hour, minute, second,
			format_offset(offset)),
		epoch = day_number(year, month, day) * 86400 + hour * 3600 + minute * 60 + second - offset * 60,
		text = ("%d %s %d"):format(day, MONTHS[month], year),
	}
end

local SHAPE = "write `2021-03-10`, or `2021-03-10 20:58:00 +0100`"

-- parse(text) → { year, month, day, hour, minute, second, offset_minutes, iso, epoch, text } | nil, message
-- A date without a time is midnight, a time without a zone is UTC; a fraction of a second is dropped. epoch is in
-- seconds, text is "10 March 2021" as the author's own clock says.
function M.parse(text)
	local year, month, day, rest = text:match("^(%d%d%d%d)%-(%d%d?)%-(%d%d?)(.*)$")
	if not year then
		return nil, "not a date: " .. SHAPE
	end
	local hour, minute, second, zone = "0", "0", "0", ""
	if rest:match("%S") then
		hour, minute, rest = rest:match("^[Tt%s]%s*(%d%d?):(%d%d)(.*)$")
		if not hour then
			return nil, "the time is not understood: " .. SHAPE
		end
		local seconds, behind = rest:match("^:(%d%d)(.*)$")
		second, rest = seconds or "0", behind or rest
		if seconds then
			rest = rest:gsub("^%.%d+", "")
		end
		zone = rest:match("^%s*(.-)%s*$")
	end
	local offset = read_offset(zone)
	if not offset then
		return nil, ("the zone `%s` is not understood: write it as `+0100`"):format(zone)
	end
	local made, problem = make(integer(year), integer(month), integer(day), integer(hour), integer(minute),
		integer(second), offset)
	if not made then
		return nil, problem .. ": " .. SHAPE
	end
	return made
end

-- from_file_name("2021-03-10-roast.md") → date, "roast"
--                | nil, "roast" when the name has no date | nil, nil, message when there is no such day
-- Folders ahead of the name and its last extension do not count.
function M.from_file_name(path)
	local name = path:match("([^/]*)$"):gsub("%.[^.]*$", "")
	local day, slug = name:match("^(%d%d%d%d%-%d%d%-%d%d)%-(.+)$")
	if not day then
		return nil, name
	end
	local made, problem = M.parse(day)
	if not made then
		return nil, nil, "the file's name begins with an impossible date: " .. problem
	end
	return made, slug
end

return M
