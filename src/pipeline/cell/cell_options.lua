-- The options of cells: which there are, for which languages, of which type. Knows no cell.

local M = {}

-- An option is { type = …, … } as base.schema has it, and: of = "program", "lua", or nil for all cells; execute = true
-- where front matter and pipeline.lua may set a default for all cells of a post or site below `execute`; needs = "c" where
-- only languages that are compiled like C have it, "flags" where only those do whose commands have room for flags.
M.OPTIONS = {
	label = { type = "string" },
	claim = { type = "conditions" },

	eval = { type = "boolean", execute = true },

	-- What is shown.
	echo = { type = "choice", choices = { true, false, "fenced" }, execute = true },
	include = { type = "boolean", execute = true },
	warning = { type = "boolean", of = "program", execute = true },
	["fig-cap"] = { type = "string" },
	["fig-alt"] = { type = "string" },
	["lst-cap"] = { type = "string" },
	["lst-label"] = { type = "string" },
	["code-fold"] = { type = "choice", choices = { true, false, "show" }, execute = true },
	["code-summary"] = { type = "string", execute = true },
	["code-line-numbers"] = { type = "line_numbers", execute = true },
	["code-overflow"] = { type = "choice", choices = { "scroll", "wrap" }, execute = true },
	filename = { type = "string" },

	-- What is built, and what it finds when it runs.
	file = { type = "strings", of = "program" },
	region = { type = "string", of = "program" },
	["depends-on"] = { type = "strings", of = "program" },

	flags = { type = "list", of = "program", execute = true, needs = "flags" },
	libs = { type = "list", of = "program", execute = true, needs = "c" },
	defines = { type = "named", of = "program", execute = true, needs = "c" },
	includes = { type = "list", of = "program", execute = true, needs = "c" },

	args = { type = "list", of = "program" },
	stdin = { type = "text_or_file", of = "program" },
	env = { type = "named", of = "program", execute = true },
	workdir = { type = "string", of = "program" },
	memory = { type = "size", min = 16 << 20, max = 1 << 40, of = "program", execute = true },
	timeout = { type = "duration", min = 1000000, max = 3600 * 1000000000, of = "program", execute = true },

	output = { type = "choice", choices = { true, false, "asis" }, of = "program", execute = true },
	timeline = { type = "boolean", of = "program", execute = true },
	runs = { type = "integer", min = 1, max = 1000, of = "program", execute = true },
	warmup = { type = "boolean", of = "program", execute = true },
	cache = { type = "boolean", of = "program", execute = true },
	error = { type = "boolean", of = "program", execute = true },
	expect = { type = "tree", of = "program" },
	sanitize = { type = "strings", of = "program", execute = true, needs = "c" },
	["sanitize-runs"] = { type = "integer", min = 1, max = 100, of = "program", execute = true, needs = "c" },
	service = { type = "strings", of = "program", execute = true },
	names = { type = "texts", of = "program" },
	outcomes = { type = "boolean", of = "program" },
	sweep = { type = "lists", of = "program" },
	freeze = { type = "choice", choices = { true, false, "auto", "numbers" }, of = "program", execute = true },
	["output-varies"] = { type = "boolean", of = "program", execute = true },
	compare = { type = "strings", of = "program" },
}

-- fields(kind) → the options of cells that are a "program" or "lua", for base.schema.
function M.fields(kind)
	local fields = {}
	for name, option in pairs(M.OPTIONS) do
		if not option.of or option.of == kind then fields[name] = option end
	end
	return fields
end

local OF = { program = "cells that run a program", lua = "cells of Lua" }

-- elsewhere(kind) → those that only other cells have, with which.
function M.elsewhere(kind)
	local names = {}
	for name, option in pairs(M.OPTIONS) do
		if option.of and option.of ~= kind then names[name] = OF[option.of] end
	end
	return names
end

-- Of a block that is only shown: those that say how.
M.SHOWN = {}
for _, name in ipairs { "lst-cap", "code-fold", "code-summary", "code-line-numbers", "code-overflow", "filename" } do
	M.SHOWN[name] = M.OPTIONS[name]
end

-- execute_fields() → those that may have a default below `execute`.
function M.execute_fields()
	local fields = {}
	for name, option in pairs(M.OPTIONS) do
		if option.execute then fields[name] = option end
	end
	return fields
end

return M
