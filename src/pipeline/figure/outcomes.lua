-- Draws how often each output came in the runs of a cell, with the 95 % interval of each share. Knows no files and no
-- page.

local chart = require "chart.chart"
local printable = require "base.printable"

local MOST = 12
local BAR = 18
local NOTHING = "(no output)"

-- How a run ended, in words; nil where it ended well.
local ENDINGS = { timeout = "stopped at its timeout", flood = "stopped: too much output" }

local function ending_of(exit)
	exit = exit or {}
	if exit.ending and exit.ending ~= "exit" and exit.ending ~= "signal" then
		return ENDINGS[exit.ending] or exit.ending
	elseif exit.signal then
		return "died of SIG" .. exit.signal:gsub("^SIG", "")
	elseif exit.code and exit.code ~= 0 then
		return "exit code " .. ("%d"):format(exit.code)
	end
end

-- An output on one line: where it had several, these are told apart by a sign that programs do not print.
local function one_line(text)
	local line = printable.lines(text):gsub("%s+$", ""):gsub("\r?\n", " ⏎ "):gsub("%s+", " ")
	return line
end

local function same_start(list)
	local texts = {}
	for _, one in ipairs(list) do texts[one.text] = (texts[one.text] or 0) + 1 end
	return texts
end

local function plan(measurements, options, kit)
	local measurement = measurements[1]
	if #measurements ~= 1 then
		error("outcomes takes one cell", 0)
	elseif type(measurement.outcomes) ~= "table" or #measurement.outcomes == 0 then
		error(("the outcomes of `%s` were not counted: give it the option `outcomes: true`"):format(measurement.label), 0)
	end
	local figure = { title = kit.titles(measurements, options.titles)[1], n = 0, rows = {}, all = {} }
	for _, outcome in ipairs(measurement.outcomes) do figure.n = figure.n + outcome.count end
	for i, outcome in ipairs(measurement.outcomes) do
		local low, high = kit.share_interval(outcome.count, figure.n)
		local text = one_line(outcome.output or "")
		figure.all[i] = { text = text ~= "" and text or NOTHING, ending = ending_of(outcome.exit), count = outcome.count,
			errors = one_line(outcome.errors or ""), share = outcome.count / figure.n, low = low, high = high }
	end
	local alike = same_start(figure.all)
	for i, row in ipairs(figure.all) do
		-- Two outcomes of one output differ in what went to standard error or in their end.
		if alike[row.text] > 1 and row.errors ~= "" then row.text = row.text .. " [" .. row.errors .. "]" end
		if i <= MOST then figure.rows[i] = row end
	end
	local rest, kinds = 0, #figure.all - MOST
	for i = MOST + 1, #figure.all do rest = rest + figure.all[i].count end
	if rest > 0 then
		local low, high = kit.share_interval(rest, figure.n)
		figure.rows[#figure.rows + 1] = { text = kit.count(kinds, "other outcome"), count = rest, share = rest / figure.n,
			low = low, high = high, together = true }
	end
	return figure
end

local function times(figure, row)
	return ("%d of %d"):format(row.count, figure.n)
end

local function interval(kit, row)
	return (kit.percent(row.low):gsub(" %%$", "")) .. "–" .. kit.percent(row.high)
end

local function shortened(text, most)
	if (utf8.len(text) or 0) <= most then return text end
	return text:sub(1, utf8.offset(text, most) - 1) .. "…"
end

