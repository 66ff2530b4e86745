-- What a file that is to be run is, by its first bytes: a program, a script, or why it is neither. Reads nothing itself.
local M = {}

-- e_machine of what Linux runs on.
local MACHINES = { [2] = "sparc", [3] = "x86 (32-bit)", [8] = "mips", [20] = "powerpc", [21] = "ppc64", [22] = "s390x",
	[40] = "arm (32-bit)", [50] = "ia64", [62] = "x86-64", [183] = "aarch64", [243] = "riscv", [258] = "loongarch" }

local RELOCATABLE, EXECUTABLE, SHARED, CORE = 1, 2, 3, 4
local HAS_LOADER = 3 -- PT_INTERP

-- How much of a file these functions want to see.
M.HEAD = 65536

local function name_of(machine)
	return MACHINES[machine] or ("machine %d"):format(machine)
end

local OTHER_FORMATS = { { "^MZ", "a Windows program" }, { "^\xCF\xFA\xED\xFE", "a macOS program" },
	{ "^\xCA\xFE\xBA\xBE", "a Java class or a macOS program" }, { "^\0asm", "WebAssembly" }, { "^!<arch>\n", "an archive" } }

-- elf(head, machine) → { loader = path or nil for a static program } or nil and why the file cannot be run here.
-- machine: e_machine of programs that this machine runs.
function M.elf(head, machine)
	if head:sub(1, 4) ~= "\x7FELF" then
		for _, one in ipairs(OTHER_FORMATS) do
			if head:find(one[1]) then return nil, "it is " .. one[2] .. ", which Linux does not run" end
		end
		return nil
	end
	if #head < 64 then return nil, "it is a cut-off ELF file: build it again" end
	local class, order = head:byte(5, 6)
	local endian = order == 2 and ">" or "<"
	local kind, built_for = string.unpack(endian .. "I2I2", head, 17)
	if built_for ~= machine or class ~= 2 or order ~= 1 then
		return nil, ("it is built for %s%s, and this machine is %s: build it here"):format(name_of(built_for),
			class == 1 and not name_of(built_for):find("32") and " (32-bit)" or "", name_of(machine))
	end
	if kind == RELOCATABLE then return nil, "it is an object file: link it first" end
	if kind == CORE then return nil, "it is a core dump, not a program" end
	if kind ~= EXECUTABLE and kind ~= SHARED then return nil, "it is an ELF file of an unknown kind" end
	local entry, at = string.unpack("<I8I8", head, 25)
	local size, count = string.unpack("<I2I2", head, 55)
	for i = 0, count - 1 do
		local start = at + i * size
		if start < 0 or size < 56 or start + 56 > #head then break end
		if string.unpack("<I4", head, start + 1) == HAS_LOADER then
			local offset, _, _, bytes = string.unpack("<I8I8I8I8", head, start + 9)
			local inside = offset >= 0 and bytes > 1 and bytes < 4096 and offset + bytes <= #head
			return { loader = inside and head:sub(offset + 1, offset + bytes):match("^[^%z]+") or "" }
		end
	end
	if entry == 0 then return nil, "it is a shared library, not a program" end
	return {}
end

-- The e_machine in the head of any ELF file that runs here.
function M.machine(head)
	return (string.unpack("<I2", head, 19))
end

-- script(head) → { interpreter, argument or nil, line } of a file that begins with #!, nil for another, or nil and what
-- is wrong with the line.
function M.script(head)
	local line = head:match("^#!([^\n]*)")
	if not line then return nil end
	if line:sub(-1) == "\r" then
		return nil, "its first line ends in a carriage return, which would be part of the interpreter's name: "
			.. "save it with Unix line ends"
	end
	local interpreter, argument = line:match("^[ \t]*(%S+)[ \t]*(.-)[ \t]*$")
	if not interpreter or interpreter:find("%z") then return nil, "its first line names no interpreter behind the #!" end
	if #line > 253 then return nil, "its first line is longer than the 255 bytes that Linux reads of it" end
	return { interpreter = interpreter, argument = argument ~= "" and argument or nil }
end

-- The name that `/usr/bin/env` would look up, and its further words; nil where the line says anything that env itself
-- has to make sense of.
function M.env_name(script)
	if not script.interpreter:find("/env$") or not script.argument then return nil end
	local words = script.argument:match("^%-S%s*(.+)$") or script.argument
	local split = words ~= script.argument
	if words:find("[\"'\\$#]") or words:find("^%-") or words:match("^%S+"):find("=") then return nil end
	if not split then return not words:find("%s") and words or nil, {} end
	local name, rest = words:match("^(%S+)%s*(.*)$")
	local more = {}
	for word in rest:gmatch("%S+") do more[#more + 1] = word end
	return name, more
end

return M
