-- What a cell's program is to do, and whether it did: strict both ways. Knows nothing of how it is compiled or run.
local nearest = require "base.nearest"
local output_match = require "cell.output_match"
local sorted_keys = require "base.sorted_keys"
local units = require "base.units"

local M = {}

-- A program that is expected to hang is not waited for as long as one that may only be slow.
M.HANG_TIMEOUT_NS = 2 * 1000000000

-- What stands behind each word, for messages; `ending`: a program has one of these at most; `sanitizer`: the one that
-- tells of it.
local WORDS = {
	exit = { ending = true, takes = "a number from 0 to 255", example = "exit 3" },
	signal = { ending = true, takes = "a signal's name", example = "signal SEGV" },
	timeout = { ending = true },
	deadlock = { ending = true },
	["compile-error"] = { ending = true, text = true },
	race = { sanitizer = "thread", text = true },
	["lock-order"] = { sanitizer = "thread", text = true },
	["thread-error"] = { sanitizer = "thread", text = true },
	["address-error"] = { sanitizer = "address", text = true },
	leak = { sanitizer = "address", text = true },
	undefined = { sanitizer = "undefined", text = true },
	output = { takes = "what is to be printed" },
	errors = { takes = "what is to be printed to standard error" },
	share = { takes = "`sometimes`, or a share of the runs such as `at least 90 %`", only_map = true },
}

