-- Where a post's page lies, from a pattern in Jekyll's words. Knows no files.
local M = {}

local function clean(text)
	-- One part of a path: what would need escaping in a URL or could leave the folder becomes a dash.
	text = text:lower():gsub("[%z\1-\32/\\?#%%:%.\"'<>|*]+", "-"):gsub("^%-+", ""):gsub("%-+$", "")
	return text
end

-- pattern: "/:year/:month/:day/:title.html", also ":categories"; a pattern that ends in "/" means its index.html.
-- of: { date, slug, categories }. Returns the path below the site, without a leading slash, or nil and what is wrong.
function M.expand(pattern, of)
	local categories = {}
	for i, category in ipairs(of.categories) do categories[i] = clean(category) end
	local values = {
		year = ("%04d"):format(of.date.year), month = ("%02d"):format(of.date.month), day = ("%02d"):format(of.date.day),
		title = clean(of.slug), slug = clean(of.slug), categories = table.concat(categories, "/"),
	}
	local unknown
	local path = pattern:gsub(":(%a+)", function(name)
		if not values[name] then unknown = unknown or name end
		return values[name]
	end)
	if unknown then
		return nil, ("permalink `%s`: no such part `:%s`: use :year, :month, :day, :title or :categories")
			:format(pattern, unknown)
	end
	path = path:gsub("//+", "/"):gsub("^/", "")
	for part in path:gmatch("[^/]+") do
		if part == ".." or part == "." or part:sub(1, 1) == "." or part:find("[%z\1-\31\\]") then
			return nil, ("permalink `%s`: `%s` is no name for a page or folder of the site"):format(pattern, part)
		end
	end
	if path == "" or path:sub(-1) == "/" then path = path .. "index.html" end
	if not path:match("%.[%w]+$") then path = path .. ".html" end
	return path
end

return M
