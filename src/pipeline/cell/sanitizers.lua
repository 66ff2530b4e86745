-- Which sanitizers there are, what a program needs to be built and run with one, and what may be expected of it. Knows
-- nothing of how programs are run, or of what they say.
local M = {}

-- `reserves`: it reserves more addresses than a program may have, at places that it expects to be free.
local SANITIZERS = {
	thread = { title = "ThreadSanitizer", reserves = true,
		-- The exit code is the program's own: that it reported something is read from what it says.
		environment = { "TSAN_OPTIONS=color=never:exitcode=0:halt_on_error=0:second_deadlock_stack=1" } },
	address = { title = "AddressSanitizer", reserves = true,
		environment = { "ASAN_OPTIONS=color=never:detect_leaks=1:detect_stack_use_after_return=1",
			"LSAN_OPTIONS=exitcode=0" } },
	undefined = { title = "UndefinedBehaviorSanitizer", environment = { "UBSAN_OPTIONS=color=never:print_summary=0" } },
}

M.NAMES = { "address", "thread", "undefined" }

function M.is_known(name) return SANITIZERS[name] ~= nil end
function M.title(name) return SANITIZERS[name].title end
function M.reserves(name) return SANITIZERS[name].reserves == true end
function M.environment(name) return SANITIZERS[name].environment end

-- Flags for the compiler behind the cell's own: their reports want line numbers and whole stacks.
function M.flags(name)
	return { "-g", "-fno-omit-frame-pointer", "-fsanitize=" .. name }
end

-- How often a program is tried under a sanitizer until it reports what is expected; what is not expected is looked for once.
M.TRIES = 10

return M
