-- What ThreadSanitizer, AddressSanitizer and UndefinedBehaviorSanitizer say on standard error → reports with their places
-- in the author's code. Knows their format as gcc and clang write it, not what was expected.
local printable = require "base.printable"

local M = {}

M.MOST_REPORTS = 20
local MOST_SIDES = 6
local LONGEST = 300
-- A program can print without end what looks like reports.
local LONGEST_READ = 1 << 20

local function cut(text)
	text = printable.text(text)
	if #text <= LONGEST then return text end
	return text:sub(1, utf8.offset(text, 0, LONGEST) - 1) .. "…"
end

-- "#0 cook posts/a.md:12:3 (program+0x12) (BuildId: …)" and "#0 0x55 in cook posts/a.md:12" → { text = "cook posts/a.md", line,
-- column }; text alone where no line is known.
local function frame_of(line)
	local rest = line:match("^%s+#%d+ (.*)$")
	if not rest then return nil end
	rest = rest:gsub(" %(BuildId: %x+%)$", ""):gsub(" %([^()]*%+0x%x+%)$", ""):gsub("^0x%x+ in ", "")
	local text, row, column = rest:match("^(.+):(%d+):(%d+)$")
	if not text then text, row = rest:match("^(.+):(%d+)$") end
	return { text = text or rest, line = math.tointeger(tonumber(row)), column = math.tointeger(tonumber(column)) }
end

-- Names in C++ and paths may hold blanks: what is the path decides who knows the author's files. Returns the function and
-- the author's path, nil for code that is not the author's.
local function own_frame(frame, own)
	if not frame.line or frame.line == 0 then return nil end
	for at = #frame.text, 1, -1 do
		if frame.text:byte(at) == 32 then
			local path = own(frame.text:sub(at + 1))
			if path then return frame.text:sub(1, at - 1), path end
		end
	end
end

local function bytes(number)
	return number == "1" and "1 byte" or number .. " bytes"
end

-- Locks are told apart within a report: by the order in which it names them.
local function lock_names()
	local names, count = {}, 0
	return function(id)
		if not names[id] then
			count = count + 1
			names[id] = count <= 26 and string.char(64 + count) or tostring(count)
		end
		return names[id]
	end
end

-- What a line says that stands above a stack: the words of a side, or nil for a stack that tells an author nothing;
-- `thread`: the stack is that of a thread, from its start function on.
local function thread_side(line, lock)
	local access, size = line:match("^  ([%a ]*%a) of size (%d+) at 0x%x+ by ")
	if access then
		return { does = access:lower():gsub("^previous ", "") .. " of " .. bytes(size), thread = true }
	end
	local taken, held = line:match("^  Mutex (M%d+) acquired here while holding mutex (M%d+) in ")
	if taken then
		held = lock(held)
		return { does = ("takes lock %s while holding lock %s"):format(lock(taken), held), thread = true }
	elseif line:match("^  Mutex M%d+ previously acquired by the same thread here:") then
		return { does = "took the other lock before" }
	end
	size = line:match("^  Location is heap block of size (%d+) at 0x%x+ allocated by ")
	if size then return { does = ("allocates the %s"):format(bytes(size)) } end
	if line:match("^  Thread T%d+ .*created by .* at:$") then return { does = "starts the thread", started = true } end
	if line:match("^  Mutex M%d+ .*created at:$") then return nil end
	if line:match("^    #0 ") then return { does = "is here" } end
end

local function address_side(line)
	local access, size = line:match("^(%u+) of size (%d+) at 0x%x+ thread ")
	if access then return { does = access:lower() .. " of " .. bytes(size), thread = true } end
	if line:match("^freed by thread .* here:$") then return { does = "frees it" } end
	if line:match("^previously allocated by thread .* here:$") or line:match("^allocated by thread .* here:$") then
		return { does = "allocates it" }
	end
	if line:match("^Address 0x%x+ is located in stack of thread .* in frame$") then return { does = "has it on its stack" } end
	if line:match("^Thread T%d+ .*created by .* here:$") then return nil end
end

-- What is at fault, as the report names it.
local function subject_of(line)
	return line:match("^  Location is global '([^']+)'") or line:match("global variable '([^']+)' defined in")
		or line:match("^ +%[%d+, %d+%) '([^']+)'.*<== Memory access")
end

-- Collects a report: its stacks become sides.
local Collector = {}
Collector.__index = Collector

local function collect(report, own)
	return setmetatable({ report = report, own = own, lock = lock_names() }, Collector)
end

-- The last stack is complete.
function Collector:close_side()
	local side = self.side
	self.side = nil
	if not side then return end
	local place, outermost
	for _, frame in ipairs(side.frames) do
		local name, path = own_frame(frame, self.own)
		if path then
			place = place or { path = path, line = frame.line, column = frame.column, name = name }
			outermost = name
		end
	end
	if not place then return end
	local sides = side.started and self.starts or self.report.sides
	sides[#sides + 1] = { does = side.does, ["in"] = cut(place.name), path = place.path, line = place.line, column = place.column,
		thread = side.thread and outermost ~= place.name and cut(outermost) or nil }
end

function Collector:add(line, side_of)
	local frame = frame_of(line)
	if frame then
		if self.side then table.insert(self.side.frames, frame) end
		return
	end
	local side = side_of(line, self.lock)
	if side or line:match(":$") or line == "" then self:close_side() end
	if side then
		side.frames = {}
		self.side = side
	end
	self.report.subject = self.report.subject or subject_of(line)
