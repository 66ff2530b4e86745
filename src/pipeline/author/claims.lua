-- Says of a claim whether measurements show it, contradict it, or cannot tell. Knows neither stages nor pages.
--
-- A claim is evaluated on the medians, and then on resamples: in each, every cell's median is that of one draw of its runs
-- from themselves (base/statistics.lua), and what one run has, such as its CPU time, is of the run in the middle of that draw; so
-- any condition can be tried. Only what comes from the one timeline that is kept stays as it is, which the page says. True in 975 of 1,000 and more it is shown, true in
-- 25 and less contradicted; between these the runs cannot tell.
local author = require "author.author"
local problem = require "base.problem"
local quantity = require "base.quantity"
local sweep = require "measurement.sweep"
local units = require "base.units"

local M = {}

local SHOWN, CONTRADICTED = 0.975, 0.025

-- Lua answers `==` of a table and a number with false and asks nobody. So each `==` of a claim is written as two
-- comparisons of the same precedence that do ask: `a > EQUAL < b`. The first puts a aside and is true, the second, of that
-- true and b, compares them. What stands between is all of b, so that they are closed in the order of brackets.
local aside = {}

local function word_of(value)
	return quantity.is(value) and value.unit or type(value)
end

local function compare(a, b, operator)
	local measured = quantity.is(a) or quantity.is(b)
	if measured and not (quantity.is(a) and quantity.is(b) and a.unit == b.unit) then
		author.refuse(("`%s` compares a %s and a %s, which are never equal: use < or >, and write a time as ms(5) or s(1.2)")
			:format(operator, word_of(a), word_of(b)))
	end
	return (a == b) == (operator == "==")
end

