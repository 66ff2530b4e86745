-- `livepost measure`: the cells of a site measured on this machine, and frozen beside those of others under its name.
local runner = require "runner"
local site = require "command.context"
local units = require "base.units"

local M = {}

function M.read(arguments)
	if #arguments < 1 or #arguments > 2 then return nil, "measure takes the name of this machine, and a folder if it is not the current one" end
	local name = arguments[1]
	if not name:match("^%a[%w_-]*$") or #name > 32 then
		return nil, ("measure: `%s` cannot name a machine: a letter, then letters, digits, - and _, 32 at most"):format(name)
	end
	return { machine_name = name, folder = arguments[2] or "." }
end

function M.run(options)
	local context = site.open(options.folder)
	context.freezes, context.machine_name = true, options.machine_name
	local clean = runner.run(context.stages, site.posts(context.folder), context, "measurements")
	if context.stopped() or not clean then
		context.progress.tell(context.stopped() and "livepost: interrupted" or "livepost: not everything could be measured")
		return 1
	end
	local count = 0
	for _ in pairs(context.froze) do count = count + 1 end
	context.progress.line(("%s frozen as those of %s, nothing published"):format(units.count(count, "measurement"), options.machine_name))
	return 0
end

return M
