-- The markup of what sanitizers reported of a program, and of what a compiler said of one that was not to compile. Knows no
-- listing: where a line is shown, it is told.
local printable = require "base.printable"
local sanitizers = require "cell.sanitizers"
local sweep = require "measurement.sweep"
local text = require "livepost.text"

local M = {}

local escape = text.escape

local TITLES = {
	race = "data race", ["lock-order"] = "locks in different orders", ["thread-error"] = "error with threads",
	["address-error"] = "address error", leak = "leak", undefined = "undefined behaviour",
}

-- Calls found(path, line) for every line that is linked to. measurement: of a cell, also a swept or a refused one, or nil.
function M.each_line(measurement, found)
	for _, one in ipairs(measurement and measurement.refused or {}) do found(one.path, one.line) end
	for _, point in ipairs(measurement and not measurement.refused and sweep.measurements { measurement } or {}) do
		for _, trial in ipairs(point.sanitizers or {}) do
			for _, report in ipairs(trial.reports) do
				for _, side in ipairs(report.sides) do found(side.path, side.line) end
			end
		end
	end
end

-- place: as in `of`.
local function linked(one, place)
	local words, address = place(one.path, one.line)
	return address and ('<a href="%s">%s</a>'):format(escape(address), escape(words)) or escape(words)
end

-- "write of 4 bytes in cook, line 12".
local function side_html(side, place)
	local parts = {}
	if side.does ~= "is here" then parts[1] = escape(printable.text(side.does)) end
	if side["in"] then
		parts[#parts + 1] = ("%sin <code>%s</code>"):format(parts[1] and " " or "", escape(printable.text(side["in"])))
	end
	if side.thread then parts[#parts + 1] = (", in the thread of <code>%s</code>"):format(escape(printable.text(side.thread))) end
	return ("<li>%s%s%s</li>\n"):format(table.concat(parts), parts[1] and ": " or "", linked(side, place))
end

local function code_marks(said)
	return (escape(printable.text(said)):gsub("`([^`]*)`", "<code>%1</code>"))
end

local function report_html(trial, report, place, point)
	local seen = ("in %d of %d runs beside those that are timed"):format(trial.reported, trial.runs)
	if trial.runs == 1 then seen = "in a run beside those that are timed" end
	local parts = { '<div class="report"><p><strong>', escape(sanitizers.title(trial.sanitizer)), ": ", TITLES[report.word] or "report",
		"</strong>" }
	if point then parts[#parts + 1] = " (" .. escape(point) .. ")" end
	local said = report.text:gsub("^data race on ", "on ")
	if said ~= "data race" then parts[#parts + 1] = (said:match("^on ") and " " or ": ") .. code_marks(said) end
	parts[#parts + 1] = (', <span class="seen">%s</span></p>\n'):format(escape(seen))
	if #report.sides > 0 then
		parts[#parts + 1] = "<ul>\n"
		for _, side in ipairs(report.sides) do parts[#parts + 1] = side_html(side, place) end
		parts[#parts + 1] = "</ul>\n"
	end
	parts[#parts + 1] = "</div>\n"
	return table.concat(parts)
end

local function refusal_html(refused, place)
	local parts = { '<div class="report"><p><strong>Does not compile</strong>, as it should:</p>\n' }
	for _, one in ipairs(refused) do
		parts[#parts + 1] = ("<p>%s: %s</p>\n"):format(linked(one, place), escape(printable.text(one.message)))
		if one.details ~= "" then
			parts[#parts + 1] = '<pre tabindex="0"><samp>' .. escape(printable.lines(one.details)) .. "</samp></pre>\n"
		end
	end
	parts[#parts + 1] = "</div>\n"
	return table.concat(parts)
end

-- of(measurement, place) → markup, "" where there is nothing to say. place(path, line) → what the line is called, and its
-- address in the page or nil.
function M.of(measurement, place)
	if not measurement then return "" end
	if measurement.refused then return refusal_html(measurement.refused, place) end
	local parts = {}
	for _, point in ipairs(sweep.measurements { measurement }) do
		for _, trial in ipairs(point.sanitizers or {}) do
			for _, report in ipairs(trial.reports) do
				parts[#parts + 1] = report_html(trial, report, place, point.at and sweep.words(point.at))
			end
		end
	end
	return table.concat(parts)
end

return M
