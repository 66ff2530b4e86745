-- Counts how often each outcome of a program came: what it printed to standard output, and how it ended. Holds the
-- beginning of each output once, however often and however long it came. Knows nothing of how programs are run.
local hash = require "livepost.hash"
local json = require "livepost.json"
local printable = require "base.printable"

local M = {}

-- Of an output; two that differ further on are two outcomes still.
local LONGEST = 4096

local Outcomes = {}
Outcomes.__index = Outcomes

function M.new()
	return setmetatable({ order = {}, known = {} }, Outcomes)
end

local function beginning(bytes)
	if #bytes <= LONGEST then return printable.utf8(bytes) end
	local stop = LONGEST
	-- Not in the middle of a character.
	while stop > LONGEST - 4 and bytes:byte(stop + 1) & 0xC0 == 0x80 do stop = stop - 1 end
	return printable.utf8(bytes:sub(1, stop)) .. "…"
end

-- Counts a result of livepost.process.run.
function Outcomes:add(result)
	local code, signal = result.code, result.signal
	local ending = result.ending ~= "exit" and result.ending or nil
	local key = table.concat({ tostring(code), tostring(signal), tostring(ending), hash.of(result.out) }, " ")
	local outcome = self.known[key]
	if not outcome then
		-- What it says of errors bears addresses and numbers of processes: the first stands for all.
		outcome = { output = beginning(result.out), errors = beginning(result.err), count = 0,
			exit = { code = code, signal = signal, ending = ending } }
		self.known[key] = outcome
		self.order[#self.order + 1] = outcome
	end
	outcome.count = outcome.count + 1
end

-- Returns the outcomes, each { output, errors, exit, count }, the most frequent first, then by output, then as they came.
function Outcomes:list()
	local place, sorted = {}, json.array {}
	for i, outcome in ipairs(self.order) do
		place[outcome], sorted[i] = i, outcome
	end
	table.sort(sorted, function(a, b)
		if a.count ~= b.count then return a.count > b.count end
		if a.output ~= b.output then return a.output < b.output end
		return place[a] < place[b]
	end)
	return sorted
end

return M
