-- Strikethrough: what stands between two tildes and two tildes. The rules are those of emphasis; one tilde is a tilde.

-- Deeper than this nobody means it.
local MOST_OPEN = 100

-- What a character is to the mark beside it: "blank", "mark" (punctuation) or "letter".
local function class_of(character)
	if character:find("^%s") then return "blank" end
	return character:find("^%p") and "mark" or "letter"
end

local function class_of_neighbour(node, is_before)
	if not node then return nil end
	if node.kind == "softbreak" or node.kind == "linebreak" then return "blank" end
	if node.kind ~= "text" then return "mark" end
	return node.text ~= "" and class_of(is_before and node.text:sub(-1) or node.text:sub(1, 1)) or "mark"
end

local BLOCKS = { paragraph = true, heading = true, td = true, th = true, caption = true, dt = true, dd = true, summary = true,
	figcaption = true }

-- The children as a list of nodes, and of { opens, closes } where a pair of tildes stands.
local function pieces_of(parent, context)
	local pieces, found = {}, false
	local edge = BLOCKS[parent.kind] and "blank" or "mark"
	for _, child in ipairs(parent:children()) do
		local text = child.kind == "text" and not child.escaped and child.text or ""
		local at, parts = 1, {}
		while true do
			local from, to = text:find("~~+", at)
			if not from then break end
			if to - from == 1 then
				local before = from > 1 and class_of(text:sub(from - 1, from - 1)) or class_of_neighbour(child.previous, true) or edge
				local behind = to < #text and class_of(text:sub(to + 1, to + 1)) or class_of_neighbour(child.next, false) or edge
				parts[#parts + 1] = text:sub(parts.from or 1, from - 1)
				parts[#parts + 1] = { opens = behind ~= "blank" and (behind ~= "mark" or before ~= "letter"),
					closes = before ~= "blank" and (before ~= "mark" or behind ~= "letter") }
				parts.from = to + 1
			end
			at = to + 1
		end
		if #parts == 0 then
			pieces[#pieces + 1] = child
		else
			found = true
			parts[#parts + 1] = text:sub(parts.from)
			for _, part in ipairs(parts) do
				if type(part) == "table" then
					pieces[#pieces + 1] = part
				elseif part ~= "" then
					pieces[#pieces + 1] = context.new("text", part)
				end
			end
		end
	end
	return found and pieces or nil
end

local function match_pairs(pieces)
	local open, matched = {}, false
	for _, piece in ipairs(pieces) do
		if type(piece) == "table" then
			if piece.closes and #open > 0 then
				local other = table.remove(open)
				other.is, piece.is, matched = "start", "end", true
			elseif piece.opens and #open < MOST_OPEN then
				open[#open + 1] = piece
			end
		end
	end
	return matched
end

local function strike(parent, context)
	local pieces = pieces_of(parent, context)
	if not pieces or not match_pairs(pieces) then return end
	for _, child in ipairs(parent:children()) do child:remove() end
	local inside = { parent }
	for _, piece in ipairs(pieces) do
		if type(piece) ~= "table" then
			inside[#inside]:append(piece)
		elseif piece.is == "start" then
			local struck = context.new("del")
			inside[#inside]:append(struck)
			inside[#inside + 1] = struck
		elseif piece.is == "end" then
			inside[#inside] = nil
		else
			inside[#inside]:append("~~")
		end
	end
end

local function text(node, context)
	if node.escaped or not node.text:find("~~", 1, true) then return end
	context.state[node.parent] = true
	context.state[#context.state + 1] = node.parent
end

local function document(_, context)
	for i, parent in ipairs(context.state) do
		if context.state[parent] then strike(parent, context) end
		context.state[parent], context.state[i] = nil, false
	end
end

return { when = "~~", text = text, document = document }
