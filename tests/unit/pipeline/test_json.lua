-- Values as JSON: the bytes that jansson writes, and nothing that is no JSON.

local tap = require "tap"
local json = require "livepost.json"

tap.test("each kind of value has its bytes", function()
	for said, value in pairs { ["1"] = 1, ["-1"] = -1, ["1.0"] = 1.0, ["0.10000000000000001"] = 0.1, ["1e20"] = 1e20, ["9.5367431640625e-7"] = 2.0 ^ -20,
			["1.7976931348623157e308"] = 1.7976931348623157e308, ["9223372036854775807"] = math.maxinteger,
			["-9223372036854775808"] = math.mininteger, ["1.2345678901234568e17"] = 123456789012345680.0, ["true"] = true, ["false"] = false, ['""'] = "",
			['"ä“→😀\127"'] = "ä“→😀\127", ['"\\"\\\\/\\b\\f\\n\\r\\t"'] = "\"\\/\b\f\n\r\t",
			['"\\u0000\\u001F"'] = "\0\x1f" } do
		tap.same(json.encode(value), said)
		tap.same(json.decode(said), value, said)
	end
	tap.same(json.encode(nil), "null")
	tap.same(json.encode {}, "{}")
	tap.same(json.encode(json.array {}), "[]")
	tap.same(json.encode { 1, { 2 }, { a = json.array {} } }, '[1,[2],{"a":[]}]')
end)

tap.test("keys are in the order of their bytes, however many there are", function()
	tap.same(json.encode { b = 1, a = 2, B = 3, [""] = 4, aa = 5, ["ä"] = 6 }, '{"":4,"B":3,"a":2,"aa":5,"b":1,"ä":6}')
	for _, count in ipairs { 15, 16, 17, 500 } do
		local value, names = {}, {}
		for i = 1, count do
			names[i] = ("k%d"):format(i * 7919 % 1000)
			value[names[i]] = i
		end
		table.sort(names)
		local parts = {}
		for i, name in ipairs(names) do parts[i] = ('"%s":%d'):format(name, value[name]) end
		tap.same(json.encode(value), "{" .. table.concat(parts, ",") .. "}", tostring(count))
	end
end)

tap.test("with an indent each entry has a line", function()
	tap.same(json.encode({ b = { 1, { c = true } }, a = {}, d = json.array {} }, 2),
		'{\n  "a": {},\n  "b": [\n    1,\n    {\n      "c": true\n    }\n  ],\n  "d": []\n}')
end)

tap.test("what JSON cannot say is refused", function()
	local function refused(value, message)
		local ok, wrong = pcall(json.encode, value)
		tap.same(ok, false, message)
		assert(tostring(wrong):find(message, 1, true), wrong)
	end
	for _, bad in ipairs { "\xff", "a\x80", "\xc0\x80", "\xe0\x80\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xe2\x82", "\xc3" } do
		refused(bad, "not UTF-8")
		refused({ [bad] = 1 }, "not UTF-8")
	end
	refused(0 / 0, "not a finite number")
	refused({ math.huge }, "not a finite number")
	refused({ a = 1, [2] = 3 }, "keys that are neither")
	refused({ a = print }, "cannot encode a function")
	local deep = {}
	for _ = 1, 70 do deep = { deep } end
	refused(deep, "nested deeper than 64")
	local round = {}
	round[1] = round
	refused(round, "nested deeper than 64")
end)

tap.done()
