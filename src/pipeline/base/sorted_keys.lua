-- The keys of a table in an order that is the same every time: numbers first, then texts.

local function is_before(a, b)
	if type(a) == type(b) and (type(a) == "number" or type(a) == "string") then return a < b end
	if type(a) ~= type(b) then return type(a) < type(b) end
	return tostring(a) < tostring(b)
end

-- sorted_keys(map) → list
return function(map)
	local keys = {}
	for key in pairs(map) do keys[#keys + 1] = key end
	table.sort(keys, is_before)
	return keys
end
