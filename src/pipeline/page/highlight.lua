-- Code as lines of HTML with its words marked, by the LPeg lexers that the editor vis brings. Knows no posts and no pages.
--
-- The lexers are loaded into an environment of their own: they set globals and are called `lexer`, `lua`, `text`, and
-- none of that may meet livepost's state or its modules. Their mistakes about C are put right in `refine`.
local text = require "livepost.text"

local M = {}

local LARGEST = 64 * 1024   -- bytes; beyond this code is shown unmarked
local LONGEST_SECONDS = 1   -- of CPU for one piece of code; 64 KiB that somebody wrote need 0.2
local KEPT = 8 * 1024 * 1024 -- bytes of code whose lines are remembered

local path = "/usr/share/vis/lexers"
local lexers, failure = nil, nil -- the library, or why there is none
local loaded = {}                -- by lexer name: the lexer, or false where it cannot be loaded
local deadline, ticks = 0, 0     -- on the CPU clock; calls since it was last looked at
local known, known_bytes = {}, 0 -- by language and code: the lines

-- What authors call a language → the lexer's name.
local LEXERS = {
	c = "ansi_c", h = "ansi_c", ["c11"] = "ansi_c", cpp = "cpp", ["c++"] = "cpp", cxx = "cpp", hpp = "cpp", cuda = "cuda",
	lua = "lua", python = "python", py = "python", python3 = "python", ruby = "ruby", rb = "ruby", perl = "perl",
	sh = "bash", bash = "bash", shell = "bash", zsh = "bash", fish = "fish", awk = "awk", sql = "sql",
	make = "makefile", makefile = "makefile", cmake = "cmake", dockerfile = "dockerfile", meson = "meson",
	html = "html", xml = "xml", svg = "xml", css = "css", javascript = "javascript", js = "javascript",
	mjs = "javascript", json = "json", yaml = "yaml", yml = "yaml", toml = "toml", ini = "ini", diff = "diff",
	patch = "diff", go = "go", rust = "rust", rs = "rust", zig = "zig", java = "java", scala = "scala",
	csharp = "csharp", cs = "csharp", haskell = "haskell", hs = "haskell", ocaml = "caml", elixir = "elixir",
	erlang = "erlang", scheme = "scheme", lisp = "lisp", r = "rstats", julia = "julia", tex = "latex", latex = "latex",
	asm = "asm", strace = "strace", dot = "dot", protobuf = "protobuf",
}
local C_FAMILY = { ansi_c = true, cpp = true, cuda = true }
-- Where `name(` is a call: elsewhere a bracket behind a word says nothing.
local CALLS = { ansi_c = true, cpp = true, cuda = true, lua = true, python = true, javascript = true, go = true,
	rust = true, java = true, csharp = true, zig = true, julia = true, ruby = true }

-- A token's name → the class it is shown with; every other token is shown as plain text.
local CLASSES = {
	comment = "comment", string = "string", longstring = "string", regex = "string",
	number = "number", color = "number", unit = "number", timestamp = "number",
	keyword = "keyword", at_rule = "keyword",
	type = "type", class = "type", self = "constant", constant = "constant", value = "constant", entity = "constant",
	["function"] = "function", library = "function", deprecated_function = "function", target = "function",
	preprocessor = "preprocessor", decorator = "preprocessor", directive = "preprocessor", doctype = "preprocessor",
	proc_insn = "preprocessor", label = "label", variable = "variable", element = "tag", unknown_element = "tag",
	tag = "tag", attribute = "attribute", unknown_attribute = "attribute",
	addition = "added", deletion = "removed", header = "heading", location = "number", section = "heading",
}

local function set(words)
	local out = {}
	for word in words:gmatch("%S+") do out[word] = true end
	return out
end

-- Words of C that the lexer does not know or takes for something else.
local C_KEYWORDS = set [[sizeof alignof _Alignof alignas constexpr static_assert thread_local auto typeof typeof_unqual
	struct union enum class namespace template typename]]
local C_TYPES = set [[FILE DIR va_list _BitInt _Decimal32 _Decimal64 _Decimal128 atomic_bool atomic_char
	atomic_schar atomic_uchar atomic_short atomic_ushort atomic_int atomic_uint atomic_long atomic_ulong atomic_llong
	atomic_ullong atomic_flag]]
