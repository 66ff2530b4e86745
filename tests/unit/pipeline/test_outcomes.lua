-- How often each outcome came, in what order they are told, and how much of them is kept.

local outcomes = require "measurement.outcomes"
local tap = require "tap"

local function result(out, err, code, signal)
	return { out = out, err = err or "", ending = signal and "signal" or code == "timeout" and "timeout" or "exit",
		signal = signal, code = not signal and code ~= "timeout" and (code or 0) or nil }
end

local function counted(...)
	local count = outcomes.new()
	for _, one in ipairs { ... } do count:add(one) end
	return count:list()
end

tap.test("the most frequent comes first, then by output", function()
	tap.same(counted(result "b", result "c", result "a", result "c"), {
		{ output = "c", errors = "", exit = { code = 0 }, count = 2 },
		{ output = "a", errors = "", exit = { code = 0 }, count = 1 },
		{ output = "b", errors = "", exit = { code = 0 }, count = 1 },
	})
end)

tap.test("an ending makes another outcome, what was said of errors does not", function()
	tap.same(counted(result("x", "pid 1"), result("x", "pid 2"), result("x", "", 3), result("x", "", nil, "SEGV"), result("x", "", "timeout")), {
		{ output = "x", errors = "pid 1", exit = { code = 0 }, count = 2 },
		{ output = "x", errors = "", exit = { code = 3 }, count = 1 },
		{ output = "x", errors = "", exit = { signal = "SEGV", ending = "signal" }, count = 1 },
		{ output = "x", errors = "", exit = { ending = "timeout" }, count = 1 },
	})
end)

tap.test("of long outputs the beginning is kept, and all of them is compared", function()
	local long = ("x"):rep(5000)
	local list = counted(result(long .. "a"), result(long .. "b"), result(long .. "a"))
	tap.same({ #list, list[1].count, list[2].count }, { 2, 2, 1 })
	tap.same(list[1].output, ("x"):rep(4096) .. "…")
	tap.same(counted(result(("x"):rep(4096)))[1].output, ("x"):rep(4096))
	-- A character of two bytes across the border goes whole.
	tap.same(counted(result(("x"):rep(4095) .. "éé"))[1].output, ("x"):rep(4095) .. "…")
	tap.same(counted(result(("x"):rep(4094) .. "éé"))[1].output, ("x"):rep(4094) .. "é…")
	tap.same(counted(result(("x"):rep(4095) .. ("\x80"):rep(9)))[1].output:sub(1, 4092), ("x"):rep(4092))
end)

tap.test("bytes that are no text are marked", function()
	tap.same(counted(result("a\xff\0b", "\xfe"))[1], { output = "a\u{FFFD}\0b", errors = "\u{FFFD}", exit = { code = 0 }, count = 1 })
end)

tap.done()
