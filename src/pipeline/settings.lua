-- DIR/pipeline.lua → the site's settings, checked and with their defaults.
require "author.author" -- it bounds string.rep, and the copies below are to be of that
local cell_options = require "cell.cell_options"
local file = require "livepost.file"
local filters = require "author.filters"
local limits = require "author.limits"
local languages = require "cell.languages"
local nearest = require "base.nearest"
local problem = require "base.problem"
local schema = require "base.schema"
local services = require "cell.services"
local site_figure = require "author.site_figure"
local site_functions = require "author.site_functions"
local site_stage = require "author.site_stage"
local sorted_keys = require "base.sorted_keys"

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
	cpp = {
		compiler = { "string", "c++" },
		flags = { "list", { "-std=gnu++17", "-O2", "-g", "-Wall", "-Wextra", "-pthread" } },
		libraries = { "list", {} },
	},
	-- Languages of the site's own, by name: what cell.languages takes.
	languages = {},
	-- Defaults of cells' options, by name: what cell.cell_options marks so.
	execute = {},
	-- What resources are called whose variable says too little; any key. CPython's lock is a mutex, a condition and
	-- more in one structure.
	names = { _PyRuntime = { "string", "GIL" } },
	-- Figures of the site's own, by name: what author.site_figure takes.
	figures = {},
	-- Functions of the site's own for the Lua of all posts, by name: what author.site_functions takes.
	functions = {},
	-- Processes that cells talk to, by name: what cell.services takes.
	services = {},
	-- What changes the documents of posts: names of ours, and the site's own; what author.filters takes.
	filters = {},
	-- Stages of the site's own: what author.site_stage takes.
	stages = {},
}

-- Groups whose keys are the author's own, with the type of their values.
local OPEN = { names = "string" }

local function check_known(given, known, prefix, path)
	for _, key in ipairs(sorted_keys(given)) do
		if known[key] == nil then
			local close = type(key) == "string" and nearest.of(key, sorted_keys(known))
			problem.throw { path = path, message = ("unknown setting `%s%s`: %s"):format(prefix, tostring(key),
				close and ("did you mean `%s%s`?"):format(prefix, close) or "there are " .. table.concat(sorted_keys(known), ", ")) }
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

-- The defaults of cells, typed as the options themselves.
local function read_execute(values, path)
	local node = schema.node(values)
	if not node or node.kind ~= "mapping" and next(values) ~= nil then
		problem.throw { path = path, message = "setting `execute`: a table of cells' options is expected, { runs = 3 }" }
	end
	return (schema.read(node.kind == "mapping" and node or nil, { fields = cell_options.execute_fields(), what = "option" },
		function(_, _, message) problem.throw { path = path, message = "setting `execute`: " .. message } end))
end

local function fill(given, path)
	check_known(given, DEFAULTS, "", path)
	local settings = {}
	for group, fields in pairs(DEFAULTS) do
		local values = given[group] or {}
		if type(values) ~= "table" then
			problem.throw { path = path, message = ("setting `%s`: a table is expected, not a %s"):format(group, type(values)) }
		end
		if group == "languages" or group == "execute" then goto next end
		if group == "figures" then
			settings.figures = site_figure.read(values, path)
			goto next
		elseif group == "functions" then
			settings.functions = site_functions.read(values, path)
			goto next
		elseif group == "services" then
			settings.services = services.read(values, path)
			goto next
		elseif group == "filters" then
			settings.filters = filters.read(given.filters, path)
			goto next
		elseif group == "stages" then
			settings.stages = site_stage.read(values, path)
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
	settings.execute = read_execute(given.execute or {}, path)
	local known, wrong = languages.read(given.languages or {}, settings)
	if not known then problem.throw { path = path, message = "setting " .. wrong } end
	settings.languages = known
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

-- What would make a page another one each time it is made.
ENVIRONMENT.math.random, ENVIRONMENT.math.randomseed = nil, nil

-- shown: the path as the user knows it. Throws a problem.
function M.read(path, shown)
	local bytes, why = file.read(path, 1 << 20)
	if not bytes then
		problem.throw { path = shown, message = why .. ": a site is a folder with a pipeline.lua, posts/ and templates/; "
			.. "name its folder: livepost build DIR" }
	end
	local chunk, wrong = load(bytes, "=" .. shown, "t", site_functions.globals(ENVIRONMENT))
	if not chunk then
		local line, message = tostring(wrong):match(":(%d+): (.*)$")
		problem.throw { path = shown, line = line and math.tointeger(tonumber(line)), message = message or tostring(wrong) }
	end
	local ok, result, thread = limits.run(chunk)
	if not ok then
		local line, called = limits.where(thread, shown)
		problem.throw { path = shown, line = line, message = limits.message(result), details = called }
	end
	local given = result[1]
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
