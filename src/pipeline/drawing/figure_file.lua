-- A figure as a file beside its page, and as the image that stands for it where no style sheet reaches: in feeds.
-- Knows drawings that stand alone; not what they draw, and writes nothing.

local text = require "livepost.text"

local M = {}

-- Returns the folder for the files of a page, ending in "/" or empty: "2021/03/roast/" for the page 2021/03/roast.html,
-- "roast/" for roast/index.html.
function M.folder(page)
	local folder = page:match("^(.*/)index%.[^/.]+$") or page:match("^index%.[^/.]+$") and ""
	return folder or page:gsub("%.[^/.]*$", "") .. "/"
end

-- drawing: what a figure's draw returns with options.standalone; alt: what its author says for those who do not see it,
-- or nil. Returns { bytes, width, height, alt }: an SVG file, its size in CSS pixels, and alt as plain text, else what
-- the drawing tells of itself, escaped both times. Returns nil where the figure is no drawing.
function M.of(drawing, alt)
	local head = drawing and drawing:match("^<svg [^>]*>")
	if not head then
		return nil
	end
	local width, height = head:match(' width="(%d+)"'), head:match(' height="(%d+)"')
	if not width or not height then
		error("a drawing that stands alone says its width and height in pixels", 2)
	end
	return { bytes = drawing, width = width, height = height,
		alt = alt and text.escape(alt) or drawing:match("<desc[^>]*>(.-)</desc>") or drawing:match("<title[^>]*>(.-)</title>") }
end

-- Returns a path below the site as it stands in an address.
function M.address(path)
	return (path:gsub("[^%w/._~-]", function(byte) return ("%%%02X"):format(byte:byte()) end))
end

-- Returns the image as markup; address: where the file is, not escaped.
function M.image(file, address)
	return ('<img src="%s" alt="%s" width="%s" height="%s">'):format(text.escape(address), file.alt, file.width, file.height)
end

return M
