-- Ids of headings, as GitHub makes them: by their words, each once in a page.
local slug = require "base.slug"

-- The ids of cells and of their figures are theirs, and those in an author's HTML, and what filters before have given.
local function reserve(context)
	local taken = {}
	for _, block in ipairs(context.find { "code_block" }) do
		if block.info:find("^{") then
			local label = block.text:match("|%s*label:%s*[\"']?([%w_-]+)")
			if label then
				taken[label], taken[label .. "-timeline"] = true, true
			end
		end
	end
	for _, node in ipairs(context.find { "html_block", "html_inline" }) do
		for id in node.text:gmatch("[iI][dD]%s*=%s*[\"']?([^\"'%s>]+)") do taken[id] = true end
	end
	for _, node in ipairs(context.find { "heading", "table", "item", "link", "section", "div", "span" }) do
		local id = node:get("id")
		if id then taken[id] = true end
	end
	return taken
end

-- What a number says is known only when it was measured, and its id is to stay: code that runs is no word.
local function words_of(node, context)
	local words = {}
	for _, part in ipairs(context.find({ "text", "code", "softbreak" }, node)) do
		local text = part.text or " "
		local is_word = not (part.kind == "code" and text:find("^{")) and not (part.parent.kind == "link"
			and part.parent:get("role") == "doc-noteref")
		words[#words + 1] = is_word and text or nil
	end
	return (table.concat(words):gsub("^%s+", ""):gsub("%s+$", ""))
end

local function heading(node, context)
	if node:get("id") then return end
	local state = context.state
	state.taken = state.taken or reserve(context)
	state.counts = state.counts or {}
	node:set("id", slug.unique(context.prefix .. slug.of(words_of(node, context)), state.taken, state.counts))
end

return { heading = heading }
