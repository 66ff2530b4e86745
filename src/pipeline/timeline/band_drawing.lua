-- Draws many lanes as one band, whose height shows how many of them are in each state. Knows neither which lanes nor where
-- the band stands.

local columns = require "timeline.columns"
local lane_drawing = require "timeline.lane_drawing"

local M = {}

-- No more lanes than this have a level each; beyond, a level is several.
local MOST_LEVELS = 24
local LEAST_HEIGHT, MOST_HEIGHT = 28, 64

-- Returns how high the band of so many lanes is.
function M.height(count)
	return math.max(LEAST_HEIGHT, math.min(MOST_HEIGHT, count))
end

-- Draws the lanes of `entries` around y; pooled is how wide a column is.
function M.draw(canvas, entries, y, height, pooled)
	local lists = {}
	for i, entry in ipairs(entries) do
		lists[i] = entry.lane.slices
	end
	local piece = columns.band(lists, canvas.position, { pooled = pooled, levels = math.min(#entries, MOST_LEVELS) })
	if piece then
		lane_drawing.draw_band(canvas, piece, height, y)
	end
end

return M
