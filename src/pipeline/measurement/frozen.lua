-- Measurements as they are frozen in the repository: rounded, small, in lines that can be compared. Knows the form and its
-- version, reads and writes no file.
local digits = require "livepost.digits"
local json = require "livepost.json"
local json_lines = require "base.json_lines"
local lane_columns = require "measurement.lane_columns"
local measurement_form = require "measurement.measurement"
local rows = require "measurement.rows"
local sorted_keys = require "base.sorted_keys"

local M = {}

-- Raised when what is frozen changes its meaning; files from FIRST_READ on are still read.
M.VERSION = 2
local FIRST_READ = 1

-- Where they lie in a site.
M.FOLDER = "posts/_measured"

local RUN_FIELDS = { "wall_ns", "user_ns", "system_ns", "voluntary", "involuntary", "max_rss_bytes" }

-- What the program asked for, or the recorder was set to: nothing that was measured.
local EXACT = { asked_ns = true, period_ns = true }
-- Times by the names of states.
local TIMES = { mix = true, off_cpu = true, unplaced = true }

-- What times are rounded to: six digits of the longest run, or microseconds. Of the rounded run it is the same.
local function unit_of(wall_ns)
	local unit = 1
	while unit < 1000 and (wall_ns + unit // 2) // unit >= 1000000 do unit = unit * 10 end
	return unit
end

local function round_in(value, unit, all)
	for name, one in pairs(value) do
		if type(one) == "table" then
			if name ~= "at" then round_in(one, unit, TIMES[name]) end
		elseif math.type(one) == "integer" and not EXACT[name]
				and (all or name == "ns" or type(name) == "string" and name:match("_ns$")) then
			value[name] = (one + unit // 2) // unit * unit
		end
	end
end

-- round(measurement): its times become what they are once frozen, so that a page is the same before and after. Of a
-- measurement that is rounded already nothing changes.
function M.round(measurement)
	if measurement.refused then return end
	round_in(measurement, unit_of(measurement.wall.max_ns))
end

local function split_lines(text)
	local lines = json.array {}
	for line in (text .. "\n"):gmatch("(.-)\n") do lines[#lines + 1] = line end
	return lines
end

local function copy_without(source, ...)
	local out = {}
	for name, value in pairs(source) do out[name] = value end
	for _, name in ipairs { ... } do out[name] = nil end
	return out
end

-- A list of more numbers than this is written as lines of digits.
local MOST_PLAIN = 60

local function names_of(lanes)
	local names = {}
	for _, lane in ipairs(lanes) do names[lane.id] = lane.name end
	return names
end

local function pack_timeline(timeline, unit)
	local kinds = rows.kinds(json.encode, names_of(timeline.lanes))
	local function pack(list, name, start)
		local numbers = rows.pack(list, rows.SHAPES[name], kinds, unit, start)
		return json.array(#numbers > MOST_PLAIN and digits.encode(numbers) or numbers)
	end
	local packed = copy_without(timeline)
	packed.lanes, packed.resources = json.array {}, json.array {}
	if #timeline.lanes > lane_columns.MANY_LANES then
		packed.lanes = lane_columns.pack(timeline.lanes, kinds, unit)
	else
		for i, lane in ipairs(timeline.lanes) do
			packed.lanes[i] = copy_without(lane)
			packed.lanes[i].slices = pack(lane.slices, "slices", lane.start_ns)
			packed.lanes[i].spans, packed.lanes[i].marks = pack(lane.spans, "spans"), pack(lane.marks, "marks")
		end
	end
	for i, resource in ipairs(timeline.resources) do
		packed.resources[i] = copy_without(resource)
		packed.resources[i].holds, packed.resources[i].waits = pack(resource.holds, "holds"), pack(resource.waits, "waits")
	end
	packed.flows, packed.path = pack(timeline.flows, "flows"), pack(timeline.path, "path")
	packed.kinds = json.array(kinds.list)
	return packed
end

-- The numbers of a list, which are lines of digits or stand there themselves.
local function numbers_of(list, name)
	if type(list) ~= "table" then error("a list of numbers is missing", 0) end
	if type(list[1]) == "string" then
		return digits.decode(list) or error(("its `%s` are no lines of digits"):format(name), 0)
	end
	for i, number in ipairs(list) do
		if math.type(number) ~= "integer" then error(("number %d of its `%s` is none"):format(i, name), 0) end
	end
	return list
end

-- known: takes the lists whose records are known to be sound.
local function unpack_timeline(packed, unit, known)
	local kinds = type(packed.kinds) == "table" and packed.kinds or {}
	local timeline, readers = copy_without(packed, "kinds"), {}
	local about = { unit = unit, names = {}, largest = measurement_form.LONGEST_NS, checks = measurement_form.RECORDS }
	local function reader_of(name)
		readers[name] = readers[name] or rows.reader(kinds, name, about)
		return readers[name]
	end
	local function unpack(list, name, start)
		local records = json.array(rows.unpack(numbers_of(list, name), reader_of(name), start or 0))
		known[records] = true
		return records
	end
	local function each(list, change)
		if type(list) ~= "table" then error("a list is missing in its timeline", 0) end
		local out = json.array {}
		for i, one in ipairs(list) do
			if type(one) ~= "table" then error("a list of its timeline holds something else", 0) end
			out[i] = copy_without(one)
			change(out[i])
		end
		return out
	end
	if type(packed.lanes) == "table" and packed.lanes.count then
		timeline.lanes = lane_columns.unpack(packed.lanes, kinds, about, reader_of, known)
	else
		for _, lane in ipairs(type(packed.lanes) == "table" and packed.lanes or {}) do
			if type(lane) == "table" and lane.id then about.names[lane.id] = lane.name end
		end
		timeline.lanes = each(packed.lanes, function(lane)
			if math.type(lane.start_ns) ~= "integer" then error("a lane does not say when it starts", 0) end
			lane.slices = unpack(lane.slices, "slices", lane.start_ns // unit)
			lane.spans, lane.marks = unpack(lane.spans, "spans"), unpack(lane.marks, "marks")
		end)
	end
	timeline.resources = each(packed.resources, function(resource)
		resource.holds, resource.waits = unpack(resource.holds, "holds"), unpack(resource.waits, "waits")
	end)
	timeline.flows, timeline.path = unpack(packed.flows, "flows"), unpack(packed.path, "path")
	return timeline
end

-- What a compiler says of a line, and shows below it, is read line by line.
local function pack_refusal(measurement)
	local packed = copy_without(measurement, "label", "at")
	packed.refused = json.array {}
	for i, one in ipairs(measurement.refused) do
		packed.refused[i] = copy_without(one)
		packed.refused[i].details = split_lines(one.details)
	end
	return packed
end

local function pack_measurement(measurement)
	if measurement.refused then return pack_refusal(measurement) end
	local unit = unit_of(measurement.wall.max_ns)
	local packed = copy_without(measurement, "label", "at")
	packed.unit_ns = unit
	packed.output, packed.errors = split_lines(measurement.output), split_lines(measurement.errors)
	packed.run_fields, packed.runs = RUN_FIELDS, {}
	for i, run in ipairs(measurement.runs) do
		packed.runs[i] = {}
		for k, name in ipairs(RUN_FIELDS) do packed.runs[i][k] = run[name] end
	end
	packed.timeline = measurement.timeline and pack_timeline(measurement.timeline, unit)
	return packed
end

local function join_lines(lines, name)
	if type(lines) ~= "table" then error(("its `%s` is no list of lines"):format(name), 0) end
	for _, line in ipairs(lines) do
		if type(line) ~= "string" then error(("its `%s` is no list of lines"):format(name), 0) end
	end
	return table.concat(lines, "\n")
end

local function unpack_refusal(packed, label, at)
	local measurement = copy_without(packed)
	measurement.label, measurement.at, measurement.refused = label, at, json.array {}
	for i, one in ipairs(type(packed.refused) == "table" and packed.refused or error("it has no refusal", 0)) do
		if type(one) ~= "table" then error(("refusal %d is no map"):format(i), 0) end
		measurement.refused[i] = copy_without(one)
		measurement.refused[i].details = join_lines(one.details, "details")
	end
	return measurement
end

local function unpack_measurement(packed, label, at, known)
	if packed.refused ~= nil then return unpack_refusal(packed, label, at) end
	local unit = packed.unit_ns
	if math.type(unit) ~= "integer" or unit < 1 or unit > 1000 then error("it has no `unit_ns`", 0) end
	local measurement = copy_without(packed, "unit_ns", "run_fields")
	measurement.label, measurement.at = label, at
	measurement.output, measurement.errors = join_lines(packed.output, "output"), join_lines(packed.errors, "errors")
	if type(packed.runs) ~= "table" or type(packed.run_fields) ~= "table" then error("it has no runs", 0) end
	measurement.runs = json.array {}
	for i, values in ipairs(packed.runs) do
		if type(values) ~= "table" then error(("run %d is no list of numbers"):format(i), 0) end
		measurement.runs[i] = {}
		for k, name in ipairs(packed.run_fields) do measurement.runs[i][name] = values[k] end
	end
	if packed.timeline ~= nil then
		if type(packed.timeline) ~= "table" then error("its timeline is no map", 0) end
		measurement.timeline = unpack_timeline(packed.timeline, unit, known)
	end
	return measurement
end

local SHORT = 12 -- digits of the hash of a system's header: told apart are one file's versions

-- The system's headers are many, and the same for most cells: several on a line, "PATH=HASH" each.
local function pack_headers(headers)
	local own, names, lines, line = {}, {}, json.array {}, ""
	for path, content in pairs(headers) do
		if path:sub(1, 1) == "/" then names[#names + 1] = path else own[path] = content end
	end
	table.sort(names)
	for _, path in ipairs(names) do
		local said = path:gsub("[%% ]", function(letter) return ("%%%02x"):format(letter:byte()) end) .. "=" .. headers[path]:sub(1, SHORT)
		if line ~= "" and #line + 1 + #said > 100 then
			lines[#lines + 1], line = line, ""
		end
		line = line == "" and said or line .. " " .. said
	end
	if line ~= "" then lines[#lines + 1] = line end
	return own, lines
end

local function unpack_headers(own, lines)
	local headers = copy_without(type(own) == "table" and own or error("it does not say its headers", 0))
	for _, line in ipairs(type(lines) == "table" and lines or error("it does not say the system's headers", 0)) do
		for path, content in tostring(line):gmatch("(%S+)=(%x+)") do
			headers[path:gsub("%%(%x%x)", function(code) return string.char(tonumber(code, 16)) end)] = content
		end
	end
	return headers
end

-- encode(kept) → the bytes of a frozen file. kept: { measurement, inputs, code_path, code_line, tried, headers, absent,
-- warnings } as stage.measurements keeps it, the measurement rounded.
function M.encode(kept)
	local own, system = pack_headers(kept.headers)
	return json_lines.encode {
		version = M.VERSION, label = kept.measurement.label, at = kept.measurement.at, inputs = kept.inputs,
		code_path = kept.code_path, code_line = kept.code_line, pieces = kept.pieces, tried = kept.tried, headers = own, system_headers = system,
		absent = kept.absent, warnings = kept.warnings, measurement = pack_measurement(kept.measurement),
	}
end

-- decode(bytes) → kept; nil, what is wrong, and the line and column where that is known; nil alone for one of a version
-- before all that are read, with which nothing is wrong.
function M.decode(bytes)
	local conflict = ("\n" .. bytes):find("\n<<<<<<< ", 1, true)
	if conflict then
		local _, above = bytes:sub(1, conflict - 1):gsub("\n", "")
		return nil, "it holds both sides of a merge that nobody settled", above + 1, 1
	end
	local value, why = json.decode(bytes)
	if value == nil and why then
		local line, column, message = why:match("^(%-?%d+):(%-?%d+): (.*)$")
		return nil, "it is no JSON: " .. (message), math.tointeger(tonumber(line)), math.tointeger(tonumber(column))
	end
	local version = type(value) == "table" and value.version
	if math.type(version) ~= "integer" or type(value.inputs) ~= "table" or type(value.measurement) ~= "table" then
		return nil, "it holds no frozen measurement", 1, 1
	elseif version > M.VERSION then
		return nil, ("a later livepost froze it (version %d, this one knows %d)"):format(version, M.VERSION), 1, 1
	elseif version < FIRST_READ then
		return nil
	end
	local kept = copy_without(value, "label", "at", "system_headers")
	local known = {}
	local ok, found = pcall(function()
		kept.headers = unpack_headers(value.headers, value.system_headers)
		return unpack_measurement(value.measurement, value.label, value.at, known)
	end)
	if not ok then return nil, found, 1, 1 end
	kept.measurement, kept.version = found, measurement_form.VERSION
	if type(found.label) ~= "string" or not measurement_form.is_kept(kept, known) then
		return nil, "something of the measurement is missing in it, or of another type", 1, 1
	end
	return kept
end

-- name(label, at) → what the file of a cell, or of a point of a swept one, is called without its extension: "pool",
-- "pool,threads=4"; what a file's name could not hold bears a hash. hash_of: that of livepost.hash.
function M.name(label, at, hash_of)
	if not at then return label end
	local said = {}
	for i, name in ipairs(sorted_keys(at)) do
		local value = math.type(at[name]) == "integer" and ("%d"):format(at[name]) or tostring(at[name])
		local safe = value:gsub("[^%w._-]", "-"):sub(1, 32)
		said[i] = name .. "=" .. safe .. (safe ~= value and "-" .. hash_of(value):sub(1, 8) or "")
	end
	return label .. "," .. table.concat(said, ",")
end

-- folder(post) → the folder of a post's frozen files, for the post's path below the site.
function M.folder(post)
	return M.FOLDER .. "/" .. post:gsub("^posts/", ""):gsub("%.md$", "")
end

return M
