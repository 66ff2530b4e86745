-- Which stages there are, in the order of the data. Knows their names only.
local M = {}

local function load_all(names)
	local stages = {}
	for i, name in ipairs(names) do
		stages[i] = require("stage." .. name)
	end
	return stages
end

M.site_names = { "text", "document", "cells", "builds", "runs", "timelines", "measurements", "figures", "page", "site" }

-- post text → … → site
function M.site()
	return load_all(M.site_names)
end

-- One program outside a post: the middle of the same way, entered with a cell that is no fence's.
function M.program()
	return load_all { "program", "builds", "runs", "timelines", "measurements" }
end

return M
