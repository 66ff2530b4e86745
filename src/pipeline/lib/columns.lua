-- Fits a lane's slices to a picture's resolution: what is wide enough stays a slice, what is not is pooled into columns
-- that say which share of the time each state had. Knows positions and kinds of slices, not how they are drawn.
--
-- Four rules, so that a lane of a million slices costs no more than one of hundreds and still shows the truth:
--   0. Slices of one state and one reason that follow each other are one. An interruption of work under half a column
--      and under a fortieth of the work around it does not cut the piece in two; the piece knows how long each state
--      had, for its words.
--   1. A slice at least two columns wide is a piece of its own, exactly where it was.
--   2. Narrower ones in a row stay pieces of their own while they are few or a column wide on average. If the whole row
--      is under a column it is one piece of the state that says most, the loudest. So a blip of work in a long wait
--      stays visible.
--   3. Any other row, and slices that were told as one with a mix of states, become a mixed piece: for each pooled column (several narrowest ones wide) the share of each state
--      in levels of the lane's height. A share that is not zero is at least one level while there are levels for all;
--      neighbours of equal levels are one column. States that are drawn as a line have no level: their share is what is
--      left empty.

local states = require "lib.states"

local M = {}

local FEW = 4
-- Width of a mixed piece's columns, in narrowest widths: columns as narrow as the slices would show the beat between
-- the two and not the share.
local POOLED = 4

-- What rules 0, 2 and 3 ask of the states of lanes: how loud each is, which are stacked, from the floor up, and which is
-- the work that short interruptions do not cut.
M.lanes = { loud = {}, stack = {}, work = "running" }
for _, name in ipairs(states.order) do
	local state = states.of(name)
	M.lanes.loud[name] = state.loud
	if state.shape ~= "line" then
		table.insert(M.lanes.stack, name)
	end
end

-- The same of a lock's stretches, as from lib.resources.
M.locks = { loud = { held = 1, free = 0 }, stack = { "held" }, work = "held" }

local function add(piece, slice)
	local length = slice.end_ns - slice.start_ns
	piece.end_ns = slice.end_ns
	if slice.mix then
		for state, ns in pairs(slice.mix) do
			piece.times[state] = (piece.times[state] or 0) + ns
		end
	else
		piece.times[slice.state] = (piece.times[slice.state] or 0) + length
	end
	return length
end

local function begin(slice)
	return { state = slice.state, start_ns = slice.start_ns, end_ns = slice.end_ns, times = {}, what = slice.what,
		owner = slice.owner, owner_lane = slice.owner_lane, where = slice.where, call = slice.call, holder = slice.holder,
		holders = slice.holders, mix = slice.mix }
end

-- Whether both are of one state for one reason; whose fault it was, and where, may still differ.
local function is_same(piece, slice)
	return piece.state == slice.state and piece.what == slice.what and piece.holder == slice.holder
		and piece.holders == slice.holders and not piece.mix and not slice.mix
end

local function forget_differences(piece, slice)
	if piece.owner_lane ~= slice.owner_lane or piece.owner ~= slice.owner then
		piece.owner, piece.owner_lane = nil, nil
	end
	piece.where = piece.where == slice.where and piece.where or nil
	piece.call = piece.call == slice.call and piece.call or nil
end

-- Whether `gap` is too short between `before` and `after`, ns of work on either side, to be seen as an interruption.
local function is_minor(gap, before, after, position, column)
	return position(gap.end_ns) - position(gap.start_ns) < column / 2 and (gap.end_ns - gap.start_ns) * 40 <= before + after
end

