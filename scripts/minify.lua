-- Makes the script of the pages small: takes out comments and blanks, and gives short names to all that is named in it.
-- Usage: minify FILE… writes them to standard output as one function that is called at once.
--
-- It knows no more of JavaScript than src/reader/ uses. What it does not know stops it where it can tell; tests/reader.bats
-- runs the result. Statements end in semicolons or braces and none is empty, objects have no methods in short form, blocks have no labels, and
-- names of the browser are those in GLOBALS. Properties keep their names but for those in OURS, which neither the browser nor
-- the page's data know (a string has a slice, too: it is not to be asked for here).

local KEYWORDS, GLOBALS, OURS = {}, {}, {}
for word in ([[await break case catch class const continue default delete do else false finally for function if in
	instanceof let new null of return switch this throw true try typeof undefined void while]]):gmatch("%S+") do
	KEYWORDS[word] = true
end
for word in ([[IntersectionObserver JSON Map Math Number ResizeObserver addEventListener cancelAnimationFrame document matchMedia requestAnimationFrame]]):gmatch("%S+") do
	GLOBALS[word] = true
end
for word in ([[at bottom cursor data from group index kind leave left lock mass name part panel place places plot position right row rows slice
	slices timed to told top]]):gmatch("%S+") do
	OURS[word] = true
end
-- What can stand before the brace of an object; before any other brace there is a block.
local BEFORE_OBJECT = { ["("] = true, ["="] = true, [","] = true, ["["] = true, [":"] = true, ["?"] = true, ["return"] = true,
	["const"] = true, ["let"] = true, ["..."] = true, ["??"] = true, ["||"] = true, ["&&"] = true }
local SIGNS = { "...", "===", "!==", "**=", "||=", "=>", "==", "!=", "<=", ">=", "&&", "||", "??", "?.", "++", "--", "+=", "-=", "*=",
	"/=", "**", ">>", "<<" }

local function stop(path, text, at, why)
	local _, line = text:sub(1, at):gsub("\n", "")
	error(("%s:%d: %s"):format(path, line + 1, why), 0)
end

-- The end of a template string that begins at `at`; braces in it may hold strings.
local function end_of_template(text, at, path)
	local begin, depth = at, 0
	at = at + 1
	while at <= #text do
		local letter = text:sub(at, at)
		if letter == "\\" then
			at = at + 1
		elseif depth == 0 and letter == "`" then
			return at
		elseif letter == "$" and text:sub(at + 1, at + 1) == "{" then
			depth, at = depth + 1, at + 1
		elseif depth > 0 and letter == "{" then
			depth = depth + 1
		elseif depth > 0 and letter == "}" then
			depth = depth - 1
		elseif depth > 0 and letter == '"' then
			at = text:find('"', at + 1, true)
		elseif depth > 0 and letter == "`" then
			stop(path, text, at, "a template string inside another")
		end
		at = at + 1
	end
	stop(path, text, begin, "a template string that does not end")
end

