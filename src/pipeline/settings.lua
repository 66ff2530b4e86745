-- DIR/pipeline.lua → the site's settings, checked and with their defaults; all that is wrong with them is told.
local author = require "author.author" -- it bounds string.rep, and the copies below are to be of that
local cell_options = require "cell.cell_options"
local file = require "livepost.file"
local filters = require "author.filters"
local limits = require "author.limits"
local languages = require "cell.languages"
local nearest = require "base.nearest"
local problem = require "base.problem"
local schema = require "base.schema"
local services = require "cell.services"
local settings_places = require "author.settings_places"
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

-- Reading a group: tell(keys, message, of_key) says what is wrong with the setting that the keys lead to, at its value, or
-- at its key where that is asked for; place_of(keys, of_key) → where that is, line and column or nil. What is wrong is left out,
-- or has its default.

local function check_known(given, known, group, tell)
	for _, key in ipairs(sorted_keys(given)) do
		if known[key] == nil then
			local prefix = group and group .. "." or ""
			local close = type(key) == "string" and nearest.of(key, sorted_keys(known))
			tell({ group or key, group and key }, ("unknown setting `%s%s`: %s"):format(prefix, tostring(key),
				close and ("did you mean `%s%s`?"):format(prefix, close) or "there are " .. table.concat(sorted_keys(known), ", ")), true)
		end
	end
end

-- Whether a value is of a kind; where an entry is what is wrong with it, also that one's key.
local function is_of(kind, value)
	if kind ~= "list" or type(value) ~= "table" then return type(value) == kind end
	for _, key in ipairs(sorted_keys(value)) do
		if math.type(key) ~= "integer" or type(value[key]) ~= "string" then return false, key end
	end
	return true
end

-- A group of values, each with its default.
local function read_values(group, values, fields, tell)
	if OPEN[group] then
		local known = {}
		for name, field in pairs(fields) do known[name] = field end
		for _, name in ipairs(sorted_keys(values)) do
			if type(name) == "string" then
				known[name] = known[name] or { OPEN[group] }
			else
				tell({ group, name }, ("setting `%s`: its keys are names, not `%s`"):format(group, tostring(name)), true)
			end
		end
		fields = known
	else
		check_known(values, fields, group, tell)
	end
	local read = {}
	for _, name in ipairs(sorted_keys(fields)) do
		local kind, value = fields[name][1], values[name]
		local fits, key = is_of(kind, value)
		if value ~= nil and not fits then
			tell({ group, name, key }, ("setting `%s.%s`: a %s is expected, not a %s"):format(group, name,
				kind == "list" and "list of strings" or kind, type(value)))
			value = nil
		end
		if value == nil then value = fields[name][2] end
		read[name] = value
	end
	return read
end

