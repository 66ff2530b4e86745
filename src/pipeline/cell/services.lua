-- Services: processes that cells talk to, as pipeline.lua describes them. Knows what they are made of and what is said when
-- one fails, not how they are started.
local nearest = require "base.nearest"
local printable = require "base.printable"
local problem = require "base.problem"
local schema = require "base.schema"
local sorted_keys = require "base.sorted_keys"
local sources = require "cell.sources"
local units = require "base.units"

local M = {}

-- For one cell; the launcher has room for so many.
M.MOST = 8

local READY_NS = 5 * 1000000000
local MOST_READY_NS = 60 * 1000000000
-- Of its log, what it said last is shown.
local MOST_LINES, LONGEST_LINE = 12, 200

local FIELDS = { arguments = true, command = true, environment = true, file = true, files = true, libs = true, port = true, ready = true }

-- unknown(name, services, path) → what an author is told who names a service that is none.
function M.unknown(name, services, path)
	local names = sorted_keys(services)
	local near = nearest.of(name, names)
	return ("no service `%s`: %s"):format(name, near and ("did you mean `%s`?"):format(near)
		or #names > 0 and "there are `" .. table.concat(names, "`, `") .. "`"
		or ("describe it in %s: services = { %s = { file = \"%s.c\", port = 8080 } }"):format(path, name, name))
end

local function is_text(value)
	return type(value) == "string" and not value:find("\0", 1, true)
end

local function texts(value)
	if type(value) ~= "table" then return nil end
	local count = 0
	for _ in pairs(value) do count = count + 1 end
	for _, one in ipairs(value) do
		if not is_text(one) then return nil end
		count = count - 1
	end
	return count == 0 and value or nil
end

-- A path below examples/, as an author gives it from there.
local function example(path)
	local name = path:sub(1, 1) ~= "/" and sources.normalise(path)
	return name and name ~= "" and "examples/" .. name or nil
end

-- given: a table; tell(keys, message, of_key): what is wrong with what these keys lead to in it.
local function read_one(name, given, path, tell)
	local service = { name = name, port = given.port, ready_ns = READY_NS, arguments = {}, environment = {}, files = {}, path = path }
	local misspelt = {} -- fields whose names are: that they are missing was told by that
	local function refuse(field, takes, i)
		service.broken = true
		if given[field] == nil and misspelt[field] then return end
		tell({ field, i }, ("setting `services.%s%s`: %s"):format(name, field and "." .. field or "", takes), field == nil)
	end
	for _, field in ipairs(sorted_keys(given)) do
		if not FIELDS[field] then
			local near = type(field) == "string" and nearest.of(field, sorted_keys(FIELDS))
			service.broken = true
			if near then misspelt[near] = true end
			tell({ field }, ("unknown setting `services.%s.%s`: %s"):format(name, tostring(field),
				near and ("did you mean `%s`?"):format(near) or "there are " .. table.concat(sorted_keys(FIELDS), ", ")), true)
		end
	end
	if (given.command == nil) == (given.file == nil) then
		if not misspelt.command and not misspelt.file then refuse(nil, "give it either a `command` or a `file`, which is compiled") end
	elseif given.command ~= nil then
		service.command = texts(given.command)
		if not service.command or not service.command[1] or service.command[1] == "" then
			refuse("command", "a list of strings is expected, the program first")
		end
	else
		service.file = is_text(given.file) and example(given.file)
		if not service.file or not service.file:match("%.c$") then refuse("file", "a C file below examples/ is expected") end
	end
	if math.type(given.port) ~= "integer" or given.port < 1 or given.port > 65535 then
		refuse("port", "the TCP port it listens at is expected, from 1 to 65535")
	end
	if given.ready ~= nil then
		service.ready_ns = is_text(given.ready) and schema.duration(given.ready)
		if not service.ready_ns or service.ready_ns < 1000000 or service.ready_ns > MOST_READY_NS then
			refuse("ready", "a duration such as \"5s\" is expected, from 1ms to 60s")
		end
	end
	if given.arguments ~= nil then
		service.arguments = texts(given.arguments)
		if not service.arguments then refuse("arguments", "a list of strings is expected") end
	end
	local variables = given.environment or {}
	local named = type(variables) == "table"
	for _, key in ipairs(sorted_keys(named and variables or {})) do
		named = named and type(key) == "string" and key:match("^[%a_][%w_]*$") ~= nil and is_text(variables[key])
		if named then table.insert(service.environment, key .. "=" .. variables[key]) end
	end
	if not named then refuse("environment", "a table of NAME = string is expected") end
	if given.files ~= nil then
		if not texts(given.files) then refuse("files", "a list of files below examples/ is expected") end
		for i, one in ipairs(texts(given.files) or {}) do
			service.files[i] = example(one)
			if not service.files[i] then refuse("files", ("`%s` is no path below examples/"):format(one), i) end
		end
	end
	if given.libs ~= nil then
		if given.file == nil then
			refuse("libs", "only a `file` is linked, a `command` is not")
		elseif not texts(given.libs) then
			refuse("libs", "a list of libraries is expected, such as { \"microhttpd\" }")
		else
			service.libs = sources.libraries(given.libs)
		end
	end
	return service
end

