-- The wall times of runs, in nanoseconds, in the order they ran.

-- walls(runs) → list
return function(runs)
	local walls = {}
	for i, one in ipairs(runs) do walls[i] = one.wall_ns end
	return walls
end
