-- Which stages there are, in the order of the data. Knows their names only.
local site_stage = require "author.site_stage"

local M = {}

local function load_all(names)
	local stages = {}
	for i, name in ipairs(names) do
		stages[i] = require("stage." .. name)
	end
	return stages
end

M.site_names = { "text", "document", "cells", "kept", "builds", "runs", "timelines", "measurements", "figures", "page", "site" }

-- post text → … → site; own: the stages that the site's pipeline.lua has; tell(keys, message): as the settings have it, for
-- those that cannot stand where they say.
function M.site(own, tell)
	return site_stage.insert(load_all(M.site_names), own, tell)
end

-- One program outside a post: the middle of the same way, entered with a cell that is no fence's.
function M.program()
	return load_all { "program", "kept", "builds", "runs", "timelines", "measurements" }
end

return M
