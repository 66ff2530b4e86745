-- Where a cell's sources lie for the compiler: which files it may see, under which names. Knows C's #include, reads
-- nothing itself.
local M = {}

-- <livepost.h>, where the compiler finds it.
M.HEADER_FOLDER = "/livepost/include"
M.HEADER = M.HEADER_FOLDER .. "/livepost.h"

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

-- The folder of what stands in a post: cells and their headers.
local CELLS = "cells"

local function line_mark(piece)
	return ('#line %d "%s"\n'):format(piece.line, (piece.path:gsub('[\\"]', "\\%0")))
end

local function ended(code)
	return code:sub(-1) == "\n" and code or code .. "\n"
end

-- All pieces in one file. Where `#line` says whose lines they are nobody need ask; else segments tell:
-- { from, count, path, line } each.
local function assemble(pieces, has_line_marks)
	local parts, segments, at = {}, {}, 1
	for i, piece in ipairs(pieces) do
		local code = i < #pieces and ended(piece.code) or piece.code
		if has_line_marks then
			parts[#parts + 1] = line_mark(piece) .. code
		else
			local _, count = ended(code):gsub("\n", "")
			segments[#segments + 1] = { from = at, count = count, path = piece.path, line = piece.line }
			parts[#parts + 1], at = code, at + count
		end
	end
	return table.concat(parts), segments
end

-- All code of a cell, what it depends on in front: { { code, line, path }, … }.
function M.pieces(cell)
	local pieces = table.move(cell.pieces or {}, 1, #(cell.pieces or {}), 1, {})
	pieces[#pieces + 1] = { code = cell.code, line = cell.code_line, path = cell.code_path, source = cell.source }
	return pieces
end

-- cell: { code, code_line, code_path, source, root, folders, pieces, headers, extra, includes }. `source` is the path of the
-- file that holds the code when it is a file of its own, nil when it stands in a post. `folders`: where quoted includes are
-- looked for. pieces: code of other cells to stand in front; headers: { { name, code, line, path }, … }, cells that are
-- headers; extra: { { path, bytes }, … }, files that are built together with it; includes: names for #include lines in front.
-- place: { folder: the site's, cell.root overrides it ("" for a program given by its absolute path); read(path on this
-- machine) → bytes or nil; extension of the language; like_c: whether its code has #include and #line }.
-- Returns { directory, main, extra, include_folders, first, files } for a plan: everything lies below /site; first: a header
-- to be included before all else, or nil; absent: the paths where an included file would have been taken from, had it been
-- there; segments: of which lines the main file is made, where it has no #line; headers: name → true of those included.
function M.layout(cell, place)
	local root = cell.root or place.folder
	local files = { count = 0 }
	local plan_files = {}
	local own_headers, include_folders = {}, table.move(cell.folders, 1, #cell.folders, 1, {})
	for _, header in ipairs(cell.headers or {}) do
		own_headers[CELLS .. "/" .. header.name] = line_mark(header) .. ended(header.code)
	end
	local function is_allowed(path)
		return not cell.only or path:sub(1, #cell.only + 1) == cell.only .. "/"
	end
	local function read_below(path)
		return own_headers[path] or is_allowed(path) and place.read(root .. "/" .. path) or nil
	end
	if next(own_headers) then include_folders[#include_folders + 1] = CELLS end
	for _, piece in ipairs(cell.pieces or {}) do
		if piece.source then include_folders[#include_folders + 1] = folder_of(piece.source) end
	end
	local pieces, main, segments = M.pieces(cell), cell.source, nil
	if cell.source and not cell.pieces then
		files[main] = cell.code
	else
		main = CELLS .. "/" .. cell.label .. "." .. place.extension
		plan_files[1] = { path = "/site/" .. main }
		plan_files[1].bytes, segments = assemble(pieces, place.like_c)
		-- The post lies there too, so that the compiler can show the line it complains about.
		if place.like_c then plan_files[2] = { path = "/site/" .. cell.path_of_post, bytes = cell.post_bytes } end
	end
	local first
	if place.like_c then
		for i, piece in ipairs(pieces) do
			local folder = piece.source and (i == #pieces or cell.pieces) and folder_of(piece.source) or CELLS
			add_includes(files, piece.code, folder, include_folders, read_below)
		end
		for _, one in ipairs(cell.extra or {}) do add_includes(files, one.bytes, folder_of(one.path), include_folders, read_below) end
		if cell.includes and #cell.includes > 0 then
			local lines = {}
			for i, name in ipairs(cell.includes) do lines[i] = ("#include %s\n"):format(name:find("^<") and name or '"' .. name .. '"') end
			first = CELLS .. "/" .. cell.label .. ".includes.h"
			plan_files[#plan_files + 1] = { path = "/site/" .. first, bytes = table.concat(lines) }
			add_includes(files, table.concat(lines), CELLS, include_folders, read_below)
		end
	end
	local extra = {}
	for i, one in ipairs(cell.extra or {}) do
		extra[i] = one.path
		files[one.path] = one.bytes
	end
	-- A folder that is there for nothing but to be left again by "..".
	for _, path in ipairs(cell.passed or {}) do
		plan_files[#plan_files + 1] = { path = "/site" .. path .. "/.passed", bytes = "" }
	end
	files.count = nil
	local names, absent, headers = {}, {}, {}
	for path, bytes in pairs(files) do
		if bytes then
			names[#names + 1] = path
			if own_headers[path] then headers[path:sub(#CELLS + 2)] = true end
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
		directory = "/site" .. (cell.directory and "/" .. cell.directory or ""), main = cell.main or main, extra = extra,
		include_folders = include_folders, first = first, files = plan_files, absent = absent, source = cell.source, own = main,
		root = cell.root, below = cell.directory, segments = segments, headers = headers, generated = not cell.root and CELLS or nil,
	}
end

-- What a program or compiler says, with the author's own paths and lines: `/site/cells/roast.py", line 3` becomes
-- `posts/roast.md", line 14`. Returns it, and path and line of the last place in it that is the cell's.
function M.told(text, layout)
	local last_path, last_line
	local function of_line(line)
		for _, segment in ipairs(layout.segments or {}) do
			if line >= segment.from and line < segment.from + segment.count then return segment.path, segment.line + line - segment.from end
		end
	end
	local name = "/site/" .. layout.own
	-- Some name a file from where they were started.
	if layout.directory == "/site" then
		for _, near in ipairs { layout.own, "./" .. layout.own } do
			text = ("\n" .. text):gsub("([^%w_./-])" .. near:gsub("%W", "%%%0"), "%1" .. name:gsub("%%", "%%%%")):sub(2)
		end
	end
	if layout.segments then
		local pattern = name:gsub("%W", "%%%0") .. "([\"']?[,:]? ?l?i?n?e? ?)(%d+)"
		text = text:gsub(pattern, function(between, digits)
			local path, line = of_line(math.tointeger(tonumber(digits)) or 0)
			if not path then return nil end
			last_path, last_line = path, line
			return ("%s%s%d"):format(path, between, line)
		end)
		text = text:gsub(name:gsub("%W", "%%%0") .. "%f[^%w_]", (layout.segments[#layout.segments].path:gsub("%%", "%%%%")))
	else
		for digits in text:gmatch(name:gsub("%W", "%%%0") .. "[\"']?[,:]? ?l?i?n?e? ?(%d+)") do
			last_path, last_line = layout.own, math.tointeger(tonumber(digits))
		end
	end
	return (text:gsub("/site/(examples/)", "%1")), last_path, last_line
end

-- A dependency file as gcc -MD writes it, or several of them one after the other → array of paths.
function M.read_depfile(text)
	local paths = {}
	for rule in (text:gsub("\\\n", " ") .. "\n"):gmatch("([^\n]*)\n") do
		local list = rule:match("^[^:]*:(.*)$") or ""
		for path in list:gsub("\\ ", "\0"):gmatch("%S+") do
			paths[#paths + 1] = (path:gsub("%z", " "):gsub("%$%$", "$"):gsub("\\#", "#"))
		end
	end
	return paths
end

-- A path as the compiler names it → the name under which the same file lies outside: relative to the site's folder, or
-- absolute; nil for the cell's own code.
function M.outside(path, layout)
	if path:sub(1, 1) == "/" and path:sub(1, 6) ~= "/site/" then return path end
	local below = path:sub(1, 6) == "/site/" and path:sub(7) or join(layout.below or "", path)
	below = normalise(below) or below
	if below == layout.own or layout.generated and below:sub(1, #layout.generated + 1) == layout.generated .. "/" then return nil end
	return layout.root and layout.root .. "/" .. below or below
end

-- libraries(words) → what the linker is told of them: "m" and "-lm" are the same library.
function M.libraries(words)
	local libraries = {}
	for i, word in ipairs(words) do libraries[i] = word:sub(1, 1) == "-" and word or "-l" .. word end
	return libraries
end

return M
