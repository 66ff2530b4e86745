-- Fits a lane's slices to a picture's resolution: what is wide enough stays a slice, what is not is pooled into columns
-- that say which share of the time each state had. Knows positions and states, not how they are drawn.
--
-- Four rules, so that a lane of a million slices costs no more than one of hundreds and still shows the truth:
--   0. Slices of one state that follow each other are one. An interruption of work under half a column and under a fortieth
--      of the work around it does not cut the piece in two; the piece knows how long each state had, for its words.
--   1. A slice at least two columns wide is a piece of its own, exactly where it was.
--   2. Narrower ones in a row stay pieces of their own while they are few or a column wide on average. If the whole row
--      is under a column it is one piece of the state that says most: running before waiting before unknown before
--      blocked. So a blip of work in a long wait stays visible.
--   3. Any other row becomes a mixed piece: for each pooled column (several narrowest ones wide) the shares of running
--      and waiting in levels of the lane's height. A share that is not zero is at least one level; neighbours of equal
--      levels are one column. A column of which any part is unknown is unknown.

local M = {}

local FEW = 4
-- Width of a mixed piece's columns, in narrowest widths: columns as narrow as the slices would show the beat between
-- the two and not the share.
local POOLED = 4

local function add(piece, slice)
	local length = slice.end_ns - slice.start_ns
	piece.times[slice.state] = (piece.times[slice.state] or 0) + length
	piece.end_ns = slice.end_ns
	return length
end

-- Whether `gap` is too short between `before` and `after`, ns of work on either side, to be seen as an interruption.
local function is_minor(gap, before, after, position, column)
	return position(gap.end_ns) - position(gap.start_ns) < column / 2 and (gap.end_ns - gap.start_ns) * 40 <= before + after
end

-- Rule 0. latest is the work since the last interruption, so that many short ones cannot add up to a hidden large one.
local function joined(slices, position, column)
	local out, last, latest = {}, nil, 0
	local i = 1
	while i <= #slices do
		local slice, after = slices[i], slices[i + 1]
		if slice.end_ns <= slice.start_ns then
			i = i + 1
		elseif last and last.state == slice.state then
			latest = latest + add(last, slice)
			i = i + 1
		elseif last and last.state == "running" and after and after.state == "running" and
				is_minor(slice, latest, after.end_ns - after.start_ns, position, column) then
			add(last, slice)
			latest = add(last, after)
			i = i + 2
		else
			last = { state = slice.state, start_ns = slice.start_ns, end_ns = slice.end_ns, times = {} }
			latest = add(last, slice)
			out[#out + 1] = last
			i = i + 1
		end
	end
	return out
end

local LOUDNESS = { running = 3, ["waiting-cpu"] = 2, unknown = 1, blocked = 0 }

local function loudest(slices)
	local chosen = slices[1]
	for _, slice in ipairs(slices) do
		if LOUDNESS[slice.state] > LOUDNESS[chosen.state] then
			chosen = slice
		end
	end
	return chosen
end

local function levels_of(running, waiting, covered, levels)
	local function level(share)
		return share > 0 and math.max(1, math.floor(share * levels + 0.5)) or 0
	end
	local run, wait = level(running / covered), level(waiting / covered)
	if run + wait > levels then
		if run > wait then
			run = levels - wait
		else
			wait = levels - run
		end
	end
	return run, wait
end

local function mixed(slices, position, column, levels)
	local sums, first, last = {}, nil, nil
	for _, slice in ipairs(slices) do
		local from, to = position(slice.start_ns), position(slice.end_ns)
		for index = math.floor(from / column), math.floor(to / column) do
			local covered = math.min(to, (index + 1) * column) - math.max(from, index * column)
			if covered > 0 then
				local sum = sums[index] or { running = 0, ["waiting-cpu"] = 0, blocked = 0, unknown = 0 }
				sum[slice.state] = sum[slice.state] + covered
				sums[index] = sum
				first, last = first or index, index
			end
		end
	end
	local start, stop = position(slices[1].start_ns), position(slices[#slices].end_ns)
	local columns = {}
	for index = first, last do
		local sum = sums[index]
		local covered = sum.running + sum["waiting-cpu"] + sum.blocked
		local unknown = sum.unknown > 0
		local run, wait = 0, 0
		if not unknown then run, wait = levels_of(sum.running, sum["waiting-cpu"], covered, levels) end
		local from, to = math.max(start, index * column), math.min(stop, (index + 1) * column)
		local before = columns[#columns]
		if before and before.running == run and before.waiting == wait and before.unknown == unknown then
			before.to = to
		else
			columns[#columns + 1] = { from = from, to = to, running = run, waiting = wait, unknown = unknown }
		end
	end
	return { kind = "mixed", from = start, to = stop, columns = columns, levels = levels }
end

local function alone(slice, position)
	return { kind = "slice", state = slice.state, start_ns = slice.start_ns, end_ns = slice.end_ns, times = slice.times,
		from = position(slice.start_ns), to = position(slice.end_ns) }
end

-- Adds the pieces for a row of narrow slices.
local function pool(pieces, narrow, position, column, levels)
	local from, to = position(narrow[1].start_ns), position(narrow[#narrow].end_ns)
	if to - from < column then
		pieces[#pieces + 1] = alone(loudest(narrow), position)
	elseif #narrow <= FEW or to - from >= column * #narrow then
		for _, slice in ipairs(narrow) do
			pieces[#pieces + 1] = alone(slice, position)
		end
	else
		pieces[#pieces + 1] = mixed(narrow, position, column * POOLED, levels)
	end
end

-- Returns the pieces of a lane in order: { kind = "slice", state, from, to, start_ns, end_ns, times } (times: ns by
-- state) and { kind = "mixed", from, to, levels, columns = { { from, to, running = levels, waiting = levels, unknown }, … } }.
-- position maps ns to the picture's unit, column is the narrowest width drawn exactly, levels how finely a share is
-- shown. Slices of no length are left out.
function M.pieces(slices, position, column, levels)
	local pieces, narrow = {}, {}
	local function flush()
		if #narrow > 0 then
			pool(pieces, narrow, position, column, levels)
			narrow = {}
		end
	end
	for _, slice in ipairs(joined(slices, position, column)) do
		local from, to = position(slice.start_ns), position(slice.end_ns)
		if to - from >= 2 * column then
			flush()
			pieces[#pieces + 1] = alone(slice, position)
		else
			narrow[#narrow + 1] = slice
		end
	end
	flush()
	return pieces
end

return M