local function say(kit, figure)
	local out = { ("How often each outcome came in %s."):format(kit.count(figure.n, "run")) }
	for _, row in ipairs(figure.rows) do
		out[#out + 1] = ("%s%s: %s, %s (%s with 95 %% confidence)."):format(shortened(row.text, 60), row.ending and ", " .. row.ending or "",
			times(figure, row), kit.percent(row.share), interval(kit, row))
	end
	local story
	if #figure.all == 1 then
		local _, most = kit.share_interval(0, figure.n)
		story = ("all %s came out the same; with 95 %% confidence anything else comes in less than %s of runs"):format(
			kit.count(figure.n, "run"), kit.percent(most))
	else
		story = ("%s in %s, the most frequent in %s"):format(kit.count(#figure.all, "different outcome"),
			kit.count(figure.n, "run"), times(figure, figure.all[1]))
	end
	kit:say { title = "Outcomes of " .. figure.title, description = table.concat(out, " "), story = story }
end

local function give_table(kit, figure)
	local rows = {}
	for i, row in ipairs(figure.all) do
		rows[i] = { shortened(row.text, 200), row.ending or "well", ("%d"):format(row.count), kit.percent(row.share), interval(kit, row) }
	end
	kit:table { head = { "output", "ended", "runs of " .. ("%d"):format(figure.n), "share", "its 95 % interval" }, rows = rows }
end

local function draw_share(kit, row, x, y)
	local width = x(row.share) - x.first
	if row.together then
		kit:bar(x.first, y, width, BAR, { colour = "quiet", hatch = "slant" })
	elseif row.ending then
		kit:bar(x.first, y, width, BAR, { colour = "warn", hatch = "back" })
	else
		kit:bar(x.first, y, width, BAR, { colour = "held" })
	end
	local middle = y + BAR / 2
	kit:line({ x(row.low), middle, x(row.high), middle }, { colour = "run", halo = true })
	kit:line({ x(row.low), middle - 4, x(row.low), middle + 4 }, { colour = "run" })
	kit:line({ x(row.high), middle - 4, x(row.high), middle + 4 }, { colour = "run" })
end

local function draw_row(kit, figure, row, x, y)
	local said = times(figure, row)
	local style = (row.together or row.text == NOTHING) and "quiet" or "code"
	if kit.narrow then
		kit:text(0, y + 12, row.text, { style = style, width = kit.width })
		y = y + 17
		if row.ending then
			kit:text(0, y + 12, row.ending, { style = "small", colour = "warn" })
			y = y + 17
		end
	else
		kit:text(x.first - 10, y + (row.ending and 6 or 13), row.text, { style = style, anchor = "end", width = x.first - 10 })
		if row.ending then
			kit:text(x.first - 10, y + 21, row.ending, { style = "small", colour = "warn", anchor = "end", width = x.first - 10 })
		end
	end
	draw_share(kit, row, x, y)
	local at = x(row.high) + 8
	local width = kit:text(at, y + 13, said, { style = "strong", halo = true })
	if not kit.narrow then
		kit:text(at + width + 8, y + 13, kit.percent(row.share), { style = "quiet", halo = true })
	end
	return y + BAR + (row.ending and not kit.narrow and 16 or 12)
end

local function paint(measurements, options, kit)
	local figure = plan(measurements, options, kit)
	say(kit, figure)
	give_table(kit, figure)
	local widest, beside = 0, kit.text_width(("%d of %d"):format(figure.n, figure.n), "strong") +
		(kit.narrow and 10 or kit.text_width("99.9 %") + 18)
	for _, row in ipairs(figure.rows) do
		widest = math.max(widest, kit.text_width(row.text, "code"), row.ending and kit.text_width(row.ending, "small") or 0)
	end
	local left = kit.narrow and 1 or math.min(380, widest + 4) + 10
	local x = kit.linear(0, 1, left, kit.width - beside)
	local y = kit:paragraph(0, 14, "bar: share of " .. kit.count(figure.n, "run") .. "; line: its 95 % interval", { style = "small" }) - 2
	local top = y
	for _, row in ipairs(figure.rows) do y = draw_row(kit, figure, row, x, y) end
	kit:axis_x(x, top, y - 4, { format = function(share) return ("%d %%"):format(math.floor(share * 100 + 0.5)) end,
		marks = kit.narrow and { 0, 0.5, 1 } or { 0, 0.25, 0.5, 0.75, 1 } })
end

return chart.of { name = "outcomes", options = { "titles" }, takes = "cells", paint = paint }
