-- Cells → what is kept of them: the key of each measurement, the file it is kept in, the one it is frozen in, and the
-- measurement where it still is what a run would bring; else why it is not. Writes nothing and runs nothing.
local changes = require "measurement.changes"
local expectation = require "cell.expectation"
local file = require "livepost.file"
local frozen = require "measurement.frozen"
local hash = require "livepost.hash"
local json = require "livepost.json"
local languages = require "cell.languages"
local measurement = require "measurement.measurement"
local methods = require "measurement.methods"
local problem = require "base.problem"
local services = require "cell.services"
local sorted_keys = require "base.sorted_keys"
local sweep = require "measurement.sweep"

-- Where a tool lies, as the sandbox will find it; nil where it is not there.
local function find_tool(name)
	if name:sub(1, 1) == "/" then return file.kind(name) == "file" and name or nil end
	for _, folder in ipairs(languages.PATH) do
		local path = folder .. "/" .. name
		if file.kind(path) == "file" then return path end
	end
end

local function missing_words(tool, language, context)
	local way = language.package and "install the package " .. language.package or "install it"
	if language.like == "c" and (language.name == "c" or language.name == "cpp") then
		way = ("install it (package %s)"):format(language.package)
		if context.config_path then way = ("%s, or name another as `%s.compiler` in %s"):format(way, language.name, context.config_path) end
	end
	return ("`%s`, which `{%s}` needs, is not in %s: %s"):format(tool, language.name, table.concat(languages.PATH, ", "), way)
end

