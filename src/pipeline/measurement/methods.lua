-- The ways to measure, the one that sees most first. Knows their names and their order, not how they work.
local M = {}

M.order = { "switch-records", "schedstat", "getrusage", "probe", "none" }
M.best = M.order[1]

local rank = {}
for i, name in ipairs(M.order) do rank[name] = i end

-- Whether the first sees more than the second; a method that is not known sees nothing.
function M.is_better(one, other)
	return (rank[one] or math.huge) < (rank[other] or math.huge)
end

-- Whether there is a method of this name.
function M.is(name)
	return rank[name] ~= nil
end

return M
