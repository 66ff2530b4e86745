-- What a measurement depends on, then and now → what changed, in words. Knows no cell and no file.
local sorted_keys = require "base.sorted_keys"
local units = require "base.units"

local M = {}

local MOST_SAID = 60 -- bytes of a value

-- What an author knows by other words than the name it has here, and who is no value to be shown.
local WORDS = {
	code = "its code changed", source = "its code comes from another file",
}

local function is_list(value)
	return type(value) == "table" and (#value > 0 or next(value) == nil)
end

local function said(value)
	if type(value) == "table" then
		local parts = {}
		if is_list(value) then
			for i, one in ipairs(value) do parts[i] = said(one) end
			return table.concat(parts, " ")
		end
		for i, name in ipairs(sorted_keys(value)) do parts[i] = ("%s: %s"):format(name, said(value[name])) end
		return table.concat(parts, ", ")
	end
	local text = tostring(value)
	return #text > MOST_SAID and text:sub(1, (utf8.offset(text, -1, MOST_SAID) or MOST_SAID) - 1) .. "…" or text
end

-- Whether two plain values are the same.
function M.same(a, b)
	if type(a) ~= "table" or type(b) ~= "table" then return a == b end
	for key, value in pairs(a) do
		if not M.same(value, b[key]) then return false end
	end
	for key in pairs(b) do
		if a[key] == nil then return false end
	end
	return true
end

local function is_empty(value)
	return value == nil or type(value) == "table" and next(value) == nil
end

-- What is in one list and not in the other, in words: "-O2 → -O3", "without -g", "with -g".
local function list_change(before, now)
	local function rest(list, other)
		local counted, left = {}, {}
		for _, one in ipairs(other) do counted[said(one)] = (counted[said(one)] or 0) + 1 end
		for _, one in ipairs(list) do
			local text = said(one)
			if (counted[text] or 0) > 0 then
				counted[text] = counted[text] - 1
			else
				left[#left + 1] = text
			end
		end
		return table.concat(left, " ")
	end
	local gone, new = rest(before, now), rest(now, before)
	if gone == "" and new == "" then return "in another order" end
	return gone == "" and "with " .. new or new == "" and "without " .. gone or gone .. " → " .. new
end

-- Compilers and interpreters by a hash of their bytes.
local function tools_change(before, now)
	local other, was, is = {}, sorted_keys(before), sorted_keys(now)
	for _, tool in ipairs(was) do
		if now[tool] and now[tool] ~= before[tool] then other[#other + 1] = ("`%s` is another program than then"):format(tool) end
	end
	return #other > 0 and table.concat(other, ", ") or ("tools: %s → %s"):format(table.concat(was, " "), table.concat(is, " "))
end

-- What is not called like the option or setting that an author knows.
local NAMES = {
	language_flags = "`flags` of the language", libraries = "`libraries` of the language", command = "`compiler`",
	language_environment = "`environment` of the language", timeout_ns = "`timeout`",
}

local function describe(name, before, now)
	local called = NAMES[name] or ("`%s`"):format(name)
	if name == "timeout_ns" then before, now = before and units.duration(before), now and units.duration(now) end
	if WORDS[name] then return WORDS[name] end
	if name == "tools" then return tools_change(before or {}, now or {}) end
	if name == "method" then return ("LIVEPOST_METHOD: %s → %s"):format(said(before), said(now)) end
	if is_empty(before) then return ("%s is new: %s"):format(called, said(now)) end
	if is_empty(now) then return ("%s is gone, it was %s"):format(called, said(before)) end
	if is_list(before) and is_list(now) then return ("%s: %s"):format(called, list_change(before, now)) end
	if type(before) == "table" and type(now) == "table" then
		local changed, names = {}, {}
		for _, map in ipairs { before, now } do
			for key in pairs(map) do names[#names + 1] = tostring(key) end
		end
		table.sort(names)
		for i, key in ipairs(names) do
			if key ~= names[i - 1] and not M.same(before[key], now[key]) then
				changed[#changed + 1] = ("%s: %s → %s"):format(key, before[key] == nil and "nothing" or said(before[key]),
					now[key] == nil and "nothing" or said(now[key]))
			end
		end
		return ("%s: %s"):format(called, table.concat(changed, ", "))
	end
	return ("%s: %s → %s"):format(called, said(before), said(now))
end

-- of(before, now, passed) → a list of what changed, each a few words; passed: name → true of what does not count.
function M.of(before, now, passed)
	local names, changed = {}, {}
	for _, map in ipairs { before, now } do
		for name in pairs(map) do names[#names + 1] = name end
	end
	table.sort(names)
	for i, name in ipairs(names) do
		if name ~= names[i - 1] and not passed[name] and not M.same(before[name], now[name])
				and not (is_empty(before[name]) and is_empty(now[name])) then
			changed[#changed + 1] = describe(name, before[name], now[name])
		end
	end
	return changed
end

return M