-- The bytes of a compiler's driver or of an interpreter stand for it: its version is in them. Returns tool → hash; or nil
-- and { name, package, message } of one that is not there.
local function tools_of(cell, context)
	local language = context.config.languages[cell.language]
	local tools = languages.tools(language)
	if cell.project then tools[#tools + 1] = "make" end
	local found = {}
	for _, tool in ipairs(tools) do
		if tool == languages.LIVEPOST then
			-- Its bytes change with each build of it, and say nothing of what it does.
			found[tool] = context.version
			goto next
		end
		local path = find_tool(tool)
		if not path then
			local needed = tool == "make" and cell.project and { name = language.name, package = "make" } or language
			return nil, { name = tool, package = needed.package, message = missing_words(tool, needed, context) }
		end
		found[tool] = context.hash_of(path)
		::next::
	end
	return found
end

local function hashes_of(files)
	local hashes = {}
	for i, one in ipairs(files) do hashes[i] = { one.path, hash.of(one.bytes) } end
	return hashes
end

-- What each of a cell's services is, with the bytes of its files and the compiler's flags. nil for none.
local function services_of(cell, context)
	if not cell.services then return nil end
	local identities = {}
	for i, name in ipairs(cell.services) do
		identities[i] = services.identity(context.config.services[name], context.folder, context.source)
		identities[i].c = identities[i].file and context.config.c
	end
	return identities
end

-- What the measurement depends on besides the headers, which only the compiler can name: a table by what it is called.
-- Nothing of it says where in a post the code stands.
local function inputs_of(cell, tools, context)
	local language = context.config.languages[cell.language]
	local parts = {
		code = cell.code, source = cell.source, tools = tools, runs = cell.runs, args = cell.arguments,
		method = context.method, names = cell.names, expect = cell.expect, warmup = cell.warmup, outcomes = cell.outcomes,
		defines = cell.defines, flags = cell.flags, libs = cell.libs, includes = cell.includes, env = cell.environment,
		memory = cell.memory_bytes, stdin = cell.input and hash.of(cell.input), error = cell.shows_failure,
		sanitizers = cell.sanitizers, sanitize_runs = cell.sanitize_runs, services = services_of(cell, context),
		timeout_ns = (cell.outcomes or cell.shows_failure or expectation.hangs(cell.expect)) and cell.timeout_ns or nil,
	}
	if language.like then
		parts.command, parts.language_flags, parts.libraries = language.compiler, language.flags, language.libraries
	else
		parts.build, parts.run, parts.language_flags = language.build, language.run, language.flags
		parts.language_environment, parts.extension = language.environment, language.extension
	end
	if cell.pieces then
		parts["depends-on"] = {}
		for i, piece in ipairs(cell.pieces) do parts["depends-on"][i] = { piece.code, piece.source } end
	end
	if cell.headers and #cell.headers > 0 then
		parts.headers = {}
		for i, header in ipairs(cell.headers) do parts.headers[i] = { header.name, header.code } end
	end
	if cell.extra then parts.file = hashes_of(cell.extra) end
	if cell.project then parts.file = { folder = cell.project.folder, files = hashes_of(cell.project.files) } end
	if cell.workdir then parts.workdir = { path = cell.workdir.path, files = hashes_of(cell.workdir.files) } end
	return parts
end

local LONG = 200 -- bytes of a text that is kept as its hash

-- Inputs as they are kept and compared: what is long, and code always, by its hash.
local function brief(value, name)
	if type(value) == "string" then
		return (#value > LONG or name == "code") and hash.of(value) or value
	elseif type(value) == "table" then
		local copy = setmetatable({}, getmetatable(value))
		for key, one in pairs(value) do copy[key] = brief(one) end
		return copy
	end
	return value
end

local function is_system(path)
	return path:sub(1, 1) == "/"
end

-- Which headers are no longer what they were when it was measured. here: the machine is the one that measured it, whose
-- own headers count, too. missing: where given, takes the system's headers that are not there at all, which are no change then.
local function header_changes(kept, hash_of, here, missing)
	local changed = {}
	for _, name in ipairs(sorted_keys(kept.headers)) do
		if here or not is_system(name) then
			local now, before = hash_of(name), kept.headers[name]
			-- Of the system's headers a frozen file has the beginning of the hash.
			if not now and missing and is_system(name) then
				missing[#missing + 1] = name
			elseif not now then
				changed[#changed + 1] = ("header %s is gone"):format(name)
			elseif now:sub(1, #before) ~= before then
				changed[#changed + 1] = ("header %s changed"):format(name)
			end
		end
	end
	for _, name in ipairs(kept.absent) do
		if hash_of(name) then changed[#changed + 1] = ("%s is new, and is included instead of another header"):format(name) end
	end
	return changed
end

-- Whether more can be seen now than when a measurement was taken, whose method nobody asked for: then why.
local function outdone(kept, context)
	if kept.measurement.refused or context.method ~= "auto" or kept.measurement.method == methods.best then return nil end
	local now = context.recorder():method()
	if not methods.is_better(now, kept.tried) then return nil end
	return ("%s can be had here now, where it was measured by %s"):format(now, kept.measurement.method)
end

-- What is in the cell's own file below .livepost, and a list of why it is not what a run would bring: nil where there is
-- none. Damaged: nothing is drawn from it, and nothing lost but time. Of one that a later livepost kept: nil, nil and a
-- message.
local function find_kept(cell, path, context, warn)
	local bytes = file.kind(path) == "file" and file.read(path)
	if not bytes then return nil end
	local kept = json.decode(bytes)
	local newer = measurement.is_newer(kept)
	if newer then
		return nil, nil, ("a later livepost kept this measurement (version %d, this one knows %d): take that livepost, or remove the "
			.. "file to measure again"):format(newer, measurement.VERSION)
	end
	if measurement.is_damaged(bytes, kept) then warn("warning: this kept measurement is damaged: measured again") end
	if not measurement.is_kept(kept) then return nil, { "what was kept of it is damaged, or of an earlier livepost" } end
	local why = header_changes(kept, context.hash_of, true)
	why[#why + 1] = outdone(kept, context)
	if (kept.measurement.refused ~= nil) ~= expectation.refuses(cell.expect) then why[#why + 1] = "`expect` changed" end
	if (kept.measurement.outcomes ~= nil) ~= (cell.outcomes == true) then why[#why + 1] = "`outcomes` changed" end
	return kept, why
end

-- Whether this is the machine a measurement was taken on, as far as it matters to what it says.
local function is_here(kept, context)
	local there, here = kept.measurement.machine, context.machine()
	return there ~= nil and there.cpu == here.cpu and there.cores == here.cores and there.hypervisor == here.hypervisor
end

-- What belongs to the machine, and not to what is measured.
local MACHINES_OWN = { tools = true, method = true }

-- Why a frozen measurement is not that of this cell: empty where it is. On the machine that took it, its compiler and its
-- headers count as they do for what is kept; elsewhere they are part of that machine, which the page names. Where the package
-- of a header is not installed it could not be measured again either: that is like a compiler that is not there. Returns these
-- headers, too.
local function frozen_changes(kept, inputs, context)
	local here, missing = inputs.tools ~= nil and is_here(kept, context), {}
	local why = changes.of(kept.inputs, inputs, here and {} or MACHINES_OWN)
	table.move(header_changes(kept, context.hash_of, here, missing), 1, 1000, #why + 1, why)
	if here then why[#why + 1] = outdone(kept, context) end
	return why, missing
end

local LARGEST_FROZEN = 64 << 20

-- What is frozen in a file; nil where it is none, or one of an earlier version; nil and a problem where it is damaged.
local function read_frozen(path)
	if file.kind(path) ~= "file" then return nil end
	local shown = path:gsub("^%./", "")
	local bytes, why = file.read(path, LARGEST_FROZEN)
	local line, column
	if bytes then
		local kept
		kept, why, line, column = frozen.decode(bytes)
		if kept or not why then return kept end
	end
	local way_out = why:match("^a later livepost") and "take that livepost, or remove the file to measure again"
		or "restore the file, or remove it to measure again"
	return nil, problem.new { path = shown, line = line, column = column, message = ("frozen measurement: %s: %s"):format(why, way_out) }
end

-- The measurements of the cell that were taken on other machines, by their names: LABEL@NAME.json.
local function find_machines(found, names, inputs, context, item)
	local list = {}
	for _, name in ipairs(names) do
		local label, machine = name:match("^(.*)@([%a][%w_-]*)%.json$")
		if label == found.frozen_name then
			local path = found.frozen_folder .. "/" .. name
			local kept, wrong = read_frozen(path)
			if wrong then context.report_for(item, wrong) end
			if kept then
				local why = changes.of(kept.inputs, inputs, MACHINES_OWN)
				table.move(header_changes(kept, context.hash_of, false), 1, 1000, #why + 1, why)
				if #why == 0 then
					list[#list + 1] = { machine = machine, path = path, kept = kept }
				else
					context.warn(problem.new { path = path:gsub("^%./", ""), message = ("warning: not shown, as it no longer is what "
						.. "the cell measures: %s: run `livepost measure %s` on that machine"):format(table.concat(why, "; "), machine) })
				end
			end
		end
	end
	return list
end

-- Which keys the cells had when they were last measured: what can be said of a change then. The list is only a help.
local function read_used(context)
	local bytes = context.kept and file.kind(context.kept .. "/used.json") == "file" and file.read(context.kept .. "/used.json")
	local used = bytes and json.decode(bytes)
	return type(used) == "table" and type(used.cells) == "table" and used.cells or {}
end

-- Why a cell that nothing holds for has to run, from what was measured of it before.
local function why_from_last(found, key, context)
	if type(key) ~= "string" or not key:match("^%x+$") or key == found.key then return nil end
	local path = ("%s/measurements/%s.json"):format(context.kept, key)
	local kept = file.kind(path) == "file" and json.decode(file.read(path) or "")
	if not measurement.is_kept(kept) or not kept.inputs then return nil end
	local why = changes.of(kept.inputs, found.inputs, {})
	table.move(header_changes(kept, context.hash_of, true), 1, 1000, #why + 1, why)
	return #why > 0 and why or nil
end

-- Why what is frozen is none of the cell as it stands, whatever else `freeze` says; nil where it is.
local function lacking(cell, kept)
	if (kept.measurement.refused ~= nil) ~= expectation.refuses(cell.expect) then return "`expect` changed" end
	if kept.measurement.numbers_only and not cell.numbers_only then return "it was frozen without its timeline" end
end

-- Decides between what is frozen and what is kept, and says why neither holds.
local function decide(cell, found, item, last, context)
	local shown = found.path:gsub("^%./", "")
	local asked = context.remeasure and context.remeasure:has(item.name, cell.label)
	local thawed, wrong
	if found.frozen_path then
		thawed, wrong = read_frozen(found.frozen_path)
		if wrong and (not asked or context.checks) then return context.report_for(item, wrong) end
	end
	local why_not_frozen, missing
	if thawed then why_not_frozen, missing = frozen_changes(thawed, found.inputs, context) end
	local lacks = thawed and lacking(cell, thawed)
	if lacks then why_not_frozen[#why_not_frozen + 1] = lacks end
	found.published, found.published_why = thawed, why_not_frozen
	if thawed and not asked and not lacks and (#why_not_frozen == 0 or cell.freeze == true) then
		found.kept, found.holds, found.missing_header = thawed, "frozen", missing[1]
		if #why_not_frozen > 0 then
			found.outdated = table.concat(why_not_frozen, "; ")
			thawed.measurement.outdated = found.outdated
			context.warn(problem.new { path = cell.path, line = cell.line, column = cell.column,
				message = ("warning: %s: `freeze: true` keeps what was measured before: %s: livepost build --remeasure %s")
					:format(sweep.called(cell), found.outdated, cell.label) })
		end
		return
	end
	local kept, why_not_kept, newer = find_kept(cell, found.path, context, function(message)
		context.warn(problem.new { path = shown, message = message })
	end)
	if newer and not asked then return context.report_for(item, problem.new { path = shown, message = newer }) end
	found.published, found.published_why = thawed or kept, why_not_frozen or why_not_kept
	if asked then
		found.reasons = { "asked for by --remeasure" }
	elseif kept and #why_not_kept == 0 then
		found.kept, found.holds = kept, "kept"
	else
		found.reasons = why_not_kept or why_not_frozen or why_from_last(found, last, context) or { "it was never measured here" }
	end
end

-- A label that --remeasure names, and no post has.
local function refuse_missing(inputs, context)
	local labels = {}
	for _, input in ipairs(inputs) do
		for _, cell in ipairs(input.cells) do
			if cell.language ~= "inline" then labels[#labels + 1] = cell.label end
		end
	end
	local missing = context.remeasure:missing(labels)
	if missing then problem.throw { path = context.folder ~= "." and context.folder or nil, message = "--remeasure: " .. missing } end
end

-- The names of the cells that each cell of a post is compared with, itself among them: by the cell's name, nil for none.
local function groups_of(cells)
	local groups = {}
	for _, cell in ipairs(cells) do
		if cell.group then
			groups[cell.group] = groups[cell.group] or {}
			table.insert(groups[cell.group], cell.name)
		end
	end
	return groups
end

-- The cells of a post that are measured, by name: { key, inputs, missing_tool }, before the same program is told apart from itself.
local function known_of(cells, context)
	local known, groups, together = {}, groups_of(cells), {}
	for _, cell in ipairs(cells) do
		if not cell.argv and context.config.languages[cell.language] and cell.eval ~= false then
			local tools, missing_tool = tools_of(cell, context)
			local inputs = inputs_of(cell, tools, context)
			inputs.compare = cell.group and groups[cell.group] or nil
			known[cell.name] = { key = hash.of(json.encode(inputs)), inputs = brief(inputs), missing_tool = missing_tool }
			if cell.group then together[cell.group] = (together[cell.group] or "") .. known[cell.name].key .. " " end
		end
	end
	for _, cell in ipairs(cells) do
		local one = cell.group and known[cell.name]
		if one then one.key = hash.of(one.key .. " " .. together[cell.group]) end
	end
	return known
end

-- What is compared was measured together, or not at all: where one has to run, all have to, but what the author froze for good.
local function keep_together(cells, found)
	local runs = {}
	for _, cell in ipairs(cells) do
		local one = found[cell.name]
		if cell.group and one and not one.kept then runs[cell.group] = runs[cell.group] or cell.name end
	end
	for _, cell in ipairs(cells) do
		local one = found[cell.name]
		if one and one.kept and runs[cell.group] and cell.freeze ~= true then
			one.kept, one.holds, one.reasons = nil, nil, { ("it is compared with `%s`, which has to run"):format(runs[cell.group]) }
		end
	end
end

-- Where a cell is kept and frozen, and whether one of the two holds.
local function find(cell, found, names, last, input, context)
	if not context.kept then return end
	if cell.cache == false then
		found.reasons = { "`cache: false` runs it each time" }
		return
	end
	found.path = ("%s/measurements/%s.json"):format(context.kept, found.key)
	found.frozen_folder, found.frozen_name = context.folder .. "/" .. frozen.folder(input.item.name), frozen.name(cell.label, cell.at, hash.of)
	-- What a compiler refuses, others refuse as well: no figure is drawn of several machines' words.
	if cell.freeze ~= false and not (context.machine_name and expectation.refuses(cell.expect)) then
		found.frozen_path = ("%s/%s%s.json"):format(found.frozen_folder, found.frozen_name,
			context.machine_name and "@" .. context.machine_name or "")
	end
	decide(cell, found, input.item, last[input.item.name .. "#" .. cell.name], context)
	found.machines = find_machines(found, names, found.inputs, context, input.item)
end

local function run(inputs, context)
	local values, uses, last = {}, {}, read_used(context)
	for i, input in ipairs(inputs) do
		local folder = context.folder and context.folder .. "/" .. frozen.folder(input.item.name)
		local names = folder and file.kind(folder) == "folder" and file.list(folder) or {}
		local cells = sweep.cells(input.cells)
		values[i] = known_of(cells, context)
		for _, cell in ipairs(cells) do
			local found = values[i][cell.name]
			if found then
				-- The same program twice is two measurements.
				local key = found.key
				uses[key] = (uses[key] or 0) + 1
				if uses[key] > 1 then found.key = hash.of(("%s %d"):format(key, uses[key])) end
				find(cell, found, names, last, input, context)
				-- Where nothing is frozen it is told by the stage that would have called it, among the errors of all other cells.
				local missing = found.missing_tool and found.missing_tool.name or found.missing_header
				if found.kept and missing then
					context.progress.line(("%s: %s: `%s` is missing here: its frozen result is used"):format(cell.path,
						sweep.title(cell), missing))
				elseif found.missing_tool and found.reasons then
					table.insert(found.reasons, 1, ("`%s` is missing here"):format(found.missing_tool.name))
				end
			end
		end
		keep_together(cells, values[i])
	end
	if context.remeasure then refuse_missing(inputs, context) end
	return values
end

return { name = "kept", scope = "site", reads = { "cells" }, run = run }
