-- What sanitizers of gcc and clang say, as it was stored, and what is made of it.

local sanitizer_report = require "cell.sanitizer_report"
local files = require "stored"
local tap = require "tap"

local function own(path)
	path = path:gsub("^/site/", "")
	return path:match("^posts/") and path
end

local function stored(name)
	return files.read("tests/fixtures/sanitizers/" .. name .. ".txt")
end

-- "race: data race on `counter`; write of 4 bytes in cook :15, …" for each report.
local function told(sanitizer, text)
	local lines = {}
	for i, report in ipairs(sanitizer_report.read(sanitizer, text, own)) do
		local sides = {}
		for k, side in ipairs(report.sides) do
			sides[k] = ("%s%s%s :%d"):format(side.does, side["in"] and " in " .. side["in"] or "", side.thread and " of " .. side.thread or "", side.line)
		end
		lines[i] = ("%s: %s; %s"):format(report.word, report.text, table.concat(sides, ", "))
	end
	return table.concat(lines, "\n")
end

for _, compiler in ipairs { "gcc", "clang" } do
	tap.test("a race has both its sides: " .. compiler, function()
		local first = compiler == "gcc" and "read" or "write"
		tap.same(told("thread", stored("race-" .. compiler)),
			("race: data race on `counter`; %s of 4 bytes in cook :15, write of 4 bytes in cook :15"):format(first))
	end)

	tap.test("locks in two orders, and a thread that nobody waits for: " .. compiler, function()
		tap.same(told("thread", stored("lock-" .. compiler)), "lock-order: lock-order-inversion (potential deadlock); "
			.. "takes lock B while holding lock A in f :14, takes lock A while holding lock B in main :20\n"
			.. "thread-error: thread leak; starts the thread in main :21")
	end)

	tap.test("memory used after it was freed: " .. compiler, function()
		tap.same(told("address", stored("asan-" .. compiler)), "address-error: heap-use-after-free; read of 4 bytes in use of main :14, "
			.. "frees it in main :19, allocates it in main :17")
	end)

	tap.test("each leak is a report: " .. compiler, function()
		tap.same(told("address", stored("leak-" .. compiler)), "leak: leak of 100 bytes in 1 block never freed; allocates it in main :16\n"
			.. "leak: leak of 20 bytes in 1 block never freed; allocates it in main :17")
	end)

	tap.test("undefined behaviour, each once, without addresses: " .. compiler, function()
		local said = told("undefined", stored("ub-" .. compiler))
		tap.holds(said, "undefined: shift exponent 41 is too large for 32-bit type 'int'; is here :18")
		tap.holds(said, "undefined: index 4 out of bounds for type")
		assert(not said:find("0x%x"), said)
		local _, overflows = said:gsub("signed integer overflow", "")
		tap.same(overflows, 1)
	end)
end

tap.test("what a program prints beside it changes nothing, and what is cut off is told as far as it goes", function()
	local text = stored("race-gcc")
	local mixed = "Hello\n" .. text:gsub("\n  Previous", "\nHello there:\n  Previous") .. "SUMMARY: nothing\n"
	tap.same(told("thread", mixed), told("thread", text))
	for length = 0, #text, 7 do
		for _, report in ipairs(sanitizer_report.read("thread", text:sub(1, length), own)) do
			assert(report.word and report.text and report.sides, "half a report")
		end
	end
end)

tap.test("hostile text: however long, whatever bytes, few and short reports", function()
	local function forged(i)
		return ("WARNING: ThreadSanitizer: data race %d\27[31m\255 (pid=1)\n  Write of size 4 at 0x1 by thread T1:\n    #0 f%s posts/a.md:%d (x+0x1)\n")
			:format(i, ("f"):rep(5000), i)
	end
	local parts = {}
	for i = 1, 200 do parts[i] = forged(i) end
	local reports = sanitizer_report.read("thread", table.concat(parts), own)
	tap.same(#reports, sanitizer_report.MOST_REPORTS)
	for _, report in ipairs(reports) do
		assert(utf8.len(report.text) and #report.text < 400 and not report.text:find("\27", 1, true), report.text)
		assert(#report.sides[1]["in"] < 400)
	end
	tap.same(#sanitizer_report.read("undefined", (":"):rep(300000), own), 0)
	tap.same(#sanitizer_report.read("address", ("==1==ERROR: AddressSanitizer: "):rep(20000), own), 1)
end)

tap.test("code that is not the author's is no place, a line that is none neither", function()
	local text = "WARNING: ThreadSanitizer: data race (pid=1)\n  Write of size 8 at 0x7b by thread T1:\n"
		.. "    #0 memcpy ../../../src/x.inc:12 (lib+0x1)\n    #1 f posts/a.md:0 (x+0x1)\n    #2 run posts/a.md:7 (x+0x1)\n    #3 start posts/a.md:9 (x+0x2)\n"
	tap.same(told("thread", text), "race: data race; write of 8 bytes in run of start :7")
end)

tap.test("names and paths with blanks", function()
	local text = "WARNING: ThreadSanitizer: data race (pid=1)\n  Write of size 8 at 0x7b by main thread:\n"
		.. "    #0 Kitchen::cook(int, char const*) posts/my kitchen.md:7:3 (x+0x1)\n"
	tap.same(told("thread", text), "race: data race; write of 8 bytes in Kitchen::cook(int, char const*) :7")
end)

tap.test("a sanitizer that cannot go on says so", function()
	tap.same(sanitizer_report.trouble("FATAL: ThreadSanitizer: unexpected memory mapping 0x5566-0x7788\n"),
		"unexpected memory mapping an address-an address")
	tap.same(sanitizer_report.trouble("==17==ERROR: AddressSanitizer failed to allocate 0xdfff0001000 bytes of LowShadow\n"),
		"AddressSanitizer failed to allocate an address bytes of LowShadow")
	tap.same(sanitizer_report.trouble("FATAL: my program is at its end\n"), nil)
end)

tap.done()
