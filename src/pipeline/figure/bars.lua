-- The figure `bars`: wall times of cells and points beside each other. Knows no files and no page.

local bars = require "chart.bars"
local chart = require "chart.chart"

return chart.of { name = "bars", options = { "baseline", "titles" }, takes = "any", paint = bars.paint }
