-- The runs of a program with one sanitizer: how many there are to be, what they reported, and whether it was expected. Runs
-- nothing itself.
local cell_expectation = require "cell.cell_expectation"
local expectation = require "cell.expectation"
local json = require "livepost.json"
local printable = require "base.printable"
local sanitizer_report = require "cell.sanitizer_report"
local sanitizers = require "cell.sanitizers"
local sources = require "cell.sources"

local M = {}

local Trial = {}
Trial.__index = Trial

-- A path as the compiler named it → as the author knows it, nil for what is not the cell's or below examples/.
local function own_of(cell)
	return function(path)
		if path:sub(1, 1) == "/" and path:sub(1, 6) ~= "/site/" then return nil end
		local name = sources.normalise((path:gsub("^/site/", "")))
		return name and (name == cell.code_path or name:match("^examples/")) and name or nil
	end
end

-- new(cell, sanitizer) → a trial: while it is not over, the program is run and the result added. Where something is expected,
-- until it comes, but not for ever; else as often as the author says, or once.
function M.new(cell, sanitizer)
	local wanted = {}
	for _, one in ipairs(cell.expect and cell.expect.reports or {}) do
		if one.sanitizer == sanitizer then wanted[#wanted + 1] = one end
	end
	return setmetatable({
		cell = cell, sanitizer = sanitizer, wanted = wanted, own = own_of(cell), runs = 0, reported = 0, reports = json.array {},
		most = cell.sanitize_runs or (#wanted > 0 and sanitizers.TRIES or 1), known = {},
	}, Trial)
end

local function key_of(report)
	local parts = { report.word, report.text }
	for _, side in ipairs(report.sides) do parts[#parts + 1] = ("%s %s:%d"):format(side.does, side.path, side.line) end
	return table.concat(parts, "\0")
end

-- Which of those expected did not come yet.
function Trial:missing()
	for _, one in ipairs(self.wanted) do
		local came = false
		for _, report in ipairs(self.reports) do came = came or expectation.is_report(one, report) end
		if not came then return one end
	end
end

function Trial:is_over()
	if self.fault or self.runs >= self.most then return true end
	return #self.wanted > 0 and self.runs > 0 and not self:missing()
end

function Trial:fail(message, details, place)
	place = place or cell_expectation.place(self.cell, "sanitize", "expect")
	self.fault = { message = message, details = details, path = place.path ~= self.cell.path and place.path or nil, line = place.line,
		column = place.column }
end

-- "read of 4 bytes in `cook` (posts/a.md:12)", for each side of a report.
function M.side_words(side, shown)
	local text = side.does
	if side["in"] then text = ("%s in `%s`"):format(text, side["in"]) end
	if side.thread then text = ("%s, thread of `%s`"):format(text, side.thread) end
	return shown and ("%s: %s:%d"):format(text, side.path, side.line) or text
end

local function report_details(report)
	local lines = {}
	for i, side in ipairs(report.sides) do lines[i] = M.side_words(side, true) end
	return table.concat(lines, "\n")
end

-- Adds a result of livepost.process.run_all.
function Trial:add(result)
	local cell, title = self.cell, sanitizers.title(self.sanitizer)
	self.runs = self.runs + 1
	local trouble = sanitizer_report.trouble(result.err)
	if trouble then
		return self:fail(("%s cannot work here: %s: leave it out, or build the site where it can"):format(title, trouble))
	end
	if result.over_resident then
		return self:fail(("with %s it used more memory than it may, and was killed: let it use less, or raise `memory`"):format(title))
	end
	local reports = sanitizer_report.read(self.sanitizer, result.err, self.own)
	if #reports > 0 then self.reported = self.reported + 1 end
	for _, report in ipairs(reports) do
		local first = report.sides[1]
		if first and first.column and first.path == cell.code_path then
			for _, side in ipairs(report.sides) do
				if side.column and side.path == cell.code_path then side.column = side.column + cell.code_column - 1 end
			end
		end
		if not expectation.wants(cell.expect, self.sanitizer, report) then
			return self:fail(("%s found %s: mend it, or say that it is to be so with `expect: %s`"):format(title, report.text, report.word),
				report_details(report), first)
		end
		local key = key_of(report)
		if not self.known[key] and #self.reports < sanitizer_report.MOST_REPORTS then
			self.known[key] = true
			json.array(report.sides)
			self.reports[#self.reports + 1] = report
		end
	end
	if #reports > 0 then return end
	local expected = cell.expect or {}
	if not (cell.outcomes or expectation.is_ending(expected, result)) then
		local said = printable.utf8(result.err):sub(1, 2000)
		self:fail(("with %s it ended with %s, which nobody expects of it"):format(title, expectation.ended(result)), said ~= "" and said or nil)
	end
end

-- finish() → { sanitizer, runs, reported, reports } for the measurement, and what is wrong, { message, details, path, line, column }
-- (path nil: the post's), or nil.
function Trial:finish()
	local missing = not self.fault and self:missing()
	if missing then
		local title = sanitizers.title(self.sanitizer)
		self:fail(("expected %s, but %s saw none in %s: mend what it is to show, or raise `sanitize-runs`"):format(
			expectation.report_words(missing), title, self.runs == 1 and "one run" or self.runs .. " runs"), nil, cell_expectation.place(self.cell, "expect"))
	end
	return { sanitizer = self.sanitizer, runs = self.runs, reported = self.reported, reports = self.reports }, self.fault
end

return M
