-- Pages → the published site: all files written beside their places, then renamed; what is no longer made goes last.
local figure_style = require "drawing.figure_style"
local file = require "livepost.file"
local json = require "livepost.json"
local problem = require "base.problem"
local reader = require "livepost.reader"
local reader_style = require "drawing.reader_style"
local sorted_keys = require "base.sorted_keys"

-- What the last build published: only that is ever removed, so that a file somebody put into site/ stays.
local function read_list(path)
	local bytes = file.kind(path) == "file" and file.read(path)
	local list = bytes and json.decode(bytes)
	return type(list) == "table" and list or {}
end

local function write_list(path, made, before)
	local all = {}
	for name in pairs(made) do all[name] = true end
	for _, name in ipairs(before) do
		if type(name) == "string" then all[name] = true end
	end
	problem.must(file.write(path, json.encode(json.array(sorted_keys(all)), 1) .. "\n"))
end

local function remove_with_folders(root, path)
	problem.must(file.remove(root .. "/" .. path))
	local folder = path:match("^(.*)/[^/]*$")
	while folder and file.remove_empty_folder(root .. "/" .. folder) do
		folder = folder:match("^(.*)/[^/]*$")
	end
end

-- Newest first; posts of one moment by their path, so that the order is always the same.
local function newest_first(inputs)
	local posts = {}
	for i, input in ipairs(inputs) do posts[i] = input.page.post end
	table.sort(posts, function(a, b)
		if a.date.epoch ~= b.date.epoch then return a.date.epoch > b.date.epoch end
		return a.url < b.url
	end)
	return posts
end

local function add_shared(add, inputs, context, is_examined)
	-- Without any post left it could stumble only over there being none.
	local index = #inputs == 0 and is_examined and (context.check_template("index.html") or "")
	add("index.html", index or context.render("index.html", {
		site = context.config.site, posts = newest_first(inputs), root = "", generator = context.generator,
		styles = { "style.css", "figures.css" }, scripts = {},
	}))
	local templates = context.folder .. "/templates"
	local own = {}
	for _, name in ipairs(problem.must(file.list(templates))) do
		-- Whatever is no template is part of the site as it is: style sheets, images, fonts.
		if not name:match("%.html$") then add(name, problem.must(file.read(templates .. "/" .. name))) end
		own[name] = true
	end
	-- They go with the drawings, not with the site: what a newer livepost draws must not meet an older sheet or script.
	-- Every page loads it: without indentation and comments it is a seventh smaller on the way.
	local css = (figure_style.css .. reader_style.css):gsub("/%*.-%*/\n?", ""):gsub("\n%s+", "\n")
	if not own["figures.css"] then add("figures.css", css) end
	if not own["livepost.js"] then add("livepost.js", reader.script) end
end

-- How a message names what already lies at a path of the site. whose: the path of a post, or true for the site's own.
local function owner(whose)
	return whose == true and "the site itself" or whose
end

-- Tells what is wrong with where a post lies, of each post once: its files lie with its page.
local function teller(context)
	local told = {}
	return function(input, message, ...)
		if told[input] then return end
		told[input], told.any = true, true
		context.report_for(input.item, problem.new { path = input.item.path, line = input.page.place.line,
			column = input.page.place.column, message = message:format(...) .. ": give it another `permalink`" })
	end, told
end

-- Adds one file of a post, unless what lies there already belongs to something else.
local function add_once(add, made, input, tell, one)
	if made[one.path] then
		tell(input, "%s would be %s, which already is that of %s", one.what, one.path, owner(made[one.path]))
	else
		add(one.path, one.bytes, input.item.path)
	end
end

-- A file that is a folder of another one could not be written. made: path → whose it is.
local function refuse_folders(inputs, made, tell)
	local function refuse(input, what, path)
		local folder = path:match("^(.*)/[^/]*$")
		while folder do
			if made[folder] then
				tell(input, "%s would be %s, but %s is no folder, it is that of %s", what, path, folder, owner(made[folder]))
			end
			folder = folder:match("^(.*)/[^/]*$")
		end
	end
	for _, input in ipairs(inputs) do
		refuse(input, "its page", input.page.path)
		for _, one in ipairs(input.page.files) do refuse(input, "a file of its page", one.path) end
	end
end

-- Whether a path of the list names a file of the site. The list is a file like any other: a path in it leads out of
-- site/, or to a folder, only if somebody made it so.
local function is_page(root, path)
	return type(path) == "string" and not ("/" .. path .. "/"):find("/%.%.?/") and path:sub(-1) ~= "/" and path ~= ""
		and file.kind(root .. "/" .. path) ~= "folder"
end

-- is_examined: only to tell what is wrong, where posts are missing.
local function make(inputs, context, is_examined)
	local root = context.folder .. "/site"
	local files, made = {}, {}
	local function add(path, bytes, whose)
		files[#files + 1] = { path = root .. "/" .. path, bytes = bytes }
		made[path] = whose or true
	end
	add_shared(add, inputs, context, is_examined)
	local tell, told = teller(context)
	for _, input in ipairs(inputs) do
		add_once(add, made, input, tell, { what = "its page", path = input.page.path, bytes = input.page.html })
	end
	-- Behind all pages: what a page is must not depend on the order of the posts.
	for _, input in ipairs(inputs) do
		for _, one in ipairs(input.page.files) do
			add_once(add, made, input, tell, { what = "a file of its page", path = one.path, bytes = one.bytes })
		end
	end
	refuse_folders(inputs, made, tell)
	if told.any or is_examined then return end
	if context.publishes == false then
		context.planned = {}
		for i, one in ipairs(files) do context.planned[i] = { path = one.path:sub(#root + 2), bytes = one.bytes } end
		return
	end
	local list_path = context.kept .. "/published.json"
	local before = read_list(list_path)
	file.sweep(root)
	-- Told first what will be there: a build that is killed from here on leaves nothing that a later one cannot remove.
	write_list(list_path, made, before)
	local changed = problem.must(file.publish(files))
	for _, path in ipairs(before) do
		if is_page(root, path) and not made[path] then
			remove_with_folders(root, path)
		end
	end
	write_list(list_path, made, {})
	context.published = { posts = #inputs, files = #files, changed = changed }
end

local function run(inputs, context) make(inputs, context, false) end
local function examine(inputs, context) make(inputs, context, true) end

return { name = "site", scope = "site", reads = { "page" }, whole = true, run = run, examine = { run = examine } }
