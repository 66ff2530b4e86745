-- What a cell's options say of what is to happen when its program runs: what is expected, which sanitizers look at it, and
-- which services it needs. Knows the options' meaning, and runs nothing.
local expectation = require "cell.expectation"
local sanitizers = require "cell.sanitizers"
local services = require "cell.services"

local M = {}

-- place(cell, name, …) → the node of the first of these options that the cell or its post has; else the cell's own place.
function M.place(cell, ...)
	for _, name in ipairs { ... } do
		local node = cell.places and rawget(cell.places, name)
		if node and node.line then return node end
	end
	return { line = cell.line, column = cell.column }
end

-- Says of what runs, and so nothing of a program that is not to compile.
local OF_RUNS = { "args", "claim", "compare", "env", "error", "memory", "names", "outcomes", "runs", "sanitize", "sanitize-runs", "service",
	"stdin", "sweep", "timeline", "timeout", "warmup", "workdir" }

local function check(cell, given, report)
	local expected, places = cell.expect, given.places
	if not expected then return end
	if expectation.refuses(expected) then
		for _, name in ipairs(OF_RUNS) do
			if given.own[name] ~= nil then
				report(places[name], ("`%s` is for a program that runs, and this one is not to compile: leave it out, or do not expect "
					.. "a `compile-error`"):format(name))
			end
		end
		if expected.output or expected.errors or expected.reports or expected.share then
			report(places.expect, "`expect`: a program that does not compile does nothing else: leave out all but `compile-error`")
		elseif not given.language.like and not given.language.build then
			report(places.expect, ("`expect`: `{%s}` is not compiled: expect an `exit` code instead"):format(cell.language))
		end
	elseif expected.share and given.options.outcomes ~= true then
		report(places.expect, "`expect`: a `share` is of many runs that are counted: add `outcomes: true`")
	elseif expected.share and not (expected.ending or expected.output or expected.errors) then
		report(places.expect, "`expect`: a `share` of what? Say which `output` or ending is to come that often")
	elseif expected.reports and not given.language.like then
		report(places.expect, ("`expect`: no sanitizer looks at `{%s}`: only C and C++ have them"):format(cell.language))
	end
end

-- Those that are asked for, and those without which nobody could tell whether what is expected came.
local function take_sanitizers(cell, given, report)
	local options, places = given.options, given.places
	local names, seen = {}, {}
	for i, name in ipairs(options.sanitize or {}) do
		local where = places.sanitize.items and places.sanitize.items[i] or places.sanitize
		if not sanitizers.is_known(name) then
			report(where, ("`sanitize` takes `%s`: found `%s`"):format(table.concat(sanitizers.NAMES, "`, `"), name))
		elseif seen[name] then
			report(where, ("`sanitize` names `%s` twice: once is enough"):format(name))
		end
		seen[name] = true
	end
	if expectation.refuses(cell.expect) then return end
	for _, name in ipairs(expectation.sanitizers(cell.expect)) do seen[name] = true end
	for _, name in ipairs(sanitizers.NAMES) do
		if seen[name] then names[#names + 1] = name end
	end
	if #names == 0 and given.own["sanitize-runs"] then
		report(places["sanitize-runs"], "`sanitize-runs` says how often a program is run with a sanitizer, and there is none: add "
			.. "`sanitize:`, or leave it out")
	end
	cell.sanitizers = #names > 0 and names or nil
	cell.sanitize_runs = #names > 0 and options["sanitize-runs"] or nil
end

local function take_services(cell, given, report)
	if expectation.refuses(cell.expect) then return end
	local places, names, ports = given.places, {}, {}
	for i, name in ipairs(given.options.service or {}) do
		local where = places.service.items and places.service.items[i] or places.service
		local service = given.services[name] or given.services_unknown and { broken = true }
		if not service then
			report(where, services.unknown(name, given.services, given.config_path))
		elseif service.broken then
			names[#names + 1] = name -- which was told of the settings
		elseif ports[service.port] then
			report(where, ("`service`: `%s` and `%s` both want port %d: give one of them another in %s"):format(ports[service.port], name,
				service.port, given.config_path))
		elseif #names == services.MOST then
			report(where, ("`service` takes %d services at most"):format(services.MOST))
		else
			ports[service.port] = name
			names[#names + 1] = name
		end
	end
	cell.services = #names > 0 and names or nil
end

-- take(cell, given, report): sets the cell's expect, sanitizers, sanitize_runs and services, nil where there is nothing of
-- it. given: { options, own (those that the cell itself has), places, language, services (all of the site's), services_unknown = true where
-- nobody can say which there are, config_path };
-- report(place, message) is told what is wrong.
function M.take(cell, given, report)
	if given.options.expect then
		cell.expect = expectation.read(given.options.expect, function(node, message) report(node, "`expect` " .. message) end)
	end
	check(cell, given, report)
	take_sanitizers(cell, given, report)
	take_services(cell, given, report)
end

return M
