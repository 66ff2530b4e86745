-- Document → cells: the fences and spans that run, with their options typed and their code found.
local expectation = require "lib.expectation"
local file = require "livepost.file"
local post = require "livepost.post"
local problem = require "lib.problem"
local schema = require "lib.schema"
local sources = require "lib.sources"

-- How each language writes comments; an option is a comment that begins with `|`.
local MARKS = {
	c = { line = "//", open = "/*", close = "*/" },
	lua = { line = "--" },
}

local CAPTIONS = { ["fig-cap"] = { type = "string" }, ["fig-alt"] = { type = "string" } }
local function with_captions(fields)
	for name, field in pairs(CAPTIONS) do fields[name] = field end
	return fields
end

local OPTIONS = {
	c = with_captions {
		label = { type = "string" },
		file = { type = "string" },
		echo = { type = "boolean" },
		output = { type = "boolean" },
		runs = { type = "integer", min = 1, max = 1000 },
		timeout = { type = "duration", min = 1000000, max = 3600 * 1000000000 },
		claim = { type = "strings" },
		expect = { type = "string" },
		names = { type = "texts" },
		warmup = { type = "boolean" },
	},
	lua = with_captions {
		label = { type = "string" },
		echo = { type = "boolean" },
		claim = { type = "strings" },
	},
}

local DEFAULT_TIMEOUT_NS = 10 * 1000000000
local DEFAULT_RUNS = 5
local LARGEST_FILE = 4 << 20

local function at(item, place, message)
	return problem.new { path = item.path, line = place.line, column = place.column, message = message }
end

-- The condition(s) of `claim`, each with its place.
local function claims_of(conditions, place)
	local claims = {}
	for i, text in ipairs(conditions or {}) do
		local where = place.items and place.items[i] or place
		claims[i] = { text = text, line = where.line, column = where.column }
	end
	return claims
end

local function check_label(cell, seen, item, place, context)
	local label = cell.label
	-- It becomes an id in the page, a name in Lua and the program's name: one alphabet serves all three.
	if not label:match("^[%a][%w%-_]*$") or #label > 64 then
		context.report(at(item, place, ("label `%s`: a label starts with a letter, then letters, digits, - and _, 64 at most")
			:format(label)))
	end
	-- The timeline of a cell `x` is `x-timeline` in the page: with a cell of that name it would be there twice.
	local ids = cell.language == "lua" and { label } or { label, label .. "-timeline" }
	for _, id in ipairs(ids) do
		if seen[id] then
			context.report(at(item, place, ("label `%s`: `%s` is already taken by the cell in line %d: each needs its own")
				:format(label, id, seen[id])))
		end
		seen[id] = seen[id] or cell.line
	end
end

-- The cell's own names, and the site's where it has none.
local function names_of(given, context)
	local names = {}
	for name, shown in pairs(context.config.names) do names[name] = shown end
	for name, shown in pairs(given or {}) do names[name] = shown end
	return names
end

-- How the program is to end; a program that is to hang runs once and not for long, unless the author says otherwise.
local function take_expectation(cell, options, place, item, context)
	local expected, wanted
	if options.expect then
		expected, wanted = expectation.parse(options.expect)
		if not expected then
			context.report(at(item, place, ("`expect` takes %s: found `%s`"):format(wanted, options.expect)))
		end
	end
	local hangs = expectation.hangs(expected)
	cell.expect = expected
	cell.runs = options.runs or (hangs and 1 or DEFAULT_RUNS)
	cell.warmup = options.warmup
	if cell.warmup == nil then cell.warmup = not hangs end
	cell.timeout_ns = options.timeout or (hangs and expectation.HANG_TIMEOUT_NS or DEFAULT_TIMEOUT_NS)
end

