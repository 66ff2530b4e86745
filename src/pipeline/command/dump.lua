-- `livepost dump`: what a stage makes of a post, as JSON.
local json = require "livepost.json"
local nearest = require "base.nearest"
local problem = require "base.problem"
local runner = require "runner"
local settings = require "settings"
local site = require "command.context"
local stages = require "stages"
local terminal = require "livepost.terminal"

local M = {}

-- Values as JSON can hold them: userdata by what it says of itself, bytes that are no text by their number.
local function printable(value, name)
	if type(value) == "userdata" then
		local metatable = getmetatable(value)
		return metatable and metatable.__index and value.xml and value:xml() or "…"
	elseif type(value) == "string" and not utf8.len(value) then
		return ("… %d bytes"):format(#value)
	elseif type(value) == "table" then
		local copy = {}
		for key, one in pairs(value) do
			if type(one) ~= "function" then
				copy[type(key) == "string" and key or #value > 0 and key or tostring(key)] = printable(one, key)
			end
		end
		return setmetatable(copy, getmetatable(value) and getmetatable(value).__array and getmetatable(value) or nil)
	end
	return name and value or value
end

-- The site of a post is the folder that holds its posts/.
local function folder_of(path)
	return path:match("^(.*)/posts/[^/].*$") or "."
end

-- The stages of the site's own; none where its settings cannot be read, which is told later.
local function own_stages(path)
	local ok, config = pcall(settings.read, folder_of(path) .. "/pipeline.lua", "pipeline.lua")
	return ok and config.stages or {}
end

function M.read(arguments)
	local stage, path = arguments[1], arguments[2]
	if #arguments ~= 2 then return nil, "dump takes a stage and a post" end
	local known
	for _, name in ipairs(stages.site_names) do known = known or name == stage end
	for _, own in ipairs(own_stages(path)) do known = known or own.name == stage end
	if not known or stage == "site" then
		local names = table.concat(stages.site_names, ", ", 1, #stages.site_names - 1)
		local close = nearest.of(stage, stages.site_names)
		return nil, ("no stage `%s`: %s"):format(stage, close and close ~= "site" and ("did you mean `%s`?"):format(close)
			or "stages are " .. names)
	end
	return { stage = stage, path = path }
end

function M.run(options)
	local stage, path = options.stage, options.path
	local folder = folder_of(path)
	local context = site.open(folder, true)
	local items = site.posts(folder, path)
	if #items == 0 then problem.throw { path = path, message = "no such post: name a file below posts/" } end
	local clean = runner.run(context.stages, items, context, stage)
	if not clean or context.stopped() then return 1 end
	problem.must(terminal.print(json.encode(printable(items[1].values[stage]), 2) .. "\n"))
	return 0
end

return M
