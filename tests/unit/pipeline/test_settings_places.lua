-- Where settings stand in the text of a pipeline.lua.
local places = require "author.settings_places"
local tap = require "tap"

-- What stands where the keys lead to: the rest of that line from there on.
local function at(text, keys, of_key)
	assert(load(text))
	local line, column = places.of(text):find(keys, of_key)
	if not line then return nil end
	local number = 0
	for one in (text:gsub("\r\n?", "\n") .. "\n"):gmatch("([^\n]*)\n") do
		number = number + 1
		if number == line then return one:sub(utf8.offset(one, column)) end
	end
end

tap.test("values and keys, by name, in brackets, and by their number", function()
	local text = 'return {\n\ta = 1, ["b c"] = { "x", "y"; [\'d\'] = 2, [10] = 3, [0x10] = 4 };\n\te = { f = { g = true } }\n}'
	tap.same(at(text, { "a" }), '1, ["b c"] = { "x", "y"; [\'d\'] = 2, [10] = 3, [0x10] = 4 };')
	tap.same(at(text, { "a" }, true):sub(1, 5), "a = 1")
	tap.same(at(text, { "b c" }, true):sub(1, 9), '["b c"] =')
	tap.same(at(text, { "b c", 1 }):sub(1, 4), '"x",')
	tap.same(at(text, { "b c", 2 }, true):sub(1, 4), '"y";')
	tap.same(at(text, { "b c", "d" }):sub(1, 2), "2,")
	tap.same(at(text, { "b c", 10 }):sub(1, 2), "3,")
	tap.same(at(text, { "b c", 16 }), "4 };")
	tap.same(at(text, { "e", "f", "g" }), "true } }")
	tap.same(at(text, { "e", "f", "g" }, true), "g = true } }")
end)

tap.test("strings, comments and numbers hide no brace and no comma", function()
	for _, value in ipairs { '"a\\"}, b = 2"', "'\\'{'", "[[ }, b = 2 ]]", "[==[ ]] }, ]==]", "--[[ }, ]] 5", "-- },\n5", '"\\z\n   }"', "0x1p-3", "1e+3",
			".5", "3 ..4", "#{ 1, 2 }", "f(1, { 2, 3 }, function() return 1, 2 end)", "function(a, b) if a then return { 1, 2 } else for i = 1, 2 do g() end end end",
			"function() repeat local x <const> = 1 until a == b end", "a == b", "a.b[c, 1]" } do
		local text = ("local f, g, a\nreturn { x = %s, b = 7 }"):format(value:gsub("%[c, 1%]", "[c]"))
		tap.same(at(text, { "b" }), "7 }", value)
		tap.same(at(text, { "b" }, true), "b = 7 }", value)
	end
end)

tap.test("what is computed elsewhere is the expression that gives it", function()
	tap.same(at("local l = { p = { run = 1 } }\nreturn { l = l, m = 2 }", { "l", "p", "run" }), "l, m = 2 }")
	tap.same(at("return { l = with({ p = 1 }), m = 2 }", { "l", "p" }), "with({ p = 1 }), m = 2 }")
	tap.same(at("return { l = { p = 1 } or other }", { "l", "p" }), "{ p = 1 } or other }")
	tap.same(at("return { l = ({ p = 1 }).q }", { "l", "q" }), "({ p = 1 }).q }")
	tap.same(at("return { l = { p = 1, f() } }", { "l", 2 }), "{ p = 1, f() } }")
	tap.same(at("return { l = { [k] = 1 } }", { "l", "k" }), "{ [k] = 1 } }")
	tap.same(at("local site = { a = 1 }\nreturn site", { "a" }), "site")
	tap.same(at("return setmetatable({ a = 1 }, {})", { "a" }), "setmetatable({ a = 1 }, {})")
end)

tap.test("what is missing is where it is missing from", function()
	tap.same(at("return { s = { api = { file = 1 } } }", { "s", "api", "port" }), "{ file = 1 } } }")
	tap.same(at("return { s = 1 }", { "t" }, true), "{ s = 1 }")
end)

tap.test("of a key that is there twice the last counts", function()
	tap.same(at("return { a = 1, a = 2 }", { "a" }), "2 }")
end)

tap.test("functions return what is theirs; of several ends of the file none is guessed", function()
	tap.same(at("local function f()\n\treturn { a = 1 }\nend\nreturn { a = 2 }", { "a" }), "2 }")
	tap.same(at("do\n\treturn { a = 2 };\nend", { "a" }), "2 };")
	tap.same(at("if x then return { a = 1 } end\nreturn { a = 2 }", { "a" }), nil)
	tap.same(at("local x = 1", { "a" }), nil)
	tap.same(at("return", { "a" }), nil)
end)

tap.test("columns are characters, lines end in every way", function()
	local found = places.of('return {\r\n  ["ü€"] = 1, b = 2\r}')
	tap.same({ found:find { "b" } }, { 2, 19 })
	tap.same({ found:find({ "ü€" }, true) }, { 2, 3 })
end)

-- Whatever else it does, it must not point at a place that has something else.
tap.test("random tables: each key is found where it stands", function()
	local seed = 7
	local function random(n)
		seed = (seed * 1103515245 + 12345) % (1 << 31)
		return (seed >> 8) % n + 1
	end
	local blanks = { " ", "\n", "\t", " --[[ { ]] ", "-- }\n", "" }
	local function blank() return blanks[random(#blanks)] end
	local count = 0
	local leaves
	local function tree(depth, keys)
		local parts, position = { "{" }, 0
		for _ = 1, random(4) do
			count = count + 1
			local name, key = "k" .. count
			local form = random(3)
			if form == 1 then
				key = name
				parts[#parts + 1] = blank() .. name .. blank() .. "="
			elseif form == 2 then
				key = name .. " }"
				parts[#parts + 1] = blank() .. '["' .. key .. '"]' .. blank() .. "="
			else
				position = position + 1
				key = position
			end
			local path = table.move(keys, 1, #keys, 1, {})
			path[#path + 1] = key
			parts[#parts + 1] = blank()
			if depth > 0 and random(2) == 1 then
				parts[#parts + 1] = tree(depth - 1, path)
			else
				parts[#parts + 1] = ('"v%d"'):format(count)
				leaves[#leaves + 1] = { path = path, value = ('"v%d"'):format(count) }
			end
			parts[#parts + 1] = blank() .. (random(2) == 1 and "," or ";")
		end
		parts[#parts + 1] = blank() .. "}"
		return table.concat(parts)
	end
	for _ = 1, 200 do
		leaves = {}
		local text = "return " .. tree(3, {})
		for _, leaf in ipairs(leaves) do
			tap.same((at(text, leaf.path) or ""):sub(1, #leaf.value), leaf.value, text)
		end
	end
end)

tap.done()
