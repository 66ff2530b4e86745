-- Which of the known words was probably meant.
local M = {}

-- The number of letters to insert, remove, replace or swap with a neighbour (Damerau–Levenshtein, optimal string
-- alignment).
function M.distance(a, b)
	local before, previous = nil, {}
	for j = 0, #b do previous[j] = j end
	for i = 1, #a do
		local current = { [0] = i }
		for j = 1, #b do
			local cost = a:byte(i) == b:byte(j) and 0 or 1
			current[j] = math.min(previous[j] + 1, current[j - 1] + 1, previous[j - 1] + cost)
			if before and j > 1 and a:byte(i) == b:byte(j - 1) and a:byte(i - 1) == b:byte(j) then
				current[j] = math.min(current[j], before[j - 2] + 1)
			end
		end
		before, previous = previous, current
	end
	return previous[#b]
end

-- The nearest of `words` within a third of the word's length (at least 1 letter), or nil.
function M.of(word, words)
	if #word > 64 then return nil end
	local best, least = nil, math.max(1, #word // 3) + 1
	for _, known in ipairs(words) do
		local distance = M.distance(word, known)
		if distance < least then best, least = known, distance end
	end
	return best
end

return M
