-- Bare links: addresses that begin with http://, https:// or www., and e-mail addresses. The rules are GitHub's.

local SCHEMES = { "https://", "http://", "www." }

-- What may stand before an address.
local function is_free(text, at, node)
	if at > 1 then return text:find("^[%s*_~(]", at - 1) ~= nil end
	local before = node.previous
	return not before or before.kind ~= "text" or before.text:find("[%s*_~(]$") ~= nil
end

-- A domain has a point, and no _ in its last two parts.
local function is_domain(domain)
	if not domain:find("^[%w_-]+%.[%w_.-]*[%w_-]$") or domain:find("..", 1, true) then return false end
	local last_two = domain:match("[^.]*%.[^.]*$")
	return not last_two:find("_", 1, true)
end

-- Where the address ends, which begins at `from`: without punctuation that belongs to the sentence.
local function trim_end(text, from, to)
	local opened, closed
	while to >= from do
		local last = text:sub(to, to)
		if last:find("[?!.,:*_~'\"]") then
			to = to - 1
		elseif text:find("^…", to - 2) or text:find("^[“”‘’]", to - 2) then
			break
		elseif last == ")" then
			if not opened then
				opened = select(2, text:sub(from, to):gsub("%(", ""))
				closed = select(2, text:sub(from, to):gsub("%)", ""))
			end
			if closed <= opened then break end
			to, closed = to - 1, closed - 1
		elseif last == ";" then
			local start = to - 1
			while start > from and text:find("^%w", start) do start = start - 1 end
			if start == to - 1 or text:sub(start, start) ~= "&" then break end
			to = start - 1
		else
			break
		end
	end
	return to
end

-- Typographic dashes and points in an address come from what stood there.
local PLAIN = { ["–"] = "--", ["—"] = "---", ["…"] = "...", ["’"] = "'" }
local function plain(text)
	if text:find("\xe2\x80", 1, true) then
		for shown, written in pairs(PLAIN) do text = text:gsub(shown, written) end
	end
	return text
end

local function find_address(text, from, node)
	for _, scheme in ipairs(SCHEMES) do
		if text:sub(from, from + #scheme - 1):lower() == scheme then
			if not is_free(text, from, node) then return nil end
			local host = scheme == "www." and from or from + #scheme
			local domain = text:match("^[%w_.-]+", host) or ""
			local is_host = is_domain((domain:gsub("[._-]+$", "")))
			if not is_host then return nil end
			local stop = (text:find("[%s<]", from) or #text + 1) - 1
			stop = trim_end(text, from, stop)
			if stop < host + 2 then return nil end
			return stop, (scheme == "www." and "http://" or "") .. plain(text:sub(from, stop))
		end
	end
end

-- An e-mail address around the @; nothing before `least` belongs to it.
local function find_mail(text, at, least)
	local from = at
	while from > least and text:find("^[%w.+_-]", from - 1) do from = from - 1 end
	local domain = text:match("^[%w._-]+", at + 1)
	if from == at or not domain then return nil end
	domain = domain:gsub("%.+$", "")
	if not domain:find("%w%.[%w_-]") or domain:find("[-_]$") or domain:find("..", 1, true) then return nil end
	return from, at + #domain, "mailto:" .. text:sub(from, at + #domain)
end

-- The next address at or behind `at`: where it begins and ends, and where it leads.
local function next_address(text, at, least, node)
	while true do
		local found = text:find("[hHwW@]", at)
		if not found then return nil end
		if text:sub(found, found) == "@" then
			local from, to, url = find_mail(text, found, least)
			if from then return from, to, url end
		else
			local to, url = find_address(text, found, node)
			if to then return found, to, url end
		end
		at = found + 1
	end
end

local function text(node, context)
	local said = node.text
	if node.escaped or not (said:find("://", 1, true) or said:find("@", 1, true) or said:find("[wW][wW][wW]%.")) then return end
	local parts, at = {}, 1
	while true do
		local from, to, url = next_address(said, at, at, node)
		if not from then break end
		if from > at then parts[#parts + 1] = said:sub(at, from - 1) end
		parts[#parts + 1] = context.new("link", { plain(said:sub(from, to)), url = url })
		at = to + 1
	end
	if #parts == 0 then return end
	if at <= #said then parts[#parts + 1] = said:sub(at) end
	return parts
end

-- No link stands in a link, nor in what is shown in the place of a picture.
local function pass_over()
	return nil, true
end

return { order = "pre", link = pass_over, image = pass_over, text = text }
