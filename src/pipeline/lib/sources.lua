-- Where a cell's sources lie for the compiler: which files it may see, under which names. Knows C's #include, reads
-- nothing itself.
local M = {}

local MOST_FILES = 1000

-- "a/./b/../c" → "a/c"; nil when it leads above the top.
local function normalise(path)
	local parts = {}
	for part in path:gmatch("[^/]+") do
		if part == ".." then
			if #parts == 0 then return nil end
			parts[#parts] = nil
		elseif part ~= "." then
			parts[#parts + 1] = part
		end
	end
	return table.concat(parts, "/")
end
M.normalise = normalise

-- The folders that a path goes through and leaves again: { "/a/b" } for "/a/b/../c.c".
function M.passed(path)
	local parts, passed = {}, {}
	for part in path:gmatch("[^/]+") do
		if part == ".." then
			if #parts > 0 then passed[#passed + 1] = "/" .. table.concat(parts, "/") end
			parts[#parts] = nil
		elseif part ~= "." then
			parts[#parts + 1] = part
		end
	end
	return passed
end

local function folder_of(path)
	return path:match("^(.*)/[^/]*$") or ""
end

local function join(folder, name)
	return folder == "" and name or folder .. "/" .. name
end

-- Adds to `files` all that `code` includes with quotes, and what that includes: a superset of what the compiler will
-- read, as conditions are not looked at. `folders`: where names are looked for, after the folder of the file itself.
local function add_includes(files, code, folder, folders, read)
	if files.count > MOST_FILES then return end
	for name in ("\n" .. code):gmatch('\n[ \t]*#[ \t]*include[ \t]*"([^"\n]+)"') do
		local tried = { join(folder, name) }
		for _, other in ipairs(folders) do tried[#tried + 1] = join(other, name) end
		for _, candidate in ipairs(tried) do
			local path = normalise(candidate)
			if path and files[path] == nil then
				local bytes = read(path)
				files[path] = bytes or false
				if bytes then
					files.count = files.count + 1
					add_includes(files, bytes, folder_of(path), folders, read)
				end
			end
			if path and files[path] then break end
		end
	end
end

-- cell: { code, code_line, code_path, source, root, folders }. `source` is the path of the file that holds the code when
-- it is a file of its own, nil when it stands in a post. `folders`: where quoted includes are looked for.
-- folder: the site's; cell.root overrides it ("" for a program given by its absolute path).
-- read(path on this machine) → bytes or nil.
-- Returns { directory, main, include_folders, files } for a plan: everything lies below /site; absent: the paths where an
-- included file would have been taken from, had it been there.
function M.layout(cell, folder, read)
	local root = cell.root or folder
	local files = { count = 0 }
	local plan_files = {}
	local main
	local function is_allowed(path)
		return not cell.only or path:sub(1, #cell.only + 1) == cell.only .. "/"
	end
	local function read_below(path)
		return is_allowed(path) and read(root .. "/" .. path) or nil
	end
	if cell.source then
		main = cell.source
		files[main] = cell.code
	else
		-- The post lies there too, so that the compiler can show the line it complains about.
		main = "cells/" .. cell.label .. ".c"
		plan_files[1] = { path = "/site/" .. main,
			bytes = ('#line %d "%s"\n'):format(cell.code_line, cell.code_path:gsub('[\\"]', "\\%0")) .. cell.code }
		plan_files[2] = { path = "/site/" .. cell.code_path, bytes = cell.post_bytes }
	end
	add_includes(files, cell.code, cell.source and folder_of(cell.source) or "cells", cell.folders, read_below)
	-- A folder that is there for nothing but to be left again by "..".
	for _, path in ipairs(cell.passed or {}) do
		plan_files[#plan_files + 1] = { path = "/site" .. path .. "/.passed", bytes = "" }
	end
	files.count = nil
	local names, absent = {}, {}
	for path, bytes in pairs(files) do
		if bytes then
			names[#names + 1] = path
		elseif is_allowed(path) then
			absent[#absent + 1] = path
		end
	end
	table.sort(names)
	table.sort(absent)
	for _, path in ipairs(names) do
		plan_files[#plan_files + 1] = { path = "/site/" .. path, bytes = files[path] }
	end
	return {
		directory = "/site" .. (cell.directory and "/" .. cell.directory or ""), main = cell.main or main,
		include_folders = cell.folders, files = plan_files, absent = absent, source = cell.source, own = main, root = cell.root,
		below = cell.directory,
	}
end

-- A dependency file as gcc -MD writes it → array of paths.
function M.read_depfile(text)
	local paths = {}
	local list = text:gsub("\\\n", " "):match("^[^:]*:(.*)$") or ""
	list = list:gsub("\\ ", "\0")
	for path in list:gmatch("%S+") do
		paths[#paths + 1] = (path:gsub("%z", " "):gsub("%$%$", "$"):gsub("\\#", "#"))
	end
	return paths
end

-- A path as the compiler names it → the name under which the same file lies outside: relative to the site's folder, or
-- absolute; nil for the cell's own code.
function M.outside(path, layout)
	if path:sub(1, 1) == "/" and path:sub(1, 6) ~= "/site/" then return path end
	local below = path:sub(1, 6) == "/site/" and path:sub(7) or join(layout.below or "", path)
	below = normalise(below) or below
	if below == layout.own then return nil end
	return layout.root and layout.root .. "/" .. below or below
end

return M