-- read(given, path, tell, place_of) → services by name: { name, command (a list) or file (a C file), port, ready_ns, arguments, environment
-- (NAME=value), files, libs (for the linker, or nil), path, place_of(field, i) → line, column in it, broken = true where it is wrong and so none }; files as paths below the
-- site's folder. given: the setting `services`; path: where it stands; tell(keys, message, of_key), place_of(keys): as the settings have
-- them.
function M.read(given, path, tell, place_of)
	local services = {}
	for _, name in ipairs(sorted_keys(given)) do
		if type(name) ~= "string" or not name:match("^%a[%w_-]*$") or #name > 64 then
			tell({ "services", name }, ("setting `services`: `%s` is no name for a service: letters, digits, _ and -"):format(tostring(name)), true)
		elseif type(given[name]) ~= "table" then
			tell({ "services", name }, ("setting `services.%s`: a table is expected, not a %s"):format(name, type(given[name])))
			services[name] = { name = name, broken = true }
		else
			services[name] = read_one(name, given[name], path, function(keys, message, of_key)
				tell({ "services", name, table.unpack(keys) }, message, of_key)
			end)
			services[name].place_of = function(field, i) return place_of { "services", name, field, i } end
		end
	end
	return services
end

-- field: of the service, which names the file, and its entry in that or nil.
local function bytes_of(service, path, folder, read, field, i)
	local bytes = read(folder .. "/" .. path)
	if not bytes then
		local line, column = service.place_of(field, i)
		problem.throw { path = service.path, line = line, column = column, message = ("service `%s`: cannot read %s: is it there, and at most 4 MiB large?")
			:format(service.name, path) }
	end
	return bytes
end

-- The service's program as a cell that stage/builds.lua can compile; nil for a command. read(path) → bytes or nil.
function M.program(service, folder, read)
	if not service.file then return nil end
	return { label = service.name, code = bytes_of(service, service.file, folder, read, "file"), code_line = 1, code_column = 1,
		libs = service.libs, code_path = service.file, source = service.file, folders = { "examples" }, only = "examples", language = "c", kind = "program",
		path = service.path, service = true }
end

-- identity(service, folder, read) → all that makes it what it is, in plain values, for a key: the compiler and its flags are in
-- the key already. Throws a problem where a file cannot be read.
function M.identity(service, folder, read)
	local files = {}
	for i, path in ipairs(service.files) do files[path] = bytes_of(service, path, folder, read, "files", i) end
	local program = M.program(service, folder, read)
	for _, one in ipairs(program and sources.layout(program, { folder = folder, read = read, extension = "c", like_c = true }).files or {}) do files[one.path] = one.bytes end
	return { name = service.name, command = service.command, file = service.file, port = service.port, arguments = service.arguments,
		environment = service.environment, files = files, libs = service.libs }
end

local function path_of(service) return "/service/" .. service.name end

-- plan(service, program, folder, read) → the entry of a plan for livepost.process, and the files that it needs. program: its
-- bytes, nil for a command.
function M.plan(service, program, folder, read)
	local argv, files = {}, {}
	if program then
		argv[1] = path_of(service)
		files[1] = { path = argv[1], bytes = program, program = true }
	else
		table.move(service.command, 1, #service.command, 1, argv)
	end
	table.move(service.arguments, 1, #service.arguments, #argv + 1, argv)
	for i, path in ipairs(service.files) do
		files[#files + 1] = { path = "/site/" .. path, bytes = bytes_of(service, path, folder, read, "files", i) }
	end
	return { argv = argv, environment = service.environment, port = service.port, ready_ns = service.ready_ns,
		directory = #service.files > 0 and "/site/examples" or nil }, files
end

local function ended(unserved)
	return unserved.signal and "was killed by SIG" .. unserved.signal or ("ended with exit code %d"):format(unserved.code)
end

local function last_lines(log)
	local lines = {}
	for line in (log:gsub("\n+$", "") .. "\n"):gmatch("([^\n]*)\n") do
		lines[#lines + 1] = line
		if #lines > 2 * MOST_LINES then lines = table.move(lines, #lines - MOST_LINES + 1, #lines, 1, {}) end
	end
	if #lines == 1 and lines[1] == "" then return "it said nothing" end
	local last = {}
	for i = math.max(1, #lines - MOST_LINES + 1), #lines do
		local line = printable.text(lines[i])
		last[#last + 1] = #line > LONGEST_LINE and line:sub(1, utf8.offset(line, 0, LONGEST_LINE) - 1) .. "…" or line
	end
	return "what it said last:\n" .. table.concat(last, "\n")
end

-- words(service, unserved) → what an author is told of a service that failed, and the end of its log. unserved: as
-- livepost.process says it.
function M.words(service, unserved)
	local name, port = service.name, service.port
	local said
	if unserved.fault == "taken" then
		said = ("service `%s`: something listens at its port %d before it is started: give it another"):format(name, port)
	elseif unserved.fault == "not-ready" then
		said = ("service `%s`: nothing listened at its port %d after %s: does it listen there? If it needs longer, say so with `ready`")
			:format(name, port, units.duration(service.ready_ns))
	elseif unserved.fault == "ended-early" then
		said = ("service `%s` %s before anything listened at its port %d: it has to run until the cell has ended"):format(name,
			ended(unserved), port)
	elseif unserved.fault == "flood" then
		said = ("service `%s` wrote more than 1 MiB and was stopped: let it say less"):format(name)
	else
		said = ("service `%s` %s while the cell was running: it has to run until the cell has ended"):format(name, ended(unserved))
	end
	return said, last_lines(unserved.log)
end

return M
