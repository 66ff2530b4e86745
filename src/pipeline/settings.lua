-- DIR/pipeline.lua → the site's settings, checked and with their defaults.
require "lib.author" -- it bounds string.rep, and the copies below are to be of that
local file = require "livepost.file"
local nearest = require "lib.nearest"
local problem = require "lib.problem"
local site_figure = require "lib.site_figure"

local M = {}

local DEFAULTS = {
	site = {
		title = { "string", "livepost" }, author = { "string", "" }, description = { "string", "" },
		language = { "string", "en" }, base_url = { "string", "" }, permalink = { "string", "/:year/:month/:day/:title.html" },
	},
	c = {
		compiler = { "string", "cc" },
		flags = { "list", { "-std=gnu17", "-O2", "-g", "-Wall", "-Wextra", "-pthread" } },
		libraries = { "list", { "-lm" } },
	},
	-- What resources are called whose variable says too little; any key. CPython's lock is a mutex, a condition and
	-- more in one structure.
	names = { _PyRuntime = { "string", "GIL" } },
	-- Figures of the site's own, by name: what lib.site_figure takes.
	figures = {},
}

-- Groups whose keys are the author's own, with the type of their values.
local OPEN = { names = "string" }

local function keys_of(map)
	local keys = {}
	for key in pairs(map) do keys[#keys + 1] = key end
	table.sort(keys)
	return keys
end

local function check_known(given, known, prefix, path)
	for _, key in ipairs(keys_of(given)) do
		if known[key] == nil then
			local close = type(key) == "string" and nearest.of(key, keys_of(known))
			problem.throw { path = path, message = ("unknown setting `%s%s`: %s"):format(prefix, tostring(key),
				close and ("did you mean `%s%s`?"):format(prefix, close) or "there are " .. table.concat(keys_of(known), ", ")) }
		end
	end
end

local function check_list(value)
	if type(value) ~= "table" then return false end
	for key, one in pairs(value) do
		if math.type(key) ~= "integer" or type(one) ~= "string" then return false end
	end
	return true
end

local function fill(given, path)
	check_known(given, DEFAULTS, "", path)
	local settings = {}
	for group, fields in pairs(DEFAULTS) do
		local values = given[group] or {}
		if type(values) ~= "table" then
			problem.throw { path = path, message = ("setting `%s`: a table is expected, not a %s"):format(group, type(values)) }
		end
		if group == "figures" then
			settings.figures = site_figure.read(values, path)
			goto next
		end
		if OPEN[group] then
			fields = {}
			for name, field in pairs(DEFAULTS[group]) do fields[name] = field end
			for name in pairs(values) do
				if type(name) ~= "string" then
					problem.throw { path = path, message = ("setting `%s`: its keys are names, not `%s`"):format(group, tostring(name)) }
				end
				fields[name] = fields[name] or { OPEN[group] }
			end
		else
			check_known(values, fields, group .. ".", path)
		end
		settings[group] = {}
		for name, field in pairs(fields) do
			local value = values[name]
			if value == nil then value = field[2] end
			local good = field[1] == "list" and check_list(value) or type(value) == field[1]
			if not good then
				problem.throw { path = path, message = ("setting `%s.%s`: a %s is expected, not a %s"):format(group, name,
					field[1] == "list" and "list of strings" or field[1], type(value)) }
			end
			settings[group][name] = value
		end
		::next::
	end
	return settings
end

local function copy(library)
	local out = {}
	for name, value in pairs(library) do out[name] = value end
	return out
end

-- A site's Lua computes its settings; it has no reason to touch files or processes, and cannot. The libraries are copies: a
-- site that changes its own must not change ours.
local ENVIRONMENT = { math = copy(math), string = copy(string), table = copy(table), utf8 = copy(utf8), ipairs = ipairs, pairs = pairs, type = type,
	tostring = tostring, tonumber = tonumber, error = error, assert = assert, select = select, next = next }

local MOST_INSTRUCTIONS = 200 * 1000 * 1000
-- What would make a page another one each time it is made.
ENVIRONMENT.math.random, ENVIRONMENT.math.randomseed = nil, nil

-- shown: the path as the user knows it. Throws a problem.
function M.read(path, shown)
	local bytes, why = file.read(path, 1 << 20)
	if not bytes then
		problem.throw { path = shown, message = why .. ": a site is a folder with a pipeline.lua, posts/ and templates/; "
			.. "name its folder: livepost build DIR" }
	end
	local chunk, wrong = load(bytes, "=" .. shown, "t", setmetatable({}, { __index = ENVIRONMENT }))
	local ok, given = false, wrong
	if chunk then
		local thread = coroutine.create(chunk)
		debug.sethook(thread, function() error("stopped after 200 million instructions: does it loop for ever?", 2) end, "",
			MOST_INSTRUCTIONS)
		ok, given = coroutine.resume(thread)
	end
	if not ok then
		local line, message = tostring(given):match(":(%d+): (.*)$")
		problem.throw { path = shown, line = line and math.tointeger(tonumber(line)), message = message or tostring(given) }
	end
	if type(given) ~= "table" then
		problem.throw { path = shown, message = ("it returns %s: return a table of settings, { site = { title = … } }")
			:format(given == nil and "nothing" or "a " .. type(given)) }
	end
	return fill(given, shown)
end

-- What holds where there is no pipeline.lua: for `livepost run`.
function M.defaults()
	return fill({}, nil)
end

return M
