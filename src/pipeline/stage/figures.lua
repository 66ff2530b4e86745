-- Measurements → figures, inline numbers and tested claims: all of the post that its Lua says.
local author = require "author.author"
local bars = require "figure.bars"
local claims = require "author.claims"
local figure_file = require "drawing.figure_file"
local file = require "livepost.file"
local lines = require "figure.lines"
local machine = require "figure.machine"
local machines = require "figure.machines"
local measurement_file = require "measurement.measurement_file"
local outcomes = require "figure.outcomes"
local printable = require "base.printable"
local problem = require "base.problem"
local provenance = require "measurement.provenance"
local quantity = require "base.quantity"
local scaling = require "figure.scaling"
local slider = require "figure.slider"
local sources = require "cell.sources"
local states = require "figure.states"
local sweep = require "measurement.sweep"
local table_figure = require "figure.table"
local timeline = require "figure.timeline"

-- A figure's name in author's Lua → what draws it, what its author may say of it, and what it is drawn from.
local FIGURES = {}
for name, figure in pairs { bars = bars, lines = lines, machine = machine, machines = machines, outcomes = outcomes, scaling = scaling, states = states,
		slider = slider.of(timeline), table = table_figure, timeline = timeline } do
	FIGURES[name] = { draw = figure, options = figure.options, takes = figure.takes, needs_timeline = figure.needs_timeline }
end

-- Ours and the site's own figures.
local function registry(own)
	local figures = {}
	for name, figure in pairs(FIGURES) do figures[name] = figure end
	for name, figure in pairs(own) do figures[name] = { draw = figure, options = figure.options, takes = figure.takes } end
	return figures
end

-- A site's own figures and functions must not take the name of anything that authors' Lua has.
local function check_settings(config, tell)
	local taken = author.environment({}, FIGURES)
	local function check(group, name)
		tell({ group, name }, ("setting `%s.%s`: authors' Lua has a `%s` already: call it otherwise"):format(group, name, name), true)
	end
	for name in pairs(config.figures) do
		if taken[name] ~= nil then check("figures", name) end
	end
	for name in pairs(config.functions) do
		if taken[name] ~= nil or config.figures[name] then check("functions", name) end
	end
end

local LARGEST_FILE = 4 << 20

-- What figures may ask beside the measurements: the code of cells, and of the files below examples/ that they include.
local function code_of(cells, context)
	local by_label = {}
	for _, cell in ipairs(cells) do
		if cell.language ~= "inline" then by_label[cell.label] = cell end
	end
	return {
		code_of = function(label)
			local cell = by_label[label]
			return cell and { code = cell.code, line = cell.code_line, path = cell.code_path, language = cell.language }
		end,
		file_of = function(path)
			local name = path:match("^examples/") and sources.normalise(path)
			local bytes = name and name:match("^examples/") and file.read(context.folder .. "/" .. name, LARGEST_FILE)
			return bytes and utf8.len(bytes) and { code = bytes, line = 1, path = path, language = "c" } or nil
		end,
	}
end

-- What other machines measured of a cell or point, under labels that say whose it is; what is drawn of it is published.
local function machines_of(kept, published)
	return function(measurement)
		local list = {}
		for i, one in ipairs(kept[sweep.title(measurement)].machines or {}) do
			local copy = {}
			for name, value in pairs(one.kept.measurement) do copy[name] = value end
			copy.label = measurement.label .. "@" .. one.machine
			list[i] = { machine = one.machine, measurement = copy }
			published[sweep.title(copy)] = copy
		end
		return list
	end
end

-- Why cells have no measurement: label → a few words.
local function unmeasured(cells)
	local why = {}
	for _, cell in ipairs(cells) do
		if cell.kind == "lua" then
			why[cell.label] = "it is a cell of Lua"
		elseif cell.eval == false then
			why[cell.label] = "it has `eval: false`"
		end
	end
	return why
end

-- Errors of author's Lua at their place in the post.
local function tell(context, item, found)
	if problem.is(found.message) then return context.report(found.message) end -- of a function of the site's own
	found.path = item.path
	context.report(problem.new(found))
