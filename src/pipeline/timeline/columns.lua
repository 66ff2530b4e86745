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

local states = require "timeline.states"

local M = {}

local FEW = 4
-- Width of a mixed piece's columns where options give none, in narrowest widths: columns as narrow as the slices would
-- show the beat between the two and not the share.
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

-- The same of a lock's stretches, as from timeline.resources.
M.locks = { loud = { held = 1, free = 0 }, stack = { "held" }, work = "held" }

-- The same of many lanes in one band, where a state drawn as a line has its share of the height like any other.
M.bands = { stack = states.order }

-- What a slice, or several that are one, is: a table of its own, since slices belong to the measurement.
local function begin(slice)
	local times = {}
	if slice.mix then
		for state, ns in pairs(slice.mix) do
			times[state] = ns
		end
	else
		times[slice.state] = slice.end_ns - slice.start_ns
	end
	return { state = slice.state, start_ns = slice.start_ns, end_ns = slice.end_ns, times = times, what = slice.what,
		owner = slice.owner, owner_lane = slice.owner_lane, where = slice.where, call = slice.call, holder = slice.holder,
		holders = slice.holders, mix = slice.mix }
end

-- Whether both are of one state for one reason; whose fault it was, and where, may still differ.
local function is_same(piece, slice)
	return piece.state == slice.state and piece.what == slice.what and piece.holder == slice.holder
		and piece.holders == slice.holders and not piece.mix and not slice.mix
end

local function add(piece, slice)
	local state = slice.state
	piece.times[state] = (piece.times[state] or 0) + slice.end_ns - slice.start_ns
	piece.end_ns = slice.end_ns
end

local function forget_differences(piece, slice)
	if piece.owner_lane ~= slice.owner_lane or piece.owner ~= slice.owner then
		piece.owner, piece.owner_lane = nil, nil
	end
	piece.where = piece.where == slice.where and piece.where or nil
	piece.call = piece.call == slice.call and piece.call or nil
end

-- Rule 0. Returns the slices, those that are one as tables with times. latest is the work since the last interruption, so
-- that many short ones cannot add up to a hidden large one.
local function joined(slices, position, options)
	local out, count, last, latest, work, half = {}, 0, nil, 0, options.kinds.work, options.column / 2
	local i, most = 1, #slices
	while i <= most do
		local slice, after = slices[i], slices[i + 1]
		local length = slice.end_ns - slice.start_ns
		if length <= 0 then
			i = i + 1
		elseif last and last.state == slice.state and is_same(last, slice) then
			if not last.times then
				last = begin(last)
				out[count] = last
			end
			forget_differences(last, slice)
			add(last, slice)
			latest = latest + length
			i = i + 1
		elseif last and last.state == work and after and after.state == work and
				length * 40 <= latest + after.end_ns - after.start_ns and is_same(last, after) and
				not slice.mix and position(slice.end_ns) - position(slice.start_ns) < half then
			if not last.times then
				last = begin(last)
				out[count] = last
			end
			add(last, slice)
			add(last, after)
			latest = after.end_ns - after.start_ns
			i = i + 2
		else
			last, latest, count = slice, length, count + 1
			out[count] = slice
			i = i + 1
		end
	end
	return out
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

-- Adds a slice's share of the columns of `width` that it covers from `from` to `to`: sums[index][state], in the picture's
-- unit.
local function add_shares(sums, slice, from, to, width)
	local mix, first, last = slice.mix, from // width, to // width
	for index = first, last do
		local covered = (index < last and (index + 1) * width or to) - (index > first and index * width or from)
		if covered > 0 then
			local sum = sums[index]
			if not sum then
				sum = { covered = 0 }
				sums[index] = sum
			end
			if mix then
				local share = covered / (slice.end_ns - slice.start_ns)
				for state, ns in pairs(mix) do
					sum[state] = (sum[state] or 0) + ns * share
				end
			else
				sum[slice.state] = (sum[slice.state] or 0) + covered
			end
			sum.covered = sum.covered + covered
		end
	end
end

