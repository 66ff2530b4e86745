-- The frame around a drawing: the svg element, its name and description for those who do not see it, and, where it
-- stands alone, its style. Knows nothing of what is inside.

local figure_style = require "drawing.figure_style"
local measure_text = require "drawing.measure_text"
local svg = require "drawing.svg"

local M = {}

-- The two drawings of a figure. Widths and sizes are in the drawing's unit; column is the narrowest slice drawn
-- exactly, ticks how many parts an axis has at most.
M.geometries = {
	{ name = "wide", width = 860, label_most = 150, ticks = 8, column = 2 },
	{ name = "narrow", width = 300, label_most = 78, ticks = 4, column = 2 },
}

-- Around a drawing that stands alone; in a page the page has margins.
local MARGIN = 16

-- The text sizes that drawing.figure_style sets, for fitting.
M.size = { text = 13, title = 15, slice = 12, small = 11 }

-- Returns an id made of what ids and url(#…) take without quoting.
function M.id(id)
	return (id:gsub("[^%w_-]", "-"))
end

-- Returns a text element; class may be nil, anchor is "start" (or nil), "middle" or "end".
function M.text(x, y, content, class, anchor)
	return svg.element("text", { "class", class or false, "x", svg.tenth(x), "y", svg.tenth(y),
		"text-anchor", anchor ~= "start" and anchor or false }, svg.text(content))
end

-- Returns text elements, one below the other, for a note that may need several lines, and the y below the last.
function M.note(x, y, content, class, room)
	local out = {}
	for _, line in ipairs(measure_text.wrap(content, room, M.size.text, class == "lp-warn")) do
		out[#out + 1] = M.text(x, y + 13, line, class)
		y = y + 18
	end
	return table.concat(out, "\n"), y
end

-- Returns one svg element around body (markup). Fields of drawing: geometry, id, height, title, description, body,
-- standalone.
function M.wrap(drawing)
	local id, alone = drawing.id, drawing.standalone and true or false
	local wide = drawing.geometry.name == "wide"
	-- What is said of a phone's drawing is said of the wide one already.
	local same = not alone and not wide and id:match("^(.*)%-narrow$")
	local height = math.ceil(drawing.height)
	local margin = alone and MARGIN or 0
	return svg.element("svg", {
		"xmlns", alone and "http://www.w3.org/2000/svg",
		"class", "lp-figure lp-" .. drawing.geometry.name,
		"viewBox", string.format("%d %d %d %d", -margin, -margin, drawing.geometry.width + 2 * margin,
			height + 2 * margin),
		"width", alone and drawing.geometry.width + 2 * margin,
		"height", alone and height + 2 * margin,
		-- without a style sheet (a feed reader) only one of the two drawings is to be seen
		"display", not wide and not alone and "none",
		"role", "img",
		-- in a page browsers need telling; in a document of its own title and desc are its name and description already
		"aria-labelledby", not alone and id .. "-title",
		"aria-describedby", not alone and (same or id) .. "-desc",
	}, {
		"\n", svg.element("title", { "id", not alone and id .. "-title" }, svg.text(drawing.title)),
		"\n", not same and svg.element("desc", { "id", not alone and id .. "-desc" }, svg.text(drawing.description)) or "",
		"\n", alone and svg.element("style", {}, "\n" .. figure_style.alone(drawing.charts)) .. "\n" or "",
		drawing.body,
		"\n",
	}) .. "\n"
end

return M
