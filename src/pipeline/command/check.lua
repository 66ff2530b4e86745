-- `livepost check`: everything run again here and compared with what is published, all links followed; nothing is published.
local comparison = require "measurement.comparison"
local json = require "livepost.json"
local links = require "page.links"
local problem = require "base.problem"
local runner = require "runner"
local selection = require "cell.selection"
local site = require "command.context"
local sweep = require "measurement.sweep"
local terminal = require "livepost.terminal"
local units = require "base.units"

local M = {}

function M.read(arguments)
	local options = {}
	for _, word in ipairs(arguments) do
		if word == "--json" then
			options.json = true
		elseif word:sub(1, 1) == "-" then
			return nil, ("check has no option `%s`"):format(word)
		elseif options.folder then
			return nil, "check takes one folder at most"
		else
			options.folder = word
		end
	end
	options.folder = options.folder or "."
	return options
end

local function lines_of(text)
	local lines = {}
	for line in (text .. "\n"):gmatch("(.-)\n") do lines[#lines + 1] = line end
	return lines
end

local function quoted(line)
	if not line then return "nothing" end
	return "“" .. (utf8.len(line) and utf8.len(line) > 60 and line:sub(1, utf8.offset(line, 60) - 1) .. "…" or line) .. "”"
end

-- The first line in which two outputs differ, in words; nil where they do not.
local function difference(before, now)
	if before == now then return nil end
	local was, is = lines_of(before), lines_of(now)
	for i = 1, math.max(#was, #is) do
		if was[i] ~= is[i] then return ("line %d was %s and is %s"):format(i, quoted(was[i]), quoted(is[i])) end
	end
end

local function same_ending(a, b)
	return a.code == b.code and a.signal == b.signal and a.ending == b.ending
end

-- What became of one cell: { said, problem } with what is wrong, if something is.
local function compare_cell(cell, found, measurement)
	local published = found.published
	if not published then return { said = "measured, and nothing is published yet to compare it with" } end
	local before = published.measurement
	if measurement.refused or before.refused then
		return { said = "the compiler refuses it, as it is to" }
	end
	local compared = comparison.of(before, measurement)
	local one = { compared = compared, published = before, said = compared and compared.said or "no time to compare" }
	if #found.published_why > 0 then
		one.problem = ("what is published is not of this cell any more: %s: livepost build"):format(table.concat(found.published_why, "; "))
	elseif not same_ending(before.exit, measurement.exit) then
		one.problem = "it does not end as published: livepost build --remeasure " .. cell.label
	elseif not cell.output_varies and not cell.outcomes and not (cell.expect and cell.expect.output) then
		local differs = difference(before.output, measurement.output)
		one.problem = differs and ("its output is not what is published: %s: if it may differ say so with `output-varies: true`, "
			.. "else livepost build --remeasure %s"):format(differs, cell.label) or nil
	end
	return one
end

local function compare_cells(items, context)
	local list = {}
	for _, item in ipairs(items) do
		local measured = item.values.measurements
		for _, cell in ipairs(measured and sweep.cells(item.values.cells) or {}) do
			local found = item.values.kept[cell.name]
			local of_label = measured[cell.label]
			for _, measurement in ipairs(of_label and sweep.measurements { of_label } or {}) do
				if found and sweep.title(measurement) == cell.name then
					local one = compare_cell(cell, found, measurement)
					one.cell, one.measurement = cell, measurement
					list[#list + 1] = one
					context.progress.line(("%s: %s: %s"):format(cell.path, cell.name, one.said))
					if one.problem then
						context.report(problem.new { path = cell.path, line = cell.line, column = cell.column,
							message = sweep.called(cell) .. ": " .. one.problem })
					end
				end
			end
		end
	end
	return list
end

-- Where `said` stands in the post as the target of a link, else where it stands at all: the offset of its first byte.
local function find_link(said, bytes)
	local first, at = nil, 1
	while true do
		at = bytes:find(said, at, true)
		if not at then return first end
		first = first or at
		local before, behind = bytes:sub(at - 1, at - 1), bytes:sub(at + #said, at + #said)
		if before:match("[(<\"'= ]") and (behind == "" or behind:match("[)>\"'%s]")) then return at end
		at = at + 1
	end
end

-- Where the author wrote a link: line and column; nil where its words are not in the post.
local function place_of(link, bytes)
	if link == "" then link = "()" end
	for _, said in ipairs { link, (link:gsub("%%(%x%x)", function(code) return string.char(tonumber(code, 16)) end)),
			(link:gsub("&", "&amp;")) } do
		local at = find_link(said, bytes)
		if at then
			local before = bytes:sub(1, at - 1)
			local _, count = before:gsub("\n", "")
			return count + 1, (utf8.len(before:match("[^\n]*$")) or 0) + 1
		end
	end
end

local function check_links(items, context)
	local planned = { files = {}, order = {}, base = context.config.site.base_url:gsub("/*$", ""), page_of_post = {} }
	for i, one in ipairs(context.planned) do
		planned.files[one.path], planned.order[i] = one.bytes, one.path
	end
	local by_page = {}
	for _, item in ipairs(items) do
		if item.values.page then
			by_page[item.values.page.path] = item
			planned.page_of_post[item.name:match("([^/]+)$")] = item.values.page.path
		end
	end
	local faults, count = links.check(planned)
	-- What stands in a template is wrong on every page, and told once.
	local told = {}
	for _, fault in ipairs(faults) do
		local item = by_page[fault.page]
		local line, column
		if item then line, column = place_of(fault.link, item.values.text.bytes) end
		local key = line and fault.page .. "\0" .. fault.message or fault.message
		if not told[key] then
			told[key] = true
			context.report(problem.new { path = line and item.path or context.shown("site/" .. fault.page), line = line, column = column,
				message = fault.message .. (line and "" or " (it is no text of a post: a template or Lua wrote it)") })
		end
	end
	return count
end

local function cell_json(one)
	local compared = one.compared or {}
	return {
		post = one.cell.path, label = one.cell.label, at = one.cell.at, problem = one.problem,
		median_ns = one.measurement.wall and one.measurement.wall.median_ns, published_ns = one.published and one.published.wall.median_ns or nil,
		ratio = compared.ratio, low = compared.low, high = compared.high,
	}
end

function M.run(options)
	local context = site.open(options.folder, options.json)
	local problems = json.array {}
	local tell = context.report
	function context.report(found)
		problems[#problems + 1] = { path = found.path, line = found.line, column = found.column, message = found.message }
		tell(found)
	end
	context.keeps, context.publishes, context.remeasure, context.checks = false, false, selection.new {}, true
	local items = site.posts(context.folder)
	-- The runner hands reports on to what it found here, and says whether there was one.
	local clean = runner.run(context.stages, items, context)
	if context.stopped() then
		context.progress.tell("livepost: interrupted")
		return 1
	end
	local cells = compare_cells(items, context)
	local count = clean and check_links(items, context) or nil
	if options.json then
		local list = json.array {}
		for i, one in ipairs(cells) do list[i] = cell_json(one) end
		problem.must(terminal.print(json.encode({ ok = #problems == 0, cells = list, links = count, problems = problems }, 2) .. "\n"))
	else
		context.progress.line(("checked %s and %s: %s; nothing was published"):format(units.count(#cells, "cell"),
			count and units.count(count, "link") or "no links, as pages are missing",
			#problems == 0 and "nothing is wrong" or units.count(#problems, "problem")))
	end
	return #problems == 0 and 0 or 1
end

return M
