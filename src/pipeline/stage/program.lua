-- A program file given by its path → the one cell that the following stages build, run and measure.
local file = require "livepost.file"
local problem = require "lib.problem"
local sources = require "lib.sources"

local LARGEST = 16 << 20

local function run(_, context, item)
	local bytes, why = file.read(item.path, LARGEST)
	if not bytes then problem.throw { path = item.path, message = why } end
	-- In the sandbox the file lies under its own absolute path below /site, and the compiler is called where we are:
	-- so `#include "../x.h"` works, and messages name the file as the user did.
	local folder = assert(file.current_folder())
	local is_absolute = item.path:sub(1, 1) == "/"
	local main = is_absolute and "/site" .. item.path or item.path
	if main:sub(1, 1) == "-" then main = "./" .. main end -- else an option to the compiler
	local name = item.path:match("([^/]+)$"):gsub("%.c$", ""):gsub("[^%w%-_]", "-")
	return { {
		language = "c", label = name, path = item.path, code = bytes, code_line = 1, code_column = 1, code_path = item.path,
		source = sources.normalise(is_absolute and item.path or folder .. "/" .. item.path),
		main = main, root = "", directory = sources.normalise(folder),
		folders = {}, runs = 1, timeout_ns = context.timeout_ns, arguments = context.arguments, any_ending = true,
		claims = {},
	} }
end

return { name = "cells", scope = "post", reads = {}, run = run }
