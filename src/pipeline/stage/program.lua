-- A program given by its path or its name → the one cell that the following stages build, run and measure: a C file is
-- compiled, a script gets its interpreter, a binary runs as it is, and each finds its own folder and the current one.
local executable = require "cell.executable"
local file = require "livepost.file"
local json = require "livepost.json"
local problem = require "base.problem"
local shown_folders = require "cell.shown_folders"
local sources = require "cell.sources"

local LARGEST_SOURCE = 16 << 20
local LARGEST_PROGRAM = 256 << 20
local LARGEST_INPUT = 256 << 20
-- Of the files that are named among the arguments: how many arguments are looked at, how much is copied in all.
local MOST_NAMED = 8
local LARGEST_NAMED = 32 << 20

local DEFAULT_PATH = "/usr/local/bin:/usr/bin:/bin"
-- What a program outside of a post knows of its caller; nothing else is passed on.
local PASSED = { "LANG", "LC_ALL", "LC_CTYPE", "TZ" }

local PACKAGES = { python3 = "python3", node = "nodejs", ruby = "ruby", php = "php-cli", Rscript = "r-base-core",
	guile = "guile-3.0", tclsh = "tcl", gawk = "gawk" }

local function fail(path, message)
	problem.throw { path = path, message = message }
end

local function absolute(path, folder)
	return path:sub(1, 1) == "/" and path or (folder == "/" and "" or folder) .. "/" .. path
end

local function folder_of(path)
	local folder = path:match("^(.*)/[^/]*$")
	return folder == "" and "/" or folder
end

local function search_path()
	local path = os.getenv("PATH")
	return path and path ~= "" and path or DEFAULT_PATH
end

-- The path of a program that PATH has and that is good (all are where `good` is nil); nil where there is none. Relative
-- folders in PATH are passed over.
local function find_in_path(name, good)
	for folder in search_path():gmatch("[^:]+") do
		local path = folder:gsub("(.)/+$", "%1") .. "/" .. name
		if folder:sub(1, 1) == "/" and file.kind(path) == "file" and file.may_run(path) and (not good or good(path)) then
			return path
		end
	end
end

-- Version managers put a script in front of the interpreter, whose dozens of processes nobody wants to see.
local function is_binary(path)
	return file.head(path, 4) == "\x7FELF"
end

local function missing(name)
	local package = PACKAGES[name]
	return package and ("`%s` is not installed: install the package %s"):format(name, package)
		or ("`%s` is not in PATH (%s): install it, or name it by its path"):format(name, search_path())
end

local function read_head(path)
	local head, why = file.head(path, executable.HEAD)
	if not head then fail(path, why) end
	return head
end

-- Where FILE is: by its path, or a name without one that is in the current folder, or in PATH.
local function locate(given)
	local kind = file.kind(given)
	if given:find("/", 1, true) or kind == "file" then return given end
	local found = find_in_path(given)
	if found then return found, true end
	if kind then return given end
	if given:find("%.") then fail(given, ("cannot read %s: No such file or directory"):format(given)) end
	fail(given, "there is no such file here, and PATH has no program of this name: give its path, or install it")
end

