-- Shows the timelines of a sweep point by point: as small multiples where there is no script, else one at a time, which the
-- reader chooses with a slider. Shows what was measured and nothing between. Knows no files and no page.

local frame = require "drawing.frame"
local panels = require "timeline.panels"
local sorted_keys = require "base.sorted_keys"
local statistics = require "base.statistics"
local svg = require "drawing.svg"
local sweep = require "measurement.sweep"
local units = require "base.units"

local M = {}

-- What stands above: a curve of all points, its sizes in the drawing's unit.
local CURVE = { height = 56, margin = 34, radius = 4.5 }
-- On a narrow drawing values are named at the ends and where there is room.
local LABEL_ROOM = 46

local function values_of(point)
	local values = {}
	for i, run in ipairs(point.runs) do
		values[i] = run.wall_ns
	end
	return values
end

-- What one point measured: { words = "threads = 4", said, median, low, high }; low and high where the interval is known.
local function told(point, unit)
	local one = { words = sweep.words(point.at or {}), median = point.wall.median_ns }
	one.low, one.high = statistics.interval(values_of(point))
	one.said = units.duration(one.median, unit) .. (one.low and ", 95 % interval " .. units.range(one.low, one.high, unit) or "")
		.. ", " .. units.count(point.wall.n, "run")
	local failure = panels.failure(point)
	one.said = failure and one.said .. ", ended by " .. failure or one.said
	return one
end

local function all_told(points)
	local low, high, all = math.huge, 0, {}
	for _, point in ipairs(points) do
		low, high = math.min(low, point.wall.median_ns), math.max(high, point.wall.median_ns)
	end
	local unit = units.common(low, high)
	for i, point in ipairs(points) do
		all[i] = told(point, unit)
	end
	return all, unit
end

-- The values of the one name that is swept, or all of it.
local function short_words(point)
	local name, value = next(point.at or {})
	return name and next(point.at, name) == nil and sweep.said(value) or sweep.words(point.at or {})
end

-- One drawing of the curve: the medians from 0 up, their intervals, and the values below.
local function curve(points, all, id, geometry, options)
	local n, parts, line, largest = svg.number, {}, {}, 0
	for _, one in ipairs(all) do
		largest = math.max(largest, one.high or one.median)
	end
	local first, last = CURVE.margin, geometry.width - CURVE.margin
	local bottom, taken = CURVE.height - 16, -math.huge
	local function height(ns) return bottom - (largest > 0 and ns / largest or 0) * (bottom - 8) end
	for i, one in ipairs(all) do
		local x = #all > 1 and first + (last - first) * (i - 1) / (#all - 1) or (first + last) / 2
		local y = height(one.median)
		line[i] = (i == 1 and "M" or "L") .. n(x) .. " " .. n(y)
		local label = short_words(points[i])
		local said = ""
		if x - taken >= LABEL_ROOM and (i == #all or last - x >= LABEL_ROOM or #all == 1) or i == #all then
			said = frame.text(x, CURVE.height - 2, label, "lp-tick", "middle")
			taken = x
		end
		parts[i] = svg.element("g", { "data-dot", string.format("%d", i - 1) }, {
			one.low and svg.element("path", { "class", "lp-spark-range", "d",
				"M" .. n(x) .. " " .. n(height(one.low)) .. "V" .. n(height(one.high)) }) or "",
			svg.element("circle", { "class", "lp-spark-dot", "cx", x, "cy", y, "r", CURVE.radius }), said,
		})
	end
	local body = svg.element("path", { "class", "lp-grid", "d", "M" .. n(first) .. " " .. n(bottom) .. "H" .. n(last) }) .. "\n"
		.. svg.element("path", { "class", "lp-spark-line", "d", table.concat(line) }) .. "\n" .. table.concat(parts, "\n")
	local described = {}
	for i, one in ipairs(all) do
		described[i] = one.words .. ": " .. one.said
	end
	return frame.wrap { geometry = geometry, id = id .. (geometry.name == "narrow" and "-narrow" or ""), height = CURVE.height,
		title = options.alt or "Wall time over " .. M.name(points), description = table.concat(described, "; ") .. ".", body = body }
end

-- Returns the name of what is swept: "threads", "size and threads".
function M.name(points)
	local names = sorted_keys(points[1].at or {})
	return #names > 0 and table.concat(names, " and ") or points[1].label
end

-- All points on one scale, so that what is longer takes longer.
local function options_for(points, options, i)
	local scale, least = options.scale_ns or 0, math.huge
	for _, point in ipairs(points) do
		scale, least = math.max(scale, panels.finish(point)), math.min(least, panels.finish(point))
	end
	return { id = i and string.format("%s-%d", options.id, i), scale_ns = scale, least_ns = least, finish = options.finish,
		titles = i and { sweep.words(points[i].at) } or nil }
end

-- of(timeline) → the figure, as the registry takes it; timeline: the figure of that name.
function M.of(timeline)
	local figure = { options = { "finish" }, takes = "points" }

	-- Returns the markup: a curve and a list of points, of which the page's script shows one. nil with options.standalone: a
	-- slider is no drawing. points: the measurements of one sweep, in its order.
	function figure.draw(points, options)
		if options.standalone then
			return nil
		end
		if #points < 2 or not points[1].at then
			error("a slider needs the points of a sweep: name a cell that has `sweep`", 2)
		end
		local all, out = all_told(points), {}
		local id = frame.id(options.id or "slider")
		out[1] = '<div class="lp-spark">' .. curve(points, all, id .. "-curve", frame.geometries[1], options)
			.. curve(points, all, id .. "-curve", frame.geometries[2], options) .. "</div>\n"
		out[2] = ('<div class="lp-points" id="%s-points" data-sweep="%s">\n'):format(id, svg.text(M.name(points)))
		for i, point in ipairs(points) do
			local its = options_for(points, options, i)
			its.id = string.format("%s-%d", id, i)
			out[#out + 1] = ('<div class="lp-point" data-index="%d"><p class="lp-point-said"><strong>%s</strong>: %s</p>\n%s</div>\n')
				:format(i - 1, svg.text(all[i].words), svg.text(all[i].said), timeline.draw({ point }, its))
		end
		out[#out + 1] = "</div>\n"
		return table.concat(out)
	end

	-- Returns the timelines of all points as tables.
	function figure.table(points, options)
		local its = options_for(points, options)
		its.titles = {}
		for i, point in ipairs(points) do
			its.titles[i] = sweep.title(point)
		end
		return timeline.table(points, its)
	end

	-- Returns which point was the quickest, and which the slowest.
	function figure.story(points)
		local all, unit = all_told(points)
		local least, most = all[1], all[1]
		for _, one in ipairs(all) do
			least = one.median < least.median and one or least
			most = one.median > most.median and one or most
		end
		return string.format("Quickest at %s, %s, slowest at %s, %s", least.words, units.duration(least.median, unit), most.words,
			units.duration(most.median, unit))
	end

	-- Returns what the page's script needs to know of all points.
	function figure.data(points, options)
		return timeline.data(points, options_for(points, options))
	end

	figure.needs_timeline = true
	return figure
end

return M
