-- `livepost build`: the site from its posts.
local housekeeping = require "command.housekeeping"
local runner = require "runner"
local selection = require "cell.selection"
local site = require "command.context"
local terminal = require "livepost.terminal"
local units = require "base.units"

local M = {}

-- read(arguments) → { folder, remeasure = a selection or nil }. What follows --remeasure are cells.
function M.read(arguments)
	local options = { folder = nil }
	for i, word in ipairs(arguments) do
		if word == "--remeasure" then
			options.remeasure = selection.new(table.move(arguments, i + 1, #arguments, 1, {}))
			for k = i + 1, #arguments do
				if arguments[k]:sub(1, 1) == "-" then return nil, ("build --remeasure takes cells, not `%s`"):format(arguments[k]) end
			end
			break
		elseif word:sub(1, 1) == "-" then
			return nil, ("build has no option `%s`"):format(word)
		elseif options.folder then
			return nil, "build takes one folder at most"
		end
		options.folder = word
	end
	options.folder = options.folder or "."
	return options
end

function M.run(options)
	local started = terminal.now_ns()
	local context = site.open(options.folder)
	context.freezes, context.remeasure = true, options.remeasure
	local items = site.posts(context.folder)
	local clean = runner.run(context.stages, items, context)
	if context.stopped() or not clean then
		context.progress.tell(context.stopped() and "livepost: interrupted: the site is as it was"
			or "livepost: the site is as it was: nothing was published")
		return 1
	end
	housekeeping.after_build(context, items)
	local published = context.published
	context.progress.line(("published %s: %s, %d changed, in %.2f s"):format(units.count(published.posts, "post"),
		units.count(published.files, "file"), published.changed, (terminal.now_ns() - started) / 1e9))
	return 0
end

return M
