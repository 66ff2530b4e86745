-- How a cell's program is to end, and whether it did: strict both ways. Knows nothing of how it is run.
local units = require "lib.units"

local M = {}

-- A program that is expected to hang is not waited for as long as one that may only be slow.
M.HANG_TIMEOUT_NS = 2 * 1000000000

local SIGNALS = {
	ABRT = true, ALRM = true, BUS = true, FPE = true, HUP = true, ILL = true, INT = true, KILL = true, PIPE = true,
	QUIT = true, SEGV = true, SYS = true, TERM = true, TRAP = true, USR1 = true, USR2 = true, XCPU = true, XFSZ = true,
}

-- parse("exit 3") → { kind = "exit", code = 3 }; also "signal SEGV", "timeout" and "deadlock". nil and what is expected
-- for anything else.
function M.parse(text)
	local word, rest = text:match("^%s*(%S+)%s*(.-)%s*$")
	if (word == "timeout" or word == "deadlock") and rest == "" then
		return { kind = word }
	elseif word == "exit" and rest:match("^%d%d?%d?$") and tonumber(rest) <= 255 then
		return { kind = "exit", code = math.tointeger(tonumber(rest)) }
	elseif word == "signal" then
		local name = rest:upper():gsub("^SIG", "")
		if SIGNALS[name] then return { kind = "signal", signal = name } end
		return nil, "`signal` and a signal's name, such as `signal SEGV`"
	end
	return nil, "`exit` and a number from 0 to 255, `signal` and a name, `timeout` or `deadlock`"
end

-- Whether the program is to hang until it is stopped.
function M.hangs(expected)
	return expected ~= nil and (expected.kind == "timeout" or expected.kind == "deadlock")
end

local function words(expected)
	if expected.kind == "exit" then return ("exit code %d"):format(expected.code) end
	if expected.kind == "signal" then return "SIG" .. expected.signal end
	return expected.kind == "timeout" and "a timeout" or "a deadlock"
end

-- How a run ended, in words: "exit code 0", "SIGSEGV", "a timeout", "more output than 1 MiB".
local function ending(result)
	if result.ending == "timeout" then return "a timeout" end
	if result.ending == "flood" then return "more output than 1 MiB" end
	if result.ending == "signal" then return "SIG" .. result.signal end
	return ("exit code %d"):format(result.code)
end

-- is_ending(expected, result) → whether the run ended as it was to, as far as its ending tells: a deadlock ends in a
-- timeout, too.
function M.is_ending(expected, result)
	if expected.kind == "exit" then
		return result.ending == "exit" and result.code == expected.code
	elseif expected.kind == "signal" then
		return result.ending == "signal" and result.signal == expected.signal
	end
	return result.ending == "timeout"
end

-- What an author is told of a run that did not end so: "expected a deadlock, but it ended with exit code 0 after 3 ms".
function M.miss(expected, result)
	return ("expected %s, but it ended with %s after %s: mend the program, or say what to expect with `expect:`")
		:format(words(expected), ending(result), units.duration(result.wall_ns))
end

-- Why a run that ended in a timeout was no deadlock; nil where it was one. timeline: what was recorded of it, or nil.
function M.no_deadlock(timeline)
	if not timeline then
		return "expected a deadlock, but it was measured without a timeline, so nothing says whether it was one: let "
			.. "LIVEPOST_METHOD be auto"
	elseif not (timeline.hang and timeline.hang.deadlock) then
		return "expected a deadlock, but no threads wait for each other in a circle: use `expect: timeout` for a program that "
			.. "only hangs"
	end
end

return M
