-- Footnotes: `[^name]` and, at the beginning of a line, `[^name]: text`, whose further paragraphs are indented by four.
-- To CommonMark a definition is a link's or a paragraph. So before the document is parsed, definitions become the items of a
-- list ahead of it, and each name a link to an address of ours: what refers to a footnote is then for the parser to find.

local ADDRESS = "livepost-footnote:"
local BORDER = "<!---->"

-- The lines of the text, { from, to = its last byte with the line's end, blank, indented }.
local function lines_of(text)
	local lines, from = {}, 1
	while from <= #text do
		local stop = text:find("[\r\n]", from) or #text
		if text:byte(stop) == 13 and text:byte(stop + 1) == 10 then stop = stop + 1 end
		local content = text:find("[^ \t\r\n]", from)
		lines[#lines + 1] = { from = from, to = stop, blank = not content or content > stop,
			indented = text:find("^ ? ? ?\t", from) ~= nil or text:find("^    ", from) ~= nil }
		from = stop + 1
	end
	return lines
end

-- Which lines are code or HTML, and in which paragraph each other line is.
local function read_blocks(context, count)
	local literal, paragraphs = {}, {}
	for _, node in ipairs(context.find { "code_block", "html_block", "paragraph" }) do
		local into = node.kind == "paragraph" and paragraphs or literal
		for line = node.line, math.min(node.end_line or node.line, context.line + count - 1) do
			into[line - context.line + 1] = node
		end
	end
	return literal, paragraphs
end

local function find_definitions(context, lines)
	local literal, paragraphs = read_blocks(context, #lines)
	local definitions, by_name, i = {}, {}, 1
	while i <= #lines do
		local line = lines[i]
		local name, rest = context.text:match("^ ? ? ?%[%^([^%[%]%s\\]+)%]:[ \t]*()", line.from)
		if name and not literal[i] then
			local found = { name = name, first = i, rest = math.min(rest, line.to + 1), line = context.line + i - 1 }
			local last = i
			for k = i + 1, #lines do
				local is_further = lines[k].indented and not lines[k].blank
				local is_lazy = not is_further and not lines[k].blank and last == k - 1 and paragraphs[k]
					and paragraphs[k] == paragraphs[k - 1] and not context.text:find("^ ? ? ?%[%^[^%[%]%s\\]+%]:", lines[k].from)
				if is_further or is_lazy then
					last = k
				elseif not lines[k].blank then
					break
				end
			end
			found.last = last
			if by_name[name:lower()] then
				context.report(("footnote `[^%s]` is there twice: the first is in line %d: each needs a name of its own")
					:format(name, by_name[name:lower()].line), { line = found.line, column = 1 })
			else
				by_name[name:lower()] = found
				definitions[#definitions + 1] = found
			end
			i = last + 1
		else
			i = i + 1
		end
	end
	return definitions
end

local function source(context)
	local lines = lines_of(context.text)
	local definitions = find_definitions(context, lines)
	if #definitions == 0 then return nil end
	context.state.definitions = definitions
	local pieces = {}
	-- Ends of lines come in twos: the first can be half of one with a carriage return before it.
	local function add(text, at) pieces[#pieces + 1] = { text = text, at = at } end
	for _, one in ipairs(definitions) do
		-- No other mark of a list cannot also be a rule, or part of one.
		add("+   ", one.rest)
		pieces[#pieces + 1] = { from = one.rest, to = lines[one.last].to }
		if not context.text:find("^[\r\n]", lines[one.last].to) then add("\n", lines[one.last].to) end
	end
	for i, one in ipairs(definitions) do
		add(("\n\n[^%s]: <%s%d>\n"):format(one.name, ADDRESS, i), lines[one.first].from)
	end
	add("\n\n" .. BORDER .. "\n\n", 1)
	local from = 1
	for _, one in ipairs(definitions) do
		if lines[one.first].from > from then pieces[#pieces + 1] = { from = from, to = lines[one.first].from - 1 } end
		add("\n\n", lines[one.first].from)
		from = lines[one.last].to + 1
	end
	if from <= #context.text then pieces[#pieces + 1] = { from = from, to = #context.text } end
	return pieces
end

-- Takes the definitions out of the document: a list of the nodes of each.
local function take_definitions(root)
	local bodies, node = {}, root.first
	while node and not (node.kind == "html_block" and node.text:sub(1, #BORDER) == BORDER) do
		if node.kind == "list" then
			for _, item in ipairs(node:children()) do bodies[#bodies + 1] = item end
		end
		local behind = node.next
		node:remove()
		node = behind
	end
	if node then node:remove() end
	return bodies
end

-- What refers to a footnote becomes its number; what stood around it, as in `[text][^1]` and `![^1]`, stays.
local function refer(link, one, context)
	one.references = one.references + 1
	local id = ("fnref-%s%d%s"):format(context.prefix, one.number, one.references > 1 and "-" .. one.references or "")
	local number = context.new("sup", { context.new("link", { tostring(one.number), url = ("#fn-%s%d"):format(context.prefix, one.number),
		attributes = { id = id, class = "footnote-ref", role = "doc-noteref" } }) })
	local parts = {}
	if link.kind == "image" then parts[1] = "!" end
	if link:plain():lower() ~= "^" .. one.name:lower() then
		parts[#parts + 1] = "["
		for _, child in ipairs(link:children()) do parts[#parts + 1] = child end
		parts[#parts + 1] = "]"
	end
	parts[#parts + 1] = number
	link:replace(parts)
end

local function add_back_links(item, one, context)
	local last = item.last
	if not last or last.kind ~= "paragraph" then
		last = context.new("paragraph")
		item:append(last)
	end
	for i = 1, one.references do
		if last.first then last:append(" ") end
		-- Behind the arrow what keeps it from being drawn as a picture.
		last:append(context.new("link", { "↩\u{FE0E}", url = ("#fnref-%s%d%s"):format(context.prefix, one.number, i > 1 and "-" .. i or ""),
			attributes = { class = "footnote-back", role = "doc-backlink",
				["aria-label"] = ("Back to reference %d%s"):format(one.number, i > 1 and "-" .. i or "") } }))
		if i > 1 then last:append(context.new("sup", { tostring(i) })) end
	end
end

local function document(root, context)
	local definitions = context.state.definitions
	if not definitions then return end
	local bodies = take_definitions(root)
	if #bodies ~= #definitions then error("a footnote has what cannot stand in it: keep lists and code in it indented by four", 0) end
	local ordered = {}
	local function read_references(within)
		for _, link in ipairs(context.find({ "link", "image" }, within)) do
			local index = link.url:sub(1, #ADDRESS) == ADDRESS and math.tointeger(tonumber(link.url:sub(#ADDRESS + 1)))
			local one = index and definitions[index]
			if one then
				if not one.number then
					ordered[#ordered + 1] = one
					one.number, one.references, one.body = #ordered, 0, bodies[index]
				end
				refer(link, one, context)
			end
		end
	end
	read_references(root)
	local i = 1
	while ordered[i] do
		read_references(ordered[i].body)
		i = i + 1
	end
	for _, one in ipairs(definitions) do
		if not one.number then
			context.warn(("footnote `[^%s]` is not referred to, and not shown: refer to it, or take it out"):format(one.name),
				{ line = one.line, column = 1 })
		end
	end
	if #ordered == 0 then return end
	local list = context.new("list", { ordered = true, tight = false })
	for _, one in ipairs(ordered) do
		one.body:set("id", ("fn-%s%d"):format(context.prefix, one.number))
		list:append(one.body)
		add_back_links(one.body, one, context)
	end
	root:append(context.new("section", { list, attributes = { class = "footnotes", role = "doc-endnotes" } }))
end

return { when = "[^", source = source, document = document }
