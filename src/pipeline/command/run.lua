-- `livepost run`: one program outside of a post, from its words on the command line to what is printed of it.
local file = require "livepost.file"
local json = require "livepost.json"
local problem = require "base.problem"
local runner = require "runner"
local schema = require "base.schema"
local settings = require "settings"
local site = require "command.context"
local stages = require "stages"
local summary = require "measurement.summary"
local terminal = require "livepost.terminal"
local timeline = require "figure.timeline"
local trace_event = require "measurement.trace_event"

local M = {}

local DEFAULT_TIMEOUT_NS = 10 * 1000000000

local TAKES_VALUE = { ["--svg"] = true, ["--trace"] = true, ["--timeout"] = true }

-- read(arguments) → { file, arguments, timeout_ns, json, lines, svg, trace }, or nil and what is wrong. Options stand before FILE;
-- what follows FILE belongs to the program.
function M.read(arguments)
	local options, i = { timeout_ns = DEFAULT_TIMEOUT_NS }, 1
	while arguments[i] and arguments[i]:sub(1, 1) == "-" and arguments[i] ~= "-" do
		local name, value = arguments[i]:match("^(%-%-[%w-]+)=(.*)$")
		name = name or arguments[i]
		if name == "--json" and not value then
			options.json = true
		elseif name == "--lines" and not value then
			options.lines = true
		elseif TAKES_VALUE[name] then
			if not value then
				i = i + 1
				value = arguments[i]
			end
			if not value or value == "" then return nil, ("%s needs a value"):format(name) end
			if name == "--timeout" then
				options.timeout_ns = schema.duration(value)
				if not options.timeout_ns or options.timeout_ns <= 0 then
					return nil, ("--timeout `%s`: a time such as 500ms, 5s or 2m is expected"):format(value)
				end
			else
				options[name:sub(3)] = value
			end
		elseif name == "--" then
			i = i + 1
			break
		else
			return nil, ("run has no option `%s`"):format(name)
		end
		i = i + 1
	end
	options.file = arguments[i]
	if not options.file or options.file == "" then
		return nil, "run needs a program: a C file, a script, a binary, or a name in PATH"
	end
	options.arguments = json.array(table.move(arguments, i + 1, #arguments, 1, {}))
	return options
end

-- Runs it and prints what there is to say; returns the exit code.
function M.run(options)
	local context = site.new(nil, settings.defaults(), true)
	context.timeout_ns, context.arguments = options.timeout_ns, options.arguments
	context.sampled = options.lines
	local items = { { name = options.file, path = options.file } }
	local clean = runner.run(stages.program(), items, context)
	if not clean or context.stopped() then return 1 end
	local values = items[1].values
	local cell = values.cells[1]
	local measurement = values.measurements[cell.label]
	if options.svg then problem.must(file.write(options.svg, timeline.draw({ measurement }, { standalone = true }))) end
	if options.trace then problem.must(file.write(options.trace, trace_event.encode(measurement, context.generator))) end
	local said
	if options.json then
		said = json.encode(summary.json(measurement, cell.notes), 2) .. "\n"
	else
		terminal.tell(measurement.errors)
		said = measurement.output .. summary.text(measurement, cell.notes)
	end
	problem.must(terminal.print(said))
	return 0
end

return M
