-- How the cells of a post stand to each other: what is told in pieces, headers, and what is compared. Reads nothing and
-- runs nothing; report(place, message) is called for each error.
local nearest = require "base.nearest"
local sweep = require "measurement.sweep"

local M = {}

-- The place of the i-th text of an option that takes one or several.
function M.item_of(node, i)
	return node.items and node.items[i] or node
end

local function programs_of(cells)
	local by_label, labels = {}, {}
	for i, cell in ipairs(cells) do
		if cell.kind == "program" and not by_label[cell.label] then
			by_label[cell.label] = { cell = cell, number = i }
			labels[#labels + 1] = cell.label
		end
	end
	return by_label, labels
end

local function unknown(option, label, labels, own)
	local others = {}
	for _, one in ipairs(labels) do
		if one ~= own then others[#others + 1] = one end
	end
	local close = nearest.of(label, others)
	return ("`%s`: there is no cell `%s`: %s"):format(option, label, close and ("did you mean `%s`?"):format(close)
		or #others > 0 and "there are " .. table.concat(others, ", ", 1, math.min(#others, 8)) .. (#others > 8 and " …" or "")
		or "no other cell of this post is run")
end

-- The way from a cell back to itself, as labels; nil where there is none.
local function circle(start, by_label)
	local seen = {}
	local function walk(label, way)
		for _, name in ipairs(by_label[label] and by_label[label].cell.options["depends-on"] or {}) do
			if name == start then return way end
			if not seen[name] then
				seen[name] = true
				local longer = table.move(way, 1, #way, 1, {})
				longer[#longer + 1] = name
				local found = walk(name, longer)
				if found then return found end
			end
		end
	end
	return walk(start, {})
end

-- What is wrong with one thing that a cell depends on; nil where it can stand in front.
local function dependency_fault(cell, number, name, by_label, labels)
	local found = by_label[name]
	if not found then return unknown("depends-on", name, labels, cell.label) end
	local other = found.cell
	if other == cell then return "`depends-on`: a cell cannot stand in front of itself" end
	local way = circle(cell.label, by_label)
	if way then
		for _, one in ipairs(way) do
			if one == name then
				return ("`depends-on`: %s depend on each other in a circle: let the last of them depend on none of the others")
					:format("`" .. cell.label .. "`, `" .. table.concat(way, "`, `") .. "`")
			end
		end
	end
	if found.number > number then
		return ("`depends-on`: cell `%s` stands below, in line %d: only earlier cells stand in front"):format(name, other.line)
	elseif other.language ~= cell.language then
		return ("`depends-on`: cell `%s` is `{%s}`, and this one `{%s}`"):format(name, other.language, cell.language)
	elseif other.project or other.extra then
		return ("`depends-on`: cell `%s` is built of several files: its code cannot stand in front"):format(name)
	elseif other.is_header then
		return ("`depends-on`: cell `%s` is a header: write `#include \"%s\"`"):format(name, other.filename)
	end
end

-- Gives each cell the `pieces` that stand in front of its own code: of all it depends on, each once, in the post's order.
local function link_pieces(cells, by_label, labels, report)
	for number, cell in ipairs(cells) do
		local names = cell.kind == "program" and cell.options["depends-on"]
		if names then
			local node, needed = cell.places["depends-on"], {}
			for i, name in ipairs(names) do
				local wrong = dependency_fault(cell, number, name, by_label, labels)
				if wrong then
					report(M.item_of(node, i), wrong)
				else
					local other = by_label[name].cell
					needed[other] = true
					for _, piece in ipairs(other.pieces or {}) do needed[piece.cell] = true end
				end
			end
			if cell.is_header then
				report(node, "`depends-on`: a header stands alone: let it include what it needs")
			elseif cell.project or cell.extra then
				report(node, "`depends-on`: the cell is built of several files: nothing can stand in front of them")
			end
			local pieces = {}
			for _, other in ipairs(cells) do
				if needed[other] then
					pieces[#pieces + 1] = { cell = other, code = other.code, line = other.code_line, path = other.code_path,
						source = other.source }
				end
			end
			cell.pieces = #pieces > 0 and pieces or nil
		end
	end
	-- What follows knows code, not cells.
	for _, cell in ipairs(cells) do
		for i, piece in ipairs(cell.pieces or {}) do
			cell.pieces[i] = { code = piece.code, line = piece.line, path = piece.path, source = piece.source }
		end
	end
end

-- Returns the headers that cells of the post are: { name, code, line, path } each.
local function headers_of(cells, report)
	local headers, seen = {}, {}
	for _, cell in ipairs(cells) do
		if cell.is_header then
			local place = cell.places.filename
			if seen[cell.filename] then
				report(place, ("`filename`: `%s` is a header already, in line %d"):format(cell.filename, seen[cell.filename]))
			end
			seen[cell.filename] = cell.line
			headers[#headers + 1] = { name = cell.filename, code = cell.code, line = cell.code_line, path = cell.code_path }
		end
	end
	return headers
end

local function compare_fault(cell, name, by_label, labels)
	local found = by_label[name]
	if not found then return unknown("compare", name, labels, cell.label) end
	local other = found.cell
	if other == cell then return "`compare`: a cell is not compared with itself" end
	if not other.eval then return ("`compare`: cell `%s` is not run (`eval: false`)"):format(name) end
	if other.runs ~= cell.runs then
		return ("`compare`: cell `%s` has %d runs and this one %d: runs are compared in pairs, so give both the same `runs`")
			:format(name, other.runs, cell.runs)
	end
	local own, its = {}, {}
	for _, one in ipairs(sweep.cells { cell }) do own[#own + 1] = one.at and sweep.words(one.at) or "" end
	for _, one in ipairs(sweep.cells { other }) do its[#its + 1] = one.at and sweep.words(one.at) or "" end
	if table.concat(own, ";") ~= table.concat(its, ";") then
		return ("`compare`: cell `%s` is not swept as this one is: sweep both over the same values"):format(name)
	end
end

-- Cells that are compared, directly or by a third, are one group: `group` is the label of its first.
local function link_comparisons(cells, by_label, labels, report)
	local group_of = {}
	local function first_of(label)
		while group_of[label] and group_of[label] ~= label do label = group_of[label] end
		return label
	end
	for _, cell in ipairs(cells) do
		for i, name in ipairs(cell.kind == "program" and cell.compare or {}) do
			local wrong = compare_fault(cell, name, by_label, labels)
			if wrong then
				report(M.item_of(cell.places.compare, i), wrong)
			else
				local a, b = by_label[first_of(cell.label)], by_label[first_of(name)]
				if b.number < a.number then a, b = b, a end
				group_of[a.cell.label], group_of[b.cell.label] = a.cell.label, a.cell.label
			end
		end
	end
	for _, cell in ipairs(cells) do
		if cell.kind == "program" and group_of[cell.label] then cell.group = first_of(cell.label) end
	end
end

-- link(cells, report) → the post's headers; the cells have their `pieces`, and `group` where they are compared.
function M.link(cells, report)
	local by_label, labels = programs_of(cells)
	link_pieces(cells, by_label, labels, report)
	link_comparisons(cells, by_label, labels, report)
	return headers_of(cells, report)
end

return M