-- Rule 0. latest is the work since the last interruption, so that many short ones cannot add up to a hidden large one.
local function joined(slices, position, options)
	local out, last, latest, work = {}, nil, 0, options.kinds.work
	local i = 1
	while i <= #slices do
		local slice, after = slices[i], slices[i + 1]
		if slice.end_ns <= slice.start_ns then
			i = i + 1
		elseif last and is_same(last, slice) then
			forget_differences(last, slice)
			latest = latest + add(last, slice)
			i = i + 1
		elseif last and last.state == work and after and is_same(last, after) and
				not slice.mix and is_minor(slice, latest, after.end_ns - after.start_ns, position, options.column) then
			add(last, slice)
			latest = add(last, after)
			i = i + 2
		else
			last = begin(slice)
			latest = add(last, slice)
			out[#out + 1] = last
			i = i + 1
		end
	end
	return out
end

local function loudest(slices, loud)
	local chosen = slices[1]
	for _, slice in ipairs(slices) do
		if loud[slice.state] > loud[chosen.state] then
			chosen = slice
		end
	end
	return chosen
end

-- Takes a level from the state that has most, or, where none has two, from the one whose share is least.
local function take_level(given, sums, stack)
	local most, least
	for _, state in ipairs(stack) do
		if given[state] and (not most or given[state] > given[most]) then
			most = state
		end
		if given[state] and (not least or sums[state] <= sums[least]) then
			least = state
		end
	end
	local from = given[most] > 1 and most or least
	given[from] = given[from] > 1 and given[from] - 1 or nil
end

-- Shares of a column in levels, { [state] = levels }; states without any are absent.
local function levels_of(sums, covered, levels, stack)
	local given, total, stacked, widest = {}, 0, 0, nil
	for _, state in ipairs(stack) do
		local sum = sums[state] or 0
		if sum > 0 then
			given[state] = math.max(1, math.floor(sum / covered * levels + 0.5))
			total, stacked = total + given[state], stacked + sum
			widest = (not widest or sum > sums[widest]) and state or widest
		end
	end
	while total > levels do
		take_level(given, sums, stack)
		total = total - 1
	end
	-- Rounding must not leave a gap that looks like a wait.
	if widest and total < levels and stacked >= covered * (1 - 1e-9) then
		given[widest] = given[widest] + levels - total
	end
	return given
end

local function is_equal(a, b, stack)
	for _, state in ipairs(stack) do
		if a[state] ~= b[state] then
			return false
		end
	end
	return true
end

local function mixed(slices, options)
	local width, stack, sums, first, last = options.column * POOLED, options.kinds.stack, {}, nil, nil
	for _, slice in ipairs(slices) do
		local from, to = slice.from, slice.to
		for index = math.floor(from / width), math.floor(to / width) do
			local covered = math.min(to, (index + 1) * width) - math.max(from, index * width)
			if covered > 0 then
				local sum = sums[index] or { covered = 0 }
				if slice.mix then
					local share = covered / (slice.end_ns - slice.start_ns)
					for state, ns in pairs(slice.mix) do
						sum[state] = (sum[state] or 0) + ns * share
					end
				else
					sum[slice.state] = (sum[slice.state] or 0) + covered
				end
				sum.covered = sum.covered + covered
				sums[index] = sum
				first, last = first or index, index
			end
		end
	end
	local start, stop = slices[1].from, slices[#slices].to
	local columns = {}
	for index = first, last do
		local given = sums[index] and levels_of(sums[index], sums[index].covered, options.levels, stack) or {}
		local from, to = math.max(start, index * width), math.min(stop, (index + 1) * width)
		local before = columns[#columns]
		if before and is_equal(before.shares, given, stack) then
			before.to = to
		else
			columns[#columns + 1] = { from = from, to = to, shares = given }
		end
	end
	return { kind = "mixed", from = start, to = stop, columns = columns, levels = options.levels }
end

local function has_mix(slices)
	for _, slice in ipairs(slices) do
		if slice.mix then
			return true
		end
	end
	return false
end

-- Adds the pieces for a row of narrow slices.
local function pool(pieces, narrow, options)
	local length = narrow[#narrow].to - narrow[1].from
	if length < options.column then
		pieces[#pieces + 1] = loudest(narrow, options.kinds.loud)
	elseif not has_mix(narrow) and (#narrow <= FEW or length >= options.column * #narrow) then
		table.move(narrow, 1, #narrow, #pieces + 1, pieces)
	else
		pieces[#pieces + 1] = mixed(narrow, options)
	end
end

-- Returns the pieces of a lane in order: { kind = "slice", state, from, to, start_ns, end_ns, times (ns by state), what,
-- owner, owner_lane, where, call, holder, holders: what all of its slices have in common } and { kind = "mixed", from, to,
-- levels, columns = { { from, to, shares = { [state] = levels } }, … } }. position maps ns to the picture's unit. options:
-- column, the narrowest width drawn exactly; levels, how finely a share is shown; kinds, M.lanes or M.locks. Slices of no
-- length are left out.
function M.pieces(slices, position, options)
	local pieces, narrow = {}, {}
	local function flush()
		if #narrow > 0 then
			pool(pieces, narrow, options)
			narrow = {}
		end
	end
	for _, slice in ipairs(joined(slices, position, options)) do
		slice.kind, slice.from, slice.to = "slice", position(slice.start_ns), position(slice.end_ns)
		if slice.to - slice.from >= 2 * options.column and not slice.mix then
			flush()
			pieces[#pieces + 1] = slice
		else
			narrow[#narrow + 1] = slice
		end
	end
	flush()
	return pieces
end

return M
