-- The cells that a command line names: LABEL, POST#LABEL or POST#, where POST is a path or the name of a post's file with
-- or without `.md`. Knows no site.
local nearest = require "base.nearest"

local M = {}

local Selection = {}
Selection.__index = Selection

-- new(words) → a selection; of no words it is everything.
function M.new(words)
	local parts = {}
	for i, word in ipairs(words) do
		local post, label = word:match("^(.-)#(.*)$")
		parts[i] = { word = word, post = post ~= "" and post or nil, label = not post and word or label ~= "" and label or nil }
	end
	return setmetatable({ parts = parts, all = #words == 0 }, Selection)
end

-- is_post(word, name) → whether the word names the post whose path below its site is `name`.
function M.is_post(word, name)
	local file = name:gsub("^posts/", "")
	local ending = word:match("posts/(.+)$") or word
	return ending == file or ending .. ".md" == file
end

-- selection:has(post, label) → whether it names this cell.
function Selection:has(post, label)
	local found = self.all
	for _, part in ipairs(self.parts) do
		if (not part.post or M.is_post(part.post, post)) and (not part.label or part.label == label) then
			part.found, found = true, true
		end
	end
	return found
end

-- selection:missing(labels) → for the first of its words that named nothing so far, a sentence; labels: those there are.
function Selection:missing(labels)
	for _, part in ipairs(self.parts) do
		if not part.found then
			local close = part.label and nearest.of(part.label, labels)
			return ("no cell `%s`: %s"):format(part.word, close and ("did you mean `%s`?"):format(close)
				or "name one as LABEL or POST#LABEL")
		end
	end
end

return M
