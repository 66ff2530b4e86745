-- A problem: what an author or user is told, with its place. Knows how it is written down, not where it goes.
local printable = require "lib.printable"

local M = {}

local Problem = {}
Problem.__index = Problem

-- place:line:column: message, with the parts that are known; details follow on lines of their own, indented.
function Problem:__tostring()
	local place = {}
	if self.path then place[#place + 1] = self.path end
	if self.path and self.line then
		place[#place + 1] = tostring(self.line)
		if self.column then place[#place + 1] = tostring(self.column) end
	end
	local text = (#place > 0 and table.concat(place, ":") or "livepost") .. ": " .. self.message
	if self.details and self.details ~= "" then
		text = text .. "\n    " .. self.details:gsub("\n+$", ""):gsub("\n", "\n    ")
	end
	-- What a cell printed stands in it, and must not reach the terminal as orders.
	return printable.lines(text)
end

-- { path, line, column, message, details }; all but message may be nil.
function M.new(fields)
	assert(fields.message, "a problem needs a message")
	return setmetatable(fields, Problem)
end

function M.is(value)
	return getmetatable(value) == Problem
end

-- Ends the stage for this post.
function M.throw(fields)
	error(M.new(fields), 0)
end

return M
