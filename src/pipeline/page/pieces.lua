-- A text of a post as pieces: markup, and between it the places of cells, mentions, numbers and quoted claims, which are
-- written once what they say is known, for the page and for feeds. Knows no cell and no measurement.
local locate = require "page.locate"

local M = {}

-- A character that nobody writes, in front of what stands for something; where somebody does, the number behind it is none
-- of ours, and it stays.
local TOKEN = "\u{F0000}"

local LONGEST_TAG = 64 << 10 -- bytes

-- Elements that can be a figure, a listing or a table; a heading with such an id is none.
local NUMBERED = { table = true, figure = true, img = true, div = true, pre = true, svg = true, video = true, picture = true }

-- token(kind, id) → what to put into the tree in the place of a code.
function M.token(kind, id)
	return ("%s%s%d;"):format(TOKEN, kind, id)
end

-- Replaces the mentions of a tree by tokens, but for those that were written as text. Returns them by their id, each with
-- its place.
local function take_mentions(tree, places)
	local mentions = {}
	for _, one in ipairs(tree:mentions()) do
		one.place = places:find("@" .. one.name, one.first_line, one.last_line)
		if one.place then
			mentions[one.id] = one
			tree:replace_mention(one.id, M.token("m", one.id))
		end
	end
	return mentions
end

-- next_of(word, from) → where `word` stands next in html; asked for in order, each stretch of html is looked at once.
local function searcher(html)
	local known = {}
	return function(word, from)
		if known[word] == nil or known[word] and known[word] < from then known[word] = html:find(word, from, true) or false end
		return known[word]
	end
end

