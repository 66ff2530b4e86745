-- What `sweep` says → the points that a cell is measured at: macros, arguments or variables of the environment. Knows no
-- cell, and not how they are compiled or run.
local sweep = require "measurement.sweep"

local M = {}

local MOST_POINTS = 64

-- Words that cannot be a macro's name, or that no program does without.
local TAKEN = {}
for word in ([[auto break case char const continue default defined do double else enum extern float for goto if inline int long
	main register restrict return short signed sizeof static struct switch typedef union unsigned void volatile while
	_Alignas _Alignof _Atomic _Bool _Complex _Generic _Imaginary _Noreturn _Static_assert _Thread_local]]):gmatch("%S+") do
	TAKEN[word] = true
end

-- What a name stands for: "threads" → "macro", "threads"; "args.threads" → "argument", "threads"; "env.N" → "variable", "N".
local function meaning(name)
	local argument, variable = name:match("^args%.(.*)$"), name:match("^env%.(.*)$")
	if argument then return "argument", argument end
	if variable then return "variable", variable end
	return "macro", name
end

-- how: { macros = whether the language has them, arguments = list of words, language }. Why a list cannot be swept, and
-- where; nil for one that can.
local function fault(list, kind, name, how)
	if not name:match("^[%a_][%w_]*$") or #name > 64 then
		return ("`%s` is no name in C: letters, digits and _, 64 at most, no digit first"):format(name), list
	elseif kind == "macro" and not how.macros then
		return ("`{%s}` has no macros: sweep an argument, `args.%s`, or a variable of the environment, `env.%s`")
			:format(how.language, name, name), list
	elseif kind == "macro" and (TAKEN[name] or name:match("^__")) then
		return ("`%s` is a word of C's own, and cannot be a macro: choose another name"):format(name), list
	elseif #list.values == 0 then
		return ("`%s` has no values: list those that the cell is to be measured with"):format(list.name), list
	end
	if kind == "argument" then
		local found = false
		for _, word in ipairs(how.arguments) do found = found or word:find("{" .. name .. "}", 1, true) ~= nil end
		if not found then
			return ("`args` has no {%s}: write where it stands, `args: [\"{%s}\"]`"):format(name, name), list
		end
	end
	local seen = {}
	for _, one in ipairs(list.values) do
		local said = sweep.said(one.value)
		if one.text:find("[%c]") or #one.text > 64 then
			return ("`%s` takes values of 64 bytes at most, on one line"):format(list.name), one
		elseif seen[said] then
			return ("`%s` has the value %s twice"):format(list.name, said), one
		end
		seen[said] = true
	end
end

-- read(lists, how) → { names, points = { { at, macros, arguments, variables }, … } }: all combinations of values, the first
-- name slowest; macros and variables are lists of NAME=value, arguments texts by name. Or nil, what is wrong, and where
-- (nil: nowhere closer than `sweep` itself). lists: as base.schema reads them; how: as above.
function M.read(lists, how)
	if #lists == 0 then return nil, "`sweep` names nothing: `sweep: { threads: [1, 2, 4] }`" end
	local names, macros, points, count, seen = {}, {}, { { at = {}, macros = {}, arguments = {}, variables = {} } }, 1, {}
	for i, list in ipairs(lists) do
		local kind, name = meaning(list.name)
		local message, where = fault(list, kind, name, how)
		if not message and seen[name] then message, where = ("`%s` is swept twice"):format(name), list end
		if message then return nil, "`sweep`: " .. message, where end
		seen[name] = true
		if kind == "macro" then macros[name] = true end
		count = count * #list.values
		if count > MOST_POINTS then
			return nil, ("`sweep` has more than %d points: sweep fewer values, or fewer names at once"):format(MOST_POINTS), list
		end
		names[i] = name
		local longer = {}
		for _, point in ipairs(points) do
			for _, one in ipairs(list.values) do
				local copy = { at = { [name] = one.value }, macros = { table.unpack(point.macros) }, arguments = {},
					variables = { table.unpack(point.variables) } }
				for other, value in pairs(point.at) do copy.at[other] = value end
				for other, value in pairs(point.arguments) do copy.arguments[other] = value end
				if kind == "argument" then
					copy.arguments[name] = one.text
				else
					local words = kind == "macro" and copy.macros or copy.variables
					words[#words + 1] = name .. "=" .. one.text
				end
				longer[#longer + 1] = copy
			end
		end
		points = longer
	end
	return { names = names, points = points, macros = macros }
end

-- The words of `args` with the values of a point in place of their {names}.
function M.fill(words, arguments)
	local filled = {}
	for i, word in ipairs(words) do
		filled[i] = word:gsub("{([%a_][%w_]*)}", function(name) return arguments[name] end)
	end
	return filled
end

return M