local NAMES = {}
for word in pairs(WORDS) do NAMES[#NAMES + 1] = word end
table.sort(NAMES)

local SIGNALS = {
	ABRT = true, ALRM = true, BUS = true, FPE = true, HUP = true, ILL = true, INT = true, KILL = true, PIPE = true,
	QUIT = true, SEGV = true, SYS = true, TERM = true, TRAP = true, USR1 = true, USR2 = true, XCPU = true, XFSZ = true,
}

local ALL = "`exit` and a number from 0 to 255, `signal` and a name, `timeout`, `deadlock`, `compile-error`, `output` and a text, "
	.. "`errors` and a text, `race`, `lock-order`, `thread-error`, `address-error`, `leak` or `undefined`"

local function trimmed(text) return text:match("^%s*(.-)%s*$") end

-- "sometimes", "at least 90 %", "at most 5%", "10 % to 90 %" → least, most (of 1), or nil.
local function share_of(text)
	if text == "sometimes" then return "sometimes" end
	local function part(number)
		local value = tonumber(number)
		return value and value >= 0 and value <= 100 and value / 100 or nil
	end
	local least, most = text:match("^([%d.]+) ?%% to ([%d.]+) ?%%$")
	if least then
		least, most = part(least), part(most)
	elseif text:match("^at least ") then
		least, most = part(text:match("^at least ([%d.]+) ?%%$") or ""), 1
	else
		least, most = 0, part(text:match("^at most ([%d.]+) ?%%$") or "")
	end
	return least and most and least <= most and { least = least, most = most } or nil
end

-- Each takes (expected, text, refuse) and puts what it reads into expected; refuse(what is expected) where it cannot.
local readers = {}

function readers.exit(expected, text, refuse)
	local code = text:match("^%d%d?%d?$") and math.tointeger(tonumber(text))
	if not code or code > 255 then return refuse(ALL) end
	expected.ending = { kind = "exit", code = code }
end

function readers.signal(expected, text, refuse)
	local name = text:upper():gsub("^SIG", "")
	if not SIGNALS[name] then return refuse("`signal` and a signal's name, such as `signal SEGV`") end
	expected.ending = { kind = "signal", signal = name }
end

function readers.share(expected, text, refuse)
	expected.share = share_of(text)
	if not expected.share then
		refuse("as `share` the word `sometimes`, or `at least 90 %`, `at most 10 %`, `10 % to 90 %`")
	end
end

local function put(expected, word, text, refuse)
	local known = WORDS[word]
	if known.ending and expected.ending then return refuse("one way to end at most: `exit`, `signal`, `timeout`, `deadlock` or `compile-error`") end
	if readers[word] then return readers[word](expected, text, refuse) end
	if text ~= "" and not known.text then return refuse(ALL) end
	local wanted = text ~= "" and text or nil
	if known.ending then
		expected.ending = { kind = word, text = wanted }
	else
		expected.reports = expected.reports or {}
		table.insert(expected.reports, { word = word, sanitizer = known.sanitizer, text = wanted })
	end
end

-- A place in YAML where one thing is expected, in a text: "exit 3", "output 42".
local function read_text(expected, node, refuse)
	local word, rest = node.text:match("^%s*(%S+)%s*(.-)%s*$")
	-- In quotes it may be written as in a map: 'output: 42'.
	if word and rest ~= "" then word = word:gsub(":$", "") end
	local known = WORDS[word or ""]
	local function refused(takes) refuse(node, ("takes %s: found `%s`"):format(takes, node.text:gsub("%s+", " "))) end
	if not known or known.only_map then
		local near = word and nearest.of(word, NAMES)
		return refused(ALL .. (near and ", and no `" .. word .. "`, did you mean `" .. near .. "`?" or ""))
	elseif word == "output" or word == "errors" then
		if rest == "" or expected[word] then return refused(ALL) end
		expected[word] = { { is = rest } }
	else
		put(expected, word, rest, refused)
	end
end

local function is_true(node) return node.kind == "scalar" and not node.quoted and node.text == "true" end

local function read_map(expected, node, refuse)
	for _, pair in ipairs(node.pairs) do
		local word, value = pair.key.text, pair.value
		local known = WORDS[word]
		local function refused(takes) refuse(value, ("takes %s"):format(takes)) end
		if not known then
			local near = nearest.of(word, NAMES)
			refuse(pair.key, ("knows no `%s`: %s"):format(word, near and ("did you mean `%s`?"):format(near)
				or "there are `" .. table.concat(NAMES, "`, `") .. "`"))
		elseif word == "output" or word == "errors" then
			if expected[word] then
				refuse(pair.key, ("takes `%s` once: a list below it says which of several"):format(word))
			else
				expected[word] = output_match.read(value, function(where, message) refuse(where, message) end)
			end
		elseif value.kind ~= "scalar" then
			refused(("a text behind `%s`"):format(word))
		elseif known.takes then
			put(expected, word, trimmed(value.text), refused)
		elseif is_true(value) then
			put(expected, word, "", refused)
		elseif known.text and trimmed(value.text) ~= "" and not (value.text == "false" and not value.quoted) then
			put(expected, word, trimmed(value.text), refused)
		else
			refused(("`true`%s behind `%s`"):format(known.text and ", or a text that it is to say," or "", word))
		end
	end
end

-- read(node, report) → what is expected, in plain values:
--   { ending = { kind = "exit" | "signal" | "timeout" | "deadlock" | "compile-error", code, signal, text } or nil,
--     reports = { { word, sanitizer, text }, … } or nil, output, errors = as cell.output_match reads it, or nil,
--     share = "sometimes" or { least, most } or nil }
-- nil where something was wrong, which report(node, "takes …") was told. node: YAML as livepost.post gives it, a text, a map,
-- or a list of these, all of which hold.
function M.read(node, report)
	local expected, ok = {}, true
	local function refuse(where, message)
		ok = false
		report(where, message)
	end
	local function read_item(item)
		if item.kind == "mapping" and #item.pairs > 0 then
			read_map(expected, item, refuse)
		elseif item.kind == "scalar" then
			read_text(expected, item, refuse)
		else
			refuse(item, "takes " .. ALL)
		end
	end
	if node.kind == "sequence" and #node.items > 0 then
		for _, item in ipairs(node.items) do read_item(item) end
	else
		read_item(node)
	end
	return ok and expected or nil
end

-- Whether the program is to hang until it is stopped.
function M.hangs(expected)
	local kind = expected and expected.ending and expected.ending.kind
	return kind == "timeout" or kind == "deadlock"
end

-- Whether it is not to compile.
function M.refuses(expected)
	return expected ~= nil and expected.ending ~= nil and expected.ending.kind == "compile-error"
end

-- The sanitizers without which nobody can tell, in the order of their names.
function M.sanitizers(expected)
	local needed = {}
	for _, one in ipairs(expected and expected.reports or {}) do needed[one.sanitizer] = true end
	local names = sorted_keys(needed)
	return names
end

-- wants(expected, sanitizer, report) → whether such a report is expected; report: as cell.sanitizer_report reads it.
function M.wants(expected, sanitizer, report)
	for _, one in ipairs(expected and expected.reports or {}) do
		if one.sanitizer == sanitizer and M.is_report(one, report) then return true end
	end
	return false
end

-- Whether a report is what one of `reports` asks for: of its kind, and with its text in it.
function M.is_report(one, report)
	return report.word == one.word and (not one.text or report.text:find(one.text, 1, true) ~= nil)
end

-- What one of `reports` asks for, in words: "a data race that says `counter`".
function M.report_words(one)
	local words = {
		race = "a data race", ["lock-order"] = "locks taken in different orders", ["thread-error"] = "an error with threads",
		["address-error"] = "an address error", leak = "a leak", undefined = "undefined behaviour",
	}
	return words[one.word] .. (one.text and (" that says `%s`"):format(one.text) or "")
end

local function words(ending)
	if ending.kind == "exit" then return ("exit code %d"):format(ending.code) end
	if ending.kind == "signal" then return "SIG" .. ending.signal end
	return ending.kind == "timeout" and "a timeout" or "a deadlock"
end

-- How a run ended, in words: "exit code 0", "SIGSEGV", "a timeout", "more output than 1 MiB".
local function ended(result)
	if result.ending == "timeout" then return "a timeout" end
	if result.ending == "flood" then return "more output than 1 MiB" end
	if result.ending == "signal" then return "SIG" .. result.signal end
	return ("exit code %d"):format(result.code)
end
M.ended = ended

-- Whether the run ended as it was to, as far as its ending tells: a deadlock ends in a timeout, too. A program of which
-- nothing else is said is to end with 0.
function M.is_ending(expected, result)
	local ending = expected.ending or { kind = "exit", code = 0 }
	if ending.kind == "exit" then
		return result.ending == "exit" and result.code == ending.code
	elseif ending.kind == "signal" then
		return result.ending == "signal" and result.signal == ending.signal
	end
	return result.ending == "timeout"
end

local function print_miss(wanted, printed, stream)
	local came, difference = output_match.miss(wanted, printed)
	if not came then return nil end
	return ("expected %s on %s, but it printed %s (- expected, + came): mend the program, or say what to expect")
		:format(#wanted == 1 and "other output" or ("one of %d outputs"):format(#wanted), stream, came), difference
end

-- miss(expected, result) → nil where a run did what it was to do, else what an author is told and a difference or nil:
-- "expected exit code 3, but it ended with exit code 0 after 3 ms: …".
function M.miss(expected, result)
	if not M.is_ending(expected, result) then
		return ("expected %s, but it ended with %s after %s: mend the program, or say what to expect with `expect:`")
			:format(words(expected.ending or { kind = "exit", code = 0 }), ended(result), units.duration(result.wall_ns))
	end
	local message, difference
	if expected.output then message, difference = print_miss(expected.output, result.out, "standard output") end
	if not message and expected.errors then message, difference = print_miss(expected.errors, result.err, "standard error") end
	return message, difference
end

-- share_miss(expected, hits, runs) → what an author is told where a run did what it was to do too often or too seldom; nil
-- where it came as often as expected.
function M.share_miss(expected, hits, runs)
	local share = expected.share
	local least, most = 1, runs - 1
	local said = "in some runs and not in others"
	if share ~= "sometimes" then
		least, most = share.least * runs, share.most * runs
		said = share.most == 1 and ("in at least %g %% of the runs"):format(share.least * 100)
			or share.least == 0 and ("in at most %g %% of the runs"):format(share.most * 100)
			or ("in %g %% to %g %% of the runs"):format(share.least * 100, share.most * 100)
	end
	-- Shares such as 0.29 of 100 are not exact.
	if hits >= least - 1e-9 * runs and hits <= most + 1e-9 * runs then return nil end
	return ("expected this %s, but it came in %d of %d: mend the program, raise `runs`, or expect another share"):format(said, hits,
		runs)
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
