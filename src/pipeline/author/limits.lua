-- Runs Lua that authors wrote, and stops it when it takes too long or too much. Knows nothing of what it computes.
local deadline = require "livepost.deadline"
local memory = require "livepost.memory"

local M = {}

-- An endless loop in a post must not hang the build, nor a growing table take the machine's memory.
M.MOST_INSTRUCTIONS = 200 * 1000 * 1000
M.MOST_MEMORY = 256 << 20 -- bytes, beyond what there is when it starts
-- Of CPU time, ten times what so many instructions take: only one call of a function written in C lasts as long.
M.MOST_SECONDS = 20

local MOST_FRAMES = 10

local function stop()
	error("stopped after 200 million instructions: does it loop for ever?", 2)
end

-- run(place, body, ...) → true and what body returns, in a table; or false, what was thrown, and the thread, whose stack is as
-- it was. Bounded are instructions and Lua's memory; and what nobody can stop, as it is one call of a function written in C, a
-- pattern with many repetitions on a long text, ends livepost itself, with a message that names the place.
function M.run(place, body, ...)
	local thread = coroutine.create(body)
	debug.sethook(thread, stop, "", M.MOST_INSTRUCTIONS)
	local before = memory.limit(M.MOST_MEMORY)
	local is_ours = deadline.set(M.MOST_SECONDS, ("%s: Lua: stopped after %d s in one call: a pattern with so many repetitions "
		.. "on so long a text does not end; make one of them smaller\nlivepost: the site is as it was\n"):format(place, M.MOST_SECONDS))
	local results = table.pack(coroutine.resume(thread, ...))
	if is_ours then deadline.clear() end
	memory.release(before)
	if results[1] and coroutine.status(thread) ~= "dead" then return false, "it yields, and nobody resumes it", thread end
	if results[1] then return true, table.pack(table.unpack(results, 2, results.n)) end
	local wrong = results[2]
	if wrong == "not enough memory" then
		wrong = ("stopped: it takes more than %d MiB of memory"):format(M.MOST_MEMORY >> 20)
	end
	return false, wrong, thread
end

-- The lines of a file's code that were being run in a thread that failed, innermost first: { { line, name }, … }.
local function frames_of(thread, path)
	local frames, level = {}, 0
	while true do
		local info = debug.getinfo(thread, level, "Sln")
		if not info then return frames end
		if info.source == "=" .. path then frames[#frames + 1] = { line = info.currentline, name = info.name } end
		level = level + 1
	end
end

-- where(thread, path) → the line of that file's code that ran last, nil when none did; and what called it, as text of a line
-- each, nil when nothing of the file did.
function M.where(thread, path)
	local frames, told = frames_of(thread, path), {}
	for i = 2, #frames do
		if i > MOST_FRAMES then
			told[#told + 1] = ("and %d more"):format(#frames - MOST_FRAMES)
			break
		end
		told[#told + 1] = ("called from %s:%d"):format(path, frames[i].line)
	end
	return frames[1] and frames[1].line, #told > 0 and table.concat(told, "\n") or nil
end

-- Lua's own messages begin with the place; a table that was thrown has no words.
function M.message(wrong)
	if type(wrong) ~= "string" then return ("error() was called with a %s: give it a text"):format(type(wrong)) end
	return (wrong:gsub("^[^%s:]*%.[%w]+:%d+: ", ""))
end

return M
