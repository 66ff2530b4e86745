-- Document → cells: the fences and spans that run, with their options typed and their code found.
local cell_expectation = require "cell.cell_expectation"
local cell_files = require "cell.cell_files"
local cell_links = require "cell.cell_links"
local cell_options = require "cell.cell_options"
local expectation = require "cell.expectation"
local fence = require "page.fence"
local file = require "livepost.file"
local nearest = require "base.nearest"
local post = require "livepost.post"
local problem = require "base.problem"
local schema = require "base.schema"
local shown_code = require "cell.shown_code"
local sources = require "cell.sources"
local sweep_points = require "cell.sweep_points"

local LUA = { comment = { line = "--" }, names = {} }

local DEFAULT_TIMEOUT_NS = 10 * 1000000000
local DEFAULT_RUNS = 5
-- How often something rare happens is seen in many runs, and what hangs now and then must not hold them up.
local OUTCOMES_RUNS = 100
local OUTCOMES_TIMEOUT_NS = 2 * 1000000000

-- What would change how a program is measured, or what it is measured by.
local CLOSED_VARIABLES = { LD_PRELOAD = true, LD_AUDIT = true }
local HEADER_ENDINGS = { h = true, hh = true, hpp = true, hxx = true, inc = true }

local function at(item, place, message)
	return problem.new { path = item.path, line = place.line, column = place.column, message = message }
end

-- The conditions of `claim`, each with its place and its name: its own, else one by the label. By that the prose links to it.
local function take_claims(cell, conditions, seen, item, context)
	local unnamed = 0
	for _, claim in ipairs(conditions or {}) do
		if not claim.name then
			unnamed = unnamed + 1
			claim.name = unnamed == 1 and cell.label or ("%s-%d"):format(cell.label, unnamed)
		elseif not claim.name:match("^%a[%w_-]*$") or #claim.name > 64 then
			context.report(at(item, { line = claim.name_line, column = claim.name_column },
				("claim `%s`: a claim's name starts with a letter, then letters, digits, - and _, 64 at most"):format(claim.name)))
		end
		local id = "claim-" .. claim.name
		if seen[id] then
			context.report(at(item, { line = claim.name_line or claim.line, column = claim.name_column or claim.column },
				("claim `%s`: `%s` is already taken in line %d: give it another name, `- name: condition`"):format(claim.name, id, seen[id])))
		end
		seen[id] = seen[id] or claim.line
	end
	return conditions or {}
end

-- What is said of the listing where the cell shows none would be passed over. Defaults say it of other cells, too.
local OF_LISTING = { "lst-cap", "lst-label", "code-fold", "code-summary", "code-line-numbers", "code-overflow" }
local function check_listing(cell, code, item, context)
	local options, places = cell.options, cell.places
	local function is_own(name)
		local place = places[name]
		return options[name] ~= nil and place and place.line >= code.code_line and place.line < cell.code_line
	end
	for _, name in ipairs(OF_LISTING) do
		if options.echo == false and is_own("echo") and is_own(name) then
			context.report(at(item, places[name], ("`%s` is said of code that `echo: false` does not show: remove one of them"):format(name)))
		end
	end
	if is_own("code-summary") and not options["code-fold"] then
		context.report(at(item, places["code-summary"], "`code-summary` names what is folded, and nothing is: add `code-fold: true`"))
	end
	local label = options["lst-label"]
	if label and not label:match("^lst%-%w[%w_-]*$") then
		context.report(at(item, places["lst-label"], ("lst-label `%s`: a listing is called `lst-…`, with letters, digits, - and _"):format(label)))
	end
end

local function check_label(cell, seen, item, place, context)
	local label = cell.label
	-- It becomes an id in the page, a name in Lua and the program's name: one alphabet serves all three.
	if not label:match("^[%a][%w%-_]*$") or #label > 64 then
		context.report(at(item, place, ("label `%s`: a label starts with a letter, then letters, digits, - and _, 64 at most")
			:format(label)))
	end
	-- The timeline of a cell `x` is `x-timeline` in the page: with a cell of that name it would be there twice.
	local ids = cell.kind == "lua" and { label } or { label, label .. "-timeline" }
	for _, id in ipairs(ids) do
		if seen[id] then
			context.report(at(item, place, ("label `%s`: `%s` is already taken by the cell in line %d: each needs its own")
				:format(label, id, seen[id])))
		end
		seen[id] = seen[id] or cell.line
	end
