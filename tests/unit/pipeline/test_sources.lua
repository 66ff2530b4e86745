-- How a cell's sources lie for a compiler or interpreter, and what these say of them.
local sources = require "cell.sources"
local tap = require "tap"

local function cell(fields)
	local made = { label = "soup", code = "x\ny\n", code_line = 10, code_path = "posts/a.md", path_of_post = "posts/a.md",
		post_bytes = "post", folders = { "examples" }, only = "examples" }
	for key, value in pairs(fields) do made[key] = value end
	return made
end

local function layout(fields, like_c, files)
	return sources.layout(cell(fields), { folder = ".", extension = like_c and "c" or "py", like_c = like_c,
		read = function(path) return (files or {})[path] end })
end

local function by_path(made)
	local files = {}
	for _, one in ipairs(made.files) do files[one.path] = one.bytes end
	return files
end

local PIECES = { { code = "a", line = 3, path = "posts/a.md" }, { code = "b\n", line = 1, path = "examples/b.py", source = "examples/b.py" } }

tap.test("pieces stand in one file, each with its own lines", function()
	tap.same(by_path(layout({ pieces = PIECES }, true))["/site/cells/soup.c"],
		'#line 3 "posts/a.md"\na\n#line 1 "examples/b.py"\nb\n#line 10 "posts/a.md"\nx\ny\n')
	local made = layout({ pieces = PIECES }, false)
	tap.same(by_path(made), { ["/site/cells/soup.py"] = "a\nb\nx\ny\n" })
	tap.same(made.segments, { { from = 1, count = 1, path = "posts/a.md", line = 3 },
		{ from = 2, count = 1, path = "examples/b.py", line = 1 }, { from = 3, count = 2, path = "posts/a.md", line = 10 } })
end)

tap.test("what an interpreter says of the file is told of the author's", function()
	local made = layout({ pieces = PIECES }, false)
	local told, path, line = sources.told('File "/site/cells/soup.py", line 4\n/site/cells/soup.py: 2: no\n/site/cells/soup.py:99\n'
		.. "/site/cells/soup.python:1 /site/examples/z.py", made)
	tap.same(told, 'File "posts/a.md", line 11\nexamples/b.py: 1: no\nposts/a.md:99\n/site/cells/soup.python:1 examples/z.py')
	tap.same({ path, line }, { "examples/b.py", 1 })
end)

tap.test("a path from where a tool was started is the same file's, another with that end is not", function()
	local made = layout({ pieces = PIECES }, false)
	tap.same((sources.told("cells/soup.py:4:1: no\n(./cells/soup.py:2)\na/cells/soup.py:4 .cells/soup.py:4 /cells/soup.py:4", made)),
		"posts/a.md:11:1: no\n(examples/b.py:1)\na/cells/soup.py:4 .cells/soup.py:4 /cells/soup.py:4")
end)

tap.test("a header that a cell is: where it is included, and where it is not", function()
	local header = { name = "pot.h", code = "int pots;", line = 4, path = "posts/a.md" }
	local files = { ["./examples/lid.h"] = '#include "pot.h"\n' }
	local made = layout({ code = '#include "lid.h"\n', headers = { header } }, true, files)
	tap.same(made.headers, { ["pot.h"] = true })
	tap.same(by_path(made)["/site/cells/pot.h"], '#line 4 "posts/a.md"\nint pots;\n')
	tap.same(made.include_folders, { "examples", "cells" })
	tap.same(layout({ headers = { header } }, true).headers, {})
	-- One of examples/ that is of the same name stands behind it for a cell, as it lies further off.
	files["./examples/pot.h"] = "long pots;"
	tap.same(layout({ code = '#include "pot.h"\n', headers = { header } }, true, files).headers, { ["pot.h"] = true })
end)

tap.test("several dependency files one after the other", function()
	tap.same(sources.read_depfile("program: a.c \\\n /usr/include/x.h b\\ c.h\nprogram: d.c \\\n e$$.h\n"),
		{ "a.c", "/usr/include/x.h", "b c.h", "d.c", "e$.h" })
	tap.same(sources.read_depfile(""), {})
end)

tap.test("no file of ours is one of the site's", function()
	local made = layout({ includes = { "<math.h>" } }, true)
	tap.same(sources.outside("cells/soup.includes.h", made), nil)
	tap.same(sources.outside("/site/cells/pot.h", made), nil)
	tap.same(sources.outside("examples/../examples/a.h", made), "examples/a.h")
	tap.same(sources.outside("/usr/include/math.h", made), "/usr/include/math.h")
end)

tap.done()
