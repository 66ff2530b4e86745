-- lua-host check_scenes.lua RUN.json METHOD [SOURCE]: prints what is wrong with the timeline of one `livepost run --json`
-- on that rung; with SOURCE also what is not as the program's own line of JSON says. Silent when all is well.
local file = require "livepost.file"
local json = require "livepost.json"
local truth = require "truth"

local run = assert(json.decode(assert(file.read(arg[1], 1 << 30))))
local problems = {}
if run.exit.code ~= 0 then
	problems[1] = "the program failed: " .. tostring(run.exit.signal or run.exit.ending or run.exit.code) .. " " .. run.errors
elseif run.method ~= arg[2] then
	problems[1] = "measured by " .. run.method .. ", not " .. arg[2]
else
	truth.check_timeline(run, problems)
	if arg[3] then
		truth.check_scenes(run, assert(json.decode(run.output:match("[^\n]*"))), arg[3], problems)
	end
end
for _, problem in ipairs(problems) do print(problem) end