end

-- The cell's own names, then its language's, then the site's.
local function names_of(given, language, context)
	local names = {}
	for _, some in ipairs { context.config.names, language.names, given or {} } do
		for name, shown in pairs(some) do names[name] = shown end
	end
	return names
end

-- How often the program is run: one that is to hang once and not for long, one whose outcomes are counted often, unless the
-- cell itself says otherwise.
local function take_runs(cell, options, own)
	local hangs, counted = expectation.hangs(cell.expect), options.outcomes == true
	-- Defaults of a post or site are for cells like any other.
	local given = (hangs or counted) and own or options
	cell.outcomes = counted or nil
	cell.runs = given.runs or (counted and OUTCOMES_RUNS or hangs and 1 or DEFAULT_RUNS)
	cell.warmup = given.warmup
	if cell.warmup == nil then cell.warmup = not hangs and not counted end
	cell.timeout_ns = given.timeout or (hangs and expectation.HANG_TIMEOUT_NS or counted and OUTCOMES_TIMEOUT_NS
		or DEFAULT_TIMEOUT_NS)
end

-- What becomes of the measurement: whether it is frozen, and whether `livepost check` expects the same output again.
local function take_keeping(cell, options, own, places, item, context)
	cell.freeze = options.freeze
	if cell.freeze == nil then cell.freeze = "auto" end
	cell.output_varies = options["output-varies"] or nil
	-- Of what is not frozen at all nothing is left out.
	cell.numbers_only = cell.cache and cell.freeze == "numbers" or nil
	if cell.numbers_only then
		if own.timeline then
			context.report(at(item, places.timeline, "`timeline`: with `freeze: numbers` it has none that could be drawn everywhere: "
				.. "remove one of the two"))
		end
		cell.timeline = false
		for _, name in ipairs { "fig-cap", "fig-alt" } do
			if own[name] then
				context.report(at(item, places[name], ("`%s`: the cell has no figure, as `freeze: numbers` keeps no timeline: remove one of the two")
					:format(name)))
			end
		end
	end
	if not cell.cache and own.freeze ~= nil and cell.freeze ~= false then
		context.report(at(item, places.freeze, "`freeze`: the cell has `cache: false`, too, which runs it each time: keep one of them"))
	end
	if own["output-varies"] and cell.outcomes then
		context.report(at(item, places["output-varies"], "`output-varies`: of a cell with `outcomes` no output is compared: leave it out"))
	end
end

-- The site's files, for what knows paths below it.
local function disk_of(context)
	return {
		read = function(path, limit) return file.read(context.folder .. "/" .. path, limit) end,
		kind = function(path) return file.kind(context.folder .. "/" .. path) end,
		list = function(path) return file.list(context.folder .. "/" .. path) end,
		shown = context.shown,
	}
end

-- `NAME=value` of what the author named, each name checked. what: the option.
local function take_named(list, what, item, context)
	local words = {}
	for i, one in ipairs(list) do
		if not one.name:match("^[%a_][%w_]*$") or #one.name > 64 then
			context.report(at(item, one, ("`%s`: `%s` is no name: letters, digits and _, 64 at most, no digit first"):format(what, one.name)))
		elseif one.text and one.text:find("%z") then
			context.report(at(item, one, ("`%s`: `%s` holds a NUL, which ends a text"):format(what, one.name)))
		elseif what == "env" and CLOSED_VARIABLES[one.name] then
			context.report(at(item, one, ("`env`: `%s` loads what measures the program: leave it out"):format(one.name)))
		end
		words[i] = one.text and one.name .. "=" .. one.text or what == "env" and one.name .. "=" or one.name
	end
	return words
end

local function check_words(words, what, place, item, context)
	for i, word in ipairs(words) do
		if word:find("%z") then
			context.report(at(item, cell_links.item_of(place, i), ("`%s`: a NUL ends a text: leave it out"):format(what)))
		end
	end
	return words
end

