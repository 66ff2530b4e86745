-- The command line → commands. Knows what each needs of the stages; every line that a command prints starts here.
local context = require "command.context"
local nearest = require "base.nearest"
local problem = require "base.problem"
local sorted_keys = require "base.sorted_keys"
local stages = require "stages"
local terminal = require "livepost.terminal"

local HELP = [[
livepost publishes posts whose code is compiled, run in a sandbox and measured while the site is built.

  livepost build [DIR]              publish DIR (default .) into DIR/site
      --remeasure [LABEL…]          measure these cells again (LABEL or POST#LABEL), or all of them
  livepost explain [DIR] [POST…]    say of each cell whether a build would run it, and why
      --json                        the same as JSON
  livepost check [DIR]              run everything here again, compare it with what is published, check links; publish nothing
      --json                        what was found as JSON
  livepost measure NAME [DIR]       measure the cells on this machine, and freeze that under NAME beside the others
  livepost compare A B              the measurements of two sites, folders or files side by side
      --json                        the same as JSON
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

Exit codes: 0 done; 1 the site could not be built, the program not be run or traced, or a check found something; 2 wrong usage;
3 explain: something would run.
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

-- Runs a command's body; a problem that is thrown is told like any other.
local function guarded(body)
	local ok, value = xpcall(body, function(wrong)
		return problem.is(wrong) and wrong or debug.traceback(tostring(wrong), 2)
	end)
	if ok then return value end
	terminal.tell(tostring(value) .. "\n")
	return 1
end

local function say(words)
	local ok, why = terminal.print(words)
	if ok then return 0 end
	terminal.tell("livepost: " .. why .. "\n")
	return 1
end

-- Each reads its words, read(arguments) → options, or nil and what is wrong, and runs with them, run(options) → exit code.
local COMMANDS = { build = require "command.build", check = require "command.check", compare = require "command.compare",
	dump = require "command.dump", explain = require "command.explain", measure = require "command.measure", run = require "command.run" }
local NAMES = sorted_keys(COMMANDS)
local THERE = table.concat(NAMES, ", ", 1, #NAMES - 1) .. " and " .. NAMES[#NAMES]

return function(arguments)
	local command = table.remove(arguments, 1)
	if command == "--version" then
		return say("livepost " .. context.VERSION .. "\n")
	elseif command == "--help" or command == "-h" then
		return say(help())
	elseif not command then
		return misuse("a command is needed: there are " .. THERE)
	elseif not COMMANDS[command] then
		local close = nearest.of(command, NAMES)
		return misuse(("no command `%s`: %s"):format(command,
			close and ("did you mean `%s`?"):format(close) or "there are " .. THERE))
	end
	for _, one in ipairs(arguments) do
		if one == "--help" then return say(help()) end
		if command == "run" and one:sub(1, 1) ~= "-" then break end -- what follows belongs to the program
	end
	local options, wrong = COMMANDS[command].read(arguments)
	if not options then return misuse(wrong) end
	return guarded(function() return COMMANDS[command].run(options) end)
end