local function marker(operator)
	return setmetatable({}, { __lt = function(_, a)
		aside[#aside + 1] = { value = a, operator = operator }
		return true
	end })
end
local EQUAL, UNEQUAL = marker "==", marker "~="

local BOOLEAN = { __lt = function(a, b)
	local first = a == true and table.remove(aside)
	if not first then author.refuse(("attempt to compare %s with %s"):format(word_of(a), word_of(b))) end
	return compare(first.value, b, first.operator)
end }

-- Returns where the string, the comment, the `==` or `~=` ends that begins at `at`, and nil for anything else.
local function token_end(code, at)
	local _, stop = code:find("^%-%-", at)
	local level = code:match("^%[(=*)%[", stop and stop + 1 or at)
	if level then
		_, stop = code:find("]" .. level .. "]", at, true)
		return stop or #code
	elseif stop then
		return (code:find("\n", at, true) or #code + 1) - 1
	end
	local quote = code:match("^[\"']", at)
	if quote then
		local i = at + 1
		while i <= #code and code:sub(i, i) ~= quote do i = i + (code:sub(i, i) == "\\" and 2 or 1) end
		return i
	end
	_, stop = code:find("^[=~]=", at)
	return stop
end

-- Returns the code with its `==` and `~=` as comparisons with what is called `equal` and `unequal`, and whether it has any.
local function rewrite(code, equal, unequal)
	local out, at, found = {}, 1, false
	while at <= #code do
		local stop = token_end(code, at) or at
		local token = code:sub(at, stop)
		if token == "==" or token == "~=" then
			token, found = " > " .. (token == "==" and equal or unequal) .. " < ", true
		end
		out[#out + 1], at = token, stop + 1
	end
	return table.concat(out), found
end

-- A name that the code does not use.
local function free_name(code, name)
	while code:find(name, 1, true) do name = name .. "_" end
	return name
end

-- Returns the claim as a function, or nil and Lua's message.
local function load_claim(text, path, line, environment)
	local chunk, wrong = author.load(text, path, line, environment, true)
	if not chunk then return nil, wrong end
	local equal = free_name(text, "EQUAL")
	local unequal = free_name(text, "UN" .. equal)
	local code, found = rewrite(text, equal, unequal)
	if not found then return chunk end
	-- In front of its line, on a line of no post's.
	local maker = assert(load(("local %s, %s = ...; return function(...) "):format(equal, unequal) .. ("\n"):rep(line - 1)
		.. "return " .. code .. "\nend", "=" .. path, "t", environment))
	return maker(EQUAL, UNEQUAL)
end

-- Calls body as author.call does, with equality as claims have it.
local function call(body, path, line)
	aside = {}
	debug.setmetatable(true, BOOLEAN)
	local ok, values, at = author.call(body, path, line)
	debug.setmetatable(true, nil)
	return ok, values, at
end

-- A value as it is said: of numbers that are no quantity four digits.
local function said_of(value)
	return math.type(value) == "float" and (value == math.floor(value) and ("%.0f") or ("%.4g")):format(value) or tostring(value)
end

local MAKE = { time = quantity.time, bytes = quantity.bytes, ratio = quantity.ratio }

-- "2.13× [2.10, 2.15]": the bounds in the unit of the value where that says them well.
local function with_interval(value, low, high)
	local said = said_of(value)
	if not low then return said end
	local kind = quantity.is(value) and value.unit or nil
	local unit = kind == "time" and units.common(math.max(1, value.value), math.max(1, value.value))
	local function bound(number)
		if unit then return units.duration(math.floor(number + 0.5), unit) end
		return said_of(kind and MAKE[kind](number) or number)
	end
	local ends, suffix = { bound(low), bound(high) }, unit and " " .. unit.name or kind == "ratio" and "×" or ""
	local plain = true
	for _, one in ipairs(ends) do plain = plain and one:sub(-#suffix) == suffix end
	for i, one in ipairs(ends) do ends[i] = plain and one:sub(1, #one - #suffix) or one end
	return ("%s [%s, %s]"):format(said, ends[1], ends[2])
end

-- What was asked for, as it is said: { text = 'wall("a")', said = "724 ms [721, 739]" }.
local function evidence_of(asked)
	local evidence = {}
	for i, one in ipairs(asked) do
		local low, high
		if one.interval then low, high = one.interval() end
		evidence[i] = { text = one.text, said = with_interval(one.value, low, high) }
	end
	return evidence
end

-- Returns "81.3 %" for a share of the resamples, with as many digits as they give.
function M.percent(share)
	return (("%.1f"):format(share * 100):gsub("%.0$", "")) .. " %"
end

-- What is wrong, as it is told; a problem where a function of the site failed.
local function fault(wrong)
	if problem.is(wrong) or wrong:match("^claim `") then return wrong end
	return "Lua: " .. wrong
end

-- judge(claim, path, environment, session) → verdict, or nil, what is wrong with the claim itself, and the line; or nil and a
-- problem with a place of its own
-- claim: { text, line }; environment and session: those of author.environment.
-- verdict: { kind = "shown", "contradicted" or "untold", share = of the resamples in which it is true or nil where it was
-- decided without them, single = true where it stands on a single run, of_timeline = true where it stands on the timeline of one of
-- several, evidence = { { text, said }, … }, asked =
-- { measurement, … } whose medians it depends on }.
function M.judge(claim, path, environment, session)
	session:start()
	local chunk, wrong = load_claim(claim.text, path, claim.line, environment)
	if not chunk then
		-- Lua's own words, with its own place.
		local _, message, line = author.run(claim.text, path, claim.line, environment, true)
		return nil, "Lua: " .. (message or wrong), line
	end
	local function evaluate()
		local value = chunk()
		if type(value) ~= "boolean" then
			error(("claim `%s`: it is a %s, neither true nor false: compare something"):format(claim.text, word_of(value)), 0)
		end
		return value
	end
	local ok, values, line = call(evaluate, path, claim.line)
	if not ok then return nil, fault(values), line end
	local holds, evidence = values[1], evidence_of(session.asked)
	local resampled = false
	for measurement in pairs(session.sampled) do
		if measurement.wall.n > 1 then
			resampled = true
			session:medians(measurement) -- here, where nobody counts instructions
		end
	end
	local share
	if resampled then
		ok, values, line = call(function()
			local count = 0
			for i = 1, author.RESAMPLES do
				session.replicate = i
				if evaluate() then count = count + 1 end
			end
			return count
		end, path, claim.line)
		session.replicate = nil
		if not ok then return nil, fault(values), line end
		share = values[1] / author.RESAMPLES
	end
	local kind = holds and "shown" or "contradicted"
	if share and not (holds and share >= SHOWN) and not (not holds and share <= CONTRADICTED) then kind = "untold" end
	local asked = {}
	for measurement in pairs(session.sampled) do asked[#asked + 1] = measurement end
	table.sort(asked, function(a, b) return sweep.title(a) < sweep.title(b) end)
	return { kind = kind, share = share, single = session.single or nil, of_timeline = session.of_timeline or nil, evidence = evidence, asked = asked }
end

-- undecided(cells, measurements, path, functions) → name → true of the cells and points on whose runs a claim depends that cannot be
-- told by them. The post's Lua is run for what claims use of it, and whatever is wrong with it is passed over: it will be
-- told when it counts. functions: the site's, as author.site_functions reads them.
function M.undecided(cells, measurements, path, functions)
	local found, any = {}, false
	for _, cell in ipairs(cells) do any = any or cell.claims and #cell.claims > 0 end
	if not any then return found end
	local environment, session = author.environment(measurements, {}, { functions = functions })
	for _, cell in ipairs(cells) do
		if cell.language == "inline" then
			author.run(cell.code, path, cell.line, environment, true)
		elseif cell.kind == "lua" and cell.eval then
			author.run(cell.code, path, cell.code_line, environment)
		end
		for _, claim in ipairs(cell.claims or {}) do
			local verdict = M.judge(claim, path, environment, session)
			for _, measurement in ipairs(verdict and verdict.kind == "untold" and verdict.asked or {}) do
				found[sweep.title(measurement)] = true
			end
		end
	end
	return found
end

return M