-- What the program is built with and what it finds when it runs. disk: the site's files.
local function take_surroundings(cell, options, places, item, context)
	local disk = disk_of(context)
	cell.flags = options.flags and check_words(options.flags, "flags", places.flags, item, context)
	cell.libs = options.libs and sources.libraries(check_words(options.libs, "libs", places.libs, item, context))
	cell.defines = options.defines and take_named(options.defines, "defines", item, context)
	cell.includes = options.includes
	for i, name in ipairs(options.includes or {}) do
		if not name:match('^<[^<>"%c]+>$') and not name:match('^[^<>"%c]+$') then
			context.report(at(item, cell_links.item_of(places.includes, i), ("`includes` takes headers, `<math.h>` or `kitchen.h`: found `%s`")
				:format(name)))
		end
	end
	cell.arguments = options.args and check_words(options.args, "args", places.args, item, context)
	cell.environment = options.env and take_named(options.env, "env", item, context)
	cell.memory_bytes = options.memory
	if options.stdin then
		cell.input = options.stdin.text
		if options.stdin.file then
			local path, bytes = cell_files.read(options.stdin.file, disk)
			if not path then context.report(at(item, options.stdin, "`stdin`: " .. bytes)) end
			cell.input = path and bytes
		end
	end
	if options.workdir then
		local path, files = cell_files.folder(options.workdir, disk, "workdir")
		if not path then return context.report(at(item, places.workdir, files)) end
		cell.workdir = { path = path, files = files }
	end
end

local function take_sweep(cell, options, place, language, item, context)
	local swept, message, where = sweep_points.read(options.sweep, { macros = language.like ~= nil, arguments = cell.arguments or {},
		language = cell.language })
	if not swept then return context.report(at(item, where or place, message)) end
	for _, point in ipairs(swept.points) do
		point.filled = cell.arguments and sweep_points.fill(cell.arguments, point.arguments)
	end
	cell.sweep = swept
end

local function take_code(cell, options, parts, places, language, item, context)
	if not options.file then
		if cell.kind == "program" and not cell.code:find("%S") then
			context.report(problem.new { path = item.path, line = cell.line, column = cell.column,
				message = ("cell `%s` is empty: write code in it, or name a file with `file:`"):format(cell.label) })
		end
		return
	end
	if parts.code:find("%S") then
		context.report(at(item, places.file, ("file `%s`: the cell has code of its own, too: keep one of them")
			:format(options.file[1])))
	end
	local taken, message, index = cell_files.take(cell, options.file, language, disk_of(context))
	if not taken then context.report(at(item, cell_links.item_of(places.file, index or 1), message)) end
end

-- What of the code is shown, and of the further files that it is built with; of a region nothing beside it.
local function take_shown(cell, language, item, context)
	local function lines_of(one, region)
		local shown, wrong, line = shown_code.of { code = one.code, line = one.code_line, marks = language.comment, region = region }
		if shown then return { lines = shown.lines } end
		local in_file = line and one.source
		context.report(problem.new { path = in_file and context.shown(one.source) or item.path,
			line = line or cell.places.region.line, column = not line and cell.places.region.column or 1,
			message = (one.source and not line and "in " .. one.source .. " " or "") .. wrong })
	end
	cell.shown = lines_of(cell, cell.region)
	for i, one in ipairs(not cell.region and cell.extra or {}) do
		if utf8.len(one.bytes) then
			cell.others = cell.others or {}
			cell.others[i] = { code = one.bytes, code_line = 1, code_column = 1, code_path = one.path, source = one.path,
				kind = cell.kind, language = cell.language, marks = language.comment }
			cell.others[i].shown = lines_of(cell.others[i])
		end
	end
end