-- The folders that the program gets to see, notes on those that it does not, and files that are handed in alone.
local function surroundings(place)
	local home = os.getenv("HOME")
	home = home and home:sub(1, 1) == "/" and file.real(home) or nil
	local wanted, notes, refused = {}, {}, {}
	local function can_be_shown(folder)
		local why = shown_folders.refusal(folder, home)
		if why then return false, why end
		return file.can_show(folder)
	end
	local function want(folder)
		if not folder or shown_folders.is_system(folder) then return end
		local can, why = can_be_shown(folder)
		if can then
			wanted[#wanted + 1] = folder
		elseif not refused[folder] then
			refused[folder] = why
			notes[#notes + 1] = ("the program does not see the files in %s: %s"):format(folder, why)
		end
	end
	local takes, room = {}, LARGEST_NAMED
	-- A file that is named on the command line is there, too: with its folder, or where that is not to be shown, alone.
	local function want_named(name)
		local kind = name:find("/", 1, true) and file.kind(name)
		local real = (kind == "file" or kind == "folder") and file.real(name)
		if not real or shown_folders.is_system(real) or shown_folders.is_closed(real, home) then return end
		local folder = kind == "folder" and real or folder_of(real)
		if kind == "folder" or can_be_shown(folder) then return want(folder) end
		local bytes = room > 0 and file.read(real, room)
		if not bytes then
			notes[#notes + 1] = ("the program does not see %s: it cannot be read, or is too large to be copied"):format(name)
			return
		end
		room = room - #bytes
		takes[#takes + 1] = { path = real, bytes = bytes }
	end
	for _, folder in ipairs(place.folders) do want(folder) end
	for i, name in ipairs(place.arguments) do
		if i > MOST_NAMED then break end
		want_named(name)
	end
	for _, program in ipairs(place.programs) do
		want(shown_folders.of_program(program, home))
		local real = file.real(program)
		if real then want(shown_folders.of_program(real, home)) end
	end
	return shown_folders.outermost(wanted), notes, takes
end

-- What the program reads from standard input: bytes, where that is a file.
local function take_input()
	local bytes, why = file.input(LARGEST_INPUT)
	if why then
		problem.throw { path = "standard input", message = ("%s: name it as a file among the arguments"):format(why) }
	end
	return bytes
end

local function environment()
	local words = { "PATH=" .. search_path() }
	for _, name in ipairs(PASSED) do
		local value = os.getenv(name)
		if value then words[#words + 1] = name .. "=" .. value end
	end
	return words
end

local function c_cell(item, folder)
	local bytes, why = file.read(item.path, LARGEST_SOURCE)
	if not bytes then fail(item.path, why) end
	-- In the sandbox the file lies under its own absolute path below /site, and the compiler is called where we are:
	-- so `#include "../x.h"` works, and messages name the file as the user did.
	local is_absolute = item.path:sub(1, 1) == "/"
	local main = is_absolute and "/site" .. item.path or item.path
	if main:sub(1, 1) == "-" then main = "./" .. main end -- else an option to the compiler
	return {
		language = "c", code = bytes, code_line = 1, code_column = 1, code_path = item.path,
		source = sources.normalise(absolute(item.path, folder)), main = main, root = "",
		directory = sources.normalise(folder), folders = {}, passed = sources.passed(absolute(item.path, folder)),
	}
end

-- How the interpreter of a script is called: argv up to the script, and the paths of the programs in it.
local function interpreter_of(script, path)
	local name, more = executable.env_name(script)
	if name then
		local found = find_in_path(name)
		if not found then fail(path, "its first line asks for what is not there: " .. missing(name)) end
		return table.move(more, 1, #more, 2, { name }), { found }
	end
	local interpreter = script.interpreter
	if file.kind(interpreter) ~= "file" then
		local base = interpreter:match("[^/]+$") or interpreter
		fail(path, ("its interpreter %s, named in its first line, is not there: %s"):format(interpreter, PACKAGES[base]
			and "install the package " .. PACKAGES[base] or "correct the line, or install it"))
	end
	return { interpreter, script.argument }, { file.real(interpreter) or interpreter }
end

-- argv up to the program's own arguments, the programs that it takes from elsewhere, and a note.
local function command_of(path, shown, real, head, in_path)
	local script, wrong = executable.script(head)
	if wrong then fail(path, wrong) end
	if not script and path:find("%.py$") and not in_path then
		local first, python = find_in_path("python3"), find_in_path("python3", is_binary)
		if not first then fail(path, missing("python3")) end
		if not python or python == first then return { "python3", shown }, { first } end
		return { python, shown }, { python }, ("%s is a script in front of Python, and %s is taken instead: for the former name "
			.. "it, livepost run python3 %s"):format(first, python, path)
	elseif script then
		local argv, programs = interpreter_of(script, path)
		argv[#argv + 1] = in_path and real or shown
		return argv, programs
	end
	local elf, why = executable.elf(head, executable.machine(read_head("/proc/self/exe")))
	if not elf then
		fail(path, why or "it is no program: it is neither C (.c), nor Python (.py), nor a binary, and its first line "
			.. "names no interpreter (#!/usr/bin/env NAME)")
	end
	if not file.may_run(path) then fail(path, "it is not executable: chmod +x " .. path) end
	if elf.loader and elf.loader ~= "" and file.kind(elf.loader) ~= "file" then
		fail(path, ("the loader it needs, %s, is not installed"):format(elf.loader))
	end
	return { shown }, {}, not elf.loader
		and "the program is static: the probe cannot be loaded into it, and why it waited is not known" or nil
end

local function program_cell(item, found, in_path, current)
	local path = in_path and found or item.path
	local kind = file.kind(path)
	if kind == "folder" then fail(path, "it is a folder: name a file in it") end
	if kind ~= "file" then
		fail(path, ("cannot read %s: %s"):format(path, kind and "it is not a regular file" or "No such file or directory"))
	end
	local real = file.real(path)
	local head = read_head(path)
	if head == "" then fail(path, "it is empty") end
	-- A path through links may not lead there from inside; one that begins with a dash would be an option.
	local plain = sources.normalise(absolute(path, current))
	local shown = plain and "/" .. plain == real and path or real
	if not shown:find("/", 1, true) then shown = "./" .. shown end
	local argv, programs, note = command_of(path, shown, real, head, in_path)
	if in_path and argv[1] == shown then argv[1] = item.path end
	local bytes, why
	if not shown_folders.is_system(real) then
		bytes, why = file.read(real, LARGEST_PROGRAM)
		if not bytes then fail(path, why) end
	end
	if in_path then programs[#programs + 1] = found end
	local own = { path = real, bytes = bytes, program = true, script = head:sub(1, 4) ~= "\x7FELF" }
	return { language = "program", argv = argv, takes = { own }, programs = programs }, note
end

-- The first folder on the way to a file, from the shown one that it lies in, that the program cannot enter.
local function closed_on_the_way(path, folders)
	local folder = folder_of(path)
	while shown_folders.shows(folders, folder) and folder ~= "/" do
		if not file.can_serve(folder, true) then return folder end
		folder = folder_of(folder)
	end
end

-- own: the program's file; named: those among the arguments that are handed in alone. What is shown is there already,
-- where the program may use it: a copy in its place would have no name in /proc. Returns all of them.
local function place_files(own, named, folders, notes)
	local placed = {}
	for _, one in ipairs(named) do
		if closed_on_the_way(one.path, folders) then
			notes[#notes + 1] = ("the program does not see %s: it may not enter its folder"):format(one.path)
		else
			placed[#placed + 1] = one
		end
	end
	for _, one in ipairs(own) do
		local closed = not shown_folders.is_system(one.path) and closed_on_the_way(one.path, folders)
		if closed then
			fail(one.path, ("programs that root starts run as user 65534, who may not enter %s: chmod o+rx %s")
				:format(closed, closed))
		end
		one.is_there = shown_folders.shows(folders, one.path) and file.can_serve(one.path, not one.script)
		placed[#placed + 1] = one
	end
	return placed
end

local function run(_, context, item)
	local current, why = file.current_folder()
	if not current then fail(item.path, why) end
	local found, in_path = locate(item.path)
	local cell, note
	if found:find("%.c$") and not in_path then
		cell = c_cell(item, current)
	else
		cell, note = program_cell(item, found, in_path, current)
	end
	local own = file.real(found)
	local folders, notes, takes = surroundings {
		folders = { current, not in_path and own and folder_of(own) or nil }, programs = cell.programs or {},
		arguments = context.arguments,
	}
	notes[#notes + 1] = note
	cell.takes = place_files(cell.takes or {}, takes, folders, notes)
	local input = take_input()
	local name = found:match("([^/]+)$"):gsub("%.c$", ""):gsub("%.py$", ""):gsub("[^%w%-_.]", "-"):gsub("^%.+", "")
	local fields = {
		label = name ~= "" and name or "program", kind = "program", eval = true, path = item.path, runs = 1, timeout_ns = context.timeout_ns,
		sampled = context.sampled, names = context.config.names,
		arguments = context.arguments, any_ending = true, claims = {}, current = current, notes = json.array(notes),
		surroundings = {
			folders = folders, environment = environment(), input = input, input_is_ours = not input,
			directory = shown_folders.refusal(current) == "it is the system's" and "/tmp" or current,
		},
	}
	for key, value in pairs(fields) do cell[key] = value end
	return { cell }
end

return { name = "cells", scope = "post", reads = {}, run = run }