end

-- code: { text, line, column, expression }; of an expression the column is that of what it stands in.
local function column_of(code, line, message, path)
	if code.expression then return line == code.line and code.column or nil end
	if author.load(code.text, path, code.line, {}) then return nil end -- it is Lua, and fails
	local column = author.column_of(message, code.text, line - code.line + 1)
	return column and column + code.column - 1
end

local function evaluate(context, item, environment, code)
	local ok, result, line, called = author.run(code.text, item.path, code.line, environment, code.expression)
	if ok then return result end
	tell(context, item, { details = called, line = line, column = line and not problem.is(result) and column_of(code, line, result, item.path),
		message = problem.is(result) and result or "Lua: " .. result })
end

-- What stands in a sentence: numbers print themselves, nothing else has a form there.
local function as_text(value)
	if quantity.is(value) then return tostring(value), true end
	if math.type(value) == "integer" then return ("%d"):format(value), true end
	if type(value) == "number" then return (("%.4g"):format(value)), true end
	if type(value) == "string" then return printable.lines(value), false end
end

local function drawn(drawing, id, alt, code)
	local options = {}
	for name, value in pairs(drawing.options) do options[name] = value end
	options.id, options.alt = id, alt
	local made = {
		svg = drawing.draw.draw(drawing.measurements, options, code), table = drawing.draw.table(drawing.measurements, options, code),
		story = drawing.draw.story and drawing.draw.story(drawing.measurements, options, code),
		whole = drawing.draw.plain, -- it is its own table
		provenance = provenance.text(drawing.measurements),
		data = drawing.draw.data and drawing.draw.data(drawing.measurements, options), measured = {},
	}
	for i, one in ipairs(drawing.measurements) do
		made.measured[i] = { title = sweep.title(one), name = measurement_file.name(one) }
	end
	options.standalone = true
	made.file = figure_file.of(drawing.draw.draw(drawing.measurements, options, code), alt)
	return made
end

