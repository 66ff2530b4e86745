-- A post's text put together: its cells and blocks in their places, with numbers, references and quoted claims, for the page
-- and for feeds. Knows no stage and no document.
local cell_markup = require "page.cell_markup"
local listing = require "page.listing"
local nearest = require "base.nearest"
local pieces = require "page.pieces"
local references = require "page.references"
local sorted_keys = require "base.sorted_keys"
local text = require "livepost.text"

local M = {}

local escape = text.escape

-- Lines of an option, among which a word of its value stands.
local LONGEST_OPTION = 20

local Composition = {}
Composition.__index = Composition

-- places: of page.locate, of the post's body. tell(place, message): what the author must hear.
function M.new(places, tell)
	return setmetatable({ places = places, tell = tell, taken = {}, claims = {} }, Composition)
end

-- Takes note of what a text, in pieces, refers to. place: where the text stands, nil for the body of the post. Returns it.
function Composition:take(list, place)
	self.taken[#self.taken + 1] = { list = list, place = place }
	return list
end

local function is_reference(piece)
	return type(piece) == "table" and piece.kind == "mention"
end

-- Where a mention or a quoted claim stands: in the body its own place, elsewhere that of the option or cell it is in.
function Composition:place_of(word, one, piece)
	if not one.place then return piece.place or self.places:find(word) or {} end
	local line = one.place.line
	return line and self.places:find(word, line, line + LONGEST_OPTION, true) or one.place
end

function Composition:tell_unknown(one, piece)
	local _, near, known = self.references:find(piece.name)
	local way = near and ("did you mean `@%s`?"):format(near)
		or #known > 0 and #known <= 12 and ("known are `@%s`; text is written `\\@%s`"):format(table.concat(known, "`, `@"), piece.name)
		or ("give it to a cell as its label, or write `\\@%s` if it is text"):format(piece.name)
	self.tell(self:place_of("@" .. piece.name, one, piece), ("`@%s`: nothing on this page is called that: %s"):format(piece.name, way))
end

function Composition:tell_no_claim(one, piece)
	local names = sorted_keys(self.claims)
	local near = nearest.of(piece.name, names)
	self.tell(self:place_of("#claim-" .. piece.name, one, piece), ("`#claim-%s`: no claim on this page is called that: %s"):format(piece.name,
		near and ("did you mean `#claim-%s`?"):format(near) or #names > 0 and "known are `#claim-" .. table.concat(names, "`, `#claim-") .. "`"
		or "write the condition as `claim:` of a cell"))
end

-- Hands the list behind a cell that explains its code to the cell: it stands below the listing.
local function hand_over(body, parts)
	local kept, part = {}, nil
	for _, piece in ipairs(body) do
		if piece.kind == "e" and part then
			part = nil
		elseif part then
			table.insert(part.explained, piece)
		else
			kept[#kept + 1] = piece
			local one = piece.kind == "c" and parts[piece.id]
			if one and one.notes then part, one.explained = one, {} end
		end
	end
	return kept
end

-- Names all that has a place on the page, in its order, numbers it, and tells of what is referred to and is not there.
-- parts, blocks: by the ids that the tokens in the body have. is_open(word): whether there may be more by that name, `fig-roast` or
-- `claim-roast`, than is known of; nil where all is known.
function Composition:number(parts, blocks, is_open)
	self.parts, self.blocks, self.references = parts, blocks, references.new()
	local function enter(entry, place)
		if not self.references:add(entry) then
			self.tell(place, ("`%s` is already taken on this page: each figure, listing and table needs its own name"):format(entry.name))
		end
		return entry
	end
	local function enter_pieces(list, place)
		for _, piece in ipairs(list) do
			if type(piece) == "table" and (piece.kind == "number" or piece.kind == "element") then
				piece.entry = enter({ kind = piece.name:sub(1, 3), label = piece.name, id = piece.name, captioned = piece.kind == "number" },
					place or {})
			end
		end
	end
	self.text = hand_over(self.body, parts)
	for _, piece in ipairs(self.body) do
		local part, block = piece.kind == "c" and parts[piece.id], piece.kind == "b" and blocks[piece.id]
		if part and not part.hidden then
			cell_markup.enter(part, enter, function(list) enter_pieces(list, part.cell) end)
			for _, tested in ipairs(part.shown.claims) do self.claims[tested.name] = tested end
		elseif block and (block.named or block.caption) then
			block.entry = enter({ kind = "lst", label = block.named or block.block.id, id = block.block.id, captioned = block.caption ~= nil,
				unnamed = not block.named }, block.code)
		elseif piece.kind == "number" or piece.kind == "element" then
			enter_pieces { piece }
		end
	end
	local names = {}
	for _, one in ipairs(self.taken) do
		for _, piece in ipairs(one.list) do
			if is_reference(piece) then names[piece.name] = true end
		end
	end
	self.references:number(names)
	for _, one in ipairs(self.taken) do
		for _, piece in ipairs(one.list) do
			if is_reference(piece) and not self.references:find(piece.name) then
				if not (is_open and is_open(piece.name)) then self:tell_unknown(one, piece) end
			elseif piece.kind == "quote" and not self.claims[piece.name] then
				if not (is_open and is_open("claim-" .. piece.name)) then self:tell_no_claim(one, piece) end
			end
		end
	end
end

local function block_html(one, look)
	local title = cell_markup.titled(one.entry, one.caption and look.write(one.caption))
	if one.block.plain and not one.notes then return listing.shown(one.code, one.block.language) end
	return listing.html(one.listing, { id = not look.feed and one.named or nil, title = title, notes = one.notes, feed = look.feed })
end

-- write(look) → the text as markup. look: { figure(drawing, id, title) → markup, feed = true for a feed, page = the address of
-- the page, not escaped, nil within it }.
function Composition:write(look)
	local base = escape(look.page or "")
	local writers = {}
	function look.write(list) return pieces.write(list, writers) end
	function writers.c(piece)
		local part = self.parts[piece.id]
		if not part then return "" end
		return cell_markup.of(part, { write = look.write, figure = look.figure, feed = look.feed })
	end
	function writers.b(piece)
		return self.blocks[piece.id] and block_html(self.blocks[piece.id], look) or ""
	end
	function writers.mention(piece)
		local entry = self.references:find(piece.name)
		local title = entry and references.title(entry) or "@" .. piece.name
		if entry and piece.prefix then
			title = piece.prefix .. " " .. entry.number
		elseif entry and piece.bare then
			title = tostring(entry.number)
		end
		if not entry or piece.plain then return title end
		return ('<a class="reference" href="%s#%s">%s</a>'):format(base, escape(entry.id), (title:gsub(" (%d+)$", "\u{A0}%1")))
	end
	function writers.number(piece)
		return '<span class="number">' .. (references.title(piece.entry) or "") .. ":</span> "
	end
	function writers.quote(piece)
		local tested = self.claims[piece.name]
		if not tested then return "<a>" end
		return ('<a class="claimed%s" href="%s#claim-%s" title="%s">'):format(tested.shown and "" or " not-shown", base, escape(piece.name),
			escape(cell_markup.evidence(tested)))
	end
	function writers.unquote(piece)
		local tested = self.claims[piece.name]
		local shown = tested and tested.shown
		return ('\u{A0}<span class="tick" role="img" aria-label="%s">%s</span>'):format(shown and "tested" or "not shown", shown and "✓" or "?")
	end
	return look.write(self.text)
end

return M
