-- Emoji by their names, `:tada:`, as GitHub calls them. What is no name stays as it is.
local names = require "base.emoji_names"

local function text(node)
	local said = node.text
	if node.escaped or not said:find(":[%w_+-]+:") then return end
	local parts, at, start = {}, 1, 1
	while true do
		local from, to, name = said:find(":([%w_+-]+):", at)
		if not from then break end
		local found = names[name]
		-- Not in the middle of a word, such as a time or a path.
		if found and not said:find("^[%w]", from - 1) or found and from == 1 then
			parts[#parts + 1] = said:sub(start, from - 1) .. found
			start, at = to + 1, to + 1
		else
			at = to -- its colon may begin another
		end
	end
	if #parts == 0 then return end
	return table.concat(parts) .. said:sub(start)
end

return { when = ":", text = text }
