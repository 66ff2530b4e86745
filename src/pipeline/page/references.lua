-- What of a post can be referred to, `@fig-roast`, `@lst-roast`, `@tbl-roast`, with its number and its place in the page.
-- Knows neither the text that refers to it nor any markup.
local nearest = require "base.nearest"
local sorted_keys = require "base.sorted_keys"

local M = {}

local WORDS = { fig = "Figure", lst = "Listing", tbl = "Table" }

local References = {}
References.__index = References

function M.new()
	return setmetatable({ entries = {}, by_name = {} }, References)
end

-- Names one by one what can be referred to, in the order of the page. entry: { kind = "fig", "lst" or "tbl", label = of its
-- author's, id = where it stands in the page, captioned = true where it has a number in any case, unnamed = true where its author gave it no label and nothing can refer to it }. It is called by its label
-- where that begins with its kind, else by its kind and its label: `fig-roast` is the figure of the cell `roast`. The first
-- of a name has it, but for one that another has as its label. Returns false where the label is taken.
function References:add(entry)
	local own = entry.label:match("^" .. entry.kind .. "%-.") ~= nil
	entry.name = own and entry.label or entry.kind .. "-" .. entry.label
	entry.own = own
	self.entries[#self.entries + 1] = entry
	if entry.unnamed then return true end
	local other = self.by_name[entry.name]
	if other and other.own and own then return false end
	if not other or own and not other.own then self.by_name[entry.name] = entry end
	return true
end

-- find(name) → the entry, or nil and the nearest name that there is, if there is one.
function References:find(name)
	local found = self.by_name[name]
	if found then return found end
	local names = sorted_keys(self.by_name)
	return nil, nearest.of(name, names), names
end

-- Gives their numbers to all that have a caption or that one of `names`, a set, refers to: for each kind in the order in
-- which they were added.
function References:number(names)
	local counts = { fig = 0, lst = 0, tbl = 0 }
	for _, entry in ipairs(self.entries) do
		if entry.captioned or names[entry.name] and self.by_name[entry.name] == entry then
			counts[entry.kind] = counts[entry.kind] + 1
			entry.number = counts[entry.kind]
		end
	end
end

-- title(entry) → "Figure 3", or nil for what has no number.
function M.title(entry)
	return entry.number and ("%s %d"):format(WORDS[entry.kind], entry.number)
end

return M
