-- The style sheet of figures: published as figures.css beside the pages, and put into drawings that stand alone.

local chart_style = require "drawing.chart_style"

local M = {}

M.css = [[
/* What figures look like: the colours of both schemes, then the parts of a drawing, then how it stands in a page. */
:root {
	--lp-paper: #ffffff;
	--lp-ink: #1c2630;
	--lp-quiet: #56626d;
	--lp-grid: #e4e8ec;
	--lp-axis: #7d8893;
	--lp-run: #0b6e99;
	--lp-on-run: #ffffff;
	--lp-wait: #b45309;
	--lp-lock: #b02a37;
	--lp-cond: #6f4bb0;
	--lp-io: #1d7a58;
	--lp-sleep: #f6d488;
	--lp-on-sleep: #3a2a05;
	--lp-held: #bcd9e6;
	--lp-on-held: #10303f;
	--lp-path: #1c2630;
	--lp-blocked: #77838e;
	--lp-flow: #56626d;
	--lp-finish: #1c2630;
	--lp-warn: #b3261e;
}
@media (prefers-color-scheme: dark) {
	:root {
		--lp-paper: #14191f;
		--lp-ink: #e6eaee;
		--lp-quiet: #a4afba;
		--lp-grid: #2a323a;
		--lp-axis: #7d8893;
		--lp-run: #4fb0d8;
		--lp-on-run: #06202c;
		--lp-wait: #f0a04b;
		--lp-lock: #ff8f8f;
		--lp-cond: #c3a6ff;
		--lp-io: #6fd0a6;
		--lp-sleep: #5c4512;
		--lp-on-sleep: #fbe7b8;
		--lp-held: #1f4a5e;
		--lp-on-held: #e2f2f9;
		--lp-path: #e6eaee;
		--lp-blocked: #84909b;
		--lp-flow: #a4afba;
		--lp-finish: #e6eaee;
		--lp-warn: #ff8a80;
	}
}
@media print {
	:root {
		--lp-paper: #ffffff;
		--lp-ink: #000000;
		--lp-quiet: #3d464e;
		--lp-grid: #d5dade;
		--lp-axis: #6b7680;
		--lp-run: #0b6e99;
		--lp-on-run: #ffffff;
		--lp-wait: #8f3f00;
		--lp-lock: #8c1d18;
		--lp-cond: #4f2f8f;
		--lp-io: #0f5a3e;
		--lp-sleep: #f0dba6;
		--lp-on-sleep: #2a1e00;
		--lp-held: #cfe2eb;
		--lp-on-held: #000000;
		--lp-path: #000000;
		--lp-blocked: #5f6b75;
		--lp-flow: #3d464e;
		--lp-finish: #000000;
		--lp-warn: #8c1d18;
	}
}
@media (forced-colors: active) {
	:root {
		--lp-paper: Canvas;
		--lp-ink: CanvasText;
		--lp-quiet: CanvasText;
		--lp-grid: color-mix(in srgb, CanvasText 30%, Canvas);
		--lp-axis: CanvasText;
		--lp-run: CanvasText;
		--lp-on-run: Canvas;
		--lp-wait: CanvasText;
		--lp-lock: CanvasText;
		--lp-cond: CanvasText;
		--lp-io: CanvasText;
		--lp-sleep: color-mix(in srgb, CanvasText 45%, Canvas);
		--lp-on-sleep: CanvasText;
		--lp-held: color-mix(in srgb, CanvasText 75%, Canvas);
		--lp-on-held: Canvas;
		--lp-path: Highlight;
		--lp-blocked: CanvasText;
		--lp-flow: CanvasText;
		--lp-finish: Highlight;
		--lp-warn: CanvasText;
	}
	.lp-figure { forced-color-adjust: none; }
}

.lp-figure { width: 100%; height: auto; overflow: hidden; }
.lp-figure text { font: 13px system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; font-variant-numeric: tabular-nums; fill: var(--lp-ink); }
.lp-figure .lp-title { font-size: 15px; font-weight: 650; }
.lp-figure .lp-finish-text { font-weight: 650; }
.lp-figure .lp-quiet { fill: var(--lp-quiet); }
.lp-figure .lp-small { font-size: 11px; }
.lp-figure .lp-key, .lp-figure .lp-tick { font-size: 12px; fill: var(--lp-quiet); }
.lp-figure .lp-on-run { fill: var(--lp-on-run); font-size: 12px; }
.lp-figure .lp-on-sleep { fill: var(--lp-on-sleep); font-size: 12px; }
.lp-figure .lp-on-held { fill: var(--lp-on-held); font-size: 12px; }
.lp-figure .lp-lock-name { fill: var(--lp-quiet); font-style: italic; }
.lp-figure .lp-on-line { fill: var(--lp-quiet); font-size: 12px; }
.lp-figure .lp-on-line, .lp-figure .lp-halo { stroke: var(--lp-paper); stroke-width: 9px; stroke-linejoin: round; paint-order: stroke; }
.lp-figure .lp-mark, .lp-figure .lp-span-name { font-size: 12px; }
.lp-figure .lp-mark, .lp-figure .lp-span-name { stroke: var(--lp-paper); stroke-width: 4px; stroke-linejoin: round; paint-order: stroke; }
.lp-figure .lp-warn { fill: var(--lp-warn); font-weight: 650; }
.lp-grid { stroke: var(--lp-grid); }
.lp-axis { stroke: var(--lp-axis); }
.lp-run { fill: var(--lp-run); }
.lp-wait, .lp-pattern-cpu { stroke: var(--lp-wait); }
.lp-lock, .lp-pattern-lock { stroke: var(--lp-lock); }
.lp-cond, .lp-pattern-cond { stroke: var(--lp-cond); }
.lp-io, .lp-pattern-io { stroke: var(--lp-io); }
.lp-lock { stroke-dasharray: 4 2; }
.lp-pattern-cpu { stroke-width: 1.5px; }
.lp-pattern-cond { stroke-width: 2px; stroke-linecap: round; }
.lp-sleep { fill: var(--lp-sleep); }
.lp-held { fill: var(--lp-held); }
.lp-join, .lp-child, .lp-blocked { fill: none; stroke: var(--lp-blocked); stroke-width: 1.5px; }
.lp-join { stroke-dasharray: 2 2.5; }
.lp-child { stroke-dasharray: 9 3; }
.lp-outline { fill: none; stroke: var(--lp-blocked); }
.lp-unknown { fill: none; stroke: var(--lp-quiet); stroke-dasharray: 1.5 2.5; }
.lp-window { fill: none; stroke: var(--lp-ink); stroke-width: 1.5px; }
.lp-window-edge { fill: none; stroke: var(--lp-axis); stroke-dasharray: 2 2; }
.lp-bracket { fill: none; stroke: var(--lp-blocked); }
.lp-span { fill: none; stroke: var(--lp-axis); }
.lp-path { stroke: var(--lp-path); stroke-width: 1.5px; }
.lp-thin { fill: none; stroke: var(--lp-flow); stroke-width: 0.75px; }
.lp-hand-off { fill: none; stroke: var(--lp-lock); }
.lp-hand-off-head { fill: var(--lp-lock); }
.lp-wake { fill: none; stroke: var(--lp-cond); stroke-dasharray: 2 1.5; }
.lp-wake-head { fill: var(--lp-cond); }
.lp-flag { fill: var(--lp-ink); stroke: var(--lp-ink); stroke-width: 1px; }
.lp-ring { fill: none; stroke: var(--lp-lock); stroke-width: 1.5px; }
.lp-ring-head { fill: var(--lp-lock); }
.lp-flow { fill: none; stroke: var(--lp-flow); }
.lp-flow-head { fill: var(--lp-flow); }
.lp-finish { stroke: var(--lp-finish); stroke-width: 1.5px; }
.lp-spread { stroke: var(--lp-ink); stroke-width: 1.5px; }
.lp-spread-edge { stroke: var(--lp-paper); stroke-width: 3.5px; }
.lp-dot { fill: var(--lp-ink); stroke: var(--lp-paper); stroke-width: 0.75px; }
]] .. chart_style.css .. [[

/* A figure comes in two drawings, a wide and a narrow one, so that its words stay readable on a phone without
   scrolling sideways; the width of the box around it decides. */
.drawing { container-type: inline-size; }
.lp-wide { display: block; }
.lp-narrow { display: none; max-width: 24rem; }
@container (max-width: 44.99rem) {
	.lp-wide { display: none; }
	.lp-narrow { display: block; }
}
@media print and (min-width: 30rem) { /* a sheet has fewer pixels than a screen, and finer ones */
	.lp-wide { display: block; }
	.lp-narrow { display: none; }
}
.lp-scroll { overflow-x: auto; }
.lp-data { border-collapse: collapse; font-size: 0.875rem; font-variant-numeric: tabular-nums; }
.lp-data caption { text-align: start; }
.lp-data th, .lp-data td { padding: 0.2em 0.9em 0.2em 0; text-align: end; white-space: nowrap; }
.lp-data thead th { font-weight: 400; color: var(--lp-quiet); border-bottom: 1px solid var(--lp-axis); vertical-align: bottom; }
.lp-data th[scope="row"], .lp-data th[scope="rowgroup"], .lp-data thead th:first-child { text-align: start; font-weight: 400; }
.lp-data th[scope="rowgroup"] { padding-top: 0.8em; font-weight: 650; }
.lp-data .lp-runs { white-space: normal; min-width: 13em; }
]] .. chart_style.page_css

-- alone(charts) → the sheet for one drawing outside a page, with the classes of charts where it has such. Viewers that
-- know no custom properties drop a declaration with
-- var(), so each has the light colour before it.
function M.alone(charts)
	local light = {}
	for name, value in M.css:match(":root (%b{})"):gmatch("(%-%-lp%-[%w-]+): ([^;]+);") do
		light[name] = value
	end
	local css = M.css:match("^(.-)\n/%* A figure comes in two")
	if not charts then
		local from, to = css:find(chart_style.css, 1, true)
		css = css:sub(1, from - 1) .. css:sub(to + 1)
	end
	css = css:gsub("([%w-]+): var%((%-%-lp%-[%w-]+)%);",
		function(property, name)
			return property .. ": " .. light[name] .. "; " .. property .. ": var(" .. name .. ");"
		end)
	return css .. "svg { background: var(--lp-paper); }\n"
end

return M
