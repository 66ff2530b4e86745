-- What all stages of a run of livepost may use, and the site that they work on. Runs no stage.
local excerpt = require "base.excerpt"
local file = require "livepost.file"
local hash = require "livepost.hash"
local measure = require "livepost.measure"
local problem = require "base.problem"
local process = require "livepost.process"
local progress = require "progress"
local settings = require "settings"
local sources = require "cell.sources"
local template = require "page.template"
local stages = require "stages"
local text = require "livepost.text"

local M = {}

local LARGEST_SOURCE = 4 << 20

M.VERSION = "0.1.0"
M.GENERATOR = "livepost " .. M.VERSION

-- SOURCE_DATE_EPOCH, or now.
local function timestamp()
	local epoch = tonumber(os.getenv("SOURCE_DATE_EPOCH") or "")
	return os.date("!%Y-%m-%dT%H:%M:%SZ", epoch and math.tointeger(epoch) or nil)
end

local LARGEST_SHOWN = 16 << 20

-- Whether a path, as the user knows it, is one of what authors write for the site. A cell can name any file as its own
-- (#line), and the line of another is nobody's business.
local function is_authors(path, folder)
	local below = path
	if folder and folder ~= "." then
		if path:sub(1, #folder + 1) ~= folder .. "/" then return false end
		below = path:sub(#folder + 2)
	end
	return below == "pipeline.lua" or (below:match("^posts/") or below:match("^templates/") or below:match("^examples/"))
		and not ("/" .. below .. "/"):find("/../", 1, true)
end

-- The file that was read last for a problem, as many may be of one.
local read_last = {}
local function read_again(path)
	if read_last.path ~= path then read_last = { path = path, bytes = file.read(path, LARGEST_SHOWN) } end
	return read_last.bytes
end

-- told(found, folder) → the problem as it is printed, with the line of the author's file that it is about. folder: the
-- site's.
function M.told(found, folder)
	if problem.wants_excerpt(found) and is_authors(found.path, folder) and file.kind(found.path) == "file" then
		local bytes = read_again(found.path)
		found.excerpt = bytes and excerpt.of(bytes, found.line, found.column)
	end
	return tostring(found)
end

-- What all stages may use. folder: the site's, or nil; quiet: no progress.
function M.new(folder, config, quiet)
	local bar = progress.new(quiet)
	local recorder, machine
	-- What commands set: freezes: measurements are frozen; remeasure: the cells that are measured again, a selection;
	-- machine_name: what is frozen bears this name; keeps = false: nothing is kept. froze: path → hash of what was frozen.
	local context = {
		froze = {},
		folder = folder, config = config, kept = folder and folder .. "/.livepost", progress = bar, escape = text.escape,
		method = os.getenv("LIVEPOST_METHOD") or "auto", now = timestamp, generator = M.GENERATOR, version = M.VERSION,
		stopped = process.interrupted,
	}
	function context.report(found) bar.tell(M.told(found, folder)) end
	context.warn = context.report
	-- A path as the compiler names it → as the user does.
	function context.shown(path)
		if path:sub(1, 6) == "/site/" then path = path:sub(folder and 7 or 6) end
		return folder and folder ~= "." and path:sub(1, 1) ~= "/" and folder .. "/" .. path or path
	end
	-- The bytes of a file that is compiled or handed in; nil where there is none, or none of at most 4 MiB.
	function context.source(path) return file.kind(path) == "file" and file.read(path, LARGEST_SOURCE) or nil end
	-- What the bytes of a file are, by a hash; nil where there is none. Each is read once.
	local hashes = { [sources.HEADER] = hash.of(process.header) }
	function context.hash_of(path)
		if hashes[path] == nil then
			local real = path:sub(1, 1) == "/" and path or folder .. "/" .. path
			local bytes = file.kind(real) == "file" and file.read(real)
			hashes[path] = bytes and hash.of(bytes) or false
		end
		return hashes[path]
	end
	function context.recorder()
		if not recorder then
			recorder = problem.must(process.recorder(context.method))
		end
		return recorder
	end
	function context.machine()
		machine = machine or measure.machine()
		return machine
	end
	if folder then
		local templates = folder .. "/templates/"
		local engine = template.new(function(name)
			local bytes, why = file.read(templates .. name, 16 << 20)
			return bytes, why and why:match("([^:]*)$"):gsub("^ ", "") -- the engine says which file
		end, context.shown("templates"))
		function context.render(name, variables) return engine:render(name, variables) end
		function context.check_template(name) engine:check(name) end
	end
	return context
end

-- posts(folder, only) → the posts of the site, { name, path } each: every .md below posts/ that is not hidden; only: the one
-- of this name or path.
function M.posts(folder, only)
	local names, why = file.list(folder .. "/posts")
	if not names then problem.throw { message = why .. ": a site has its posts in posts/" } end
	local items = {}
	for _, name in ipairs(names) do
		if name:match("%.md$") and not name:match("^_measured/") then
			local path = "posts/" .. name
			local shown = folder == "." and path or folder .. "/" .. path
			if not only or only == path or only == shown or only == name or only == folder .. "/" .. path then
				items[#items + 1] = { name = path, path = shown }
			end
		end
	end
	return items
end

-- open(folder, quiet) → the context of a site, whose lock is taken until livepost ends, with its stages. Where something is
-- wrong with its settings, context.unsettled(report) reports it, and nothing may be built with them. Throws a problem.
function M.open(folder, quiet)
	folder = folder:gsub("(.)/+$", "%1")
	local shown = folder == "." and "pipeline.lua" or folder .. "/pipeline.lua"
	local read, config, tell, told = xpcall(settings.read, function(wrong)
		return problem.is(wrong) and wrong or debug.traceback(tostring(wrong), 2)
	end, folder .. "/pipeline.lua", shown)
	if not read then
		if problem.is(config) then M.told(config, folder) end
		error(config, 0)
	end
	local context = M.new(folder, config, quiet)
	context.config_path = shown
	context.stages = stages.site(config.stages, tell)
	for _, stage in ipairs(context.stages) do
		if stage.check_settings then stage.check_settings(config, tell) end
	end
	context.unsettled = next(config.wrong) and told or nil
	local taken, why = file.lock(context.kept .. "/lock")
	if taken == nil then problem.throw { message = why } end
	if not taken then
		problem.throw { path = folder, message = "another livepost is at work on this site: wait for it to end" }
	end
	return context
end

return M
