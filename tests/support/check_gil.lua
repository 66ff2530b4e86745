-- lua-host check_gil.lua RUN.json THREADS: prints what is wrong with the interpreter's lock in the timeline of a Python
-- program that ran THREADS threads which compute: one resource, held by all of them, each of them running only with it.
local file = require "livepost.file"
local json = require "livepost.json"
local truth = require "truth"

local run = assert(json.decode(assert(file.read(arg[1], 1 << 30))))
local threads, problems, locks = tonumber(arg[2]), {}, {}

local function say(format, ...)
	problems[#problems + 1] = format:format(...)
end

if run.exit.code ~= 0 then say("the program failed: %s", run.errors) end
truth.check_timeline(run, problems)
for _, resource in ipairs(run.resources) do
	if resource.name:find("GIL", 1, true) then locks[#locks + 1] = resource end
end
if #locks ~= 1 or locks[1].name ~= "GIL" then say("%d resources are called GIL", #locks) end

-- The time in which both the lane runs and holds the lock.
local function running_with_lock(lane, holds)
	local sum = 0
	for _, slice in ipairs(lane.slices) do
		for _, hold in ipairs(slice.state == "running" and holds or {}) do
			if hold.lane == lane.id then
				sum = sum + math.max(0, math.min(slice.end_ns, hold.end_ns) - math.max(slice.start_ns, hold.start_ns))
			end
		end
	end
	return sum
end

local computed = 0
for _, lane in ipairs(run.lanes) do
	if lane.tid ~= lane.pid and locks[1] then
		computed = computed + 1
		local with = running_with_lock(lane, locks[1].holds)
		if run.method == "switch-records" and with < 0.9 * lane.cpu_ns then
			say("%s ran %d ns, only %d of them with the lock", lane.name, lane.cpu_ns, with)
		end
		local handed = 0
		for _, flow in ipairs(run.flows) do
			if flow.kind == "hand-off" and flow.what == "GIL" and flow.to.lane == lane.id then handed = handed + 1 end
		end
		if handed == 0 then say("nobody hands the lock to %s", lane.name) end
	end
end
if computed ~= threads then say("%d threads, not %d", computed, threads) end
for _, problem in ipairs(problems) do print(problem) end
