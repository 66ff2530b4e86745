-- Which folders of the machine a program outside of a post gets to see, beside the system's. Asks nothing itself: what
-- is on the machine is told by functions.
local M = {}

-- Here everybody keeps something, or the system speaks to programs: never shown as a whole …
local TOO_WIDE = { "/", "/home", "/root", "/tmp", "/var", "/var/tmp", "/mnt", "/media", "/srv", "/opt" }
-- … and nothing of these.
local CLOSED = { "/dev", "/proc", "/sys", "/run", "/etc", "/boot", "/var/run" }
-- In every sandbox.
local SYSTEM = { "/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/nix/store", "/gnu/store" }
-- Of a home, what holds keys.
local SECRET = { ".ssh", ".gnupg" }

local function is_in(path, folder)
	return path == folder or path:sub(1, #folder + 1) == (folder == "/" and "/" or folder .. "/")
end

local function is_in_any(path, folders)
	for _, folder in ipairs(folders) do
		if is_in(path, folder) then return true end
	end
	return false
end

-- Whether every sandbox has it.
function M.is_system(path)
	return is_in_any(path, SYSTEM)
end

-- Whether it is the system's, or holds keys: nothing in there is handed to a program, not even what is named.
function M.is_closed(path, home)
	if is_in_any(path, CLOSED) then return true end
	for _, name in ipairs(SECRET) do
		if home and is_in(path, home .. "/" .. name) then return true end
	end
	return false
end

-- Why this folder (a real path) is not for showing; nil where it is. home: the caller's, a real path, or nil.
function M.refusal(folder, home)
	for _, wide in ipairs(TOO_WIDE) do
		if folder == wide then return "it holds what others keep there, too" end
	end
	if is_in_any(folder, CLOSED) then return "it is the system's" end
	if home and is_in(home, folder) then
		return folder == home and "it is your home" or "your home is in it"
	end
	for _, name in ipairs(SECRET) do
		if home and is_in(folder, home .. "/" .. name) then return "it holds your keys" end
	end
end

-- The folder that a program found in PATH needs: the one above its bin/, else its own.
function M.of_program(path, home)
	local folder = path:match("^(.*)/[^/]*$")
	local above, name = folder:match("^(.*)/([^/]+)$")
	if (name == "bin" or name == "shims") and above ~= "" and not M.refusal(above, home) then return above end
	return folder
end

-- The folders that are left when those are taken out that every sandbox has and those inside others; sorted.
function M.outermost(folders)
	local sorted, kept = table.move(folders, 1, #folders, 1, {}), {}
	table.sort(sorted)
	for _, folder in ipairs(sorted) do
		if not M.is_system(folder) and not is_in_any(folder, kept) then kept[#kept + 1] = folder end
	end
	return kept
end

-- Whether a path is visible where these folders are shown.
function M.shows(folders, path)
	return M.is_system(path) or is_in_any(path, folders)
end

return M
