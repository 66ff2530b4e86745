-- Task lists: an item that begins with `[ ]` or `[x]` has a box, ticked or not.

local function item(node, context)
	local paragraph = node.first
	if not paragraph or paragraph.kind ~= "paragraph" then return end
	-- The line as it was written: `\[ ]` is text.
	local line = paragraph:lines()[1]
	local mark = line and line.text:match("^%[([ \txX])%][ \t]+%S")
	local text = paragraph.first
	if not mark or not text or text.kind ~= "text" then return end
	local rest = text.text:match("^%[[ \txX]%][ \t]+(.*)$")
	if not rest then return end
	local is_done = mark:lower() == "x"
	text.text = rest
	paragraph:prepend({ context.new("input", { attributes = { type = "checkbox", disabled = true, checked = is_done or nil,
		["aria-label"] = is_done and "Done" or "To do" } }), " " })
	node:set("class", "task")
	node.parent:set("class", "tasks")
end

return { when = "[", item = item }
