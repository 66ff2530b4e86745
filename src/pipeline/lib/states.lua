-- The states a slice can be in, in the one order and the one wording that every figure and table uses.

local M = {}

M.order = { "running", "waiting-cpu", "blocked" }

local KNOWN = {
	running = { class = "lp-run", key = "running", label = "running", past = "ran" },
	["waiting-cpu"] = { class = "lp-wait", key = "waiting for a core", label = "waiting",
		past = "waited", behind = " for a core" },
	blocked = { class = "lp-blocked", key = "blocked", label = "blocked", past = "was blocked" },
}

-- Returns { class, key, label, past, behind }; a state that is not known is a mistake in the caller and raised as one,
-- because drawing it as another state would be a lie.
function M.of(name)
	return KNOWN[name] or error("a slice in the unknown state '" .. tostring(name) .. "'", 2)
end

return M
