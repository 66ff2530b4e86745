-- Pages → the links in them that lead nowhere: inside of the site to what is not there, outside of it to what is no address.
-- Asks no network and reads no file.
local sources = require "cell.sources"

local M = {}

local ENTITIES = { amp = "&", lt = "<", gt = ">", quot = '"', apos = "'" }

local function unescape(text)
	return (text:gsub("&(#?[xX]?%w+);", function(name)
		local code = tonumber(name:match("^#(%d+)$")) or tonumber(name:match("^#[xX](%x+)$") or "", 16)
		if code then return code < 0x110000 and utf8.char(math.tointeger(code)) or nil end
		return ENTITIES[name]
	end))
end

local function decode(text)
	return (text:gsub("%%(%x%x)", function(code) return string.char(tonumber(code, 16)) end))
end

-- What each attribute holds that leads somewhere.
local function one(value) return { value } end
local ATTRIBUTES = { href = one, src = one, poster = one, srcset = function(value)
	local list = {}
	for part in value:gmatch("[^,%s]%S*[^,%s]*") do
		if not part:match("^[%d.]+[wx],?$") then list[#list + 1] = (part:gsub(",$", "")) end
	end
	return list
end }

-- The attributes of a tag: calls found(name, value) for each, and returns where the tag ends.
local function read_tag(html, at, found)
	while true do
		at = html:find("%S", at)
		if not at then return #html end
		local char = html:sub(at, at)
		if char == ">" then return at end
		local name, after = html:match("^([^%s=>/]+)%s*()", at)
		if not name then
			at = at + 1
		else
			at = after
			local value
			local start = html:match("^=%s*()", at)
			if start then
				local quote = html:match("^[\"']", start)
				if quote then
					local stop = html:find(quote, start + 1, true) or #html + 1
					value, at = html:sub(start + 1, stop - 1), stop + 1
				else
					value, at = html:match("^([^%s>]*)()", start)
				end
			end
			found(name:lower(), unescape(value or ""))
		end
	end
end

-- read(html) → the links as they stand in it, in their order, the ids as a set, and the ids that are there twice.
function M.read(html)
	local links, ids, twice, at = {}, {}, {}, 1
	while true do
		at = html:find("<", at, true)
		if not at then return links, ids, twice end
		local tag = html:match("^<(%a[%w:-]*)", at)
		if html:sub(at, at + 3) == "<!--" then
			local _, stop = html:find("-->", at + 4, true)
			at = stop and stop + 1 or #html + 1
		elseif tag then
			tag = tag:lower()
			at = read_tag(html, at + 1 + #tag, function(name, value)
				if name == "id" or name == "name" and tag == "a" then
					if ids[value] and name == "id" then twice[#twice + 1] = value end
					ids[value] = true
				elseif ATTRIBUTES[name] and tag ~= "base" then
					for _, link in ipairs(ATTRIBUTES[name](value)) do links[#links + 1] = link end
				end
			end)
			if tag == "script" or tag == "style" then at = html:find("</" .. tag, at, true) or #html end
			at = at + 1
		else
			at = at + 1
		end
	end
end

-- Why an address outside of the site cannot be one; nil for one that can.
local function outside_fault(link, scheme)
	if link:find("%s") then return "an address has no blanks: write them as %20" end
	if scheme == "http" or scheme == "https" then
		local host = link:match("^%a+://([^/?#]*)")
		host = host and decode(host:gsub("^[^@]*@", ""))
		if not host or not (host:match("^[%w\128-\255][%w.\128-\255-]*:?%d*$") or host:match("^%[[%x:.]+%]:?%d*$")) or host:find("..", 1, true) then
			return "it names no host: write it as https://HOST/…"
		end
	elseif scheme == "mailto" and not link:match("^mailto:[^@%s]+@[^@%s]+$") then
		return "it is no mail address: write it as mailto:NAME@HOST"
	end
end

-- The file of the site that a path leads to.
local function target_of(path, files)
	for _, candidate in ipairs { path, path == "" and "index.html" or path .. "/index.html" } do
		if files[candidate] then return candidate end
	end
end

local function trim(link)
	return link:match("^%s*(.-)%s*$")
end

-- The fault of one link on a page, nil where it is good. site: { files, base, page_of_post }.
local function fault_of(link, page, site, ids_of)
	if link == "" then return "it is empty: name where it leads" end
	if site.base ~= "" and link:sub(1, #site.base) == site.base then link = "/" .. link:sub(#site.base + 1):gsub("^/", "") end
	if link:sub(1, 2) == "//" then return outside_fault("https:" .. link, "https") end
	local scheme = link:match("^(%a[%w+.-]*):")
	if scheme then return outside_fault(link, scheme:lower()) end
	local address, fragment = link:match("^([^#]*)#?(.*)$")
	local path = decode((address:gsub("%?.*$", "")))
	local target = page
	if path ~= "" then
		local from_root = path:sub(1, 1) == "/"
		local whole = sources.normalise(from_root and path or (page:match("^(.*)/[^/]*$") or "") .. "/" .. path)
		target = whole and target_of(whole, site.files)
		if not target then
			local post = path:match("([^/]+%.md)$")
			local written = post and site.page_of_post[post]
			if written then return ("a reader has no posts/%s: link to its page, %s"):format(post, written) end
			return "the site has no such file: correct it, or add the file"
		end
	end
	fragment = fragment:gsub(":~:.*$", "")
	if fragment == "" or fragment == "top" or not target:match("%.html?$") then return nil end
	if not ids_of(target)[decode(fragment)] and not ids_of(target)[fragment] then
		return ("%s has no anchor `%s`: correct it, or give a heading or cell this name"):format(target == page and "this page" or target,
			decode(fragment))
	end
end

-- check(site) → the faults, { { page, link, message }, … } in the order of pages and links, and how many links there were.
-- site: { files = path → bytes, order = paths, base = the address of the site or "", page_of_post = file name → page }.
function M.check(site)
	local read, faults, count = {}, {}, 0
	local function page_of(path)
		if not read[path] then
			local links, ids, twice = M.read(site.files[path])
			read[path] = { links = links, ids = ids, twice = twice }
		end
		return read[path]
	end
	local function ids_of(path) return page_of(path).ids end
	for _, path in ipairs(site.order) do
		if path:match("%.html?$") then
			local seen = {}
			for _, id in ipairs(page_of(path).twice) do
				faults[#faults + 1] = { page = path, link = id, message = ("the anchor `%s` is there twice: a link leads to the first only: rename one")
					:format(id) }
			end
			for _, link in ipairs(page_of(path).links) do
				count = count + 1
				local message = not seen[link] and fault_of(trim(link), path, site, ids_of)
				seen[link] = true
				if message then
					faults[#faults + 1] = { page = path, link = link, message = ("link `%s`: %s"):format(link, message) }
				end
			end
		end
	end
	return faults, count
end

return M
