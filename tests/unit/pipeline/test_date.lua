-- Dates as authors write them.
local tap = require "tap"
local date = require "base.date"

tap.test("a date alone is midnight, UTC", function()
	tap.same(date.parse("2021-03-10"), {
		year = 2021, month = 3, day = 10, hour = 0, minute = 0, second = 0, offset_minutes = 0,
		iso = "2021-03-10T00:00:00+00:00", epoch = 1615334400, text = "10 March 2021",
	})
end)

-- What `date -d TEXT +%s` says.
tap.test("each of Jekyll's forms and ISO's", function()
	for text, wanted in pairs {
		["2021-03-10 20:58"] = { "2021-03-10T20:58:00+00:00", 1615409880 },
		["2021-03-10 20:58:07"] = { "2021-03-10T20:58:07+00:00", 1615409887 },
		["2021-03-10 20:58:00 +0100"] = { "2021-03-10T20:58:00+01:00", 1615406280 },
		["2021-03-10 20:58:00 -03:30"] = { "2021-03-10T20:58:00-03:30", 1615422480 },
		["2021-03-10 20:58 +01"] = { "2021-03-10T20:58:00+01:00", 1615406280 },
		["2021-03-10T20:58:00Z"] = { "2021-03-10T20:58:00+00:00", 1615409880 },
		["2021-03-10T20:58:00.250+01:00"] = { "2021-03-10T20:58:00+01:00", 1615406280 },
		["2021-3-1"] = { "2021-03-01T00:00:00+00:00", 1614556800 },
		["2024-02-29"] = { "2024-02-29T00:00:00+00:00", 1709164800 },
		["2000-02-29"] = { "2000-02-29T00:00:00+00:00", 951782400 },
		["1969-12-31 23:59:59"] = { "1969-12-31T23:59:59+00:00", -1 },
		["1970-01-01"] = { "1970-01-01T00:00:00+00:00", 0 },
		["9999-12-31"] = { "9999-12-31T00:00:00+00:00", 253402214400 },
	} do
		local got = assert(date.parse(text))
		tap.same({ got.iso, got.epoch }, wanted, text)
	end
end)

tap.test("days follow each other from 1970 to 2100", function()
	local expected, lengths = 0, { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 }
	for year = 1970, 2100 do
		for month = 1, 12 do
			local is_long = month == 2 and year % 4 == 0 and year ~= 2100
			for day = 1, lengths[month] + (is_long and 1 or 0) do
				tap.same(date.parse(("%d-%02d-%02d"):format(year, month, day)).epoch, expected)
				expected = expected + 86400
			end
		end
	end
end)

tap.test("what is no date is refused, and says why", function()
	for text, part in pairs {
		["2021-02-29"] = "February 2021 has no day 29",
		["1900-02-29"] = "February 1900 has no day 29",
		["2021-04-31"] = "April 2021 has no day 31",
		["2021-03-00"] = "March 2021 has no day 0",
		["2021-13-01"] = "no month 13",
		["2021-00-01"] = "no month 0",
		["0000-01-01"] = "no year 0",
		["2021-03-10 24:00"] = "no time 24:00:00",
		["2021-03-10 20:60"] = "no time 20:60:00",
		["2021-03-10 20:58:60"] = "no time 20:58:60",
		["2021-03-10 8pm"] = "the time is not understood",
		["2021-03-10x"] = "the time is not understood",
		["2021-03-10 20:58 CET"] = "the zone `CET`",
		["2021-03-10 20:58 +2500"] = "the zone `+2500`",
		["2021-03-10 20:58 +0175"] = "the zone `+0175`",
		["10 March 2021"] = "not a date",
		["20210310"] = "not a date",
		["99999-01-01"] = "not a date",
		[""] = "not a date",
		["2021-03-10 20:58:00 +0100 x"] = "the zone",
	} do
		local got, message = date.parse(text)
		tap.same(got, nil, text)
		tap.holds(message, part)
	end
end)

tap.test("a file's name gives date and slug", function()
	local got, slug = date.from_file_name("posts/2021-03-10-concurrency-in-python.md")
	tap.same({ got.iso, slug }, { "2021-03-10T00:00:00+00:00", "concurrency-in-python" })
end)

tap.test("a name without a date is all slug; one with an impossible date is an error", function()
	tap.same({ date.from_file_name("posts/about.md") }, { nil, "about" })
	tap.same({ date.from_file_name("2021-03-10.md") }, { nil, "2021-03-10" })
	local got, slug, message = date.from_file_name("2021-02-30-roast.md")
	tap.same({ got, slug }, {})
	tap.holds(message, "February 2021 has no day 30")
end)

tap.done()
