-- Templates: tags around Lua expressions, compiled once to Lua and rendered often. Knows no files and no posts: a
-- template's text comes from the reader it is given, its values from whoever renders.
--
--   {{ EXPR }}          the value, escaped; nil, a table or a boolean there is an error, never an empty string
--   {{ EXPR | raw }}    the value as it is, for HTML that was made safe before
--   {% if EXPR %} {% elseif EXPR %} {% else %} {% end %}
--   {% for x in LIST %} {% for i, x in LIST %} {% for k, v in pairs(TABLE) %} {% end %}
--   {% block NAME %} {% end %}      {% extends "base.html" %}      {% include "part.html" %}      {# comment #}
--
-- EXPR is one Lua expression over the variables given and what page/template_library holds. A line that holds one {% %}
-- or {# #} and nothing else leaves no line behind. A literal {{ is written {{ "{{" }}. Escaping makes a value safe
-- between tags and in quoted attributes; in <script>, <style>, unquoted attributes and javascript: links nothing is.
local library = require "page.template_library"
local problem = require "base.problem"
local sorted_keys = require "base.sorted_keys"
local text = require "livepost.text"

local M = {}

local DEEPEST = 100 -- open tags inside each other; Lua's own parser gives up a little later, without saying where
local TAGS = "if, elseif, else, for, block, extends, include, end"
local INSTEAD = { elif = "elseif", endif = "end", endfor = "end", endblock = "end" }

local function throw(place, message, ...)
	problem.throw { path = place.path, line = place.line, column = place.column, message = message:format(...) }
end

-- One line of an expression, short enough for a message.
local function short(code)
	code = code:gsub("%s+", " ")
	return #code > 60 and code:sub(1, (utf8.offset(code, 0, 58) or 58) - 1) .. "…" or code
end

-- Compiled templates see one of these under the name __lp, and under no other.
local Page = {}
Page.__index = Page

local function describe_table(value)
	local keys = {}
	for key in pairs(value) do
		if type(key) == "string" then keys[#keys + 1] = key end
	end
	table.sort(keys)
	if #keys == 0 then return "write its parts in a {% for %}" end
	return "name one of its fields (" .. table.concat(keys, ", ", 1, math.min(#keys, 8)) .. ")"
end

local function written(page, value)
	if math.type(value) then return tostring(value) end
	local code = page.sites[page.at].code
	if value == nil then
		throw(page.sites[page.at],
			"%s is nil: it is misspelt or not set for this page; where it may be missing write {{ %s or \"\" }}", code, code)
	elseif type(value) == "table" then
		throw(page.sites[page.at], "%s is a table, which cannot be written: %s", code, describe_table(value))
	end
	throw(page.sites[page.at], "%s is a %s, which cannot be written: give a string or a number", code, type(value))
end

function Page:literal(piece)
	local size = self.size + 1
	self.size, self.out[size] = size, piece
end

function Page:raw(value)
	if type(value) ~= "string" then value = written(self, value) end
	self:literal(value)
end

function Page:value(value)
	if type(value) ~= "string" then value = written(self, value) end
	self:literal(text.escape(value))
end

function Page:mark(site)
	self.at = site
	return true
end

-- What a {% for %} walks: a list gives its items (with their index where two names are asked for), a function is an
-- iterator as in Lua.
function Page:each(names, value, state, control)
	if type(value) == "function" then return value, state, control end
	if type(value) ~= "table" then
		local site = self.sites[self.at]
		throw(site, "%s is %s, not a list: where it may be missing write {%% for … in %s or {} %%}", site.code,
			value == nil and "nil" or "a " .. type(value), site.code)
	end
	local at = 0
	return function()
		at = at + 1
		local item = value[at]
		if item == nil then return nil end
		if names == 1 then return item end
		return at, item
	end
end

function Page.scope(_, outer)
	return setmetatable({}, { __index = outer })
end

function Page:block(name, variables)
	self.blocks[name](variables, self)
end

function Page:include(name, variables)
	local compiled, blocks = self.engine.compiled[name], self.blocks
	self.blocks = compiled.blocks
	compiled.body(variables, self)
	self.blocks = blocks
end

-- Where the tag that opened just before `from` closes: the position of `closer` outside strings and braces; or nil and
-- what is open.
local function find_close(source, from, closer)
	local depth, at = 0, from
	while true do
		at = source:find("[\"'%[{}%%]", at)
		if not at then return nil, "it is not closed" end
		local char = source:sub(at, at)
		if depth == 0 and source:sub(at, at + 1) == closer then return at end
		if char == "{" then
			depth = depth + 1
		elseif char == "}" then
			depth = math.max(depth - 1, 0)
		elseif char == "[" then
			local level = source:match("^%[(=*)%[", at)
			if level then
				local _, stop = source:find("]" .. level .. "]", at, true)
				if not stop then return nil, "a [[ in it is not closed" end
				at = stop
			end
		elseif char ~= "%" then
			repeat
				at = source:find("[\\\n" .. char .. "]", at + 1)
				local found = at and source:sub(at, at)
				if found == "\\" then at = at + 1 end
				if not at or found == "\n" then return nil, "a " .. char .. " in it is not closed on its line" end
			until found == char
		end
		at = at + 1
	end
end

-- A function from rising byte positions to { path, line, column }.
local function places(path, source)
	local line, line_start, newline = 1, 1, source:find("\n", 1, true)
	return function(at)
		while newline and newline < at do
			line, line_start = line + 1, newline + 1
			newline = source:find("\n", line_start, true)
		end
		return { path = path, line = line, column = at - line_start + 1 }
	end
end

-- The pieces of a template in order, each { kind = "text" | "value" | "tag", body = what is inside, place = … };
-- comments are gone, and so are the lines that held nothing but one tag.
local function pieces(path, source)
	local list, at, place_of = {}, 1, places(path, source)
	local closer_of = { ["{{"] = "}}", ["{%"] = "%}", ["{#"] = "#}" }
	while true do
		local open = source:find("{[{%%#]", at)
		if not open then break end
		local opener = source:sub(open, open + 1)
		local text_place = place_of(source:find("%S", at))
		local closer, place = closer_of[opener], place_of(open)
		local close, why
		if opener == "{#" then
			close, why = source:find(closer, open + 2, true), "it is not closed"
		else
			close, why = find_close(source, open + 2, closer)
		end
		if not close then throw(place, "a %s is opened here, and %s: close it with %s", opener, why, closer) end
		local before, after = source:sub(at, open - 1), close + 2
		if opener ~= "{{" then
			local indent = source:sub(open - place.column + 1, open - 1):match("^[ \t]*$")
			local _, line_end = source:find("^[ \t]*\r?\n", after)
			if not line_end and source:find("^[ \t]*$", after) then line_end = #source end
			if indent and line_end then before, after = before:sub(1, #before - #indent), line_end + 1 end
		end
		if before ~= "" then list[#list + 1] = { kind = "text", body = before, place = text_place } end
		if opener ~= "{#" then
			list[#list + 1] = { kind = opener == "{{" and "value" or "tag", place = place,
				body = source:sub(open + 2, close - 1) }
		end
		at = after
	end
	if at <= #source then
		list[#list + 1] = { kind = "text", body = source:sub(at), place = place_of(source:find("%S", at) or at) }
	end
	return list
end

-- Returns the expression without its margins; throws unless it is exactly one Lua expression.
local function check_expression(place, code)
	code = code:match("^%s*(.-)%s*$")
	if code == "" then throw(place, "there is no expression: write one, or remove the tag") end
	if code:find("__lp", 1, true) then
		throw(place, "names with __lp in them belong to livepost: choose another name")
	end
	local _, message = load("return " .. code, "=expression", "t")
	if message then
		throw(place, "%s is not a Lua expression: %s", short(code), message:gsub("^expression:%d+: ", ""))
	end
	-- Two readings, so that nothing passes that closes the expression itself and goes on.
	if not load("return function() return (" .. code .. "\n) end", "=expression", "t") then
		throw(place, "%s is not one Lua expression: give one value, without ; or , or ...", short(code))
	end
	return code
end

local function check_name(place, name, what)
	if not name:find("^[%a_][%w_]*$") or name:find("__lp", 1, true) or not load("local " .. name, "=name", "t") then
		throw(place, "'%s' cannot be the name of a %s: use letters, digits and _, and no word of Lua", name, what)
	end
	return name
end

local function names_in_order(set)
	local names = sorted_keys(set)
	return #names > 0 and table.concat(names, ", ") or "none"
end

local Engine = {}
Engine.__index = Engine

-- One template on its way to Lua. `code` collects the function that is being written; a block starts one of its own.
local Writer = {}
Writer.__index = Writer

function Writer:add(format, ...)
	self.code[#self.code + 1] = format:format(...)
end

-- Remembers where an expression stands; the number is what the running template sets before it evaluates it.
function Writer:site(place, code)
	local sites = self.engine.sites
	sites[#sites + 1] = { path = place.path, line = place.line, column = place.column, code = code and short(code) }
	return #sites
end

function Writer:open(kind, place, closing)
	if #self.opened >= DEEPEST then
		throw(place, "more than %d tags are open inside each other: use {%% include %%} for a part of them", DEEPEST)
	end
	self.opened[#self.opened + 1] = { kind = kind, place = place, closing = closing }
end

-- Where a template extends another, only its blocks are ever shown.
function Writer:need_block(place, what)
	if self.extends and #self.opened == 0 then
		throw(place, "%s stands outside the blocks, where a template that extends %s shows nothing: put it into a block",
			what, self.extends)
	end
end

local write_tag = {}

write_tag["if"] = function(self, place, rest)
	local code = check_expression(place, rest)
	self:add("__lp.at=%d; if (%s\n) then", self:site(place, code), code)
	self:open("if", place, "end")
end

write_tag["elseif"] = function(self, place, rest)
	local top = self.opened[#self.opened]
	if not top or top.kind ~= "if" or top.has_else then
		throw(place, "an elseif without an if before it: open one with {%% if … %%}")
	end
	local code = check_expression(place, rest)
	self:add("elseif __lp:mark(%d) and (%s\n) then", self:site(place, code), code)
end

write_tag["else"] = function(self, place, rest)
	if rest:find("^if%s") then throw(place, "there is no tag 'else if': write {%% elseif … %%}") end
	if rest ~= "" then
		throw(place, "'%s' stands behind an else: write {%% elseif … %%} for a condition", short(rest))
	end
	local top = self.opened[#self.opened]
	if not top or top.kind ~= "if" or top.has_else then
		throw(place, "an else without an if before it: open one with {%% if … %%}")
	end
	top.has_else = true
	self:add("else")
end

write_tag["for"] = function(self, place, rest)
	local list, code = rest:match("^([%w_%s,]-)%s+in%s+(.+)$")
	local first, second = nil, nil
	if list then first, second = list:match("^([%w_]+)%s*,?%s*([%w_]*)$") end
	if not first then
		throw(place, "cannot read 'for %s': write {%% for x in list %%} or {%% for i, x in list %%}", short(rest))
	end
	local names = second ~= "" and { first, second } or { first }
	code = check_expression(place, code)
	self:add("__lp.at=%d; for __lp1%s in __lp:each(%d, %s\n) do local _ENV = __lp:scope(_ENV)", self:site(place, code),
		#names == 2 and ", __lp2" or "", #names, code)
	for i, name in ipairs(names) do self:add("_ENV.%s = __lp%d", check_name(place, name, "variable"), i) end
	self:open("for", place, "end")
end

write_tag["block"] = function(self, place, rest)
	local name = check_name(place, rest, "block")
	if self.blocks[name] then
		throw(place, "there is a block '%s' in line %d already: choose another name", name, self.blocks[name].line)
	end
	self.blocks[name] = { path = place.path, line = place.line, column = place.column, top = #self.opened == 0 }
	if not self.extends or #self.opened > 0 then self:add("__lp:block(%q, _ENV);", name) end
	self:open("block", place)
	self.opened[#self.opened].outer = self.code
	self.code = { ("blocks[%q] = function(_ENV, __lp)"):format(name) }
end

write_tag["end"] = function(self, place, rest)
	if rest ~= "" then throw(place, "'%s' stands behind an end: remove it", short(rest)) end
	local top = table.remove(self.opened)
	if not top then throw(place, "an end that closes nothing: remove it") end
	self:add("end")
	if top.kind == "block" then
		self.functions[#self.functions + 1] = table.concat(self.code, "\n")
		self.code = top.outer
	end
end

local function quoted_name(place, rest, tag)
	local name = rest:match('^"([^"]*)"$') or rest:match("^'([^']*)'$")
	if not name then throw(place, "cannot read '%s %s': write {%% %s \"name.html\" %%}", tag, short(rest), tag) end
	return name
end

write_tag["extends"] = function(self, place, rest)
	if self.started then throw(place, "extends comes too late: it must be the first thing in the template") end
	self.extends = quoted_name(place, rest, "extends")
	self.parent = self.engine:compile(self.extends, place)
end

write_tag["include"] = function(self, place, rest)
	self:need_block(place, "an include")
	local name = quoted_name(place, rest, "include")
	self.engine:compile(name, place)
	self:add("__lp:include(%q, _ENV);", name)
end

function Writer:value(piece)
	self:need_block(piece.place, "a value")
	local body, how = piece.body, "value"
	local before, filter = body:match("^(.*[^|])|%s*([%a_]+)%s*$")
	if filter then
		if filter ~= "raw" then
			throw(piece.place, "there is no filter '%s': | raw is the only one; call a function instead", filter)
		end
		body, how = before, "raw"
	end
	local code = check_expression(piece.place, body)
	self:add("__lp.at=%d; __lp:%s(%s\n);", self:site(piece.place, code), how, code)
end

function Writer:tag(piece)
	local name, rest = piece.body:match("^%s*(%S*)%s*(.-)%s*$")
	if not write_tag[name] then
		if INSTEAD[name] then throw(piece.place, "there is no tag '%s': write {%% %s %%}", name, INSTEAD[name]) end
		throw(piece.place, "there is no tag '%s': the tags are %s", name, TAGS)
	end
	if name == "if" then self:need_block(piece.place, "an if") end
	if name == "for" then self:need_block(piece.place, "a for") end
	write_tag[name](self, piece.place, rest)
end

function Writer:text(piece)
	if self.extends and #self.opened == 0 then
		local word = piece.body:match("%S+")
		if word then self:need_block(piece.place, "'" .. short(word) .. "'") end
		return
	end
	self:add("__lp:literal(%q);", piece.body)
end

-- The blocks of this template over those of the one it extends, and the body of the outermost one.
function Writer:link(body, blocks)
	local known, all = {}, {}
	for name, block in pairs(self.parent and self.parent.blocks or {}) do known[name], all[name] = true, block end
	for name, place in pairs(self.blocks) do
		if self.extends and place.top and not known[name] then
			throw(place, "there is no block '%s' in %s: its blocks are %s", name, self.extends, names_in_order(known))
		end
		all[name] = blocks[name]
	end
	return { body = self.parent and self.parent.body or body, blocks = all }
end

-- Returns the compiled template: { body = function(variables, page), blocks = { name = function(variables, page) } }.
-- `place` is the tag that asked for it, nil for the page itself.
function Engine:compile(name, place)
	if self.compiled[name] then return self.compiled[name] end
	local path = self.folder .. name
	place = place or { path = path }
	for i, open in ipairs(self.compiling) do
		if open == name then
			throw(place, "templates need each other in a circle (%s → %s): take one of them out",
				table.concat(self.compiling, " → ", i), name)
		end
	end
	if not name:find("^[%w_][%w_./-]*$") or name:find("..", 1, true) then
		throw(place, "'%s' cannot be the name of a template: it is a path inside the templates' folder", name)
	end
	local source, why = self.read(name)
	if not source then throw(place, "cannot read the template '%s': %s", name, why or "there is none") end

	local writer = setmetatable({ engine = self, code = {}, functions = {}, blocks = {}, opened = {} }, Writer)
	self.compiling[#self.compiling + 1] = name
	for _, piece in ipairs(pieces(path, source)) do
		writer[piece.kind](writer, piece)
		if piece.kind ~= "text" or piece.body:find("%S") then writer.started = true end
	end
	local top = writer.opened[#writer.opened]
	if top then throw(top.place, "this %s is not closed: write {%% end %%} where it ends", top.kind) end
	local code = ("local blocks = {}\n%s\nreturn function(_ENV, __lp)\n%s\nend, blocks")
		:format(table.concat(writer.functions, "\n"), table.concat(writer.code, "\n"))
	local chunk, message = load(code, "=template", "t", {})
	if not chunk then throw({ path = path, line = 1, column = 1 }, "cannot compile this template: %s", message) end
	local compiled = writer:link(chunk())
	self.compiling[#self.compiling] = nil
	self.compiled[name] = compiled
	return compiled
end

-- Throws what is wrong with the text of a template and of those that it needs, as `render` does; nothing where nothing is.
function Engine:check(name)
	self.compiling = {}
	self:compile(name)
end

-- Returns the page as a string. `variables` is a table by name and is not changed. Throws a problem with path, line,
-- column and message; line and column are nil where it is the template itself that cannot be read.
function Engine:render(name, variables)
	self.compiling = {}
	local compiled = self:compile(name)
	local environment = setmetatable({}, { __index = function(_, key)
		local value = variables[key]
		if value == nil then value = library[key] end
		return value
	end })
	local page = setmetatable({ engine = self, sites = self.sites, blocks = compiled.blocks, out = {}, size = 0, at = 0 },
		Page)
	local done, err = pcall(compiled.body, environment, page)
	if not done then
		if problem.is(err) then error(err, 0) end
		local site = self.sites[page.at] or { path = self.folder .. name }
		local message = tostring(err):gsub("^template:%d+: ", "")
		local missing = message:match("^attempt to index a nil value %(global '(.*)'%)$")
		if missing then
			message = ("there is no variable '%s': the variables are %s"):format(missing, names_in_order(variables))
		end
		throw(site, "%s: %s", site.code or name, message)
	end
	return table.concat(page.out, "", 1, page.size)
end

-- An engine reads each template once, by read(name) → text | nil, message, and keeps it compiled; make a new engine to
-- see changed templates. `folder` ("templates" if nil) stands before a template's name in messages.
function M.new(read, folder)
	folder = (folder or "templates") .. "/"
	return setmetatable({ read = read, folder = folder, compiled = {}, compiling = {}, sites = {} }, Engine)
end

return M
