-- Runs filters over a post's document: ours by their names and those of a site's pipeline.lua, in the order that it says.
-- Knows no filter's work.
local limits = require "author.limits"
local nearest = require "base.nearest"
local post = require "livepost.post"
local problem = require "base.problem"
local sorted_keys = require "base.sorted_keys"

local M = {}

local SHIPPED = {
	tables = require "filter.tables",
	footnotes = require "filter.footnotes",
	tasks = require "filter.tasks",
	strikethrough = require "filter.strikethrough",
	links = require "filter.links",
	headings = require "filter.headings",
	toc = require "filter.toc",
	emoji = require "filter.emoji",
	smart = require "filter.smart",
}

-- What a site has that says nothing. Not quotes and emoji: they change what an author wrote.
M.DEFAULT = { "tables", "tasks", "strikethrough", "links", "footnotes", "headings", "toc" }

-- What stands in a filter beside functions by the kind of node.
local PARTS = { name = "string", order = "string", when = "string", source = "function", smart = "boolean" }

-- wrong(message, key, of_key): what is wrong with a part of the filter, or with all of it where `key` is nil.
local function check_filter(given, wrong)
	for _, key in ipairs(sorted_keys(given)) do
		local value = given[key]
		if type(key) ~= "string" then
			wrong("a filter is a table of functions by the kind of node: { text = function(node, context) … end }", key)
		elseif PARTS[key] then
			if type(value) ~= PARTS[key] then wrong(("`%s` is a %s, not a %s"):format(key, PARTS[key], type(value)), key) end
		elseif not post.kinds[key] then
			local close = nearest.of(key, sorted_keys(post.kinds)) or nearest.of(key, sorted_keys(PARTS))
			wrong(("no kind of node is called `%s`: %s"):format(key,
				close and ("did you mean `%s`?"):format(close) or "livepost(3lua) lists them"), key, true)
		elseif type(value) ~= "function" then
			wrong(("`%s` is a function(node, context), not a %s"):format(key, type(value)), key)
		end
	end
	if type(given.order) == "string" and given.order ~= "pre" and given.order ~= "post" then
		wrong(("`order` is \"pre\" or \"post\", not %q"):format(given.order), "order")
	end
end

