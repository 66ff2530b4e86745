-- What tests ask of every drawing: the bytes of its golden, sound markup, what it has and how often.

local tap = require "tap"

local M = {}

-- The same bytes as tests/golden/figures/NAME; with ACCEPT=1 they are written there instead.
function M.same_as_golden(name, got)
	local path = "tests/golden/figures/" .. name
	if os.getenv "ACCEPT" then
		local file <close> = assert(io.open(path, "wb"))
		file:write(got)
		return
	end
	local file <close> = io.open(path, "rb")
	tap.same(got == (file and file:read "a" or ""), true, path .. " differs (ACCEPT=1 writes it)")
end

function M.has_not(text, part)
	tap.same(text:find(part, 1, true), nil, "has not " .. part)
end

-- How often a pattern is found.
function M.count(text, pattern)
	local _, times = text:gsub(pattern, "")
	return times
end

-- The markup is well formed: every element that opens closes, in order, but for the one that may stand alone; attributes
-- are quoted and free of "<".
function M.well_formed(text, alone)
	local open = {}
	for slash, name, attributes, empty in text:gmatch("<(/?)([%w]+)([^<>]-)(/?)>") do
		if slash == "/" then
			tap.same(table.remove(open), name, "closes")
		elseif empty == "" and name ~= alone then
			open[#open + 1] = name
		end
		tap.same((attributes:gsub(' [%w-]+="[^"<]*"', "")), "", "attributes of " .. name)
	end
	tap.same(#open, 0, "all closed")
	tap.same(utf8.len(text) ~= nil, true, "is UTF-8")
	tap.same(M.count(text, "<[^%a/]"), 0, "no bare <")
end

return M
