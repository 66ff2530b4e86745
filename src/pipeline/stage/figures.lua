-- Measurements → figures, inline numbers and tested claims: all of the post that its Lua says.
local author = require "lib.author"
local bars = require "figure.bars"
local printable = require "lib.printable"
local problem = require "lib.problem"
local provenance = require "lib.provenance"
local quantity = require "lib.quantity"
local timeline = require "figure.timeline"

-- A figure's name in author's Lua → what draws it, and what its author may say of it.
local FIGURES = {
	timeline = { draw = timeline, options = { "finish", "titles" } },
	bars = { draw = bars, options = { "baseline", "titles" } },
}

-- Errors of author's Lua at their place in the post.
local function tell(context, item, found)
	found.path = item.path
	context.report(problem.new(found))
end

local function evaluate(context, item, environment, code)
	local ok, result, line = author.run(code.text, item.path, code.line, environment, code.expression)
	if ok then return result end
	tell(context, item, { line = line, column = line == code.line and code.column or nil,
		message = ("Lua: %s"):format(result) })
end

-- What stands in a sentence: numbers print themselves, nothing else has a form there.
local function as_text(value)
	if quantity.is(value) then return tostring(value), true end
	if math.type(value) == "integer" then return ("%d"):format(value), true end
	if type(value) == "number" then return (("%.4g"):format(value)), true end
	if type(value) == "string" then return printable.lines(value), false end
end

local function drawn(drawing, id, alt)
	local options = {}
	for name, value in pairs(drawing.options) do options[name] = value end
	options.id, options.alt = id, alt
	return {
		svg = drawing.draw.draw(drawing.measurements, options), table = drawing.draw.table(drawing.measurements, options),
		story = drawing.draw.story and drawing.draw.story(drawing.measurements, options),
		provenance = provenance.text(drawing.measurements),
	}
end

local function test_claims(cell, environment, asked, context, item)
	local tested = {}
	for _, claim in ipairs(cell.claims) do
		for i = #asked, 1, -1 do asked[i] = nil end
		local result = evaluate(context, item, environment,
			{ text = claim.text, line = claim.line, column = claim.column, expression = true })
		if result then
			local evidence, values = {}, {}
			for i, one in ipairs(asked) do
				values[i] = tostring(one.value)
				evidence[i] = ("%s is %s"):format(one.text, values[i])
			end
			local value = result[1]
			if type(value) ~= "boolean" then
				tell(context, item, { line = claim.line, column = claim.column,
					message = ("claim `%s`: it is a %s, neither true nor false: compare something"):format(claim.text,
						quantity.is(value) and value.unit or type(value)) })
			elseif not value then
				tell(context, item, { line = claim.line, column = claim.column,
					message = ("claim `%s`: the measurements contradict it: %s: correct the claim and the prose around it, "
						.. "or the program"):format(claim.text, #evidence > 0 and table.concat(evidence, ", ") or "it is false") })
			else
				tested[#tested + 1] = { text = claim.text, values = values }
			end
		end
	end
	return tested
end

-- A caption or alternative text with its `{lua} …` spans replaced by what they say; wrap(text, is_number) → markup.
local function fill(text, node, environment, context, item, wrap)
	return (text:gsub("`{lua}%s+([^`]*)`", function(expression)
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

local function draw_cell(cell, measurement, scale, alt)
	local drawing = { draw = timeline, measurements = { measurement },
		options = { scale_ns = scale.largest, least_ns = scale.least, titles = { cell.label } } }
	return drawn(drawing, cell.label .. "-timeline", alt)
end

local function run_lua_cell(cell, environment, context, item, alt)
	local result = evaluate(context, item, environment, { text = cell.code, line = cell.code_line })
	if not result then return nil end
	local list = result[1]
	if author.is_drawing(list) or type(list) == "string" then list = { list } end
	local shown = {}
	for i, one in ipairs(type(list) == "table" and list or {}) do
		if author.is_drawing(one) then
			local id = i == 1 and cell.label or ("%s-%d"):format(cell.label, i)
			local ok, made = pcall(drawn, one, id, alt)
			if not ok then
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
	if #shown == 0 or type(list) ~= "table" then
		tell(context, item, { line = cell.line, column = cell.column,
			message = ("cell `%s` returns %s: return a figure, a list of figures, or Markdown as a string")
				:format(cell.label, list == nil and "nothing" or type(list) == "table" and "an empty list" or "a " .. type(list)) })
	end
	return shown
end

local function run(input, context, item)
	local measurements = input.measurements
	local environment, asked = author.environment(measurements, FIGURES)
	-- One scale and one unit for all timelines of a post: length is the argument.
	local scale = { largest = 0, least = math.huge }
	for _, measurement in pairs(measurements) do
		local wall_ns = measurement.runs[measurement.median_run].wall_ns
		scale.largest, scale.least = math.max(scale.largest, wall_ns), math.min(scale.least, wall_ns)
	end
	local values = { cells = {}, inline = {} }
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
			local value = { claims = test_claims(cell, environment, asked, context, item) }
			local alt = cell.alt and fill(cell.alt, cell.places["fig-alt"], environment, context, item, plain)
			if cell.language == "lua" then
				value.figures = run_lua_cell(cell, environment, context, item, alt) or {}
			elseif measurements[cell.label] then
				value.figures = { draw_cell(cell, measurements[cell.label], scale, alt) }
			end
			if cell.caption then
				value.caption = fill(cell.caption, cell.places["fig-cap"], environment, context, item, function(said, number)
					return number and '<span class="measured">' .. context.escape(said) .. "</span>" or context.escape(said)
				end)
			end
			values.cells[cell.label] = value
		end
	end
	return values
end

return { name = "figures", scope = "post", reads = { "cells", "measurements" }, run = run }
