-- Cells → programs: compiled in the sandbox, side by side, unless the cell's measurement is kept.
local expectation = require "cell.expectation"
local cell_expectation = require "cell.cell_expectation"
local file = require "livepost.file"
local json = require "livepost.json"
local languages = require "cell.languages"
local process = require "livepost.process"
local problem = require "base.problem"
local diagnostics = require "cell.diagnostics"
local refusal = require "cell.refusal"
local sanitizers = require "cell.sanitizers"
local services = require "cell.services"
local sources = require "cell.sources"
local sweep = require "measurement.sweep"

local LIMITS = {
	wall_ns = 60 * 1000000000, output_bytes = 1 << 20, processes = 64, memory_bytes = 4 << 30, scratch_bytes = 256 << 20,
}

-- Where a project's folder is copied to, as it is built there.
local PROJECTS = "/tmp/site"

local function add(words, more)
	for _, word in ipairs(more or {}) do words[#words + 1] = word end
	return words
end

local function quoted(words)
	local parts = {}
	for i, word in ipairs(words) do parts[i] = "'" .. word:gsub("'", "'\\''") .. "'" end
	return table.concat(parts, " ")
end

local function defines_of(cell)
	local words = {}
	for _, define in ipairs(cell.defines or {}) do words[#words + 1] = "-D" .. define end
	return words
end

-- What a compiler that takes gcc's options is told of every source: the site's flags, then the cell's.
local function flags_of(cell, language, layout)
	local words = add(add(add({}, language.flags), cell.flags), defines_of(cell))
	add(words, { "-fdiagnostics-color=never", "-ftabstop=1" })
	for _, folder in ipairs(layout.include_folders) do words[#words + 1] = "-I" .. folder end
	words[#words + 1] = "-I" .. sources.HEADER_FOLDER
	if layout.first then add(words, { "-include", layout.first }) end
	return words
end

local function libraries_of(cell, language)
	return add(add({}, cell.libs), language.libraries)
end

-- One source in one go; of several each has dependencies of its own, and all of their errors are to be told.
local function like_c(cell, language, layout)
	local compile = add({ language.compiler }, flags_of(cell, language, layout))
	-- What follows the source: libraries are looked for in this order.
	local libraries = libraries_of(cell, language)
	local function dependencies(path) return { "-MD", "-MF", path, "-MT", "program" } end
	if #layout.extra == 0 then
		return add(add(add(compile, dependencies "/tmp/program.d"), { "-o", "/tmp/program", layout.main }), libraries)
	end
	local script, objects = { "failed=0" }, {}
	for i, source in ipairs(add({ layout.main }, layout.extra)) do
		objects[i] = ("/tmp/%d.o"):format(i)
		local words = add(add({}, compile), dependencies(("/tmp/%d.d"):format(i)))
		script[#script + 1] = quoted(add(words, { "-c", "-o", objects[i], source })) .. " || failed=1"
	end
	script[#script + 1] = "[ $failed = 0 ] || exit 1"
	script[#script + 1] = "cat /tmp/[0-9]*.d > /tmp/program.d"
	local link = add(add({ language.compiler }, language.flags), cell.flags)
	script[#script + 1] = "exec " .. quoted(add(add(add(link, { "-o", "/tmp/program" }), objects), libraries))
	return { "/bin/sh", "-c", table.concat(script, "\n") }
end

-- A folder with its own Makefile is built where it may be written to. make's own variables say what the site and the cell
-- ask for; a Makefile that sets them itself has the last word. gcc leaves what each source includes behind.
local function project_plan(cell, language)
	local files = { { path = sources.HEADER, bytes = process.header } }
	for _, one in ipairs(cell.project.files) do
		files[#files + 1] = { path = PROJECTS .. "/" .. one.path, bytes = one.bytes }
	end
	local folder = PROJECTS .. "/" .. cell.project.folder
	local flags = table.concat(add(add({}, language.flags), cell.flags), " ")
	local environment = {
		"CFLAGS=" .. flags, "CXXFLAGS=" .. flags, "CPPFLAGS=" .. table.concat(add(defines_of(cell), { "-I" .. sources.HEADER_FOLDER }), " "),
		"LDLIBS=" .. table.concat(libraries_of(cell, language), " "), "SUNPRO_DEPENDENCIES=/tmp/program.d program",
	}
	if language.like then environment[#environment + 1] = (language.name == "cpp" and "CXX=" or "CC=") .. language.compiler end
	local script = ("make --no-print-directory --silent && [ -x %s ] && cp %s /tmp/program"):format(quoted { cell.project.program }, quoted { "./" .. cell.project.program })
	return {
		argv = { "/bin/sh", "-c", script }, directory = folder, files = files, limits = LIMITS, environment = environment,
		outputs = { "/tmp/program", "/tmp/program.d" },
	}
end

-- How the sandbox is laid out: /site holds the sources under the names the author knows them by. Returns a plan, or nil for
-- what is not built, and the layout.
local function plan_of(cell, context)
	local language = context.config.languages[cell.language]
	local layout = sources.layout(cell, { folder = context.folder, read = context.source, extension = language.extension,
		like_c = language.like ~= nil })
	if cell.project then
		layout.project, layout.below = PROJECTS, cell.project.folder
		return project_plan(cell, language), layout
	end
	local argv, outputs
	if language.like then
		argv, outputs = like_c(cell, language, layout), { "/tmp/program", "/tmp/program.d" }
		layout.files[#layout.files + 1] = { path = sources.HEADER, bytes = process.header }
	elseif language.build then
		local given = { "/site/" .. layout.main }
		for _, path in ipairs(layout.extra) do given[#given + 1] = "/site/" .. path end
		argv = languages.fill(language.build, { source = given, program = { "/tmp/program" },
			flags = add(add({}, language.flags), cell.flags) })
		outputs = { "/tmp/program" }
	else
		return nil, layout
	end
	return { argv = argv, directory = layout.directory, files = layout.files, limits = LIMITS, outputs = outputs,
		environment = language.environment }, layout
end

-- The livepost that runs, for a cell that calls it, in front of one that is installed.
local function take_livepost(build, cell)
	local bytes, why = file.read("/proc/self/exe")
	if not bytes then problem.throw { path = cell.path, line = cell.line, column = cell.column, message = why } end
	build.files = add({ { path = "/livepost/" .. languages.LIVEPOST, bytes = bytes, program = true } }, build.files)
	for _, variable in ipairs(build.environment) do
		if variable:match("^PATH=") then return end
	end
	table.insert(build.environment, "PATH=/livepost:" .. table.concat(languages.PATH, ":"))
end

-- How the program is started: by its own path, or by the interpreter with its sources beside it.
local function take_command(build, cell, language, layout)
	build.environment = add(add({}, language.environment), cell.environment)
	local program = "/cell/" .. cell.label
	local given = { "/site/" .. layout.main }
	build.argv = languages.fill(language.run, { source = given, program = { program },
		flags = add(add({}, language.flags), cell.flags) })
	if build.program then
		build.files = { { path = program, bytes = build.program, program = true } }
	else
		build.files = layout.files
	end
	if languages.calls_livepost(language) then take_livepost(build, cell) end
	if not language.like then build.layout = layout end
end

-- A compiler's path → the author's: of a project it lies in its copy.
local function own_path(path, layout)
	if layout.project and path:sub(1, #layout.project + 1) == layout.project .. "/" then return path:sub(#layout.project + 2) end
	if layout.project and path:sub(1, 1) ~= "/" then return sources.normalise(layout.below .. "/" .. path) or path end
	return path
end

-- What the compiler says with this severity, at the author's own lines and columns.
local function diagnostics_of(result, cell, layout, severity, language)
	local found, text = {}, result.err
	if not language.like then
		text = sources.told(text, layout)
		-- Some compilers speak on standard output.
		if text == "" then text = sources.told(result.out, layout) end
	end
	for _, one in ipairs(diagnostics.read(text, language.messages)) do
		-- The linker knows the cell's code under the name of its own file, with the post's lines.
		if not layout.source and one.path == "/site/" .. layout.own then one.path = cell.code_path end
		one.path = own_path(one.path, layout)
		if one.path == cell.code_path then diagnostics.shift(one, cell.code_column - 1) end
		if one.severity == severity then found[#found + 1] = one end
	end
	return found
end

-- Reports what stands in the way of a cell; what all points of a sweep suffer from is told once.
local function teller(told, context)
	return function(one, fields)
		local cell = one.cell
		local key = table.concat({ cell.path, cell.label, fields.path, tostring(fields.line), tostring(fields.column),
			fields.message }, "\0")
		fields.message = (cell.service and ("service `%s`"):format(cell.label) or sweep.called(cell)) .. fields.message
		if told[key] then return end
		told[key] = true
		context.report_for(one.input.item, problem.new(fields))
	end
end

local function report_failure(one, result, tell, context)
	local cell, layout, language = one.cell, one.layout, one.language
	local function at_cell(message, details)
		tell(one, { path = cell.path, line = cell.line, column = cell.column, message = " does not compile: " .. message,
			details = details })
	end
	if result.ending == "timeout" then
		return at_cell("the compiler was stopped after 60 s: look for macros or includes that grow without end")
	elseif result.ending == "flood" then
		return at_cell("the compiler said more than 1 MiB: look at its first error", result.err:sub(1, 2000))
	elseif result.ending == "signal" then
		return at_cell(("the compiler was killed by SIG%s"):format(result.signal), result.err:sub(1, 2000))
	end
	local found = diagnostics_of(result, cell, layout, "error", language)
	for _, said in ipairs(found) do
		local details = said.details
		if said.path ~= cell.code_path and cell.line then
			details = ("for the cell at %s:%d:%d\n"):format(cell.path, cell.line, cell.column) .. details
		end
		tell(one, { path = context.shown(said.path), line = said.line, column = said.column, details = details,
			message = " does not compile: " .. said.message })
	end
	if #found > 0 then return end
	local said = result.err ~= "" and result.err or result.out
	if cell.project and said == "" then
		return at_cell(("make made no program `%s`: let the first goal of its Makefile make one that is called like the folder")
			:format(cell.project.program))
	end
	at_cell(cell.project and "make said:" or "the linker or the compiler said:",
		language.like and said:gsub("/tmp/site/", "") or (sources.told(said, layout)))
end

-- A macro that the program defines for itself is not what the sweep says it is. gcc and clang only warn.
local function report_redefined(one, tell, context)
	for _, said in ipairs(one.build.warnings) do
		local name = said.message:match('^"([%w_]+)" redefined') or said.message:match("^'([%w_]+)' macro redefined")
		if name and one.cell.of.sweep.macros[name] then
			tell(one, { path = context.shown(said.path), line = said.line, column = said.column,
				message = (": `%s` is swept, and defined here once more: write #ifndef %s … #endif around it"):format(name, name) })
		end
	end
end

-- A name that the code does not use would be measured as if it mattered: it is found where every point that differs in
-- nothing else is the same program. points: those of one cell, all of them compiled just now.
local function report_unused(points, tell)
	local cell = points[1].cell
	for name in pairs(cell.of.sweep.macros) do
		local programs, varies, values = {}, false, 0
		local seen = {}
		for _, one in ipairs(points) do
			local rest = {}
			for other, value in pairs(one.cell.at) do
				if other ~= name then rest[other] = value end
			end
			local value = sweep.said(one.cell.at[name])
			if not seen[value] then seen[value], values = true, values + 1 end
			local key = sweep.words(rest)
			programs[key] = programs[key] or one.build.program
			varies = varies or programs[key] ~= one.build.program
		end
		if not varies and values > 1 then
			tell(points[1], { path = cell.path, line = cell.places.sweep.line, column = cell.places.sweep.column,
				message = (": `sweep` changes nothing: the program is the same for every value of `%s`: does the code use it?")
					:format(name) })
		end
	end
end

local function check_sweeps(waiting, tell, context)
	local swept, order = {}, {}
	for _, one in ipairs(waiting) do
		if one.cell.at and not one.sanitizer then
			local of = one.cell.of
			if not swept[of] then
				swept[of] = {}
				order[#order + 1] = of
			end
			if one.build.program then
				report_redefined(one, tell, context)
				table.insert(swept[of], one)
			end
		end
	end
	for _, of in ipairs(order) do
		if #swept[of] == #of.sweep.points then report_unused(swept[of], tell) end
	end
end

local function headers_of(depfile, hash_of, layout)
	local headers = {}
	for _, path in ipairs(sources.read_depfile(depfile)) do
		path = own_path(path, layout)
		local name = sources.outside(path, layout)
		-- The files of a project are in the key already.
		if name and not (layout.project and name:sub(1, #layout.below + 1) == layout.below .. "/") then
			headers[name] = hash_of(name) or nil
		end
	end
	return headers
end

local function take_result(one, result, tell, context)
	local build, cell = one.build, one.cell
	if result.ending ~= "exit" or result.code ~= 0 then return report_failure(one, result, tell, context) end
	if result.outputs[1] == "" then
		return tell(one, { path = cell.path, line = cell.line, column = cell.column,
			message = " does not compile: its compiler ended well and made no program: do its flags ask for something else (-c, -E, -o)?",
			details = result.err:sub(1, 2000) })
	end
	build.program = result.outputs[1]
	build.absent = json.array(one.layout.absent)
	build.headers = headers_of(result.outputs[2] or "", context.hash_of, one.layout)
	build.warnings = diagnostics_of(result, cell, one.layout, "warning", one.language)
	take_command(build, cell, one.language, one.layout)
end

-- A cell that is not to compile: what the compiler says of it is what it shows.
local function take_refusal(one, result, tell, context)
	local cell, build = one.cell, one.build
	local place = cell.places.expect
	local wanted = cell.expect.ending.text
	local found = result.ending == "exit" and result.code ~= 0 and diagnostics_of(result, cell, one.layout, "error", one.language) or {}
	if result.ending == "exit" and result.code == 0 then
		return tell(one, { path = cell.path, line = place.line, column = place.column, message = ": expected a compile error, but it "
			.. "compiles: mend what it is to show, or leave out `expect: compile-error`" })
	elseif #found == 0 then
		return report_failure(one, result, tell, context)
	elseif wanted and not refusal.says(found, wanted) then
		return tell(one, { path = cell.path, line = place.line, column = place.column, details = refusal.text(found),
			message = (": expected a compile error that says `%s`, but the compiler says something else"):format(wanted) })
	end
	build.refused = refusal.of(found)
	-- Where the compiler did not get as far as to say which headers it read, nobody could tell later whether they changed.
	local depfile = result.outputs[2] or ""
	build.headers = depfile ~= "" and headers_of(depfile, context.hash_of, one.layout) or nil
	build.absent, build.warnings = json.array(one.layout.absent), json.array {}
end

-- The services that cells need, each compiled once. interpreted: cells without a build of their own.
local function plan_services(waiting, interpreted, plans, context)
	local planned = {}
	local function need(one)
		for _, name in ipairs(one.cell.services or {}) do
			local service = context.config.services[name]
			local program = not planned[name] and services.program(service, context.folder, context.source)
			planned[name] = planned[name] or { needed_by = {} }
			table.insert(planned[name].needed_by, one)
			if program then
				local plan, layout = plan_of(program, context)
				plans[#plans + 1] = plan
				waiting[#waiting + 1] = { input = one.input, cell = program, build = {}, layout = layout, needed = planned[name],
					language = context.config.languages.c }
			end
		end
	end
	for i = 1, #waiting do need(waiting[i]) end
	for _, one in ipairs(interpreted) do need(one) end
end

-- The builds of a cell that are run beside the timed one.
local function plan_sanitized(one, waiting, plans, context)
	for _, name in ipairs(one.cell.sanitizers or {}) do
		local cell = setmetatable({ flags = add(add({}, one.cell.flags), sanitizers.flags(name)) }, { __index = one.cell })
		local plan, layout = plan_of(cell, context)
		plans[#plans + 1] = plan
		waiting[#waiting + 1] = { input = one.input, cell = one.cell, build = one.build, layout = layout, language = one.language,
			sanitizer = name }
	end
end

local function take_sanitized(one, result, tell)
	local cell, place = one.cell, cell_expectation.place(one.cell, "sanitize", "expect")
	if result.ending == "exit" and result.code == 0 then
		one.build.sanitized = one.build.sanitized or {}
		one.build.sanitized[one.sanitizer] = result.outputs[1]
	elseif one.build.program then -- else the code itself is at fault, and that is told
		tell(one, { path = cell.path, line = place.line, column = place.column, details = result.err:sub(1, 2000),
			message = (" does not compile with %s: install it (it comes with gcc; for clang the package libclang-rt-dev), or leave it out")
				:format(sanitizers.title(one.sanitizer)) })
		one.build.program, one.build.argv = nil, nil
	end
end

local function take_service(one, result, tell, context)
	if result.ending == "exit" and result.code == 0 then
		for _, needing in ipairs(one.needed.needed_by) do
			needing.build.services = needing.build.services or {}
			needing.build.services[one.cell.label] = result.outputs[1]
		end
		return
	end
	local told = {}
	for _, needing in ipairs(one.needed.needed_by) do
		needing.build.program, needing.build.argv = nil, nil
		if not told[needing.input] then
			told[needing.input] = true
			report_failure({ cell = one.cell, layout = one.layout, language = one.language, input = needing.input }, result, tell, context)
		end
	end
end

-- A tool that a cell's language needs and that is not there; told once of all points of a sweep.
local function report_missing(cell, tool, input, context)
	context.report_for(input.item, problem.new { path = cell.path, line = cell.line, column = cell.column,
		message = ("cell `%s`: %s"):format(cell.label, tool.message) })
end

local function run(inputs, context)
	local values, plans, waiting, interpreted, to_run = {}, {}, {}, {}, 0
	for i, input in ipairs(inputs) do
		local missing = {}
		values[i] = {}
		for _, cell in ipairs(sweep.cells(input.cells)) do
			local kept = input.kept[cell.name]
			if kept and kept.missing_tool and not kept.kept then
				local first = not missing[cell.of or cell.name]
				missing[cell.of or cell.name] = true
				if first then report_missing(cell, kept.missing_tool, input, context) end
			elseif not cell.argv and kept and not kept.kept then
				local build, language = {}, context.config.languages[cell.language]
				values[i][cell.name] = build
				to_run = to_run + (expectation.refuses(cell.expect) and 0 or 1)
				local plan, layout = plan_of(cell, context)
				if plan then
					plans[#plans + 1] = plan
					-- Of one that is not to compile, too, the headers count.
					plan.outputs_always = expectation.refuses(cell.expect)
					local one = { input = input, cell = cell, build = build, layout = layout, language = language }
					waiting[#waiting + 1] = one
					plan_sanitized(one, waiting, plans, context)
				else
					build.headers, build.absent, build.warnings = {}, json.array {}, {}
					take_command(build, cell, language, layout)
					interpreted[#interpreted + 1] = { input = input, cell = cell, build = build }
				end
			end
		end
	end
	local built = 0
	for _, one in ipairs(waiting) do built = built + (one.sanitizer and 0 or 1) end
	if built == 0 and to_run == 0 then return values end
	plan_services(waiting, interpreted, plans, context)
	if to_run > 0 then context.recorder() end -- what cannot be measured need not be compiled
	context.progress.building(built, to_run)
	if #plans == 0 then return values end
	local results = problem.must(process.run_all(plans, process.cores()))
	local tell = teller({}, context)
	for i, result in ipairs(results) do
		local one = waiting[i]
		if one.sanitizer then
			take_sanitized(one, result, tell)
		elseif one.needed then
			take_service(one, result, tell, context)
		elseif expectation.refuses(one.cell.expect) then
			take_refusal(one, result, tell, context)
		else
			take_result(one, result, tell, context)
		end
	end
	check_sweeps(waiting, tell, context)
	return values
end

return { name = "builds", scope = "site", reads = { "cells", "kept" }, run = run }
