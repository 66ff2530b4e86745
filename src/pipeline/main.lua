-- The command line → commands. Knows what each needs of the stages; every line that a command prints starts here.
local file = require "livepost.file"
local json = require "livepost.json"
local measure = require "livepost.measure"
local nearest = require "lib.nearest"
local problem = require "lib.problem"
local process = require "livepost.process"
local progress = require "progress"
local runner = require "runner"
local run_command = require "command.run"
local settings = require "settings"
local stages = require "stages"
local template = require "lib.template"
local terminal = require "livepost.terminal"
local text = require "livepost.text"
local units = require "lib.units"

local VERSION = "0.1.0"

local HELP = [[
livepost publishes posts whose code is compiled, run in a sandbox and measured while the site is built.

  livepost build [DIR]              publish DIR (default .) into DIR/site
  livepost run [OPTIONS] FILE [ARGUMENTS…]
                                    run and trace one program, a C file, a script or a binary; print what its threads did
      --timeout TIME                stop it after TIME, such as 500ms or 2m (default 10s)
      --svg FILE                    draw its timeline into FILE
      --trace FILE                  write its timeline into FILE as trace events, for Perfetto
      --lines                       say of each line how long it ran and waited (slows the run a little)
      --json                        print the timeline as JSON instead (livepost(5))
  livepost dump STAGE POST          print what a stage makes of a post: %s
  livepost --version
  livepost --help

Exit codes: 0 done; 1 the site could not be built or the program not be run or traced; 2 wrong usage.
LIVEPOST_METHOD=auto|switch-records|schedstat|getrusage|probe|none says how runs are measured. Manuals: livepost(1), livepost(5).
]]