local C_CONSTANTS = set "nullptr true false NULL stdin stdout stderr errno __func__ __VA_ARGS__"
local C_DIRECTIVES = set [[define undef include ifdef ifndef if elif elifdef elifndef else endif error warning line
	pragma embed]]
local C_WIDTHS = set "8 16 32 64 128"
local WORDS = set "identifier keyword type constant function class self variable"

local function tick()
	ticks = ticks + 1
	if ticks % 64 == 0 and os.clock() > deadline then error("the lexer takes too long", 0) end
end

-- LPeg, with a look at the clock wherever a pattern calls Lua. Some lexers are quadratic on what nobody writes (64 KiB of
-- `$(` in a makefile), and a match in C cannot be stopped from outside.
local function lpeg_with_deadline(lpeg)
	local function timed(check)
		return function(...)
			tick()
			return check(...)
		end
	end
	return setmetatable({
		P = function(value) return lpeg.P(type(value) == "function" and timed(value) or value) end,
		Cmt = function(pattern, check) return lpeg.Cmt(pattern, timed(check)) end,
	}, { __index = lpeg })
end

-- A copy of Lua's library that is safe to hand to the lexers: they compute, and they load each other from `path`.
local function environment()
	local inside = {}
	for _, name in ipairs { "assert", "error", "getmetatable", "ipairs", "next", "pairs", "pcall", "rawget", "rawset",
		"select", "setmetatable", "tonumber", "tostring", "type", "math", "utf8", "table" } do
		inside[name] = _ENV[name]
	end
	inside._G, inside.os, inside.print = inside, { clock = os.clock }, function() end
	inside.string = setmetatable({}, { __index = string })
	inside.package = { path = path:gsub("/*$", "") .. "/?.lua" }
	-- lexer.load asks for "lexers/NAME"; the folder at hand may be called anything.
	function inside.package.searchpath(name, templates)
		return package.searchpath(name:gsub("^lexers/", ""), templates)
	end
	local function run(file)
		return assert(loadfile(file, "t", inside))()
	end
	inside.dofile = run
	local modules = { lpeg = lpeg_with_deadline(require "lpeg") }
	function inside.require(name)
		if modules[name] == nil then modules[name] = run(assert(inside.package.searchpath(name, inside.package.path))) end
		return modules[name]
	end
	return inside
end

local function library()
	if lexers or failure then return lexers end
	local done, result = pcall(function() return environment().require "lexer" end)
	if done then lexers = result else failure = tostring(result):gsub("\n.*", "") end
	return lexers
end

local function lexer_of(name)
	if loaded[name] == nil then
		local found, lexer = pcall(library().load, name)
		loaded[name] = found and lexer or false
	end
	return loaded[name]
end