-- Options that say nothing where they stand are as wrong as those that nobody knows.
local function check_sense(cell, options, own, places, language, item, context)
	local function refuse(name, message)
		context.report(at(item, places[name], ("`%s`: %s"):format(name, message)))
	end
	for name, option in pairs(cell_options.OPTIONS) do
		if own[name] ~= nil and option.needs == "c" and not language.like then
			refuse(name, ("`{%s}` is not compiled like C, and has no such thing: remove it"):format(cell.language))
		elseif own[name] ~= nil and option.needs == "flags" and not language.takes_flags then
			refuse(name, ("no command of `{%s}` has room for flags: write {flags} where they are to stand, in `languages.%s`")
				:format(cell.language, cell.language))
		end
	end
	if own.timeline == false then
		for _, name in ipairs { "fig-cap", "fig-alt" } do
			if options[name] then refuse(name, "the cell has no figure, as `timeline` is false: remove one of the two") end
		end
	end
	if own.error and options.expect then refuse("error", "`expect` says already how it is to end: remove one of the two") end
	if own.error and options.outcomes then refuse("error", "with `outcomes` every ending is shown already: remove one of the two") end
	if own.includes and cell.project then refuse("includes", "the folder's own Makefile says what is compiled: include it in the code") end
end

-- Cells whose `filename` is that of a header, and which are no program of their own.
local function check_header(cell, options, places, language, item, context)
	local name = options.filename
	if not name or cell.eval or not language.like or not HEADER_ENDINGS[name:match("%.(%w+)$") or ""] then return end
	if name ~= sources.normalise(name) or not name:match("^[%w_][%w_./+-]*$") then
		return context.report(at(item, places.filename, ("`filename`: `%s` is no name of a header: such as `kitchen.h`"):format(name)))
	end
	cell.is_header = true
end

local function read_options(node, language, defaults, item, context)
	local kind = language == LUA and "lua" or "program"
	local own, places = schema.read(node, { fields = cell_options.fields(kind), what = "option", elsewhere = cell_options.elsewhere(kind) },
		function(line, column, message)
			context.report(problem.new { path = item.path, line = line, column = column, message = message })
		end)
	local options = {}
	for name, option in pairs(cell_options.fields(kind)) do
		options[name] = own[name]
		local fits = not option.needs or language.like or option.needs == "flags" and language.takes_flags
		if own[name] == nil and fits then
			options[name] = defaults.values[name]
			places[name] = places[name] or defaults.places[name]
		end
	end
	return options, own, places
end

local function read_cell(code, name, language, input, context, item, state)
	local parts, message, line, column = post.options(code.literal, language.comment, code.code_line, code.code_column)
	if not parts then
		context.report(problem.new { path = item.path, line = line, column = column, message = message })
		return nil
	end
	local options, own, places = read_options(parts.options, language, state.defaults, item, context)
	-- An option of a default that came from pipeline.lua has no place of its own.
	setmetatable(places, { __index = function() return code end })
	local kind = language == LUA and "lua" or "program"
	local cell = {
		id = code.id, kind = kind, language = name, options = options, line = code.line, column = code.column, path = item.path,
		label = options.label or ("cell-%d"):format(state.number), code = parts.code, code_line = parts.code_line,
		code_column = code.code_column, code_path = item.name, path_of_post = item.name, post_bytes = input.text.bytes,
		folders = { "examples" }, only = "examples", marks = language.comment,
		echo = options.echo == nil or options.echo, eval = options.eval ~= false, include = options.include ~= false,
		output = options.output == nil or options.output, timeline = options.timeline ~= false, cache = options.cache ~= false,
		shows_failure = options.error or nil, caption = options["fig-cap"], alt = options["fig-alt"], filename = options.filename,
		region = options.region, compare = options.compare, names = names_of(options.names, language, context),
		places = places, literal = code.literal, literal_line = code.code_line, own_line = parts.code_line,
	}
	cell.claims = take_claims(cell, options.claim, state.seen, item, context)
	check_label(cell, state.seen, item, places.label or code, context)
	check_listing(cell, code, item, context)
	take_code(cell, options, parts, places, language, item, context)
	if kind == "program" then
		cell_expectation.take(cell, { options = options, own = own, places = places, language = language,
			services = context.config.services, services_unknown = context.config.wrong.services == "whole", config_path = context.config_path },
			function(place, what) context.report(at(item, place, what)) end)
		take_runs(cell, options, own)
		take_surroundings(cell, options, places, item, context)
		take_keeping(cell, options, own, places, item, context)
		if options.sweep then take_sweep(cell, options, places.sweep, language, item, context) end
		check_sense(cell, options, own, places, language, item, context)
		check_header(cell, options, places, language, item, context)
	end
	if utf8.len(cell.code) then take_shown(cell, language, item, context) end
	return cell
