-- The languages of cells as data: how code is commented, built, run, and what its tools are called. Knows no cell and
-- starts nothing.
local all_keys = require "base.sorted_keys"
local nearest = require "base.nearest"

local M = {}

-- The tool that is ourselves.
M.LIVEPOST = "livepost"

-- Where sandboxes look for programs, as system/sandbox.c has it.
M.PATH = { "/usr/local/bin", "/usr/bin", "/bin" }

local C_COMMENT = { line = "//", open = "/*", close = "*/" }

-- What a language of a site may say: field → type.
M.FIELDS = {
	extension = "string", comment = "comment", like = "string", compiler = "string", flags = "list", libraries = "list",
	build = "list", run = "list", environment = "list", package = "string", messages = "string", names = "map", tools = "list",
}
local PLACEHOLDERS = { source = true, program = true, flags = true }
local MESSAGE_PARTS = { path = "([^%s:]+)", line = "(%d+)", column = "(%d+)", severity = "(%a+)", message = "([^\n]+)", any = "[^\n]-" }

-- Names that mean something else where a cell's language is asked for.
local TAKEN = { inline = true, program = true }

local function sorted_keys(map)
	local keys = {}
	for key in pairs(map) do keys[#keys + 1] = tostring(key) end
	table.sort(keys)
	return keys
end

local function is_list(value)
	if type(value) ~= "table" then return false end
	local count = 0
	for key, one in pairs(value) do
		if math.type(key) ~= "integer" or type(one) ~= "string" or one:find("%z") then return false end
		count = count + 1
	end
	return count == #value
end

local CHECKS = {
	string = { function(value) return type(value) == "string" and value ~= "" and not value:find("[%z\n]") or nil end, "a text" },
	list = { is_list, "a list of texts" },
	map = { function(value)
		if type(value) ~= "table" then return false end
		for key, one in pairs(value) do
			if type(key) ~= "string" or type(one) ~= "string" then return false end
		end
		return true
	end, "a table of texts by name" },
	comment = { function(value)
		if type(value) == "string" then return #value > 0 and #value <= 8 and not value:find("[%s%z]") end
		if not is_list(value) or #value ~= 1 and #value ~= 3 then return false end
		for _, mark in ipairs(value) do
			if #mark == 0 or #mark > 8 or mark:find("%s") then return false end
		end
		return true
	end, [[a mark such as "#", or the three of C, { "//", "/*", "*/" }]] },
}
-- A mark of messages holds their own line ends.
CHECKS.messages = { function(value) return type(value) == "string" and value ~= "" end, "a text" }

local function words_of(list, what)
	for i, word in ipairs(list or {}) do
		for name in word:gmatch("{(%w+)}") do
			if not PLACEHOLDERS[name] then
				return ("`%s` has `{%s}`: there are {source}, {program} and {flags}"):format(what, name), i
			end
		end
	end
end

local function has_word(list, wanted)
	for _, word in ipairs(list or {}) do
		if word:find("{" .. wanted .. "}", 1, true) then return true end
	end
	return false
end

-- Why these fields, each of its type, do not make a language, and which of them it is, and the entry in that, if it is one; nil where they do.
local function fault(fields)
	if not fields.extension then
		return "it has no `extension`, what its files end in, such as \"py\""
	elseif not fields.extension:match("^[%w_+-]+$") then
		return "`extension` is letters and digits, without the dot", "extension"
	elseif fields.like and fields.like ~= "c" then
		return "`like` takes \"c\": for a compiler that takes gcc's options", "like"
	elseif fields.like then
		if not fields.compiler then return "it is like C, and has no `compiler`", "like" end
		if fields.build or fields.run then
			return "it is like C, where `build` and `run` are known: leave them out", fields.build and "build" or "run"
		end
		return nil
	elseif fields.compiler or fields.libraries then
		return "`compiler` and `libraries` are for what is `like = \"c\"`: write them into `build`", fields.compiler and "compiler" or "libraries"
	elseif not fields.comment then
		return "it has no `comment`, the mark that its comments, and so a cell's options, begin with"
	elseif not fields.build and not fields.run then
		return "it has neither `build` nor `run`: { \"python3\", \"{source}\" }"
	elseif fields.build and #fields.build == 0 or fields.run and #fields.run == 0 then
		return "a command has a program at least: { \"python3\", \"{source}\" }", fields.build and #fields.build == 0 and "build" or "run"
	elseif fields.messages and not fields.build then
		return "`messages` are those of a compiler, and it has no `build`", "messages"
	end
	for _, command in ipairs { "build", "run" } do
		local wrong, i = words_of(fields[command], command)
		if wrong then return wrong, command, i end
	end
	if fields.build and not (has_word(fields.build, "source") and has_word(fields.build, "program")) then
		return "`build` is to make {program} of {source}: both stand in it", "build"
	elseif fields.build and fields.run and not has_word(fields.run, "program") then
		return "`run` is to run the {program} that `build` made", "run"
	elseif not fields.build and not has_word(fields.run, "source") then
		return "`run` is to run {source}", "run"
	elseif not fields.build and has_word(fields.run, "program") then
		return "`run` has {program}, and no `build` makes one", "run"
	elseif fields.flags and not (has_word(fields.build, "flags") or has_word(fields.run, "flags")) then
		return "`flags` are given, and {flags} stands in no command", "flags"
	end
	if fields.messages then
		for name in fields.messages:gmatch("{(%w+)}") do
			if not MESSAGE_PARTS[name] then
				return ("`messages` has `{%s}`: there are {%s}"):format(name, table.concat(sorted_keys(MESSAGE_PARTS), "}, {")), "messages"
			end
		end
		for _, name in ipairs { "path", "line", "message" } do
			if not fields.messages:find("{" .. name .. "}", 1, true) then return ("`messages` has no {%s}"):format(name), "messages" end
		end
	end
	for i, word in ipairs(fields.environment or {}) do
		if not word:match("^[%a_][%w_]*=") then
			return ("`environment` has `%s`: write each as \"NAME=value\""):format(word), "environment", i
		end
	end
end

local function marks_of(comment)
	if type(comment) == "string" then return { line = comment } end
	return { line = comment[1], open = comment[2], close = comment[3] }
end

-- entry(name, given, refuse) → the language of a site's settings, or nil after refuse(message, field, i, of_key) was told all that is wrong.
local function entry(name, given, refuse)
	if type(given) ~= "table" then return refuse("a table is expected, not a " .. type(given)) end
	local right = true
	for _, key in ipairs(sorted_keys(given)) do
		local kind, value = M.FIELDS[key], given[key]
		if not kind then
			local close = nearest.of(key, sorted_keys(M.FIELDS))
			refuse(("unknown field `%s`: %s"):format(key, close and ("did you mean `%s`?"):format(close)
				or "there are " .. table.concat(sorted_keys(M.FIELDS), ", ")), value == nil and math.tointeger(tonumber(key)) or key, nil, true)
			right = false
		else
			local check = CHECKS[key == "messages" and "messages" or kind]
			if not check[1](value) then
				refuse(("`%s` takes %s"):format(key, check[2]), key)
				right = false
			end
		end
	end
	-- How fields that are wrong by themselves stand to others cannot be said.
	if not right then return nil end
	local wrong, field, i = fault(given)
	if wrong then return refuse(wrong, field, i, field == nil) end
	local like = given.like
	return {
		name = name, extension = given.extension, like = like, comment = given.comment and marks_of(given.comment) or C_COMMENT,
		compiler = given.compiler, flags = given.flags or {}, libraries = given.libraries or {}, build = given.build,
		run = given.run or { "{program}" }, environment = given.environment or {}, package = given.package,
		messages = given.messages, names = given.names or {}, further_tools = given.tools or {},
		takes_flags = like ~= nil or has_word(given.build, "flags") or has_word(given.run, "flags"),
	}
end

local function like_c(name, extension, settings, package)
	return {
		name = name, extension = extension, like = "c", comment = C_COMMENT, compiler = settings.compiler,
		flags = settings.flags, libraries = settings.libraries, run = { "{program}" }, environment = {}, names = {}, further_tools = {},
		package = package, takes_flags = true,
	}
end

-- read(given, settings, tell) → name → language, C and C++ among them. given: `languages` of pipeline.lua; settings: its `c`
-- and `cpp`; tell(keys, message, of_key): as the settings have it.
-- A language: { name, extension, comment = { line, open, close }, like = "c" or nil, compiler, flags, libraries, build, run,
-- environment, package, messages, names, takes_flags, further_tools }; of one that is wrong only { name, broken = true }.
function M.read(given, settings, tell)
	local languages = {
		c = like_c("c", "c", settings.c, "gcc or clang"), cpp = like_c("cpp", "cpp", settings.cpp, "g++ or clang"),
	}
	for _, key in ipairs(all_keys(given)) do
		local name, one = tostring(key), given[key]
		local keys = { "languages", key }
		if not name:match("^%a[%w+_-]*$") or #name > 32 or TAKEN[name] then
			tell(keys, ("setting `languages` has `%s`: a language's name is a letter, then letters, digits, +, - and _"):format(name), true)
		elseif name == "c" or name == "cpp" then
			tell(keys, ("setting `languages.%s`: it is built in: its compiler and flags are the setting `%s`"):format(name, name), true)
		elseif name == "lua" then
			tell(keys, "setting `languages.lua`: Lua is built in, for figures", true)
		else
			languages[name] = entry(name, one, function(message, field, i, of_key)
				tell({ "languages", key, field, i }, ("setting `languages.%s`: %s"):format(name, message), of_key)
			end) or { name = name, broken = true }
		end
	end
	return languages
end

-- Returns the programs that a language needs to be there: { "go" }.
function M.tools(language)
	local tools = { language.like and language.compiler or language.build and language.build[1] }
	if not language.like and not language.run[1]:find("{", 1, true) and language.run[1] ~= tools[1] then
		tools[#tools + 1] = language.run[1]
	end
	return table.move(language.further_tools, 1, #language.further_tools, #tools + 1, tools)
end

-- Whether its cells call livepost itself, which need not be installed for that.
function M.calls_livepost(language)
	for _, tool in ipairs(language.further_tools) do
		if tool == M.LIVEPOST then return true end
	end
	return false
end

-- fill(words, values) → a command: a word that is a placeholder alone is as many words as its value has; inside a word it
-- is the first.
function M.fill(words, values)
	local filled = {}
	for _, word in ipairs(words) do
		local alone = word:match("^{(%w+)}$")
		if alone then
			for _, one in ipairs(values[alone]) do filled[#filled + 1] = one end
		else
			filled[#filled + 1] = (word:gsub("{(%w+)}", function(name) return values[name][1] or "" end))
		end
	end
	return filled
end

-- pattern(messages) → a Lua pattern for what a compiler says, and the names of its captures in their order.
function M.pattern(messages)
	local names, pattern, at = {}, {}, 1
	while at <= #messages do
		local name, after = messages:match("^{(%w+)}()", at)
		if name then
			pattern[#pattern + 1] = MESSAGE_PARTS[name]
			if name ~= "any" then names[#names + 1] = name end
			at = after
		else
			pattern[#pattern + 1] = (messages:sub(at, at):gsub("[%^%$%(%)%%%.%[%]%*%+%-%?]", "%%%0"))
			at = at + 1
		end
	end
	return table.concat(pattern), names
end

return M
