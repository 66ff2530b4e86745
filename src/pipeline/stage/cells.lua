-- Document → cells: the fences and spans that run, with their options typed and their code found.
local expectation = require "lib.expectation"
local file = require "livepost.file"
local post = require "livepost.post"
local problem = require "lib.problem"
local schema = require "lib.schema"
local sources = require "lib.sources"
local sweep = require "lib.sweep"

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
		outcomes = { type = "boolean" },
		sweep = { type = "lists" },
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
-- How often something rare happens is seen in many runs, and what hangs now and then must not hold them up.
local OUTCOMES_RUNS = 100
local OUTCOMES_TIMEOUT_NS = 2 * 1000000000
local MOST_POINTS = 64
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

-- How the program is to end, and how often it is run: one that is to hang once and not for long, one whose outcomes are
-- counted often, unless the author says otherwise.
local function take_expectation(cell, options, place, item, context)
	local expected, wanted
	if options.expect then
		expected, wanted = expectation.parse(options.expect)
		if not expected then
			context.report(at(item, place, ("`expect` takes %s: found `%s`"):format(wanted, options.expect)))
		end
	end
	local hangs, counted = expectation.hangs(expected), options.outcomes == true
	cell.expect = expected
	cell.outcomes = counted or nil
	cell.runs = options.runs or (counted and OUTCOMES_RUNS or hangs and 1 or DEFAULT_RUNS)
	cell.warmup = options.warmup
	if cell.warmup == nil then cell.warmup = not hangs and not counted end
	cell.timeout_ns = options.timeout or (hangs and expectation.HANG_TIMEOUT_NS or counted and OUTCOMES_TIMEOUT_NS
		or DEFAULT_TIMEOUT_NS)
end

-- Words that cannot be a macro's name, or that no program does without.
local TAKEN = {}
for word in ([[auto break case char const continue default defined do double else enum extern float for goto if inline int long
	main register restrict return short signed sizeof static struct switch typedef union unsigned void volatile while
	_Alignas _Alignof _Atomic _Bool _Complex _Generic _Imaginary _Noreturn _Static_assert _Thread_local]]):gmatch("%S+") do
	TAKEN[word] = true
end

-- Why a list of a sweep cannot be one, and where; nil for one that can.
local function sweep_fault(list)
	if not list.name:match("^[%a_][%w_]*$") or #list.name > 64 then
		return ("`%s` is no name in C: letters, digits and _, 64 at most, no digit first"):format(list.name), list
	elseif TAKEN[list.name] or list.name:match("^__") then
		return ("`%s` is a word of C's own, and cannot be a macro: choose another name"):format(list.name), list
	elseif #list.values == 0 then
		return ("`%s` has no values: list those that the cell is to be measured with"):format(list.name), list
	end
	local seen = {}
	for _, one in ipairs(list.values) do
		local said = sweep.said(one.value)
		if one.text:find("[%c]") or #one.text > 64 then
			return ("`%s` takes values of 64 bytes at most, on one line"):format(list.name), one
		elseif seen[said] then
			return ("`%s` has the value %s twice"):format(list.name, said), one
		end
		seen[said] = true
	end
end

-- The points of a sweep: all combinations of values, the first name slowest. Returns { names, points = { { at, defines }, … } }.
local function take_sweep(lists, place, item, context)
	if #lists == 0 then return context.report(at(item, place, "`sweep` names nothing: `sweep: { threads: [1, 2, 4] }`")) end
	local names, points, count = {}, { { at = {}, defines = {} } }, 1
	for i, list in ipairs(lists) do
		local message, where = sweep_fault(list)
		if message then return context.report(at(item, where, "`sweep`: " .. message)) end
		count = count * #list.values
		if count > MOST_POINTS then
			return context.report(at(item, list, ("`sweep` has more than %d points: sweep fewer values, or fewer names at once")
				:format(MOST_POINTS)))
		end
		names[i] = list.name
		local longer = {}
		for _, point in ipairs(points) do
			for _, one in ipairs(list.values) do
				local values = { [list.name] = one.value }
				for name, value in pairs(point.at) do values[name] = value end
				local defines = table.move(point.defines, 1, i - 1, 1, {})
				defines[i] = list.name .. "=" .. one.text
				longer[#longer + 1] = { at = values, defines = defines }
			end
		end
		points = longer
	end
	return { names = names, points = points }
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
	cell.sweep = options.sweep and take_sweep(options.sweep, places.sweep, item, context) or nil
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
