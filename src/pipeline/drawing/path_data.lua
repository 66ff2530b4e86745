-- Writes path data in few bytes: tenths of the drawing's unit, each step from the point before. Every point is rounded
-- where it stands, so that nothing drifts. Knows nothing of what is drawn.

local M = {}

local floor = math.floor

-- A drawing needs the same few hundred lengths again and again.
local said = {}

local function write(tenths)
	local text = said[tenths]
	if not text then
		local size = tenths < 0 and -tenths or tenths
		text = (tenths < 0 and "-" or "") .. string.format("%d", size // 10) ..
			(size % 10 > 0 and string.format(".%d", size % 10) or "")
		said[tenths] = text
	end
	return text
end

-- A second number needs nothing in front where its sign parts it from the first.
local function pair(command, a, b)
	return command .. write(a) .. (b < 0 and "" or " ") .. write(b)
end

local function round(value)
	return floor(value * 10 + 0.5)
end

local Path = {}
Path.__index = Path

-- Returns an empty path; its methods add to it, all in the drawing's unit.
function M.new()
	return setmetatable({ parts = {}, count = 0 }, Path)
end

local function put(path, text)
	path.count = path.count + 1
	path.parts[path.count] = text
end

local function move(path, x, y)
	if path.x then
		if x ~= path.x or y ~= path.y then
			put(path, pair("m", x - path.x, y - path.y))
		elseif path.open then
			return
		else
			put(path, "m0 0")
		end
	else
		put(path, pair("M", x, y))
	end
	path.x, path.y = x, y
end

-- Adds a closed box, at least a tenth wide and high.
function Path:box(x, y, width, height)
	local left, top = round(x), round(y)
	local w, h = math.max(1, round(x + width) - left), math.max(1, round(y + height) - top)
	move(self, left, top)
	put(self, "h" .. write(w) .. "v" .. write(h) .. "h" .. write(-w) .. "z")
	self.open = false
end

-- Adds a level line.
function Path:level(x, y, width)
	local left = round(x)
	move(self, left, round(y))
	local w = math.max(1, round(x + width) - left)
	put(self, "h" .. write(w))
	self.x, self.open = left + w, true
end

-- One edge of a shape: to y, then to x, at tenths; steps of no length are left out.
local function step(path, x, y)
	if y ~= path.y then
		put(path, "v" .. write(y - path.y))
	end
	if x ~= path.x then
		put(path, "h" .. write(x - path.x))
	end
	path.x, path.y = x, y
end

-- Steps that go on at the same height are one.
local function add_steps(path, steps)
	local i = 1
	while i <= #steps do
		local x, y = steps[i], steps[i + 1]
		while steps[i + 3] == y do
			i = i + 2
			x = steps[i]
		end
		step(path, x, y)
		i = i + 2
	end
end

-- Adds one closed shape around columns that touch, { from, to, low, high } in order: between floor - high and floor - low
-- of each.
function Path:shape(columns, floor_y)
	local there, back, first = {}, {}, columns[1]
	for i, one in ipairs(columns) do
		there[2 * i - 1], there[2 * i] = round(one.to), round(floor_y - one.high)
	end
	for i = #columns, 1, -1 do
		back[#back + 1], back[#back + 2] = round(columns[i].from), round(floor_y - columns[i].low)
	end
	local x, y = round(first.from), round(floor_y - first.high)
	move(self, x, y)
	self.open = true
	add_steps(self, there)
	add_steps(self, back)
	put(self, "z")
	self.x, self.y, self.open = x, y, false
end

-- Returns the path data, nil where nothing was added.
function Path:data()
	return self.count > 0 and table.concat(self.parts, "", 1, self.count) or nil
end

return M