local function take_file(cell, given, place, context, item)
	local name = sources.normalise(given)
	local path = "examples/" .. (name or "")
	if not name or name == "" or given:sub(1, 1) == "/" then
		return context.report(at(item, place, ("file `%s`: a path below examples/ is expected"):format(given)))
	end
	local bytes, why = file.read(context.folder .. "/" .. path, LARGEST_FILE)
	if not bytes then
		return context.report(at(item, place, ("file `%s`: cannot read %s: %s: name a file below examples/")
			:format(given, context.shown(path), why:match("[^:]*$"):gsub("^ ", ""))))
	elseif not utf8.len(bytes) or bytes:find("\0", 1, true) then
		return context.report(at(item, place, ("file `%s`: it is not UTF-8 text"):format(given)))
	end
	cell.code, cell.code_line, cell.code_column, cell.source, cell.code_path = bytes, 1, 1, path, path
end

local function read_cell(code, language, input, context, item, seen, number)
	local marks = MARKS[language]
	local parts, message, line, column = post.options(code.literal, marks, code.code_line, code.code_column)
	if not parts then
		context.report(problem.new { path = item.path, line = line, column = column, message = message })
		return nil
	end
	local options, places = schema.read(parts.options, { fields = OPTIONS[language], what = "option" }, function(where, how, what)
		context.report(problem.new { path = item.path, line = where, column = how, message = what })
	end)
	local cell = {
		id = code.id, language = language, line = code.line, column = code.column, path = item.path,
		label = options.label or ("cell-%d"):format(number), code = parts.code, code_line = parts.code_line,
		code_column = code.code_column, code_path = item.name, post_bytes = input.text.bytes, folders = { "examples" }, only = "examples",
		echo = options.echo ~= false, output = options.output ~= false, caption = options["fig-cap"],
		alt = options["fig-alt"], names = names_of(options.names, context),
		claims = claims_of(options.claim, places.claim), places = places,
	}
	take_expectation(cell, options, places.expect or code, item, context)
	check_label(cell, seen, item, places.label or code, context)
	if options.file then
		if parts.code:find("%S") then
			context.report(at(item, places.file, ("file `%s`: the cell has code of its own, too: keep one of them")
				:format(options.file)))
		end
		take_file(cell, options.file, places.file, context, item)
	elseif language == "c" and not cell.code:find("%S") then
		context.report(problem.new { path = item.path, line = code.line, column = code.column,
			message = ("cell `%s` is empty: write code in it, or name a file with `file:`"):format(cell.label) })
	end
	return cell
end

local function known_languages()
	local names = {}
	for name in pairs(MARKS) do names[#names + 1] = "{" .. name .. "}" end
	table.sort(names)
	return table.concat(names, ", ")
end

local function run(input, context, item)
	local cells, seen, number = {}, {}, 0
	for _, code in ipairs(input.document.tree:codes()) do
		local braces, rest = code.info:match("^{%s*([^}]*)}%s*(.*)$")

		if code.kind == "inline" then
			local expression = code.literal:match("^{lua}%s+(.*)$")
			if expression then
				cells[#cells + 1] = { id = code.id, language = "inline", code = expression, line = code.line,
					column = code.column, path = item.path, label = "inline-" .. code.id }
			end
		elseif code.info:match("^{") and not braces then
			context.report(at(item, code, ("`%s`: the brace is not closed: write the language as in `{c}`"):format(code.info)))
		elseif braces then
			local language = braces:match("^[^%s,]*")
			if not MARKS[language] then
				context.report(problem.new { path = item.path, line = code.line, column = code.column,
					message = ("`{%s}`: no such language: cells can be %s; without braces a block is only shown")
						:format(language, known_languages()) })
			elseif braces ~= language or rest ~= "" then
				context.report(problem.new { path = item.path, line = code.line, column = code.column,
					message = ("`%s`: only the language stands behind the fence: options are `%s| key: value` lines in the cell")
						:format(code.info, MARKS[language].line) })
			elseif not code.closed then
				context.report(problem.new { path = item.path, line = code.line, column = code.column,
					message = "this cell is never closed: end it with a fence of its own" })
			else
				number = number + 1
				cells[#cells + 1] = read_cell(code, language, input, context, item, seen, number)
			end
		end
	end
	return cells
end

return { name = "cells", scope = "post", reads = { "text", "document" }, run = run }
