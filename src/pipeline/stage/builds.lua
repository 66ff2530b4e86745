-- Cells → programs: compiled in the sandbox, side by side, unless the cell's measurement is kept and still true.
local expectation = require "lib.expectation"
local file = require "livepost.file"
local hash = require "livepost.hash"
local json = require "livepost.json"
local measurement = require "lib.measurement"
local methods = require "lib.methods"
local process = require "livepost.process"
local problem = require "lib.problem"
local diagnostics = require "lib.diagnostics"
local sources = require "lib.sources"
local sweep = require "lib.sweep"

local LIMITS = {
	wall_ns = 60 * 1000000000, output_bytes = 1 << 20, processes = 64, memory_bytes = 4 << 30, scratch_bytes = 256 << 20,
}
local LARGEST_SOURCE = 4 << 20

-- As the sandbox's PATH, where the compiler will be looked for.
local PATH = { "/usr/local/bin", "/usr/bin", "/bin" }

-- The bytes of the compiler's driver stand for the compiler: its version is in them.
local function compiler_identity(context)
	local compiler = context.config.c.compiler
	for _, folder in ipairs(PATH) do
		local path = folder .. "/" .. compiler
		if file.kind(path) == "file" then
			return hash.of(assert(file.read(path)))
		end
	end
	problem.throw { path = context.config_path,
		message = ("C compiler `%s`: not found in %s: install it (package gcc or clang), or name another as `c.compiler`")
			:format(compiler, table.concat(PATH, ", ")) }
end

-- <livepost.h>, where the compiler finds it.
local HEADER_FOLDER = "/livepost/include"
local HEADER = HEADER_FOLDER .. "/livepost.h"

-- Hashes of files, each read once a build.
local function file_hashes(context)
	local known = { [HEADER] = hash.of(process.header) }
	return function(path)
		if known[path] == nil then
			local real = path:sub(1, 1) == "/" and path or context.folder .. "/" .. path
			local bytes = file.kind(real) == "file" and file.read(real)
			known[path] = bytes and hash.of(bytes) or false
		end
		return known[path]
	end
end

-- What the measurement depends on besides the headers, which only the compiler can name.
local function key_of(cell, compiler, context)
	return hash.of(json.encode {
		code = cell.code, source = cell.source, compiler = compiler, command = context.config.c.compiler,
		flags = context.config.c.flags, libraries = context.config.c.libraries, runs = cell.runs,
		arguments = cell.arguments or json.array {}, method = context.method, names = cell.names, expect = cell.expect,
		warmup = cell.warmup, outcomes = cell.outcomes, defines = cell.defines,
		timeout_ns = (cell.outcomes or expectation.hangs(cell.expect)) and cell.timeout_ns or nil,
	})
end

-- The kept measurement, if every header is still as it was and none has come to stand in front of another; nil and a
-- message for one that a later livepost kept. Warns of one that is damaged: nothing is drawn from it.
local function find_kept(cell, path, hash_of, is_outdone, warn)
	local bytes = file.kind(path) == "file" and file.read(path)
	local kept = bytes and json.decode(bytes)
	local newer = measurement.is_newer(kept)
	if newer then
		return nil, ("a later livepost kept this measurement (version %d, this one knows %d): take that livepost, or remove the "
			.. "file to measure again"):format(newer, measurement.VERSION)
	end
	-- What cannot be read is measured again: nothing is lost but time.
	if measurement.is_damaged(bytes, kept) then warn("warning: this kept measurement is damaged: measured again") end
	if not measurement.is_kept(kept) or is_outdone(kept) then return nil end
	if (kept.measurement.outcomes ~= nil) ~= (cell.outcomes == true) then return nil end
	for header, content in pairs(kept.headers) do
		if hash_of(header) ~= content then return nil end
	end
	for _, header in ipairs(kept.absent) do
		if hash_of(header) then return nil end
	end
	return kept
end

-- Whether more can be seen now than when a measurement was taken, whose method nobody asked for.
local function outdone(context)
	return function(kept)
		if context.method ~= "auto" or kept.measurement.method == methods.best then return false end
		return methods.is_better(context.recorder():method(), kept.tried)
	end
end

