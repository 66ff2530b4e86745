-- The markup of how a program failed whose author lets it: its ending and what it said to standard error. Runs nothing.
local printable = require "base.printable"
local sweep = require "measurement.sweep"
local text = require "livepost.text"

local M = {}

-- How a run ended, nil where it ended well.
local function ending(exit)
	if exit.ending == "timeout" then return "stopped at its timeout" end
	if exit.ending == "flood" then return "stopped, as it wrote more than 1 MiB" end
	if exit.signal then return "killed by SIG" .. exit.signal end
	if exit.code and exit.code ~= 0 then return ("exit code %d"):format(exit.code) end
end

-- of(cell, measurement) → markup, "" where every point ended well or the cell does not let its program fail.
function M.of(cell, measurement)
	local parts = {}
	for _, point in ipairs(cell.shows_failure and measurement and sweep.measurements { measurement } or {}) do
		local how = ending(point.exit)
		if how then
			parts[#parts + 1] = '<div class="report failure"><p class="ending"><strong>Failed'
				.. (point.at and " with " .. text.escape(sweep.words(point.at)) or "") .. ":</strong> " .. how .. "</p>"
			if point.errors ~= "" then
				parts[#parts + 1] = '<pre tabindex="0"><samp>' .. text.escape(printable.lines(point.errors)) .. "</samp></pre>"
			end
			parts[#parts + 1] = "</div>\n"
		end
	end
	return table.concat(parts)
end

return M
