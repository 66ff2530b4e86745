-- Unit tests in Lua: runs functions and prints TAP.
local M = {}

local count, failed = 0, 0

local function show(value, indent)
	if type(value) ~= "table" then
		return type(value) == "string" and ("%q"):format(value) or tostring(value)
	end
	local keys, lines = {}, {}
	for key in pairs(value) do
		keys[#keys + 1] = key
	end
	table.sort(keys, function(a, b)
		if type(a) == type(b) and (type(a) == "number" or type(a) == "string") then
			return a < b
		end
		return type(a) < type(b)
	end)
	for _, key in ipairs(keys) do
		lines[#lines + 1] = indent .. "  [" .. show(key, "") .. "] = " .. show(value[key], indent .. "  ")
	end
	return "{\n" .. table.concat(lines, "\n") .. "\n" .. indent .. "}"
end

local function is_same(a, b)
	if type(a) ~= "table" or type(b) ~= "table" then
		return a == b
	end
	for key, value in pairs(a) do
		if not is_same(value, b[key]) then
			return false
		end
	end
	for key in pairs(b) do
		if a[key] == nil then
			return false
		end
	end
	return true
end

-- Fails the test unless both are alike, tables by what they hold.
function M.same(got, wanted, what)
	if not is_same(got, wanted) then
		error(("%sgot %s\nwanted %s"):format(what and what .. ": " or "", show(got, ""), show(wanted, "")), 2)
	end
end

-- Fails the test unless the text holds the part, letter for letter.
function M.holds(text, part)
	if type(text) ~= "string" or not text:find(part, 1, true) then
		error(("got %s\nwithout %s"):format(show(text, ""), show(part, "")), 2)
	end
end

-- Runs a test and prints its line; what it throws is printed as a comment below.
function M.test(name, fn)
	count = count + 1
	local is_sound, problem = xpcall(fn, debug.traceback)
	if is_sound then
		print(("ok %d - %s"):format(count, name))
		return
	end
	failed = failed + 1
	print(("not ok %d - %s"):format(count, name))
	print("# " .. tostring(problem):gsub("\n", "\n# "))
end

-- Prints the plan and ends the program, with 1 if a test failed.
function M.done()
	print(("1..%d"):format(count))
	os.exit(failed == 0, true)
end

return M