-- The lexer's flat list as { from, to, kind } in order and without gaps. No token ends inside a UTF-8 character.
local function tokens_of(lexer, code)
	deadline = os.clock() + LONGEST_SECONDS
	local flat, late = lexer:lex(code, nil, LONGEST_SECONDS)
	if late then return nil end
	local tokens, from = {}, 1
	for i = 1, #flat, 2 do
		local past = flat[i + 1]
		while past <= #code and code:byte(past) & 0xC0 == 0x80 do past = past + 1 end
		if past > from then
			tokens[#tokens + 1] = { from = from, to = past - 1, kind = flat[i] }
			from = past
		end
	end
	if from <= #code then tokens[#tokens + 1] = { from = from, to = #code, kind = "default" } end
	return tokens
end

-- One word can come as several tokens: `s1_total` as a type and a name, `selfish` as self and a name, `f"…"` as a name
-- and a string. This joins them.
local function join_words(tokens, code)
	local out = {}
	for _, token in ipairs(tokens) do
		local last = out[#out]
		if last and WORDS[token.kind] and WORDS[last.kind] and code:find("^[%w_]", token.from)
			and code:find("^[%w_]", last.to) then
			last.to, last.kind = token.to, "identifier"
		elseif last and token.kind == "string" and last.kind == "identifier" and last.to - last.from < 3
			and code:find("^[\"']", token.from) and code:sub(last.from, last.to):find("^[fFrRbBuUL8]+$") then
			last.to, last.kind = token.to, "string"
		else
			out[#out + 1] = token
		end
	end
	return out
end

local function refine_c(token, word, before)
	if word == "#" and before.line_start then
		return "preprocessor"
	elseif before.directive and C_DIRECTIVES[word] then
		return "preprocessor"
	elseif not WORDS[token.kind] then
		return token.kind == "operator" and C_KEYWORDS[word] and "keyword" or token.kind
	elseif C_KEYWORDS[word] then
		return "keyword"
	elseif C_CONSTANTS[word] then
		return "constant"
	elseif token.kind == "type" and word:find("^[usif]%d+$") and not C_WIDTHS[word:sub(2)] then
		return "identifier"
	elseif token.kind == "keyword" then
		return "keyword"
	elseif C_TYPES[word] or word:find("^%l[%w_]*_t$") or before.word == "struct" or before.word == "union"
		or before.word == "enum" then
		return "type"
	elseif token.kind == "identifier" and word:find("^%u[%u%d_]+$") then
		return "constant"
	end
	return token.kind
end

-- Puts right what the lexer does not know: words of newer C, types by their `_t`, macros by their capitals, calls by the
-- bracket behind them.
local function refine(tokens, code, name)
	local before = { word = "", directive = false, line_start = true }
	for i, token in ipairs(tokens) do
		local word = code:sub(token.from, token.to)
		if C_FAMILY[name] then token.kind = refine_c(token, word, before) end
		if CALLS[name] and (token.kind == "identifier" or name == "python" and word == "print" or token.kind == "constant")
			and code:find("^%(", token.to + 1) and not word:find("^%u[%u%d_]*$") then
			token.kind = "function"
		elseif token.kind == "number" and word:find("^[+-].") and i > 1 then
			-- In `n-1` the sign is an operator; the lexers give it to the number.
			token.signed = true
		end
		if word:find("\n[ \t]*$") then before.line_start = true end
		if not word:find("^%s+$") then
			before.line_start = false
			before.directive = token.kind == "preprocessor" and word == "#"
			before.word = word
		end
	end
	return tokens
end

-- Splits the tokens into lines; a token over several lines is opened again on each.
local function lines_of(tokens, code)
	local lines, line, open = {}, {}, nil
	local function add(piece, class)
		if piece == "" then return end
		if class ~= open then
			if open then line[#line + 1] = "</span>" end
			if class then line[#line + 1] = '<span class="hl-' .. class .. '">' end
			open = class
		end
		line[#line + 1] = text.escape(piece)
	end
	local function finish()
		if open then line[#line + 1] = "</span>" end
		lines[#lines + 1], line, open = table.concat(line), {}, nil
	end
	for _, token in ipairs(tokens) do
		local class, from = CLASSES[token.kind], token.from
		if token.signed then
			add(code:sub(from, from), nil)
			from = from + 1
		end
		while true do
			local newline = code:find("\n", from, true)
			if not newline or newline > token.to then break end
			add(code:sub(from, newline - 1), class)
			finish()
			from = newline + 1
		end
		add(code:sub(from, token.to), class)
	end
	if #line > 0 then finish() end
	return lines
end

local function highlighted(code, language)
	local name = LEXERS[language:lower()]
	if name and #code <= LARGEST and library() and lexer_of(name) then
		-- A lexer that gives up (LPeg's stack is bounded, and so is the time) leaves the code unmarked.
		local done, tokens = pcall(tokens_of, lexer_of(name), code)
		if done and tokens then return lines_of(refine(join_words(tokens, code), code, name), code) end
	end
	return lines_of({ { from = 1, to = #code, kind = "default" } }, code)
end

-- Returns an array of HTML, one string a line, without newlines; a newline at the end of the code starts no line. Text is
-- escaped, and every <span class="hl-…"> is closed on the line that opened it. Code in a language that is not known (or
-- nil), beyond 64 KiB, or without the lexers at hand comes back escaped and unmarked. Never fails.
function M.lines(code, language)
	code = code:gsub("\r\n", "\n")
	language = language or ""
	local key = language .. "\0" .. code
	if not known[key] then
		if known_bytes > KEPT then known, known_bytes = {}, 0 end
		known[key], known_bytes = highlighted(code, language), known_bytes + #code
	end
	return table.move(known[key], 1, #known[key], 1, {})
end

-- True, or false and why no code can be marked here.
function M.available()
	if library() then return true end
	return false, failure
end

-- configure{ path = FOLDER } takes the lexers from another folder; what was loaded and remembered is dropped.
function M.configure(options)
	path = options.path or path
	lexers, failure, loaded, known, known_bytes = nil, nil, {}, {}, 0
end

return M
