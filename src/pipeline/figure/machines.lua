-- Draws what several machines measured of one cell: the bars of each, compared to the page's own. Knows no files and no page.

local bars = require "chart.bars"
local chart = require "chart.chart"

-- The machines' names are the author's; which machine each is, the line of where the numbers come from says.
local function paint(measurements, options, kit)
	local own = { head = "machine" }
	for name, value in pairs(options) do own[name] = value end
	if own.baseline == nil then own.baseline = kit.titles(measurements, options.titles)[1] end
	bars.paint(measurements, own, kit)
end

return chart.of { name = "machines", options = { "baseline", "titles" }, takes = "machines", paint = paint }