-- The columns from start to stop; neighbours of equal levels are one. lanes: of how many lanes the sums are.
local function columns_of(sums, start, stop, width, options, lanes)
	local columns, before, stack = {}, nil, options.kinds.stack
	for index = start // width, stop // width do
		local from, to = math.max(start, index * width), math.min(stop, (index + 1) * width)
		if to > from then
			local sum = sums[index]
			local given = sum and levels_of(sum, lanes and (to - from) * lanes or sum.covered, options.levels, stack) or {}
			if before and is_equal(before.shares, given, stack) then
				before.to = to
			else
				before = { from = from, to = to, shares = given }
				columns[#columns + 1] = before
			end
		end
	end
	return columns
end

local function mixed(list, froms, tos, first, last, options)
	local width, sums = options.pooled or options.column * POOLED, {}
	for i = first, last do
		add_shares(sums, list[i], froms[i], tos[i], width)
	end
	return { kind = "mixed", from = froms[first], to = tos[last], levels = options.levels,
		columns = columns_of(sums, froms[first], tos[last], width, options) }
end

local function slice_piece(slice, from, to)
	local piece = slice.times and slice or begin(slice)
	piece.kind, piece.from, piece.to = "slice", from, to
	return piece
end

local function loudest(list, first, last, loud)
	local chosen = first
	for i = first, last do
		if loud[list[i].state] > loud[list[chosen].state] then
			chosen = i
		end
	end
	return chosen
end

local function has_mix(list, first, last)
	for i = first, last do
		if list[i].mix then
			return true
		end
	end
	return false
end

-- Adds the pieces for a row of narrow slices, list[first … last].
local function pool(pieces, list, froms, tos, first, last, options)
	local length, count = tos[last] - froms[first], last - first + 1
	if length < options.column then
		local chosen = loudest(list, first, last, options.kinds.loud)
		pieces[#pieces + 1] = slice_piece(list[chosen], froms[chosen], tos[chosen])
	elseif (count <= FEW or length >= options.column * count) and not has_mix(list, first, last) then
		for i = first, last do
			pieces[#pieces + 1] = slice_piece(list[i], froms[i], tos[i])
		end
	else
		pieces[#pieces + 1] = mixed(list, froms, tos, first, last, options)
	end
end

-- Returns the pieces of a lane in order: { kind = "slice", state, from, to, start_ns, end_ns, times (ns by state), what,
-- owner, owner_lane, where, call, holder, holders: what all of its slices have in common } and { kind = "mixed", from, to,
-- levels, columns = { { from, to, shares = { [state] = levels } }, … } }. position maps ns to the picture's unit. options:
-- column, the narrowest width drawn exactly; pooled, how wide a mixed piece's columns are (four of these); levels, how
-- finely a share is shown; kinds, M.lanes or M.locks. Slices of no length, and those outside of what position shows, are
-- left out. The slices are not changed.
function M.pieces(slices, position, options)
	local pieces, least, first, count = {}, 2 * options.column, nil, 0
	local list, froms, tos = {}, {}, {}
	local last_ns, last_to
	for _, slice in ipairs(joined(slices, position, options)) do
		local from = slice.start_ns == last_ns and last_to or position(slice.start_ns)
		local to = position(slice.end_ns)
		last_ns, last_to = slice.end_ns, to
		if to > from then
			count = count + 1
			list[count], froms[count], tos[count] = slice, from, to
			if to - from < least or slice.mix then
				first = first or count
			else
				if first then
					pool(pieces, list, froms, tos, first, count - 1, options)
					first = nil
				end
				pieces[#pieces + 1] = slice_piece(slice, from, to)
			end
		end
	end
	if first then
		pool(pieces, list, froms, tos, first, count, options)
	end
	return pieces
end

-- Returns many lanes as one mixed piece, as in M.pieces: of each column's height the share of lanes in each state, a lane
-- that does not exist there being empty; nil where none has a slice. lanes: a list of lists of slices. options: pooled,
-- the columns' width, and levels.
function M.band(lanes, position, options)
	local sums, width, start, stop = {}, options.pooled, math.huge, -math.huge
	for _, slices in ipairs(lanes) do
		local last_ns, last_to
		for _, slice in ipairs(slices) do
			local from = slice.start_ns == last_ns and last_to or position(slice.start_ns)
			local to = position(slice.end_ns)
			last_ns, last_to = slice.end_ns, to
			if to > from then
				start, stop = from < start and from or start, to > stop and to or stop
				add_shares(sums, slice, from, to, width)
			end
		end
	end
	if stop <= start then
		return nil
	end
	return { kind = "mixed", from = start, to = stop, levels = options.levels, columns = columns_of(sums, start, stop, width,
		{ levels = options.levels, kinds = M.bands }, #lanes) }
end

return M
