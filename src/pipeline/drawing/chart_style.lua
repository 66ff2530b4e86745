-- The classes that charts add to the style sheet of figures, one for each colour and each way to use it, and which names
-- a figure may ask for. Knows no drawing; the colours themselves are those of drawing.figure_style.

local M = {}

-- The names of colours, each a custom property of both schemes.
M.colours = { "ink", "quiet", "grid", "axis", "run", "wait", "lock", "cond", "io", "sleep", "held", "blocked", "warn" }

-- What a text may look like → class and size.
M.texts = {
	plain = { size = 13 },
	title = { class = "lp-title", size = 15, bold = true },
	strong = { class = "lp-finish-text", size = 13, bold = true },
	warn = { class = "lp-warn", size = 13, bold = true },
	quiet = { class = "lp-quiet", size = 13 },
	small = { class = "lp-key", size = 12 },
	["on-run"] = { class = "lp-on-run", size = 12 },
	["on-sleep"] = { class = "lp-on-sleep", size = 12 },
	["on-held"] = { class = "lp-on-held", size = 12 },
	label = { class = "lp-chart-label", size = 12 },
	code = { class = "lp-code", size = 12, mono = true },
}

-- What fills a bar beside its colour, so that bars differ in grey: the size of its tile, its turn, the path in it.
M.hatches = {
	slant = { size = 5, turn = 45, path = "M2.5 0v5" },
	back = { size = 7, turn = -45, path = "M3.5 0v7" },
	dots = { size = 6, turn = 45, path = "M3 3h0.01" },
	upright = { size = 4, turn = 0, path = "M2 0v4" },
}

-- How a line may be broken.
M.dashes = { dashed = "6 4", dotted = "1.5 3" }

local function classes()
	local out = {}
	for _, name in ipairs(M.colours) do
		-- a text's own style sets a colour, too
		out[#out + 1] = (".lp-f-%s, .lp-figure text.lp-f-%s { fill: var(--lp-%s); }"):format(name, name, name)
		out[#out + 1] = (".lp-s-%s { stroke: var(--lp-%s); }"):format(name, name)
	end
	return table.concat(out, "\n")
end

M.css = [[
/* Charts: lp-f- fills in a colour, lp-s- draws in it. */
]] .. classes() .. [[

.lp-stroke { fill: none; stroke-width: 1.5px; }
.lp-hollow { fill: var(--lp-paper); stroke-width: 1.5px; }
.lp-hatch { stroke-width: 1.5px; stroke-linecap: round; }
.lp-area { fill-opacity: 0.18; stroke: none; }
.lp-figure .lp-code { font: 12px ui-monospace, "SF Mono", SFMono-Regular, Menlo, "Cascadia Code", Consolas, "DejaVu Sans Mono", monospace; }
.lp-figure .lp-edge { stroke: var(--lp-paper); stroke-width: 4px; stroke-linejoin: round; paint-order: stroke; }
.lp-figure .lp-chart-label { font-size: 12px; }
]]

-- How a listing with measured times stands in a page; drawings that stand alone have none.
M.page_css = [[
/* A listing with the measured time of each line before it. */
.lp-lines { border-collapse: collapse; width: 100%; font-size: 0.8125rem; font-variant-numeric: tabular-nums; tab-size: 4; }
.lp-lines th, .lp-lines td { padding: 0.05em 0.7em 0.05em 0; border: 0; vertical-align: top; text-align: end; white-space: nowrap; font-weight: 400; line-height: 1.45; }
.lp-lines thead th { color: var(--lp-quiet); border-bottom: 1px solid var(--lp-axis); vertical-align: bottom; }
.lp-lines thead th:last-child { text-align: start; white-space: normal; overflow-wrap: anywhere; }
.lp-lines tbody th, .lp-lines .lp-reason { color: var(--lp-quiet); }
.lp-lines .lp-line-code { width: 100%; padding-inline-end: 0; text-align: start; white-space: pre-wrap; overflow-wrap: anywhere; }
.lp-lines .lp-line-code code { font: 0.8125rem/1.45 ui-monospace, "SF Mono", SFMono-Regular, Menlo, "Cascadia Code", Consolas, "DejaVu Sans Mono", monospace; background: none; padding: 0; }
.lp-lines .lp-rest td, .lp-lines .lp-skipped td, .lp-lines .lp-file th { color: var(--lp-quiet); text-align: start; white-space: normal; }
.lp-lines .lp-file th { padding-top: 0.6em; border-bottom: 1px solid var(--lp-grid); overflow-wrap: anywhere; }
.lp-lines tbody tr.lp-rest:first-child td, .lp-lines :not(.lp-rest) + .lp-rest td { border-top: 1px solid var(--lp-axis); }
.lp-meter { display: block; width: 4.5em; height: 0.4em; margin-inline-start: auto; }
@media (max-width: 30rem) {
	.lp-meter { width: 2.6em; }
	.lp-lines, .lp-lines .lp-line-code code { font-size: 0.6875rem; }
	.lp-lines { tab-size: 2; }
	.lp-lines th, .lp-lines td { padding-inline-end: 0.4em; }
	.lp-lines .lp-on, .lp-lines .lp-off { white-space: normal; }
}
]]

return M
