-- The colours of figures, by WCAG's arithmetic: words can be read and shapes be told from what is behind them, in both
-- schemes and on paper, where a printer has no colours.
local figure_style = require "drawing.figure_style"
local stored = require "stored"
local tap = require "tap"

-- The custom properties of the first :root behind this mark; nil marks the beginning.
local function palette(css, mark)
	local from = mark and assert(css:find(mark, 1, true), mark) or 1
	local block = assert(css:match(":root (%b{})", from))
	local colours = {}
	for name, value in block:gmatch("%-%-([%w-]+): (#%x+);") do
		if #value == 4 then value = value:gsub("%x", "%0%0") end
		colours[name] = { tonumber(value:sub(2, 3), 16), tonumber(value:sub(4, 5), 16), tonumber(value:sub(6, 7), 16) }
	end
	return colours
end

local function luminance(colour)
	local parts = {}
	for i = 1, 3 do
		local part = colour[i] / 255
		parts[i] = part <= 0.04045 and part / 12.92 or ((part + 0.055) / 1.055) ^ 2.4
	end
	return 0.2126 * parts[1] + 0.7152 * parts[2] + 0.0722 * parts[3]
end

local function contrast(a, b)
	local one, two = luminance(a), luminance(b)
	return (math.max(one, two) + 0.05) / (math.min(one, two) + 0.05)
end

local page = stored.read("templates/style.css")
local own = {
	light = palette(figure_style.css), dark = palette(figure_style.css, "@media (prefers-color-scheme: dark)"),
	paper = palette(figure_style.css, "@media print"),
}
-- In a page, paper and inks are the page's; figures.css keeps its own for bars and lines.
local site = {
	light = palette(page), dark = palette(page, "@media (prefers-color-scheme: dark)"), paper = palette(page, "@media print"),
}

local LENT = { ["lp-paper"] = "paper", ["lp-ink"] = "ink", ["lp-quiet"] = "quiet", ["lp-grid"] = "line" }

local function schemes()
	local out = {}
	for name, colours in pairs(own) do
		out[#out + 1] = { name = name .. ", alone", colours = colours }
		if name ~= "paper" then -- the page lends its colours to screens only
			local mixed = setmetatable({}, { __index = colours })
			for mine, theirs in pairs(LENT) do mixed[mine] = assert(site[name][theirs], theirs) end
			out[#out + 1] = { name = name .. ", in a page", colours = mixed }
		end
	end
	table.sort(out, function(a, b) return a.name < b.name end)
	return out
end

local function at_least(least, pairs_of)
	for _, scheme in ipairs(schemes()) do
		for _, pair in ipairs(pairs_of) do
			local top, below = scheme.colours["lp-" .. pair[1]], scheme.colours["lp-" .. pair[2]]
			assert(top and below, ("%s: no colour %s or %s"):format(scheme.name, pair[1], pair[2]))
			local ratio = contrast(top, below)
			tap.same(ratio >= least or ("%s: %s on %s has %.2f, not %.1f"):format(scheme.name, pair[1], pair[2], ratio, least), true)
		end
	end
end

tap.test("contrast is WCAG's", function()
	tap.same(contrast({ 0, 0, 0 }, { 255, 255, 255 }), 21.0)
	tap.same(("%.2f"):format(contrast({ 0x99, 0x99, 0x99 }, { 255, 255, 255 })), "2.85")
	tap.same(own.light["lp-paper"], { 255, 255, 255 })
	tap.same(own.dark["lp-paper"], { 0x14, 0x19, 0x1f })
end)

tap.test("every scheme has every colour", function()
	for name in pairs(own.light) do
		tap.same(own.dark[name] and own.paper[name] and true or name, true)
	end
end)

tap.test("words of figures stand out from what they are on", function()
	at_least(4.5, { { "ink", "paper" }, { "quiet", "paper" }, { "warn", "paper" }, { "on-run", "run" },
		{ "on-sleep", "sleep" }, { "on-held", "held" } })
end)

tap.test("shapes that mean something stand out from the paper", function()
	at_least(3, { { "run", "paper" }, { "wait", "paper" }, { "lock", "paper" }, { "cond", "paper" }, { "io", "paper" },
		{ "blocked", "paper" }, { "flow", "paper" }, { "path", "paper" }, { "finish", "paper" }, { "axis", "paper" } })
end)

tap.test("without colours running and sleeping still differ", function()
	at_least(3, { { "run", "sleep" }, { "run", "held" } })
end)
