-- Shows a cell's listing with the measured time of each line before it, on a core and off it, and what no line accounts
-- for. It is a table of HTML and no drawing. Knows neither files nor pages: the code comes with the context.

local figure_words = require "measurement.figure_words"
local highlight = require "page.highlight"
local sorted_keys = require "base.sorted_keys"
local states = require "timeline.states"
local svg = require "drawing.svg"
local units = require "base.units"

local M = { options = {}, takes = "cells", plain = true }

local MOST_WHOLE = 40 -- lines of a listing that is shown from end to end; a longer one only around what was measured
local AROUND = 3
local MOST_ELSEWHERE = 8
local COLUMNS = 4

-- Why a line was off the cores, as short as a gutter needs it.
local REASONS = { ["waiting-cpu"] = "for a core", ["waiting-lock"] = "lock", ["waiting-cond"] = "signal", sleeping = "asleep",
	["waiting-io"] = "I/O", joining = "joining", ["waiting-child"] = "process", blocked = "blocked", unknown = "not known" }
local LEAST_SHARE = 0.05 -- of a line's time off the cores; what is less is in the meter only

local OFF_CLASSES = { ["waiting-cpu"] = "wait", ["waiting-lock"] = "lock", ["waiting-cond"] = "cond", ["waiting-io"] = "io",
	sleeping = "sleep" }

local function sum(by_state)
	local total = 0
	for _, ns in pairs(by_state or {}) do total = total + ns end
	return total
end

-- The one measurement, with lines; raises an error that says why there are none.
local function check(measurements)
	local measurement = measurements[1]
	if #measurements ~= 1 then
		error("lines takes one cell", 0)
	elseif not measurement.lines then
		error(("of `%s` it is not known where in the code time went: the warm-up run tells it, leave `warmup` on"):format(
			measurement.label), 0)
	end
	return measurement, measurement.lines
end

