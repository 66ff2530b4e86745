-- Draws how much faster a program gets over a sweep: the speed-up of each point against the first with its interval, the
-- ideal line, and Amdahl's law fitted to the points. Knows no files and no page.

local amdahl = require "chart.amdahl"
local chart = require "chart.chart"
local comparison = require "measurement.comparison"

local HEIGHT = 300
local SHARED = 0.05
local BAD_FIT = 0.1 -- a median further than this off the law, and not by chance, says that the law does not hold

-- The name in at that the figure is drawn over.
local function name_of(measurements, options)
	local varies, names = {}, {}
	for _, measurement in ipairs(measurements) do
		for name, value in pairs(measurement.at or {}) do
			if varies[name] == nil then
				varies[name] = { value = value, many = false }
				names[#names + 1] = name
			end
			varies[name].many = varies[name].many or varies[name].value ~= value
		end
	end
	if options.over then
		return varies[options.over] and options.over
			or error(("the sweep has no `%s`"):format(tostring(options.over)), 0)
	end
	local found
	table.sort(names)
	for _, name in ipairs(names) do
		if varies[name].many then
			if found then
				error(("the sweep varies both `%s` and `%s`: draw the points of one, with over = \"%s\""):format(found, name, found), 0)
			end
			found = name
		end
	end
	return found or error("scaling needs the points of a sweep: name a cell with the option `sweep`", 0)
end

-- How many cores the median run kept busy, nil where its CPU time is not known.
local function busy_cores(measurement)
	local run = measurement.runs[measurement.median_run]
	if not (run.user_ns and run.system_ns) or run.wall_ns <= 0 then
		return nil
	end
	return (run.user_ns + run.system_ns) / run.wall_ns
end

-- Whether a run of more workers than cores had to share the cores: its threads waited for one for more than this share of
-- all their time; without a timeline, whether it kept cores busy at all.
local function is_limited(kit, measurement, n, cores)
	if not cores or n <= cores then
		return false
	end
	local totals = kit.totals(measurement)
	if totals then
		local all = 0
		for _, ns in pairs(totals) do all = all + ns end
		return totals["waiting-cpu"] > SHARED * all
	end
	local busy = busy_cores(measurement)
	return busy == nil or busy > 0.5
end

local function point_of(kit, measurement, over)
	local n = measurement.at and measurement.at[over]
	if type(n) ~= "number" or n ~= n or n <= 0 or n >= 1e9 then
		error(("`%s` of a point is %s: scaling needs numbers above 0"):format(over, n == nil and "not there" or tostring(n)), 0)
	end
	local cores = measurement.machine and measurement.machine.cores
	return { n = n, measurement = measurement, values = kit.walls(measurement), failure = kit.failure(measurement),
		cores = cores, busy = busy_cores(measurement), limited = is_limited(kit, measurement, n, cores) }
end

-- The points in ascending order of n, each with its speed-up; the first in the sweep is what they are compared to.
local function read_points(kit, measurements, over)
	local points, taken = {}, {}
	for i, measurement in ipairs(measurements) do
		points[i] = point_of(kit, measurement, over)
		if taken[points[i].n] then
			error(("two points have %s = %s: the sweep varies something else, too"):format(over, kit.number(points[i].n)), 0)
		end
		taken[points[i].n] = true
	end
	local first = points[1]
	for _, point in ipairs(points) do
		local compared = point ~= first and comparison.of(first.measurement, point.measurement)
		if compared == nil then
			error("a run that took no time at all has no speed-up", 0)
		end
		point.compared = compared or nil
		point.speed_up = compared and compared.ratio or 1
		point.low, point.high = compared and compared.low or point.speed_up, compared and compared.high or point.speed_up
	end
	table.sort(points, function(a, b) return a.n < b.n end)
	return points, first
end

-- The law over the points that the machine did not limit, and ended well.
local function fit_law(points)
	local fitted = {}
	for _, point in ipairs(points) do
		if not point.limited and not point.failure and point.measurement.wall.min_ns > 0 then fitted[#fitted + 1] = point end
	end
	if #fitted < 2 then
		return nil, fitted
	end
	return amdahl.fit(fitted), fitted
end

local function plan(measurements, options, kit)
	if #measurements < 2 then
		error("scaling needs at least two points of a sweep", 0)
	end
	local over = name_of(measurements, options)
	local figure = { over = over, label = measurements[1].label }
	figure.points, figure.first = read_points(kit, measurements, over)
	figure.law, figure.fitted = fit_law(figure.points)
	figure.cores = figure.first.cores
	for _, point in ipairs(figure.points) do
		if point.cores ~= figure.cores then figure.cores = nil end
		figure.limited = figure.limited or point.limited
	end
	local law = figure.law
	figure.bad = law and (law.held == "above" or law.worst and law.worst > BAD_FIT and law.misses) or false
	return figure
end

local function share(kit, law)
	return kit.percent(law.serial) .. (law.low and " (" .. kit.percent(law.low):gsub(" %%$", "") .. "–" .. kit.percent(law.high) .. ")" or "")
end

-- What the fit says, and how far it can be trusted; and the first of this alone.
local function law_words(kit, figure)
	local law, parts = figure.law, {}
	if not law then
		parts[1] = "Amdahl's law could not be fitted: too few points that the machine did not limit"
	elseif law.held == "above" then
		parts[1] = "more " .. figure.over .. " only cost time, which Amdahl's law has no place for"
	else
		parts[1] = "by Amdahl's law " .. share(kit, law) .. " of the work is serial"
		if figure.bad then
			local point = figure.fitted[law.worst_at]
			parts[1] = parts[1] .. (", but the law does not describe it: the time at %s = %s lies %s off"):format(figure.over,
				kit.number(point.n), kit.percent(law.worst))
		elseif law.held == "below" then
			parts[1] = parts[1] .. ", and it scales better than the law allows"
		end
	end
	local short = table.concat(parts)
	if law and #figure.fitted == 2 then
		parts[#parts + 1] = "fitted to two points, which any line passes through"
	end
	if figure.limited then
		local names = {}
		for _, point in ipairs(figure.points) do
			if point.limited then names[#names + 1] = kit.number(point.n) end
		end
		parts[#parts + 1] = ("%s = %s left out of the fit, as threads waited for %s"):format(figure.over, kit.list(names),
			not figure.cores and "cores" or figure.cores == 1 and "the one core" or ("the %d cores"):format(figure.cores))
	end
	return table.concat(parts, "; "), short
end

local function point_words(kit, figure, point)
	local at = figure.over .. " = " .. kit.number(point.n)
	local said = point == figure.first and "the first, compared to" or point.compared.said
	return at .. ": " .. kit.duration(point.measurement.wall.median_ns) .. ", " .. said ..
		(point.failure and ", " .. point.failure or "")
end

local function say(kit, figure)
	local out = { "Speed-up of " .. figure.label .. " over " .. figure.over .. "." }
	local best
	for _, point in ipairs(figure.points) do
		out[#out + 1] = point_words(kit, figure, point) .. "."
		if point.compared and point.compared.shown and point.speed_up > 1 and (not best or point.speed_up > best.speed_up) then
			best = point
		end
	end
	local words, short = law_words(kit, figure)
	out[#out + 1] = words:sub(1, 1):upper() .. words:sub(2) .. "."
	kit:say { title = "Speed-up of " .. figure.label .. " over " .. figure.over, description = table.concat(out, " "),
		story = (best and kit.ratio(best.speed_up) .. " as fast at " .. figure.over .. " = " .. kit.number(best.n)
			or "no speed-up shown") .. "; " .. short }
end

local function give_table(kit, figure)
	local rows = {}
	for i, point in ipairs(figure.points) do
		local law = figure.law and not figure.bad and kit.ratio(amdahl.speed_up(figure.law, point.n, figure.first.n)) or "–"
		rows[i] = { kit.number(point.n), kit.duration(point.measurement.wall.median_ns), kit.ratio(point.speed_up),
			point.compared and point.compared.low and kit.ratio(point.low) .. " to " .. kit.ratio(point.high) or "–",
			kit.ratio(point.n / figure.first.n), law, point.busy and kit.number(math.floor(point.busy * 100 + 0.5) / 100) or "not known",
			kit.number(#point.values) }
	end
	kit:table { head = { figure.over, "median", "times as fast", "its 95 % interval", "ideal", "Amdahl's law", "cores busy", "runs" },
		rows = rows }
end

-- Scales for n and for the speed-up: linear while one looks into the corner of the other, else by factors of two. The ideal
-- is a straight line in both, and where the program stays far below it the line leaves at the top.
local function scales(kit, figure, left, right, top, bottom)
	local points, low, high, least = figure.points, math.huge, 1, 1
	for _, point in ipairs(points) do
		low, high, least = math.min(low, point.n), math.max(high, point.high), math.min(least, point.low)
	end
	local most = points[#points].n
	figure.ideal = most / figure.first.n
	local reach = math.max(math.min(figure.ideal, high * 1.6), high * 1.08, 1.2)
	if most / low <= 16 then
		local x = kit.linear(0, most, left, right)
		return x, kit.linear(0, reach, bottom, top), x:ticks(kit.narrow and 4 or 8)
	end
	local ns = {}
	for i, point in ipairs(points) do ns[i] = point.n end
	return kit.log(low, most, left, right, 2), kit.log(math.min(least, 1) * 0.9, reach, bottom, top, 2), ns
end

local function draw_ideal(kit, figure, x, y)
	local from, first = figure.points[1].n, figure.first.n
	local to = math.min(x.to, y.to * first)
	from = math.max(from, y.from * first)
	if to <= from then return end
	kit:line({ x(from), y(from / first), x(to), y(to / first) }, { colour = "axis", dash = "dashed" })
	local at_end = x(to) > x.last - 60
	kit:text(x(to) - (at_end and 8 or -6), y(to / first) + (at_end and 2 or 8), "ideal", { style = "small", halo = true,
		anchor = at_end and "end" or "start" })
end

-- Calls visit(n) for some n between two others, both included.
local function walk(from, to, visit)
	for i = 0, 24 do visit(from + (to - from) * i / 24) end
end

-- The law from … to as a line, up to where it leaves the drawing.
local function draw_law_line(kit, figure, x, y, from, to, dash)
	local line = {}
	walk(from, to, function(n)
		local speed_up = amdahl.speed_up(figure.law, n, figure.first.n)
		if y:holds(speed_up) then line[#line + 1], line[#line + 2] = x(n), y(speed_up) end
	end)
	if #line >= 4 then kit:line(line, { colour = "cond", dash = dash }) end
end

-- Its name on the line, where no number of a point is in the way.
local function name_law(kit, figure, x, y)
	local words, from = "Amdahl's law", figure.points[1].n
	local width = kit.text_width(words, "small")
	for _, part in ipairs { 0.86, 0.72, 0.58, 0.44, 0.3 } do
		local n = from + (figure.points[#figure.points].n - from) * part
		local speed_up = amdahl.speed_up(figure.law, n, figure.first.n)
		local right, height = x(n), y(speed_up) - 7
		local free = y:holds(speed_up) and right - width > x.first and height > y.last + 8
		for _, point in ipairs(figure.points) do
			local at, above = x(point.n), y(point.high) - 9
			free = free and not (at + 24 > right - width and at - 24 < right and math.abs(above - height) < 18)
		end
		if free then
			return kit:text(right, height, words, { style = "small", anchor = "end", colour = "cond", halo = true })
		end
	end
end

-- Drawn through where there are points it was fitted to; beyond them it is a forecast, and dashed.
local function draw_law(kit, figure, x, y)
	local first, from, to = figure.first.n, figure.points[1].n, figure.points[#figure.points].n
	local law, low, high = figure.law, {}, {}
	if law.low then
		walk(from, to, function(n)
			low[#low + 1], low[#low + 2] = x(n), y(amdahl.speed_up({ serial = law.high }, n, first))
			table.insert(high, 1, y(amdahl.speed_up({ serial = law.low }, n, first)))
			table.insert(high, 1, x(n))
		end)
		table.move(high, 1, #high, #low + 1, low)
		kit:area(low, { colour = "cond" })
	end
	local known = figure.fitted[#figure.fitted].n
	draw_law_line(kit, figure, x, y, from, known)
	if known < to then draw_law_line(kit, figure, x, y, known, to, "dashed") end
	name_law(kit, figure, x, y)
end

local function draw_points(kit, figure, x, y)
	local line = {}
	for _, point in ipairs(figure.points) do
		line[#line + 1], line[#line + 2] = x(point.n), y(point.speed_up)
	end
	kit:line(line, { colour = "run" })
	for _, point in ipairs(figure.points) do
		local at, height = x(point.n), y(point.speed_up)
		if point.compared and point.compared.low then
			kit:line({ at, y(point.low), at, y(point.high) }, { colour = "run" })
			kit:line({ at - 4, y(point.low), at + 4, y(point.low) }, { colour = "run" })
			kit:line({ at - 4, y(point.high), at + 4, y(point.high) }, { colour = "run" })
		end
		kit:dot(at, height, { radius = 4, colour = "run", hollow = point.limited, title = point_words(kit, figure, point) })
	end
	local taken = -math.huge
	for _, point in ipairs(figure.points) do
		local words, at = kit.ratio(point.speed_up), x(point.n)
		local width = kit.text_width(words, "strong")
		local left = math.min(at - width / 2, kit.width - width)
		if left >= taken and point ~= figure.first then
			local above = y(point.high) - 9
			kit:text(left, above, words, { style = "strong", halo = true })
			taken = left + width + 4
		end
	end
end

-- Where threads begin to outnumber cores, if the sweep goes there.
local function draw_cores(kit, figure, x, top, bottom)
	local cores = figure.cores
	if not cores or cores >= figure.points[#figure.points].n or cores < x.from then
		return
	end
	local at = x(cores)
	kit:line({ at, top, at, bottom }, { colour = "quiet", dash = "dotted" })
	kit:text(at + 5, bottom - 8, kit.count(cores, "core"), { style = "small", halo = true })
end

local function paint(measurements, options, kit)
	local figure = plan(measurements, options, kit)
	say(kit, figure)
	give_table(kit, figure)
	local left, right = 34, kit.width - (kit.narrow and 12 or 30)
	local heading = "times as fast as at " .. figure.over .. " = " .. kit.number(figure.first.n)
	local y_top = kit:paragraph(0, 14, heading, { style = "small" }) + 12
	local bottom = y_top + (kit.narrow and 220 or HEIGHT)
	local x, y, ns = scales(kit, figure, left, right, y_top, bottom)
	kit:axis_x(x, y_top, bottom, { marks = ns, label = figure.over })
	kit:axis_y(y, left, right, { format = function(value) return kit.number(value) .. "×" end })
	draw_cores(kit, figure, x, y_top, bottom)
	draw_ideal(kit, figure, x, y)
	if figure.law and not figure.bad then draw_law(kit, figure, x, y) end
	draw_points(kit, figure, x, y)
	local words = law_words(kit, figure)
	kit:paragraph(0, bottom + 54, words:sub(1, 1):upper() .. words:sub(2) .. ".", { style = "quiet" })
end

return chart.of { name = "scaling", options = { "over" }, takes = "points", paint = paint }
