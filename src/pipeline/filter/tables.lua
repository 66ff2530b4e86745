-- Pipe tables, as GitHub has them: a paragraph whose second line says how columns are aligned.

-- The cells of a row, each { text, column = of its first character }; a pipe behind a backslash divides nothing.
local function cells_of(line)
	local text, cells = line.text, {}
	local first = text:find("%S") or #text + 1
	local at = text:sub(first, first) == "|" and first + 1 or first
	local start = at
	-- What was counted already is not counted again: rows can be long.
	local counted, column = 1, line.column
	local function add(from, to)
		local inner_from = text:find("[^ \t]", from) or to + 1
		if inner_from > to then inner_from = to + 1 end
		local inner = text:sub(inner_from, to):gsub("[ \t]+$", "")
		column, counted = column + (utf8.len(text, counted, inner_from - 1) or 0), inner_from
		cells[#cells + 1] = { text = inner, line = line.line, column = column }
	end
	while true do
		local found = text:find("[\\|]", at)
		if not found then break end
		if text:sub(found, found) == "\\" then
			at = found + 2
		else
			add(start, found - 1)
			at, start = found + 1, found + 1
		end
	end
	if text:find("%S", start) then add(start, #text) end
	return cells
end

local ALIGNMENTS = { ["::"] = "center", [":"] = "left", ["-:"] = "right" }

-- The alignments of `| :-- | --: |`, nil for any other line.
local function alignments_of(line)
	if not line.text:find("^[ \t|:-]+$") or not line.text:find("-", 1, true) then return nil end
	if not line.text:find("[|:]") then return nil end
	local alignments = {}
	for i, cell in ipairs(cells_of(line)) do
		local left, right = cell.text:match("^(:?)%-+(:?)$")
		if not left then return nil end
		alignments[i] = left == ":" and right == ":" and ALIGNMENTS["::"] or left == ":" and ALIGNMENTS[":"]
			or right == ":" and ALIGNMENTS["-:"] or false
	end
	return #alignments > 0 and alignments or nil
end

-- Where a table begins in the lines: the index of its head, and its alignments.
local function find_table(lines)
	for i = 2, #lines do
		local alignments = not lines[i].lazy and alignments_of(lines[i])
		if alignments and lines[i - 1].text:find("|", 1, true) and #cells_of(lines[i - 1]) == #alignments then
			return i - 1, alignments
		end
	end
end

-- `: text {#id .class}`; nil for what is no caption.
local function read_caption(line)
	local text = line.text:match("^:[ \t]+(%S.*)$")
	if not text then return nil end
	local caption = { column = line.column + #line.text - #text, line = line.line, attributes = {} }
	local before, marks = text:match("^(.-)[ \t]*{([^{}]*)}[ \t]*$")
	local classes = {}
	for mark in (marks or ""):gmatch("%S+") do
		local id, class = mark:match("^#([%w_:.-]+)$"), mark:match("^%.([%w_-]+)$")
		if id then
			caption.attributes.id = id
		elseif class then
			classes[#classes + 1] = class
		else
			before = nil
		end
	end
	if #classes > 0 then caption.attributes.class = table.concat(classes, " ") end
	caption.text = before or text
	if not before then caption.attributes = {} end
	return caption
end

-- What is left of a paragraph when its table is taken out; link reference definitions are no text of it.
local function drop_definitions(lines, paragraph)
	local kept = table.move(lines, 1, #lines, 1, {})
	while kept[1] and kept[1].text:find("^%[[^%]]*%]:") do table.remove(kept, 1) end
	return #kept > 0 and paragraph and kept or nil
end

local function note(context, lines)
	local snippets = context.state.snippets or {}
	context.state.snippets = snippets
	snippets[#snippets + 1] = lines
	return #snippets
end

-- So many nodes are made for a post at most. That a post has more tables than that is told when they are counted, and not after
-- all of them were parsed.
local MOST_NODES = 1000 * 1000

local function count_nodes(found, context)
	local state = context.state
	state.nodes = (state.nodes or 0) + 2 + #found.rows * (1 + #found.alignments)
	if state.nodes > MOST_NODES then error(("more than %d nodes were made for this post"):format(MOST_NODES), 0) end
end

local function paragraph(node, context)
	local lines = node:lines()
	local head, alignments = find_table(lines)
	if not head then return end
	local found = { node = node, alignments = alignments, rows = {} }
	local before = drop_definitions(table.move(lines, 1, head - 1, 1, {}), node)
	if before then found.before = note(context, before) end
	local last = #lines
	for i = head, #lines do
		if lines[i].lazy and i > head then
			last = i - 1
			break
		end
		local caption = i > head + 1 and i == #lines and read_caption(lines[i])
		if caption then
			found.caption, found.caption_text = caption, note(context, { caption })
		elseif i ~= head + 1 then
			local row = cells_of(lines[i])
			local numbers = {}
			for k = 1, #alignments do
				-- Rows are as long as the head; a cell that is not there is empty.
				numbers[k] = row[k] and row[k].text ~= "" and note(context, { row[k] }) or false
			end
			found.rows[#found.rows + 1] = numbers
		end
	end
	if last < #lines then found.behind = note(context, table.move(lines, last + 1, #lines, 1, {})) end
	local next_block = node.next
	if not found.caption and not found.behind and next_block and next_block.kind == "paragraph" then
		local below = next_block:lines()
		local caption = #below == 1 and read_caption(below[1])
		if caption then
			found.caption, found.caption_text, found.caption_node = caption, note(context, { caption }), next_block
		end
	end
	count_nodes(found, context)
	local tables = context.state.tables or {}
	context.state.tables = tables
	tables[#tables + 1] = found
end

-- A pipe in code keeps its backslash when it is parsed: only tables need one there.
local function unescape(context, nodes)
	for _, node in ipairs(nodes) do
		local codes = node.kind == "code" and { node } or node.first and context.find({ "code" }, node) or {}
		for _, code in ipairs(codes) do
			if code.text:find("\\|", 1, true) then code.text = code.text:gsub("\\|", "|") end
		end
	end
	return nodes
end

local function make_row(context, kind, numbers, alignments, texts)
	local cells = {}
	for i, number in ipairs(numbers) do
		local cell = context.new(kind, number and unescape(context, texts[number]) or {})
		if alignments[i] then cell:set("style", "text-align: " .. alignments[i]) end
		if kind == "th" then cell:set("scope", "col") end
		cells[i] = cell
	end
	return context.new("tr", cells)
end

local function make_table(context, found, texts)
	local made = context.new("table", { attributes = found.caption and found.caption.attributes or {} })
	if found.caption then made:append(context.new("caption", texts[found.caption_text])) end
	made:append(context.new("thead", { make_row(context, "th", found.rows[1], found.alignments, texts) }))
	local body = {}
	for i = 2, #found.rows do body[i - 1] = make_row(context, "td", found.rows[i], found.alignments, texts) end
	if #body > 0 then made:append(context.new("tbody", body)) end
	return made
end

-- All cells are parsed at once: one by one would take the definitions of links with each.
local function document(_, context)
	local tables = context.state.tables
	if not tables then return end
	local texts = context.inlines(context.state.snippets)
	for _, found in ipairs(tables) do
		local blocks = {}
		if found.before then blocks[1] = context.new("paragraph", texts[found.before]) end
		blocks[#blocks + 1] = make_table(context, found, texts)
		if found.behind then blocks[#blocks + 1] = context.new("paragraph", texts[found.behind]) end
		if found.caption_node then found.caption_node:remove() end
		found.node:replace(blocks)
	end
end

return { when = "|", paragraph = paragraph, document = document }
