-- `livepost explain`: of each cell whether a build would run it (or only compile it), and why.
local expectation = require "cell.expectation"
local json = require "livepost.json"
local problem = require "base.problem"
local runner = require "runner"
local selection = require "cell.selection"
local site = require "command.context"
local sweep = require "measurement.sweep"
local terminal = require "livepost.terminal"
local units = require "base.units"

local M = {}

M.SOMETHING_RUNS = 3

-- read(arguments) → { folder, posts, json }: posts are words that end in .md.
function M.read(arguments)
	local options = { posts = {} }
	for _, word in ipairs(arguments) do
		if word == "--json" then
			options.json = true
		elseif word:sub(1, 1) == "-" then
			return nil, ("explain has no option `%s`"):format(word)
		elseif word:match("%.md$") then
			options.posts[#options.posts + 1] = word
		elseif options.folder then
			return nil, "explain takes one folder, and posts, which end in .md"
		else
			options.folder = word
		end
	end
	local of_post = #options.posts > 0 and options.posts[1]:match("^(.*)/posts/")
	options.folder = options.folder or of_post or "."
	return options
end

-- Where its measurement is from: the page says more of the machine, here the day and the processor are enough.
local function words_of(found)
	local measurement = found.kept.measurement
	if measurement.refused then
		return found.holds .. ": the compiler refuses it, as it is to" .. (found.outdated and "; though " .. found.outdated or "")
	end
	local said = ("%s, measured %s"):format(found.holds, measurement.measured_at:match("^%d+%-%d+%-%d+") or "some day")
	if found.holds == "frozen" then
		said = said .. (" on %s, %s"):format(measurement.machine.cpu, units.count(measurement.machine.cores, "core"))
	end
	return said .. (found.outdated and "; though " .. found.outdated or "")
end

local function cells_of(items)
	local list = {}
	for _, item in ipairs(items) do
		for _, cell in ipairs(sweep.cells(item.values.cells)) do
			local found = item.values.kept[cell.name]
			if found then
				local needed = not found.kept
				list[#list + 1] = { post = item.path, label = cell.label, at = cell.at, name = cell.name, line = cell.line,
					column = cell.column, runs = needed and not expectation.refuses(cell.expect),
					compiles = needed and expectation.refuses(cell.expect) or nil, why = found.reasons or { words_of(found) },
					kept_in = found.kept and (found.holds == "frozen" and found.frozen_path or found.path):gsub("^%./", "") or nil }
			end
		end
	end
	return list
end

local function text_of(cells)
	local lines, post, count, compiled = {}, nil, 0, 0
	for _, one in ipairs(cells) do
		if one.post ~= post then
			post = one.post
			lines[#lines + 1] = post
		end
		count, compiled = count + (one.runs and 1 or 0), compiled + (one.compiles and 1 or 0)
		lines[#lines + 1] = ("  %s: %s%s"):format(one.name, one.runs and "would run: " or one.compiles and "would be compiled: " or "",
			table.concat(one.why, "; "))
	end
	lines[#lines + 1] = #cells == 0 and "there is no cell that runs"
		or ("%d of %s would run"):format(count, units.count(#cells, "cell")) .. (compiled > 0 and (", %d would be compiled"):format(compiled) or "")
	return table.concat(lines, "\n") .. "\n"
end

function M.run(options)
	local context = site.open(options.folder, true)
	local items = site.posts(context.folder)
	-- All posts go through: the same program in two of them is told apart by their order.
	local clean = runner.run(context.stages, items, context, "kept")
	if not clean or context.stopped() then return 1 end
	local chosen = {}
	for _, item in ipairs(items) do
		local wanted = #options.posts == 0
		for _, word in ipairs(options.posts) do wanted = wanted or selection.is_post(word, item.name) end
		if wanted and item.values.kept then chosen[#chosen + 1] = item end
	end
	if #chosen == 0 and #options.posts > 0 then
		problem.throw { path = options.posts[1], message = "no such post is published: name a file below posts/" }
	end
	local cells, runs = cells_of(chosen), false
	for _, one in ipairs(cells) do
		runs = runs or one.runs or one.compiles
		if options.json then one.name, one.why = nil, json.array(one.why) end
	end
	problem.must(terminal.print(options.json and json.encode({ cells = json.array(cells) }, 2) .. "\n" or text_of(cells)))
	return runs and M.SOMETHING_RUNS or 0
end

return M