end

-- Where a race happens twice in the same line by the same words, it still has two sides.
local function by_place(a, b)
	if a.path ~= b.path then return a.path < b.path end
	if a.line ~= b.line then return a.line < b.line end
	if (a.column or 0) ~= (b.column or 0) then return (a.column or 0) < (b.column or 0) end
	return a.does < b.does
end

function Collector:finish()
	self:close_side()
	local report = self.report
	if #report.sides == 0 then report.sides = self.starts end
	while #report.sides > MOST_SIDES do table.remove(report.sides) end
	-- Neither of those who race is first: the order in which they were seen is no more than chance.
	if report.word == "race" then
		local racing, others = {}, {}
		for _, side in ipairs(report.sides) do table.insert(side.does:match("^allocates") and others or racing, side) end
		table.sort(racing, by_place)
		report.sides = table.move(others, 1, #others, #racing + 1, racing)
	end
	report.text = cut(report.text .. (report.subject and (" on `%s`"):format(report.subject) or ""))
	report.subject = nil
	return report
end

local function thread_word(title)
	if title:find("data race", 1, true) or title:find("(race", 1, true) or title:find("race on vptr", 1, true) then return "race" end
	return title:match("^lock%-order%-inversion") and "lock-order" or "thread-error"
end

-- An address, a number of a process and what else is another one each time.
local function without_addresses(text)
	return (text:gsub(" at 0x%x+", ""):gsub(" address 0x%x+", " an address"):gsub(" pointer 0x%x+", " a pointer"):gsub("0x%x+", "an address"))
end

local readers = {}

function readers.thread(lines, own, add)
	local collector
	for line in lines do
		local title = line:match("^WARNING: ThreadSanitizer: (.*) %(pid=%d+%)$") or line:match("^==%d+==ERROR: ThreadSanitizer: (%S+)")
		if title then
			if collector then add(collector:finish()) end
			collector = collect({ word = thread_word(title), text = title, sides = {} }, own)
			collector.starts = {}
			if line:match("^==") then collector.side = { does = "is here", frames = {} } end
		elseif collector and line:match("^SUMMARY: ThreadSanitizer") then
			add(collector:finish())
			collector = nil
		elseif collector then
			collector:add(line, thread_side)
		end
	end
	if collector then add(collector:finish()) end
end

function readers.address(lines, own, add)
	local collector
	local function finish()
		if collector then add(collector:finish()) end
		collector = nil
	end
	local function start(report)
		finish()
		collector = collect(report, own)
		collector.starts = {}
	end
	for line in lines do
		local title = line:match("^==%d+==ERROR: AddressSanitizer: (.*)$")
		local direct, size, count = line:match("^(%a+) leak of (%d+) byte%(s%) in (%d+) object%(s%) allocated from:$")
		if title then
			title = title:gsub(" on address .*", ""):gsub(" %(pc .*", ""):gsub(" %(0x%x+.*", ""):gsub(":$", ""):gsub(" in thread T%d+$", "")
			start { word = "address-error", text = without_addresses(title), sides = {} }
			collector.side = { does = "is here", frames = {} }
		elseif direct then
			start { word = "leak", sides = {}, text = ("%s of %s in %s never freed"):format(direct == "Direct" and "leak" or "indirect leak",
				bytes(size), count == "1" and "1 block" or count .. " blocks") }
			collector.side = { does = "allocates it", frames = {} }
		elseif line:match("^SUMMARY: AddressSanitizer") then
			finish()
		elseif collector then
			collector:add(line, address_side)
		end
	end
	finish()
end

function readers.undefined(lines, own, add)
	for line in lines do
		local path, row, column, said = line:match("^(.-):(%d+):(%d+): runtime error: (.*)$")
		local mine = path and own(path)
		if mine then
			add { word = "undefined", text = cut(without_addresses(said)),
				sides = { { does = "is here", path = mine, line = math.tointeger(tonumber(row)), column = math.tointeger(tonumber(column)) } } }
		end
	end
end

-- read(sanitizer, text, own) → reports, each once, { word, text, sides = { { does, in, thread, path, line, column }, … } }:
-- word: as `expect` has it; text: a sentence without addresses; sides: what came together, with its function, and the
-- thread's start function where that is another one. own(path as the compiler named it) → as the author knows it, or nil
-- for code that is not the author's.
function M.read(sanitizer, text, own)
	local reports, known = {}, {}
	local function add(report)
		local key = { report.word, report.text }
		for _, side in ipairs(report.sides) do
			key[#key + 1] = ("%s %s:%d:%d"):format(side.does, side.path, side.line, side.column or 0)
		end
		key = table.concat(key, "\0")
		if known[key] or #reports == M.MOST_REPORTS then return end
		known[key] = true
		reports[#reports + 1] = report
	end
	readers[sanitizer](text:sub(1, LONGEST_READ):gmatch("([^\n]*)\n?"), own, add)
	return reports
end

-- Why the sanitizer itself could not go on, in its words; nil where it could.
function M.trouble(text)
	local said = text:match("FATAL: %a+Sanitizer: ([^\n]*)") or text:match("(LeakSanitizer has encountered a fatal error)")
		or text:match("==%d+==ERROR: (%a+Sanitizer failed to [^\n]*)")
	return said and cut(without_addresses(said))
end

return M
