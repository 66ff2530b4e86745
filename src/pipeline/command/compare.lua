-- `livepost compare`: the measurements of two places side by side: sites, folders of measurements, or files.
local file = require "livepost.file"
local frozen = require "measurement.frozen"
local json = require "livepost.json"
local measurement = require "measurement.measurement"
local problem = require "base.problem"
local side_by_side = require "measurement.side_by_side"
local sweep = require "measurement.sweep"
local terminal = require "livepost.terminal"

local M = {}

local LARGEST = 64 << 20

function M.read(arguments)
	local options = { places = {} }
	for _, word in ipairs(arguments) do
		if word == "--json" then
			options.json = true
		elseif word:sub(1, 1) == "-" then
			return nil, ("compare has no option `%s`"):format(word)
		else
			table.insert(options.places, word)
		end
	end
	if #options.places ~= 2 then return nil, "compare takes two sites, folders or files with measurements" end
	return options
end

-- A measurement of any form that livepost writes: frozen, kept, or beside a page. nil, what is wrong, line and column.
local function read_measurement(path)
	local bytes, why = file.read(path, LARGEST)
	if not bytes then return nil, why:match("([^:]*)$"):gsub("^ ", "") end
	local value
	value, why = json.decode(bytes)
	if type(value) ~= "table" then
		local line, column, message = (why or "1:1: it is no map"):match("^(%-?%d+):(%-?%d+): (.*)$")
		return nil, "it is no JSON: " .. message, math.tointeger(tonumber(line)), math.tointeger(tonumber(column))
	end
	if type(value.measurement) == "table" and value.measurement.unit_ns then
		local kept, wrong, line, column = frozen.decode(bytes)
		if not kept then return nil, wrong or "it is of an earlier livepost", line, column end
		return kept.measurement
	end
	local one = type(value.measurement) == "table" and value.measurement or value
	-- Beside a page there is nothing of what the program printed.
	one.output, one.errors = one.output or "", one.errors or ""
	if type(one.label) ~= "string" or not measurement.is(one) then return nil, "it holds no measurement", 1, 1 end
	return one
end

-- name → measurement of one place.
local function read_place(place)
	place = place:gsub("(.)/+$", "%1")
	local kind = file.kind(place)
	if kind == "file" then
		local one, why, line, column = read_measurement(place)
		if not one then problem.throw { path = place, line = line, column = column, message = why .. ": name a file that livepost wrote" } end
		return { [place:match("([^/]+)$"):gsub("%.json$", "")] = one }, true
	elseif kind ~= "folder" then
		problem.throw { path = place, message = "there is no such file or folder: name a site, a folder of measurements, or a file" }
	end
	local folder = place
	if file.kind(place .. "/pipeline.lua") == "file" then folder = place .. "/" .. frozen.FOLDER end
	local found, count = {}, 0
	for _, name in ipairs(file.kind(folder) == "folder" and file.list(folder) or {}) do
		local base = name:match("^(.*)%.json$")
		if base and not base:match("%.trace$") then
			local path = folder .. "/" .. name
			local one, why, line, column = read_measurement(path)
			if one then
				found[base], count = one, count + 1
			else
				terminal.tell(tostring(problem.new { path = path, line = line, column = column, message = "passed over: " .. why }) .. "\n")
			end
		end
	end
	if count == 0 then
		problem.throw { path = folder, message = "no measurement lies there: build the site, or name a folder that holds some" }
	end
	return found
end

-- By what the cells and points are called, where the files are called otherwise; nil where two would be one.
local function by_title(found)
	local titled = {}
	for _, one in pairs(found) do
		local title = sweep.title(one)
		if titled[title] then return nil end
		titled[title] = one
	end
	return titled
end

local function common(a, b)
	local count = 0
	for name in pairs(a) do
		if b[name] then count = count + 1 end
	end
	return count
end

function M.run(options)
	local a, a_is_file = read_place(options.places[1])
	local b, b_is_file = read_place(options.places[2])
	if a_is_file and b_is_file then
		local name, one = next(a)
		local other_name, other = next(b)
		if name ~= other_name then name = name .. " | " .. other_name end
		a, b = { [name] = one }, { [name] = other }
	else
		local titled_a, titled_b = by_title(a), by_title(b)
		if titled_a and titled_b and common(titled_a, titled_b) > common(a, b) then a, b = titled_a, titled_b end
		if common(a, b) == 0 then
			problem.throw { path = options.places[2], message = ("it has no cell that %s has: name two places of the same posts")
				:format(options.places[1]) }
		end
	end
	local list = side_by_side.pairs_of(a, b)
	local said = options.json and json.encode(side_by_side.json(list), 2) .. "\n" or side_by_side.text(list, options.places)
	problem.must(terminal.print(said))
	return 0
end

return M