-- How the sandbox is laid out: /site holds the sources under the names the author knows them by.
local function plan_of(cell, context)
	local read = function(path)
		return file.kind(path) == "file" and file.read(path, LARGEST_SOURCE) or nil
	end
	local layout = sources.layout(cell, context.folder, read)
	local argv = { context.config.c.compiler }
	for _, flag in ipairs(context.config.c.flags) do argv[#argv + 1] = flag end
	for _, define in ipairs(cell.defines or {}) do argv[#argv + 1] = "-D" .. define end
	for _, flag in ipairs { "-fdiagnostics-color=never", "-ftabstop=1", "-MD", "-MF", "/tmp/program.d", "-MT", "program", "-o",
		"/tmp/program" } do
		argv[#argv + 1] = flag
	end
	for _, folder in ipairs(layout.include_folders) do argv[#argv + 1] = "-I" .. folder end
	argv[#argv + 1] = "-I" .. HEADER_FOLDER
	argv[#argv + 1] = layout.main
	-- What follows the source: libraries are looked for in this order.
	for _, flag in ipairs(context.config.c.libraries) do argv[#argv + 1] = flag end
	layout.files[#layout.files + 1] = { path = HEADER, bytes = process.header }
	return {
		argv = argv, directory = layout.directory, files = layout.files, limits = LIMITS,
		outputs = { "/tmp/program", "/tmp/program.d" },
	}, layout
end

-- What the compiler says with this severity, at the author's own lines and columns.
local function diagnostics_of(result, cell, layout, severity)
	local found = {}
	for _, one in ipairs(diagnostics.read(result.err)) do
		-- The linker knows the cell's code under the name of its own file, with the post's lines.
		if not layout.source and one.path == "/site/" .. layout.own then one.path = cell.code_path end
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
		fields.message = sweep.called(cell) .. fields.message
		if told[key] then return end
		told[key] = true
		context.report_for(one.input.item, problem.new(fields))
	end
end

local function report_failure(one, result, tell, context)
	local cell, layout = one.cell, one.layout
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
	local found = diagnostics_of(result, cell, layout, "error")
	for _, said in ipairs(found) do
		local details = said.details
		if said.path ~= cell.code_path and cell.line then
			details = ("for the cell at %s:%d:%d\n"):format(cell.path, cell.line, cell.column) .. details
		end
		tell(one, { path = context.shown(said.path), line = said.line, column = said.column, details = details,
			message = " does not compile: " .. said.message })
	end
	if #found == 0 then
		at_cell("the linker or the compiler said:", result.err)
	end
end

-- A macro that the program defines for itself is not what the sweep says it is. gcc and clang only warn.
local function report_redefined(one, tell, context)
	for _, said in ipairs(one.build.warnings) do
		local name = said.message:match('^"([%w_]+)" redefined') or said.message:match("^'([%w_]+)' macro redefined")
		if name and one.cell.at[name] ~= nil then
			tell(one, { path = context.shown(said.path), line = said.line, column = said.column,
				message = (": `%s` is swept, and defined here once more: write #ifndef %s … #endif around it"):format(name, name) })
		end
	end
end

-- A name that the code does not use would be measured as if it mattered: it is found where every point that differs in
-- nothing else is the same program. points: those of one cell, all of them compiled just now.
local function report_unused(points, tell)
	local cell = points[1].cell
	for name in pairs(cell.at) do
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
		if one.cell.at then
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
		local name = sources.outside(path, layout)
		if name then headers[name] = hash_of(name) or nil end
	end
	return headers
end

local function run(inputs, context)
	local compiler
	local hash_of, is_outdone = file_hashes(context), outdone(context)
	local values, plans, waiting, uses = {}, {}, {}, {}
	for i, input in ipairs(inputs) do
		values[i] = {}
		for _, cell in ipairs(sweep.cells(input.cells)) do
			if cell.language == "c" then
				compiler = compiler or compiler_identity(context)
				local key = key_of(cell, compiler, context)
				-- The same program twice is two measurements.
				uses[key] = (uses[key] or 0) + 1
				if uses[key] > 1 then key = hash.of(("%s %d"):format(key, uses[key])) end
				local path = context.kept and ("%s/measurements/%s.json"):format(context.kept, key)
				local kept, newer
				if path then
					local shown = path:gsub("^%./", "")
					kept, newer = find_kept(cell, path, hash_of, is_outdone, function(message)
						context.warn(problem.new { path = shown, message = message })
					end)
				end
				local build = { key = key, kept_path = path, kept = kept }
				values[i][cell.name] = build
				if newer then
					context.report_for(input.item, problem.new { path = path:gsub("^%./", ""), message = newer })
				elseif not kept then
					local plan, layout = plan_of(cell, context)
					plans[#plans + 1] = plan
					waiting[#waiting + 1] = { input = input, cell = cell, build = build, layout = layout }
				end
			end
		end
	end
	if #plans == 0 then return values end
	context.recorder() -- what cannot be measured need not be compiled
	context.progress.building(#plans)
	local results, why = process.run_all(plans, process.cores())
	if not results then problem.throw { message = why } end
	local tell = teller({}, context)
	for i, result in ipairs(results) do
		local one = waiting[i]
		if result.ending == "exit" and result.code == 0 then
			one.build.program = result.outputs[1]
			one.build.absent = json.array(one.layout.absent)
			one.build.headers = headers_of(result.outputs[2], hash_of, one.layout)
			one.build.warnings = diagnostics_of(result, one.cell, one.layout, "warning")
		else
			report_failure(one, result, tell, context)
		end
	end
	check_sweeps(waiting, tell, context)
	return values
end

return { name = "builds", scope = "site", reads = { "cells" }, run = run }
