-- A table of contents, in the place of a paragraph that says `[toc]`, or first in a post whose front matter has `toc: true`.
-- Leads to headings that have an id.

local function is_mark(node)
	local lines = node:lines()
	return #lines == 1 and lines[1].text:lower():match("^%[toc%]%s*$") ~= nil and node.first.kind == "text"
end

-- A heading's words; code that runs does so here, too, and says the same.
local function words_of(heading, context)
	local words = {}
	for _, part in ipairs(context.find({ "text", "code", "softbreak", "linebreak" }, heading)) do
		local runs = part.kind == "code" and part.text:find("^{")
		if not (part.parent.kind == "link" and part.parent:get("role") == "doc-noteref") then
			words[#words + 1] = runs and context.new("code", part.text, part) or part.text or " "
		end
	end
	return words
end

-- Lists in lists, by the levels of headings; what skips a level is one deeper, not two.
local function make_list(context, headings)
	local top = context.new("list", { ordered = false, tight = true })
	local open = { { list = top, level = 0 } }
	for _, heading in ipairs(headings) do
		local link = context.new("link", words_of(heading, context))
		link.url = "#" .. heading:get("id")
		local entry = context.new("item", { context.new("paragraph", {
			link }) })
		while #open > 1 and open[#open].level > heading.level do open[#open] = nil end
		local current = open[#open]
		if current.level ~= 0 and heading.level > current.level and current.list.last then
			local list = context.new("list", { ordered = false, tight = true })
			current.list.last:append(list)
			current = { list = list, level = heading.level }
			open[#open + 1] = current
		elseif current.level == 0 or heading.level < current.level then
			current.level = heading.level
		end
		current.list:append(entry)
	end
	return top
end

local function paragraph(node, context)
	if is_mark(node) then
		local marks = context.state.marks or {}
		context.state.marks = marks
		marks[#marks + 1] = node
	end
end

local function document(root, context)
	local marks = context.state.marks
	if not marks and context.front.toc ~= true then return end
	local headings = {}
	for _, heading in ipairs(context.find { "heading" }) do
		if heading:get("id") then headings[#headings + 1] = heading end
	end
	local mark = marks and marks[1]
	if marks and marks[2] then
		context.report("a second `[toc]`: one table of contents is enough: take one out", marks[2])
	end
	if #headings == 0 then
		context.report("a table of contents of nothing: the post has no headings, or the filter `headings` does not run before `toc`",
			mark)
		return
	end
	local contents = context.new("nav", { make_list(context, headings),
		attributes = { class = "toc", role = "doc-toc", ["aria-label"] = "Contents" } })
	if mark then
		mark:replace(contents)
	else
		root:prepend(contents)
	end
end

return { paragraph = paragraph, document = document }
