-- Says whether a value is a measurement, as what was read from a file may be anything. Knows its form, not its meaning.
local states = require "lib.states"

local M = {}

local LONGEST_NS = 1 << 60 -- some thirty years: sums stay integers

local function text(value)
	return type(value) == "string"
end

local function count(value)
	return math.type(value) == "integer" and value >= 0 and value <= LONGEST_NS
end

local function optional(check)
	return function(value) return value == nil or check(value) end
end

local function record(fields)
	return function(value)
		if type(value) ~= "table" then return false end
		for name, check in pairs(fields) do
			if not check(value[name]) then return false end
		end
		return true
	end
end

local function is_state(value)
	return (pcall(states.of, value))
end

local function list(check, least)
	return function(value)
		if type(value) ~= "table" or #value < (least or 0) then return false end
		local entries = 0
		for _ in pairs(value) do entries = entries + 1 end
		for _, one in ipairs(value) do
			entries = entries - 1
			if not check(one) then return false end
		end
		return entries == 0
	end
end

local is_slice = record { start_ns = count, end_ns = count, cpu = optional(count), state = is_state }
local is_lane = record {
	name = text, pid = count, tid = count, start_ns = count, end_ns = count, cpu_ns = count, slices = list(is_slice),
}
local is_end = record { lane = count, ns = count }
local is_timeline = record {
	wall_ns = count, lost = count, lanes = list(is_lane), flows = list(record { kind = text, from = is_end, to = is_end }),
}
local has_fields = record {
	method = function(value) return value == "switch-records" or value == "getrusage" end,
	method_why = optional(text), measured_at = text, output = text, errors = text, median_run = count,
	machine = record { cpu = text, kernel = text, cores = count, memory_bytes = count, hypervisor = optional(text) },
	wall = record { n = count, median_ns = count, min_ns = count, max_ns = count, q1_ns = count, q3_ns = count },
	runs = list(record {
		wall_ns = count, user_ns = count, system_ns = count, voluntary = count, involuntary = count, max_rss_bytes = count,
	}, 1),
	exit = record { code = optional(count), signal = optional(text), ending = optional(text) },
	timeline = optional(is_timeline),
}

-- is(value) → whether all that the stages and figures will ask of a measurement is there, in its type.
function M.is(value)
	return has_fields(value) and #value.runs == value.wall.n and value.runs[value.median_run] ~= nil
		and (value.timeline ~= nil) == (value.method == "switch-records")
		and (value.exit.code or value.exit.signal or value.exit.ending) ~= nil
end

local is_warning = record {
	path = text, line = count, column = optional(count), message = text, details = optional(text),
}

-- is_kept(value) → whether it is a measurement with what it depends on and what the compiler said, as it is kept.
function M.is_kept(value)
	if type(value) ~= "table" or not M.is(value.measurement) or type(value.headers) ~= "table" then return false end
	for name, content in pairs(value.headers) do
		if not text(name) or not text(content) then return false end
	end
	return list(text)(value.absent) and list(is_warning)(value.warnings)
end

return M