-- read(given, path, tell) → the list of filters to run. given: the setting, a list of names and filters, or nil; path: that of
-- the file it stands in; tell(keys, message, of_key): as the settings have it.
function M.read(given, path, tell)
	local filters, seen = {}, {}
	local function add_name(name, wrong)
		if not SHIPPED[name] then
			local close = nearest.of(name, sorted_keys(SHIPPED))
			return wrong(("no filter is called `%s`: %s"):format(name, close and ("did you mean `%s`?"):format(close)
				or "there are default, " .. table.concat(sorted_keys(SHIPPED), ", ")))
		elseif seen[name] then
			return wrong(("`%s` is there twice"):format(name))
		end
		seen[name] = true
		filters[#filters + 1] = { name = name, functions = SHIPPED[name] }
	end
	local entries, count = given or { "default" }, 0
	for _ in pairs(entries) do count = count + 1 end
	if count ~= #entries then tell({ "filters" }, "setting `filters`: it is a list of names and filters") end
	for i, entry in ipairs(entries) do
		local right = true
		local function wrong(message, key, of_key)
			right = false
			tell({ "filters", i, key }, ("setting `filters`, entry %d: %s"):format(i, message), of_key)
		end
		if entry == "default" then
			for _, name in ipairs(M.DEFAULT) do add_name(name, wrong) end
		elseif type(entry) == "string" then
			add_name(entry, wrong)
		elseif type(entry) == "table" then
			check_filter(entry, wrong)
			local name = entry.name or ("filter %d"):format(i)
			if right then filters[#filters + 1] = { name = name, functions = entry, path = path } end
		else
			wrong(("a name or a table of functions is expected, not a %s"):format(type(entry)))
		end
	end
	return filters
end

-- A problem at a line of the text; where the text stands inside the post, it is told of where that is.
local function problem_at(run, message, line, column)
	if not run.within then return problem.new { path = run.path, line = line, column = column, message = message } end
	local what = line and ("%s, line %d"):format(run.within.what, line) or run.within.what
	return problem.new { path = run.path, line = run.within.line, column = run.within.column, message = what .. ": " .. message }
end

-- What a function of a filter is given as its second value. livepost(3lua) has it.
local function context_of(run)
	local context = { text = run.text, line = run.line, path = run.path, front = run.front, prefix = run.prefix, state = {} }
	local function at() return run.node end
	function context.root() return run.tree:root() end
	function context.new(kind, properties, place) return run.tree:new(kind, properties, place or at()) end
	function context.find(kinds, within)
		local wanted = {}
		for _, kind in ipairs(kinds) do
			if not post.kinds[kind] then error(("no kind of node is called `%s`"):format(tostring(kind)), 2) end
			wanted[kind] = true
		end
		return (run.tree:find(wanted, "pre", within))
	end
	function context.inlines(snippets)
		local all = {}
		for i, one in ipairs(snippets) do
			if type(one) == "string" then
				local place = at()
				one = { { text = one, line = place and place.line, column = place and place.column } }
			elseif type(one) == "table" and one.text then
				one = { one }
			end
			all[i] = one
		end
		return run.tree:inlines(all)
	end
	function context.blocks(markdown) return run.tree:blocks(markdown, at()) end
	local function tell(message, place)
		local line, column
		if type(place) == "userdata" or type(place) == "table" then line, column = place.line, place.column end
		return problem_at(run, tostring(message), line or (at() and at().line), column)
	end
	function context.warn(message, place)
		local found = tell(message, place)
		found.message = "warning: " .. found.message
		run.warn(found)
	end
	function context.report(message, place) run.report(tell(message, place)) end
	return context
end

-- Nothing keeps the node; false or an empty list takes it away; a node, text or list of these replaces it.
local function apply(node, result)
	if result == nil then return end
	if result == false then
		node:remove()
	elseif type(result) == "string" or type(result) == "userdata" or type(result) == "table" then
		if type(result) == "table" and #result == 0 and next(result) ~= nil then
			error("a function of a filter returns nil, false, a node, a text or a list of these", 0)
		end
		if result ~= node then node:replace(result) end
	else
		error(("a function of a filter returns nil, false, a node, a text or a list of these, not a %s"):format(type(result)), 0)
	end
end

local function walk(run, functions, context)
	local wanted = {}
	for kind in pairs(functions) do wanted[kind] = post.kinds[kind] end
	if next(wanted) == nil then return end
	local is_pre = functions.order == "pre"
	local nodes, behind = run.tree:find(wanted, is_pre and "pre" or "post")
	local i = 1
	while i <= #nodes do
		local node = nodes[i]
		run.node, run.called = node, functions[node.kind]
		local result, skip = run.called(node, context)
		if node.kind == "document" then
			if result ~= nil then error("the document can be changed, but not replaced", 0) end
		else
			apply(node, result)
		end
		-- What is in a node that is gone is not looked at, nor in one whose function says so.
		i = is_pre and (skip or result ~= nil and result ~= node) and behind[i] or i + 1
	end
	run.node = nil
end

-- One of the site's own fails at its line of pipeline.lua, at work on a node of the post.
local function run_guarded(run, filter, body)
	local ok, result, thread = limits.run(filter.path, body)
	if ok then return result[1] end
	if problem.is(result) then error(result, 0) end
	local line, called = limits.where(thread, filter.path)
	-- What is wrong with what a function returned is told of where it begins.
	if not line and run.called then line = debug.getinfo(run.called, "S").linedefined end
	local place = run.node and ("%s:%d"):format(run.path, run.node.line) or run.path
	if run.within then
		place = ("%s:%d: %s"):format(run.path, run.within.line, run.within.what)
		if run.node then place = ("%s, line %d"):format(place, run.node.line) end
	end
	problem.throw { path = filter.path, line = line, message = ("filter `%s`: %s"):format(filter.name, limits.message(result)),
		details = ("at %s%s"):format(place, called and "\n" .. called or "") }
end

-- One of ours has no mistakes to tell but that the post is more than it may make nodes of.
local function run_shipped(run, filter, body)
	local ok, result = xpcall(body, function(wrong)
		local bound = type(wrong) == "string" and (wrong:match("more than %d+ nodes.*$") or wrong:match("the nodes of this post.*$"))
		if bound then
			local line = run.node and run.node.kind ~= "document" and run.node.line or nil
			return problem_at(run, ("filter `%s`: %s: make several posts of it"):format(filter.name, bound), line)
		end
		return problem.is(wrong) and wrong or debug.traceback(wrong, 2)
	end)
	if not ok then error(result, 0) end
	return result
end

-- A source function's pieces → what livepost.post takes.
local function check_pieces(pieces)
	if type(pieces) == "string" then return { { text = pieces } } end
	if type(pieces) ~= "table" then error(("`source` returns nil, a text or a list of pieces, not a %s"):format(type(pieces)), 0) end
	for i, piece in ipairs(pieces) do
		if type(piece) ~= "table" or not (piece.text or piece.from) then
			error(("piece %d is neither { text = …, at = … } nor { from = …, to = … }"):format(i), 0)
		end
		if piece.text then piece.at = piece.at or 1 end
	end
	return pieces
end

-- run(filters, given) → the tree, or nil, message, line, column where the text cannot be parsed.
-- given: { text, line = of the text's first one, path = the post's, front = its front matter, report, warn }; for Markdown that
-- is not the post's own text, also prefix, which no other text of the post has, for its ids, and within = { what, line, column }:
-- what text it is, and where in the post that is told.
function M.run(filters, given)
	local run = { text = given.text, line = given.line, path = given.path, front = given.front, report = given.report,
		warn = given.warn, prefix = given.prefix or "", within = given.within }
	local options = {}
	for _, filter in ipairs(filters) do options.smart = options.smart or filter.functions.smart end
	local message, line, column
	local function parse()
		run.tree, message, line, column = post.document(run.text, run.line, options)
		return run.tree
	end
	if not parse() then return nil, message, line, column end
	local working, contexts = {}, {}
	for _, filter in ipairs(filters) do
		local functions = filter.functions
		if not functions.when or run.text:find(functions.when, 1, true) then
			working[#working + 1] = filter
			contexts[filter] = context_of(run)
		end
	end
	for _, filter in ipairs(working) do
		local context = contexts[filter]
		local function read_source()
			run.called = filter.functions.source
			local pieces = run.called(context)
			return pieces ~= nil and check_pieces(pieces) or nil
		end
		if filter.functions.source then
			local pieces
			pieces = (filter.path and run_guarded or run_shipped)(run, filter, read_source)
			if pieces then
				if options.pieces then
					problem.throw { path = filter.path or run.path, line = filter.path and debug.getinfo(run.called, "S").linedefined, message = ("filter `%s`: another filter has changed the source of "
						.. "this post already: only one can"):format(filter.name) }
				end
				options.pieces = pieces
				if not parse() then return nil, message, line, column end
			end
		end
	end
	for _, filter in ipairs(working) do
		local function work() walk(run, filter.functions, contexts[filter]) end
		(filter.path and run_guarded or run_shipped)(run, filter, work)
	end
	return run.tree
end

return M