local function help()
	return HELP:format(table.concat(stages.site_names, ", ", 1, #stages.site_names - 1))
end

-- Wrong usage: a line of what, and where to read more.
local function misuse(message)
	terminal.tell("livepost: " .. message .. "\nTry `livepost --help`.\n")
	return 2
end

-- SOURCE_DATE_EPOCH, or now.
local function timestamp()
	local epoch = tonumber(os.getenv("SOURCE_DATE_EPOCH") or "")
	return os.date("!%Y-%m-%dT%H:%M:%SZ", epoch and math.tointeger(epoch) or nil)
end

-- What all stages may use. folder: the site's, or nil; quiet: no progress.
local function new_context(folder, config, quiet)
	local bar = progress.new(quiet)
	local recorder, machine
	local context = {
		folder = folder, config = config, kept = folder and folder .. "/.livepost", progress = bar, escape = text.escape,
		method = os.getenv("LIVEPOST_METHOD") or "auto", now = timestamp, generator = "livepost " .. VERSION,
		stopped = process.interrupted,
	}
	function context.report(found) bar.tell(tostring(found)) end
	context.warn = context.report
	-- A path as the compiler names it → as the user does.
	function context.shown(path)
		if path:sub(1, 6) == "/site/" then path = path:sub(6) end
		return folder and folder ~= "." and path:sub(1, 1) ~= "/" and folder .. "/" .. path or path
	end
	function context.recorder()
		if not recorder then
			local made, why = process.recorder(context.method)
			if not made then problem.throw { message = why } end
			recorder = made
		end
		return recorder
	end
	function context.machine()
		machine = machine or measure.machine()
		return machine
	end
	if folder then
		local templates = folder .. "/templates/"
		local engine = template.new(function(name)
			local bytes, why = file.read(templates .. name, 16 << 20)
			return bytes, why and why:match("([^:]*)$"):gsub("^ ", "") -- the engine says which file
		end, context.shown("templates"))
		function context.render(name, variables) return engine:render(name, variables) end
	end
	return context
end

-- The posts of the site: every .md below posts/ that is not hidden.
local function list_posts(folder, only)
	local names, why = file.list(folder .. "/posts")
	if not names then problem.throw { message = why .. ": a site has its posts in posts/" } end
	local items = {}
	for _, name in ipairs(names) do
		if name:match("%.md$") then
			local path = "posts/" .. name
			local shown = folder == "." and path or folder .. "/" .. path
			if not only or only == path or only == shown or only == name or only == folder .. "/" .. path then
				items[#items + 1] = { name = path, path = shown }
			end
		end
	end
	return items
end

-- Runs a command's body; a problem that is thrown is told like any other.
local function guarded(body)
	local ok, value = xpcall(body, function(wrong)
		return problem.is(wrong) and wrong or debug.traceback(tostring(wrong), 2)
	end)
	if ok then return value end
	terminal.tell(tostring(value) .. "\n")
	return 1
end

local function open_site(folder, quiet)
	folder = folder:gsub("(.)/+$", "%1")
	local shown = folder == "." and "pipeline.lua" or folder .. "/pipeline.lua"
	local config = settings.read(folder .. "/pipeline.lua", shown)
	local context = new_context(folder, config, quiet)
	context.config_path = shown
	local taken, why = file.lock(context.kept .. "/lock")
	if taken == nil then problem.throw { message = why } end
	if not taken then
		problem.throw { path = folder, message = "another livepost is at work on this site: wait for it to end" }
	end
	return context
end

local function build(arguments)
	if #arguments > 1 then return misuse("build takes one folder at most") end
	if (arguments[1] or ""):sub(1, 1) == "-" then return misuse(("build has no option `%s`"):format(arguments[1])) end
	local started = terminal.now_ns()
	return guarded(function()
		local context = open_site(arguments[1] or ".")
		local items = list_posts(context.folder)
		local clean = runner.run(stages.site(), items, context)
		if context.stopped() or not clean then
			context.progress.tell(context.stopped() and "livepost: interrupted: the site is as it was"
				or "livepost: the site is as it was: nothing was published")
			return 1
		end
		local published = context.published
		context.progress.line(("published %s: %s, %d changed, in %.2f s"):format(units.count(published.posts, "post"),
			units.count(published.files, "file"), published.changed, (terminal.now_ns() - started) / 1e9))
		return 0
	end)
end

-- Values as JSON can hold them: userdata by what it says of itself, bytes that are no text by their number.
local function printable(value, name)
	if type(value) == "userdata" then
		local metatable = getmetatable(value)
		return metatable and metatable.__index and value.xml and value:xml() or "…"
	elseif type(value) == "string" and not utf8.len(value) then
		return ("… %d bytes"):format(#value)
	elseif type(value) == "table" then
		local copy = {}
		for key, one in pairs(value) do
			if type(one) ~= "function" then
				copy[type(key) == "string" and key or #value > 0 and key or tostring(key)] = printable(one, key)
			end
		end
		return setmetatable(copy, getmetatable(value) and getmetatable(value).__array and getmetatable(value) or nil)
	end
	return name and value or value
end

local function dump(arguments)
	local stage, path = arguments[1], arguments[2]
	if #arguments ~= 2 then return misuse("dump takes a stage and a post") end
	local known
	for _, name in ipairs(stages.site_names) do known = known or name == stage end
	if not known or stage == "site" then
		local names = table.concat(stages.site_names, ", ", 1, #stages.site_names - 1)
		local close = nearest.of(stage, stages.site_names)
		return misuse(("no stage `%s`: %s"):format(stage, close and close ~= "site" and ("did you mean `%s`?"):format(close)
			or "stages are " .. names))
	end
	return guarded(function()
		-- The site of a post is the folder that holds its posts/.
		local folder = path:match("^(.*)/posts/[^/].*$") or "."
		local context = open_site(folder, true)
		local items = list_posts(folder, path)
		if #items == 0 then problem.throw { path = path, message = "no such post: name a file below posts/" } end
		local clean = runner.run(stages.site(), items, context, stage)
		if not clean or context.stopped() then return 1 end
		local ok, why = terminal.print(json.encode(printable(items[1].values[stage]), 2) .. "\n")
		if not ok then problem.throw { message = why } end
		return 0
	end)
end

local function run(arguments)
	local options, wrong = run_command.read(arguments)
	if not options then return misuse(wrong) end
	return guarded(function() return run_command.run(options, new_context(nil, settings.defaults(), true)) end)
end

local function say(words)
	local ok, why = terminal.print(words)
	if ok then return 0 end
	terminal.tell("livepost: " .. why .. "\n")
	return 1
end

local COMMANDS = { build = build, dump = dump, run = run }

return function(arguments)
	local command = table.remove(arguments, 1)
	if command == "--version" then
		return say("livepost " .. VERSION .. "\n")
	elseif command == "--help" or command == "-h" then
		return say(help())
	elseif not command then
		return misuse("a command is needed: build, run or dump")
	elseif not COMMANDS[command] then
		local close = nearest.of(command, { "build", "dump", "run" })
		return misuse(("no command `%s`: %s"):format(command,
			close and ("did you mean `%s`?"):format(close) or "there are build, dump and run"))
	end
	for _, one in ipairs(arguments) do
		if one == "--help" then return say(help()) end
		if command == "run" and one:sub(1, 1) ~= "-" then break end -- what follows belongs to the program
	end
	return COMMANDS[command](arguments)
end