-- The place in html behind the opening tag of the caption of an element whose own ends before `stop`; nil where it has none.
local function caption_of(html, element, stop, next_of)
	if element == "table" then return html:match("^%s*<caption[^>]*>()", stop) end
	local at = element == "figure" and next_of("<figcaption", stop)
	local last = at and (next_of("</figure>", stop) or #html)
	return at and at < last and html:match("^<figcaption[^>]*>()", at) or nil
end

-- Takes html apart. mentions: by id. Returns a list of strings and of tables { kind, … }:
--   { kind = "c" or "b", id }                    a cell, a block that is only shown
--   { kind = "e", id }                           the end of the text that belongs to a cell, which begins behind it
--   { kind = "mention", name, plain, … }         as livepost.post lists it, with its place; prefix: markup in the place of its word,
--                                                bare = true: the number alone
--   { kind = "number", name, element }           where the number of the element with the id `name` is to stand
--   { kind = "element", name, element }          an element with such an id, and no caption
--   { kind = "quote", name, rest }, { kind = "unquote", name }   around the text of a link to a claim; rest: its other attributes
local function taken_apart(html, mentions)
	local pieces, from, at, quoted, close = {}, 1, 1, nil, 0
	local next_of = searcher(html)
	local numbers = {} -- by the place where they are to stand, which is behind a tag
	local function cut(upto, piece, goes_on)
		if upto > from then pieces[#pieces + 1] = html:sub(from, upto - 1) end
		pieces[#pieces + 1] = piece
		from, at = goes_on, goes_on
	end
	local function take_tag(tag, found, stop)
		local closes, element, attributes = tag:match("^<(/?)(%l%w*)(.*)>$")
		at = stop
		if not element or tag:find(TOKEN, 1, true) then
			at = found + 1 -- a mention in the description of an image
		elseif quoted and element == "a" and closes == "/" then
			cut(found, { kind = "unquote", name = quoted }, found)
			quoted, at = nil, stop
		elseif element == "a" and attributes:find(' href="#claim-', 1, true) then
			quoted = attributes:match(' href="#claim%-([^"]*)"')
			cut(found, { kind = "quote", name = quoted, rest = attributes:gsub(' href="[^"]*"', "", 1) }, stop)
		elseif closes == "" then
			local name = attributes:match(' id="(%l%l%l%-[%w_-]+)"')
			if name and NUMBERED[element] and (name:match("^fig%-") or name:match("^lst%-") or name:match("^tbl%-")) then
				local caption = caption_of(html, element, stop, next_of)
				local piece = { kind = caption and "number" or "element", name = name, element = element }
				if caption then numbers[caption] = piece else cut(stop, piece, stop) end
			end
		end
		if numbers[stop] then cut(stop, numbers[stop], stop) end
	end
	while true do
		local found = html:find("[<\xF3]", at)
		if not found then break end
		local kind, id, behind = html:match("^" .. TOKEN .. "(%l)(%d+);()", found)
		id = id and math.tointeger(tonumber(id))
		if kind == "m" and mentions[id] then
			mentions[id].kind = "mention"
			cut(found, mentions[id], behind)
		elseif kind == "c" or kind == "b" or kind == "e" then
			cut(found, { kind = kind, id = id }, behind)
		elseif html:find("^<!%-%-", found) then
			at = (select(2, html:find("-->", found, true)) or #html) + 1
		elseif html:find("^</?%l", found) then
			if close and close < found then close = html:find(">", found, true) end
			if close and close - found < LONGEST_TAG then take_tag(html:sub(found, close), found, close + 1) else at = found + 1 end
		else
			at = found + 1
		end
	end
	cut(#html + 1, nil, #html + 1)
	return pieces
end

-- What stands in front of a mention in brackets: a text of its own in the place of its word, or a hyphen for none; nil where it is
-- anything else.
local function take_prefix(mention, text)
	local words, hyphen = text:match("^(.-)(%-?)$")
	if words ~= "" and not words:find("%s$") or words:gsub("&%w+;", ""):find(";", 1, true) then return nil end
	return { mention = mention, prefix = words:match("^%s*(.-)%s*$"), bare = hyphen == "-" }
end

-- The mentions of `[Fig. @fig-a; -@fig-b]` whose first is the i-th piece, each with what stands in front; nil where the brackets
-- hold anything else. pieces[i - 1] is a text.
local PREFIX = "([^%[%]<>]*)$"
local function group_at(pieces, i)
	local group, front = {}, pieces[i - 1]:match("%[" .. PREFIX)
	while front do
		group[#group + 1] = take_prefix(pieces[i], front)
		local behind = pieces[i + 1]
		if not group[#group] or type(behind) ~= "string" then return nil end
		if behind:find("^%s*%]") then return pieces[i].place.closed and group or nil end
		local next_one = pieces[i + 2]
		front = type(next_one) == "table" and next_one.kind == "mention" and behind:match("^%s*;" .. PREFIX)
		i = i + 2
	end
end

-- Brackets that hold nothing but mentions are theirs, as in Quarto, and are not shown. Those of a link were none of the text.
local function take_brackets(pieces)
	local i = 2
	while i <= #pieces do
		local group = pieces[i].kind == "mention" and pieces[i].place.opened and type(pieces[i - 1]) == "string" and group_at(pieces, i)
		if group then
			pieces[i - 1] = pieces[i - 1]:gsub("%[" .. PREFIX, "")
			for k, one in ipairs(group) do
				one.mention.prefix, one.mention.bare = one.prefix ~= "" and one.prefix or nil, one.bare
				local at = i + 2 * k - 1
				pieces[at] = k < #group and ", " or pieces[at]:gsub("^%s*%]", "")
			end
			i = i + 2 * #group - 1
		end
		i = i + 1
	end
	return pieces
end

-- each_token(html) → an iterator: the kind, the id, and the places where the token begins and what is behind it.
function M.each_token(html)
	return html:gmatch("()" .. TOKEN .. "(%l)(%d+);()")
end

-- of_tree(tree, places, change) → its pieces. places: of page.locate, of the text that the tree was made of; change: what may
-- put the HTML right before it is taken apart, or nil.
function M.of_tree(tree, places, change)
	local mentions = take_mentions(tree, places)
	local html = tree:html()
	return take_brackets(taken_apart(change and change(html) or html, mentions))
end

-- of_markdown(source, inline, parse) → its pieces; a single paragraph loses its <p> where `inline` is asked for. nil and what
-- is wrong with it, where it cannot be read. parse(source) → the tree of a text whose first line is 1, or nil and why not.
function M.of_markdown(source, inline, parse)
	local tree, wrong = parse(source)
	if not tree then return nil, wrong end
	return M.of_tree(tree, locate.of(source, 1, tree:codes()), function(html)
		html = html:gsub("\n$", "")
		return inline and html:match("^<p>(.*)</p>$") or html
	end)
end

-- write(pieces, writers) → markup. writers: kind → function(piece) → markup; a kind without one says nothing.
function M.write(pieces, writers)
	local out = {}
	for i, piece in ipairs(pieces) do
		if type(piece) == "string" then
			out[i] = piece
		else
			out[i] = writers[piece.kind] and writers[piece.kind](piece) or ""
		end
	end
	return table.concat(out)
end

return M
