-- The style of what the script of the page adds to figures, of the lines it marks, and of sliders: a part of figures.css.

local M = {}

M.css = [[

/* What the script adds. Its room is kept before it comes, so that nothing jumps. */
@media (scripting: enabled) {
	.figure:has(.lp-stored) .drawing { padding-block-end: 6rem; }
	.figure.lp-live .drawing { padding-block-end: 0; }
}
.lp-live .drawing { position: relative; }
.lp-view { touch-action: pan-y; cursor: crosshair; -webkit-user-select: none; user-select: none; }
.lp-view.lp-in { cursor: grab; }
.lp-view:focus-visible { outline: 3px solid var(--lp-run); outline-offset: 4px; border-radius: 2px; }
.lp-in .lp-plot, .lp-in .lp-ticks { display: none; }
.lp-cursor, .lp-selected, .lp-veil { pointer-events: none; }
.lp-veil { fill: var(--lp-paper); }
path.lp-cursor { fill: none; stroke: var(--lp-ink); stroke-width: 1px; }
.lp-figure text.lp-cursor { font-size: 12px; font-weight: 650; }
.lp-selected { fill: none; stroke: var(--lp-ink); stroke-width: 2px; }
.lp-bar { display: flex; flex-wrap: wrap; gap: 0.375rem; height: 2.25rem; margin-block-start: 0.75rem; overflow: hidden; }
.lp-bar button { min-width: 2.25rem; height: 2.25rem; padding: 0 0.7em; border: 1px solid var(--lp-axis); border-radius: 5px; background: var(--lp-paper); color: var(--lp-ink); font: 0.875rem/1 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; cursor: pointer; }
.lp-bar button:hover:not(:disabled) { border-color: var(--lp-ink); }
.lp-bar button:disabled { border-style: dotted; color: var(--lp-quiet); cursor: default; }
.lp-bar button:focus-visible { outline: 3px solid var(--lp-run); outline-offset: -3px; }
.lp-keys { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.lp-readout { height: 2.75rem; margin: 0.25rem 0 0; overflow: hidden; color: var(--lp-ink); font: 0.875rem/1.375rem system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; font-variant-numeric: tabular-nums; }
.line.lp-here { background: var(--lp-sleep); color: var(--lp-on-sleep); box-shadow: -0.5em 0 var(--lp-sleep), 0.5em 0 var(--lp-sleep); }
.line.lp-here * { color: inherit; }
.downloads { display: block; color: var(--lp-quiet); font-size: 0.8125rem; }

/* A sweep: small multiples of all points, or, with the script, one at a time. */
.lp-points { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(17rem, 100%), 1fr)); gap: 1.25rem 2rem; }
.lp-points .lp-wide { display: none; }
.lp-points .lp-narrow { display: block; }
.lp-point > p { margin: 0 0 0.5rem; font: 0.875rem/1.4 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; font-variant-numeric: tabular-nums; }
.lp-flip { display: block; }
.lp-flip .lp-point > p { position: absolute; clip-path: inset(50%); }
@container (min-width: 45rem) {
	.lp-flip .lp-wide { display: block; }
	.lp-flip .lp-narrow { display: none; }
}
.lp-slider { display: flex; flex-wrap: wrap; align-items: center; gap: 0.25rem 1rem; margin: 0.25rem 0 1rem; font: 0.9375rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; font-variant-numeric: tabular-nums; }
.lp-slider label { font-weight: 650; }
.lp-slider input { flex: 1 1 10rem; min-height: 2.25rem; accent-color: var(--lp-run); }
.lp-said { flex: 1 1 100%; min-height: 1.5em; }
.lp-spark { margin-block-end: 0.75rem; }
.lp-spark-line { fill: none; stroke: var(--lp-blocked); }
.lp-spark-range { stroke: var(--lp-ink); stroke-width: 1.5px; }
.lp-spark-dot { fill: var(--lp-paper); stroke: var(--lp-ink); stroke-width: 1.5px; }
.lp-now .lp-spark-dot { fill: var(--lp-run); stroke: var(--lp-run); }
.lp-now text { font-weight: 650; }
@media print {
	.lp-bar, .lp-readout, .lp-slider input, .lp-cursor, .lp-selected, .lp-veil, .downloads { display: none !important; }
	.drawing { padding-block-end: 0 !important; }
	.line.lp-here { background: none; box-shadow: none; }
}
]]

return M
