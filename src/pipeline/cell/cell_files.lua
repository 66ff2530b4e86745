-- The files that a cell takes its code from: one, several that are built together, or a folder with its own Makefile.
-- Knows what a disk says of them, and not how they are built.
local nearest = require "base.nearest"
local shown_code = require "cell.shown_code"
local sources = require "cell.sources"

local M = {}

M.LARGEST_FILE = 4 << 20
local MOST_FILES, LARGEST_FOLDER = 256, 16 << 20

-- What building leaves behind: of the author's own machine it would stand for what was never built here.
local BUILT = { o = true, a = true, so = true, lo = true, d = true, gch = true, pch = true, pyc = true, class = true }

local function extension_of(path)
	return path:match("%.([^./]+)$")
end

-- Files with names like the one that is missing.
local function near(path, disk)
	local folder, name = path:match("^(.*)/([^/]*)$")
	local names = {}
	for _, one in ipairs(disk.list(folder) or {}) do
		if not one:find("/", 1, true) then names[#names + 1] = one end
	end
	local close = nearest.of(name, names)
	return close and ("did you mean `%s`?"):format((folder .. "/" .. close):gsub("^examples/", ""))
end

-- Returns the path below the site of one below examples/, or nil and what is wrong.
local function place(given)
	local name = sources.normalise(given)
	if not name or name == "" or given:sub(1, 1) == "/" then return nil, "a path below examples/ is expected" end
	return "examples/" .. name
end

-- read(given, disk) → path, bytes of a text below examples/; nil and what is wrong.
function M.read(given, disk)
	local path, wrong = place(given)
	if not path then return nil, ("file `%s`: %s"):format(given, wrong) end
	local bytes, why = disk.read(path, M.LARGEST_FILE)
	if not bytes then
		return nil, ("file `%s`: cannot read %s: %s: %s"):format(given, disk.shown(path), why:match("[^:]*$"):gsub("^ ", ""),
			disk.kind(path) == nil and near(path, disk) or "name a file below examples/")
	elseif not utf8.len(bytes) or bytes:find("\0", 1, true) then
		return nil, ("file `%s`: it is not UTF-8 text"):format(given)
	end
	return path, bytes
end

-- folder(given, disk, what) → its path and its files { { path, bytes }, … }, hidden ones left out; nil and what is wrong.
-- what: the option that names it. with: whether a file (by its name below the folder) is wanted; nil for all.
function M.folder(given, disk, what, with)
	local path, wrong = place(given)
	if not path then return nil, ("%s `%s`: %s"):format(what, given, wrong) end
	if disk.kind(path) ~= "folder" then
		return nil, ("%s `%s`: %s is no folder: %s"):format(what, given, disk.shown(path),
			disk.kind(path) == nil and near(path, disk) or "name a folder below examples/")
	end
	local names, why = disk.list(path)
	if not names then return nil, ("%s `%s`: %s"):format(what, given, why) end
	local files, size = {}, 0
	for _, name in ipairs(names) do
		if not with or with(name) then
			local bytes, refused = disk.read(path .. "/" .. name, M.LARGEST_FILE)
			if not bytes then return nil, ("%s `%s`: %s"):format(what, given, refused) end
			files[#files + 1], size = { path = path .. "/" .. name, bytes = bytes }, size + #bytes
			if #files > MOST_FILES or size > LARGEST_FOLDER then
				return nil, ("%s `%s`: more than %d files or %d MiB lie in it: keep in the folder what the cell needs"):format(what,
					given, MOST_FILES, LARGEST_FOLDER >> 20)
			end
		end
	end
	return path, files
end

-- The file of a folder whose code is the cell's: the one with the region, main, the one that is called like the folder, or
-- the only one of the language.
local function main_of(files, folder, cell, language)
	local own, base = {}, folder:match("[^/]+$")
	for _, one in ipairs(files) do
		if cell.region and utf8.len(one.bytes) and shown_code.has_region(one.bytes, cell.region, language.comment) then return one end
		if extension_of(one.path) == language.extension and utf8.len(one.bytes) and not one.bytes:find("%z") then own[#own + 1] = one end
	end
	for _, name in ipairs { "main", base } do
		for _, one in ipairs(own) do
			if one.path == folder .. "/" .. name .. "." .. language.extension then return one end
		end
	end
	return #own == 1 and own[1] or nil
end

local function take_folder(cell, given, language, disk)
	if not language.like and not language.build then
		return nil, ("file `%s`: `{%s}` is not built: name files, the first of which is run"):format(given, cell.language)
	end
	local base = given:gsub("/+$", ""):match("[^/]*$")
	local folder, files = M.folder(given, disk, "file", function(name) return not BUILT[extension_of(name) or ""] and name ~= base end)
	if not folder then return nil, files end
	local has_makefile = false
	for _, one in ipairs(files) do
		local name = one.path:sub(#folder + 2)
		has_makefile = has_makefile or name == "Makefile" or name == "makefile" or name == "GNUmakefile"
	end
	if not has_makefile then
		return nil, ("file `%s`: there is no Makefile in %s: write one, or list the files to build"):format(given, disk.shown(folder))
	end
	local main = main_of(files, folder, cell, language)
	if not main then
		return nil, ("file `%s`: which of its files is shown is not clear: call one main.%s, or name a `region`"):format(given,
			language.extension)
	end
	cell.project = { folder = folder, files = files, program = folder:match("[^/]+$") }
	cell.code, cell.code_line, cell.code_column, cell.source, cell.code_path = main.bytes, 1, 1, main.path, main.path
	return true
end

-- take(cell, given, language, disk) → true: the cell has its code, and `extra` { { path, bytes }, … } or `project`
-- { folder, files, program } beside it; or nil, what is wrong, and the index of the file at fault.
-- given: list of paths; disk: { read(path, limit), kind(path), list(folder), shown(path) }, paths below the site.
function M.take(cell, given, language, disk)
	if #given == 0 then return nil, "`file` names nothing: name a file below examples/" end
	local first = place(given[1])
	if #given == 1 and first and disk.kind(first) == "folder" then return take_folder(cell, given[1], language, disk) end
	local taken, seen = {}, {}
	for i, name in ipairs(given) do
		local path, bytes = M.read(name, disk)
		if not path then return nil, bytes, i end
		if seen[path] then return nil, ("file `%s`: it is named twice"):format(name), i end
		seen[path] = true
		taken[i] = { path = path, bytes = bytes }
	end
	local main = taken[1]
	cell.code, cell.code_line, cell.code_column, cell.source, cell.code_path = main.bytes, 1, 1, main.path, main.path
	cell.extra = #taken > 1 and table.move(taken, 2, #taken, 1, {}) or nil
	return true
end

return M
