-- A problem: what an author or user is told, with its place. Knows how it is written down, not where it goes.
local printable = require "base.printable"

local M = {}

local Problem = {}
Problem.__index = Problem

local function indented(text)
	return "\n    " .. text:gsub("\n+$", ""):gsub("\n", "\n    ")
end

-- place:line:column: message, with the parts that are known; the line of the file, if it is at hand, and details follow on
-- lines of their own, indented.
function Problem:__tostring()
	local place = {}
	if self.path then place[#place + 1] = self.path end
	if self.path and self.line then
		place[#place + 1] = tostring(self.line)
		if self.column then place[#place + 1] = tostring(self.column) end
	end
	local text = (#place > 0 and table.concat(place, ":") or "livepost") .. ": " .. self.message
	if self.excerpt then text = text .. indented(self.excerpt) end
	if self.details and self.details ~= "" then text = text .. indented(self.details) end
	-- What a cell printed stands in it, and must not reach the terminal as orders.
	return printable.lines(text)
end

-- { path, line, column, message, details, excerpt }; all but message may be nil. excerpt: as base.excerpt makes it.
function M.new(fields)
	assert(fields.message, "a problem needs a message")
	return setmetatable(fields, Problem)
end

-- True where the lines of a file would say more than what is there: gcc and clang show theirs themselves.
function M.wants_excerpt(found)
	return M.is(found) and found.path ~= nil and found.line ~= nil and not found.excerpt
		and not ("\n" .. (found.details or "")):find("\n *%d+ | ")
end

function M.is(value)
	return getmetatable(value) == Problem
end

-- Ends the stage for this post.
function M.throw(fields)
	error(M.new(fields), 0)
end

-- Returns value; where it is nil, why is a problem that ends the stage. For what the modules of C return: must(file.read(path)).
function M.must(value, why)
	if value == nil then M.throw { message = why } end
	return value
end

return M
