-- This site's settings; livepost(5) lists them all.

-- How old each dish was at dinner, in kitchen minutes of 12 ms: a bar from its mark to the mark `dinner`.
local function ages(measurements, options, kit)
	local MINUTE = 12 * 1000 * 1000
	local bars, oldest = {}, 10
	local titles = kit.titles(measurements, options.titles)
	for i, measurement in ipairs(measurements) do
		local marks, dinner = {}, nil
		for _, lane in ipairs(measurement.timeline and measurement.timeline.lanes or {}) do
			for _, mark in ipairs(lane.marks or {}) do
				if mark.name == "dinner" then dinner = mark.ns else marks[#marks + 1] = mark end
			end
		end
		table.sort(marks, function(a, b) return a.ns < b.ns end)
		for _, mark in ipairs(dinner and marks or {}) do
			local minutes = (dinner - mark.ns) / MINUTE
			oldest = math.max(oldest, minutes)
			bars[#bars + 1] = { dinner = titles[i], dish = mark.name, minutes = minutes }
		end
	end
	local x = kit.linear(0, oldest, 120, kit.width - 70)
	local y, before, rows, told = 4, nil, {}, {}
	for _, bar in ipairs(bars) do
		if bar.dinner ~= before then
			kit:text(4, y + 14, bar.dinner, { style = "strong" })
			before, y = bar.dinner, y + 24
		end
		local minutes = ("%.0f min"):format(bar.minutes)
		kit:text(112, y + 12, bar.dish, { anchor = "end", width = 106 })
		kit:bar(x.first, y, math.max(x(bar.minutes) - x.first, 1), 14)
		kit:text(math.max(x(bar.minutes), x.first) + 8, y + 12, minutes, { halo = true })
		rows[#rows + 1] = { bar.dinner, bar.dish, minutes }
		told[#told + 1] = ("%s of %s: %s"):format(bar.dish, bar.dinner, minutes)
		y = y + 20
	end
	kit:say { title = "Age of each dish at dinner", description = table.concat(told, "; ") .. "." }
	kit:table { head = { "dinner", "dish", "age" }, rows = rows }
end

-- How many kitchen minutes a dish stood about before dinner.
local function age(label, dish)
	local marks = m[label].marks
	return ("%.0f"):format(tonumber((marks.dinner - marks[dish]) / ms(12)))
end

-- The age of the oldest dish at dinner.
local function oldest(label)
	local marks, oldest = m[label].marks, ms(0)
	for _, dish in ipairs { "chicken", "potatoes", "broccoli", "gravy" } do
		local old = marks.dinner - marks[dish]
		if old > oldest then oldest = old end
	end
	return oldest
end

-- "1 core", "64 cores": of the machine that a cell was measured on.
local function cores(label)
	local count = m[label].machine.cores
	return ("%d core%s"):format(count, count == 1 and "" or "s")
end

-- How many gravies were as salty as they should be.
local function right(label)
	local count = 0
	for _, outcome in ipairs(m[label].outcomes) do
		if outcome.output == "as salty as it should be\n" then count = count + outcome.count end
	end
	return count
end

-- What becomes of a program that is right so often.
local function shipped(label)
	return right(label) > 100 and "That is often enough that you would have shipped it."
		or "Here you would have noticed; on a smaller machine, where it goes well more often, you would have shipped it."
end

-- Why two chefs were no faster.
local function alone(label)
	return m[label].machine.cores == 1 and "no faster here, for want of a second core"
		or "no faster here and now, as the cores had other things to do"
end

-- How many of its 5,000 requests a program had answered each second.
local function per_second(label)
	local said = ("%.0f"):format(tonumber(s(5000) / m[label].wall.median))
	return (said:gsub("^(%d+)(%d%d%d)$", "%1,%2"))
end

-- What 5,000 requests cost, as a table in Markdown with its caption.
local function requests_table(caption, ...)
	local lines = { "| way | time | a second | switches | MiB each |", "| :-- | --: | --: | --: | --: |" }
	for i, label in ipairs { ... } do
		local one, way = m[label], label:gsub("requests%-", "")
		lines[i + 2] = ("| %s | %s | %s | %.0f | %.1f |"):format(way, tostring(one.wall.median), per_second(label),
			one.voluntary + one.involuntary, tonumber(one.memory / MiB(1)))
	end
	return table.concat(lines, "\n") .. "\n\n: " .. caption
end

-- The table that the post ends with, filled from its measurements.
local function conclusion(caption)
	local function row(what, problem, tool, slow, fast)
		return ("| %s | %s | %s | %s |"):format(what, problem, tool, tostring(speedup(slow, fast)))
	end
	return table.concat({
		"| it is slow because | so | tool | here |", "| :-- | :-- | :-- | --: |",
		row("it waits for answers", "wait for many at once", "threads", "requests-serial", "requests-threads"),
		row("it waits for answers", "wait for many at once", "event loop", "requests-serial", "requests-loop"),
		row("it waits for answers", "wait for many at once", "processes", "requests-serial", "requests-processes"),
		row("it computes", "threads share one lock", "threads", "chunks-serial", "chunks-gil"),
		"| it computes | more cores | processes | " .. tostring(speedup("chunks-processes", { PROCESSES = 1 }, { PROCESSES = 2 })) .. " |",
		row("it does both", "wait at once, then hire", "threads", "roast-serial", "roast-threads"),
	}, "\n") .. "\n\n: " .. caption
end

return {
	site = {
		title = "livepost",
		description = "Posts whose code was compiled, run and measured to make the page.",
		language = "en",
	},
	filters = { "default", "smart" },
	languages = {
		python = { extension = "py", comment = "#", run = { "python3", "{flags}", "{source}" }, package = "python3" },
		-- Shell in which livepost itself can be called, to show how it builds.
		livepost = { extension = "sh", comment = "#", run = { "sh", "{source}" }, package = "dash", tools = { "cc", "livepost" } },
		sh = { extension = "sh", comment = "#", run = { "sh", "{flags}", "{source}" }, package = "dash" },
	},
	services = {
		api = { file = "api-server.c", libs = { "microhttpd" }, port = 8080 },
	},
	figures = { ages = { draw = ages, options = { "titles" }, takes = "cells" } },
	functions = { age = age, oldest = oldest, cores = cores, right = right, shipped = shipped, alone = alone, per_second = per_second,
		 requests_table = requests_table, conclusion = conclusion },
}
