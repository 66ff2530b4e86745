-- The attributes of a block that is only shown, as Pandoc has them behind a fence: `{#lst-roast .c filename="roast.c"}`.
-- Knows which there are, not what becomes of them.
local cell_options = require "cell.cell_options"
local schema = require "base.schema"

local M = {}

-- Whether what stands behind a fence is attributes and no cell's language.
function M.is(info)
	return info:match("^{%s*[.#]") ~= nil
end

-- read(code, report) → { id = "lst-roast" or nil, language or nil, options, places }, or nil. code: as livepost.post lists it;
-- report(line, column, message) is called for each mistake.
function M.read(code, report)
	local info = code.info
	local function wrong(message)
		report(code.line, code.column, ("`%s`: %s"):format(info, message))
	end
	local inside = info:match("^{(.*)}$")
	if not inside then
		return wrong("the brace is not closed, or something stands behind it: write `{.c filename=\"roast.c\"}`")
	end
	local block, pairs_of, at = {}, {}, 1
	while true do
		at = inside:find("%S", at)
		if not at then break end
		local mark, word, stop = inside:match("^([.#])([^%s=\"']+)()", at)
		local key, value, behind = inside:match('^([%a][%w-]*)="([^"]*)"()', at)
		if not key then key, value, behind = inside:match("^([%a][%w-]*)='([^']*)'()", at) end
		if not key then key, value, behind = inside:match("^([%a][%w-]*)=([^%s\"']+)()", at) end
		if mark == "." and not block.language then
			block.language = word
		elseif mark == "#" and not block.id then
			block.id = word
		elseif key then
			-- No scalar of YAML that is in quotes is a boolean, and here all are.
			local place = { line = code.line, column = code.column }
			pairs_of[#pairs_of + 1] = { key = { text = key, line = place.line, column = place.column },
				value = { kind = "scalar", text = value, line = place.line, column = place.column } }
			for i = 1, #pairs_of - 1 do
				if pairs_of[i].key.text == key then return wrong(("`%s` is given twice"):format(key)) end
			end
		else
			return wrong(("`%s` is no attribute: write `.language`, `#lst-name` or `key=\"value\"`"):format(
				mark and mark .. word or inside:match("^%S+", at)))
		end
		at = stop or behind
	end
	if block.id and not block.id:match("^lst%-[%w][%w_-]*$") then
		return wrong(("`#%s`: a listing is called `#lst-…`, with letters, digits, `-` and `_`"):format(block.id))
	end
	block.options, block.places = schema.read({ kind = "mapping", pairs = pairs_of }, { fields = cell_options.SHOWN, what = "attribute" }, report)
	return block
end

return M
