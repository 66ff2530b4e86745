-- Draws the median wall times of measurements as bars from zero, with the 95 % interval of each, every run as a dot, those
-- that stand apart drawn apart, and how each compares to a baseline. Knows no files and no page.

local comparison = require "measurement.comparison"

local BAR = 26
local RADIUS = 2.25
local DOT_PITCH = 5
local FURTHEST_TITLE = 150

-- Which measurement the option names: by its title or, where that is not one's, by its label.
local function find_baseline(measurements, titles, wanted)
	if wanted == nil then
		return nil
	end
	for i, measurement in ipairs(measurements) do
		if titles[i] == wanted then return measurement end
	end
	for _, measurement in ipairs(measurements) do
		if measurement.label == wanted then return measurement end
	end
	error("the baseline '" .. tostring(wanted) .. "' is not among the measurements", 0)
end

-- "run 4 stands apart: 1.2 s", nil where none does.
local function apart_words(kit, walls, apart, unit)
	if #apart == 0 then
		return nil
	end
	local parts = {}
	for i, index in ipairs(apart) do
		if i == 4 and #apart > 4 then
			parts[i] = ("and %d more"):format(#apart - 3)
			break
		end
		parts[i] = ("run %d (%s)"):format(index, kit.duration(walls[index], unit))
	end
	return table.concat(parts, ", ") .. (#apart == 1 and " stands apart" or " stand apart")
end

local function plan(measurements, options, kit)
	if #measurements == 0 then
		error("bars need at least one measurement", 0)
	end
	local titles = kit.titles(measurements, options.titles)
	local figure = { bars = {}, titles = titles, largest = 0, most_runs = 0,
		baseline = find_baseline(measurements, titles, options.baseline) }
	local smallest = math.huge
	for _, measurement in ipairs(measurements) do
		smallest = math.min(smallest, measurement.wall.median_ns)
		figure.largest = math.max(figure.largest, measurement.wall.max_ns)
		figure.most_runs = math.max(figure.most_runs, measurement.wall.n)
	end
	figure.unit = kit.unit(smallest, figure.largest)
	for i, measurement in ipairs(measurements) do
		local walls = kit.walls(measurement)
		local apart = kit.outliers(walls)
		local compared = figure.baseline and figure.baseline ~= measurement and comparison.of(figure.baseline, measurement)
		local bar = { title = titles[i], wall = measurement.wall, walls = walls, apart = {}, compared = compared or nil,
			value = kit.duration(measurement.wall.median_ns, figure.unit) }
		for _, index in ipairs(apart) do bar.apart[index] = true end
		bar.low, bar.high = kit.interval(walls)
		local said = {}
		said[#said + 1] = compared and compared.said or nil
		said[#said + 1] = measurement == figure.baseline and #measurements > 1 and "baseline" or nil
		said[#said + 1] = kit.failure(measurement)
		bar.said = table.concat(said, ", ")
		bar.apart_said = apart_words(kit, walls, apart, figure.unit)
		figure.bars[i] = bar
	end
	return figure
end

local function sentence(kit, figure, bar)
	local wall, unit = bar.wall, figure.unit
	local parts = { bar.title .. ": median " .. bar.value }
	if bar.low then
		parts[1] = parts[1] .. " (" .. kit.range(bar.low, bar.high, unit) .. " with 95 % confidence)"
	end
	parts[#parts + 1] = kit.count(wall.n, "run") .. (wall.n > 1 and " from " .. kit.duration(wall.min_ns, unit) .. " to " ..
		kit.duration(wall.max_ns, unit) or "")
	parts[#parts + 1] = bar.said ~= "" and bar.said or nil
	parts[#parts + 1] = bar.apart_said
	return table.concat(parts, ", ") .. "."
end

-- Rows a dot may stand on, in the order they are tried, in dot heights from the middle of the bar.
local STACK = { 0, -1, 1, -2, 2 }

-- Dots that would touch are stacked: each, from quick to slow, takes the first row on which no earlier dot is in its
-- way, so that the same sample always gives the same picture. Where all rows are taken dots lie over each other.
local function draw_dots(kit, figure, bar, y)
	local order, ends = {}, {}
	for i in ipairs(bar.walls) do order[i] = i end
	table.sort(order, function(a, b)
		return bar.walls[a] < bar.walls[b] or bar.walls[a] == bar.walls[b] and a < b
	end)
	for _, index in ipairs(order) do
		local x, row = figure.scale(bar.walls[index]), 1
		while row < #STACK and ends[row] and x - ends[row] < DOT_PITCH do
			row = row + 1
		end
		ends[row] = x
		local apart = bar.apart[index]
		kit:dot(x, y + STACK[row] * DOT_PITCH, { radius = apart and 3.25 or RADIUS, hollow = apart, colour = apart and "warn" or nil,
			title = kit.duration(bar.walls[index], figure.unit) .. ", run " .. index .. (apart and ", stands apart" or "") })
	end
end

local function draw_bar(kit, figure, bar, y)
	local left, middle = figure.scale.first, y + BAR / 2
	local median = figure.scale(bar.wall.median_ns)
	kit:bar(left, y, math.max(1, median - left), BAR, { colour = "held" })
	kit:line({ median, y, median, y + BAR }, { colour = "run" })
	if bar.low then
		local low, high = figure.scale(bar.low), figure.scale(bar.high)
		kit:line({ low, y + BAR + 4, high, y + BAR + 4 }, { colour = "run" })
		kit:line({ low, y + BAR + 1.5, low, y + BAR + 6.5 }, { colour = "run" })
		kit:line({ high, y + BAR + 1.5, high, y + BAR + 6.5 }, { colour = "run" })
	end
	draw_dots(kit, figure, bar, middle)
end

-- The value, and what is said of it: behind it where there is room, else below it. Returns the y of a line that would follow.
local function draw_value(kit, bar, x, y)
	local width = kit:text(x, y, bar.value, { style = "strong", halo = true })
	local room = kit.width - x - width - 8
	if bar.said == "" then
		return y + 16
	elseif not kit.narrow or kit.text_width(bar.said, "quiet") <= room then
		kit:text(x + width + 8, y, bar.said, { style = "quiet", halo = true, width = math.max(40, room) })
		return y + 16
	end
	return kit:paragraph(x, y + 16, bar.said, { style = "quiet" })
end

local function draw_wide(kit, figure, bar, y)
	local left, x = figure.scale.first, figure.scale(bar.wall.max_ns) + 12
	kit:text(left - 8, y + 17.5, bar.title, { anchor = "end", width = left - 8 })
	draw_bar(kit, figure, bar, y)
	draw_value(kit, bar, x, y + (bar.apart_said and 12 or 17.5))
	if bar.apart_said then
		kit:text(x, y + 27, bar.apart_said, { style = "small", colour = "warn", width = kit.width - x, halo = true })
	end
	return y + 42
end

local function draw_narrow(kit, figure, bar, y)
	kit:text(0, y + 13, bar.title, { width = kit.width })
	y = draw_value(kit, bar, 0, y + 29)
	if bar.apart_said then
		y = kit:paragraph(0, y, bar.apart_said, { style = "small", colour = "warn" })
	end
	draw_bar(kit, figure, bar, y - 8)
	return y + 36
end

local function key(figure)
	return figure.most_runs > 1 and "bar: median; bracket below: its 95 % interval; dots: every run" ..
		(figure.any_apart and "; rings: runs that stand apart" or "") or "bar and dot: the single run"
end

local function say(kit, figure)
	local out, changes, even = { "Median wall times, bars from zero." }, {}, {}
	for _, bar in ipairs(figure.bars) do
		out[#out + 1] = sentence(kit, figure, bar)
		figure.any_apart = figure.any_apart or bar.apart_said ~= nil
		if bar.compared and bar.compared.shown then
			changes[#changes + 1] = bar.title .. " is " .. bar.compared.said
		elseif bar.compared and bar.compared.low then
			even[#even + 1] = bar.title
		end
	end
	local story
	if figure.baseline and #changes + #even > 0 then
		story = table.concat(changes, "; ")
		if #even > 0 then
			story = story .. (#changes > 0 and "; " or "") .. (#changes > 0 and "no" or "No") .. " difference to the baseline is shown for " .. kit.list(even)
		end
	end
	kit:say { title = "Wall times of " .. table.concat(figure.titles, ", "), description = table.concat(out, " "), story = story }
end

local function cells(kit, figure, bar)
	local unit, runs = figure.unit, {}
	for i, wall_ns in ipairs(bar.walls) do
		runs[i] = kit.cell(wall_ns, unit):match("^%S+") .. (bar.apart[i] and " (apart)" or "")
	end
	local out = { bar.title, kit.cell(bar.wall.median_ns, unit), bar.low and kit.range(bar.low, bar.high, unit) or "–",
		kit.cell(bar.wall.min_ns, unit), kit.cell(bar.wall.max_ns, unit) }
	if figure.baseline then
		local compared = bar.compared
		out[#out + 1] = compared and kit.ratio(compared.ratio) or "–"
		out[#out + 1] = compared and compared.low and kit.ratio(compared.low) .. " to " .. kit.ratio(compared.high) or "–"
	end
	out[#out + 1] = table.concat(runs, ", ") .. " " .. unit.name
	return out
end

-- paint(measurements, options, kit): options.baseline, a title or label, options.titles, and what the table calls them, options.head.
local function paint(measurements, options, kit)
	local figure = plan(measurements, options, kit)
	say(kit, figure)
	local widest, beside = 0, 0
	for _, bar in ipairs(figure.bars) do
		widest = math.max(widest, kit.text_width(bar.title))
		beside = math.max(beside, kit.text_width(bar.value, "strong") + (bar.said ~= "" and 8 + kit.text_width(bar.said) or 0),
			bar.apart_said and kit.text_width(bar.apart_said, "small") or 0)
	end
	local left = kit.narrow and 1 or math.min(FURTHEST_TITLE, widest) + 8
	local right = kit.narrow and kit.width - RADIUS - 2 or kit.width - math.min(beside, 380) - 12
	figure.scale = kit.linear(0, figure.largest, left, right)
	local y = kit:paragraph(0, 14, key(figure), { style = "small" }) - 4
	local top = y
	for _, bar in ipairs(figure.bars) do
		y = (kit.narrow and draw_narrow or draw_wide)(kit, figure, bar, y)
	end
	kit:axis_x(figure.scale, top, y, { unit = figure.unit, most = kit.narrow and 4 or 6 })
	local head = { options.head or "program", "median", "its 95 % interval", "quickest", "slowest" }
	if figure.baseline then
		head[#head + 1] = "times as fast"
		head[#head + 1] = "its 95 % interval"
	end
	head[#head + 1] = "runs in order"
	local rows = {}
	for i, bar in ipairs(figure.bars) do rows[i] = cells(kit, figure, bar) end
	kit:table { head = head, rows = rows }
end

return { paint = paint }