-- file → line → row, the files in the order of the rows but the cell's own first; and the largest of both times.
local function by_file(lines, own_path)
	local files, order, most_on, most_off = {}, {}, 0, 0
	for _, row in ipairs(lines.own or {}) do
		if not files[row.file] then
			files[row.file] = { path = row.file, rows = {} }
			table.insert(order, row.file == own_path and 1 or #order + 1, files[row.file])
		end
		files[row.file].rows[row.line] = row
		most_on, most_off = math.max(most_on, row.on_cpu_ns or 0), math.max(most_off, sum(row.off_cpu))
	end
	return order, most_on, most_off
end

local function meter(share, parts)
	if share <= 0 then return "" end
	local out, at = {}, 0
	for _, part in ipairs(parts) do
		local width = 100 * share * part.share
		out[#out + 1] = svg.element("rect", { "class", "lp-f-" .. part.colour, "x", at, "y", 0, "width", width, "height", 8 })
		at = at + width
	end
	return svg.element("svg", { "class", "lp-meter", "viewBox", "0 0 100 8", "preserveAspectRatio", "none", "aria-hidden", "true" }, out)
end

local function on_cell(row, figure)
	local ns = row and row.on_cpu_ns or 0
	if ns <= 0 then return svg.element("td", {}, "") end
	return svg.element("td", { "class", "lp-on" }, { svg.text(units.duration(ns, figure.unit)),
		meter(figure.most_on > 0 and ns / figure.most_on or 0, { { share = 1, colour = "run" } }) })
end

-- "sleeping 961 ms, waiting for a core 3.92 ms", the longest first.
local function off_words(by_state, unit)
	local names, out = {}, {}
	for _, name in ipairs(states.order) do
		if (by_state[name] or 0) > 0 then names[#names + 1] = name end
	end
	table.sort(names, function(a, b) return by_state[a] > by_state[b] or by_state[a] == by_state[b] and a < b end)
	for i, name in ipairs(names) do
		out[i] = states.of(name).key .. " " .. units.duration(by_state[name], unit)
	end
	return table.concat(out, ", "), names
end

local function off_cell(row, figure)
	local total = row and sum(row.off_cpu) or 0
	if total <= 0 then return svg.element("td", {}, "") end
	local _, names = off_words(row.off_cpu, figure.unit)
	local parts, said = {}, {}
	for i, name in ipairs(names) do
		local share = row.off_cpu[name] / total
		parts[i] = { share = share, colour = OFF_CLASSES[name] or "blocked" }
		if i == 1 or share >= LEAST_SHARE then
			said[#said + 1] = svg.text(units.duration(row.off_cpu[name], figure.unit)) .. " " ..
				svg.element("span", { "class", "lp-reason" }, REASONS[name])
		end
	end
	return svg.element("td", { "class", "lp-off" }, { table.concat(said, "<br>"),
		meter(figure.most_off > 0 and total / figure.most_off or 0, parts) })
end

local function line_row(number, code, row, figure)
	return svg.element("tr", {}, { on_cell(row, figure), off_cell(row, figure),
		svg.element("th", { "scope", "row" }, ("%d"):format(number)),
		svg.element("td", { "class", "lp-line-code" }, "<code>" .. code .. "</code>") }) .. "\n"
end

local function said_row(class, said)
	return svg.element("tr", { "class", class }, svg.element("td", { "colspan", COLUMNS }, svg.text(said))) .. "\n"
end

-- One file of the listing. Without its text only the lines that were measured are told.
local function file_rows(file, text, figure, out)
	if not text then
		local numbers = sorted_keys(file.rows)
		for _, number in ipairs(numbers) do
			out[#out + 1] = line_row(number, svg.text("(" .. file.path .. ")"), file.rows[number], figure)
		end
		return
	end
	local code = highlight.lines((text.code:gsub("%s+$", "")), text.language)
	local shown = {}
	for number in pairs(file.rows) do
		for near = number - AROUND, number + AROUND do shown[near] = true end
	end
	local whole, skipped = text.whole and #code <= MOST_WHOLE, 0
	for i, line in ipairs(code) do
		local number = text.line + i - 1
		if whole or shown[number] then
			if skipped > 0 then out[#out + 1] = said_row("lp-skipped", "⋯ " .. units.count(skipped, "line")) end
			skipped = 0
			out[#out + 1] = line_row(number, line, file.rows[number], figure)
		elseif not (skipped == 0 and line:match("^%s*$")) then
			skipped = skipped + 1
		end
	end
	if skipped > 0 then out[#out + 1] = said_row("lp-skipped", "⋯ " .. units.count(skipped, "line")) end
end

-- What no line of the author's accounts for, each as a sentence.
local function rest_of(lines, figure)
	local out, unit = {}, figure.unit
	local elsewhere = table.move(lines.elsewhere or {}, 1, #(lines.elsewhere or {}), 1, {})
	local function time(row) return (row.on_cpu_ns or 0) + sum(row.off_cpu) end
	table.sort(elsewhere, function(a, b)
		if time(a) ~= time(b) then return time(a) > time(b) end
		return (a["function"] or "") .. a.module < (b["function"] or "") .. b.module
	end)
	for i, row in ipairs(elsewhere) do
		if i > MOST_ELSEWHERE then
			out[#out + 1] = units.count(#elsewhere - MOST_ELSEWHERE, "more function") .. " of libraries"
			break
		end
		local parts = {}
		parts[1] = (row.on_cpu_ns or 0) > 0 and "on a core " .. units.duration(row.on_cpu_ns, unit) or nil
		parts[#parts + 1] = sum(row.off_cpu) > 0 and (off_words(row.off_cpu, unit)) or nil
		out[#out + 1] = (row["function"] and row["function"] .. " of " or "") .. row.module .. ": " .. table.concat(parts, ", ")
	end
	if (lines.unknown_samples or 0) > 0 then
		out[#out + 1] = "in code of which nothing is known: on a core " ..
			units.duration(lines.unknown_samples * lines.period_ns, unit)
	end
	if (lines.unattributed_ns or 0) > 0 then
		out[#out + 1] = "on a core, and of no line (in the kernel, or between samples): " ..
			units.duration(lines.unattributed_ns, unit)
	end
	if sum(lines.unplaced) > 0 then
		out[#out + 1] = "off the cores, and of no line: " .. (off_words(lines.unplaced, unit))
	end
	if (lines.lost or 0) > 0 then
		out[#out + 1] = units.count(lines.lost, "record") .. " of that run lost: samples may be among them"
	end
	return out
end

local function why_not(lines)
	local out = {}
	if lines.on_cpu_why then out[1] = "what ran is not known: " .. lines.on_cpu_why end
	if lines.off_cpu_why then out[#out + 1] = "what waited is not known: " .. lines.off_cpu_why end
	return out
end

local function plan(measurements, context)
	local measurement, lines = check(measurements)
	local code = context and context.code_of and context.code_of(measurement.label)
	local figure = { measurement = measurement, lines = lines, code = code, path = code and code.path }
	figure.files, figure.most_on, figure.most_off = by_file(lines, figure.path)
	local longest = math.max(figure.most_on, figure.most_off)
	figure.unit = longest > 0 and units.common(math.max(1, longest / 100), longest) or units.common(1, 1)
	return figure
end

-- draw(measurements, options, context) → HTML, nil where it is to stand alone. context.code_of(label) → { code, line, path,
-- language } of the cell, the number of its first line and the path that measurements call it by; context.file_of(path) →
-- the same of a file that it includes; either nil where there is none.
function M.draw(measurements, options, context)
	local figure = plan(measurements, context)
	if options and options.standalone then
		return nil
	end
	local out = {}
	if figure.code and (not figure.files[1] or figure.files[1].path ~= figure.path) then
		table.insert(figure.files, 1, { path = figure.path, rows = {} })
	end
	for i, file in ipairs(figure.files) do
		local text
		if file.path == figure.path then
			text = { code = figure.code.code, line = figure.code.line, language = figure.code.language, whole = true }
		else
			text = context and context.file_of and context.file_of(file.path)
		end
		if i > 1 then
			out[#out + 1] = svg.element("tr", { "class", "lp-file" }, svg.element("th", { "scope", "rowgroup", "colspan", COLUMNS },
				svg.text(file.path))) .. "\n"
		end
		file_rows(file, text, figure, out)
	end
	for _, said in ipairs(why_not(figure.lines)) do out[#out + 1] = said_row("lp-rest", said) end
	for _, said in ipairs(rest_of(figure.lines, figure)) do out[#out + 1] = said_row("lp-rest", said) end
	local head = {}
	for i, said in ipairs { "on a core", "off the cores", "line", figure.files[1] and figure.files[1].path or measurements[1].label } do
		head[i] = svg.element("th", { "scope", "col" }, svg.text(said))
	end
	return svg.element("div", { "class", "lp-scroll", "tabindex", 0, "role", "group", "aria-label", "Time by line of " ..
		figure_words.title(figure.measurement) }, { "\n", svg.element("table", { "class", "lp-lines" }, { "\n",
		svg.element("thead", {}, svg.element("tr", {}, head)), "\n", svg.element("tbody", {}, { "\n", table.concat(out) }),
		"\n" }), "\n" }) .. "\n"
end

-- The listing is the table; it is not said twice.
function M.table(measurements, options, context)
	return M.draw(measurements, { id = options and options.id }, context)
end

-- story(measurements) → the line that ran longest, the one that waited longest, and how long nobody knows where.
function M.story(measurements)
	local measurement, lines = check(measurements)
	local ran, waited
	for _, row in ipairs(lines.own or {}) do
		if (row.on_cpu_ns or 0) > (ran and ran.on_cpu_ns or 0) then ran = row end
		if sum(row.off_cpu) > (waited and sum(waited.off_cpu) or 0) then waited = row end
	end
	local parts = {}
	local function place(row) return ("line %d of %s"):format(row.line, row.file) end
	if ran then
		parts[1] = place(ran) .. " ran longest, " .. units.duration(ran.on_cpu_ns) ..
			((lines.cpu_ns or 0) > 0 and " (" .. units.percent(math.min(1, ran.on_cpu_ns / lines.cpu_ns)) .. " of the CPU time)" or "")
	end
	if waited then
		parts[#parts + 1] = place(waited) .. " waited longest, " .. units.duration(sum(waited.off_cpu))
	end
	if (lines.unattributed_ns or 0) > 0 then
		parts[#parts + 1] = ("of %s on a core %s belong to no line"):format(units.duration(lines.cpu_ns),
			units.duration(lines.unattributed_ns))
	end
	if #parts == 0 then
		parts[1] = "no line of " .. measurement.label .. " was seen to run or wait"
	end
	local told = table.concat(parts, "; ")
	return told:sub(1, 1):upper() .. told:sub(2)
end

return M
