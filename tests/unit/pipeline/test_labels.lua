-- What must hold of every timeline, whatever it shows: no text leaves the drawing, none stands on another; the drawing and
-- its words stay small; where lanes are says what a page's script relies on. Of random timelines.

local tap = require "tap"
local measure_text = require "drawing.measure_text"
local synthetic = require "synthetic"
local timeline = require "figure.timeline"

local SIZES = { ["lp-title"] = 15, ["lp-small"] = 11 }
for _, class in ipairs { "key", "tick", "on-run", "on-sleep", "on-held", "on-line", "mark", "span-name" } do
	SIZES["lp-" .. class] = 12
end
local BOLD = { ["lp-title"] = true, ["lp-finish-text"] = true, ["lp-warn"] = true }
local ENTITIES = { amp = "&", lt = "<", gt = ">", quot = '"', ["#39"] = "'" }

-- The texts of one drawing as boxes { left, right, top, bottom, said }.
local function boxes_of(drawing)
	local boxes = {}
	for attributes, said in drawing:gmatch "<text( [^>]*)>([^<]*)" do
		local function of(name)
			return attributes:match(" " .. name:gsub("%-", "%%-") .. '="([^"]*)"')
		end
		local class = (of "class" or ""):match "^[%w-]*"
		local size, x, y = SIZES[class] or 13, tonumber(of "x"), tonumber(of "y")
		said = said:gsub("&(#?%w+);", ENTITIES)
		local width = measure_text.width(said, size, BOLD[class])
		local left = of "text-anchor" == "end" and x - width or of "text-anchor" == "middle" and x - width / 2 or x
		boxes[#boxes + 1] = { left = left, right = left + width, top = y - size * 0.7, bottom = y + size * 0.1, said = said }
	end
	return boxes
end

local function check_drawing(drawing, what)
	local width, height = drawing:match 'viewBox="0 0 (%d+) (%d+)"'
	local boxes = boxes_of(drawing)
	table.sort(boxes, function(a, b) return a.top < b.top end)
	for i, box in ipairs(boxes) do
		tap.same(box.left >= -0.5 and box.right <= width + 0.5 and box.top >= -0.5 and box.bottom <= height + 0.5, true,
			("%s: `%s` at %.1f … %.1f, %.1f … %.1f stands in %d × %d"):format(what, box.said, box.left, box.right, box.top,
				box.bottom, width, height))
		for k = i + 1, #boxes do
			local other = boxes[k]
			if other.top >= box.bottom then break end
			tap.same(other.left >= box.right - 0.5 or other.right <= box.left + 0.5, true,
				("%s: `%s` (%.1f … %.1f, %.1f) and `%s` (%.1f … %.1f, %.1f)"):format(what, box.said, box.left, box.right, box.top,
					other.said, other.left, other.right, other.top))
		end
	end
	return #boxes
end

local NAMES = { "a", "chef", "guest ", "worker_thread_of_the_kitchen_", "ה", "厨师", ("x"):rep(60), "e\u{301}\u{302}", "" }

-- A random measurement and options, from a seed.
local function random_case(seed)
	local random = synthetic.random(seed)
	local name, is_many = NAMES[random(#NAMES)], random(4) == 1
	local lanes = is_many and random(90) or random(9)
	local processes = random(3)
	local function one(number)
		local wall = ({ 2000, 30000000, 700000000, 90000000000, 7200000000000 })[random(5)]
		local made = synthetic.measurement { seed = seed * 7 + number, label = random(3) == 1 and ("label "):rep(random(20)) or "roast",
			lanes = lanes, slices = random(60), wall_ns = wall, lock = random(2) == 1 and name .. "lock" or nil,
			holds = random(80), spans = random(3) == 1 and random(12) or 0, marks = random(3) == 1 and random(12) or 0,
			name = function(i) return random(2) == 1 and name .. i or name end,
			pid = function(i) return i % processes end }
		made.exit = ({ { code = 0 }, { code = 0 }, { code = 3 }, { ending = "signal", signal = "ABRT" } })[random(4)]
		if lanes > 1 and random(5) == 1 then
			made.exit = { ending = "timeout" }
			local ring, stuck = {}, {}
			for i = 1, math.min(lanes, random(6) + 1) do
				ring[i] = i
				stuck[i] = { lane = i, state = "waiting-lock", what = name .. "fork", owner = "x", owner_lane = i % lanes + 1 }
			end
			made.timeline.hang = { deadlock = ring, stuck = stuck }
		end
		if random(6) == 1 then
			made.timeline, made.method, made.method_why = nil, "none", "perf_event_open: Permission denied"
		end
		return made
	end
	local measurements = {}
	for i = 1, random(3) do
		measurements[i] = one(i)
	end
	local options = { finish = random(4) == 1 and "every guest of the evening has been served" or nil }
	if random(3) == 1 then
		local longest = 0
		for _, measurement in ipairs(measurements) do
			longest = math.max(longest, measurement.runs[1].wall_ns)
		end
		options.from, options.to = longest * (random(50) - 1) / 1e8, longest * (random(50) + 50) / 1e8
	end
	options.scale_ns = random(5) == 1 and 7200000000000 or nil
	options.locks = random(4) == 1 and random(3) - 1 or nil
	return measurements, options
end

tap.test("no text leaves a drawing, none stands on another", function()
	local texts = 0
	for seed = 1, 150 do
		local measurements, options = random_case(seed)
		for drawing in timeline.draw(measurements, options):gmatch "<svg .-</svg>" do
			texts = texts + check_drawing(drawing, "seed " .. seed .. drawing:match " lp%-%a+")
		end
	end
	tap.same(texts > 5000, true, "texts looked at: " .. texts)
end)

tap.test("a description has at most 120 words", function()
	for seed = 1, 150 do
		local measurements, options = random_case(seed)
		for _, measurement in ipairs(measurements) do
			measurement.label = "roast"
		end
		options.finish = nil
		local said = timeline.draw(measurements, options):match "<desc[^>]*>(.-)</desc>"
		local _, count = said:gsub("%S+", "")
		tap.same(count >= 5 and count <= 120, true, ("seed %d: %d words: %s"):format(seed, count, said))
	end
	local many = {}
	for i = 1, 60 do
		many[i] = synthetic.measurement { label = "chefs " .. i }
	end
	local _, count = timeline.draw(many):match("<desc[^>]*>(.-)</desc>"):gsub("%S+", "")
	tap.same(count <= 120, true, count .. " words of 60 panels")
end)

tap.test("ten thousand slices stay a small picture, in however many lanes", function()
	for _, lanes in ipairs { 1, 3, 8, 16, 24, 40, 41, 200 } do
		local text = timeline.draw { synthetic.measurement { lanes = lanes, slices = 10000 // lanes, lock = "chef", holds = 25000 } }
		tap.same(#text <= 60000, true, lanes .. " lanes: " .. #text .. " bytes")
	end
end)

tap.test("where lanes stand is said: in order, without gaps between rows, all of them, inside of the plot", function()
	for seed = 1, 60 do
		local measurements, options = random_case(seed)
		local text = timeline.draw(measurements, options)
		local panels = 0
		for drawing in text:gmatch "<svg .-</svg>" do
			for tag in drawing:gmatch '<g class="lp%-panel"[^>]*>' do
				panels = panels + 1
				local from, to = tag:match 'data%-ns="(%S+) (%S+)"'
				tap.same(tonumber(from) < tonumber(to), true, tag)
				local rows, top, bottom = tag:match 'data%-lanes="([^"]*)"', tag:match 'data%-y="(%S+) (%S+)"'
				local seen, last = 0, tonumber(top)
				for ids, above, below in (rows or ""):gmatch "([%d+]+) (%S+) ([^,]+)" do
					tap.same(tonumber(above) >= last and tonumber(below) > tonumber(above) and tonumber(below) <= tonumber(bottom), true,
						"seed " .. seed .. ": " .. rows)
					last = tonumber(below)
					seen = seen + select(2, ids:gsub("%d+", ""))
				end
				local index = tonumber(tag:match 'data%-panel="(%d+)"') + 1
				tap.same(seen, measurements[index].timeline and #measurements[index].timeline.lanes or 0, "lanes, seed " .. seed)
			end
		end
		tap.same(panels, 2 * #measurements, "panels")
	end
end)

tap.done()