-- A tree of values has no lines: each node gets a number in the place of one, by which `places` has its keys.
local function number_nodes(node, keys, places)
	local function longer(key) return table.move({ key }, 1, 1, #keys + 1, table.move(keys, 1, #keys, 1, {})) end
	places[#places + 1] = { keys = keys }
	node.line = #places
	for i, item in ipairs(node.items or {}) do number_nodes(item, longer(i), places) end
	for _, pair in ipairs(node.pairs or {}) do
		places[#places + 1] = { keys = longer(pair.key.text), of_key = true }
		pair.key.line = #places
		number_nodes(pair.value, longer(pair.key.text), places)
	end
end

-- The defaults of cells, typed as the options themselves.
local function read_execute(values, _, tell)
	local plain = {}
	for _, name in ipairs(sorted_keys(values)) do
		if type(name) ~= "string" then
			tell({ "execute", name }, "setting `execute`: a table of cells' options is expected, { runs = 3 }")
		elseif not schema.node(values[name]) then
			tell({ "execute", name }, ("setting `execute`: `%s` takes texts, numbers, `true` and `false`, and lists and tables of these"):format(name))
		else
			plain[name] = values[name]
		end
	end
	local node = schema.node(plain)
	local places = {}
	number_nodes(node, { "execute" }, places)
	return (schema.read(node.kind == "mapping" and node or nil, { fields = cell_options.execute_fields(), what = "option" },
		function(number, _, message)
			local place = places[number]
			tell(place.keys, "setting `execute`: " .. message, place.of_key)
		end))
end

-- Those of languages need to know others.
local function keep(values) return values end

local READERS = { execute = read_execute, languages = keep, figures = site_figure.read, functions = site_functions.read, services = services.read,
	filters = filters.read, stages = site_stage.read }

local function fill(given, path, tell, place_of)
	check_known(given, DEFAULTS, nil, tell)
	local settings = {}
	for _, group in ipairs(sorted_keys(DEFAULTS)) do
		local values = given[group]
		if values ~= nil and type(values) ~= "table" then
			tell({ group }, ("setting `%s`: a table is expected, not a %s"):format(group, type(values)), false, true)
			values = nil
		end
		if values == nil and group ~= "filters" then values = {} end -- no filters are something else than nothing said of them
		if READERS[group] then
			settings[group] = READERS[group](values, path, tell, place_of)
		else
			settings[group] = read_values(group, values, DEFAULTS[group], tell)
		end
	end
	settings.languages = languages.read(settings.languages, settings, tell)
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

-- Whatever is wrong with values is told at its place in the text, in the order of the text.
local function teller(text, shown)
	local places, found, wrong = nil, {}, {}
	local function place_of(keys, of_key)
		places = places or settings_places.of(text)
		return places:find(keys, of_key)
	end
	local function tell(keys, message, of_key, whole)
		local line, column = place_of(keys, of_key)
		wrong[keys[1]] = whole and "whole" or wrong[keys[1]] or true
		found[#found + 1] = problem.new { path = shown, line = line, column = column, message = message }
	end
	local function told(report)
		local order = {}
		for i, one in ipairs(found) do order[one] = i end
		table.sort(found, function(a, b)
			if a.line ~= b.line then return (a.line or 0) < (b.line or 0) end
			if a.column ~= b.column then return a.column < b.column end
			return order[a] < order[b]
		end)
		for _, one in ipairs(found) do report(one) end
		found = {}
	end
	return tell, told, wrong, place_of
end

-- read(path, shown) → the settings, with those that are right of wrong ones and defaults for what is wrong; tell(keys, message,
-- of_key), by which others say what else is wrong with them; told(report), which reports it all. settings.wrong: the groups
-- of which something was told, "whole" for one of which nothing is known. shown: the path as the user knows it. Throws a problem where there are no settings to be had.
function M.read(path, shown)
	local bytes, why = file.read(path, 1 << 20)
	if not bytes then
		problem.throw { path = shown, message = why .. ": a site is a folder with a pipeline.lua, posts/ and templates/; "
			.. "name its folder: livepost build DIR" }
	end
	local chunk, wrong = load(bytes, "=" .. shown, "t", site_functions.globals(ENVIRONMENT))
	if not chunk then
		local line, message = tostring(wrong):match(":(%d+): (.*)$")
		line = math.tointeger(tonumber(line))
		problem.throw { path = shown, line = line, column = line and author.column_of(message, bytes, line), message = message or tostring(wrong) }
	end
	local ok, result, thread = limits.run(shown, chunk)
	if not ok then
		local line, called = limits.where(thread, shown)
		problem.throw { path = shown, line = line, message = limits.message(result), details = called }
	end
	local given = result[1]
	if type(given) ~= "table" then
		problem.throw { path = shown, message = ("it returns %s: return a table of settings, { site = { title = … } }")
			:format(given == nil and "nothing" or "a " .. type(given)) }
	end
	local tell, told, groups, place_of = teller(bytes, shown)
	local settings = fill(given, shown, tell, place_of)
	settings.wrong = groups
	return settings, tell, told
end

-- What holds where there is no pipeline.lua: for `livepost run`.
function M.defaults()
	local settings = fill({}, nil, error)
	settings.wrong = {}
	return settings
end

return M
