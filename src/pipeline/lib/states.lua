-- The states a slice can be in, in the one order and the one wording that every figure and table uses.

local M = {}

M.order = { "running", "waiting-cpu", "blocked", "unknown" }

local KNOWN = {
	running = { class = "lp-run", key = "running", label = "running", past = "ran" },
	["waiting-cpu"] = { class = "lp-wait", key = "waiting for a core", label = "waiting",
		past = "waited", behind = " for a core" },
	blocked = { class = "lp-blocked", key = "blocked", label = "blocked", past = "was blocked" },
	-- Where records were lost nobody knows, and no figure may guess.
	unknown = { class = "lp-unknown", key = "not known", label = "not known", past = "went unseen for" },
}

-- Returns the states that a figure of these measurements has to name: all but "unknown", and that where it occurs.
function M.named(measurements)
	local names = table.move(M.order, 1, #M.order - 1, 1, {})
	for _, measurement in ipairs(measurements) do
		for _, lane in ipairs(measurement.timeline and measurement.timeline.lanes or {}) do
			for _, slice in ipairs(lane.slices) do
				if slice.state == "unknown" then
					names[#names + 1] = "unknown"
					return names
				end
			end
		end
	end
	return names
end

-- Returns { class, key, label, past, behind }; a state that is not known is a mistake in the caller and raised as one,
-- because drawing it as another state would be a lie.
function M.of(name)
	return KNOWN[name] or error("a slice in the unknown state '" .. tostring(name) .. "'", 2)
end

return M
