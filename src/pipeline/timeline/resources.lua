-- Which locks lanes had to wait for, how long, and who held them when. Knows times and lanes, not how they are drawn.

local M = {}

-- So many holds are told each, whatever a drawing can show of them.
local MANY = 1000

-- Returns the resources that have holds and for which a lane waited, the most waited for first:
-- { { resource, waited_ns, waits, holds (how many), longest, held_ns, stretches }, … }; longest is its longest
-- wait, stretches as from M.stretches(resource, cell_ns).
function M.contended(timeline, cell_ns)
	local found = {}
	for index, resource in ipairs(timeline.resources or {}) do
		if #resource.waits > 0 and #resource.holds > 0 then
			local waited, waits, longest = 0, 0, resource.waits[1]
			for _, wait in ipairs(resource.waits) do
				waited = waited + (wait.waited_ns or wait.end_ns - wait.start_ns)
				waits = waits + (wait.count or 1)
				if wait.end_ns - wait.start_ns > longest.end_ns - longest.start_ns then
					longest = wait
				end
			end
			local stretches, held, holds = M.stretches(resource, cell_ns), 0, 0
			for _, stretch in ipairs(stretches) do
				held = held + (stretch.mix and stretch.mix.held or
					stretch.state == "held" and stretch.end_ns - stretch.start_ns or 0)
			end
			for _, hold in ipairs(resource.holds) do
				holds = holds + (hold.count or 1)
			end
			found[#found + 1] = { resource = resource, waited_ns = waited, waits = waits, longest = longest,
				held_ns = held, holds = holds, stretches = stretches, index = index }
		end
	end
	table.sort(found, function(a, b)
		if a.waited_ns ~= b.waited_ns then
			return a.waited_ns > b.waited_ns
		end
		return a.index < b.index
	end)
	return found
end

-- What is shorter than a cell, told as one stretch: { from, to, held (ns), lane (where it is a single hold) }.
local function told_together(short)
	local free = short.to - short.from - short.held
	return { start_ns = short.from, end_ns = short.to, state = "held", holders = 1, holder = short.lane,
		mix = free > 0 and { held = short.held, free = free } or nil }
end

-- Holds that do not overlap are the stretches, with what is free between them; nil where two overlap. Holds that follow
-- each other within less than cell ns are told as one stretch.
local function one_at_a_time(holds, cell)
	local out, count, at, short = {}, 0, 0, nil
	for _, hold in ipairs(holds) do
		local from, to = hold.start_ns, hold.end_ns
		if from < at then
			return nil
		elseif to > from then
			if to - at < cell then
				if short then
					short.lane = nil
				else
					short = { from = at, held = 0, lane = from == at and not hold.held_ns and hold.lane or nil }
				end
				short.to, short.held = to, short.held + (hold.held_ns or to - from)
				if to - short.from >= cell then
					count, out[count + 1], short = count + 1, told_together(short), nil
				end
			else
				if short then
					count, out[count + 1], short = count + 1, told_together(short), nil
				end
				if from > at then
					count, out[count + 1] = count + 1, { start_ns = at, end_ns = from, state = "free", holders = 0 }
				end
				-- holds too short to tell each come as one, with the sum of their times
				local rest = hold.held_ns and to - from - hold.held_ns
				count, out[count + 1] = count + 1, { start_ns = from, end_ns = to, state = "held",
					holder = not rest and hold.lane or nil, holders = 1,
					mix = rest and { held = hold.held_ns, free = math.max(0, rest) } or nil }
			end
			at = to
		end
	end
	if short then
		out[count + 1] = told_together(short)
	end
	return out
end

-- The ends of holds that overlap, in the order in which they happened: what is let go first goes first.
local function events_of(holds)
	local events = {}
	for order, hold in ipairs(holds) do
		if hold.end_ns > hold.start_ns then
			events[#events + 1] = { ns = hold.start_ns, by = 1, lane = hold.lane, order = order }
			events[#events + 1] = { ns = hold.end_ns, by = -1, lane = hold.lane, order = order }
		end
	end
	table.sort(events, function(a, b)
		if a.ns ~= b.ns then
			return a.ns < b.ns
		elseif a.by ~= b.by then
			return a.by < b.by
		end
		return a.order < b.order
	end)
	return events
end

-- Returns the resource's time from 0 to its last let-go as stretches in order, { start_ns, end_ns,
-- state = "held" or "free", holder = id, holders = how many, mix = { held = ns, free = ns } where holds were told
-- together }; several holders at once (readers) have no holder. Of very many holds those shorter than cell_ns (may be
-- nil) are told together, too.
function M.stretches(resource, cell_ns)
	local out, at, holders, count = one_at_a_time(resource.holds, #resource.holds > MANY and cell_ns or 0), 0, {}, 0
	if out then
		return out
	end
	out = {}
	for _, event in ipairs(events_of(resource.holds)) do
		if event.ns > at then
			out[#out + 1] = { start_ns = at, end_ns = event.ns, state = count > 0 and "held" or "free",
				holder = count == 1 and next(holders) or nil, holders = count }
			at = event.ns
		end
		local now = (holders[event.lane] or 0) + event.by
		holders[event.lane] = now > 0 and now or nil
		count = count + event.by
	end
	return out
end

return M
