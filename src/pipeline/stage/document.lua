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

-- Where the page lies, or nil where that cannot be said. front: what is right of it.
local function address_of(front, places, when, slug, context, tell)
	if places.permalink and not front.permalink then return nil end -- it is wrong, and was told
	local url, wrong = permalink.expand(front.permalink or context.config.site.permalink,
		{ date = when, slug = slug, categories = front.categories or {} })
	if url then return url end
	if not places.permalink then return context.report(problem.new { path = context.config_path, message = wrong }) end
	return tell(places.permalink, wrong)
end

-- A pattern for the addresses of all posts is wrong once, not in each of them.
local function check_settings(config, tell)
	local url, wrong = permalink.expand(config.site.permalink, { date = { year = 2021, month = 3, day = 10 }, slug = "a", categories = { "b" } })
	if url then return end
	tell({ "site", "permalink" }, wrong)
	config.site.permalink = "/:title.html"
end

-- What is wrong with one thing hides nothing of the others: a document without a date or an address is one in which cells
-- and references can be looked for.
local function run(input, context, item)
	local front, places = read_front(input.text.front, context, item)
	if front.published == false then return context.drop() end
	local function tell(place, message)
		context.report(problem.new { path = item.path, line = place.line, column = place.column, message = message })
	end
	local from_name, slug, wrong_name = date.from_file_name(item.name)
	if wrong_name then tell({}, wrong_name) end
	local when = front.date or from_name
	local unread = input.text.unread
	if not when and not wrong_name and not places.date and not unread then
		tell({ line = 1, column = 1 }, "no date: name the file YYYY-MM-DD-title.md, or give it a `date:`")
	end
	local url = when and slug and address_of(front, places, when, slug, context, tell)
	local tree, message, line, column = filters.run(context.config.filters, { text = input.text.body,
		line = input.text.body_line, path = item.path, front = front, report = context.report, warn = context.warn })
	if not tree then return tell({ line = line, column = column }, message) end
	return {
		tree = tree, front = front, title = front.title or slug and slug:gsub("%-", " "), date = when, slug = slug,
		categories = front.categories or {}, tags = front.tags or {}, layout = front.layout or not unread and not places.layout and "post" or nil,
		excerpt = front.excerpt or tree:excerpt(), path = url,
		places = { layout = place_of(places.layout), permalink = place_of(places.permalink) },
	}
end

local stage = { name = "document", scope = "post", reads = { "text" }, run = run, check_settings = check_settings }
stage.examine = stage
return stage
