-- The document's tree in Lua: whatever is done to it, it stays a tree, and what is made of it is whole.
local post = require "livepost.post"
local tap = require "tap"

local seed = 7
local function random(most)
	seed = (seed * 1103515245 + 12345) & 0x7fffffff
	return (seed >> 8) % most + 1
end

local KINDS = {}
for kind in pairs(post.kinds) do KINDS[#KINDS + 1] = kind end
table.sort(KINDS)

local TEXT = [[
# A *b* `c`

- x [y](u "t") ![z *e*](v)

  > quote ~~s~~ \~

1. one

```{c}
code
```

<b>raw</b> | a
--|--
]]

-- Every node is its parent's child, once, and its neighbours agree.
local function check(root)
	local todo, count = { root }, 0
	while #todo > 0 do
		local node = table.remove(todo)
		count = count + 1
		local children, previous = node:children(), nil
		for i, child in ipairs(children) do
			assert(child.parent == node and child.previous == previous and child.next == children[i + 1], "neighbours")
			previous = child
			todo[#todo + 1] = child
		end
		assert(node.first == children[1] and node.last == children[#children], "ends")
	end
	return count
end

local function edit(tree, nodes)
	local a, b = nodes[random(#nodes)], nodes[random(#nodes)]
	local ways = {
		function() a:append(b) end, function() a:prepend(b) end, function() a:before(b) end, function() a:after(b) end,
		function() a:replace({ b, "text" }) end, function() a:remove() end, function() a:set("id", "i<" .. random(9)) end,
		function() nodes[#nodes + 1] = tree:new(KINDS[random(#KINDS)], nil, a) end,
		function() a.text = "changed & <b>" end, function() a.level = random(6) end, function() a.url = "u" end,
		function() a:append(a:children()) end, function() a:after(tree:blocks("m *n* `o`", b)) end,
		function() nodes[#nodes + 1] = tree:inlines({ { { text = "p **q**" } } })[1][1] end,
		function() assert(type(a.line) == "number" and a:plain() and a:lines() and tostring(a)) end,
		function() local id = random(3) if tree:codes()[id] then tree:replace(tree:codes()[id].id, "<i></i>") end end,
	}
	return pcall(ways[random(#ways)])
end

tap.test("random changes leave a tree that renders", function()
	local done, refused, longest = 0, 0, 0
	for _ = 1, 60 do
		local tree = assert(post.document(TEXT, 1))
		local wanted = {}
		for _, kind in ipairs(KINDS) do wanted[kind] = true end
		local nodes = tree:find(wanted, "pre")
		for _ = 1, 120 do
			local ok, wrong = edit(tree, nodes)
			if ok then done = done + 1 else refused = refused + 1 end
			-- What is refused is so with a reason, and not half done.
			if not ok then assert(type(wrong) == "string" and #wrong > 10, tostring(wrong)) end
			longest = math.max(longest, check(tree:root()))
		end
		local html = tree:html()
		assert(html == tree:html() and utf8.len(html) and tree:xml())
		tree = nil -- luacheck: ignore 311
		collectgarbage()
		-- A node keeps its document.
		assert(nodes[1].kind == "document" and nodes[#nodes]:plain())
	end
	tap.same(done > 2000 and refused > 500 and longest > 20, true)
end)

tap.test("a node is the same value each time, and not another document's", function()
	local one, other = assert(post.document("a *b*", 1)), assert(post.document("c", 1))
	tap.same(one:root().first == one:root().first.first.parent, true)
	tap.same(pcall(one:root().append, one:root(), other:root().first), false)
	tap.same(getmetatable(one:root()), "node")
end)

tap.test("each kind can be made and printed", function()
	for _, kind in ipairs(KINDS) do
		local tree = assert(post.document("a", 1))
		if kind == "document" then goto next end
		local node = tree:new(kind)
		local is_inline = not pcall(node.append, tree:root(), node)
		if is_inline and kind ~= "item" then tree:root().first:append(node) end
		assert(tree:html(), kind)
		if kind == "item" then tree:root():append(tree:new("list", { node })) end
		assert(node.parent, kind)
		::next::
	end
	tap.same(#KINDS >= 60, true)
end)

tap.done()