-- "speedup("a", "b") is 2.13× [2.10, 2.15], true in 98.1 % of 1,000 resamples".
local function evidence_words(verdict)
	local words = {}
	for i, one in ipairs(verdict.evidence) do words[i] = ("%s is %s"):format(one.text, one.said) end
	if verdict.share then words[#words + 1] = ("true in %s of 1,000 resamples"):format(claims.percent(verdict.share)) end
	if verdict.single then words[#words + 1] = "from a single run" end
	if verdict.of_timeline then words[#words + 1] = "its timeline is that of one run" end
	return #words > 0 and table.concat(words, ", ") or "it is false"
end

-- How to measure again what a claim stands on.
local MOST_NAMED = 4
local function how_to_measure(verdict)
	local labels, known = {}, {}
	for _, measurement in ipairs(verdict.asked) do
		if not known[measurement.label] then labels[#labels + 1] = measurement.label end
		known[measurement.label] = true
	end
	if #labels == 0 then return nil end
	if #labels > MOST_NAMED then labels = {} end
	return "to measure again: livepost build --remeasure " .. table.concat(labels, " ")
end

-- The claims that hold, or that nobody can tell, with what they stand on.
local function test_claims(cell, environment, session, context, item)
	local tested = {}
	for _, claim in ipairs(cell.claims) do
		local verdict, wrong, line = claims.judge(claim, item.path, environment, session)
		if not verdict then
			tell(context, item, { line = line, column = line == claim.line and claim.column or nil, message = wrong })
		elseif verdict.kind == "contradicted" then
			tell(context, item, { line = claim.line, column = claim.column, details = how_to_measure(verdict),
				message = ("claim `%s`: the measurements contradict it: %s: correct the claim and the prose around it, "
					.. "or the program"):format(claim.text, evidence_words(verdict)) })
		else
			if verdict.kind == "untold" then
				context.warn(problem.new { path = item.path, line = claim.line, column = claim.column,
					details = how_to_measure(verdict),
					message = ("warning: claim `%s`: not shown: %s: raise `runs`, or claim less"):format(claim.text,
						evidence_words(verdict)) })
			end
			tested[#tested + 1] = { name = claim.name, text = claim.text, shown = verdict.kind == "shown", evidence = verdict.evidence,
				share = verdict.share and claims.percent(verdict.share), single = verdict.single,
				of_timeline = verdict.of_timeline }
		end
	end
	return tested
end

local INLINE = "`{lua}%s+([^`]*)`"

-- A caption or alternative text with its `{lua} …` spans replaced by what they say; wrap(text, is_number) → markup.
local function fill(text, node, environment, context, item, wrap)
	return (text:gsub(INLINE, function(expression)
		local result = evaluate(context, item, environment,
			{ text = expression, line = node.line, column = node.column, expression = true })
		local said, number = nil, nil
		if result then said, number = as_text(result[1]) end
		if result and not said then
			tell(context, item, { line = node.line, column = node.column,
				message = ("Lua: `%s` is a %s: a number or a string is expected here"):format(expression, type(result[1])) })
		end
		return said and wrap(said, number) or ""
	end))
end

local function plain(said) return said end

-- Of a swept cell so many panels at most, from the first point to the last at even distances.
local MOST_PANELS = 8
local function panels_of(measurement)
	local points = sweep.measurements { measurement }
	if #points <= MOST_PANELS then return points end
	local chosen = {}
	for i = 0, MOST_PANELS - 1 do chosen[i + 1] = points[1 + (2 * i * (#points - 1) + MOST_PANELS - 1) // (2 * (MOST_PANELS - 1))] end
	return chosen
end

local function draw_cell(cell, measurement, scale, alt, code)
	local panels, titles = panels_of(measurement), {}
	for i, one in ipairs(panels) do titles[i] = sweep.title(one) end
	local drawing = { draw = timeline, measurements = panels,
		options = { scale_ns = scale.largest, least_ns = scale.least, titles = titles } }
	return drawn(drawing, cell.label .. "-timeline", alt, code)
end

-- What is said of a figure where a cell of Lua returned none would be passed over.
local function check_captions(cell, shown, context, item)
	for _, one in ipairs(shown) do
		if not one.markdown then return end
	end
	for _, name in ipairs { "fig-cap", "fig-alt" } do
		local place = cell.places[name]
		if cell.options[name] then
			tell(context, item, { line = place.line, column = place.column,
				message = ("`%s`: the cell returns text and no figure: remove it; below a table a line `: caption` says what it is"):format(name) })
		end
	end
end

-- alt_of() → its alternative text, which may ask for what the cell defines.
local function run_lua_cell(cell, environment, context, item, alt_of, code)
	local result = evaluate(context, item, environment, { text = cell.code, line = cell.code_line, column = cell.code_column })
	if not result then return nil end
	local list = result[1]
	if author.is_drawing(list) or type(list) == "string" then list = { list } end
	local alt = alt_of()
	local shown = {}
	for i, one in ipairs(type(list) == "table" and list or {}) do
		if author.is_drawing(one) then
			local id = i == 1 and cell.label or ("%s-%d"):format(cell.label, i)
			local ok, made = pcall(drawn, one, id, alt, code)
			if not ok and problem.is(made) then -- in a figure of the site's own, which has a place
				made.details = (made.details and made.details .. "\n" or "")
					.. ("drawn by the cell `%s`, %s:%d"):format(cell.label, item.path, cell.line)
				context.report(made)
				return nil
			elseif not ok then
				-- Raised inside the figure's code, whose place helps nobody.
				tell(context, item, { line = cell.line, column = cell.column,
					message = ("cell `%s`: %s: %s"):format(cell.label, one.name, tostring(made):gsub("^[%w_/.]+%.lua:%d+: ", "")) })
				return nil
			end
			shown[#shown + 1] = made
		elseif type(one) == "string" then
			shown[#shown + 1] = { markdown = printable.lines(one) }
		else
			tell(context, item, { line = cell.line, column = cell.column,
				message = ("cell `%s`: item %d of what it returns is a %s: return figures and Markdown only"):format(cell.label, i,
					type(one)) })
			return nil
		end
	end
	if #shown > 0 then
		check_captions(cell, shown, context, item)
	else
		tell(context, item, { line = cell.line, column = cell.column,
			message = ("cell `%s` returns %s: return a figure, a list of figures, or Markdown as a string")
				:format(cell.label, list == nil and "nothing" or type(list) == "table" and "an empty list" or "a " .. type(list)) })
	end
	return shown
end

local function run(input, context, item)
	local measurements = sweep.measured(input.measurements)
	local elsewhere = {}
	local environment, session = author.environment(measurements, registry(context.config.figures),
		{ machines = machines_of(input.kept, elsewhere), unmeasured = unmeasured(input.cells), functions = context.config.functions })
	local code = code_of(input.cells, context)
	-- One scale and one unit for all timelines of a post that cells show by themselves: length is the argument.
	local scale = { largest = 0, least = math.huge }
	local shown = {}
	for _, cell in ipairs(input.cells) do
		if cell.timeline and measurements[cell.label] then shown[#shown + 1] = measurements[cell.label] end
	end
	for _, measurement in ipairs(sweep.measurements(shown)) do
		local wall_ns = measurement.runs[measurement.median_run].wall_ns
		scale.largest, scale.least = math.max(scale.largest, wall_ns), math.min(scale.least, wall_ns)
	end
	local values = { cells = {}, inline = {}, elsewhere = elsewhere }
	for _, cell in ipairs(input.cells) do
		if cell.language == "inline" then
			local result = evaluate(context, item, environment,
				{ text = cell.code, line = cell.line, column = cell.column, expression = true })
			if result then
				local said, number = as_text(result[1])
				if not said then
					tell(context, item, { line = cell.line, column = cell.column,
						message = ("Lua: `%s` is %s: a number or a string is expected in a sentence"):format(cell.code,
							result[1] == nil and "nothing" or "a " .. type(result[1])) })
				end
				values.inline[cell.id] = { text = said, number = number }
			end
		else
			local value = {}
			local function alt_of() return cell.alt and fill(cell.alt, cell.places["fig-alt"], environment, context, item, plain) end
			if not cell.eval then
				value.figures = {}
			elseif cell.kind == "lua" then
				value.figures = run_lua_cell(cell, environment, context, item, alt_of, code) or {}
			elseif measurements[cell.label] and cell.timeline then
				value.figures = { draw_cell(cell, measurements[cell.label], scale, alt_of(), code) }
			end
			value.claims = test_claims(cell, environment, session, context, item)
			local function caption_of(text, name)
				return text and fill(text, cell.places[name], environment, context, item, function(said, number)
					return number and '<span class="measured">' .. context.escape(said) .. "</span>" or context.escape(said)
				end)
			end
			value.caption = caption_of(cell.caption, "fig-cap")
			value.listing_caption = caption_of(cell.options["lst-cap"], "lst-cap")
			values.cells[cell.label] = value
		end
	end
	return values
end

-- What is no Lua at all, in whatever would have been run.
local function examine(input, context, item)
	local function check(text, place, expression)
		if author.load(text, item.path, place.line, {}, expression) then return end
		local code = { text = text, line = place.line, column = place.column, expression = expression }
		local _, message, line = author.run(text, item.path, place.line, {}, expression)
		tell(context, item, { line = line, column = column_of(code, line, message, item.path), message = "Lua: " .. message })
	end
	for _, cell in ipairs(input.cells) do
		if cell.language == "inline" then
			check(cell.code, cell, true)
		else
			if cell.kind == "lua" and cell.eval then check(cell.code, { line = cell.code_line, column = cell.code_column }) end
			for _, claim in ipairs(cell.claims) do check(claim.text, claim, true) end
			for _, name in ipairs { "fig-alt", "fig-cap", "lst-cap" } do
				for expression in (cell.options[name] or ""):gmatch(INLINE) do check(expression, cell.places[name], true) end
			end
		end
	end
end

return { name = "figures", scope = "post", reads = { "cells", "kept", "measurements" }, run = run,
	examine = { reads = { "cells" }, run = examine }, check_settings = check_settings }
