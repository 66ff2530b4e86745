-- Says how far a build is: one line that changes on a terminal, plain lines elsewhere.
local sweep = require "measurement.sweep"
local terminal = require "livepost.terminal"
local units = require "base.units"
local walls_of = require "measurement.walls"

local M = {}

-- warn(problem) and report(problem) write to standard error, too: they go through here so that the changing line makes
-- room for them.
function M.new(quiet)
	local width = not quiet and terminal.width()
	local shown = false
	local total, done = 0, 0
	local started = terminal.now_ns()

	local function clear()
		if shown then terminal.tell("\r\27[K") end
		shown = false
	end
	local function change(text)
		if not width then return end
		if utf8.len(text) and utf8.len(text) >= width then text = text:sub(1, (utf8.offset(text, width) or 1) - 1) end
		terminal.tell("\r\27[K" .. text)
		shown = true
	end
	local function line(text)
		clear()
		if not quiet then terminal.tell(text .. "\n") end
	end

	local progress = {}
	-- to_run: of how many cells the runs will be, those that need no compiler among them.
	function progress.building(count, to_run)
		total = to_run
		if count == 0 then return end
		change(("compiling %s"):format(units.count(count, "cell")))
		if not width then line(("compiling %s"):format(units.count(count, "cell"))) end
	end
	-- last_ns: how long the run before took, nil for the first.
	function progress.running(cell, number, runs, last_ns)
		local about = runs > 1 and (", run %d of %d"):format(number, runs) or ""
		local long = last_ns and (", %s each"):format(units.duration(last_ns)) or ""
		change(("%d of %d cells done in %s; running %s%s%s"):format(done, total,
			units.duration(terminal.now_ns() - started), sweep.title(cell), about, long))
	end
	-- A run beside those that are counted. how: "ThreadSanitizer".
	function progress.trying(cell, how)
		change(("%d of %d cells done in %s; running %s with %s"):format(done, total, units.duration(terminal.now_ns() - started),
			sweep.title(cell), how))
	end
	-- These cells, which are done, are run more often, as a claim asks for it.
	function progress.again(cells, path)
		local names = {}
		for i, cell in ipairs(cells) do names[i] = sweep.title(cell) end
		done = done - #cells
		line(("%s: claims cannot be told yet: more runs of %s"):format(path, table.concat(names, "; ")))
	end
	function progress.ran(cell, runs)
		done = done + 1
		local walls = walls_of(runs)
		table.sort(walls)
		local spread = #walls > 1 and ("%s, %s"):format(units.count(#walls, "run"), units.range(walls[1], walls[#walls]))
			or units.duration(walls[1])
		line(("%s: %s: %s, %d of %d cells done"):format(cell.path, sweep.title(cell), spread, done, total))
	end
	progress.line = line
	-- Whatever must be read: also when quiet.
	function progress.tell(text)
		clear()
		terminal.tell(text .. "\n")
	end
	progress.clear = clear
	return progress
end

return M
