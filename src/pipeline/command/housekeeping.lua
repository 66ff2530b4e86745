-- What a build that went well leaves in order: the list of what cells used last, kept measurements that nobody has used
-- for long, and frozen ones whose cells are gone. Removes nothing that livepost did not write itself.
local file = require "livepost.file"
local frozen = require "measurement.frozen"
local hash = require "livepost.hash"
local json = require "livepost.json"
local problem = require "base.problem"

local M = {}

-- Who goes back to an earlier version of a post finds its measurements so many days.
local MOST_DAYS = 90

local function read_list(path)
	local list = file.kind(path) == "file" and json.decode(file.read(path) or "")
	local used = {}
	for _, name in ipairs { "cells", "days", "frozen" } do
		used[name] = type(list) == "table" and type(list[name]) == "table" and list[name] or {}
	end
	return used
end

-- Takes note of what the cells of these posts are kept and frozen under.
local function note(used, items, context, today)
	for _, item in ipairs(items) do
		for name, found in pairs(item.values.kept or {}) do
			if found.path then
				used.cells[item.name .. "#" .. name] = found.key
				used.days[found.key] = today
			end
		end
	end
	for path, content in pairs(context.froze) do used.frozen[path] = content end
end

local function forget_old(used, context, today)
	local folder = context.kept .. "/measurements"
	local there = {}
	for _, name in ipairs(file.kind(folder) == "folder" and problem.must(file.list(folder)) or {}) do
		local key = name:match("^(%x+)%.json$")
		if key then
			there[key] = true
			local day = used.days[key]
			-- What the list does not know, or knows from a day that is not yet, counts from today.
			if math.type(day) ~= "integer" or day > today then used.days[key] = today end
			if used.days[key] + MOST_DAYS < today then
				problem.must(file.remove(folder .. "/" .. name))
				there[key] = nil
			end
		end
	end
	for key in pairs(used.days) do
		if not there[key] then used.days[key] = nil end
	end
	for name, key in pairs(used.cells) do
		if not there[key] then used.cells[name] = nil end
	end
end

-- The names that cells of a post are frozen under.
local function names_of(item)
	local names = {}
	for _, found in pairs(item.values.kept) do
		if found.frozen_path then names[found.frozen_name] = true end
	end
	return names
end

local function clear_frozen(used, items, context)
	local root = context.folder .. "/" .. frozen.FOLDER
	local folders, known = {}, {}
	for _, item in ipairs(items) do
		local folder = frozen.folder(item.name)
		known[folder] = true
		if item.values.kept then folders[folder] = names_of(item) end
	end
	local there = {}
	for _, name in ipairs(file.kind(root) == "folder" and problem.must(file.list(root)) or {}) do
		local path = frozen.FOLDER .. "/" .. name
		local folder, base = path:match("^(.*)/([^/]*)%.json$")
		there[path] = true
		-- A post that was left out of this build keeps what it has.
		local names = folder and folder ~= frozen.FOLDER and (folders[folder] or not known[folder] and {})
		if names and not names[base] and not names[base:match("^(.*)@") or ""] then
			local bytes = used.frozen[path] and file.read(context.folder .. "/" .. path)
			if bytes and hash.of(bytes) == used.frozen[path] then
				problem.must(file.remove(context.folder .. "/" .. path))
				file.remove_empty_folder(context.folder .. "/" .. folder)
				context.progress.line(("%s: removed: its cell is gone"):format(context.shown(path)))
				there[path] = nil
			else
				context.warn(problem.new { path = context.shown(path),
					message = "warning: no cell is frozen in it any more: remove it" })
			end
		end
	end
	for path in pairs(used.frozen) do
		if not there[path] then used.frozen[path] = nil end
	end
end

-- after_build(context, items): to be called when all posts went through all stages.
function M.after_build(context, items)
	local path = context.kept .. "/used.json"
	local used, today = read_list(path), os.time() // 86400
	note(used, items, context, today)
	clear_frozen(used, items, context)
	forget_old(used, context, today)
	problem.must(file.write(path, json.encode(used, 1) .. "\n"))
end

return M