local function tokens_of(text, path)
	local out, at = {}, 1
	local function add(kind, to)
		out[#out + 1] = { kind = kind, text = text:sub(at, to) }
		at = to + 1
	end
	while at <= #text do
		local letter, before = text:sub(at, at), out[#out]
		local word = text:match("^[%a_$][%w_$]*", at)
		if letter:find("%s") then
			at = text:match("^%s+()", at)
		elseif text:find("^//", at) then
			at = (text:find("\n", at, true) or #text) + 1
		elseif letter == '"' then
			local to = text:match('^"[^"\\\n]*()"', at)
			if not to then stop(path, text, at, "a string with a backslash in it, or without an end") end
			add("string", to)
		elseif letter == "`" then
			add("template", end_of_template(text, at, path))
		elseif word then
			add("word", at + #word - 1)
		elseif letter:find("%d") then
			add("number", text:match("^[%d.]+e?%-?%d*()", at) - 1)
		elseif letter == "/" and (not before or before.kind == "sign" and not before.text:find("^[%])}]$")) then
			local to = text:match("^/[^/\n]+()/", at)
			if not to then stop(path, text, at, "a regular expression with a slash in it") end
			add("expression", to)
		elseif letter == "'" then
			stop(path, text, at, "a string in single quotes")
		else
			local sign
			for _, one in ipairs(SIGNS) do
				if text:sub(at, at + #one - 1) == one then
					sign = one
					break
				end
			end
			add("sign", at + #(sign or letter) - 1)
		end
	end
	return out
end

-- Says of each word whether it is a name of ours, and whether it stands for a key and its value at once.
local function mark_names(tokens)
	local open = {}
	for i, token in ipairs(tokens) do
		local before, after = tokens[i - 1] and tokens[i - 1].text, tokens[i + 1] and tokens[i + 1].text
		if token.text == "{" then
			open[#open + 1] = BEFORE_OBJECT[before] and "object" or "block"
		elseif token.text == "(" or token.text == "[" then
			open[#open + 1] = token.text
		elseif token.kind == "sign" and token.text:find("^[%])}]$") then
			open[#open] = nil
		elseif OURS[token.text] then
			token.is_name = true
		elseif token.kind == "word" and not KEYWORDS[token.text] and not GLOBALS[token.text] and before ~= "." and before ~= "?." then
			local in_object = open[#open] == "object" and (before == "{" or before == ",")
			token.is_name = not (in_object and after == ":")
			token.is_short = in_object and (after == "," or after == "}" or after == "=")
		end
	end
end

-- Takes declarations that follow each other as one.
local function join_declarations(tokens)
	local out, open, declares = {}, 0, {}
	for i, token in ipairs(tokens) do
		local text, before = token.text, tokens[i - 1] and tokens[i - 1].text
		if token.kind == "sign" and text:find("^[%[({]$") then
			open = open + 1
		elseif token.kind == "sign" and text:find("^[%])}]$") then
			declares[open], open = nil, open - 1
		end
		if (text == "const" or text == "let") and before == ";" and declares[open] == text then
			out[#out] = { kind = "sign", text = "," }
		else
			out[#out + 1] = token
			if not before or before == ";" or before == "{" or before == "}" then
				declares[open] = (text == "const" or text == "let") and text or nil
			end
		end
	end
	return out
end

local FIRST = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ$_"

local function short_name(index)
	local name = ""
	repeat
		local digit = index % #FIRST
		name = FIRST:sub(digit + 1, digit + 1) .. name
		index = index // #FIRST - 1
	until index < 0
	return name
end

-- The tokens of a file with those in template strings in their place: a template becomes a list of texts and tokens.
local function expand(tokens, path)
	for _, token in ipairs(tokens) do
		if token.kind == "template" then
			token.parts = {}
			local rest = token.text
			while true do
				local from = rest:find("${", 1, true)
				if not from then break end
				local code = rest:match("^%b{}", from + 1)
				token.parts[#token.parts + 1] = rest:sub(1, from + 1)
				token.parts[#token.parts + 1] = expand(tokens_of(code:sub(2, -2), path), path)
				rest = "}" .. rest:sub(from + 1 + #code)
			end
			token.parts[#token.parts + 1] = rest
		end
	end
	mark_names(tokens)
	return tokens
end

local function written(tokens, names)
	local out = {}
	for _, token in ipairs(tokens) do
		local text = token.text
		if token.parts then
			local parts = {}
			for k, part in ipairs(token.parts) do
				parts[k] = type(part) == "table" and written(part, names) or part
			end
			text = table.concat(parts)
		elseif token.is_short then
			text = text .. ":" .. names[text]
		elseif token.is_name then
			text = names[text]
		elseif token.kind == "number" then
			text = text:gsub("^0%.", ".")
		end
		local before = out[#out]
		if before then
			local last, first = before:sub(-1), text:sub(1, 1)
			if last:find("[%w_$]") and first:find("[%w_$]") or last:find("[-+]") and last == first
				or last:find("%d") and first == "." then
				out[#out + 1] = " "
			elseif text == "}" and (before == ";" or before == ",") then
				out[#out] = nil -- the brace ends the statement, or the last entry
			end
		end
		out[#out + 1] = text
	end
	return table.concat(out)
end

-- Calls visit(token, scope) for each name. A scope is a statement of the file, or one in the block of such a statement:
-- { outer, inner }, by number.
local function each_name(tokens, visit, within)
	local open, outer, inner = 0, 1, 1
	for _, token in ipairs(tokens) do
		if token.kind == "sign" and token.text:find("^[%[({]$") then
			open = open + 1
		elseif token.kind == "sign" and token.text:find("^[%])}]$") then
			open = open - 1
		elseif token.text == ";" and open == 0 then
			outer = outer + 1
		elseif token.text == ";" and open == 1 then
			inner = inner + 1
		end
		local scope = within or { outer, open > 0 and inner or 0 }
		if token.is_name then visit(token, scope) end
		for _, part in ipairs(token.parts or {}) do
			if type(part) == "table" then each_name(part, visit, scope) end
		end
	end
end

local all, found, order = {}, {}, {}
for _, path in ipairs(arg) do
	local file = assert(io.open(path))
	local tokens = expand(tokens_of(file:read("a"), path), path)
	file:close()
	table.move(tokens, 1, #tokens, #all + 1, all)
end
each_name(all, function(token, scope)
	local name = token.text
	if not found[name] then
		found[name] = { name = name, count = 0, outer = not OURS[name] and scope[1] or 0, inner = not OURS[name] and scope[2] or 0 }
		order[#order + 1] = found[name]
	end
	local one = found[name]
	one.count = one.count + 1
	if one.outer ~= scope[1] then
		one.outer, one.inner = 0, 0 -- everywhere
	elseif one.inner ~= scope[2] then
		one.inner = 0 -- in all of the statement
	end
end)
table.sort(order, function(a, b)
	if a.count ~= b.count then return a.count > b.count end
	return a.name < b.name
end)

-- Two names may be one where no place knows both.
local function may_share(a, b)
	if a.outer == 0 or b.outer == 0 then return false end
	return a.outer ~= b.outer or a.inner ~= 0 and b.inner ~= 0 and a.inner ~= b.inner
end

local names, taken = {}, {}
for _, one in ipairs(order) do
	local index = 0
	repeat
		local short = short_name(index)
		local free = not KEYWORDS[short] and not GLOBALS[short]
		for _, other in ipairs(taken[short] or {}) do free = free and may_share(one, other) end
		index = index + 1
		if free then names[one.name] = short end
	until free
	local short = names[one.name]
	taken[short] = taken[short] or {}
	table.insert(taken[short], one)
end
io.write("(()=>{", written(join_declarations(all), names), "})();\n")
