-- What is stored for tests: files as they are, and measurements.

local json = require "livepost.json"

local M = {}

-- The bytes of a file, its path from the repository's root.
function M.read(path)
	local file <close> = assert(io.open(path, "rb"))
	return file:read "a"
end

-- One of tests/fixtures/measurements, a table of its own each time.
function M.measurement(name)
	return assert(json.decode(M.read("tests/fixtures/measurements/" .. name .. ".json")))
end

return M
