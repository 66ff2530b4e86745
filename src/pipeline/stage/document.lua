-- Text → front matter with its types, and the tree of the body, filtered.
local date = require "base.date"
local filters = require "author.filters"
local permalink = require "page.permalink"
local problem = require "base.problem"
local schema = require "base.schema"

-- Jekyll's keys. What is none of them reaches the templates as it is; what is nearly one of them is a mistake.
local FIELDS = {
	layout = { type = "string" },
	title = { type = "string" },
	date = { type = "date" },
	categories = { type = "list" },
	tags = { type = "list" },
	permalink = { type = "string" },
	published = { type = "boolean" },
	excerpt = { type = "string" },
	execute = { type = "map" }, -- its keys are options of cells, which read them
	toc = { type = "boolean" },
}

local function read_front(node, context, item)
	return schema.read(node, { fields = FIELDS, open = true, what = "key" }, function(line, column, message)
		context.report(problem.new { path = item.path, line = line, column = column, message = message })
	end)
end

local function place_of(node)
	return node and { line = node.line, column = node.column } or {}
end

local function run(input, context, item)
	local front, places = read_front(input.text.front, context, item)
	if front.published == false then return context.drop() end
	local tree, message, line, column = filters.run(context.config.filters, { text = input.text.body,
		line = input.text.body_line, path = item.path, front = front, report = context.report, warn = context.warn })
	if not tree then problem.throw { path = item.path, line = line, column = column, message = message } end
	local from_name, slug, wrong_name = date.from_file_name(item.name)
	if wrong_name then problem.throw { path = item.path, message = wrong_name } end
	local when = front.date or from_name
	if not when then
		problem.throw { path = item.path, line = 1, column = 1,
			message = "no date: name the file YYYY-MM-DD-title.md, or give it a `date:`" }
	end
	local url, wrong = permalink.expand(front.permalink or context.config.site.permalink,
		{ date = when, slug = slug, categories = front.categories or {} })
	if not url then
		local place = places.permalink
		problem.throw { path = not place and context.config_path or nil, line = place and place.line,
			column = place and place.column, message = wrong }
	end
	return {
		tree = tree, front = front, title = front.title or slug:gsub("%-", " "), date = when, slug = slug,
		categories = front.categories or {}, tags = front.tags or {}, layout = front.layout or "post",
		excerpt = front.excerpt or tree:excerpt(), path = url,
		places = { layout = place_of(places.layout), permalink = place_of(places.permalink) },
	}
end

return { name = "document", scope = "post", reads = { "text" }, run = run }
