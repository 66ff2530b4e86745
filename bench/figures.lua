-- Prints how long the two drawings of a timeline take, and how large they are, against what is asked of them. Run from the
-- repository's root by tests/lua-host; a busy machine shows in it.

local synthetic = require "synthetic"
local timeline = require "figure.timeline"

local function bench(name, measurement)
	local best, text = math.huge, nil
	for _ = 1, 9 do
		collectgarbage()
		local start = os.clock()
		text = timeline.draw { measurement }
		best = math.min(best, os.clock() - start)
	end
	local wide = text:find("</svg>", 1, true) + 5
	print(string.format("  %-46s %6.1f ms   %5.1f KB both, %5.1f KB wide", name, best * 1000, #text / 1000, wide / 1000))
end

print("  A timeline of 10,000 slices, both drawings, best of 9; asked: at most 30 ms and 60 KB")
for _, lanes in ipairs { 1, 2, 4, 8, 16, 32, 64, 200 } do
	bench(lanes .. (lanes == 1 and " lane" or " lanes"),
		synthetic.measurement { lanes = lanes, slices = 10000 // lanes, wall_ns = 2000000000 })
end
bench("4 lanes, a lock held 25,000 times",
	synthetic.measurement { lanes = 4, slices = 2500, wall_ns = 2000000000, lock = "chef", holds = 25000 })
print "  More slices"
bench("8 lanes, 100,000 slices", synthetic.measurement { lanes = 8, slices = 12500, wall_ns = 2000000000 })