end

-- What `execute` says in front matter, over what it says in pipeline.lua, with the places of the former.
local function defaults_of(front, context, item)
	local values, places = {}, {}
	for name, value in pairs(context.config.execute) do values[name] = value end
	for _, pair in ipairs(front and front.kind == "mapping" and front.pairs or {}) do
		if pair.key.text == "execute" and pair.value.kind == "mapping" then
			local given, nodes = schema.read(pair.value, { fields = cell_options.execute_fields(), what = "option" },
				function(line, column, message)
					context.report(problem.new { path = item.path, line = line, column = column, message = "`execute`: " .. message })
				end)
			for name, value in pairs(given) do values[name], places[name] = value, nodes[name] end
		end
	end
	return { values = values, places = places }
end

local function known_languages(context)
	local names = { "lua" }
	for name in pairs(context.config.languages) do names[#names + 1] = name end
	table.sort(names)
	return names
end

-- The language of a fence with braces, or nil after it was reported what is wrong.
local function language_of(code, context, item)
	local braces, rest = code.info:match("^{%s*([^}]*)}%s*(.*)$")
	if not braces then
		context.report(at(item, code, ("`%s`: the brace is not closed: write the language as in `{c}`"):format(code.info)))
		return nil
	end
	local name = braces:match("^[^%s,]*")
	local language = name == "lua" and LUA or context.config.languages[name]
	if language and language.broken or not language and context.config.wrong.languages == "whole" then
		return nil -- which was told of the settings
	end
	if not language then
		local names = known_languages(context)
		local close = nearest.of(name:lower(), names)
		context.report(at(item, code, ("`{%s}`: no such language: %s"):format(name, #name > 1 and close
			and ("did you mean `{%s}`?"):format(close)
			or ("cells can be {%s}; without braces a block is only shown"):format(table.concat(names, "}, {")))))
	elseif braces ~= name or rest ~= "" then
		context.report(at(item, code, ("`%s`: only the language stands behind the fence: options are `%s| key: value` lines in the cell")
			:format(code.info, language.comment.line)))
	elseif not code.closed then
		context.report(at(item, code, "this cell is never closed: end it with a fence of its own"))
	else
		return name, language
	end
end

-- Which of the post's headers each cell includes, be it by way of others.
local function take_headers(cells, headers, context)
	if #headers == 0 then return end
	local function read(path) return file.kind(path) == "file" and file.read(path, cell_files.LARGEST_FILE) or nil end
	for _, cell in ipairs(cells) do
		local language = context.config.languages[cell.language]
		if cell.kind == "program" and language.like and cell.eval and not cell.project then
			cell.headers = headers
			local used = sources.layout(cell, { folder = context.folder, read = read, extension = language.extension, like_c = true }).headers
			cell.headers = {}
			for _, header in ipairs(headers) do
				if used[header.name] then cell.headers[#cell.headers + 1] = header end
			end
		end
	end
end

local function run(input, context, item)
	local cells, lost, state = {}, {}, { seen = {}, number = 0, defaults = defaults_of(input.text.front, context, item) }
	for _, code in ipairs(input.document.tree:codes()) do
		if code.kind == "inline" then
			local expression = code.literal:match("^{lua}%s+(.*)$")
			if expression then
				cells[#cells + 1] = { id = code.id, kind = "inline", language = "inline", code = expression, line = code.line,
					column = code.column, path = item.path, label = "inline-" .. code.id }
			end
		elseif code.info:match("^{") and not fence.is(code.info) then -- what is only shown is the page's
			local name, language = language_of(code, context, item)
			local cell
			if name then
				state.number = state.number + 1
				cell = read_cell(code, name, language, input, context, item, state)
			end
			cells[#cells + 1] = cell
			if not cell then lost[#lost + 1] = code.literal end
		end
	end
	local headers = cell_links.link(cells, function(place, message) context.report(at(item, place, message)) end)
	take_headers(cells, headers, context)
	-- Of those that are wrong as a whole the texts: what refers to one refers to something.
	if #lost > 0 then cells.lost = lost end
	return cells
end

local stage = { name = "cells", scope = "post", reads = { "text", "document" }, run = run }
stage.examine = stage
return stage
