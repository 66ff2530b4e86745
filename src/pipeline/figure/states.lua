-- Draws where the time went: the time in each state, one behind the other, for each lane or for all lanes of a cell
-- together. Knows no files and no page.

local chart = require "chart.chart"

local BAR = 24
local FURTHEST_TITLE = 150
local MOST_ROWS = 60

-- What stands on a bar, and which style it needs there.
local ON = { running = "on-run", sleeping = "on-sleep" }

-- Short names for segments; those of the key are said where there is room.
local SHORT = { ["waiting-cpu"] = "for a core", ["waiting-lock"] = "for a lock", ["waiting-cond"] = "for a signal",
	["waiting-io"] = "for I/O", joining = "joining", ["waiting-child"] = "for a process" }

local function add_row(kit, figure, title, length_ns, totals)
	local row = { title = title, length_ns = length_ns, parts = {} }
	for _, state in ipairs(kit.states()) do
		if (totals[state] or 0) > 0 then
			row.parts[#row.parts + 1] = { state = state, ns = totals[state], share = totals[state] / length_ns }
			figure.occurring[state] = true
		end
	end
	figure.largest = math.max(figure.largest, length_ns)
	figure.smallest = math.min(figure.smallest, length_ns)
	figure.rows[#figure.rows + 1] = row
end

local function add_measurement(kit, figure, measurement, title)
	local totals, lanes = kit.totals(measurement)
	if not totals then
		figure.without[#figure.without + 1] = title
		return
	end
	if figure.by == "lane" then
		for _, lane in ipairs(lanes) do
			if lane.length_ns > 0 then
				local name = figure.several and title .. ": " .. lane.name or lane.name
				add_row(kit, figure, name, lane.length_ns, lane.totals)
			end
		end
		return
	end
	local length = 0
	for _, ns in pairs(totals) do length = length + ns end
	if length > 0 then
		add_row(kit, figure, title, length, totals)
		figure.rows[#figure.rows].lanes = #lanes
	end
end

local function plan(measurements, options, kit)
	local by = options.by or (#measurements > 1 and "cell" or "lane")
	if by ~= "lane" and by ~= "cell" then
		error(("by = \"%s\": it is \"lane\" or \"cell\""):format(tostring(by)), 0)
	elseif options.scale ~= nil and options.scale ~= "time" and options.scale ~= "share" then
		error(("scale = \"%s\": it is \"time\" or \"share\""):format(tostring(options.scale)), 0)
	end
	local figure = { by = by, rows = {}, occurring = {}, largest = 0, smallest = math.huge, without = {},
		several = #measurements > 1, shares = options.scale == "share" }
	figure.titles = kit.titles(measurements, options.titles)
	for i, measurement in ipairs(measurements) do
		add_measurement(kit, figure, measurement, figure.titles[i])
	end
	if #figure.rows == 0 then
		error("where the time went is not known without a timeline: " .. kit.list(figure.without), 0)
	end
	figure.left_out = math.max(0, #figure.rows - MOST_ROWS)
	figure.unit = kit.unit(figure.smallest, figure.largest)
	return figure
end

local function part_words(kit, figure, part)
	return ("%s %s (%s)"):format(kit.state_words(part.state), kit.duration(part.ns, figure.unit), kit.percent(part.share))
end

-- The longest of these that fits on a segment.
local function label_of(kit, figure, part, style, width)
	local name, share = kit.state_words(part.state), kit.percent(part.share)
	for _, words in ipairs { name .. " " .. kit.duration(part.ns, figure.unit) .. ", " .. share, name .. " " .. share,
			(SHORT[part.state] or name) .. " " .. share, SHORT[part.state] or name } do
		if kit.text_width(words, style) + 8 <= width then
			return words
		end
	end
end

-- Draws one bar, and below it what did not fit onto it. Returns the y below.
local function draw_bar(kit, figure, row, x, y)
	local at, rest = 0, {}
	local whole = figure.shares and 1 or row.length_ns
	for _, part in ipairs(row.parts) do
		local size = figure.shares and part.share or part.ns
		local left, right = x(at), x(math.min(whole, at + size))
		local width = right - left
		if width > 0 then
			kit:bar(left, y, width, BAR, { state = part.state, title = part_words(kit, figure, part) })
		end
		local style = ON[part.state] or "label"
		local label = label_of(kit, figure, part, style, width)
		if label then
			kit:text(left + 5, y + BAR / 2 + 4, label, { style = style, halo = style == "label" })
		else
			rest[#rest + 1] = part_words(kit, figure, part)
		end
		at = at + size
	end
	if #rest > 0 then
		return kit:paragraph(x.first, y + BAR + 14, table.concat(rest, "; "), { style = "small", width = kit.width - x.first }) + 2
	end
	return y + BAR + 12
end

local function draw_row(kit, figure, row, x, y)
	local length = kit.duration(row.length_ns, figure.unit)
	if row.lanes then
		length = length .. " in " .. kit.count(row.lanes, "lane")
	end
	if kit.narrow then
		local width = kit.text_width(length, "small")
		kit:text(0, y + 13, row.title, { width = kit.width - width - 10 })
		kit:text(kit.width, y + 13, length, { style = "small", anchor = "end" })
		return draw_bar(kit, figure, row, x, y + 19)
	end
	kit:text(x.first - 8, y + 16.5, row.title, { anchor = "end", width = x.first - 8 })
	kit:text(x(figure.shares and 1 or row.length_ns) + 8, y + 16.5, length, { style = "strong", halo = true })
	return draw_bar(kit, figure, row, x, y)
end

local function say(kit, figure)
	local out = { "Where the time went." }
	for i, row in ipairs(figure.rows) do
		if i > MOST_ROWS then break end
		local parts = {}
		for k, part in ipairs(row.parts) do parts[k] = part_words(kit, figure, part) end
		out[#out + 1] = row.title .. ", " .. kit.duration(row.length_ns, figure.unit) ..
			(row.lanes and " in " .. kit.count(row.lanes, "lane") or "") .. ": " .. kit.list(parts) .. "."
	end
	-- What most of all time went into.
	local sums, all, lanes, largest = {}, 0, 0, {}
	for _, row in ipairs(figure.rows) do
		all, lanes = all + row.length_ns, lanes + (row.lanes or 1)
		for _, part in ipairs(row.parts) do sums[part.state] = (sums[part.state] or 0) + part.ns end
	end
	for _, state in ipairs(kit.states()) do
		if sums[state] then largest[#largest + 1] = state end
	end
	table.sort(largest, function(a, b) return sums[a] > sums[b] or sums[a] == sums[b] and a < b end)
	for i, state in ipairs(largest) do
		largest[i] = i <= 3 and part_words(kit, figure, { state = state, ns = sums[state], share = sums[state] / all }) or nil
	end
	local story = ("Of %s in %s: %s"):format(kit.duration(all, figure.unit), kit.count(lanes, "lane"), table.concat(largest, ", "))
	if #figure.without > 0 then
		story = story .. "; of " .. kit.list(figure.without) .. " nothing is known without a timeline"
	end
	kit:say { title = "Where the time went: " .. table.concat(figure.titles, ", "), description = table.concat(out, " "),
		story = story }
end

local function give_table(kit, figure)
	local head, rows, states = { figure.by, "in all" }, {}, {}
	for _, state in ipairs(kit.states()) do
		if figure.occurring[state] then
			states[#states + 1] = state
			head[#head + 1] = kit.state_words(state)
			head[#head + 1] = "%"
		end
	end
	for i, row in ipairs(figure.rows) do
		local cells, of = { row.title, kit.cell(row.length_ns, figure.unit) }, {}
		for _, part in ipairs(row.parts) do of[part.state] = part end
		for _, state in ipairs(states) do
			cells[#cells + 1] = kit.cell(of[state] and of[state].ns or 0, figure.unit)
			cells[#cells + 1] = of[state] and kit.percent(of[state].share):gsub(" %%$", "") or "0"
		end
		rows[i] = cells
	end
	kit:table { head = head, rows = rows }
end

local function paint(measurements, options, kit)
	local figure = plan(measurements, options, kit)
	say(kit, figure)
	give_table(kit, figure)
	local widest, length = 0, 0
	for i, row in ipairs(figure.rows) do
		if i > MOST_ROWS then break end
		widest = math.max(widest, kit.text_width(row.title))
		length = math.max(length, kit.text_width(kit.duration(row.length_ns, figure.unit) .. (row.lanes and " in 100 lanes" or ""), "strong"))
	end
	local left = kit.narrow and 0 or math.min(FURTHEST_TITLE, widest) + 8
	local right = kit.narrow and kit.width or kit.width - length - 12
	local x = kit.linear(0, figure.shares and 1 or figure.largest, left, right)
	local y = 4
	for i, row in ipairs(figure.rows) do
		if i > MOST_ROWS then break end
		y = draw_row(kit, figure, row, x, y)
	end
	if figure.left_out > 0 then
		y = kit:paragraph(0, y + 12, kit.count(figure.left_out, "more row") .. " in the table", { style = "quiet" })
	end
	if #figure.without > 0 then
		y = kit:paragraph(0, y + 12, kit.list(figure.without) .. ": not known without a timeline", { style = "quiet" })
	end
	if figure.shares then
		kit:axis_x(x, 0, y, { marks = { 0, 0.25, 0.5, 0.75, 1 },
			format = function(share) return kit.number(share * 100) .. " %" end })
	else
		kit:axis_x(x, 0, y, { unit = figure.unit, most = kit.narrow and 4 or 6 })
	end
end

local figure = chart.of { name = "states", options = { "by", "scale", "titles" }, takes = "any", paint = paint }
figure.needs_timeline = true
return figure
