-- The states a slice can be in, in the one order and the one wording that every figure and table uses, and the shape in
-- which a drawing shows each, so that they differ without colour.

local M = {}

M.order = { "running", "waiting-cpu", "waiting-lock", "waiting-cond", "sleeping", "waiting-io", "joining", "waiting-child",
	"blocked", "unknown" }

-- Shapes: work is mass; what keeps a lane waiting is an outline with a pattern; sleep, which nobody causes, is a tint;
-- waiting that only ends with another lane, or for a reason that is not known, is a line.
-- loud: of slices too short to be told apart the loudest is drawn.
local KNOWN = {
	running = { class = "lp-run", key = "running", label = "running", past = "ran", shape = "mass", loud = 9 },
	["waiting-cpu"] = { class = "lp-wait", key = "waiting for a core", label = "waiting",
		past = "waited", behind = " for a core", shape = "outline", pattern = "cpu", loud = 8 },
	["waiting-lock"] = { class = "lp-lock", key = "waiting for a lock", label = "lock", waits = "waits for ",
		past = "waited", behind = " for locks", shape = "outline", pattern = "lock", loud = 7 },
	["waiting-cond"] = { class = "lp-cond", key = "waiting for a signal", label = "signal", waits = "waits for ",
		past = "waited", behind = " for signals", shape = "outline", pattern = "cond", loud = 6 },
	sleeping = { class = "lp-sleep", key = "sleeping", label = "sleeping", past = "slept", shape = "tint", loud = 4 },
	["waiting-io"] = { class = "lp-io", key = "waiting for I/O", label = "I/O", waits = "waits for ",
		past = "waited", behind = " for I/O", shape = "outline", pattern = "io", loud = 5 },
	joining = { class = "lp-join", key = "joining a thread", label = "joining", waits = "joins ",
		past = "waited", behind = " for threads to end", shape = "line", loud = 2 },
	["waiting-child"] = { class = "lp-child", key = "waiting for a process", label = "process", waits = "waits for ",
		past = "waited", behind = " for processes to end", shape = "line", loud = 3 },
	blocked = { class = "lp-blocked", key = "blocked", label = "blocked", past = "was blocked", shape = "line", loud = 0 },
	-- Where records were lost, or the rung cannot tell, nobody knows, and no figure may guess.
	unknown = { class = "lp-unknown", key = "not known", label = "not known", past = "went unseen for", shape = "outline",
		loud = 1 },
}

-- Returns the states with a time in any of these tables of totals (as timeline.lanes makes them), in the one order.
function M.occurring(totals)
	local names = {}
	for _, name in ipairs(M.order) do
		for _, one in ipairs(totals) do
			if (one[name] or 0) > 0 then
				names[#names + 1] = name
				break
			end
		end
	end
	return names
end

-- Returns { class, key, label, past, behind, waits, shape, pattern, loud }; a state that is not known is a mistake in the
-- caller and raised as one, because drawing it as another state would be a lie.
function M.of(name)
	return KNOWN[name] or error("a slice in the unknown state '" .. tostring(name) .. "'", 2)
end

-- is_known(name) → whether there is such a state; name may be anything.
function M.is_known(name)
	return name ~= nil and KNOWN[name] ~= nil
end

return M
